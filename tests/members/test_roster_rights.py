"""The roster by standing: its filter, columns, counts and export say what the one rule says of each."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from tests.browsing import Browser
from tests.members.dues.test_standing_of_everybody import Histories, make
from unionops.core import clock
from unionops.core.db import db, unit_of_work
from unionops.core.union import services as union
from unionops.members import listing, queries
from unionops.members.models import Membership, Person, SavedView
from unionops.members.queries import Rights, RosterFilter, standing
from unionops.members.rules.membership import Place
from unionops.members.rules.standing import place
from unionops.members.services import people

ON = date(2026, 3, 1)
ALL = SimpleNamespace(id=1, scopes=lambda permission: None, can=lambda permission: True)


@pytest.fixture
def histories(app) -> Histories:
    return make(5, 80)


def test_the_filter_is_the_rule(histories):
    every = standing.standings(None, ON)
    for which, rights, behind in product([*Place, queries.EVERYBODY], [(), *((one,) for one in Rights), (Rights.GOOD, Rights.MAY_STAND)], [None, 1, 4]):
        wanted = RosterFilter(standing=which, rights=rights, behind=behind)
        expected = [
            number for number, found in every.items() if which in (queries.EVERYBODY, place(found)) and all(one.held_by(found) for one in rights)
            and found.months >= (behind or 0)
        ]
        assert sorted(queries.roster_ids(ALL, wanted, ON)) == sorted(expected)
        assert queries.roster_count(ALL, wanted, ON) == len(expected)
        assert queries.roster_ids(ALL, wanted, ON, offset=3, limit=5) == queries.roster_ids(ALL, wanted, ON)[3:8]
        lines = [line for batch in queries.lines_streamed(ALL, wanted, (), ON) for line in batch]
        assert [line.id for line in lines] == queries.roster_ids(ALL, wanted, ON)
    assert queries.standing_counts(ALL, ON) == {which: sum(place(found) == which for found in every.values()) for which in Place}
    members = RosterFilter()
    assert queries.rights_counts(ALL, members, ON) == {
        one: sum(one.held_by(every[number]) for number in queries.roster_ids(ALL, members, ON)) for one in Rights
    }


def test_the_columns_are_the_rule(histories):
    columns = tuple(queries.roster_columns()[key] for key in ("standing", "good", "may_vote", "may_stand", "months"))
    ids = queries.roster_ids(ALL, RosterFilter(standing=queries.EVERYBODY), ON)
    every = standing.standings(None, ON)
    with_words = zip(*listing.batch_reader(columns, whole=False, today=ON)(queries.roster_lines(ids, columns)), strict=True)
    for number, (state, good, votes, stands, months) in zip(ids, with_words, strict=True):
        found = every[number]
        assert state == str(listing.STANDINGS[place(found)])
        assert (good == "正常", votes == "有", stands == "有", months or 0) == (found.good, found.may_vote, found.may_stand, found.months)


def test_many_are_told_as_few_are(histories):
    ids = [*histories.facts]
    assert standing.of_memberships(ids * 5, ON) == standing.of_memberships(ids, ON) * 5


def test_on_the_screen_with_its_counts_and_kept_as_a_view(office: Browser, add):
    person = add("林正常")
    page = office.get("members.roster", rights="vote", columns=["good", "may_vote", "months"])
    assert "林正常" in page.text
    assert "有選舉權 1" in page.text
    assert "權利受限 0" in page.text
    assert "林正常" not in office.get("members.roster", behind="2").text
    assert "欠費 2 個月以上" in office.get("members.roster", behind="2").text
    assert "看不懂條件" in office.get("members.roster", behind="多").text
    office.post("members.save_view", data={"title": "欠費的人", "query": "behind=3&rights=good"})
    assert db.session.scalars(sa.select(SavedView.query)).one() == "rights=good&behind=3"
    db.session.rollback()
    with unit_of_work("test", "test"):  # Dead, and nobody has entered that he left.
        db.session.get_one(Person, person.id).died_on = clock.today() - timedelta(1)
        people.touch_data("members")
    assert "林正常" not in office.get("members.roster").text
    assert "林正常" in office.get("members.roster", standing="left").text
    assert "已出會" in office.get("members.person", person_id=person.id).text


def test_the_person_page_answers_the_four_questions_with_their_reasons(office: Browser, add):
    person = add("林佳慧", birth_on=date(2012, 1, 1), joined_on=date(2026, 3, 2))
    text = office.get("members.person", person_id=person.id).text
    for words in ("權利", "選舉權", "被選舉權", "未滿 18 歲，不得被選舉", "UA-19-adult", "charter.good_standing_months"):
        assert words in text


def test_the_calculator_answers_for_any_day(office: Browser, add):
    person = add("林佳慧", joined_on=date(2026, 3, 2))
    number = db.session.scalars(sa.select(Membership.number)).one()
    asked = office.get("dues.standing", number=number, on="115/3/1")
    assert "尚未入會" in asked.text
    assert "UA-31-roster" in asked.text
    assert "林佳慧" in office.get("dues.standing", number=number).text
    assert office.get("dues.standing", number="99999", status=422).error("number")
    assert office.get("dues.standing", number=number, on="115/13/1", status=422).error("on")
    assert office.get("dues.standing").text.count("會員權利試算")
    assert person.id


def test_the_constitution_says_whether_what_is_paid_by_agreement_counts(app):
    with unit_of_work("test", "test"):
        record = union.edit_record(name="臺中市展演技術人員職業工會", kind="occupational", today=ON)
        assert not standing.charter(ON).instalments_count
        union.add_charter_value(record, key="charter.instalments_count", typed="yes", valid_from=ON, clause="第 10 條", members=100)
    assert standing.charter(ON).instalments_count
