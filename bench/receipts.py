"""A thousand receipts: numbered in one unit, and set in one PDF against the typesetter alone on the same input."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from time import perf_counter

import sqlalchemy as sa

from bench import data
from bench.report import Section, seconds, times
from unionops.core import clock
from unionops.core.db import bulk_insert, db, unit_of_work
from unionops.core.documents import Document, pdf, write_joined
from unionops.members import models as m
from unionops.members.documents import receipts as papers
from unionops.members.services.dues import receipts

AT_MOST = 1.2
"""How many times the typesetter alone the whole file may take."""
COUNT = 1_000
ADDRESS = f"https://union.example/dues/verify/{papers.PLACE_OF_TOKEN}"


def printed(homes: data.Homes, kinds: Sequence[str], *, quick: bool) -> Section:
    """Receipts for a thousand payments: what a cashier waits for, and what the task behind the page does."""
    count = 50 if quick else COUNT
    section = Section(
        "Receipts",
        f"{count:,} payments get their receipts: locked, read, content frozen and encrypted, numbered, written in one unit. Then all are read, decrypted, "
        "given their codes, set and joined in one PDF; beside it the typesetter alone on as many others, in the same portions (before and after, the mean): "
        f"it remembers what it has set, so nothing is set twice. At most {AT_MOST:g} times.",
        ("database", "receipts", "numbered", "one PDF", "typesetter alone", "ratio", "at most"),
    )
    for kind in kinds:
        app = homes.new(kind, "receipts")
        data.fill(app, 3 * count)
        with app.app_context():
            ids, numbered = _numbered(count)
            others = [_numbered(count, place)[0] for place in (1, 2)]
            before, after = ([pdf._inputs([one], clock.today()) for one in _papers(some)] for some in others)
            alone = _set(before)
            begun = perf_counter()
            write_joined(_papers(ids), io.BytesIO())
            taken = perf_counter() - begun
            alone = (alone + _set(after)) / 2
            ratio = taken / alone
            section.add(
                kind, f"{len(ids):,}", seconds(numbered), seconds(taken), seconds(alone), times(ratio), times(AT_MOST), ok=None if quick else ratio <= AT_MOST,
            )
            db.session.remove()
            db.engine.dispose()
    return section


def _numbered(count: int, place: int = 0) -> tuple[list[int], float]:
    """Receipts for the payments of ``count`` members, after those of as many ``place`` times, and how long they took."""
    today, now = clock.today(), clock.now()
    with unit_of_work("bench", "bench"):
        people = list(db.session.scalars(sa.select(m.Person.id).order_by(m.Person.id).offset(place * count).limit(count)))
        bulk_insert(m.Payment.__table__, ("person_id", "kind", "channel", "received_on", "amount", "payer", "note", "created_at"), [
            (one, "received", "bank", today, 200, "", "", now) for one in people
        ], reason="payment")
    ids = list(db.session.scalars(sa.select(m.Payment.id).where(m.Payment.person_id.in_(people))))
    db.session.rollback()
    begun = perf_counter()
    with unit_of_work("bench", "bench"):
        made = receipts.issue_many(ids, today=today)
    return made, perf_counter() - begun


def _papers(ids: Sequence[int]) -> Iterator[Document]:
    for start in range(0, len(ids), papers.AT_ONCE):
        yield papers.papers_of(ids[start : start + papers.AT_ONCE], ADDRESS)
        db.session.rollback()


def _set(inputs: Sequence[dict[str, str]]) -> float:
    begun = perf_counter()
    for one in inputs:
        pdf._compiler(one).compile(format="pdf", pdf_tags=False)
    return perf_counter() - begun
