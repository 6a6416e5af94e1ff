import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionops.values.masks import mask, mask_account, mask_address, mask_email, mask_id, mask_name, mask_phone


@pytest.mark.parametrize(
    ("mask", "whole", "shown"),
    [
        (mask_id, "B203456773", "B2******73"),
        (mask_id, "A12", "***"),
        (mask_id, "", ""),
        (mask_phone, "0912345678", "0912***678"),
        (mask_phone, "0422223333#12", "0422******#12"),
        (mask_phone, "2922156", "*******"),
        (mask_account, "00012345678901", "**********8901"),
        (mask_account, "123456", "******"),
        (mask_name, "王小明", "王○明"),
        (mask_name, "王明", "王○"),
        (mask_name, "明", "○"),
        (mask_name, "范姜政豪", "范○○豪"),
        (mask_name, "古穆‧巴奈", "古○○○奈"),
        (mask_name, "SRI WAHYUNI", "S** W******"),
        (mask_name, "A", "*"),
        (mask_name, "", ""),
        (mask_name, "阮慧𤧟", "阮○𤧟"),
        (mask_address, "台中市大雅區文昌街103號", "台中市大雅區***"),
        (mask_address, "428彰化縣員林市福科路67巷58號", "彰化縣員林市***"),
        (mask_address, "文昌街103號", "***"),
        (mask_address, "", ""),
        (mask_email, "ming@example.org", "m***@example.org"),
        (mask_email, "m@example.org", "***@example.org"),
        (mask_email, "no address", "**********"),
    ],
)
def test_what_a_mask_shows(mask, whole, shown):
    assert mask(whole) == shown


def test_a_mask_by_name_and_what_has_none_is_covered_whole():
    assert mask("B203456773", "id") == "B2******73"
    assert mask("王小明", "name") == "王○明"
    assert mask("60/05/12", "secret") == mask("a long remark", "no such kind") == "***"
    assert mask("", "secret") == ""


@given(st.text("ABC0123456789#-", max_size=20))
def test_numbers_keep_their_length_and_hide_three_or_all(number):
    for cover in (mask_id, mask_phone, mask_account):
        shown = cover(number)
        assert len(shown) == len(number)
        assert shown.count("*") >= min(3, len(number))


@given(st.text("王小明李ABC ‧𤧟", max_size=12))
def test_a_name_is_never_whole(name):
    shown = mask_name(name)
    assert not name.strip() or shown != name
    assert not name.strip() or set(shown) & {"*", "○"}


@given(st.text("台中市北區臺路1a ", max_size=40))
def test_an_address_shows_district_at_most(address):
    assert mask_address(address + "光復路12號") == mask_address(address + "光復路12號").split("*")[0] + "***"
    assert "12" not in mask_address("台中市北區光復路12號" + address)
