"""The beginning: the day from which this system bills and books, the balances of that day, and what members owed or had paid too much.

What members bring stands against the accumulated surplus in a voucher of its own, as the other balances do: together they are the balance
sheet with which the books begin. Nothing here is income of the year.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from unionops.core import clock
from unionops.core.audit import recording
from unionops.core.db import blind_index, bulk, bulk_insert, db, lock_row, touch_data
from unionops.core.i18n import _l
from unionops.core.transfer.headings import find_header, propose_mapping, without_header
from unionops.core.transfer.reading import FileRefused, read_table_file
from unionops.core.transfer.tables import RowKinds, too_wide
from unionops.core.transfer.workbook import Cell, Sheet, Workbook, cell_text, is_blank
from unionops.core.union.models import BankAccount
from unionops.finance import queries as books
from unionops.finance import services as ledger
from unionops.finance.models import BooksBegin, Voucher
from unionops.finance.rules import chart
from unionops.finance.rules.vouchers import Entry, gathered, signed
from unionops.finance.services import Draft
from unionops.members.models import ID_PLACE, Adjustment, Allocation, Charge, Membership, OpeningBatch, Payment, Person
from unionops.members.rules.collecting import Channel, PaymentKind
from unionops.members.rules.dues import BOOKS, AdjustmentKind, SchemeKind, months_on
from unionops.members.rules.opening import (
    AMOUNTS,
    CREDIT,
    FIELDS,
    Known,
    Part,
    Row,
    column_sums,
    find,
    header_of_months,
    is_somebody,
    judge,
    last_day,
    month_columns,
    opening_problems,
    read_row,
)
from unionops.members.services.dues import paying
from unionops.values.problems import Problem, RuleBroken, problem
from unionops.values.refs import Ref
from unionops.values.text import half_width, name_key

BEGUN = recording.sentence("dues.books_begin", _l("本系統自 %(on)s 起開單記帳"))
BALANCES = recording.sentence("dues.opening_balances", _l("登錄 %(on)s 的期初餘額，%(count)s 個科目"))
TAKEN_IN = recording.sentence("dues.opening_items", _l("登錄期初欠費 %(owed)s 元、溢繳 %(credit)s 元，共 %(count)s 筆（%(file)s）"))
UNDONE = recording.sentence("dues.opening_undone", _l("撤回期初明細（%(file)s）：%(why)s"))

MOST_ROWS = 20_000
DERIVED = frozenset({chart.DUES_RECEIVABLE, chart.AGENCY_RECEIVABLE, chart.MUTUAL_RECEIVABLE, chart.IN_ADVANCE, chart.SURPLUS})
"""Balances that follow from the members' own and from the rest: nobody enters them."""
BALANCES_REF = Ref("books_begin", 1)


# --- the day ----------------------------------------------------------------------------------------------------------


def begin(on: date | None, *, today: date) -> None:
    """Sets, or moves, the day from which this system bills and books; only while nothing is booked. Raises RuleBroken."""
    paying.one_batch_at_a_time()
    if on is None or not date(2011, 5, 1) <= on <= months_on(today, 13):
        raise RuleBroken(problem("begins_on", "請填起始日，最晚在一年以後。", code="begins_on"))
    if on.day != 1:
        raise RuleBroken(problem("begins_on", "起始日請填某個月的 1 日，帳才能按月結。", code="not_first"))
    if db.session.scalar(sa.select(Voucher.id).limit(1)) is not None:
        raise RuleBroken(problem("begins_on", "帳上已有傳票，不能再改起始日。", code="booked_already"))
    row = db.session.get(BooksBegin, 1)
    if row is None:
        db.session.add(BooksBegin(id=1, begins_on=on))
    else:
        row.begins_on = on
    recording.describe(BEGUN, on=on)
    touch_data("dues")


# --- balances ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Balance:
    """One account's balance on its own side; NT$, negative if it stands on the other."""

    account: str
    amount: int
    bank_account_id: int | None = None


def read_balances(text: str) -> list[Balance]:
    """Lines ``account amount``: an account by code or name, or one of the union's bank accounts by its bank. Raises RuleBroken."""
    known = {key: one.code for one in chart.accounts().values() if one.takes_entries for key in (one.code, name_key(one.zh), name_key(one.en))}
    banks: dict[str, list[int]] = defaultdict(list)
    for one in db.session.scalars(sa.select(BankAccount)):
        for key in {name_key(one.bank), name_key(one.bank + one.branch), one.account_number[-5:]}:
            banks[key].append(one.id)
    found: list[Balance] = []
    for number, line in enumerate(half_width(text).splitlines(), 1):
        words = line.replace("\t", " ").replace("：", " ").replace(":", " ").split()
        if not words:
            continue
        amount = words[-1].replace(",", "").removesuffix("元")
        name = name_key("".join(words[:-1]))
        negative, digits = amount.startswith("-"), amount.removeprefix("-")
        if not name or not (digits.isascii() and digits.isdigit() and len(digits) <= 12):
            raise RuleBroken(problem("lines", "第 %(line)s 行看不懂，請寫「科目 金額」，例如：銀行存款 500000", code="line", line=number))
        value = -int(digits) if negative else int(digits)
        alike = {known[name]} if name in known else {code for key, code in known.items() if key.startswith(name)}
        if len(alike) == 1:
            found.append(Balance(alike.pop(), value))
        elif len(banks.get(name, ())) == 1:
            found.append(Balance(chart.BANK, value, banks[name][0]))
        else:
            raise RuleBroken(problem("lines", "第 %(line)s 行的科目「%(name)s」不在會計科目表，也不是工會的銀行帳戶。", code="account", line=number, name=words[0]))
    return found


def balance_entries(balances: Sequence[Balance]) -> list[Entry]:
    """The opening voucher: every balance on its side, the rest to the accumulated surplus."""
    entries: list[Entry] = []
    for one in balances:
        sign = 1 if chart.account(one.account).grows_by_debit else -1
        entries += signed(one.account, sign * one.amount, bank_account_id=one.bank_account_id)
    return gathered([*entries, *signed(chart.SURPLUS, -sum(one.debit - one.credit for one in entries))])


def enter_balances(balances: Sequence[Balance], *, today: date) -> Voucher:
    """Posts the opening voucher on the day of the beginning. Raises RuleBroken."""
    paying.one_batch_at_a_time()
    on = _begun(today)
    found = []
    if not any(one.amount for one in balances):
        found.append(problem("lines", "請至少填一個科目的餘額。", code="nothing"))
    if derived := [one.account for one in balances if one.account in DERIVED]:
        found.append(problem("lines", "「%(name)s」由會員明細與其他科目算出，不必填。", code="derived", name=chart.account(derived[0]).zh))
    if later := [one.account for one in balances if one.account[0] in "45"]:
        found.append(problem("lines", "「%(name)s」是收入或支出，期初只有資產、負債與淨值。", code="not_balance", name=chart.account(later[0]).zh))
    if standing_balances() is not None:
        found.append(problem("", "期初餘額已經登錄；要重填，請先沖銷那張傳票。", code="entered"))
    if found:
        raise RuleBroken(*found)
    made = ledger.post(Draft(on, "期初餘額", balance_entries(balances), BALANCES_REF), today=today)
    recording.describe(BALANCES, on=on, count=len(balances))
    touch_data("dues")
    return made


def standing_balances() -> Voucher | None:
    """The opening voucher that was not taken back."""
    return next((one for one in reversed(books.vouchers_of(BALANCES_REF)) if one.reverses_id is None and books.reversal_of(one) is None), None)


def take_back_balances(*, today: date, why: str) -> None:
    """Takes the opening voucher back, to enter it again. Raises RuleBroken."""
    paying.one_batch_at_a_time()
    voucher = standing_balances()
    if voucher is None:
        raise RuleBroken(problem("", "沒有期初餘額可以沖銷。", code="nothing"))
    if not why.strip():
        raise RuleBroken(problem("why", "要寫理由。", code="reason_missing"))
    ledger.reverse(voucher, on=voucher.posted_on, why=f"沖銷期初餘額：{why.strip()}"[:200], today=today)
    touch_data("dues")


def _begun(today: date) -> date:
    on = books.begins_on()
    if on is None:
        raise RuleBroken(problem("", "請先設定起始日。", code="no_begin"))
    if on > today:
        raise RuleBroken(problem("", "起始日 %(day)s 還沒到，到了那天再登錄期初。", code="begin_in_future", day=on))
    if books.is_closed(on):
        raise RuleBroken(problem("", "起始日所在的月份已結帳，不能再登錄期初。", code="month_closed"))
    return on


# --- what members bring -----------------------------------------------------------------------------------------------


class Item(NamedTuple):
    """One sum of one person."""

    person_id: int
    part: Part
    period_on: date
    months: int
    due_on: date


def enter_by_hand(
    person: Person, *, kind: str, text: str, amount: int | None, period_on: date | None, months: int | None, due_on: date | None, today: date
) -> OpeningBatch:
    """One sum of one member. Raises RuleBroken."""
    on = books.begins_on()
    if found := opening_problems(on, kind=kind, amount=amount, period_on=period_on, due_on=due_on, months=months, today=today):
        raise RuleBroken(*found)
    assert on is not None
    assert amount is not None
    assert months is not None
    due = due_on or (min(on - timedelta(1), last_day(period_on, months)) if period_on is not None else on - timedelta(1))
    usual = next(word for what, word in AMOUNTS.values() if what == kind and word != AMOUNTS["arrears"][1])
    item = Item(person.id, Part(kind, text.strip() or usual, amount), period_on or due.replace(day=1), months, due)
    batch = OpeningBatch(by_user_id=recording.actor()[0])
    db.session.add(batch)
    db.session.flush()  # What is taken in points to it.
    if (person.id, kind, item.period_on) in _entered():
        raise RuleBroken(problem("", "這個人這一期的%(text)s已經登錄過期初。", code="entered", text=item.part.text))
    _take_in(batch, [item], today=today)
    return batch


def pointer(batch: OpeningBatch) -> Ref:
    """What the vouchers of a batch belong to."""
    return Ref("opening_batch", batch.id)


def _take_in(batch: OpeningBatch, items: Sequence[Item], *, today: date) -> None:
    paying.one_batch_at_a_time()
    on = _begun(today)
    now, by = clock.now(), recording.actor()[0]
    owed, credits_ = [one for one in items if one.part.kind != CREDIT], [one for one in items if one.part.kind == CREDIT]
    columns = ("person_id", "run_id", "scheme_id", "kind", "text", "period_on", "months", "entry", "amount", "charged_on", "due_on", "order", "why", "opening_id")
    bulk_insert(Charge.__table__, columns, [
        (one.person_id, None, None, one.part.kind, one.part.text, one.period_on, one.months, 1, one.part.amount, on, one.due_on, 10, "期初", batch.id)
        for one in owed
    ], reason="charge")
    columns = ("person_id", "kind", "channel", "received_on", "amount", "payer", "note", "opening_id", "by_user_id", "created_at")
    bulk_insert(Payment.__table__, columns, [
        (one.person_id, PaymentKind.RECEIVED.value, Channel.OPENING.value, on, one.part.amount, "", "期初", batch.id, by, now) for one in credits_
    ], reason="payment")
    ledger.post(Draft(on, f"期初應收與預收 {batch.file_name}".strip()[:200], _entries(items), pointer(batch)), today=today)
    batch.state, batch.content = "applied", None
    batch.counts = {
        "people": len({one.person_id for one in items}), "items": len(items), "owed": sum(one.part.amount for one in owed), "credit": sum(one.part.amount for one in credits_),
    }
    recording.describe(TAKEN_IN, batch, owed=batch.counts["owed"], credit=batch.counts["credit"], count=len(items), file=batch.file_name or "逐筆登錄")
    touch_data("dues")


def _entries(items: Sequence[Item], sign: int = 1) -> list[Entry]:
    sums: Counter[str] = Counter()
    for one in items:
        sums[one.part.kind] += one.part.amount
    entries: list[Entry] = []
    for kind, amount in sums.items():
        account, amount = (chart.IN_ADVANCE, -amount) if kind == CREDIT else (BOOKS[SchemeKind(kind)].receivable, amount)
        entries += signed(account, sign * amount)
    # In one line: a voucher that only moves nought to and fro would be none.
    total = sum(one.debit - one.credit for one in entries)
    return gathered([*entries, *signed(chart.SURPLUS, -total)])


def _entered() -> frozenset[tuple[int, str, date]]:
    """(person, kind, period) of what was taken in and not undone."""
    undone = sa.select(Adjustment.charge_id).where(Adjustment.kind == AdjustmentKind.REVERSAL.value)
    rows = db.session.execute(
        sa.select(Charge.person_id, Charge.kind, Charge.period_on).where(Charge.opening_id.is_not(None), Charge.id.not_in(undone))
    )
    return frozenset((person, kind, period) for person, kind, period in rows)


# --- by file ----------------------------------------------------------------------------------------------------------


def stage(data: bytes, name: str, *, today: date) -> OpeningBatch:
    """Reads a file into a batch to look through; nothing is charged yet. Raises RuleBroken."""
    _begun(today)
    try:
        book = read_table_file(data, name)
    except FileRefused as refusal:
        raise RuleBroken(refusal.problem) from refusal
    sheet = _list_of(book)
    if len(sheet.rows) > MOST_ROWS:
        raise RuleBroken(problem("file", "一次最多 %(most)s 列，請分成幾個檔案。", code="too_many_rows", most=MOST_ROWS))
    header = find_header(sheet, FIELDS) or header_of_months(sheet) or without_header(sheet, FIELDS)
    mapping = propose_mapping(header, sheet.rows, FIELDS)
    kinds = RowKinds(header)
    below = [row for row in sheet.rows if row.number >= header.first_data_row and any(not is_blank(cell) for cell in row.cells)]
    wide = too_wide(sheet, below, max((len(row.cells) for row in sheet.rows if row.number in header.rows), default=0))
    rows = [[row.number, [_plain(cell) for cell in row.cells], "wide" if row.number in wide else kinds.kind(row.cells)] for row in below]
    titles = [title or column.letter for title, column in zip(header.titles, mapping.columns, strict=False)]
    batch = OpeningBatch(
        file_name=name[:200], by_user_id=recording.actor()[0], mapping=mapping.fields, content=json.dumps({"titles": titles, "rows": rows}, ensure_ascii=False),
    )
    db.session.add(batch)
    db.session.flush()  # The caller goes to its page.
    return batch


def _list_of(book: Workbook) -> Sheet:
    """The sheet with the list. Raises RuleBroken where several have one: taking one of them would leave the others out."""
    shown = [sheet for sheet in book.sheets if not sheet.hidden and sheet.rows]
    if not shown:
        raise RuleBroken(problem("file", "檔案裡沒有資料。", code="empty"))
    lists = [sheet for sheet in shown if find_header(sheet, FIELDS) or header_of_months(sheet)]
    if len(lists) > 1:
        raise RuleBroken(problem(
            "file", "檔案有 %(count)s 個工作表都是名單（%(sheets)s），請一個工作表存成一個檔案。", code="several_lists", count=len(lists),
            sheets="、".join(sheet.name for sheet in lists[:8]),
        ))
    return lists[0] if lists else max(shown, key=lambda one: len(one.rows))


def _plain(cell: Cell) -> Any:
    return cell if isinstance(cell, int | float | str) or cell is None else cell_text(cell)


class Check(NamedTuple):
    """A batch read by its columns: what each row means, and the headings with a sample."""

    rows: list[Row]
    titles: list[str]
    samples: list[str]
    notices: Sequence[Problem] = ()

    @property
    def good(self) -> list[Row]:
        return [one for one in self.rows if not one.problems and one.parts]

    @property
    def bad(self) -> list[Row]:
        return [one for one in self.rows if one.problems]

    @property
    def items(self) -> list[Item]:
        return [
            Item(one.person_id, part, part.period_on or one.period_on, part.months or one.months, part.due_on or one.due_on)
            for one in self.good if one.person_id is not None and one.period_on is not None and one.due_on is not None for part in one.parts
        ]

    def cells(self, batch: OpeningBatch) -> dict[int, list[Any]]:
        """Row number → its cells, for the file of what was refused."""
        return {number: cells for number, cells, _kind in json.loads(batch.content or "{}").get("rows", [])}


def check(batch: OpeningBatch) -> Check:
    """What every row of a batch means by its columns and today's members."""
    on = books.begins_on() or date.max
    content = json.loads(batch.content or '{"titles": [], "rows": []}')
    places = {name: int(at) for name, at in batch.mapping.items()}
    months = month_columns(content["titles"], places.values())
    read = [(cells, kind, read_row(number, cells, places, begins_on=on, months=months)) for number, cells, kind in content["rows"]]
    found = [(cells, kind, row) for cells, kind, row in read if row is not None]
    known = _known([row for _cells, _kind, row in found])
    # What a row is about comes before what its words look like: 合計已對過 in a remark makes no total of a member's row.
    mine = [(cells, kind, row) for cells, kind, row in found if kind in ("data", "wide") or is_somebody(row) or name_key(row.name) in known.by_name]
    for _cells, kind, row in mine:
        if kind == "wide":
            row.problems.append(problem("", "這一列的欄數比標題多，可能是金額裡的逗號把一欄分成兩欄。", code="too_wide"))
        if row.parts or row.problems:
            find(row, known)
    rows = [row for _cells, _kind, row in mine]
    judge(rows, _entered())
    amounts = {at: content["titles"][at] for name, at in places.items() if name in AMOUNTS or name == "total"} | {at: content["titles"][at] for at in months.places}
    totals = [cells for _number, cells, kind in content["rows"] if kind == "subtotal" and not any("小計" in str(cell) for cell in cells)]
    notices = _differences([cells for cells, kind, _row in mine if kind != "subtotal"], totals[-1], amounts) if totals else []
    samples = [next((cell_text(cells[at]) for _number, cells, _kind in content["rows"] if at < len(cells) and cell_text(cells[at]).strip()), "") for at in range(len(content["titles"]))]
    return Check(rows, content["titles"], samples, notices)


def _differences(rows: Sequence[Sequence[Any]], total: Sequence[Any], columns: Mapping[int, str]) -> list[Problem]:
    """The columns whose total in the file is not what its rows add up to."""
    stated, summed = column_sums([total], columns), column_sums(rows, columns)
    return [
        problem("file", "「%(title)s」欄：檔案的合計是 %(stated)s，各列相加是 %(sum)s。", code="total_differs", title=columns[at], stated=f"{said:,}", sum=f"{summed[at]:,}")
        for at, said in stated.items() if said and said != summed[at]
    ]


def _known(rows: Sequence[Row]) -> Known:
    stays = db.session.execute(sa.select(Membership.number, Person.id, Person.name).join(Person, Person.id == Membership.person_id)).all()
    by_number: dict[str, tuple[int, str]] = {}
    short: dict[str, set[int]] = defaultdict(set)
    for number, person, _name in stays:
        short[number.lstrip("0")].add(person)
    for number, person, name in stays:
        if len(short[number.lstrip("0")]) == 1:
            by_number[number.lstrip("0")] = (person, name)
    by_number |= {number: (person, name) for number, person, name in stays}  # As it stands goes first: 7 and 007 may be two.
    by_name: dict[str, list[int]] = defaultdict(list)
    for person, name in {(person, name) for _number, person, name in stays}:
        by_name[name_key(name)].append(person)
    wanted = {blind_index(row.id_number, ID_PLACE): row.id_number for row in rows if row.id_number}
    found = db.session.execute(sa.select(Person.id_index, Person.id, Person.name).where(Person.id_index.is_not(None))).all() if wanted else ()
    return Known(by_number, {wanted[index]: (person, name) for index, person, name in found if index in wanted}, by_name)


def choose_columns(batch: OpeningBatch, places: Mapping[str, int]) -> None:
    """Takes other columns for what they are. Raises RuleBroken."""
    lock_row(batch)
    _must_be_read(batch)
    found = []
    if not {"number", "name", "id_number"} & places.keys():
        found.append(problem("", "請指定會員編號、姓名或身分證號其中一欄。", code="no_key"))
    if not ({*AMOUNTS, "total"} & places.keys()):
        found.append(problem("", "請指定至少一欄金額。", code="no_amount"))
    if found:
        raise RuleBroken(*found)
    batch.mapping = dict(places)


def apply(batch: OpeningBatch, *, today: date, seen: str) -> None:
    """Takes in every good row of a batch, all or none; refused rows stay out. ``seen`` is the ``mark`` of what was looked through.

    Raises RuleBroken."""
    paying.one_batch_at_a_time()
    lock_row(batch)
    _must_be_read(batch)
    found = check(batch)
    if mark(found) != seen:
        raise RuleBroken(problem("", "看過之後資料有更動，請重新看過。", code="stale"))
    if not found.items:
        raise RuleBroken(problem("", "沒有可以登錄的列。", code="nothing"))
    _take_in(batch, found.items, today=today)


def mark(found: Check) -> str:
    """The figures that somebody agrees to."""
    return f"{len(found.items)}-{sum(one.part.amount for one in found.items)}-{len(found.bad)}"


def drop(batch: OpeningBatch) -> None:
    """Forgets a file that was not taken in. Raises RuleBroken."""
    lock_row(batch)
    _must_be_read(batch)
    batch.state, batch.content = "dropped", None


def undo(batch: OpeningBatch, *, why: str, today: date) -> None:
    """Takes back what a batch brought, while nothing of it is paid or used. Raises RuleBroken."""
    paying.one_batch_at_a_time()
    lock_row(batch)
    if batch.state != "applied":
        raise RuleBroken(problem("", "這一批不能撤回。", code="not_applied"))
    if not why.strip():
        raise RuleBroken(problem("why", "要寫理由。", code="reason_missing"))
    if books.is_closed(today):
        raise RuleBroken(problem("", "本月已結帳，不能撤回。", code="month_closed"))
    charges = db.session.scalars(sa.select(Charge).where(Charge.opening_id == batch.id)).all()
    payments = db.session.scalars(sa.select(Payment).where(Payment.opening_id == batch.id)).all()
    paying.hold_people({one.person_id for one in (*charges, *payments) if one.person_id is not None})  # Nobody pays or uses it meanwhile.
    ids = [one.id for one in charges]
    used = db.session.scalar(sa.select(sa.func.count()).select_from(Allocation).where(
        sa.or_(Allocation.charge_id.in_(sa.select(Charge.id).where(Charge.opening_id == batch.id)), Allocation.payment_id.in_([one.id for one in payments]))))
    changed = db.session.scalar(sa.select(sa.func.count()).select_from(Adjustment).where(Adjustment.charge_id.in_(sa.select(Charge.id).where(Charge.opening_id == batch.id))))
    given = db.session.scalar(sa.select(sa.func.count()).select_from(Payment).where(Payment.reverses_id.in_([one.id for one in payments])))
    if used or changed or given:
        raise RuleBroken(problem("", "這一批已有收款、更正或退款，不能整批撤回；請個別更正。", code="used"))
    if ids:
        bulk(sa.insert(Adjustment.__table__), [
            {"charge_id": one.id, "kind": AdjustmentKind.REVERSAL.value, "amount": -one.amount, "adjusted_on": today, "why": f"撤回期初：{why}"[:200], "resolution": "", "run_id": None}
            for one in charges
        ], reason="charge_adjustment")
    for one in payments:
        db.session.add(Payment(person_id=one.person_id, kind=PaymentKind.REVERSED.value, channel=one.channel, received_on=max(today, one.received_on), amount=-one.amount,
                               note=f"撤回期初：{why}"[:200], reverses_id=one.id, by_user_id=recording.actor()[0]))
    voucher = books.vouchers_of(pointer(batch))[0]
    ledger.reverse(voucher, on=today, why=f"撤回期初：{why.strip()}"[:200], today=today)
    batch.state = "undone"
    recording.describe(UNDONE, batch, file=batch.file_name or "逐筆登錄", why=why.strip())
    touch_data("dues")


def _must_be_read(batch: OpeningBatch) -> None:
    if batch.state != "read":
        raise RuleBroken(problem("", "這個檔案已經處理完了。", code="done_already"))
