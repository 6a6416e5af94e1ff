"""One person's page: facts, standing with its reason, what hangs on the record, the timeline; and the showing of one masked value."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from flask import abort
from flask_login import current_user

from unionops.core import clock, refs
from unionops.core.audit import queries as audit
from unionops.core.audit import recording
from unionops.core.db import db
from unionops.core.i18n import _, _l, show_date
from unionops.core.pages import page
from unionops.members import listing, queries
from unionops.members.forms import ReasonForm
from unionops.members.models import Dependant, EmergencyContact, Person
from unionops.members.queries import Happening
from unionops.members.rules.membership import Standing, standing_basis
from unionops.members.services import people
from unionops.members.views.area import acting, area

LINES_SHOWN = 30

REVEALABLE = {
    "id_number": (_l("身分證號"), "id"),
    "birth_on": (_l("出生日期"), "birth"),
    "mobile": (_l("手機"), "phone"),
    "phone": (_l("電話"), "phone"),
    "email": (_l("電子郵件"), "email"),
    "line_name": (_l("LINE"), "secret"),
    "mail_address": (_l("通訊地址"), "address"),
    "home_address": (_l("戶籍地址"), "address"),
    "bank_account": (_l("帳號"), "account"),
}
"""What may be shown one by one: its title and its mask."""
_OF_OTHERS = {
    "contact": (EmergencyContact, "phone", _l("電話"), "phone"),
    "dependant": (Dependant, "id_number", _l("身分證號"), "id"),
}


@area.screen("/<int:person_id>", title=_l("會員"), permission="members.read", task="T1.2", indicators=["P1.2.2"], personal=True,
             parent="members.roster")
def person(person_id: int):
    found = queries.person_for(acting(), person_id)
    recording.subject(found)
    return _person_page(found)


@area.screen("/<int:person_id>/reveal/<what>", title=_l("顯示完整資料"), permission="members.reveal", task="T1.2", indicators=["P1.2.2"],
             methods=["GET", "POST"], parent="members.person")
def reveal(person_id: int, what: str):
    found = queries.person_for(acting(), person_id)
    title, value, mask = _revealable(found, what)
    if not value:
        abort(404)
    form = ReasonForm()
    if form.validate_on_submit():
        # In this request's own unit: the gate commits before the answer leaves, so nothing is shown that is not logged.
        recording.describe(people.REVEALED, found, name=found.name, what=str(title), reason=form.told)
        response = _person_page(found, revealed=what)
        response.headers["Cache-Control"] = "no-store"
        return response
    return page("members/reveal.html", title=_("顯示%(what)s", what=title), form=form, person=found, what=title,
                masked=listing.covered(value, mask))


def _revealable(found: Person, what: str) -> tuple[Any, Any, str]:
    """(title, value, mask) of what an address names: a field, ``contact-3`` (a telephone) or ``dependant-5`` (an identity number)."""
    if what in REVEALABLE:
        title, mask = REVEALABLE[what]
        return title, getattr(found, what), mask
    kind, _dash, number = what.partition("-")
    if kind in _OF_OTHERS and number.isascii() and number.isdigit() and len(number) < 10:
        model, field, title, mask = _OF_OTHERS[kind]
        row = db.session.get(model, int(number))
        if row is not None and row.person_id == found.id:
            return _("%(name)s的%(what)s", name=row.name, what=title), getattr(row, field), mask
    return abort(404)


def _person_page(found: Person, revealed: str = "") -> Any:
    today = clock.today()
    facts = queries.person_facts(found, today)
    row = facts.current or (facts.rows[0] if facts.rows else None)
    family, contacts = queries.dependants(found), queries.contacts(found)
    lines = queries.timeline(found, current_user)
    return page(
        "members/person.html", title=found.name, person=found, facts=facts, row=row, today=today,
        basis=standing_basis(joined_on=row.membership.joined_on, left_on=row.membership.left_on, today=today) if row else None,
        years=_years(row, today), values=_values(found, family, contacts, revealed),
        employments=facts.employments, dependants=family, contacts=contacts,
        consents=queries.consents(found), notes=queries.notes(found), custom=queries.custom_values(found),
        lines=[_line(one) for one in lines[:LINES_SHOWN]], more=len(lines) - LINES_SHOWN, words=listing,
    )


def _values(found: Person, family: list[Dependant], contacts: list[EmergencyContact], revealed: str) -> dict[str, SimpleNamespace]:
    shown = {}
    for what in (*REVEALABLE, *(f"dependant-{row.id}" for row in family), *(f"contact-{row.id}" for row in contacts)):
        title, value, mask = _revealable(found, what)
        whole = show_date(value) if mask == "birth" and value else value
        shown[what] = SimpleNamespace(title=title, masked=listing.covered(value, mask), revealed=whole if revealed == what else None)
    return shown


def _years(row: queries.RosterRow | None, today: Any) -> str:
    """How long the person has been a member: 15 年 6 個月."""
    if row is None or row.membership.joined_on is None or row.standing == Standing.EXPECTED:
        return ""
    since, until = row.membership.joined_on, min(row.membership.left_on or today, today)
    months = (until.year - since.year) * 12 + until.month - since.month - (until.day < since.day)
    return _("入會 %(years)s 年 %(months)s 個月", years=months // 12, months=months % 12)


def _line(one: Happening) -> SimpleNamespace:
    return SimpleNamespace(when=show_date(one.on), iso=one.on.isoformat(), text=one.text, by=one.detail, kind=one.kind, url=one.url)


# --- what this area tells in the timeline -----------------------------------------------------------------------------


@queries.tells
def _memberships(found: Person, user: Any) -> Iterator[Happening]:
    for count, stay in enumerate(found.memberships):
        if stay.joined_on:
            text = _("入會，會號 %(number)s", number=stay.number) if count == 0 else _("再入會，會號 %(number)s", number=stay.number)
            yield Happening(stay.joined_on, text, stay.joined_by, "key")
        if stay.left_on:
            reason = listing.REASONS.get(stay.left_reason, "")  # type: ignore[call-overload]
            text = _("出會：%(reason)s", reason=reason) if reason else _("出會")
            yield Happening(stay.left_on, text, stay.left_note, "key" if stay.left_on <= clock.today() else "plan")
        for place in stay.units[1:]:
            if place.from_on:
                yield Happening(place.from_on, _("改屬%(unit)s", unit=place.unit.name))
        for held in stay.classes[1:]:
            if held.from_on:
                yield Happening(held.from_on, _("改列%(word)s", word=listing.CLASSES.get(held.member_class, held.member_class)))  # type: ignore[call-overload]


@queries.tells
def _work_and_consents(found: Person, user: Any) -> Iterator[Happening]:
    for job in queries.employments(found):
        if job.from_on:
            yield Happening(job.from_on, _("任職%(employer)s", employer=job.employer.name), job.job)
    for consent in queries.consents(found):
        title = listing.CONSENTS.get(consent.kind, consent.kind)  # type: ignore[call-overload]
        yield Happening(consent.given_on, _("同意：%(what)s", what=title), consent.how)
        if consent.withdrawn_on:
            yield Happening(consent.withdrawn_on, _("撤回同意：%(what)s", what=title))
    if found.died_on:
        yield Happening(found.died_on, _("死亡"), kind="key")


@queries.tells
def _audited(found: Person, user: Any) -> Iterator[Happening]:
    """What was done to the record and who looked at covered values, for those who may read the audit."""
    if user.can("audit.read"):
        for entry in audit.timeline(refs.ref(found), user, LINES_SHOWN):
            others = len(entry.links) + entry.more
            # An import or another batch is told in one sentence about everybody in it; here only this person matters.
            text = entry.sentence if others <= 3 else _("在一批作業中異動（共 %(count)s 筆資料）", count=others)
            yield Happening(clock.in_taipei(entry.at).date(), text, entry.actor)
