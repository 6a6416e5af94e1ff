"""The forms of the roster import. Those over a file's columns are made for that file: one choice for each column, one cell each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired

from unionops.core.forms import ChoiceField, DateField, Form, OnceForm, TextField, optional, required
from unionops.core.i18n import _, _l
from unionops.core.transfer.headings import SPAN, first_rows
from unionops.core.transfer.reading import ENCODINGS
from unionops.core.transfer.workbook import Row, cell_text
from unionops.members.rules import import_outcome as outcome
from unionops.members.rules.import_outcome import Line
from unionops.members.rules.roster_fields import FIELDS, NAME_PARTS
from unionops.members.rules.roster_sheets import SheetPlan

ROLES = (("members", _l("會員名冊")), ("left", _l("退會名冊")), ("other", _l("不是名冊，不讀取")))
IGNORED = ""
_SHOWN = 120
"""Characters of a row that are enough to know it by."""


class UploadForm(Form):
    """The file."""

    file = FileField(
        _l("名冊檔案"), validators=[required(_l("請選擇檔案。"))], render_kw={"accept": ".xlsx,.ods,.csv,.txt,.tsv"},
        description=_l("Excel（.xlsx）、OpenDocument（.ods）或 CSV，最大 50 MB。標題列在哪一列、欄位怎麼排、民國或西元日期都可以。"),
    )


class ApplyForm(OnceForm):
    """Agreeing to what the preview shows; ``seen`` stands for it."""

    seen = HiddenField()
    again = BooleanField(_l("這個檔案匯入過，仍要再匯入一次"))


class UndoForm(Form):
    """Nothing to fill in."""


class DecisionForm(Form):
    """What somebody decides about one row."""

    seen = HiddenField()
    decision = RadioField(_l("怎麼處理"), validators=[InputRequired(_l("請選一項。"))], validate_choice=True)


def mapping_form(plans: Sequence[SheetPlan], *, is_text: bool, **values: Any) -> Form:
    """Encoding, day, and for each sheet its role and one choice per column."""
    choices = [(IGNORED, _("不匯入")), *((one.name, _label(one.name)) for one in FIELDS if one.name != "repair")]
    fields: dict[str, Any] = {
        "as_of": DateField(
            _l("名冊日期"), validators=[required()], description=_l("這份名冊是哪一天的現況。年齡、出會與投保薪資級距都照這一天判斷。")
        ),
        "area_code": TextField(
            _l("預設區碼"), validators=[optional()], description=_l("檔案裡沒有寫區碼的市話補上這個區碼，例如 04；不確定就留空。"),
            render_kw={"inputmode": "numeric", "maxlength": "4"},
        ),
    }
    if is_text:
        fields["encoding"] = ChoiceField(
            _l("文字編碼"), choices=[(one, one) for one in dict.fromkeys((values["encoding"], *ENCODINGS))], description=_l("範例裡的字如果是亂碼，改選另一種編碼。")
        )
    for place, plan in enumerate(plans):
        _heading_fields(fields, place, plan)
        if plan.table is None:
            continue
        fields[f"role_{place}"] = ChoiceField(_l("這張工作表是"), choices=ROLES, default=plan.role)
        for column in plan.table.mapping.columns:
            fields[f"col_{place}_{column.index}"] = ChoiceField(
                f"{column.letter} {column.heading}", choices=choices, default=column.field or IGNORED
            )
    made: Form = type("MappingForm", (Form,), fields)(**values)
    return made


_NOT_POINTED = "-"


def _heading_fields(fields: dict[str, Any], place: int, plan: SheetPlan) -> None:
    """Which row holds the headings, by the first rows of the sheet as they were read."""
    rows = first_rows(plan.sheet)
    if not rows:
        return
    heading = plan.heading
    if heading and heading[0] > rows[-1].number:
        rows.append(next(row for row in plan.sheet.rows if row.number == heading[0]))
    choices = [] if heading else [(_NOT_POINTED, _("都不是，這張工作表不讀取"))]
    choices += [(str(row.number), _("第 %(row)s 列：%(cells)s", row=row.number, cells=_as_read(row))) for row in rows]
    choices.append(("0", _("沒有標題列，只有資料")))
    fields[f"head_{place}"] = RadioField(
        _l("標題在哪一列"), choices=[SelectChoice(*one) for one in choices], default=str(heading[0]) if heading else _NOT_POINTED
    )
    fields[f"lines_{place}"] = ChoiceField(
        _l("標題有幾列"), choices=[(str(one), str(one)) for one in range(1, SPAN + 1)], default=str(max(1, heading[1]) if heading else 1)
    )


def _as_read(row: Row) -> str:
    cells = [" ".join(cell_text(cell).split()) for cell in row.cells]
    text = " ｜ ".join(cell for cell in cells if cell)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _pointed(form: Form, place: int) -> tuple[int, int] | None:
    if f"head_{place}" not in form or form[f"head_{place}"].data == _NOT_POINTED:
        return None
    number = int(form[f"head_{place}"].data)
    return (number, int(form[f"lines_{place}"].data)) if number else (0, 0)


def sheet_choices(form: Form, plans: Sequence[SheetPlan]) -> dict[str, dict[str, Any]]:
    """What the form says, as ``services.imports.choose_mapping`` takes it."""
    chosen: dict[str, dict[str, Any]] = {}
    for place, plan in enumerate(plans):
        pointed, told = _pointed(form, place), {}
        if plan.table is not None:
            columns = {str(one.index): form[f"col_{place}_{one.index}"].data or None for one in plan.table.mapping.columns}
            told = {"role": form[f"role_{place}"].data, "columns": columns}
        if pointed != plan.heading:
            told |= {"heading": pointed, "columns": {}}
        if told:
            chosen[plan.sheet.name] = told
    return chosen


def row_form(plan: SheetPlan, line: Line, seen: str, corrected: Mapping[str, str]) -> Form:
    """One input for each column that is read, holding what stands in the file or what it was corrected to."""
    assert plan.table is not None
    fields: dict[str, Any] = {"seen": HiddenField(default=seen)}
    asked = {one.field for one in line.findings if not one.is_silent}
    if "name" in asked:
        asked.update(NAME_PARTS)
    # What is wrong stands first: on a phone nobody scrolls through twelve cells to the one that matters.
    for column in sorted(plan.table.mapping.columns, key=lambda one: one.field not in asked):
        if column.field is None or column.field in ("repair", "ordinal"):
            continue
        raw = cell_text(line.cells[column.index]) if column.index < len(line.cells) else ""
        text = corrected.get(str(column.index), raw)
        kind = TextAreaField if len(text) > 60 or "\n" in text or column.field == "note" else StringField
        label = _label(column.field)
        heading = f"{column.letter}{line.number}"
        description = f"{heading} {column.heading}" if column.heading and column.heading != label else heading
        if str(column.index) in corrected:
            description += " · " + _("檔案上是「%(raw)s」", raw=raw)
        fields[f"cell_{column.index}"] = kind(label, default=text, description=description)
    if {"undecodable", "unclosed_quote", "columns_too_many"} & set(line.codes):
        fields["checked"] = BooleanField(_l("已對照原件，這一列的欄位沒有錯位"))
    made: Form = type("RowForm", (Form,), fields)()
    return made


def typed_cells(form: Form, line: Line) -> dict[int, str]:
    """What was typed, by column. What a browser cannot show or send (control characters, line ends) is no change."""
    cells = {}
    for field in form:
        if field.name.startswith("cell_"):
            at = int(field.name.removeprefix("cell_"))
            raw = cell_text(line.cells[at]) if at < len(line.cells) else ""
            typed = (field.data or "").replace("\r\n", "\n")
            cells[at] = raw if _visible(typed) == _visible(raw) else typed
    return cells


def decision_form(line: Line, seen: str) -> DecisionForm:
    """The choices that this row leaves."""
    form = DecisionForm(seen=seen, decision=next((one for one in line.decisions if one in line.choices), None))
    form.decision.choices = [(word, _(outcome.DECISIONS[word])) for word in line.choices]
    return form


def _visible(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f]", "", text)


def _label(name: str) -> str:
    """What a field is called; of three columns of one date the part is added."""
    label = next((one.label for one in FIELDS if one.name == name), name)
    parts = {"_year": _("年"), "_month": _("月"), "_day": _("日")}
    return _(label) + next((f"（{word}）" for end, word in parts.items() if name.endswith(end)), "")
