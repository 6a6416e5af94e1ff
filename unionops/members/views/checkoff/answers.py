"""The answer that comes back: the file read and judged, booked, taken back; the doubtful rows decided; the letter about differences."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flask import abort, flash, redirect, url_for
from flask_login import current_user

from unionops.core import clock
from unionops.core.audit import recording
from unionops.core.db import db
from unionops.core.i18n import _, _l
from unionops.core.pages import page
from unionops.core.union import queries as union
from unionops.letters.services import outgoing
from unionops.members import checkoff_wording as words
from unionops.members.documents import checkoff as documents
from unionops.members.forms.checkoff import AnswerForm, BackForm, BookForm, DecideForm
from unionops.members.forms.people import EmptyForm
from unionops.members.models import CheckoffLine, CheckoffList, Person
from unionops.members.queries import checkoff as queries
from unionops.members.rules.checkoff import Verdict
from unionops.members.services import checkoff
from unionops.members.views.checkoff.area import MANAGE, READ, area, the_sheet
from unionops.members.views.checkoff.employers import period_of
from unionops.members.views.checkoff.lists import told
from unionops.values.problems import RuleBroken, problem
from unionops.values.refs import Ref


@area.screen("/lists/<int:list_id>/answer", title=_l("匯入回覆檔"), **MANAGE, parent="checkoff.sheet")
def answer(list_id: int):
    found = the_sheet(list_id, whole=True)
    form = AnswerForm()
    if form.validate_on_submit():
        with form.catching():
            checkoff.read_answer(found, form.file.data, anyway=form.anyway.data, by=current_user, today=clock.today(), now=clock.now())
            flash(_("已讀入回覆檔；看過差異再入帳，現在什麼都還沒入帳。"), "success")
            return redirect(url_for(".sheet", list_id=list_id))
    return page("checkoff/answer.html", title=found.employer.name, form=form, sheet=the_sheet(list_id), period=period_of(found))


@area.screen("/lists/<int:list_id>/book", title=_l("代扣入帳"), **MANAGE, once=True, parent="checkoff.sheet")
def book(list_id: int):
    found, today = the_sheet(list_id, whole=True), clock.today()
    sums = queries.sums([found.id])[found.id]
    form = BookForm(data={"received_on": found.transferred_on or today, "transferred": found.transferred, "fee": found.fee or None})
    if form.validate_on_submit():
        with form.catching():
            checkoff.book(
                found, received_on=form.received_on.data, transferred=form.transferred.data, fee=form.fee.data or 0,
                differences_seen=form.differences_seen.data, today=today,
            )
            flash(_("已入帳 %(amount)s 元，其中 %(held)s 元暫收。", amount=f"{sums.received:,}", held=f"{sums.held:,}"), "success")
            return redirect(url_for(".sheet", list_id=list_id))
    return page("checkoff/book.html", title=found.employer.name, form=form, sheet=found, sums=sums, period=period_of(found), **_checks(found, sums))


def _checks(found: CheckoffList, sums: queries.Sums) -> dict[str, Any]:
    """The three totals against each other."""
    stated = None if found.stated_total is None else found.stated_total - sums.received
    moved = None if found.transferred is None else found.transferred + found.fee - sums.received
    return {"stated": stated, "moved": moved}


@area.screen("/lists/<int:list_id>/back", title=_l("撤回代扣入帳"), **MANAGE, once=True, parent="checkoff.sheet")
def take_back(list_id: int):
    found, today = the_sheet(list_id, whole=True), clock.today()
    form = BackForm(data={"on": today})
    if form.validate_on_submit():
        with form.catching():
            count = checkoff.take_back(found, why=form.why.data, on=form.on.data, by=current_user, today=today)
            flash(_("已沖回 %(count)s 筆收款；可以匯入更正的檔案。", count=count), "success")
            return redirect(url_for(".sheet", list_id=list_id))
    payments = queries.payments_of([found.id])
    return page(
        "checkoff/confirm.html", title=found.employer.name, form=form, verb=_("撤回入帳"), back=url_for(".sheet", list_id=list_id),
        heading=_("撤回 %(name)s %(period)s入帳", name=found.employer.name, period=period_of(found)),
        will_change=_("這份名冊入帳的 %(count)s 筆收款全部沖回，會費恢復未繳。", count=len(payments)),
        also=_("已處理的疑義列要重新處理；回覆期限重新開啟。"), unchanged=_("原收款與沖回都留在帳上，不刪除。"), undo=_("可以：重新匯入檔案再入帳。"),
    )


# --- doubtful rows ----------------------------------------------------------------------------------------------------


@area.screen("/doubts", title=_l("待處理的代扣列"), **READ, personal=True, parent="checkoff.index")
def queue():
    """Every row that waits, of all employers."""
    lines = queries.asking(current_user)
    sheets = {one.id: one for one in queries.lists_by_id({line.list_id for line in lines})}
    rows = [SimpleNamespace(line=one, sheet=sheets[one.list_id], period=period_of(sheets[one.list_id]), told=told(one)) for one in lines]
    return page("checkoff/queue.html", rows=rows, words=words)


def _line(line_id: int) -> CheckoffLine:
    line: CheckoffLine = db.session.get(CheckoffLine, line_id) or abort(404)
    the_sheet(line.list_id, whole=True)
    return line


@area.screen("/lines/<int:line_id>", title=_l("處理代扣列"), **MANAGE, once=True, personal=True, parent="checkoff.queue")
def decide(line_id: int):
    """One doubtful row beside what was asked for, and what can be done with it."""
    line = _line(line_id)
    found = the_sheet(line.list_id)
    if line.person_id is not None:
        recording.subject(db.session.get_one(Person, line.person_id))
    likely = queries.likely(line)
    form = DecideForm(_choices(line, found), data={"person": Ref("person", likely.id) if likely else None})
    if form.validate_on_submit():
        with form.catching():
            _act(line, form)
            flash(_("已處理。"), "success")
            return redirect(url_for(".sheet", list_id=found.id, show="asks"))
    return page(
        "checkoff/decide.html", title=line.name or line.staff_number, form=form, line=line, sheet=found, period=period_of(found), words=words, told=told(line),
        likely=likely, payments=queries.payments_of_line(line.id), open=bool(form.decision.choices) and not line.decision,
    )


def _choices(line: CheckoffLine, found: CheckoffList) -> list[tuple[str, Any]]:
    choices: list[tuple[str, Any]] = []
    held = (line.received or 0) - line.applied
    if line.other_name:
        choices += [("same", _("是同一人（改名、打字不同）")), ("other", _("不是同一人，這筆改列暫收"))]
    if held > 0 and found.booked_on is not None and not queries.suspended(line.id):
        choices.append(("note", _("款項已在別處處理，註記結案")))
    elif held > 0 and found.booked_on is not None:
        if line.person_id is not None:
            choices.append(("own", _("留作本人溢繳，抵下期")))
        choices += [("assign", _("查明會員，入這位會員的帳")), ("refund", _("退還雇主（或本人）"))]
    if line.verdict in (Verdict.NEGATIVE, Verdict.UNREADABLE) and held <= 0:
        choices.append(("note", _("不入帳，註記說明")))
    return choices


def _act(line: CheckoffLine, form: DecideForm) -> None:
    now, today, why = clock.now(), clock.today(), form.why.data or ""
    match form.decision.data:
        case "own":
            checkoff.assign(line, db.session.get_one(Person, line.person_id), by=current_user, now=now, today=today)
        case "assign":
            checkoff.assign(line, _person(form), by=current_user, now=now, today=today)
        case "refund":
            checkoff.refund(line, why=why, on=today, by=current_user, now=now, today=today)
        case "same" | "other":
            checkoff.settle_name(line, same=form.decision.data == "same", why=why, by=current_user, now=now, today=today)
        case _:
            checkoff.note(line, why=why, by=current_user, now=now)


def _person(form: DecideForm) -> Person:
    person = db.session.get(Person, form.person.data.id) if form.person.data else None
    if person is None:
        raise RuleBroken(problem("person", "請指定會員。"))
    return person


# --- the letter -------------------------------------------------------------------------------------------------------


@area.screen("/lists/<int:list_id>/letter", title=_l("起草致雇主函"), permission="letters.draft", task="T1.2", indicators=["P1.2.1"], methods=["GET", "POST"],
             parent="checkoff.sheet")
def write(list_id: int):
    """A draft about the differences, or about an answer that has not come, in the register of letters."""
    found = the_sheet(list_id, whole=True)
    row = union.the_union()
    lines = queries.lines_of(found.id)
    drafted = documents.letter(found, lines, queries.sums([found.id])[found.id], kind=row.union_kind if row else None)
    form = EmptyForm()
    if form.validate_on_submit():
        with form.catching():
            letter = outgoing.draft(drafted, by=current_user, belongs_to=checkoff.pointer(found), now=clock.now())
            flash(_("已存成公文草稿；看過再送核，發文時附上差異表。"), "success")
            return redirect(url_for("letters.letter", letter_id=letter.id))
    return page("checkoff/letter.html", title=found.employer.name, form=form, sheet=found, draft=drafted, period=period_of(found))
