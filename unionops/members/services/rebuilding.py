"""Rebuilds a year of a union in an empty installation from the working files of its office: the roster, the bills of twelve months, what
employers held back, and what came by bank, post office and shops; each step by the service that an office would use, on its day.

Reads the files and tells what came of them; what it should have been is for ``rules.rebuilt``.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from werkzeug.datastructures import FileStorage

from unionops.core import clock
from unionops.core.db import bulk_insert, db, touch_data, unit_of_work
from unionops.core.transfer.reading import read_table_file
from unionops.core.union import services as union
from unionops.core.union.models import BankAccount
from unionops.finance import queries as books
from unionops.finance import services as ledger
from unionops.finance.services import Draft
from unionops.members.models import (
    Allocation,
    Charge,
    CheckoffList,
    Employer,
    Exemption,
    Membership,
    PayerAccount,
    Payment,
    Person,
    Scheme,
    Statement,
    StatementLine,
)
from unionops.members.queries import dues
from unionops.members.queries import statements as lines
from unionops.members.rules import checkoff as checkoff_rules
from unionops.members.rules import collecting, office_folder, statements
from unionops.members.rules.checkoff import ConsentBasis
from unionops.members.rules.checkoff_sheets import Period as Asked
from unionops.members.rules.checkoff_sheets import read as read_answer
from unionops.members.rules.checkoff_sheets import staff_of
from unionops.members.rules.dues import AdjustmentKind, AmountBasis, Period, Prorate, SchemeKind, Terms, months_on
from unionops.members.rules.layouts import Source
from unionops.members.rules.matching import ASKED, HELD, MAY_POST, NO_DUES, PROPOSED
from unionops.members.rules.office_folder import Kind, Receivable, Sent
from unionops.members.rules.payment_numbers import ACCOUNT, SLIP
from unionops.members.services import checkoff, imports, people, structure
from unionops.members.services import statements as settling
from unionops.members.services.dues import correcting, opening, running, schemes
from unionops.values.problems import RuleBroken, problem

Tell = Callable[[str], object]


@dataclass
class Rebuilt:
    """What came of each file, by its name and the words that its office uses (``expected.json``), and the balances at the end."""

    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    balances: dict[str, int] = field(default_factory=dict)
    on: date = date.min


@dataclass
class _Folder:
    """The files, by kind, and the days between which they fall."""

    files: dict[Kind, list[Path]]
    as_of: date

    def one(self, kind: Kind) -> Path | None:
        return next(iter(self.files.get(kind, ())), None)


def rebuild(folder: Path, *, as_of: date, name: str, kind: str, tell: Tell) -> Rebuilt:
    """All of it; ``as_of`` is the day on which the files were put together. Raises RuleBroken, also when the installation is not empty."""
    given = _given(folder, as_of)
    with _work("look"):
        if db.session.scalar(sa.select(sa.func.count(Person.id))) or books.begins_on() is not None:
            raise RuleBroken(problem("", "這裡已經有會員或帳；重建要在空的系統上做。", code="not_empty"))
    made = Rebuilt()
    year = date(as_of.year, 1, 1)
    owed = _receivables(given, made)
    asked = _sent(given, made)
    with _work("record"):
        accounts = _record(given, owed, name=name, kind=kind)
        opening.begin(year, today=year)
    with _work("roster"):
        known = _roster(given, made, owed, asked)
    tell(f"會員 Members: {len(set(known.values())):,}")
    with _work("schemes"):
        quarterly, monthly = _schemes(year, owed, asked)
        _who_pays_how(known, asked, owed, quarterly, monthly, year)
    for month in range(as_of.month):
        _bill(months_on(year, month), quarterly, monthly, owed, asked, known)
    with _work("insurance"):
        _insurance(owed, known)
        if (path := given.one(Kind.RECEIVABLES)) is not None:
            made.files[path.name] |= _charged(quarterly, {one.period_on for one in owed})
    tell("開單與保險費 Bills up to the day of the files, insurance")
    for one in asked:
        _list(one, known, as_of, made)
    for file in given.files.get(Kind.RETURNED, ()):
        _answer(file, as_of, made)
    tell("代扣 Check-off lists, their answers")
    _statements(given, accounts, made)
    tell("對帳 Statements of bank, post office and shops")
    for month in range(as_of.month, 12):
        _bill(months_on(year, month), quarterly, monthly, (), (), known)
    tell("全年開單 Bills of the whole year")
    made.on, made.balances = as_of, books.balances()
    return made


def _work(what: str) -> Any:
    return unit_of_work("dues rebuild", f"dues rebuild {what}")


def _given(folder: Path, as_of: date) -> _Folder:
    files: dict[Kind, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        if path.is_file() and (kind := office_folder.kind_of(path.name)) is not None:
            files.setdefault(kind, []).append(path)
    if Kind.ROSTER not in files:
        raise RuleBroken(problem("", "資料夾裡沒有名冊（roster.xlsx）。", code="no_roster"))
    return _Folder(files, as_of)


def _tables(path: Path) -> list[list[Sequence[Any]]]:
    return [[row.cells for row in sheet.rows] for sheet in read_table_file(path.read_bytes(), path.name).sheets]


def _lists(path: Path) -> list[list[Sequence[Any]]]:
    """The tables of a file; where it has several, those of more than one column."""
    tables = _tables(path)
    return [rows for rows in tables if sum(len(cells) > 2 for cells in rows) > 1] or tables


# --- who there is -----------------------------------------------------------------------------------------------------


def _receivables(given: _Folder, made: Rebuilt) -> list[Receivable]:
    found: list[Receivable] = []
    for path in given.files.get(Kind.RECEIVABLES, ()):
        some = [one for rows in _lists(path) for one in office_folder.receivables(rows)]
        made.files[path.name] = {"rows": len(some)}
        found += some
    return found


def _sent(given: _Folder, made: Rebuilt) -> list[Sent]:
    found: list[Sent] = []
    for path in given.files.get(Kind.SENT, ()):
        some = list(office_folder.sent([(sheet.name, [row.cells for row in sheet.rows]) for sheet in read_table_file(path.read_bytes(), path.name).sheets]))
        made.files[path.name] = {"people": sum(len(one.people) for one in some)}
        found += some
    return found


def _record(given: _Folder, owed: Sequence[Receivable], *, name: str, kind: str) -> dict[Source, BankAccount]:
    """The union, its accounts, and how the numbers on its bills are made."""
    texts = [str(cell) for path in given.files.get(Kind.BANK, ()) for rows in _tables(path) for cells in rows[:10] for cell in cells]
    title = name or office_folder.account_holder(texts) or "工會"
    record = union.edit_record(name=title, kind=kind, authority="主管機關", seat="", today=given.as_of)
    db.session.flush()
    accounts = {}
    readings = {which: _reading(given.one(which)) for which in (Kind.BANK, Kind.GIRO, Kind.SHOPS)}
    for source, which, bank in ((Source.BANK, Kind.BANK, "銀行"), (Source.GIRO, Kind.GIRO, "中華郵政")):
        if (reading := readings[which]) is not None:
            accounts[source] = union.add_bank_account(
                record, bank=bank, branch="", account_number=reading.own_account or "0000000000", holder=title, purpose="會費", from_on=date(given.as_of.year - 1, 1, 1),
            )
    collector = ""
    if (bank_told := readings[Kind.BANK]) is not None and (shops := readings[Kind.SHOPS]) is not None:
        nets: Counter[date] = Counter()
        for one in shops.movements:
            nets[one.moved_on] += one.amount - one.fee
        collector = office_folder.collector([(one.moved_on, one.amount, one.memo) for one in bank_told.movements], nets)
    if owed:
        for what, pairs, who in (
            (ACCOUNT, [(one.number, one.account) for one in owed], "銀行"), (SLIP, [(one.number, one.slip) for one in owed], collector or "代收業者"),
        ):
            if (pattern := office_folder.pattern_of(pairs, owed[0].period_on)) is not None:
                schemes.add_numbering(what, pattern=pattern, valid_from=date(given.as_of.year - 1, 1, 1), agreed_with=who)
    return accounts


def _reading(path: Path | None) -> Any:
    return statements.read(path.read_bytes(), path.name, lines.every_layout()) if path is not None else None


def _roster(given: _Folder, made: Rebuilt, owed: Sequence[Receivable], asked: Sequence[Sent]) -> dict[str, int]:
    """The roll, and who owes but was refused from it for a fault that somebody has yet to clear up; member number → person."""
    path = given.one(Kind.ROSTER)
    assert path is not None
    batch = imports.stage(path.read_bytes(), path.name, None, given.as_of)
    counts = imports.apply(batch, None, given.as_of)
    made.files[path.name] = {"duplicates": counts.get("duplicate", 0), "counts": {name: count for name, count in counts.items() if count}}
    year = date(given.as_of.year, 1, 1)
    named = {one.number: one.name for one in owed} | {one.number: one.name for each in asked for one in each.people}
    have = set(db.session.scalars(sa.select(Membership.number)))
    short = Counter(number.lstrip("0") for number in have)
    for number in sorted(one for one in named.keys() - have if short[one.lstrip("0")] != 1):
        people.add_member(today=given.as_of, name=named[number], number=number, joined_on=year - timedelta(1))
    db.session.flush()
    known = dict(db.session.execute(sa.select(Membership.number, Membership.person_id)).all())
    # A spreadsheet drops the noughts in front: 7 is 00007 where that is one member's only.
    by_figures = {number.lstrip("0"): person for number, person in known.items()}
    known |= {number: by_figures[number.lstrip("0")] for number in named.keys() - known.keys()}
    tails = {(known[one.number], one.tail) for one in owed if one.tail}
    db.session.add_all(PayerAccount(person_id=person, tail=tail, since_on=year) for person, tail in sorted(tails))
    return known


# --- what they owe ----------------------------------------------------------------------------------------------------


def _schemes(year: date, owed: Sequence[Receivable], asked: Sequence[Sent]) -> tuple[Scheme, Scheme]:
    """Dues by the quarter for who pays by himself, by the month for whom an employer holds back."""
    by_month = Counter(one.amount for each in asked for one in each.people)
    by_quarter = Counter(one.dues // one.months for one in owed)
    usual = (by_quarter or by_month or Counter({0: 1})).most_common(1)[0][0]
    found = []
    for title, period, due_month, amount in (("經常會費（自繳，按季）", Period.QUARTER, 2, usual), ("經常會費（代扣，按月）", Period.MONTH, 1, (by_month or by_quarter).most_common(1)[0][0])):
        scheme = schemes.add_scheme(schemes.About(title=title, kind=SchemeKind.REGULAR, period=period, due_month=due_month, prorate=Prorate.MONTHS))
        schemes.add_terms(scheme, Terms(date(year.year - 1, 1, 1), AmountBasis.FIXED, amount, None, None), clause="章程會費條")
        found.append(scheme)
    db.session.flush()
    return found[0], found[1]


def _who_pays_how(known: dict[str, int], asked: Sequence[Sent], owed: Sequence[Receivable], quarterly: Scheme, monthly: Scheme, year: date) -> None:
    """Nobody is billed both ways: whoever pays one way is exempt from the other, and who stands on no list owed nothing while they ran."""
    held_back = {known[one.number] for each in asked for one in each.people}
    listed = held_back | {known[one.number] for one in owed}
    until = max((months_on(one.period_on, one.months) for one in owed), default=year) - timedelta(1)
    rows = []
    for person in sorted(set(known.values())):
        other, reason = (quarterly, "改由雇主按月代扣") if person in held_back else (monthly, "自行按季繳納")
        rows.append((person, other.id, year, None, 100, reason, "繳款方式"))
        if person not in listed and until >= year:
            rows.append((person, quarterly.id, year, until, 100, "不在應收款與代扣名冊上", "應收款檔"))
    bulk_insert(Exemption.__table__, ("person_id", "scheme_id", "from_on", "until_on", "percent", "reason", "basis"), rows, reason="dues_exemption")
    touch_data("dues")


def _bill(period_on: date, quarterly: Scheme, monthly: Scheme, owed: Sequence[Receivable], asked: Sequence[Sent], known: dict[str, int]) -> None:
    """The runs of one month, and what single members owe otherwise than by the scheme."""
    with _work(f"{period_on:%Y-%m}"):
        wanted = [monthly.id, *([quarterly.id] if period_on.month % 3 == 1 else [])]
        for number in wanted:
            try:
                running.apply([number], period_on, title=f"{period_on.year - 1911} 年 {period_on.month} 月", today=period_on)
            except RuleBroken as refusal:
                if [one.code for one in refusal.problems] != ["nothing"]:
                    raise
        other = {
            (known[one.number], monthly.id): one.amount for each in asked for one in each.people
            if each.period_on <= period_on < months_on(each.period_on, each.months)
        } | {(known[one.number], quarterly.id): one.dues for one in owed if one.period_on == period_on}
        charges = db.session.scalars(sa.select(Charge).where(Charge.period_on == period_on, Charge.scheme_id.in_(wanted))).all()
        for charge in charges:
            amount = other.get((charge.person_id, charge.scheme_id or 0), charge.amount)
            if amount != charge.amount:
                correcting.correct(charge, to=amount, kind=AdjustmentKind.CORRECTION, why="依應收或代扣名冊所列金額", today=period_on)
        lacking = other.keys() - {(charge.person_id, charge.scheme_id) for charge in charges}
        due_on = {(known[one.number], quarterly.id): one.due_on for one in owed}
        # The roll says that they had left or not yet joined; the office billed them all the same.
        _charge([
            (person, scheme, period_on, 3 if scheme == quarterly.id else 1, other[person, scheme], due_on.get((person, scheme), months_on(period_on, 1) - timedelta(1)))
            for person, scheme in sorted(lacking) if other[person, scheme]
        ], SchemeKind.REGULAR, "經常會費")


def _charge(some: Sequence[tuple[int, int | None, date, int, int, date]], kind: SchemeKind, text: str) -> None:
    """Charges that follow from a file and no scheme: (person, scheme, period, months, NT$, due)."""
    columns = ("person_id", "run_id", "scheme_id", "kind", "text", "period_on", "months", "entry", "amount", "charged_on", "due_on", "order", "why")
    order = {SchemeKind.REGULAR: 10}.get(kind, 30)
    bulk_insert(Charge.__table__, columns, [
        (person, None, scheme, kind.value, text, period_on, months, 1, amount, period_on, due_on, order, "應收款檔")
        for person, scheme, period_on, months, amount, due_on in some
    ], reason="charge")
    for period_on in sorted({one[2] for one in some}):
        entries = collecting.charge_entries([(kind, sum(one[4] for one in some if one[2] == period_on))])
        ledger.post(Draft(period_on, f"{text}（依應收款檔）", entries), today=period_on)


def _insurance(owed: Sequence[Receivable], known: dict[str, int]) -> None:
    """Premiums that the union collects for others: a liability, never income."""
    _charge([(known[one.number], None, one.period_on, one.months, one.insurance, one.due_on) for one in owed if one.insurance], SchemeKind.AGENCY, "保險費（代收）")


def _charged(quarterly: Scheme, periods: set[date]) -> dict[str, int]:
    """What the books say that members who pay themselves owe for these periods."""
    mine = sa.select(Charge.id).where(Charge.period_on.in_(periods), sa.or_(Charge.scheme_id == quarterly.id, Charge.kind == SchemeKind.AGENCY))
    numbers = set(db.session.scalars(mine))
    items = [one for some in dues.items_of(None, open_only=False).values() for one in some if one.id in numbers]
    of_dues, insurance = (sum(one.amount for one in items if one.kind == kind) for kind in (SchemeKind.REGULAR, SchemeKind.AGENCY))
    return {"sum_dues": of_dues, "sum_insurance": insurance, "sum_amount": of_dues + insurance}


# --- check-off --------------------------------------------------------------------------------------------------------


def _list(sent: Sent, known: dict[str, int], as_of: date, made: Rebuilt) -> None:
    """The employer with those whom it employs, terms, and the list as it was sent."""
    year = date(as_of.year, 1, 1)
    with _work(f"list {sent.employer}"):
        employer = db.session.scalar(sa.select(Employer).where(Employer.name == sent.employer)) or structure.add_employer(name=sent.employer)
        db.session.flush()
        for one in sent.people:
            people.employ(
                db.session.get_one(Person, known[one.number]), employer=employer, workplace=None, staff_number=one.staff_number, job=one.department,
                is_manager=False, from_on=year - timedelta(1), today=as_of,
            )
        checkoff.record_consents([known[one.number] for one in sent.people], given_on=year - timedelta(1), how="入會申請書", text_version="", today=as_of)
        checkoff.set_terms(
            employer, None, from_on=year, until_on=None, basis=ConsentBasis.INDIVIDUAL, agreement="代扣協議書", months=sent.months, hand_over_day=10, email="", layout={},
        )
        sheet = checkoff.make_list(employer, sent.period_on, carry=False, by=None, today=as_of)
        checkoff.send(sheet, how=checkoff.PAPER, on=as_of, today=as_of)


def _answer(path: Path, as_of: date, made: Rebuilt) -> None:
    """Reads a returned file to the list whose people it names, books it, and tells what came of it."""
    cells = {str(cell).strip() for rows in _tables(path) for row in rows for cell in row if cell is not None}
    with _work(f"answer {path.name}"):
        sheets = db.session.scalars(sa.select(CheckoffList).where(CheckoffList.returned_on.is_(None))).all()
        if not sheets:
            raise RuleBroken(problem("", "%(file)s：沒有等著回覆的代扣名冊。", file=path.name, code="no_list"))
        numbers = {checkoff_rules.loose(part) for cell in cells for part in (cell, staff_of(cell)[0]) if part}
        sheet = max(sheets, key=lambda one: sum(checkoff_rules.loose(line.staff_number) in numbers for line in one.lines))
        sheet.terms.layout = {"code": _code(sheet, path, cells)}
        db.session.flush()
        asked = [one for one in sheet.lines if one.person_id is not None]
        before = {"employer": sheet.employer.name, "months": sheet.months, "sent_people": len(asked), "sent_amount": sum(one.expected for one in asked)}
        found = checkoff.read_answer(
            sheet, FileStorage(io.BytesIO(path.read_bytes()), filename=path.name), anyway=True, by=None, today=as_of, now=clock.now(),
        )
        received = sum(one.received for one in found)
        on, came = sheet.transferred_on or as_of, sheet.transferred
        checkoff.book(sheet, received_on=on, transferred=came, fee=sheet.fee, differences_seen=True, today=as_of)
        paid = sum(one.applied for one in found)
        made.files[path.name] = before | {
            "sum_of_rows": received, "stated_total": sheet.stated_total, "result": {"as_asked": sum(one.verdict == checkoff_rules.Verdict.OK for one in found)},
            "bank_transfer": {"date": on.isoformat(), "amount": came, "fee_deducted": sheet.fee},
            "money": {
                "applied_by_number": paid, "not_applied": received - paid,
                "shortfall": sum(max(one.asked.expected - one.applied, 0) for one in found if one.asked is not None),
            },
        }


def _code(sheet: CheckoffList, path: Path, cells: Iterable[str]) -> str:
    """Which deduction of a payroll program is ours: that of which most rows are what was asked; "" where the file has none."""
    book = read_table_file(path.read_bytes(), path.name)
    asked = [checkoff_rules.Asked(one.id, one.staff_number, one.name, one.expected, one.number) for one in sheet.lines]
    codes = ["", *sorted(one for one in cells if office_folder.CODE.fullmatch(one))]

    def fits(code: str) -> int:
        answer = read_answer(book, Asked(sheet.period_on, sheet.months), code=code, headings={})
        found = checkoff_rules.compare(asked, answer.entries, known={}, keys=(checkoff_rules.STAFF,))
        return sum(one.verdict == checkoff_rules.Verdict.OK for one in found)

    return max(codes, key=fits)


# --- statements -------------------------------------------------------------------------------------------------------


def _statements(given: _Folder, accounts: dict[Source, BankAccount], made: Rebuilt) -> None:
    today = given.as_of
    read: dict[int, str] = {}
    for which, source in ((Kind.SHOPS, Source.SHOP), (Kind.GIRO, Source.GIRO), (Kind.BANK, Source.BANK)):
        for path in given.files.get(which, ()):
            with _work(f"statement {path.name}"):
                account = accounts.get(source)
                taken = settling.take_in(path.read_bytes(), path.name, account=db.session.merge(account) if account else None, today=today)
                db.session.flush()
                read[taken.id] = path.name
    with _work("judging"):
        settling.judge_waiting(today)
        told = {
            number: Counter(db.session.scalars(sa.select(StatementLine.verdict).where(StatementLine.statement_id == number))) for number in read
        }
    for verdicts in (MAY_POST, PROPOSED, NO_DUES, HELD):
        for verdict in sorted(verdicts):
            with _work(f"settle {verdict}"):
                settling.agree(verdict, today=today)
    with _work("suspense"):
        _rest(today)
        for number, name in read.items():
            made.files[name] = _told(number, told[number])


def _rest(today: date) -> None:
    """What somebody would have to ask about: money that came waits in suspense, a payment that the bank took back is taken back."""
    for line in db.session.scalars(sa.select(StatementLine).where(StatementLine.settled_at.is_(None), StatementLine.verdict.in_(ASKED)).order_by(StatementLine.id)).all():
        if line.settled_at is None and line.amount > 0:
            settling.suspend(line, today=today)


def _told(number: int, classes: Counter[str]) -> dict[str, Any]:
    statement = db.session.get_one(Statement, number)
    counts = statement.counts
    credited = db.session.scalar(
        sa.select(sa.func.coalesce(sa.func.sum(Allocation.amount), 0)).join(Payment, Payment.id == Allocation.payment_id)
        .join(StatementLine, StatementLine.id == Payment.statement_line_id).where(StatementLine.statement_id == number)
    )
    common = {"classes": dict(sorted(classes.items())), "amount_credited_to_bills": int(credited or 0)}
    match Source(statement.kind):
        case Source.BANK:
            return common | {
                "transactions": counts["lines"], "sum_in": counts["in"], "sum_out": counts["out"], "opening_balance": counts["opening"], "closing_balance": counts["closing"],
            }
        case Source.GIRO:
            return common | {"transactions": counts["lines"], "sum_amount": counts["in"], "sum_fee": counts["fees"]}
        case _:
            return common | {"detail_records": counts["lines"], "sum_amount": counts["in"], "sum_net": counts["in"] - counts["fees"]}
