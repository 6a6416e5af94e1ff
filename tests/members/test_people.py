"""What the services do to a person's record, and what they refuse."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from random import Random
from types import SimpleNamespace

import pytest

from tests.members.conftest import DAY, stored
from unionops.core.audit.models import AuditEntry
from unionops.core.db import db, unit_of_work
from unionops.members import queries
from unionops.members.models import Membership, Person, Unit
from unionops.members.rules.membership import Place, standing
from unionops.members.services import merging, people, structure
from unionops.values.problems import RuleBroken

TODAY = date(2026, 11, 1)
SEES_ALL = SimpleNamespace(scopes=lambda permission: None, can=lambda permission: True)


def refused(act) -> list[tuple[str, str]]:
    with pytest.raises(RuleBroken) as caught, unit_of_work("test", "test"):
        act()
    return [(one.field, one.text) for one in caught.value.problems]


def test_numbers_are_consecutive_and_skip_what_is_taken(add):
    assert add("甲").memberships[0].number == "00001"
    add("乙", number="00002")
    assert add("丙").memberships[0].number == "00003"


@pytest.mark.parametrize("name", ["𠮷田𡘙", "Sayun‧Nomin", "Nguyễn Thị Thu", "İpek", "莎韻．諾敏", "𧜵"])
def test_rare_indigenous_and_foreign_names_survive(add, name):
    assert stored(Person, add(name).id).name == name


def test_every_problem_is_told_at_once(add):
    found = refused(lambda: people.add_member(
        today=TODAY, name="甲", id_number="A123456788", mobile="abc", birth_on=TODAY + timedelta(1), joined_on=None))
    assert {field for field, _text in found} == {"id_number", "mobile", "birth_on", "joined_on"}


def test_an_identity_number_belongs_to_one_person(add):
    add("甲", id_number="A123456789")
    found = refused(lambda: people.add_member(today=TODAY, asker=SEES_ALL, name="乙", id_number="a123456789", joined_on=DAY))
    assert found == [("id_number", "這個身分證號已經登錄在 甲 名下，不能再建一筆。")]


def test_whom_an_identity_number_belongs_to_is_told_to_nobody_unknown(add):
    add("甲", id_number="A123456789")
    found = refused(lambda: people.add_member(today=TODAY, name="乙", id_number="A123456789", joined_on=DAY))
    assert [field for field, _text in found] == ["id_number"]
    assert "甲" not in found[0][1]


def test_a_wrong_old_number_does_not_stop_other_corrections(add):
    person = add("甲")
    with unit_of_work("test", "test"):
        db.session.get(Person, person.id).identify("A123456780")
    with unit_of_work("test", "test"):
        people.change_person(db.session.get(Person, person.id), today=TODAY, name="甲乙", id_number=None, sex="", birth_on=None)
    assert stored(Person, person.id).name == "甲乙"
    assert stored(Person, person.id).id_number == "A123456780"


def test_sex_must_agree_with_the_number_that_stays(add):
    person = add("甲", id_number="A123456789")
    found = refused(lambda: people.change_person(
        db.session.get(Person, person.id), today=TODAY, name="甲", id_number=None, sex="F", birth_on=None))
    assert found[0][0] == "sex"


def test_leaving_returning_and_taking_back(add):
    person = add("甲")
    stay = person.memberships[0].id
    with unit_of_work("test", "test"):
        people.leave(db.session.get(Membership, stay), left_on=TODAY, reason="deceased", note="", today=TODAY)
    assert stored(Person, person.id).died_on == TODAY
    assert queries.members_in_force(TODAY) == 0
    assert queries.members_in_force(TODAY - timedelta(1)) == 1
    with unit_of_work("test", "test"):
        people.undo_leaving(db.session.get(Membership, stay))
    assert stored(Person, person.id).died_on is None
    assert queries.members_in_force(TODAY) == 1
    assert refused(lambda: people.undo_leaving(db.session.get(Membership, stay)))
    with unit_of_work("test", "test"):
        people.leave(db.session.get(Membership, stay), left_on=DAY, reason="resigned", note="", today=TODAY)
        again = people.rejoin(db.session.get(Person, person.id), number="", joined_on=TODAY, joined_by="", member_class="regular", unit=None,
                              today=TODAY)
        assert again.number == "00002"
    assert refused(lambda: people.undo_leaving(db.session.get(Membership, stay))) == [("", "這個人已經再入會，不能取消先前的出會。")]


def test_a_move_is_dated_after_the_stay_before_and_not_in_the_future(add, unit):
    one, two = unit("一廠"), unit("二廠")
    person = add("甲", unit=one)
    stay = person.memberships[0].id

    def move(to: Unit, on: date):
        return lambda: people.move(db.session.get(Membership, stay), db.session.get(Unit, to.id), from_on=on, today=TODAY)

    assert refused(move(two, DAY))[0][0] == "from_on"
    assert refused(move(two, TODAY + timedelta(1)))[0][0] == "from_on"
    assert refused(move(one, TODAY))[0][0] == "unit"
    with unit_of_work("test", "test"):
        move(two, TODAY)()
    stays = stored(Membership, stay).units
    assert [(s.unit_id, s.from_on, s.until_on) for s in stays] == [(one.id, DAY, TODAY - timedelta(1)), (two.id, TODAY, None)]


def happens(chance: Random, last: Membership, where: Unit, on: date) -> None:
    """One thing that the office may record about a membership, picked by chance."""
    chance.choice([
        lambda: people.move(last, where, from_on=on, today=TODAY),
        lambda: people.change_class(last, chance.choice(["regular", "sponsor", "retired"]), from_on=on, today=TODAY),
        lambda: people.leave(last, left_on=on, reason=chance.choice(["resigned", "expelled", "deceased"]), note="", today=TODAY),
        lambda: people.undo_leaving(last),
        lambda: people.rejoin(last.person, number="", joined_on=on, joined_by="", member_class="regular", unit=where, today=TODAY),
    ])()


@pytest.mark.parametrize("seed", range(6))
def test_on_no_day_is_a_person_in_two_units_and_on_none_after_leaving(add, unit, seed):
    units, chance = [unit(name) for name in ("一廠", "二廠", "三廠")], Random(seed)
    person = add("甲", unit=units[0])
    done = 0
    for _step in range(60):
        on = DAY + timedelta(chance.randrange(0, 240))
        with unit_of_work("test", "test"):
            last, where = db.session.get(Person, person.id).memberships[-1], db.session.get(Unit, chance.choice(units).id)
            with suppress(RuleBroken):
                happens(chance, last, where, on)
                done += 1
    assert done > 3
    stays = queries.person_facts(person.id, TODAY).rows
    for ahead in range(-1, 260):
        day = DAY + timedelta(ahead)
        for kind in ("units", "classes"):
            rows = [stay.days_of(row) for stay in stays for row in getattr(stay, kind)]
            holding = [days for days in rows if days and (days[0] or day) <= day <= (days[1] or day)]
            inside = any(
                standing(joined_on=one.membership.joined_on, left_on=one.membership.left_on, today=day) == Place.IN_FORCE for one in stays)
            assert len(holding) == inside, (kind, day)


def test_a_left_member_is_moved_nowhere_but_keeps_the_last_unit(add, unit, staff):
    one, two = unit("一廠"), unit("二廠")
    stay = add("甲", unit=one).memberships[0].id
    with unit_of_work("test", "test"):
        people.leave(db.session.get(Membership, stay), left_on=DAY + timedelta(30), reason="resigned", note="", today=TODAY)
    for act in (lambda on: people.move(db.session.get(Membership, stay), db.session.get(Unit, two.id), from_on=on, today=TODAY),
                lambda on: people.change_class(db.session.get(Membership, stay), "retired", from_on=on, today=TODAY)):
        assert refused(lambda act=act: act(DAY + timedelta(30))) == [("from_on", "生效日須早於出會日期 2026-04-01。")]
    everybody = queries.RosterFilter(standing="all")
    assert [row.unit.name for row in queries.roster_rows([stay], TODAY)] == ["一廠"]
    assert queries.roster_count(staff, everybody, TODAY) == 1


def test_work_is_found_by_its_staff_number(add, employer, staff):
    person, firm = add("甲"), employer()
    with unit_of_work("test", "test"):
        people.employ(db.session.get(Person, person.id), employer=db.session.merge(firm), workplace=None, staff_number="A00073", job="",
                      is_manager=False, from_on=DAY, today=TODAY)
    assert queries.roster_count(staff, queries.RosterFilter(text="A00073"), TODAY) == 1


def test_merging_moves_everything_and_frees_the_number(add, staff):
    kept, gone = add("林佳慧", birth_on=date(1984, 5, 6)), add("林佳慧", birth_on=date(1984, 5, 6), id_number="A223456781", mobile="0912345678")
    with unit_of_work("test", "test"):
        people.leave(db.session.get(Membership, gone.memberships[0].id), left_on=TODAY, reason="resigned", note="", today=TODAY)
        people.add_note(db.session.get(Person, gone.id), "舊備註", author="甲")
    assert queries.likely_pairs(staff) == [(kept.id, gone.id, "birth")]
    with unit_of_work("test", "test"):
        merging.merge(db.session.get(Person, kept.id), db.session.get(Person, gone.id), take={"name": "kept"}, today=TODAY)
    kept = stored(Person, kept.id)
    assert (kept.id_number, kept.mobile, len(kept.memberships)) == ("A223456781", "0912345678", 2)
    assert [note.text for note in queries.person_facts(kept.id, TODAY).notes] == ["舊備註"]
    assert stored(Person, gone.id).merged_into_id == kept.id
    assert queries.likely_pairs(staff) == []
    everybody = queries.RosterFilter(text="6781", standing=queries.EVERYBODY)
    assert queries.roster_count(staff, everybody, TODAY) == 2


def test_two_members_in_force_or_two_numbers_are_not_merged(add):
    one, two = add("甲", id_number="A123456789"), add("甲", id_number="A223456781")
    assert "身分證號不同" in refused(lambda: merging.merge(
        db.session.get(Person, one.id), db.session.get(Person, two.id), take={}, today=TODAY))[0][1]
    three = add("甲")
    assert "都是在籍" in refused(lambda: merging.merge(
        db.session.get(Person, one.id), db.session.get(Person, three.id), take={}, today=TODAY))[0][1]


def test_audit_tells_a_change_with_the_values_covered(add):
    person = add("甲", mobile="0912345678")
    with unit_of_work("張雅婷", "test"):
        people.change_person(db.session.get(Person, person.id), today=TODAY, name="甲", id_number="A123456789", sex="", birth_on=None,
                             mobile="0922111222")
    entry = db.session.scalars(db.select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    told = str(entry.changes)
    assert "0922***222" in told
    assert "A1******89" in told
    assert "A123456789" not in told
    assert "0922111222" not in told


def test_custom_values_are_judged_by_their_kind(add):
    person = add("甲")
    with unit_of_work("test", "test"):
        size = structure.add_custom_field(title="尺寸", kind="choice", choices=["S", "M"])
        count = structure.add_custom_field(title="件數", kind="number", choices=[])
        db.session.flush()
        made = (size.id, count.id)
    fields = [queries.custom_fields()[0], queries.custom_fields()[1]]
    found = refused(lambda: people.set_custom(db.session.get(Person, person.id), {fields[0]: "XL", fields[1]: "很多"}))
    assert [field for field, _text in found] == [f"custom_{number}" for number in made]


def test_a_tax_number_is_checked_and_used_once(employer):
    employer("甲公司", tax_number="04595257")
    assert refused(lambda: structure.add_employer(name="乙公司", tax_number="04595257"))[0][0] == "tax_number"
    assert refused(lambda: structure.add_employer(name="乙公司", tax_number="12345678"))[0][0] == "tax_number"
    assert refused(lambda: structure.add_employer(name="甲公司"))[0] == ("name", "已有同名的雇主。")


def test_a_unit_is_not_its_own_parent_nor_closed_with_members(add, unit):
    top = unit("一廠")
    below = unit("加工課", db.session.merge(top))
    add("甲", unit=db.session.merge(below))

    def change(**given):
        row = db.session.get(Unit, given.pop("id"))
        return structure.change_unit(row, **{"name": row.name, "code": "", "parent": None, "opened_on": None, "closed_on": None, **given})

    assert refused(lambda: change(id=top.id, parent=db.session.get(Unit, below.id)))[0][0] == "parent"
    assert refused(lambda: change(id=below.id, parent=db.session.get(Unit, top.id), closed_on=TODAY))[0][0] == "closed_on"
