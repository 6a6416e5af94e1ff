"""Writes every good row of a previewed file in one unit, set by set: people, memberships, stays, wages, work, remarks, words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from unionops.core import clock, search
from unionops.core.audit import recording
from unionops.core.clock import in_taipei
from unionops.core.db import Counter, DataVersion, bulk, bulk_insert, db, next_number, touch_data, unhindered
from unionops.core.i18n import _l
from unionops.members.models import (
    ID_PLACE,
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
from unionops.members.queries.imports import Preview
from unionops.members.rules import import_outcome as outcome
from unionops.members.rules.import_outcome import Line, unit_key
from unionops.members.rules.membership import MemberClass
from unionops.members.services.imports.staging import forget_check, must_be_open
from unionops.values.problems import Problem, RuleBroken, problem

APPLIED = recording.sentence(
    "members.roster_imported", _l("匯入會員名冊 %(file)s：新增 %(created)s 人，更新 %(changed)s 人，退件 %(refused)s 列")
)
_ROWS = 10_000
Tell = Callable[[int, int], None]


class Stale(Exception):
    """What was shown no longer holds: the file's corrections or the membership changed meanwhile. Nothing was written."""

    def __init__(self, why: Problem) -> None:
        super().__init__(why.text)
        self.problem = why


def apply(
    batch: RosterImport, user: Any, today: date, *, seen: str = "", again: bool = False, tell: Tell | None = None, task_id: int | None = None
) -> dict[str, int]:
    """Writes all good rows, in the caller's unit; gives the number of rows by what became of them.

    ``seen`` is the token of the preview that somebody agreed to; ``again`` says that the same file may be imported twice.
    ``tell(done, total)`` hears of the progress; ``task_id`` is the background task that does it. Raises Stale when the preview no
    longer holds, RuleBroken when there is nothing to write, the file was imported before, or somebody else is importing it.
    """
    try:
        version = _lock_register()
        must_be_open(batch, by_task=task_id)
        if not again and (earlier := queries.applied_before(batch)):
            raise RuleBroken(problem("again", "同一個檔案在 %(on)s 已經匯入過；要再匯入，請先復原那一次，或勾選仍要匯入。",
                                     code="same_file", on=in_taipei(earlier.applied_at or earlier.read_at).date()))
        if date.fromisoformat(batch.mapping["as_of"]) > today:
            raise RuleBroken(problem("as_of", "名冊日期不得晚於今天。"))
        preview = queries.preview(batch, version)
        if seen and seen != preview.token:
            raise Stale(problem("", "預覽之後資料有更動，請重新看過再匯入。", code="stale"))
        if not preview.to_write:
            raise RuleBroken(problem("", "沒有可以寫入的列。", code="nothing"))
        with unhindered():
            _Writer(batch, preview, getattr(user, "name", "") or "匯入", tell or (lambda done, total: None)).run()
    except IntegrityError as clash:
        raise Stale(problem("", "匯入的同時有人更動了同一批會員，沒有寫入任何資料；請重新看過預覽再匯入。", code="clash")) from clash
    batch.state, batch.applied_at = queries.APPLIED, clock.now()
    batch.counts = {**batch.counts, **preview.counts, "rows": len(preview.lines)}
    forget_check(batch.id)
    recording.describe(
        APPLIED, batch, file=batch.file_name, created=preview.counts[outcome.CREATED], changed=preview.counts[outcome.CHANGED],
        refused=preview.counts[outcome.REFUSED] + preview.counts[outcome.DUPLICATE],
    )
    touch_data("members")
    queries.forget_preview(batch.id)
    return dict(batch.counts)


def _lock_register() -> int:
    """Holds the membership until the unit ends: a second import waits here and then sees what the first one wrote."""
    row = db.session.get(DataVersion, "members", with_for_update=True, populate_existing=True)
    if row is not None:
        return row.version
    touch_data("members")
    db.session.flush()  # Two first imports at once collide here, on the primary key.
    return 0


class _Writer:
    def __init__(self, batch: RosterImport, preview: Preview, author: str, tell: Tell) -> None:
        self.batch = batch
        self.preview = preview
        self.author = author
        self.tell = tell
        self.now = clock.now()
        self.as_of = preview.as_of
        self.new = [line for line in preview.lines if line.kind == outcome.CREATED]
        self.changed = [line for line in preview.lines if line.kind == outcome.CHANGED]
        self.person_of: dict[int, int] = {}
        """id of a line → person id"""
        self.membership_of: dict[int, int] = {}
        self.before: list[tuple[Any, ...]] = []
        self.steps = 0

    def run(self) -> None:
        units = self.units()
        employers = self.employers()
        self.people()
        self.memberships()
        self.stays(units)
        self.work(employers)
        self.remarks()
        self.updates(units, employers)
        self.words()
        self.insert(ImportChange, ("import_id", "table", "row_id", "before"), self.before)
        self.step(1)

    def step(self, part: float) -> None:
        total = max(self.preview.to_write, 1)
        self.tell(min(total, int(total * part)), total)

    def insert(self, model: Any, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
        for chunk in _chunks(rows):
            bulk_insert(model.__table__, columns, chunk, reason=model.__tablename__)

    def made(self, table: str, row_id: int, person_id: int | None, values: dict[str, Any] | None) -> None:
        told = json.dumps({"person": person_id, "values": values}, default=str, ensure_ascii=False)
        self.before.append((self.batch.id, table, row_id, told))

    # What members belong to ------------------------------------------------------------------------------------------

    def units(self) -> dict[str, int]:
        """Name as the file writes it → unit id; the units that are missing are made."""
        wanted = {line.record["unit"]: None for line in (*self.new, *self.changed) if line.record.get("unit")}
        found: dict[str, int] = {}
        for unit in db.session.execute(sa.select(Unit.id, Unit.name, Unit.code).where(Unit.closed_on.is_(None)).order_by(Unit.parent_id.is_not(None), Unit.id)):
            found.setdefault(unit_key(unit.name), unit.id)
            if unit.code:
                found.setdefault(unit_key(unit.code), unit.id)
        missing: dict[str, str] = {}
        for name in wanted:
            if unit_key(name) not in found:
                missing.setdefault(unit_key(name), name)
        if missing:
            self.insert(Unit, ("name", "code", "import_id"), ((name, "", self.batch.id) for name in missing.values()))
            rows = db.session.execute(sa.select(Unit.id, Unit.name).where(Unit.import_id == self.batch.id))
            found |= {unit_key(row.name): row.id for row in rows}
        return {name: found[unit_key(name)] for name in wanted}

    def employers(self) -> dict[str, int]:
        """Name → employer id; the employers that are missing are made."""
        wanted = {line.record["employer"] for line in (*self.new, *self.changed) if line.record.get("employer")}
        if not wanted:
            return {}
        found = dict(db.session.execute(sa.select(Employer.name, Employer.id)).all())
        missing = sorted(wanted - found.keys())
        if missing:
            self.insert(Employer, ("name", "tax_number", "address", "phone", "contact"), ((name, "", "", "", "") for name in missing))
            for row in db.session.execute(sa.select(Employer.id, Employer.name).where(Employer.name.in_(missing))):
                found[row.name] = row.id
                self.made("employer", row.id, None, None)
        return found

    # New people ------------------------------------------------------------------------------------------------------

    def people(self) -> None:
        firsts = [line for line in self.new if line.partner is None or line.partner.kind not in (*outcome.WRITTEN, outcome.UNCHANGED)]
        made = list(map(self.person, firsts))
        self.insert(Person, _PERSON, made)
        rows = db.session.execute(sa.select(Person.id, Person.name, Person.id_index).where(Person.import_id == self.batch.id).order_by(Person.id)).all()
        # Rows are numbered in the order in which they were handed over; if a database did otherwise, nothing may be written.
        if [(name, index) for _id, name, index in rows] != [(one[0], one[2]) for one in made]:
            raise RuntimeError("the database numbered the inserted rows in another order")
        self.person_of = {id(line): row[0] for line, row in zip(firsts, rows, strict=True)}
        for line in self.changed:
            assert line.known is not None
            self.person_of[id(line)] = line.known.id
        for line in self.preview.lines:
            if line.kind == outcome.UNCHANGED and line.known is not None:
                self.person_of[id(line)] = line.known.id
        for line in self.new:
            if id(line) not in self.person_of:
                self.person_of[id(line)] = self.person_of[id(line.partner)]
        self.step(0.3)

    def person(self, line: Line) -> tuple[Any, ...]:
        record, given = line.record, line.record.get
        number = record["id_number"]
        return (
            record["name"], number, self.preview.blinds[number] if number else None, given("sex") or "", given("birth_on"), given("died_on"),
            *[given(name, "") for name in _PERSON_TEXTS], self.batch.id, self.now, 1, "", "",
        )

    def joining(self) -> list[Line]:
        """Lines that make a membership: new people, and known ones who joined another time."""
        return [*self.new, *(line for line in self.changed if line.stay is None)]

    def memberships(self) -> None:
        joining = self.joining()
        self.numbers(joining)
        columns = ("person_id", "number", "joined_on", "left_on", "left_reason", "left_note", "joined_by", "joined_from", "import_id", "created_at")
        self.insert(Membership, columns, (
            (
                self.person_of[id(line)], record["number"], record.get("joined_on"), record.get("left_on"), record.get("left_reason", ""),
                record.get("left_note", ""), "", "", self.batch.id, self.now,
            )
            for line in joining for record in (line.record,)
        ))
        ids = dict(db.session.execute(sa.select(Membership.number, Membership.id).where(Membership.import_id == self.batch.id)).all())
        self.membership_of = {id(line): ids[line.record["number"]] for line in joining}
        self.step(0.5)

    def numbers(self, joining: list[Line]) -> None:
        """A number for who has none: the next free ones, and for people who had left long ago a number that shows it was given."""
        bearing = [line.record["number"] for line in joining if line.record["number"]]
        present = [line.record["number"] for line in joining if line.record["number"] and not line.record.get("left_on")]
        highest = max((int(text) for text in present if re.fullmatch(r"[0-9]{1,6}", text)), default=0)
        lacking = [line for line in joining if not line.record["number"]]
        if highest:
            counter = db.session.get(Counter, "member", with_for_update=True)
            if counter is None:
                db.session.add(Counter(name="member", last=highest))
                db.session.flush()  # The numbers given below follow it.
            else:
                counter.last = max(counter.last, highest)
        taken = set(bearing)
        for series, form, lines in (
            ("member", "{:05d}", [line for line in lacking if not line.record.get("left_on")]),
            ("member left", "退{:04d}", [line for line in lacking if line.record.get("left_on")]),
        ):
            free = _free_numbers(series, form, len(lines), taken)
            for line, number in zip(lines, free, strict=True):
                line.record["number"] = number

    def stays(self, units: dict[str, int]) -> None:
        joining = self.joining()
        regular = str(MemberClass.REGULAR)
        held = [(self.membership_of[id(line)], line.record, line.record.get("joined_on")) for line in joining]
        self.insert(ClassStay, ("membership_id", "member_class", "from_on", "until_on"), (
            (membership, record.get("member_class", regular), since, None) for membership, record, since in held
        ))
        self.insert(UnitStay, ("membership_id", "unit_id", "from_on", "until_on"), (
            (membership, units[record["unit"]], since, None) for membership, record, since in held if record.get("unit")
        ))
        self.insert(WageBase, ("membership_id", "insured_salary", "dependants_count", "from_on", "until_on"), (
            (membership, record.get("insured_salary"), record.get("dependants_count") or 0, since, None)
            for membership, record, since in held if "insured_salary" in record or "dependants_count" in record
        ))
        self.step(0.7)

    def work(self, employers: dict[str, int]) -> None:
        self.insert(Employment, _WORK, (
            (self.person_of[id(line)], employers[line.record["employer"]], line.record["staff_number"], line.record.get("trade", ""), False, None, None)
            for line in self.new if line.record.get("employer") and line.partner is None
        ))
        self.insert(EmergencyContact, ("person_id", "name", "relation", "phone"), (
            (self.person_of[id(line)], line.record["contact"][0][:120], "", line.record["contact"][1][:40])
            for line in self.new if line.record.get("contact") and line.partner is None
        ))

    def remarks(self) -> None:
        told = [*(line for line in self.new if line.record.get("note")), *(line for line in self.changed if _has(line, "note"))]
        self.insert(Note, ("person_id", "text", "author", "at", "import_id"), (
            (self.person_of[id(line)], line.record["note"], self.author[:80], self.now, self.batch.id) for line in told
        ))

    # Known people ----------------------------------------------------------------------------------------------------

    def updates(self, units: dict[str, int], employers: dict[str, int]) -> None:
        if not self.changed:
            return
        self.person_updates()
        self.membership_updates()
        self.unit_moves(units)
        self.wage_changes()
        self.job_changes(employers)
        self.step(0.8)

    def person_updates(self) -> None:
        renamed = {line.known.id for line in self.changed if line.known and outcome.RENAME in line.decisions and _has(line, "name")}
        others = dict(db.session.execute(sa.select(Person.id, Person.other_name).where(Person.id.in_(renamed))).all()) if renamed else {}
        died = {line.known.id for line in self.changed if line.known and line.record.get("died_on") and _has(line, "left_on")}
        alive = set(db.session.scalars(sa.select(Person.id).where(Person.id.in_(died), Person.died_on.is_(None)))) if died else set()
        updates: list[tuple[int, dict[str, Any]]] = []
        for line in self.changed:
            assert line.known is not None
            new = {one.field: one.new for one in line.changes if one.field in _PERSON_COLUMNS}
            old = {one.field: one.old for one in line.changes if one.field in _PERSON_COLUMNS}
            if "id_number" in new:
                new["id_index"] = self.preview.blinds[new["id_number"]]
                old = {**old, "id_number": None, "id_index": None}
            if line.known.id in others and not others[line.known.id]:
                new["other_name"], old["other_name"] = str(old["name"])[:120], ""
            if line.known.id in alive and line.record.get("died_on"):
                new["died_on"], old["died_on"] = line.record["died_on"], None
            if new:
                updates.append((line.known.id, new))
                self.made("person", line.known.id, line.known.id, old)
        self.update(Person, updates, counts_versions=True)

    def membership_updates(self) -> None:
        updates = []
        for line in self.changed:
            stay = line.stay
            if stay is None:
                continue
            new, old = {}, {}
            for one in line.changes:
                if one.field == "joined_on":
                    new["joined_on"], old["joined_on"] = one.new, one.old
                elif one.field == "left_on":
                    new |= {"left_on": one.new, "left_reason": line.record.get("left_reason", ""), "left_note": line.record.get("left_note", "")}
                    old |= {"left_on": one.old, "left_reason": stay.left_reason, "left_note": stay.left_note}
            if new:
                updates.append((stay.id, new))
                self.made("membership", stay.id, self.person_of[id(line)], old)
        self.update(Membership, updates)

    def unit_moves(self, units: dict[str, int]) -> None:
        moving = [line for line in self.changed if line.stay is not None and _has(line, "unit")]
        self.replace(UnitStay, moving, lambda line: {"unit_id": units[line.record["unit"]]},
                     lambda line: (line.stay.unit_stay_id, line.stay.unit_from, {"unit_id": line.stay.unit_id}))

    def wage_changes(self) -> None:
        changing = [line for line in self.changed if line.stay is not None and (_has(line, "insured_salary") or _has(line, "dependants_count"))]

        def wage(line: Line) -> dict[str, Any]:
            assert line.stay is not None
            dependants = line.record.get("dependants_count")
            return {
                "insured_salary": line.record.get("insured_salary", line.stay.insured_salary),
                "dependants_count": line.stay.dependants_count if dependants is None else dependants,
            }

        self.replace(WageBase, changing, wage, lambda line: (
            line.stay.wage_id, line.stay.wage_from, {"insured_salary": line.stay.insured_salary, "dependants_count": line.stay.dependants_count}
        ))

    def replace(self, model: Any, lines: list[Line], values: Callable[[Line], dict[str, Any]], held: Callable[[Any], tuple[Any, Any, Any]]) -> None:
        """A dated row of a membership gives way to another from the day of the list; one that began that day or later is corrected."""
        ended, corrected, added = [], [], []
        for line in lines:
            assert line.stay is not None
            row_id, since, old = held(line)
            person_id = self.person_of[id(line)]
            if row_id is not None and since is not None and since >= self.as_of:
                corrected.append((row_id, values(line)))
                self.made(model.__tablename__, row_id, person_id, old)
                continue
            if row_id is not None:
                ended.append((row_id, {"until_on": self.as_of - timedelta(days=1)}))
                self.made(model.__tablename__, row_id, person_id, {"until_on": None})
            added.append({"membership_id": line.stay.id, **values(line), "from_on": self.as_of, "until_on": None})
        self.update(model, ended)
        self.update(model, corrected)
        self.insert(model, list(added[0]) if added else (), (tuple(one.values()) for one in added))
        people = {line.stay.id: self.person_of[id(line)] for line in lines if line.stay}
        for chunk in _chunks(row["membership_id"] for row in added):
            fresh = sa.select(model.id, model.membership_id).where(
                model.membership_id.in_(chunk), model.from_on == self.as_of, model.until_on.is_(None)
            )
            for row in db.session.execute(fresh):
                self.made(model.__tablename__, row.id, people[row.membership_id], None)

    def job_changes(self, employers: dict[str, int]) -> None:
        ended, added = [], []
        for line in self.changed:
            if not _has(line, "employer") or line.known is None:
                continue
            if line.known.employment_id is not None:
                ended.append((line.known.employment_id, {"until_on": self.as_of - timedelta(days=1)}))
                self.made("employment", line.known.employment_id, line.known.id, {"until_on": None})
            since = self.as_of if line.known.employment_id is not None else None
            added.append((
                line.known.id, employers[line.record["employer"]], line.record["staff_number"], line.record.get("trade", ""), False, since, None,
            ))
        self.update(Employment, ended)
        self.insert(Employment, _WORK, added)
        for chunk in _chunks(row[0] for row in added):
            fresh = sa.select(Employment.id, Employment.person_id).where(Employment.person_id.in_(chunk), Employment.until_on.is_(None))
            for row in db.session.execute(fresh):
                self.made("employment", row.id, row.person_id, None)

    def update(self, model: Any, updates: list[tuple[int, dict[str, Any]]], *, counts_versions: bool = False) -> None:
        """One statement for each set of columns that changes."""
        table = model.__table__
        by_columns: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for row_id, values in updates:
            by_columns.setdefault(tuple(sorted(values)), []).append({"row_id": row_id, **{f"new_{name}": value for name, value in values.items()}})
        for columns, rows in by_columns.items():
            assigned: dict[str, Any] = {name: sa.bindparam(f"new_{name}", type_=table.c[name].type) for name in columns}
            if counts_versions:
                assigned["version"] = table.c.version + 1
            statement = sa.update(table).where(table.c.id == sa.bindparam("row_id")).values(assigned)
            for chunk in _chunks(rows):
                bulk(statement, chunk, reason=model.__tablename__)

    # Words -----------------------------------------------------------------------------------------------------------

    def words(self) -> None:
        """What the new people are found by; those of changed people anew."""
        numbers: dict[int, str] = {}
        for line in self.joining():
            person_id, number = self.person_of[id(line)], line.record["number"]
            numbers[person_id] = f"{numbers[person_id]} {number}" if person_id in numbers else number
        firsts = {self.person_of[id(line)]: line.record for line in reversed(self.new) if line.known is None}

        def of(person_id: int, record: dict[str, Any]) -> tuple[int, str]:
            secret = [(record["id_number"], ID_PLACE)] if record["id_number"] else []
            return person_id, search.words_of(
                record["name"], numbers[person_id], record.get("staff_number"), record.get("mobile"), record.get("phone"), secret=secret
            )

        for chunk in _chunks(firsts.items()):
            search.put_many("person", [of(*one) for one in chunk])
        again = [
            line.known.id for line in self.changed
            if line.known and any(one.field in ("name", "mobile", "phone", "id_number", "membership", "employer") for one in line.changes)
        ]
        for chunk in _chunks(again):
            search.forget("person", chunk)
            search.put_many("person", _words_of_stored(chunk))


_PERSON_TEXTS = ("nationality", "mobile", "phone", "email", "line_name", "home_address", "mail_address", "education", "trade")
_PERSON = (
    "name", "id_number", "id_index", "sex", "birth_on", "died_on", *_PERSON_TEXTS, "import_id", "created_at", "version", "other_name", "bank_code",
)
_WORK = ("person_id", "employer_id", "staff_number", "job", "is_manager", "from_on", "until_on")
_PERSON_COLUMNS = frozenset({*outcome.PERSON.values(), "id_number"})


def _has(line: Line, field: str) -> bool:
    return any(one.field == field for one in line.changes)


def _words_of_stored(ids: list[int]) -> Iterator[tuple[int, str]]:
    numbers: dict[int, list[str]] = {}
    for row in db.session.execute(sa.select(Membership.person_id, Membership.number).where(Membership.person_id.in_(ids))):
        numbers.setdefault(row.person_id, []).append(row.number)
    staff: dict[int, list[str]] = {}
    for row in db.session.execute(sa.select(Employment.person_id, Employment.staff_number).where(Employment.person_id.in_(ids))):
        staff.setdefault(row.person_id, []).append(row.staff_number)
    columns = (Person.id, Person.name, Person.other_name, Person.mobile, Person.phone, Person.id_number)
    for person in db.session.execute(sa.select(*columns).where(Person.id.in_(ids))):
        secret = [(person.id_number, ID_PLACE)] if person.id_number else []
        yield person.id, search.words_of(
            person.name, person.other_name, *numbers.get(person.id, []), *staff.get(person.id, []), person.mobile, person.phone, secret=secret
        )


def _free_numbers(series: str, form: str, count: int, taken: set[str]) -> list[str]:
    free: list[str] = []
    while len(free) < count:
        missing = count - len(free)
        first = next_number(series, missing)
        wanted = [form.format(number) for number in range(first, first + missing)]
        for chunk in _chunks(wanted):
            taken |= set(db.session.scalars(sa.select(Membership.number).where(Membership.number.in_(chunk))))
        free += [number for number in wanted if number not in taken]
    return free


def _chunks(items: Iterable[Any]) -> Iterator[list[Any]]:
    left = iter(items)
    while chunk := list(islice(left, _ROWS)):
        yield chunk
