"""The shape of input: type, presence, length, choice. What values mean is for the rules.

Dates take 115/9/1, 1150901 and ISO; money takes commas. Messages are ours, in the reader's language.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, StopValidation
from wtforms.widgets import TextInput

from unionops.core import db as database
from unionops.core import drafts
from unionops.core.i18n import _, _l, chinese, say, show_date
from unionops.values import money, roc
from unionops.values.problems import Problem, RuleBroken, _m

__all__ = ["DateField", "Form", "MoneyField", "OnceForm", "TextField", "field_kind", "optional", "required", "too_long"]


class Form(FlaskForm):
    """The base of every form. On a GET with ``?draft=`` it shows what was typed before the session ended."""

    class Meta(FlaskForm.Meta):
        @property
        def locales(self) -> list[str]:
            # WTForms has Traditional Chinese under zh_TW only; its own negotiation would end in Simplified.
            return ["zh_TW"] if chinese() else ["en"]

        def wrap_formdata(self, form: FlaskForm, formdata: Any) -> Any:
            wrapped = super().wrap_formdata(form, formdata)
            if wrapped is None and request.method == "GET" and "draft" in request.args:
                return drafts.given_back()
            return wrapped

    @contextmanager
    def catching(self) -> Iterator[None]:
        """Puts what a service refuses on its fields; the unit is rolled back and the page answers 422."""
        try:
            yield
        except RuleBroken as refusal:
            database.rollback()
            for problem in refusal.problems:
                self.refuse(problem)

    def validate(self, extra_validators: Any = None) -> bool:
        """Beside the fields' own checks: no field, a text of many lines either, holds what PostgreSQL takes in no text."""
        good = super().validate(extra_validators)
        for field in self:
            if isinstance(field.data, str) and "\0" in field.data and not field.errors:
                field.errors = [_("含有看不見的控制字元，請重新輸入。")]
                good = False
        return good

    def refuse(self, problem: Problem) -> None:
        """Shows one problem beside its field, or above the form when it belongs to no field."""
        if problem.field in self._fields:
            target = self._fields[problem.field]
            target.errors = [*target.errors, say(problem)]
        else:
            self.form_errors = [*self.form_errors, say(problem)]

    @property
    def refused(self) -> bool:
        """Whether anything is wrong: ``pages.page`` then answers 422."""
        return bool(self.errors)


def field_kind(field: Field) -> str:
    """How the interface kit draws a field: its own ``kind``, else what follows from its classes."""
    own: str | None = getattr(field, "kind", None)
    return own or _kind_of(type(field.widget).__name__, field.type)


@lru_cache(maxsize=500)
def _kind_of(widget: str, kind: str) -> str:
    if kind in ("FormField", "FieldList"):
        return "group"
    if widget in _BY_WIDGET:
        return _BY_WIDGET[widget]
    if "Date" in kind and "DateTime" not in kind:
        return "date"
    if "Money" in kind:
        return "money"
    return "number" if widget == "NumberInput" or kind in ("IntegerField", "DecimalField") else "text"


_BY_WIDGET = {
    "CheckboxInput": "checkbox", "SwitchInput": "checkbox", "ListWidget": "options", "TableWidget": "options", "Select": "select",
    "TextArea": "textarea", "FileInput": "file", "PasswordInput": "password",
}


class OnceForm(Form):
    """For what moves money or must not happen twice: carries the one-time key that the gate asks for."""

    once = HiddenField(default=lambda: secrets.token_urlsafe(24))


class _Required(InputRequired):
    """Blanks alone are nothing."""

    def __call__(self, form: Any, field: Any) -> None:
        if field.raw_data and isinstance(field.raw_data[0], str) and not field.raw_data[0].strip():
            field.raw_data = []
        super().__call__(form, field)


def required(message: Any = None) -> InputRequired:
    """Something must be given, and more than blanks."""
    return _Required(message or _l("必填，請補上。"))


def optional() -> Optional:
    """May be left empty."""
    return Optional(strip_whitespace=True)


def too_long(limit: int) -> Length:
    """At most ``limit`` characters."""
    return Length(max=limit, message=_l("最多 %(max)d 個字。"))


def _strip(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


class TextField(StringField):
    """One line of text; blanks around it are dropped, control characters refused."""

    def __init__(self, label: Any = None, validators: Any = None, filters: Any = (), **kwargs: Any) -> None:
        super().__init__(label, validators, filters=(_strip, *filters), **kwargs)

    def pre_validate(self, form: Any) -> None:
        if self.data and any(ord(c) < 32 or c in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069" for c in self.data):
            raise StopValidation(_("含有看不見的控制字元，請重新輸入。"))


class _ReadField(Field):
    """What is typed as text and means something else; what cannot be read stands in the field again."""

    widget = TextInput()
    read: Callable[[str], Any]
    written: Callable[[Any], str]
    wrong = ""

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return self.written(self.data) if self.data is not None else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        try:
            self.data = self.read(text) if text else None
        except ValueError as wrong:
            raise ValueError(_(self.wrong, text=text[:30])) from wrong


class DateField(_ReadField):
    """A day in Taiwan: 115/9/1, 1150901 or 2026-09-01."""

    data: date | None
    read = staticmethod(roc.parse_date)
    written = staticmethod(show_date)
    wrong = _m("看不懂的日期「%(text)s」，或沒有這一天。請填如 115/9/1、1150901 或 2026-09-01。")


class MoneyField(_ReadField):
    """Whole New Taiwan dollars; commas allowed."""

    data: int | None
    read = staticmethod(money.parse_ntd)
    written = staticmethod(money.ntd)
    wrong = _m("「%(text)s」不是整數金額。請填如 1,200。")


class ChoiceField(SelectField):
    """One of a list of (value, label) pairs; an unknown value is refused in the reader's language."""

    def __init__(self, label: Any = None, validators: Any = None, choices: Any = None, **kwargs: Any) -> None:
        if isinstance(choices, list | tuple):  # WTForms warns of plain pairs.
            choices = [SelectChoice(*choice) if isinstance(choice, tuple) else choice for choice in choices]
        super().__init__(label, validators, choices=choices, **kwargs)

    def pre_validate(self, form: Any) -> None:
        if not self.validate_choice:
            return
        known = {str(value) for value, *_rest in self.iter_choices()}
        if str(self.data) not in known:
            raise StopValidation(_("請從清單中選一個。"))
