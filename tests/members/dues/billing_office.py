"""An office that bills: a union of some members in two units, with schemes as its constitution has them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from tests.members.acts import work
from unionops.core import clock
from unionops.core.db import db
from unionops.members.models import Person, Scheme
from unionops.members.rules.dues import AmountBasis, Period, Prorate, SchemeKind, Terms
from unionops.members.services import people, structure
from unionops.members.services.dues import schemes
from unionops.members.services.dues.schemes import About

SINCE = date(2010, 1, 1)


def found(today: date, members: int = 6) -> list[int]:
    """Entrance fee 500, dues of 150 a month by quarters, mutual aid of 30 a month; members in two units, with wages from 30,000 on."""
    with work():
        add("入會費", SchemeKind.ENTRANCE, Period.ONCE, 500, order=5, due_day=14)
        add("經常會費", SchemeKind.REGULAR, Period.QUARTER, 150, prorate=Prorate.MONTHS, due_month=2)
        add("互助金", SchemeKind.MUTUAL, Period.QUARTER, 30, order=20, prorate=Prorate.MONTHS, due_month=2)
        units = [structure.add_unit(name=name, code=str(at)) for at, name in enumerate(["第一組", "第二組"])]
        for number in range(members):
            people.add_member(
                today=today, name=f"會員{number}", joined_on=SINCE + timedelta(number), unit=units[number % 2], insured_salary=30_000 + number * 1_000,
            )
    return list(db.session.scalars(sa.select(Person.id).order_by(Person.id)))


def add(title: str, kind: SchemeKind, period: Period, amount: int, **about: Any) -> Scheme:
    made = schemes.add_scheme(About(title, kind, period, **about))
    schemes.add_terms(made, Terms(SINCE, AmountBasis.FIXED, amount), clause="章程第 29 條")
    return made


def before(members: list[int], day: date, browser: Any, make_user: Any, monkeypatch: Any) -> Any:
    """The accountant's browser on this day, before a union of these members."""
    monkeypatch.setattr(clock, "today", lambda: day)
    signed_in = browser.as_(make_user("accountant"))
    signed_in.members = members
    return signed_in
