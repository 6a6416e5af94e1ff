from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionops.values.money import AmountUnreadable, ntd, ntd_in_words, parse_ntd, round_ntd

AMOUNTS = st.integers(-(10**14), 10**14)


@pytest.mark.parametrize(
    ("amount", "how", "dollars"),
    [
        ("678.5", "half_up", 679),
        ("2035.5", "half_up", 2036),
        ("1424.85", "half_up", 1425),
        ("678.4999", "half_up", 678),
        ("-678.5", "half_up", -679),
        ("180.01", "up", 181),
        ("180", "up", 180),
        ("180.99", "down", 180),
        ("0", "up", 0),
    ],
)
def test_rounding_to_whole_dollars(amount, how, dollars):
    assert round_ntd(Decimal(amount), how) == dollars


def test_a_float_is_refused_before_it_can_lie():
    with pytest.raises(TypeError):
        round_ntd(678.5, "half_up")


@pytest.mark.parametrize("amount", ["NaN", "Infinity"])
def test_what_is_no_amount_is_refused(amount):
    with pytest.raises(ValueError, match="not an amount"):
        round_ntd(Decimal(amount), "half_up")


@pytest.mark.parametrize(
    ("text", "dollars"),
    [
        ("1,234", 1234),
        ("NT$1,234", 1234),
        ("nt$ 1234 元", 1234),
        ("$1,234", 1234),
        ("１，２３４元整", 1234),
        ("３０３００", 30300),
        ("1234.00", 1234),
        ("-50", -50),
        ("NT$-50", -50),
        ("0", 0),
        ("1,234,567圓", 1234567),
    ],
)
def test_reading_amounts(text, dollars):
    assert parse_ntd(text) == dollars


@pytest.mark.parametrize("text", ["", "很多", "2.5", "3.03E+104", "1,23", "12,34,567", "--5", "-$-5", "٣", "1 234 元 5", "0x10", "=1+1"])
def test_what_is_no_amount_of_dollars(text):
    with pytest.raises(AmountUnreadable) as caught:
        parse_ntd(text)
    assert caught.value.code == "not_a_number"


def test_an_amount_beyond_all_sense():
    with pytest.raises(AmountUnreadable) as caught:
        parse_ntd("9" * 16)
    assert caught.value.code == "out_of_range"


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (0, "零元整"),
        (1234, "壹仟貳佰參拾肆元整"),
        (10, "壹拾元整"),
        (105, "壹佰零伍元整"),
        (1005, "壹仟零伍元整"),
        (1050, "壹仟零伍拾元整"),
        (10000, "壹萬元整"),
        (10010, "壹萬零壹拾元整"),
        (100000, "壹拾萬元整"),
        (110500, "壹拾壹萬零伍佰元整"),
        (100000001, "壹億零壹元整"),
        (100010000, "壹億零壹萬元整"),
        (10001000, "壹仟萬壹仟元整"),
        (200000050, "貳億零伍拾元整"),
        (-30, "負參拾元整"),
        (10**12, "壹兆元整"),
    ],
)
def test_amounts_in_words(amount, words):
    assert ntd_in_words(amount) == words


def test_amounts_too_large_for_words():
    with pytest.raises(ValueError, match="too large"):
        ntd_in_words(10**16)


@given(AMOUNTS)
def test_what_is_written_can_be_read_again(amount):
    assert parse_ntd(ntd(amount)) == parse_ntd(f"NT${ntd(amount)}元") == amount


@given(AMOUNTS, AMOUNTS)
def test_words_tell_different_amounts_apart(one, other):
    assert (ntd_in_words(one) == ntd_in_words(other)) is (one == other)
    assert "零零" not in ntd_in_words(one)


@given(st.decimals(-(10**9), 10**9, places=3))
def test_rounding_moves_by_less_than_a_dollar(amount):
    assert abs(round_ntd(amount, "half_up") - amount) <= Decimal("0.5")
    assert abs(round_ntd(amount, "down")) <= abs(amount) <= abs(round_ntd(amount, "up"))
