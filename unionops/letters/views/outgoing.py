"""What is done to a letter on its way out: chosen a form for, written, laid before those who sign it off, numbered."""

from __future__ import annotations

from typing import Any

from flask import abort, request, url_for
from flask_login import current_user

from unionops.core import clock
from unionops.core.documents import render
from unionops.core.errors import Conflict
from unionops.core.i18n import _, _l, show_date
from unionops.core.pages import page
from unionops.core.union import queries as union
from unionops.letters import documents, queries, starters
from unionops.letters.forms import AskForm, DraftForm, EmptyForm, IssueForm, ReasonForm, draft_form
from unionops.letters.models import Letter
from unionops.letters.rules import FORMS, Direction, Draft, Role, read_receivers, write_receivers
from unionops.letters.services import outgoing
from unionops.letters.services.outgoing import OFFICES, SIGNATORIES
from unionops.letters.views.area import SERVES, area, the_letter
from unionops.letters.views.incoming import back
from unionops.letters.wording import FORM_TITLES, PARTS, SECRECIES, URGENCIES

WRITE: dict[str, Any] = {"permission": "letters.draft", **SERVES, "methods": ["GET", "POST"]}


@area.screen("/out/new", title=_l("起草公文"), permission="letters.draft", **SERVES, parent="letters.outgoing")
def choose_template():
    """A template to begin from: the union's own, those that come with the program, or a blank sheet of each kind."""
    question = _question()
    answers = {"answers": question.id} if question is not None else {}
    own = [(one.title, FORM_TITLES[one.form], url_for(".draft", source=f"own-{one.id}", **answers)) for one in queries.templates()]
    given = [(one.title, FORM_TITLES[one.form], url_for(".draft", source=f"given-{one.key}", **answers)) for one in starters.STARTERS.values()]
    blank = [(FORM_TITLES[key], "", url_for(".draft", source=f"blank-{key}", **answers)) for key in FORMS]
    return page("letters/choose_template.html", own=own, given=given, blank=blank, question=question)


@area.screen("/out/new/<source>", title=_l("起草公文"), **WRITE, once=True, parent="letters.choose_template")
def draft(source: str):
    begun = _begun(source)
    question = _question()
    form = draft_form(begun.form)()
    form.offer(current_user)
    if not form.is_submitted():
        form.show(_answering(begun, question))
        form.owner.data = str(current_user.id)
        form.belongs_to.typed, form.belongs_to.pick = "", ""
    if form.validate_on_submit():
        written, problems = form.read()
        for one in problems:
            form.refuse(one)
        if not problems:
            with form.catching():
                letter = outgoing.draft(
                    written, by=current_user, owner=form.owner.chosen, belongs_to=form.belongs_to.data, answers=[question] if question else [],
                    now=clock.now(),
                )
                return back(letter, _("草稿已存。看過樣式後送核。"))
            form.offer(current_user)
    return page("letters/draft.html", title=_("起草%(form)s", form=FORM_TITLES[begun.form]), form=form, question=question,
                letter=None, back_to=url_for(".choose_template"))


def _begun(source: str) -> Draft:
    """The text with which a draft begins, or 404."""
    where, _dash, name = source.partition("-")
    if where == "blank" and name in FORMS:
        return Draft(name, {})
    if where == "given" and name in starters.STARTERS:
        return starters.STARTERS[name].draft(authority=_authority())
    own = {f"own-{one.id}": one for one in queries.templates()}.get(source) or abort(404)
    receivers = {Role(role): text for role, text in own.receivers.items()}
    return starters.Starter("", own.title, own.form, own.body, receivers, own.enclosures, own.signatory).draft(authority=_authority())


def _authority() -> str:
    row = union.the_union()
    return row.authority if row is not None else ""


def _question() -> Letter | None:
    """The incoming letter that the address says is answered, if this person may see it."""
    number = request.args.get("answers", "")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return None
    return the_letter(int(number), Direction.IN)


def _answering(begun: Draft, question: Letter | None) -> Draft:
    """A draft that answers names its sender and refers to it in the first item, as official letters do."""
    if question is None:
        return begun
    on = f"{documents.long_date(question.their_on).removeprefix('中華民國')}" if question.their_on else ""
    number = question.their_number + ("號" if question.their_number and not question.their_number.endswith("號") else "")
    body = dict(begun.body)
    if begun.form in ("letter", "plain"):
        body["subject"] = body.get("subject") or f"復貴單位有關「{question.subject[:60]}」一案，請查照。"
        body["explanation"] = "\n".join(filter(None, (f"復貴單位{on}{number}函。", body.get("explanation", ""))))
    role = FORMS[begun.form].receivers[0][0]
    receivers, _wrong = read_receivers(role, "to", question.counterpart)
    return Draft(begun.form, body, tuple(receivers) + begun.receivers, question.secrecy, "", begun.urgency, begun.enclosures, begun.signatory, begun.asked)


@area.screen("/out/<int:letter_id>/edit", title=_l("修改草稿"), **WRITE, parent="letters.letter")
def edit_draft(letter_id: int):
    letter = the_letter(letter_id, Direction.OUT)
    form = draft_form(letter.form)(data={
        "owner": str(letter.owner_id or ""), "belongs_to": letter.belongs_to, "version": str(letter.version),
    })
    form.offer(letter.owner)
    if not form.is_submitted():
        form.show(outgoing.written_of(letter))
    if form.validate_on_submit():
        written, problems = form.read()
        _same_version(letter, written, form)
        for one in problems:
            form.refuse(one)
        if not problems:
            with form.catching():
                voided = outgoing.change(letter, written, belongs_to=form.belongs_to.data)
                if form.owner.chosen is not None:
                    letter.owner = form.owner.chosen
                return back(letter, _("草稿已存；核可因修改而失效，請重新送核。") if voided else _("草稿已存。"))
            letter = the_letter(letter_id, Direction.OUT)
            form.offer(letter.owner)
    return page("letters/draft.html", title=_("修改%(form)s草稿", form=FORM_TITLES[letter.form]), form=form, letter=letter,
                question=None, back_to=url_for(".letter", letter_id=letter.id))


def _same_version(letter: Letter, mine: Draft, form: DraftForm) -> None:
    """Two who write the same draft meet on a page that shows both, word for word; nothing of either is lost."""
    if form.version.data == str(letter.version):
        return
    was, now = _told(outgoing.written_of(letter)), _told(mine)
    fields = [(name, was.get(name, ""), now.get(name, "")) for name in now if was.get(name, "") != now[name]]
    raise Conflict(fields, url_for("letters.edit_draft", letter_id=letter.id))


def _told(draft: Draft) -> dict[str, str]:
    form = FORMS[draft.form]
    told = {str(PARTS[section.title]): draft.body.get(section.key, "") for section in form.sections}
    for role, label in form.receivers:
        told[str(PARTS[label])] = write_receivers(one for one in draft.receivers if one.role == role)
    asked = draft.asked
    return told | {
        _("附件"): draft.enclosures, _("速別"): str(URGENCIES[draft.urgency]), _("密等"): str(SECRECIES[draft.secrecy]),
        _("解密條件或保密期限"): draft.declassify, _("署名"): str(SIGNATORIES[draft.signatory]),
        _("回覆期限"): show_date(asked.by_day) if asked.by_day else str(asked.within_days or ""), _("期限的依據"): asked.citation,
    }


# --- approving and issuing ------------------------------------------------------------------------------------------


@area.screen("/out/<int:letter_id>/ask-approval", title=_l("送核"), **WRITE, once=True, parent="letters.letter")
def ask_approval(letter_id: int):
    letter = the_letter(letter_id, Direction.OUT)
    form = AskForm()
    if form.validate_on_submit():
        with form.catching():
            outgoing.ask_approval(letter, by=current_user, note=form.note.data or "", now=clock.now())
            return back(letter, _("已送核，核可前不能修改；要改請先撤回。"))
        letter = the_letter(letter_id, Direction.OUT)
    way = _("總幹事核可後，再送理事長核可。") if letter.signatory == outgoing.PRESIDENT else _("由總幹事核可。")
    return page("letters/act.html", title=_("送核：%(subject)s", subject=letter.subject), form=form, letter=letter, submit=_("送核"), kind="main", say=way)


@area.screen("/out/<int:letter_id>/take-back", title=_l("撤回"), **WRITE, once=True, parent="letters.letter")
def take_back(letter_id: int):
    letter = the_letter(letter_id, Direction.OUT)
    form = EmptyForm()
    if form.validate_on_submit():
        with form.catching():
            outgoing.withdraw(letter, by=current_user, now=clock.now())
            return back(letter, _("已撤回，可以修改後重新送核。"))
        letter = the_letter(letter_id, Direction.OUT)
    return page("letters/act.html", title=_("撤回：%(subject)s", subject=letter.subject), form=form, letter=letter, submit=_("撤回簽核"), kind="plain",
                say=_("撤回後回到草稿，已經核可的步驟也要重來。"))


@area.screen("/out/<int:letter_id>/cancel", title=_l("作廢"), **WRITE, once=True, parent="letters.letter")
def cancel_draft(letter_id: int):
    letter = the_letter(letter_id, Direction.OUT)
    form = ReasonForm()
    if form.validate_on_submit():
        with form.catching():
            outgoing.cancel(letter, why=form.why.data, by=current_user, now=clock.now(), today=clock.today())
            return back(letter, _("已作廢。"))
        letter = the_letter(letter_id, Direction.OUT)
    return page("letters/cancel.html", title=_("作廢 %(number)s", number=letter.number or _("草稿")), form=form, letter=letter)


@area.screen("/out/<int:letter_id>/issue", title=_l("編號發文"), permission="letters.issue", **SERVES, methods=["GET", "POST"], once=True,
             parent="letters.letter")
def issue(letter_id: int):
    letter = the_letter(letter_id, Direction.OUT)
    form = IssueForm()
    form.offer()
    if form.validate_on_submit():
        with form.catching():
            outgoing.issue(
                letter, series=form.series.chosen, by=current_user, paper=lambda one: render(documents.paper_of(one), "pdf").data,
                today=clock.today(), now=clock.now(),
            )
            return back(letter, _("已發文：%(number)s。接著登錄寄送。", number=letter.number))
        letter = the_letter(letter_id, Direction.OUT)
        form.offer()
    signer = queries.holder(letter.signatory) if letter.signatory in OFFICES else ""
    return page("letters/issue.html", title=_("發文：%(subject)s", subject=letter.subject), form=form, letter=letter, signer=signer,
                signatory=SIGNATORIES[letter.signatory])


