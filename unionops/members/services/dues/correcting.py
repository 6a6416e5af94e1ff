"""One charge put right by hand: corrected with a reason, or remitted with a resolution. Never edited: an adjustment with its voucher."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from unionops.core.audit import recording
from unionops.core.db import db, lock_row, touch_data
from unionops.core.i18n import _l
from unionops.finance import queries as books
from unionops.finance import services as ledger
from unionops.finance.services import Draft
from unionops.members.models import Adjustment, Charge, Person
from unionops.members.queries import billing
from unionops.members.queries import dues as queries
from unionops.members.rules import collecting
from unionops.members.rules.dues import AdjustmentKind, SchemeKind
from unionops.members.services.dues import paying
from unionops.values.problems import Problem, RuleBroken, problem
from unionops.values.refs import Ref

CORRECTED = recording.sentence("dues.corrected", _l("更正 %(name)s 的%(text)s：%(before)s 元改為 %(after)s 元（%(why)s）"))
REMITTED = recording.sentence("dues.remitted", _l("減免 %(name)s 的%(text)s %(less)s 元（%(resolution)s）"))


def correct(
    charge: Charge, *, to: int | None, kind: AdjustmentKind, why: str, resolution: str = "", today: date, seen: int | None = None
) -> Adjustment:
    """Lets a charge ask for ``to`` NT$ from today on: a correction (more or less, with the reason) or a remission (less, with the
    resolution). What was paid above it becomes the payer's credit. ``seen`` is what it asked for when somebody decided.

    Raises RuleBroken; a write-off is another matter (``arrears``).
    """
    paying.one_batch_at_a_time()
    person = db.session.get_one(Person, charge.person_id)
    lock_row(person)
    before = amount_of(charge)
    if found := _problems(before, to, kind, why, resolution, seen):
        raise RuleBroken(*found)
    if books.is_closed(today):
        raise RuleBroken(problem("", "本月已結帳，不能更正。", code="month_closed"))
    assert to is not None
    made = Adjustment(
        charge_id=charge.id, kind=kind.value, amount=to - before, adjusted_on=today, why=why.strip()[:200], resolution=resolution.strip()[:200],
    )
    db.session.add(made)
    db.session.flush()  # What is open is read again.
    word = "減免" if kind is AdjustmentKind.REMISSION else "更正"
    change, scheme = to - before, SchemeKind(charge.kind)
    changes = [(scheme, change)]
    is_brought = bool(billing.brought([charge.id]))
    entries = collecting.adjustment_entries(kind, () if is_brought else changes, brought=changes if is_brought else ())
    ledger.post(Draft(today, f"{word}{charge.text}：{person.name}", entries, Ref("charge", charge.id)), today=today)
    if to < before:
        paying.release([charge.id], today=today)
    if kind is AdjustmentKind.REMISSION:
        recording.describe(REMITTED, person, name=person.name, text=charge.text, less=before - to, resolution=resolution.strip())
    else:
        recording.describe(CORRECTED, person, name=person.name, text=charge.text, before=before, after=to, why=why.strip())
    touch_data("dues")
    return made


def amount_of(charge: Charge) -> int:
    """NT$ that a charge asks for after everything entered."""
    changed = db.session.scalar(sa.select(queries.total(Adjustment.amount)).where(Adjustment.charge_id == charge.id))
    return charge.amount + int(changed or 0)


def _problems(before: int, to: int | None, kind: AdjustmentKind, why: str, resolution: str, seen: int | None) -> list[Problem]:
    found: list[Problem] = []
    if to is None:
        found.append(problem("to", "請填更正後的金額。", code="amount_missing"))
    elif to < 0 or to > collecting.MOST:
        found.append(problem("to", "金額須在 0 到 %(most)s 元之間。", code="amount", most=collecting.MOST))
    elif to == before:
        found.append(problem("to", "和現在的金額一樣，沒有要更正的。", code="same"))
    elif kind is AdjustmentKind.REMISSION and to > before:
        found.append(problem("to", "減免後的金額要比現在的 %(before)s 元少。", code="not_less", before=before))
    if not why.strip():
        found.append(problem("why", "要寫理由。", code="reason_missing"))
    if kind is AdjustmentKind.REMISSION and not resolution.strip():
        found.append(problem("resolution", "事後減免要有決議，請填屆次與日期。", code="resolution_missing"))
    if kind not in (AdjustmentKind.CORRECTION, AdjustmentKind.REMISSION):
        found.append(problem("kind", "這裡只能更正或減免。", code="kind"))
    if seen is not None and seen != before:
        found.append(problem("", "這筆應收款的金額剛才已經變動為 %(before)s 元，請重新確認。", code="stale", before=before))
    return found
