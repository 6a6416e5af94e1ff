"""The form of a calculator, made from its inputs. What was typed is read by the calculator itself, never here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from unionops.core.forms import ChoiceField, DateField, Form, TextField, required
from unionops.core.i18n import say, show_date
from unionops.law.calculators import Calculator, Input


def question_form(calculator: Calculator, typed: Mapping[str, str] | None) -> Form:
    """The inputs as fields, filled with what was typed; None asks for an empty form with its defaults."""
    shaped: type[Form] = type("QuestionForm", (Form,), {given.name: _field(given) for given in calculator.inputs})
    given = {one.name: _default(one) for one in calculator.inputs} | dict(typed or {})
    return shaped(MultiDict(given), meta={"csrf": False})


def _default(given: Input) -> str:
    return "" if given.default is None else show_date(given.default) if hasattr(given.default, "year") else str(given.default)


def _field(given: Input) -> Any:
    about: dict[str, Any] = {
        "label": say(given.title),
        "validators": [required()] if given.required and given.default is None else [],
        "description": say(given.help) if given.help else "",
    }
    match given.kind:
        case "date":
            return DateField(**about)
        case "choice":
            empty = [] if given.default is not None else [("", "")]
            return ChoiceField(**about, choices=[*empty, *((word, say(label)) for word, label in given.choices)])
        case "int":
            return TextField(**about, render_kw={"inputmode": "numeric", "autocomplete": "off"})
        case _:
            return TextField(**about, render_kw={"autocomplete": "off"})
