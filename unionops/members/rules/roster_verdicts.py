"""What is said about a row of a member roster: its verdict, the reason codes and their words.

Owns the words and which of them stop a row. ``roster`` passes the verdicts.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

from unionops.values.problems import Problem, _m
from unionops.values.text import name_key

Status = Literal["ok", "refuse", "duplicate", "skip"]

SILENT = frozenset(
    [
        "fullwidth", "phone_zero", "no_zero_lost", "date_number", "date_serial", "date_hanzi", "name_spaces", "middle_dot",
        "new_arc", "old_arc", "astral_char", "rare_char",
    ]
)
DUPLICATES = frozenset({"dup_same_id", "dup_name_changed", "dup_member_no"})
# Everything that must be corrected before the row is written. Codes in neither set are shown and let through.
REFUSED = frozenset(
    [
        "id_checksum", "id_format", "id_missing", "name_missing", "date_impossible", "date_format", "date_out_of_range",
        "date_order", "birth_in_future", "out_of_range", "not_a_number", "too_long", "unlikely_name", "undecodable",
        "unclosed_quote", "columns_too_many",
    ]
)

MESSAGES: dict[str, str] = {
    "id_checksum": _m("身分證字號檢查碼不符，請與證件核對"),
    "id_format": _m("身分證字號格式不對（應為 1 個英文字母加 9 碼，舊式居留證為 2 個字母加 8 碼）"),
    "id_missing": _m("沒有身分證字號"),
    "name_missing": _m("沒有姓名"),
    "date_impossible": _m("%(label)s：沒有這一天"),
    "date_format": _m("%(label)s：無法辨識的日期"),
    "date_out_of_range": _m("%(label)s：日期不合常理"),
    "date_order": _m("%(label)s：日期先後顛倒"),
    "birth_in_future": _m("出生日期在名冊日期之後"),
    "birth_missing": _m("沒有出生日期"),
    "joined_in_future": _m("入會日期在名冊日期之後"),
    "dup_same_id": _m("與第 %(row)s 列身分證字號相同、姓名相同"),
    "dup_name_changed": _m("與%(where)s身分證字號相同，姓名不同，請確認是否更名"),
    "dup_member_no": _m("與第 %(row)s 列會員編號相同，身分證字號不同"),
    "left_mark": _m("註明已退會或死亡"),
    "left_but_listed": _m("同時列在退會名冊"),
    "sex_mismatch": _m("性別與身分證字號不符"),
    "grade_gone": _m("投保薪資 %(amount)s 元已不在現行分級表"),
    "grade_unknown": _m("投保薪資 %(amount)s 元不在任何年度的分級表"),
    "fullwidth": _m("%(label)s：全形已轉半形"),
    "phone_zero": _m("%(label)s：已補回開頭的 0"),
    "phone_format": _m("%(label)s：無法辨識的電話號碼，照原樣保留"),
    "no_zero_lost": _m("會員編號：已補回開頭的 0"),
    "date_number": _m("%(label)s：數字已讀作日期"),
    "date_serial": _m("%(label)s：試算表的日期序號已讀作日期"),
    "date_hanzi": _m("%(label)s：國字日期"),
    "name_spaces": _m("姓名：已去除空白"),
    "rare_char": _m("姓名有 Big5 以外的字"),
    "astral_char": _m("姓名有罕用字（基本平面以外）"),
    "middle_dot": _m("姓名有間隔號"),
    "old_arc": _m("舊式統一證號（2 個字母）"),
    "new_arc": _m("新式統一證號"),
    "lossy_name": _m("姓名有缺字或無法顯示的字"),
    "name_truncated": _m("姓名長達欄位上限，可能被截斷"),
    "unlikely_name": _m("不像姓名"),
    "address_at_limit": _m("地址長達欄位上限，可能被截斷"),
    "newline_in_field": _m("%(label)s：有換行"),
    "quote_in_field": _m("%(label)s：有引號"),
    "comma_in_field": _m("%(label)s：有逗號"),
    "too_long": _m("%(label)s：太長"),
    "control_char": _m("%(label)s：有控制字元，已去除"),
    "bidi": _m("%(label)s：有文字方向控制字元，已去除"),
    "zero_width": _m("%(label)s：有看不見的字元，已去除"),
    "out_of_range": _m("%(label)s：超出合理範圍"),
    "not_a_number": _m("%(label)s：不是整數"),
    "column_count": _m("欄數與標題列不同（%(found)s 欄，應為 %(expected)s 欄）"),
    "empty": _m("空白列"),
    "formula": _m("%(label)s：開頭像試算表公式，匯出時會加以防護"),
    "markup": _m("%(label)s：有網頁標記，只當文字"),
    "sql": _m("%(label)s：像資料庫指令，只當文字"),
    "template": _m("%(label)s：像樣板語法，只當文字"),
    "path": _m("%(label)s：像檔案路徑，只當文字"),
    "undecodable": _m("這一列有無法辨識的位元組，請改用其他編碼或修正原檔"),
    "unclosed_quote": _m("引號沒有成對，無法確定欄位"),
    "columns_too_many": _m("多出的欄位有資料，內容可能錯位"),
}

@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to say about a row. ``raw`` is what stood in the cell, ``repaired`` what it was read as ("" if it was not)."""

    code: str
    field: str
    cell: str
    raw: str
    repaired: str
    message: Problem

    @property
    def is_silent(self) -> bool:
        """A repair that need not be shown."""
        return self.code in SILENT


@dataclass(slots=True)
class RowVerdict:
    """What is to become of one row. ``number`` is the row as a spreadsheet shows it, ``line`` that of a text file, ``record``
    the n-th after the heading.

    ``values`` holds what could be read, also for a refused row; ``skipped_as`` says what a skipped row is. ``is_known``: the
    identity number is in the register already, so this row changes a record and makes none. ``has_left``: marked or listed as
    gone. ``is_doubtful_name``: never let this name replace a known one.
    """

    number: int
    line: int
    record: int
    status: Status
    values: dict[str, Any] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    skipped_as: str = ""
    is_known: bool = False
    has_left: bool = False
    is_doubtful_name: bool = False
    same_as: int | None = None

    @property
    def codes(self) -> list[str]:
        """The reason codes, each once, in alphabetical order."""
        return sorted({one.code for one in self.findings})

    @property
    def reasons(self) -> list[str]:
        """What a person must know, in words; silent repairs left out."""
        return [one.message.text for one in self.findings if not one.is_silent]


@dataclass(frozen=True)
class Judgement:
    """The verdicts on all rows of a table, in their order, and what is to be said about the table as a whole."""

    rows: list[RowVerdict]
    notices: tuple[Problem, ...] = ()

    def counts(self) -> dict[str, int]:
        """Status → number of rows."""
        return dict(Counter(row.status for row in self.rows))


def same_name(one: str, other: str) -> bool:
    """Whether two names are one, written or kept differently."""
    return name_key(one) == name_key(other) or same_but_lossy(one, other) or same_but_lossy(other, one)


def same_but_lossy(doubtful: str, full: str) -> bool:
    """Whether a name with lost characters (王?勳) or cut short (NGUYEN V) can be the full one."""
    pattern = "".join("." if char in "?？□■\ufffd○*＊〓" else re.escape(char) for char in name_key(doubtful))
    return re.match(pattern, name_key(full)) is not None
