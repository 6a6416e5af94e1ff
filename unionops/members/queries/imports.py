"""Reads of the roster imports: the list of them, a stored file read again, and what would become of each of its rows.

The verdicts are computed from the file, the mapping and the corrections, and remembered in this process only as long as none
of them, nor the membership, has changed. What pages show of them is in ``queries.checks``.
"""

from __future__ import annotations

import copy
import hashlib
import json
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import abort

import unionops
from unionops.core.accounts.models import User
from unionops.core.audit.models import AuditEntry, AuditSubject
from unionops.core.db import DataVersion, db, keyring, unhindered
from unionops.core.transfer.reading import Workbook, read_table_file
from unionops.core.transfer.tables import Table
from unionops.core.transfer.workbook import Cell, Row, cell_text
from unionops.law import parameters
from unionops.members.models import (
    ID_PLACE,
    Employer,
    Employment,
    ImportChange,
    Leaving,
    MappingMemory,
    Measure,
    Membership,
    Note,
    Person,
    RosterFile,
    RosterImport,
    Unit,
    UnitStay,
    WageBase,
)
from unionops.members.rules import import_outcome as outcome
from unionops.members.rules.import_outcome import Known, Line, Stay
from unionops.members.rules.roster import judge_plans
from unionops.members.rules.roster_columns import Grades
from unionops.members.rules.roster_fields import name_cell
from unionops.members.rules.roster_sheets import Pointed, SheetPlan, plan_sheets
from unionops.members.rules.roster_verdicts import RowVerdict
from unionops.values.identifiers import identity_check
from unionops.values.problems import Problem, _m, problem
from unionops.values.text import name_key

READ, APPLIED, UNDONE, DROPPED = "read", "applied", "undone", "dropped"
FILE_PLACE = "roster_file.content"
AT_ONCE = 3000
"""Files with more rows are checked and written in the background."""
READ_AT_ONCE = 2 * 2**20
"""Files that unpack to more bytes are read there, too."""
_CHUNK = 5000

Tell = Callable[[str], None]
"""Hears what is being done, in words marked by ``_m``."""
Dependency = Callable[[RosterImport, set[int]], Iterable[Problem]]
DEPENDS: list[Dependency] = []
"""What stands against undoing an import: areas above add ``(batch, person ids) → problems``, each naming what depends."""


# --- the list of imports ----------------------------------------------------------------------------------------------


def imports_query() -> Any:
    """SELECT of every import with the name of who brought it in, the latest first."""
    return sa.select(RosterImport, User.name).outerjoin(User, User.id == RosterImport.by_user_id).order_by(RosterImport.id.desc())


def import_for(import_id: int) -> RosterImport:
    """The import, or 404."""
    batch = db.session.get(RosterImport, import_id)
    if batch is None:
        abort(404)
    return batch


def imported_by(batch: RosterImport) -> str:
    """The name of who brought the file in; "" for a command."""
    return db.session.scalar(sa.select(User.name).where(User.id == batch.by_user_id)) or ""


def waiting_file(data: bytes) -> RosterImport | None:
    """The import of these very bytes that was begun and neither written nor dropped."""
    return next((one for one in same_file(fingerprint_of(data)) if one.state == READ), None)


def fingerprint_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def same_file(fingerprint: str) -> list[RosterImport]:
    """Imports of these very bytes that were not undone or dropped, the latest first."""
    query = sa.select(RosterImport).where(RosterImport.fingerprint == fingerprint, RosterImport.state.in_((READ, APPLIED)))
    return list(db.session.scalars(query.order_by(RosterImport.id.desc())))


def applied_before(batch: RosterImport) -> RosterImport | None:
    """An earlier import of the same bytes that was written and stands."""
    return next((other for other in same_file(batch.fingerprint) if other.id != batch.id and other.state == APPLIED), None)


# --- the file again ---------------------------------------------------------------------------------------------------


def content_of(batch: RosterImport) -> bytes:
    """The bytes that were handed over."""
    stored = db.session.scalars(sa.select(RosterFile.content).where(RosterFile.import_id == batch.id)).one()
    return keyring().decrypt_bytes(bytes(stored), f"{FILE_PLACE}:{batch.id}")


def book_of(batch: RosterImport) -> Workbook:
    """The file, read with the encoding that was chosen; the one read last is still at hand."""
    key = (batch.fingerprint, batch.file_name, batch.encoding)
    with _guard:
        if _last_book and _last_book[0] == key:
            return _last_book[1]
    book = read_table_file(content_of(batch), batch.file_name, encoding=batch.encoding or None)
    remember_book(key, book)
    return book


def remember_book(key: tuple[str, str, str], book: Workbook) -> None:
    """Keeps the file that was read last: whoever handed it over looks at it next."""
    global _last_book
    with _guard:
        _last_book = (key, book)


_last_book: tuple[tuple[str, str, str], Workbook] | None = None
_guard = threading.Lock()


def remembered_mappings() -> dict[str, dict[str, str | None]]:
    """Signature of a heading → what its columns meant the last time."""
    return {row.signature: row.mapping for row in db.session.scalars(sa.select(MappingMemory))}


def plans_of(book: Workbook, settings: Mapping[str, Any]) -> list[SheetPlan]:
    """The sheets with their roles and mappings as somebody left them. ``settings`` is ``RosterImport.mapping``."""
    chosen = settings.get("sheets", {})
    pointed = {name: (one["heading"][0], one["heading"][1]) for name, one in chosen.items() if "heading" in one}
    plans = _planned(book, settings.get("remembered") or {}, pointed)
    return [chosen_plan(plan, chosen.get(plan.sheet.name, {})) for plan in plans]


def _planned(book: Workbook, remembered: dict[str, dict[str, str | None]], pointed: dict[str, Pointed]) -> list[SheetPlan]:
    global _last_plans
    with _guard:
        if _last_plans and _last_plans[0] is book and _last_plans[1] == (remembered, pointed):
            return _last_plans[2]
    plans = plan_sheets(book, remembered, pointed)
    with _guard:
        _last_plans = (book, (copy.deepcopy(remembered), pointed), plans)
    return plans


_last_plans: tuple[Workbook, tuple[dict[str, dict[str, str | None]], dict[str, Pointed]], list[SheetPlan]] | None = None


def chosen_plan(plan: SheetPlan, chosen: Mapping[str, Any]) -> SheetPlan:
    """The plan of a sheet as somebody left it; ``chosen`` is its part of ``RosterImport.mapping["sheets"]``."""
    if plan.table is None:
        return plan
    table = plan.table
    if columns := chosen.get("columns"):
        known = {column.index for column in table.mapping.columns}
        table = replace(table, mapping=table.mapping.changed({int(at): name for at, name in columns.items() if int(at) in known}))
    return replace(plan, table=table, role=chosen.get("role", plan.role))


def grades_on(day: date) -> Grades:
    """The insured salaries of the labour insurance in force that year, and those of earlier years; none for a year not known."""
    years: dict[int, frozenset[int]] = {}
    for year in range(2020, day.year + 1):
        try:
            rows = parameters.tables("li_grades", year).rows
        except LookupError:
            continue
        years[year] = frozenset(int(row["insured_salary"]) for row in rows)
    current = years.pop(day.year, frozenset())
    return Grades(current, frozenset().union(*years.values()) - current)


# --- the preview ------------------------------------------------------------------------------------------------------


@dataclass
class Preview:
    """What would become of every row. ``blinds``: identity number → blind index, for writing. ``counts``: rows by outcome.
    ``stamp``: see ``stamp_of``. ``parts``: the same in parts, once ``queries.checks`` was asked for them."""

    batch_id: int
    stamp: list[Any]
    as_of: date
    plans: list[SheetPlan]
    lines: list[Line]
    notices: list[Problem]
    blinds: dict[str, str] = field(repr=False)
    corrections: Mapping[str, dict[str, Any]] = field(default_factory=dict, repr=False)
    book: Workbook | None = field(default=None, repr=False)
    parts: list[bytes] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.counts = dict.fromkeys(outcome.KINDS, 0) | Counter(line.kind for line in self.lines)
        self.counts["left"] = sum(line.kind in outcome.WRITTEN and bool(line.record.get("left_on")) for line in self.lines)

    @property
    def token(self) -> str:
        """Stands for what the page shows: when it no longer holds, the person looks again before anything is written."""
        return token_of(self.batch_id, self.stamp, self.counts)

    @property
    def to_write(self) -> int:
        """Rows that would be written."""
        return sum(self.counts[kind] for kind in outcome.WRITTEN)

    def line(self, sheet: str, number: int) -> Line | None:
        return next((line for line in self.lines if (line.sheet, line.number) == (sheet, number)), None)


_memory: OrderedDict[tuple[Any, ...], Preview] = OrderedDict()


def register_version() -> int:
    """How often the membership has changed: what a preview was compared with."""
    return db.session.scalar(sa.select(DataVersion.version).where(DataVersion.name == "members")) or 0


def is_large(batch: RosterImport) -> bool:
    """Whether the file is checked and written in the background. So is one that was not read yet."""
    return int(batch.counts.get("rows", AT_ONCE + 1)) > AT_ONCE or is_large_file(batch)


def is_large_file(batch: RosterImport) -> bool:
    """Whether the file, whatever it holds, takes too long to be read in a request."""
    return int(batch.counts.get("size", 0)) > READ_AT_ONCE


def stamp_of(batch: RosterImport, version: int | None = None) -> list[Any]:
    """What the verdicts follow from, in the order in which it is settled: file and program, headings, columns, corrections, and
    how often the register has changed (``version``, or as things stand)."""
    settings = batch.mapping
    headings = {name: one["heading"] for name, one in settings.get("sheets", {}).items() if "heading" in one}
    told: list[Any] = [
        [batch.fingerprint, _program()], [batch.encoding, settings.get("remembered"), headings], settings, corrections_of(batch),
    ]
    return [*map(_digest, told), register_version() if version is None else version]


def token_of(batch_id: int, stamp: list[Any], counts: Mapping[str, int]) -> str:
    """Stands for a preview with these figures. The register may change as long as the figures stay."""
    return _digest([batch_id, stamp[:-1], sorted(counts.items())])


def _digest(told: Any) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:24]


@lru_cache(maxsize=1)
def _program() -> str:
    """Stands for the rules by which this program judges: another release may judge otherwise."""
    root = Path(unionops.__file__).parent
    files = sorted(path for part in ("core/transfer", "law", "members", "values") for path in (root / part).rglob("*.*") if path.suffix in (".py", ".toml"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def preview(batch: RosterImport, version: int | None = None, tell: Tell = lambda message: None) -> Preview:
    """The preview as things stand; the same object until the file, its mapping, a correction or the membership changes.

    ``version`` is the ``register_version`` for whoever holds its lock and has counted it up already. ``tell`` hears what is done."""
    stamp = stamp_of(batch, version)
    key = (str(db.engine.url), batch.id, *stamp)
    with _guard:
        if key in _memory:
            _memory.move_to_end(key)
            return _memory[key]
    with unhindered():
        made = _computed(batch, stamp, tell)
    with _guard:
        for old in [one for one in _memory if one[:2] == key[:2]]:
            del _memory[old]
        _memory[key] = made
        while len(_memory) > 4 or (len(_memory) > 1 and sum(len(one.lines) for one in _memory.values()) > 150_000):
            _memory.popitem(last=False)
    return made


def forget_preview(batch_id: int) -> None:
    """Frees the memory of an import that is over."""
    global _last_book, _last_plans
    with _guard:
        _last_book = _last_plans = None
        for key in [one for one in _memory if one[1] == batch_id]:
            del _memory[key]


def corrections_of(batch: RosterImport) -> dict[str, dict[str, Any]]:
    """``sheet!row`` → {"cells": {column: text}, "decision": words with blanks between, "checked": columns}."""
    return json.loads(batch.corrections) if batch.corrections else {}


def row_key(sheet: str, number: int) -> str:
    return f"{sheet}!{number}"


def _computed(batch: RosterImport, stamp: list[Any], tell: Tell) -> Preview:
    tell(_m("讀取檔案"))
    book = book_of(batch)
    settings = batch.mapping
    made = preview_of(
        plans_of(book, settings), as_of=date.fromisoformat(settings["as_of"]), area_code=settings.get("area_code", ""),
        corrections=corrections_of(batch), tell=tell,
    )
    made.batch_id, made.stamp, made.book = batch.id, stamp, book
    return made


def preview_of(
    plans: list[SheetPlan], *, as_of: date, area_code: str, corrections: Mapping[str, dict[str, Any]], tell: Tell = lambda message: None,
) -> Preview:
    """The preview of sheets that were read, against the register."""
    corrected = [_corrected(plan, corrections) for plan in plans]
    register = _Register(corrected)
    decided = _decided_names(corrected, corrections)
    tell(_m("逐列檢查"))
    names = {number: known.values["name"] for number, known in register.by_id.items() if number not in decided}
    judged = judge_plans(corrected, as_of=as_of, grades=grades_on(as_of), known=names, area_code=area_code)
    lines: list[Line] = []
    notices: list[Problem] = []
    for plan in plans:
        notices += plan.notices if plan.role != "other" else ()
    by_name = {plan.sheet.name: plan for plan in plans}
    for sheet, judgement in judged.items():
        notices += judgement.notices
        lines += _lines(by_name[sheet], judgement.rows, corrections)
    tell(_m("與現有名冊比對"))
    limits = _limits()
    for place, line in enumerate(lines):
        line.place = place
        outcome.prepare(line, as_of=as_of, limits=limits)
    outcome.fold(lines)
    if not register.is_empty:
        register.look_up(lines)
    for line in lines:
        outcome.compare(
            line, known=register.by_id.get(line.record.get("id_number") or ""), taken=register.by_number.get(line.record.get("number") or ""),
            likely=register.likely(line),
        )
    blinds, blind = register.blinds, keyring().blinder(ID_PLACE)
    for line in lines:
        number = line.record.get("id_number")
        if number and number not in blinds and line.kind in outcome.WRITTEN:
            blinds[number] = blind(number)
    _flag_taken_twice(lines)
    return Preview(0, [], as_of, plans, lines, notices, blinds, corrections)


def _flag_taken_twice(lines: list[Line]) -> None:
    """A member number belongs to one membership: a leaver's old number that another row bears is asked about, not written."""
    seen: dict[str, Line] = {}
    for line in lines:
        number = line.record.get("number")
        if not number or line.kind not in outcome.WRITTEN or line.stay is not None:
            continue
        first = seen.setdefault(number, line)
        if first is not line:
            choices = outcome.ANOTHERS_NUMBER if line.known is None else outcome.KNOWN_BY_ID
            asked = {"number": number, "who": first.record.get("name", "")}
            if line.partner is first or not outcome.waits(line, choices, "number_taken", "member_no", number, **asked):
                line.record["number"] = ""


def _limits() -> dict[str, int]:
    columns = {column: getattr(Person, column) for column in outcome.PERSON.values()}
    columns |= {"number": Membership.number, "left_note": Membership.left_note, "unit": Unit.name, "employer": Employer.name,
                "staff_number": Employment.staff_number}
    return {name: column.type.length for name, column in columns.items() if getattr(column.type, "length", None)}


def _corrected(plan: SheetPlan, corrections: Mapping[str, dict[str, Any]]) -> SheetPlan:
    """The sheet with the cells that somebody corrected; rows to be left out are blank, so that they stand in nobody's way."""
    mine = {key.rpartition("!")[2]: one for key, one in corrections.items() if key.rpartition("!")[0] == plan.sheet.name}
    if plan.table is None or not mine:
        return plan
    rows = [_corrected_row(row, mine[str(row.number)]) if str(row.number) in mine else row for row in plan.sheet.rows]
    sheet = replace(plan.sheet, rows=rows)
    return replace(plan, sheet=sheet, table=Table(sheet, plan.table.header, plan.table.mapping))


def _corrected_row(row: Row, correction: Mapping[str, Any]) -> Row:
    if outcome.LEAVE in correction.get("decision", "").split():
        return replace(row, cells=[], flaws=())
    cells: list[Cell] = list(row.cells)
    for at, text in correction.get("cells", {}).items():
        cells += [""] * (int(at) + 1 - len(cells))
        cells[int(at)] = text
    if correction.get("checked"):
        width = int(correction["checked"])
        return replace(row, cells=(cells + [""] * width)[:width], flaws=())
    return replace(row, cells=cells)


def _decided_names(plans: Iterable[SheetPlan], corrections: Mapping[str, dict[str, Any]]) -> set[str]:
    """Identity numbers about whose different name somebody has decided already."""
    decided = set()
    for plan in plans:
        place = plan.table.mapping.column("id_number") if plan.table else None
        if place is None or plan.table is None or plan.role == "other":
            continue
        wanted = {
            key.rpartition("!")[2] for key, one in corrections.items()
            if key.rpartition("!")[0] == plan.sheet.name and {outcome.RENAME, outcome.KEEP_NAME} & set(one.get("decision", "").split())
        }
        if wanted:
            decided |= {
                identity_check(cell_text(row.cells[place])).normal
                for row in plan.table.rows() if str(row.number) in wanted and place < len(row.cells)
            }
    return decided


def _lines(plan: SheetPlan, verdicts: Iterable[RowVerdict], corrections: Mapping[str, dict[str, Any]]) -> Iterator[Line]:
    assert plan.table is not None
    sheet = plan.sheet.name
    cells = {row.number: row.cells for row in plan.table.rows()}
    places = plan.table.mapping.fields
    for verdict in verdicts:
        line = Line(sheet, verdict, "", cells[verdict.number])  # type: ignore[arg-type]
        if corrections and (correction := corrections.get(row_key(sheet, verdict.number))):
            line.decisions = tuple(correction.get("decision", "").split())
            line.is_edited = bool(correction.get("cells") or correction.get("checked"))
            if outcome.LEAVE in line.decisions:
                verdict.findings.clear()
                verdict.values["name"] = cell_text(name_cell(line.cells, places))
        yield line


class _Register:
    """The stored persons that the rows of a file may speak of, loaded in a constant number of statements per 5,000 rows."""

    def __init__(self, plans: Iterable[SheetPlan]) -> None:
        self.by_id: dict[str, Known] = {}
        self.by_number: dict[str, Known] = {}
        self.blinds: dict[str, str] = {}
        self._likely: dict[tuple[str, date], Known] = {}
        self._people: dict[int, Known] = {}
        self.is_empty = db.session.scalar(sa.select(Person.id).limit(1)) is None
        if self.is_empty:
            return
        keys = keyring()
        for plan in plans:
            place = plan.table.mapping.column("id_number") if plan.table and plan.role != "other" else None
            if place is None or plan.table is None:
                continue
            for row in plan.table.rows():
                cell = row.cells[place] if place < len(row.cells) else ""
                if cell:
                    found = identity_check(cell_text(cell))
                    if found.valid and found.normal not in self.blinds:
                        self.blinds[found.normal] = keys.blind(found.normal, ID_PLACE)
        numbers = {blind: number for number, blind in self.blinds.items()}
        for chunk in _chunks(list(numbers)):
            rows = db.session.execute(
                sa.select(Person.id_index, Person.id).where(Person.id_index.in_(chunk), Person.merged_into_id.is_(None))
            ).all()
            people = self._load([row.id for row in rows])
            self.by_id |= {numbers[row.id_index]: people[row.id] for row in rows}

    def look_up(self, lines: Iterable[Line]) -> None:
        """Those who bear a row's member number, and those alike where a row has no identity number."""
        wanted = {line.record["number"] for line in lines if line.record and line.record["number"]}
        for chunk in _chunks(sorted(wanted)):
            rows = db.session.execute(sa.select(Membership.number, Membership.person_id).where(Membership.number.in_(chunk))).all()
            people = self._load({row.person_id for row in rows})
            self.by_number |= {row.number: people[row.person_id] for row in rows}
        names = {line.record["name"] for line in lines if line.record.get("name") and not line.record["id_number"]}
        for chunk in _chunks(sorted(names)):
            found = db.session.scalars(
                sa.select(Person.id).where(Person.name.in_(chunk), Person.birth_on.is_not(None), Person.merged_into_id.is_(None))
            ).all()
            for known in self._load(found).values():
                self._likely[name_key(known.values["name"]), known.values["birth_on"]] = known

    def likely(self, line: Line) -> Known | None:
        record = line.record
        if not self._likely or not record or record["id_number"] or not record.get("birth_on"):
            return None
        return self._likely.get((name_key(record.get("name", "")), record["birth_on"]))

    def _load(self, ids: Iterable[int]) -> dict[int, Known]:
        ids = list(ids)
        new = [one for one in ids if one not in self._people]
        for chunk in _chunks(new):
            self._people |= known_people(chunk)
        return {one: self._people[one] for one in ids}


def _is_decided() -> Any:
    """Whether the leaving of a membership follows from a resolution or a written wish to leave."""
    expelled = sa.exists().where(Measure.membership_id == Membership.id, Measure.kind == "expulsion", Measure.from_on.is_not(None), Measure.dropped_on.is_(None))
    return sa.or_(expelled, sa.exists().where(Leaving.membership_id == Membership.id, Leaving.withdrawn_on.is_(None)))


def known_people(ids: list[int]) -> dict[int, Known]:
    """Persons with all that an import compares; six statements, whatever their number."""
    columns = [getattr(Person, name).label(name) for name in outcome.PERSON.values()]
    query = sa.select(Person.id.label("person_id"), Person.id_index, *columns).where(Person.id.in_(ids))
    people = {}
    for row in db.session.execute(query).mappings():
        people[row["person_id"]] = Known(row["person_id"], {name: row[name] for name in outcome.PERSON.values()}, row["id_index"] is not None)
    stays: dict[int, Stay] = {}
    order = (Membership.joined_on.is_not(None), Membership.joined_on, Membership.id)
    for member in db.session.execute(
        sa.select(
            Membership.id, Membership.person_id, Membership.number, Membership.joined_on, Membership.left_on, Membership.left_reason,
            Membership.left_note, _is_decided().label("is_decided"),
        ).where(Membership.person_id.in_(ids)).order_by(*order)
    ):
        stays[member.id] = Stay(member.id, member.number, member.joined_on, member.left_on, member.left_reason, member.left_note, member.is_decided)
        people[member.person_id].stays.append(stays[member.id])
    mine = sa.select(Membership.id).where(Membership.person_id.in_(ids))
    for unit in db.session.execute(
        sa.select(UnitStay.membership_id, UnitStay.id, UnitStay.from_on, UnitStay.unit_id, Unit.name)
        .join(Unit, Unit.id == UnitStay.unit_id).where(UnitStay.membership_id.in_(mine), UnitStay.until_on.is_(None))
    ):
        stay = stays[unit.membership_id]
        stay.unit, stay.unit_id, stay.unit_stay_id, stay.unit_from = unit.name, unit.unit_id, unit.id, unit.from_on
    for wage in db.session.execute(
        sa.select(WageBase.membership_id, WageBase.id, WageBase.from_on, WageBase.insured_salary, WageBase.dependants_count)
        .where(WageBase.membership_id.in_(mine), WageBase.until_on.is_(None))
    ):
        stay = stays[wage.membership_id]
        stay.wage_id, stay.wage_from = wage.id, wage.from_on
        stay.insured_salary, stay.dependants_count = wage.insured_salary, wage.dependants_count
    for note in db.session.execute(sa.select(Note.person_id, Note.text).where(Note.person_id.in_(ids))):
        people[note.person_id].notes.add(note.text)
    for job in db.session.execute(
        sa.select(Employment.person_id, Employment.id, Employer.name).join(Employer, Employer.id == Employment.employer_id)
        .where(Employment.person_id.in_(ids), Employment.until_on.is_(None))
    ):
        people[job.person_id].employer, people[job.person_id].employment_id = job.name, job.id
    return people


def _chunks(items: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]


# --- what depends on an import ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Before:
    """What an import changed on one stored row: None in ``values`` where the row itself was made by it."""

    table: str
    row_id: int
    person_id: int | None
    values: dict[str, Any] | None


def changes_of(batch: RosterImport) -> list[Before]:
    """Everything that the import overwrote or added to existing records, in the order it happened."""
    rows = db.session.execute(
        sa.select(ImportChange.table, ImportChange.row_id, ImportChange.before).where(ImportChange.import_id == batch.id).order_by(ImportChange.id)
    )
    told = []
    for row in rows:
        before = json.loads(row.before)
        told.append(Before(row.table, row.row_id, before["person"], before["values"]))
    return told


def created_ids(batch: RosterImport) -> set[int]:
    """The persons that the import made."""
    return set(db.session.scalars(sa.select(Person.id).where(Person.import_id == batch.id)))


@dataclass(frozen=True)
class Later:
    """Something done to a person after the import: when, by whom, and the acts as the audit tells them."""

    person_id: int
    name: str
    at: Any
    actor: str
    acts: list[Any]


def later_acts(batch: RosterImport, people: set[int]) -> list[Later]:
    """Acts that changed these persons since the import was written, from the audit, the first ones first. Looking is none."""
    mine = sa.select(sa.func.max(AuditSubject.entry_id)).join(AuditEntry, AuditEntry.id == AuditSubject.entry_id).where(
        AuditSubject.ref == f"roster_import:{batch.id}", AuditEntry.kind == "change"
    )
    query = (
        sa.select(AuditSubject.ref, AuditEntry.at, AuditEntry.actor, AuditEntry.acts, AuditEntry.changes)
        .join(AuditEntry, AuditEntry.id == AuditSubject.entry_id)
        .where(AuditEntry.kind == "change", AuditEntry.id > mine.scalar_subquery(), AuditSubject.ref.like("person:%"))
        .order_by(AuditEntry.id)
    )
    found = [(int(row.ref.partition(":")[2]), row) for row in db.session.execute(query) if row.changes]
    touched = [(person_id, row) for person_id, row in found if person_id in people]
    names = dict(db.session.execute(sa.select(Person.id, Person.name).where(Person.id.in_({one for one, _ in touched}))).all())
    return [Later(person_id, names.get(person_id, ""), row.at, row.actor, row.acts) for person_id, row in touched]


def later_imports(batch: RosterImport, people: set[int]) -> list[RosterImport]:
    """Imports since then that changed one of these persons."""
    query = sa.select(RosterImport).where(RosterImport.id > batch.id, RosterImport.state == APPLIED)
    return [
        other for other in db.session.scalars(query)
        if any(before.person_id in people for before in changes_of(other))
    ]


# Tables whose rows an import itself makes, with the person or membership they belong to.
OWN_TABLES = frozenset({"membership", "class_stay", "unit_stay", "wage_base", "employment", "emergency_contact", "person_note"})


def rows_pointing_in(batch: RosterImport) -> list[Problem]:
    """Rows that point to what the import made and are not its own: other members of its units, and any table of an area that
    has not registered itself in ``DEPENDS``."""
    told = []
    members = sa.select(Membership.id).where(Membership.import_id == batch.id)
    added = {before.row_id for before in changes_of(batch) if before.table == "unit_stay" and before.values is None}
    strangers = sa.select(Unit.name, UnitStay.id).join(UnitStay, UnitStay.unit_id == Unit.id).where(
        Unit.import_id == batch.id, UnitStay.membership_id.not_in(members)
    )
    others = Counter(row.name for row in db.session.execute(strangers) if row.id not in added)
    told += [problem("", "「%(unit)s」已有 %(count)s 位不是這次匯入的會員", unit=name, count=count) for name, count in others.items()]
    for target in (Person.__table__, Membership.__table__, Unit.__table__):
        made = sa.select(target.c.id).where(target.c.import_id == batch.id)
        for table in db.metadata.sorted_tables:
            for key in table.foreign_keys:
                if key.column.table is not target or table.name in OWN_TABLES:
                    continue
                count = sa.select(sa.func.count()).select_from(table).where(key.parent.in_(made))
                if table is target:
                    count = count.where(sa.or_(table.c.import_id.is_(None), table.c.import_id != batch.id))
                if found := db.session.scalar(count):
                    told.append(problem("", "「%(table)s」有 %(count)s 筆資料用到這次匯入的資料", table=table.info.get("title") or table.name, count=found))
    return told
