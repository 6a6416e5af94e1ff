"""Takes an import back: everything it made goes, everything it changed returns, or nothing at all happens."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from unionops.core import clock
from unionops.core.audit import recording
from unionops.core.db import DataVersion, bulk, db, lock_row, touch_data
from unionops.core.i18n import _l, show_moment
from unionops.core.search import SearchText
from unionops.members.models import (
    ClassStay,
    EmergencyContact,
    Employer,
    Employment,
    ImportChange,
    Membership,
    Note,
    Person,
    RosterImport,
    Unit,
    UnitStay,
    WageBase,
)
from unionops.members.queries import imports as queries
from unionops.values.problems import Problem, RuleBroken, problem

UNDONE = recording.sentence("members.roster_import_undone", _l("復原會員名冊 %(file)s 的匯入：移除 %(removed)s 人，還原 %(restored)s 筆資料"))
_NAMED = 10
_MODELS: dict[str, Any] = {
    model.__tablename__: model for model in (Person, Membership, UnitStay, WageBase, Employment, Employer)
}


def dependencies(batch: RosterImport) -> list[Problem]:
    """What stands against undoing the import, each named; empty when it can be undone."""
    people = queries.created_ids(batch) | {before.person_id for before in queries.changes_of(batch) if before.person_id is not None}
    later = queries.later_acts(batch, people)
    told = [
        problem("", "%(name)s 的資料在匯入後又更動過（%(at)s，%(who)s）", name=one.name, at=show_moment(one.at), who=one.actor)
        for one in later[:_NAMED]
    ]
    if len(later) > _NAMED:
        told.append(problem("", "另有 %(count)s 筆匯入後的更動", count=len(later) - _NAMED))
    told += [
        problem("", "之後匯入的「%(file)s」更動了同一批會員，請先復原那一次", file=other.file_name) for other in queries.later_imports(batch, people)
    ]
    told += queries.rows_pointing_in(batch)
    for ask in queries.DEPENDS:
        told += ask(batch, people)
    return told


def undo(batch: RosterImport) -> None:
    """Takes the import back. Raises RuleBroken with everything that depends on it; then nothing has changed."""
    db.session.get(DataVersion, "members", with_for_update=True, populate_existing=True)  # Other imports wait until this is over.
    lock_row(batch)
    if batch.state != queries.APPLIED:
        raise RuleBroken(problem("", "只有已匯入的檔案可以復原。", code="not_applied"))
    if told := dependencies(batch):
        raise RuleBroken(*told)
    changes = queries.changes_of(batch)
    people = sa.select(Person.id).where(Person.import_id == batch.id)
    removed = db.session.scalar(sa.select(sa.func.count()).select_from(people.subquery())) or 0
    touched = sorted({before.row_id for before in changes if before.table == "person"} | set(
        db.session.scalars(sa.select(Membership.person_id).where(Membership.import_id == batch.id, Membership.person_id.not_in(people)))))
    for before in reversed(changes):
        _restore(before)
    members = sa.select(Membership.id).where(Membership.import_id == batch.id)
    _delete(SearchText, SearchText.kind == "person", SearchText.record_id.in_(people))
    _delete(Note, Note.import_id == batch.id)
    for model in (Employment, EmergencyContact):
        _delete(model, model.person_id.in_(people))
    for model in (WageBase, UnitStay, ClassStay):
        _delete(model, model.membership_id.in_(members))
    _delete(Membership, Membership.import_id == batch.id)
    _delete(Person, Person.import_id == batch.id)
    _delete(Unit, Unit.import_id == batch.id)
    for before in changes:
        if before.table == "employer":
            _delete(Employer, Employer.id == before.row_id, ~sa.exists().where(Employment.employer_id == before.row_id))
    _delete(ImportChange, ImportChange.import_id == batch.id)
    _words_again(touched)
    batch.state, batch.undone_at = queries.UNDONE, clock.now()
    recording.describe(UNDONE, batch, file=batch.file_name, removed=removed, restored=sum(one.values is not None for one in changes))
    touch_data("members")


def _restore(before: queries.Before) -> None:
    if before.table == "employer":
        return
    model = _MODELS[before.table]
    if before.values is None:
        _delete(model, model.id == before.row_id)
        return
    table = model.__table__
    values = {name: _typed(table.c[name], value) for name, value in before.values.items()}
    if before.table == "person":
        values["version"] = table.c.version + 1
    bulk(sa.update(table).where(table.c.id == before.row_id).values(values), reason=before.table)


def _typed(column: sa.Column[Any], value: Any) -> Any:
    return date.fromisoformat(value) if isinstance(value, str) and isinstance(column.type, sa.Date) else value


def _delete(model: Any, *which: Any) -> None:
    bulk(sa.delete(model.__table__).where(*which), reason=model.__tablename__)


def _words_again(people: list[int]) -> None:
    from unionops.core import search
    from unionops.members.services.imports.applying import _words_of_stored

    for start in range(0, len(people), 1000):
        chosen = people[start : start + 1000]
        search.forget("person", chosen)
        search.put_many("person", _words_of_stored(chosen))
