"""The figures of the law, each from the day it came into force, with its source and how sure we are of it.

Owns the built-in values (``data/parameters.toml``) and the tables (``data/*.csv``). Values that an office adds and confirms
later are joined by ``LawBook.with_entries``; where those are kept is not known here. Nothing is ever edited in place.
"""

import csv
import tomllib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache, cached_property
from importlib.resources import files
from operator import attrgetter
from typing import Literal, TypeVar

Value = int | Decimal | Fraction | str
T = TypeVar("T", int, Decimal, Fraction)
ParameterConfidence = Literal["verified", "secondary", "derived", "memory", "provisional"]

_WHOLE_UNITS = frozenset({"person", "day", "month", "year", "hour", "times", "term", "NTD", "day_wage"})


@dataclass(frozen=True)
class Parameter:
    """One value of one key from one day on.

    ``unit`` says how to read it: ``rate`` is a Decimal fraction (0.115 is 11.5 %), ``share`` a Fraction (2/3), ``NTD``,
    ``person``, ``day``, ``month``, ``year``, ``hour``, ``times``, ``term``, ``day_wage`` whole numbers (an average head count may have
    decimals), ``month_day`` a text (03-31). ``provisional`` values are not announced yet and are never computed with, unless
    somebody has confirmed them.
    """

    key: str
    valid_from: date
    value: Value
    unit: str
    title: str
    citation: str
    source: str
    confidence: ParameterConfidence
    confirmed_by: str = ""

    @property
    def is_in_use(self) -> bool:
        return self.confidence != "provisional" or bool(self.confirmed_by)


class NoValue(KeyError):
    """No value of a key is known on a day; the message says which and from when there is one."""

    def __str__(self) -> str:
        return str(self.args[0])


class Snapshot(Mapping[str, Value]):
    """The values in force on one day. Subscribing raises ``NoValue``, a KeyError."""

    def __init__(self, book: "LawBook", day: date) -> None:
        self._book = book
        self.day = day

    def __getitem__(self, key: str) -> Value:
        return self.entry(key).value

    def __iter__(self) -> Iterator[str]:
        return (key for key in self._book.keys if self._book.entry_on(key, self.day))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def entry(self, key: str) -> Parameter:
        """The value with its citation, source and confidence. Raises NoValue."""
        if found := self._book.entry_on(key, self.day):
            return found
        known = self._book.history(key)
        since = f"; the first is of {known[0].valid_from}" if known else ""
        raise NoValue(f"no value of {key!r} in force on {self.day}{since}")

    def pending(self, key: str) -> Parameter | None:
        """The provisional value that would be in force on this day if it had been announced: a reason to warn."""
        current = self._book.entry_on(key, self.day)
        for entry in reversed(self._book.history(key)):
            if entry.valid_from <= self.day and not entry.is_in_use and (current is None or entry.valid_from > current.valid_from):
                return entry
        return None

    def whole(self, key: str) -> int:
        """A whole number. Raises TypeError when the key holds something else."""
        return _typed(key, self[key], int)

    def rate(self, key: str) -> Decimal:
        """A rate as Decimal. Raises TypeError when the key holds something else."""
        return _typed(key, self[key], Decimal)

    def share(self, key: str) -> Fraction:
        """A share as Fraction. Raises TypeError when the key holds something else."""
        return _typed(key, self[key], Fraction)


class LawBook:
    """All dated values; immutable. Of two values of one key and day the later entered counts."""

    def __init__(self, entries: Iterable[Parameter]) -> None:
        self.entries: tuple[Parameter, ...] = tuple(entries)

    @cached_property
    def _by_key(self) -> dict[str, tuple[Parameter, ...]]:
        grouped: dict[str, list[Parameter]] = {}
        for entry in self.entries:
            grouped.setdefault(entry.key, []).append(entry)
        return {key: tuple(sorted(group, key=attrgetter("valid_from"))) for key, group in grouped.items()}

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(self._by_key)

    def history(self, key: str) -> tuple[Parameter, ...]:
        """Every value of a key, oldest first, the provisional ones among them; empty for an unknown key."""
        return self._by_key.get(key, ())

    def entry_on(self, key: str, day: date) -> Parameter | None:
        """The value in use on a day, or None."""
        usable = [entry for entry in self.history(key) if entry.is_in_use]
        place = bisect_right(usable, day, key=attrgetter("valid_from"))
        return usable[place - 1] if place else None

    def at(self, day: date) -> Snapshot:
        return Snapshot(self, day)

    def latest(self) -> Snapshot:
        """The newest values known, for questions that name no day."""
        return Snapshot(self, date.max)

    def with_entries(self, extra: Iterable[Parameter]) -> "LawBook":
        """A new book with more dated values; this one stays as it is."""
        return LawBook((*self.entries, *extra))


def parse_value(unit: str, text: str) -> Value:
    """A value as written in the data or typed on a screen. Raises ValueError (also for a float's ``1e5`` and ``nan``)."""
    if not text or not set(text) <= set("0123456789./-"):
        raise ValueError(f"not a value of unit {unit!r}: {text!r}")
    if unit == "month_day":
        date.fromisoformat(f"2000-{text}")
        return text
    try:
        if unit == "share":
            return Fraction(text)
        if unit == "rate" or (unit in _WHOLE_UNITS and "." in text):
            return Decimal(text)
        if unit in _WHOLE_UNITS:
            return int(text)
    except (ArithmeticError, ValueError) as error:
        raise ValueError(f"not a value of unit {unit!r}: {text!r}") from error
    raise ValueError(f"unknown unit: {unit!r}")


@cache
def built_in() -> LawBook:
    """The values that come with the program; read once."""
    raw = tomllib.loads(files("unionops.law").joinpath("data/parameters.toml").read_text("utf-8"))
    return LawBook(
        Parameter(
            key=key,
            valid_from=value["valid_from"],
            value=parse_value(about["unit"], value["value"]),
            unit=about["unit"],
            title=about["title"],
            citation=about["citation"],
            source=value["source"],
            confidence=value["confidence"],
        )
        for key, about in raw.items()
        for value in about["values"]
    )


def __getattr__(name: str) -> LawBook:
    if name == "BOOK":  # Read on first use, not on import.
        return built_in()
    raise AttributeError(name)


def at(day: date) -> Snapshot:
    """The built-in values in force on a day: ``at(day)["nhi.rate"]``."""
    return built_in().at(day)


@dataclass(frozen=True)
class Table:
    """A table of the law as published: rows of text by column name, and where it comes from."""

    name: str
    source: str
    rows: tuple[Mapping[str, str], ...]


# Years a table holds for, first and last. A year that is not here is not known: last year's table is never taken instead.
_TABLES: dict[str, dict[tuple[int, int], str]] = {
    "li_grades": {(year, year): f"li_grades_{year}.csv" for year in range(2023, 2027)},
    "nhi_grades": {(year, year): f"nhi_grades_{year}.csv" for year in range(2023, 2027)},
    "oai_grades": {(year, year): f"oai_grades_{year}.csv" for year in range(2024, 2027)},
    "oai_industry_rates": {(2022, 2024): "oai_industry_rates_2022.csv", (2025, 2027): "oai_industry_rates_2025.csv"},
    "public_holidays": {(2026, 2027): "public_holidays_2026.csv"},
}
_TIMELESS = frozenset({"deadline_rules", "disability_lump_sum_days", "old_age_claim_age", "rates_by_year"})


def tables(name: str, year: int | None = None) -> Table:
    """The table of that name in force in a year (Christian); tables without a year take none. Raises LookupError."""
    if name in _TIMELESS:
        return _read(name, f"{name}.csv")
    if name not in _TABLES:
        raise LookupError(f"no table {name!r}")
    for (first, last), file in _TABLES[name].items():
        if year is not None and first <= year <= last:
            return _read(name, file)
    raise LookupError(f"no table {name!r} for the year {year}; known: {', '.join(f'{a}-{b}' for a, b in _TABLES[name])}")


@cache
def _read(name: str, file: str) -> Table:
    lines = files("unionops.law").joinpath(f"data/{file}").read_text("utf-8").splitlines()
    source = " ".join(line.removeprefix("#").strip() for line in lines if line.startswith("#"))
    return Table(name, source, tuple(csv.DictReader(line for line in lines if not line.startswith("#"))))


def _typed(key: str, value: Value, kind: type[T]) -> T:
    if not isinstance(value, kind):
        raise TypeError(f"{key} is {type(value).__name__}, not {kind.__name__}")
    return value
