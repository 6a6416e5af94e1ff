"""Takes in a file: read under its layout, each movement once, however many files tell of it. Also the union's own layouts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa

from unionops.core import clock
from unionops.core.audit import recording
from unionops.core.db import bulk, bulk_insert, db
from unionops.core.i18n import _l
from unionops.core.transfer.workbook import FileRefused
from unionops.core.union.models import BankAccount
from unionops.members.models import Statement, StatementLayout, StatementLine
from unionops.members.queries import statements as queries
from unionops.members.rules import layouts
from unionops.members.rules import statements as rules
from unionops.members.rules.layouts import Source
from unionops.members.rules.statements import Movement, Reading
from unionops.members.services.dues import paying
from unionops.values.problems import RuleBroken, problem

READ = recording.sentence("statements.read", _l("讀入對帳檔 %(file)s：%(new)s 筆，其中 %(known)s 筆先前已讀入"))
DROPPED = recording.sentence("statements.dropped", _l("移除對帳檔 %(file)s"))
LAYOUT = recording.sentence("statements.layout_added", _l("新增對帳檔格式 %(title)s"))
SHOWN = 200
"""Broken lines and differences that are kept with a file; more nobody reads."""


def take_in(data: bytes, file_name: str, *, account: BankAccount | None, today: date, encoding: str | None = None) -> Statement:
    """Reads a file into lines that wait. Raises RuleBroken for what is no statement, the same file again, or another account's;
    ``rules.statements.Unknown`` when no layout fits."""
    fingerprint = hashlib.sha256(data).hexdigest()
    _refuse_again(fingerprint)
    try:
        reading = rules.read(data, file_name, queries.every_layout(), encoding=encoding)
    except FileRefused as refused:
        raise RuleBroken(refused.problem) from refused
    if not reading.movements:
        first = reading.refused[0].problem if reading.refused else problem("file", "檔案裡沒有交易。", code="no_movements")
        raise RuleBroken(problem("file", "一筆都讀不出來：%(why)s", code="nothing_read", why=first))
    paying.one_batch_at_a_time()  # Two who hand over overlapping files see each other.
    _refuse_again(fingerprint)
    _must_be_of(account, reading, today)
    scope = "" if reading.layout.kind is Source.SHOP else str(account.id if account else "")
    movements = rules.marked(reading.movements, scope)
    known = queries.known_marks([one.mark for one in movements])
    new = [one for one in movements if one.mark not in known]
    made = Statement(
        layout=reading.layout.key, kind=reading.layout.kind.value, file_name=file_name[-200:], fingerprint=fingerprint, bank_account_id=account.id if account else None,
        first_on=min(one.moved_on for one in movements), last_on=max(one.moved_on for one in movements), by_user_id=recording.actor()[0],
        counts=_counts(reading, len(movements), len(movements) - len(new)),
    )
    db.session.add(made)
    db.session.flush()
    _insert(made, new)
    recording.describe(READ, made, file=made.file_name, new=len(new), known=len(movements) - len(new))
    return made


def _refuse_again(fingerprint: str) -> None:
    if (before := queries.same_file(fingerprint)) is not None:
        raise RuleBroken(problem("file", "這個檔案已經讀入過（%(file)s）。", code="same_file", file=before.file_name))


def _must_be_of(account: BankAccount | None, reading: Reading, today: date) -> None:
    if reading.layout.kind is Source.SHOP:
        return
    if account is None:
        raise RuleBroken(problem("account", "請選這個檔案是哪一個帳戶的。", code="account_missing"))
    ours = "".join(char for char in account.account_number if char.isdigit())
    if any(one.lstrip("0") == ours.lstrip("0") for one in reading.own_accounts if ours):
        raise RuleBroken(problem("account", "檔案裡有 %(count)s 個帳戶的明細，請一個帳戶一個檔案匯入。", code="several_accounts", count=len(reading.own_accounts)))
    stated = reading.own_account
    if stated and ours and not (stated.lstrip("0").endswith(ours.lstrip("0")) or ours.lstrip("0").endswith(stated.lstrip("0"))):
        raise RuleBroken(problem("account", "檔案寫的帳號末四碼是 %(stated)s，不是所選的帳戶。", code="other_account", stated=stated[-4:]))


def _counts(reading: Reading, lines: int, known: int) -> dict[str, Any]:
    return {
        "lines": lines, "known": known, "in": reading.sum_in, "out": reading.sum_out, "fees": reading.fees, "opening": reading.opening, "closing": reading.closing,
        "encoding": reading.encoding, "problems": [one.stored() for one in reading.problems[:SHOWN]], "problem_count": len(reading.problems),
        "refused": [{"line": one.line, "text": one.text, **one.problem.stored()} for one in reading.refused[:SHOWN]], "refused_count": len(reading.refused),
    }


_COLUMNS = (
    "statement_id", "place", "mark", "moved_on", "paid_on", "amount", "fee", "payer", "account", "word", "memo", "code", "balance", "verdict", "confidence",
    "proposal", "settled_as", "note",
)


def _insert(made: Statement, new: list[Movement]) -> None:
    bulk_insert(StatementLine.__table__, _COLUMNS, [
        (
            made.id, one.line, one.mark, one.moved_on, one.paid_on, one.amount, one.fee, one.payer, one.account, one.word, one.memo, one.code, one.balance, "", 0, {}, "", "",
        )
        for one in new
    ], reason="statement_line")


def drop(made: Statement) -> None:
    """Takes a file away of which nothing was decided yet. Raises RuleBroken."""
    paying.one_batch_at_a_time()
    settled = db.session.scalar(sa.select(sa.func.count()).where(StatementLine.statement_id == made.id, StatementLine.settled_at.is_not(None)))
    if settled:
        raise RuleBroken(problem("", "這個檔案已有 %(count)s 筆處理過，不能移除；要改的請逐筆取消。", code="settled", count=settled))
    mine = sa.select(StatementLine.id).where(StatementLine.statement_id == made.id)
    table = StatementLine.__table__
    bulk(sa.update(table).where(table.c.partner_id.in_(mine)).values(partner_id=None), reason="statement_line")
    bulk(sa.delete(table).where(table.c.statement_id == made.id), reason="statement_line")
    recording.describe(DROPPED, made, file=made.file_name)
    db.session.delete(made)


def add_layout(title: str, kind: str, columns: Mapping[str, list[str]], *, places: Mapping[str, int] | None = None) -> StatementLayout:
    """Keeps how the union's own bank writes its files. Raises RuleBroken when day or amount is missing."""
    if not title.strip():
        raise RuleBroken(problem("title", "請寫格式的名稱，例如銀行名稱。", code="title_missing"))
    if problems := layouts.missing((places or columns).keys()):
        raise RuleBroken(*problems)
    number = (db.session.scalar(sa.select(sa.func.max(StatementLayout.id))) or 0) + 1
    content: dict[str, Any] = {"kind": kind, "form": "table"} | ({"places": dict(places)} if places else {"columns": dict(columns)})
    made = StatementLayout(key=f"own_{number}_{clock.today():%y%m%d}", title=title.strip()[:80], content=content)
    layouts.layout_of({**content, "key": made.key, "title": made.title})
    db.session.add(made)
    recording.describe(LAYOUT, made, title=made.title)
    return made
