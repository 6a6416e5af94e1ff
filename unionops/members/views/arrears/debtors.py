"""Who is behind: the list with its ages, one person's arrears explained, the list as a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from types import SimpleNamespace
from typing import Any

from flask import abort, redirect, request, url_for

from unionops.core import clock
from unionops.core.audit import recording
from unionops.core.documents import Column
from unionops.core.i18n import _, _l
from unionops.core.pages import Paging, addresses, here, page
from unionops.core.screens import reachable
from unionops.core.transfer import exporting
from unionops.members import arrears_wording as words
from unionops.members import queries as members
from unionops.members.forms.arrears import whole
from unionops.members.queries import arrears as queries
from unionops.members.queries import dues
from unionops.members.queries.arrears import Behind, Filter
from unionops.members.rules.arrears import PlanState, Step
from unionops.members.views.area import acting
from unionops.members.views.arrears.area import READ, area
from unionops.values.money import ntd

EXPORTED = recording.sentence("arrears.exported", _l("匯出欠費名單，%(count)s 人"))
STANDINGS = {"": _l("全部"), "in": _l("在籍"), "left": _l("已出會")}


def asked() -> Filter:
    """What the address asks; parts that mean nothing are left out."""
    given = request.args
    age, standing, sort = given.get("age", ""), given.get("standing", ""), given.get("sort", "")
    ids = tuple(number for number in map(whole, given.getlist("ids")) if number is not None)
    return Filter(
        given.get("q", "")[:60], whole(given.get("unit")), whole(given.get("employer")), age if age in words.AGES else "",
        standing if standing in STANDINGS else "", sort if sort in queries.SORTS else "amount", ids[:1000],
    )


@area.screen("/", title=_l("欠費催繳"), **READ, menu=("催", "Ar", 250), personal=True)
def index():
    today, wanted = clock.today(), asked()
    found = queries.behind(acting(), today, wanted)
    paging = Paging(len(found))
    shown = found[paging.offset : paging.offset + paging.size]
    ages = queries.ages_in_all(found)
    return page(
        "arrears/index.html", rows=lines(shown), paging=paging, wanted=wanted, total=sum(one.amount for one in found), today=today,
        ages=[(words.AGES[name], amount, name) for name, amount in ages.items()], nobody=not found and wanted == Filter(), **filters(wanted),
        tabs_shown=tabs("arrears.index"), write_off=reachable("arrears.write_off_many"),
        query=[(name, value) for name, value in kept(wanted).items() if name != "ids"],
        export_query="?" + request.query_string.decode() if request.query_string else "",
    )


def lines(shown: Sequence[Behind]) -> list[SimpleNamespace]:
    """One page of debtors: who they are, what they owe, which step is due."""
    today = clock.today()
    who, due = queries.debtors([one.person_id for one in shown]), queries.steps_due(shown, today)
    address = addresses("arrears.person", "person_id")
    found = []
    for one in shown:
        told, step = who[one.person_id], due[one.person_id]
        sign, word = words.WHYS[step.why]
        found.append(SimpleNamespace(
            id=one.person_id, name=told.name, number=told.number, url=address(one.person_id), unit=told.unit, employer=told.employer, amount=one.amount, months=one.months,
            since=one.since, sign=sign, word=words.STEPS[step.step] if step.step else word, from_on=step.from_on,
            besides=words.besides(step),
        ))
    return found


def tabs(current: str) -> list[dict[str, Any]]:
    """The views of the area."""
    known = (("arrears.index", _("欠費名單")), ("arrears.steps", _("該辦的步驟")), ("arrears.runs", _("已寄發")), ("arrears.plans", _("分期協議")))
    return [{"label": label, "url": url_for(endpoint), "current": endpoint == current, "count": None} for endpoint, label in known]


def filters(wanted: Filter) -> dict[str, Any]:
    """Chips and choices of the filter bar."""
    units = {unit.id: unit.name for unit, _depth in members.unit_tree()}
    seen = members.visible_units(acting())
    if seen is not None:
        units = {number: name for number, name in units.items() if number in seen}
    employers = {one.id: one.name for one in members.employers()}
    given = (
        ("unit", units.get(wanted.unit or 0, "–"), wanted.unit is not None), ("employer", employers.get(wanted.employer or 0, "–"), wanted.employer is not None),
        ("age", words.AGES.get(wanted.age, ""), bool(wanted.age)), ("standing", STANDINGS.get(wanted.standing, ""), bool(wanted.standing)),
    )
    facets: list[dict[str, Any]] = [
        {"label": _("單位"), "name": "unit", "options": [(number, name, number == wanted.unit) for number, name in units.items()]},
        {"label": _("雇主"), "name": "employer", "options": [(number, name, number == wanted.employer) for number, name in employers.items()]},
        {"label": _("最久的欠費"), "name": "age", "options": [(name, label, name == wanted.age) for name, label in words.AGES.items()]},
        {"label": _("會籍"), "name": "standing", "options": [(word, label, word == wanted.standing) for word, label in STANDINGS.items() if word]},
    ]
    return {"chips": [(text, here(**{name: None, "page": None})) for name, text, on in given if on], "facets": [one for one in facets if one["options"]]}


def kept(wanted: Filter) -> dict[str, Any]:
    """The filter as parameters of another address."""
    told = {name: value for name, value in asdict(wanted).items() if value not in ("", None, ()) and name not in ("sort", "text")}
    return told | ({"q": wanted.text} if wanted.text else {}) | ({"ids": list(wanted.ids)} if wanted.ids else {})


@area.screen("/export/<fmt>", title=_l("匯出欠費名單"), **(READ | {"methods": ["POST"]}), parent="arrears.index", exact=True)
def export(fmt: str):
    """The list as it is shown, all its pages."""
    if fmt not in exporting.FORMATS:
        abort(404)
    today = clock.today()
    found = queries.behind(acting(), today, asked())
    who = queries.debtors([one.person_id for one in found])
    columns = [
        Column(_("會員編號")), Column(_("姓名")), Column(_("單位")), Column(_("雇主")), Column(_("欠費金額"), kind="money"), Column(_("欠繳月數"), kind="int"),
        Column(_("最早到期日"), kind="date"), *(Column(str(words.AGES[name]), kind="money") for name in queries.AGE_NAMES),
    ]
    rows = [
        (who[one.person_id].number, who[one.person_id].name, who[one.person_id].unit, who[one.person_id].employer, one.amount, one.months, one.since, *one.ages)
        for one in found
    ]
    recording.describe(EXPORTED, count=len(rows))
    return exporting.file_response(columns, [list(zip(*rows, strict=True))] if rows else [], fmt, name=f"{_('欠費名單')}-{today:%Y%m%d}")


@area.screen("/chosen", title=_l("對勾選的人"), permission="dues.write_off", **{key: READ[key] for key in ("task", "indicators")}, methods=["POST"], parent="arrears.index")
def chosen():
    """What is done with those ticked in the list: the next page shows it before anything happens."""
    ids = [number for number in map(whole, request.form.getlist("ids")) if number is not None]
    query = {"ids": ids} if "all" not in request.form else {}
    return redirect(url_for("arrears.write_off_many", **query, **{name: request.form[name] for name in ("unit", "employer", "age", "standing", "q") if request.form.get(name)}))


@area.screen("/person/<int:person_id>", title=_l("會員的欠費"), **READ, personal=True, parent="arrears.index")
def person(person_id: int):
    one, today = members.person_for(acting(), person_id), clock.today()
    recording.subject(one)
    owed = queries.of_person(person_id, today)
    step = queries.steps_due([owed], today)[person_id] if owed else None
    taken = [
        SimpleNamespace(
            row=row, word=words.STEPS[Step(row.step)], fared=_fared(row), proposes=Step(row.step).proposes,
            url=url_for("arrears.run", run_id=row.run_id) if row.run_id else None,
        )
        for row in queries.dunnings_of(person_id)
    ]
    law, plans = queries.charter(today), queries.plans(today, people=[person_id])
    agreed = frozenset().union(*(view.charges for view in plans if view.state is PlanState.KEPT))
    items = queries.open_items([person_id], today).get(person_id, [])
    if all(item.charge_id in agreed for item in items):
        agreed = frozenset()  # The next step says it; on every line it would say nothing.
    ladder = [(words.STEPS[each], _("欠繳 %(n)s 個月", n=law.months(each))) for each in (Step.NOTICE, Step.FORMAL, Step.SUSPENSION, Step.EXPULSION)]
    return page(
        "arrears/person.html", title=_("%(name)s 的欠費", name=one.name), person=one, owed=owed, items=items, agreed=agreed,
        step=step, words=words, taken=taken, plans=plans, credit=dues.credit_of([person_id]).get(person_id, 0),
        ages_rows=[(words.AGES[name], _("%(amount)s 元", amount=ntd(amount))) for name, amount in zip(queries.AGE_NAMES, owed.ages, strict=True)] if owed else [],
        ladder_rows=ladder,
    )


def _fared(row: Any) -> tuple[str, str]:
    if Step(row.step).proposes:
        return "soon", _("已提案")
    if row.delivered_on:
        return "ok", _("已送達")
    return ("stop", _("已退回")) if row.returned_on else ("soon", _("已寄發"))
