"""Several SELECTs as one statement."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.browsing import Statements
from unionops.core.db import db, unit_of_work
from unionops.core.together import Together
from unionops.members.models import CustomField, Dependant, Employment, Note, Person, WageBase
from unionops.members.services import people, structure

DAY = date(2026, 3, 2)


@pytest.fixture
def person_id(app: Flask) -> int:
    with unit_of_work("test", "test"):
        made = people.add_member(today=DAY, name="林佳慧", joined_on=DAY, id_number="A223456781", insured_salary=45800)
        people.add_note(made, "備註", author="甲")
        people.employ(made, employer=structure.add_employer(name="澄岳精密"), workplace=None, staff_number="", job="", is_manager=True,
                      from_on=None, today=DAY)
        return made.id


def parts() -> Together:
    person_id = sa.bindparam("person_id", type_=sa.Integer)
    return Together(
        wages=sa.select(WageBase.id, WageBase.insured_salary).where(WageBase.insured_salary.is_not(None)),
        person=sa.select(Person.id, Person.name, Person.id_number, Person.died_on, Person.created_at).where(Person.id == person_id),
        dependants=sa.select(Dependant.id, Dependant.name, Dependant.id_number).where(Dependant.person_id == person_id),
        notes=sa.select(Note.at, Note.text, Note.id).where(Note.person_id == person_id),
        count=sa.select(sa.func.count(Note.id).label("notes")).where(Note.person_id == person_id),
        work=sa.select(Employment.id, Employment.is_manager, Employment.from_on).where(Employment.person_id == person_id),
    )


def test_every_value_comes_back_as_a_select_of_its_own_would_give_it(person_id: int) -> None:
    found = parts()(person_id=person_id)
    person = db.session.get_one(Person, person_id)
    (row,) = found["person"]
    assert [one.notes for one in found["count"]] == [1]
    assert (row.id, row.name, row.id_number, row.died_on, row.created_at) == (
        person_id, "林佳慧", "A223456781", None, person.created_at)
    note = db.session.scalars(sa.select(Note)).one()
    assert [(one.at, one.text, one.id) for one in found["notes"]] == [(note.at, "備註", note.id)]
    assert [one.insured_salary for one in found["wages"]] == [45800]
    assert [(one.is_manager, one.from_on) for one in found["work"]] == [(True, None)]
    assert found["dependants"] == []


def test_it_is_one_statement(person_id: int) -> None:
    with Statements() as seen:
        parts()(person_id=person_id)
    assert len([statement for statement in seen if not statement.startswith("BEGIN")]) == 1


def test_what_this_unit_has_changed_is_seen(person_id: int) -> None:
    with unit_of_work("test", "test"):
        people.add_note(db.session.get_one(Person, person_id), "剛寫的", author="甲")
        assert {one.text for one in parts()(person_id=person_id)["notes"]} == {"備註", "剛寫的"}


def test_a_column_that_fits_under_no_other_is_refused() -> None:
    with pytest.raises(TypeError):
        Together(fields=sa.select(CustomField.id, CustomField.choices))
