"""Schemes of dues, their dated terms, who pays less, and how the numbers on bills are made. What was charged is never changed from here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import sqlalchemy as sa

from unionops.core.audit import recording
from unionops.core.db import db, hold_data, lock_row, touch_data
from unionops.core.i18n import _l
from unionops.core.union import queries as union
from unionops.members.models import Charge, Exemption, PaymentNumbering, Person, Scheme, SchemeTerms
from unionops.members.rules.dues import AmountBasis, Period, Prorate, SchemeKind, Terms, months_on
from unionops.members.rules.payment_numbers import numbering
from unionops.members.rules.schemes import reduction_problems, scheme_problems, terms_problems
from unionops.values.problems import RuleBroken, Unreadable, problem

ADDED = recording.sentence("dues.scheme_added", _l("新增收費項目 %(title)s"))
CHANGED = recording.sentence("dues.scheme_changed", _l("修改收費項目 %(title)s"))
CLOSED = recording.sentence("dues.scheme_closed", _l("自 %(on)s 停用收費項目 %(title)s"))
TERMS = recording.sentence("dues.terms_added", _l("%(title)s 自 %(on)s 起的收費標準（%(decided)s）"))
TERMS_REMOVED = recording.sentence("dues.terms_removed", _l("移除 %(title)s 自 %(on)s 起的收費標準"))
EXEMPTED = recording.sentence("dues.exempted", _l("%(name)s 自 %(on)s 起減免 %(percent)s%%：%(reason)s"))
EXEMPTION_ENDED = recording.sentence("dues.exemption_ended", _l("%(name)s 的減免到 %(on)s 為止"))
NUMBERED = recording.sentence("dues.numbering_added", _l("自 %(on)s 起的繳款編號規則 %(pattern)s"))


@dataclass(frozen=True)
class About:
    """What is settled about a scheme besides how much."""

    title: str
    kind: SchemeKind
    period: Period
    due_month: int | None = 1
    due_day: int | None = 31
    prorate: Prorate = Prorate.FULL
    order: int | None = 10
    classes: Sequence[str] = ()
    units: Sequence[int] = ()


def add_scheme(about: About) -> Scheme:
    """A new scheme, without terms yet. Raises RuleBroken."""
    _refuse(about)
    made = Scheme(kind=about.kind.value, period=about.period.value)
    _write(made, about)
    db.session.add(made)
    db.session.flush()  # The caller goes to its page.
    recording.describe(ADDED, made, title=made.title)
    touch_data("dues")
    return made


def change_scheme(scheme: Scheme, about: About) -> None:
    """Changes what is settled about a scheme, for bills to come; what money it is and for how long stays once it was charged. Raises
    RuleBroken."""
    hold_data("dues")
    lock_row(scheme)
    _refuse(about, scheme)
    if (scheme.kind, scheme.period) != (about.kind.value, about.period.value):
        if used_until(scheme) is not None:
            raise RuleBroken(problem("period", "已經開過單，款別與繳期不能再改；請停用後另立項目。", code="charged_already"))
        scheme.kind, scheme.period = about.kind.value, about.period.value
    _write(scheme, about)
    recording.describe(CHANGED, scheme, title=scheme.title)
    touch_data("dues")


def _refuse(about: About, scheme: Scheme | None = None) -> None:
    found = scheme_problems(about.kind, about.period, due_month=about.due_month, due_day=about.due_day, order=about.order)
    title = about.title.strip()
    if not title:
        found.append(problem("title", "請填名稱。", code="title_missing"))
    taken = db.session.scalar(sa.select(Scheme.id).where(Scheme.title == title))
    if taken is not None and (scheme is None or taken != scheme.id):
        found.append(problem("title", "已經有這個名稱的收費項目。", code="title_taken"))
    if about.kind is SchemeKind.AGENCY:
        found.append(problem("kind", "代收款由各業務自行開立，不在這裡設定。", code="agency"))
    if found:
        raise RuleBroken(*found)


def _write(scheme: Scheme, about: About) -> None:
    scheme.title, scheme.prorate = about.title.strip(), about.prorate.value
    scheme.due_month, scheme.due_day, scheme.order = about.due_month or 1, about.due_day or 0, about.order or 10
    scheme.classes, scheme.units = list(about.classes), list(about.units)


def used_until(scheme: Scheme) -> date | None:
    """The last day for which this scheme was charged; None when it never was."""
    last = db.session.execute(
        sa.select(Charge.period_on, Charge.months).where(Charge.scheme_id == scheme.id).order_by(Charge.period_on.desc(), Charge.months.desc()).limit(1)
    ).first()
    if last is None:
        return None
    return last.period_on if scheme.period == Period.ONCE else months_on(last.period_on, last.months) - timedelta(1)


def add_terms(scheme: Scheme, terms: Terms, *, clause: str = "", resolution: str = "", rate_text: str = "") -> SchemeTerms:
    """How much, from a day on that nobody was charged for yet. Raises RuleBroken."""
    hold_data("dues")
    lock_row(scheme)
    if scheme.closed_on is not None:
        raise RuleBroken(problem("", "這個收費項目已經停用。", code="closed"))
    decided = clause.strip() or resolution.strip()
    before = db.session.scalars(sa.select(SchemeTerms.valid_from).where(SchemeTerms.scheme_id == scheme.id)).all()
    if found := terms_problems(terms, rate_text=rate_text, decided=decided, before=before, used_until=used_until(scheme)):
        raise RuleBroken(*found)
    made = SchemeTerms(
        scheme=scheme, valid_from=terms.valid_from, basis=terms.basis.value, clause=clause.strip(), resolution=resolution.strip(),
        amount=terms.amount if terms.basis in (AmountBasis.FIXED, AmountBasis.UNIT) else None,
        rate=f"{terms.rate:f}" if terms.basis is AmountBasis.SHARE and terms.rate is not None else "",
        table=[[key, amount] for key, amount in (terms.table or {}).items()],
    )
    db.session.add(made)
    recording.describe(TERMS, scheme, title=scheme.title, on=terms.valid_from, decided=decided)
    touch_data("dues")
    return made


def remove_terms(terms: SchemeTerms) -> None:
    """Removes terms entered by mistake, while nothing was charged by them. Raises RuleBroken."""
    scheme = terms.scheme
    hold_data("dues")
    lock_row(scheme)
    until = used_until(scheme)
    if until is not None and terms.valid_from <= until:
        raise RuleBroken(problem("", "這個標準已經用來開單，不能移除；請從新的一天起另訂。", code="charged_already"))
    recording.describe(TERMS_REMOVED, scheme, title=scheme.title, on=terms.valid_from)
    db.session.delete(terms)
    touch_data("dues")


def close(scheme: Scheme, *, on: date | None, today: date) -> None:
    """Nothing is billed of a scheme from a day on; what was stays owed. Raises RuleBroken."""
    hold_data("dues")
    lock_row(scheme)
    if scheme.closed_on is not None:
        raise RuleBroken(problem("", "這個收費項目已經停用。", code="closed"))
    if on is None or on < today:
        raise RuleBroken(problem("on", "停用日請填今天或以後。", code="in_the_past"))
    scheme.closed_on = on
    recording.describe(CLOSED, scheme, title=scheme.title, on=on)
    touch_data("dues")


def preset(period: Period, *, today: date) -> list[Scheme]:
    """Entrance fee and regular dues as the constitution has them (charter.entrance_fee, charter.dues_monthly, charter.dues_monthly_rate),
    for an office that has none. Raises RuleBroken when the constitution's amounts are not entered."""
    if db.session.scalar(sa.select(Scheme.id).limit(1)) is not None:
        raise RuleBroken(problem("", "已經有收費項目，請個別新增。", code="not_empty"))
    charter = union.charter(today)
    fee, monthly, rate = (charter[f"charter.{key}"] for key in ("entrance_fee", "dues_monthly", "dues_monthly_rate"))
    made = []
    if isinstance(fee.value, int) and fee.value:
        entrance = add_scheme(About("入會費", SchemeKind.ENTRANCE, Period.ONCE, 1, 14, order=5))
        add_terms(entrance, Terms(fee.since or today, AmountBasis.FIXED, fee.value), clause=fee.clause)
        made.append(entrance)
    if (isinstance(monthly.value, int) and monthly.value) or not rate.is_default:
        dues = add_scheme(About("經常會費", SchemeKind.REGULAR, period, min(2, period.months), 31, Prorate.MONTHS))
        if isinstance(monthly.value, int) and monthly.value:
            add_terms(dues, Terms(monthly.since or today, AmountBasis.FIXED, monthly.value), clause=monthly.clause)
        else:
            add_terms(dues, Terms(rate.since or today, AmountBasis.SHARE, rate=Decimal(str(rate.value))), clause=rate.clause)
        made.append(dues)
    if not made:
        raise RuleBroken(problem("", "章程的入會費與經常會費還沒有登錄，請先到章程規定值填寫，或自行新增項目。", code="charter_silent"))
    return made


# --- who pays less ----------------------------------------------------------------------------------------------------


def exempt(
    person: Person, scheme: Scheme | None, *, percent: int | None, from_on: date | None, until_on: date | None, reason: str, basis: str
) -> Exemption:
    """Lets somebody pay less of a scheme (None: of all regular dues), for bills to come and, once they are mended, for those of this time
    that were made. Raises RuleBroken."""
    hold_data("dues")
    lock_row(person)
    others = db.session.execute(
        sa.select(Exemption.from_on, Exemption.until_on).where(Exemption.person_id == person.id, Exemption.scheme_id == (scheme.id if scheme else None))
    ).all()
    if found := reduction_problems(
        percent=percent, from_on=from_on, until_on=until_on, reason=reason, basis=basis, others=[(row.from_on, row.until_on) for row in others],
    ):
        raise RuleBroken(*found)
    made = Exemption(
        person_id=person.id, scheme_id=scheme.id if scheme else None, percent=percent, from_on=from_on, until_on=until_on, reason=reason.strip(),
        basis=basis.strip(),
    )
    db.session.add(made)
    recording.describe(EXEMPTED, person, name=person.name, on=from_on, percent=percent, reason=reason.strip())
    touch_data("dues")
    db.session.flush()
    return made


def end_exemption(exemption: Exemption, *, on: date | None) -> None:
    """The last day on which somebody pays less. Raises RuleBroken."""
    hold_data("dues")
    lock_row(exemption)
    if on is None or on < exemption.from_on:
        raise RuleBroken(problem("on", "迄日不得早於起日 %(from_on)s。", code="until_before_from", from_on=exemption.from_on))
    if exemption.until_on is not None and on > exemption.until_on:
        raise RuleBroken(problem("on", "原訂到 %(until_on)s 為止；要延長請新增一筆。", code="later", until_on=exemption.until_on))
    exemption.until_on = on
    person = db.session.get_one(Person, exemption.person_id)
    recording.describe(EXEMPTION_ENDED, person, name=person.name, on=on)
    touch_data("dues")


# --- numbers on bills -------------------------------------------------------------------------------------------------


def add_numbering(kind: str, *, pattern: str, valid_from: date | None, agreed_with: str) -> PaymentNumbering:
    """How numbers are made from a day on. Raises RuleBroken."""
    found = []
    try:
        numbering(pattern.strip())
    except Unreadable as wrong:
        found.append(wrong.problem("pattern"))
    if valid_from is None:
        found.append(problem("valid_from", "請填生效日。", code="date_missing"))
    elif db.session.scalar(sa.select(PaymentNumbering.id).where(PaymentNumbering.kind == kind, PaymentNumbering.valid_from == valid_from)):
        found.append(problem("valid_from", "這一天已經有編號規則。", code="same_day"))
    if not agreed_with.strip():
        found.append(problem("agreed_with", "請填是和哪一家銀行或代收公司約定的。", code="with_whom"))
    if found:
        raise RuleBroken(*found)
    made = PaymentNumbering(kind=kind, pattern=pattern.strip(), valid_from=valid_from, agreed_with=agreed_with.strip())
    db.session.add(made)
    recording.describe(NUMBERED, on=valid_from, pattern=made.pattern)
    touch_data("dues")
    return made
