"""Screens of the law's figures: by date, each with its history, the published tables, and the working calendar."""

from __future__ import annotations

from flask import abort, flash, redirect, request, url_for
from flask_login import current_user

from unionops.core import clock
from unionops.core.i18n import _, _l
from unionops.core.legal import queries, services
from unionops.core.legal.forms import DayForm, ValueForm, YearForm
from unionops.core.pages import page
from unionops.core.quantities import show_quantity
from unionops.core.screens import Area
from unionops.law.calendar import FIRST_KNOWN, KNOWN_UNTIL
from unionops.law.parameters import Parameter, built_in
from unionops.values.problems import problem
from unionops.values.roc import EPOCH
from unionops.values.text import half_width

area = Area(
    "legal",
    title=_l("法規參數"),
    permissions={"legal.read": _l("檢視法規參數與行事曆"), "legal.confirm": _l("登錄並確認法規參數")},
)

TABLE_TITLES = {
    "li_grades": _l("勞工保險投保薪資分級表"),
    "nhi_grades": _l("全民健康保險投保金額分級表"),
    "oai_grades": _l("勞工職業災害保險投保薪資分級表"),
    "oai_industry_rates": _l("勞工職業災害保險適用行業別及費率表"),
    "disability_lump_sum_days": _l("失能一次金給付日數"),
    "old_age_claim_age": _l("老年給付請領年齡"),
}

COLUMN_TITLES = {
    "grade": _l("等級"),
    "wage_from": _l("月薪資自"),
    "wage_to": _l("月薪資至"),
    "insured_salary": _l("月投保薪資"),
    "member_ordinary_premium_60pct": _l("職業工會會員自付（普通事故）"),
    "income_from": _l("實際所得自"),
    "income_to": _l("實際所得至"),
    "insured_amount": _l("投保金額"),
    "cat2_self": _l("第二類自付：本人"),
    "cat2_plus1": _l("本人＋1 眷口"),
    "cat2_plus2": _l("本人＋2 眷口"),
    "cat2_plus3": _l("本人＋3 眷口"),
    "rate_code": _l("代碼"),
    "major_category": _l("大類"),
    "industry": _l("行業"),
    "industry_rate_pct": _l("行業別費率 %"),
    "commuting_rate_pct": _l("上下班費率 %"),
    "total_rate_pct": _l("合計 %"),
    "how_seen": _l("怎麼得知"),
    "li_ordinary_days": _l("勞保普通失能（日）"),
    "oai_occupational_days": _l("職災失能（日）"),
    "birth_year_from": _l("出生年自（西元）"),
    "birth_year_to": _l("出生年至（西元）"),
    "roc_birth_year": _l("出生年（民國）"),
    "normal_age": _l("請領年齡"),
    "earliest_reduced_age": _l("減給最早年齡"),
}


def shown(parameter: Parameter) -> str:
    """A value in words, its unit behind it."""
    return show_quantity(parameter.value, parameter.unit)


@area.screen("/parameters", title=_l("法規參數"), permission="legal.read", menu=("法", "La", 810))
def parameters():
    today = clock.today()
    form = DayForm(request.args or None, data={"on": today}, meta={"csrf": False})
    readable = not request.args or form.validate()
    day = (form.on.data if readable else None) or today
    return page(
        "legal/parameters.html", form=form, day=day, rows=queries.in_force(day, form.q.data or ""), total=len(built_in().keys),
        shown=shown,
    )


@area.screen("/parameters/<key>", title=_l("參數沿革"), permission="legal.read", parent="legal.parameters")
def parameter(key):
    history, today = _history(key), clock.today()
    known = queries.book()
    return page(
        "legal/parameter.html", title=history[-1].title, key=key, about=history[-1], history=history[::-1],
        now=known.entry_on(key, today), pending=known.at(today).pending(key), shown=shown,
    )


@area.screen(
    "/parameters/<key>/new", title=_l("登錄新值"), permission="legal.confirm", methods=["GET", "POST"], parent="legal.parameter",
    once=True,
)
def add_value(key):
    history = _history(key)
    form = ValueForm(data={"citation": history[-1].citation})
    if form.validate_on_submit():
        with form.catching():
            services.add_value(
                key=key, typed=form.value.data, valid_from=form.valid_from.data, source=form.source.data,
                citation=form.citation.data or "", confidence=form.confidence.data, confirmed_by=current_user,
                corrects=form.corrects.data,
            )
            flash(_("已登錄新值。"), "success")
            return redirect(url_for(".parameter", key=key))
    return page(
        "legal/add_value.html", form=form, key=key, about=history[-1], now=queries.book().entry_on(key, clock.today()), shown=shown
    )


def _history(key: str) -> tuple[Parameter, ...]:
    return queries.book().history(key) or abort(404)


@area.screen("/tables", title=_l("分級表與費率表"), permission="legal.read", task="T1.3", parent="legal.parameters")
def tables():
    today = clock.today()
    rows = [(name, title, queries.table_years(name, today)) for name, title in TABLE_TITLES.items()]
    return page("legal/tables.html", rows=rows)


@area.screen("/tables/<name>", title=_l("表"), permission="legal.read", task="T1.3", parent="legal.tables")
def table(name):
    today = clock.today()
    years = queries.table_years(name, today)
    wanted = request.args.get("year", "")
    year = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) == 4 else (today.year if today.year in years else None)
    if years and year is None:
        year = years[0]
    found = queries.table(name, year if years else None) or abort(404)
    columns = [
        {"key": column, "title": COLUMN_TITLES.get(column, column), "kind": "num" if _is_figures(found.rows, column) else "text",
         "p2": place > 4 or column in ("wage_from", "income_from")}  # On a phone the row before says where a grade begins.
        for place, column in enumerate(found.rows[0])
    ]
    return page("legal/table.html", title=TABLE_TITLES[name], name=name, year=year, years=years, found=found, columns=columns)


def _is_figures(rows, column):
    return all(row[column].replace(".", "", 1).isdigit() for row in rows if row[column])


@area.screen("/calendar", title=_l("工作日行事曆"), permission="legal.read", parent="legal.parameters")
def calendar():
    this_year = clock.today().year
    form = YearForm(request.args or None, data={"year": str(this_year)}, meta={"csrf": False})
    year = _year(form.year.data or "") if request.args else this_year
    if year is None:
        form.refuse(problem("year", "看不懂的年度，請填如 115 或 2026"))
    found = queries.working_year(year) if year else None
    return page(
        "legal/calendar.html", form=form, year=year, found=found, months=list(enumerate(found.working_days, 1)) if found else [],
        this_year=this_year, first=FIRST_KNOWN.year, last=KNOWN_UNTIL.year,
    )


def _year(typed: str) -> int | None:
    """A Christian year from four figures, one of the Republic from fewer; None for anything else."""
    text = half_width(typed).strip()
    if not (text.isascii() and text.isdigit() and 0 < len(text) <= 4) or int(text) == 0:
        return None
    year = int(text) if len(text) == 4 else int(text) + EPOCH
    return year if EPOCH < year < 9000 else None
