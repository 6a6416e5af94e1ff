"""What is wrong with an input, said so that it can be translated when it is shown.

Owns the value and the exception; knows neither forms nor languages.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


def _m(text: str) -> str:
    """Marks a Chinese source string for extraction and gives it back unchanged; it is translated when it is shown."""
    return text


@dataclass(frozen=True)
class Problem:
    """One broken rule.

    ``field`` is the input it belongs to ("" for the whole form). ``message`` is the Chinese source string with
    ``%(name)s`` placeholders; it is extracted for translation and translated only when it is shown. A list or tuple among the
    ``params`` is told as a list, with the signs of the reader's language between its items; a ``Problem`` among
    them stands for words that are translated with it, where a name or the text of a file stays as it is (``words("姓名")``).
    ``code`` is a stable word for programs (an import's reason code, say); it may be empty.
    """

    field: str
    message: str
    params: dict[str, Any] = dataclasses.field(default_factory=dict)
    code: str = ""

    @property
    def text(self) -> str:
        """The message in its source language, with its figures filled in."""
        return self.message % self.figures if self.params else self.message

    @property
    def figures(self) -> dict[str, Any]:
        """The ``params`` as they stand in the source language."""
        return {name: _in_source(value) for name, value in self.params.items()}

    def stored(self) -> dict[str, Any]:
        """As a JSON column keeps it; of what is no whole number, its words in the source language."""
        return {
            "message": self.message, "params": {name: value if isinstance(value, int) else str(value) for name, value in self.figures.items()}, "code": self.code,
        }

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Problem:
        """What ``stored`` gave, of no input in particular."""
        return cls("", stored["message"], stored["params"], stored.get("code", ""))


def _in_source(value: Any) -> Any:
    if isinstance(value, Problem):
        return value.text
    return "、".join(map(str, value)) if isinstance(value, list | tuple) else value


def words(text: str, **params: Any) -> Problem:
    """A Chinese source string that stands among the figures of another one."""
    return Problem("", text, params)


def problem(field: str, message: str, *, code: str = "", **params: Any) -> Problem:
    """A ``Problem`` with its figures given by name: ``problem("amount", "須介於 1 與 %(left)s 元之間", left=300)``."""
    return Problem(field, message, params, code)


class RuleBroken(Exception):
    """A service refuses: nothing was changed. Carries every problem found, never only the first."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("；".join(p.text for p in problems))
        self.problems = problems


class Unreadable(ValueError):
    """A text that is not the value it should be: a date, an amount, a telephone number.

    ``code`` is the stable reason word of an import (``date_impossible``); ``message`` the Chinese source string.
    """

    def __init__(self, code: str, message: str, **params: Any) -> None:
        super().__init__(Problem("", message, params).text)
        self.code = code
        self.message = message
        self.params = params

    def problem(self, field: str) -> Problem:
        """The same, pinned to an input."""
        return Problem(field, self.message, self.params, self.code)
