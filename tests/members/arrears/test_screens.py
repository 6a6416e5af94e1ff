"""The screens of arrears and figures: every page shows, what is pressed is done once, and bad input is said beside its field."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.members.acts import furnished, work
from tests.members.arrears import furnishing
from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.db import db
from unionops.core.jobs import tasks
from unionops.core.jobs.models import Task
from unionops.core.notify.models import Delivery
from unionops.members.models import Adjustment, Charge, Dunning, DunningRun, InstalmentPlan, Measure, Person, Scheme
from unionops.members.queries import arrears as queries
from unionops.members.rules.arrears import Step
from unionops.members.rules.collecting import Channel
from unionops.members.rules.dues import months_on
from unionops.members.services import people, structure
from unionops.members.services.dues import paying, running


@pytest.fixture
def clerk(app: Any, make_user: Any) -> User:
    return make_user("secretary_general", name="陳淑芬")


@pytest.fixture
def office(browser: Any, clerk: User) -> Any:
    return browser.as_(clerk)


@pytest.fixture
def screens(clerk: User) -> dict[str, dict[str, Any]]:
    return furnished(furnishing, clerk)


def person(name: str) -> int:
    return db.session.scalars(sa.select(Person.id).where(Person.name == name)).one()


def once(page: Any) -> dict[str, str]:
    """The hidden fields of a form as the page has them."""
    return {name: page.field(name).get("value") for name in ("once", "seen")}


def test_an_empty_office_says_what_belongs_here(office):
    assert "沒有人欠費" in office.get("arrears.index").text
    for endpoint, words in (("arrears.steps", "該辦的步驟"), ("arrears.runs", "還沒有寄發過"), ("arrears.plans", "還沒有分期協議"), ("dues.figures", "今年還沒有收款"), ("dues.report", "到這個月為止沒有開過單"), ("dues.federation", "會員實繳")):
        assert words in office.get(endpoint).text
    assert "現在沒有人" in office.get("arrears.prepare", step="notice").text
    assert "沒有可沖銷的欠費" in office.get("arrears.write_off_many").text


def test_every_page_shows(office, screens):
    for endpoint, address in screens.items():
        if endpoint not in ("arrears.print_letters", "arrears.merge", "arrears.export", "arrears.ticked"):
            office.get(endpoint, **address)
    for endpoint in ("arrears.index", "arrears.steps", "arrears.runs", "arrears.plans", "dues.figures", "dues.report", "dues.federation", "arrears.write_off_many"):
        office.get(endpoint)
    shown = office.get("arrears.index").text
    assert "簡欠年" in shown
    assert "停權案未議決或未生效" in shown
    assert "分期依約繳納中" in shown
    assert "115" in office.get("dues.federation", year="114", members="100").text
    office.get("dues.federation", year="x", status=422)
    assert "100 人 × 60 元 = 6,000 元" in office.get("dues.federation", year="114", members="100", rate="60").text
    office.get("dues.federation", year="114", rate="-1", status=422)
    for fmt in ("pdf", "ods", "xlsx"):
        office.get("dues.report_file", month="11510", fmt=fmt)
    office.get("dues.report_file", month="11513", fmt="pdf", status=404)
    office.get("dues.report_file", month="99912", fmt="pdf", status=404)
    office.get("dues.report_file", month="11510", fmt="exe", status=404)


@pytest.mark.parametrize("query", [
    {"unit": "x"}, {"unit": "99999999999999"}, {"age": "13"}, {"standing": "dead"}, {"sort": "name"}, {"ids": "abc"}, {"q": "'; drop"}, {"page": "-1"}, {"employer": "0"},
])
def test_nonsense_in_the_address_is_left_out(office, screens, query):
    office.get("arrears.index", **query)
    office.get("arrears.steps", **query)


def test_a_notice_is_looked_through_and_sent_once(office, screens, clerk):
    shown = office.get("arrears.prepare", step="notice")
    assert "許久未" in shown.text
    assert "分期依約繳納中" in shown.text, "who does not get it, and why"
    typed = once(shown) | {"way": "mail", "pay_by": str(clock.today() + timedelta(30)), "letter": "", "text": "{姓名}您好，欠{金額}元，請於{期限}前繳納。"}
    assert "沒有這些欄位" in office.post("arrears.prepare", typed | {"once": "a" * 32, "text": "{身分證號}"}, step="notice", status=422).error("text")
    assert "至少要到" in office.post("arrears.prepare", typed | {"once": "b" * 32, "pay_by": str(clock.today())}, step="notice", status=422).error("pay_by")
    office.post("arrears.prepare", typed | {"once": "c" * 32, "pay_by": "115/2/30"}, step="notice", status=422)
    office.post("arrears.prepare", typed | {"once": "d" * 32, "way": "pigeon"}, step="notice", status=422)
    assert db.session.scalar(sa.select(sa.func.count(DunningRun.id))) == 3
    office.post("arrears.prepare", typed, step="notice")
    office.post("arrears.prepare", typed, step="notice")  # Pressed twice: the first answer again.
    letters = list(db.session.scalars(sa.select(Dunning).where(Dunning.person_id == person("許久未"))))
    assert [(one.step, one.amount, one.way) for one in letters] == [("notice", 800, "mail")]
    mail = db.session.scalars(sa.select(Delivery)).one()
    assert mail.address == "hsu@example.tw"
    assert "許久未您好，欠800元" in mail.body
    # Another clerk who had the page open finds it done.
    page = office.post("arrears.prepare", typed | {"once": "e" * 32}, step="notice", status=422)
    assert "現在沒有人該走這一步" in page.text


def test_a_stale_preview_is_refused(office, screens):
    typed = once(office.get("arrears.prepare", step="notice")) | {"way": "post", "pay_by": str(clock.today() + timedelta(30)), "letter": "", "text": "x"}
    assert "請重新看過名單" in office.post("arrears.prepare", typed | {"seen": "2/100"}, step="notice", status=422).text
    office.get("arrears.prepare", step="dance", status=404)


def test_very_many_letters_are_made_behind_the_page(office, screens, clerk, monkeypatch):
    monkeypatch.setattr("unionops.members.views.arrears.steps.AT_ONCE", 0)
    typed = once(office.get("arrears.prepare", step="notice")) | {"way": "post", "pay_by": str(clock.today() + timedelta(30)), "letter": "", "text": "{姓名}"}
    office.post("arrears.prepare", typed, step="notice")
    assert tasks.work_once()
    db.session.rollback()
    task = db.session.scalars(sa.select(Task).order_by(Task.id.desc())).first()
    assert (task.kind, task.state, task.result) == ("arrears.send", "done", {"count": 1})
    assert [one.amount for one in db.session.scalars(sa.select(Dunning).where(Dunning.person_id == person("許久未")))] == [800]


def test_letters_as_files(office, screens):
    run = screens["arrears.run"]["run_id"]
    assert office.get("arrears.letters", run_id=run).response.data[:5] == b"%PDF-"
    office.post("arrears.merge", {}, run_id=run, fmt="csv", status=200).response.close()
    office.post("arrears.merge", {}, run_id=run, fmt="exe", status=404)
    office.post("arrears.export", {}, fmt="ods", status=200).response.close()
    office.post("arrears.export", {}, fmt="doc", status=404)
    assert office.get("arrears.agreement", **screens["arrears.agreement"]).response.data[:5] == b"%PDF-"
    proposal = db.session.scalars(sa.select(DunningRun.id).where(DunningRun.step == Step.SUSPENSION)).one()
    office.get("arrears.letters", run_id=proposal, status=404)
    office.get("arrears.run", run_id=99, status=404)


def test_long_runs_are_set_behind_the_page(office, screens, monkeypatch):
    monkeypatch.setattr("unionops.members.views.arrears.runs.AT_ONCE", 0)
    run = screens["arrears.run"]["run_id"]
    office.get("arrears.letters", run_id=run, status=302)
    office.post("arrears.print_letters", {}, run_id=run)
    assert tasks.work_once()
    db.session.rollback()
    task = db.session.scalars(sa.select(Task)).one()
    assert (task.kind, task.state, tasks.file_of(task.id)[:5]) == ("arrears.print", "done", b"%PDF-")


def test_delivery_is_recorded_and_corrected(office, screens):
    notice = db.session.scalars(sa.select(DunningRun.id).where(DunningRun.step == Step.NOTICE)).one()
    assert "擇一" in office.post("arrears.delivery", {"delivered_on": "", "returned_on": "", "proof": ""}, run_id=notice, status=422).error("delivered_on")
    assert "送達證明" in office.post("arrears.delivery", {"delivered_on": str(clock.today()), "proof": ""}, run_id=notice, status=422).error("proof")
    assert "不得晚於今天" in office.post("arrears.delivery", {"delivered_on": str(clock.today() + timedelta(1)), "proof": "x"}, run_id=notice, status=422).error("delivered_on")
    office.post("arrears.ticked", {"ids": ["1"]}, run_id=notice)
    office.post("arrears.delivery", {"delivered_on": "", "returned_on": str(clock.today()), "proof": ""}, run_id=notice)
    assert "退件" in office.get("arrears.run", run_id=notice).text
    again = office.post("arrears.delivery", {"delivered_on": str(clock.today()), "proof": "x"}, run_id=notice, status=422)
    assert "請勾選要登錄的人" in again.text
    letter = db.session.scalars(sa.select(Dunning.id).where(Dunning.run_id == notice)).one()
    office.post("arrears.correct_delivery", {"delivered_on": str(clock.today()), "returned_on": "", "proof": "王小明簽收"}, dunning_id=letter)
    assert db.session.get_one(Dunning, letter).returned_on is None


def test_the_time_to_pay_is_closed(office, screens):
    run = screens["arrears.run"]["run_id"]
    office.post("arrears.close_run", {"how": ""}, run_id=run, status=422)
    office.post("arrears.close_run", {"how": "未繳者已提案停權"}, run_id=run)
    assert "限期結案" not in office.get("arrears.run", run_id=run).text


def test_a_proposal_waits_for_hearing_and_resolution(office, screens):
    assert [(one.kind, one.from_on) for one in db.session.scalars(sa.select(Measure))] == [("suspension", None)]
    office.post("arrears.prepare", once(office.get("arrears.prepare", step="notice")) | {"clause": "x"}, step="suspension", status=422)
    assert db.session.scalar(sa.select(sa.func.count(Measure.id))) == 1


@pytest.mark.parametrize(("typed", "field"), [
    ({"count": "0"}, "count"), ({"count": "61"}, "count"), ({"count": "x"}, "count"), ({"count": ""}, "count"), ({"first_on": "115/13/1"}, "first_on"),
    ({"own": "明天 五百"}, "own"), ({"own": "2099-01-01 1"}, "count"), ({"agreed_on": "2099-01-01", "first_on": "2099-01-02"}, "agreed_on"), ({"first_on": "2020-01-01"}, "first_on"),
])
def test_agreements_that_are_refused(office, screens, typed, field):
    whole = {"agreed_on": str(clock.today()), "count": "3", "first_on": str(clock.today() + timedelta(5)), "own": "", "note": "", "once": "a" * 32}
    shown = office.post("arrears.agree", whole | typed, person_id=person("許久未"), status=422)
    assert shown.error(field)
    assert db.session.scalar(sa.select(sa.func.count(InstalmentPlan.id))) == 1


def test_an_agreement_is_made_once_and_ended(office, screens):
    number = person("許久未")
    whole = {"agreed_on": str(clock.today()), "count": "3", "first_on": str(clock.today() + timedelta(5)), "once": "a" * 32}
    for _press in range(2):
        office.post("arrears.agree", whole, person_id=number)
    assert "依約" in office.get("arrears.person", person_id=number).text
    assert "已有分期協議" in office.post("arrears.agree", whole | {"once": "b" * 32}, person_id=number, status=422).text
    plan = db.session.scalars(sa.select(InstalmentPlan.id).where(InstalmentPlan.person_id == number)).one()
    office.post("arrears.end_plan", {"on": str(clock.today()), "why": ""}, plan_id=plan, status=422)
    office.post("arrears.end_plan", {"on": str(clock.today()), "why": "未依約"}, plan_id=plan)
    office.post("arrears.end_plan", {"on": str(clock.today()), "why": "再"}, plan_id=plan, status=422)


def test_what_an_agreement_has_to_do_with_the_step_is_told(office, screens, monkeypatch):
    """What fell due since climbs the ladder beside a kept agreement; one instalment missed brings all of it back."""
    number, today = person("賴分期"), clock.today()
    assert "分期依約繳納中" in office.get("arrears.person", person_id=number).text
    with work():
        scheme = db.session.scalars(sa.select(Scheme).where(Scheme.title == "經常會費（舊制）")).one()
        running.charge_once(db.session.get_one(Person, number), scheme.id, on=months_on(today, -1), today=today)
    due_on = db.session.scalars(sa.select(Charge.due_on).where(Charge.person_id == number).order_by(Charge.id.desc())).first()
    monkeypatch.setattr(clock, "today", lambda: due_on + timedelta(1))
    plan = db.session.scalars(sa.select(InstalmentPlan).where(InstalmentPlan.person_id == number)).one()
    total, first = plan.total, plan.instalments[0]
    if first.due_on < clock.today():
        with work():
            paying.receive(db.session.get_one(Person, number), amount=first.amount, received_on=today, channel=Channel.COUNTER, today=today)
        total -= first.amount
    page = office.get("arrears.person", person_id=number)
    assert f"分期依約的 {total:,} 元不計；協議以外欠 200 元" in page.text
    assert "分期協議內，依約期間不催繳" in page.text
    assert f"分期依約的 {total:,} 元不計" in office.get("arrears.index").text
    last = plan.instalments[-1].due_on
    monkeypatch.setattr(clock, "today", lambda: last + timedelta(1))
    page = office.get("arrears.person", person_id=number)
    assert f"分期未依約繳納，協議的 {total:,} 元回復計入" in page.text
    assert "分期協議違約，回復計入" in page.text
    assert "依約期間不催繳" not in page.text


def test_writing_off_one_and_many(office, screens):
    number = person("許久未")
    items = queries.open_items([number], clock.today())[number]
    db.session.rollback()
    whole = {"charges": [str(items[0].charge_id)], "resolution": "第 5 屆第 3 次理事會", "why": "失聯", "on": str(clock.today()), "once": "a" * 32}
    for wrong, field in (({"charges": []}, "charges"), ({"charges": ["999"]}, "charges"), ({"resolution": " "}, "resolution"), ({"why": ""}, "why"), ({"on": "2099-01-01"}, "on")):
        assert office.post("arrears.write_off", whole | wrong | {"once": f"{field}-{'x' * 30}"}, person_id=number, status=422).error(field)
    for _press in range(2):
        office.post("arrears.write_off", whole, person_id=number)
    assert list(db.session.scalars(sa.select(Adjustment.amount))) == [-200]
    page = office.post("arrears.chosen", {"act": "write_off", "ids": [str(number)]})
    assert f"ids={number}" in page.location
    shown = office.get("arrears.write_off_many", ids=[number])
    typed = {"resolution": "第 5 屆第 3 次理事會", "why": "失聯", "on": str(clock.today())} | once(shown)
    assert "請重新看過名單" in office.post("arrears.write_off_many", typed | {"seen": "1/1", "once": "z" * 32}, ids=[number], status=422).text
    office.post("arrears.write_off_many", typed, ids=[number])
    assert queries.of_person(number, clock.today()) is None


def test_figures_show_sums_to_who_may_not_see_names(browser, screens, make_user):
    with work():
        debtor, firm = db.session.get_one(Person, person("簡欠年")), structure.add_employer(name="旺笙舞台工程有限公司")
        people.employ(debtor, employer=firm, workplace=None, staff_number="", job="", is_manager=False, from_on=None, today=clock.today())
    director = browser.as_(make_user("director", name="周文彬"))
    shown = director.get("dues.figures").html
    assert "簡欠年" not in shown
    assert "&gt; 12" in shown
    assert "今年應收最多的雇主" in shown, "months, ages and employers each have their picture"
    assert 'href="/dues/figures"' in shown, "the navigation leads there: a director has no other page of dues to come from"
    director.get("arrears.index", status=403)


def test_a_supervisor_reads_the_books_to_the_last_name_and_nothing_of_the_roster(browser, screens, make_user):
    supervisor, number = browser.as_(make_user("supervisor", name="劉家豪")), person("簡欠年")
    assert "簡欠年" in supervisor.get("arrears.index").text
    for endpoint in ("arrears.person", "dues.account"):
        shown = supervisor.get(endpoint, person_id=number)
        assert "簡欠年" in shown.text
        assert f'href="/members/{number}"' not in shown.html, "no way leads to the roster"
    for endpoint in ("arrears.agree", "arrears.write_off", "dues.take"):
        supervisor.get(endpoint, person_id=number, status=403)
    supervisor.get("members.person", person_id=number, status=403)
    supervisor.get("members.roster", status=403)


def test_who_is_limited_to_a_unit_sees_its_debtors_only(browser, screens, make_user, unit):
    from unionops.values.refs import Ref

    own = unit("第一組")
    clerk = browser.as_(make_user("staff", scope=Ref("unit", own.id), name="林小組"))
    assert "簡欠年" not in clerk.get("arrears.index").text
    clerk.get("arrears.person", person_id=person("簡欠年"), status=404)
    clerk.get("arrears.letter", **screens["arrears.letter"], status=404)
