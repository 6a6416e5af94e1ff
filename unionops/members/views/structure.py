"""The union's own structure: units, employers and their workplaces, the fields it defines itself."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, url_for

from unionops.core import clock
from unionops.core.db import db
from unionops.core.i18n import _, _l
from unionops.core.pages import page
from unionops.members import listing, queries
from unionops.members.forms.people import CustomFieldForm, EditEmployerForm, EditUnitForm, EmployerForm, EmptyForm, UnitForm, WorkplaceForm
from unionops.members.models import CustomField, Employer, Unit
from unionops.members.services import structure
from unionops.members.views.area import area

READ: dict[str, Any] = {"permission": "members.read", "task": "T1.2", "indicators": ["P1.2.2"]}
DEFINE: dict[str, Any] = {"permission": "members.define", "task": "T1.2", "indicators": ["P1.2.2"], "methods": ["GET", "POST"]}


def _done(endpoint: str, text: str, **arguments: Any) -> Any:
    flash(text, "success")
    return redirect(url_for(endpoint, **arguments))


def _row(model: Any, row_id: int) -> Any:
    return db.session.get(model, row_id) or abort(404)


@area.screen("/units", title=_l("單位"), **READ, parent="members.roster")
def units():
    return page("members/units.html", rows=queries.unit_tree(), counts=queries.unit_counts(clock.today()))


@area.screen("/units/new", title=_l("新增單位"), **DEFINE, parent="members.units")
def add_unit():
    form = UnitForm()
    if form.validate_on_submit():
        with form.catching():
            structure.add_unit(name=form.name.data, code=form.code.data or "", parent=form.parent.chosen, opened_on=form.opened_on.data)
            return _done(".units", _("已新增單位「%(name)s」。", name=form.name.data))
    return page("members/structure_form.html", title=_("新增單位"), form=form, submit=_("新增單位"), back=url_for(".units"))


@area.screen("/units/<int:unit_id>/edit", title=_l("修改單位"), **DEFINE, parent="members.units")
def edit_unit(unit_id: int):
    unit = _row(Unit, unit_id)
    form = EditUnitForm(data={"name": unit.name, "code": unit.code, "parent": str(unit.parent_id or ""), "opened_on": unit.opened_on,
                              "closed_on": unit.closed_on})
    if form.validate_on_submit():
        with form.catching():
            structure.change_unit(unit, name=form.name.data, code=form.code.data or "", parent=form.parent.chosen,
                                  opened_on=form.opened_on.data, closed_on=form.closed_on.data)
            return _done(".units", _("已修改單位「%(name)s」。", name=form.name.data))
    return page("members/structure_form.html", title=_("修改單位"), form=form, submit=_("修改單位"), back=url_for(".units"))


@area.screen("/employers", title=_l("雇主與工作場所"), **READ, parent="members.roster")
def employers():
    rows = queries.employers()
    return page("members/employers.html", rows=rows, counts=queries.employer_counts(one.id for one in rows))


@area.screen("/employers/new", title=_l("新增雇主"), **DEFINE, parent="members.employers")
def add_employer():
    form = EmployerForm()
    if form.validate_on_submit():
        with form.catching():
            structure.add_employer(**form.fields)
            return _done(".employers", _("已新增雇主「%(name)s」。", name=form.name.data))
    return page("members/structure_form.html", title=_("新增雇主"), form=form, submit=_("新增雇主"), back=url_for(".employers"))


@area.screen("/employers/<int:employer_id>/edit", title=_l("修改雇主"), **DEFINE, parent="members.employers")
def edit_employer(employer_id: int):
    employer = _row(Employer, employer_id)
    form = EditEmployerForm.of(employer)
    if form.validate_on_submit():
        with form.catching():
            structure.change_employer(employer, **form.fields, closed_on=form.closed_on.data)
            return _done(".employers", _("已修改雇主「%(name)s」。", name=form.name.data))
    return page("members/structure_form.html", title=_("修改雇主"), form=form, submit=_("修改雇主"), back=url_for(".employers"))


@area.screen("/employers/<int:employer_id>/workplaces/new", title=_l("新增工作場所"), **DEFINE, parent="members.employers")
def add_workplace(employer_id: int):
    employer = _row(Employer, employer_id)
    form = WorkplaceForm()
    if form.validate_on_submit():
        with form.catching():
            structure.add_workplace(employer, name=form.name.data, address=form.address.data or "")
            return _done(".employers", _("已新增工作場所「%(name)s」。", name=form.name.data))
    return page("members/structure_form.html", title=_("新增工作場所：%(name)s", name=employer.name), form=form, submit=_("新增工作場所"),
                back=url_for(".employers"))


@area.screen("/fields", title=_l("自訂欄位"), permission="members.define", task="T1.2", indicators=["P1.2.2"], parent="members.roster")
def custom_fields():
    return page("members/custom_fields.html", rows=queries.custom_fields(retired=True), kinds=listing.FIELD_KINDS)


@area.screen("/fields/new", title=_l("新增自訂欄位"), **DEFINE, parent="members.custom_fields")
def add_custom_field():
    form = CustomFieldForm()
    if form.validate_on_submit():
        with form.catching():
            structure.add_custom_field(title=form.title.data, kind=form.kind.data, choices=form.lines if form.kind.data == "choice" else [])
            return _done(".custom_fields", _("已新增自訂欄位「%(name)s」。", name=form.title.data))
    return page("members/structure_form.html", title=_("新增自訂欄位"), form=form, submit=_("新增欄位"), back=url_for(".custom_fields"))


@area.screen("/fields/<int:field_id>/retire", title=_l("停用自訂欄位"), **DEFINE, parent="members.custom_fields")
def retire_custom_field(field_id: int):
    own = _row(CustomField, field_id)
    form = EmptyForm()
    if form.validate_on_submit():
        structure.retire_custom_field(own, today=clock.today())
        return _done(".custom_fields", _("已停用自訂欄位「%(name)s」。", name=own.title))
    return page("members/retire_custom_field.html", form=form, own=own)
