"""The screens of notices: one's own behind the bell, and the outbox of the office."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import abort, current_app, flash, redirect, request, url_for
from flask_login import current_user

from unionops.core import clock, refs
from unionops.core.db import db
from unionops.core.documents import serving
from unionops.core.i18n import _, _l, say
from unionops.core.jobs.queries import scheduler_is_silent
from unionops.core.notify import forms, queries, rules
from unionops.core.notify import inbox as reading
from unionops.core.notify import outbox as office
from unionops.core.notify import papers as letters
from unionops.core.notify.models import Delivery, Notice
from unionops.core.notify.registry import KINDS, title_of
from unionops.core.pages import Paging, here, page, union_name
from unionops.core.screens import SIGNED_IN, Area
from unionops.values.masks import mask
from unionops.values.problems import RuleBroken

area = Area(
    "notify", title=_l("通知"), permissions={"notify.read": _l("檢視寄信匣"), "notify.manage": _l("重寄、更正、列印與取消信件")}
)


@area.blueprint.record_once
def _offer_count(state: Any) -> None:
    state.app.extensions["unread_notices"] = queries.unread_count


# --- one's own --------------------------------------------------------------------------------------------------------


@area.screen("/", title=_l("通知"), permission=SIGNED_IN)
def inbox():
    query = queries.inbox(current_user)
    paging = Paging(db.session.scalar(sa.select(sa.func.count()).select_from(query.order_by(None).subquery())) or 0)
    notices = db.session.scalars(query.limit(paging.size).offset(paging.offset)).all()
    newest = notices[0].id if notices and paging.number == 1 else db.session.scalar(query.with_only_columns(Notice.id).limit(1))
    return page(
        "notify/inbox.html", lines=queries.lines(notices, current_user), paging=paging, unread=queries.unread_count(current_user),
        newest=newest, title_of=title_of,
    )


@area.screen("/<int:notice_id>/open", title=_l("查看通知"), permission=SIGNED_IN, methods=["POST"], parent="notify.inbox")
def open_notice(notice_id: int):
    notice = _own(notice_id)
    reading.read(notice, clock.now())
    [line] = queries.lines([notice], current_user)
    return redirect(line.url or url_for(".inbox"))


@area.screen("/<int:notice_id>/read", title=_l("標為已讀"), permission=SIGNED_IN, methods=["POST"], parent="notify.inbox")
def read_notice(notice_id: int):
    reading.read(_own(notice_id), clock.now())
    return redirect(url_for(".inbox"))


@area.screen("/read-all", title=_l("全部標為已讀"), permission=SIGNED_IN, methods=["POST"], parent="notify.inbox")
def read_all():
    count = reading.read_all(current_user, _number("until"), clock.now())
    flash(_("已將 %(count)s 則標為已讀。", count=count), "success")
    return redirect(url_for(".inbox"))


@area.screen("/choices", title=_l("通知方式"), permission=SIGNED_IN, methods=["GET", "POST"], parent="notify.inbox")
def choices():
    chosen = queries.choices(current_user)
    form = forms.choices_form(chosen)
    if form.validate_on_submit():
        reading.choose(current_user, {kind.name: form.ways(kind) for kind, _ways in chosen})
        flash(_("已更新通知方式。"), "success")
        return redirect(url_for(".inbox"))
    lines = [(kind, form[f"mail_{name}"], None if kind.compulsory else form[f"bell_{name}"]) for kind, _ways in chosen for name in [forms.field_name(kind)]]
    return page("notify/choices.html", form=form, lines=lines)


def _own(notice_id: int) -> Notice:
    notice = db.session.get(Notice, notice_id)
    if notice is None or notice.user_id != current_user.id:
        abort(404)
    return notice


def _number(name: str) -> int:
    typed = request.form.get(name, "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0


# --- the outbox -------------------------------------------------------------------------------------------------------

PARTS = {"waiting": _l("等待寄出"), "failed": _l("寄不出去"), "ended": _l("已寄出與已結束")}


@area.screen("/outbox", title=_l("寄信匣"), permission="notify.read", personal=True, menu=("信", "Ma", 940))
def outbox():
    counts = queries.counts()
    part = request.args.get("part", "")
    if part not in PARTS:
        part = "failed" if counts.failed else "waiting"
    form = forms.FilterForm(request.args)
    wanted = form.wanted(part)
    query = queries.outbox(wanted)
    paging = Paging(db.session.scalar(sa.select(sa.func.count()).select_from(query.order_by(None).subquery())) or 0)
    rows = db.session.scalars(query.limit(paging.size).offset(paging.offset)).all()
    now = clock.now()
    return page(
        "notify/outbox.html", rows=[_shown(row) for row in rows], paging=paging, parts=PARTS, part=part, counts=counts,
        fields={field.name: field for field in form}, wanted=wanted, chips=_chips(wanted), statuses=rules.STATUSES,
        failures=[(code, rules.FAILURES[code], count) for code, count in queries.failures() if code in rules.FAILURES] if part == "failed" else [],
        known=refs.look_up({row.ref for row in rows if row.ref is not None}, current_user), title_of=title_of,
        unset=not current_app.config["SMTP_URL"], no_links=not current_app.config["PUBLIC_URL"], trouble=_trouble(), silent=scheduler_is_silent(now),
        may_manage=current_user.can("notify.manage"),
    )


@area.screen("/outbox/<int:delivery_id>", title=_l("信件"), permission="notify.read", personal=True, parent="notify.outbox")
def delivery(delivery_id: int):
    found = _delivery(delivery_id)
    record = refs.look_up([found.ref], current_user).get(found.ref) if found.ref is not None else None
    return page(
        "notify/delivery.html", title=str(title_of(found.kind)), found=_shown(found), row=found, record=record, statuses=rules.STATUSES,
        failure=rules.FAILURES.get(found.failure), kind_title=title_of(found.kind), may_send_again=office.may_send_again(found),
        may_manage=current_user.can("notify.manage"),
        may_cancel=not found.claim and found.status in (rules.WAITING, rules.RETRYING, rules.HELD, rules.FAILED, rules.TO_PRINT),
        may_change=not found.claim and found.body is not None and found.channel == rules.MAIL
        and found.status in (rules.WAITING, rules.RETRYING, rules.FAILED),
    )


@area.screen("/outbox/<int:delivery_id>/retry", title=_l("重寄"), permission="notify.manage", methods=["POST"], parent="notify.delivery")
def retry(delivery_id: int):
    try:
        office.retry(_delivery(delivery_id), clock.now())
        flash(_("已排入，一分鐘內重寄。"), "success")
    except RuleBroken as refusal:
        flash(say(refusal.problems[0]), "error")
    return redirect(url_for(".delivery", delivery_id=delivery_id))


@area.screen("/outbox/retry-all", title=_l("重寄同一原因的信"), permission="notify.manage", methods=["POST"], parent="notify.outbox")
def retry_all():
    count = office.retry_all(request.form.get("failure", ""), clock.now())
    flash(_("已排入 %(count)s 封，一分鐘內開始重寄。", count=count), "success")
    return redirect(url_for(".outbox", part="waiting"))


@area.screen(
    "/outbox/<int:delivery_id>/address", title=_l("更正電子郵件"), permission="notify.manage", methods=["GET", "POST"], personal=True,
    parent="notify.delivery",
)
def correct_address(delivery_id: int):
    found = _delivery(delivery_id)
    form = forms.AddressForm(data={"address": rules.one_line(found.address)})
    if form.validate_on_submit():
        with form.catching():
            office.correct_address(found, form.address.data, clock.now())
            flash(_("已更正，一分鐘內重寄。"), "success")
            return redirect(url_for(".delivery", delivery_id=delivery_id))
    return page("notify/correct_address.html", form=form, found=_shown(found))


@area.screen(
    "/outbox/<int:delivery_id>/paper", title=_l("改印紙本"), permission="notify.manage", methods=["GET", "POST"], parent="notify.delivery"
)
def turn_to_paper(delivery_id: int):
    found = _delivery(delivery_id)
    form = forms.PaperForm()
    if form.validate_on_submit():
        with form.catching():
            office.turn_to_paper(found, form.address.data or "")
            flash(_("已改為紙本，列在待列印的信函。"), "success")
            return redirect(url_for(".papers"))
    return page("notify/turn_to_paper.html", form=form, found=_shown(found))


@area.screen(
    "/outbox/<int:delivery_id>/cancel", title=_l("取消信件"), permission="notify.manage", methods=["GET", "POST"], parent="notify.delivery"
)
def cancel_delivery(delivery_id: int):
    found = _delivery(delivery_id)
    form = forms.CancelForm()
    if form.validate_on_submit():
        with form.catching():
            office.cancel(found, clock.now())
            flash(_("已取消，這一筆不會寄出。"), "success")
            return redirect(url_for(".delivery", delivery_id=delivery_id))
    return page("notify/cancel_delivery.html", form=form, found=_shown(found), kind_title=title_of(found.kind))


@area.screen("/outbox/ask-server", title=_l("立即再連線"), permission="notify.manage", methods=["POST"], parent="notify.outbox")
def ask_server():
    office.ask_server(clock.now())
    flash(_("一分鐘內會再連線一次。"), "info")
    return redirect(url_for(".outbox"))


@area.screen("/outbox/test", title=_l("寄測試信給自己"), permission="notify.manage", methods=["POST"], parent="notify.outbox")
def send_test():
    try:
        office.send_test(current_user, clock.now())
        flash(_("測試信已排入，一分鐘內寄到 %(address)s；結果列在寄信匣。", address=mask(current_user.email, "email")), "success")
    except RuleBroken as refusal:
        flash(say(refusal.problems[0]), "error")
    return redirect(url_for(".outbox", part="waiting"))


# --- letters ----------------------------------------------------------------------------------------------------------


@area.screen("/papers", title=_l("待列印的信函"), permission="notify.read", personal=True, parent="notify.outbox")
def papers():
    rows = queries.papers(letters.AT_MOST)
    return page(
        "notify/papers.html", rows=[_shown(row) for row in rows], total=queries.counts().paper, last=rows[-1].id if rows else 0, title_of=title_of,
        may_manage=current_user.can("notify.manage"),
    )


@area.screen("/papers/file", title=_l("列印信函"), permission="notify.manage", personal=True, parent="notify.papers", exact=True)
def papers_file():
    rows = queries.papers(letters.AT_MOST)
    if not rows:
        flash(_("沒有待列印的信函。"), "info")
        return redirect(url_for(".papers"))
    with serving.room_on_disk():
        made = letters.printed(rows, union_name(), clock.today())
    return serving.send(made, _("信函"))


@area.screen("/papers/printed", title=_l("標為已印出"), permission="notify.manage", methods=["POST"], parent="notify.papers")
def mark_printed():
    count = office.mark_printed(_number("until"), clock.now())
    flash(_("已將 %(count)s 封標為印出。", count=count), "success")
    return redirect(url_for(".papers"))


def _delivery(delivery_id: int) -> Delivery:
    found = db.session.get(Delivery, delivery_id)
    if found is None:
        abort(404)
    return found


def _shown(row: Delivery) -> dict[str, Any]:
    """A delivery as lists show it: its address covered."""
    covered = mask(row.address, "email" if row.channel == rules.MAIL else "address")
    return {
        "id": row.id, "name": row.name, "address": covered, "status": row.status, "kind": row.kind, "asked_at": row.asked_at, "tries": row.tries,
        "next_try_at": row.next_try_at if not row.claim else None, "ended_at": row.sent_at or row.printed_at or row.cancelled_at, "ref": row.ref,
        "failure": rules.FAILURES.get(row.failure), "secret": row.secret, "claimed": bool(row.claim), "paper": row.channel == rules.PAPER,
    }


def _trouble() -> dict[str, Any] | None:
    found = queries.server_trouble()
    if found is None:
        return None
    return {"failure": rules.FAILURES[found.failure], "reply": found.reply, "since": found.failing_since, "next": found.next_try_at}


def _chips(wanted: queries.Filter) -> list[tuple[str, str]]:
    """The filters that are on, each with the address without it."""
    said = {
        "kind": str(title_of(wanted.kind)) if wanted.kind in KINDS else "",
        "failure": _(rules.FAILURES[wanted.failure].text) if wanted.failure else "",
        "text": f"「{wanted.text}」" if wanted.text else "",
    }
    return [(text, here(**{name: None, "page": None})) for name, text in said.items() if text]
