"""The roster reads the same on PostgreSQL."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

from unionops.core.db import db, unit_of_work
from unionops.members import queries
from unionops.members.models import Membership
from unionops.members.queries import RosterFilter
from unionops.members.services import people, structure

TODAY = date(2026, 11, 1)
EVERYBODY = SimpleNamespace(id=1, scopes=lambda permission: None, can=lambda permission: True)


def test_the_roster_on_postgresql(pg_app):
    with unit_of_work("test", "test"):
        unit = structure.add_unit(name="一廠")
        field = structure.add_custom_field(title="尺寸", kind="text", choices=[])
        first = people.add_member(today=TODAY, name="林佳慧", joined_on=date(2026, 3, 2), unit=unit, mobile="0912345678", id_number="A123456789",
                                  birth_on=date(1984, 5, 6))
        people.add_member(today=TODAY, name="林佳慧", joined_on=date(2020, 3, 2), birth_on=date(1984, 5, 6))
        people.add_member(today=TODAY, name="莎韻・諾敏𡘙", joined_on=date(2021, 3, 2))
        people.set_custom(first, {field: "L"})
    for text, number in (("佳慧", 2), ("5678", 1), ("6789", 1), ("A123456789", 1), ("00003", 1), ("諾敏", 1), ("'; --", 0), ("沒有", 0)):
        assert queries.roster_count(EVERYBODY, RosterFilter(text=text), TODAY) == number, text
    for sort in queries.SORTS:
        ids = queries.roster_ids(EVERYBODY, RosterFilter(sort=sort), TODAY)
        assert ids[-1:] == queries.roster_ids(EVERYBODY, RosterFilter(sort=sort), TODAY, offset=2, limit=1), sort
    columns = list(queries.roster_columns().values())
    line = queries.roster_lines(queries.roster_ids(EVERYBODY, RosterFilter(units=(unit.id,)), TODAY), columns)[0]
    assert (line.unit, line.id_number, getattr(line, f"custom_{field.id}")) == ("一廠", "A123456789", "L")
    for wanted in (RosterFilter(sort="name", descending=True), RosterFilter(text="佳慧"), RosterFilter(units=(unit.id,)), RosterFilter(ids=(2, 1))):
        streamed = [line.number for lines in queries.lines_streamed(EVERYBODY, wanted, columns, TODAY) for line in lines]
        assert streamed == [line.number for line in queries.roster_lines(queries.roster_ids(EVERYBODY, wanted, TODAY), columns)], wanted
    assert [why for _first, _second, why in queries.likely_pairs(EVERYBODY)] == ["birth"]
    with unit_of_work("test", "test"):
        people.leave(db.session.get(Membership, first.memberships[0].id), left_on=TODAY, reason="resigned", note="", today=TODAY)
    assert queries.standing_counts(EVERYBODY, TODAY) == {"expected": 0, "in_force": 2, "left": 1}
    assert queries.movements(EVERYBODY, date(2026, 11, 1), date(2026, 11, 30)) == (0, 1)


def test_a_person_with_everything_on_postgresql(pg_app):
    with unit_of_work("test", "test"):
        employer = structure.add_employer(name="澄岳精密")
        person = people.add_member(today=TODAY, name="林佳慧", joined_on=date(2026, 3, 2), unit=structure.add_unit(name="一廠"),
                                   id_number="A123456789", birth_on=date(1984, 5, 6), insured_salary=45800)
        people.employ(person, employer=employer, workplace=None, staff_number="A7", job="", is_manager=True, from_on=None, today=TODAY)
        people.add_contact(person, name="乙", relation="", phone="0922333444")
        people.add_note(person, "備註", author="甲")
    facts = queries.person_facts(person.id, TODAY)
    assert facts is not None
    assert facts.current is not None
    assert (facts.person.id_number, facts.person.birth_on, facts.person.created_at) == ("A123456789", date(1984, 5, 6), person.created_at)
    assert (facts.current.unit, facts.current.member_class, facts.current.wage.insured_salary) == ("一廠", "regular", 45800)
    assert [(job.employer, job.workplace, job.is_manager) for job in facts.employments] == [("澄岳精密", None, True)]
    assert [one.phone for one in facts.contacts] == ["0922333444"]
    assert [note.text for note in facts.notes] == ["備註"]
    assert queries.person_facts(person.id + 1, TODAY) is None
