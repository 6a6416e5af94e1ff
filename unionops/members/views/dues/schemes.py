"""What members owe and by what decision: the schemes of dues, their dated terms held against the floors of the Act, numbers on bills."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

from flask import abort, flash, redirect, request, url_for

from unionops.core import clock
from unionops.core.audit import recording
from unionops.core.db import db
from unionops.core.i18n import _, _l, listed
from unionops.core.legal import queries as legal
from unionops.core.pages import page
from unionops.core.union import queries as union
from unionops.members import queries as members
from unionops.members.forms.billing import (
    KINDS,
    NUMBERING_KINDS,
    PERIODS,
    PRORATES,
    DayForm,
    NumberingForm,
    PresetForm,
    SchemeForm,
    TermsForm,
    percent_of,
)
from unionops.members.listing import CLASSES
from unionops.members.models import Scheme, SchemeTerms
from unionops.members.queries import billing, bills
from unionops.members.queries import dues as queries
from unionops.members.rules.dues import AmountBasis, Period, Prorate, SchemeKind, Terms
from unionops.members.rules.payment_numbers import numbering
from unionops.members.rules.schemes import Shortfall, shortfall
from unionops.members.services.dues import schemes as services
from unionops.members.views.area import of_everybody
from unionops.members.views.dues.area import BILL, BOTH, SERVES, area


@area.screen("/schemes", title=_l("收費項目"), permission="dues.read", **SERVES, parent="dues.runs")
def schemes():
    today = clock.today()
    found = bills.schemes()
    charter = union.charter(today)
    return page(
        "dues/schemes.html", rows=[_line(one, today) for one in found], charter=[charter["charter.entrance_fee"], charter["charter.dues_monthly"]],
        order=[one.title for one in found if one.closed_on is None],
    )


@area.screen("/schemes/preset", title=_l("照章程建立收費項目"), **BILL, methods=BOTH, once=True, parent="dues.schemes")
def preset_schemes():
    of_everybody()
    form = PresetForm()
    today = clock.today()
    if form.validate_on_submit():
        with form.catching():
            made = services.preset(Period(form.period.data), today=today)
            flash(_("已建立：%(titles)s。", titles=listed(one.title for one in made)), "success")
            return redirect(url_for(".schemes"))
    charter = union.charter(today)
    return page("dues/preset.html", form=form, charter=[charter[f"charter.{key}"] for key in ("entrance_fee", "dues_monthly", "dues_monthly_rate")])


@area.screen("/schemes/new", title=_l("新增收費項目"), **BILL, methods=BOTH, once=True, parent="dues.schemes")
def add_scheme():
    of_everybody()
    form = SchemeForm()
    if form.validate_on_submit():
        with form.catching():
            made = services.add_scheme(form.about)
            flash(_("已新增「%(title)s」，接著訂收費標準。", title=made.title), "success")
            return redirect(url_for(".add_terms", scheme_id=made.id))
    return page("dues/form.html", title=_("新增收費項目"), form=form, submit=_("新增，接著訂標準"), back_to=url_for(".schemes"))


@area.screen("/schemes/<int:scheme_id>", title=_l("收費項目"), permission="dues.read", **SERVES, parent="dues.schemes")
def scheme(scheme_id: int):
    row, today = _row(scheme_id), clock.today()
    until = services.used_until(row)
    now = bills.terms_now(row, today)
    lines = [
        SimpleNamespace(terms=one, said=_said(one), decided=listed(filter(None, [one.clause, one.resolution])), current=one is now,
                        removable=until is None or one.valid_from > until)
        for one in reversed(row.terms)
    ]
    return page(
        "dues/scheme.html", title=row.title, scheme=row, lines=lines, short=_shortfall(row, queries.terms_of(now)) if now else None, used_until=until,
        kind=KINDS[SchemeKind(row.kind)], period=PERIODS[Period(row.period)], prorate=PRORATES[Prorate(row.prorate)], who=_who(row), due=_due(row),
    )


@area.screen("/schemes/<int:scheme_id>/edit", title=_l("修改收費項目"), **BILL, methods=BOTH, once=True, parent="dues.scheme")
def edit_scheme(scheme_id: int):
    of_everybody()
    row = _row(scheme_id)
    form = SchemeForm.of(row)
    if form.validate_on_submit():
        with form.catching():
            services.change_scheme(row, form.about)
            flash(_("已修改「%(title)s」；已經開出的單不變。", title=row.title), "success")
            return redirect(url_for(".scheme", scheme_id=scheme_id))
    return page("dues/form.html", title=_("修改「%(title)s」", title=row.title), form=form, submit=_("存檔"), back_to=url_for(".scheme", scheme_id=scheme_id))


@area.screen("/schemes/<int:scheme_id>/terms", title=_l("新的收費標準"), **BILL, methods=BOTH, parent="dues.scheme")
def add_terms(scheme_id: int):
    of_everybody()
    row = _row(scheme_id)
    form = TermsForm()
    short: Shortfall | None = None
    if form.validate_on_submit():
        with form.catching():
            terms = form.terms
            short = _shortfall(row, terms)
            if "check" not in request.form:
                services.add_terms(row, terms, clause=form.clause.data or "", resolution=form.resolution.data or "", rate_text=form.rate.data or "")
                _tell_shortfall(short)
                flash(_("已訂定 %(title)s 的收費標準。", title=row.title), "success")
                return redirect(url_for(".scheme", scheme_id=scheme_id))
    return page(
        "dues/terms.html", title=_("「%(title)s」的新標準", title=row.title), form=form, scheme=row, short=short, used_until=services.used_until(row),
        is_once=row.period == Period.ONCE,
    )


@area.screen("/schemes/terms/<int:terms_id>/remove", title=_l("移除收費標準"), **BILL, methods=BOTH, parent="dues.schemes")
def remove_terms(terms_id: int):
    of_everybody()
    row: SchemeTerms = db.session.get(SchemeTerms, terms_id) or abort(404)
    recording.subject(row.scheme)
    form = DayForm(data={"on": row.valid_from})
    back = url_for(".scheme", scheme_id=row.scheme_id)
    if form.validate_on_submit():
        with form.catching():
            services.remove_terms(row)
            flash(_("已移除。"), "success")
            return redirect(back)
    return page("dues/confirm.html", title=_("移除「%(title)s」的收費標準", title=row.scheme.title), form=form, verb=_("移除這個標準"), back_to=back,
                change=_said(row), unchanged=_("已經開出的單不受影響"), fields=[])


@area.screen("/schemes/<int:scheme_id>/close", title=_l("停用收費項目"), **BILL, methods=BOTH, parent="dues.scheme")
def close_scheme(scheme_id: int):
    of_everybody()
    row = _row(scheme_id)
    form = DayForm(data={"on": clock.today()})
    back = url_for(".scheme", scheme_id=scheme_id)
    if form.validate_on_submit():
        with form.catching():
            services.close(row, on=form.on.data, today=clock.today())
            flash(_("已停用「%(title)s」。", title=row.title), "success")
            return redirect(back)
    return page("dues/confirm.html", title=_("停用「%(title)s」", title=row.title), form=form, verb=_("停用這個項目"), back_to=back,
                change=_("從這一天起不再開單。"), unchanged=_("已經開出的單照舊收取"), fields=["on"])


# --- numbers on bills


@area.screen("/numbering", title=_l("繳款編號"), **BILL, parent="dues.schemes")
def numbering_list():
    of_everybody()
    today = clock.today()
    rows = [SimpleNamespace(row=one, kind=NUMBERING_KINDS[one.kind], example=numbering(one.pattern).number("1", today.replace(month=1, day=1)) or "–")
            for one in bills.numberings()]
    return page("dues/numbering.html", rows=rows)


@area.screen("/numbering/new", title=_l("新增繳款編號規則"), **BILL, methods=BOTH, once=True, parent="dues.numbering_list")
def add_numbering():
    of_everybody()
    form = NumberingForm()
    if form.validate_on_submit():
        with form.catching():
            services.add_numbering(form.kind.data, pattern=form.pattern.data or "", valid_from=form.valid_from.data, agreed_with=form.agreed_with.data or "")
            flash(_("已新增。新開的單會印上編號，對帳時也會照這個規則辨認。"), "success")
            return redirect(url_for(".numbering_list"))
    return page("dues/form.html", title=_("新增繳款編號規則"), form=form, submit=_("新增規則"), back_to=url_for(".numbering_list"))


# --- inside -----------------------------------------------------------------------------------------------------------


def _row(scheme_id: int) -> Scheme:
    row: Scheme = db.session.get(Scheme, scheme_id) or abort(404)
    recording.subject(row)
    return row


def _line(row: Scheme, today: date) -> SimpleNamespace:
    now = bills.terms_now(row, today)
    return SimpleNamespace(
        row=row, kind=KINDS[SchemeKind(row.kind)], period=PERIODS[Period(row.period)], who=_who(row), said=_said(now) if now else "",
        decided=listed(filter(None, [now.clause, now.resolution])) if now else "", url=url_for(".scheme", scheme_id=row.id),
        coming=next((one.valid_from for one in row.terms if one.valid_from > today), None), closed=row.closed_on is not None and row.closed_on <= today,
    )


def _who(row: Scheme) -> str:
    if not row.classes and not row.units:
        return _("全體會員")
    units = {unit.id: unit.name for unit, _depth in members.unit_tree()} if row.units else {}
    return listed([*(str(CLASSES.get(one, one)) for one in row.classes), *(units.get(one, "–") for one in row.units)])


def _due(row: Scheme) -> str:
    if row.period == Period.ONCE:
        return _("開單後 %(days)s 日內", days=row.due_day)
    day = _("月底") if row.due_day >= 31 else _("%(day)s 日", day=row.due_day)
    return day if row.period == Period.MONTH and row.due_month == 1 else _("第 %(month)s 個月的%(day)s", month=row.due_month, day=day)


def _said(row: SchemeTerms) -> str:
    """The terms in a line."""
    terms = queries.terms_of(row)
    unit = _("每月") if row.scheme.period != Period.ONCE else _("一次")
    match terms.basis:
        case AmountBasis.FIXED:
            return _("%(unit)s %(amount)s 元", unit=unit, amount=f"{terms.amount or 0:,}")
        case AmountBasis.SHARE:
            return _("月投保薪資的 %(rate)s", rate=percent_of(row.rate))
        case AmountBasis.TABLE:
            amounts = list((terms.table or {}).values())
            return _("依月投保薪資 %(count)s 級，%(unit)s %(low)s 到 %(high)s 元", count=len(amounts), unit=unit, low=f"{min(amounts):,}", high=f"{max(amounts):,}")
        case _:
            names = {unit.id: unit.name for unit, _depth in members.unit_tree()} if terms.basis is AmountBasis.UNIT else CLASSES
            return listed(_("%(who)s %(amount)s 元", who=names.get(key, key), amount=f"{amount:,}") for key, amount in (terms.table or {}).items())


def _shortfall(row: Scheme, terms: Terms) -> Shortfall:
    """How these terms stand to the floors of the Act, by the insured salaries of today's members."""
    today = clock.today()
    rule = queries.scheme_rules()[row.id]
    return shortfall(rule, terms, billing.payer_groups(today), law=legal.book().at(today))


def _tell_shortfall(short: Shortfall) -> None:
    if short.below:
        flash(_("提醒：依工資計算，有 %(count)s 人的金額低於工會法第 28 條的下限，最高的下限是 %(highest)s 元。",
                count=f"{short.below:,}", highest=f"{short.highest:,}"), "warning")
