"""The union's own structure: units, employers and workplaces, custom fields, saved views.

``touch_data`` comes first where a name or number must be new and no constraint of the database says so: it holds a lock, so that of
two who add the same at once the second looks when the first is done.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlencode

import sqlalchemy as sa

from unionops.core.audit import recording
from unionops.core.db import db, touch_data
from unionops.core.i18n import _l
from unionops.members import queries
from unionops.members.models import CustomField, Employer, Membership, SavedView, Unit, UnitStay, Workplace
from unionops.members.rules.membership import FieldKind
from unionops.values.identifiers import business_number, identity_check
from unionops.values.problems import RuleBroken, Unreadable, problem

UNIT_ADDED = recording.sentence("members.unit_added", _l("新增單位 %(name)s"))
UNIT_CHANGED = recording.sentence("members.unit_changed", _l("修改單位 %(name)s"))
EMPLOYER_ADDED = recording.sentence("members.employer_added", _l("新增雇主 %(name)s"))
EMPLOYER_CHANGED = recording.sentence("members.employer_changed", _l("修改雇主 %(name)s"))
WORKPLACE_ADDED = recording.sentence("members.workplace_added", _l("新增 %(employer)s 的工作場所 %(name)s"))
FIELD_ADDED = recording.sentence("members.custom_field_added", _l("新增自訂欄位 %(name)s"))
FIELD_RETIRED = recording.sentence("members.custom_field_retired", _l("停用自訂欄位 %(name)s"))
VIEW_SAVED = recording.sentence("members.view_saved", _l("儲存檢視 %(name)s"))
VIEW_REMOVED = recording.sentence("members.view_removed", _l("刪除檢視 %(name)s"))


def add_unit(*, name: str, code: str = "", parent: Unit | None = None, opened_on: date | None = None) -> Unit:
    """Adds a unit; siblings bear different names."""
    touch_data("members")
    _unit_problems(None, name, parent)
    unit = Unit(name=name, code=code, parent=parent, opened_on=opened_on)
    db.session.add(unit)
    recording.describe(UNIT_ADDED, name=name)
    return unit


def change_unit(unit: Unit, *, name: str, code: str, parent: Unit | None, opened_on: date | None, closed_on: date | None) -> None:
    """Changes a unit. Not below itself; not closed while members belong to it."""
    touch_data("members")
    _unit_problems(unit, name, parent)
    if parent is not None and parent.id in queries.with_descendants([unit.id]):
        raise RuleBroken(problem("parent", "上級單位不能是自己或自己底下的單位。"))
    if closed_on is not None:
        inside = db.session.scalar(
            sa.select(sa.func.count()).select_from(UnitStay).join(Membership, Membership.id == UnitStay.membership_id).where(
                UnitStay.unit_id == unit.id, UnitStay.until_on.is_(None), Membership.left_on.is_(None)
            )
        )
        if inside:
            raise RuleBroken(problem("closed_on", "還有 %(count)s 位會員屬於這個單位，請先移轉再裁撤。", count=inside))
    if closed_on and opened_on and closed_on < opened_on:
        raise RuleBroken(problem("closed_on", "裁撤日期早於成立日期。"))
    unit.name, unit.code, unit.parent, unit.opened_on, unit.closed_on = name, code, parent, opened_on, closed_on
    recording.describe(UNIT_CHANGED, name=name)


def _unit_problems(unit: Unit | None, name: str, parent: Unit | None) -> None:
    same = sa.select(Unit.id).where(Unit.name == name, Unit.parent_id == (parent.id if parent else None))
    if unit is not None:
        same = same.where(Unit.id != unit.id)
    if db.session.scalar(same) is not None:
        raise RuleBroken(problem("name", "同一層已有「%(name)s」。", name=name))


def add_employer(*, name: str, tax_number: str = "", address: str = "", phone: str = "", contact: str = "") -> Employer:
    """Adds an employer. The tax number must be a valid 統一編號 and new."""
    touch_data("members")
    employer = Employer()
    _fill_employer(employer, name=name, tax_number=tax_number, address=address, phone=phone, contact=contact)
    db.session.add(employer)
    recording.describe(EMPLOYER_ADDED, name=name)
    return employer


def change_employer(employer: Employer, *, closed_on: date | None = None, **fields: str) -> None:
    """Changes an employer's particulars."""
    touch_data("members")
    _fill_employer(employer, **fields)
    employer.closed_on = closed_on
    recording.describe(EMPLOYER_CHANGED, name=employer.name)


def _fill_employer(employer: Employer, *, name: str, tax_number: str, address: str, phone: str, contact: str) -> None:
    problems = []
    with db.session.no_autoflush:
        others = sa.select(Employer).where(Employer.id != (employer.id or 0))
        if db.session.scalar(others.where(Employer.name == name)) is not None:
            problems.append(problem("name", "已有同名的雇主。"))
        if tax_number:
            try:
                tax_number = business_number(tax_number)
            except Unreadable as wrong:
                problems.append(wrong.problem("tax_number"))
            if db.session.scalar(others.where(Employer.tax_number == tax_number)) is not None:
                problems.append(problem("tax_number", "這個統一編號已經登錄在另一個雇主。"))
    if problems:
        raise RuleBroken(*problems)
    employer.name, employer.tax_number, employer.address, employer.phone, employer.contact = name, tax_number, address, phone, contact


def add_workplace(employer: Employer, *, name: str, address: str = "") -> Workplace:
    """Adds a place of work."""
    if any(place.name == name for place in employer.workplaces):
        raise RuleBroken(problem("name", "這個雇主已有同名的工作場所。"))
    place = Workplace(employer=employer, name=name, address=address)
    db.session.add(place)
    recording.describe(WORKPLACE_ADDED, employer=employer.name, name=name)
    return place


def add_custom_field(*, title: str, kind: str, choices: list[str]) -> CustomField:
    """Defines a field of the union's own: text, number, date, yes/no or a choice."""
    if db.session.scalar(sa.select(CustomField).where(CustomField.title == title)) is not None:
        raise RuleBroken(problem("title", "已有同名的自訂欄位。"))
    if kind == FieldKind.CHOICE and len(set(choices)) < 2:
        raise RuleBroken(problem("choices", "選單至少要有兩個選項，一行一個。"))
    own = CustomField(title=title, kind=FieldKind(kind), choices=choices)
    db.session.add(own)
    touch_data("members")
    recording.describe(FIELD_ADDED, name=title)
    return own


def retire_custom_field(own: CustomField, *, today: date) -> None:
    """Takes a field out of use; what was entered stays readable."""
    own.retired_on = today
    touch_data("members")
    recording.describe(FIELD_RETIRED, name=own.title)


def save_view(user: Any, *, title: str, query: str, is_shared: bool) -> SavedView:
    """Keeps the roster's filter under a name; the same name of the same person is replaced. An identity number that was searched
    for is left out: it would stand in the clear, in the list of views and in the audit. Raises RuleBroken when a view is to be shared
    by somebody who changes nothing that others see."""
    if is_shared and not user.can("members.share"):
        raise RuleBroken(problem("is_shared", "您的角色只能存自己用的檢視。"))
    query = urlencode([(name, text) for name, text in parse_qsl(query) if not (name == "q" and identity_check(text).valid)])
    view = db.session.scalar(sa.select(SavedView).where(SavedView.user_id == user.id, SavedView.title == title))
    if view is None:
        view = SavedView(user_id=user.id, title=title, query=query, is_shared=is_shared)
        db.session.add(view)
    view.query, view.is_shared = query, is_shared
    touch_data("saved_views")
    recording.describe(VIEW_SAVED, name=title)
    return view


def remove_view(view: SavedView) -> None:
    """Forgets a saved view."""
    recording.describe(VIEW_REMOVED, name=view.title)
    db.session.delete(view)
    touch_data("saved_views")
