"""The quick ways to the roster's ids give what a look at every row gives, and nothing that was true before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.browsing import Browser
from unionops.core import search
from unionops.core.db import blind_index, bulk, db, touch_data, unit_of_work
from unionops.members import queries
from unionops.members.models import ID_PLACE, ClassStay, Employer, Employment, Membership, Person, Unit, UnitStay
from unionops.members.queries import RosterFilter
from unionops.members.rules.membership import Place, standing
from unionops.members.services import people
from unionops.values.refs import Ref

TODAY = date(2026, 11, 1)
COUNT = 150
UNITS = {1: None, 2: 1, 3: 1, 4: None, 5: 2}
"""Unit → the one above it."""


def seeing(*units: int) -> SimpleNamespace:
    """Somebody who sees these units, or everybody."""
    scopes = frozenset(Ref("unit", unit) for unit in units) if units else None
    return SimpleNamespace(id=1, scopes=lambda permission: scopes, can=lambda permission: True)


# --- a roster drawn by lot, as the plain values that the test judges by -----------------------------------------------


def drawn() -> list[SimpleNamespace]:
    random = Random(7)
    numbers = random.sample(range(1000, 9999), COUNT)

    def day(likely: float) -> date | None:
        return TODAY + timedelta(days=random.randrange(-40, 15)) if random.random() < likely else None

    rows = []
    for at in range(1, COUNT + 1):
        joined, left = day(0.9), day(0.4)
        if joined and left and left < joined:
            joined, left = left, joined
        rows.append(SimpleNamespace(
            id=at, number=f"{numbers[at - 1]}", name="".join(random.choice("abc") for _ in range(2)), joined_on=joined, left_on=left,
            unit=random.choice((None, *UNITS)), member_class=random.choice(("regular", "regular", "sponsor")), employer=random.choice((1, 2, None)),
        ))
    return rows


@pytest.fixture
def fill(request: pytest.FixtureRequest) -> Callable[[], list[SimpleNamespace]]:
    def filled() -> list[SimpleNamespace]:
        rows = drawn()
        with unit_of_work("test", "test"):
            for model, values in {
                Unit: [{"id": unit, "parent_id": above, "name": f"第{unit}組"} for unit, above in UNITS.items()],
                Employer: [{"id": at, "name": f"第{at}廠"} for at in (1, 2)],
                Person: [{"id": one.id, "name": one.name, "id_index": blind_index(one.number, ID_PLACE)} for one in rows],
                Membership: [{"id": one.id, "person_id": one.id, "number": one.number, "joined_on": one.joined_on, "left_on": one.left_on}
                             for one in rows],
                UnitStay: [{"membership_id": one.id, "unit_id": one.unit} for one in rows if one.unit]
                + [{"membership_id": one.id, "unit_id": 4, "until_on": TODAY} for one in rows],  # Where everybody has been before.
                ClassStay: [{"membership_id": one.id, "member_class": one.member_class} for one in rows],
                Employment: [{"person_id": one.id, "employer_id": one.employer} for one in rows if one.employer],
            }.items():
                bulk(sa.insert(model), values, reason="test")
            search.put_many("person", [(one.id, search.words_of(one.name, one.number)) for one in rows])
            touch_data("members")
        return rows

    return filled


def below(units: tuple[int, ...]) -> set[int]:
    found = set(units)
    for unit, above in UNITS.items():  # Those above come first.
        if above in found:
            found.add(unit)
    return found


def meant(rows: list[SimpleNamespace], seen: tuple[int, ...], wanted: RosterFilter, *, none_first: bool) -> list[int]:
    """What the filter means, by looking at every row."""
    def fits(one: SimpleNamespace) -> bool:
        return (
            (wanted.standing in (queries.EVERYBODY, standing(joined_on=one.joined_on, left_on=one.left_on, today=TODAY)))
            and (not seen or one.unit in below(seen)) and (not wanted.units or one.unit in below(wanted.units))
            and (not wanted.classes or one.member_class in wanted.classes) and (not wanted.employer or one.employer == wanted.employer)
            and (not wanted.joined_from or (one.joined_on is not None and one.joined_on >= wanted.joined_from))
            and (not wanted.joined_to or (one.joined_on is not None and one.joined_on <= wanted.joined_to))
            and (not wanted.ids or one.id in wanted.ids)
            and (not wanted.text or one.name.startswith(wanted.text) or one.number.startswith(wanted.text))
        )

    def order(one: SimpleNamespace) -> Any:
        value = getattr(one, wanted.sort)
        return (value is not None) == none_first, value or 0

    by_number = sorted(filter(fits, rows), key=lambda one: one.number)
    return [one.id for one in sorted(by_number, key=order, reverse=wanted.descending)]


filters = st.builds(
    RosterFilter,
    text=st.sampled_from(("", "", "", "a", "ab", "10", "1", "zz")),
    standing=st.sampled_from((*Place, queries.EVERYBODY)),
    units=st.sampled_from(((), (), (1,), (2, 4), (5,))),
    classes=st.sampled_from(((), (), ("regular",), ("regular", "sponsor"))),
    joined_from=st.sampled_from((None, None, TODAY - timedelta(20))),
    joined_to=st.sampled_from((None, None, TODAY - timedelta(2))),
    employer=st.sampled_from((None, None, 1, 2)),
    ids=st.sampled_from(((), (), tuple(range(10, 60)))),
    sort=st.sampled_from(tuple(queries.SORTS)),
    descending=st.booleans(),
)


def agree(rows: list[SimpleNamespace], examples: int, *, none_first: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    @settings(max_examples=examples, suppress_health_check=list(HealthCheck))
    @given(wanted=filters, seen=st.sampled_from(((), (), (1,), (4,))), offset=st.integers(0, COUNT), limit=st.integers(1, 60), far=st.booleans())
    def hold(wanted: RosterFilter, seen: tuple[int, ...], offset: int, limit: int, far: bool) -> None:
        monkeypatch.setattr(queries.roster, "FAR", 0 if far else 10**6)
        user, expected = seeing(*seen), meant(rows, seen, wanted, none_first=none_first)
        assert queries.roster_count(user, wanted, TODAY) == len(expected)
        assert queries.roster_ids(user, wanted, TODAY, offset=offset, limit=limit) == expected[offset : offset + limit]
        assert queries.roster_ids(user, wanted, TODAY) == expected

    hold()


def test_every_page_of_every_filter_is_what_a_look_at_every_row_gives(app: Flask, fill, monkeypatch):
    agree(fill(), 250, none_first=True, monkeypatch=monkeypatch)


def test_it_is_on_postgresql(pg_app: Flask, fill, monkeypatch):
    agree(fill(), 80, none_first=False, monkeypatch=monkeypatch)


def test_members_of_units_that_overlap_are_listed_once(app: Flask, fill):
    rows = fill()
    with unit_of_work("test", "test"):  # Not by our services; an old database may hold it.
        bulk(sa.insert(UnitStay), [{"membership_id": one.id, "unit_id": one.unit} for one in rows if one.unit], reason="test")
        touch_data("members")
    wanted = RosterFilter(standing=queries.EVERYBODY, units=(1, 2))
    assert queries.roster_ids(seeing(), wanted, TODAY) == meant(rows, (), wanted, none_first=True)


def test_the_standings_are_counted_within_what_one_sees(app: Flask, fill):
    rows = fill()
    for seen in ((), (1,), (4,)):
        expected = {which: len(meant(rows, seen, RosterFilter(standing=which), none_first=True)) for which in Place}
        assert queries.standing_counts(seeing(*seen), TODAY) == expected
    assert queries.members_in_force(TODAY) == len(meant(rows, (), RosterFilter(), none_first=True))


def test_a_whole_identity_number_finds_one_person(app: Flask, add):
    add("甲一", id_number="A123456789")
    add("乙二", id_number="B123456780")
    for sort in queries.SORTS:
        found = queries.roster_ids(seeing(), RosterFilter(text="B123456780", sort=sort), TODAY)
        assert [line.name for line in queries.roster_lines(found, [])] == ["乙二"]


# --- what has changed is shown at once --------------------------------------------------------------------------------


@pytest.mark.parametrize("far", [0, 10**6])
def test_a_page_changes_with_the_membership(office: Browser, add, unit, monkeypatch: pytest.MonkeyPatch, far: int):
    monkeypatch.setattr(queries.roster, "FAR", far)
    first, second = unit("一廠"), unit("二廠")
    ids = [add(f"會員{at:02d}", unit=first).memberships[0].id for at in range(30)]

    def shown(**asked: Any) -> list[str]:
        page = office.get("members.roster", size=25, **asked)
        return [name for name in (f"會員{at:02d}" for at in range(32)) if name in page.text]

    def change(act: Callable[[Membership], Any]) -> None:
        with unit_of_work("test", "test"):
            act(db.session.get_one(Membership, ids[26]))

    assert shown(page=2) == [f"會員{at}" for at in range(25, 30)]
    assert shown(unit=first.id, page=2) == shown(page=2)
    assert shown(q="會員26") == ["會員26"]
    change(lambda one: people.leave(one, left_on=TODAY, reason="resigned", note="", today=TODAY))
    assert shown(page=2) == shown(unit=first.id, page=2) == ["會員25", "會員27", "會員28", "會員29"]
    assert shown(q="會員26") == []
    change(people.undo_leaving)
    change(lambda one: people.move(one, db.session.get_one(Unit, second.id), from_on=TODAY, today=TODAY))
    assert shown(unit=first.id, page=2) == ["會員25", "會員27", "會員28", "會員29"]
    assert shown(unit=second.id) == ["會員26"]
    change(lambda one: people.change_person(one.person, today=TODAY, name="會員31", id_number=None, sex="", birth_on=None))
    assert shown(page=2) == ["會員25", "會員27", "會員28", "會員29", "會員31"]
    assert shown(q="會員26") == []
    add("會員30")
    assert shown(page=2) == ["會員25", "會員27", "會員28", "會員29", "會員30", "會員31"]


def test_a_saved_view_comes_and_goes_at_once(office: Browser, browser: Browser, make_user, add):
    add()
    other = browser.as_(make_user("secretary_general"))
    assert "北區" not in office.get("members.roster").text
    other.post("members.save_view", {"title": "北區", "query": "unit=1", "is_shared": "y"})
    assert "北區" in office.get("members.roster").text
    (view,) = queries.saved_views(SimpleNamespace(id=0))
    other.post("members.remove_view", {}, view_id=view.id)
    assert "北區" not in office.get("members.roster").text


def test_the_same_filter_in_another_order_is_counted_once(app: Flask, fill, monkeypatch):
    fill()
    wanted = RosterFilter(classes=("regular",))
    count = queries.roster_count(seeing(), wanted, TODAY)
    monkeypatch.setattr(queries.roster, "_ask", lambda *args: pytest.fail("asked again"))
    assert queries.roster_count(seeing(), replace(wanted, sort="name", descending=True), TODAY) == count
