"""Judges the rows of a member roster: what may be written, what somebody must correct first, what would be a second record.

Owns the order of the questions asked of a row and of the sheets of a file. Reads no file (``core.transfer``), parses no cell
(``roster_cells``), writes nothing and knows no clock: the day of the list, the salary grades in force, the people already known
are handed in.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

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
from unionops.members.rules.roster_columns import Grades, column_facts, octets
from unionops.members.rules.roster_fields import LABELS, NAME_PARTS, name_cell
from unionops.members.rules.roster_looks import looks_like_date, looks_like_id, looks_like_name, looks_like_person
from unionops.members.rules.roster_sheets import SheetPlan
from unionops.members.rules.roster_verdicts import (
    DUPLICATES,
    MESSAGES,
    REFUSED,
    Finding,
    Judgement,
    RowVerdict,
    Status,
    same_name,
)
from unionops.values.identifiers import Identity, identity_check
from unionops.values.problems import problem, words
from unionops.values.text import half_width, unseen

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
_A_MEMBER = words("一位現有會員")
_OLDEST = 115
_YOUNGEST = 14
_FAR_AHEAD = 366


@dataclass
class Seen:
    """Whom the sheets of one file named so far: identity number → (row, name), member number → (row, identity number)."""

    by_id: dict[str, tuple[int, str]] = field(default_factory=dict)
    by_no: dict[str, tuple[int, str]] = field(default_factory=dict)


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


def _at(row: Row, place: int | None) -> Cell:
    return row.cells[place] if place is not None and place < len(row.cells) else ""


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
        self.has_parts = any(part in self.places for part in NAME_PARTS)
        self.is_csv = table.sheet.kind == "csv"
        self.kinds = RowKinds(table.header)
        self.down = table.filled_down()
        self.facts = column_facts(table, self.places, grades)
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
        places = (self.places.get(one) for one in (name, f"{name}_year", *(NAME_PARTS if name == "name" else ())))
        place = next((one for one in places if one is not None), None)
        cell = f"{column_letter(place)}{verdict.number}" if place is not None else ""
        if "%(label)s" in MESSAGES[code]:
            params["label"] = words(LABELS.get(name, name))
        message = problem(name, MESSAGES[code], code=code, **params)
        shown = cell_text(raw)[:200] if raw is not None else ""
        verdict.findings.append(Finding(code, name, cell, shown, "" if repaired is None else str(repaired)[:200], message))

    def cell(self, row: Row, name: str) -> Cell:
        place = self.places.get(name)
        return row.cells[place] if place is not None and place < len(row.cells) else ""

    def named(self, row: Row) -> Cell:
        return name_cell(row.cells, self.places) if self.has_parts else self.cell(row, "name")

    def skipped_as(self, row: Row) -> str:
        """What the row is, if it is no person; "" for a person."""
        identity, name = self.cell(row, "id_number"), self.named(row)
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
        asked = ("name", *NAME_PARTS, "id_number", "member_no", "birth_on", "mobile", "phone", "address")
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
        raw = self.named(row)
        read = read_name(raw, padded=self.facts.name_is_padded)
        verdict.values["name"] = read.name
        for code in read.codes:
            self.find(verdict, code, "name", raw, read.name)
        if not read.name:
            self.find(verdict, "name_missing", "name", raw, "")
        elif self.facts.name_limit and ("middle_dot" in read.codes or re.search("[A-Za-z]", read.name)):
            limit = self.facts.name_limit
            if limit - 1 <= len(octets(read.name)) <= limit:
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
            size = len(octets(address)) if self.facts.address_in_bytes else len(address)
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
                if same_name(name, other):
                    self.find(verdict, "dup_same_id", "id_number", number, "", row=row)
                else:
                    self.find(verdict, "dup_name_changed", "id_number", number, "", where=words("第 %(row)s 列", row=row))
                return
            self.seen.by_id[number] = (verdict.number, name)
            if number in self.known:
                verdict.is_known = True
                if name and not same_name(name, self.known[number]):
                    self.find(verdict, "dup_name_changed", "name", name, "", where=_A_MEMBER)
        no = values.get("member_no")
        if no:
            if no in self.seen.by_no and self.seen.by_no[no][1] != (number or name):
                self.find(verdict, "dup_member_no", "member_no", no, "", row=self.seen.by_no[no][0])
            else:
                self.seen.by_no.setdefault(no, (verdict.number, number or name))
