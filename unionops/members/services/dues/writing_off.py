"""What is given up of what members owe: written off as lost, or remitted. Always by a resolution; the charge itself stays as it was."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import sqlalchemy as sa

from unionops.core.audit import recording
from unionops.core.db import bulk_insert, db, touch_data
from unionops.core.i18n import _l
from unionops.finance import queries as books
from unionops.finance import services as ledger
from unionops.finance.services import Draft
from unionops.members.models import Adjustment, Charge, Person
from unionops.members.queries import billing
from unionops.members.queries import dues as queries
from unionops.members.rules import collecting
from unionops.members.rules.dues import AdjustmentKind
from unionops.members.services.dues import paying
from unionops.values.problems import Problem, RuleBroken, problem
from unionops.values.refs import Ref

WRITTEN_OFF = recording.sentence("dues.written_off", _l("沖銷呆帳 %(amount)s 元，%(people)s 人，依 %(resolution)s"))
REMITTED = recording.sentence("dues.given_up", _l("減免應收款 %(amount)s 元，%(people)s 人，依 %(resolution)s"))
_WORDS = {AdjustmentKind.WRITE_OFF: "沖銷呆帳", AdjustmentKind.REMISSION: "減免應收款"}


def give_up(
    parts: Mapping[int, int], kind: AdjustmentKind, *, why: str, resolution: str, on: date, today: date
) -> int:
    """Takes so much off each of these charges (charge id → NT$), with one voucher; NT$ in all. Raises RuleBroken, also when somebody paid
    meanwhile: never more is given up than is open."""
    problems = _problems(kind, why, resolution, on, today)
    if not parts:
        problems.append(problem("charges", "請選擇要處理的應收款。", code="nothing_chosen"))
    if problems:
        raise RuleBroken(*problems)
    paying.one_batch_at_a_time()
    people = _hold(parts)
    items = {one.id: one for some in queries.items_of(people).values() for one in some}
    for number, amount in parts.items():
        one = items.get(number)
        if one is None or not 0 < amount <= one.open:
            raise RuleBroken(problem("charges", "這筆應收款的未繳金額已經變動，請重新選擇。", code="charge_changed"))
        if on < one.charged_on:
            raise RuleBroken(problem("on", "日期不得早於開單日 %(day)s。", code="before_charged", day=one.charged_on))
    bulk_insert(Adjustment.__table__, ("charge_id", "kind", "amount", "adjusted_on", "why", "resolution"), [  # type: ignore[arg-type]
        (number, kind.value, -amount, on, why.strip(), resolution.strip()) for number, amount in parts.items()
    ], reason="charge_adjustment")
    brought = billing.brought(parts)
    changes = [[(items[number].kind, -amount) for number, amount in parts.items() if (number in brought) == is_brought] for is_brought in (False, True)]
    entries = collecting.adjustment_entries(kind, changes[0], brought=changes[1])
    belongs_to = Ref("person", next(iter(people))) if len(people) == 1 else None
    ledger.post(Draft(on, f"{_WORDS[kind]}：{resolution.strip()}"[:200], entries, belongs_to), today=today)
    touch_data("dues")
    total = sum(parts.values())
    recording.describe(
        WRITTEN_OFF if kind is AdjustmentKind.WRITE_OFF else REMITTED, *([belongs_to] if belongs_to else []), amount=total, people=len(people),
        resolution=resolution.strip(),
    )
    return total


def _problems(kind: AdjustmentKind, why: str, resolution: str, on: date, today: date) -> list[Problem]:
    problems = []
    if kind not in _WORDS:
        raise ValueError(f"{kind} gives nothing up")
    if not why.strip():
        problems.append(problem("why", "要寫理由。", code="reason_missing"))
    if not resolution.strip():
        problems.append(problem("resolution", "須有決議才能沖銷或減免，請填會議名稱、日期與案號。", code="resolution_missing"))
    if on > today:
        problems.append(problem("on", "日期不得晚於今天。", code="date_in_future"))
    elif books.is_closed(on):
        problems.append(problem("on", "這個月已結帳，請改用結帳後的日期。", code="month_closed"))
    return problems


def _hold(charges: Mapping[int, int]) -> set[int]:
    """Whose charges they are; nobody pays for them, or is billed, until the end of the unit."""
    owners = sa.select(Charge.person_id).where(Charge.id.in_(charges))
    return set(db.session.scalars(sa.select(Person.id).where(Person.id.in_(owners)).order_by(Person.id).with_for_update()))
