"""Judges the rows of a member roster: what may be written, what somebody must correct first, what would be a second record.

Owns the verdicts and their reason codes. Reads no file (``core.transfer``), parses no cell (``roster_cells``), writes nothing
and knows no clock: the day of the list, the salary grades in force, the people already known are handed in.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from unionops.core.transfer.tables import RowKinds, Table, repair_rows
from unionops.core.transfer.workbook import Cell, Row, cell_text, column_letter, is_blank
from unionops.members.rules.roster_cells import (
    HARMLESS,
    NOTE_LONGEST,
    SUSPECT,
    TEXT_LONGEST,
    clean_text,
    is_nothing,
    left_mark,
    member_number,
    read_count,
    read_date,
    read_name,
    read_parts,
    read_phones,
    read_salary,
    read_sex,
    text_codes,
)
from unionops.members.rules.roster_fields import LABELS, SheetPlan, looks_like_date, looks_like_id, looks_like_name, looks_like_person
from unionops.values.identifiers import Identity, identity_check
from unionops.values.problems import Problem, _m, problem
from unionops.values.text import half_width, name_key, unseen

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
_TEXTS = (
    [
        "address", "household_address", "note", "group", "department", "employer", "trade", "pay_method", "member_class", "standing", "former_no",
        "staff_no", "education", "nationality", "introducer", "office", "left_reason", "postcode", "email", "line_id", "fax",
        "emergency_contact", "emergency_phone", "spouse", "beneficiary",
    ]
)
_FILLED_DOWN = frozenset({"group", "department", "employer", "trade", "pay_method", "member_class"})
_GROUP = re.compile(r"(?:組|班|區|隊|部|科|課|股|廠|站|分會|支會)(?:[（(].*[)）])?[:：]?$")
_DAYS = ("birth_on", "joined_on", "left_on", "insured_on", "hired_on")
_AMOUNTS = (("insured_salary", read_salary), ("nhi_amount", read_salary), ("dependants", read_count))
_OLDEST = 115
_YOUNGEST = 14
_FAR_AHEAD = 366


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
class Grades:
    """Insured salaries of the grade tables: those in force, and those of earlier tables. Empty: salaries are not compared."""

    current: frozenset[int] = frozenset()
    past: frozenset[int] = frozenset()


@dataclass
class Seen:
    """Whom the sheets of one file named so far: identity number → (row, name), member number → (row, identity number)."""

    by_id: dict[str, tuple[int, str]] = field(default_factory=dict)
    by_no: dict[str, tuple[int, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Judgement:
    """The verdicts on all rows of a table, in their order, and what is to be said about the table as a whole."""

    rows: list[RowVerdict]
    notices: tuple[Problem, ...] = ()

    def counts(self) -> dict[str, int]:
        """Status → number of rows."""
        return dict(Counter(row.status for row in self.rows))


def judge(
    table: Table,
    *,
    as_of: date,
    grades: Grades | None = None,
    known: Mapping[str, str] | None = None,
    left_people: Mapping[str, date | None] | None = None,
    listed: Iterable[str] = (),
    seen: Seen | None = None,
    area_code: str = "",
) -> Judgement:
    """A verdict for every row under the heading.

    ``as_of``: the day the list shows. ``known``: identity number → name of those in the register. ``left_people``: identity
    number → day of leaving of those on a list of leavers; ``listed``: identity numbers on the roll, given when the table
    itself is such a list. ``seen`` carries duplicates from one sheet to the next. ``area_code`` completes short numbers.
    """
    return _Judge(table, as_of, grades or Grades(), known or {}, left_people or {}, frozenset(listed), seen or Seen(), area_code).run()


def judge_plans(
    plans: Sequence[SheetPlan],
    *,
    as_of: date,
    grades: Grades | None = None,
    known: Mapping[str, str] | None = None,
    left_people: Mapping[str, date | None] | None = None,
    area_code: str = "",
) -> dict[str, Judgement]:
    """All sheets of a workbook together, by sheet name: leavers in one show up in the roll of the other."""
    gone = dict(left_people or {}) | {
        number: day for plan in plans if plan.role == "left" and plan.table for number, day in leavers(plan.table).items()
    }
    judged: dict[str, Judgement] = {}
    seen = Seen()
    for plan in plans:
        if plan.role == "members" and plan.table:
            judged[plan.sheet.name] = judge(
                plan.table, as_of=as_of, grades=grades, known=known, left_people=gone, seen=seen, area_code=area_code
            )
    still = {
        row.values["id_number"]
        for judgement in judged.values()
        for row in judgement.rows
        if any(one.code == "left_but_listed" for one in row.findings)
    }
    for plan in plans:
        if plan.role == "left" and plan.table:
            judged[plan.sheet.name] = judge(plan.table, as_of=as_of, known=known, listed=still, area_code=area_code)
    return judged


def leavers(table: Table) -> dict[str, date | None]:
    """Identity number → day of leaving, from a list of those who left; nothing is checked."""
    place, day = table.mapping.column("id_number"), table.mapping.column("left_on")
    gone: dict[str, date | None] = {}
    for row in table.rows() if place is not None else ():
        number = identity_check(cell_text(_at(row, place)))
        if number.kind != "unknown":
            gone[number.normal] = read_date(_at(row, day)).day if day is not None else None
    return gone


def repair_file(table: Table, judgement: Judgement, statuses: Sequence[Status] = ("refuse", "duplicate")) -> tuple[list[str], list[list[Cell]]]:
    """Headings and rows of a file to correct and import again: the original columns, then 列號 and 退件原因."""
    return repair_rows(table, {row.number: row.reasons for row in judgement.rows if row.status in statuses})


def same_but_lossy(doubtful: str, full: str) -> bool:
    """Whether a name with lost characters (王?勳) or cut short (NGUYEN V) can be the full one."""
    pattern = "".join("." if char in "?？□■\ufffd○*＊〓" else re.escape(char) for char in name_key(doubtful))
    return re.match(pattern, name_key(full)) is not None


def _at(row: Row, place: int | None) -> Cell:
    return row.cells[place] if place is not None and place < len(row.cells) else ""


@dataclass(frozen=True)
class _ColumnFacts:
    """What only the whole column shows."""

    number_width: int = 0
    name_is_padded: bool = False
    name_limit: int = 0
    address_limit: int = 0
    address_in_bytes: bool = False
    nought_is_woman: bool = False
    salaries_are_old: bool = False
    width: int = 0


class _Judge:
    def __init__(
        self,
        table: Table,
        as_of: date,
        grades: Grades,
        known: Mapping[str, str],
        left_people: Mapping[str, date | None],
        listed: frozenset[str],
        seen: Seen,
        area_code: str,
    ) -> None:
        self.table = table
        self.as_of = as_of
        self.grades = grades
        self.known = known
        self.left_people = left_people
        self.listed = listed
        self.seen = seen
        self.area_code = area_code
        self.places = {name: place for name, place in table.mapping.fields.items() if name not in ("repair", "ordinal")}
        self.days = [name for name in _DAYS if name in self.places or f"{name}_year" in self.places]
        self.amounts = [(name, reader) for name, reader in _AMOUNTS if name in self.places]
        self.telephones = [name for name in ("mobile", "phone", "work_phone") if name in self.places]
        self.texts = [(name, self.places[name]) for name in _TEXTS if name in self.places]
        self.text_names = [name for name, _ in self.texts]
        self.is_csv = table.sheet.kind == "csv"
        self.kinds = RowKinds(table.header)
        self.down = table.filled_down()
        self.facts = _facts(table, self.places, grades)
        self.group = ""

    def run(self) -> Judgement:
        records = self.table.records()
        rows = [self.row(row, records.get(row.number, 0)) for row in self.table.rows()]
        notices = []
        if self.facts.salaries_are_old:
            notices.append(problem("insured_salary", "投保薪資多為舊年度的級距，未逐列比對現行分級表", code="salaries_are_old"))
        return Judgement(rows, tuple(notices))

    # One row -----------------------------------------------------------------------------------------------------------

    def row(self, row: Row, record: int) -> RowVerdict:
        verdict = RowVerdict(row.number, row.line, record, "ok")
        skipped = self.skipped_as(row)
        if skipped:
            verdict.status, verdict.skipped_as = "skip", skipped
            if skipped == "empty":
                self.find(verdict, "empty", "", None, "")
            return verdict
        self.whole_row(verdict, row)
        self.name(verdict, row)
        self.identity(verdict, row)
        self.member_no(verdict, row)
        self.dates(verdict, row)
        self.phones(verdict, row)
        self.numbers(verdict, row)
        self.free_texts(verdict, row)
        self.leaving(verdict)
        self.doubles(verdict)
        if verdict.findings:
            codes = {one.code for one in verdict.findings}
            if codes & REFUSED:
                verdict.status = "refuse"
            elif codes & DUPLICATES:
                verdict.status = "duplicate"
        return verdict

    def find(self, verdict: RowVerdict, code: str, name: str, raw: Cell | None, repaired: Any, **params: Any) -> None:
        place = self.places.get(name, self.places.get(f"{name}_year"))
        cell = f"{column_letter(place)}{verdict.number}" if place is not None else ""
        message = problem(name, MESSAGES[code], code=code, **({"label": LABELS.get(name, name)} if "%(label)s" in MESSAGES[code] else {}), **params)
        shown = cell_text(raw)[:200] if raw is not None else ""
        verdict.findings.append(Finding(code, name, cell, shown, "" if repaired is None else str(repaired)[:200], message))

    def cell(self, row: Row, name: str) -> Cell:
        place = self.places.get(name)
        return row.cells[place] if place is not None and place < len(row.cells) else ""

    def skipped_as(self, row: Row) -> str:
        """What the row is, if it is no person; "" for a person."""
        identity, name = self.cell(row, "id_number"), self.cell(row, "name")
        if identity != "" and name != "" and looks_like_id(identity):
            return ""
        kind = self.kinds.kind(row.cells)
        if kind in ("empty", "header"):
            return kind
        # A remark that holds 合計 does not make a person a total.
        told = [self.cell(row, one) for one in ("birth_on", "joined_on")]
        has_day = any(not is_blank(cell) and looks_like_date(cell) for cell in told)
        if looks_like_id(identity) or (has_day and looks_like_name(name)):
            return ""
        if kind in ("subtotal", "sign", "note"):
            return kind
        if kind == "section":
            # A name alone in the column of names is a person of whom nothing else is known.
            if looks_like_person(name):
                return ""
            text = half_width("".join(cell_text(cell) for cell in row.cells if not is_blank(cell))).strip()
            if "group" not in self.places and _GROUP.search(text) and len(text) < 30:
                self.group = re.sub(r"[（(].*[)）]|[:：]", "", text).strip()
            return kind
        asked = ("name", "id_number", "member_no", "birth_on", "mobile", "phone", "address")
        return "" if any(not is_blank(self.cell(row, one)) for one in asked) else "empty"

    def whole_row(self, verdict: RowVerdict, row: Row) -> None:
        for flaw in row.flaws:
            self.find(verdict, flaw, "", None, "")
        if not self.is_csv or not self.facts.width or len(row.cells) == self.facts.width:
            return
        extra = [cell for cell in row.cells[self.facts.width :] if not is_blank(cell)]
        if len(row.cells) < self.facts.width or extra:
            self.find(verdict, "column_count", "", None, "", found=len(row.cells), expected=self.facts.width)
        if extra:
            self.find(verdict, "columns_too_many", "", extra[0], "")

    def name(self, verdict: RowVerdict, row: Row) -> None:
        raw = self.cell(row, "name")
        read = read_name(raw, padded=self.facts.name_is_padded)
        verdict.values["name"] = read.name
        for code in read.codes:
            self.find(verdict, code, "name", raw, read.name)
        if not read.name:
            self.find(verdict, "name_missing", "name", raw, "")
        elif self.facts.name_limit and ("middle_dot" in read.codes or re.search("[A-Za-z]", read.name)):
            limit = self.facts.name_limit
            if limit - 1 <= len(_octets(read.name)) <= limit:
                self.find(verdict, "name_truncated", "name", raw, "")
                verdict.is_doubtful_name = True
        verdict.is_doubtful_name |= "lossy_name" in read.codes

    def identity(self, verdict: RowVerdict, row: Row) -> None:
        if "id_number" not in self.places:
            verdict.values["id_number"] = None
            self.sex(verdict, row, None)
            return
        raw = self.cell(row, "id_number")
        if is_nothing(raw):
            verdict.values["id_number"] = None
            self.find(verdict, "id_missing", "id_number", raw, "")
            self.sex(verdict, row, None)
            return
        found = identity_check(cell_text(raw))
        verdict.values["id_number"] = found.normal
        if found.problem:
            self.find(verdict, found.problem, "id_number", raw, "")
        if found.kind in ("resident_new", "resident_old"):
            self.find(verdict, "new_arc" if found.kind == "resident_new" else "old_arc", "id_number", raw, "")
        for code in found.repairs:
            self.find(verdict, code, "id_number", raw, found.normal)
        self.sex(verdict, row, found)

    def sex(self, verdict: RowVerdict, row: Row, identity: Identity | None) -> None:
        raw = self.cell(row, "sex")
        stated = read_sex(raw) if raw != "" else None
        if stated is None and self.facts.nought_is_woman and cell_text(raw).strip() == "0":
            stated = "F"
        told = identity.sex if identity else None
        if identity and identity.valid and stated and told and stated != told:
            self.find(verdict, "sex_mismatch", "sex", raw, told)
        verdict.values["sex"] = stated or told

    def member_no(self, verdict: RowVerdict, row: Row) -> None:
        if "member_no" not in self.places:
            return
        raw = self.cell(row, "member_no")
        if is_nothing(raw):
            verdict.values["member_no"] = None
            return
        typed = cell_text(raw).strip()
        text = member_number(typed)
        if text != typed:
            for code in unseen(typed) + (("fullwidth",) if half_width(typed) != typed else ()):
                self.find(verdict, code, "member_no", raw, text)
        if self.facts.number_width and text.isascii() and text.isdigit() and len(text) < self.facts.number_width:
            text = text.zfill(self.facts.number_width)
            self.find(verdict, "no_zero_lost", "member_no", raw, text)
        if len(text) > TEXT_LONGEST:
            self.find(verdict, "too_long", "member_no", raw, "")
        verdict.values["member_no"] = text

    def dates(self, verdict: RowVerdict, row: Row) -> None:
        values = verdict.values
        for name in self.days:
            if name in self.places:
                raw = self.cell(row, name)
                read = read_date(raw)
            else:
                parts = [self.cell(row, f"{name}_{part}") for part in ("year", "month", "day")]
                raw, read = "/".join(map(cell_text, parts)), read_parts(*parts)
            values[name] = read.day
            if read.day is None and (not read.codes or read.codes == ("missing",)):
                if name == "birth_on":
                    self.find(verdict, "birth_missing", name, raw, "")
                continue
            if name == "left_on" and read.codes == ("date_format",) and left_mark(cell_text(raw)):
                self.find(verdict, "left_mark", name, raw, "")
                verdict.has_left = True
                continue
            for code in read.codes:
                self.find(verdict, code, name, raw, read.day)
        birth, joined, left = values.get("birth_on"), values.get("joined_on"), values.get("left_on")
        if birth and birth > self.as_of:
            self.find(verdict, "birth_in_future", "birth_on", self.cell(row, "birth_on"), "")
            values["birth_on"] = birth = None
        if birth and joined and joined < birth:
            self.find(verdict, "date_order", "joined_on", self.cell(row, "joined_on"), "")
        elif birth and not _YOUNGEST <= self.as_of.year - birth.year <= _OLDEST:
            self.find(verdict, "date_out_of_range", "birth_on", self.cell(row, "birth_on"), "")
        if joined and joined > self.as_of:
            code = "joined_in_future" if (joined - self.as_of).days <= _FAR_AHEAD else "date_out_of_range"
            self.find(verdict, code, "joined_on", self.cell(row, "joined_on"), "")
        if joined and left and left < joined:
            self.find(verdict, "date_order", "left_on", self.cell(row, "left_on"), "")
        if left and (left - self.as_of).days > _FAR_AHEAD:
            self.find(verdict, "date_out_of_range", "left_on", self.cell(row, "left_on"), "")

    def phones(self, verdict: RowVerdict, row: Row) -> None:
        mobile: str | None = None
        others: dict[str, None] = {}
        for name in self.telephones:
            raw = self.cell(row, name)
            if raw == "":
                continue
            read = read_phones(raw, self.area_code)
            if name == "work_phone":
                verdict.values["work_phone"] = "、".join([*([read.mobile] if read.mobile else []), *read.others, *([read.rest] if read.rest else [])])
            else:
                if read.mobile and mobile is None:
                    mobile = read.mobile
                elif read.mobile and read.mobile != mobile:
                    others[read.mobile] = None
                for other in read.others:
                    others[other] = None
                if read.rest:
                    others[read.rest] = None
            for code in read.codes:
                self.find(verdict, code, name, raw, read.mobile or "、".join(read.others))
        if self.telephones:
            verdict.values["mobile"] = mobile
            verdict.values["phone"] = "、".join(others) or None

    def numbers(self, verdict: RowVerdict, row: Row) -> None:
        for name, reader in self.amounts:
            raw = self.cell(row, name)
            read = reader(raw)
            verdict.values[name] = read.number
            for code in read.codes:
                self.find(verdict, code, name, raw, read.number)
            amount = read.number
            if name == "insured_salary" and amount and self.grades.current and not self.facts.salaries_are_old and amount not in self.grades.current:
                self.find(verdict, "grade_gone" if amount in self.grades.past else "grade_unknown", name, raw, "", amount=f"{amount:,}")

    def free_texts(self, verdict: RowVerdict, row: Row) -> None:
        cells = []
        for name, place in self.texts:
            raw = row.cells[place] if place < len(row.cells) else ""
            if raw == "" and self.down and name in _FILLED_DOWN:
                raw = self.down.get((row.number, place), "")
            cells.append(raw if isinstance(raw, str) else cell_text(raw))
        joined = "\t".join(cells)
        suspect = len(joined) > TEXT_LONGEST or (self.is_csv and "," in joined)
        if not suspect and (HARMLESS.fullmatch(joined) or not SUSPECT.search(joined)):
            verdict.values.update(zip(self.text_names, [text.strip() or None for text in cells], strict=True))
        else:
            for name, text in zip(self.text_names, cells, strict=True):
                longest = NOTE_LONGEST if name == "note" else TEXT_LONGEST
                for code in text_codes(text, quoted=self.is_csv, longest=longest):
                    self.find(verdict, code, name, text, "")
                verdict.values[name] = clean_text(text).strip() or None
        if self.group:
            verdict.values["group"] = self.group
        address = verdict.values.get("address")
        if address and self.facts.address_limit:
            size = len(_octets(address)) if self.facts.address_in_bytes else len(address)
            if size >= self.facts.address_limit - self.facts.address_in_bytes:
                self.find(verdict, "address_at_limit", "address", address, "")

    def leaving(self, verdict: RowVerdict) -> None:
        values = verdict.values
        for name in ("note", "standing", "group"):
            text = values.get(name)
            if not text or not (mark := left_mark(text)):
                continue
            self.find(verdict, "left_mark", name, text, mark.left_on)
            verdict.has_left = True
            if mark.left_on and not values.get("left_on"):
                values["left_on"] = mark.left_on
            values["is_dead"] = mark.is_dead
            break
        if values.get("left_on"):
            verdict.has_left = True
        number = values.get("id_number")
        if number in self.listed:
            self.find(verdict, "left_but_listed", "id_number", number, "")
        elif number and number in self.left_people:
            left, joined = self.left_people[number], values.get("joined_on")
            # Who joined again after leaving stands on both lists by right.
            if left is None or joined is None or joined <= left:
                self.find(verdict, "left_but_listed", "id_number", number, left)
                verdict.has_left = True
                values["left_on"] = values.get("left_on") or left

    def doubles(self, verdict: RowVerdict) -> None:
        values, number, name = verdict.values, verdict.values.get("id_number"), verdict.values["name"]
        if number:
            if number in self.seen.by_id:
                row, other = self.seen.by_id[number]
                verdict.same_as = row
                if _same(name, other):
                    self.find(verdict, "dup_same_id", "id_number", number, "", row=row)
                else:
                    self.find(verdict, "dup_name_changed", "id_number", number, "", where=f"第 {row} 列")
                return
            self.seen.by_id[number] = (verdict.number, name)
            if number in self.known:
                verdict.is_known = True
                if name and not _same(name, self.known[number]):
                    self.find(verdict, "dup_name_changed", "name", name, "", where="現有會員")
        no = values.get("member_no")
        if no:
            if no in self.seen.by_no and self.seen.by_no[no][1] != (number or name):
                self.find(verdict, "dup_member_no", "member_no", no, "", row=self.seen.by_no[no][0])
            else:
                self.seen.by_no.setdefault(no, (verdict.number, number or name))


def _same(one: str, other: str) -> bool:
    return name_key(one) == name_key(other) or same_but_lossy(one, other) or same_but_lossy(other, one)


def _octets(text: str) -> bytes:
    """The bytes a text took in an old program; a character that it could not show took one, as its question mark does."""
    return text.encode("cp950", "replace")


# Whole columns ---------------------------------------------------------------------------------------------------------


def _facts(table: Table, places: Mapping[str, int], grades: Grades) -> _ColumnFacts:
    names = _column(table, places.get("name"))
    name_limit, padded = _name_limit([cell for cell in names if isinstance(cell, str)])
    addresses = [cell.strip() for cell in _column(table, places.get("address")) if isinstance(cell, str)]
    address_limit, in_bytes = _address_limit(addresses)
    sexes = {cell_text(cell).strip() for cell in _column(table, places.get("sex"))}
    salaries = [read.number for cell in _column(table, places.get("insured_salary")) if (read := read_salary(cell)).number]
    gone = sum(amount not in grades.current for amount in salaries) if grades.current else 0
    width = 0
    if table.sheet.kind == "csv":
        widths = Counter(len(row.cells) for row in table.rows() if row.cells)
        heading = [row for row in table.sheet.rows if row.number in table.header.rows]
        width = len(heading[-1].cells) if heading else max(widths, key=lambda one: widths[one], default=0)
        # A separator at the end of every row is the program's habit, not a slip.
        common = max(widths, key=lambda one: widths[one], default=width)
        if common > width and widths[common] * 2 > widths.total():
            width = common
    return _ColumnFacts(
        number_width=_number_width(_column(table, places.get("member_no"))),
        name_is_padded=padded,
        name_limit=name_limit,
        address_limit=address_limit,
        address_in_bytes=in_bytes,
        nought_is_woman="0" in sexes and sexes <= {"0", "1"},
        # One roll in ten out of date is an oversight; a third of it is a list of another year.
        salaries_are_old=len(salaries) >= 10 and gone * 3 > len(salaries),
        width=width,
    )


def _column(table: Table, place: int | None) -> list[Cell]:
    if place is None:
        return []
    return [
        cell for row in table.rows()
        if place < len(row.cells) and (cell := row.cells[place]) != "" and (type(cell) is not str or not cell.isspace())
    ]


def _number_width(cells: Sequence[Cell]) -> int:
    """How many digits a member number has, if that is fixed: most texts have the same length and some begin with 0."""
    texts = [text for cell in cells if isinstance(cell, str) and (text := half_width(cell).strip()).isdigit()]
    widths = Counter(map(len, texts))
    if not widths:
        return 0
    width, count = widths.most_common(1)[0]
    padded = any(text[0] == "0" for text in texts if len(text) == width)
    return width if padded and count * 2 > len(texts) else 0


def _name_limit(names: Sequence[str]) -> tuple[int, bool]:
    """Bytes that the field of names holds, 0 if it has no limit; and whether every name is filled up to it with blanks."""
    if len(names) < 5:
        return 0, False
    widths = Counter(map(len, _octets("\n".join(name.replace("\n", " ") for name in names)).split(b"\n")))
    width, count = widths.most_common(1)[0]
    if count * 20 >= len(names) * 19 and sum(name != name.rstrip(" ") for name in names) * 2 > len(names):
        return width, True
    # Not filled up: long names (dots, Latin letters) all end at one width and none goes on.
    long = [len(_octets(name.strip())) for name in names if _LONG_NAME.search(name)]
    most = max(widths)
    if most <= 20 and len(long) >= 4 and sum(most - 1 <= size <= most for size in long) * 5 >= len(long) * 3:
        return most, False
    return 0, False


_LONG_NAME = re.compile("[·‧•・･A-Za-z]")
_CUT = re.compile(r"[0-9之巷弄段路街里區鄉鎮市縣鄰]$")


def _address_limit(addresses: Sequence[str]) -> tuple[int, bool]:
    """The size at which addresses pile up and break off in the middle, in characters or (True) bytes; 0 if nowhere."""
    if len(addresses) < 20:
        return 0, False
    for in_bytes in (False, True):
        sizes = [len(_octets(text)) if in_bytes else len(text) for text in addresses]
        most = max(sizes)
        at = [text for text, size in zip(addresses, sizes, strict=True) if size >= most - in_bytes]
        below = sum(most - 1 - in_bytes - in_bytes <= size < most - in_bytes for size in sizes)
        rest = [text for text, size in zip(addresses, sizes, strict=True) if size < most - in_bytes]
        if len(at) < max(5, len(addresses) // 33) or len(at) * 2 < below * 3 or not rest:
            continue
        cut_at, cut_rest = (sum(_CUT.search(text) is not None for text in texts) / len(texts) for texts in (at, rest))
        if cut_at >= 2 * cut_rest + 0.05:
            return most, in_bytes
    return 0, False
