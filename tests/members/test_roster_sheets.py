"""Where the heading of a list stands, what its columns are, and the name that stands in two of them."""

from datetime import date

import pytest

from tests.members.rosters import HEADINGS, csv_file, identity, row
from unionops.core.transfer.headings import signature
from unionops.core.transfer.reading import read_table_file
from unionops.members.rules.roster import judge_plans, repair_file
from unionops.members.rules.roster_sheets import plan_sheets
from unionops.members.rules.roster_verdicts import Judgement

AS_OF = date(2026, 9, 1)


def planned(rows: list[list[str]], **given):
    return plan_sheets(read_table_file(csv_file(rows[1:], rows[0]), "a.csv"), **given)[0]


def judged(plan) -> Judgement:
    return judge_plans([plan], as_of=AS_OF)[""]


@pytest.mark.parametrize(
    ("headings", "cells", "name"),
    [
        (["姓", "名"], ["林", "佳慧"], "林佳慧"),
        (["姓氏", "名字"], ["歐陽", " 娜娜 "], "歐陽娜娜"),
        (["名", "姓"], ["佳慧", "林"], "林佳慧"),
        (["Surname", "Given name"], ["NGUYEN", "VAN A"], "NGUYEN VAN A"),
        (["First name", "Family name"], ["VAN A", "NGUYEN"], "NGUYEN VAN A"),
        (["Last Name", "First Name"], ["Lin", "Chia-hui"], "Lin Chia-hui"),
        (["姓", "名"], ["", "SRI WAHYUNI"], "SRI WAHYUNI"),
    ],
)
def test_a_name_in_two_columns_is_one_name(headings, cells, name):
    plan = planned([[*headings, "身分證字號"], [*cells, identity(1)]])
    verdict = judged(plan).rows[0]
    assert (plan.role, verdict.status, verdict.values["name"]) == ("members", "ok", name)


def test_a_middle_name_stands_last_and_a_user_name_is_no_name():
    plan = planned([["Last name", "First name", "Middle name", "User name", "ID No."], ["DELA CRUZ", "JUAN", "SANTOS", "jc", identity(1)]])
    assert judged(plan).rows[0].values["name"] == "DELA CRUZ JUAN SANTOS"


def test_surname_and_given_name_under_one_merged_heading():
    plan = planned([["姓名", "", "證號"], ["姓", "名", ""], ["林", "佳慧", identity(1)]])
    assert (plan.heading, judged(plan).rows[0].values["name"]) == ((1, 2), "林佳慧")


def test_the_whole_name_goes_before_its_parts():
    plan = planned([["中文姓名", "Surname", "Given name", "身分證字號"], ["林佳慧", "Lin", "Chia-hui", identity(1)], ["", "NGUYEN", "VAN A", identity(2)]])
    assert [one.values["name"] for one in judged(plan).rows] == ["林佳慧", "NGUYEN VAN A"]


def test_a_given_name_alone_is_still_the_name():
    assert planned([["名字", "證號"], ["林佳慧", identity(1)]]).table.mapping.column("name") == 0


def test_what_is_wrong_with_a_name_in_two_columns_is_said_at_the_surname():
    plan = planned([["證號", "姓", "名", "生日"], [identity(1), "", "", "70/5/3"]])
    [finding] = judged(plan).rows[0].findings
    assert (finding.code, finding.cell) == ("name_missing", "B2")


def test_a_name_in_two_columns_goes_out_for_repair_and_comes_back():
    plan = planned([["姓", "名", "身分證字號", "生日"], ["林", "佳慧", identity(1), "75/2/30"], ["陳", "志明", identity(2), "75/2/28"]])
    headings, rows = repair_file(plan.table, judged(plan))
    assert [one[:4] for one in rows] == [["林", "佳慧", identity(1), "75/2/30"]]
    back = planned([headings, [*rows[0][:3], "75/2/28", *map(str, rows[0][4:])]])
    assert [(one.status, one.values["name"]) for one in judged(back).rows] == [("ok", "林佳慧")]
    assert signature(back.table.header) == signature(plan.table.header)


TITLES = [["某某工會"] + [""] * 9, ["製表日期", "115/9/1"] + [""] * 8]


def test_a_heading_that_somebody_points_at_is_taken():
    rows = [*TITLES, ["甲", "乙", "丙"] + [""] * 7, row(1)]
    assert planned(rows).heading is None
    plan = planned(rows, pointed={"": (3, 1)})
    assert (plan.heading, plan.table.mapping.column("name"), plan.role) == ((3, 1), None, "members")
    assert "name_column_missing" in [one.code for one in plan.notices]


@pytest.mark.parametrize("pointed", [(1, 3), (4, 3), (99, 1), (0, 0)])
def test_whatever_is_pointed_at_can_be_read(pointed):
    assert judged(planned([*TITLES, HEADINGS, row(1)], pointed={"": pointed})).rows is not None


def test_a_heading_that_was_worked_with_goes_before_one_that_reads_better():
    """No and Person say nothing, so the first row of data would be taken for what it looks like; a memory of the form decides."""
    rows = [["No", "Person", "Paper"], ["姓名", "身分證字號", "會員編號"], ["00001", "林佳慧", identity(1)]]
    assert planned(rows).heading == (2, 1)
    pointed = planned(rows, pointed={"": (1, 1)})
    mapping = pointed.table.mapping.changed({0: "member_no", 1: "name", 2: "id_number"})
    again = planned(rows, remembered={signature(pointed.table.header): mapping.as_dict()})
    assert (again.heading, again.table.mapping.fields) == ((1, 1), {"member_no": 0, "name": 1, "id_number": 2})


def test_numbers_that_only_count_are_no_member_numbers_though_a_total_follows():
    plan = planned([["No.", "姓名", "身分證字號"], *[[str(at), "林佳慧", identity(at)] for at in range(1, 4)], ["合計", "3", ""]])
    assert (plan.table.mapping.column("member_no"), plan.table.mapping.column("ordinal")) == (None, 0)


def test_a_text_file_has_no_name_of_a_sheet_to_tell():
    [notice] = planned([["姓名"], ["林佳慧"]]).notices
    assert notice.text == "沒有找到會員名冊的標題列"
