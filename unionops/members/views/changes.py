"""What is done to one person's record: adding, correcting, leaving and returning, unit, class, work, family, consents, notes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import abort, flash, redirect, url_for
from flask_login import current_user

from unionops.core import clock
from unionops.core.attachments import services as attachments
from unionops.core.audit import recording
from unionops.core.db import db
from unionops.core.errors import Conflict
from unionops.core.forms import DateField, Form
from unionops.core.i18n import _, _l, show_date
from unionops.core.pages import page
from unionops.members import listing, queries
from unionops.members.forms.people import (
    AddMemberForm,
    ClassForm,
    ConsentForm,
    ContactForm,
    DependantForm,
    EditPersonForm,
    EmploymentForm,
    EmptyForm,
    EndDependantForm,
    LeaveForm,
    MoveForm,
    NoteForm,
    RejoinForm,
    custom_values_form,
)
from unionops.members.models import Consent, Dependant, EmergencyContact, Membership, Person
from unionops.members.rules.membership import standing_basis
from unionops.members.services import leaving, people
from unionops.members.views.area import acting, area
from unionops.values import masks
from unionops.values.refs import Ref

EDIT: dict[str, Any] = {"permission": "members.edit", "task": "T1.2", "indicators": ["P1.2.2"], "methods": ["GET", "POST"]}


def _back(person: Person, text: str) -> Any:
    flash(text, "success")
    return redirect(url_for("members.person", person_id=person.id))


@area.screen("/new", title=_l("新增會員"), **EDIT, once=True, parent="members.roster")
def add_member():
    form = AddMemberForm(reach=queries.visible_units(acting()))
    if form.validate_on_submit():
        with form.catching():
            made = people.add_member(
                today=clock.today(), asker=current_user, **form.particulars, id_number=form.id_number.data or "", number=form.number.data or "",
                joined_on=form.joined_on.data, joined_by=form.joined_by.data or "", member_class=form.member_class.data,
                joined_from=form.joined_from.data or "", unit=form.unit.chosen, insured_salary=form.insured_salary.data, dependants_count=form.dependants_count.number,
            )
            return _back(made, _("已新增會員 %(name)s，會號 %(number)s。", name=made.name, number=made.memberships[0].number))
    return page("members/add_member.html", form=form)


@area.screen("/<int:person_id>/edit", title=_l("修改資料"), **EDIT, personal=True, parent="members.person")
def edit_person(person_id: int):
    person = queries.person_for(acting(), person_id)
    recording.subject(person)
    kept = ("name", "sex", "birth_on", *people.PERSON_FIELDS, "bank_code", "version")
    form = EditPersonForm(data={name: getattr(person, name) for name in kept})
    if form.validate_on_submit():
        _same_version(person, form)
        with form.catching():
            people.change_person(
                person, today=clock.today(), asker=current_user, **form.particulars, id_number=form.id_number.data or None,
                bank_code=form.bank_code.data or "", bank_account=form.bank_account.data or None,
            )
            return _back(person, _("已修改 %(name)s 的資料。", name=person.name))
        person = queries.person_for(acting(), person_id)
    return page(
        "members/edit_person.html", title=_("修改 %(name)s 的資料", name=person.name), form=form, person=person,
        masked_id=masks.mask_id(person.id_number or ""), masked_account=masks.mask_account(person.bank_account or ""),
    )


def _same_version(person: Person, form: EditPersonForm) -> None:
    """Two people who edit at once meet on a page that shows both; covered values stay covered there."""
    if form.version.data == str(person.version):
        return
    told = []
    for name in ("name", "sex", "birth_on", *people.PERSON_FIELDS, "bank_code"):
        theirs, mine = _plain(getattr(person, name)), _plain(getattr(form, name).data)
        if theirs != mine:
            told.append((form[name].label.text, theirs, mine))
    if form.id_number.data:
        told.append((form.id_number.label.text, masks.mask_id(person.id_number or ""), masks.mask_id(form.id_number.data)))
    if form.bank_account.data:
        told.append((form.bank_account.label.text, masks.mask_account(person.bank_account or ""), masks.mask_account(form.bank_account.data)))
    raise Conflict(told, url_for("members.edit_person", person_id=person.id))


def _plain(value: Any) -> str:
    if isinstance(value, date):
        return show_date(value)
    return str(listing.SEXES.get(value, value)) if value else ""


# --- joining and leaving ----------------------------------------------------------------------------------------------


def _membership(membership_id: int, person_id: int) -> Membership:
    found = queries.membership_for(acting(), membership_id)
    if found.person_id != person_id:
        abort(404)
    return found


def _current(person: Person, today: date) -> Membership:
    """The membership that has not ended; 404 when there is none, for there is nothing to change then."""
    facts = queries.person_facts(person.id, today)
    return db.session.get_one(Membership, facts.current.membership.id) if facts and facts.current else abort(404)


@area.screen("/<int:person_id>/memberships/<int:membership_id>/leave", title=_l("登錄出會"), **EDIT, parent="members.person")
def record_leaving(person_id: int, membership_id: int):
    found = _membership(membership_id, person_id)
    today = clock.today()
    form = LeaveForm()
    if form.validate_on_submit():
        with form.catching():
            leaving.record(found, left_on=form.left_on.data, reason=form.reason.data, note=form.note.data or "", by=current_user, today=today)
            flash(_("已登錄 %(name)s 出會。接著辦結清、繳回證件與停止代扣。", name=found.person.name), "success")
            return redirect(url_for("members.closing", person_id=person_id, membership_id=membership_id))
        found = _membership(membership_id, person_id)
    left = form.left_on.data or today
    basis = standing_basis(joined_on=found.joined_on, left_on=max(left, found.joined_on or left), today=max(left, found.joined_on or left))
    return page("members/record_leaving.html", title=_("%(name)s出會", name=found.person.name), form=form, membership=found, basis=basis)


@area.screen("/<int:person_id>/memberships/<int:membership_id>/undo-leaving", title=_l("取消出會登錄"), **EDIT, parent="members.person")
def undo_leaving(person_id: int, membership_id: int):
    found = _membership(membership_id, person_id)
    form = EmptyForm()
    if form.validate_on_submit():
        with form.catching():
            leaving.undo(found, on=clock.today())
            return _back(found.person, _("已取消 %(name)s 的出會登錄。", name=found.person.name))
        found = _membership(membership_id, person_id)
    return page("members/undo_leaving.html", form=form, membership=found, reason=listing.REASONS.get(found.left_reason, ""))  # type: ignore[call-overload]


@area.screen("/<int:person_id>/rejoin", title=_l("登錄再入會"), **EDIT, once=True, parent="members.person")
def rejoin(person_id: int):
    person = queries.person_for(acting(), person_id)
    form = RejoinForm(reach=queries.visible_units(acting()))
    if form.validate_on_submit():
        with form.catching():
            made = people.rejoin(
                person, number=form.number.data or "", joined_on=form.joined_on.data, joined_by=form.joined_by.data or "",
                member_class=form.member_class.data, unit=form.unit.chosen, joined_from=form.joined_from.data or "", today=clock.today(),
            )
            return _back(person, _("已登錄再入會，會號 %(number)s。", number=made.number))
    return page("members/form.html", title=_("%(name)s再入會", name=person.name), form=form, person=person, submit=_("登錄再入會"), note="")


# --- unit, class, work ------------------------------------------------------------------------------------------------


@area.screen("/<int:person_id>/move", title=_l("異動單位"), **EDIT, parent="members.person")
def move_member(person_id: int):
    person = queries.person_for(acting(), person_id)
    today = clock.today()
    membership = _current(person, today)
    form = MoveForm(data={"from_on": today})
    return _recorded(person, form, _("登錄異動"), _("已登錄單位異動。"), lambda: people.move(
        membership, form.unit.chosen, from_on=form.from_on.data, today=today, proof=form.proof.data or ""))


@area.screen("/<int:person_id>/class", title=_l("變更會員類別"), **EDIT, parent="members.person")
def change_class(person_id: int):
    person = queries.person_for(acting(), person_id)
    today = clock.today()
    membership = _current(person, today)
    held = next((stay.member_class for stay in membership.classes if stay.until_on is None), "")
    form = ClassForm(data={"from_on": today, "member_class": held})
    return _recorded(person, form, _("變更類別"), _("已變更會員類別。"), lambda: people.change_class(
        membership, form.member_class.data, from_on=form.from_on.data, today=today, proof=form.proof.data or ""))


@area.screen("/<int:person_id>/employment", title=_l("登錄雇主"), **EDIT, parent="members.person")
def record_employment(person_id: int):
    person = queries.person_for(acting(), person_id)
    form = EmploymentForm()
    note = "" if form.employer.records else _("還沒有雇主資料，請先到「雇主與工作場所」新增。")
    return _recorded(person, form, _("登錄雇主"), _("已登錄雇主。"), lambda: people.employ(
        person, employer=form.employer.chosen, workplace=form.workplace.chosen, staff_number=form.staff_number.data or "",
        job=form.job.data or "", is_manager=form.is_manager.data, from_on=form.from_on.data, today=clock.today(), proof=form.proof.data or ""), note=note)


def _recorded(person: Person, form: Form, submit: str, done: str, act: Callable[[], Any], *, note: str = "", title: str = "") -> Any:
    """The page of one small form about a person: shown, refused, or recorded and back to the person."""
    name = person.name
    if form.validate_on_submit():
        with form.catching():
            act()
            for file in form.files.data if "files" in form else ():
                attachments.add(Ref("person", person.id), file, by=current_user, now=clock.now())
            return _back(person, done)
    return page("members/form.html", title=title or _("%(name)s：%(act)s", name=name, act=submit), form=form, person=person,
                submit=submit, note=note)


# --- family, contacts, consents, notes, own fields --------------------------------------------------------------------


def _belonging(model: Any, row_id: int, person: Person) -> Any:
    row = db.session.get(model, row_id)
    if row is None or row.person_id != person.id:
        abort(404)
    return row


@area.screen("/<int:person_id>/dependants/new", title=_l("新增眷屬"), **EDIT, once=True, parent="members.person")
def add_dependant(person_id: int):
    person = queries.person_for(acting(), person_id)
    form = DependantForm()
    return _recorded(person, form, _("新增眷屬"), _("已新增眷屬。"), lambda: people.add_dependant(
        person, name=form.name.data, relation=form.relation.data, id_number=form.id_number.data or "", birth_on=form.birth_on.data,
        from_on=form.from_on.data, today=clock.today()))


@area.screen("/<int:person_id>/dependants/<int:dependant_id>/end", title=_l("終止眷屬"), **EDIT, parent="members.person")
def end_dependant(person_id: int, dependant_id: int):
    person = queries.person_for(acting(), person_id)
    row = _belonging(Dependant, dependant_id, person)
    form = EndDependantForm(data={"until_on": clock.today()})
    return _recorded(person, form, _("終止眷屬"), _("已登錄眷屬終止。"), lambda: people.end_dependant(
        person, row, until_on=form.until_on.data), title=_("終止眷屬 %(name)s", name=row.name))


@area.screen("/<int:person_id>/contacts/new", title=_l("新增緊急聯絡人"), **EDIT, once=True, parent="members.person")
def add_contact(person_id: int):
    person = queries.person_for(acting(), person_id)
    form = ContactForm()
    return _recorded(person, form, _("新增緊急聯絡人"), _("已新增緊急聯絡人。"), lambda: people.add_contact(
        person, name=form.name.data, relation=form.relation.data or "", phone=form.phone.data))


@area.screen("/<int:person_id>/contacts/<int:contact_id>/remove", title=_l("刪除緊急聯絡人"), **EDIT, parent="members.person")
def remove_contact(person_id: int, contact_id: int):
    person = queries.person_for(acting(), person_id)
    row = _belonging(EmergencyContact, contact_id, person)
    form = EmptyForm()
    if form.validate_on_submit():
        people.remove_contact(person, row)
        return _back(person, _("已刪除緊急聯絡人。"))
    return page("members/confirm.html", title=_("刪除緊急聯絡人"), form=form, person=person, verb=_("刪除 1 位聯絡人"),
                will_change=_("刪除緊急聯絡人%(name)s的姓名、關係與電話", name=row.name), unchanged=_("%(name)s的其他資料", name=person.name),
                undo=_("不能復原；要用時再新增一次"))


@area.screen("/<int:person_id>/consents/new", title=_l("登錄同意事項"), **EDIT, once=True, parent="members.person")
def record_consent(person_id: int):
    person = queries.person_for(acting(), person_id)
    form = ConsentForm(data={"given_on": clock.today()})
    return _recorded(person, form, _("登錄同意"), _("已登錄同意事項。"), lambda: people.record_consent(
        person, kind=form.kind.data, text_version=form.text_version.data or "", given_on=form.given_on.data, how=form.how.data or "",
        today=clock.today()))


@area.screen("/<int:person_id>/consents/<int:consent_id>/withdraw", title=_l("登錄撤回同意"), **EDIT, parent="members.person")
def withdraw_consent(person_id: int, consent_id: int):
    person = queries.person_for(acting(), person_id)
    row = _belonging(Consent, consent_id, person)
    title = listing.CONSENTS.get(row.kind, row.kind)  # type: ignore[call-overload]
    form = EmptyForm()
    if form.validate_on_submit():
        with form.catching():
            people.withdraw_consent(person, row, today=clock.today())
            return _back(person, _("已登錄撤回同意。"))
    return page("members/confirm.html", title=_("登錄撤回同意"), form=form, person=person, verb=_("撤回 1 項同意"),
                will_change=_("%(name)s自今天起不再同意「%(what)s」", name=person.name, what=title),
                unchanged=_("同意過的紀錄保留，撤回前的利用不受影響"), undo=_("本人再同意時另登錄一筆"))


@area.screen("/<int:person_id>/notes/new", title=_l("加註"), **EDIT, once=True, parent="members.person")
def add_note(person_id: int):
    person = queries.person_for(acting(), person_id)
    form = NoteForm()
    return _recorded(person, form, _("加註"), _("已加註。"), lambda: people.add_note(person, form.text.data, author=current_user.name),
                     note=_("備註不能修改，寫錯時再加一則更正。"))


@area.screen("/<int:person_id>/custom", title=_l("修改自訂欄位"), **EDIT, personal=True, parent="members.person")
def edit_custom_values(person_id: int):
    person = queries.person_for(acting(), person_id)
    recording.subject(person)
    values = queries.custom_values(person)
    form = custom_values_form(values)
    fields = {own: form[f"custom_{own.id}"] for own, _text in values if own.retired_on is None}
    if not fields:
        abort(404)

    def keep() -> None:
        people.set_custom(person, {
            own: (field.data.isoformat() if field.data else "") if isinstance(field, DateField) else field.data or ""
            for own, field in fields.items()
        })

    return _recorded(person, form, _("修改自訂欄位"), _("已修改自訂欄位。"), keep)


