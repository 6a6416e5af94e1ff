"""The dues desk: who stands there, what is open, money over the counter, the receipt. Made for the keyboard: number, Enter, amount, Enter."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from flask import flash, redirect, url_for
from flask_login import current_user

from unionops.core import clock, search
from unionops.core.audit import recording
from unionops.core.forms import Form
from unionops.core.i18n import _, _l, show_date
from unionops.core.pages import page
from unionops.core.screens import reachable
from unionops.members import collecting_wording as wording
from unionops.members import listing
from unionops.members import queries as members
from unionops.members.forms.collecting import FindForm, TakeForm
from unionops.members.models import Membership, Person
from unionops.members.queries import accounts, cash
from unionops.members.queries import dues as queries
from unionops.members.queries import standing as standings
from unionops.members.queries.accounts import Brief, Owed, PaymentFilter
from unionops.members.rules.collecting import MOST, Channel, far_above, year_of_dues
from unionops.members.rules.dues import SchemeKind, ageing, allot
from unionops.members.rules.standing import Standing
from unionops.members.services.dues import paying, receipts
from unionops.members.views.area import acting
from unionops.members.views.dues.area import BOTH, SERVES, area
from unionops.values.identifiers import identity_check
from unionops.values.problems import RuleBroken, problem
from unionops.values.refs import Ref
from unionops.values.text import half_width

OFFERED = 12
SHOWN = 15
"""Takings of today under the desk."""


@area.screen("/", title=_l("收費櫃檯"), permission="dues.read", **SERVES, methods=BOTH, personal=True, menu=("費", "Du", 220))
def desk():
    form, hits = FindForm(), []
    if form.validate_on_submit():
        found = _found(half_width(form.who.data).strip())
        if len(found) == 1:
            return redirect(_to(found[0]))
        hits = _lines(found[:OFFERED])
        if not found:
            form.refuse(problem("who", "找不到「%(text)s」。請改用會號、全名或電話再找。", text=form.who.data[:30]))
        elif len(found) > OFFERED:
            flash(_("符合的人很多，只列出前 %(n)s 位；請輸入更完整的姓名或會號。", n=OFFERED), "info")
    return page("dues/desk.html", form=form, hits=hits, **_today())


def _found(typed: str) -> list[int]:
    """People whom this text means: by a member number exactly, by a whole identity number, else by words."""
    user = acting()
    if (exact := accounts.by_number(user, typed)) is not None:
        return [exact]
    if identity_check(typed).problem != "id_format":  # It must never be looked up by its last digits alone.
        holder = members.taken_by(identity_check(typed).normal)
        return [holder.id] if holder is not None and members.may_see(user, holder) else []
    return [pointer.id for pointer, _shown in search.everywhere(user, typed, kinds=("person",)).page(size=OFFERED + 1)]


def _lines(ids: list[int]) -> list[SimpleNamespace]:
    known, open_of = accounts.briefs(ids), queries.items_of(ids)
    mine = [one.membership_id for one in known.values() if one.membership_id is not None]
    stands = standings.standings(sa.select(Membership.id).where(Membership.id.in_(mine)), clock.today()) if mine else {}
    return [
        SimpleNamespace(brief=known[one], word=word_of(known[one], stands), open=sum(item.open for item in open_of.get(one, [])), url=_to(one))
        for one in ids if one in known
    ]


def _to(person_id: int) -> str:
    return url_for("dues.take" if reachable("dues.take") else "dues.account", person_id=person_id)


def _today() -> dict[str, Any]:
    """What was taken over the counter today, one's own box, and what waits in suspense."""
    today = clock.today()
    wanted = PaymentFilter(channels=(Channel.COUNTER,), first=today, last=today)
    count, amount = accounts.summed(acting(), wanted)
    return {
        "takings": accounts.payments(acting(), wanted, limit=SHOWN) if count else [], "count": count, "amount": amount, "today": today,
        "box": cash.box_of(current_user.id), "may_take": reachable("dues.take"),
    }


def standing_of(one: Brief) -> tuple[str, str] | None:
    """What the desk must know before it takes money: (sign, words), None when there is nothing to say."""
    today = clock.today()
    if one.died_on is not None:
        return "stop", _("已於 %(day)s 死亡", day=show_date(one.died_on))
    if one.left_on is not None and one.left_on <= today:
        return "warn", _("已於 %(day)s 出會", day=show_date(one.left_on))
    if not one.number:
        return "soon", _("還沒有會號，可能正在辦理入會")
    if one.joined_on is None or one.joined_on > today:
        return "warn", _("還不是在籍會員")
    return None


def word_of(one: Brief, stands: Mapping[int, Standing]) -> tuple[str, str]:
    """(sign, words) beside the name: what the desk must know, else how the roster calls the standing."""
    found = stands.get(one.membership_id) if one.membership_id is not None else None
    taken = next((word for reason, word in listing.TAKEN.items() if found is not None and reason in found.reasons), None)
    return standing_of(one) or (("warn", str(taken)) if taken is not None else ("ok", _("在籍")))


def word_here(one: Brief) -> tuple[str, str]:
    """The same of one person, today."""
    return word_of(one, {number: found.standing for number, found in standings.of_person(one.id, clock.today()).items()})


def person_here(person_id: int) -> tuple[Person, Brief]:
    """The person of an address, whose data are now read; 404 when this user may not see him."""
    person = members.person_for(acting(), person_id)
    recording.subject(Ref("person", person.id))
    return person, accounts.briefs([person.id])[person.id]


def period_words(owed: Owed) -> str:
    """Of which months it is owed; nothing for what is owed once."""
    return wording.months_of(SchemeKind(owed.item.kind), owed.item.period_on, owed.item.months)


@area.screen("/<int:person_id>/take", title=_l("收款"), permission="dues.collect", **SERVES, methods=BOTH, personal=True, once=True,
             parent="dues.desk")
def take(person_id: int):
    person, brief = person_here(person_id)
    if person.merged_into_id is not None:
        flash(_("這筆會員資料已併入另一筆，這裡是保留的那一筆。"), "info")
        return redirect(url_for(".take", person_id=person.merged_into_id))
    today, form = clock.today(), TakeForm()
    owed = _offer(form, person_id)
    if not form.is_submitted():
        due = sum(one.item.open for one in owed)
        form.amount.data, form.received_on.data, form.seen.data = due or None, today, accounts.state_of(person_id)
    if form.validate_on_submit():
        with form.catching():
            made, receipt = _take(person, form, owed)
            change = (form.tendered.data or made.amount) - made.amount
            said = _("已收款 %(amount)s 元，收據 %(number)s。", amount=f"{made.amount:,}", number=receipt.number)
            flash(said + (_("找零 %(change)s 元。", change=f"{change:,}") if change else ""), "success")
            return redirect(url_for(".receipt", receipt_id=receipt.id))
        person, brief = person_here(person_id)
        owed = _offer(form, person_id)
        form.seen.data = accounts.state_of(person_id)
    return page(
        "dues/take.html", title=_("收款：%(name)s", name=person.name), form=form, person=person, brief=brief, state=standing_of(brief), word=word_here(brief), owed=owed,
        total=sum(one.item.open for one in owed), credit=queries.credit_of([person_id]).get(person_id, 0), period=period_words,
        ages=[(wording.AGES[name], amount) for name, amount in ageing([one.item for one in owed], today).items() if amount], today=today,
        recent=accounts.payments(acting(), PaymentFilter(person=person_id), limit=3), CHANNELS=wording.CHANNELS,
    )


def _offer(form: TakeForm, person_id: int) -> list[Owed]:
    """What is open, the next to be paid first; the form offers it."""
    owed = sorted(
        (one for one in accounts.charges(person_id, None, open_only=True) if one.item.open > 0),
        key=lambda one: (one.item.due_on, one.item.period_on, one.item.order, one.item.id),
    )
    form.charges.choices = [
        (one.item.id, _("%(text)s %(period)s　%(amount)s 元", text=one.text, period=period_words(one), amount=f"{one.item.open:,}") + _due(one)) for one in owed
    ]
    return owed


def _due(owed: Owed) -> str:
    day = show_date(owed.item.due_on)
    return _("（%(day)s 到期，已逾期）", day=day) if owed.item.due_on < clock.today() else _("（%(day)s 到期）", day=day)


def _take(person: Person, form: TakeForm, owed: list[Owed]) -> tuple[Any, Any]:
    today, amount = clock.today(), form.amount.data
    if form.tendered.data is not None and amount is not None and form.tendered.data < amount:
        raise RuleBroken(problem("tendered", "收到的現金比收款金額少 %(short)s 元。", short=amount - form.tendered.data))
    if amount is not None and 0 < amount <= MOST and not (form.sure.data and form.was_asked):
        year = year_of_dues(one.item for one in accounts.charges(person.id, None))
        if (doubt := far_above(amount, open_=sum(one.item.open for one in owed), year=year)) is not None:
            form.ask()
            raise RuleBroken(doubt)
    chosen = [one.item for one in owed if one.item.id in (form.charges.data or ())]
    to = allot(chosen, amount)[0] if chosen and amount and amount > 0 else None
    made = paying.receive(
        person, amount=amount, received_on=form.received_on.data, channel=Channel.COUNTER, today=today, note=form.note.data or "", to=to,
        seen=form.seen.data or "",
    )
    return made, receipts.issue(made, today=today)


@area.screen("/<int:person_id>/use-credit", title=_l("以溢繳款抵繳"), permission="dues.collect", **SERVES, methods=["POST"], parent="dues.account")
def use_credit(person_id: int):
    person, form = members.person_for(acting(), person_id), Form()
    with form.catching():
        used = paying.use_credit(person, today=clock.today())
        flash(_("已用溢繳款抵繳 %(amount)s 元。", amount=f"{used:,}") if used else _("沒有可抵繳的溢繳款，或沒有未繳的項目。"), "success" if used else "info")
    for text in form.form_errors:
        flash(text, "error")
    return redirect(url_for(".account", person_id=person_id))
