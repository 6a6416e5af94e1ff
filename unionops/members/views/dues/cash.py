"""The cash box: counted by denominations at the end of the day, the difference explained, the cash brought to the bank."""

from __future__ import annotations

from types import SimpleNamespace

from flask import abort, flash, redirect, request, url_for
from flask_login import current_user

from unionops.core import clock, refs
from unionops.core.accounts.models import User
from unionops.core.db import db
from unionops.core.documents import serving
from unionops.core.i18n import _, _l, show_date
from unionops.core.pages import Paging, page
from unionops.core.screens import reachable
from unionops.core.union import queries as union
from unionops.finance import queries as books
from unionops.members.documents import receipts as documents
from unionops.members.forms.collecting import CountForm, DepositForm, ReasonForm
from unionops.members.models import CashCount
from unionops.members.queries import cash as queries
from unionops.members.rules.collecting import DENOMINATIONS
from unionops.members.services.dues import counting
from unionops.members.views.dues.area import BOTH, SERVES, area
from unionops.values.problems import RuleBroken, problem
from unionops.values.refs import Ref

refs.register(
    "cash_count", CashCount, label=_l("櫃檯點收"), title=lambda row: f"{row.counted_on:%Y-%m-%d} {row.counted:,}", endpoint="dues.cash_count",
    argument="count_id", among=queries.visible,
)


@area.screen("/cash", title=_l("現金點收"), permission="dues.read", **SERVES, parent="dues.desk")
def cash():
    paging = Paging(queries.count_of_counts(current_user))
    rows = [
        SimpleNamespace(count=one, by=by, holds=holds, gap=one.counted - one.expected, url=url_for(".cash_count", count_id=one.id))
        for one, by, holds in queries.counts(current_user, limit=paging.size, offset=paging.offset)
    ]
    boxes = [
        SimpleNamespace(box=one, mine=one.user_id == current_user.id, url=url_for(".count_cash", cashier=one.user_id) if _may_count(one.user_id) else "")
        for one in queries.boxes()
    ]
    waiting = queries.to_bank()
    return page("dues/cash.html", rows=rows, paging=paging, boxes=boxes, waiting=len(waiting), waiting_amount=sum(one.counted for one, _by in waiting), today=clock.today())


def _may_count(user_id: int) -> bool:
    """One's own box; that of somebody who is away only by who may also correct."""
    return reachable("dues.count_cash") and (user_id == current_user.id or current_user.can("dues.correct"))


@area.screen("/cash/count", title=_l("點收現金"), permission="dues.collect", **SERVES, methods=BOTH, once=True, parent="dues.cash")
def count_cash():
    asked = request.args.get("cashier", "")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else current_user.id
    cashier = db.session.get(User, number)
    if cashier is None or not _may_count(number):
        abort(404)
    form, box = CountForm(), queries.box_of(number)
    if not form.is_submitted():
        form.seen.data = str(box.expected) if box else ""
    if form.validate_on_submit():
        with form.catching():
            made = counting.count(cashier, form.pieces, note=form.note.data or "", today=clock.today(), seen=_whole(form.seen.data))
            gap = made.counted - made.expected
            flash(_("已點收 %(counted)s 元。", counted=f"{made.counted:,}") + (_("差額 %(gap)s 元已入帳。", gap=f"{gap:+,}") if gap else ""), "success")
            return redirect(url_for(".cash_count", count_id=made.id))
        box = queries.box_of(number)
        form.seen.data = str(box.expected) if box else ""
    return page("dues/count_cash.html", form=form, box=box, cashier=cashier.name, pieces=[getattr(form, f"d{worth}") for worth in DENOMINATIONS])


def _whole(text: str) -> int | None:
    return int(text) if text and text.lstrip("-").isascii() and text.lstrip("-").isdigit() and len(text) < 12 else None


def _the(count_id: int) -> CashCount:
    return queries.count_for(current_user, count_id)


@area.screen("/cash/<int:count_id>", title=_l("一次點收"), permission="dues.read", **SERVES, personal=True, parent="dues.cash")
def cash_count(count_id: int):
    row = _the(count_id)
    lines = queries.lines_of(row.id)
    paging = Paging(len(lines))
    pieces = sorted(((int(worth), number) for worth, number in row.pieces.items()), reverse=True)
    return page(
        "dues/cash_count.html", title=_("%(day)s 點收", day=show_date(row.counted_on)), count=row, gap=row.counted - row.expected,
        pieces=[{"worth": f"{worth:,}", "number": number, "amount": worth * number} for worth, number in pieces], by=db.session.get_one(User, row.by_user_id).name,
        lines=lines[paging.offset : paging.offset + paging.size], paging=paging, vouchers=books.vouchers_of(Ref("cash_count", row.id)), holds=queries.holds(row),
        may_undo=row.banked_on is None and queries.holds(row) and _may_count(row.by_user_id),
    )


@area.screen("/cash/<int:count_id>/undo", title=_l("撤銷點收"), permission="dues.collect", **SERVES, methods=BOTH, once=True, parent="dues.cash_count")
def undo_count(count_id: int):
    row, form = _the(count_id), ReasonForm()
    if form.validate_on_submit():
        with form.catching():
            if not _may_count(row.by_user_id):
                raise RuleBroken(problem("", "只能撤銷自己的點收；別人的，請會計或總幹事辦理。", code="not_yours"))
            counting.undo(row, why=form.why.data or "", today=clock.today())
            flash(_("已撤銷點收；這些現金要重新點收。"), "success")
            return redirect(url_for(".cash"))
        row = _the(count_id)
    return page(
        "dues/act.html", title=_("撤銷 %(day)s 的點收", day=show_date(row.counted_on)), form=form, kind="stop", submit=_("撤銷點收"),
        facts=[db.session.get_one(User, row.by_user_id).name, _("實點 %(amount)s 元", amount=f"{row.counted:,}")],
        say=_("這次點收的現金收付會回到未點收；差額傳票會沖銷。"), cancel=url_for(".cash_count", count_id=row.id),
    )


@area.screen("/cash/<int:count_id>/paper.pdf", title=_l("點收表"), permission="dues.read", **SERVES, personal=True, exact=True, parent="dues.cash_count")
def count_paper(count_id: int):
    row = _the(count_id)
    record = union.the_union()
    paper = documents.count_paper(
        row, db.session.get_one(User, row.by_user_id).name, record.name if record else "", [tuple(line) for line in queries.lines_of(row.id)],
    )
    return serving.send(serving.made(paper, "pdf"), _("點收表_%(day)s", day=f"{row.counted_on:%Y%m%d}"), inline=True)


@area.screen("/cash/deposit", title=_l("存入銀行"), permission="dues.collect", **SERVES, methods=BOTH, once=True, parent="dues.cash")
def deposit():
    form, today = DepositForm(), clock.today()
    waiting = _offer(form)
    if not form.is_submitted():
        form.counts.data, form.on.data = [one.id for one, _by in waiting], today
    if form.validate_on_submit():
        with form.catching():
            chosen = [one for one, _by in waiting if one.id in form.counts.data]
            amount = counting.deposit(chosen, bank_account_id=int(form.account.data) if form.account.data else None, on=form.on.data, today=today)
            flash(_("已登錄存入銀行 %(amount)s 元。", amount=f"{amount:,}"), "success")
            return redirect(url_for(".cash"))
        waiting = _offer(form)
    return page("dues/deposit.html", form=form, waiting=waiting)


def _offer(form: DepositForm) -> list[tuple[CashCount, str]]:
    waiting, today = queries.to_bank(), clock.today()
    form.counts.choices = [
        (one.id, _("%(day)s %(name)s　%(amount)s 元", day=show_date(one.counted_on), name=by, amount=f"{one.counted:,}")) for one, by in waiting
    ]
    held = [one for one in union.bank_accounts() if one.until_on is None or one.until_on > today]
    form.account.choices = [(str(one.id), f"{one.bank}{one.branch}（{one.purpose}）") for one in held] or [("", _("還沒有登錄工會帳戶"))]
    return [(one, by) for one, by in waiting]
