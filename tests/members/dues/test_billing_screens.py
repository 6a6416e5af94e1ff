"""Billing as the office does it: schemes, reductions, the preview, the run, a mend, a correction, taking back."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from tests.members.acts import work
from tests.members.dues.billing_office import before, found
from unionops.core import clock
from unionops.core.db import db
from unionops.core.jobs import tasks
from unionops.finance import queries as books
from unionops.members.models import (
    Adjustment,
    BillDraft,
    BillDraftLine,
    BillRun,
    Charge,
    Exemption,
    Membership,
    PaymentNumbering,
    Person,
    Scheme,
    SchemeTerms,
)
from unionops.members.rules.collecting import Channel
from unionops.members.services import people
from unionops.members.services.dues import drafts, paying

DAY = date(2026, 2, 10)


@pytest.fixture
def office(browser, make_user, monkeypatch):
    """The accountant before a union that has schemes, on 10 February 2026."""
    return before(found(DAY), DAY, browser, make_user, monkeypatch)


@pytest.fixture
def fresh(browser, make_user, monkeypatch):
    return before([], DAY, browser, make_user, monkeypatch)


def drafted(office, schemes=("2", "3"), period="quarter:2026-01-01", **more):
    office.post("dues.new_run", data={"schemes": list(schemes), "period": period, **more})
    return db.session.scalar(sa.select(BillDraft.id).order_by(BillDraft.id.desc()))


def made(office, **given):
    draft = drafted(office, **given)
    seen = office.get("dues.make_run", draft_id=draft).value("seen")
    office.post("dues.make_run", draft_id=draft, data={"seen": seen})
    return db.session.scalar(sa.select(BillRun.id).order_by(BillRun.id.desc()))


def test_the_list_teaches_where_to_begin(fresh):
    assert "還沒有收費項目" in fresh.get("dues.runs").text
    assert "還沒有收費項目" in fresh.get("dues.schemes").text


def test_a_preset_says_when_the_charter_is_silent(fresh):
    assert "章程的入會費與經常會費還沒有登錄" in fresh.post("dues.preset_schemes", data={"period": "quarter"}, status=422).text


def test_a_scheme_and_its_terms_are_entered(fresh):
    page = fresh.post("dues.add_scheme", data={"title": "經常會費", "kind": "regular", "period": "month", "due_month": "1", "due_day": "31", "prorate": "full", "order": "10"})
    scheme = db.session.scalars(sa.select(Scheme)).one()
    assert page.location.endswith(f"/dues/schemes/{scheme.id}/terms")
    given = {"valid_from": "115/1/1", "basis": "fixed", "amount": "150"}
    assert "收費要有依據" in fresh.post("dues.add_terms", scheme_id=scheme.id, data=given, status=422).error("clause")
    fresh.post("dues.add_terms", scheme_id=scheme.id, data=given | {"clause": "第 29 條"})
    assert "每月 150 元" in fresh.get("dues.scheme", scheme_id=scheme.id).text


@pytest.mark.parametrize(("given", "field"), [
    ({"title": ""}, "title"), ({"kind": "entrance", "period": "quarter"}, "period"), ({"kind": "regular", "period": "once"}, "period"), ({"kind": "agency"}, "kind"),
    ({"due_day": "0"}, "due_day"), ({"due_day": "40"}, "due_day"), ({"due_month": "9"}, "due_month"), ({"order": "0"}, "order"), ({"order": "一"}, "order"),
    ({"title": "經常會費"}, "title"), ({"title": "長" * 61}, "title"),
])
def test_a_scheme_that_cannot_be_is_refused(office, given, field):
    count = db.session.scalar(sa.select(sa.func.count(Scheme.id)))
    data = {"title": "會費", "kind": "regular", "period": "quarter", "due_month": "2", "due_day": "31", "prorate": "full", "order": "10"} | given
    assert office.post("dues.add_scheme", data=data, status=422).error(field)
    assert db.session.scalar(sa.select(sa.func.count(Scheme.id))) == count


@pytest.mark.parametrize(("given", "field"), [
    ({"amount": ""}, "amount"), ({"amount": "0"}, "amount"), ({"amount": "-5"}, "amount"), ({"amount": "2,000,000"}, "amount"), ({"valid_from": "115/13/1"}, "valid_from"),
    ({"valid_from": "99/1/1"}, "valid_from"), ({"basis": "share", "rate": ""}, "rate"), ({"basis": "share", "rate": "50"}, "rate"), ({"basis": "share", "rate": "x"}, "rate"),
    ({"basis": "table", "table": ""}, "table"), ({"basis": "table", "table": "30000 150"}, "table"), ({"basis": "table", "table": "30000 x"}, "table"),
    ({"basis": "table", "table": "30000 300\n以上 100"}, "table"), ({"basis": "class", "table": "外星人 5"}, "table"), ({"basis": "unit", "table": "第九組 5"}, "table"),
    ({"basis": "table", "table": "30000 1\n30000 2\n以上 3"}, "table"),
])
def test_terms_that_cannot_be_are_refused(office, given, field):
    data = {"valid_from": "116/1/1", "basis": "fixed", "amount": "200", "clause": "第 29 條"} | given
    assert office.post("dues.add_terms", scheme_id=2, data=data, status=422).error(field)
    assert db.session.scalar(sa.select(sa.func.count(SchemeTerms.id)).where(SchemeTerms.scheme_id == 2)) == 1


def test_below_the_floor_is_told_with_the_figures_and_saved(office):
    # Wages from 30,000 to 35,000: half a per cent is 150 to 175. With 160 a month those above 32,000 pay too little.
    data = {"valid_from": "116/1/1", "basis": "fixed", "amount": "160", "clause": "第 29 條"}
    page = office.post("dues.add_terms", scheme_id=2, data=data | {"check": "1"}, status=200)
    assert "6 人裡有 3 人的金額低於工會法第 28 條的下限" in page.text
    assert "175 元" in page.text
    assert db.session.scalar(sa.select(sa.func.count(SchemeTerms.id)).where(SchemeTerms.scheme_id == 2)) == 1
    office.post("dues.add_terms", scheme_id=2, data=data)
    assert db.session.scalar(sa.select(sa.func.count(SchemeTerms.id)).where(SchemeTerms.scheme_id == 2)) == 2


def test_terms_that_were_charged_by_stay(office):
    made(office)
    data = {"valid_from": "115/3/1", "basis": "fixed", "amount": "200", "clause": "第 29 條"}
    assert "已經開單" in office.post("dues.add_terms", scheme_id=2, data=data, status=422).error("valid_from")
    terms = db.session.scalar(sa.select(SchemeTerms.id).where(SchemeTerms.scheme_id == 2))
    assert "不能移除" in office.post("dues.remove_terms", terms_id=terms, data={"on": "99/1/1"}, status=422).text
    office.post("dues.add_terms", scheme_id=2, data=data | {"valid_from": "115/4/1"})
    new = db.session.scalar(sa.select(SchemeTerms.id).where(SchemeTerms.valid_from == date(2026, 4, 1)))
    office.post("dues.remove_terms", terms_id=new, data={"on": "115/4/1"})
    assert db.session.get(SchemeTerms, new) is None


def test_the_way_from_preview_to_run(office):
    draft = drafted(office)
    page = office.get("dues.draft", draft_id=draft)
    assert "會員0" in page.text
    assert "3,240" in page.text
    assert "第一組" in page.text
    assert db.session.scalar(sa.select(sa.func.count(Charge.id))) == 0
    seen = office.get("dues.make_run", draft_id=draft).value("seen")
    office.post("dues.make_run", draft_id=draft, data={"seen": seen})
    run = db.session.scalars(sa.select(BillRun)).one()
    assert (run.counts["charged"], run.counts["amount"]) == (12, 3240)
    assert (db.session.get(BillDraft, draft), db.session.scalar(sa.select(sa.func.count(BillDraftLine.place)))) == (None, 0)
    page = office.get("dues.run", run_id=run.id)
    assert "3,240" in page.text
    assert set(db.session.scalars(sa.select(Charge.due_on))) == {date(2026, 2, 28)}
    for state in ("open", "paid", "changed"):
        office.get("dues.run", run_id=run.id, state=state, q="會員1")
    for fmt in ("csv", "xlsx", "ods"):
        answer = office.post("dues.export_run", run_id=run.id, fmt=fmt, data={}, status=200).response
        assert answer.data
        answer.close()


def test_a_late_run_is_due_in_two_weeks_or_as_chosen(office, monkeypatch):
    monkeypatch.setattr(clock, "today", lambda: date(2026, 3, 5))
    made(office)
    assert set(db.session.scalars(sa.select(Charge.due_on))) == {date(2026, 3, 19)}
    made(office, period="quarter:2026-04-01", due_on="115/5/20")
    assert db.session.scalar(sa.select(sa.func.max(Charge.due_on))) == date(2026, 5, 20)
    assert office.post("dues.new_run", data={"schemes": ["2"], "period": "quarter:2026-07-01", "due_on": "115/3/1"}, status=422).error("due_on")


@pytest.mark.parametrize(("given", "field"), [
    ({"schemes": []}, "schemes"), ({"schemes": ["99"]}, "schemes"), ({"period": "quarter:1999-01-01"}, "period"), ({"period": ""}, "period"),
])
def test_a_run_that_cannot_be_is_refused(office, given, field):
    data = {"schemes": ["2"], "period": "quarter:2026-01-01"} | given
    assert office.post("dues.new_run", data=data, status=422).error(field)
    assert db.session.scalar(sa.select(sa.func.count(BillDraft.id))) == 0


def test_figures_that_moved_are_not_charged_unseen(office):
    draft = drafted(office)
    seen = office.get("dues.make_run", draft_id=draft).value("seen")
    with work():
        people.add_member(today=DAY, name="新人", joined_on=date(2026, 1, 5))
    assert "資料有更動" in office.post("dues.make_run", draft_id=draft, data={"seen": seen}, status=422).text
    assert db.session.scalar(sa.select(sa.func.count(Charge.id))) == 0
    office.post("dues.reckon_again", draft_id=draft, data={})
    assert "資料有更動" in office.post("dues.make_run", draft_id=draft, data={"seen": seen}, status=422).text, "reckoned again, but not seen"
    seen = office.get("dues.make_run", draft_id=draft).value("seen")
    office.post("dues.make_run", draft_id=draft, data={"seen": seen})
    assert db.session.scalar(sa.select(sa.func.count(Charge.id))) == 14


def test_who_is_not_billed_and_why(office):
    with work():
        db.session.add(Exemption(person_id=office.members[0], from_on=date(2026, 1, 1), percent=100, reason="重大傷病", basis="章程第 31 條"))
    with work():
        scheme = db.session.get_one(Scheme, 2)
        scheme.terms[0].basis, scheme.terms[0].rate, scheme.terms[0].amount = "share", "0.005", None
        people.add_member(today=DAY, name="無薪", joined_on=date(2026, 1, 1))
    draft = drafted(office, schemes=("2",))
    page = office.get("dues.draft", draft_id=draft, view="not")
    assert "全額減免：重大傷病" in page.text
    assert "沒有登錄投保薪資" in page.text
    page = office.get("dues.draft", draft_id=draft, view="tomend")
    assert "無薪" in page.text
    assert "重大傷病" not in page.text
    assert "沒有登錄投保薪資" in office.get("dues.draft", draft_id=draft, view="not", reason="wage_unknown").text


def test_the_preview_says_that_two_stays_are_charged_together(office):
    with work():
        stay = db.session.scalars(sa.select(Membership).where(Membership.person_id == office.members[0])).one()
        people.leave(stay, left_on=date(2026, 1, 10), reason="resigned", note="", today=DAY)
        people.rejoin(
            db.session.get_one(Person, office.members[0]), number="", joined_on=date(2026, 2, 3), joined_by="", member_class="regular", unit=None, today=DAY,
        )
    page = office.get("dues.draft", draft_id=drafted(office, schemes=("2",)))
    assert page.text.count("會籍有中斷，2 段合計 3 個月") == 1
    run = made(office, schemes=("2",))
    assert office.get("dues.run", run_id=run).text.count("會籍有中斷，2 段合計") == 1


def test_a_late_change_is_mended_and_frees_what_was_paid(office):
    run = made(office, schemes=("2",))
    person = office.members[0]
    with work():
        paying.receive(db.session.get_one(Person, person), amount=450, received_on=DAY, channel=Channel.COUNTER, today=DAY)
    with work():
        stay = db.session.scalars(sa.select(Membership).where(Membership.person_id == person)).one()
        people.leave(stay, left_on=date(2026, 2, 1), reason="resigned", note="", today=DAY)
    office.post("dues.mend_run", run_id=run, data={})
    draft = db.session.scalar(sa.select(BillDraft.id))
    assert "原開 450 元" in office.get("dues.draft", draft_id=draft, view="mend").text
    seen = office.get("dues.make_run", draft_id=draft).value("seen")
    page = office.post("dues.make_run", draft_id=draft, data={"seen": seen})
    assert "會員0" in office.get(page.location).text
    assert db.session.scalars(sa.select(Adjustment.amount)).one() == -300


def test_a_run_is_taken_back_with_a_reason(office, make_user):
    run = made(office)
    office.as_(make_user("accountant", username="again"))
    assert office.post("dues.take_back_run", run_id=run, data={"why": ""}, status=422).error("why")
    office.post("dues.take_back_run", run_id=run, data={"why": "金額有誤"})
    assert "金額有誤" in office.get("dues.run", run_id=run).text
    assert not any(books.balances().values())


def test_one_charge_is_corrected_or_remitted(office):
    made(office)
    charge = db.session.scalar(sa.select(Charge.id).where(Charge.scheme_id == 2).order_by(Charge.id).limit(1))
    for given, field in (({"to": "450"}, "to"), ({"to": "-1"}, "to"), ({"why": ""}, "why"), ({"kind": "remission"}, "resolution"), ({"kind": "remission", "to": "999", "resolution": "x"}, "to")):
        page = office.post("dues.correct_charge", charge_id=charge, data={"kind": "correction", "to": "300", "why": "多開一個月", "seen": "450"} | given, status=422)
        assert page.error(field), given
    office.post("dues.correct_charge", charge_id=charge, data={"kind": "correction", "to": "300", "why": "多開一個月", "seen": "450"})
    page = office.post("dues.correct_charge", charge_id=charge, data={"kind": "correction", "to": "200", "why": "再改", "seen": "450"}, status=422)
    assert "已經變動" in page.text
    office.post("dues.correct_charge", charge_id=charge, data={"kind": "remission", "to": "0", "why": "生活困難", "resolution": "第 5 屆第 3 次理事會", "seen": "300"})
    assert sorted(db.session.scalars(sa.select(Adjustment.amount))) == [-300, -150]
    draft = drafted(office)
    assert db.session.get_one(BillDraft, draft).counts["mended"] == 0, "what was decided by hand is not undone by the next run"


def test_reductions_are_listed_and_ended(office):
    given = {"person": "會員1", "scheme": "", "percent": "50", "from_on": "115/1/1", "reason": "育嬰", "basis": "章程第 31 條"}
    for more, field in (({"percent": "0"}, "percent"), ({"percent": "101"}, "percent"), ({"reason": ""}, "reason"), ({"until_on": "114/1/1"}, "until_on"),
                        ({"person": "沒有這個人"}, "person"), ({"basis": ""}, "basis")):
        assert office.post("dues.add_exemption", data=given | more, status=422).error(field), more
    office.post("dues.add_exemption", data=given)
    assert "已經有同一項目的減免" in office.post("dues.add_exemption", data=given, status=422).error("from_on")
    assert "減 50%" in office.get("dues.exemptions").text
    row = db.session.scalars(sa.select(Exemption)).one()
    assert office.post("dues.end_exemption", exemption_id=row.id, data={"on": "114/12/31"}, status=422).error("on")
    office.post("dues.end_exemption", exemption_id=row.id, data={"on": "115/1/31"})
    assert "沒有減免" in office.get("dues.exemptions").text
    assert "會員1" in office.get("dues.exemptions", state="past").text


def test_a_large_union_waits_behind_the_page(office, monkeypatch):
    monkeypatch.setattr(drafts, "LARGE", 3)
    page = office.post("dues.new_run", data={"schemes": ["2", "3"], "period": "quarter:2026-01-01"})
    assert "/jobs/" in page.location
    draft = db.session.scalar(sa.select(BillDraft.id))
    assert "/jobs/" in office.get("dues.draft", draft_id=draft, status=302).location
    db.session.rollback()
    assert tasks.work_once()
    seen = office.get("dues.make_run", draft_id=draft).value("seen")
    assert "/jobs/" in office.post("dues.make_run", draft_id=draft, data={"seen": seen}).location
    db.session.rollback()
    assert tasks.work_once()
    assert db.session.scalar(sa.select(sa.func.count(Charge.id))) == 12
    assert "已開單" in office.get("dues.run", run_id=db.session.scalar(sa.select(BillRun.id))).text


def test_numbers_on_bills_are_agreed_from_a_day_on(office):
    given = {"kind": "account", "agreed_with": "第一銀行", "valid_from": "115/1/1", "pattern": "98217{member:6}{year:1}{quarter:1}{weights:371}"}
    assert "看不懂" in office.post("dues.add_numbering", data=given | {"pattern": "98217{who:6}"}, status=422).error("pattern")
    office.post("dues.add_numbering", data=given)
    assert office.post("dues.add_numbering", data=given, status=422).error("valid_from")
    assert db.session.scalars(sa.select(PaymentNumbering)).one().pattern == given["pattern"]
    assert "98217" in office.get("dues.numbering_list").text
