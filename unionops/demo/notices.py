"""What the office was told and has sent: read and unread notices, mails that left, one that could not, letters for people without mail.

The demo has no mail server; what left here is marked as the sender would have noted it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import sqlalchemy as sa

from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.db import db
from unionops.core.notify import inbox, services
from unionops.core.notify.models import Delivery, Notice
from unionops.demo.days import saturday_after, told
from unionops.values.refs import Ref

PEOPLE = ("chief", "staff", "president")


def build(today: date) -> None:
    """For a demo union that has its users and members."""
    now = clock.now()
    office = list(db.session.scalars(sa.select(User).where(User.username.in_(PEOPLE)).order_by(User.id)))
    last = db.session.scalar(sa.select(sa.func.max(Notice.id))) or 0
    services.tell(
        services.OFFICE, office, subject=told("勞工局來函：請於 {day:27}前函報第{quarter}季會務狀況", today), text="附件有表格，請先核對會員人數。", url="/members/",
    )
    services.tell(services.OFFICE, office, subject="名冊匯入完成", text="請看看有沒有列為重複的會員。", url="/members/imports", pointer=Ref("union_record", 1))
    services.tell(
        services.OFFICE,
        [
            services.Reader("林雅惠", "yahui.lin@mail.example.tw"),
            services.Reader("張國棟", "kuotung@mail.example.tw"),
            services.Reader("王阿滿", "aman.wang@mail"),
            services.Reader("陳金水", postal_address="臺中市大雅區文昌街 103 號"),
            services.Reader("劉玉蘭", postal_address="彰化縣鹿港鎮民生路 28 號"),
        ],
        subject="會員代表大會開會通知", text=told("時間：{long}下午 2 時\n地點：本會 7 樓會議室\n\n不能出席時，請填委託書委託其他會員代表。", saturday_after(today + timedelta(days=21))),
    )
    db.session.flush()
    for notice in db.session.scalars(sa.select(Notice).where(Notice.id > last, Notice.url == "/members/")):
        inbox.read(notice, now)
    _sent(now)


def _sent(now: datetime) -> None:
    known = db.session.scalars(sa.select(Delivery).where(Delivery.kind == services.OFFICE, Delivery.next_try_at.is_not(None)).order_by(Delivery.id)).all()
    for place, row in enumerate(known):
        row.tries, row.next_try_at = 1, None
        if row.name == "張國棟":
            row.given_up_at, row.failure, row.reply = now, "recipient", "550 5.1.1 The email account that you tried to reach does not exist"
        else:
            row.sent_at = now - timedelta(minutes=len(known) - place)
