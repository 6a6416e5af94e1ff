"""A year of a union's deadlines: filings by law with their reasons, what people noted themselves, some overdue, some done, one extended;
and the appointments of this week."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import date, datetime, time, timedelta

from unionops.core import clock
from unionops.core.accounts import queries as accounts
from unionops.core.accounts.models import User
from unionops.core.attachments import services as attachments
from unionops.core.audit import recording
from unionops.core.calendar import reminding, services
from unionops.core.calendar.registry import STATUTORY
from unionops.core.db import db
from unionops.demo.days import told, yearly
from unionops.law.basis import Basis
from unionops.law.calendar import TAIWAN
from unionops.law.periods import deadline as period
from unionops.values import roc
from unionops.values.refs import Ref

THE_UNION = Ref("union_record", 1)
ANNUAL = Basis("UA-31-annual", "工會法第 31 條第 1 項", "年度決算後 30 日內報備查", confidence="derived", note="起算日採大會通過決算之日。")
ACCOUNTS = Basis("FR-13-accounts", "工會財務處理準則第 13 條", "年度終了後 3 個月內造具決算")
BUDGET = Basis("FR-12-budget", "工會財務處理準則第 12 條", "年度開始前編造，大會通過後送備查")
EDUCATION = Basis("LE-15-edu", "勞工教育實施辦法第 15 條", "年度開始前報計畫，年度終了前報成果")
AUDIT = Basis("FR-28-audit", "工會財務處理準則第 28 條", "監事會定期查核")
BOARD = Basis("UA-24-board", "工會法第 24 條", "理事會每三個月至少開會一次，七日前通知")
MINUTES = Basis("HB-30", "工會會務作業手冊第 7 頁", "大會手冊與會議紀錄於會後 30 日內函報", source="default", confidence="secondary")

# (days from today or a day of every year, which is the safe day; days until the last lawful one; what, told from that day; basis; who; how it was closed)
FILINGS: tuple[tuple[int | tuple[int, int], int, str, Basis, str, str], ...] = (
    ((3, 31), 0, "{year:-365} 年度決算與財務報表提大會", ACCOUNTS, "accountant", "大會 3 月 25 日通過，會議紀錄第 4 案"),
    ((4, 22), 2, "年度備查：職員名冊、會員異動、財務報表、會務狀況", ANNUAL, "chief", "以公文函報，勞工局同意備查"),
    ((4, 24), 0, "會員代表大會手冊與會議紀錄函報", MINUTES, "staff", "與年度備查同函送出"),
    (-78, 0, "第{quarter}季理事會", BOARD, "staff", "已開會，紀錄已函報"),
    (-71, 0, "第{quarter}季監事查帳", AUDIT, "supervisor", "查核意見書已簽署"),
    (-2, 5, "第{quarter}季監事會會議紀錄函報", AUDIT, "staff", ""),
    (4, 2, "第{quarter:9}季理事會開會通知寄出", BOARD, "staff", ""),
    (13, 0, "第{quarter}季理事會", BOARD, "chief", ""),
    (20, 0, "第{quarter}季監事查帳", AUDIT, "supervisor", ""),
    ((12, 20), 4, "{year:365} 年度工作計畫與預算提理事會", BUDGET, "chief", ""),
    ((12, 23), 8, "{year} 年度勞工教育成果函報", EDUCATION, "staff", ""),
    ((12, 29), 2, "{year:365} 年度勞工教育計畫函報", EDUCATION, "staff", ""),
    ((1, 31), 0, "{year:-365} 年度各類所得扣繳憑單申報", Basis("YEAR-TAX", "所得稅法第 92 條", "1 月 31 日前申報", confidence="secondary"), "accountant", ""),
    ((3, 31), 0, "{year:-365} 年度決算與財務報表提大會", ACCOUNTS, "accountant", ""),
)
# (days from today, what, note, who, how it was closed)
NOTED: tuple[tuple[int, str, str, str, str], ...] = (
    (-95, "影印機租約到期續約", "比三家；去年月租 3,200 元", "staff", "改租彩色機，月租 2,980 元"),
    (-20, "會所消防設備檢修申報", "大樓管委會通知", "staff", "檢修合格，申報書已送消防局"),
    (-6, "勞保局退件補正：投保薪資調整表 3 件", "缺會員簽章", "staff", ""),
    (0, "回覆會員王先生勞保年資查詢", "已向勞保局調資料", "staff", ""),
    (1, "理事會議程定稿送理事長", "", "chief", ""),
    (3, "急難慰問名單送理事會審議", "各組 {day:-2}前報名單", "staff", ""),
    (9, "會員家庭日摸彩品採購比價", "預算 60,000 元", "cashier", ""),
    (16, "會務系統使用者密碼與權限年度清查", "", "admin", ""),
    (24, "會員手冊改版發包", "去年印 1,300 份", "staff", ""),
    (45, "會所房屋稅與租賃契約檢視", "", "accountant", ""),
)
# (days from today, from, hours, what, where, whose, who attends)
MEETINGS: tuple[tuple[int, time | None, int, str, str, str, tuple[str, ...]], ...] = (
    (0, time(10), 1, "新會員入會說明", "會所會議室", "staff", ("chief",)),
    (0, time(14), 2, "與劇場技術公司協商團體協約", "大甲舞台工程公司", "chief", ("president", "staff")),
    (1, time(9, 30), 2, "勞工局訪視", "會所", "chief", ("president", "accountant")),
    (2, time(19), 2, "舞台吊掛安全講座", "文化中心 203 教室", "staff", ()),
    (4, None, 2, "會務人員訓練", "勞工局大禮堂", "staff", ("cashier",)),
    (13, time(14), 3, "第{quarter}季理事會", "會所會議室", "chief", ("president", "director", "staff")),
)


def build(today: date) -> None:
    """All of it, inside the caller's unit; the union and its people are there."""
    people = {user.username: user for user in db.session.scalars(accounts.users())}
    for when, spare, title, basis, who, how in FILINGS:
        with _as(people[who]):
            _filing(today, when, spare, title, basis, people[who], how)
    for days, title, note, who, how in NOTED:
        with _as(people[who]):
            _noted(today, days, title, note, people[who], how)
    with _as(people["chief"]):
        _extended(today, people["chief"], people["staff"])
    for days, begins, length, title, place, who, attending in MEETINGS:
        first = datetime.combine(today + timedelta(days=days), begins or time(), tzinfo=clock.TAIPEI)
        services.add_appointment(
            title=told(title, first.date()), place=place, starts_at=first, ends_at=first + (timedelta(hours=length) if begins else timedelta(days=length)),
            all_day=begins is None, owner=people[who], attendees=[people[name] for name in attending], today=today,
        )
    reminding.remind(today)


def _as(user: User) -> AbstractContextManager[None]:
    """What is written inside, this person wrote."""
    return recording.acting(user.name, "demo 期限與行程", user.id)


def _filing(today: date, when: int | tuple[int, int], spare: int, words: str, basis: Basis, owner: User, how: str) -> None:
    day = today + timedelta(days=when) if isinstance(when, int) else yearly(*when, today, passed=bool(how))
    safe = TAIWAN.estimating().on_or_before(day)
    title = told(words, safe)
    put = services.put(
        THE_UNION, STATUTORY, title=title, nominal_on=safe, latest_on=safe + timedelta(days=spare), basis=basis, owner=owner,
        suffix=f"{basis.rule} {roc.roc_date(safe)}", today=today,
    )
    put.set_at = _afternoon(safe - timedelta(days=45)) if safe < today + timedelta(days=45) else put.set_at
    if how:
        services.close_by_hand(put, how=how, now=_afternoon(safe - timedelta(days=3)))
        proof = f"送件回執\n{title}\n{how}\n".encode()
        attachments.add_content(Ref("deadline", put.id), proof, "送件回執.txt", title="送件回執", by=owner, now=_afternoon(safe - timedelta(days=3)))


def _noted(today: date, days: int, title: str, note: str, owner: User, how: str) -> None:
    day = today + timedelta(days=days)
    made = services.add_own(title=title, nominal_on=day, note=told(note, day), owner=owner, today=min(day, today))
    made.set_at = _afternoon(min(day, today) - timedelta(days=12))
    if how:
        services.close_by_hand(made, how=how, now=_afternoon(day - timedelta(days=1)))


def _extended(today: date, chief: User, staff: User) -> None:
    """An order of the authority, whose days were counted by the rules, then extended and handed over."""
    received = today - timedelta(days=22)
    counted = period(received, 20, calendar=TAIWAN.estimating())
    one = services.put(
        THE_UNION, STATUTORY, title="勞工局限期補正會員名冊", nominal_on=counted.safe_on, latest_on=counted.latest_on, basis=counted.basis,
        owner=chief, suffix="補正", today=received,
    )
    one.set_at = _afternoon(received)
    services.extend(one, to_on=today + timedelta(days=8), reason="電話申請展延，勞工局承辦人同意，補函後附", today=today)
    services.hand_over(one, staff, reason="名冊由林秀琴整理")


def _afternoon(day: date) -> datetime:
    return datetime.combine(day, time(16, 20), tzinfo=clock.TAIPEI)
