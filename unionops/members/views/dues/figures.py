"""Dues in figures: how collection goes, the month as a report that ties with the ledger, what a federation gets. Only sums."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from types import SimpleNamespace
from typing import Any

from flask import abort, request

from unionops.core import clock
from unionops.core.audit import recording
from unionops.core.documents import serving
from unionops.core.i18n import _, _l, show_date, show_month
from unionops.core.pages import page
from unionops.core.union import queries as union
from unionops.law.dues import federation as share
from unionops.law.dues import federation_by_heads
from unionops.members.collecting_wording import CHANNELS
from unionops.members.documents import arrears as documents
from unionops.members.forms.arrears import FederationForm
from unionops.members.queries import arrears
from unionops.members.queries import figures as sums
from unionops.members.rules.dues import SchemeKind, months_on
from unionops.members.views.dues.area import SERVES, area
from unionops.values.money import ntd

FIGURES: dict[str, Any] = {"permission": "dues.figures", **SERVES}
KINDS = {
    SchemeKind.ENTRANCE: _l("入會費"), SchemeKind.REGULAR: _l("經常會費"), SchemeKind.LEVY: _l("特別會費"), SchemeKind.MUTUAL: _l("互助金"), SchemeKind.AGENCY: _l("代收款"),
}
PICTURED, SHORT = 5, 4
"""Employers in the picture, and so many letters of each name: they stand beside each other."""
FORMATS = {"pdf": "PDF", "ods": _l("試算表 ODS"), "xlsx": "Excel"}
PRINTED = recording.sentence("dues.report_printed", _l("製作 %(month)s 會費收入月報（%(fmt)s）"))


class _Everybody:
    """Sums are of the whole union, whoever looks: no name stands in them."""

    def can(self, _permission: str) -> bool:
        return True

    def scopes(self, _permission: str) -> None:
        return None


@area.screen("/figures", title=_l("會費統計"), **FIGURES, menu=("計", "Fi", 225))
def figures():
    today = clock.today()
    table = sums.months(today)
    behind = arrears.behind(_Everybody(), today)
    ages = [(name.replace("-", "–").replace("12+", "> 12"), amount) for name, amount in arrears.ages_in_all(behind).items()]
    year = (date(today.year, 1, 1), today)
    came = sums.channels(*year)
    firms = [SimpleNamespace(name=one.name, people=one.people, charged=one.charged, paid=one.paid, rate=_rate(one.paid, one.charged)) for one in sums.employers(*year)]
    charged, received = sum(one.charged for one in table), sum(one.received for one in table)
    return page(
        "dues/figures.html", today=today, months=[(_month(one.first), one.received, one.charged) for one in table],
        ages=ages, ages_total=sum(amount for _name, amount in ages), behind=len(behind), firms=firms, firms_picture=_largest(firms),
        channels=[(CHANNELS.get(name, name), one.count, one.amount, one.back, one.net) for name, one in came.items()],
        figures=[
            {"label": _("近 12 個月應收"), "value": f"{charged:,}", "unit": _("元")}, {"label": _("近 12 個月實收"), "value": f"{received:,}", "unit": _("元")},
            {"label": _("現在未繳"), "value": f"{table[-1].open:,}", "unit": _("元")}, {"label": _("逾期人數"), "value": f"{len(behind):,}", "unit": _("人")},
        ],
        table_rows=[SimpleNamespace(word=show_date(one.first)[:-3], month=_word(one.first), charged=one.charged, received=one.received, open=one.open) for one in reversed(table)],
    )


def _largest(firms: Sequence[Any]) -> list[tuple[str, int, int]]:
    """(short name, NT$ paid, NT$ charged) of the employers that most is charged at: as many as a picture has room for."""
    most = sorted((one for one in firms if one.charged > 0 and one.name), key=lambda one: -one.charged)[:PICTURED]
    return [(one.name if len(one.name) <= SHORT else f"{one.name[: SHORT - 1]}…", one.paid, one.charged) for one in most]


def _month(first: date) -> str:
    return str(first.month)


def _rate(part: int, whole: int) -> str:
    return f"{part * 100 // whole}%" if whole > 0 else "–"


# --- the month --------------------------------------------------------------------------------------------------------


@area.screen("/report", title=_l("會費收入月報"), **FIGURES, parent="dues.figures")
def report():
    first, shown = _asked()
    moved, came, lines, rest = shown
    brought = sums.brought(*sums.month_ends(first))
    today = clock.today()
    return page(
        "dues/report.html", first=first, title=_("%(month)s會費收入月報", month=show_month(first)), total=sum(moved.values(), sums.Movement()),
        rows=[SimpleNamespace(title=KINDS[kind], move=one) for kind, one in moved.items()],
        channels=[SimpleNamespace(title=CHANNELS.get(name, name), came=one) for name, one in came.items()], net=sum(one.net for one in came.values()), lines=lines, rest=rest, brought=brought,
        differs=any(one.difference for one in lines), before=_word(months_on(first, -1)), after=_word(months_on(first, 1)) if months_on(first, 1) <= today else None,
        month=_word(first), formats=FORMATS,
    )


@area.screen("/report/<month>.<fmt>", title=_l("會費收入月報檔案"), **FIGURES, parent="dues.report", exact=True)
def report_file(month: str, fmt: str):
    first = _read(month)
    if first is None or fmt not in FORMATS:
        abort(404)
    today = clock.today()
    made = documents.monthly_report(first, *_figures_of(first), sums.brought(*sums.month_ends(first)), today)
    name = f"{_('會費收入月報')}-{month}"
    recording.event_happened(PRINTED, month=f"{first.year - 1911}/{first.month:02}", fmt=fmt.upper())
    return serving.send(serving.made(made, fmt), name)


def _asked() -> tuple[date, Any]:
    """The month of the address, or the last one that is over."""
    first = _read(request.args.get("month", "")) or months_on(clock.today(), -1)
    return first, _figures_of(first)


def _figures_of(first: date) -> Any:
    """What moved, what came, the ledger beside it, what pays nothing yet."""
    days = sums.month_ends(first)
    moved = sums.movements(*days)
    return moved, sums.channels(*days), sums.reconciled(moved, days[1]), sums.unplaced(days[1])


def _word(first: date) -> str:
    return f"{first.year - 1911}{first.month:02}"


def _read(text: str) -> date | None:
    """The first of a month written 11509; None for what is none, or has not begun."""
    if not (text.isascii() and text.isdigit() and 4 <= len(text) <= 5 and 1 <= int(text[-2:]) <= 12 and int(text[:-2]) >= 1):
        return None
    first = date(int(text[:-2]) + 1911, int(text[-2:]), 1)
    return first if first <= clock.today() else None


# --- the federation ---------------------------------------------------------------------------------------------------


@area.screen("/federation", title=_l("上級工會會費"), **FIGURES, parent="dues.figures")
def federation():
    """What the union pays its federation of what its members paid in a year (UA-28-fed)."""
    today = clock.today()
    form = FederationForm(request.args if "year" in request.args else None, data={"year": today.year - 1912})
    valid = form.validate() if "year" in request.args else True
    answer, rows = None, []
    if valid:
        first, last = form.days
        paid = sums.members_paid(first, last)
        least, most, basis = share(paid)
        members = form.members.data if form.members.data is not None else union.member_count(min(last, today))
        answer = SimpleNamespace(basis=basis, year=form.year.data)
        rows = [
            (_("會員實繳經常會費"), _("%(amount)s 元", amount=ntd(paid))), (_("應繳上級工會"), _("%(least)s 至 %(most)s 元", least=ntd(least), most=ntd(most))),
            (_("申報會員人數"), _("%(n)s 人", n=ntd(members)) if members is not None else "–"),
        ]
        if members and form.rate.data is not None:
            asked = federation_by_heads(members, form.rate.data, paid)
            answer.basis = asked.basis
            said = {-1: _("低於下限"), 0: _("在法定範圍內"), 1: _("高於上限")}[asked.lies]
            rows.append((_("照申報人數應繳"), _("%(n)s 人 × %(rate)s 元 = %(amount)s 元，%(said)s", n=ntd(members), rate=ntd(form.rate.data), amount=ntd(asked.amount), said=said)))
        elif members:
            rows.append((_("每人平均"), _("%(least)s 至 %(most)s 元", least=f"{least / members:,.1f}", most=f"{most / members:,.1f}")))
    return page("dues/federation.html", form=form, answer=answer, answer_rows=rows)
