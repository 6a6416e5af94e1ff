"""What the check of a file found, in parts of which a page reads only those that it shows.

The first part is the head: how many rows of each outcome there are, which ones, and what the sheets and columns were taken for.
Each of the others holds 500 rows. The parts of a small file are made from its preview when a page asks; those of a large one are
kept by the task that checks it (``services.imports.checking``), encrypted, with a stamp of what the verdicts follow from.
"""

from __future__ import annotations

import dataclasses
import json
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from unionops.core.db import db, keyring
from unionops.core.transfer.headings import Header, MappedColumn, MappingProposal, first_rows
from unionops.core.transfer.tables import Table
from unionops.core.transfer.workbook import Merge, Row, Sheet, cell_text
from unionops.members.models import RosterImport, RosterPreview
from unionops.members.queries import imports as queries
from unionops.members.queries.imports import Preview
from unionops.members.rules import import_outcome as outcome
from unionops.members.rules import roster_verdicts
from unionops.members.rules.import_outcome import Change, Known, Line
from unionops.members.rules.roster_sheets import SheetPlan
from unionops.members.rules.roster_verdicts import Finding, RowVerdict
from unionops.values.problems import Problem

ROWS = 500
"""Rows of one part."""
_PLACE = "roster_preview.content"
_MESSAGES = roster_verdicts.MESSAGES | outcome.MESSAGES
Read = Callable[[Sequence[int]], Iterator[bytes]]
"""Part numbers, ascending → their contents, in that order."""


class Check:
    """What the check of a file found. ``counts``: rows by outcome, and ``left`` among those to be written."""

    def __init__(self, batch: RosterImport, read: Read, head: bytes | None = None) -> None:
        told = _loads(head if head is not None else next(read([0])))
        self._batch, self._read, self._starts = batch, read, told["starts"]
        self._kinds: str = told["kinds"]
        self._left: list[int] = told["left"]
        self._codes: dict[str, list[int]] = told["codes"]
        self._corrections: dict[str, Any] = told["corrections"]
        self._stamp: list[Any] = told["stamp"]
        self.counts: dict[str, int] = told["counts"]
        self.notices: list[Problem] = told["notices"]
        self.sheets: list[str] = told["sheets"]
        """Names of the sheets that were judged, in the order of the rows."""
        self.encoding: str = told["encoding"]
        self.book_notices: list[Problem] = told["book_notices"]
        chosen = batch.mapping["sheets"]
        self.plans: list[SheetPlan] = [queries.chosen_plan(plan, chosen.get(plan.sheet.name, {})) for plan in told["plans"]]
        """What the sheets are taken for as things stand; of their rows only the first ones are here."""
        self.as_of = date.fromisoformat(batch.mapping["as_of"])

    def __len__(self) -> int:
        return len(self._kinds)

    @property
    def knows_columns(self) -> bool:
        """Whether the headings and the encoding are still those that were looked at."""
        return self._stamp[:2] == self._now[:2]

    @property
    def is_of_this_mapping(self) -> bool:
        """Whether the rows were judged by the columns that are chosen now."""
        return self._stamp[:3] == self._now[:3]

    @property
    def is_of_these_corrections(self) -> bool:
        """Whether every correction was seen; the register may have changed, which is noticed when it is written."""
        return self._stamp[:4] == self._now[:4]

    @property
    def is_current(self) -> bool:
        """Whether nothing has changed since: no correction, no member."""
        return self._stamp == self._now

    @cached_property
    def _now(self) -> list[Any]:
        return queries.stamp_of(self._batch)

    @cached_property
    def touched(self) -> set[str]:
        """Keys of the rows that were corrected or decided about since."""
        now = queries.corrections_of(self._batch)
        return {key for key in now.keys() | self._corrections.keys() if now.get(key) != self._corrections.get(key)}

    @property
    def token(self) -> str:
        """Stands for what the page shows, see ``Preview.token``."""
        return queries.token_of(self._batch.id, self._stamp, self.counts)

    @property
    def to_write(self) -> int:
        """Rows that would be written."""
        return sum(self.counts[kind] for kind in outcome.WRITTEN)

    def chosen(self, kind: str, code: str, text: str) -> list[int]:
        """The places of the rows of a tab: a kind, ``left`` or "" for all persons; narrowed to a reason code and to a piece of text."""
        if kind == "left":
            places: Iterable[int] = self._left
        elif kind:
            letter = _LETTERS[kind]
            places = (at for at, one in enumerate(self._kinds) if one == letter)
        else:
            skipped = _LETTERS[outcome.SKIPPED]
            places = (at for at, one in enumerate(self._kinds) if one != skipped)
        if code:
            coded = set(self._codes.get(code, ()))
            places = (at for at in places if at in coded)
        return self._saying(text, list(places)) if text else list(places)

    def codes(self, kind: str) -> list[tuple[str, int]]:
        """Reason codes among the rows of a tab, the commonest first; silent repairs left out."""
        chosen = set(self.chosen(kind, "", ""))
        told = Counter({code: len(chosen.intersection(places)) for code, places in self._codes.items()})
        return [(code, count) for code, count in told.most_common() if count]

    def lines(self, places: Sequence[int]) -> Iterator[Line]:
        """The rows at these places, ascending."""
        wanted: dict[int, list[int]] = {}
        for place in places:
            wanted.setdefault(place // ROWS, []).append(place % ROWS)
        for (part, some), content in zip(wanted.items(), self._read([part + 1 for part in wanted]), strict=True):
            cells, judged = (_loads(half) for half in content.split(b"\n"))
            for at in some:
                yield self._line(part * ROWS + at, cells[at], judged[at])

    def line(self, sheet: str, number: int) -> Line | None:
        """The row of a sheet by the number that a spreadsheet shows."""
        if sheet not in self.sheets:
            return None
        part = bisect_right(self._starts, [self.sheets.index(sheet), number]) - 1
        places = range(part * ROWS, min((part + 1) * ROWS, len(self)))
        return next((line for line in self.lines(places) if (line.sheet, line.number) == (sheet, number)), None) if part >= 0 else None

    def waiting(self) -> list[int]:
        """The places of the rows that somebody has to correct or to decide about."""
        letters = _LETTERS[outcome.REFUSED] + _LETTERS[outcome.DUPLICATE]
        return [at for at, one in enumerate(self._kinds) if one in letters]

    def next_waiting(self, line: Line) -> Line | None:
        """The next row to see to after this one, from the first again at the end."""
        others = [at for at in self.waiting() if at != line.place]
        after = bisect_right(others, line.place)
        return next(self.lines([others[after % len(others)]])) if others else None

    def double_of(self, line: Line) -> Line | None:
        """The row that stands before this one for the same person or the same member number."""
        said = {one.message.params.get("row") for one in line.findings if one.code in roster_verdicts.DUPLICATES}
        values = line.verdict.values
        for sheet in self.sheets:
            for number in sorted({number for number in (line.verdict.same_as, *said) if number is not None}):
                other = self.line(sheet, number)
                if other is not None and other.place != line.place and any(
                    values[name] and other.verdict.values[name] == values[name] for name in ("id_number", "member_no")
                ):
                    return other
        return None

    def _saying(self, text: str, places: list[int]) -> list[int]:
        wanted: dict[int, list[int]] = {}
        for place in places:
            wanted.setdefault(place // ROWS, []).append(place)
        needle, found = _dumps(text)[1:-1].encode(), []
        for (part, some), content in zip(wanted.items(), self._read([part + 1 for part in wanted]), strict=True):
            raw = content.partition(b"\n")[0]
            if needle in raw:  # What is not in the whole part is in no cell of it.
                cells = _loads(raw)
                found += [at for at in some if any(text in cell_text(cell) for cell in cells[at - part * ROWS])]
        return found

    def _line(self, place: int, cells: list[Any], judged: list[Any]) -> Line:
        (sheet, number, skipped_as, same_as, decisions, choices, is_edited, name, id_number, member_no, given, left_on, findings, changes,
         known) = judged
        found = [_finding(*one) for one in findings]
        verdict = RowVerdict(
            number, 0, 0, "ok", {"name": name, "id_number": id_number, "member_no": member_no}, found, skipped_as, same_as=same_as,
        )
        return Line(
            self.sheets[sheet], verdict, outcome.KINDS[int(self._kinds[place])], cells, record={"number": given, "left_on": left_on},
            changes=[Change(*one) for one in changes], findings=found, known=Known(known[0], {"name": known[1]}, False) if known else None,
            choices=tuple(choices), decisions=tuple(decisions), is_edited=is_edited, place=place,
        )


def check_of(batch: RosterImport) -> Check | None:
    """What the check found: of a large file what was kept, None when it was not checked; of another one as things stand."""
    if queries.is_large(batch):
        head = _stored(batch, [0])
        content = next(head, None)
        return None if content is None else Check(batch, lambda parts: _stored(batch, parts), content)
    preview = queries.preview(batch)
    parts = preview.parts = preview.parts or pack(preview)
    return Check(batch, lambda wanted: (parts[at] for at in wanted))


def _stored(batch: RosterImport, parts: Sequence[int]) -> Iterator[bytes]:
    query = sa.select(RosterPreview.part, RosterPreview.content).where(RosterPreview.import_id == batch.id).order_by(RosterPreview.part)
    if len(parts) < 100:
        query = query.where(RosterPreview.part.in_(parts))
    wanted, keys = set(parts), keyring()
    for row in db.session.execute(query.execution_options(yield_per=20)):
        if row.part in wanted:
            yield keys.decrypt_bytes(bytes(row.content), place_of(batch.id, row.part))


def place_of(import_id: int, part: int) -> str:
    """What the encryption of a part is bound to: no two can be exchanged."""
    return f"{_PLACE}:{import_id}:{part}"


# --- packing ----------------------------------------------------------------------------------------------------------


def pack(preview: Preview) -> list[bytes]:
    """The parts of a preview, the head first."""
    lines = preview.lines
    sheets = list(dict.fromkeys(line.sheet for line in lines))
    order = {name: at for at, name in enumerate(sheets)}
    codes: dict[str, list[int]] = {}
    for place, line in enumerate(lines):
        for code in {one.code for one in line.findings if not one.is_silent}:
            codes.setdefault(code, []).append(place)
    starts = range(0, len(lines), ROWS)
    head = {
        "stamp": preview.stamp, "counts": preview.counts, "notices": preview.notices, "sheets": sheets, "plans": list(map(_beginning, preview.plans)),
        "encoding": preview.book.encoding if preview.book else "", "book_notices": preview.book.notices if preview.book else (), "corrections": preview.corrections,
        "kinds": "".join([_LETTERS[line.kind] for line in lines]), "codes": codes,
        "left": [place for place, line in enumerate(lines) if line.kind in outcome.WRITTEN and line.record.get("left_on")],
        "starts": [[order[lines[at].sheet], lines[at].number] for at in starts],
    }
    packed = [_dumps(head).encode()]
    for at in starts:
        some = lines[at : at + ROWS]
        packed.append(f"{_dumps([line.cells for line in some])}\n{_dumps([_judged(line, order[line.sheet]) for line in some])}".encode())
    return packed


def _judged(line: Line, sheet: int) -> tuple[Any, ...]:
    verdict, record = line.verdict, line.record
    value = verdict.values.get
    return (
        sheet, verdict.number, verdict.skipped_as, verdict.same_as, line.decisions, line.choices, line.is_edited, value("name"), value("id_number"),
        value("member_no"), record.get("number", ""), record.get("left_on"),
        [(one.code, one.field, one.cell, one.raw, one.repaired, one.message.params) for one in line.findings] if line.findings else (),
        [(one.field, one.label, one.old, one.new) for one in line.changes] if line.changes else (),
        (line.known.id, line.known.values["name"]) if line.known else None,
    )


def _finding(code: str, name: str, cell: str, raw: str, repaired: str, params: dict[str, Any]) -> Finding:
    return Finding(code, name, cell, raw, repaired, Problem(name, _MESSAGES[code], params, code))


def _beginning(plan: SheetPlan) -> SheetPlan:
    """The plan with only those rows of its sheet that the choice of the heading shows."""
    shown = first_rows(plan.sheet)
    heading = plan.table.header.rows if plan.table else ()
    sheet = dataclasses.replace(plan.sheet, rows=shown + [row for row in plan.sheet.rows[:200] if row.number in heading and row not in shown])
    return dataclasses.replace(plan, sheet=sheet, table=plan.table and Table(sheet, plan.table.header, plan.table.mapping))


_LETTERS = {kind: str(at) for at, kind in enumerate(outcome.KINDS)}
_KEPT: dict[str, Any] = {
    one.__name__: one for one in (SheetPlan, Sheet, Row, Merge, Table, Header, MappingProposal, MappedColumn, Problem, date, datetime, time)
}
"""What a part may hold besides plain values."""


def _plain(value: Any) -> Any:
    if isinstance(value, date | time):
        return {"is": type(value).__name__, "iso": value.isoformat()}
    if isinstance(value, frozenset):
        return sorted(value)
    names = [one.name for one in dataclasses.fields(value) if not one.name.startswith("_")]
    return {"is": type(value).__name__, **{name: getattr(value, name) for name in names}}


def _made(told: dict[str, Any]) -> Any:
    if "is" not in told:
        return told
    kind = _KEPT[told.pop("is")]
    return kind.fromisoformat(told["iso"]) if "iso" in told else kind(**told)


_dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_plain, check_circular=False).encode
_decoder = json.JSONDecoder(object_hook=_made)


def _loads(content: bytes) -> Any:
    return _decoder.decode(content.decode())
