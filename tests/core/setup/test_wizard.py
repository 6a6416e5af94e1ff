"""The steps one after another, what they refuse, how they are taken up again, and that all of it is gone afterwards."""

import threading

import pyotp
import pytest
import sqlalchemy as sa

from tests.browsing import Browser
from tests.conftest import new_user
from tests.core.setup.conftest import ADMINISTRATOR, PASSWORD, UNION, Founder, new_code, stored
from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.audit.models import AuditEntry
from unionops.core.setup import queries, rules, services
from unionops.core.setup.models import SetupState
from unionops.core.union.models import CharterValue, Union
from unionops.values.problems import RuleBroken

STEPS = ("setup.record_union", "setup.record_authority", "setup.record_charter", "setup.make_administrator")


# --- the way through


def test_from_the_code_to_the_first_steps(founder):
    assert founder.enter().endswith("/setup/union")
    assert founder.union().location.endswith("/setup/authority")
    assert founder.browser.get("setup.record_authority").value("authority") == "臺中市政府"
    assert founder.authority(registration_number="中市工登字第 1 號").location.endswith("/setup/charter")
    assert founder.charter(directors="15", directors_clause="第 12 條", valid_from="2015-03-02").location.endswith("/setup/administrator")
    codes = founder.administrator()
    assert codes.html.count("<li><code>") == 10
    assert codes.response.headers["Cache-Control"] == "no-store"
    page = founder.browser.get("setup.first_steps")
    assert any("/members/import" in link for link in page.links())
    union = stored(sa.select(Union))
    assert (union.kind, union.authority, union.registration_number) == ("occupational", "臺中市政府", "中市工登字第 1 號")
    value = stored(sa.select(CharterValue))
    assert (value.key, value.value, value.clause, value.source, str(value.valid_from)) == ("charter.directors", "15", "第 12 條", "charter", "2015-03-02")
    user = stored(sa.select(User))
    assert {role.role for role in user.roles} == {"administrator", "secretary_general"}
    assert user.has_second_factor
    told = {act["action"] for acts in db_acts() for act in acts}
    assert {"setup.unlocked", "union.record_edited", "union.charter_value_added", "accounts.user_created", "setup.finished"} <= told


def db_acts():
    from unionops.core.db import db

    return list(db.session.scalars(sa.select(AuditEntry.acts)))


def test_an_administrator_who_is_no_secretary_does_not_see_the_roster(founder):
    founder.until_administrator()
    founder.administrator(is_secretary="")
    page = founder.browser.get("setup.first_steps")
    assert not any("/members/import" in link for link in page.links())
    assert "請邀請他們" in page.text


def test_every_address_leads_here_until_then(app, code):
    browser = Browser(app)
    for address in ("/", "/members/", "/sign-in", "/nowhere", "/accounts/users", "/slip"):
        assert browser.get(address, status=302).location.endswith("/setup")
    assert browser.post("accounts.sign_in", {"username": "a", "password": "b"}).location.endswith("/setup")


def test_without_a_code_there_is_no_wizard(app):
    browser = Browser(app)
    browser.get("setup.start", status=404)
    browser.get("accounts.sign_in")


# --- the code


def test_a_wrong_code_opens_nothing(app, code):
    browser = Browser(app)
    assert "不對" in browser.post("setup.start", {"code": "AAAA-AAAA"}, status=422).error("code")
    for step in STEPS:
        assert browser.get(step, status=302).location.endswith("/setup")
        assert browser.post(step, UNION).location.endswith("/setup")
    assert stored(sa.select(Union)) is None


def test_ten_wrong_codes_void_it_and_the_terminal_gives_another(app, code):
    browser = Browser(app)
    for _time in range(rules.TRIES):
        browser.post("setup.start", {"code": "AAAA-AAAA"}, status=422)
    assert "setup-code" in browser.post("setup.start", {"code": code}, status=422).error("code")
    made = app.test_cli_runner().invoke(args=["setup-code"])
    assert made.exit_code == 0
    assert Founder(app, made.output.split()[-1]).enter().endswith("/setup/union")


def test_a_right_code_does_not_count_as_a_try(app, code):
    for _time in range(rules.TRIES + 2):
        Founder(app, code).enter()


def test_many_guesses_at_once_are_counted_one_by_one(app, code):
    answers = []

    def guess() -> None:
        with app.app_context():
            for _time in range(5):
                try:
                    services.unlock("AAAA-AAAA")
                except RuleBroken as refused:
                    answers.append(refused.problems[0] is services.VOID)

    threads = [threading.Thread(target=guess) for _one in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (answers.count(False), answers.count(True)) == (rules.TRIES, 20 - rules.TRIES)


def test_a_new_code_sends_browsers_of_the_old_one_away(app, founder):
    founder.until_administrator()
    founder.browser.get("setup.make_administrator")
    founder.code = new_code()
    assert founder.browser.get("setup.make_administrator", status=302).location.endswith("/setup")
    assert founder.enter().endswith("/setup/administrator")  # What was done stays done.


def test_the_code_lies_in_the_database_as_a_fingerprint(app, code):
    assert code.replace("-", "") not in str(stored(sa.select(SetupState.code_index)))


# --- taken up again


def test_left_and_taken_up_in_another_browser(app, code, founder):
    founder.enter()
    founder.union()
    another = Founder(app, code)
    assert another.enter().endswith("/setup/authority")
    assert another.browser.get("setup.record_union").value("name") == UNION["name"]
    another.authority()
    assert founder.browser.get("setup.resume", status=302).location.endswith("/setup/charter")


def test_no_step_before_those_that_it_needs(founder):
    founder.enter()
    for step in STEPS[1:]:
        assert founder.browser.get(step, status=302).location.endswith("/setup/union")
    founder.browser.post("setup.make_administrator", ADMINISTRATOR)
    assert stored(sa.select(User)) is None


def test_back_and_changed(founder):
    founder.until_administrator()
    founder.union(name="臺中市燈光音響職業工會", kind="industrial")
    union = stored(sa.select(Union))
    assert (union.name, union.kind, union.authority) == ("臺中市燈光音響職業工會", "industrial", "臺中市政府")
    assert founder.browser.get("setup.resume", status=302).location.endswith("/setup/administrator")


def test_the_charter_twice_enters_nothing_twice(founder):
    founder.until_administrator()
    for _time in range(2):
        founder.charter(directors="15", directors_clause="第 12 條", valid_from="2015-03-02")
    assert stored(sa.select(sa.func.count()).select_from(CharterValue)) == 1
    founder.charter(directors="17")
    assert stored(sa.select(CharterValue.value).order_by(CharterValue.entry.desc())) == "17"


# --- what the steps refuse


@pytest.mark.parametrize(("field", "value"), [("kind", ""), ("kind", "guild"), ("name", " "), ("name", "工" * 121), ("founded_on", "115/2/30"), ("founded_on", "2099-01-01")])
def test_a_wrong_union(founder, field, value):
    founder.enter()
    page = founder.browser.post("setup.record_union", {**UNION, field: value}, status=422)
    assert page.error(field)
    assert stored(sa.select(Union)) is None


def test_a_registration_before_the_founding(founder):
    founder.enter()
    founder.union(founded_on="2015-03-02")
    page = founder.browser.post("setup.record_authority", {"authority": "臺中市政府", "registered_on": "2015-03-01"}, status=422)
    assert page.error("registered_on")
    assert stored(sa.select(SetupState.reached)) == 1


def test_an_authority_that_nobody_can_tell(founder):
    founder.enter()
    founder.union(seat="文心路二段588號", area="")
    page = founder.browser.get("setup.record_authority")
    assert page.value("authority") == ""
    assert "看不出是哪一個機關" in page.text


def test_a_constitution_against_the_law(founder):
    founder.until_administrator()
    page = founder.charter(status=422, supervisors="8", supervisors_clause="第 13 條", term_years="6", term_years_clause="第 14 條")
    assert page.error("value:charter.supervisors")
    assert page.error("value:charter.term_years")
    assert page.value("value:charter.term_years") == "6"
    assert stored(sa.select(CharterValue)) is None


def test_the_constitution_shows_where_values_come_from_and_their_limits(founder):
    founder.until_administrator()
    page = founder.browser.get("setup.record_charter")
    assert "法律限制" in page.text
    assert page.html.count("來源：系統預設") > 10


@pytest.mark.parametrize(("field", "value"), [
    ("name", ""), ("username", ""), ("username", "管理員"), ("new_password", "short"), ("again", "something else"), ("email", "nobody"), ("code", "000000"), ("code", ""),
])
def test_a_wrong_administrator(founder, field, value):
    founder.until_administrator()
    given = {"again": value} if field == "new_password" else {}
    page = founder.administrator(status=422, **{field: value}, **given)
    assert page.error(field)
    assert stored(sa.select(User)) is None
    assert founder.secret() in page.html.replace(" ", "")  # The picture that was scanned still holds.


@pytest.mark.parametrize("language", ["zh_Hant_TW", "en"])
def test_every_page_in_both_languages(founder, language):
    """Through the careful reader of tests/browsing.py."""
    founder.browser.client.set_cookie("lang", language)
    founder.browser.get("setup.start")
    founder.until_administrator()
    for step in STEPS:
        founder.browser.get(step)
    founder.charter(status=422, supervisors="8", supervisors_clause="第 13 條")
    founder.administrator()
    founder.browser.get("setup.first_steps")


# --- closed


def test_it_is_gone_once_there_is_an_administrator(app, code, founder):
    other = Founder(app, code)
    other.enter()
    founder.until_administrator()
    founder.administrator()
    for browser in (founder.browser, other.browser, Browser(app)):
        browser.get("setup.start", status=404)
        for step in STEPS:
            browser.get(step, status=404)
            browser.post(step, {**UNION, **ADMINISTRATOR}, status=404)
        browser.post("setup.skip_charter", status=404)
        browser.post("setup.start", {"code": code}, status=404)
    assert stored(sa.select(sa.func.count()).select_from(User)) == 1
    refused = app.test_cli_runner().invoke(args=["setup-code"])
    assert refused.exit_code == 1
    Browser(app).get("accounts.sign_in")


def test_an_administrator_made_by_the_command_closes_it_too(app, code, founder):
    founder.until_administrator()
    new_user("administrator")
    founder.browser.get("setup.make_administrator", status=404)
    Browser(app).get("accounts.sign_in")


@pytest.mark.postgres
def test_two_who_make_the_administrator_in_one_instant(pg_app):
    code = new_code()
    first, second = (Founder(pg_app, code) for _one in range(2))
    first.until_administrator()
    second.enter()
    forms = []
    for founder, username in ((first, "one"), (second, "two")):
        secret = founder.secret()
        data = {**ADMINISTRATOR, "username": username, "code": pyotp.TOTP(secret).at(clock.now()), "csrf_token": founder.browser._csrf()}
        forms.append((founder.browser.client, data))
    barrier, statuses = threading.Barrier(2), []

    def send(client, data) -> None:
        barrier.wait()
        with pg_app.app_context():
            statuses.append(client.post("/setup/administrator", data=data).status_code)

    threads = [threading.Thread(target=send, args=one) for one in forms]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 404]
    assert stored(sa.select(sa.func.count()).select_from(User)) == 1


def test_the_wizard_costs_people_at_work_nothing(app):
    from tests.conftest import statements

    browser = Browser(app).as_(new_user("administrator"))
    browser.get("accounts.me")
    with statements(app) as seen:
        browser.get("accounts.me")
    assert not any("setup_state" in statement for statement in seen)
    assert not queries.is_open()
    assert PASSWORD
