from datetime import date

import pytest

from unionops.core.setup.rules import SEATS, Typed, as_typed, charter_entries, plain_code, proposed_authority
from unionops.core.union.rules import Circumstances, canonical, charter_keys, value_of
from unionops.law.parameters import built_in
from unionops.law.union_act import UnionKind

KEYS = charter_keys()


@pytest.mark.parametrize(("kind", "seat", "authority"), [
    (UnionKind.OCCUPATIONAL, "臺中市西屯區文心路二段588號", "臺中市政府"),
    (UnionKind.OCCUPATIONAL, "台中市西屯區", "臺中市政府"),
    (UnionKind.ENTERPRISE, "新竹縣竹北市", "新竹縣政府"),
    (UnionKind.INDUSTRIAL, "新竹市東區", "新竹市政府"),
    (UnionKind.INDUSTRIAL, " 臺東縣臺東市", "臺東縣政府"),
    (UnionKind.FEDERATION_REGIONAL, "高雄市三民區", "高雄市政府"),
    (UnionKind.FEDERATION_NATIONAL, "臺北市中正區", "勞動部"),
    (UnionKind.FEDERATION_NATIONAL, "", "勞動部"),
])
def test_authority(kind, seat, authority):
    name, basis = proposed_authority(kind, seat)
    assert name == basis.result == authority
    assert "條" in basis.citation


@pytest.mark.parametrize("seat", ["", "文心路二段588號", "中市西屯區", "Taichung"])
def test_a_seat_that_does_not_say_it(seat):
    assert proposed_authority(UnionKind.OCCUPATIONAL, seat) is None


def test_all_municipalities_cities_and_counties():
    assert len(set(SEATS)) == 22


def test_the_code_however_it_is_typed():
    assert plain_code(" abcd-2345 ") == plain_code("ABCD 2345") == "ABCD2345"


def test_every_key_is_asked_once(app):
    from unionops.core.setup.views import GROUPS

    asked = [f"charter.{short}" for _title, shorts in GROUPS for short in shorts]
    assert sorted(asked) == sorted(KEYS)


# --- the constitution

GIVEN = Circumstances(law=built_in().at(date(2026, 11, 1)), kind=UnionKind.OCCUPATIONAL, members=None, directors=9, supervisors=3)
SHOWN = {key: (as_typed(None if one.default is None else value_of(one, one.default)), "") for key, one in KEYS.items()}


def entered(**changes: tuple[str, str]):
    typed = {key: Typed(*SHOWN[key]) for key in KEYS} | {f"charter.{name}": Typed(*value) for name, value in changes.items()}
    entries, problems = charter_entries(KEYS, typed, SHOWN, GIVEN)
    return {key.removeprefix("charter."): one for key, one in entries.items()}, {p.field.replace("charter.", ""): p.text for p in problems}


def test_defaults_are_shown_as_they_are_typed():
    for key, one in KEYS.items():
        if one.default is not None:
            assert canonical(one, SHOWN[key][0]) == one.default


def test_what_is_left_alone_is_not_entered():
    assert entered() == ({}, {})


def test_a_changed_value_needs_its_clause():
    assert entered(directors=("15", "第 12 條"))[0].keys() == {"directors"}
    assert entered(directors=("15", ""))[1].keys() == {"clause:directors"}


def test_a_clause_alone_confirms_the_default():
    assert entered(directors=("9", "第 12 條")) == ({"directors": Typed("9", "第 12 條")}, {})


def test_an_emptied_value_is_for_later():
    assert entered(directors=("", "")) == ({}, {})
    assert entered(directors=("", "第 12 條"))[1].keys() == {"value:directors"}


@pytest.mark.parametrize(("name", "value"), [
    ("directors", "0"), ("directors", "十五"), ("directors", "999"), ("term_years", "5"), ("dues_monthly_rate", "x"), ("dues_monthly", "-3"),
])
def test_what_cannot_be_read_or_is_forbidden(name, value):
    assert list(entered(**{name: (value, "第 1 條")})[1]) == [f"value:{name}"]


def test_values_are_held_against_the_law_together():
    """With three directors, the default of three standing ones is too many; typed together with one it is right."""
    assert "value:standing_directors" in entered(directors=("3", "第 12 條"), supervisors=("1", "第 12 條"))[1]
    good = {"directors": ("27", "1"), "supervisors": ("9", "1"), "standing_directors": ("9", "1"), "alternate_directors": ("13", "1")}
    assert entered(**good)[1] == {}
    assert "value:supervisors" in entered(supervisors=("10", "第 12 條"))[1]  # A third of nine.


def test_both_steps_of_arrears_in_either_order():
    for months in (("2", "3"), ("20", "30")):
        found = entered(arrears_suspend_months=(months[0], "1"), arrears_expel_months=(months[1], "1"))
        assert found[1] == {}
        assert found[0].keys() == {"arrears_suspend_months", "arrears_expel_months"}
