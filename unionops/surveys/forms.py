"""The shape of input: settings, questions, the sheet that somebody fills in, and the grid for paper.

Fields of a sheet carry no checks of their own: ``rules.questions`` reads web and paper alike and its problems are put on the fields.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from flask import request
from wtforms import BooleanField, IntegerField, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

from unionops.core import clock
from unionops.core.forms import ChoiceField as Choice
from unionops.core.forms import DateField, Form, OnceForm, TextField, optional, required, too_long
from unionops.core.i18n import _, _l, chinese, say
from unionops.surveys.models import Survey
from unionops.surveys.rules.questions import OTHER, Asked, Given, Kind, field_name, read_cell
from unionops.surveys.rules.results import label_of
from unionops.surveys.services.answering import PaperSheet
from unionops.surveys.services.making import templates

KINDS = {
    Kind.SINGLE: _l("單選"), Kind.MULTIPLE: _l("複選"), Kind.SCALE5: _l("1–5 分"), Kind.SCALE10: _l("0–10 分"), Kind.MATRIX: _l("多項 1–5 分"),
    Kind.NUMBER: _l("數字"), Kind.DATE: _l("日期"), Kind.SHORT: _l("短文字"), Kind.LONG: _l("長文字"),
}
BASES = {"attended": _l("實到人數"), "invited": _l("發出份數")}


class MakeForm(Form):
    title = TextField(_l("名稱"), [optional(), too_long(200)], description=_l("不填就用範本的名稱。"))
    template = Choice(_l("從哪裡開始"), choices=[], default="satisfaction")
    anonymous = Choice(_l("記名或匿名"), choices=[("yes", _l("匿名：不留下誰填的任何線索")), ("no", _l("記名：用個人連結或登入填答"))], default="yes")

    def __init__(self, old: Sequence[Survey] = (), **given: Any) -> None:
        super().__init__(**given)
        self.template.choices = [
            *((name, _("範本：%(title)s", title=one["title"] if chinese() else one["en"]["title"])) for name, one in templates().items()), ("", _("空白問卷")),
            *((f"copy-{one.id}", _("複製：%(title)s", title=one.said("title"))) for one in old),
        ]

    def validate(self, extra_validators: Any = None) -> bool:
        good = super().validate(extra_validators)
        if good and not self.title.data and self.template.data not in templates():
            self.title.errors = [_("請寫名稱。")]
            good = False
        return good


class Bilingual(Form):
    """A form whose words may be given in English too: beside a field ``title`` stands ``title_en``."""

    @property
    def english_fields(self) -> list[Any]:
        return [field for field in self if field.name.endswith("_en")]

    @property
    def english(self) -> dict[str, Any]:
        """The English words that were given, by the column they belong to."""
        return {field.name.removesuffix("_en"): field.data for field in self.english_fields if field.data}

    @classmethod
    def of(cls, record: Any) -> Any:
        """The form as it shows what is stored."""
        names, english = [field.name for field in cls() if field.name != "csrf_token"], record.english or {}
        return cls(data={
            name: english.get(name.removesuffix("_en")) if name.endswith("_en") else getattr(record, name) for name in names
        })


class SettingsForm(Bilingual):
    title = TextField(_l("名稱"), [required(), too_long(200)])
    introduction = TextAreaField(_l("前言"), [optional(), too_long(2000)], description=_l("填答的人第一眼看到的話。"))
    purpose = TextField(_l("目的"), [optional(), too_long(300)], description=_l("會寫在個人資料告知裡。"))
    anonymous = BooleanField(_l("匿名"))
    shared_device = BooleanField(_l("同一台裝置可以填多份"), description=_l("放一台平板在會場輪流填時勾選。"))
    base_kind = Choice(_l("回收率的基數"), choices=list(BASES.items()))
    base_count = IntegerField(_l("基數人數"), [optional(), NumberRange(1, 10_000_000, message=_l("人數要是 1 以上。"))])
    title_en = TextField(_l("英文名稱"), [optional(), too_long(200)])
    introduction_en = TextAreaField(_l("英文前言"), [optional(), too_long(2000)])
    purpose_en = TextField(_l("英文目的"), [optional(), too_long(300)])


class _LinesField(TextAreaField):
    """One entry a line; empty lines are dropped."""

    def _value(self) -> str:
        return self.raw_data[0] if self.raw_data else "\n".join(self.data or ())

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = [line.strip() for line in (valuelist[0] if valuelist else "").splitlines() if line.strip()]


class QuestionForm(Bilingual):
    section = TextField(_l("段落"), [optional(), too_long(120)], description=_l("這一題起的小標題；同一段寫一樣的字。"))
    title = TextField(_l("題目"), [required(), too_long(500)])
    kind = Choice(_l("題型"), choices=list(KINDS.items()), default="single")
    hint = TextField(_l("說明"), [optional(), too_long(500)])
    options = _LinesField(_l("選項"), description=_l("單選、複選用，一行一個。"))
    other = BooleanField(_l("加上「其他」並可填文字"))
    rows = _LinesField(_l("評分項目"), description=_l("多項 1–5 分用，一行一個。"))
    low = TextField(_l("最低分的意思"), [optional(), too_long(40)], description=_l("評分題用，如「非常不滿意」。"))
    high = TextField(_l("最高分的意思"), [optional(), too_long(40)])
    required = BooleanField(_l("必填"))
    grouping = BooleanField(_l("結果可以依這一題分組看"), description=_l("匿名問卷只能有一題。"))

    section_en = TextField(_l("英文段落"), [optional(), too_long(120)])
    title_en = TextField(_l("英文題目"), [optional(), too_long(500)])
    hint_en = TextField(_l("英文說明"), [optional(), too_long(500)])
    options_en = _LinesField(_l("英文選項"), description=_l("和選項一樣多行，一行對一行。"))
    rows_en = _LinesField(_l("英文評分項目"), description=_l("和評分項目一樣多行，一行對一行。"))
    low_en = TextField(_l("最低分的英文"), [optional(), too_long(40)])
    high_en = TextField(_l("最高分的英文"), [optional(), too_long(40)])

    @property
    def fields(self) -> dict[str, Any]:
        """What the service takes."""
        own = {f.name: f.data if f.data is not None else "" for f in self if f.name != "csrf_token" and not f.name.endswith("_en")}
        return {**own, "english": self.english}


class WordingForm(Form):
    title = TextField(_l("題目"), [required(), too_long(500)])
    title_en = TextField(_l("英文題目"), [optional(), too_long(500)])
    reason = TextField(_l("理由"), [required(), too_long(300)], description=_l("會和原來的文字一起附在結果裡。"))


class PeriodForm(Form):
    opens_on = DateField(_l("開始日"), [required()])
    closes_on = DateField(_l("截止日"), [optional()], description=_l("當天結束前都能填；不填就一直開放到按下「結束填答」。"))

    def moments(self, now: datetime) -> tuple[datetime, datetime | None]:
        """The first moment and the one after the last; today means at once."""
        assert self.opens_on.data is not None
        opens = datetime.combine(self.opens_on.data, time(), clock.TAIPEI)
        closes = datetime.combine(self.closes_on.data + timedelta(days=1), time(), clock.TAIPEI) if self.closes_on.data else None
        return (min(opens, now) if self.opens_on.data <= clock.in_taipei(now).date() else opens), closes


class InviteForm(Form):
    people = _LinesField(_l("會員"), [required()], description=_l("一行一位，寫姓名或會員編號。同名的請用會員編號。"))


class EmptyForm(Form):
    """A button and its CSRF token."""


# --- a sheet on the web -----------------------------------------------------------------------------------------------


class _Choices(SelectMultipleField):
    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()
    validate_choice = False


class _Day(StringField):
    kind = "date"


class _Figure(StringField):
    kind = "number"


def sheet_form(asked: Sequence[Asked], data: Mapping[str, Any] | None = None) -> Any:
    """A form with the fields of these questions, in order."""
    made: dict[str, Any] = {}
    for one in asked:
        for part, row in enumerate(one.parts):
            made[field_name(one.id, part)] = _field(one, row)
        if one.other:
            made[field_name(one.id, other=True)] = StringField(_("%(number)s. 其他，請說明", number=one.number))
    form = type("SheetForm", (OnceForm,), made)(data=data)
    for one in asked:
        for part in range(len(one.parts)):
            if one.required:
                form[field_name(one.id, part)].flags.required = True  # Says so beside the label; the rules check it.
    return form


def _field(asked: Asked, row: str) -> Any:
    label = row or f"{asked.number}. {asked.title}"
    told = {"other": _("其他"), "unanswered": ""}
    if asked.codes:
        choices = [SelectChoice(str(code), label_of(asked, code, told)) for code in asked.codes]
        if asked.kind == Kind.MULTIPLE:
            return _Choices(label, choices=choices, validate_choice=False)
        return RadioField(label, choices=choices, validate_choice=False)
    if asked.kind == Kind.LONG:
        return TextAreaField(label)
    if asked.kind == Kind.NUMBER:
        return _Figure(label, render_kw={"inputmode": "decimal"})
    return (_Day if asked.kind == Kind.DATE else StringField)(label)


def typed_on_sheet() -> dict[str, list[str]]:
    """What this request sends for a sheet, field by field."""
    return request.form.to_dict(flat=False)


def sheet_data(asked: Sequence[Asked], given: Sequence[Given], show_day: Any) -> dict[str, Any]:
    """What was answered before, as the fields of the form hold it."""
    kinds = {one.id: one.kind for one in asked}
    data: dict[str, Any] = {}
    for one in given:
        name = field_name(one.question, one.part)
        if kinds[one.question] == Kind.MULTIPLE:
            data.setdefault(name, []).append(str(one.code))
        else:
            data[name] = _written(kinds[one.question], one, show_day)
        if one.code == OTHER and one.text:
            data[field_name(one.question, other=True)] = one.text
    return data


def _written(kind: Kind, one: Given, show_day: Any) -> str:
    if one.number is not None:
        return f"{one.number:g}"
    if one.day is not None:
        return str(show_day(one.day))
    return one.text if kind in (Kind.SHORT, Kind.LONG) else str(one.code)


# --- a page of paper sheets -------------------------------------------------------------------------------------------

SHEETS_A_PAGE = 10


class PaperForm(OnceForm):
    """Rows are sheets: the number on the paper, for named questionnaires the name, then a column for every question and line."""

    def rows(self) -> range:
        return range(SHEETS_A_PAGE)

    def number_field(self, row: int) -> Any:
        return self[f"r{row}_number"]

    def name_field(self, row: int) -> Any:
        return self[f"r{row}_name"]

    def cell(self, row: int, question: int, part: int) -> Any:
        return self[f"r{row}_{field_name(question, part)}"]

    def errors_of(self, row: int) -> list[str]:
        """Everything wrong in one row, one sentence each."""
        return [_("%(label)s：%(error)s", label=f.label.text, error=text) for f in self if f.name.startswith(f"r{row}_") for text in f.errors]

    def read(self, asked: Sequence[Asked], *, named: bool) -> list[PaperSheet]:
        """The rows that hold anything. What is wrong stands on its cell afterwards; the form is refused then."""
        sheets: list[PaperSheet] = []
        for row in self.rows():
            cells = [(one, part, self.cell(row, one.id, part)) for one in asked for part in range(len(one.parts))]
            name = (self.name_field(row).data or "").strip() if named else ""
            if not name and not any((f.data or "").strip() for _one, _part, f in cells):
                continue
            given: list[Given] = []
            for one, part, f in cells:
                found, wrong = read_cell(one, part, f.data or "")
                given += found
                f.errors = [*f.errors, *map(say, wrong)]
            number = self._number(row)
            if not given and not any(f.errors for _one, _part, f in cells):
                self.number_field(row).errors = [_("這一份沒有填任何一題。")]
            if number in {sheet.number for sheet in sheets}:
                self.number_field(row).errors = [_("第 %(number)s 號在這一頁出現兩次。", number=number)]
            sheets.append(PaperSheet(number, tuple(given), name[:120]))
        if not sheets:
            self.form_errors = [*self.form_errors, _("這一頁還沒有任何一份。")]
        return sheets

    def _number(self, row: int) -> int:
        typed = (self.number_field(row).data or "").strip()
        if typed.isascii() and typed.isdigit() and 0 < int(typed[:10]) < 10**9:
            return int(typed)
        self.number_field(row).errors = [_("紙本編號要是 1 以上的整數。")]
        return -row - 1

    def refuse_numbers(self, problems: Sequence[Any]) -> None:
        """Puts what the service says about a number beside it."""
        rows = {(self.number_field(row).data or "").strip(): row for row in self.rows()}
        for one in problems:
            kind, _colon, number = one.field.partition(":")
            if kind == "number" and number in rows:
                self.number_field(rows[number]).errors = [say(one)]
            else:
                self.refuse(one)


def paper_form(asked: Sequence[Asked], next_number: int, *, named: bool) -> PaperForm:
    """The grid, its numbers going on from the last."""
    made: dict[str, Any] = {}
    narrow = {"size": 3, "autocomplete": "off"}
    for row in range(SHEETS_A_PAGE):
        made[f"r{row}_number"] = StringField(_("第 %(row)s 列 編號", row=row + 1), default=str(next_number + row), render_kw=narrow)
        if named:
            made[f"r{row}_name"] = StringField(_("第 %(row)s 列 姓名", row=row + 1), render_kw={"size": 8, "autocomplete": "off"})
        for one in asked:
            for part in range(len(one.parts)):
                label = _("第 %(row)s 列 %(column)s", row=row + 1, column=column_label(one, part))
                wide = {"size": 12, "autocomplete": "off"} if not one.codes else narrow
                made[f"r{row}_{field_name(one.id, part)}"] = StringField(label, render_kw={**wide, "aria-label": label})
    for name, field in made.items():
        if name.endswith(("_number", "_name")):
            field.kwargs["render_kw"] = {**field.kwargs["render_kw"], "aria-label": field.args[0]}
    return type("PaperSheets", (PaperForm,), made)()


def column_label(asked: Asked, part: int) -> str:
    """A column of the grid: the number of the question, with the line of a matrix behind it."""
    return f"{asked.number}-{part + 1}" if asked.kind == Kind.MATRIX else str(asked.number)

