"""The screens of the union's record."""

from io import BytesIO

import pytest

from tests.browsing import XHTML, Statements
from tests.core.union.test_rules import JPEG, PNG
from unionops.core.union import queries
from unionops.core.union.rules import charter_keys

RECORD = {"name": "臺中市機械業產業工會", "short_name": "機械業工會", "kind": "industrial", "seat": "臺中市西屯區文心路 1 號", "version": ""}
ACCOUNT = {"bank": "004 臺灣銀行", "account_number": "012-345-678901", "holder": "臺中市機械業產業工會", "from_on": "115/1/1"}
VALUE = {"value": "13", "valid_from": "115/1/1", "clause": "第 17 條", "resolution": "第 8 屆第 1 次大會第 3 案"}


def test_an_empty_record_teaches_the_first_step(reader, editor):
    assert "還沒有工會基本資料" in reader.get("union.record").text
    assert "/union/edit" not in reader.get("union.record").links()
    assert "/union/edit" in editor.get("union.record").links()
    for endpoint in ("union.add_bank_account", "union.edit_logo", "union.logo"):
        editor.get(endpoint, status=404)
    editor.get("union.bank_accounts")
    editor.get("union.charter_history", key="charter.directors")


def test_the_record_is_written_and_names_the_bar(editor, reader):
    editor.get("union.edit_record")
    editor.post("union.edit_record", RECORD | {"phone": "04-22223333", "registered_on": "110/3/1", "founded_on": "110/2/1"})
    page = reader.get("union.record")
    assert page.h1 == "臺中市機械業產業工會"
    assert "0422223333" in page.text
    assert "機械業工會" in reader.get("standard.codes").text
    assert editor.get("union.edit_record").value("name") == "臺中市機械業產業工會"


@pytest.mark.parametrize(
    ("changes", "field", "told"),
    [
        ({"name": ""}, "name", "必填"),
        ({"name": "會" * 121}, "name", "最多 120 個字"),
        ({"kind": "guild"}, "kind", "請從清單中選一個"),
        ({"registered_on": "110/2/30"}, "registered_on", "看不懂的日期"),
        ({"founded_on": "199/1/1"}, "founded_on", "成立日不得晚於今日"),
        ({"phone": "1"}, "phone", "無法辨識的電話號碼"),
        ({"email": "nobody"}, "email", "格式不對"),
        ({"tax_number": "12345678"}, "tax_number", "檢查碼不符"),
    ],
)
def test_a_wrong_record_is_refused_beside_its_field(editor, changes, field, told):
    page = editor.post("union.edit_record", RECORD | changes, status=422)
    assert told in page.error(field)
    assert queries.the_union() is None


def test_two_who_edit_at_once_meet(editor, union):
    stale = editor.get("union.edit_record").value("version")
    editor.post("union.edit_record", RECORD | {"version": stale, "seat": "甲地"})
    page = editor.post("union.edit_record", RECORD | {"version": stale, "seat": "乙地"}, status=409)
    assert "甲地" in page.text
    assert "乙地" in page.text
    assert queries.the_union().seat == "甲地"


def test_readers_change_nothing(reader, union):
    for endpoint in ("union.edit_record", "union.edit_logo", "union.add_bank_account"):
        reader.get(endpoint, status=403)
        reader.post(endpoint, status=403)
    reader.post("union.add_charter_value", VALUE, status=403, key="charter.directors")


def test_the_constitution_is_shown_with_the_law_beside_it(reader, union):
    page = reader.get("union.record")
    for definition in charter_keys().values():
        assert definition.zh in page.text
    assert "5–13" in page.text
    assert "UA-17-directors" in page.text
    seals = {e.get("aria-label") for e in page.tree.iter(f"{XHTML}span") if e.get("class") == "src"}
    assert {"來源：法規", "來源：系統預設"} <= seals


def test_a_value_is_added_with_its_clause(editor, reader, union):
    form = editor.get("union.add_charter_value", key="charter.directors")
    assert "5–13" in form.text
    assert editor.post("union.add_charter_value", VALUE, key="charter.directors").location.endswith("/union/charter/charter.directors")
    page = reader.get("union.charter_history", key="charter.directors")
    assert "13 人" in page.text
    assert "第 17 條" in page.text
    assert "林總幹事" in page.text
    assert "第 17 條" in reader.get("union.record").text


@pytest.mark.parametrize("key", charter_keys())
def test_every_key_has_a_form_and_a_history(editor, union, key):
    editor.get("union.add_charter_value", key=key)
    editor.get("union.charter_history", key=key)


@pytest.mark.parametrize(
    ("key", "changes", "field", "told"),
    [
        ("directors", {"value": "14"}, "value", "不得超過 13（工會法第 17 條"),
        ("directors", {"value": ""}, "value", "必填"),
        ("directors", {"value": "十三"}, "value", "須為整數"),
        ("directors", {"clause": ""}, "clause", "必填"),
        ("directors", {"clause": "條" * 61}, "clause", "最多 60 個字"),
        ("directors", {"valid_from": "2/30"}, "valid_from", "看不懂的日期"),
        ("president_elected_by", {"value": "lot"}, "value", "請從清單中選一個"),
        ("term_years", {"value": "5"}, "value", "不得超過 4"),
        ("dues_monthly_rate", {"value": "0.4"}, "value", "不得小於 0.5 %"),
    ],
)
def test_a_wrong_value_is_refused_with_the_rule(editor, union, key, changes, field, told):
    page = editor.post("union.add_charter_value", VALUE | changes, status=422, key=f"charter.{key}")
    assert told in page.error(field)
    assert queries.charter_history(f"charter.{key}") == []


def test_low_dues_are_kept_and_warned_of(editor, union):
    editor.post("union.add_charter_value", VALUE | {"value": "100"}, key="charter.dues_monthly")
    page = editor.get("union.charter_history", key="charter.dues_monthly")
    assert "低於以最低工資試算的下限" in page.text


def test_a_double_click_adds_once(editor, union):
    for _press in range(2):
        editor.post("union.add_charter_value", VALUE, once="k" * 24, key="charter.directors")
    assert len(queries.charter_history("charter.directors")) == 1


def test_an_unknown_key_is_not_found(editor, union):
    editor.get("union.charter_history", status=404, key="charter.colour")
    editor.get("union.add_charter_value", status=404, key="charter.colour")


def test_accounts_are_added_and_ended(editor, reader, union):
    assert "還沒有工會帳戶" in editor.get("union.bank_accounts").text
    assert editor.get("union.add_bank_account").value("holder") == union.name
    editor.post("union.add_bank_account", ACCOUNT)
    assert "012345678901" in editor.get("union.bank_accounts").text
    shown = reader.get("union.bank_accounts").text
    assert "********8901" in shown
    assert "012345678901" not in shown
    [account] = queries.bank_accounts()
    editor.get("union.end_bank_account", account_id=account.id)
    editor.post("union.end_bank_account", {"until_on": "115/2/1"}, account_id=account.id)
    assert "已停用 115/02/01" in editor.get("union.bank_accounts").text
    assert "已於" in editor.post("union.end_bank_account", {"until_on": "115/3/1"}, status=422, account_id=account.id).error("until_on")
    editor.get("union.end_bank_account", status=404, account_id=99)


@pytest.mark.parametrize(
    ("changes", "field", "told"),
    [
        ({"holder": "王小明"}, "holder", "施行細則第 27 條"),
        ({"account_number": "12A4"}, "account_number", "帳號只能有數字"),
        ({"account_number": "123"}, "account_number", "6 至 16 位"),
        ({"bank": ""}, "bank", "必填"),
        ({"from_on": "昨天"}, "from_on", "看不懂的日期"),
    ],
)
def test_a_wrong_account_is_refused_beside_its_field(editor, union, changes, field, told):
    assert told in editor.post("union.add_bank_account", ACCOUNT | changes, status=422).error(field)
    assert queries.bank_accounts() == []


def test_accounts_ask_the_password_again(browser, make_user, union):
    stale = browser.as_(make_user("secretary_general"), fresh=False)
    assert "password" in stale.get("union.add_bank_account", status=302).location
    assert "password" in stale.post("union.add_bank_account", ACCOUNT).location
    assert queries.bank_accounts() == []


@pytest.mark.parametrize(("picture", "media_type"), [(PNG, "image/png"), (JPEG, "image/jpeg")], ids=["png", "jpeg"])
def test_a_logo_is_served_as_what_it_is(editor, union, picture, media_type):
    editor.get("union.edit_logo")
    editor.post("union.edit_logo", {"logo": (BytesIO(picture), "seal.svg")})
    served = editor.get("union.logo").response
    assert served.content_type == media_type
    assert served.get_data() == picture
    assert "/union/logo" in editor.get("union.record").html
    assert editor.client.get("/union/logo", headers={"If-None-Match": served.headers["ETag"]}).status_code == 304
    editor.post("union.remove_logo")
    editor.get("union.logo", status=404)


@pytest.mark.parametrize(
    ("data", "told"),
    [(b"", "檔案是空的"), (b"<svg/>", "不是完整的 PNG 或 JPEG"), (PNG[:-12], "不是完整的")],
)
def test_a_wrong_logo_is_refused(editor, union, data, told):
    assert told in editor.post("union.edit_logo", {"logo": (BytesIO(data), "logo.png")}, status=422).error("logo")
    assert queries.logo() is None


def test_no_logo_chosen_is_told(editor, union):
    assert "請選擇圖檔" in editor.post("union.edit_logo", status=422).error("logo")


def test_the_screens_speak_english(editor, union):
    english = {"Accept-Language": "en"}
    assert "Directors" in editor.get("union.record", headers=english).text
    assert "the directors, from among themselves" in editor.get("union.record", headers=english).text
    editor.get("union.add_charter_value", headers=english, key="charter.president_elected_by")


def test_the_constitution_takes_few_statements(reader, union):
    reader.get("union.record")
    with Statements() as seen:
        reader.get("union.record")
    assert len([one for one in seen if one.startswith("SELECT")]) <= 12
