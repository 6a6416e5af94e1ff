"""繳費通知: what one member owes from one run, until when, and by which numbers it can be paid; on paper and as the text of a mail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from unionops.core.documents import Block, Column, Document, Facts, Paragraph, Table
from unionops.members.documents.arrears import Sender, sender
from unionops.members.models import BillRun
from unionops.members.queries import bills
from unionops.members.queries.bills import PersonBill
from unionops.members.rules.payment_numbers import ACCOUNT, SLIP, Numbering
from unionops.values.money import ntd, ntd_in_words
from unionops.values.roc import roc_date, roc_long

TITLE = "繳費通知"


@dataclass(frozen=True)
class Occasion:
    """Who bills, when, and how the numbers on the bills of this run are made."""

    by: Sender
    run: BillRun
    today: date
    account: Numbering | None = None
    slip: Numbering | None = None


def occasion(run: BillRun, today: date) -> Occasion:
    return Occasion(sender(today), run, today, bills.numbering_on(ACCOUNT, run.billed_on), bills.numbering_on(SLIP, run.billed_on))


def numbers(bill: PersonBill, given: Occasion) -> list[tuple[str, str]]:
    """The numbers by which this bill is paid, as far as they are agreed and the member number fits."""
    told = [
        (label, made.number(bill.number, given.run.period_on))
        for label, made in (("虛擬帳號（ATM、網路銀行轉帳）", given.account), ("超商代收編號", given.slip)) if made is not None
    ]
    return [(label, number) for label, number in told if number]


def notices(some: Sequence[PersonBill], given: Occasion) -> Iterator[Document]:
    """One paper for each of these people."""
    for one in some:
        yield notice(one, given)


def notice(bill: PersonBill, given: Occasion) -> Document:
    """To whom, what for, until when, how to pay. What is paid already is taken off."""
    owed = [one for one in bill.lines if one.open > 0]
    due = min((one.due_on for one in owed), default=given.today)
    columns = (Column("項目", 5), Column("繳款期限", 2, kind="date"), Column("應繳（元）", 2, kind="money"), Column("未繳（元）", 2, kind="money"))
    blocks: list[Block] = [Paragraph(f"{bill.name}　君　（會員編號 {bill.number}）", align="left", size=13)]
    if bill.address:
        blocks.append(Paragraph(bill.address, align="left", tight=True))
    blocks.append(Paragraph(f"本期（{given.run.title}）應繳款項如下，敬請於{roc_long(due)}前繳納。已經繳納者，請不必理會本通知。", above=6))
    blocks.append(Table(columns, [(f"{one.text}{f'（{one.why}）' if one.why else ''}", one.due_on, one.amount, one.open) for one in owed],
                        totals=("合計", None, None, bill.open)))
    ways = [("金額大寫", ntd_in_words(bill.open)), ("繳款期限", roc_long(due)), *numbers(bill, given)]
    if given.account is None:
        ways += [("匯款帳戶", one) for one in given.by.accounts]
    ways += [("會所繳納", given.by.seat)] if given.by.seat else []
    ways += [("洽詢電話", given.by.phone)] if given.by.phone else []
    blocks += [Facts(ways), Paragraph(f"{given.by.name}　啟", align="right", above=12)]
    return Document(TITLE, blocks, union=given.by.name, issued_on=given.today, confidential=False)


def mail_text(bill: PersonBill, given: Occasion) -> str:
    """The same as a mail."""
    owed = [one for one in bill.lines if one.open > 0]
    due = min((one.due_on for one in owed), default=given.today)
    lines = [f"{bill.name} 會友您好：", "", f"本期（{given.run.title}）應繳款項如下，敬請於 {roc_date(due)} 前繳納。", ""]
    lines += [f"・{one.text}　{ntd(one.open)} 元" for one in owed]
    lines += [f"合計　{ntd(bill.open)} 元", "", f"會員編號：{bill.number}"]
    lines += [f"{label}：{number}" for label, number in numbers(bill, given)]
    if given.account is None:
        lines += [f"匯款帳戶：{one}" for one in given.by.accounts]
    return "\n".join([*lines, "", "已經繳納者，請不必理會本通知。", "", given.by.name, *([f"電話：{given.by.phone}"] if given.by.phone else [])])
