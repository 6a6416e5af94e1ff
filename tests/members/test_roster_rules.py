"""Member rosters as they come: the office's own files, row by row, and rosters of the same kind made up on the spot."""

import csv
import io
import json
import random
from collections import Counter
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unionops.core.transfer.headings import REASON_HEADING, ROW_HEADING, signature
from unionops.core.transfer.reading import read_table_file
from unionops.members.rules.roster import judge_plans, repair_file
from unionops.members.rules.roster_columns import Grades
from unionops.members.rules.roster_sheets import SheetPlan, plan_sheets
from unionops.members.rules.roster_verdicts import MESSAGES, REFUSED, SILENT, Judgement, same_but_lossy

OFFICE = Path(__file__).parents[1] / "data" / "office"
EXPECTED = json.loads((OFFICE / "expected.json").read_text("utf-8"))
AS_OF = date.fromisoformat(EXPECTED["_about"]["list_as_of"])
GRADES = Grades(
    frozenset({29500, 30300, 31800, 33300, 34800, 36300, 38200, 40100, 42000, 43900, 45800}), frozenset({26400, 27470, 27600, 28590, 28800})
)


def judged(data: bytes, name: str, **options) -> tuple[list[SheetPlan], dict[str, Judgement]]:
    plans = plan_sheets(read_table_file(data, name))
    return plans, judge_plans(plans, as_of=AS_OF, **{"grades": GRADES, **options})


@cache
def office(name: str) -> tuple[list[SheetPlan], dict[str, Judgement]]:
    return judged((OFFICE / name).read_bytes(), name)


def main_rows(name: str):
    judgement = next(iter(office(name)[1].values()))
    return {(row.number if name.endswith("xlsx") else row.record): row for row in judgement.rows}


def rows_by_code(rows) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for number, row in rows.items():
        for code in row.codes if row.status != "skip" else ():
            found.setdefault(code, []).append(number)
    return found


# The office's own files ------------------------------------------------------------------------------------------------


def test_the_heading_of_the_roll_is_found_under_its_titles():
    plan = office("roster.xlsx")[0][0]
    expected = EXPECTED["roster.xlsx"]
    assert plan.sheet.name == expected["sheet"]
    assert list(plan.table.header.rows) == expected["header_rows"]
    assert plan.table.header.first_data_row == expected["first_data_row"]
    assert [column.letter for column in plan.table.mapping.columns if column.index in plan.sheet.hidden_columns] == expected["hidden_columns"]
    assert plan.table.mapping.unmapped == ()


def test_each_sheet_is_taken_for_what_it_is():
    assert [(plan.sheet.name, plan.role) for plan in office("roster.xlsx")[0]] == [
        ("會員名冊", "members"),
        ("退會名冊", "left"),
        ("工作表3", "other"),
    ]


def test_rows_of_the_roll_that_are_no_persons():
    expected = EXPECTED["roster.xlsx"]
    skipped = {row.number: row.skipped_as for row in main_rows("roster.xlsx").values() if row.status == "skip"}
    assert [number for number, kind in skipped.items() if kind == "empty" and number < expected["total_row"]] == expected["rows"]["empty_rows_inside"]
    assert [number for number, kind in skipped.items() if kind == "subtotal"] == [*expected["rows"]["subtotal_rows"], expected["total_row"]]
    assert skipped[expected["sign_row"]] == "sign"


def test_every_row_of_the_roll_has_its_verdict_and_exactly_its_codes():
    expected, rows = EXPECTED["roster.xlsx"], main_rows("roster.xlsx")
    assert rows_by_code(rows) == {code: found["rows"] for code, found in expected["by_code"].items()}
    assert {p["row"]: (p["status"], p["codes"]) for p in expected["people"]} == {
        number: (row.status, row.codes) for number, row in rows.items() if row.status != "skip"
    }
    left = [row for row in rows.values() if row.status == "ok" and row.has_left]
    assert len(left) == expected["rows"]["persons_marked_or_listed_as_left"]


FIELDS = {
    "no": "member_no", "name": "name", "id": "id_number", "sex": "sex", "birth": "birth_on", "join": "joined_on", "mobile": "mobile",
    "group": "group", "salary": "insured_salary", "pay": "insured_salary", "dependants": "dependants", "left": "left_on", "reason": "left_reason",
}  # fmt: skip


def stated(person: dict) -> dict:
    return {key: person[key] for key in FIELDS if key in person}


def found_for(person: dict, row) -> dict:
    values = {key: row.values.get(FIELDS[key]) for key in FIELDS if key in person}
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in values.items()}


def test_every_person_of_the_roll_is_read_as_a_careful_clerk_would():
    rows = main_rows("roster.xlsx")
    for person in EXPECTED["roster.xlsx"]["people"]:
        assert found_for(person, rows[person["row"]]) == stated(person)


def test_totals_of_the_rows_that_can_be_written():
    expected = EXPECTED["roster.xlsx"]["totals_of_ok_rows"]
    good = [row.values for row in main_rows("roster.xlsx").values() if row.status == "ok"]
    assert {
        "salary": sum(values["insured_salary"] or 0 for values in good),
        "dependants": sum(values["dependants"] or 0 for values in good),
        "men": sum(values["sex"] == "M" for values in good),
        "women": sum(values["sex"] == "F" for values in good),
        "per_group": dict(Counter(values["group"] for values in good)),
    } == expected


def test_the_list_of_those_who_left():
    expected = EXPECTED["roster.xlsx"]["left_sheet"]
    rows = {row.number: row for row in office("roster.xlsx")[1]["退會名冊"].rows}
    assert len(rows) == expected["rows"]
    for code, numbers in expected["codes"].items():
        assert rows_by_code(rows)[code] == numbers
    for person in expected["people"]:
        assert found_for(person, rows[person["row"]]) == stated(person)
        assert rows[person["row"]].status == "ok"


@pytest.mark.parametrize("name", ["roster_big5.csv", "roster_utf8bom.csv"])
def test_rosters_in_text_files(name):
    expected, rows = EXPECTED[name], main_rows(name)
    assert len(rows) == expected["records"]
    assert {row.status for row in rows.values()} == {"ok"}
    by_code = rows_by_code(rows)
    assert {code: by_code.get(code) for code in expected["by_code"]} == expected["by_code"]
    # What else is said are repairs, and the remark 退 of the old program.
    assert set(by_code) - set(expected["by_code"]) <= SILENT | {"left_mark"}
    for person in expected["people"]:
        assert found_for(person, rows[person["record"]]) == stated(person)
        true = person.get("name_true")
        if true:
            assert same_but_lossy(rows[person["record"]].values["name"], true)
            assert rows[person["record"]].is_doubtful_name == (rows[person["record"]].values["name"] != true)


def test_those_whom_the_old_program_marks_have_left():
    rows = main_rows("roster_big5.csv")
    assert [n for n, row in rows.items() if row.has_left] == [
        person["record"] for person in EXPECTED["roster_big5.csv"]["people"] if person["match"] == "left_sheet"
    ]


def test_a_list_of_another_year_is_not_held_against_todays_grades():
    assert [notice.code for notice in office("roster_big5.csv")[1][""].notices] == ["salaries_are_old"]


@pytest.mark.parametrize("case", EXPECTED["naughty.csv"]["rows"], ids=lambda case: case["key"])
def test_naughty_rows(case):
    row = main_rows("naughty.csv")[case["record"]]
    allowed = {
        "accept": {"ok"},
        "refuse": {"refuse", "duplicate"},
        "either": {"ok", "refuse"},
        "ignore": {"skip"},
    }[case["expect"]]
    assert row.status in allowed
    assert set(case["codes"]) <= set(row.codes)
    if case["expect"] == "accept":
        assert set(row.codes) <= SILENT
    if row.status in ("refuse", "duplicate"):
        assert row.reasons
        assert all("%(" not in reason for reason in row.reasons)


def test_a_duplicate_heading_is_pointed_out():
    plan = office("naughty.csv")[0][0]
    assert list(plan.table.mapping.duplicates) == EXPECTED["naughty.csv"]["duplicate_headings"]
    assert "duplicate_heading" in [notice.code for notice in plan.notices]


def test_text_that_was_accepted_comes_back_as_it_was_typed():
    source = list(csv.reader(io.StringIO((OFFICE / "naughty.csv").read_text("utf-8-sig"), newline="")))
    for record, row in main_rows("naughty.csv").items():
        if row.status == "ok" and len(source[record]) > 9 and not row.codes:
            assert row.values["note"] == (source[record][9].strip() or None)


def test_every_code_has_its_words():
    rows = [row for name in ("roster.xlsx", "naughty.csv", "roster_big5.csv") for row in main_rows(name).values()]
    findings = [finding for row in rows for finding in row.findings]
    assert {finding.code for finding in findings} <= MESSAGES.keys()
    assert MESSAGES.keys() >= REFUSED | SILENT
    impossible = next(finding for finding in main_rows("roster.xlsx")[228].findings)
    assert (impossible.code, impossible.cell, impossible.raw, impossible.field) == ("date_impossible", "F228", "68/13/5", "birth_on")
    assert impossible.message.text == "出生日期：沒有這一天"


# The register --------------------------------------------------------------------------------------------------------


def test_a_second_import_of_the_same_file_makes_nobody_new():
    data = (OFFICE / "roster_utf8bom.csv").read_bytes()
    known = {person["id"]: person["name"] for person in EXPECTED["roster_utf8bom.csv"]["people"]}
    rows = judged(data, "roster_utf8bom.csv", known=known)[1][""].rows
    assert all(row.is_known and row.status == "ok" for row in rows)


def test_a_known_number_under_another_name_is_for_somebody_to_decide():
    data = csv_bytes([["姓名", "身分證字號", "生日"], ["王小明", "A123456789", "70/1/1"]])
    row = judged(data, "a.csv", known={"A123456789": "陳大華"})[1][""].rows[0]
    assert (row.status, row.codes) == ("duplicate", ["dup_name_changed"])


def test_a_lossy_name_is_no_other_name():
    data = csv_bytes([["姓名", "身分證字號", "生日"], ["王?明", "A123456789", "70/1/1"]])
    row = judged(data, "a.csv", known={"A123456789": "王堃明"})[1][""].rows[0]
    assert (row.status, row.codes, row.is_doubtful_name) == ("ok", ["lossy_name"], True)


def test_who_joined_again_after_leaving_stands_on_both_lists_by_right():
    data = csv_bytes([["姓名", "身分證字號", "入會日期"], ["王小明", "A123456789", "110/1/1"]])
    assert judged(data, "a.csv", left_people={"A123456789": date(2010, 1, 1)})[1][""].rows[0].codes == []
    assert judged(data, "a.csv", left_people={"A123456789": date(2022, 1, 1)})[1][""].rows[0].codes == ["left_but_listed"]


# Repair ----------------------------------------------------------------------------------------------------------------


def csv_bytes(rows, encoding="utf-8-sig") -> bytes:
    target = io.StringIO()
    csv.writer(target).writerows(rows)
    return target.getvalue().encode(encoding)


def test_refused_rows_go_out_for_repair_and_come_back():
    plans, judgements = office("roster.xlsx")
    headings, rows = repair_file(plans[0].table, judgements["會員名冊"])
    assert headings[-2:] == [ROW_HEADING, REASON_HEADING]
    assert len(rows) == 32
    assert rows[0][-2] == 31
    assert "檢查碼" in rows[0][-1]
    # Corrected, and imported as CSV this time.
    identity = headings.index("身分證字號")
    birth = headings.index("出生年月日")
    for number, row in enumerate(rows):
        row[identity], row[birth] = national_id(number), "70/1/1"
    back_plans, back = judged(csv_bytes([headings, *rows]), "repair.csv")
    assert signature(back_plans[0].table.header) == signature(plans[0].table.header)
    assert back_plans[0].table.mapping.fields.keys() - {"repair"} == plans[0].table.mapping.fields.keys()
    assert Counter(row.status for row in back[""].rows)["refuse"] == 0


# Other rosters of the kind -----------------------------------------------------------------------------------------------

LETTERS = dict(zip("ABCDEFGHJKLMNPQRSTUVXYWZIO", range(10, 36), strict=True))
GIVEN = "明華國志美麗淑芬俊傑建宏家豪怡君雅婷"
FAMILY = "陳林黃張李王吳劉蔡楊"


def national_id(number: int, sex: int = 1) -> str:
    body = f"{sex}{number:07d}"
    tens, ones = divmod(LETTERS["T"], 10)
    total = tens + ones * 9 + sum(int(digit) * weight for digit, weight in zip(body, (8, 7, 6, 5, 4, 3, 2, 1), strict=True))
    return f"T{body}{-total % 10}"


def people(seed: int, count: int) -> list[dict]:
    chance = random.Random(seed)
    return [
        {
            "no": f"{number + 1:04d}",
            "name": chance.choice(FAMILY) + "".join(chance.choices(GIVEN, k=2)),
            "id": national_id(seed * 100 + number, 1 + number % 2),
            "sex": "MF"[number % 2],
            "birth": date(1950, 1, 1) + timedelta(days=chance.randrange(15_000)),
            "join": date(2000, 1, 1) + timedelta(days=chance.randrange(9000)),
            "mobile": f"09{chance.randrange(10**8):08d}",
            "salary": chance.choice(sorted(GRADES.current)),
            "dependants": chance.randrange(4),
            "group": f"第{'一二三'[number % 3]}組",
        }
        for number in range(count)
    ]


HEADINGS = {
    "no": ["會員編號", "會員證號", "MNO", "編 號", "會　號", "MEM_NO"],
    "name": ["姓名", "姓　　名", "會員姓名", "NAME", "Name", "中文姓名", "姓名\n(中文)"],
    "id": ["身分證字號", "身份證號碼", "身分證統一編號", "IDNO", "身分證\n字號", "國民身分證統一編號", "ID_NO"],
    "sex": ["性別", "SEX", "性　別", "Gender"],
    "birth": ["出生年月日", "生日", "BIRTH", "出生日期（民國）", "Birthday", "出生"],
    "join": ["入會日期", "INDATE", "入會年月日", "加入日期", "入會日"],
    "mobile": ["手機", "行動電話", "聯絡電話(手機)", "Mobile", "手機號碼"],
    "salary": ["投保薪資", "月投保薪資", "PAY", "投保金額(元)", "勞保級距"],
    "dependants": ["眷屬人數", "眷口數", "DEP", "健保眷口"],
    "group": ["組別", "小組", "GRP", "所屬小組", "分會"],
}
ROC = {
    "slashes": lambda d: f"{d.year - 1911}/{d.month}/{d.day}",
    "dots": lambda d: f"{d.year - 1911}.{d.month:02}.{d.day:02}",
    "seven": lambda d: f"{d.year - 1911:03}{d:%m%d}",
    "words": lambda d: f"民國{d.year - 1911}年{d.month}月{d.day}日",
    "spaced": lambda d: f"民國 {d.year - 1911} 年 {d.month} 月 {d.day} 日",
    "iso": lambda d: d.isoformat(),
    "christian": lambda d: f"{d.year}/{d.month}/{d.day}",
    "midnight": lambda d: f"{d.isoformat()} 00:00:00",
    "number": lambda d: int(f"{d.year - 1911}{d:%m%d}"),
    "serial": lambda d: (d - date(1899, 12, 30)).days,
    "wide": lambda d: f"{d.year - 1911}/{d.month}/{d.day}".translate({**{48 + i: 0xFF10 + i for i in range(10)}, 47: 0xFF0F}),
    "cell": lambda d: d,
}
SEXES = [("男", "女"), ("M", "F"), ("1", "2"), ("男性", "女性"), (1, 2)]
SALARIES = [lambda n: n, str, lambda n: f"{n:,}", lambda n: f"{n:,}元", lambda n: f"NT${n:,}"]
MOBILES = [lambda t: t, lambda t: f"{t[:4]}-{t[4:7]}-{t[7:]}", lambda t: t[1:], lambda t: f"+886 {t[1:]}", lambda t: int(t), lambda t: f"{t}(LINE)"]


@st.composite
def rosters(draw) -> tuple[bytes, str, list[dict]]:
    folk = people(draw(st.integers(1, 9000)), draw(st.integers(4, 14)))
    kind = draw(st.sampled_from(["xlsx", "utf-8", "utf-8-sig", "cp950", "utf-16"]))
    optional = [key for key in HEADINGS if key not in ("name", "id")]
    columns = draw(st.permutations(["name", "id", *draw(st.lists(st.sampled_from(optional), unique=True, min_size=1))]))
    headings = [draw(st.sampled_from(HEADINGS[column])) for column in columns]
    styles = {key: ROC[draw(st.sampled_from([s for s in ROC if kind == "xlsx" or s != "cell"]))] for key in ("birth", "join")}
    sexes, salary, mobile = draw(st.sampled_from(SEXES)), draw(st.sampled_from(SALARIES)), draw(st.sampled_from(MOBILES))
    write = {
        "sex": lambda value: sexes["MF".index(value)], "salary": salary, "mobile": mobile, "birth": styles["birth"], "join": styles["join"],
    }  # fmt: skip
    serial = draw(st.booleans())
    table = [([n + 1] if serial else []) + [write.get(c, lambda v: v)(person[c]) for c in columns] for n, person in enumerate(folk)]
    head = (["序號"] if serial else []) + headings
    width = len(head)
    lines: list[list] = [[title] for title in draw(st.lists(st.sampled_from(["某某職業工會　會員名冊", "製表日期：115年3月1日", "", "※ 內部資料"]), max_size=4))]
    lines.append(head)
    again = draw(st.integers(0, len(table)))
    for number, row in enumerate(table):
        lines.append(row)
        if number + 1 == again:
            lines += draw(st.sampled_from([[], [[]], [head], [["小計", f"{again}人"]], [["第一組　小　計", "", f"{again}人"], [""], head]]))
    lines += draw(st.sampled_from([[], [["合計", f"{len(folk)}人"]], [[], ["總　計", "", f"共{len(folk)}人"], ["理事長：　　　總幹事：　　　製表："]]]))
    if kind == "xlsx":
        target = io.BytesIO()
        book = xlsxwriter.Workbook(target, {"strings_to_formulas": False})
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy/mm/dd"})
        for y, line in enumerate(lines):
            for x, cell in enumerate(line):
                sheet.write_datetime(y, x, cell, day) if isinstance(cell, date) else sheet.write(y, x, cell)
        book.close()
        return target.getvalue(), "roster.xlsx", [{key: person[key] for key in columns} for person in folk]
    padded = [[*line, *[""] * (width - len(line))] for line in lines]
    return csv_bytes(padded, kind), "roster.csv", [{key: person[key] for key in columns} for person in folk]


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(rosters())
def test_nothing_is_lost_from_any_roster_of_the_kind(made):
    data, name, folk = made
    plans, judgements = judged(data, name)
    assert len(judgements) == 1, [notice.text for notice in plans[0].notices]
    rows = [row for row in next(iter(judgements.values())).rows if row.status != "skip"]
    assert [row.reasons for row in rows if row.status != "ok"] == []
    assert [{key: row.values.get(FIELDS[key]) for key in folk[0]} for row in rows] == folk


def test_two_lines_of_heading_without_merged_cells():
    data = csv_bytes([
        ["編號", "姓名", "身分證", "聯絡方式", "", "", "保險", ""],
        ["", "", "字號", "住家電話", "手機", "地址", "薪資", "眷口"],
        ["A01", "王小明", "A123456789", "04-22223333", "0912345678", "臺中市西區民生路1號", "29500", "1"],
        ["A02", "陳大華", national_id(7), "", "0922345678", "臺中市西區民生路2號", "30300", ""],
    ])  # fmt: skip
    plan, judgement = (found := judged(data, "a.csv"))[0][0], found[1][""]
    assert plan.table.header.rows == (1, 2)
    first = judgement.rows[0].values
    assert (first["member_no"], first["id_number"], first["phone"], first["mobile"], first["dependants"], first["insured_salary"]) == (
        "A01", "A123456789", "0422223333", "0912345678", 1, 29500,
    )  # fmt: skip


def test_a_date_in_three_columns():
    data = csv_bytes([
        ["姓名", "身分證字號", "出生", "", "", "入會日期"],
        ["", "", "年", "月", "日", ""],
        ["王小明", "A123456789", "70", "1", "2", "100/1/1"],
        ["陳大華", national_id(7), "70", "2", "30", "100/1/1"],
        ["林美玲", national_id(8, 2), "59", "12", "31", "100/1/1"],
    ])  # fmt: skip
    rows = judged(data, "a.csv")[1][""].rows
    assert [(row.values["birth_on"], row.codes) for row in rows] == [
        (date(1981, 1, 2), []), (None, ["date_impossible"]), (date(1970, 12, 31), []),
    ]  # fmt: skip
    assert rows[1].findings[0].cell == "C4"


def test_zeros_that_were_guarded_or_turned_into_fractions():
    data = (
        '會員編號,姓名,身分證字號,手機,投保薪資,生日\n="00123",王小明,A123456789,="0912345678",29500.0,700101.0\n'
        f"'00124,陳大華,{national_id(7)},'0922345678,29500.0,700101.0\n125.0,林美玲,{national_id(8, 2)},932345678.0,29500.0,1110101\n"
    ).encode()
    values = [row.values for row in judged(data, "a.csv")[1][""].rows]
    assert [(one["member_no"], one["mobile"], one["insured_salary"]) for one in values] == [
        ("00123", "0912345678", 29500), ("00124", "0922345678", 29500), ("00125", "0932345678", 29500),
    ]  # fmt: skip
    assert values[0]["birth_on"] == date(1981, 1, 1)


def test_one_sheet_a_group_is_one_list():
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    folk = people(4, 6)
    for number in range(2):
        sheet = book.add_worksheet(f"第{number + 1}組")
        sheet.write_row(0, 0, ["姓名", "身分證字號"])
        for line, person in enumerate(folk[number * 3 : number * 3 + 3] + [folk[0]] * number):
            sheet.write_row(line + 1, 0, [person["name"], person["id"]])
    book.close()
    judgements = judged(target.getvalue(), "a.xlsx")[1]
    assert [judgement.counts() for judgement in judgements.values()] == [{"ok": 3}, {"ok": 3, "duplicate": 1}]


def test_groups_that_stand_as_lines_between_the_members():
    data = csv_bytes([
        ["姓名", "身分證字號", "生日"],
        ["第一組（1人）", "", ""],
        ["王小明", "A123456789", "70/1/1"],
        ["第二組", "", ""],
        ["陳大華", national_id(7), "70/1/2"],
    ])  # fmt: skip
    rows = judged(data, "a.csv")[1][""].rows
    assert [(row.status, row.skipped_as, row.values.get("group")) for row in rows] == [
        ("skip", "section", None), ("ok", "", "第一組"), ("skip", "section", None), ("ok", "", "第二組"),
    ]  # fmt: skip


def test_a_list_without_a_heading_is_planned_by_its_content_and_says_so():
    data = csv_bytes([[p["no"], p["name"], p["id"], ROC["slashes"](p["birth"]), p["mobile"]] for p in people(3, 8)])
    plans, judgements = judged(data, "a.csv")
    assert "header_missing" in [notice.code for notice in plans[0].notices]
    assert [row.values["id_number"] for row in judgements[""].rows] == [p["id"] for p in people(3, 8)]
    assert [row.values["mobile"] for row in judgements[""].rows] == [p["mobile"] for p in people(3, 8)]


def test_something_else_is_no_roster():
    plans, judgements = judged(csv_bytes([["品名", "數量", "單價"], ["麥克風", "2", "300"], ["線材", "5", "20"]]), "a.csv")
    assert [plan.role for plan in plans] == ["other"]
    assert judgements == {}


def test_swapped_headings_are_seen_by_the_content():
    folk = people(5, 8)
    data = csv_bytes([["身分證字號", "姓名", "生日"], *[[p["name"], p["id"], ROC["iso"](p["birth"])] for p in folk]])
    plans, judgements = judged(data, "a.csv")
    assert {row.values["name"] for row in judgements[""].rows} == {p["name"] for p in folk}
    assert [notice.code for notice in plans[0].notices]


def test_a_mapping_is_changed_by_a_person_and_remembered():
    folk = people(6, 8)
    data = csv_bytes([["甲", "姓名", "證號", "乙"], *[[p["no"], p["name"], p["id"], ROC["iso"](p["join"])] for p in folk]])
    plan = plan_sheets(read_table_file(data, "a.csv"))[0]
    assert plan.table.mapping.column("member_no") is None
    changed = plan.table.mapping.changed({0: "member_no", 3: "joined_on"})
    again = plan_sheets(read_table_file(data, "a.csv"), {signature(plan.table.header): changed.as_dict()})[0]
    assert again.table.mapping.fields == {"member_no": 0, "name": 1, "id_number": 2, "joined_on": 3}


def test_a_roll_without_identity_numbers_refuses_nobody_for_that():
    plans, judgements = judged(csv_bytes([["會員編號", "姓名", "電話"], ["0001", "王小明", "04-22223333"], ["0002", "陳大華", ""]]), "a.csv")
    assert [notice.code for notice in plans[0].notices] == ["id_column_missing"]
    assert [row.status for row in judgements[""].rows] == ["ok", "ok"]


def test_an_undecodable_row_is_refused_and_the_others_are_not():
    folk = people(8, 4)
    data = csv_bytes([["姓名", "身分證字號", "生日"], *[[p["name"], p["id"], ROC["slashes"](p["birth"])] for p in folk]], "cp950")
    broken = data.replace(folk[1]["name"].encode("cp950"), b"\xa4\xfd\xff\xa9\xfa")
    rows = judged(broken, "a.csv")[1][""].rows
    assert [row.status for row in rows] == ["ok", "refuse", "ok", "ok"]
    assert "undecodable" in rows[1].codes


def test_what_is_no_phone_number_is_kept():
    data = csv_bytes([["姓名", "身分證字號", "電話"], ["王小明", "A123456789", "問鄰居"]])
    assert judged(data, "a.csv")[1][""].rows[0].values["phone"] == "問鄰居"
