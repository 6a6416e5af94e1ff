"""Which sheet of a workbook lists whom: members, those who left, or neither; where its heading stands.

Owns the plan of a sheet. The words of the headings are in ``roster_fields``, the search for them in ``core.transfer.headings``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from unionops.core.transfer.headings import (
    Header,
    MappingProposal,
    find_header,
    header_at,
    known_header,
    normal_heading,
    propose_mapping,
    signature,
    without_header,
)
from unionops.core.transfer.tables import Table
from unionops.core.transfer.workbook import Sheet, Workbook, cell_text, is_blank
from unionops.members.rules.roster_fields import FIELDS, has_name
from unionops.values.problems import Problem, _m, problem, words

Role = Literal["members", "left", "other"]

_LEFT_SHEET = re.compile(r"(?:退|出|離)會|退出|離職|除名|歿|死亡|已退")
_LEFT_TITLE = re.compile(r"(?:退|出|離)會(?:會員|人員|者)?(?:名冊|名單|清冊|一覽|紀錄)")
_NOT_MEMBERS = re.compile(r"組長|幹部|通訊錄|範本|填寫|說明|樞紐|統計|代碼|對照")


@dataclass(frozen=True)
class SheetPlan:
    """What one sheet is taken for. ``table`` is None where no list of persons was found."""

    sheet: Sheet
    role: Role
    table: Table | None
    notices: tuple[Problem, ...] = ()

    @property
    def is_read(self) -> bool:
        """Whether its rows are those of members or leavers."""
        return self.table is not None and self.role != "other"

    @property
    def heading(self) -> "Pointed | None":
        """Where the heading is taken to be; None where no list was found."""
        if self.table is None:
            return None
        return (self.table.header.rows[0], len(self.table.header.rows)) if self.table.header.rows else (0, 0)


Remembered = Mapping[str, Mapping[str, str | None]]
"""Heading signature → a former ``MappingProposal.as_dict()``."""
Pointed = tuple[int, int]
"""Where somebody says that the heading is: the number of its first row, and how many rows it has; (0, 0) for no heading at all."""


def plan_sheets(book: Workbook, remembered: Remembered | None = None, pointed: Mapping[str, Pointed] | None = None) -> list[SheetPlan]:
    """Every sheet with its heading and proposed mapping. ``pointed``: name of a sheet → where its heading is."""
    return [plan_sheet(sheet, remembered, (pointed or {}).get(sheet.name)) for sheet in book.sheets]


def plan_sheet(sheet: Sheet, remembered: Remembered | None = None, pointed: Pointed | None = None) -> SheetPlan:
    """One sheet. A list without a heading is planned by its content, and the notice ``header_missing`` asks for a look.

    Where nobody pointed at a heading, one of a form that was worked with before is taken, then what reads like a heading.
    """
    header = _heading(sheet, remembered or {}, pointed)
    notices: list[Problem] = []
    if header is None:
        header = without_header(sheet, FIELDS)
        mapping = propose_mapping(header, sheet.rows, FIELDS)
        if pointed is None and not {"id_number", "name"} <= mapping.fields.keys():
            return _no_list(sheet, _m("沒有找到會員名冊的標題列"))
        notices.append(problem("file", "沒有標題列，欄位依內容推測，請逐欄確認", code="header_missing"))
    else:
        mapping = propose_mapping(header, sheet.rows, FIELDS, (remembered or {}).get(signature(header)))
    table = Table(sheet, header, mapping)
    table = replace(table, mapping=_without_serials(table))
    table = replace(table, mapping=_with_parts_of_names(table.mapping))
    notices += table.mapping.notices
    if "id_number" not in table.mapping.fields:
        notices.append(problem("id_number", "名冊沒有身分證字號欄，無法比對是否重複", code="id_column_missing"))
    if not has_name(table.mapping.fields):
        if pointed is None:
            return _no_list(sheet, _m("沒有姓名欄，不是會員名冊"))
        notices.append(problem("name", "還沒有指定姓名是哪一欄", code="name_column_missing"))
    if sheet.hidden:
        notices.append(problem("file", "工作表「%(sheet)s」是隱藏的", code="hidden_sheet", sheet=sheet.name))
    if hidden := [row.number for row in table.rows() if row.hidden]:
        notices.append(problem("file", "有 %(count)s 列是隱藏的，仍會讀取", code="hidden_rows", count=len(hidden)))
    role = _role(table)
    # Who points at the heading of a sheet wants it read.
    return SheetPlan(sheet, "members" if pointed and role == "other" else role, table, tuple(notices))


def _heading(sheet: Sheet, remembered: Remembered, pointed: Pointed | None) -> Header | None:
    if pointed is not None:
        return header_at(sheet, *pointed) if pointed[0] else None
    found = find_header(sheet, FIELDS)
    if found is not None and signature(found) in remembered:
        return found
    return (known_header(sheet, remembered) if remembered else None) or found


def _no_list(sheet: Sheet, why: str) -> SheetPlan:
    told = problem("file", "「%(sheet)s」%(why)s", code="no_list", sheet=sheet.name, why=words(why)) if sheet.name else problem("file", why, code="no_list")
    return SheetPlan(sheet, "other", None, (told,))


def _without_serials(table: Table) -> MappingProposal:
    """編號 that only counts 1, 2, 3 … is a serial number, not the number of a member."""
    place = table.mapping.column("member_no")
    if place is None:
        return table.mapping
    heading = normal_heading(table.header.titles[place])
    weak = next(one for one in FIELDS if one.name == "member_no").weak
    if heading not in {normal_heading(word) for word in weak}:
        return table.mapping
    numbers = [row.cells[place] for row in table.rows() if place < len(row.cells) and not is_blank(row.cells[place])]
    whole = [int(cell_text(cell)) for cell in numbers if re.fullmatch(r"[1-9]\d{0,6}", cell_text(cell))]
    # A short list ends with a total, too.
    if len(numbers) - len(whole) > max(2, len(numbers) // 10) or not whole or whole[0] != 1:
        return table.mapping
    steps = sum(after - before == 1 for before, after in pairwise(whole))
    if steps * 10 < (len(whole) - 1) * 9:
        return table.mapping
    columns = tuple(replace(one, field="ordinal") if one.index == place else one for one in table.mapping.columns)
    return replace(table.mapping, columns=columns)


def _with_parts_of_names(mapping: MappingProposal) -> MappingProposal:
    """Beside a surname, 名字 is the given name; and a heading that only holds the word name (User name) is not the name."""
    name = next((one for one in mapping.columns if one.field == "name"), None)
    if name is None or "surname" not in mapping.fields or name.index in mapping.chosen:
        return mapping
    becomes: str | None
    if "given_name" not in mapping.fields:
        becomes = "given_name" if normal_heading(name.heading) in map(normal_heading, _GIVEN.weak) else "name"
    else:
        becomes = "name" if name.score >= _SURE_OF_NAME else None
    return replace(mapping, columns=tuple(replace(one, field=becomes) if one is name else one for one in mapping.columns))


_GIVEN = next(one for one in FIELDS if one.name == "given_name")
_SURE_OF_NAME = 0.9


def _role(table: Table) -> Role:
    sheet, mapping = table.sheet, table.mapping
    titles = [cell_text(cell) for row in sheet.rows if row.number < table.header.first_data_row for cell in row.cells if not is_blank(cell)]
    titles = [text for text in titles if text not in table.header.labels]
    if _LEFT_SHEET.search(sheet.name) or any(_LEFT_TITLE.search(text) for text in titles[:3]):
        return "left"
    if mapping.column("left_on") is not None:
        filled = {column.field: column.filled for column in mapping.columns if column.field}
        # A roll of members has an empty column for the day of leaving; a list of those who left has a full one.
        if filled["left_on"] >= 0.9 * max(filled.get("name", 0), 1):
            return "left"
    if _NOT_MEMBERS.search(sheet.name) and "id_number" not in mapping.fields:
        return "other"
    return "members"
