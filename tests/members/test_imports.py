"""Bringing rosters in: the office's own files against what a careful clerk would get, updates, undo, and what is refused."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from tests.conftest import new_user
from tests.members.rosters import (
    AS_OF,
    EXPECTED,
    HEADINGS,
    all_rows,
    applied,
    brought_in,
    csv_file,
    identity,
    office_file,
    row,
    staged,
    undone,
)
from unionops.core import clock, search
from unionops.core.attachments import services as attachments
from unionops.core.audit.models import AuditEntry
from unionops.core.db import db, unit_of_work
from unionops.members import queries as members
from unionops.members.models import (
    ID_PLACE,
    Absence,
    Application,
    Charge,
    DebitMandate,
    Dunning,
    Employment,
    ImportChange,
    Leaving,
    Measure,
    Membership,
    Note,
    PayerAccount,
    Payment,
    Person,
    Retained,
    RollCheck,
    RollDoubt,
    RosterFile,
    RosterImport,
    Unit,
    UnitStay,
    WageBase,
)
from unionops.members.queries import imports as queries
from unionops.members.rules.membership import LeaveReason
from unionops.members.services import imports, people
from unionops.values.problems import RuleBroken
from unionops.values.refs import Ref

pytestmark = pytest.mark.usefixtures("app")


def stored_people() -> dict[str, dict]:
    """Identity number → what is stored, in the words of expected.json."""
    found: dict[str, dict] = {}
    query = (
        sa.select(Person, Membership, Unit.name, WageBase)
        .join(Membership, Membership.person_id == Person.id)
        .outerjoin(UnitStay, sa.and_(UnitStay.membership_id == Membership.id, UnitStay.until_on.is_(None)))
        .outerjoin(Unit, Unit.id == UnitStay.unit_id)
        .outerjoin(WageBase, sa.and_(WageBase.membership_id == Membership.id, WageBase.until_on.is_(None)))
    )
    for person, member, unit, wage in db.session.execute(query):
        found[person.id_number] = {
            "no": member.number, "name": person.name, "id": person.id_number, "sex": person.sex, "birth": _iso(person.birth_on),
            "join": _iso(member.joined_on), "mobile": person.mobile or None, "group": unit, "salary": wage.insured_salary if wage else None,
            "dependants": wage.dependants_count if wage else 0, "left": _iso(member.left_on), "reason": member.left_note,
        }
    return found


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def kinds(batch: RosterImport) -> dict[str, int]:
    return {kind: count for kind, count in queries.preview(batch).counts.items() if count}


def line_of(batch: RosterImport, number: int):
    line = queries.preview(batch).line("", number)
    assert line is not None
    return line


def decide(batch: RosterImport, number: int, decision: str) -> None:
    with unit_of_work("test", "test"):
        held = db.session.get_one(RosterImport, batch.id)
        imports.decide_row(held, line_of(held, number), decision)


# The office's own rosters ----------------------------------------------------------------------------------------------


def test_the_roll_comes_in_as_a_careful_clerk_would_write_it():
    expected = EXPECTED["roster.xlsx"]
    counts = applied(office_file("roster.xlsx"))
    assert (counts["refused"], counts["duplicate"]) == (expected["rows"]["refuse"], expected["rows"]["duplicate"])
    stored = stored_people()
    good = [person for person in expected["people"] if person["status"] == "ok"]
    for person in good:
        wanted = {key: person[key] for key in ("no", "name", "id", "sex", "birth", "join", "mobile", "group", "salary", "dependants")}
        assert {key: stored[person["id"]][key] for key in wanted} == wanted
    mine = [stored[person["id"]] for person in good]
    totals = expected["totals_of_ok_rows"]
    assert sum(one["salary"] or 0 for one in mine) == totals["salary"]
    assert sum(one["dependants"] for one in mine) == totals["dependants"]
    assert Counter(one["sex"] for one in mine) == {"M": totals["men"], "F": totals["women"]}
    assert Counter(one["group"] for one in mine) == totals["per_group"]
    assert members.members_in_force(AS_OF) == expected["rows"]["members_in_force"] == 1149


def test_moments_and_days_of_a_batch_are_kept_as_those_of_one_record_are():
    applied(office_file("roster.xlsx"))
    person = db.session.scalars(sa.select(Person).where(Person.birth_on.is_not(None)).limit(1)).one()
    same = sa.select(Person.id).where(Person.id == person.id, Person.created_at == person.created_at, Person.birth_on == person.birth_on)
    assert db.session.scalar(same) == person.id


def test_the_list_of_leavers_comes_in_with_day_and_reason():
    applied(office_file("roster.xlsx"))
    stored = stored_people()
    for person in EXPECTED["roster.xlsx"]["left_sheet"]["people"]:
        found = stored[person["id"]]
        assert (found["name"], found["join"], found["left"], found["reason"]) == (
            person["name"], person["join"], person["left"], person["reason"],
        )
    told = Counter(db.session.scalars(sa.select(Membership.left_reason).where(Membership.left_on.is_not(None))))
    assert told[LeaveReason.RETIRED]
    assert told[LeaveReason.TRANSFERRED]
    assert told[LeaveReason.EXPELLED]


def test_refused_rows_are_not_written():
    applied(office_file("roster.xlsx"))
    stored = stored_people()
    wanted = {person["id"] for person in EXPECTED["roster.xlsx"]["people"] if person["status"] == "ok"}
    wanted |= {person["id"] for person in EXPECTED["roster.xlsx"]["left_sheet"]["people"]}
    assert set(stored) == wanted


def test_another_list_of_the_same_people_updates_them_and_makes_nobody_twice():
    applied(office_file("roster.xlsx"))
    before = stored_people()
    second = office_file("roster_utf8bom.csv")
    preview = queries.preview(second)
    expected = EXPECTED["roster_utf8bom.csv"]["people"]
    new = {person["id"] for person in expected} - before.keys()
    assert preview.counts["created"] == len(new)
    waiting = {line.record["id_number"] for line in preview.lines if line.kind == "duplicate"}
    applied(second)
    after = stored_people()
    assert after.keys() == before.keys() | new
    for person in expected:
        if person["id"] not in waiting:
            found = after[person["id"]]
            assert (found["name"], found["birth"], found["join"]) == (person["name"], person["birth"], person["join"])
            assert found["dependants"] == person["dependants"]
            assert person["pay"] in (found["salary"], None)
    assert all(after[number]["no"] == before[number]["no"] for number in before)


def test_names_of_the_old_program_never_replace_full_ones():
    applied(office_file("roster.xlsx"))
    before = stored_people()
    applied(office_file("roster_big5.csv"))
    after = stored_people()
    assert {number: after[number]["name"] for number in before} == {number: before[number]["name"] for number in before}
    assert not {"07", "7"} & set(db.session.scalars(sa.select(Unit.name)))  # GRP 07 is 第七組.


def test_an_old_program_alone_comes_in_too():
    counts = applied(office_file("roster_big5.csv"))
    stored = stored_people()
    expected = EXPECTED["roster_big5.csv"]["people"]
    assert counts["created"] == len(expected) == len(stored)
    for person in expected:
        found = stored[person["id"]]
        assert (found["no"], found["birth"], found["join"], found["salary"]) == (person["no"], person["birth"], person["join"], person["pay"])


def test_the_same_file_twice_changes_nobody_and_is_refused_unless_meant():
    applied(office_file("roster.xlsx"))
    again = office_file("roster.xlsx")
    assert kinds(again).keys() <= {"unchanged", "refused", "duplicate", "folded", "skipped"}
    with pytest.raises(RuleBroken, match="已經匯入過"):
        applied(again)
    with pytest.raises(RuleBroken, match="沒有可以寫入"):
        applied(again, again=True)


def test_people_are_found_by_what_the_file_said_of_them():
    applied(office_file("roster.xlsx"))
    person = EXPECTED["roster.xlsx"]["people"][0]
    for typed in (person["name"][:2], person["no"], person["mobile"][-4:], person["id"][-4:]):
        found = search.matching("person", typed, secret_places=(ID_PLACE,))
        names = set(db.session.scalars(sa.select(Person.name).where(Person.id.in_(found))))
        assert person["name"] in names


# Undo ------------------------------------------------------------------------------------------------------------------


def test_undo_leaves_the_register_as_it_was():
    applied(office_file("roster.xlsx"))
    before = all_rows()
    second = office_file("roster_utf8bom.csv")
    applied(second)
    assert all_rows() != before
    undone(second)
    after = all_rows()
    assert {name: rows for name, rows in after.items() if rows != before[name]}.keys() <= {"mapping_memory"}
    assert search_works("林")


def search_works(typed: str) -> bool:
    return bool(db.session.scalars(search.matching("person", typed)).first())


def test_undo_of_a_first_import_empties_the_register():
    batch = office_file("roster.xlsx")
    applied(batch)
    undone(batch)
    for model in (Person, Membership, Unit, UnitStay, WageBase, Employment, Note, ImportChange, search.SearchText):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(model)) == 0
    assert db.session.get_one(RosterImport, batch.id).state == "undone"
    applied(office_file("roster.xlsx"))


def test_undo_names_what_was_done_since_and_does_nothing():
    batch = brought_in(csv_file([row(1, "林佳慧"), row(2, "陳志明")]))
    person = db.session.scalars(sa.select(Person).where(Person.name == "林佳慧")).one()
    with unit_of_work("陳淑芬", "test"):
        people.add_note(person, "改電話", author="陳淑芬")
    before = all_rows()
    with pytest.raises(RuleBroken) as refused:
        undone(batch)
    assert [(one.params["name"], one.params["who"]) for one in refused.value.problems] == [("林佳慧", "陳淑芬")]
    assert all_rows() == before


def test_undo_asks_that_a_later_import_of_the_same_people_goes_first():
    first = brought_in(csv_file([row(1)]))
    second = brought_in(csv_file([row(1, 手機="0988777666")]))
    with pytest.raises(RuleBroken, match="請先復原那一次"):
        undone(first)
    undone(second)
    assert db.session.scalars(sa.select(Person.mobile)).one() == "0900000001"
    undone(first)


def test_undo_is_refused_while_money_or_decisions_hang_on_its_people():
    batch = brought_in(csv_file([row(1, "林佳慧"), row(2, "陳志明")]))
    one, other = db.session.scalars(sa.select(Person.id).order_by(Person.id))
    with unit_of_work("陳淑芬", "test"):
        db.session.add(Charge(person_id=one, kind="regular", text="會費", period_on=AS_OF, amount=300, charged_on=AS_OF, due_on=AS_OF))
        stay = db.session.scalars(sa.select(Membership.id).where(Membership.person_id == other)).one()
        db.session.add(Measure(membership_id=stay, kind="suspension", ground="x", proposed_on=AS_OF))
    before = all_rows()
    with pytest.raises(RuleBroken) as refused:
        undone(batch)
    told = [one.text for one in refused.value.problems]
    assert "「應收款」有 1 筆資料用到這次匯入的資料" in told
    assert "「停權除名」有 1 筆資料用到這次匯入的資料" in told
    assert all_rows() == before


def a_membership(table: str, person: int, stay: int) -> None:
    """A row of this table that hangs on somebody."""
    check = RollCheck(year=115, opened_on=AS_OF)
    db.session.add(check)
    db.session.flush()
    db.session.add({
        "暫停會務": lambda: Absence(membership_id=stay, from_on=AS_OF, reason="育嬰"),
        "退會申請": lambda: Leaving(membership_id=stay, received_on=AS_OF, reason="resigned", effective_on=AS_OF),
        "停權除名": lambda: Measure(membership_id=stay, kind="suspension", ground="x", proposed_on=AS_OF),
        "保留資格": lambda: Retained(membership_id=stay, from_on=AS_OF, ground="dispute"),
        "清查存疑": lambda: RollDoubt(roll_check_id=check.id, membership_id=stay),
        "入會申請": lambda: Application(number="A1", channel="counter", received_on=AS_OF, name="x", content="{}", person_id=person),
        "收款": lambda: Payment(person_id=person, channel="counter", received_on=AS_OF, amount=1),
        "常用繳款帳號": lambda: PayerAccount(person_id=person, tail="12345", since_on=AS_OF),
        "扣款授權": lambda: DebitMandate(person_id=person, bank="0122009", account="1", from_on=AS_OF),
        "催繳": lambda: Dunning(person_id=person, step="notice", sent_on=AS_OF, pay_by=AS_OF, amount=1, months=1),
    }[table]())


@pytest.mark.parametrize("table", ["暫停會務", "退會申請", "停權除名", "保留資格", "清查存疑", "入會申請", "收款", "常用繳款帳號", "扣款授權", "催繳"])
def test_whatever_hangs_on_its_people_stands_against_an_undo_and_is_named(table):
    batch = brought_in(csv_file([row(1, "林佳慧")]))
    with unit_of_work("陳淑芬", "test"):
        a_membership(table, db.session.scalars(sa.select(Person.id)).one(), db.session.scalars(sa.select(Membership.id)).one())
    before = all_rows()
    with pytest.raises(RuleBroken) as refused:
        undone(batch)
    assert f"「{table}」有 1 筆資料用到這次匯入的資料" in [one.text for one in refused.value.problems]
    assert all_rows() == before


def test_a_file_of_its_people_stands_against_an_undo():
    """What points to a person by value only is told by the audit."""
    batch = brought_in(csv_file([row(1, "林佳慧")]))
    with unit_of_work("陳淑芬", "test"):
        attachments.add_content(
            Ref("person", db.session.scalars(sa.select(Person.id)).one()), b"%PDF-1.4\n%%EOF", "a.pdf", title="證件", by=new_user("staff"), now=clock.now(),
        )
    with pytest.raises(RuleBroken, match="林佳慧"):
        undone(batch)


def test_a_leaving_that_was_decided_is_not_changed_by_a_roster():
    """An expulsion or a written wish to leave says when somebody left; what a list says of it is told, and changes nothing."""
    brought_in(csv_file([row(1, "林佳慧"), row(2, "陳志明")]))
    left_on = AS_OF - timedelta(10)
    with unit_of_work("陳淑芬", "test"):
        stay = db.session.scalars(sa.select(Membership).order_by(Membership.id)).first()
        people.leave(stay, left_on=left_on, reason="resigned", note="", today=AS_OF)
        db.session.add(Leaving(membership_id=stay.id, received_on=left_on, reason="resigned", effective_on=left_on))
    batch = brought_in(csv_file([row(1, "林佳慧", 手機="0988777666"), row(2, "陳志明", 備註="115/1/5 退會")]))
    assert line_of(batch, 2).codes == ["left_decided"]
    assert db.session.scalars(sa.select(Membership.left_on).order_by(Membership.id)).first() == left_on
    assert db.session.scalars(sa.select(Person.mobile).order_by(Person.id)).first() == "0988777666", "all else is taken over"
    undone(batch)


def test_undo_names_new_members_of_its_groups():
    batch = brought_in(csv_file([row(1, 組別="第九組")]))
    with unit_of_work("test", "test"):
        people.add_member(
            today=AS_OF, name="黃美玲", number="99999", joined_on=AS_OF, unit=db.session.scalars(sa.select(Unit)).one()
        )
    with pytest.raises(RuleBroken, match="第九組"):
        undone(batch)


def test_other_areas_may_stand_against_an_undo(monkeypatch):
    from unionops.values.problems import problem

    batch = brought_in(csv_file([row(1)]))
    monkeypatch.setattr(queries, "DEPENDS", [lambda one, ids: [problem("", "有 %(n)s 筆帳單", n=len(ids))]])
    with pytest.raises(RuleBroken, match="有 1 筆帳單"):
        undone(batch)


# Known people ----------------------------------------------------------------------------------------------------------


def test_changed_fields_are_shown_old_and_new_and_blanks_erase_nothing():
    brought_in(csv_file([row(1)]))
    batch = staged(csv_file([row(1, 手機="", 投保薪資="43900", 組別="第二組")]))
    line = line_of(batch, 2)
    assert [(one.field, one.old, one.new) for one in line.changes] == [("unit", "第一組", "第二組"), ("insured_salary", 45800, 43900)]
    later = AS_OF + timedelta(days=30)
    applied(batch, later)
    assert db.session.scalars(sa.select(Person.mobile)).one() == "0900000001"
    wages = db.session.execute(sa.select(WageBase.insured_salary, WageBase.until_on).order_by(WageBase.id)).all()
    assert [tuple(one) for one in wages] == [(45800, AS_OF - timedelta(days=1)), (43900, None)]


def test_another_name_for_a_known_number_asks_and_the_answer_is_kept():
    brought_in(csv_file([row(1, "林佳慧")]))
    data = csv_file([row(1, "王佳慧", 手機="0911222333")])
    batch = staged(data)
    assert kinds(batch) == {"duplicate": 1}
    assert line_of(batch, 2).choices == ("rename", "keep_name", "leave")
    decide(batch, 2, "rename")
    applied(batch)
    person = db.session.scalars(sa.select(Person)).one()
    db.session.refresh(person)
    assert (person.name, person.other_name, person.mobile) == ("王佳慧", "林佳慧", "0911222333")
    undone(batch)
    db.session.refresh(person)
    assert (person.name, person.other_name, person.mobile) == ("林佳慧", "", "0900000001")


def test_keeping_the_name_changes_the_rest():
    brought_in(csv_file([row(1, "林佳慧")]))
    batch = staged(csv_file([row(1, "王佳慧", 手機="0911222333")]))
    decide(batch, 2, "keep_name")
    applied(batch)
    assert db.session.execute(sa.select(Person.name, Person.mobile)).one() == ("林佳慧", "0911222333")


def test_a_taken_member_number_asks():
    brought_in(csv_file([row(1, "林佳慧")]))
    batch = staged(csv_file([row(2, "陳志明", 會員編號="00001")]))
    assert line_of(batch, 2).codes == ["number_taken"]
    decide(batch, 2, "new_number")
    applied(batch)
    assert set(db.session.scalars(sa.select(Membership.number))) == {"00001", "00002"}


def test_the_bearer_of_a_number_without_identity_number_may_be_the_person_of_the_row():
    headings = ["會員編號", "姓名", "出生日期", "手機"]
    brought_in(csv_file([["00001", "林佳慧", "70/5/3", "0911222333"]], headings))
    batch = staged(csv_file([row(2, "林佳惠", 會員編號="00001")]))
    assert (kinds(batch), line_of(batch, 2).choices) == ({"duplicate": 1}, ("update", "new_number", "leave"))
    decide(batch, 2, "update")
    applied(batch)
    assert db.session.execute(sa.select(Person.name, Person.id_number)).one() == ("林佳惠", identity(2))


def test_a_row_that_asks_twice_keeps_both_answers():
    brought_in(csv_file([row(1, "林佳慧", 備註="115/1/31退會")]))
    batch = staged(csv_file([row(1, "王佳慧"), row(2, "陳志明")]))
    decide(batch, 2, "rename")
    batch = db.session.get_one(RosterImport, batch.id)
    assert (kinds(batch), line_of(batch, 2).codes) == ({"duplicate": 1, "created": 1}, ["left_before"])
    decide(batch, 2, "back")
    applied(batch)
    found = db.session.execute(sa.select(Person.name, Membership.left_on).join(Membership, Membership.person_id == Person.id)).all()
    assert set(map(tuple, found)) == {("王佳慧", None), ("陳志明", None)}


def test_what_is_not_decided_is_not_written():
    brought_in(csv_file([row(1, "林佳慧", 備註="115/1/31退會")]))
    batch = staged(csv_file([row(1, "王佳慧"), row(2, "陳志明", 會員編號="00001"), row(3, "吳美玲")]))
    decide(batch, 2, "rename")
    applied(batch)
    found = db.session.execute(sa.select(Person.name, Membership.left_on).join(Membership, Membership.person_id == Person.id)).all()
    assert set(map(tuple, found)) == {("林佳慧", date(2026, 1, 31)), ("吳美玲", None)}


def test_somebody_who_left_but_is_listed_asks():
    person = brought_in(csv_file([row(1, 備註="115/1/31退會")]))
    assert person.state == "applied"
    batch = staged(csv_file([row(1)]))
    assert (kinds(batch), line_of(batch, 2).codes) == ({"duplicate": 1}, ["left_before"])
    decide(batch, 2, "back")
    applied(batch)
    assert db.session.scalars(sa.select(Membership.left_on)).one() is None
    undone(batch)
    assert db.session.scalars(sa.select(Membership.left_on)).one() == date(2026, 1, 31)


def test_who_joins_again_after_leaving_gets_a_second_membership():
    brought_in(csv_file([row(1, 備註="112/1/31退會")]))
    brought_in(csv_file([row(1, 入會日期="114/5/1", 會員編號="00900")]))
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Person)) == 1
    stays = db.session.execute(sa.select(Membership.number, Membership.left_on).order_by(Membership.joined_on)).all()
    assert [tuple(one) for one in stays] == [("00001", date(2023, 1, 31)), ("00900", None)]


def test_a_row_without_number_gets_the_next_free_one():
    brought_in(csv_file([row(7), row(8, 會員編號="")]))
    assert set(db.session.scalars(sa.select(Membership.number))) == {"00007", "00008"}


def test_a_file_without_identity_numbers_asks_about_those_alike():
    headings = ["姓名", "出生日期", "手機", "組別"]
    brought_in(csv_file([row(1, "林佳慧")]))
    batch = staged(csv_file([["林佳慧", "70/5/3", "0911222333", "第一組"]], headings))
    assert line_of(batch, 2).codes == ["likely_same"]
    decide(batch, 2, "update")
    applied(batch)
    assert db.session.scalars(sa.select(Person.mobile)).one() == "0911222333"


def test_of_two_rows_with_one_number_somebody_says_which_is_right():
    batch = staged(csv_file([row(1, "林佳慧"), row(1, "林佳惠", 會員編號="00009")]))
    assert kinds(batch) == {"created": 1, "duplicate": 1}
    decide(batch, 3, "this")
    assert kinds(db.session.get_one(RosterImport, batch.id)) == {"created": 1, "left_out": 1}
    applied(batch)
    assert db.session.scalars(sa.select(Person.name)).one() == "林佳惠"


# Corrections -----------------------------------------------------------------------------------------------------------


def test_a_corrected_row_is_judged_again_and_the_correction_is_encrypted():
    batch = staged(csv_file([row(1, 出生日期="75/2/30"), row(2, "陳志明")]))
    assert kinds(batch) == {"refused": 1, "created": 1}
    with unit_of_work("test", "test"):
        held = db.session.get_one(RosterImport, batch.id)
        line = line_of(held, 2)
        imports.correct_row(held, line, cells={3: "75/2/28"})
    assert kinds(held) == {"created": 2}
    raw = db.session.execute(sa.text("SELECT corrections FROM roster_import")).scalar_one()
    assert b"75/2/28" not in bytes(raw)
    with unit_of_work("test", "test"):
        imports.forget_corrections(held, line_of(held, 2))
    assert kinds(held) == {"refused": 1, "created": 1}


def test_leaving_a_row_out_frees_the_one_that_was_its_double():
    batch = staged(csv_file([row(1, "林佳慧"), row(1, "林佳慧")]))
    decide(batch, 2, "leave")
    assert kinds(db.session.get_one(RosterImport, batch.id)) == {"left_out": 1, "created": 1}


def test_a_mapping_is_remembered_for_the_next_file_of_the_kind():
    headings = [*HEADINGS[:-1], "代收"]
    batch = staged(csv_file([row(1)], headings))
    with unit_of_work("test", "test"):
        held = db.session.get_one(RosterImport, batch.id)
        imports.choose_mapping(
            held, encoding="utf-8-sig", as_of=AS_OF, area_code="04", sheets={"": {"role": "members", "columns": {"9": "pay_method", "6": None}}},
            today=AS_OF,
        )
    plan = queries.preview(held).plans[0]
    assert (plan.table.mapping.column("pay_method"), plan.table.mapping.column("group")) == (9, None)
    other = staged(csv_file([row(2)], headings), "下一年.csv")
    plan = queries.preview(other).plans[0]
    assert (plan.table.mapping.column("pay_method"), plan.table.mapping.column("group")) == (9, None)


@pytest.mark.parametrize(("columns", "words"), [({"1": None}, "姓名"), ({"0": "name", "1": "name"}, "同一個欄位"), ({"0": "nonsense"}, "沒有這個欄位")])
def test_a_mapping_that_cannot_work_is_refused(columns, words):
    batch = staged(csv_file([row(1)]))
    with pytest.raises(RuleBroken, match=words), unit_of_work("test", "test"):
        imports.choose_mapping(
            db.session.get_one(RosterImport, batch.id), encoding="utf-8-sig", as_of=AS_OF, area_code="",
            sheets={"": {"role": "members", "columns": columns}}, today=AS_OF,
        )


# At rest, in the audit -------------------------------------------------------------------------------------------------


def test_the_file_is_encrypted_and_comes_back():
    data = csv_file([row(1)])
    batch = staged(data)
    stored = bytes(db.session.scalars(sa.select(RosterFile.content)).one())
    assert identity(1).encode() not in stored
    assert "林佳慧".encode() not in stored
    assert queries.content_of(batch) == data


def test_the_content_of_one_import_is_not_that_of_another():
    one, two = staged(csv_file([row(1)])), staged(csv_file([row(2)]), "b.csv")
    with unit_of_work("test", "test"):
        files = {file.import_id: file for file in db.session.scalars(sa.select(RosterFile))}
        files[one.id].content = files[two.id].content
    with pytest.raises(ValueError, match="cannot be decrypted"):
        queries.content_of(db.session.get_one(RosterImport, one.id))


def test_dropping_destroys_the_content():
    batch = staged(csv_file([row(1)]))
    with unit_of_work("test", "test"):
        imports.drop(db.session.get_one(RosterImport, batch.id))
    assert db.session.scalars(sa.select(RosterFile.content)).all() == []
    with pytest.raises(RuleBroken, match="已經匯入或放棄"):
        applied(batch)


def test_one_entry_names_the_run_and_shows_no_personal_value():
    before = db.session.scalar(sa.select(sa.func.max(AuditEntry.id))) or 0
    batch = staged(csv_file([row(n, f"林佳{n}" if n > 9 else "林佳慧") for n in range(1, 8)]))
    applied(batch)
    entries = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.id > before + 1)).all()
    assert [entry.acts[0]["action"] for entry in entries] == ["members.roster_imported"]
    told = {change["table"]: change["fields"]["rows"][1] for change in entries[0].changes if change["op"] == "bulk"}
    assert told["person"] == told["membership"] == 7
    assert identity(1) not in str(entries[0].changes)
    assert "0900000001" not in str(entries[0].changes)


def test_remarks_and_what_has_no_place_are_kept():
    data = csv_file([[*row(1, 備註="低收"), "177"]], [*HEADINGS, "舊會號"])
    brought_in(data)
    assert db.session.scalars(sa.select(Note.text)).one() == "低收\n舊會號：177"


def test_statements_do_not_grow_with_the_rows(app):
    from tests.conftest import statements

    few, many = staged(csv_file([row(n) for n in range(1, 4)])), staged(csv_file([row(n) for n in range(10, 200)]), "b.csv")
    with statements(app) as small:
        applied(few)
    with statements(app) as large:
        applied(many)
    assert len(large) <= len(small) + 8  # The second file meets people and must be compared with them.
