"""Two records of one person made into one: everything that hangs on the one that goes follows the one that stays, money as well.

Every table that names a person has its place here; ``tests/members/test_merging.py`` fails for one that was forgotten. What names a
membership needs none: the memberships themselves change hands.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import sqlalchemy as sa

from unionops.core import search
from unionops.core.attachments import services as attachments
from unionops.core.audit import recording
from unionops.core.calendar import services as calendar
from unionops.core.db import db, lock_row, touch_data
from unionops.core.i18n import _l
from unionops.finance import queries as books
from unionops.finance import services as ledger
from unionops.finance.services import Draft
from unionops.members.models import (
    Adjustment,
    Application,
    Charge,
    CheckoffLine,
    Consent,
    CustomValue,
    DebitLine,
    DebitMandate,
    Dependant,
    Dunning,
    EmergencyContact,
    Employment,
    Exemption,
    FormerIdentity,
    InstalmentPlan,
    Membership,
    Note,
    PayerAccount,
    Payment,
    Person,
)
from unionops.members.queries import dues, place_of
from unionops.members.rules import collecting
from unionops.members.rules.dues import AdjustmentKind, SchemeKind
from unionops.members.rules.membership import Place
from unionops.members.services.dues import paying
from unionops.members.services.people import MERGED_FIELDS, indexed
from unionops.values.problems import RuleBroken, problem
from unionops.values.refs import Ref

MERGED = recording.sentence("members.persons_merged", _l("將重複的 %(gone)s 併入 %(kept)s"))
CHARGED_TWICE = recording.sentence("dues.charged_twice", _l("合併 %(name)s：撤回重複開單 %(count)s 筆 %(amount)s 元"))

FOLLOWS: tuple[Any, ...] = (
    Employment, Dependant, EmergencyContact, Consent, Note, FormerIdentity, Payment, CheckoffLine, Exemption, InstalmentPlan, Application, Dunning,
    DebitMandate, DebitLine,
)
"""Tables of which every row of the record that goes simply becomes one of the record that stays."""
OTHERWISE: tuple[Any, ...] = (Person, Membership, CustomValue, PayerAccount, Charge)
"""Tables whose rows follow too, in a way of their own: see ``merge``."""


def merge(kept: Person, gone: Person, *, take: dict[str, str], today: date) -> None:
    """Makes two records of one person into one: everything of ``gone`` moves to ``kept``; ``take`` names the fields whose value comes from
    "gone". The emptied record stays, pointing to the kept one. Raises RuleBroken.

    What both were charged for the same period is owed once: the smaller of the two is taken back, and what was paid on it is credit.
    """
    for one in db.session.scalars(sa.select(Application).where(Application.person_id == gone.id).order_by(Application.id)):
        lock_row(one)  # As whoever admits does, before anything else.
    paying.one_batch_at_a_time("members")  # A run under way has charged both or will see one only.
    for person in sorted((kept, gone), key=lambda one: one.id):
        lock_row(person)
    _refuse(kept, gone, today)
    _particulars(kept, gone, take)
    for stay in list(gone.memberships):
        stay.person = kept
    for model in FOLLOWS:
        for row in db.session.scalars(sa.select(model).where(model.person_id == gone.id)):
            row.person_id = kept.id
    attachments.move(Ref("person", gone.id), Ref("person", kept.id))
    calendar.move(Ref("person", gone.id), Ref("person", kept.id))  # Their suffixes are those of rows that follow, too: none meets another.
    _own_fields(kept, gone)
    _accounts(kept, gone)
    twice = _charges(kept, gone)
    db.session.flush()  # What was moved must be there for what is read now.
    _take_back(kept, twice, today)
    search.forget("person", [gone.id])
    db.session.expire(kept, ["memberships"])
    indexed(kept)
    touch_data("dues")
    recording.describe(MERGED, kept, gone, gone=gone.name, kept=kept.name)


def _refuse(kept: Person, gone: Person, today: date) -> None:
    if kept.id == gone.id or kept.merged_into_id or gone.merged_into_id:
        raise RuleBroken(problem("", "這兩筆不能合併。"))
    if len({person.id_number for person in (kept, gone) if person.id_number}) == 2:
        raise RuleBroken(problem("", "兩筆的身分證號不同，是不同的人或其中一筆打錯；請先更正身分證號再合併。"))
    stays = [stay for person in (kept, gone) for stay in person.memberships if place_of(stay, today) != Place.LEFT]
    if len(stays) > 1:
        raise RuleBroken(problem("", "兩筆都是在籍，請先將其中一筆登錄出會（編號 %(a)s、%(b)s）。", a=stays[0].number, b=stays[1].number))


def _particulars(kept: Person, gone: Person, take: dict[str, str]) -> None:
    for name in MERGED_FIELDS:
        if take.get(name) == "gone" or (not getattr(kept, name) and getattr(gone, name)):
            setattr(kept, name, getattr(gone, name))
    identity, account, bank = gone.id_number, gone.bank_account, gone.bank_code
    gone.merged_into_id = kept.id
    gone.identify(None)
    gone.pay_into("", None)
    db.session.flush()  # The identity number must be free before the kept record takes it.
    if not kept.id_number:
        kept.identify(identity)
    if account and (not kept.bank_account or take.get("bank_account") == "gone"):
        kept.pay_into(bank, account)


def _own_fields(kept: Person, gone: Person) -> None:
    have = set(db.session.scalars(sa.select(CustomValue.field_id).where(CustomValue.person_id == kept.id)))
    for value in db.session.scalars(sa.select(CustomValue).where(CustomValue.person_id == gone.id)):
        if value.field_id not in have:
            db.session.add(CustomValue(person_id=kept.id, field_id=value.field_id, value=value.value))
        db.session.delete(value)


def _accounts(kept: Person, gone: Person) -> None:
    have = {one.tail: one for one in db.session.scalars(sa.select(PayerAccount).where(PayerAccount.person_id == kept.id))}
    for one in db.session.scalars(sa.select(PayerAccount).where(PayerAccount.person_id == gone.id)):
        if one.tail in have:
            have[one.tail].since_on = min(have[one.tail].since_on, one.since_on)
        else:
            db.session.add(PayerAccount(person_id=kept.id, tail=one.tail, since_on=one.since_on))
        db.session.delete(one)


# --- money ------------------------------------------------------------------------------------------------------------


def _charges(kept: Person, gone: Person) -> list[tuple[Charge, Charge]]:
    """Moves what ``gone`` was charged, numbered after what ``kept`` was charged for the same period; pairs of such charges."""
    mine: dict[tuple[int | None, date], list[Charge]] = {}
    for one in db.session.scalars(sa.select(Charge).where(Charge.person_id == kept.id).order_by(Charge.entry)):
        mine.setdefault((one.scheme_id, one.period_on), []).append(one)
    twice = []
    for one in db.session.scalars(sa.select(Charge).where(Charge.person_id == gone.id).order_by(Charge.entry)).all():
        same = mine.setdefault((one.scheme_id, one.period_on), [])
        if one.scheme_id is not None and one.run_id is not None:  # Opening balances and agency money may well be several of one day.
            twice += [(other, one) for other in same if other.person_id == kept.id and other.run_id is not None]
        one.entry += max((other.entry for other in same if other.person_id == kept.id), default=0)
        one.person_id = kept.id
    return twice


def _take_back(kept: Person, twice: Iterable[tuple[Charge, Charge]], today: date) -> None:
    """Of two charges that still ask for something the smaller is taken back."""
    charges = {one.id for pair in twice for one in pair}
    if not charges:
        return
    now = {row.id: row.amount for row in db.session.execute(dues.charges_as_of([kept.id], None, open_only=False).where(Charge.id.in_(charges)))}
    changes: list[tuple[Charge, int]] = []
    for first, second in twice:
        less = min((first, second), key=lambda one: (now[one.id], -one.id))
        if now[first.id] > 0 and now[second.id] > 0:
            changes.append((less, now[less.id]))
            now[less.id] = 0
    if not changes:
        return
    if books.is_closed(today):
        raise RuleBroken(problem("", "兩筆在同一期都有開單，要撤回一筆，但本月已結帳，不能合併。", code="month_closed"))
    for charge, amount in changes:
        db.session.add(Adjustment(
            charge_id=charge.id, kind=AdjustmentKind.REVERSAL.value, amount=-amount, adjusted_on=max(today, charge.charged_on), why="兩筆資料合併為一人，同一期只收一次",
        ))
    db.session.flush()  # What is open is read again.
    entries = collecting.charge_entries([(SchemeKind(charge.kind), -amount) for charge, amount in changes])
    ledger.post(Draft(today, f"合併重複資料，撤回重複開單：{kept.name}", entries, Ref("person", kept.id)), today=today)
    paying.release([charge.id for charge, _amount in changes], today=today)
    recording.describe(CHARGED_TWICE, kept, name=kept.name, count=len(changes), amount=sum(amount for _charge, amount in changes))
