from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionops import law
from unionops.law.union_act import (
    CHARTER_KEYS,
    UnionKind,
    assembly_thresholds,
    at_least,
    at_most,
    charter_limit,
    charter_problems,
    more_than_half,
    officer_limits,
)

ENTERPRISE = UnionKind.ENTERPRISE
COUNTS = st.integers(0, 10**7)
SHARES = st.fractions(Fraction(1, 10), 1, max_denominator=10)


@given(COUNTS, SHARES)
def test_shares_are_exact(count, share):
    assert at_most(share, count) <= share * count <= at_least(share, count)
    assert at_least(share, count) - at_most(share, count) == (0 if (share * count).denominator == 1 else 1)
    assert more_than_half(count) * 2 > count >= (more_than_half(count) - 1) * 2


@pytest.mark.parametrize(
    ("members", "directors", "supervisors", "standing", "alternates", "alternate_supervisors", "delegates"),
    [
        (500, 9, 3, 3, 4, 1, 27),
        (501, 11, 3, 3, 5, 1, 33),
        (1000, 11, 3, 3, 5, 1, 33),
        (1001, 13, 4, 4, 6, 2, 39),
        (1234, 13, 4, 4, 6, 2, 39),
        (1500, 13, 4, 4, 6, 2, 39),
        (2000, 15, 5, 5, 7, 2, 45),
        (2500, 17, 5, 5, 8, 2, 51),
        (3000, 19, 6, 6, 9, 3, 57),
        (3500, 21, 7, 7, 10, 3, 63),
        (4000, 23, 7, 7, 11, 3, 69),
        (4500, 25, 8, 8, 12, 4, 75),
        (4501, 27, 9, 9, 13, 4, 81),
        (12000, 27, 9, 9, 13, 4, 81),
    ],
)
def test_the_table_of_officers(members, directors, supervisors, standing, alternates, alternate_supervisors, delegates):
    """W-01, W-02, W-03 and the whole officer table, at both edges of its rows."""
    limits = officer_limits(members, ENTERPRISE)
    assert (limits.directors_min, limits.directors_max) == (5, directors)
    assert (limits.supervisors_min, limits.supervisors_max) == (1, supervisors)
    assert (limits.standing_directors_max, limits.alternate_directors_max) == (standing, alternates)
    assert (limits.alternate_supervisors_max, limits.delegates_min) == (alternate_supervisors, delegates)
    assert limits.delegates_allowed


def test_limits_follow_the_constitutions_own_number():
    limits = officer_limits(480, ENTERPRISE, 7)  # W-04
    assert limits.directors_max == 9
    assert (limits.supervisors_max, limits.standing_supervisors_max) == (2, 0)
    assert (limits.alternate_directors_max, limits.standing_directors_max, limits.delegates_min) == (3, 2, 21)


def test_one_supervisor_may_have_one_alternate():
    limit = charter_limit("alternate_supervisors", members=480, kind=ENTERPRISE, directors=5, supervisors=1)  # W-05
    assert (limit.result, limit.confidence) == ("1", "secondary")
    for value, broken in [(0, False), (1, False), (2, True)]:
        problems = charter_problems("alternate_supervisors", value, members=480, kind=ENTERPRISE, directors=5, supervisors=1)
        assert bool(problems) is broken


def test_federations_have_their_own_cap_and_delegates():
    for kind in (UnionKind.FEDERATION_NATIONAL, UnionKind.FEDERATION_REGIONAL):
        limits = officer_limits(12, kind)
        assert (limits.directors_max, limits.supervisors_max, limits.delegates_min) == (51, 17, 102)
        assert limits.delegates_allowed
        assert limits.bases[0].rule == "UA-17-fed"


def test_under_a_hundred_members_there_are_no_delegates():
    small, enough = officer_limits(99, ENTERPRISE), officer_limits(100, ENTERPRISE)  # W-33
    assert (small.delegates_allowed, enough.delegates_allowed) == (False, True)
    assert [basis.rule for basis in small.bases][-1] == "UA-15-threshold"
    [refusal] = charter_problems("delegates", 30, members=99, kind=ENTERPRISE, directors=9)
    assert refusal.code == "UA-15-threshold"
    assert refusal.text == "會員須達 100 人始得置會員代表，目前 99 人（工會法第 15 條第 1 項）"
    assert charter_problems("delegates", 0, members=99, kind=ENTERPRISE, directors=9) == []


@pytest.mark.parametrize(
    ("key", "value", "rule"),
    [
        ("directors", 4, "UA-17-directors"),
        ("directors", 5, None),
        ("directors", 8, None),
        ("directors", 13, None),
        ("directors", 14, "UA-17-directors"),
        ("directors", 0, "UA-17-directors"),
        ("supervisors", 0, "UA-17-supervisors"),
        ("supervisors", 4, None),
        ("supervisors", 5, "UA-17-supervisors"),
        ("standing_directors", 0, None),
        ("standing_directors", 4, None),
        ("standing_directors", 5, "UA-17-standing"),
        ("standing_directors", -1, "UA-17-standing"),
        ("standing_supervisors", 1, None),
        ("standing_supervisors", 2, "UA-17-standing"),
        ("alternate_directors", 0, None),
        ("alternate_directors", 6, None),
        ("alternate_directors", 7, "UA-17-alternates"),
        ("alternate_supervisors", 2, None),
        ("alternate_supervisors", 3, "UA-17-alternates"),
        ("delegates", 38, "ER-14-delegates"),
        ("delegates", 39, None),
        ("delegates", 400, None),
        ("term_years", 4, None),
        ("term_years", 5, "UA-20-term"),
        ("term_years", 0, "UA-20-term"),
        ("delegate_term_years", 5, "UA-15-term"),
        ("president_terms", 2, None),
        ("president_terms", 3, "UA-20-president"),
        ("office_hours", 99, None),
    ],
)
def test_values_of_a_constitution(key, value, rule):
    problems = charter_problems(key, value, members=1234, kind=ENTERPRISE, directors=13, supervisors=4)
    assert [problem.code for problem in problems] == ([rule] if rule else [])
    for problem in problems:
        assert problem.field == key
        assert "第" in problem.text


def test_every_key_of_a_constitution_shows_its_rule():
    for key in CHARTER_KEYS:
        basis = charter_limit(key, members=1234, kind=ENTERPRISE, directors=13, supervisors=4)
        assert basis.rule.startswith(("UA-", "ER-"))
        assert basis.citation
    assert charter_limit("directors", members=1234, kind=ENTERPRISE).result == "5–13"
    assert charter_limit("office_hours", members=1234, kind=ENTERPRISE) is None


def test_without_own_numbers_the_caps_are_taken():
    assert charter_problems("alternate_supervisors", 2, members=1234, kind=ENTERPRISE) == []
    assert charter_problems("supervisors", 4, members=1234, kind=ENTERPRISE) == []


@pytest.mark.parametrize(
    ("base", "attending", "in_person", "quorum", "ordinary", "special", "proxies"),
    [
        (101, None, None, 51, None, None, None),  # W-10
        (100, None, None, 51, None, None, None),  # W-10
        (105, None, None, 53, None, None, None),  # W-11
        (120, None, 60, 61, None, None, 20),  # W-12
        (120, 58, 44, 61, 30, 39, 14),  # W-13
        (120, 61, 46, 61, 31, 41, 15),  # W-13
        (101, 67, None, 51, 34, 45, None),  # W-14
        (101, 66, None, 51, 34, 44, None),  # W-15
        (101, 81, None, 51, 41, 54, None),  # W-16
        (301, None, None, 151, None, None, None),  # E30, and the majority of all members in W-22:
        (1234, None, None, 618, None, None, None),
        (200, None, 80, 101, None, None, 26),  # W-31
        (200, None, 81, 101, None, None, 27),
        (13, None, None, 7, None, None, None),  # W-32: the charter's seats
        (1, 1, 1, 1, 1, 1, 0),
        (10, 0, 0, 6, 1, 0, 0),
    ],
)
def test_thresholds_of_an_assembly(base, attending, in_person, quorum, ordinary, special, proxies):
    found = assembly_thresholds(base, attending, in_person)
    assert (found.quorum, found.ordinary, found.special, found.proxies_max) == (quorum, ordinary, special, proxies)
    expected = ["UA-27-quorum", *["UA-27-ordinary", "UA-27-special"] * (attending is not None), *["PR-07-cap"] * (in_person is not None)]
    assert [basis.rule for basis in found.bases] == expected


def test_what_is_wrong_with_an_attendance_is_noted():
    short = assembly_thresholds(120, 58, 38)
    assert "未達" in short.bases[1].note
    assert "超過上限" in short.bases[3].note
    assert not any(basis.note for basis in assembly_thresholds(120, 61, 46).bases)


def test_signatures_that_requests_need():
    """W-17 and W-30, from the dated shares."""
    shares = law.at(date(2026, 1, 1))
    assert at_least(shares.share("requests.members"), 1234) == 247
    assert at_least(shares.share("requests.delegates"), 101) == 34
    assert at_least(shares.share("requests.directors"), 13) == 5
    assert at_least(shares.share("audit.members"), 1234) == 124
    assert at_least(shares.share("audit.delegates"), 101) == 34
    assert at_least(Fraction(1, 3), 80) == 27


@given(st.integers(1, 10**6), st.sampled_from(UnionKind))
def test_more_members_never_mean_fewer_officers(members, kind):
    one, more = officer_limits(members, kind), officer_limits(members + 1, kind)
    assert one.directors_min <= one.directors_max <= more.directors_max
    assert one.supervisors_max * 3 <= one.directors_max
    assert one.standing_directors_max * 3 <= one.directors_max
    assert one.alternate_directors_max * 2 <= one.directors_max


@given(st.integers(1, 10**6), st.integers(0, 10**6))
def test_a_special_majority_is_never_smaller_than_two_thirds(base, attending):
    found = assembly_thresholds(base, min(base, attending), min(base, attending))
    assert found.special * 3 >= 2 * min(base, attending)
    assert found.quorum * 2 > base
    assert found.proxies_max * 3 <= min(base, attending)
