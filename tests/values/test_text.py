import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionops.values.text import half_width, name_key, tidy_name, unseen, without_unseen


def test_width_changes_letters_and_digits_only():
    assert half_width("Ａ１，２３４　元") == "A1,234 元"
    # A compatibility ideograph and an astral character, which NFKC or a smaller encoding would spoil.
    assert half_width("\ufa12𤧟犇㈱") == "\ufa12𤧟犇㈱"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("紀　勳", "紀勳"),
        (" 陳蓋明 ", "陳蓋明"),
        ("SRI  WAHYUNI ", "SRI WAHYUNI"),
        ("NGUYEN THI O'HARA-LÊ", "NGUYEN THI O'HARA-LÊ"),
        ("古穆 ‧ 巴奈　", "古穆‧巴奈"),
        ("阮慧𤧟", "阮慧𤧟"),
        ("王\n小明", "王小明"),
        ("", ""),
        ("　", ""),
        ("王小明 John", "王小明John"),
        ("\ue000 𡍼", "\ue000𡍼"),
    ],
)
def test_a_name_as_it_is_kept(typed, kept):
    assert tidy_name(typed) == kept


def test_names_are_compared_without_blanks_and_with_one_middle_dot():
    assert len({name_key(name) for name in ("達利·里夢", "達利‧里夢", "達利・里夢", "達利 • 里夢", "達利．里夢")}) == 1
    assert name_key("Sri Wahyuni") == name_key("ＳＲＩ　ＷＡＨＹＵＮＩ")
    assert name_key("SRI WAHYUNI") != name_key("SRIWAHYUNI")
    assert name_key("江英晧") != name_key("江英皓")


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("王小明", ()),
        ("B126\u200b832504", ("zero_width",)),
        ("陳\u200d大\u200c文", ("zero_width",)),
        ("王\u202e明大", ("bidi",)),
        ("\u200e林志玲\u200f", ("bidi",)),
        ("王\x00小明", ("control_char",)),
        ("👍👨\u200d👩\u200d👧 謝謝", ()),
        ("葛\U000e0100城", ()),
        ("王\n小明\t", ()),
        ("\u200b\x07\u202a", ("zero_width", "control_char", "bidi")),
    ],
)
def test_unseen_characters_are_reported(text, codes):
    assert unseen(text) == codes


def test_unseen_characters_can_be_taken_out():
    assert without_unseen("陳\u200d大\u202e文") == "陳大文"


@given(st.text())
def test_tidying_loses_nothing_but_blanks_and_is_done_in_one_go(text):
    tidy = tidy_name(text)
    assert "".join(tidy.split()) == "".join(text.split())
    assert tidy_name(tidy) == tidy
