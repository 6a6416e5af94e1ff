"""Whatever somebody hands over where a file with money is asked for: it is refused in words, nothing is written, nothing breaks."""

from __future__ import annotations

import io
import random
import zipfile
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from openpyxl import Workbook

from tests.members.acts import furnished, work
from tests.members.checkoff import furnishing
from tests.members.checkoff.office import found_union
from unionops.core import clock
from unionops.core.db import db
from unionops.core.union import services as union
from unionops.core.union.queries import the_union
from unionops.finance.models import BooksBegin, Voucher
from unionops.members.models import CheckoffLine, OpeningBatch, Payment, Statement

HEADS = {
    "statement": ["交易日期", "摘要", "支出", "存入", "餘額", "備註"], "answer": ["員工編號", "姓名", "會費", "備註"], "opening": ["會員編號", "姓名", "期別", "欠費"],
}


def workbook(*rows: list[Any], title: str = "a") -> bytes:
    book = Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def zipped(name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, "x")
    return out.getvalue()


def odd_rows(heads: list[str]) -> list[list[Any]]:
    """Cells of every kind below a right heading."""
    odd = [10**15, -1, 1.5, True, date(2026, 1, 1), "９" * 30, "=1+1", "#REF!", "1E+400", "\u202e450", "0x10", "NaN", "–", "１，２", "𠮷" * 50, "115/13/45", "0" * 300, "<b>", "'; --"]
    return [heads, *([value] * len(heads) for value in odd), *([*([""] * at), value] for at, value in enumerate(odd[:8]))]


def garbage(heads: list[str]) -> list[tuple[str, bytes]]:
    noise = random.Random(7).randbytes(3000)
    text = "\r\n".join(",".join(str(cell) for cell in row) for row in odd_rows(heads))
    return [
        ("a.csv", b""), ("a.csv", b"\x00" * 400), ("a.csv", noise), ("a.xlsx", noise), ("a.xlsx", b"PK\x03\x04" + noise), ("a.xlsx", zipped("xl/workbook.xml")),
        ("a.ods", zipped("content.xml")), ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + noise), ("a.pdf", b"%PDF-1.4"), ("a.xls", b"<html><table>"), ("a.csv", b"," * 5000),
        ("a.csv", b'"' + b"x," * 900), ("a.csv", ("甲" * 40_000).encode()), ("a.csv", ",".join(heads).encode()), ("a.csv", text.encode()), ("a.csv", text.encode("utf-16")),
        ("a.csv", text.encode("cp950", "replace") + noise[:200]), ("a.xlsx", workbook(*odd_rows(heads))), ("a.xlsx", workbook()), ("", text.encode()), ("../../x.csv", b"a,b"),
        ("a.txt", ("  ".join(heads) + "\r\n") .encode() * 40),
    ]


@pytest.fixture
def office(app, browser, make_user):
    found_union()
    clerk = make_user("accountant")
    visits = furnished(furnishing, clerk)
    with work():
        record = the_union()
        account = union.add_bank_account(record, bank="嘉穗商業銀行", branch="臺中分行", account_number="0187200056731", holder=record.name, purpose="會費", from_on=date(2020, 1, 1))
        db.session.flush()
        bank = account.id
        if db.session.get(BooksBegin, 1) is None:
            db.session.add(BooksBegin(id=1, begins_on=clock.today().replace(day=1)))
    return browser.as_(clerk), {
        "statements.upload": ("statement", {"account": str(bank), "encoding": ""}, {}), "checkoff.answer": ("answer", {}, visits["checkoff.answer"]),
        "checkoff.debit_answer": ("answer", {}, visits["checkoff.debit_answer"]), "dues.opening_file": ("opening", {}, {}),
        "statements.known_layouts": ("statement", {"kind": "bank"}, {}),
    }


def test_nothing_breaks_and_nothing_is_booked(office):
    browser, screens = office
    before = counts()
    for endpoint, (kind, data, address) in screens.items():
        for at, (name, content) in enumerate(garbage(HEADS[kind])):
            sent = data | {"file": (io.BytesIO(content), name), "once": f"once-{endpoint}-{at:020d}", "csrf_token": browser._csrf()}
            answer = browser.client.post(browser.address(endpoint, **address), data=sent, content_type="multipart/form-data")
            answer.request.environ["wsgi.input"].close()
            assert answer.status_code in (200, 302, 422), (endpoint, name, content[:40], answer.text[:400])
    batches = db.session.scalars(sa.select(OpeningBatch.id)).all()
    assert batches
    for batch in batches:
        for view in ("", "bad", "out"):
            browser.get("dues.opening_batch", batch_id=batch, view=view)
        browser.get("dues.opening_columns", batch_id=batch)
        browser.get("dues.apply_opening", batch_id=batch)
    for statement in db.session.scalars(sa.select(Statement.id)).all():
        browser.get("statements.file", statement_id=statement)
    browser.get("statements.queue")
    browser.get("checkoff.sheet", **screens["checkoff.answer"][2])
    assert counts() == before


def counts() -> tuple[Any, ...]:
    db.session.rollback()
    return tuple(db.session.scalar(sa.select(sa.func.count()).select_from(table)) for table in (Payment, Voucher)) + (
        db.session.scalar(sa.select(sa.func.coalesce(sa.func.sum(CheckoffLine.applied), 0))),
    )
