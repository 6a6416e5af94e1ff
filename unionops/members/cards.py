"""What the membership says on the desk. Only reads; every figure leads to its list."""

from __future__ import annotations

from typing import Any

from flask import url_for

from unionops.core import clock
from unionops.core.desk import Card, Figure, Found, When, card
from unionops.core.i18n import _, show_year
from unionops.members import queries as members
from unionops.members.queries import accounts, arrears, bills, cash, checkoff, joining, rollcheck, statements
from unionops.members.rules.matching import MAY_POST
from unionops.members.rules.membership import Place


def _unlimited(permission: str) -> When:
    """Whoever may do it with everybody: what such a card tells of is not told by units."""
    return lambda user: user.can(permission) and user.scopes(permission) is None


@card(lambda user: user.can("arrears.manage") and user.can("members.read"))
def arrears_card(user: Any, _found: Any) -> Card | None:
    """Whose step of the arrears ladder is due as of this morning, formal letters without proof, agreements that were broken."""
    waiting = arrears.waiting(members.within(user, "arrears.manage"), clock.today())
    if not any(waiting):
        return None
    return Card(
        title=_("欠費催繳"),
        figures=[
            Figure(_("該辦的步驟"), waiting.steps, _("人"), _("今早算的")), Figure(_("催繳函未登錄送達"), waiting.unproved, _("件")), Figure(_("分期違約"), waiting.broken, _("人")),
        ],
        url=url_for("arrears.steps") if waiting.steps else url_for("arrears.plans") if waiting.broken else url_for("arrears.runs"), link=_("看該辦的步驟") if waiting.steps else _("看催繳情形"),
        order=27,
    )


@card(lambda user: user.can("members.read"))
def membership(user: Any, _found: Any) -> Card | None:
    """Members in force, and who joined and left this month."""
    today = clock.today()
    counts = members.standing_counts(user, today)
    joined, left = members.movements(user, today.replace(day=1), today)
    text = _("還沒有會員；可以先匯入現有的名冊。") if not sum(counts.values()) else ""
    return Card(
        title=_("會員"),
        figures=[
            Figure(_("在籍"), f"{counts[Place.IN_FORCE]:,}", _("人")),
            Figure(_("本月入會"), joined, _("人")),
            Figure(_("本月出會"), left, _("人")),
        ],
        url=url_for("members.roster"), link=_("會員名冊"), text=text, order=20,
    )


@card(_unlimited("dues.bill"))
def first_dues(user: Any, _found: Any) -> Card | None:
    """The next step towards the first payment, until there are schemes and something was billed."""
    if bills.was_billed():
        return None
    if not bills.scheme_titles():
        return Card(
            title=_("會費"), figures=[], url=url_for("dues.schemes"), link=_("訂收費項目與標準"),
            text=_("還沒有收費項目；訂好入會費與經常會費的金額、依據，才能開單與收款。"), order=25,
        )
    return Card(
        title=_("會費"), figures=[], url=url_for("dues.new_run"), link=_("試算第一次開單"), text=_("收費項目已經訂好，還沒有開過單；先試算，看過再開。"), order=25,
    )


@card(_unlimited("checkoff.manage"), waiting=checkoff.FIGURES)
def held_back(_user: Any, asked: Found) -> Card | None:
    """Employers whose answer is late or waits to be booked, and rows of answers that wait for a decision; for whoever works with all of them."""
    [found] = asked["waiting"]
    if not any(found):
        return None
    return Card(
        title=_("代扣會費"),
        figures=[
            Figure(_("雇主逾期未回覆"), found.late, _("家")), Figure(_("待入帳"), found.unbooked, _("家")), Figure(_("待處理"), found.asks, _("列")),
        ],
        url=url_for("checkoff.queue") if found.asks else url_for("checkoff.index"), link=_("看待處理的列") if found.asks else _("看代扣名冊"), order=28,
    )


@card(_unlimited("statements.match"), open=statements.OPEN)
def statement_lines(_user: Any, asked: Found) -> Card | None:
    """Lines of banks' files that nobody decided yet, for whoever settles them."""
    counts = {one.verdict: (one.lines, one.amount) for one in asked["open"]}
    waiting = statements.sums(counts, tuple(counts))[0]
    if not waiting:
        return None
    ready = statements.sums(counts, MAY_POST)[0]
    return Card(
        title=_("對帳"), figures=[Figure(_("待處理"), waiting, _("筆")), Figure(_("其中可自動入帳"), ready, _("筆"))],
        url=url_for("statements.queue"), link=_("看待處理明細"), order=27,
    )


@card(lambda user: user.can("rollcheck.read"), open=rollcheck.OPEN)
def roll_check(_user: Any, asked: Found) -> Card | None:
    """The check of the roll that is under way: who is not told, who has not answered, who is not decided."""
    one = rollcheck.current() if asked["open"] else None
    if one is None:
        return None
    counts = rollcheck.counts(one)
    return Card(
        title=_("%(year)s 年度會籍清查", year=show_year(one.year)),
        figures=[Figure(_("存疑"), counts["doubts"], _("人")), Figure(_("未認定"), counts["open"], _("人")), Figure(_("出會"), counts["leaves"], _("人"))],
        url=url_for("rollcheck.check", check_id=one.id), link=_("看清查名單"), order=60,
    )


@card(
    lambda user: (user.can("dues.collect") or user.can("dues.correct")) and user.scopes("members.read") is None,
    suspense=accounts.SUSPENSE, boxes=cash.IN_BOXES, counted=cash.WITH_US,
)
def desk_money(_user: Any, asked: Found) -> Card | None:
    """Money whose payer is not known, cash that nobody counted, and counted cash that is not in the bank yet."""
    waiting, _amount, oldest = asked["suspense"][0]
    boxes, to_bank = asked["boxes"][0].amount or 0, asked["counted"][0].amount or 0
    if not (waiting or boxes or to_bank):
        return None
    days = (clock.today() - oldest).days if oldest is not None else 0
    return Card(
        title=_("收款"),
        figures=[
            Figure(_("暫收款"), waiting, _("筆"), _("最久 %(n)s 天", n=days) if waiting else ""), Figure(_("未點收現金"), f"{boxes:,}", _("元")),
            Figure(_("未存銀行"), f"{to_bank:,}", _("元")),
        ],
        url=url_for("dues.suspense") if waiting else url_for("dues.cash"), link=_("查明暫收款") if waiting else _("看現金點收"), order=26,
    )


@card(lambda user: user.can("joining.handle"))
def joining_card(user: Any, _found: Any) -> Card | None:
    """Applications that wait for the office, who is admitted and not yet a member, and how long the oldest has waited."""
    counts = joining.states(user, joining.Filter())
    to_check, to_admit = counts.get("received", 0) + counts.get("checked", 0), counts.get("approved", 0) + counts.get("paid", 0)
    if not (to_check or to_admit or counts.get("unpaid", 0) or counts.get(joining.TO_RATIFY, 0)):
        return None
    return Card(
        title=_("入會"),
        figures=[
            Figure(_("待審查與送審"), to_check, _("件")), Figure(_("待辦入會"), to_admit, _("件")), Figure(_("待繳入會費"), counts.get("unpaid", 0), _("件")),
        ],
        url=url_for("joining.index"), link=_("看入會申請"), text=_("%(n)s 件待理事會追認。", n=counts[joining.TO_RATIFY]) if counts.get(joining.TO_RATIFY) else "", order=24,
    )
