import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionops.values import identifiers
from unionops.values.identifiers import Identity, Phone, business_number, identity_check, normal_phone, read_phone
from unionops.values.problems import Unreadable


@pytest.mark.parametrize(
    ("number", "kind", "sex"),
    [
        ("A123456789", "national", "M"),
        ("B103251850", "national", "M"),
        ("B293157767", "national", "F"),
        ("K265513799", "national", "F"),
        ("B909110363", "resident_new", "F"),
        ("N844881652", "resident_new", "M"),
        ("BB94553903", "resident_old", "F"),
        ("FB57169825", "resident_old", "F"),
    ],
)
def test_good_numbers_of_each_kind(number, kind, sex):
    assert identity_check(number) == Identity(True, kind, sex, number, None)


@pytest.mark.parametrize(
    ("text", "normal", "repairs"),
    [
        ("Ｈ１５９７１５９２５", "H159715925", ("fullwidth",)),
        ("n194595965", "N194595965", ()),
        ("M222429244 ", "M222429244", ()),
        ("　M222429244", "M222429244", ()),
        ("B126\u200b832504", "B126832504", ("zero_width",)),
        ("A123 456 789", "A123456789", ()),
    ],
)
def test_what_is_put_right_is_told(text, normal, repairs):
    found = identity_check(text)
    assert (found.valid, found.normal, found.repairs) == (True, normal, repairs)


@pytest.mark.parametrize("text", ["F154965993", "A936645840", "A128571321", "A123456788"])
def test_a_wrong_check_digit_leaves_kind_and_sex_known(text):
    found = identity_check(text)
    assert (found.valid, found.problem) == (False, "id_checksum")
    assert found.kind in ("national", "resident_new")
    assert found.sex in ("M", "F")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "待補",
        "－",
        "I10898016",
        "110274983",
        "B1684636981",
        "' OR '1'='1",
        "\u0410151658029",
        "A323456789",
        "AE23456789",
        "ı123456789",
        "ß23456789",
        "A12345678\u0667",
    ],
)
def test_a_wrong_shape(text):
    found = identity_check(text)
    assert (found.valid, found.kind, found.sex, found.problem) == (False, "unknown", None, "id_format")


@given(st.sampled_from(["A123456789", "B909110363", "N844881652", "B293157767"]), st.integers(2, 9), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(number, place, shift):
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    changed = identity_check(wrong)
    # The weights 8, 6, 5, 4 and 2 share a factor with ten: an error there can slip through, at 7, 3, 1, 1 it cannot.
    if place in (2, 6, 8, 9):
        assert changed.problem == "id_checksum"


@given(st.text(max_size=20))
def test_any_text_is_judged(text):
    found = identity_check(text)
    assert found.valid is (found.problem is None)
    assert not found.valid or (len(found.normal) == 10 and found.normal.isascii())


def test_business_numbers():
    assert business_number("００５０１５０３") == business_number(" 00501503 ") == "00501503"
    for text, code in [("00501502", "ubn_checksum"), ("12345", "ubn_format"), ("٠٠501503", "ubn_format")]:
        with pytest.raises(Unreadable) as caught:
            business_number(text)
        assert caught.value.code == code


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("926291614", Phone("0926291614", "mobile", repairs=("phone_zero",))),
        ("0926-291-614", Phone("0926291614", "mobile")),
        ("0983 398 990", Phone("0983398990", "mobile")),
        ("+886-912-345-678", Phone("0912345678", "mobile")),
        ("886912345678", Phone("0912345678", "mobile")),
        ("０９２７９８５０５４", Phone("0927985054", "mobile", repairs=("fullwidth",))),
        ("0956-788013(LINE)", Phone("0956788013", "mobile", remark="LINE")),
        ("(04)24522076", Phone("0424522076", "landline")),
        ("(049)2681823", Phone("0492681823", "landline")),
        ("422223333", Phone("0422223333", "landline", repairs=("phone_zero",))),
        ("(04)2222-3333 轉 123", Phone("0422223333#123", "landline", extension="123")),
        ("04-22223333分機12", Phone("0422223333#12", "landline", extension="12")),
        ("04-22223333 ext. 5", Phone("0422223333#5", "landline", extension="5")),
        ("29479226", Phone("29479226", "local")),
        ("2922156#8", Phone("2922156#8", "local", extension="8")),
        ("0800-000-789", Phone("0800000789", "other")),
        ("+84 912 345 678", Phone("+84912345678", "foreign")),
    ],
)
def test_telephone_numbers(text, phone):
    assert read_phone(text) == phone


def test_an_area_code_completes_a_local_number():
    assert normal_phone("29479226", area_code="04") == "0429479226"
    assert normal_phone("2922156", area_code="049") == "0492922156"


@pytest.mark.parametrize(
    "text", ["", "無", "1", "0912", "09123456789012", "01-2345678", "12345678", "<script>", "+999 12345678", "+84 1", "0800-FLOWERS"]
)
def test_what_is_no_telephone_number(text):
    with pytest.raises(Unreadable) as caught:
        read_phone(text)
    assert caught.value.code == "phone_format"


@given(st.from_regex(r"\A09[0-9]{8}\Z"))
def test_a_mobile_survives_every_way_of_writing_it(number):
    ways = (number, f"{number[:4]}-{number[4:7]}-{number[7:]}", number[1:], f"+886 {number[1:]}", f"{number[:4]} {number[4:]}")
    assert {normal_phone(way) for way in ways} == {number}


@given(st.text(max_size=30))
def test_any_text_gives_a_number_or_a_reason(text):
    try:
        code = "" if normal_phone(text) else "nothing"
    except Unreadable as unreadable:
        code = unreadable.code
    assert code in ("", "phone_format")


@given(st.from_regex(identifiers._USUAL, fullmatch=True))
def test_a_number_written_as_usual_is_read_as_the_library_reads_it(text):
    assert read_phone(text) == read_phone(f"{text}\u3000")  # A blank that the usual form has not.
