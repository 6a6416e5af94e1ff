"""A file handed over: kept encrypted, its columns settled, its rows corrected. Nothing of it is in the register yet."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import PurePath
from typing import Any

import sqlalchemy as sa

from unionops.core import clock
from unionops.core.audit import recording
from unionops.core.db import bulk, db, keyring, lock_row, unhindered
from unionops.core.i18n import _l
from unionops.core.jobs.models import Task
from unionops.core.transfer.headings import could_be_list, signature
from unionops.core.transfer.reading import FileRefused, Workbook, kind_of, read_table_file, unpacked_size
from unionops.core.transfer.workbook import cell_text
from unionops.members.models import MappingMemory, RosterFile, RosterImport, RosterPreview
from unionops.members.queries import checks
from unionops.members.queries import imports as queries
from unionops.members.rules import import_outcome as outcome
from unionops.members.rules.roster_fields import FIELDS, has_name
from unionops.members.rules.roster_sheets import SheetPlan
from unionops.values.problems import RuleBroken, problem, words

STAGED = recording.sentence("members.roster_read", _l("讀入會員名冊檔案 %(file)s，尚未匯入"))
MAPPED = recording.sentence("members.roster_mapped", _l("指定名冊檔案 %(file)s 的欄位"))
CORRECTED = recording.sentence("members.roster_row_corrected", _l("更正名冊檔案 %(file)s 的第 %(row)s 列"))
DROPPED = recording.sentence("members.roster_dropped", _l("放棄名冊檔案 %(file)s，未匯入"))
_FIELDS = frozenset(one.name for one in FIELDS)
_LONGEST = 2000
APPLY = "members.apply_import"
"""The kind of the task that writes a large file."""


def as_refusal(refused: FileRefused) -> RuleBroken:
    """A file that cannot be read, said beside the file field of a form."""
    return RuleBroken(refused.problem)


def stage(data: bytes, file_name: str, user: Any, today: date, *, may_point: bool = False, later: bool = False) -> RosterImport:
    """Reads a file and keeps it, encrypted, with the mapping that is proposed. ``user`` may be None (a command).

    Raises RuleBroken when it cannot be read, or holds no list of persons; then nothing is kept. ``may_point``: somebody looks at
    the columns next and can point at a heading that was not recognised. ``later``: a large file is kept unread (``counts`` without
    ``rows``) for ``checking.check_later``.
    """
    name = PurePath(file_name.replace("\\", "/")).name[:200] or "?"
    batch = RosterImport(
        file_name=name, fingerprint=queries.fingerprint_of(data), encoding="", by_user_id=getattr(user, "id", None),
        mapping={"as_of": today.isoformat(), "area_code": "", "sheets": {}, "remembered": {}}, counts={"size": unpacked_size(data)},
    )
    try:
        if later and queries.is_large_file(batch):
            kind_of(data, name)
        else:
            with unhindered():
                book = read_table_file(data, name)
            settle(batch, book, may_point=may_point)
    except FileRefused as refused:
        raise as_refusal(refused) from refused
    db.session.add(batch)
    db.session.flush()  # The file is bound to the import's id, so that no two files can be exchanged in the database.
    sealed = keyring().encrypt_bytes(data, f"{queries.FILE_PLACE}:{batch.id}")
    db.session.add(RosterFile(import_id=batch.id, content=sealed))
    recording.describe(STAGED, batch, file=name)
    return batch


def settle(batch: RosterImport, book: Workbook, *, may_point: bool) -> None:
    """Takes over what a file that was read says of itself: encoding, lists, and which remembered mappings are of use for it.

    Raises RuleBroken when it holds no list of persons."""
    remembered = queries.remembered_mappings()
    plans = queries.plans_of(book, {"remembered": remembered})
    found = [plan for plan in plans if plan.is_read]
    if not found and may_point:
        found = [plan for plan in plans if could_be_list(plan.sheet)]
    if not found:
        told = [one for plan in plans for one in plan.notices] or [problem("file", "檔案裡沒有會員名冊", code="no_list")]
        raise RuleBroken(*(problem("file", one.message, code=one.code, **one.params) for one in told))
    used = {signature(plan.table.header) for plan in found if plan.table}
    batch.sheet, batch.encoding = found[0].sheet.name[:80], book.encoding
    batch.mapping = {**batch.mapping, "remembered": {key: remembered[key] for key in used & remembered.keys()}}
    batch.counts = batch.counts | _counts(plans)
    queries.remember_book((batch.fingerprint, batch.file_name, batch.encoding), book)


def _counts(plans: Iterable[SheetPlan]) -> dict[str, int]:
    return {"rows": sum(1 for plan in plans if plan.is_read and plan.table for _ in plan.table.rows())}


def must_be_open(batch: RosterImport, *, by_task: int | None = None) -> None:
    """Locks the import and refuses when it was applied, dropped or is being applied by a background task other than ``by_task``. It
    may be worked on while it is being checked: what was changed meanwhile is checked again."""
    lock_row(batch)
    if batch.state != queries.READ:
        raise RuleBroken(problem("", "這個檔案已經匯入或放棄，不能再更動。", code="not_open"))
    if batch.task_id not in (None, by_task):
        task = db.session.get(Task, batch.task_id, populate_existing=True)
        if task is not None and task.is_going and task.kind == APPLY:
            raise RuleBroken(problem("", "這個檔案正在背景匯入中，請等它完成或先停止。", code="busy"))


def choose_mapping(
    batch: RosterImport, *, encoding: str, as_of: date, area_code: str, sheets: Mapping[str, Mapping[str, Any]], today: date
) -> None:
    """Settles what the file is: its encoding, its day, each sheet's role and what its columns mean; remembered for the next time.

    ``sheets``: name → {"role": word, "columns": {column: field or None}, "heading": (first row, rows)}; what is not named stays as
    it is. Where a heading is given, its columns are yet to be looked at.
    """
    must_be_open(batch)
    if as_of > today:
        raise RuleBroken(problem("as_of", "名冊日期不得晚於今天。"))
    before = _plans(batch)
    changed = {plan.sheet.name: sheets[plan.sheet.name] for plan in before if _differs(plan, sheets.get(plan.sheet.name, {}))}
    settings = {**batch.mapping, "as_of": as_of.isoformat(), "area_code": area_code}
    settings["sheets"] = {**settings["sheets"], **{name: {**settings["sheets"].get(name, {}), **one} for name, one in changed.items()}}
    problems = []
    for name, one in sheets.items():
        chosen = [field for field in one.get("columns", {}).values() if field]
        for field in sorted({field for field in chosen if chosen.count(field) > 1}):
            problems.append(problem(name, "「%(sheet)s」有兩欄都指定為同一個欄位（%(title)s），請只留一欄。", sheet=name, title=words(_label(field))))
        if unknown := set(chosen) - _FIELDS:
            problems.append(problem(name, "沒有這個欄位：%(title)s", title=sorted(unknown)))
    plans = _plans_by(batch, encoding, settings, before)
    used = [plan for plan in plans if plan.is_read]
    if not used:
        problems.append(problem("", "至少要有一張工作表是會員名冊。", code="no_list"))
    for plan in used:
        if plan.table is not None and not has_name(plan.table.mapping.fields) and "heading" not in sheets.get(plan.sheet.name, {}):
            problems.append(problem(plan.sheet.name, "「%(sheet)s」還沒有指定姓名是哪一欄。", sheet=plan.sheet.name))
    if problems:
        raise RuleBroken(*problems)
    if encoding != batch.encoding or settings != batch.mapping:
        for plan in before:
            # Of a heading that somebody rejected nothing is remembered, or the next file would be read by it again.
            if plan.table is not None and "heading" in sheets.get(plan.sheet.name, {}):
                _forget(signature(plan.table.header))
        batch.encoding, batch.mapping, batch.sheet = encoding, settings, used[0].sheet.name[:80]
        if not queries.is_large(batch):
            batch.counts = batch.counts | _counts(plans)
        recording.describe(MAPPED, batch, file=batch.file_name)
    for plan in used:
        if plan.table is not None and plan.table.header.rows and sheets.get(plan.sheet.name, {}).get("columns"):
            _remember(signature(plan.table.header), plan.table.mapping.as_dict())


def _plans(batch: RosterImport) -> list[SheetPlan]:
    """The sheets as they are taken now."""
    if not queries.is_large(batch):
        return queries.plans_of(queries.book_of(batch), batch.mapping)
    check = checks.check_of(batch)
    if check is None:
        raise RuleBroken(problem("", "檔案還沒有檢查完。", code="unchecked"))
    return check.plans


def _plans_by(batch: RosterImport, encoding: str, settings: dict[str, Any], before: list[SheetPlan]) -> list[SheetPlan]:
    """The sheets by other settings. A large file is not read for it: its headings stay those of before until it is checked again."""
    if queries.is_large(batch):
        return [queries.chosen_plan(plan, settings["sheets"].get(plan.sheet.name, {})) for plan in before]
    try:
        book = read_table_file(queries.content_of(batch), batch.file_name, encoding=encoding or None)
    except FileRefused as refused:
        raise RuleBroken(problem("encoding", refused.problem.message, code=refused.problem.code, **refused.problem.params)) from refused
    return queries.plans_of(book, settings)


def _differs(plan: SheetPlan, chosen: Mapping[str, Any]) -> bool:
    """Whether somebody wants a sheet taken otherwise; a choice that only agrees is none."""
    if "heading" in chosen or chosen.get("role", plan.role) != plan.role:
        return True
    now = {column.index: column.field for column in plan.table.mapping.columns} if plan.table else {}
    return any(now.get(int(at)) != field for at, field in chosen.get("columns", {}).items())


def _remember(name: str, mapping: dict[str, str | None]) -> None:
    row = db.session.get(MappingMemory, name)
    if row is None:
        db.session.add(MappingMemory(signature=name, mapping=mapping))
    else:
        row.mapping, row.used_at = mapping, clock.now()


def _forget(name: str) -> None:
    if (row := db.session.get(MappingMemory, name)) is not None:
        db.session.delete(row)


def _label(name: str) -> str:
    return next((one.label for one in FIELDS if one.name == name), name)


def row_token(batch: RosterImport, sheet: str, number: int) -> str:
    """Stands for the corrections of one row as they were shown; another tab's change makes another one."""
    held = queries.corrections_of(batch).get(queries.row_key(sheet, number), {})
    return hashlib.sha256(json.dumps([batch.encoding, held], sort_keys=True).encode()).hexdigest()[:16]


def correct_row(batch: RosterImport, line: outcome.Line, *, cells: Mapping[int, str], width: int = 0) -> None:
    """Replaces cells of one row as if they had been typed so in the file; a text equal to the file's takes a correction back.

    ``width`` above 0 says that somebody compared a damaged row with the paper: it is that many columns wide, and sound.
    """
    must_be_open(batch)
    problems = [
        problem(f"cell_{at}", "最多 %(limit)s 個字。", limit=_LONGEST, code="too_long") for at, text in cells.items() if len(text) > _LONGEST
    ]
    if width and any("\ufffd" in text for text in cells.values()):
        problems.append(problem("", "還有無法辨識的字（�），請對照原件打上正確的字。", code="undecodable"))
    if problems:
        raise RuleBroken(*problems)
    original = [cell_text(cell) for cell in line.cells]
    changed = {str(at): text for at, text in cells.items() if text != (original[at] if at < len(original) else "")}
    held = _held(batch, line)
    held.pop("cells", None)
    held.pop("checked", None)
    if changed:
        held["cells"] = changed
    if width:
        held["checked"] = width
    if outcome.LEAVE not in line.decisions:
        held.pop("decision", None)  # What was asked may no longer be the question.
    _keep(batch, line, held)


def decide_row(batch: RosterImport, line: outcome.Line, decision: str) -> None:
    """Keeps what somebody decided about one row, beside the answers to the questions before this one. Raises RuleBroken for an
    answer that was not asked."""
    must_be_open(batch)
    if decision != outcome.LEAVE and decision not in line.choices:
        raise RuleBroken(problem("decision", "這一列沒有這個選項。"))
    held = _held(batch, line)
    if decision == outcome.THIS:
        check = checks.check_of(batch)
        first = check.double_of(line) if check is not None else None
        if first is None:
            raise RuleBroken(problem("decision", "找不到重複的那一列，請重新整理。"))
        _keep(batch, first, {**_held(batch, first), "decision": outcome.LEAVE})
    else:
        before = () if decision == outcome.LEAVE else (one for one in line.decisions if one not in line.choices)
        held["decision"] = " ".join([*before, decision])
    _keep(batch, line, held)


def forget_corrections(batch: RosterImport, line: outcome.Line) -> None:
    """Takes back every correction and decision of one row."""
    must_be_open(batch)
    _keep(batch, line, {})


def drop(batch: RosterImport) -> None:
    """Gives a file up before it was applied; its content is destroyed, the record of it stays."""
    must_be_open(batch)
    batch.state = queries.DROPPED
    batch.corrections = None
    bulk(sa.delete(RosterFile).where(RosterFile.import_id == batch.id), reason="roster_file")
    forget_check(batch.id)
    recording.describe(DROPPED, batch, file=batch.file_name)
    queries.forget_preview(batch.id)


def forget_check(import_id: int) -> None:
    """Removes what was kept of a check."""
    bulk(sa.delete(RosterPreview).where(RosterPreview.import_id == import_id), reason="roster_preview")


def _held(batch: RosterImport, line: outcome.Line) -> dict[str, Any]:
    return dict(queries.corrections_of(batch).get(queries.row_key(line.sheet, line.number), {}))


def _keep(batch: RosterImport, line: outcome.Line, held: dict[str, Any]) -> None:
    every = queries.corrections_of(batch)
    key = queries.row_key(line.sheet, line.number)
    if held:
        every[key] = held
    else:
        every.pop(key, None)
    batch.corrections = json.dumps(every, ensure_ascii=False) if every else None
    recording.describe(CORRECTED, batch, file=batch.file_name, row=line.number)
