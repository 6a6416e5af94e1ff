"""The codes of the occupational standard and how they belong together: duty → task → outputs and indicators.

Owns the reading of ``codes.toml`` and ``pending.toml``. Pure: which screens serve a code is ``coverage``.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Code:
    """One output (O), indicator (P), piece of knowledge (K), skill (S) or attitude (A), worded in both languages."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True)
class Task:
    """One of the seven tasks (T1.1 … T3.2) with what it yields and what it is judged by."""

    code: str
    zh: str
    en: str
    level: int
    outputs: tuple[str, ...]
    indicators: tuple[str, ...]


@dataclass(frozen=True)
class Duty:
    """One of the three main duties, its tasks, and the knowledge and skills that they ask."""

    code: str
    zh: str
    en: str
    tasks: tuple[Task, ...]
    knowledge: tuple[str, ...]
    skills: tuple[str, ...]


@dataclass(frozen=True)
class Standard:
    """The whole standard, its parts by code and in its own order."""

    code: str
    version: str
    replaces: str
    zh: str
    en: str
    level: int
    updated: date
    source: str
    laws: tuple[str, ...]
    duties: tuple[Duty, ...]
    outputs: dict[str, Code]
    indicators: dict[str, Code]
    knowledge: dict[str, Code]
    skills: dict[str, Code]
    attitudes: dict[str, Code]

    @property
    def tasks(self) -> dict[str, Task]:
        """All tasks by code."""
        return {task.code: task for duty in self.duties for task in duty.tasks}

    def task_of(self, code: str) -> str:
        """The task to which an output or an indicator belongs. Raises LookupError for a code that the standard lacks."""
        for task in self.tasks.values():
            if code in task.outputs or code in task.indicators:
                return task.code
        raise LookupError(f"{self.code} has no output or indicator {code!r}")


@cache
def standard() -> Standard:
    """BAS4999-001v2; read once."""
    raw = _read("codes.toml")
    about = raw["standard"]
    return Standard(
        code=about["code"],
        version=about["version"],
        replaces=about["replaces"],
        zh=about["zh"],
        en=about["en"],
        level=about["level"],
        updated=about["updated"],
        source=about["source"],
        laws=tuple(about["laws"]),
        duties=tuple(_duties(raw)),
        outputs=_codes(raw["outputs"]),
        indicators=_codes(raw["indicators"]),
        knowledge=_codes(raw["knowledge"]),
        skills=_codes(raw["skills"]),
        attitudes=_codes(raw["attitudes"]),
    )


@cache
def pending() -> frozenset[str]:
    """Indicators and outputs that no screen serves yet. The list may only shrink; a test keeps watch."""
    return frozenset(_read("pending.toml")["pending"])


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files("unionops.core.standard").joinpath(name).read_text("utf-8"))


def _duties(raw: dict[str, Any]) -> Iterator[Duty]:
    for duty in raw["duties"]:
        tasks = tuple(
            Task(t["code"], t["zh"], t["en"], t["level"], tuple(t["outputs"]), tuple(t["indicators"])) for t in duty["tasks"]
        )
        yield Duty(duty["code"], duty["zh"], duty["en"], tasks, tuple(duty["knowledge"]), tuple(duty["skills"]))


def _codes(group: dict[str, Any]) -> dict[str, Code]:
    return {code: Code(code, words["zh"], words["en"]) for code, words in group.items()}
