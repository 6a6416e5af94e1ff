"""What comes round every year in the office of a union, month by month, and who says so. No dates of one union: those are deadlines."""

from __future__ import annotations

from dataclasses import dataclass

from unionops.law.basis import Basis, Confidence, Source
from unionops.values.problems import _m


@dataclass(frozen=True)
class Habit:
    """One recurring piece of work: in which months, what, and its basis."""

    months: tuple[int, ...]
    title: str
    basis: Basis


def _habit(
    months: tuple[int, ...], title: str, rule: str, citation: str, result: str, *, source: Source = "law", confidence: Confidence = "verified",
    note: str = "",
) -> Habit:
    return Habit(months, title, Basis(rule, citation, result, (), source, confidence, note))


OFFICE_YEAR = (
    _habit(
        (1,), _m("扣繳憑單申報、健保補充保費明細"), "YEAR-TAX", _m("所得稅法第 92 條"), _m("1 月 31 日前申報，2 月 10 日前填發"), confidence="secondary",
        note=_m("期間內遇連續三日以上國定假日時，申報延至 2 月 5 日、填發延至 2 月 15 日。"),
    ),
    _habit(
        (1, 2, 3), _m("年度結帳：財務報表、會務報告、監事會審核"), "FR-13-accounts", _m("工會財務處理準則第 13 條"),
        _m("年度終了後 3 個月內造具，提理事會與監事會"),
    ),
    _habit((3, 6, 9, 12), _m("理事會與監事會、監事查帳"), "UA-24-board", _m("工會法第 24 條；工會財務處理準則第 28 條"), _m("理事會每三個月至少一次，開會七日前通知")),
    _habit(
        (3, 4), _m("會員（代表）大會：決算、工作報告、預算、財產報告"), "UA-23-regular", _m("工會法第 23 條第 2 項、第 26 條、第 29 條"),
        _m("每年至少一次，十五日前送達通知"),
    ),
    _habit(
        (4, 5), _m("年度備查：職員名冊、會員入出會名冊、財務報表、會務及事業經營狀況"), "UA-31-annual", _m("工會法第 31 條第 1 項"),
        _m("年度決算後 30 日內送主管機關"), confidence="derived", note=_m("起算日採大會通過決算之日（工會財務處理準則第 13 條）。"),
    ),
    _habit((4, 5), _m("模範勞工推薦、五一勞動節活動"), "YEAR-MAY", _m("主管機關年度函文"), _m("依當年來函期限"), source="default", confidence="memory"),
    _habit((6, 12), _m("勞保、健保投保薪資檢視"), "LI-11", _m("勞工保險條例第 14 條第 2 項"), _m("2 月底與 8 月底前通知調整"), confidence="secondary"),
    _habit((9,), _m("子女獎學金、重陽敬老申請"), "YEAR-AUTUMN", _m("工會福利辦法"), _m("依辦法所定受理期間"), source="default", confidence="memory"),
    _habit(
        (10, 11, 12), _m("次年度工作計畫、預算與勞工教育計畫"), "FR-12-budget", _m("工會財務處理準則第 12 條；勞工教育實施辦法第 15 條"),
        _m("年度開始前理事會編造，大會通過後送備查"),
    ),
    _habit((12,), _m("會籍清查"), "YEAR-ROLL", _m("主管機關年度函文"), _m("年底前完成，15 日內函報"), source="default", confidence="secondary"),
)


def of_month(month: int) -> tuple[Habit, ...]:
    """What the month brings, January is 1."""
    return tuple(one for one in OFFICE_YEAR if month in one.months)
