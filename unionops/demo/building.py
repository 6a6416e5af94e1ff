"""Builds the demo union in the order a real office would: the record, the people who sign in, the roster, then daily acts."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from random import Random

import sqlalchemy as sa
import xlsxwriter

from unionops.core import clock
from unionops.core.accounts import services as accounts
from unionops.core.accounts.models import User
from unionops.core.db import db, unit_of_work
from unionops.core.union import services as union_services
from unionops.demo import PASSWORD, PEOPLE, deadlines, dues, files, invited, letters, notices, standing_in, surveys
from unionops.demo.days import told
from unionops.demo.people import EMPLOYERS, UNITS, Invented, invent
from unionops.members.models import Membership, Unit
from unionops.members.rules.membership import LeaveReason, MemberClass
from unionops.members.services import imports, people, structure
from unionops.values import roc

MEMBERS = 1200
UNION = "臺中市展演技術人員職業工會"
CHARTER = (
    ("charter.directors", "9", "第 15 條"), ("charter.supervisors", "3", "第 15 條"), ("charter.standing_directors", "3", "第 16 條"),
    ("charter.alternate_directors", "4", "第 15 條"), ("charter.alternate_supervisors", "1", "第 15 條"),
    ("charter.delegates", "61", "第 13 條"), ("charter.term_years", "4", "第 18 條"), ("charter.dues_monthly", "200", "第 29 條"),
    ("charter.entrance_fee", "1200", "第 29 條"), ("charter.arrears_suspend_months", "6", "第 10 條"),
    ("charter.good_standing_months", "6", "第 8 條"),
)
HEADINGS = ("會員編號", "姓名", "身分證字號", "性別", "出生日期", "入會日期", "手機", "通訊地址", "組別", "工作種類", "投保薪資", "眷屬人數", "備註")


def build(progress: Callable[[str], object]) -> None:
    """Everything, in a few units of work; ``progress`` is told what is done."""
    today = clock.today()
    with _work("工會資料"):
        _union(today)
    with _work("使用者"):
        chief = _users()
    with _work("邀請"):
        invited.build(db.session.merge(chief), clock.now())
    with _work("組別與雇主"):
        _structure()
    progress("  工會、使用者、組別 / union, users, units")
    roster = invent(MEMBERS, today=today)
    with _work("名冊匯入"):
        batch = imports.stage(_workbook(roster), f"會員名冊{roc.roc_date(today).replace('/', '')}.xlsx", db.session.merge(chief), today)
    with _work("名冊匯入"):
        counts = imports.apply(db.session.merge(batch), db.session.merge(chief), today)
    progress(f"  會員名冊 / roster: {counts}")
    _daily(today)
    progress("  會籍異動、雇主、眷屬、備註 / changes, employers, family, notes")
    dues.build(today, db.session.merge(chief), _staff())
    progress("  會費一年：開單、各管道收款、收據、催繳、代扣、對帳、入會 / a year of dues, and of memberships")
    with _work("附件"):
        files.build(today, db.session.merge(chief))
    progress("  附件 / files")
    letters.build(today)
    progress("  收發文 / letters")
    with _work("問卷"):
        surveys.build(today)
    progress("  問卷 / surveys")
    with _work("期限與行程"):
        deadlines.build(today)
    progress("  期限與行程 / deadlines and appointments")
    with _work("代理"):
        standing_in.build(today)
    with _work("通知與信件"):
        notices.build(today)
    progress("  通知與信件 / notices and mails")


def _work(what: str):
    return unit_of_work("示範資料", f"demo {what}")


def _union(today: date) -> None:
    record = union_services.edit_record(
        name=UNION, short_name="展演技術工會", kind="occupational", authority="臺中市政府勞工局", seat="臺中市西屯區文心路二段 588 號 7 樓",
        area="臺中市", registration_number="中市工登字第 0217 號", founded_on=date(1996, 5, 1), registered_on=date(1996, 5, 28),
        phone="0422580217", email="office@stage-union.example.tw", today=today,
    )
    db.session.flush()  # The charter names the union's kind.
    for key, value, clause in CHARTER:
        union_services.add_charter_value(
            record, key=key, typed=value, valid_from=date(today.year - 2, 3, 25), clause=clause,
            resolution="第 9 屆第 1 次會員代表大會", members=MEMBERS,
        )
    union_services.add_bank_account(
        record, bank="合作金庫銀行", branch="文心分行", account_number="0580717123456", holder=UNION, purpose="會費專戶", from_on=date(2015, 3, 2)
    )


def _users() -> User:
    made = {}
    for role, username, name in PEOPLE:
        made[role] = accounts.create_user(
            username, name, password=PASSWORD, email=f"{username}@stage-union.example.tw", wanted=[(role, None)]
        )
    return made["secretary_general"]


def _staff() -> User:
    username = next(username for role, username, _name in PEOPLE if role == "staff")
    return db.session.scalars(sa.select(User).where(User.username == username)).one()


def _structure() -> None:
    for code, name in UNITS:
        structure.add_unit(code=code, name=name, opened_on=date(1996, 5, 1))
    for name, _code in EMPLOYERS:
        employer = structure.add_employer(name=name, phone="0423590011", address="臺中市西屯區工業區一路 98 號")
        structure.add_workplace(employer, name="總公司", address="臺中市西屯區工業區一路 98 號")
    structure.add_custom_field(title="舞台安全證照", kind="choice", choices=["無", "初級", "進階"])
    structure.add_custom_field(title="可支援夜間裝台", kind="yes_no", choices=[])


def _workbook(roster: Sequence[Invented]) -> bytes:
    """The roster as an office keeps it: title lines, ROC dates, a few rows that need correcting."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("會員名冊")
        sheet.write(0, 0, UNION)
        sheet.write(1, 0, "會員名冊")
        for column, heading in enumerate(HEADINGS):
            sheet.write(3, column, heading)
        for place, one in enumerate(roster):
            number = one.id_number
            birth = roc.roc_date(one.birth_on)
            note = ""
            if place in (207, 618, 911):
                number = number[:-1] + str((int(number[-1]) + 3) % 10)
            elif place == 402:
                birth = "75/2/30"
            elif place in (33, 777):
                note = "名片待補"
            row = (
                one.number, one.name, number, "男" if one.sex == "M" else "女", birth, roc.roc_date(one.joined_on), one.mobile, one.address,
                one.unit, one.trade, one.insured_salary or "純會員", one.dependants, note,
            )
            for column, value in enumerate(row):
                sheet.write(place + 4, column, value)
    return out.getvalue()


def _daily(today: date) -> None:
    """What happened since, each act a unit of its own: people left, returned, moved; work, family, consents, remarks."""
    random = Random(7)
    members = list(db.session.scalars(sa.select(Membership.id).order_by(Membership.number)))
    chosen = random.sample(members, 120)
    acts = (
        (chosen[:44], _leave), (chosen[:6], _return), (chosen[44:60], _move), (chosen[60:70], _retire),
        (chosen[70:100], _employ), (chosen[100:112], _settle), (chosen[112:], _remark),
    )
    for ids, act in acts:
        for place, membership_id in enumerate(ids):
            with unit_of_work("林秀琴", "demo"):
                act(db.session.get_one(Membership, membership_id), place, random, today)


def _leave(membership: Membership, place: int, random: Random, today: date) -> None:
    reasons = (LeaveReason.RESIGNED, LeaveReason.LEFT_TRADE, LeaveReason.TRANSFERRED, LeaveReason.RETIRED, LeaveReason.DECEASED)
    joined = membership.joined_on or today
    left_on = max(today - timedelta(days=random.randint(0, 400)), joined + timedelta(days=1))
    people.leave(membership, left_on=left_on, reason=reasons[place % len(reasons)], note="", today=today)


def _return(membership: Membership, place: int, random: Random, today: date) -> None:
    if membership.left_reason == LeaveReason.RESIGNED and membership.left_on and membership.left_on < today - timedelta(days=40):
        people.rejoin(
            membership.person, number="", joined_on=today - timedelta(days=12), joined_by="第 9 屆第 5 次理事會",
            member_class=MemberClass.REGULAR, unit=membership.units[-1].unit if membership.units else None, today=today,
        )


def _move(membership: Membership, place: int, random: Random, today: date) -> None:
    held = {stay.unit_id for stay in membership.units if stay.until_on is None}
    target = next(unit for unit in db.session.scalars(sa.select(Unit).order_by(Unit.code)) if unit.id not in held)
    since = max(today - timedelta(days=random.randint(5, 300)), (membership.joined_on or today) + timedelta(days=2))
    people.move(membership, target, from_on=min(since, today), today=today)


def _retire(membership: Membership, place: int, random: Random, today: date) -> None:
    people.change_class(membership, MemberClass.RETIRED, from_on=today - timedelta(days=random.randint(0, 5)), today=today)


def _employ(membership: Membership, place: int, random: Random, today: date) -> None:
    employers = structure.queries.employers()
    employer = employers[place % len(employers)]
    people.employ(
        membership.person, employer=employer, workplace=employer.workplaces[0], staff_number=f"A{place + 101:05d}",
        job=random.choice(("燈光師", "音控師", "舞台監督", "技術指導")), is_manager=False, from_on=membership.joined_on, today=today,
    )


def _settle(membership: Membership, place: int, random: Random, today: date) -> None:
    person = membership.person
    given_on = today - timedelta(days=random.randint(1, 200))
    people.add_dependant(
        person, name=person.name[0] + random.choice(("子晴", "宥廷", "品妍")), relation="子女", id_number="",
        birth_on=today - timedelta(days=random.randint(700, 5000)), from_on=membership.joined_on, today=today,
    )
    people.add_contact(person, name=person.name[0] + "美華", relation="配偶", phone="0912345678")
    people.record_consent(person, kind="privacy", text_version=told("{year} 年版", given_on), given_on=given_on, how="書面", today=today)


def _remark(membership: Membership, place: int, random: Random, today: date) -> None:
    people.add_note(membership.person, "電話詢問投保薪資調整，已請其提供薪資證明。", author="林秀琴")
