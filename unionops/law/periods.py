"""Counting of periods: which day is the last, whether it moves for a rest day, and by when a notice must have arrived.

Owns the date rules DATE-* and C-* of the domain notes. Which period applies to which matter is for the callers to know.
"""

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal, get_args

from unionops.law.basis import Basis, Confidence
from unionops.law.calendar import TAIWAN, WorkCalendar
from unionops.law.parameters import Snapshot, built_in
from unionops.values.problems import Problem, RuleBroken, _m, problem

Unit = Literal["day", "week", "month", "year", "working_day"]
Roll = Literal["APA48", "CC122", "NONE"]
FirstDay = Literal["excluded", "included"]
Body = Literal["assembly", "board"]
Session = Literal["regular", "extraordinary", "emergency"]
Service = Literal["personal", "cohabitant", "left_on_refusal", "deposit", "public_notice"]

_DAY = timedelta(days=1)
# A guard against slips of the keyboard; no period of the law is longer than fifteen years.
_LONGEST: dict[Unit, int] = {"day": 36_525, "week": 5_200, "month": 1_200, "year": 100, "working_day": 2_500}

UNIT_TITLES: dict[Unit, str] = {"day": _m("日"), "week": _m("週"), "month": _m("月"), "year": _m("年"), "working_day": _m("工作日")}


@dataclass(frozen=True)
class Deadline:
    """The last day of a period.

    ``nominal_on`` is the day counted out; ``latest_on`` the last day that still counts after moving for rest days, and only its
    morning if ``latest_noon``; ``safe_on`` the last working day not after ``nominal_on`` (never before the event itself).
    ``is_estimated``: a day beyond the published calendar took part, so the moving is a guess.
    """

    nominal_on: date
    latest_on: date
    latest_noon: bool
    safe_on: date
    is_estimated: bool
    basis: tuple[Basis, ...]


def deadline(
    event_on: date,
    length: int,
    unit: Unit = "day",
    roll: Roll = "APA48",
    first_day: FirstDay = "excluded",
    calendar: WorkCalendar = TAIWAN,
) -> Deadline:
    """The last day of a period of ``length`` units from an event.

    The day of the event is not counted unless ``first_day`` is included. Weeks, months and years run by the calendar. ``roll``:
    ``APA48`` for filings with an authority (a Saturday moves to Monday morning), ``CC122`` for courts and declarations,
    ``NONE`` for limitation and exclusion periods. A negative length of days or weeks counts backwards from the event and
    never moves ("within 60 days before"). Raises RuleBroken for a length that makes no sense.
    """
    if problems := _length_problems(length, unit, first_day):
        raise RuleBroken(*problems)
    calendar = calendar.estimating()
    nominal = _nominal(event_on, length, unit, first_day, calendar)
    latest, noon, rolled = _rolled(nominal, "NONE" if length < 0 else roll, calendar)
    safe = calendar.on_or_before(nominal)
    if length >= 0:
        safe = max(safe, event_on)
    basis: tuple[Basis, ...] = (_counted(event_on, length, unit, first_day, nominal), rolled)
    estimated = not (calendar.knows(safe) and calendar.knows(latest))
    if estimated:
        guess = _m("該年辦公日曆尚未公布，遇假日之順延為推估，屆時請再核對。")
        basis += (replace(rolled, source="default", confidence="derived", note=guess),)
    return Deadline(nominal, latest, noon, safe, estimated, basis)


def hours_deadline(event_at: datetime, hours: int) -> datetime:
    """A period in hours starts at once and does not move (DATE-02). Raises ValueError for a time without a zone."""
    if event_at.tzinfo is None:
        raise ValueError("a time without a zone")
    return event_at + timedelta(hours=hours)


def term_ends(starts_on: date, years: int) -> date:
    """The last day of a term of office that begins on a day, the day itself counted (工會法施行細則 16, 民法 121)."""
    return deadline(starts_on, years, "year", roll="NONE", first_day="included").nominal_on


@dataclass(frozen=True)
class NoticeDeadline:
    """``deliver_by``: in the members' hands at the latest; ``disputed_on``: one day later, where opinions differ; after that late."""

    deliver_by: date
    disputed_on: date
    basis: tuple[Basis, ...]


_NOTICES: dict[tuple[Body, Session], tuple[str, str, str]] = {
    ("assembly", "regular"): ("UA-23-regular", "notice.assembly_regular_days", _m("定期會員（代表）大會")),
    ("assembly", "extraordinary"): ("UA-23-special-notice", "notice.assembly_extraordinary_days", _m("臨時會員（代表）大會")),
    ("assembly", "emergency"): ("UA-23-special-notice", "notice.assembly_emergency_days", _m("因緊急事故召集之臨時大會")),
    ("board", "regular"): ("UA-24-notice", "notice.board_regular_days", _m("定期理事會、監事會")),
    ("board", "extraordinary"): ("UA-24-notice", "notice.board_extraordinary_days", _m("臨時理事會、監事會")),
}


def notice_latest_delivery(body: Body, session: Session, meeting_on: date, *, law: Snapshot | None = None) -> NoticeDeadline:
    """By when a notice must have been delivered so that the full days of the law lie between it and the meeting.

    Never moved for holidays. Raises RuleBroken for a meeting the law does not know (an emergency board).
    """
    if (body, session) not in _NOTICES:
        raise RuleBroken(problem("session", "工會法沒有理事會、監事會緊急會議之規定；請依臨時會議辦理", code="UA-24-notice"))
    rule, key, meeting = _NOTICES[body, session]
    snapshot = built_in().latest() if law is None else law
    entry = snapshot.entry(key)
    days = snapshot.whole(key)
    deliver_by = meeting_on - (days + 1) * _DAY
    disputed_on = meeting_on - days * _DAY
    sure: Confidence = "secondary" if (body, session) == ("assembly", "regular") else "derived"  # only that has an official example
    return NoticeDeadline(
        deliver_by,
        disputed_on,
        (
            Basis(rule, entry.citation, days, ((_m("會議"), meeting), (_m("通知日數"), days))),
            Basis(
                "C-notice",
                _m("工會法第 23 條、第 24 條；工會組織運作實務參考手冊（112.11）第 2 頁"),
                deliver_by,
                ((_m("開會日"), meeting_on), (_m("通知日數"), days)),
                confidence=sure,
                note=_m("送達日與開會日均不計入，其間須有足數之完整日；遇假日不順延。晚一日送達有爭議，再晚即逾期。"),
            ),
        ),
    )


def notice_takes_effect(method: Service, served_on: date, *, law: Snapshot | None = None) -> date:
    """When a served notice counts as delivered: at once, or 10 days after a deposit, 20 after a public notice (ER-23-service).

    An e-mail counts from its acknowledgement, which is a date to record, not to compute.
    """
    if method not in get_args(Service):
        raise ValueError(f"unknown way of service: {method}")
    book = built_in().latest() if law is None else law
    days = book.whole(f"service.{method}_days") if method in ("deposit", "public_notice") else 0
    return served_on + days * _DAY


def _length_problems(length: int, unit: Unit, first_day: FirstDay) -> list[Problem]:
    longest = _LONGEST[unit]
    if length < 0 and unit not in ("day", "week"):
        return [problem("length", "倒數之期間只以日或週計算", code="DATE-10")]
    if abs(length) > longest:
        return [problem("length", "期間不得超過 %(longest)s", longest=longest)]
    if length == 0 and first_day == "included":
        return [problem("length", "始日計入時，期間至少為 1")]
    if length == 0 and unit not in ("day", "working_day"):
        return [problem("length", "期間至少為 1")]
    return []


def _counted(event_on: date, length: int, unit: Unit, first_day: FirstDay, nominal: date) -> Basis:
    """How the last day was counted out."""
    told: tuple[tuple[str, str | int | date], ...] = (
        (_m("起算事由發生日"), event_on),
        (_m("期間"), abs(length)),
        (_m("單位"), UNIT_TITLES[unit]),
    )
    if length < 0:
        return Basis("DATE-10", _m("大量解僱勞工保護法第 4 條第 1 項"), nominal, told, note=_m("自該日往前計算，不順延。"))
    if unit == "working_day":
        note = _m("始日計入，只計工作日。") if first_day == "included" else _m("始日不計入，只計工作日。")
        return Basis("DATE-01", _m("民法第 120 條第 2 項"), nominal, told, confidence="derived", note=note)
    note = _m("始日計入。") if first_day == "included" else _m("始日不計入。")
    if unit == "day":
        return Basis("DATE-01", _m("民法第 120 條第 2 項；行政程序法第 48 條第 2 項"), nominal, told, note=note)
    return Basis("DATE-03", _m("民法第 121 條、第 123 條；行政程序法第 48 條第 3 項"), nominal, told, note=note)


def _nominal(event_on: date, length: int, unit: Unit, first_day: FirstDay, calendar: WorkCalendar) -> date:
    first = event_on if first_day == "included" or length < 0 else event_on + _DAY
    match unit:
        case "day":
            return first + (length - 1) * _DAY if length >= 0 else event_on + length * _DAY
        case "week":
            return first + (7 * length - 1) * _DAY if length >= 0 else event_on + 7 * length * _DAY
        case "month":
            return _before_corresponding_day(first, length)
        case "year":
            return _before_corresponding_day(first, 12 * length)
        case "working_day":
            day = first - _DAY
            for _ in range(length):
                day = calendar.next_working_day(day)
            return day


def _before_corresponding_day(first: date, months: int) -> date:
    """The day before the day of the month on which the period began; if that month has no such day, its last day (民法 121)."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    length = monthrange(year, month + 1)[1]
    if first.day > length:
        return date(year, month + 1, length)
    return date(year, month + 1, first.day) - _DAY


def _rolled(nominal: date, roll: Roll, calendar: WorkCalendar) -> tuple[date, bool, Basis]:
    """The last day that still counts, whether only its morning does, and why."""
    told = ((_m("期間末日"), nominal),)
    if roll == "NONE":
        note = _m("消滅時效、除斥期間及內部期限以原末日為準；遇假日請提前辦理。")
        return nominal, False, Basis("DATE-06", _m("審慎原則（民法第 122 條不當然適用）"), nominal, told, "default", "derived", note)
    moved = calendar.on_or_after(nominal)
    if roll == "CC122":
        return moved, False, Basis("DATE-05", _m("民法第 122 條"), moved, told)
    if nominal.weekday() != 5 or moved == nominal:
        return moved, False, Basis("DATE-04", _m("行政程序法第 48 條第 4 項"), moved, told)
    note = _m("末日為星期六，以次星期一上午為末日，請於中午 12 時前送達。")
    if moved == nominal + 2 * _DAY:
        return moved, True, Basis("DATE-04", _m("行政程序法第 48 條第 4 項"), moved, told, note=note)
    note = _m("末日為星期六，次星期一又為假日，順延至下一工作日；為求穩妥，仍請於中午 12 時前送達。")
    return moved, True, Basis("DATE-04", _m("行政程序法第 48 條第 4 項"), moved, told, confidence="memory", note=note)
