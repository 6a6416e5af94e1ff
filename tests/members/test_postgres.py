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
    assert [why for _first, _second, why in queries.likely_pairs(EVERYBODY)] == ["birth"]
    with unit_of_work("test", "test"):
        people.leave(db.session.get(Membership, first.memberships[0].id), left_on=TODAY, reason="resigned", note="", today=TODAY)
    assert queries.standing_counts(EVERYBODY, TODAY) == {"expected": 0, "in_force": 2, "left": 1}
    assert queries.movements(EVERYBODY, date(2026, 11, 1), date(2026, 11, 30)) == (0, 1)
