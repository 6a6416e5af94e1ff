"""Who is limited to units: no screen shows, lists, prints, exports or changes anybody else; and what one may do reaches no further
than the role that allows it, however far one may see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from tests.browsing import Browser
from tests.conftest import new_user
from unionops.core import clock
from unionops.core.accounts.models import User, UserRole
from unionops.core.audit import recording
from unionops.core.audit.models import AuditEntry, AuditSubject
from unionops.core.db import db, unit_of_work
from unionops.core.jobs import tasks
from unionops.core.jobs.models import Task
from unionops.members import queries
from unionops.members.models import Person, SavedView
from unionops.members.rules.collecting import Channel
from unionops.members.services import people, rollcheck, structure
from unionops.members.services.dues import counting, paying
from unionops.members.views import roster
from unionops.values.refs import Ref

pytestmark = pytest.mark.serves("P1.2.2")
REASON = {"reason": "contact", "detail": "通知開會"}
CHANGES = (
    "edit_person", "rejoin", "move_member", "change_class", "record_employment", "add_dependant", "add_contact", "record_consent", "add_note",
)


@pytest.fixture
def two(add: Callable[..., Person], unit: Callable[..., Any]) -> SimpleNamespace:
    """Two units, in each a member and a likely double of that member."""
    mine, other = unit("一廠"), unit("二廠")
    held = SimpleNamespace(unit=mine.id, other=other.id)
    for where, row in (("inside", mine), ("outside", other)):
        name = {"inside": "甲一", "outside": "乙二"}[where]
        first, second = (
            add(name, unit=db.session.merge(row), mobile="0912345678", birth_on=date(1984, 5, 6)) for _time in range(2)
        )
        setattr(held, where, first.id)
        setattr(held, f"{where}_again", second.id)
        setattr(held, f"{where}_stays", [first.memberships[0].id, second.memberships[0].id])
    db.session.rollback()
    return held


def user_of(*held: tuple[str, Ref | None]) -> User:
    with unit_of_work("test", "test"):
        user = User(username="-".join(role for role, _scope in held), name="王限定", roles=[UserRole(role=role, scope=scope) for role, scope in held])
        db.session.add(user)
    return user


@pytest.fixture
def limited(browser: Browser, two: SimpleNamespace) -> Browser:
    return browser.as_(user_of(("staff", Ref("unit", two.unit))))


@pytest.fixture
def wide(browser: Browser, two: SimpleNamespace) -> Browser:
    """Reads everybody as the accountant; edits, exports, prints and reveals in one unit only."""
    return browser.as_(user_of(("accountant", None), ("staff", Ref("unit", two.unit))))


# --- limited to a unit


def test_likely_doubles_of_other_units_are_not_listed(limited: Browser, two: SimpleNamespace) -> None:
    page = limited.get("members.duplicates")
    assert "甲一" in page.text
    assert "乙二" not in page.text
    assert "1984" not in page.html
    limited.get("members.compare", kept_id=two.inside, gone_id=two.outside, status=404)


def test_a_double_across_units_is_not_told(browser: Browser, two: SimpleNamespace) -> None:
    with unit_of_work("test", "test"):
        double = db.session.get_one(Person, two.outside_again)
        people.change_person(double, today=clock.today(), name="甲一", id_number=None, sex="", birth_on=date(1984, 5, 6))
    mine = browser.as_(user_of(("staff", Ref("unit", two.unit))))
    whole = browser.as_(user_of(("secretary_general", None)))
    assert len(queries.likely_pairs(SimpleNamespace(scopes=lambda permission: None))) > 1
    db.session.rollback()
    assert f"/members/{two.outside_again}" not in mine.get("members.duplicates").html
    assert f"/members/{two.outside_again}" in whole.get("members.duplicates").html


@pytest.mark.parametrize("paper", ["roster_filing", "roster_insurance", "labels", "cards", "roster_office"])
def test_papers_print_nobody_else(limited: Browser, two: SimpleNamespace, paper: str) -> None:
    page = limited.get("members.paper_preview", paper=paper, ids=[*two.outside_stays, *two.inside_stays])
    assert "2 人" in page.text
    assert "乙二" not in page.text
    limited.get("members.paper_preview", paper=paper, person=two.outside, status=404)
    assert "2 人" in limited.get("members.paper_preview", paper=paper).text


def test_the_holder_of_an_identity_number_is_not_named_to_whoever_may_not_see_that_person(
    limited: Browser, browser: Browser, two: SimpleNamespace
) -> None:
    with unit_of_work("test", "test"):
        for person_id, number in ((two.inside, "A123456789"), (two.outside, "B123456780")):
            db.session.get_one(Person, person_id).identify(number)
    typed = {"name": "丙三", "joined_on": "115/3/2", "member_class": "regular", "unit": str(two.unit)}
    assert "甲一" in limited.post("members.add_member", {**typed, "id_number": "A123456789"}, status=422).error("id_number")
    page = limited.post("members.add_member", {**typed, "id_number": "B123456780"}, status=422)
    assert "已經有人登錄" in page.error("id_number")
    assert "請洽總幹事" in page.error("id_number")
    assert "乙二" not in page.html
    mine = limited.get("members.edit_person", person_id=two.inside)
    changed = {name: mine.value(name) for name in ("version", "name")}
    page = limited.post("members.edit_person", {**changed, "id_number": "B123456780"}, person_id=two.inside, status=422)
    assert "請洽總幹事" in page.error("id_number")
    assert "乙二" not in page.html
    whole = browser.as_(user_of(("secretary_general", None)))
    assert "乙二" in whole.post("members.add_member", {**typed, "id_number": "B123456780"}, status=422).error("id_number")


def test_an_identity_number_of_another_unit_finds_nobody(limited: Browser, two: SimpleNamespace) -> None:
    with unit_of_work("test", "test"):
        db.session.get_one(Person, two.outside).identify("B123456780")
    told = [limited.get(limited.post("members.find", {"q": number}).location) for number in ("B123456780", "A123456789")]
    assert [page.address for page in told] == ["/members/"] * 2
    assert "乙二" not in told[0].html
    assert told[0].text == told[1].text  # Whether the union knows the number is not told either.


def test_a_saved_view_of_another_unit_shows_nobody_of_it(limited: Browser, browser: Browser, two: SimpleNamespace) -> None:
    secretary = browser.as_(user_of(("secretary_general", None)))
    secretary.post("members.save_view", {"title": "二廠的人", "query": f"unit={two.other}", "is_shared": "y"})
    assert "二廠的人" in limited.get("members.roster").text
    page = limited.get("members.roster", unit=two.other, standing="all")
    assert "乙二" not in page.text


def test_a_background_export_holds_nobody_else(limited: Browser, two: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roster, "EXPORTED_AT_ONCE", 1)
    limited.post("members.export", {"fmt": "csv", "cover": "masked"}, standing="all")
    assert tasks.work_once()
    made = db.session.scalars(db.select(Task)).one()
    text = tasks.file_of(made.id).decode("utf-8-sig")
    assert "甲一" in text
    assert "乙二" not in text


def test_the_audit_hides_what_is_about_others(browser: Browser, two: SimpleNamespace) -> None:
    mine = browser.as_(user_of(("staff", Ref("unit", two.unit)), ("supervisor", None)))
    with unit_of_work("test", "test"):
        people.add_note(db.session.get_one(Person, two.outside), "多次聯絡不到", author="甲")
    for page in (mine.get("audit.entries"), mine.get("audit.entries", ref=f"person:{two.outside}"), mine.get("audit.entries", text="乙二")):
        assert "乙二" not in page.text.replace("「乙二」", "")
    assert "無權檢視的紀錄" in mine.get("audit.entries").text


# --- who sees everybody, and may act in one unit


def test_changes_reach_only_where_the_editing_role_holds(wide: Browser, two: SimpleNamespace) -> None:
    wide.get("members.person", person_id=two.outside)
    for name in CHANGES:
        wide.get(f"members.{name}", person_id=two.inside)
        wide.get(f"members.{name}", person_id=two.outside, status=404)
    stay = two.outside_stays[0]
    wide.get("members.record_leaving", person_id=two.outside, membership_id=stay, status=404)
    wide.post("members.add_note", {"text": "甲"}, status=404, person_id=two.outside)
    assert queries.person_facts(two.outside, clock.today()).notes == []


def test_showing_covered_values_reaches_only_there(wide: Browser, two: SimpleNamespace) -> None:
    assert "0912345678" in wide.post("members.reveal", REASON, status=200, person_id=two.inside, what="mobile").text
    page = wide.post("members.reveal", REASON, status=404, person_id=two.outside, what="mobile")
    assert "0912345678" not in page.html


def test_exports_and_papers_reach_only_there(wide: Browser, two: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "乙二" in wide.get("members.roster").text
    for given in ({"standing": "all"}, {"ids": [*two.outside_stays, *two.inside_stays]}):
        page = wide.post("members.export", {"fmt": "csv", "cover": "masked"}, status=200, **given)
        text = page.response.data.decode("utf-8-sig")
        page.response.close()
        assert "甲一" in text
        assert "乙二" not in text
        assert "2 人" in wide.get("members.paper_preview", paper="labels", **given).text
    monkeypatch.setattr(roster, "EXPORTED_AT_ONCE", 1)
    wide.post("members.export", {"fmt": "csv", "cover": "masked"}, standing="all")
    assert tasks.work_once()
    assert "乙二" not in tasks.file_of(db.session.scalars(db.select(Task)).one().id).decode("utf-8-sig")


def test_merging_reaches_only_there(wide: Browser, two: SimpleNamespace) -> None:
    wide.get("members.compare", kept_id=two.inside, gone_id=two.inside_again)
    wide.get("members.compare", kept_id=two.outside, gone_id=two.outside_again, status=404)
    assert "乙二" not in wide.get("members.duplicates").text


def test_reach_is_where_both_hold(two: SimpleNamespace, unit: Callable[..., Any]) -> None:
    part = unit("一廠早班", parent=db.session.merge(structure_of(two.unit)))
    user = user_of(("cashier", Ref("unit", two.unit)), ("staff", Ref("unit", part.id)), ("member", None))
    assert queries.visible_units(user) == {two.unit, part.id}
    assert queries.visible_units(queries.within(user, "members.edit")) == {part.id}
    assert queries.visible_units(queries.within(user, "members.define")) == set()
    whole = user_of(("secretary_general", None))
    assert queries.within(whole, "members.edit") is whole


def structure_of(unit_id: int) -> Any:
    return db.session.get_one(structure.Unit, unit_id)


# --- whose data was looked at


@pytest.mark.parametrize("name", ["person", "edit_person"])
def test_a_look_at_one_persons_data_names_the_person(browser: Browser, two: SimpleNamespace, name: str) -> None:
    browser.as_(user_of(("staff", None))).get(f"members.{name}", person_id=two.inside)
    entry = db.session.scalars(db.select(AuditEntry).where(AuditEntry.kind == "read")).one()
    assert db.session.scalars(db.select(AuditSubject.ref).where(AuditSubject.entry_id == entry.id)).all() == [f"person:{two.inside}"]


def test_an_identity_number_that_was_searched_for_is_kept_in_no_view(browser: Browser) -> None:
    mine = browser.as_(user_of(("staff", None)))
    mine.post("members.save_view", {"title": "查一個人", "query": "q=a123456789&standing=all"})
    assert db.session.scalars(db.select(SavedView.query)).all() == ["standing=all"]
    assert "123456789" not in str([entry.changes for entry in db.session.scalars(db.select(AuditEntry))])
    db.session.rollback()
    mine.post("members.save_view", {"title": "姓林", "query": "q=林&standing=all"})
    assert db.session.scalars(db.select(SavedView.query).where(SavedView.title == "姓林")).all() == ["q=%E6%9E%97&standing=all"]


# --- where a new member goes


def test_somebody_limited_to_a_unit_adds_members_there_only(limited: Browser, two: SimpleNamespace, browser: Browser) -> None:
    page = limited.get("members.add_member")
    offered = [one.get("value") for one in page.field("unit").iter() if one.get("value") is not None]
    assert offered == ["", str(two.unit)]
    good = {"name": "丙三", "joined_on": "115/3/2", "member_class": "regular"}
    for unit_id in ("", str(two.other)):
        assert limited.post("members.add_member", {**good, "unit": unit_id}, status=422).error("unit")
    made = limited.post("members.add_member", {**good, "unit": str(two.unit)})
    limited.get(made.location)
    browser.as_(user_of(("secretary_general", None))).post("members.add_member", {**good, "name": "丁四", "unit": ""})


def test_who_returns_to_a_limited_clerk_returns_to_the_clerks_unit(limited: Browser, two: SimpleNamespace) -> None:
    assert [one.get("value") for one in limited.get("members.rejoin", person_id=two.inside).field("unit").iter() if one.get("value") is not None] == [
        "", str(two.unit)]


def test_a_refused_import_is_recorded_as_its_page_says(limited: Browser) -> None:
    assert "這次嘗試已留紀錄" in limited.get("members.start_import", status=403).text
    limited.post("members.start_import", {}, status=403)
    told = db.session.scalars(db.select(AuditEntry).where(AuditEntry.kind == "refused")).all()
    assert [(entry.source, entry.acts[0]["params"]) for entry in told] == [("members.start_import", {"permission": "members.import"})] * 2


# --- what concerns everybody


@pytest.mark.parametrize(("role", "endpoint"), [
    ("staff", "rollcheck.open_check"), ("staff", "checkoff.debits"), ("accountant", "statements.index"), ("accountant", "statements.upload"),
    ("accountant", "dues.add_scheme"), ("accountant", "dues.add_numbering"), ("accountant", "dues.new_run"), ("accountant", "dues.opening"),
    ("secretary_general", "rollcheck.erasures"), ("secretary_general", "joining.switch"),
])
def test_what_concerns_everybody_is_not_for_who_is_limited(browser: Browser, two: SimpleNamespace, role: str, endpoint: str) -> None:
    browser.as_(user_of((role, Ref("unit", two.unit)))).get(endpoint, status=404)
    assert db.session.scalars(sa.select(AuditEntry.source).where(AuditEntry.kind == "refused")).all() == [endpoint], "and it is logged"
    browser.as_(new_user(role, username="whole")).get(endpoint, status=302 if endpoint == "dues.new_run" else 200)


def test_the_leavers_of_a_roll_check_are_everybodys(browser: Browser, limited: Browser, two: SimpleNamespace) -> None:
    with unit_of_work("test", "test"):
        check = rollcheck.open_check(year=clock.today().year, team=["甲"], resolution="理事會", opened_on=clock.today(), by=None, today=clock.today()).id
    limited.get("rollcheck.check", check_id=check)
    for act in ("draw", "leavers", "close"):
        limited.get(f"rollcheck.{act}", check_id=check, status=404)
    browser.as_(new_user("secretary_general", username="whole")).get("rollcheck.leavers", check_id=check)


def test_a_count_of_the_cash_box_names_nobody_to_who_is_limited(browser: Browser, two: SimpleNamespace) -> None:
    """He sees the counts that he made himself."""
    counts = {}
    for who, payer, limit in (("whole", two.outside, None), ("limited", two.inside, Ref("unit", two.unit))):
        cashier = user_of(("cashier", limit)) if limit else new_user("cashier", username="whole")
        with unit_of_work(cashier.name, "test"), recording.acting(cashier.name, "test", cashier.id):
            paying.receive(db.session.get_one(Person, payer), amount=100, received_on=clock.today(), channel=Channel.COUNTER, today=clock.today())
            counts[who] = counting.count(cashier, {100: 1}, note="", today=clock.today()).id
    mine = browser.as_(cashier)
    assert "甲一" in mine.get("dues.cash_count", count_id=counts["limited"]).text
    for endpoint in ("cash_count", "count_paper", "undo_count"):
        mine.get(f"dues.{endpoint}", count_id=counts["whole"], status=404)
    assert f"/dues/cash/{counts['whole']}" not in mine.get("dues.cash").html
