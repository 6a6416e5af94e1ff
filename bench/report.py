"""What was measured, as a table for the terminal and as docs/performance.md."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sqlite3
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

PACKAGES = ("flask", "sqlalchemy", "jinja2", "werkzeug", "psycopg", "cryptography", "xlsxwriter", "python-calamine")


@dataclass(frozen=True)
class Line:
    """One row of a table; ``ok`` is None where nothing is asked, only told."""

    cells: tuple[str, ...]
    ok: bool | None = None


@dataclass
class Section:
    """One table: what it measures, its columns (the last, added here, is the verdict)."""

    title: str
    says: str
    heads: tuple[str, ...]
    lines: list[Line] = field(default_factory=list)

    def add(self, *cells: object, ok: bool | None = None) -> None:
        self.lines.append(Line(tuple(str(cell) for cell in cells), ok))

    @property
    def rows(self) -> list[tuple[str, ...]]:
        if all(line.ok is None for line in self.lines):
            return [self.heads, *(line.cells for line in self.lines)]
        return [(*self.heads, "held"), *((*line.cells, _verdict(line.ok)) for line in self.lines)]

    @property
    def failed(self) -> list[Line]:
        return [line for line in self.lines if line.ok is False]


def _verdict(ok: bool | None) -> str:
    return {True: "yes", False: "NO", None: ""}[ok]


def ms(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms"


def seconds(value: float) -> str:
    return f"{value:.2f} s"


def times(ratio: float) -> str:
    return f"{ratio:.2f} ×"


def megabytes(count: float) -> str:
    return f"{count / 1024 / 1024:.0f} MB"


def facts(sizes: Sequence[int], databases: Sequence[str], postgres: str) -> list[tuple[str, str]]:
    """The machine, the day and the versions."""
    return [
        ("day", f"{datetime.now().astimezone():%Y-%m-%d %H:%M %Z}"),
        ("machine", f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, {_memory()}; {_processor()}"),
        ("load", _load()),
        ("Python", sys.version.split()[0]),
        ("databases", ", ".join(f"SQLite {sqlite3.sqlite_version}" if kind == "sqlite" else f"PostgreSQL {postgres}" for kind in databases)),
        ("packages", ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)),
        ("members", ", ".join(f"{size:,}" for size in sizes)),
    ]


def _memory() -> str:
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1024**3:.0f} GB"
    except (ValueError, OSError, AttributeError):
        return "memory unknown"


def _load() -> str:
    if not hasattr(os, "getloadavg"):
        return "load unknown"
    return f"load {os.getloadavg()[0]:.1f}"


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor())
    except OSError:
        return platform.processor() or "processor unknown"


# --- as text ----------------------------------------------------------------------------------------------------------


def terminal(section: Section) -> str:
    rows = section.rows
    widths = [max(_width(row[at]) for row in rows) for at in range(len(rows[0]))]
    drawn = ["  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([f"\n{section.title}", drawn[0], "-" * _width(drawn[0]), *drawn[1:]])


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def markdown(sections: Sequence[Section], about: Sequence[tuple[str, str]], command: str, before: str = "") -> str:
    """The whole page docs/performance.md. Of the page ``before`` those sections stay that were not measured now, each with its day."""
    tables = {title: text for title, _newline, text in (part.partition("\n\n") for part in before.rstrip().split("\n\n## ")[1:])}
    facts = dict(about)
    tables |= {section.title: "\n\n".join([section.says, _table(section), f"{facts['day']}; {facts['load']}"]) for section in sections}
    told = "\n".join(tables.values())
    held, failed = told.count(f"| {_verdict(True)} |"), told.count(f"| {_verdict(False)} |")
    return "\n\n".join([
        "# Performance",
        f"Written by `{command}`; do not edit. How it is measured, and what each limit is: [bench/README.md](../bench/README.md).",
        "Seconds differ from machine to machine, so each figure stands beside its limit, measured in the same run in turns with it. Under each "
        "table stand its day and the load of the machine when it began: above 0.5 the figures are those of a shared machine, and p95 is mostly "
        "the neighbours'.",
        f"**{held} of {held + failed} limits are held" + (f"; {failed} are not (NO).**" if failed else ".**"),
        "\n".join(f"- {name}: {value}" for name, value in about if name not in ("day", "load")),
        *(f"## {title}\n\n{text}" for title, text in tables.items()),
    ]) + "\n"


def _table(section: Section) -> str:
    heads, *rows = section.rows
    return "\n".join([_row(heads), _row(["---"] * len(heads)), *(_row(row) for row in rows)])


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
