"""The receipt as a paper: two parts on one page, with the code by which anybody can ask whether it is genuine; and the slip of a cash count.

Papers are Chinese whatever the language of the screen. What stands on a receipt was frozen when it was made (``rules.receipts.Content``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from unionops.core.addresses import public_address
from unionops.core.db import db
from unionops.core.documents import Column, Document, Facts, SealBoxes, Slip, SlipSheet, Table
from unionops.core.documents.codes import Codes
from unionops.members.models import CashCount, Receipt
from unionops.members.queries import receipts as queries
from unionops.members.rules.collecting import Channel
from unionops.members.rules.receipts import Content
from unionops.values.roc import EPOCH, roc_date

PARTS = ("收執聯（繳款人收執）", "存根聯（工會存查）")
CHANNELS = {
    Channel.COUNTER: "現金", Channel.BANK: "銀行轉帳", Channel.GIRO: "郵政劃撥", Channel.SHOP: "便利商店代收", Channel.CHECKOFF: "雇主代扣",
    Channel.DEBIT: "帳戶扣款", Channel.OPENING: "期初溢繳",
}
PLACE_OF_TOKEN = "RECEIPT-TOKEN"
"""Stands in the address of the check where a receipt's token goes."""
_COLUMNS = (Column("項目", 5), Column("期間", 3), Column("金額（元）", 2, kind="money"))


def verify_address() -> str:
    """Where a receipt can be checked, with the place for its token. Made once for many: it is the same but for the token."""
    return public_address("dues.verify_receipt", token=PLACE_OF_TOKEN)


def papers(receipts: Iterable[tuple[Receipt, str]], address: str) -> Document:
    """Receipts as one paper, a page each, in this order: (receipt, mark), the mark being empty on the original."""
    slips: list[Slip] = []
    union = ""
    for receipt, mark in receipts:
        content = Content.read(receipt.content)
        union = union or content.union
        slips.append(slip(receipt, content, mark, address))
    sheet = SlipSheet(slips, union, "收據", PARTS, seal=union, code_note="掃描可查驗真偽；查驗頁只顯示真偽、金額與日期。")
    first = slips[0].number if len(slips) == 1 else ""
    return Document("收據", [sheet], union=union, number=first)


AT_ONCE = 50
"""Receipts set together: with so few the typesetter has forgotten them before they weigh anything."""


def papers_of(ids: Sequence[int], address: str) -> Document:
    """The next printing of these receipts, in this order."""
    known = {one.id: one for one in db.session.scalars(sa.select(Receipt).where(Receipt.id.in_(ids)))}
    return papers(((known[one], mark_of(known[one].printed + 1)) for one in ids if one in known), address)


def slip(receipt: Receipt, content: Content, mark: str, address: str) -> Slip:
    day = receipt.issued_on
    return Slip(
        number=f"收據號碼　{receipt.number}",
        dated=f"中華民國 {day.year - EPOCH} 年 {day.month} 月 {day.day} 日",
        facts=[
            ("繳款人", content.payer), ("會員編號", content.number or "－"), ("收款日", content.received_on),
            ("收款方式", CHANNELS.get(content.channel, content.channel)),
        ],
        table=Table(_COLUMNS, content.lines, totals=("合計", "", content.amount)),
        in_words=("新臺幣（大寫）", content.capitals),
        signed=[("經收人", content.by), ("備註", content.note)] if content.note else [("經收人", content.by)],
        note=f"作廢原因：{receipt.void_why}" if receipt.voided_at is not None else "",
        code=_code(address, queries.token_of(receipt.id)), mark=mark, void="作廢" if receipt.voided_at is not None else "",
    )


def mark_of(times: int) -> str:
    """What stands on the printing that is the so manieth: nothing on the original."""
    return f"副本（補印第 {times - 1} 次）" if times > 1 else ""


def _code(address: str, token: str) -> tuple[str, ...]:
    return _codes(address, len(token)).of(address.replace(PLACE_OF_TOKEN, token))


@lru_cache(maxsize=16)
def _codes(address: str, length: int) -> Codes:
    """For addresses that are the same but for a token of this length."""
    return Codes(address.replace(PLACE_OF_TOKEN, "0" * length))


# --- the cash count ---------------------------------------------------------------------------------------------------


def count_paper(count: CashCount, cashier: str, union: str, payments: Sequence[Any]) -> Document:
    """What was counted, piece by piece, against what was taken in. ``payments`` are rows of received_on, name, receipt, amount."""
    pieces = sorted(((int(worth), number) for worth, number in count.pieces.items()), reverse=True)
    gap = count.counted - count.expected
    facts = [
        ("點收日", roc_date(count.counted_on)), ("出納", cashier), ("應有金額", count.expected), ("實點金額", count.counted),
        ("差額", gap), ("差額說明", count.note or "－"),
        ("存入銀行", roc_date(count.banked_on) if count.banked_on else "尚未存入"),
    ]
    return Document(
        "櫃檯現金點收表", [
            Facts(facts, columns=2),
            Table([Column("面額", kind="money"), Column("張（枚）數", kind="int"), Column("金額", kind="money")],
                  [(worth, number, worth * number) for worth, number in pieces], totals=("合計", None, count.counted), caption="現金"),
            Table([Column("收款日", kind="date"), Column("繳款人"), Column("收據"), Column("金額", kind="money")], payments,
                  totals=("合計", "", "", count.expected), caption="現金收付明細"),
            SealBoxes(("出納", "會計", "總幹事"), 16),
        ],
        union=union, number=f"{count.id:06d}", issued_on=count.counted_on,
    )
