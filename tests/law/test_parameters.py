import itertools
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from unionops import law
from unionops.law import parameters
from unionops.law.parameters import LawBook, NoValue, Parameter, parse_value, tables

DAY = date(2026, 3, 25)


def dated(value, day, confidence="verified", key="x.rate", **more):
    return Parameter(key, day, value, "rate", "某率", "某法第 1 條", "公報", confidence, **more)


def test_a_figure_in_force_on_a_day():
    assert law.at(DAY)["nhi.rate"] == Decimal("0.0517")
    assert law.at(DAY)["wage.minimum_month"] == 29500
    assert law.at(date(2025, 12, 31))["wage.minimum_month"] == 28590
    assert law.at(date(2024, 12, 31))["li.rate"] == Decimal("0.11")
    assert law.at(date(2025, 1, 1))["li.rate"] == Decimal("0.115")
    assert law.at(DAY)["majority.special"] == Fraction(2, 3)
    assert law.at(DAY)["finance.board_accounts_by"] == "03-31"


def test_a_day_without_a_value_says_so():
    with pytest.raises(KeyError) as caught:
        law.at(date(2000, 1, 1))["nhi.rate"]
    assert str(caught.value) == "no value of 'nhi.rate' in force on 2000-01-01; the first is of 2021-01-01"
    with pytest.raises(NoValue, match=r"no value of 'no\.such' in force on 2026-03-25"):
        law.at(DAY)["no.such"]
    assert law.at(date(2000, 1, 1)).get("nhi.rate") is None
    assert "nhi.rate" not in law.at(date(2000, 1, 1))
    assert "nhi.rate" in dict(law.at(DAY))
    assert len(law.at(date(2000, 1, 1))) == 0


def test_what_is_not_announced_is_shown_but_never_used():
    later = law.at(date(2027, 2, 1))
    assert later["wage.minimum_month"] == 29500
    assert later.pending("wage.minimum_month").value == 30900
    assert later.pending("nhi.rate") is None
    assert law.at(DAY).pending("wage.minimum_month") is None


def test_a_later_value_ends_the_warning_and_history_keeps_all():
    book = LawBook([dated(Decimal("0.1"), date(2025, 1, 1)), dated(Decimal("0.2"), date(2026, 1, 1), "provisional")])
    assert book.at(DAY).pending("x.rate").value == Decimal("0.2")
    confirmed = book.with_entries([dated(Decimal("0.25"), date(2026, 1, 1), confirmed_by="林秀琴")])
    assert confirmed.at(DAY)["x.rate"] == Decimal("0.25")
    assert confirmed.at(DAY).pending("x.rate") is None
    assert confirmed.at(date(2025, 6, 1))["x.rate"] == Decimal("0.1")
    assert book.at(DAY)["x.rate"] == Decimal("0.1")
    assert [entry.value for entry in confirmed.history("x.rate")] == [Decimal("0.1"), Decimal("0.2"), Decimal("0.25")]


def test_a_confirmed_provisional_value_counts():
    book = LawBook([dated(Decimal("0.2"), date(2026, 1, 1), "provisional", confirmed_by="林秀琴")])
    assert book.at(DAY)["x.rate"] == Decimal("0.2")


def test_the_last_entered_of_one_day_counts():
    book = LawBook([dated(Decimal("0.1"), DAY), dated(Decimal("0.3"), DAY)])
    assert book.latest()["x.rate"] == Decimal("0.3")


def test_typed_reading():
    snapshot = law.at(DAY)
    assert snapshot.whole("union.founders_min") == 30
    assert snapshot.rate("li.member_share") == Decimal("0.60")
    assert snapshot.share("requests.members") == Fraction(1, 5)
    with pytest.raises(TypeError, match=r"nhi\.rate is Decimal, not int"):
        snapshot.whole("nhi.rate")


@pytest.mark.parametrize("entry", parameters.BOOK.entries, ids=lambda entry: f"{entry.key}-{entry.valid_from}")
def test_every_built_in_value_is_complete(entry):
    assert entry.title
    assert entry.citation
    assert entry.source
    assert entry.confidence in ("verified", "secondary", "derived", "memory", "provisional")
    assert not isinstance(entry.value, float)
    assert entry.unit != "rate" or 0 < entry.value <= 1


def test_no_key_has_two_values_of_one_day():
    seen = [(entry.key, entry.valid_from) for entry in parameters.BOOK.entries]
    assert len(seen) == len(set(seen))


def test_the_yearly_rates_agree_with_their_table():
    columns = {
        "min_wage_month": ("wage.minimum_month", 1),
        "min_wage_hour": ("wage.minimum_hour", 1),
        "li_ordinary_rate_pct": ("li.rate", 100),
        "ei_rate_pct": ("ei.rate", 100),
        "li_member_share_pct": ("li.member_share", 100),
        "oai_avg_rate_pct": ("oai.average_rate", 100),
        "nhi_rate_pct": ("nhi.rate", 100),
        "nhi_cat2_member_share_pct": ("nhi.member_share", 100),
        "nhi_supplementary_rate_pct": ("nhi.supplementary_rate", 100),
        "nhi_avg_dependants": ("nhi.average_dependants", 1),
    }
    for row in tables("rates_by_year").rows:
        snapshot = law.at(date(int(row["year"]), 12, 31))
        for column, (key, scale) in columns.items():
            pending = snapshot.pending(key)
            if row[column]:
                assert (pending.value if pending else snapshot[key]) * scale == Decimal(row[column]), (row["year"], key)


@pytest.mark.parametrize(
    ("unit", "text", "value"),
    [("rate", "0.0517", Decimal("0.0517")), ("share", "2/3", Fraction(2, 3)), ("NTD", "29500", 29500), ("month_day", "03-31", "03-31")],
)
def test_reading_a_value(unit, text, value):
    assert parse_value(unit, text) == value


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        ("rate", "nan"),
        ("rate", ""),
        ("rate", "1e5"),
        ("share", "1/0"),
        ("NTD", "1/2"),
        ("month_day", "02-30"),
        ("x", "1"),
        ("rate", "5%"),
        ("rate", "--1"),
    ],
)
def test_what_is_no_value(unit, text):
    with pytest.raises(ValueError):
        parse_value(unit, text)


def test_tables_of_a_year():
    grades = tables("li_grades", 2026)
    assert grades.source.startswith("year 2026 (ROC 115)")
    assert grades.rows[0]["insured_salary"] == "29500"
    assert tables("oai_industry_rates", 2023).rows[0]["industry"] == "農、林、牧業"
    assert len(tables("deadline_rules").rows) == 73
    assert tables("disability_lump_sum_days").rows[8]["oai_occupational_days"] == "420"


@pytest.mark.parametrize(("name", "year"), [("li_grades", 2027), ("li_grades", None), ("no_such", 2026)])
def test_a_table_that_is_not_known_is_never_guessed(name, year):
    with pytest.raises(LookupError, match="no table"):
        tables(name, year)


@pytest.mark.parametrize("name", ["li_grades", "nhi_grades", "oai_grades"])
@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_grades_rise_without_gaps(name, year):
    rows = tables(name, year).rows
    low, high = next(key for key in rows[0] if key.endswith("_from")), next(key for key in rows[0] if key.endswith("_to"))
    assert [int(row["grade"]) for row in rows] == list(range(1, len(rows) + 1))
    assert all(int(after[low]) == int(before[high]) + 1 for before, after in itertools.pairwise(rows))
    assert rows[-1][high] == ""
