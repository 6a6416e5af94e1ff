"""The dated facts of one person with their papers, and the screens that record absence, being retained, wages, another identity."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_login import current_user

from unionops.core import clock
from unionops.core.attachments import services as attachments
from unionops.core.audit import recording
from unionops.core.db import db
from unionops.core.documents import serving
from unionops.core.forms import Form
from unionops.core.i18n import _, _l, show_date
from unionops.core.pages import page
from unionops.core.screens import reachable
from unionops.core.union import queries as union
from unionops.members import life_wording, listing, queries
from unionops.members.documents import life as documents
from unionops.members.forms.life import AbsenceForm, EndForm, IdentityForm, ReleaseForm, RetainForm, WageForm
from unionops.members.models import Absence, Membership, Person, Retained
from unionops.members.queries import Happening, PersonFacts
from unionops.members.rules.measures import MeasureKind
from unionops.members.services import changes
from unionops.members.views.area import acting, area
from unionops.values import masks
from unionops.values.refs import Ref

WRITE: dict[str, Any] = {"permission": "members.edit", "task": "T1.2", "indicators": ["P1.2.2"], "methods": ["GET", "POST"], "once": True,
                         "parent": "members.changes_of"}


@area.screen("/<int:person_id>/changes", title=_l("異動與證明"), permission="members.read", task="T1.2", indicators=["P1.2.2"], personal=True,
             parent="members.person")
def changes_of(person_id: int):
    today = clock.today()
    facts = queries.facts_for(acting(), person_id, today)
    recording.subject(Ref("person", person_id))
    units, classes, wages = ([row for one in facts.rows for row in reversed(getattr(one, name))] for name in ("units", "classes", "wages"))
    may_edit = reachable("members.record_absence") and not facts.person.merged_into_id
    current = facts.current is not None

    def to(name: str, **more: Any) -> str:
        return url_for(f"members.{name}", person_id=person_id, **more) if may_edit else ""

    lists = [
        SimpleNamespace(title=_("單位"), rows=[_row(row.unit, row) for row in units], add=(to("move_member"), _("異動單位")) if current else None),
        SimpleNamespace(title=_("會員類別"), rows=[_row(listing.CLASSES.get(row.member_class, row.member_class), row) for row in classes],
                        add=(to("change_class"), _("變更類別")) if current else None),
        SimpleNamespace(title=_("雇主"), rows=[_row(one.employer, one, one.job + (_("（主管）") if one.is_manager else "")) for one in facts.employments],
                        add=(to("record_employment"), _("登錄雇主"))),
        SimpleNamespace(title=_("投保薪資"), rows=[_row(_("%(n)s 元", n=f"{row.insured_salary:,}") if row.insured_salary is not None else "–", row,
                                                   _("眷屬 %(count)s 人", count=row.dependants_count)) for row in wages],
                        add=(to("change_wage"), _("變更投保薪資")) if current else None),
        SimpleNamespace(title=_("暫停會務"), rows=[_row(one.reason, one, end=to("end_absence", absence_id=one.id) if one.until_on is None or one.until_on > today else "") for one in facts.absences],
                        add=(to("record_absence"), _("登錄暫停會務")) if current else None),
        SimpleNamespace(title=_("保留資格"), rows=[SimpleNamespace(
            value=life_wording.RETAINED.get(one.ground, one.ground), two=one.ended_by, from_on=one.from_on, until_on=one.until_on, proof=one.document,
            end=to("end_retained", retained_id=one.id) if one.until_on is None else "") for one in facts.retained],
            add=(to("record_retained"), _("登錄保留資格")) if facts.rows else None),
        SimpleNamespace(title=_("曾用姓名與證號"), rows=[SimpleNamespace(
            value=one.name or facts.person.name, two=masks.mask_id(one.id_number) if one.id_number else "", from_on=None, until_on=one.until_on, proof=one.proof, end="",
        ) for one in facts.former], add=(to("change_identity"), _("變更姓名或證號"))),
        SimpleNamespace(title=_("停權與除名"), rows=[SimpleNamespace(
            value=life_wording.MEASURES[MeasureKind(one.kind)], two=_("%(day)s 解除", day=show_date(one.lifted_on)) if one.lifted_on else "", from_on=one.from_on,
            until_on=one.until_on, proof="", end="") for one in facts.acting],
            add=(url_for("members.propose_measure", person_id=person_id), _("提案停權或除名")) if current and reachable("members.propose_measure") else None),
    ]
    stay = facts.current or (facts.rows[0] if facts.rows else None)
    return page(
        "members/changes.html", title=_("%(name)s：異動與證明", name=facts.person.name), person=facts.person, lists=lists, stay=stay,
        to_leave=url_for("members.receive_leaving", person_id=person_id, membership_id=facts.current.membership.id)
        if may_edit and facts.current and facts.current.membership.left_on is None else "",
        to_closing=url_for("members.closing", person_id=person_id, membership_id=stay.membership.id) if stay and stay.membership.left_on else "",
    )


def _row(value: Any, one: Any, two: Any = "", end: str = "") -> SimpleNamespace:
    return SimpleNamespace(value=value, two=two, from_on=one.from_on, until_on=one.until_on, proof=one.proof, end=end)


# --- recording --------------------------------------------------------------------------------------------------------


def _record(person: Person, form: Form, submit: str, done: str, act: Callable[[], Any], note: str = "") -> Any:
    """The page of one change: shown, refused, or recorded with its papers and back to the list of changes."""
    person_id, name = person.id, person.name
    recording.subject(person)
    if form.validate_on_submit():
        with form.catching():
            act()
            for file in form.files.data if "files" in form else ():
                attachments.add(Ref("person", person_id), file, by=current_user, now=clock.now())
            flash(done, "success")
            return redirect(url_for("members.changes_of", person_id=person_id))
        person = queries.person_for(acting(), person_id)
    return page("members/change_act.html", title=_("%(name)s：%(act)s", name=name, act=submit), form=form, person=person, submit=submit, note=note)


def _current(person: Person) -> Membership:
    facts = queries.person_facts(person.id, clock.today())
    return db.session.get_one(Membership, facts.current.membership.id) if facts and facts.current else abort(404)


@area.screen("/<int:person_id>/absences/new", title=_l("登錄暫停會務"), **WRITE)
def record_absence(person_id: int):
    person, today = queries.person_for(acting(), person_id), clock.today()
    membership, form = _current(person), AbsenceForm(data={"from_on": today})
    return _record(person, form, _("登錄暫停會務"), _("已登錄。"), lambda: changes.rest(
        membership, from_on=form.from_on.data, until_on=form.until_on.data, reason=form.reason.data, proof=form.proof.data or "", by=current_user, today=today),
        _("暫停會務期間仍是會員。會費要不要停，另在會費的減免登錄。"))


@area.screen("/<int:person_id>/absences/<int:absence_id>/end", title=_l("登錄恢復會務"), **WRITE)
def end_absence(person_id: int, absence_id: int):
    person = queries.person_for(acting(), person_id)
    row = _of(Absence, absence_id, person)
    return _record(person, form := EndForm(data={"until_on": clock.today()}), _("登錄恢復會務"), _("已登錄。"), lambda: changes.end_rest(
        row, until_on=form.until_on.data, person=person))


@area.screen("/<int:person_id>/retained/new", title=_l("登錄保留資格"), **WRITE)
def record_retained(person_id: int):
    person, today = queries.person_for(acting(), person_id), clock.today()
    facts = queries.person_facts(person_id, today)
    stay = facts and (facts.current or (facts.rows[0] if facts.rows else None))
    membership = db.session.get_one(Membership, stay.membership.id) if stay else abort(404)
    form = RetainForm(data={"from_on": today})
    return _record(person, form, _("登錄保留資格"), _("已登錄。"), lambda: changes.retain(
        membership, from_on=form.from_on.data, ground=form.ground.data, document=form.document.data),
        _("會員、代表或理監事遭解僱，章程或大會有規定的，爭議期間保留資格（工會法施行細則第 18 條）。"))


@area.screen("/<int:person_id>/retained/<int:retained_id>/end", title=_l("保留資格終止"), **WRITE)
def end_retained(person_id: int, retained_id: int):
    person, today = queries.person_for(acting(), person_id), clock.today()
    row = _of(Retained, retained_id, person)
    return _record(person, form := ReleaseForm(data={"until_on": today}), _("登錄終止"), _("已登錄。"), lambda: changes.release(
        row, until_on=form.until_on.data, ended_by=form.ended_by.data, person=person, today=today),
        _("判決確定解僱合法的，接著辦登錄出會。"))


@area.screen("/<int:person_id>/wage", title=_l("變更投保薪資"), **WRITE)
def change_wage(person_id: int):
    person, today = queries.person_for(acting(), person_id), clock.today()
    membership = _current(person)
    held = next((one for one in membership.wages if one.until_on is None), None)
    form = WageForm(data={"from_on": today, "insured_salary": held and held.insured_salary, "dependants_count": str(held.dependants_count) if held else "0"})
    return _record(person, form, _("變更投保薪資"), _("已變更。"), lambda: changes.change_wage(
        membership, insured_salary=form.insured_salary.data, dependants_count=form.dependants_count.number, from_on=form.from_on.data,
        proof=form.proof.data or "", today=today), _("已開單的會費不會改；依薪資計收的，下一期起照新的金額。"))


@area.screen("/<int:person_id>/identity", title=_l("變更姓名或證號"), **WRITE)
def change_identity(person_id: int):
    person, today = queries.person_for(acting(), person_id), clock.today()
    form = IdentityForm(data={"name": person.name, "changed_on": today})
    return _record(person, form, _("變更姓名或證號"), _("已變更；舊的姓名與證號仍查得到本人。"), lambda: changes.rename(
        person, name=form.name.data, id_number=form.id_number.data or "", changed_on=form.changed_on.data, proof=form.proof.data, today=today, asker=current_user),
        _("戶籍上改了名或換了號才用這裡；只是打錯字的，用「修改資料」更正。"))


def _of(model: Any, row_id: int, person: Person) -> Any:
    """The row of one of this person's stays, or 404."""
    row = db.session.get(model, row_id)
    if row is None or row.membership_id not in {one.id for one in person.memberships}:
        abort(404)
    return row


@area.screen("/<int:person_id>/change-form.<fmt>", title=_l("會員異動申請書"), permission="members.print", task="T1.2", indicators=["P1.2.2"], personal=True,
             exact=True, parent="members.changes_of")
def change_form(person_id: int, fmt: str):
    facts = queries.facts_for(acting(), person_id, clock.today())
    if fmt not in ("pdf", "odt", "docx"):
        abort(404)
    recording.subject(Ref("person", person_id))
    stay = facts.current or (facts.rows[0] if facts.rows else None)
    record = union.the_union()
    document = documents.change_form(record.name if record else union.union_name(), name=facts.person.name, number=stay.membership.number if stay else "",
                                     unit=(stay.unit or "") if stay else "")
    return serving.send(serving.made(document, fmt), f"會員異動申請書-{stay.membership.number if stay else person_id}", inline=fmt == "pdf" and request.args.get("show") == "1")


# --- what this tells in the timeline ----------------------------------------------------------------------------------


@queries.tells()
def _dated(facts: PersonFacts, user: Any) -> Iterator[Happening]:
    """Absences, being retained, changes of wage and identity, and that a measure acts: never why."""
    for one in facts.absences:
        yield Happening(one.from_on, _("暫停會務：%(why)s", why=one.reason), _("至 %(day)s", day=show_date(one.until_on)) if one.until_on else "")
    for kept in facts.retained:
        yield Happening(kept.from_on, _("保留資格：%(why)s", why=life_wording.RETAINED.get(kept.ground, kept.ground)), kept.document, "key")
        if kept.until_on:
            yield Happening(kept.until_on, _("保留資格終止：%(why)s", why=kept.ended_by))
    for was in facts.former:
        yield Happening(was.until_on, _("改名，原名%(name)s", name=was.name) if was.name else _("換身分證號"), was.proof)
    for acted in facts.acting:
        yield Happening(acted.from_on, _("停權") if acted.kind == MeasureKind.SUSPENSION else _("除名"), kind="key")
        if acted.lifted_on:
            yield Happening(acted.lifted_on, _("解除停權"), kind="key")
