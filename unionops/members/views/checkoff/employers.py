"""Employers that hold back dues: all of them with what waits, one with its lists and its history month by month, terms, consents."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_login import current_user

from unionops.core import clock
from unionops.core.i18n import _, _l, show_date, show_months
from unionops.core.pages import page
from unionops.core.union import queries as union
from unionops.members import checkoff_wording as words
from unionops.members.forms.checkoff import ConsentsForm, TermsForm
from unionops.members.models import CheckoffList
from unionops.members.queries import checkoff as queries
from unionops.members.queries.checkoff import Matrix, Sums
from unionops.members.rules import checkoff as rules
from unionops.members.rules.dues import months_on
from unionops.members.services import checkoff
from unionops.members.views.checkoff.area import MANAGE, READ, all_of_it, area, the_employer

SHOWN = 12
"""Months of the history on the employer's page."""
ROWS = 200
"""People of the history on the screen; the paper and the file hold all."""


@area.screen("/", title=_l("代扣會費"), **READ, menu=("扣", "Ck", 240))
def index():
    today = clock.today()
    found = queries.overview(today)
    sums = queries.sums([one.last.id for one in found if one.last], queries.people_of(current_user))
    rows = [SimpleNamespace(
        employer=one.employer, terms=one.terms, people=one.people, last=one.last, asks=one.asks, sums=sums.get(one.last.id) if one.last else None,
        state=state_of(one.last, one.asks, today) if one.last else ("off", _("還沒有名冊")),
    ) for one in found]
    return page("checkoff/index.html", rows=rows, figures=queries.figures(today), words=words, others=queries.without_terms(), today=today, spoken=period_of)


def state_of(sheet: CheckoffList, asks: int, today: date) -> tuple[str, Any]:
    """(sign, word) of where a list stands."""
    if sheet.booked_on is not None:
        if asks:
            return "warn", _("已入帳，%(n)s 列待處理", n=asks)
        return ("ok", _("已入帳，匯款已核對")) if sheet.statement_line_id else ("ok", _("已入帳"))
    if sheet.returned_on is not None:
        return "soon", _("已回覆，待入帳")
    if sheet.due_on < today:
        return "stop", _("雇主逾期未回覆")
    return ("soon", _("等待回覆")) if sheet.sent_on else ("soon", _("待送出"))


def period_of(sheet: CheckoffList) -> str:
    """115 年 2 月, for the screen."""
    return show_months(sheet.period_on, months_on(sheet.period_on, sheet.months - 1))


@area.screen("/employers/<int:employer_id>", title=_l("雇主代扣"), **READ, personal=True, parent="checkoff.index")
def employer(employer_id: int):
    """Terms, lists, and the history as evidence."""
    found = the_employer(employer_id)
    today, people = clock.today(), queries.people_of(current_user)
    lists = queries.lists_of(found.id)
    sums, asks = queries.sums([one.id for one in lists], people), queries.asking_counts([one.id for one in lists])
    first = first_month(lists, today)
    history = queries.matrix(found.id, first, SHOWN, people)
    row = union.the_union()
    nothing = Sums(0, 0, 0, 0, 0, 0)
    return page(
        "checkoff/employer.html", title=found.name, employer=found, terms=queries.terms_of(found.id), now=queries.terms_on(found.id, today), words=words,
        lists=[SimpleNamespace(sheet=one, sums=sums.get(one.id, nothing), state=state_of(one, asks.get(one.id, 0), today), period=period_of(one)) for one in lists],
        history=_shown(history), duty=rules.duty(row.union_kind if row else None), consents=_consent_counts(found.id, today, people), today=today,
        back=url_for(".employer", employer_id=found.id, until=months_on(first, -1).strftime("%Y-%m")),
        onward=url_for(".employer", employer_id=found.id, until=months_on(first, 2 * SHOWN - 1).strftime("%Y-%m")) if months_on(first, SHOWN) <= today else None,
    )


def first_month(lists: list[CheckoffList], today: date) -> date:
    """The first of the twelve months shown: those up to the one in the address, else up to the newest list."""
    asked = request.args.get("until", "")
    year, _dash, month = asked.partition("-")
    if len(asked) == 7 and asked.isascii() and year.isdigit() and month.isdigit() and 1912 <= int(year) <= 2200 and 1 <= int(month) <= 12:
        return months_on(date(int(year), int(month), 1), 1 - SHOWN)
    last = max([today.replace(day=1), *(months_on(one.period_on, one.months - 1) for one in lists)])
    return months_on(last, 1 - SHOWN)


def _shown(found: Matrix) -> SimpleNamespace:
    """The history with the sign of every cell: held back as asked, less, nothing, no answer yet."""
    def cell(one: queries.Month | None) -> tuple[str, str]:
        if one is None:
            return "", ""
        if one.received is None:
            return "soon", _("未回覆")
        if one.received == one.expected:
            return "ok", f"{one.received:,}"
        return ("warn", f"{one.received:,}") if one.received else ("stop", "0")

    bars = found
    found = found.without_empty_ends()
    months = [(show_date(one)[:-3], one) for one in found.months]
    return SimpleNamespace(
        months=months, count=len(found.rows), any=any(people for _m, people, *_rest in found.totals),
        bars=[(str(month.month), received, expected) for month, _people, _paid, expected, received in bars.totals],
        heads=[(str(month.month), paid, people) for month, people, paid, _expected, _received in bars.totals],
        rows=[SimpleNamespace(row=row, cells=[cell(one) for one in row.months]) for row in found.rows[:ROWS]],
    )


def _consent_counts(employer_id: int, today: date, people: Any) -> tuple[int, int]:
    """(people who work there, with a consent in force)."""
    found = queries.consent_lines(employer_id, today, people)
    return len(found), sum(1 for _who, out in found if out is None)


# --- terms and consents -----------------------------------------------------------------------------------------------


@area.screen("/employers/<int:employer_id>/terms/new", title=_l("登錄代扣約定"), **MANAGE, once=True, parent="checkoff.employer")
def add_terms(employer_id: int):
    return _terms(employer_id, None)


@area.screen("/employers/<int:employer_id>/terms/<int:terms_id>", title=_l("修改代扣約定"), **MANAGE, once=True, parent="checkoff.employer")
def edit_terms(employer_id: int, terms_id: int):
    return _terms(employer_id, terms_id)


def _terms(employer_id: int, terms_id: int | None) -> Any:
    all_of_it()
    found = the_employer(employer_id)
    terms = next((one for one in queries.terms_of(found.id) if one.id == terms_id), None)
    if terms is None and terms_id is not None:
        abort(404)
    form = TermsForm(data=TermsForm.shown(terms, clock.today()))
    if form.validate_on_submit():
        layout, problems = form.layout()
        for one in problems:
            form.refuse(one)
        if not problems:
            with form.catching():
                checkoff.set_terms(
                    found, terms, from_on=form.from_on.data, until_on=form.until_on.data, basis=form.basis.data, agreement=form.agreement.data or "",
                    months=form.months.data, hand_over_day=form.hand_over_day.data, email=form.email.data or "", layout=layout,
                )
                flash(_("已存 %(name)s 的代扣約定。", name=found.name), "success")
                return redirect(url_for(".employer", employer_id=found.id))
    row = union.the_union()
    return page("checkoff/terms.html", title=found.name, form=form, employer=found, terms=terms, duty=rules.duty(row.union_kind if row else None), handing=rules.HAND_OVER)


@area.screen("/employers/<int:employer_id>/consents", title=_l("代扣同意"), **MANAGE, once=True, personal=True, parent="checkoff.employer")
def consents(employer_id: int):
    """Who has agreed, and consents on paper written down for many at once."""
    found, today = the_employer(employer_id), clock.today()
    people = queries.consent_lines(found.id, today, queries.people_of(current_user, "checkoff.manage"))
    lacking = [(one.person_id, _("%(staff)s %(name)s", staff=one.staff_number or _("（無編號）"), name=one.name)) for one, out in people if out is not None]
    form = ConsentsForm(lacking, data={"given_on": today})
    if form.validate_on_submit():
        with form.catching():
            count = checkoff.record_consents(
                form.people.data, given_on=form.given_on.data, how=form.how.data, text_version=form.text_version.data or "", today=today,
            )
            flash(_("已登錄 %(count)s 人的代扣同意。", count=count), "success")
            return redirect(url_for(".consents", employer_id=found.id))
    rows = [SimpleNamespace(
        who=one, out=out, given=[(show_date(on), show_date(gone) if gone else "") for on, gone in sorted(one.consents)],
    ) for one, out in people]
    return page("checkoff/consents.html", title=found.name, form=form, employer=found, rows=rows, lacking=lacking, words=words)
