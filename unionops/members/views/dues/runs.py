"""Runs of bills: chosen, looked through, made at once or behind the page, mended after late changes, taken back while nothing is paid."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from types import SimpleNamespace
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_login import current_user

from unionops.core import clock
from unionops.core.audit import recording
from unionops.core.db import db
from unionops.core.documents import Column
from unionops.core.i18n import _, _l, listed, say, show_date
from unionops.core.pages import Paging, addresses, here, page
from unionops.core.transfer import exporting
from unionops.finance import queries as books
from unionops.members import queries as members
from unionops.members.collecting_wording import months_of
from unionops.members.forms.billing import KINDS, PERIODS, CorrectForm, RunForm, SeenForm, WhyForm, period_title
from unionops.members.models import BillDraft, BillRun, Charge, Scheme
from unionops.members.queries import bills
from unionops.members.queries import dues as queries
from unionops.members.queries.bills import RunFilter
from unionops.members.rules.dues import MENDABLE, AdjustmentKind, Period, SchemeKind, Skipped, months_on
from unionops.members.services.dues import correcting, drafts, running
from unionops.members.views.area import acting, of_everybody, sees_everybody
from unionops.members.views.dues.area import BILL, BOTH, SERVES, area
from unionops.values.problems import RuleBroken, problem
from unionops.values.refs import Ref

EXPORTED = recording.sentence("dues.run_exported", _l("匯出開單 %(title)s 的應收款 %(count)s 筆"))

SKIPPED = {
    Skipped.NOT_YET: _l("這一期還沒入會"), Skipped.LEFT: _l("這一期開始前已出會"), Skipped.OTHER_CLASS: _l("會員類別不在收費範圍"),
    Skipped.OTHER_UNIT: _l("單位不在收費範圍"), Skipped.NO_TERMS: _l("這一期還沒有收費標準"), Skipped.WAGE_UNKNOWN: _l("沒有登錄投保薪資"),
    Skipped.NO_ROW: _l("分級表沒有這一級"), Skipped.EXEMPT: _l("全額減免"), Skipped.NOTHING: _l("標準是 0 元"), Skipped.CHARGED: _l("已經開過"),
}
NEW, MEND, SAME = "new", "mend", "same"
NOT_BILLED = tuple(one.value for one in Skipped)
TO_MEND = tuple(one.value for one in Skipped if one in MENDABLE)
VIEWS: dict[str, tuple[str, ...]] = {"": (NEW,), "mend": (MEND,), "not": NOT_BILLED, "tomend": TO_MEND, "same": (SAME,)}


@area.screen("/runs", title=_l("開單"), permission="dues.read", **SERVES, parent="dues.desk")
def runs():
    query = bills.runs()
    paging = Paging(db.session.scalar(db.select(db.func.count()).select_from(BillRun)) or 0)
    titles = bills.scheme_titles()
    rows = [SimpleNamespace(run=run, who=who or "", what=listed(titles.get(one, "–") for one in run.schemes), url=url_for(".run", run_id=run.id))
            for run, who in db.session.execute(query.limit(paging.size).offset(paging.offset))]
    begun = [SimpleNamespace(draft=one, who=who or "", url=url_for(".draft", draft_id=one.id)) for one, who in bills.drafts()] if sees_everybody("dues.bill") else []
    return page("dues/runs.html", rows=rows, paging=paging, begun=begun, has_schemes=bool(titles), begins_on=books.begins_on())


@area.screen("/runs/new", title=_l("試算開單"), **BILL, methods=BOTH, once=True, parent="dues.runs")
def new_run():
    of_everybody()
    form, today = RunForm(), clock.today()
    usable = [one for one in bills.schemes() if (one.closed_on is None or one.closed_on > today) and one.terms and one.kind != SchemeKind.ENTRANCE]
    form.schemes.choices = [(str(one.id), _("%(title)s（%(kind)s）", title=one.title, kind=PERIODS[Period(one.period)])) for one in usable]
    form.period.choices = _periods(usable, today)
    if not usable:
        flash(_("要先有收費項目與標準才能開單。"), "warning")
        return redirect(url_for(".schemes"))
    if not form.is_submitted():
        form.schemes.data = [str(one.id) for one in usable if one.period == usable[0].period]
        form.period.data = _period_now(usable[0], today)
    if form.validate_on_submit():
        with form.catching():
            chosen = [one for one in usable if str(one.id) in form.schemes.data]
            if any(one.period != form.period_kind for one in chosen):
                raise RuleBroken(problem("schemes", "有項目的繳期和所選的期別不同，請分開開單。", code="different_periods"))
            draft = drafts.begin(
                [one.id for one in chosen], form.period_on, title=form.title.data or _title(chosen, form.period_on), due_on=form.due_on.data,
                user=current_user, today=today,
            )
            return redirect(_there(draft))
    return page("dues/new_run.html", form=form, begins_on=books.begins_on())


def _there(draft: BillDraft) -> str:
    if draft.reckoned_at is None and draft.task_id is not None:
        return url_for("jobs.task", task_id=draft.task_id)
    return url_for(".draft", draft_id=draft.id)


@area.screen("/runs/draft/<int:draft_id>", title=_l("開單預覽"), **BILL, parent="dues.runs", personal=True)
def draft(draft_id: int):
    row = _draft(draft_id)
    going = drafts.is_going(row)
    if row.reckoned_at is None:
        if going:
            return redirect(url_for("jobs.task", task_id=row.task_id))
        return page("dues/unreckoned.html", title=row.title, draft=row)
    view = request.args.get("view", "")
    verdicts = VIEWS.get(view, VIEWS[""])
    only = [int(one) for one in request.args.getlist("scheme") if one.isascii() and one.isdigit() and len(one) < 9]
    reasons = [one for one in request.args.getlist("reason") if one in verdicts]
    counts = bills.draft_verdicts(row)
    paging = Paging(bills.draft_count(row, reasons or verdicts, only))
    titles = bills.scheme_titles()
    lines = bills.draft_lines(row, verdicts=reasons or verdicts, schemes=only, offset=paging.offset, limit=paging.size)
    address, together = addresses("members.person", "person_id"), drafts.stays_together(row)
    tabs = [
        {"label": label, "url": here(view=word or None, page=None, reason=None), "count": sum(counts.get(one, 0) for one in VIEWS[word]), "current": view == word}
        for word, label in (("", _("要開的單")), ("mend", _("要補正")), ("not", _("不開單")), ("tomend", _("待補資料")), ("same", _("已開過，不變")))
    ]
    return page(
        "dues/draft.html", title=row.title, draft=row, going=going, figures=_figures(row), tabs_shown=tabs, paging=paging, view=view,
        lines=[
            SimpleNamespace(line=one, url=address(one.person_id), what=titles.get(one.scheme_id, "–"), said=_why(one, together.get((one.person_id, one.scheme_id), 1)))
            for one in lines
        ],
        by_scheme=_by_scheme(row, titles), by_unit=_by_unit(row), due_on=row.due_on, can_make=bool(row.counts["charged"] or row.counts["mended"]),
        facets=_facets(row, titles, only, [one for one in verdicts if view in ("not", "tomend") and counts.get(one)], reasons),
        to_mend=sum(counts.get(one, 0) for one in TO_MEND), keep=[("view", view)] if view else [],
    )


def _why(line: Any, stays: int) -> str:
    """Why this amount, or none, in a line; ``stays`` of the person are charged together."""
    if line.verdict in NOT_BILLED:
        return str(SKIPPED[Skipped(line.verdict)]) + (f"：{line.reason}" if line.reason else "")
    parts = []
    if line.verdict == MEND:
        parts.append(_("原開 %(before)s 元", before=f"{line.before:,}"))
    if line.months:
        parts.append(_("會籍有中斷，%(stays)s 段合計 %(n)s 個月", stays=stays, n=line.months) if stays > 1 else _("%(n)s 個月", n=line.months))
    if line.reduced:
        parts.append(_("減免 %(amount)s 元（%(reason)s）", amount=f"{line.reduced:,}", reason=line.reason))
    return listed(parts)


def _figures(row: BillDraft) -> list[dict[str, Any]]:
    counts = row.counts
    before = sum(amount for _scheme, _count, amount in counts["before"])
    figures = [
        {"label": _("要開的單"), "value": f"{counts['charged']:,}", "unit": _("筆")}, {"label": _("金額"), "value": f"{counts['amount']:,}", "unit": _("元"),
         "note": _("上一期 %(amount)s 元", amount=f"{before:,}") if before else None},
        {"label": _("要補正"), "value": f"{counts['mended']:,}", "unit": _("筆"), "note": _("增減 %(amount)s 元", amount=f"{counts['change']:+,}") if counts["mended"] else None},
        {"label": _("不開單"), "value": f"{sum(counts['skipped'].values()):,}", "unit": _("筆")},
    ]
    if counts.get("reduced"):
        figures.append({"label": _("減免"), "value": f"{counts['reduced']:,}", "unit": _("元")})
    return figures


def _by_scheme(row: BillDraft, titles: dict[int, str]) -> list[SimpleNamespace]:
    before = {scheme: (count, amount) for scheme, count, amount in row.counts["before"]}
    found = {scheme: (count, amount) for scheme, count, amount in row.counts["schemes"]}
    return [
        SimpleNamespace(title=titles.get(one, "–"), count=found.get(one, (0, 0))[0], amount=found.get(one, (0, 0))[1], before=before.get(one, (None, None))[1],
                        before_count=before.get(one, (None, None))[0])
        for one in row.schemes
    ]


def _by_unit(row: BillDraft) -> list[SimpleNamespace]:
    found = {unit: (count, amount) for unit, count, amount in row.counts["units"]}
    named: list[tuple[int | None, str]] = [(unit.id, unit.name) for unit, _depth in members.unit_tree()]
    return [SimpleNamespace(title=name, count=found[unit][0], amount=found[unit][1]) for unit, name in [*named, (None, _("（沒有單位）"))] if unit in found]


def _facets(row: BillDraft, titles: dict[int, str], only: list[int], reasons: Sequence[str], chosen: Sequence[str]) -> list[dict[str, Any]]:
    facets: list[dict[str, Any]] = []
    if len(row.schemes) > 1:
        facets.append({"label": _("項目"), "name": "scheme", "options": [(one, titles.get(one, "–"), one in only) for one in row.schemes]})
    if reasons:
        facets.append({"label": _("原因"), "name": "reason", "options": [(one, SKIPPED[Skipped(one)], one in chosen) for one in reasons]})
    return facets


@area.screen("/runs/draft/<int:draft_id>/again", title=_l("重新試算"), **BILL, methods=["POST"], parent="dues.draft")
def reckon_again(draft_id: int):
    row = _draft(draft_id)
    if not drafts.is_going(row):
        row.reckoned_at = None
        drafts.reckon_again(row, current_user)
    return redirect(_there(row))


@area.screen("/runs/draft/<int:draft_id>/make", title=_l("確定開單"), **BILL, methods=BOTH, once=True, parent="dues.draft")
def make_run(draft_id: int):
    row, today = _draft(draft_id), clock.today()
    if row.reckoned_at is None or drafts.is_going(row):
        return redirect(_there(row))
    form = SeenForm()
    if form.validate_on_submit():
        with form.catching():
            drafts.must_be_seen(row, form.seen.data or "")
            if drafts.is_large():
                return redirect(url_for("jobs.task", task_id=drafts.make_later(row, current_user, today=today).id))
            made = drafts.make(row, today=today)
            drafts.drop(row)
            flash(_("已開單 %(count)s 筆，共 %(amount)s 元。", count=f"{made.counts['charged']:,}", amount=f"{made.counts['amount']:,}"), "success")
            return redirect(url_for(".run", run_id=made.id))
    if request.method == "GET":
        form.seen.data = drafts.mark(row)
    return page("dues/make_run.html", title=row.title, form=form, draft=row, counts=row.counts, in_background=drafts.is_large())


@area.screen("/runs/draft/<int:draft_id>/drop", title=_l("放棄試算"), **BILL, methods=["POST"], parent="dues.draft")
def drop_draft(draft_id: int):
    row = _draft(draft_id)
    if drafts.is_going(row):
        flash(_("正在背景進行，請先停止。"), "warning")
        return redirect(_there(row))
    drafts.drop(row)
    flash(_("已放棄，什麼都沒有開。"), "success")
    return redirect(url_for(".runs"))


@area.screen("/runs/<int:run_id>", title=_l("開單批次"), permission="dues.read", **SERVES, parent="dues.runs", personal=True)
def run(run_id: int):
    row = the_run(run_id)
    wanted = _asked()
    paging = Paging(bills.run_count(row, wanted, acting()))
    lines = bills.run_charges(row, wanted, acting(), offset=paging.offset, limit=paging.size)
    asked, left = bills.run_sums(row)
    titles = bills.scheme_titles()
    address = addresses("dues.account", "person_id")
    tabs = [{"label": label, "url": here(state=word or None, page=None), "current": wanted.state == word}
            for word, label in (("", _("全部")), ("open", _("未繳清")), ("paid", _("已繳清")), ("changed", _("有更正")))]
    skipped = [(SKIPPED[Skipped(word)], count) for word, count in row.counts.get("skipped", {}).items()]
    return page(
        "dues/run.html", title=row.title, run=row, lines=[SimpleNamespace(line=one, url=address(one.person_id)) for one in lines], paging=paging, tabs_shown=tabs,
        wanted=wanted, asked=asked, left=left, what=listed(titles.get(one, "–") for one in row.schemes), skipped=skipped,
        vouchers=books.vouchers_of(Ref("bill_run", row.id)), mended=bills.changes_of_run(row), period=_period_of(row),
        facets=[{"label": _("項目"), "name": "scheme", "options": [(one, titles.get(one, "–"), one in wanted.schemes) for one in row.schemes]}] if len(row.schemes) > 1 else [],
        keep=[("state", wanted.state)] if wanted.state else [], formats=exporting.FORMATS,
        export_query="?" + request.query_string.decode() if request.query_string else "",
    )


@area.screen("/runs/<int:run_id>/export.<fmt>", title=_l("匯出開單明細"), permission="dues.read", **SERVES, methods=["POST"], parent="dues.run", personal=True, exact=True)
def export_run(run_id: int, fmt: str):
    if fmt not in exporting.FORMATS:
        abort(404)
    row, wanted = the_run(run_id), _asked()
    count = bills.run_count(row, wanted, acting())
    recording.describe(EXPORTED, row, title=row.title, count=count)
    columns = [Column(str(title), kind=kind) for title, kind in (
        (_l("會員編號"), "text"), (_l("姓名"), "text"), (_l("項目"), "text"), (_l("繳款期限"), "date"), (_l("開單金額"), "money"), (_l("應收金額"), "money"),
        (_l("未繳金額"), "money"), (_l("說明"), "text"),
    )]
    batches = (
        [[one.number or "" for one in some], [one.name for one in some], [one.text for one in some], [one.due_on for one in some], [one.charged for one in some],
         [one.amount for one in some], [one.open for one in some], [one.why for one in some]]
        for some in bills.run_in_batches(row, wanted, acting())
    )
    return exporting.file_response(columns, batches, fmt, name=row.title.replace("/", "-"))


@area.screen("/runs/<int:run_id>/mend", title=_l("補正"), **BILL, methods=["POST"], parent="dues.run")
def mend_run(run_id: int):
    """Reckons the same schemes for the same period again, by the facts as they are now."""
    of_everybody()
    row = the_run(run_id)
    try:
        made = drafts.begin(row.schemes, row.period_on, title=_("%(title)s 補正", title=row.title)[:80], due_on=None, user=current_user, today=clock.today())
    except RuleBroken as refusal:
        return _refused(refusal, ".run", run_id=run_id)
    return redirect(_there(made))


@area.screen("/runs/<int:run_id>/take-back", title=_l("撤銷開單"), **BILL, methods=BOTH, once=True, fresh=True, parent="dues.run")
def take_back_run(run_id: int):
    of_everybody()
    row, form = the_run(run_id), WhyForm()
    if form.validate_on_submit():
        with form.catching():
            running.take_back(row, why=form.why.data or "", today=clock.today())
            flash(_("已撤銷開單「%(title)s」；要再開，請重新試算。", title=row.title), "success")
            return redirect(url_for(".run", run_id=run_id))
    asked, left = bills.run_sums(row)
    if left < asked:
        flash(_("已經有收款 %(amount)s 元，要先沖回收款才能撤銷。", amount=f"{asked - left:,}"), "warning")
        return redirect(url_for(".run", run_id=run_id, state="paid"))
    return page(
        "dues/confirm.html", title=_("撤銷開單「%(title)s」", title=row.title), form=form, verb=_("撤銷 %(count)s 筆", count=f"{row.counts['charged']:,}"),
        back_to=url_for(".run", run_id=run_id), change=_("%(amount)s 元的應收款全部沖銷，傳票一併沖回", amount=f"{asked:,}"), fields=["why"],
        unchanged=_("原來的開單與理由留作紀錄"), undo=_("可以重新試算再開一次"),
    )


@area.screen("/charges/<int:charge_id>/correct", title=_l("更正應收款"), **BILL, methods=BOTH, once=True, parent="dues.runs", personal=True)
def correct_charge(charge_id: int):
    charge: Charge = db.session.get(Charge, charge_id) or abort(404)
    person = members.person_for(acting(), charge.person_id)
    recording.subject(person)
    form, now = CorrectForm(), correcting.amount_of(charge)
    back = url_for(".account", person_id=person.id)
    if form.validate_on_submit():
        with form.catching():
            correcting.correct(
                charge, to=form.to.data, kind=AdjustmentKind(form.kind.data), why=form.why.data or "", resolution=form.resolution.data or "",
                today=clock.today(), seen=int(form.seen.data) if form.seen.data and form.seen.data.isascii() and form.seen.data.isdigit() else None,
            )
            flash(_("已更正 %(name)s 的%(text)s。", name=person.name, text=charge.text), "success")
            return redirect(back)
    if request.method == "GET":
        form.seen.data = str(now)
    opened = next((one.open for one in queries.items_of([person.id]).get(person.id, []) if one.id == charge.id), 0)
    return page("dues/correct.html", title=_("更正%(name)s的應收款", name=person.name), form=form, charge=charge, now=now, paid=now - opened, back_to=back,
                kind=KINDS[SchemeKind(charge.kind)], period=months_of(SchemeKind(charge.kind), charge.period_on, charge.months))


# --- inside -----------------------------------------------------------------------------------------------------------


def _draft(draft_id: int) -> BillDraft:
    of_everybody()
    row: BillDraft = bills.draft(draft_id) or abort(404)
    return row


def the_run(run_id: int) -> BillRun:
    """The run of this address, or 404."""
    row: BillRun = db.session.get(BillRun, run_id) or abort(404)
    recording.subject(row)
    return row


def _asked() -> RunFilter:
    given = request.args
    state = given.get("state", "")
    return RunFilter(given.get("q", "")[:60], state if state in ("open", "paid", "changed") else "",
                     tuple(int(one) for one in given.getlist("scheme") if one.isascii() and one.isdigit() and len(one) < 9))


def _refused(refusal: RuleBroken, endpoint: str, **arguments: Any) -> Any:
    flash(" ".join(say(one) for one in refusal.problems), "error")
    return redirect(url_for(endpoint, **arguments))


def _periods(usable: Sequence[Scheme], today: date) -> list[tuple[str, str]]:
    """Every period that somebody may want to bill: a year back, and the next two. Money owed once is billed for the day from which it was
    decided: however often it is run, everybody owes it once."""
    found = []
    for one in usable:
        if one.period == Period.ONCE:
            found += [(f"once:{terms.valid_from:%Y-%m-%d}", _("%(title)s，%(day)s 起", title=one.title, day=show_date(terms.valid_from)))
                      for terms in reversed(one.terms) if terms.valid_from <= today]
    for period in dict.fromkeys(Period(one.period) for one in usable if one.period != Period.ONCE):
        now = period.begins(today)
        for step in range(2, -max(12 // period.months, 1) - 1, -1):
            first = months_on(now, step * period.months)
            found.append((f"{period}:{first:%Y-%m-%d}", period_title(period, first)))
    return list(dict(found).items())


def _period_now(one: Scheme, today: date) -> str:
    first = Period(one.period).begins(today) if one.period != Period.ONCE else one.terms[-1].valid_from
    return f"{one.period}:{first:%Y-%m-%d}"


def _title(chosen: Sequence[Scheme], period_on: date) -> str:
    what = listed(one.title for one in chosen)
    return f"{period_title(Period(chosen[0].period), period_on)} {what}"[:80] if chosen else ""


def _period_of(row: BillRun) -> str:
    kinds = {0: Period.ONCE, 1: Period.MONTH, 3: Period.QUARTER, 6: Period.HALF, 12: Period.YEAR}
    return period_title(kinds.get(row.months, Period.ONCE), row.period_on)
