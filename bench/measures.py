"""The screens of the roster against a bare view of the same rows: time of the server alone, in turns, and their statements.

Owns how a request is timed. Files (import, export) are in ``files``, start and memory in ``processes``.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from time import perf_counter
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.engine import Engine

from bench import data, limits
from bench.report import Section, ms, times
from unionops.core import search
from unionops.core.accounts import sessions
from unionops.core.accounts.models import User
from unionops.core.db import db, intent
from unionops.members.models import ID_PLACE

AT_MOST = 4.0
"""How many times the limit a screen may take, by the median."""
GROWTH = 1.3
"""How much slower the slowest twentieth may be at the largest size than at the smallest."""
BUSY = 1.0
"""Seconds that any request may hold a worker."""


class Caller:
    """A test client that tells how long the server took: no network, no browser."""

    def __init__(self, app: Flask, client: FlaskClient | None = None) -> None:
        self.app = app
        self.client = client or app.test_client()

    def __call__(self, path: str) -> float:
        with intent(write=False):
            begun = perf_counter()
            response = self.client.get(path)
            taken = perf_counter() - begun
        if response.status_code != 200:
            raise RuntimeError(f"{path}: {response.status}")
        return taken


def signed_in(app: Flask, user_id: int) -> Caller:
    """A browser of this user."""
    client = app.test_client()
    with app.app_context(), app.test_request_context():
        held = sessions.open_for_test(db.session.get_one(User, user_id))
    with client.session_transaction() as cookie:
        cookie.update(held)
    return Caller(app, client)


@dataclass
class Union:
    """One database of one size, behind the app and behind the bare view."""

    kind: str
    size: int
    app: Flask
    browser: Caller
    bare: Caller
    known: list[data.Invented]


def union(homes: data.Homes, kind: str, size: int) -> Union:
    app = homes.new(kind, f"members_{size}")
    data.fill(app, size)
    user_id = data.staff(app)
    data.fill_calendar(app, user_id, size)
    with app.app_context():
        bare = limits.bare_app(db.engine.url)
    random = Random(size)
    chosen = {random.randrange(size) for _ in range(400)}
    known = [one for at, one in enumerate(data.invent(size)) if at in chosen and one.left_on is None]
    random.shuffle(known)
    return Union(kind, size, app, signed_in(app, user_id), Caller(bare), known)


def close(union: Union) -> None:
    with union.app.app_context():
        db.session.remove()
        db.engine.dispose()
    with union.bare.app.app_context():
        union.bare.app.extensions["sqlalchemy"].engine.dispose()


# --- what is asked ----------------------------------------------------------------------------------------------------

Question = Callable[[Union, data.Invented], tuple[str, str]]
"""The address in the app and in the bare app that show the same, for one member drawn by lot."""


def _list(union: Union, one: data.Invented) -> tuple[str, str]:
    return "/members/", "/list"


def _deep(union: Union, one: data.Invented) -> tuple[str, str]:
    # A page anywhere, found in the app by its number and in the bare view by the first member on it (nine in ten are in force).
    page = (one.at * 9 // 10) // 25 + 1
    first = ((page - 1) * 25) * 10 // 9 + 1
    return f"/members/?page={page}", f"/deep?given={first:06d}"


def _name(union: Union, one: data.Invented) -> tuple[str, str]:
    return f"/members/?q={one.name[:2]}", f'/search?given={_index_query(union, [" ".join(one.name[:2])])}'


def _everything(union: Union, one: data.Invented) -> tuple[str, str]:
    return f"/search?q={one.name[:2]}", _name(union, one)[1]


def _number(union: Union, one: data.Invented) -> tuple[str, str]:
    return f"/members/?q={one.number}", f"/search?given={_index_query(union, [one.number])}"


def _phone(union: Union, one: data.Invented) -> tuple[str, str]:
    return f"/members/?q={one.mobile[-6:]}", f"/search?given={_index_query(union, ['r' + one.mobile[-6:][::-1]])}"


def _identity(union: Union, one: data.Invented) -> tuple[str, str]:
    with union.app.app_context():
        tails = search.words_of(secret=((one.id_number, ID_PLACE),)).split()
    return f"/members/?q={one.id_number[-5:]}", f"/search?given={_index_query(union, [tails[1]])}"


def _unit(union: Union, one: data.Invented) -> tuple[str, str]:
    unit = max(one.unit, 5)  # The first four have others below them.
    return f"/members/?unit={unit}", f"/unit?given={unit}"


def _detail(union: Union, one: data.Invented) -> tuple[str, str]:
    return f"/members/{one.at}", f"/detail?given={one.at}"


def _desk(union: Union, one: data.Invented) -> tuple[str, str]:
    return "/", "/desk?given=1"


def _deadlines(union: Union, one: data.Invented) -> tuple[str, str]:
    return "/calendar/?whose=all", "/due"


def _month(union: Union, one: data.Invented) -> tuple[str, str]:
    return "/calendar/month", "/month"


def _index_query(union: Union, words: list[str]) -> str:
    """What a bare search would ask the full-text index: these words, the last one begun."""
    if union.kind == "sqlite":
        return " ".join(f'"{word}"*' for word in words)
    return " & ".join("(" + "%20<->%20".join(word.split()) + ":*)" for word in words)


QUESTIONS: dict[str, Question] = {
    "list": _list, "deep page": _deep, "two characters": _name, "search of everything": _everything,
    "member number": _number, "phone tail": _phone, "ID tail": _identity,
    "unit filter": _unit, "member page": _detail, "desk": _desk, "deadlines": _deadlines, "month": _month,
}


# --- timing -----------------------------------------------------------------------------------------------------------


@dataclass
class Times:
    ours: list[float] = field(default_factory=list)
    limit: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        return statistics.median(self.ours) / statistics.median(self.limit)


def p95(values: Sequence[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.95))]


def measure(unions: Sequence[Union], rounds: int) -> dict[tuple[str, str, int], Times]:
    """(question, database, size) → times. All sizes and databases take turns, so that what slows the machine slows them all."""
    taken: dict[tuple[str, str, int], Times] = {(name, u.kind, u.size): Times() for name in QUESTIONS for u in unions}
    for turn in range(-2, rounds):  # Two to warm up.
        for name, question in QUESTIONS.items():
            for u in unions:
                ours, limit = question(u, u.known[turn % len(u.known)])
                one, other = u.browser(ours), u.bare(limit)
                if turn >= 0:
                    taken[name, u.kind, u.size].ours.append(one)
                    taken[name, u.kind, u.size].limit.append(other)
    return taken


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements sent to any database inside the block."""
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK")):
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def statements(u: Union, name: str, turn: int = 0) -> int:
    """How many statements one request sends, counts already remembered."""
    path, _bare = QUESTIONS[name](u, u.known[turn])
    u.browser(path)
    with counted() as seen:
        u.browser(path)
    return len(seen)


# --- told -------------------------------------------------------------------------------------------------------------


def screens(unions: Sequence[Union], rounds: int) -> list[Section]:
    taken = measure(unions, rounds)
    against = Section(
        "Screens",
        f"Each beside a bare Flask view with one indexed SELECT of the same rows and a plain Jinja table, {rounds} runs in turns, each for "
        f"another member; the median may be {AT_MOST:g} times the limit's, and no request may take a second.",
        ("screen", "database", "members", "median", "p95", "slowest", "limit median", "limit p95", "ratio", "at most"),
    )
    growing = Section(
        "Growth", f"The slowest twentieth at the largest size may take {GROWTH:g} times that at the smallest.",
        ("screen", "database", "from", "to", "p95 from", "p95 to", "ratio", "at most", "bare view"),
    )
    sent = Section(
        "Statements", "A screen sends the same number of statements whatever the size (counts of rows already remembered).",
        ("screen", "database", *(f"{size:,}" for size in sorted({u.size for u in unions}))),
    )
    for kind in dict.fromkeys(u.kind for u in unions):
        own = sorted((u for u in unions if u.kind == kind), key=lambda u: u.size)
        first, last = own[0], own[-1]
        for name in QUESTIONS:
            for u in own:
                t = taken[name, kind, u.size]
                against.add(
                    name, kind, f"{u.size:,}", ms(statistics.median(t.ours)), ms(p95(t.ours)), ms(max(t.ours)), ms(statistics.median(t.limit)),
                    ms(p95(t.limit)), times(t.ratio), times(AT_MOST), ok=t.ratio <= AT_MOST and max(t.ours) < BUSY,
                )
            if len(own) > 1:
                small, large = taken[name, kind, first.size], taken[name, kind, last.size]
                grown = p95(large.ours) / p95(small.ours)
                growing.add(
                    name, kind, f"{first.size:,}", f"{last.size:,}", ms(p95(small.ours)), ms(p95(large.ours)), times(grown), times(GROWTH),
                    times(p95(large.limit) / p95(small.limit)), ok=grown <= GROWTH,
                )
            counts = [statements(u, name) for u in own]
            sent.add(name, kind, *counts, ok=len(set(counts)) == 1)
    return [against, *([growing] if growing.lines else []), sent]
