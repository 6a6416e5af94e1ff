"""What is done to a letter received: registered, corrected, given to somebody, filed, taken up again, cancelled."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_login import current_user

from unionops.core import clock
from unionops.core.attachments import services as attachments
from unionops.core.errors import Conflict
from unionops.core.i18n import _, _l, show_date
from unionops.core.pages import page
from unionops.letters import queries
from unionops.letters.forms import ArrivalForm, EmptyForm, GiveForm, ReasonForm
from unionops.letters.models import Letter
from unionops.letters.rules import Arrival, Asked, Direction
from unionops.letters.services import bonds, incoming
from unionops.letters.views.area import SERVES, area, the_letter
from unionops.letters.wording import SECRECIES, WAYS

WRITE: dict[str, Any] = {"permission": "letters.register", **SERVES, "methods": ["GET", "POST"]}


def back(letter: Letter, text: str) -> Any:
    """Done: to the letter's page, which says so; to its register, when a confidential letter is no longer for whoever gave it away."""
    flash(text, "success")
    if not queries.sees(current_user, letter):
        return redirect(url_for("letters.incoming" if letter.is_incoming else "letters.outgoing"))
    return redirect(url_for("letters.letter", letter_id=letter.id))


@area.screen("/in/new", title=_l("登錄收文"), **WRITE, once=True, parent="letters.incoming")
def register():
    form, now = ArrivalForm(), clock.now()
    form.offer(current_user)
    if not form.is_submitted():
        form.received_on.data = clock.today()
        form.answers.data = request.args.get("answers", "")
        question = form.answers.chosen
        if question is not None and len(question.receivers) == 1:
            form.sender.data = question.receivers[0].name
    if form.validate_on_submit():
        with form.catching():
            letter = incoming.register(
                form.arrival, by=current_user, series=form.series.chosen, owner=form.owner.chosen, belongs_to=form.belongs_to.data,
                answers=form.answers.chosen, others_awaited=form.others_awaited.data, today=clock.today(), now=now,
            )
            for file in form.files.data:
                attachments.add(bonds.pointer(letter), file, sensitive=letter.is_secret, by=current_user, now=now)
            return back(letter, _("已登錄，收文號 %(number)s。", number=letter.number))
        form.offer(current_user)
    return page("letters/register_letter.html", form=form, letter=None)


@area.screen("/in/<int:letter_id>/edit", title=_l("更正收文"), **WRITE, parent="letters.letter")
def edit_arrival(letter_id: int):
    letter = the_letter(letter_id, Direction.IN)
    form = ArrivalForm(obj=None, data={
        "received_on": letter.received_on, "way": letter.way, "sender": letter.counterpart, "their_on": letter.their_on,
        "their_number": letter.their_number, "subject": letter.subject, "secrecy": letter.secrecy, "belongs_to": letter.belongs_to,
        "version": str(letter.version),
    })
    form.offer(current_user, letter)
    if not form.is_submitted():
        form.show_asked(Asked.stored(letter.due_asked))
    if form.validate_on_submit():
        _same_version(letter, form)
        with form.catching():
            incoming.change(letter, form.arrival, belongs_to=form.belongs_to.data, today=clock.today())
            return back(letter, _("已更正 %(number)s。", number=letter.number))
        letter = the_letter(letter_id, Direction.IN)
    return page("letters/register_letter.html", title=_("更正 %(number)s", number=letter.number), form=form, letter=letter)


def _same_version(letter: Letter, form: ArrivalForm) -> None:
    """Two who correct at once meet on a page that shows both."""
    if form.version.data == str(letter.version):
        return
    theirs = Arrival(
        letter.received_on, letter.way, letter.counterpart, letter.subject, letter.their_on, letter.their_number, letter.secrecy,  # type: ignore[arg-type]
        Asked.stored(letter.due_asked),
    )
    told = [(str(form[field].label.text), was, now) for field, was, now in _differences(theirs, form.arrival) if was != now]
    raise Conflict(told, url_for("letters.edit_arrival", letter_id=letter.id))


def _differences(theirs: Arrival, mine: Arrival) -> list[tuple[str, str, str]]:
    def told(one: Arrival) -> dict[str, str]:
        return {
            "received_on": show_date(one.received_on), "way": str(WAYS.get(one.way, "")), "sender": one.sender,  # type: ignore[call-overload]
            "their_on": show_date(one.their_on) if one.their_on else "", "their_number": one.their_number, "subject": one.subject,
            "secrecy": str(SECRECIES[one.secrecy]), "due_on": show_date(one.asked.by_day) if one.asked.by_day else "",
            "within_days": str(one.asked.within_days or ""), "citation": one.asked.citation,
        }

    was, now = told(theirs), told(mine)
    return [(field, was[field], now[field]) for field in was]


@area.screen("/<int:letter_id>/give", title=_l("分辦"), **WRITE, once=True, parent="letters.letter")
def give(letter_id: int):
    letter = the_letter(letter_id)
    form = GiveForm(data={"owner": str(letter.owner_id or "")})
    form.offer(letter)
    if form.validate_on_submit():
        with form.catching():
            incoming.give(letter, form.owner.chosen, by=current_user, today=clock.today())
            return back(letter, _("已分給%(name)s承辦。", name=form.owner.chosen.name))
        letter = the_letter(letter_id)
        form.offer(letter)
    return page("letters/act.html", title=_("%(number)s 分辦", number=letter.number), form=form, letter=letter, submit=_("分給他承辦"), kind="main",
                say=_("承辦人會收到通知，回覆期限也歸他。"))


@area.screen("/in/<int:letter_id>/file", title=_l("存查"), **WRITE, once=True, parent="letters.letter")
def file(letter_id: int):
    letter = the_letter(letter_id, Direction.IN)
    form = ReasonForm()
    if form.validate_on_submit():
        with form.catching():
            incoming.file(letter, why=form.why.data, now=clock.now(), today=clock.today())
            return back(letter, _("已存查，期限結案。"))
        letter = the_letter(letter_id, Direction.IN)
    return page("letters/act.html", title=_("%(number)s 不回覆，存查", number=letter.number), form=form, letter=letter, submit=_("存查這件收文"),
                kind="main", say=_("不必回覆的公文寫明原因後存查，例如：例行通報，已傳閱。"))


@area.screen("/in/<int:letter_id>/reopen", title=_l("重新列為待辦"), **WRITE, once=True, parent="letters.letter")
def reopen(letter_id: int):
    letter = the_letter(letter_id, Direction.IN)
    form = EmptyForm()
    if form.validate_on_submit():
        with form.catching():
            incoming.reopen(letter, today=clock.today())
            return back(letter, _("已重新列為待辦。"))
        letter = the_letter(letter_id, Direction.IN)
    return page("letters/act.html", title=_("%(number)s 重新列為待辦", number=letter.number), form=form, letter=letter, submit=_("重新列為待辦"),
                kind="main", say=_("存查原因會清除，來文要求的期限重新開始提醒。"))


@area.screen("/in/<int:letter_id>/cancel", title=_l("作廢"), **WRITE, once=True, parent="letters.letter")
def cancel(letter_id: int):
    letter = the_letter(letter_id, Direction.IN)
    form = ReasonForm()
    if form.validate_on_submit():
        with form.catching():
            incoming.cancel(letter, why=form.why.data, today=clock.today())
            return back(letter, _("已作廢，文號保留。"))
        letter = the_letter(letter_id, Direction.IN)
    return page("letters/cancel.html", title=_("作廢 %(number)s", number=letter.number), form=form, letter=letter)
