"""Leaving: the written wish and the day it gives, and the page on which a leaving is brought to its end: account, card, check-off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_login import current_user

from unionops.core import clock
from unionops.core.attachments import services as attachments
from unionops.core.audit import recording
from unionops.core.documents import serving
from unionops.core.i18n import _, _l, show_date
from unionops.core.pages import page
from unionops.core.screens import SCREENS, reachable
from unionops.core.union import queries as union
from unionops.members import life_wording, listing, queries
from unionops.members.documents import life as documents
from unionops.members.forms.life import DayForm, WishForm
from unionops.members.models import Leaving, Membership
from unionops.members.queries import leaving as reads
from unionops.members.services import leaving
from unionops.members.views.area import acting, area
from unionops.values.refs import Ref

READ: dict[str, Any] = {"permission": "members.read", "task": "T1.2", "indicators": ["P1.2.2"], "parent": "members.person"}
WRITE: dict[str, Any] = {"permission": "members.edit", "task": "T1.2", "indicators": ["P1.2.2"], "methods": ["GET", "POST"], "once": True}
PLACE = "/<int:person_id>/memberships/<int:membership_id>"


def _membership(membership_id: int, person_id: int) -> Membership:
    found = queries.membership_for(acting(), membership_id)
    if found.person_id != person_id:
        abort(404)
    return found


@area.screen(f"{PLACE}/wish", title=_l("收到退會申請"), **WRITE, parent="members.person")
def receive_leaving(person_id: int, membership_id: int):
    found, today = _membership(membership_id, person_id), clock.today()
    recording.subject(found.person)
    form = WishForm(data={"received_on": today, "how": "counter"})
    if form.validate_on_submit():
        with form.catching():
            made = leaving.receive_wish(
                found, received_on=form.received_on.data, how=form.how.data, note=form.note.data or "", left_to=form.left_to.data or "",
                by=current_user, today=today,
            )
            for file in form.files.data:
                attachments.add(Ref("person", person_id), file, title=_("退會申請書"), by=current_user, now=clock.now())
            flash(_("已登錄退會申請，%(day)s 生效。", day=show_date(made.effective_on)), "success")
            return redirect(url_for("members.closing", person_id=person_id, membership_id=membership_id))
        found = _membership(membership_id, person_id)
    basis = reads.effective(form.received_on.data or today)
    return page("members/receive_leaving.html", title=_("%(name)s：收到退會申請", name=found.person.name), form=form, membership=found, basis=basis)


@area.screen(f"{PLACE}/closing", title=_l("出會結清"), **READ, personal=True)
def closing(person_id: int, membership_id: int):
    found, today = _membership(membership_id, person_id), clock.today()
    recording.subject(found.person)
    if found.left_on is None:
        abort(404)
    row, account = reads.standing_wish(found.id), reads.final_account(found)
    return page(
        "members/closing.html", title=_("%(name)s：出會結清", name=found.person.name), membership=found, person=found.person, row=row, account=account,
        is_over=found.left_on <= today, reason=listing.REASONS.get(found.left_reason, ""), how=life_wording.HOW.get(row.how, "") if row else "",  # type: ignore[call-overload]
        is_checked_off=reads.is_checked_off(person_id), employer=reads.employer_of(person_id, found.left_on), may_edit=reachable("members.return_card"),
        basis=reads.effective(row.received_on) if row is not None and row.how else None,
        account_url=url_for("dues.account", person_id=person_id) if "dues.account" in SCREENS and reachable("dues.account") else "",
    )


@area.screen(f"{PLACE}/card", title=_l("登錄會員證繳回"), **WRITE, parent="members.closing")
def return_card(person_id: int, membership_id: int):
    return _day(person_id, membership_id, _("登錄會員證繳回"), lambda row, on: leaving.return_card(row, on=on, today=clock.today()))


@area.screen(f"{PLACE}/told-employer", title=_l("登錄已通知雇主停扣"), **WRITE, parent="members.closing")
def tell_employer(person_id: int, membership_id: int):
    return _day(person_id, membership_id, _("登錄已通知雇主停扣"), lambda row, on: leaving.tell_employer(row, on=on, today=clock.today(), now=clock.now()))


@area.screen(f"{PLACE}/withdraw", title=_l("撤回退會申請"), **WRITE, parent="members.closing")
def withdraw_leaving(person_id: int, membership_id: int):
    return _day(person_id, membership_id, _("登錄撤回退會申請"), lambda row, on: leaving.withdraw(row, on=on, today=clock.today()), back="members.person",
                say=_("生效前撤回的，會籍照舊；生效後要回來，辦再入會。"))


def _day(person_id: int, membership_id: int, submit: str, act: Callable[[Leaving, Any], Any], *, back: str = "members.closing", say: str = "") -> Any:
    """One day is recorded about a leaving."""
    found = _membership(membership_id, person_id)
    row = reads.standing_wish(found.id) or abort(404)
    form = DayForm(data={"on": clock.today()})
    if form.validate_on_submit():
        with form.catching():
            act(row, form.on.data)
            for file in form.files.data:
                attachments.add(Ref("person", person_id), file, by=current_user, now=clock.now())
            flash(_("已登錄。"), "success")
            return redirect(url_for(back, **({"person_id": person_id} | ({"membership_id": membership_id} if back == "members.closing" else {}))))
        found = _membership(membership_id, person_id)
    return page("members/form.html", title=_("%(name)s：%(act)s", name=found.person.name, act=submit), form=form, person=found.person, submit=submit, note=say)


@area.screen(f"{PLACE}/stop-notice.<fmt>", title=_l("停止代扣通知"), permission="members.print", task="T1.2", indicators=["P1.2.2"], personal=True, exact=True,
             parent="members.closing")
def stop_notice(person_id: int, membership_id: int, fmt: str):
    found, today = _membership(membership_id, person_id), clock.today()
    if fmt not in ("pdf", "odt", "docx") or found.left_on is None:
        abort(404)
    recording.subject(found.person)
    record = union.the_union()
    document = documents.stop_notice(found, reads.employer_of(person_id, found.left_on), record.name if record else union.union_name(), today)
    return serving.send(serving.made(document, fmt), f"停止代扣會費通知-{found.number}", inline=fmt == "pdf" and request.args.get("show") == "1")
