"""Payments: the list and its file, one payment and what can still be done about it, and money whose payer is not known yet."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from flask import abort, flash, redirect, request, url_for

from unionops.core import clock, refs
from unionops.core.audit import recording
from unionops.core.documents import Batch, Column
from unionops.core.forms import Form
from unionops.core.i18n import _, _l, show_date
from unionops.core.pages import Paging, here, page
from unionops.core.screens import reachable
from unionops.core.transfer import exporting
from unionops.core.union import queries as union
from unionops.finance import queries as books
from unionops.members import queries as members
from unionops.members.collecting_wording import CHANNELS, KINDS, SIGNS, months_of
from unionops.members.forms.collecting import IdentifyForm, ReallotForm, RefundForm, TakeBackForm
from unionops.members.models import Payment
from unionops.members.queries import accounts
from unionops.members.queries import receipts as receipts_read
from unionops.members.queries.accounts import PaymentFilter, ReceiptFilter
from unionops.members.rules.collecting import Channel, PaymentKind
from unionops.members.rules.dues import allot
from unionops.members.services.dues import paying, receipts
from unionops.members.views.area import acting
from unionops.members.views.dues.area import BOTH, SERVES, area
from unionops.members.views.dues.desk import period_words
from unionops.values.problems import RuleBroken, problem
from unionops.values.refs import Ref
from unionops.values.roc import parse_date

EXPORTED = recording.sentence("dues.payments_exported", _l("匯出收款清單 %(count)s 筆"))
CORRECT: dict[str, Any] = {"permission": "dues.correct", **SERVES}

refs.register(
    "payment", Payment, label=_l("收款"), title=lambda row: f"{row.received_on:%Y-%m-%d} {row.amount:,}", endpoint="dues.payment", argument="payment_id",
    among=lambda user: _among(user),
)


def _among(user: Any) -> Any:
    if not user.can("dues.read"):
        return refs.nobody(Payment)
    people = members.visible_people(members.within(user, "dues.read"))
    return None if people is None else sa.select(Payment.id).where(Payment.person_id.in_(people))


# --- the list ---------------------------------------------------------------------------------------------------------


@area.screen("/payments", title=_l("收款"), permission="dues.read", **SERVES, personal=True, parent="dues.desk")
def payments():
    wanted, unread = _wanted()
    count, amount = accounts.summed(acting(), wanted)
    paging = Paging(count)
    takers = accounts.takers()
    chips = [
        *((str(CHANNELS[one]), here(channel=[other for other in wanted.channels if other != one], page=None)) for one in wanted.channels),
        *((str(KINDS[one]), here(kind=[other for other in wanted.kinds if other != one], page=None)) for one in wanted.kinds),
        *(((_("%(day)s 起", day=show_date(wanted.first)), here(first=None, page=None)),) if wanted.first else ()),
        *(((_("至 %(day)s", day=show_date(wanted.last)), here(last=None, page=None)),) if wanted.last else ()),
        *((name, here(by=None, page=None)) for number, name in takers if number == wanted.by),
        *(((_("還沒開收據"), here(bare=None, page=None)),) if wanted.without_receipt else ()),
    ]
    facets = [
        {"label": _("管道"), "name": "channel", "options": [(one.value, str(text), one in wanted.channels) for one, text in CHANNELS.items()]},
        {"label": _("收款日"), "days": [("first", _("自"), wanted.first), ("last", _("至"), wanted.last)]},
        {"label": _("經收人"), "name": "by", "options": [(str(number), name, number == wanted.by) for number, name in takers], "minor": True},
        {"label": _("種類"), "name": "kind", "options": [(one, str(text), one in wanted.kinds) for one, text in KINDS.items()], "minor": True},
        {"label": _("收據"), "name": "bare", "options": [("1", _("還沒開收據"), wanted.without_receipt)], "minor": True},
    ]
    waiting, waiting_amount, _oldest = accounts.suspense() if members.visible_people(acting()) is None else (0, 0, None)
    return page(
        "dues/payments.html", rows=accounts.payments(acting(), wanted, limit=paging.size, offset=paging.offset), paging=paging, amount=amount,
        chips=chips, facets=facets, unread=unread, waiting=waiting, waiting_amount=waiting_amount, words=_WORDS, formats=exporting.FORMATS,
        query=here(page=None, size=None).partition("?")[2], nothing=not count and not chips,
    )


_WORDS = SimpleNamespace(CHANNELS=CHANNELS, KINDS=KINDS, SIGNS=SIGNS, months_of=months_of)


def _wanted() -> tuple[PaymentFilter, list[str]]:
    """What the address asks, and what of it cannot be read."""
    unread: list[str] = []

    def day(name: str) -> Any:
        text = request.args.get(name, "").strip()
        try:
            return parse_date(text) if text else None
        except ValueError:
            unread.append(text[:30])
            return None

    by = request.args.get("by", "")
    return PaymentFilter(
        channels=tuple(Channel(one) for one in request.args.getlist("channel") if one in set(Channel)), first=day("first"), last=day("last"),
        by=int(by) if by.isascii() and by.isdigit() and len(by) < 10 else None, kinds=tuple(one for one in request.args.getlist("kind") if one in KINDS),
        without_receipt=request.args.get("bare") == "1",
    ), unread


@area.screen("/payments/export.<fmt>", title=_l("匯出收款清單"), permission="dues.read", **SERVES, methods=["POST"], exact=True, personal=True,
             parent="dues.payments")
def export_payments(fmt: str):
    """The list as it is shown, filters kept in the address; every page of it."""
    if fmt not in exporting.FORMATS:
        abort(404)
    wanted, _unread = _wanted()
    count, _amount = accounts.summed(acting(), wanted)
    recording.describe(EXPORTED, count=count)
    columns = [Column(str(title), kind=kind) for title, kind in _EXPORTED]
    return exporting.file_response(columns, _batches(wanted), fmt, name=f"{_('收款清單')}-{clock.today():%Y%m%d}")


_EXPORTED: tuple[tuple[Any, Any], ...] = (
    (_l("收款日"), "date"), (_l("會號"), "text"), (_l("姓名"), "text"), (_l("種類"), "text"), (_l("管道"), "text"), (_l("金額"), "money"), (_l("收據"), "text"),
    (_l("繳款人"), "text"), (_l("備註"), "text"), (_l("經收人"), "text"),
)


def _batches(wanted: PaymentFilter) -> Iterator[Batch]:
    for some in accounts.payments_streamed(acting(), wanted):
        yield list(zip(*(
            (
                one.received_on, one.number or "", one.name or _("付款人待查"), str(KINDS[one.kind]), str(CHANNELS[Channel(one.channel)]), one.amount,
                one.receipt, one.payer, one.note, one.by or "",
            )
            for one in some
        ), strict=True))


# --- money nobody knows the payer of ----------------------------------------------------------------------------------


@area.screen("/suspense", title=_l("暫收款"), permission="dues.read", **SERVES, personal=True, parent="dues.payments")
def suspense():
    if members.visible_people(acting()) is not None:
        return page("dues/suspense.html", rows=[], paging=Paging(0), amount=0, limited=True, words=_WORDS)
    count, amount, _oldest = accounts.suspense()
    paging = Paging(count)
    today = clock.today()
    rows = [
        SimpleNamespace(row=one, days=(today - one.received_on).days, url=url_for(".payment", payment_id=one.id))
        for one in accounts.in_suspense(limit=paging.size, offset=paging.offset)
    ]
    return page("dues/suspense.html", rows=rows, paging=paging, amount=amount, limited=False, words=_WORDS)


# --- one payment ------------------------------------------------------------------------------------------------------


def _the(payment_id: int) -> Payment:
    found = accounts.payment_for(acting(), payment_id)
    if found.person_id is not None:
        recording.subject(Ref("person", found.person_id))
    return found


def _back(payment: Payment, said: str) -> Any:
    flash(said, "success")
    return redirect(url_for(".payment", payment_id=payment.id))


def _name(payment: Payment) -> str:
    person = accounts.briefs([payment.person_id]).get(payment.person_id) if payment.person_id is not None else None
    return person.name if person is not None else _("付款人待查")


@area.screen("/payments/<int:payment_id>", title=_l("一筆收款"), permission="dues.read", **SERVES, personal=True, parent="dues.payments")
def payment(payment_id: int):
    row = _the(payment_id)
    back = accounts.given_back(row.id)
    left, pays = paying.left_of(row), paying.allotted_of(row)
    is_open = row.kind == PaymentKind.RECEIVED and not any(one.kind == PaymentKind.REVERSED for one in back) and (left > 0 or bool(pays))
    living = receipts_read.living_of(row.id)
    may = {name: reachable(f"dues.{name}") for name in ("identify", "reallot", "refund", "take_back", "issue_receipt")}
    actions = [
        (url_for(".identify", payment_id=row.id), _("指定會員"), "main") if is_open and row.person_id is None and may["identify"] else None,
        (url_for(".reallot", payment_id=row.id), _("重新沖帳"), "plain") if is_open and row.person_id is not None and may["reallot"] else None,
        (url_for(".refund", payment_id=row.id), _("退款"), "plain") if is_open and left > 0 and may["refund"] else None,
        (url_for(".take_back", payment_id=row.id), _("沖回"), "stop") if is_open and may["take_back"] else None,
    ]
    return page(
        "dues/payment.html", title=_("%(name)s %(amount)s 元", name=_name(row), amount=f"{row.amount:,}"), payment=row, name=_name(row), back=back,
        left=left if row.kind == PaymentKind.RECEIVED else 0, allotments=accounts.allotments(row.id), actions=[one for one in actions if one],
        receipts=[one[0] for one in accounts.receipt_rows(acting(), ReceiptFilter(payment=row.id), limit=50)], words=_WORDS,
        may_issue=is_open and row.person_id is not None and living is None and may["issue_receipt"],
        vouchers=books.vouchers_of(Ref("payment", row.reverses_id or row.id)), by=_by(row),
    )


def _by(row: Payment) -> str:
    """Who booked it."""
    return dict(accounts.takers()).get(row.by_user_id or 0, "")


@area.screen("/payments/<int:payment_id>/receipt", title=_l("開立收據"), permission="dues.collect", **SERVES, methods=["POST"], parent="dues.payment")
def issue_receipt(payment_id: int):
    row, form = _the(payment_id), Form()
    with form.catching():
        made = receipts.issue(row, today=clock.today())
        flash(_("已開收據 %(number)s。", number=made.number), "success")
        return redirect(url_for(".receipt", receipt_id=made.id))
    for text in form.form_errors:
        flash(text, "error")
    return redirect(url_for(".payment", payment_id=payment_id))


@area.screen("/payments/<int:payment_id>/identify", title=_l("指定會員"), **CORRECT, methods=BOTH, once=True, personal=True, parent="dues.payment")
def identify(payment_id: int):
    row, form = _the(payment_id), IdentifyForm()
    if form.validate_on_submit():
        with form.catching():
            paying.identify(row, members.person_for(acting(), form.person.data.id), today=clock.today())
            return _back(row, _("已指定會員，並依到期先後沖抵未繳的項目。"))
        row = _the(payment_id)
    return page("dues/identify.html", form=form, payment=row, words=_WORDS, channel=CHANNELS[Channel(row.channel)])


@area.screen("/payments/<int:payment_id>/reallot", title=_l("重新沖帳"), **CORRECT, methods=BOTH, once=True, personal=True, parent="dues.payment")
def reallot(payment_id: int):
    row, form = _the(payment_id), ReallotForm()
    if row.person_id is None or row.kind != PaymentKind.RECEIVED:
        abort(404)
    choices, items = _could_pay(row)
    form.to.choices = choices
    if not form.is_submitted():
        form.to.data = [charge for charge, _kind, _part in paying.allotted_of(row)]
        form.seen.data = accounts.state_of(row.person_id)
    if form.validate_on_submit():
        with form.catching():
            paying.hold(row)
            if form.seen.data != accounts.state_of(row.person_id):
                raise RuleBroken(problem("", "這位會員的帳剛剛有異動（可能別的櫃檯已經收款），請看過現在的金額再重新沖帳。", code="moved"))
            chosen = [one for one in items if one.id in form.to.data]
            paying.reallot(row, to=allot(chosen, paying.free_if_released(row))[0] if chosen else (), today=clock.today())
            return _back(row, _("已重新沖帳。"))
        row = _the(payment_id)
        form.to.choices, _items = _could_pay(row)
        form.seen.data = accounts.state_of(row.person_id)
    return page("dues/act.html", title=_("重新沖帳"), form=form, facts=_about(row), submit=_("重新沖帳"), kind="main", cancel=url_for(".payment", payment_id=row.id),
                say=_("原來的沖帳會全部退回，改沖所勾的項目；收據內容不變，需要時請作廢重開。"))


def _could_pay(row: Payment) -> tuple[list[tuple[int, str]], list[Any]]:
    """The charges that are open, with what this payment pays of them put back."""
    now = {charge: part for charge, _kind, part in paying.allotted_of(row)}
    owed = [one._replace(item=one.item._replace(open=one.item.open + now.get(one.item.id, 0))) for one in accounts.charges(row.person_id or 0, None)]
    owed = sorted((one for one in owed if one.item.open > 0), key=lambda one: (one.item.due_on, one.item.period_on, one.item.order, one.item.id))
    choices = [
        (one.item.id, _("%(text)s %(period)s　%(amount)s 元", text=one.text, period=period_words(one), amount=f"{one.item.open:,}")) for one in owed
    ]
    return choices, [one.item for one in owed]


@area.screen("/payments/<int:payment_id>/refund", title=_l("退款"), **CORRECT, methods=BOTH, once=True, personal=True, parent="dues.payment")
def refund(payment_id: int):
    row, form = _the(payment_id), RefundForm()
    today = clock.today()
    held = [one for one in union.bank_accounts() if one.until_on is None or one.until_on > today]
    form.account.choices = [*((str(one.id), _("從%(bank)s轉帳", bank=f"{one.bank}{one.branch}")) for one in held), ("cash", _("現金（由櫃檯支付）"))]
    if not form.is_submitted():
        form.amount.data, form.received_on.data = paying.left_of(row) or None, today
    if form.validate_on_submit():
        with form.catching():
            in_cash = form.account.data == "cash"
            paying.refund(
                row, amount=form.amount.data, why=form.why.data, on=form.received_on.data, today=today, in_cash=in_cash,
                bank_account_id=None if in_cash else int(form.account.data),
            )
            return _back(row, _("已登錄退款 %(amount)s 元。", amount=f"{form.amount.data:,}"))
        row = _the(payment_id)
    return page("dues/act.html", title=_("退款"), form=form, facts=[*_about(row), _("可退 %(left)s 元", left=f"{max(paying.left_of(row), 0):,}")], submit=_("登錄退款"),
                kind="main", cancel=url_for(".payment", payment_id=row.id), say=_("只能退沒有沖抵項目的部分；要退已沖抵的，先重新沖帳。"))


@area.screen("/payments/<int:payment_id>/take-back", title=_l("沖回收款"), **CORRECT, methods=BOTH, once=True, personal=True, parent="dues.payment")
def take_back(payment_id: int):
    row, form = _the(payment_id), TakeBackForm()
    if not form.is_submitted():
        form.received_on.data = clock.today()
    if form.validate_on_submit():
        with form.catching():
            paying.take_back(row, why=form.why.data, on=form.received_on.data, today=clock.today())
            return _back(row, _("已沖回這筆收款，原來沖抵的項目恢復未繳。"))
        row = _the(payment_id)
    return page(
        "dues/take_back.html", form=form, facts=_about(row), cancel=url_for(".payment", payment_id=row.id), receipt=receipts_read.living_of(row.id),
        amount=f"{row.amount:,}",
    )


def _about(row: Payment) -> list[Any]:
    return [_name(row), _("%(day)s %(channel)s %(amount)s 元", day=show_date(row.received_on), channel=CHANNELS[Channel(row.channel)], amount=f"{row.amount:,}")]
