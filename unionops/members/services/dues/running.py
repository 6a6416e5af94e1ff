"""Runs of bills: reckoned, written all or nothing, mended when facts changed, taken back while nothing is paid.

A run may be repeated at any time: who was charged for the period already is not charged again; whose facts changed gets an adjustment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from unionops.core.audit import recording
from unionops.core.db import bulk, bulk_insert, db, lock_row, touch_data, unhindered
from unionops.core.i18n import _l
from unionops.finance import queries as books
from unionops.finance import services as ledger
from unionops.finance.services import Draft
from unionops.members.models import Adjustment, Allocation, BillRun, Charge, Person, Scheme
from unionops.members.queries import billing
from unionops.members.queries import dues as queries
from unionops.members.rules import collecting
from unionops.members.rules.dues import (
    AdjustmentKind,
    Owed,
    Payer,
    SchemeKind,
    SchemeRule,
    Skipped,
    bill_due_on,
    months_on,
    owed,
)
from unionops.members.services.dues import paying
from unionops.values.problems import Problem, RuleBroken, problem
from unionops.values.refs import Ref

APPLIED = recording.sentence("dues.run_applied", _l("開單 %(title)s：%(charged)s 筆 %(amount)s 元，補正 %(mended)s 筆"))
CHARGED = recording.sentence("dues.charged", _l("%(name)s 應收%(title)s %(amount)s 元"))
TAKEN_BACK = recording.sentence("dues.run_taken_back", _l("撤銷開單 %(title)s：%(why)s"))

Tell = Callable[[int, int | None], None]
_ROWS = 20_000


class Line(NamedTuple):
    """What a run means for one person and one scheme. ``charge_id`` is the living charge, ``before`` what runs made of it and ``now`` what it
    asks for after all; without one, ``entries`` counts those that were taken back."""

    person_id: int
    scheme_id: int
    owed: Owed
    charge_id: int | None = None
    before: int = 0
    entries: int = 0
    now: int = 0

    @property
    def change(self) -> int:
        """NT$ that this run adds (or takes away): 0 when all is as it should be. Nobody comes to owe less than nothing: what was remitted
        or corrected by hand is not taken away again."""
        return max(self.owed.amount - self.before, -self.now)


def problems(
    schemes: Sequence[SchemeRule], period_on: date, *, today: date, since: date | None, due_on: date | None = None
) -> list[Problem]:
    """What stands against a run for this period."""
    found = _problems(schemes, period_on, today, since, due_on)
    if not schemes:
        found.insert(0, problem("schemes", "請選要開單的收費項目。", code="no_schemes"))
    if any(one.kind is SchemeKind.ENTRANCE for one in schemes):
        found.append(problem("schemes", "入會費在入會時逐人收取，不能整批開單。", code="entrance"))
    return found


def _problems(schemes: Sequence[SchemeRule], period_on: date, today: date, since: date | None, due_on: date | None = None) -> list[Problem]:
    """What stands against charging anybody for this period."""
    found: list[Problem] = []
    if len({one.period for one in schemes}) > 1:
        found.append(problem("schemes", "一次開單的項目須是同一種繳期。", code="different_periods"))
    if schemes and schemes[0].period.begins(period_on) != period_on:
        found.append(problem("period_on", "請填這一期的第一天。", code="not_a_period"))
    if since is not None and period_on < since:
        found.append(problem("period_on", "本系統自 %(since)s 起開單；之前的欠費請列入期初餘額。", code="before_go_live", since=since))
    if (period_on - today).days > 366:
        found.append(problem("period_on", "期別在一年以後，請確認。", code="too_far"))
    if due_on is not None and not today <= due_on <= months_on(today, 13):
        found.append(problem("due_on", "繳款期限請填今天以後、一年以內。", code="due_on"))
    return found


def reckon(
    schemes: Sequence[SchemeRule], period_on: date, person_id: int | None = None, applicant: Payer | None = None
) -> Iterator[Line]:
    """What each person (or one) owes of each scheme for the period, against what was charged: the whole of a run, before it is written.
    ``applicant`` is who that one will be: he has no membership yet."""
    before = billing.charged(period_on, [one.id for one in schemes], person_id)
    by_id = {one.id: one for one in schemes}

    @lru_cache(maxsize=10_000)
    def asked(scheme_id: int, *stays: Payer) -> Owed:
        return owed(by_id[scheme_id], period_on, *stays)

    stays: dict[int, tuple[Payer, ...]] = {}
    everybody = billing.payers(schemes, period_on, person_id) if person_id is None or applicant is None else [(person_id, applicant)]
    for person, payer in everybody:
        stays[person] = (*stays.get(person, ()), payer)
    for person, mine in stays.items():
        for number in by_id:
            found, was = asked(number, *mine), before.pop((person, number), None)
            yield Line(person, number, found) if was is None else Line(person, number, found, *was)
    for (person, number), was in before.items():  # Charged once, and no member of the period any more.
        if was.charge_id is not None:
            yield Line(person, number, Owed(0, Skipped.LEFT), *was)


class Figures(NamedTuple):
    """What somebody agreed to when a run was made: how many charges of how much, how many mended by how much."""

    charged: int
    amount: int
    mended: int
    change: int


class Outcome(NamedTuple):
    """What a run does in figures. ``skipped`` counts by reason who is not charged."""

    charged: int
    amount: int
    mended: int
    change: int
    unchanged: int
    skipped: dict[str, int]

    def told(self) -> dict[str, Any]:
        return self._asdict()

    @property
    def figures(self) -> Figures:
        return Figures(*self[:4])


def summed(lines: Sequence[Line]) -> Outcome:
    fresh = [one for one in lines if one.charge_id is None and one.owed.amount]
    mended = [one for one in lines if one.charge_id is not None and one.change]
    skipped = Counter(one.owed.skipped.value for one in lines if one.charge_id is None and one.owed.skipped is not None)
    same = sum(1 for one in lines if one.charge_id is not None and not one.change)
    return Outcome(
        len(fresh), sum(one.owed.amount for one in fresh), len(mended), sum(one.change for one in mended), same, dict(sorted(skipped.items())),
    )


class Reckoned(NamedTuple):
    """What a run writes, by the ``facts`` of a moment. ``fresh`` has rows of ``_ROW`` for each scheme."""

    schemes: list[SchemeRule]
    period_on: date
    facts: tuple[int, ...]
    outcome: Outcome
    fresh: dict[int, list[tuple[Any, ...]]]
    mended: list[Line]


_ROW = ("person_id", "months", "entry", "amount", "why")


def reckon_ahead(scheme_ids: Sequence[int], period_on: date, *, today: date) -> Reckoned | None:
    """Reckons what ``apply`` is going to write while others still go on writing; None when it could not write anything, as it will say."""
    facts = billing.facts()
    schemes = _in_use(scheme_ids, today)
    if problems(schemes, period_on, today=today, since=books.begins_on()):
        return None
    with unhindered():
        return _reckoned(schemes, period_on, facts)


def _in_use(scheme_ids: Sequence[int], today: date) -> list[SchemeRule]:
    known = queries.scheme_rules(on=today)
    return [known[number] for number in scheme_ids if number in known]


def _reckoned(schemes: list[SchemeRule], period_on: date, facts: tuple[int, ...]) -> Reckoned:
    lines = list(reckon(schemes, period_on))
    fresh: dict[int, list[tuple[Any, ...]]] = {one.id: [] for one in schemes}
    for one in lines:
        if one.charge_id is None and one.owed.amount:
            fresh[one.scheme_id].append((one.person_id, max(one.owed.months, 1), one.entries + 1, one.owed.amount, _why(one.owed)))
    return Reckoned(schemes, period_on, facts, summed(lines), fresh, [one for one in lines if one.charge_id is not None and one.change])


def apply(
    scheme_ids: Sequence[int], period_on: date, *, title: str, today: date, seen: Figures | None = None, due_on: date | None = None,
    ahead: Reckoned | None = None, tell: Tell = lambda done, total: None,
) -> BillRun:
    """Writes a run in the caller's unit: charges, adjustments, one voucher. ``seen`` is what somebody agreed to, ``due_on`` the last day to
    pay if it is to be another than ``rules.dues.bill_due_on`` gives, ``ahead`` what was reckoned before the unit: it is reckoned again when
    a fact has changed since.

    Raises RuleBroken, also when there is nothing to write or the figures have moved since they were seen.
    """
    paying.one_batch_at_a_time()
    schemes = _in_use(scheme_ids, today)
    found = problems(schemes, period_on, today=today, since=books.begins_on(), due_on=due_on)
    if books.is_closed(today):
        found.append(problem("", "本月已結帳，不能開單。", code="month_closed"))
    if found:
        raise RuleBroken(*found)
    with unhindered():
        facts = billing.facts()
        does = ahead if ahead is not None and ahead[:3] == (schemes, period_on, facts) else _reckoned(schemes, period_on, facts)
        outcome = does.outcome
        if not outcome.charged and not outcome.mended:
            raise RuleBroken(problem("", "這一期沒有要開的單，也沒有要補正的。", code="nothing"))
        if seen is not None and seen != outcome.figures:
            raise RuleBroken(problem("", "預覽之後資料有更動，請重新看過再開單。", code="stale"))
        lessened = [one for one in does.mended if one.change < 0]
        paying.hold_people(one.person_id for one in lessened)  # What a cashier is taking for one of them in this moment is seen.
        run = BillRun(
            title=title, period_on=period_on, months=schemes[0].period.months, schemes=[one.id for one in schemes], billed_on=today,
            mends=not outcome.charged, counts=outcome.told(), by_user_id=recording.actor()[0],
        )
        db.session.add(run)
        db.session.flush()  # Its charges point to it.
        _write(run, does, due_on, tell)
    if lessened:
        paying.release([one.charge_id for one in lessened if one.charge_id is not None], today=today)
    recording.describe(APPLIED, run, title=title, charged=outcome.charged, amount=outcome.amount, mended=outcome.mended)
    touch_data("dues")
    return run


def _write(run: BillRun, does: Reckoned, due_on: date | None, tell: Tell) -> None:
    of_scheme = {row.id: row for row in db.session.execute(sa.select(Scheme.id, Scheme.title, Scheme.order).where(Scheme.id.in_(does.fresh)))}
    done = 0
    for scheme in does.schemes:
        rows = does.fresh[scheme.id]
        alike = {
            "run_id": run.id, "scheme_id": scheme.id, "kind": scheme.kind.value, "text": of_scheme[scheme.id].title, "period_on": run.period_on,
            "charged_on": run.billed_on, "due_on": bill_due_on(scheme, run.period_on, run.billed_on, due_on), "order": of_scheme[scheme.id].order,
        }
        for start in range(0, len(rows), _ROWS):
            some = rows[start : start + _ROWS]
            bulk_insert(Charge.__table__, _ROW, some, alike=alike, reason="charge")
            done += len(some)
            tell(done, does.outcome.charged)
    bulk_insert(Adjustment.__table__, ("charge_id", "amount"), [(one.charge_id, one.change) for one in does.mended], alike={
        "kind": AdjustmentKind.CORRECTION.value, "adjusted_on": run.billed_on, "why": f"{run.title}：會籍資料變動後重算", "resolution": "", "run_id": run.id,
    }, reason="charge_adjustment")
    entries = collecting.charge_entries(_by_kind(does))
    if entries:
        ledger.post(Draft(run.billed_on, f"開單 {run.title}", entries, Ref("bill_run", run.id)), today=run.billed_on)


def _why(found: Owed) -> str:
    """What a charge says of itself beside its amount."""
    if not found.reason and found.stays <= 1:
        return ""
    together = f"會籍有中斷，{found.stays} 段合計" if found.stays > 1 else ""
    return "；".join(filter(None, (together, found.reason)))[:200]


def _by_kind(does: Reckoned) -> list[tuple[SchemeKind, int]]:
    kinds = {one.id: one.kind for one in does.schemes}
    sums: Counter[tuple[SchemeKind, bool]] = Counter()
    for number, rows in does.fresh.items():
        sums[kinds[number], True] += sum(row[_ROW.index("amount")] for row in rows)
    for one in does.mended:
        sums[kinds[one.scheme_id], one.change > 0] += one.change
    return [(kind, amount) for (kind, _more), amount in sums.items() if amount]


def charge_once(person: Person, scheme_id: int, *, on: date, today: date, applicant: Payer | None = None) -> Charge | None:
    """Charges one person of one scheme for the period that ``on`` lies in (of money owed once: for that day), outside any run: the
    entrance fee at admission; of an ``applicant`` before his membership begins. What is charged for it already is given as it is; None when
    nothing is owed. Raises RuleBroken."""
    paying.one_batch_at_a_time()
    lock_row(person)
    scheme = queries.scheme_rules(on=today).get(scheme_id)
    if scheme is None:
        raise RuleBroken(problem("scheme", "這個收費項目已經停用。", code="no_schemes"))
    period_on = scheme.period.begins(on)
    if scheme.kind is SchemeKind.ENTRANCE and (before := billing.entrance_of_stay(person.id, scheme_id)) is not None:
        return before
    found = _problems([scheme], period_on, today, books.begins_on())
    if books.is_closed(today):
        found.append(problem("", "本月已結帳，不能開單。", code="month_closed"))
    if found:
        raise RuleBroken(*found)
    line = next(reckon([scheme], period_on, person.id, applicant), None)
    if line is None or (line.charge_id is None and not line.owed.amount):
        return None
    if line.charge_id is not None:
        return db.session.get_one(Charge, line.charge_id)
    stored = db.session.get_one(Scheme, scheme_id)
    made = Charge(
        person_id=person.id, scheme_id=scheme_id, kind=scheme.kind.value, text=stored.title, period_on=period_on, months=max(line.owed.months, 1),
        entry=line.entries + 1, amount=line.owed.amount, charged_on=today, due_on=bill_due_on(scheme, period_on, today), order=stored.order, why=_why(line.owed),
    )
    db.session.add(made)
    db.session.flush()  # Its voucher points to it.
    ledger.post(Draft(today, f"應收 {made.text}：{person.name}", collecting.charge_entries([(scheme.kind, made.amount)]), Ref("charge", made.id)), today=today)
    recording.describe(CHARGED, person, name=person.name, title=made.text, amount=made.amount)
    touch_data("dues")
    return made


def take_back(run: BillRun, *, why: str, today: date) -> None:
    """Takes a whole run back by adjustments, while nothing that it charged is paid, in part or whole. Raises RuleBroken."""
    paying.one_batch_at_a_time()
    db.session.refresh(run)
    if run.reversed_on is not None:
        raise RuleBroken(problem("", "這次開單已經撤銷。", code="taken_back_already"))
    if run.mends:
        raise RuleBroken(problem("", "補正批次不能撤銷；請改正會籍資料後再補正一次。", code="mending_run"))
    if not why.strip():
        raise RuleBroken(problem("why", "要寫理由。", code="reason_missing"))
    if books.is_closed(today):
        raise RuleBroken(problem("", "本月已結帳，不能撤銷開單。", code="month_closed"))
    mine = sa.select(Charge.id).where(Charge.run_id == run.id)
    paying.hold_people(sa.select(Charge.person_id).where(Charge.run_id == run.id))
    paid = sa.select(Allocation.charge_id).where(Allocation.charge_id.in_(mine)).group_by(Allocation.charge_id).having(sa.func.sum(Allocation.amount) != 0)
    if count := db.session.scalar(sa.select(sa.func.count()).select_from(paid.subquery())):
        raise RuleBroken(problem("", "這次開單已有 %(count)s 筆收款，不能撤銷；請先沖回收款，或個別更正。", code="paid_already", count=count))
    changed = sa.select(Adjustment.charge_id, sa.func.sum(Adjustment.amount).label("total")).where(Adjustment.charge_id.in_(mine)).group_by(Adjustment.charge_id).subquery()
    rest = Charge.amount + sa.func.coalesce(changed.c.total, 0)
    living = sa.select(
        Charge.id, sa.literal(AdjustmentKind.REVERSAL.value), -rest, sa.literal(today, sa.Date), sa.literal(f"撤銷開單：{why}"[:200]), sa.literal(""), sa.literal(run.id),
    ).outerjoin(changed, changed.c.charge_id == Charge.id).where(Charge.run_id == run.id, rest != 0)
    sums = db.session.execute(
        sa.select(Charge.kind, sa.func.sum(rest)).outerjoin(changed, changed.c.charge_id == Charge.id).where(Charge.run_id == run.id).group_by(Charge.kind)
    ).all()
    bulk(
        sa.insert(Adjustment.__table__).from_select(["charge_id", "kind", "amount", "adjusted_on", "why", "resolution", "run_id"], living), reason="charge_adjustment",
    )
    run.reversed_on, run.reversed_why = today, why
    entries = collecting.charge_entries([(SchemeKind(kind), -int(amount)) for kind, amount in sums if amount])
    if entries:
        ledger.post(Draft(today, f"撤銷開單 {run.title}", entries, Ref("bill_run", run.id)), today=today)
    recording.describe(TAKEN_BACK, run, title=run.title, why=why)
    touch_data("dues")

