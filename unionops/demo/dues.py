"""A year of dues of the demo union: it moved from a spreadsheet a year ago, billed twelve months, and money came by every channel; some are
behind, at each rung of the ladder. Then the life of memberships: who asks to join, who leaves, a measure, a roll check."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

import sqlalchemy as sa
import xlsxwriter
from werkzeug.datastructures import FileStorage

from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.approvals.services import Resolution
from unionops.core.db import db, unit_of_work
from unionops.core.union import queries as union
from unionops.core.union.models import BankAccount
from unionops.demo.people import with_check
from unionops.members.models import (
    Application,
    Dunning,
    Employer,
    Employment,
    Membership,
    Person,
    RollDoubt,
    Scheme,
    Unit,
)
from unionops.members.queries import arrears as behind
from unionops.members.queries import cash
from unionops.members.queries import dues as queries
from unionops.members.queries import joining as joiners
from unionops.members.queries.arrears import Filter
from unionops.members.rules.admission import NOTICE, Answer, Weight
from unionops.members.rules.admission import Channel as Way
from unionops.members.rules.arrears import Step, equal_promises
from unionops.members.rules.checkoff import ConsentBasis
from unionops.members.rules.collecting import DENOMINATIONS, Channel
from unionops.members.rules.debit import layouts
from unionops.members.rules.dues import AdjustmentKind, AmountBasis, Period, SchemeKind, Terms, months_on
from unionops.members.rules.payment_numbers import ACCOUNT, SLIP, numbering
from unionops.members.services import arrears, changes, checkoff, debit, leaving, life, people, retention, rollcheck, statements
from unionops.members.services.dues import counting, opening, paying, receipts, running, schemes, writing_off
from unionops.members.services.dues.paying import Received, Source
from unionops.members.services.joining import admitting, deciding, receiving, recruiting
from unionops.members.services.joining import opening as forms

MONTHS = 12
DUES, AID, ENTRANCE = 200, 30, 1200
VIRTUAL = "97318{member:6}{year:1}{month:2}{weights:371}"
BANK_OF_SHOPS = "聯合代收"
BEHIND = {20: 1, 21: 2, 22: 2, 23: 4, 24: 5, 25: 7, 26: 8, 27: 11, 28: 12, 29: 12, 30: 6}
"""Place among the members → months not paid, newest ones."""


def build(today: date, chief: User, staff: User) -> None:
    """All of it; each part in units of its own. ``today`` is the day on which the demo is built."""
    begin = months_on(today.replace(day=1), -MONTHS)
    office = _By("staff"), _By("cashier")
    with office[0]:
        opening.begin(begin, today=begin)
        ids = _schemes(begin)
        members = list(db.session.scalars(
            sa.select(Membership.person_id).where(Membership.left_on.is_(None)).order_by(Membership.number)
        ))
        gone = list(db.session.scalars(
            sa.select(Membership.person_id).where(Membership.left_on.is_not(None), Membership.person_id.not_in(members)).order_by(Membership.number)
        ))
    employed = _employers(begin, office[0])
    with office[0]:
        _brought_along(members, begin, ids[0])
    bank = db.session.scalars(sa.select(BankAccount.id)).first()
    random = Random(11)
    for at in range(MONTHS):
        period = months_on(begin, at)
        with office[0]:
            running.apply(ids[:2], period, title=f"{period.year - 1911} 年 {period.month} 月會費", today=period)
        with office[1]:
            _paid(members, gone, employed, period, at, random, bank, today)
        with office[1]:
            _box_counted(months_on(period, 1) - timedelta(1), bank if at < MONTHS - 1 else None, office[1].user)
    with office[1]:
        _odd_ones(members, bank, today)
    with office[1]:
        _at_the_counter(members[90:], today)
    with _By("chief"):
        _ladder(members, today, chief)
    for employer in employed:
        with office[0]:
            _check_off(employer, today, staff)
    with office[0]:
        _debit(members, months_on(begin, MONTHS - 1), begin, bank, today)
    with office[0]:
        _statement(members, today, bank)
    _joining(today, chief, staff, *office)
    with _By("chief"):
        _lives(members, today, chief)
    with office[0]:
        _long_gone(today)
    with _By("chief"):
        retention.ask(by=db.session.merge(chief), today=today, now=clock.now())


class _By:
    """One of the office at work: each ``with`` is a unit of its own, as each press of a button is."""

    def __init__(self, username: str) -> None:
        with unit_of_work("demo", "demo"):  # What is read outside a unit would keep one from beginning.
            user = db.session.scalars(sa.select(User).where(User.username == username)).one()
            self.name, self.id = user.name, user.id

    @property
    def user(self) -> User:
        return db.session.get_one(User, self.id)

    def __enter__(self) -> None:
        self.work = unit_of_work(self.name, "demo", self.id)
        self.work.__enter__()

    def __exit__(self, *how: Any) -> bool | None:
        return self.work.__exit__(*how)


def _schemes(begin: date) -> list[int]:
    since, found = date(begin.year - 2, 3, 25), []
    for title, kind, period, amount, order, clause in (
        ("經常會費", SchemeKind.REGULAR, Period.MONTH, DUES, 10, "第 29 條"), ("互助金", SchemeKind.MUTUAL, Period.MONTH, AID, 20, "第 30 條"),
        ("入會費", SchemeKind.ENTRANCE, Period.ONCE, ENTRANCE, 5, "第 29 條"),
    ):
        classes = ("regular", "retired") if kind is SchemeKind.REGULAR else ()
        scheme = schemes.add_scheme(schemes.About(title=title, kind=kind, period=period, order=order, classes=classes))
        schemes.add_terms(scheme, Terms(since, AmountBasis.FIXED, amount), clause=clause)
        found.append(scheme.id)
    schemes.add_numbering(ACCOUNT, pattern=VIRTUAL, valid_from=since, agreed_with="合作金庫銀行")
    schemes.add_numbering(SLIP, pattern="K31{member:6}{year:3}{month:2}{rest:97}", valid_from=since, agreed_with=BANK_OF_SHOPS)
    return found


def _brought_along(members: Sequence[int], begin: date, scheme: int) -> None:
    """What three owed before, what one had paid too much, and who pays less."""
    for place in (26, 27, 28):
        opening.enter_by_hand(
            db.session.get_one(Person, members[place]), kind="regular", text="移轉前欠費", amount=DUES * 3, period_on=months_on(begin, -3), months=3,
            due_on=begin - timedelta(1), today=begin,
        )
    for place, percent, reason in ((40, 50, "中低收入戶"), (41, 100, "重大傷病")):
        schemes.exempt(
            db.session.get_one(Person, members[place]), db.session.get_one(Scheme, scheme), percent=percent, from_on=begin, until_on=None, reason=reason,
            basis="章程第 31 條，第 9 屆第 4 次理事會",
        )


def _employers(begin: date, by: _By) -> dict[int, list[int]]:
    """employer → those who work there, with terms of check-off and consents."""
    found: dict[int, list[int]] = {}
    with by:
        for employer, person in db.session.execute(
            sa.select(Employment.employer_id, Employment.person_id).join(Membership, Membership.person_id == Employment.person_id)
            .where(Employment.until_on.is_(None), Membership.left_on.is_(None), Membership.joined_on < begin).order_by(Employment.employer_id, Employment.id)
        ):
            found.setdefault(employer, []).append(person)
        found = dict([*found.items()][:2])
        for number, people in found.items():
            checkoff.set_terms(
                db.session.get_one(Employer, number), None, from_on=begin, until_on=None, basis=ConsentBasis.INDIVIDUAL, agreement="代扣會費協議書", months=1,
                hand_over_day=10, email="", layout={},
            )
            checkoff.record_consents(people, given_on=begin, how="入會申請書", text_version="第 1 版", today=begin)
    return found


def _paid(members: Sequence[int], gone: Sequence[int], employed: dict[int, list[int]], period: date, at: int, random: Random, bank: int | None, today: date) -> None:
    """What a month's bills brought: nearly everybody pays, each by the way he always does; a few of those who left since fell behind."""
    held_back = {person for people in employed.values() for person in people}
    unpaid = {members[place] for place, months in BEHIND.items() if MONTHS - at <= months} | (set(gone[::8]) if at >= MONTHS - 5 else set())
    everybody = [*members, *gone]
    latest = at == MONTHS - 1
    owed = queries.items_of(set(everybody))
    payments = []
    for place, person in enumerate(everybody):
        amount = sum(one.open for one in owed.get(person, ()) if one.charged_on == period)
        if not amount or person in unpaid or (person in held_back and latest) or (latest and random.random() < 0.1):
            continue
        on = min(period + timedelta(random.randint(3, 26)), today)
        channel = Channel.CHECKOFF if person in held_back else _WAYS[place % len(_WAYS)]
        source = Source(bank_account_id=bank if channel in (Channel.BANK, Channel.GIRO, Channel.DEBIT) else None, fee=15 if channel is Channel.GIRO else 0)
        payments.append(Received(person, amount, on, channel, source))
    ids = paying.receive_many(payments, today=today)
    at_the_desk = [number for number, one in zip(ids, payments, strict=True) if one.channel is Channel.COUNTER]
    receipts.issue_many(at_the_desk, today=min(months_on(period, 1) - timedelta(1), today))


def _box_counted(on: date, bank: int | None, cashier: User) -> None:
    """The cash of a month, counted note by note and brought to the bank; that of the last month still lies in the safe."""
    box = cash.box_of(cashier.id)
    if box is None:
        return
    pieces, rest = {}, box.expected
    for worth in DENOMINATIONS[1:]:
        pieces[worth], rest = divmod(rest, worth)
    made = counting.count(cashier, pieces, note="", today=on, seen=box.expected)
    db.session.flush()
    if bank is not None:
        counting.deposit([made], bank_account_id=bank, on=on, today=on)


_WAYS = (
    Channel.BANK, Channel.COUNTER, Channel.BANK, Channel.SHOP, Channel.BANK, Channel.GIRO, Channel.DEBIT, Channel.COUNTER, Channel.SHOP, Channel.BANK,
)


def _odd_ones(members: Sequence[int], bank: int | None, today: date) -> None:
    """Paid ahead, paid too much and given back, nobody knows whose, a receipt made void, a bill given up."""
    ahead, twice, wrong = (db.session.get_one(Person, members[place]) for place in (50, 51, 52))
    paying.receive(ahead, amount=1200, received_on=today - timedelta(20), channel=Channel.BANK, today=today, source=Source(bank_account_id=bank))
    over = paying.receive(twice, amount=460, received_on=today - timedelta(9), channel=Channel.BANK, today=today, source=Source(bank_account_id=bank))
    db.session.flush()
    paying.refund(over, amount=paying.left_of(over), why="重複繳納，本人申請退還", on=today - timedelta(2), today=today, bank_account_id=bank)
    for days, amount, payer in ((31, 230, "陳先生"), (17, 460, ""), (6, 690, "宏昇")):
        paying.receive(None, amount=amount, received_on=today - timedelta(days), channel=Channel.BANK, today=today, payer=payer, source=Source(bank_account_id=bank))
    mistaken = paying.receive(wrong, amount=230, received_on=today - timedelta(3), channel=Channel.COUNTER, today=today)
    db.session.flush()
    receipt = receipts.issue(mistaken, today=today)
    db.session.flush()
    receipts.void(receipt, why="姓名誤植，重開", now=clock.now())
    receipts.issue(mistaken, today=today)
    gone = queries.items_of([members[30]])[members[30]][0]
    writing_off.give_up({gone.id: gone.open}, AdjustmentKind.WRITE_OFF, why="出境多年，無從催繳", resolution="第 9 屆第 5 次理事會第 4 案", on=today, today=today)


def _at_the_counter(some: Sequence[int], today: date) -> None:
    """This morning's first receipt: somebody brings what he owes of the last month."""
    person = next(one for one, items in queries.items_of(some).items() if sum(item.open for item in items) == DUES + AID)
    made = paying.receive(db.session.get_one(Person, person), amount=DUES + AID, received_on=today, channel=Channel.COUNTER, today=today)
    db.session.flush()
    receipts.issue(made, today=today)


def _debit(members: Sequence[int], period: date, begin: date, bank: int | None, today: date) -> None:
    """Who lets the bank draw, and the orders of the last month that wait for the bank's answer."""
    for place, person in enumerate(members):
        if _WAYS[place % len(_WAYS)] is Channel.DEBIT:
            debit.authorise(db.session.get_one(Person, person), bank="0060567", account=f"{5_830_000_000 + person:012d}", from_on=begin, note="")
    db.session.flush()
    layout = next(iter(layouts()))
    debit.make(period, today + timedelta(4), layout=layout, account=db.session.get(BankAccount, bank) if bank else None, today=today)


def _ladder(members: Sequence[int], today: date, chief: User) -> None:
    """Notices, a formal notice with its proof, a suspension proposed, an agreement to pay bit by bit."""
    def who(*places: int) -> Filter:
        return Filter(ids=tuple(members[place] for place in places))

    arrears.send(Step.NOTICE, who(23, 24, 25, 26, 27, 29), chief, way=arrears.POST, pay_by=today - timedelta(45), by=chief, today=today - timedelta(76))
    formal = arrears.send(Step.FORMAL, who(26, 27, 29), chief, way=arrears.REGISTERED, pay_by=today - timedelta(5), by=chief, today=today - timedelta(36))
    for one in db.session.scalars(sa.select(Dunning).where(Dunning.run_id == formal.id).order_by(Dunning.id)).all():
        came = one.person_id != members[26]
        arrears.record_delivery(
            [one], delivered_on=today - timedelta(35) if came else None, returned_on=None if came else today - timedelta(29),
            proof="掛號收據" if came else "招領逾期", today=today,
        )
    arrears.propose(Step.SUSPENSION, who(27), chief, clause="章程第 10 條", by=chief, today=today)
    person = db.session.get_one(Person, members[28])
    owed = sum(one.open for one in behind.open_items([person.id], today)[person.id])
    arrears.agree(person, equal_promises(owed, 4, today + timedelta(12)), agreed_on=today, note="本人到會協商", today=today)


def _check_off(number: int, today: date, staff: User) -> None:
    """The list of the last month, and what the employer sent back: one left, one held back too little."""
    period = months_on(today.replace(day=1), -1)
    employer = db.session.get_one(Employer, number)
    sheet = checkoff.make_list(employer, period, carry=False, by=staff, today=today)
    checkoff.send(sheet, how=checkoff.PAPER, on=today, today=today)
    db.session.flush()
    asked = [one for one in sheet.lines if one.person_id is not None]
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        table = book.add_worksheet("代扣")
        table.write_row(0, 0, (f"{employer.name} 代扣會費回覆",))
        table.write_row(2, 0, ("員工編號", "姓名", "代扣金額", "備註"))
        for at, one in enumerate(asked):
            amount, note = (0, "離職") if at == 1 else (one.expected - 30, "") if at == 2 else (one.expected, "")
            table.write_row(3 + at, 0, (one.staff_number, one.name, amount, note))
        table.write_row(3 + len(asked), 0, ("A09999", "不明", 230, ""))
    file = FileStorage(io.BytesIO(out.getvalue()), filename=f"{employer.name}代扣回覆.xlsx")
    checkoff.read_answer(sheet, file, anyway=True, by=staff, today=today, now=clock.now())
    checkoff.book(sheet, received_on=today, transferred=None, fee=0, differences_seen=True, today=today)


def _statement(members: Sequence[int], today: date, bank: int | None) -> None:
    """The bank's file of the last days: what is certain is booked, the rest waits in the queue."""
    made, period = numbering(VIRTUAL), months_on(today.replace(day=1), -1)
    owed = queries.items_of(set(members[60:400]))
    rows, balance = [], 1_286_400
    stays = dict(db.session.execute(sa.select(Membership.person_id, Membership.number).where(Membership.person_id.in_(owed))).all())
    names = dict(db.session.execute(sa.select(Person.id, Person.name).where(Person.id.in_(owed))).all())
    late = [person for person, items in owed.items() if sum(one.open for one in items) == DUES + AID][:12]
    told = [(DUES + AID, made.number(stays[person], period) or "") for person in late[:5]] + [(DUES + AID, names[person]) for person in late[5:9]]
    told += [(200, f"{names[person]}會費") for person in late[9:11]] + [(230, "會費"), (36, "利息")]
    for at, (amount, memo) in enumerate(told):
        balance += amount
        day = today - timedelta(len(told) - at)
        rows.append((f"{day.year - 1911}/{day.month:02}/{day.day:02}", "利息" if memo == "利息" else "轉帳", "", amount, balance, "" if memo == "利息" else memo, ""))
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(("交易日期", "摘要", "支出金額", "存入金額", "餘額", "備註", "對方帳號"))
    table.writerows(rows)
    account = db.session.get(BankAccount, bank) if bank else None
    statements.take_in(text.getvalue().encode("utf-8-sig"), f"合庫交易明細{today:%m%d}.csv", account=account, today=today)
    db.session.flush()
    statements.post(today=today)


# --- who comes and who goes -------------------------------------------------------------------------------------------


APPLICANTS = (
    ("何佩芸", "B287654324", "83/7/21", "服裝管理", "臺中國家歌劇院", 17), ("丁紹安", "L124680132", "79/11/5", "音響技術", "中山堂", 12),
    ("方俊傑", "N136912585", "75/2/18", "舞台搭設", "葫蘆墩文化中心", 9), ("曾雅琪", "B246813577", "81/9/30", "燈光師", "臺中國家歌劇院", 8),
    ("盧建宏", "M159263744", "72/4/12", "視訊技術", "屯區藝文中心", 15), ("簡淑惠", "L291837466", "77/12/3", "舞台監督", "中山堂", 21),
    ("鍾志豪", "F148362594", "86/6/8", "業務代表", "", 14), ("范美珍", "B273645918", "84/1/25", "服裝管理", "葫蘆墩文化中心", 6),
)
"""Name, identity number but for its last figure, birthday, trade, workplace, and how many days ago the application came."""


def _joining(today: date, chief: User, staff: User, clerk: _By, cashier: _By) -> None:
    """An application in each state, from several units of the union, and people on the recruiting board."""
    now, board = clock.now(), _By("chief")
    papers, found = ("identity", "photo", "work_proof"), {}
    with board:
        record = union.the_union()
        notice = NOTICE.format(union=record.name if record is not None else "本會")
        forms.set_form(is_open=True, introduction="歡迎從事展演技術的朋友加入。", notice=notice, by=chief, now=now)
    for place, (name, identity, birth_on, trade, workplace, ago) in enumerate(APPLICANTS):
        with clerk:
            units = list(db.session.scalars(sa.select(Unit).order_by(Unit.code)))
            written = {
                "name": name, "id_number": with_check(identity[:9]), "birth_on": birth_on, "trade": trade, "workplace": workplace, "mobile": f"09{place + 12}345{place}78",
                "mail_address": f"臺中市西屯區惠來路二段 {101 + place} 號", "introducer": "黃志明" if place % 3 == 0 else "",
            }
            found[name] = receiving.receive(
                written, channel=Way.PAPER if place == 1 else Way.COUNTER, received_on=today - timedelta(ago), privacy_version="第 1 版", unit=units[place % len(units)],
                today=today,
            ).id

    def one(name: str) -> Application:
        return db.session.get_one(Application, found[name])

    for name in ("方俊傑", "曾雅琪", "盧建宏", "簡淑惠", "鍾志豪"):
        with clerk:
            asked = [each for each in joiners.findings(one(name), clerk.user, today, papers_there=papers) if each.weight == Weight.ASK]
            deciding.check(one(name), answers={each.key: Answer("cleared", "已電話查證") for each in asked}, papers=papers, by=clerk.user, today=today)
    for name in ("曾雅琪", "盧建宏", "簡淑惠", "鍾志豪"):
        with clerk:
            deciding.ask([one(name)], by=clerk.user, today=today, now=now)
    meeting = Resolution("第 9 屆第 6 次理事會第 3 案", today, "同意入會。")
    for name, verdict in (("盧建宏", ("approved", "")), ("簡淑惠", ("approved", "")), ("鍾志豪", ("rejected", "未從事本業"))):
        with board:
            deciding.resolve({found[name]: verdict}, by=board.user, resolution=meeting, now=now)
    with clerk:
        admitting.admit(one("簡淑惠"), by=clerk.user, today=today, now=now)
    with cashier:
        person = db.session.get_one(Person, one("簡淑惠").person_id)
        paid = paying.receive(person, amount=ENTRANCE, received_on=today, channel=Channel.COUNTER, today=today)
        db.session.flush()
        receipts.issue(paid, today=today)
    with clerk:
        admitting.admit(one("簡淑惠"), by=clerk.user, today=today, now=now)  # Membership begins with the payment.
    with clerk:
        receiving.withdraw(one("范美珍"), why="本人來電撤回", today=today, now=now)
    with clerk:
        firms = {firm.name: firm for firm in db.session.scalars(sa.select(Employer))}
        for name, firm, workplace, result in (
            ("羅文彬", "聲勢展演設備有限公司", "中山堂", "again"), ("彭怡君", "聲勢展演設備有限公司", "中山堂", "new"), ("江冠廷", "合鳴音響企業社", "葫蘆墩文化中心", "declined"),
            ("徐佳蓉", "大屯山視訊整合有限公司", "屯區藝文中心", "willing"),
        ):
            recruiting.save(
                None, name=name, employer=firms.get(firm), workplace=workplace, asked_by="林秀琴" if result != "new" else "",
                asked_on=today - timedelta(9) if result != "new" else None, again_on=today + timedelta(5) if result == "again" else None, result=result, today=today,
            )


def _long_gone(today: date) -> None:
    """Who left so long ago that the union may no longer keep what it knows of them: somebody asks for that, the president confirms."""
    for place, (name, years) in enumerate((("蘇文彬", 9), ("沈麗卿", 8), ("江永昌", 7))):
        joined_on = date(today.year - years - 12, 3, 1)
        made = people.add_member(
            today=today, number=f"舊{place + 117}", name=name, joined_on=joined_on, birth_on=joined_on - timedelta(11_000), mobile=f"09{place + 31}2213{place}0",
            home_address=f"臺中市北區健行路 {place + 20} 號",
        )
        db.session.flush()
        leaving.record(made.memberships[0], left_on=date(today.year - years, 3, 31), reason="resigned", note="", by=None, today=today)


def _lives(members: Sequence[int], today: date, chief: User) -> None:
    """A measure of which the person was heard, somebody who wants to leave, a leave of absence, a roll check under way."""
    def stay(place: int) -> Membership:
        return db.session.scalars(sa.select(Membership).where(Membership.person_id == members[place], Membership.left_on.is_(None))).one()

    case = life.propose_measure(
        stay(29), "suspension", ground="欠繳會費一年，經二次催繳仍未繳納。", clause="章程第 10 條", on=today - timedelta(40), by=chief, today=today,
    )
    life.ask_to_be_heard(case, asked_on=today - timedelta(38), hearing_on=today - timedelta(10), how="雙掛號", by=chief, today=today)
    life.record_hearing(case, heard_on=today - timedelta(12), statement="因工作傷病收入中斷，願分期清償。", today=today, now=clock.now())
    leaving.receive_wish(stay(70), received_on=today - timedelta(3), how="counter", note="轉業", by=chief, today=today)
    changes.rest(stay(71), from_on=today - timedelta(30), until_on=today + timedelta(150), reason="育嬰留職停薪", proof="雇主核准函", by=chief, today=today)
    check = rollcheck.open_check(
        year=today.year, team=["林秀琴", "吳正忠", "黃雅玲", "陳志明", "王淑芬"], resolution="第 9 屆第 5 次理事會", opened_on=today - timedelta(15), by=chief, today=today,
    )
    rollcheck.draw(check, on=today - timedelta(14))
    db.session.flush()
    doubts = list(db.session.scalars(sa.select(RollDoubt.id).where(RollDoubt.roll_check_id == check.id).order_by(RollDoubt.id).limit(6)))
    if doubts:
        rollcheck.tell(check, doubts, told_on=today - timedelta(10), answer_by=today - timedelta(1), way="post", by=chief, today=today)
