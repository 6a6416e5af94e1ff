"""The list that goes out: previewed with who is left out and why, made, sent; and its page, on which its whole way is seen."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flask import flash, redirect, request, url_for
from flask_login import current_user

from unionops.core import clock
from unionops.core.attachments import queries as attachments
from unionops.core.attachments.registry import allows
from unionops.core.calendar import queries as calendar
from unionops.core.i18n import _, _l, say, show_date, show_month
from unionops.core.pages import page
from unionops.core.union import queries as union
from unionops.members import checkoff_wording as words
from unionops.members.documents import checkoff as documents
from unionops.members.forms.checkoff import DropForm, MailForm, MakeForm, PeriodForm, SendForm
from unionops.members.models import CheckoffLine, CheckoffList
from unionops.members.queries import checkoff as queries
from unionops.members.rules import checkoff as rules
from unionops.members.rules.dues import months_on
from unionops.members.services import checkoff
from unionops.members.views.checkoff.area import MANAGE, READ, all_of_it, area, the_employer, the_sheet
from unionops.members.views.checkoff.employers import period_of, state_of
from unionops.values.problems import Problem, RuleBroken

BACK, AHEAD = 12, checkoff.MONTHS_AHEAD
"""Months before and after this one for which a list is offered."""


@area.screen("/employers/<int:employer_id>/lists/new", title=_l("製作代扣名冊"), **MANAGE, once=True, personal=True, parent="checkoff.employer")
def make(employer_id: int):
    """Chooses a period (in the address), shows who would stand on the list and who not; the button makes it."""
    all_of_it()
    found, today = the_employer(employer_id), clock.today()
    months = [months_on(today, at) for at in range(AHEAD, -BACK - 1, -1)]
    terms = queries.terms_on(found.id, months[-1], months[0])
    if terms is not None and terms.months > 1:  # A list for a quarter begins with it.
        months = [one for one in months if (one.month - 1) % terms.months == 0]
    usual = next((one for one in months if one <= today and not queries.overlapping(found.id, one, 1)), months[0])
    chosen = next((one for one in months if one.strftime("%Y-%m") == request.args.get("period")), usual)
    carry = request.args.get("carry") == "y" or "period" not in request.args
    ask = PeriodForm([(one.strftime("%Y-%m"), _("%(month)s起", month=show_month(one))) for one in months],
                     formdata=None, data={"period": chosen.strftime("%Y-%m"), "carry": carry})
    form, wanted, problem = MakeForm(), [], None
    try:
        terms, wanted = checkoff.preview(found, chosen, carry=carry, today=today)
    except RuleBroken as refusal:
        problem = say(refusal.problems[0])
    if form.validate_on_submit():
        with form.catching():
            sheet = checkoff.make_list(found, chosen, carry=carry, by=current_user, today=today)
            flash(_("名冊已製作，共 %(count)s 人。", count=len(sheet.lines)), "success")
            return redirect(url_for(".sheet", list_id=sheet.id))
    asked = [one for one in wanted if one.left_out is None]
    out = [one for one in wanted if one.left_out is not None]
    return page(
        "checkoff/make.html", title=found.name, employer=found, ask=ask, form=form, problem=problem, asked=asked, out=out, words=words, terms=terms,
        mendable=rules.MENDABLE, total=sum(one.share.total for one in asked), carried=sum(one.share.carried for one in asked), chosen=chosen,
    )


GROUPS = {"all": _l("全部"), "differs": _l("不符"), "asks": _l("待處理"), "fine": _l("金額相符")}


@area.screen("/lists/<int:list_id>", title=_l("代扣名冊"), **READ, personal=True, parent="checkoff.employer")
def sheet(list_id: int):
    """One list on its whole way: made, sent, answered, booked, seen at the bank."""
    found, today = the_sheet(list_id), clock.today()
    people = queries.people_of(current_user)
    lines = queries.lines_of(found.id, people)
    asking = {one.id for one in queries.asking(current_user, found.id)}
    groups = {"all": lines, "differs": [one for one in lines if _differs(one)], "asks": [one for one in lines if one.id in asking],
              "fine": [one for one in lines if one.verdict and not _differs(one)]}
    group = request.args.get("show", "")
    if group not in groups:
        group = "differs" if found.returned_on is not None and groups["differs"] else "all"
    sums = queries.sums([found.id], people).get(found.id, queries.Sums(0, 0, 0, 0, 0, 0))
    return page(
        "checkoff/sheet.html", title=found.employer.name, sheet=found, period=period_of(found), sums=sums, stages=_stages(found), words=words, state=state_of(found, len(asking), today),
        rows=[SimpleNamespace(line=one, asks=one.id in asking, told=told(one)) for one in groups[group]], group=group,
        tabs=[(key, title, url_for(".sheet", list_id=found.id, show=key), len(groups[key])) for key, title in GROUPS.items()] if found.returned_on else [],
        actions=_actions(found, bool(groups["differs"])), notices=[say(Problem.of(one)) for one in found.notices], whole=people is None,
        pointer=checkoff.pointer(found), files=attachments.of_record(checkoff.pointer(found)) if people is None else [],
        may_attach=allows(queries.KIND, current_user, found), dues=calendar.of_record(checkoff.pointer(found), current_user) if people is None else [],
        left_out=_left_out(found) if people is None else [], today=today,
    )


def _differs(line: CheckoffLine) -> bool:
    return bool(line.verdict) and (line.verdict not in rules.FINE or bool(line.other_name))


def told(line: CheckoffLine) -> list[str]:
    """What else is to be said of a row, each in a line of its own."""
    parts = []
    if line.reason:
        parts.append(_("雇主說明：%(reason)s", reason=line.reason))
    if line.like:
        parts.append(_("同名的是 %(number)s", number=line.like) if line.person_id is None else _("回覆檔似寫成 %(number)s", number=line.like))
    if line.other_name:
        parts.append(_("回覆檔的姓名是「%(name)s」", name=line.other_name))
    if len(line.rows) > 1:
        parts.append(_("%(count)s 列：%(amounts)s", count=len(line.rows), amounts=" + ".join(f"{sum(each[1] for each in row[1]):,}" for row in line.rows)))
    parts += [_("金額欄寫「%(text)s」", text=row[2]) for row in line.rows if len(row) > 2 and row[2]]
    if line.decision:
        parts.append(f"{words.DECISIONS.get(line.decision, line.decision)}　{line.note}".strip())
    return parts


def _stages(found: CheckoffList) -> list[dict[str, Any]]:
    done = [
        (_("製作"), found.made_on), (_("送雇主"), found.sent_on), (_("雇主回覆"), found.returned_on), (_("入帳"), found.booked_on),
        (_("銀行核對"), found.booked_on if found.statement_line_id else None),
    ]
    now = next((place for place, (_label, day) in enumerate(done) if day is None and not any(later for _l, later in done[place:])), len(done))
    return [
        {"label": label, "note": show_date(day) if day and place < 4 else "", "state": "done" if day else "now" if place == now else "next"}
        for place, (label, day) in enumerate(done)
    ]


def _actions(found: CheckoffList, differs: bool) -> list[tuple[str, Any, str]]:
    """(address, words, kind) of what can be done now, the main one last."""
    this: dict[str, Any] = {"list_id": found.id}
    acts: list[tuple[str, Any]] = []
    if found.booked_on is not None:
        acts.append(("checkoff.take_back", _("撤回入帳")))
        if differs:
            acts.append(("checkoff.differences", _("差異表")))
            acts.append(("checkoff.write", _("函知雇主差異")))
    elif found.returned_on is not None:
        acts += [("checkoff.answer", _("改用更正的檔案")), ("checkoff.differences", _("差異表")), ("checkoff.write", _("函知雇主差異")), ("checkoff.book", _("入帳"))]
    else:
        acts.append(("checkoff.drop", _("刪除名冊")))
        if found.due_on < clock.today():
            acts.append(("checkoff.write", _("函催雇主")))
        acts += [("checkoff.mail", _("電子郵件寄出")), ("checkoff.send", _("登錄已送出"))] if found.terms.email else [("checkoff.send", _("登錄已送出"))]
        acts.append(("checkoff.answer", _("匯入回覆檔")))
    return [(url_for(endpoint, **this), text, "main" if place == len(acts) else "plain") for place, (endpoint, text) in enumerate(acts, 1)]


def _left_out(found: CheckoffList) -> list[tuple[str, Any, int]]:
    """(name, why, id) of those who work there and were not asked for."""
    names = queries.names_of([number for number, _why in found.left_out])
    return [(names.get(number, "–"), words.LEFT_OUT.get(why, why), number) for number, why in found.left_out]


@area.screen("/lists/<int:list_id>/send", title=_l("登錄送出名冊"), **MANAGE, parent="checkoff.sheet")
def send(list_id: int):
    found, today = the_sheet(list_id, whole=True), clock.today()
    form = SendForm(data={"sent_on": today})
    if form.validate_on_submit():
        with form.catching():
            checkoff.send(found, how=form.how.data, on=form.sent_on.data, today=today)
            flash(_("已登錄送出。"), "success")
            return redirect(url_for(".sheet", list_id=list_id))
    return page("checkoff/act.html", title=found.employer.name, form=form, submit=_("登錄已送出"), back=url_for(".sheet", list_id=list_id),
                heading=_("登錄送出 %(name)s %(period)s名冊", name=found.employer.name, period=period_of(found)))


@area.screen("/lists/<int:list_id>/mail", title=_l("寄出名冊"), **MANAGE, once=True, parent="checkoff.sheet")
def mail(list_id: int):
    found, today = the_sheet(list_id, whole=True), clock.today()
    period = rules.spoken(found.period_on, found.months)
    form = MailForm(data={
        "subject": f"{period}代扣會費名冊", "text": f"{found.employer.contact or '人資、薪資承辦'}您好：\n\n檢附{period}代扣會費名冊，共 {queries.sums([found.id])[found.id].people} 人。"
        f"請依名冊代扣，並於 {show_date(found.due_on)} 前交付及回覆實扣金額；未扣者請註明原因。\n\n{union.union_name()}",
    })
    if form.validate_on_submit():
        with form.catching():
            name = f"{documents.list_name(found)}.{form.fmt.data}"
            checkoff.mail(
                found, documents.list_file(found, queries.lines_of(found.id), form.fmt.data), name, subject=form.subject.data, text=form.text.data,
                by=current_user, today=today, now=clock.now(),
            )
            flash(_("名冊已放進寄件匣，寄給 %(address)s。", address=found.terms.email), "success")
            return redirect(url_for(".sheet", list_id=list_id))
    return page("checkoff/act.html", title=found.employer.name, form=form, submit=_("寄出"), back=url_for(".sheet", list_id=list_id),
                heading=_("寄出 %(name)s %(period)s名冊", name=found.employer.name, period=period_of(found)),
                note=_("寄到 %(address)s；附檔是雇主約定的欄位。", address=found.terms.email) if found.terms.email else _("代扣約定裡沒有電子郵件。"))


@area.screen("/lists/<int:list_id>/drop", title=_l("刪除代扣名冊"), **MANAGE, once=True, parent="checkoff.sheet")
def drop(list_id: int):
    found = the_sheet(list_id, whole=True)
    form = DropForm()
    if form.validate_on_submit():
        with form.catching():
            employer_id = found.employer_id
            checkoff.drop(found, why=form.why.data)
            flash(_("名冊已刪除。"), "success")
            return redirect(url_for(".employer", employer_id=employer_id))
    return page(
        "checkoff/confirm.html", title=found.employer.name, form=form, verb=_("刪除名冊"), back=url_for(".sheet", list_id=list_id),
        heading=_("刪除 %(name)s %(period)s名冊", name=found.employer.name, period=period_of(found)),
        will_change=_("這一期的名冊與各列刪除，可以重新製作。"), unchanged=_("會員的應收款不動。"),
        also=_("已經送給雇主的話，請另外通知雇主作廢。") if found.sent_on else None,
    )
