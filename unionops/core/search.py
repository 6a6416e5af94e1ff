"""Finding records by two characters of a name, by a number, by the last digits of an encrypted one.

Owns one table of words per record and the full-text index over it: SQLite FTS5 and PostgreSQL's ``simple`` configuration,
fed with a blank between all Chinese characters, so that a phrase is found from its first character, rare ones included.
Who may see a hit is the area's business: ``matching`` gives ids to join with the area's own visible rows, ``everywhere`` asks
``core.refs`` of each kind.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import DDL, event
from sqlalchemy.orm import Mapped, mapped_column

from unionops.core import refs
from unionops.core.db import Model, bulk, bulk_insert, db, keyring, plain
from unionops.values.refs import Ref

_TOKENS = re.compile(r"(?!\s)[\u2e80-\U0010ffff]|[^\W_\u2e80-\U0010ffff]+")
"""Every Chinese character alone, everything else by runs of letters and digits."""
_LONG_NUMBERS = re.compile(r"\d{4,}")
TAILS = (4, 5, 6)
"""How many last digits of an encrypted number can be searched for."""


class SearchText(Model):
    """The words by which one record is found."""

    __tablename__ = "search_text"
    __audited__ = False
    __table_args__ = (sa.UniqueConstraint("kind", "record_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(40))
    record_id: Mapped[int]
    words: Mapped[str] = mapped_column(sa.Text)


_SEARCH: sa.Table = SearchText.__table__  # type: ignore[assignment]

SQLITE_INDEX = (
    "CREATE VIRTUAL TABLE search_index USING fts5(words, content='search_text', content_rowid='id', tokenize='unicode61')",
    "CREATE TRIGGER search_text_insert AFTER INSERT ON search_text BEGIN "
    "INSERT INTO search_index(rowid, words) VALUES (new.id, new.words); END",
    "CREATE TRIGGER search_text_delete AFTER DELETE ON search_text BEGIN "
    "INSERT INTO search_index(search_index, rowid, words) VALUES ('delete', old.id, old.words); END",
    "CREATE TRIGGER search_text_update AFTER UPDATE ON search_text BEGIN "
    "INSERT INTO search_index(search_index, rowid, words) VALUES ('delete', old.id, old.words); "
    "INSERT INTO search_index(rowid, words) VALUES (new.id, new.words); END",
)
POSTGRES_INDEX = ("CREATE INDEX ix_search_text_words ON search_text USING gin (to_tsvector('simple', words))",)


def create_index(connection: Any) -> None:
    """Makes the full-text index; for the migration. ``create_all`` makes it by itself."""
    for statement in SQLITE_INDEX if connection.dialect.name == "sqlite" else POSTGRES_INDEX:
        connection.exec_driver_sql(statement)


def drop_index(connection: Any) -> None:
    """Removes what ``create_index`` made."""
    if connection.dialect.name == "sqlite":
        for name in ("insert", "delete", "update"):
            connection.exec_driver_sql(f"DROP TRIGGER search_text_{name}")
        connection.exec_driver_sql("DROP TABLE search_index")
    else:
        connection.exec_driver_sql("DROP INDEX ix_search_text_words")


for _statement in SQLITE_INDEX:
    event.listen(SearchText.__table__, "after_create", DDL(_statement.replace("%", "%%")).execute_if(dialect="sqlite"))
for _statement in POSTGRES_INDEX:
    event.listen(SearchText.__table__, "after_create", DDL(_statement).execute_if(dialect="postgresql"))
event.listen(SearchText.__table__, "before_drop", DDL("DROP TABLE IF EXISTS search_index").execute_if(dialect="sqlite"))


def words_of(*texts: str | None, secret: Iterable[tuple[str, str]] = ()) -> str:
    """The index text of a record: Chinese characters apart, numbers whole and backwards (so that their last digits are a
    prefix), and of each ``secret`` (number, place) only keyed fingerprints of its last digits."""
    told = " ".join(filter(None, texts))
    words = [_apart(told)] if told else []
    words += ["r" + digits[::-1] for digits in _LONG_NUMBERS.findall(told)]
    for number, place in secret:
        blind = keyring().blinder(f"tail {place}")
        words += ["k" + blind(number[-length:])[:14] for length in TAILS if len(number) >= length]
    return " ".join(words)


def _apart(text: str) -> str:
    return " ".join(_TOKENS.findall(text)).lower()


def put(kind: str, record_id: int, words: str) -> None:
    """Stores the words of one record, replacing what it had. Inside the unit."""
    row = db.session.scalar(sa.select(SearchText).where(SearchText.kind == kind, SearchText.record_id == record_id))
    if row is None:
        db.session.add(SearchText(kind=kind, record_id=record_id, words=words))
    else:
        row.words = words


def put_many(kind: str, rows: Iterable[tuple[int, str]]) -> None:
    """Stores the words of many new records in one statement."""
    entries = [(kind, record_id, words) for record_id, words in rows]
    bulk_insert(SearchText.__table__, ["kind", "record_id", "words"], entries, reason="search_text")  # type: ignore[arg-type]


def forget(kind: str, record_ids: list[int]) -> None:
    """Removes records from the index. Inside the unit."""
    for start in range(0, len(record_ids), 500):
        chosen = record_ids[start : start + 500]
        bulk(sa.delete(SearchText).where(SearchText.kind == kind, SearchText.record_id.in_(chosen)), reason="search_text")


def matching(kind: str, typed: str, *, secret_places: Iterable[str] = ()) -> sa.Select[tuple[int]] | None:
    """A SELECT of the record ids that ``typed`` finds; None when there is nothing to search for. See ``sought``."""
    words = sought(typed, secret_places=secret_places)
    return None if words is None else hits(kind).params(words=words)


def sought(typed: str, *, secret_places: Iterable[str] = ()) -> str | None:
    """``typed`` as this database's index wants to be asked, the value of ``words`` in ``hits``; None when there is nothing to
    search for.

    Every word typed must be found. A word of four to six digits is also tried as the last digits of the ``secret_places``.
    """
    alternatives = [_word(word, tuple(secret_places)) for word in _apart_words(typed)]
    if not alternatives:
        return None
    if db.engine.dialect.name == "sqlite":
        return " AND ".join("(" + " OR ".join(choice) + ")" for choice in alternatives)
    return " & ".join("(" + " | ".join(_as_tsquery(one) for one in choice) + ")" for choice in alternatives)


def hits(kind: str) -> sa.Select[tuple[int]]:
    """SELECT of the record ids found by ``words``, a parameter still to be given; to be built into an area's own statement."""
    return _hits(kind, db.engine.dialect.name)


@lru_cache(maxsize=50)
def _hits(kind: str, dialect: str) -> sa.Select[tuple[int]]:
    # No bare column on SQLite: it would walk all records of the kind instead of the few that the full-text index gives.
    of_kind = _SEARCH.c.kind + sa.literal("") == kind if dialect == "sqlite" else _SEARCH.c.kind == kind
    return sa.select(_SEARCH.c.record_id).where(of_kind, _found(dialect))


def _found(dialect: str) -> sa.ColumnElement[bool]:
    if dialect == "sqlite":
        return _SEARCH.c.id.in_(sa.text("SELECT rowid FROM search_index WHERE search_index MATCH :words"))
    asked = sa.func.to_tsquery(sa.literal_column("'simple'"), sa.bindparam("words", type_=sa.Text))
    return sa.func.to_tsvector(sa.literal_column("'simple'"), _SEARCH.c.words).op("@@")(asked)


# --- everything at once ------------------------------------------------------------------------------------------------

SHORTEST = 2
"""Characters that must be typed: one alone finds half of the union."""
COUNTED = 2000
"""As far as hits are counted; whoever gets more needs another word, not a figure."""


@dataclass(frozen=True)
class Found:
    """What a search found that this person may see, the newest words first."""

    user: Any
    words: str | None
    kinds: frozenset[str] | None = None

    @cached_property
    def pointers(self) -> list[Ref]:
        """The first ``COUNTED`` of them; read at once, for what is counted need not be asked for again page by page."""
        if self.words is None:
            return []
        found = plain(_seen_hits(self.user, self.kinds, db.engine.dialect.name), {"words": self.words})
        return [Ref(kind, number) for kind, number in found]

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many of ``pointers`` are of each kind."""
        counted = Counter(pointer.kind for pointer in self.pointers)
        return {name: counted[name] for name in refs.KINDS if name in counted}

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def is_capped(self) -> bool:
        return self.total >= COUNTED

    def page(self, *, size: int, offset: int = 0, kinds: Collection[str] = ()) -> list[tuple[Ref, refs.Shown]]:
        """Some of the records, of these kinds or of all, with their links."""
        wanted = [one for one in self.pointers if one.kind in kinds] if kinds else self.pointers
        pointers = wanted[offset : offset + size]
        shown = refs.look_up(pointers, self.user)
        return [(pointer, shown[pointer]) for pointer in pointers if pointer in shown and shown[pointer].visible]


def everywhere(user: Any, typed: str, *, kinds: Collection[str] = ()) -> Found:
    """What this person finds by ``typed`` among the records of these kinds, or of all."""
    long_enough = len("".join(typed.split())) >= SHORTEST
    words = sought(typed, secret_places=[place for one in refs.KINDS.values() for place in one.tails]) if long_enough else None
    return Found(user, words, frozenset(kinds) or None)


@refs.by_reader
def _seen_hits(user: Any, kinds: frozenset[str] | None, dialect: str) -> sa.Select[tuple[str, int]]:
    """SELECT of (kind, record id) of what this user may see of everything found by ``words``, a parameter still to be given."""
    found = sa.select(_SEARCH.c.id, _SEARCH.c.kind, _SEARCH.c.record_id).where(_found(dialect)).subquery()
    visible = refs.seen(user, found.c.kind, found.c.record_id, kinds=kinds, through=True)
    return sa.select(found.c.kind, found.c.record_id).where(visible).order_by(found.c.id.desc()).limit(COUNTED)


# --- how the index is asked --------------------------------------------------------------------------------------------


def _apart_words(typed: str) -> list[str]:
    """What was typed, one phrase per blank-separated word, each phrase its tokens parted by one blank."""
    phrases = (_apart(part) for part in typed.split()[:6])
    return [phrase[:80] for phrase in phrases if phrase]


def _word(phrase: str, secret_places: tuple[str, ...]) -> list[str]:
    """The ways one phrase may be found, in FTS5 syntax: ``"小 明"*``."""
    ways = [f'"{phrase}"*']
    if re.fullmatch(r"\d{4,}", phrase):
        ways.append(f'"r{phrase[::-1]}"*')
        if len(phrase) in TAILS:
            ways += [f'"k{keyring().blind(phrase, f"tail {place}")[:14]}"' for place in secret_places]
    return ways


def _as_tsquery(way: str) -> str:
    prefix = way.endswith("*")
    tokens = way.rstrip("*").strip('"').split(" ")
    quoted = ["'" + token.replace("'", "") + "'" for token in tokens]
    if prefix:
        quoted[-1] += ":*"
    return "(" + " <-> ".join(quoted) + ")"
