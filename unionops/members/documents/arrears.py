"""Papers about arrears: 繳費通知, 催繳函, 結清通知, 分期協議書, 會費收入月報; and the text of those that go by mail.

Papers are Chinese whatever the language of the screen. What was told stays told: a letter made again shows the sum it was sent with.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from unionops.core.documents import Block, Column, Document, Facts, Heading, Paragraph, SealBoxes, Table
from unionops.core.union import queries as union
from unionops.letters.models import Letter
from unionops.members.models import Dunning, DunningRun, InstalmentPlan
from unionops.members.queries import arrears as queries
from unionops.members.queries.arrears import Debtor, OpenItem
from unionops.members.queries.figures import Line, Movement, Received, Unplaced
from unionops.members.rules.arrears import Step, merged
from unionops.members.rules.dues import SchemeKind
from unionops.values.money import ntd, ntd_in_words
from unionops.values.roc import roc_date, roc_long

TITLES = {Step.NOTICE: "繳費通知", Step.FORMAL: "催繳函", Step.FINAL: "結清通知"}
TEXTS = {
    Step.NOTICE: (
        "{姓名}會友您好：截至{計算日}，您有逾期未繳的會費，經常會費欠繳{月數}個月，逾期款項合計新臺幣{金額}元。敬請於{期限}前繳納。"
        "如果已經繳了，或對金額有疑問，請與本會聯絡，我們會立刻查明。"
    ),
    Step.FORMAL: (
        "台端截至{計算日}欠繳經常會費{月數}個月，逾期款項合計{大寫}（新臺幣{金額}元），前經通知仍未繳清。請於{期限}前繳清（較晚收到本函者，自收到翌日起有同樣的繳款日數）；"
        "屆期未繳，本會將依章程及工會法第 26 條規定處理，處理前會另行通知台端陳述意見。台端對金額如有異議，請於期限內以書面提出，並附繳款證明。"
    ),
    Step.FINAL: (
        "{姓名}您好：您已自本會出會。會籍期間尚有應繳款項未清，合計新臺幣{金額}元，請於{期限}前結清。出會後不再增加會費。"
        "如果已經繳了，或對金額有疑問，請與本會聯絡。"
    ),
}
"""The usual words of each letter, in fields of ``rules.arrears.FIELDS``; whoever sends may write others."""

CHANNELS = {"counter": "櫃檯現金", "bank": "銀行轉帳", "giro": "郵政劃撥", "shop": "超商代收", "checkoff": "雇主代扣", "debit": "帳戶扣款", "opening": "期初溢繳"}
KINDS = {
    SchemeKind.ENTRANCE: "入會費", SchemeKind.REGULAR: "經常會費", SchemeKind.LEVY: "特別會費", SchemeKind.MUTUAL: "互助金", SchemeKind.AGENCY: "代收款",
}


@dataclass(frozen=True)
class Sender:
    """The union and where it is paid."""

    name: str
    phone: str = ""
    seat: str = ""
    accounts: tuple[str, ...] = ()


def sender(today: date) -> Sender:
    """The union of this installation, with its accounts in use."""
    row = union.the_union()
    accounts = tuple(
        f"{one.bank}{one.branch}　{one.account_number}　戶名 {one.holder}" + (f"（{one.purpose}）" if one.purpose else "")
        for one in union.bank_accounts() if one.is_open(today)
    )
    return Sender(row.name, row.phone, row.seat, accounts) if row is not None else Sender("（尚未登錄工會名稱）", accounts=accounts)


# --- letters to debtors -----------------------------------------------------------------------------------------------


def fields(run: DunningRun, who: Debtor, amount: int, months: int, sender: Sender) -> dict[str, str]:
    """What the fields of a letter's text stand for."""
    return {
        "姓名": who.name, "會號": who.number, "月數": str(months), "金額": ntd(amount), "大寫": ntd_in_words(amount), "計算日": roc_long(run.sent_on),
        "期限": roc_long(run.pay_by), "工會": sender.name,
    }


def text_of(run: DunningRun) -> str:
    """The words of its letters, their fields unfilled."""
    return run.text or TEXTS[Step(run.step)]


def mail_text(run: DunningRun, who: Debtor, amount: int, months: int, sender: Sender) -> str:
    """The letter as a mail: its words, how to pay, who writes."""
    lines = [merged(text_of(run), fields(run, who, amount, months, sender)), "", f"會員編號：{who.number}"]
    lines += [f"匯款帳戶：{one}" for one in sender.accounts]
    return "\n".join([*lines, "", sender.name, *(f"電話：{sender.phone}" for _once in [0] if sender.phone)])


def letters(run: DunningRun, rows: Sequence[Dunning]) -> Iterator[Document]:
    """The papers of a run, one for each of these people, in their order."""
    if Step(run.step).proposes:
        return
    ids = [one.person_id for one in rows]
    who, items, by = queries.debtors(ids), _items(run, rows), sender(run.sent_on)
    official = queries.official_letter(run)
    for one in rows:
        yield letter(run, one, who[one.person_id], items.get(one.person_id, ()), by, official)


def _items(run: DunningRun, rows: Sequence[Dunning]) -> dict[int, list[OpenItem]]:
    """person → what his letter was about, item by item: all that was overdue, or what was so beside an agreement."""
    ids = [one.person_id for one in rows]
    found, beside = queries.open_items(ids, run.sent_on), queries.dunned_items(ids, run.sent_on)
    return found | {
        one.person_id: beside.get(one.person_id, []) for one in rows if sum(item.open for item in found.get(one.person_id, ())) != one.amount
    }


def letter(run: DunningRun, told: Dunning, who: Debtor, items: Sequence[OpenItem], by: Sender, official: Letter | None = None) -> Document:
    """One letter: to whom, the words, what is overdue item by item, until when and how to pay."""
    title = TITLES[Step(run.step)]
    rows = [(one.text, roc_date(one.period_on)[:-3], one.due_on, one.amount, one.open) for one in items]
    columns = (Column("項目", 4), Column("期別", 2, align="center"), Column("繳款期限", 2, kind="date"), Column("應繳（元）", 2, kind="money"), Column("未繳（元）", 2, kind="money"))
    blocks: list[Block] = [Paragraph(f"{who.name}　君" + (f"　（會員編號 {who.number}）" if who.number else ""), align="left", size=13)]
    if who.address:
        blocks.append(Paragraph(who.address, align="left", tight=True))
    blocks.append(Paragraph(merged(text_of(run), fields(run, who, told.amount, told.months, by)), above=6))
    if sum(one.open for one in items) == told.amount:
        blocks.append(Table(columns, rows, totals=("合計", None, None, None, told.amount)))
    else:  # Something was dated back since: the single items would not be those of the letter that went out.
        blocks.append(Facts([("欠費合計", f"新臺幣 {ntd(told.amount)} 元")]))
    blocks.append(Facts([("金額大寫", ntd_in_words(told.amount)), ("繳款期限", roc_long(run.pay_by)), *_how_to_pay(by)]))
    blocks.append(Paragraph(f"{by.name}　啟", align="right", above=12))
    return Document(
        title, blocks, union=by.name, number=official.number if official is not None else "", issued_on=run.sent_on, confidential=True,
    )


def _how_to_pay(by: Sender) -> list[tuple[str, str]]:
    ways = [("會所繳納", by.seat or "本會櫃檯"), *(("匯款帳戶", one) for one in by.accounts)]
    return [*ways, ("洽詢電話", by.phone)] if by.phone else ways


MERGE_COLUMNS = (
    Column("會號"), Column("姓名"), Column("地址"), Column("電子郵件"), Column("月數", kind="int"), Column("金額", kind="money"), Column("大寫"), Column("計算日", kind="date"),
    Column("期限", kind="date"), Column("明細"),
)


def merge_rows(run: DunningRun, rows: Sequence[Dunning]) -> Iterator[tuple[str | int | date, ...]]:
    """One row a person with everything that a letter of one's own could need: for mail merge in a word processor."""
    ids = [one.person_id for one in rows]
    who, items = queries.debtors(ids), _items(run, rows)
    for one in rows:
        told = who[one.person_id]
        listed = "；".join(f"{item.text} {roc_date(item.period_on)[:-3]} {ntd(item.open)} 元" for item in items.get(one.person_id, ()))
        yield (told.number, told.name, told.address, told.email, one.months, one.amount, ntd_in_words(one.amount), run.sent_on, run.pay_by, listed)


# --- an agreement -----------------------------------------------------------------------------------------------------


def agreement(plan: InstalmentPlan, who: Debtor, items: Iterable[OpenItem], today: date) -> Document:
    """分期協議書: what is owed, which part by which day, what happens when one is missed, two signatures."""
    by = sender(today)
    parts = [(place, one.due_on, one.amount, "") for place, one in enumerate(plan.instalments, 1)]
    owed = [(one.text, roc_date(one.period_on)[:-3], one.open) for one in items]
    blocks: list[Block] = [
        Facts([("工會", by.name), ("會員", who.name), ("會員編號", who.number), ("協議日", plan.agreed_on), ("欠費總額", f"{ntd_in_words(plan.total)}（{ntd(plan.total)} 元）")]),
        Paragraph("雙方同意，會員所欠款項依下表分期繳清，協議如下：", above=6),
        Table((Column("期別", 1, kind="int"), Column("繳款期限", 2, kind="date"), Column("金額（元）", 2, kind="money"), Column("收據號碼", 3)), parts, totals=("合計", None, plan.total, None), row_height_mm=8),
        Paragraph("每期應於期限當日以前繳納；得提前繳清。", mark="一、", align="left"),
        Paragraph("依約繳納期間，上列欠費不再催繳，也不因此提案停權或除名；分期不加計利息。", mark="二、", align="left"),
        Paragraph("有一期未於期限內繳足者，未繳部分回復為欠費，依章程辦理。", mark="三、", align="left"),
        Paragraph("協議期間新到期的會費，仍應按期繳納。", mark="四、", align="left"),
        *([Paragraph(plan.note, mark="五、", align="left")] if plan.note else []),
        *([Heading("欠費明細", 3), Table((Column("項目", 4), Column("期別", 2, align="center"), Column("未繳（元）", 2, kind="money")), owed)] if sum(one[2] for one in owed) == plan.total else []),
        SealBoxes(("會員", "承辦人", "總幹事"), 20),
    ]
    return Document("會費分期繳納協議書", blocks, union=by.name, issued_on=plan.agreed_on, confidential=True)


# --- the month --------------------------------------------------------------------------------------------------------


def monthly_report(
    first: date, moved: Mapping[SchemeKind, Movement], came: Mapping[str, Received], lines: Sequence[Line], rest: Unplaced, brought: int, today: date
) -> Document:
    """會費收入月報: arrears at the beginning, charged, changed, lost, paid and arrears at the end by kind; money by channel; the ledger beside it."""
    kinds = [(KINDS[kind], one.opening, one.charged, one.changed, one.written_off, one.paid, one.closing) for kind, one in moved.items()]
    total = sum(moved.values(), Movement())
    money = [Column(title, kind="money") for title in ("期初未繳", "本期開單", "更正減免", "沖銷呆帳", "本期繳納", "期末未繳")]
    channels = [(CHANNELS.get(name, name), one.count, one.amount, one.back, one.net) for name, one in came.items()]
    ledger = [(f"{one.account} {one.title}", one.rows, one.ledger, one.difference) for one in lines]
    blocks: list[Block] = [
        Table((Column("款別", 3), *money), kinds, totals=("合計", *total, total.closing), caption="一、各款應收與繳納（元）"),
        Table(
            (Column("管道", 3), Column("筆數", kind="int"), Column("收款", kind="money"), Column("沖回與退還", kind="money"), Column("淨收", kind="money")), channels,
            totals=("合計", sum(one.count for one in came.values()), *(sum(parts) for parts in zip(*((one.amount, one.back, one.net) for one in came.values()), strict=True))) if came else (),
            caption="二、各管道收款（元）",
        ),
        *([Paragraph(f"另有起始日帶入之會員溢繳 {ntd(brought)} 元，非本期收款。")] if brought else []),
        Table((Column("科目", 4), Column("明細合計", kind="money"), Column("帳面餘額", kind="money"), Column("差異", kind="money")), ledger, caption="三、期末與總帳核對（元）"),
        Paragraph(
            f"期末會員溢繳 {ntd(rest.credit)} 元，付款人待查 {ntd(rest.suspense)} 元，均列為負債，不計入會費收入。"
            + ("差異為期後才查明或補登、而效力溯及本期的款項。" if any(one.difference for one in lines) else "明細與總帳相符。")
        ),
        SealBoxes(("製表", "會計", "總幹事", "理事長"), 18),
    ]
    return Document("會費收入月報", blocks, subtitle=f"{first.year - 1911} 年 {first.month} 月", union=sender(today).name, issued_on=today)
