"""What happens to an issued letter: sent to each receiver with what proves it, by mail at once, and waiting for a reply."""

from __future__ import annotations

from datetime import date

from flask import url_for
from flask_login import current_user

from unionops.core import clock
from unionops.core.attachments import queries as attachments
from unionops.core.attachments import services as attaching
from unionops.core.errors import Conflict
from unionops.core.i18n import _, _l, ngettext, show_date
from unionops.core.pages import page
from unionops.letters import queries
from unionops.letters.documents import sender
from unionops.letters.forms import MailForm, ReasonForm, SendForm
from unionops.letters.models import Letter, Receiver
from unionops.letters.rules import Direction
from unionops.letters.services import bonds, outgoing
from unionops.letters.views.area import SERVES, area, the_letter
from unionops.letters.views.incoming import back
from unionops.letters.wording import WAYS


@area.screen("/out/<int:letter_id>/to/<int:receiver_id>", title=_l("登錄寄送"), permission="letters.issue", **SERVES, methods=["GET", "POST"],
             once=True, parent="letters.letter")
def send(letter_id: int, receiver_id: int):
    receiver = queries.receiver_for(current_user, letter_id, receiver_id)
    form, now, today = SendForm(), clock.now(), clock.today()
    if not form.is_submitted():
        form.show(receiver)
        form.sent_on.data = form.sent_on.data or today
    if form.validate_on_submit():
        _same_proof(receiver, form)
        with form.catching():
            outgoing.send(
                receiver, way=form.way.data, sent_on=form.sent_on.data, post_number=form.post_number.data or "",
                signed_by=form.signed_by.data or "", delivered_on=form.delivered_on.data, today=today,
            )
            letter = receiver.letter
            for file in form.files.data:
                attaching.add(
                    bonds.pointer(letter), file, title=_("送達證明：%(name)s", name=receiver.name)[:120], sensitive=letter.is_secret,
                    by=current_user, now=now,
                )
            return back(letter, _("已登錄寄送%(name)s。", name=receiver.name))
        receiver = queries.receiver_for(current_user, letter_id, receiver_id)
    return page("letters/send.html", title=_("寄送%(name)s", name=receiver.name), form=form, receiver=receiver, letter=receiver.letter)


def _same_proof(receiver: Receiver, form: SendForm) -> None:
    """Two who write down how the same receiver got it meet on a page that shows both; no proof is written over unseen."""
    outgoing.hold(receiver.letter)
    if form.seen.data == form.known(receiver):
        return
    told = (
        (form.way, str(WAYS.get(receiver.way, "")), str(WAYS[form.way.data])), (form.sent_on, _day(receiver.sent_on), _day(form.sent_on.data)),
        (form.post_number, receiver.post_number, form.post_number.data or ""), (form.signed_by, receiver.signed_by, form.signed_by.data or ""),
        (form.delivered_on, _day(receiver.delivered_on), _day(form.delivered_on.data)),
    )
    fields = [(str(field.label.text), was, now) for field, was, now in told if was != now]
    raise Conflict(fields, url_for(".send", letter_id=receiver.letter_id, receiver_id=receiver.id))


def _day(day: date | None) -> str:
    return show_date(day) if day is not None else ""


@area.screen("/out/<int:letter_id>/mail", title=_l("以電子郵件寄送"), permission="letters.issue", **SERVES, methods=["GET", "POST"], once=True,
             parent="letters.letter")
def mail(letter_id: int):
    letter = the_letter(letter_id, Direction.OUT)
    form = MailForm()
    _offer(form, letter)
    if form.validate_on_submit():
        chosen = [one for one in letter.receivers if str(one.id) in (form.to.data or ())]
        with form.catching():
            count = outgoing.mail(letter, chosen, text=form.text.data, files=[int(number) for number in form.files.data or ()], today=clock.today())
            return back(letter, ngettext("已交寄 %(num)s 封信，寄出的結果顯示在受文者旁。", "已交寄 %(num)s 封信，寄出的結果顯示在受文者旁。", count))
        letter = the_letter(letter_id, Direction.OUT)
        _offer(form, letter)
    return page("letters/mail.html", title=_("以電子郵件寄送 %(number)s", number=letter.number), form=form, letter=letter)


def _offer(form: MailForm, letter: Letter) -> None:
    """Those with an address, ticked when nothing was sent to them yet; the files beside the letter itself, which always goes along."""
    reachable = [one for one in letter.receivers if one.email]
    form.to.choices = [(str(one.id), f"{one.name} <{one.email}>") for one in reachable]
    files = [one for one in attachments.of_record(bonds.pointer(letter)) if one.id != letter.paper_id]
    form.files.choices = [(str(one.id), one.title) for one in files]
    if not form.is_submitted():
        form.to.data = [str(one.id) for one in reachable if one.sent_on is None]
        form.files.data = []
        form.text.data = _("檢送本會 %(number)s 號公文（%(subject)s），如附件 PDF，請查收。\n\n%(name)s", number=letter.number.removesuffix("號"),
                           subject=letter.subject, name=sender().name)


@area.screen("/out/<int:letter_id>/stop-waiting", title=_l("不再等待"), permission="letters.issue", **SERVES, methods=["GET", "POST"],
             once=True, parent="letters.letter")
def stop_waiting(letter_id: int):
    letter = the_letter(letter_id, Direction.OUT)
    form = ReasonForm()
    if form.validate_on_submit():
        with form.catching():
            outgoing.stop_waiting(letter, why=form.why.data, now=clock.now(), today=clock.today())
            return back(letter, _("不再等待回文，期限結案。"))
        letter = the_letter(letter_id, Direction.OUT)
    return page("letters/act.html", title=_("%(number)s 不再等待回文", number=letter.number), form=form, letter=letter, submit=_("結束等待"), kind="main",
                say=_("收到書面回文請改用「登錄回文」，兩件公文才會連在一起。"), back_to=url_for(".letter", letter_id=letter.id))
