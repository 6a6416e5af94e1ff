"""The yearly check of the roll: opened with its team, doubts drawn by the rules or by hand, told, answered, decided; leavers recorded together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.audit import recording
from unionops.core.calendar import services as calendar
from unionops.core.calendar.registry import deadline_kind
from unionops.core.db import bulk, db, hold_data, touch_data
from unionops.core.i18n import _l
from unionops.law.basis import Basis
from unionops.members.models import Leaving, Membership, Person, RollCheck, RollDoubt
from unionops.members.queries import rollcheck as queries
from unionops.members.rules import rollcheck as rules
from unionops.members.rules.membership import LeaveReason
from unionops.members.rules.rollcheck import Doubt, Result
from unionops.values.problems import RuleBroken, problem
from unionops.values.refs import Ref

OPENED = recording.sentence("rollcheck.opened", _l("開始 %(year)s 年度會籍清查"))
DRAWN = recording.sentence("rollcheck.drawn", _l("產生 %(year)s 年度存疑名單，新增 %(count)s 人"))
ADDED = recording.sentence("rollcheck.doubt_added", _l("將會號 %(number)s 列入存疑名單"))
TOLD = recording.sentence("rollcheck.told", _l("通知 %(count)s 位存疑會員，舉證期限 %(day)s"))
ANSWERED = recording.sentence("rollcheck.answered", _l("登錄會號 %(number)s 的送達與回覆"))
DECIDED = recording.sentence("rollcheck.decided", _l("認定 %(count)s 位存疑會員"))
RECORDED = recording.sentence("rollcheck.leavers_recorded", _l("依 %(year)s 年度清查結果登錄 %(count)s 人出會"))
CLOSED = recording.sentence("rollcheck.closed", _l("完成 %(year)s 年度會籍清查"))

FINISH = deadline_kind("rollcheck.finish", title=_l("完成會籍清查"), closes=_l("清查完成時結案"), compulsory=True)
ANSWERS = deadline_kind("rollcheck.answers", title=_l("會籍清查舉證期限"), closes=_l("全部認定後結案"))
FILING = deadline_kind("rollcheck.filing", title=_l("函報會籍清查結果"), closes=_l("函報後由負責人結案"), compulsory=True, by_hand=True)

MANY = 500
"""So many numbers in one statement, for databases that take no more."""


def open_check(*, year: int, team: Sequence[str], resolution: str, opened_on: date, by: User | None, today: date) -> RollCheck:
    """Opens the check of a year. Raises RuleBroken."""
    names = [name.strip() for name in team if name.strip()]
    is_taken = db.session.scalar(sa.select(RollCheck.id).where(RollCheck.year == year)) is not None
    if problems := rules.opening_problems(
        year=year, opened_on=opened_on, team=names, resolution=resolution, today=today, is_taken=is_taken,
    ):
        raise RuleBroken(*problems)
    made = RollCheck(year=year, opened_on=opened_on, team=names, resolution=resolution.strip(), counts={"members": queries.on_the_roll(opened_on)})
    db.session.add(made)
    db.session.flush()
    last = date(year, 12, 31)
    calendar.put(
        Ref("roll_check", made.id), FINISH, title=str(_l("%(year)s 年度會籍清查", year=year - 1911)), latest_on=max(last, today), owner=by, today=today,
        basis=Basis("YEAR-ROLL", "主管機關年度函文", last, (("年度", year - 1911),), source="default", confidence="secondary", note="年底前完成，15 日內函報。"),
    )
    recording.describe(OPENED, made, year=year - 1911)
    return made


def draw(check: RollCheck, *, on: date) -> int:
    """Puts everybody on the list whom the rules doubt and who is not on it; how many were added. Raises RuleBroken when it has ended."""
    _open(check)
    known = set(db.session.scalars(sa.select(RollDoubt.membership_id).where(RollDoubt.roll_check_id == check.id)))
    rows = [
        {"roll_check_id": check.id, "membership_id": number, "reasons": [reason.value for reason, _why in reasons],
         "note": "；".join(why for _reason, why in reasons)[:400]}
        for number, reasons in queries.found_on(on) if number not in known
    ]
    if rows:
        bulk(sa.insert(RollDoubt), rows, reason="roll_doubt")
    recording.describe(DRAWN, check, year=check.year - 1911, count=len(rows))
    return len(rows)


def add_by_hand(check: RollCheck, membership: Membership, *, note: str) -> RollDoubt:
    """Puts somebody on the list for a reason that no rule knows. Raises RuleBroken."""
    _open(check)
    problems = [] if note.strip() else [problem("note", "請寫明為什麼存疑。")]
    if membership.left_on is not None:
        problems.append(problem("number", "這個人已經登錄出會。"))
    if db.session.scalar(sa.select(RollDoubt.id).where(RollDoubt.roll_check_id == check.id, RollDoubt.membership_id == membership.id)):
        problems.append(problem("number", "這個人已經在名單上。"))
    if problems:
        raise RuleBroken(*problems)
    made = RollDoubt(roll_check_id=check.id, membership=membership, reasons=[Doubt.BY_HAND.value], note=note.strip())
    db.session.add(made)
    db.session.flush()
    recording.describe(ADDED, check, number=membership.number)
    return made


def tell(check: RollCheck, ids: Sequence[int], *, told_on: date, answer_by: date, way: str, by: User | None, today: date) -> int:
    """The letters to these went out; those decided already are left alone. How many were told. Raises RuleBroken."""
    _open(check)
    if problems := rules.telling_problems(told_on=told_on, answer_by=answer_by, opened_on=check.opened_on, today=today):
        raise RuleBroken(*problems)
    count = 0
    for some in _parts(ids):
        done = bulk(
            sa.update(RollDoubt).where(RollDoubt.roll_check_id == check.id, RollDoubt.id.in_(some), RollDoubt.result == "").values(
                told_on=told_on, answer_by=answer_by, way=way, delivered_on=None, returned_on=None, proof=""),
            reason="rollcheck.tell",
        )
        count += int(getattr(done, "rowcount", 0))
    if not count:
        raise RuleBroken(problem("", "沒有可以通知的人：都已經認定了。"))
    db.session.expire_all()
    calendar.put(
        Ref("roll_check", check.id), ANSWERS, title=str(_l("%(year)s 年度會籍清查舉證期限", year=check.year - 1911)), latest_on=answer_by, owner=by, today=today,
        basis=Basis("YEAR-ROLL", "新北市工會會員會籍清查須知", answer_by, (("通知日", told_on), ("日數", rules.ANSWER_DAYS)), confidence="secondary"),
        reopen=True,
    )
    recording.describe(TOLD, check, count=count, day=answer_by)
    return count


def record_answer(
    doubt: RollDoubt, check: RollCheck, *, delivered_on: date | None, returned_on: date | None, proof: str, answered_on: date | None, answer: str,
    today: date,
) -> None:
    """How the letter arrived or came back, and what was answered. Raises RuleBroken."""
    _open(check)
    if problems := rules.answer_problems(
        told_on=doubt.told_on, delivered_on=delivered_on, returned_on=returned_on, answered_on=answered_on, answer=answer, today=today,
    ):
        raise RuleBroken(*problems)
    doubt.delivered_on, doubt.returned_on, doubt.proof = delivered_on, returned_on, proof.strip()
    doubt.answered_on, doubt.answer = answered_on, answer.strip() if answered_on else ""
    recording.describe(ANSWERED, check, number=doubt.membership.number)


def decide(
    check: RollCheck, ids: Sequence[int], *, result: str, why: str, left_on: date | None, left_reason: str, today: date
) -> int:
    """One finding for some doubts at once; the day and the reason of the leaving where they leave. Raises RuleBroken."""
    _open(check)
    rows = [
        row for some in _parts(ids)
        for row in db.session.scalars(sa.select(RollDoubt).where(RollDoubt.roll_check_id == check.id, RollDoubt.id.in_(some)))
    ]
    if not rows:
        raise RuleBroken(problem("", "沒有選到任何人。"))
    joined = dict(_rows_of(Membership.joined_on, [row.membership_id for row in rows]))
    left = dict(_rows_of(Membership.left_on, [row.membership_id for row in rows]))
    # A finding that is changed again stands where the doubt stood before it.
    stages = [rules.stage(told_on=row.told_on, answer_by=row.answer_by, answered_on=row.answered_on, result="", today=today) for row in rows]
    problems = rules.result_problems(
        result=result, why=why, stages=stages, reasons=[row.reasons for row in rows], left_on=left_on, left_reason=left_reason,
        joined=joined.values(), today=today,
    )
    if any(row.result == Result.LEAVES and left.get(row.membership_id) is not None for row in rows):
        problems.append(problem("", "其中有人已經依清查結果登錄出會；要改，先在會員頁取消出會登錄。"))
    if problems:
        raise RuleBroken(*problems)
    leaves = result == Result.LEAVES
    for some in _parts([row.id for row in rows]):
        bulk(sa.update(RollDoubt).where(RollDoubt.id.in_(some)).values(
            result=Result(result).value, result_on=today, result_why=why.strip(), left_on=left_on if leaves else None, left_reason=left_reason if leaves else "",
        ), reason="rollcheck.decide")
    db.session.expire_all()
    if not queries.counts(check)["open"]:
        calendar.close(Ref("roll_check", check.id), ANSWERS, how=str(_l("全部認定")), now=clock.now())
    recording.describe(DECIDED, check, count=len(rows))
    return len(rows)


def record_leavers(check: RollCheck, *, today: date) -> int:
    """Everybody found to leave leaves, in one go; who left meanwhile is left alone. How many. Raises RuleBroken."""
    hold_data("members")
    _open(check)
    found = queries.unrecorded(check)
    if not found:
        raise RuleBroken(problem("", "沒有待登錄的出會者。"))
    note = f"{check.year - 1911} 年度會籍清查"
    by_day: dict[tuple[date, str], list[int]] = {}
    for doubt, membership in found:
        by_day.setdefault((doubt.left_on or today, doubt.left_reason), []).append(membership.id)
    for (left_on, reason), numbers in by_day.items():
        for some in _parts(numbers):
            bulk(sa.update(Membership).where(Membership.id.in_(some)).values(left_on=left_on, left_reason=reason, left_note=note), reason="rollcheck.leavers")
            if reason == LeaveReason.DECEASED:
                dead = sa.select(Membership.person_id).where(Membership.id.in_(some))
                bulk(sa.update(Person).where(Person.id.in_(dead), Person.died_on.is_(None)).values(died_on=left_on, version=Person.version + 1), reason="rollcheck.leavers")
    bulk(sa.insert(Leaving), [
        {"membership_id": membership.id, "received_on": today, "how": "", "reason": doubt.left_reason, "note": note, "effective_on": doubt.left_on or today}
        for doubt, membership in found
    ], reason="rollcheck.leavers")
    db.session.expire_all()
    touch_data("members")
    recording.describe(RECORDED, check, year=check.year - 1911, count=len(found))
    return len(found)


def close(check: RollCheck, *, closed_on: date, by: User | None, now: datetime, today: date) -> None:
    """Ends the check; its figures are kept and the filing is due. Raises RuleBroken."""
    _open(check)
    counts = queries.counts(check)
    if problems := rules.closing_problems(
        open_count=counts["open"], unrecorded=len(queries.unrecorded(check)), closed_on=closed_on, opened_on=check.opened_on, today=today,
    ):
        raise RuleBroken(*problems)
    check.closed_on, check.counts = closed_on, counts
    pointer = Ref("roll_check", check.id)
    calendar.close(pointer, FINISH, how=str(_l("清查完成")), now=now)
    calendar.close(pointer, ANSWERS, how=str(_l("全部認定")), now=now)
    basis = rules.filing_basis(closed_on)
    calendar.put(pointer, FILING, title=str(_l("函報 %(year)s 年度會籍清查結果", year=check.year - 1911)), latest_on=closed_on + timedelta(rules.FILE_DAYS),
                 basis=basis, owner=by, today=today)
    recording.describe(CLOSED, check, year=check.year - 1911)


def _open(check: RollCheck) -> None:
    if check.closed_on is not None:
        raise RuleBroken(problem("", "%(year)s 年度的清查已經完成。", year=check.year - 1911))


def _rows_of(column: Any, ids: Sequence[int]) -> list[tuple[int, Any]]:
    return [tuple(row) for some in _parts(ids) for row in db.session.execute(sa.select(Membership.id, column).where(Membership.id.in_(some)))]


def _parts(ids: Sequence[int]) -> list[list[int]]:
    numbers = list(ids)
    return [numbers[at : at + MANY] for at in range(0, len(numbers), MANY)]
