"""One letter: its facts, what it waits for, its files, its approvals, the letters around it, what happened to it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flask import url_for
from flask_login import current_user

from unionops.core import clock, refs
from unionops.core.approvals import queries as approvals
from unionops.core.attachments import queries as attachments
from unionops.core.attachments import registry as attaching
from unionops.core.audit import queries as audit
from unionops.core.audit import recording
from unionops.core.calendar import queries as calendar
from unionops.core.i18n import _, _l, show_moment
from unionops.core.pages import page
from unionops.core.screens import reachable
from unionops.letters import queries, wording
from unionops.letters.models import Letter
from unionops.letters.rules import FORMS, NUMBERED, State, outline
from unionops.letters.services import bonds
from unionops.letters.services.outgoing import SIGNATORIES
from unionops.letters.views.area import SERVES, area, the_letter

HAPPENINGS = 40


@area.screen("/<int:letter_id>", title=_l("公文"), permission="letters.read", **SERVES, personal=True, parent="letters.incoming")
def letter(letter_id: int):
    found, today = the_letter(letter_id), clock.today()
    pointer = bonds.pointer(found)
    recording.subject(pointer)
    dues = calendar.of_record(pointer, current_user)
    due_on = next((one.nominal_on for one in dues if not one.done), None)
    files = attachments.of_record(pointer)
    belongs = refs.look_up([found.belongs_to], current_user).get(found.belongs_to) if found.belongs_to else None
    return page(
        "letters/letter.html", title=found.number or _("草稿"), letter=found, stands=wording.stands(found, due_on, today), words=wording, dues=dues,
        files=files, pointer=pointer, may_attach=attaching.allows(queries.KIND, current_user, found), belongs=belongs,
        exchange=queries.exchange(current_user, found), approvals=approvals.of_record(pointer) if not found.is_incoming else [],
        lines=_history(found), actions=_actions(found), twins=queries.twins(found) if found.is_incoming else [],
        paper=next((one for one in files if one.id == found.paper_id), None), text=_text(found), signatories=SIGNATORIES,
        may_issue=current_user.can("letters.issue") and found.state in NUMBERED, mails=bonds.mails_of(found),
    )


def _text(letter: Letter) -> list[tuple[str, list[str]]]:
    """The parts of an outgoing letter as the page shows them: heading, lines."""
    if letter.is_incoming:
        return []
    parts = []
    for section in FORMS[letter.form].sections[1:]:
        if held := letter.body.get(section.key, ""):
            lines = [line.mark + line.text for line in outline(held)] if section.listed else [held]
            parts.append((str(wording.PARTS[section.title]), lines))
    return parts


def _history(letter: Letter) -> list[SimpleNamespace]:
    """What the audit tells, without saying at every line which letter this page is about."""
    names = (letter.title, letter.subject)
    told = audit.timeline(bonds.pointer(letter), current_user, HAPPENINGS)
    return [
        SimpleNamespace(when=show_moment(one.at), iso=one.at.isoformat(), text=_without(str(one.sentence), names), by=one.actor) for one in told
    ]


def _without(sentence: str, names: tuple[str, ...]) -> str:
    for name in names:
        sentence = sentence.replace(f"「{name}」", name).replace(name, _("本件"))
    return sentence


def _actions(letter: Letter) -> list[tuple[str, Any, str]]:
    """(address, words, kind) of what this person may do with the letter now, the main one last."""
    offered = _for_incoming(letter) if letter.is_incoming else _for_outgoing(letter)
    shown = [(endpoint, words, arguments) for endpoint, words, arguments in offered if reachable(endpoint)]
    links = [(url_for(endpoint, **arguments), words) for endpoint, words, arguments in shown]
    return [(url, words, "main" if place == len(links) else "plain") for place, (url, words) in enumerate(links, 1)]


def _for_incoming(letter: Letter) -> list[tuple[str, Any, dict[str, Any]]]:
    this = {"letter_id": letter.id}
    if letter.state == State.CANCELLED:
        return []
    offered: list[tuple[str, Any, dict[str, Any]]] = [
        ("letters.cancel", _("作廢"), this), ("letters.edit_arrival", _("更正"), this), ("letters.give", _("分辦"), this),
    ]
    if letter.state == State.OPEN:
        offered += [("letters.file", _("存查"), this), ("letters.choose_template", _("起草回覆"), {"answers": letter.id})]
    elif letter.state == State.FILED:
        offered.append(("letters.reopen", _("重新列為待辦"), this))
    return offered


def _for_outgoing(letter: Letter) -> list[tuple[str, Any, dict[str, Any]]]:
    this = {"letter_id": letter.id}
    unsent = [one for one in letter.receivers if one.sent_on is None]
    paper: list[tuple[str, Any, dict[str, Any]]] = [("letters.preview", _("看公文樣式"), this)]
    match letter.state:
        case State.DRAFT:
            return [("letters.cancel_draft", _("作廢"), this), *paper, ("letters.edit_draft", _("修改"), this), ("letters.ask_approval", _("送核"), this)]
        case State.SIGNING:
            return [("letters.take_back", _("撤回"), this), *paper]
        case State.APPROVED:
            return [("letters.cancel_draft", _("作廢"), this), ("letters.edit_draft", _("修改"), this), *paper, ("letters.issue", _("編號發文"), this)]
        case State.ISSUED | State.SENT:
            offered = [] if letter.state == State.SENT or len(unsent) < len(letter.receivers) else [("letters.cancel_draft", _("作廢"), this)]
            offered.append(("letters.give", _("分辦"), this))
            if letter.due_asked and letter.closed_on is None:
                offered += [("letters.stop_waiting", _("不再等待"), this), ("letters.register", _("登錄回文"), {"answers": letter.id})]
            offered += paper
            if not letter.is_secret and any(one.email for one in unsent):
                offered.append(("letters.mail", _("以電子郵件寄送"), this))
            return offered
    return []


