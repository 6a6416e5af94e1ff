"""A furnished office for tests that visit every screen: one record of each kind, made through the services, and for each
screen the arguments with which it is visited.

A new screen with arguments gets its line in ``Office.visits``; a screen that asks for a record of a new kind gets the record in
``furnish``. Screens without arguments need nothing.
"""

from __future__ import annotations

import io
import shutil
import struct
import zlib
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
import sqlalchemy as sa
from flask import Flask

from tests.letters import furnishing as letters
from tests.members.arrears import furnishing as debtors
from tests.members.checkoff import furnishing as held_back
from tests.members.dues import billing_furnishing as billing
from tests.members.dues import desk_furnishing as desk
from tests.members.joining import furnishing as applicants
from tests.members.life import furnishing as life
from tests.members.statements import office_furnishing as statements
from tests.surveys import furnished as surveys
from unionops.core import clock
from unionops.core.accounts import services as accounts
from unionops.core.accounts.models import Passkey, User, UserRole
from unionops.core.accounts.roles import ROLES
from unionops.core.approvals import services as approvals
from unionops.core.approvals.models import Approval, ApprovalStep
from unionops.core.attachments import services as attachments
from unionops.core.backup.models import BackupRun
from unionops.core.calendar import services as calendar
from unionops.core.db import db, unit_of_work
from unionops.core.jobs import tasks
from unionops.core.jobs.models import DONE, FAILED, RUNNING, Task
from unionops.core.legal import services as legal
from unionops.core.notify import services as notify
from unionops.core.notify.models import Delivery, Notice
from unionops.core.union import services as union
from unionops.members.models import Membership
from unionops.members.queries import imports as reading
from unionops.members.queries import papers
from unionops.members.services import imports, people, structure
from unionops.values.identifiers import identity_check
from unionops.values.refs import Ref

UNION = "臺中市展演技術人員職業工會"
PASSWORD = "一個夠長的密碼-9"


CLOSED = {
    "setup.start", "setup.resume", "setup.record_union", "setup.record_authority", "setup.record_charter", "setup.skip_charter",
    "setup.make_administrator",
}
"""Screens that are gone as soon as anybody administers the installation."""


@dataclass
class Office:
    """``users`` by role; ``visits`` by endpoint. ``owner`` is the role whose own tasks and views the addresses name."""

    users: dict[str, int] = field(default_factory=dict)
    visits: dict[str, dict[str, Any]] = field(default_factory=dict)
    owner: str = "secretary_general"
    between: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Screens that one comes to with a cookie only: endpoint → what is in it."""

    def user(self, role: str) -> User:
        return db.session.get_one(User, self.users[role])

    def arguments(self, endpoint: str, wanted: set[str]) -> dict[str, Any]:
        """What the screen's address needs. AssertionError saying what to add when nobody has said it yet."""
        given = self.visits.get(endpoint, {})
        assert wanted <= given.keys(), (
            f"{endpoint} needs {sorted(wanted)}: say in tests/office.py with which it is visited, "
            f'"{endpoint}": {{{", ".join(f"{name!r}: …" for name in sorted(wanted))}}} in furnish()'
        )
        return given


def furnish() -> Office:
    """Builds the office in the empty database of the current app."""
    office, today = Office(), clock.today()
    with unit_of_work("test", "office"):
        office.users = {role: _user(role, str(title)).id for role, title in ROLES.items()}
        other = _user("staff", "停用者", "other").id
        secret, now = accounts.new_totp_secret(), clock.now()
        accounts.enrol_totp(office.user("administrator"), secret, pyotp.TOTP(secret).at(now), now=now)
        record = _union(today)
        invited = accounts.invitations.invite("林佳穎", email="ying@example.tw", wanted=[("staff", None)], by=office.user("administrator"), now=now)
        joining = accounts.invitations.printed(invited, now=now)
        resetting = accounts.resets.printed(db.session.get_one(User, other), now=now)
        passkey = Passkey(user=office.user("secretary_general"), name="辦公室電腦", credential_id=b"office", public_key=b"")
        db.session.add(passkey)
        db.session.flush()  # Their numbers are what the addresses name.
        ways_in = {"invitation": invited.id, "passkey": passkey.id, "token": joining.token}
        join, reset = (accounts.tickets.by_token(issued.token).id for issued in (joining, resetting))
        office.between = {
            "accounts.join": {"ticket": join}, "accounts.join_by_passkey": {"ticket": join}, "accounts.new_password": {"ticket": reset},
            "accounts.second_factor": {"half_signed_in": [office.users["administrator"], now.timestamp() + 86400]},
        }
    with unit_of_work("test", "office"):
        account = union.add_bank_account(
            record, bank="合作金庫銀行", branch="文心分行", account_number="0580717123456", holder=UNION, purpose="會費專戶", from_on=date(2015, 3, 2)
        )
        union.add_charter_value(
            record, key="charter.dues_monthly", typed="200", valid_from=date(today.year - 2, 3, 25), clause="第 29 條", members=4
        )
        legal.add_value(
            key="wage.minimum_month", typed="31,000", valid_from=date(today.year + 1, 1, 1), source="勞動部公告", confirmed_by=None
        )
        roster = _roster(today)
        account_id = account.id
    with unit_of_work("test", "office"):
        owner = office.user(office.owner)
        view = structure.save_view(owner, title="第一組", query="unit=1", is_shared=True)
        done, running, failed = (_task(owner, state) for state in (DONE, RUNNING, FAILED))
        approval = _approval(office)
        delegation = approvals.delegate(owner, office.user("director"), today, today + timedelta(days=7), "出國", now=clock.now())
        db.session.flush()
        chosen = {"approval": approval.id, "delegation": delegation.id, "task": done.id, "running": running.id, "failed": failed.id, "view": view.id}
    with unit_of_work("test", "office"):
        owner = office.user(office.owner)
        applied = imports.stage(_list("0011", "0012"), "新會員.csv", owner, today)
        imports.apply(applied, owner, today)
        waiting = imports.stage(_list("0021", "0022"), "待匯入.csv", owner, today)
        unchecked = imports.stage(_list("0031", "0032"), "很大的名冊.csv", owner, today)
        unchecked.counts = {"size": reading.READ_AT_ONCE + 1}  # As one of many megabytes is kept until it is checked.
        chosen |= {"applied": applied.id, "waiting": waiting.id, "unchecked": unchecked.id}
    with unit_of_work("test", "office"):
        owner, member = office.user(office.owner), Ref("person", roster["person"])
        scan, gone = (attachments.add_content(member, _picture(), f"{name}.png", by=owner, now=clock.now()) for name in ("證件影本", "附錯的檔案"))
        attachments.remove(gone, why="附錯會員", by=owner, now=clock.now())
        chosen |= {"file": scan.id, "removed_file": gone.id}
    with unit_of_work("test", "office"):
        db.session.add(BackupRun(kind="made", at=clock.now(), ok=True, file="unionops-20261122-183000.backup", size=910_000, figures={"rows": 28, "files": 2, "lost": 1}))
        db.session.add(BackupRun(kind="tested", at=clock.now(), ok=False, file="unionops-20261122-183000.backup", figures={
            "tables": 60, "rows": 28, "sealed": 4, "files": 2, "lost": 1, "findings": ["files"],
        }))
        notify.tell("notify.test", [office.user(office.owner), notify.Reader("林阿好", "hao@example"), notify.Reader("無信箱者")], subject="測試信", text="收到就好。")
        chosen |= {"notice": db.session.scalar(sa.select(Notice.id)), "delivery": db.session.scalar(sa.select(Delivery.id))}
    chosen |= _calendar(office, today)
    with unit_of_work("test", "office"):
        asked = surveys.visits(roster["person"], "陳小明")
    with unit_of_work("test", "office"):
        asked |= letters.visits(office.user("staff"), office.user("secretary_general"), office.user("president"))
    with unit_of_work("test", "office"):
        asked |= desk.visits(roster["person"], office.user(office.owner), today)
    with unit_of_work("test", "office"):
        asked |= billing.visits(roster["person"], office.user(office.owner), today)
    with unit_of_work("test", "office"):
        asked |= life.visits(roster["person"], roster["membership"], roster["left"], today, by=office.user(office.owner))
    with unit_of_work("test", "office"):
        asked |= debtors.visits(office.user(office.owner), today)
    with unit_of_work("test", "office"):
        asked |= held_back.visits(office.user(office.owner), today)
    with unit_of_work("test", "office"):
        asked |= applicants.visits(office.user("staff"), office.user(office.owner))
    with unit_of_work("test", "office"):
        asked |= statements.visits(account_id, roster["person"], today)
    tasks.keep_file(chosen["task"], io.BytesIO("姓名\r\n".encode()))
    office.visits = _visits(other, account_id, roster, chosen) | asked | {
        "accounts.open_ticket": {"token": ways_in["token"]},
        "accounts.remove_passkey": {"passkey_id": ways_in["passkey"]},
        **{
            f"accounts.{name}": {"invitation_id": ways_in["invitation"]}
            for name in ("invitation", "mail_invitation", "print_invitation", "withdraw_invitation")
        },
    }
    return office


def _visits(other: int, account_id: int, roster: dict[str, int], chosen: dict[str, int]) -> dict[str, dict[str, Any]]:
    person = {"person_id": roster["person"]}
    task = {"task_id": chosen["task"]}
    return {
        "accounts.switch_language": {"language": "en"},
        "accounts.switch_theme": {"theme": "dark"},
        "accounts.end_session": {"session_id": 1},
        **{
            f"accounts.{name}": {"user_id": other}
            for name in (
                "user", "edit_user", "set_roles", "deactivate_user", "reactivate_user", "reset_password", "mail_reset", "print_reset",
                "reset_second_factor", "end_sessions", "unlock_user",
            )
        },
        **{f"approvals.{name}": {"approval_id": chosen["approval"]} for name in ("approval", "decide", "withdraw")},
        "approvals.end_delegation": {"delegation_id": chosen["delegation"]},
        "audit.export": {"fmt": "csv"},
        "union.end_bank_account": {"account_id": account_id},
        "union.charter_history": {"key": "charter.dues_monthly"},
        "union.add_charter_value": {"key": "charter.dues_monthly"},
        "legal.parameter": {"key": "wage.minimum_month"},
        "legal.add_value": {"key": "wage.minimum_month"},
        "legal.table": {"name": "nhi_grades"},
        "calculators.calculator": {"name": "period.deadline"},
        "jobs.run_job": {"name": "jobs.tidy"},
        "jobs.task": task,
        "jobs.task_progress": task,
        "jobs.task_file": task,
        "jobs.cancel_task": {"task_id": chosen["running"]},
        **{
            f"members.{name}": person
            for name in (
                "person", "edit_person", "move_member", "change_class", "record_employment", "add_dependant", "add_contact", "record_consent",
                "add_note", "edit_custom_values",
            )
        },
        **{f"notify.{name}": {"notice_id": chosen["notice"]} for name in ("open_notice", "read_notice")},
        **{
            f"notify.{name}": {"delivery_id": chosen["delivery"]}
            for name in ("delivery", "retry", "correct_address", "turn_to_paper", "cancel_delivery")
        },
        "members.reveal": person | {"what": "mobile"},
        "members.record_leaving": person | {"membership_id": roster["membership"]},
        "members.undo_leaving": {"person_id": roster["leaver"], "membership_id": roster["left"]},
        "members.rejoin": {"person_id": roster["leaver"]},
        "members.end_dependant": person | {"dependant_id": roster["dependant"]},
        "members.remove_contact": person | {"contact_id": roster["contact"]},
        "members.withdraw_consent": person | {"consent_id": roster["consent"]},
        "members.compare": {"kept_id": roster["person"], "gone_id": roster["twin"]},
        "members.remove_view": {"view_id": chosen["view"]},
        "members.edit_unit": {"unit_id": roster["unit"]},
        "members.edit_employer": {"employer_id": roster["employer"]},
        "members.add_workplace": {"employer_id": roster["employer"]},
        "members.retire_custom_field": {"field_id": roster["field"]},
        "members.paper_preview": {"paper": "roster_office"},
        "members.paper_open": {"paper": "roster_insurance"},
        "members.paper_download": {"paper": "roster_office", "fmt": "ods"},
        "members.paper_batch": {"paper": "roster_office", "fmt": "pdf"},
        **{
            f"members.{name}": {"import_id": chosen["waiting"]}
            for name in ("import_mapping", "import_preview", "import_repair_file", "apply_import", "drop_import")
        },
        "members.check_import": {"import_id": chosen["unchecked"]},
        **{f"members.{name}": {"import_id": chosen["applied"]} for name in ("import_result", "undo_import")},
        **{f"members.{name}": {"import_id": chosen["waiting"], "sheet": 0, "number": 3} for name in ("import_row", "decide_import_row")},
        "attachments.add": {"kind": "person", "ref_id": roster["person"]},
        **{f"attachments.{name}": {"attachment_id": chosen["file"], "number": 1} for name in ("attachment", "download", "preview", "new_version", "remove")},
        "attachments.bring_back": {"attachment_id": chosen["removed_file"]},
        "members.verify_card": {"token": papers.card_token(roster["membership"])},
        **{
            f"calendar.{name}": {"deadline_id": chosen["deadline"]}
            for name in ("deadline", "edit_deadline", "extend_deadline", "hand_over_deadline", "close_deadline")
        },
        **{f"calendar.{name}": {"appointment_id": chosen["appointment"]} for name in ("appointment", "edit_appointment", "cancel_appointment")},
        "calendar.export": {"fmt": "ods"},
        "calendar.revoke_feed": {"feed_id": chosen["feed_key"]},
        "calendar.feed": {"token": chosen["feed"]},
    }


def _calendar(office: Office, today: date) -> dict[str, Any]:
    """A deadline that was extended, an appointment, and somebody's feed."""
    with unit_of_work("test", "office"):
        owner = office.user(office.owner)
        deadline = calendar.add_own(title="函報會籍清查結果", nominal_on=today + timedelta(days=5), owner=owner, today=today)
        calendar.extend(deadline, to_on=today + timedelta(days=9), reason="勞工局同意展延", today=today)
        noon = datetime.combine(today, time(12), tzinfo=clock.TAIPEI)
        meeting = calendar.add_appointment(
            title="理事會", place="會議室", starts_at=noon, ends_at=noon + timedelta(hours=2), owner=owner, attendees=[office.user("president")],
            today=today,
        )
        key, token = calendar.make_feed(owner, name="手機")
        db.session.flush()
        return {"deadline": deadline.id, "appointment": meeting.id, "feed_key": key.id, "feed": token}


def _user(role: str, name: str, username: str = "") -> User:
    user = User(username=username or role, name=name, password_hash=accounts.hashed(PASSWORD), roles=[UserRole(role=role)])
    db.session.add(user)
    db.session.flush()  # Its number is what the addresses name.
    return user


def _union(today: date) -> Any:
    record = union.edit_record(
        name=UNION, short_name="展演技術工會", kind="occupational", authority="臺中市政府勞工局", seat="臺中市西屯區文心路二段 588 號",
        founded_on=date(1996, 5, 1), registered_on=date(1996, 5, 28), today=today,
    )
    union.change_logo(record, _picture())
    return record


def _picture() -> bytes:
    """A red square of 64 pixels, PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + b"\xb0\x20\x20" * 64) * 64
    header = struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def id_number(stem: str) -> str:
    """The national ID with this letter and eight digits, its check digit added."""
    return next(f"{stem}{digit}" for digit in range(10) if identity_check(f"{stem}{digit}").valid)


def _roster(today: date) -> dict[str, int]:
    unit = structure.add_unit(name="第一組", code="01", opened_on=date(1996, 5, 1))
    structure.add_unit(name="第二組", code="02", opened_on=date(1996, 5, 1))
    employer = structure.add_employer(name="大甲舞台工程股份有限公司")
    place = structure.add_workplace(employer, name="總公司")
    own = structure.add_custom_field(title="舞台安全證照", kind="choice", choices=["無", "初級"])
    joined = date(today.year - 10, 3, 2)
    given: dict[str, Any] = {"today": today, "unit": unit, "joined_on": joined, "trade": "燈光師"}
    person = people.add_member(
        name="陳小明", id_number=id_number("A12345678"), sex="M", birth_on=date(1980, 5, 17), number="0001", mobile="0912345678",
        home_address="臺中市西屯區文心路二段 1 號", email="ming@example.tw", insured_salary=45800, dependants_count=1, **given,
    )
    twin = people.add_member(name="陳小明", sex="M", number="0002", mobile="0912345678", **given)
    leaver = people.add_member(name="林秀琴", id_number=id_number("B22345678"), sex="F", birth_on=date(1975, 8, 1), number="0003", **given)
    people.add_member(name="𠮷田・Sayun Nomin", number="0004", **given)
    db.session.flush()  # What hangs on a person names it by its number.
    people.employ(
        person, employer=employer, workplace=place, staff_number="A00101", job="燈光師", is_manager=False, from_on=joined, today=today
    )
    dependant = people.add_dependant(
        person, name="陳子晴", relation="child", id_number="", birth_on=date(2012, 2, 3), from_on=joined, today=today
    )
    contact = people.add_contact(person, name="王美華", relation="配偶", phone="0922333444")
    consent = people.record_consent(person, kind="privacy", text_version="115 年版", given_on=joined, how="書面", today=today)
    people.add_note(person, "電話詢問投保薪資調整。", author="林秀琴")
    left: Membership = leaver.memberships[0]
    people.leave(left, left_on=today - timedelta(days=30), reason="resigned", note="", today=today)
    db.session.flush()  # For the numbers below.
    return {
        "person": person.id, "membership": person.memberships[0].id, "twin": twin.id, "leaver": leaver.id, "left": left.id, "unit": unit.id,
        "employer": employer.id, "field": own.id, "dependant": dependant.id, "contact": contact.id, "consent": consent.id,
    }


def _list(*numbers: str) -> bytes:
    """A list of two new members; the second has a birth date that does not exist."""
    first, second = numbers
    return (
        "會員編號,姓名,身分證字號,出生日期,入會日期,手機\r\n"
        f"{first},張志強,{id_number(f'C1{first}000')},75/3/1,110/5/1,0933{first}00\r\n"
        f"{second},李美玲,{id_number(f'D2{second}000')},75/2/30,110/5/1,0933{second}00\r\n"
    ).encode("utf-8-sig")


def _approval(office: Office) -> Approval:
    """One that the clerk asked for and the secretary-general returned."""
    now = clock.now()
    made = Approval(
        chain="letters.out", title="函請召開勞資會議", digest="0" * 64, summary=[["受文者", "大甲舞台工程股份有限公司"]], made_by_id=office.users["staff"],
        asked_at=now, closed_as="returned", closed_at=now,
        steps=[
            ApprovalStep(
                place=1, role="secretary_general", opened_at=now, verdict="returned", decided_by_id=office.users["secretary_general"],
                decided_at=now, reason="附件不全",
            ),
            ApprovalStep(place=2, role="president"),
        ],
    )
    made.ref = Ref("union_record", 1)
    db.session.add(made)
    return made


def _task(owner: User, state: str) -> Task:
    now = clock.now()
    task = Task(
        kind="members.export_roster", title="匯出名冊", arguments={}, owner_id=owner.id, owner_name=owner.name, state=state, attempts=1,
        progress=40, total=100, started_at=now, heartbeat_at=now, finished_at=None if state == RUNNING else now,
        file_name="名冊.csv" if state == DONE else "", incident="0A1B2C3D" if state == FAILED else "",
    )
    db.session.add(task)
    return task


@pytest.fixture(scope="session")
def _furnished() -> dict[str, Any]:
    """The furnished database of this run: made once, copied for each test."""
    return {}


@pytest.fixture
def office(app: Flask, _furnished: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Office:
    """The furnished office in the database of ``app``; whatever a test does to it is gone at the next."""
    database = Path(str(db.engine.url.database))
    if not _furnished:
        _furnished["office"] = furnish()
        _furnished["copy"] = tmp_path_factory.mktemp("office") / "furnished.db"
        db.session.remove()
        db.engine.dispose()  # The last connection folds the log into the file: it can be copied.
        shutil.copyfile(database, _furnished["copy"])
    else:
        db.session.remove()
        db.engine.dispose()
        for leftover in database.parent.glob(f"{database.name}-*"):
            leftover.unlink()
        shutil.copyfile(_furnished["copy"], database)
    found: Office = _furnished["office"]
    return found
