"""The dated facts of memberships, read set by set for ``rules.standing``: of one person or of everybody with the same statements.

What is owed is summed by the database as of the day asked: only regular dues that were due and open on it are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from unionops.core.db import is_writing, plain, remembered
from unionops.core.together import Together
from unionops.core.union import queries as union
from unionops.law.union_act import UnionKind
from unionops.members.models import (
    Absence,
    Adjustment,
    Allocation,
    Charge,
    ClassStay,
    Employment,
    Instalment,
    InstalmentPlan,
    Measure,
    Membership,
    Person,
    Retained,
)
from unionops.members.queries.dues import charges_as_of, total
from unionops.members.queries.stays import holds
from unionops.members.rules import membership
from unionops.members.rules import standing as rules
from unionops.members.rules.dues import SchemeKind
from unionops.members.rules.measures import MeasureKind
from unionops.members.rules.membership import MemberClass, Place
from unionops.members.rules.standing import ADULT, Answer, Charter, Facts, Owing, Standing, Stretch

Memberships = sa.Select[tuple[int]] | None
"""A SELECT of membership ids, or None for all."""
NOTHING = Facts(None)
"""A member since long ago, of whom nothing else is known: nearly everybody."""


def charter(on: date) -> Charter:
    """What the constitution says on a day, as the rule asks it."""
    return remembered("union", ("standing", on), lambda: _charter(on))


def _charter(on: date) -> Charter:
    found, record = union.charter(on), union.the_union()

    def value(key: str) -> Any:
        held = found.get(key)
        return None if held is None or held.value is None else held.value

    return Charter(
        good_standing_months=value("charter.good_standing_months"),
        instalments_count=value("charter.instalments_count") == "yes",
        retained_after_dismissal=value("charter.retained_after_dismissal") == "yes",
        managers_may_join=record is None or record.union_kind is not UnionKind.ENTERPRISE or value("charter.managers_may_join") == "yes",
    )


def standings(wanted: Memberships, on: date) -> dict[int, Standing]:
    """membership → its standing on a day."""
    asked = charter(on)
    usual = rules.standing(NOTHING, on, asked)
    return {number: usual if found is NOTHING else rules.standing(found, on, asked) for number, found in facts(wanted, on, whole=False)}


def facts(wanted: Memberships, on: date, *, whole: bool = True) -> Iterator[tuple[int, Facts]]:
    """(membership id, facts as of a day) of these memberships, by number. Not ``whole``: days that decide nothing on this one are left
    out (who joined before it, leaves after it, is of age), for very many to judge and none to explain."""
    people = sa.select(Membership.person_id).where(Membership.id.in_(wanted)) if wanted is not None else None
    parts = _parts(wanted, people, on, whole)
    parts["stays"] = parts["stays"].order_by(Membership.number)
    return _assembled({name: plain(part) for name, part in parts.items()}, on, whole)


def of_person(person_id: int, on: date) -> dict[int, Explained]:
    """membership → where it stands on a day and every reason, of all memberships of one person; in one statement."""
    return explained(_of_one()(person_id=person_id, on=on), on)


@lru_cache(maxsize=1)
def _of_one() -> Together:
    return Together(**parts_of_one(sa.bindparam("person_id", type_=sa.Integer), sa.bindparam("on", type_=sa.Date)))


def parts_of_one(person: Any, on: Any) -> dict[str, sa.Select[Any]]:
    """What ``explained`` wants to know of one person as of a day, to be read with other things."""
    return _parts(sa.select(Membership.id).where(Membership.person_id == person), sa.select(person), on, whole=True)


def explained(rows: Mapping[str, Iterable[Any]], on: date) -> dict[int, Explained]:
    """The same of rows already read."""
    asked = charter(on)
    return {
        number: Explained(rules.standing(one, on, asked), rules.answers(one, on, asked)) for number, one in _assembled(rows, on, whole=True)
    }


class Explained(NamedTuple):
    """A standing with its four answers, each with its reasons."""

    standing: Standing
    answers: tuple[Answer, ...]


def _parts(wanted: Memberships, people: Any, on: Any, whole: bool) -> dict[str, sa.Select[Any]]:
    """What is read. A day that decides nothing takes longer to read than all the rest."""

    def when(matters: Callable[[Any], Any], column: Any) -> Any:
        return column.label(column.key) if whole else sa.case((matters(column), column)).label(column.key)

    def of(key: Any, *columns: Any, where: Any = ()) -> sa.Select[Any]:
        among = wanted if key.key == "membership_id" else people
        return sa.select(key, *columns).where(*where, *([] if among is None else [key.in_(among)]))

    stays = sa.select(
        Membership.id, Membership.person_id, when(lambda joined: joined > on, Membership.joined_on), when(lambda left: left <= on, Membership.left_on),
        when(lambda _reason: Membership.left_on <= on, Membership.left_reason), when(lambda birth: birth > _of_age(on), Person.birth_on),
        when(lambda died: died <= on, Person.died_on),
    ).join(Person, Person.id == Membership.person_id)
    due = charges_as_of(people, on, open_only=True).where(Charge.kind == SchemeKind.REGULAR, Charge.due_on < on)
    return {
        "classes": of(ClassStay.membership_id, ClassStay.from_on, ClassStay.until_on, ClassStay.member_class, where=[ClassStay.member_class != MemberClass.REGULAR]),
        "absent": of(Absence.membership_id, Absence.from_on, Absence.until_on),
        "retained": of(Retained.membership_id, Retained.from_on, Retained.until_on),
        "measures": of(
            Measure.membership_id, Measure.kind, Measure.from_on, Measure.until_on, Measure.lifted_on,
            where=[Measure.from_on.is_not(None), Measure.dropped_on.is_(None)],
        ),
        "managing": of(Employment.person_id, Employment.from_on, Employment.until_on, where=[Employment.is_manager]),
        "agreed": _kept(people, on),
        "due": due,
        "stays": stays if wanted is None else stays.where(Membership.id.in_(wanted)),
    }


def _kept(people: Any, on: Any) -> sa.Select[Any]:
    """Agreements running on a day of which no more is open than is promised from this day on, as ``rules.arrears.plan_state`` says. Those
    fulfilled are among them: nothing that they cover is owed any more."""
    plan = sa.select(InstalmentPlan.id, InstalmentPlan.person_id, InstalmentPlan.agreed_on).where(
        InstalmentPlan.agreed_on <= on, sa.or_(InstalmentPlan.ended_on.is_(None), InstalmentPlan.ended_on > on),
    )
    running = (plan if people is None else plan.where(InstalmentPlan.person_id.in_(people))).subquery()
    due = charges_as_of(sa.select(running.c.person_id), on, open_only=True).subquery()
    covered = (
        sa.select(running.c.id, total(due.c.open).label("rest")).join(due, due.c.person_id == running.c.person_id)
        .where(due.c.charged_on <= running.c.agreed_on, due.c.due_on < running.c.agreed_on, due.c.open > 0).group_by(running.c.id).subquery()
    )
    promised = sa.select(Instalment.plan_id, total(Instalment.amount).label("rest")).where(Instalment.due_on >= on).group_by(Instalment.plan_id).subquery()
    return (
        sa.select(running.c.person_id, running.c.agreed_on)
        .outerjoin(covered, covered.c.id == running.c.id).outerjoin(promised, promised.c.plan_id == running.c.id)
        .where(sa.func.coalesce(covered.c.rest, 0) <= sa.func.coalesce(promised.c.rest, 0))
    )


def _of_age(on: date) -> date:
    """Who was born on or before it is of age, and a few who are not quite."""
    return on.replace(year=on.year - ADULT - 1, day=1)


def _assembled(rows: Mapping[str, Iterable[Any]], on: date, whole: bool) -> Iterator[tuple[int, Facts]]:
    classes, absent, retained, measures, managing, agreed = (
        _grouped(rows[name]) for name in ("classes", "absent", "retained", "measures", "managing", "agreed")
    )
    owing: dict[int, list[Owing]] = {}
    for row in rows["due"]:
        owing.setdefault(row.person_id, []).append(Owing(row.due_on, row.months, row.amount, ((on, row.open - row.amount, True),)))
    noted, known = set().union(classes, measures, absent, retained), set().union(managing, owing, agreed)
    for number, person, *dates in rows["stays"]:
        if not whole and number not in noted and person not in known and not any(dates):
            yield number, NOTHING
            continue
        yield number, Facts(
            *dates, classes=[(Stretch(first, last), name) for first, last, name in classes.get(number, ())],
            suspensions=[_suspended(*one) for one in measures.get(number, ()) if one[0] == MeasureKind.SUSPENSION],
            expelled_on=min((one[1] for one in measures.get(number, ()) if one[0] == MeasureKind.EXPULSION), default=None),
            absences=_stretches(absent.get(number)), retained=_stretches(retained.get(number)), managing=_stretches(managing.get(person)),
            owing=owing.get(person, ()), agreed=_stretches(agreed.get(person)),
        )


def _grouped(rows: Iterable[Any]) -> dict[int, list[Any]]:
    """key → its rows without it."""
    found: dict[int, list[Any]] = {}
    for number, *rest in rows:
        found.setdefault(number, []).append(rest)
    return found


def _stretches(rows: list[Any] | None) -> Any:
    return [Stretch(*row) for row in rows] if rows else ()


def _suspended(_kind: str, from_on: date, until_on: date | None, lifted_on: date | None) -> Stretch:
    """The day on which a suspension is lifted is the first day free of it."""
    ends = [day for day in (until_on, lifted_on and lifted_on - timedelta(1)) if day is not None]
    return Stretch(from_on, min(ends, default=None))


def of_memberships(numbers: Sequence[int], on: date) -> list[Standing]:
    """The standing of these memberships, in their order: of a page by itself, of more from what is known of everybody."""
    if len(numbers) > _PAGE:
        return [*map(everybody(on).of, numbers)]
    found = standings(sa.select(Membership.id).where(Membership.id.in_(numbers)), on)
    return [found[number] for number in numbers]


_PAGE = 200


# --- of everybody, for lists ------------------------------------------------------------------------------------------


def odd_places(on: date) -> Mapping[int, Place]:
    """Those few of whom the dates of their membership alone say wrongly whether they are members: dead or expelled and not entered as
    having left, or left and retained (ER-18-keep). Remembered until the membership changes."""
    asked = charter(on)

    def read() -> dict[int, Place]:
        numbers = list(plain(_perhaps_odd(on)).scalars())
        if not numbers:
            return {}
        dates = plain(sa.select(Membership.id, Membership.joined_on, Membership.left_on).where(Membership.id.in_(numbers))).all()
        found = standings(sa.select(Membership.id).where(Membership.id.in_(numbers)), on)
        return {
            number: now for number, joined_on, left_on in dates
            if (now := rules.place(found[number])) != membership.standing(joined_on=joined_on, left_on=left_on, today=on)
        }

    return remembered("members", ("odd places", on, asked), read)


def _perhaps_odd(on: date) -> sa.Select[tuple[int]]:
    inside = sa.or_(Membership.left_on.is_(None), Membership.left_on > on)
    dead = sa.select(Person.id).where(Person.died_on <= on)
    expelled = sa.select(Measure.membership_id).where(Measure.kind == MeasureKind.EXPULSION, Measure.from_on <= on, Measure.dropped_on.is_(None))
    kept = sa.select(Retained.membership_id).where(holds(Retained, on))
    return sa.select(Membership.id).where(sa.or_(
        sa.and_(inside, Membership.person_id.in_(dead)), sa.and_(inside, Membership.id.in_(expelled)), sa.and_(~inside, Membership.id.in_(kept)),
    ))


class Everybody(NamedTuple):
    """How nearly everybody stands, and those who stand otherwise, by membership."""

    usual: Standing
    others: Mapping[int, Standing]

    def of(self, membership_id: int) -> Standing:
        return self.others.get(membership_id, self.usual)


@dataclass
class _Held:
    """What a process knows of everybody, and what there was when it read it: of money, and of all else."""

    found: Everybody | None = None
    seen: _Seen = ()
    stands_on: Any = None


_Seen = tuple[tuple[int | None, int], ...]
_GROWING = (Charge, Adjustment, Allocation)
_NEWEST = 500
"""So many of the newest rows are counted: of two units at work at once the later one may write the lower numbers."""


def everybody(on: date) -> Everybody:
    """The standing of all memberships. Remembered until memberships, runs or the constitution change; what was paid since then is read
    again for those whom it concerns only."""
    asked = charter(on)
    stands_on = (asked, remembered("members", ("version",), object))
    held, seen = remembered("dues", ("everybody", on), _Held), _seen()
    if held.found is None or held.stands_on != stands_on:
        found = _read_all(on, asked)
    elif held.seen == seen:
        return held.found
    else:
        found = _caught_up(held.found, held.seen, seen, on, asked)
    if not is_writing():  # What a unit sees that may yet be rolled back is for nobody else.
        held.found, held.seen, held.stands_on = found, seen, stands_on
    return found


def _read_all(on: date, asked: Charter) -> Everybody:
    usual = rules.standing(NOTHING, on, asked)
    return Everybody(usual, {number: found for number, found in standings(None, on).items() if found is not usual and found != usual})


def _seen() -> _Seen:
    """What changes whenever somebody's open dues do: charges and what was paid on them are only ever added to."""
    parts = []
    for table in _GROWING:
        last = sa.select(sa.func.max(table.id)).scalar_subquery()
        parts += [last, sa.select(sa.func.count(table.id)).where(table.id > sa.select(sa.func.max(table.id) - _NEWEST).scalar_subquery()).scalar_subquery()]
    plans = [sa.select(sa.func.count(column)).select_from(InstalmentPlan).scalar_subquery() for column in (InstalmentPlan.id, InstalmentPlan.ended_on)]
    row = plain(sa.select(*parts, *plans)).one()
    return tuple((row[at], row[at + 1]) for at in range(0, len(row), 2))


def _known_until(table: Any, last: int | None, count: int) -> int:
    """Up to which row of a table all was seen: its last one, unless rows with lower numbers were committed since."""
    newest = sa.select(sa.func.count(table.id)).where(table.id > (last or 0) - _NEWEST, table.id <= (last or 0))
    return (last or 0) - (_NEWEST if plain(newest).scalar_one() != count else 0)


def _caught_up(before: Everybody, then: _Seen, now: _Seen, on: date, asked: Charter) -> Everybody:
    if then[-1] != now[-1] or any((new[0] or 0) - (old[0] or 0) > _NEWEST for old, new in zip(then, now, strict=True)):
        return _read_all(on, asked)
    since = [_known_until(table, *old) for table, old in zip(_GROWING, then, strict=False)]
    charges = [sa.select(Charge.id).where(Charge.id > since[0])]
    charges += [sa.select(table.charge_id).where(table.id > last) for table, last in zip((Adjustment, Allocation), since[1:], strict=True)]
    # Asked one after another: the databases would read whole tables for a condition within a condition.
    numbers = {number for some in charges for number in plain(some).scalars()}
    people = list(plain(sa.select(Charge.person_id).where(Charge.id.in_(numbers)).distinct()).scalars())
    stays = list(plain(sa.select(Membership.id).where(Membership.person_id.in_(people))).scalars())
    again = standings(sa.select(Membership.id).where(Membership.id.in_(stays)), on)
    rest = {number: found for number, found in before.others.items() if number not in again}
    return Everybody(before.usual, rest | {number: found for number, found in again.items() if found != before.usual})
