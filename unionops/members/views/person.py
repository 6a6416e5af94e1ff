"""One person's page: facts, standing with its reason, what hangs on the record, the timeline; and the showing of one masked value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, NamedTuple

from flask import abort, request, url_for
from flask_login import current_user

from unionops.core import clock
from unionops.core.attachments import registry
from unionops.core.audit import queries as audit
from unionops.core.audit import recording
from unionops.core.i18n import _, _l, show_date
from unionops.core.pages import addresses, page
from unionops.core.screens import reachable
from unionops.members import listing, queries
from unionops.members.forms.people import ReasonForm
from unionops.members.queries import Happening, PersonFacts
from unionops.members.rules.membership import Place
from unionops.members.services import people
from unionops.members.views.area import acting, area
from unionops.values.refs import Ref

LINES_SHOWN = 30


class Block(NamedTuple):
    """A part of the page that another module owns: its template, and what it reads (found there as ``block``)."""

    template: str
    read: Callable[[PersonFacts], Any]


BLOCKS: list[Block] = []
"""Parts shown under the membership, in this order."""

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
ACTIONS = (
    "add_contact", "add_dependant", "add_note", "change_class", "edit_custom_values", "edit_person", "move_member", "record_consent",
    "record_employment", "rejoin",
)
"""The screens that act on one person and ask for nothing but who it is."""


@area.screen("/<int:person_id>", title=_l("會員"), permission="members.read", task="T1.2", indicators=["P1.2.2"], personal=True,
             parent="members.roster")
def person(person_id: int):
    facts = queries.facts_for(acting(), person_id, clock.today())
    recording.subject(Ref("person", person_id))
    return _person_page(facts)


@area.screen("/<int:person_id>/reveal/<what>", title=_l("顯示完整資料"), permission="members.reveal", task="T1.2", indicators=["P1.2.2"],
             methods=["GET", "POST"], parent="members.person")
def reveal(person_id: int, what: str):
    facts = queries.facts_for(acting(), person_id, clock.today())
    name, (title, value, mask) = facts.person.name, _revealables(facts).get(what) or abort(404)
    if not value:
        abort(404)
    form = ReasonForm()
    if form.validate_on_submit():
        # In this request's own unit: the gate commits before the answer leaves, so nothing is shown that is not logged.
        recording.describe(people.REVEALED, Ref("person", person_id), name=name, what=title, reason=form.told)
        response = _person_page(facts, revealed=what)
        response.headers["Cache-Control"] = "no-store"
        return response
    return page("members/reveal.html", title=_("顯示%(what)s", what=title), form=form, person=facts.person, what=title,
                masked=listing.covered(value, mask))


def _revealables(facts: PersonFacts) -> dict[str, tuple[Any, Any, str]]:
    """What an address may name → (title, value, mask): a field, ``contact-3`` (a telephone) or ``dependant-5`` (an identity number)."""
    found = {what: (title, getattr(facts.person, what), mask) for what, (title, mask) in REVEALABLE.items()}
    for one in facts.contacts:
        found[f"contact-{one.id}"] = _("%(name)s的%(what)s", name=one.name, what=_("電話")), one.phone, "phone"
    for one in facts.dependants:
        found[f"dependant-{one.id}"] = _("%(name)s的%(what)s", name=one.name, what=_("身分證號")), one.id_number, "id"
    return found


def _person_page(facts: PersonFacts, revealed: str = "") -> Any:
    today = clock.today()
    row = facts.current or (facts.rows[0] if facts.rows else None)
    lines = queries.timeline(facts, current_user)
    return page(
        "members/person.html", title=facts.person.name, person=facts.person, facts=facts, row=row,
        found=facts.standing.get(row.membership.id) if row else None, money=_money(facts),
        blocks=[(block.template, block.read(facts)) for block in BLOCKS],
        years=_years(row, today), values=_values(facts, revealed), lines=[_line(one) for one in lines[:LINES_SHOWN]],
        more=len(lines) - LINES_SHOWN, words=listing, to=_addresses(facts.person.id), ref=Ref("person", facts.person.id),
        may_attach=registry.allows("person", current_user, facts.person),
    )


def _money(facts: PersonFacts) -> SimpleNamespace | None:
    """What is open and what was paid too much; None for whoever may not see money."""
    if not reachable("dues.account"):
        return None
    return SimpleNamespace(
        open=sum(one.open for one in facts.owed), count=len(facts.owed), credit=facts.credit, url=url_for("dues.account", person_id=facts.person.id),
    )


def _addresses(person_id: int) -> dict[str, str]:
    """Where the actions of the page lead, by the names of their screens. To ``reveal`` belongs the name of a covered value behind;
    it is empty for whoever may not see one."""
    to = {name: address(person_id) for name, address in _of_anybody(request.script_root).items()}
    to["reveal"] = url_for("members.reveal", person_id=person_id, what="-").removesuffix("-") if reachable("members.reveal") else ""
    return to


@lru_cache(maxsize=100)
def _of_anybody(root: str) -> dict[str, Callable[[int], str]]:
    """They differ by the person's number only, so they are made once for each root of the addresses."""
    return {name: addresses(f"members.{name}", "person_id") for name in ACTIONS}


def _values(facts: PersonFacts, revealed: str) -> dict[str, SimpleNamespace]:
    """What is shown covered: its title, its cover, and the value itself when it was just revealed."""
    shown = {}
    for what, (title, value, mask) in _revealables(facts).items():
        whole = show_date(value) if mask == "birth" and value else value
        shown[what] = SimpleNamespace(title=str(title), masked=listing.covered(value, mask), revealed=whole if revealed == what else None)
    return shown


def _years(row: queries.StayFacts | None, today: Any) -> str:
    """How long the person has been a member: 15 年 6 個月."""
    if row is None or row.membership.joined_on is None or row.standing == Place.EXPECTED:
        return ""
    since, until = row.membership.joined_on, min(row.membership.left_on or today, today)
    months = (until.year - since.year) * 12 + until.month - since.month - (until.day < since.day)
    return _("入會 %(years)s 年 %(months)s 個月", years=months // 12, months=months % 12)


def _line(one: Happening) -> SimpleNamespace:
    return SimpleNamespace(when=show_date(one.on), iso=one.on.isoformat(), text=one.text, by=one.detail, kind=one.kind, url=one.url)


# --- what this area tells in the timeline -----------------------------------------------------------------------------


@queries.tells()
def _memberships(facts: PersonFacts, user: Any) -> Iterator[Happening]:
    for count, row in enumerate(reversed(facts.rows)):
        stay = row.membership
        if stay.joined_on:
            text = _("入會，會號 %(number)s", number=stay.number) if count == 0 else _("再入會，會號 %(number)s", number=stay.number)
            yield Happening(stay.joined_on, text, stay.joined_by, "key")
        if stay.left_on:
            reason = listing.REASONS.get(stay.left_reason, "")
            text = _("出會：%(reason)s", reason=reason) if reason else _("出會")
            yield Happening(stay.left_on, text, stay.left_note, "key" if stay.left_on <= clock.today() else "plan")
        for place in row.units[1:]:
            if place.from_on:
                yield Happening(place.from_on, _("改屬%(unit)s", unit=place.unit))
        for held in row.classes[1:]:
            if held.from_on:
                yield Happening(held.from_on, _("改列%(word)s", word=listing.CLASSES.get(held.member_class, held.member_class)))


@queries.tells()
def _work_and_consents(facts: PersonFacts, user: Any) -> Iterator[Happening]:
    for job in facts.employments:
        if job.from_on:
            yield Happening(job.from_on, _("任職%(employer)s", employer=job.employer), job.job)
    for consent in facts.consents:
        title = listing.CONSENTS.get(consent.kind, consent.kind)
        yield Happening(consent.given_on, _("同意：%(what)s", what=title), consent.how)
        if consent.withdrawn_on:
            yield Happening(consent.withdrawn_on, _("撤回同意：%(what)s", what=title))
    if facts.person.died_on:
        yield Happening(facts.person.died_on, _("死亡"), kind="key")


@queries.tells()
def _audited(facts: PersonFacts, user: Any) -> Iterator[Happening]:
    """What was done to the record and who looked at covered values, for those who may read the audit."""
    if user.can("audit.read"):
        for entry in audit.timeline(Ref("person", facts.person.id), user, LINES_SHOWN):
            others = len(entry.links) + entry.more
            # An import or another batch is told in one sentence about everybody in it; here only this person matters.
            text = entry.sentence if others <= 3 else _("在一批作業中異動（共 %(count)s 筆資料）", count=others)
            yield Happening(clock.in_taipei(entry.at).date(), text, entry.actor)
