"""What a membership is on a day, and what may be recorded about it. Pure.

Sources: 工會法 §12, §26, §31; elections-meetings-forms §11a (life of a membership), §8a (leavers' reasons).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from enum import StrEnum

from unionops.law.basis import Basis
from unionops.values import identifiers
from unionops.values.problems import Problem, _m, problem
from unionops.values.text import name_key, unseen


class Place(StrEnum):
    """Where a person stands on a day. Dues and suspension come with their own dated facts."""

    EXPECTED = "expected"
    IN_FORCE = "in_force"
    LEFT = "left"


class MemberClass(StrEnum):
    """Classes of membership (會員類別)."""

    REGULAR = "regular"
    SPONSOR = "sponsor"
    HONORARY = "honorary"
    RETIRED = "retired"


class LeaveReason(StrEnum):
    """Why somebody left (出會原因), as the yearly leavers' list names them. Two follow from a decision and are never chosen by hand:
    expelled, and not ratified (the board refused whom the president had admitted)."""

    RESIGNED = "resigned"
    LEFT_TRADE = "left_trade"
    TRANSFERRED = "transferred"
    MOVED_AWAY = "moved_away"
    RETIRED = "retired"
    BECAME_MANAGER = "became_manager"
    DECEASED = "deceased"
    EXPELLED = "expelled"
    NOT_RATIFIED = "not_ratified"
    UNKNOWN = "unknown"


LEAVE_REASONS = {
    LeaveReason.RESIGNED: _m("自請退會"), LeaveReason.LEFT_TRADE: _m("離職或不再從事本業"), LeaveReason.TRANSFERRED: _m("轉至其他工會"),
    LeaveReason.MOVED_AWAY: _m("遷離組織區域或出國定居"), LeaveReason.RETIRED: _m("退休"), LeaveReason.BECAME_MANAGER: _m("任代表雇主行使管理權之主管"),
    LeaveReason.DECEASED: _m("死亡"), LeaveReason.EXPELLED: _m("除名"), LeaveReason.NOT_RATIFIED: _m("理事會不予追認"), LeaveReason.UNKNOWN: _m("原因不明"),
}
"""The reasons as papers name them; screens translate them."""
DECIDED_REASONS = frozenset({LeaveReason.EXPELLED, LeaveReason.NOT_RATIFIED})
"""Reasons that a decision gives, with its own way."""


class ConsentKind(StrEnum):
    """What a person may agree to: the privacy notice, the check-off of dues, pictures, notice by electronic means."""

    PRIVACY = "privacy"
    CHECK_OFF = "check_off"
    PHOTO = "photo"
    E_NOTICE = "e_notice"


class FieldKind(StrEnum):
    """What a field that the union defines itself may hold."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    YES_NO = "yes_no"
    CHOICE = "choice"


def standing(*, joined_on: date | None, left_on: date | None, today: date) -> Place:
    """The standing on ``today``. The day of leaving is the first day outside; no joining date counts as joined long ago."""
    if left_on is not None and left_on <= today:
        return Place.LEFT
    if joined_on is not None and joined_on > today:
        return Place.EXPECTED
    return Place.IN_FORCE


def days_held(from_on: date | None, until_on: date | None, *, left_on: date | None) -> tuple[date | None, date | None] | None:
    """First and last day on which a dated row of a membership (unit, class, salary) holds; None for a row that never did.

    None as the first day means since always, as the last one until now. The row that was open at the leaving has no end of its
    own: it ends on the day before the leaving day, and goes on should the leaving be taken back. A row that was to begin on or
    after the leaving day never held.
    """
    last = min((day for day in (until_on, left_on - timedelta(1) if left_on else None) if day is not None), default=None)
    if last is not None and from_on is not None and from_on > last:
        return None
    return from_on, last


def changing_problems(*, from_on: date, left_on: date | None) -> list[Problem]:
    """What stands against another unit or class from a day on: it would begin after the membership ended."""
    if left_on is not None and from_on >= left_on:
        return [problem("from_on", "生效日須早於出會日期 %(left)s。", left=left_on)]
    return []


def standing_basis(*, joined_on: date | None, left_on: date | None, today: date) -> Basis:
    """Why somebody stands there: the dates that decided."""
    now = standing(joined_on=joined_on, left_on=left_on, today=today)
    words = {Place.EXPECTED: "尚未入會", Place.IN_FORCE: "在籍", Place.LEFT: "已出會"}
    inputs: list[tuple[str, str | int | date]] = [("計算日", today)]
    inputs.insert(0, ("入會日期", joined_on if joined_on else "未登錄"))
    if left_on:
        inputs.insert(1, ("出會日期", left_on))
    return Basis(
        rule="UA-31-roster", citation="工會法第 12 條第 7 款、第 31 條第 1 項第 2 款", result=words[now], inputs=tuple(inputs),
        confidence="verified", note="出會當日起不計入在籍；入會與出會日期以理事會決議或書面到達日為準。",
    )


def person_problems(
    *, name: str, id_number: str, sex: str, birth_on: date | None, today: date, id_taken_by: str | None = None
) -> list[Problem]:
    """What is wrong with a person's particulars. ``id_taken_by`` names who already has this identity number, None when nobody has,
    "" when whoever asks may not know that person."""
    problems: list[Problem] = []
    if not name.strip():
        problems.append(problem("name", "請填姓名。", code="name_missing"))
    elif unseen(name):
        problems.append(problem("name", "姓名含有看不見的字元，請重新輸入。", code=unseen(name)[0]))
    if id_number:
        identity = identifiers.identity_check(id_number)
        if identity.problem == "id_checksum":
            problems.append(problem("id_number", "身分證號檢查碼不符，請對照證件更正。", code="id_checksum"))
        elif not identity.valid:
            problems.append(problem("id_number", "身分證號或居留證號的格式不對，應為 10 碼。", code="id_format"))
        elif sex and identity.sex and identity.sex != sex:
            problems.append(problem("sex", "性別與身分證號不符，請確認其中一項。", code="sex_mismatch"))
        if id_taken_by:
            problems.append(problem("id_number", "這個身分證號已經登錄在 %(who)s 名下，不能再建一筆。", code="dup_same_id", who=id_taken_by))
        elif id_taken_by is not None:
            problems.append(problem(
                "id_number", "這個身分證號已經有人登錄，那個人不在您看得到的單位，不能再建一筆。請洽總幹事或管全會名冊的同仁。", code="dup_same_id",
            ))
    if birth_on is not None and birth_on > today:
        problems.append(problem("birth_on", "出生日期晚於今天。", code="birth_in_future"))
    elif birth_on is not None and birth_on.year < today.year - 120:
        problems.append(problem("birth_on", "出生日期早於 120 年前，請確認。", code="date_out_of_range"))
    return problems


def joining_problems(
    *, number: str, joined_on: date | None, birth_on: date | None, today: date, number_taken: bool, in_force: bool = False
) -> list[Problem]:
    """What stands against recording that somebody joined."""
    problems: list[Problem] = []
    if in_force:
        problems.append(problem("", "這個人目前在籍，不必再辦入會。"))
    if number_taken:
        problems.append(problem("number", "會員編號 %(number)s 已經有人使用，編號不重複使用。", number=number))
    if joined_on is None:
        problems.append(problem("joined_on", "請填入會日期。"))
    elif joined_on > today:
        problems.append(problem("joined_on", "入會日期不得晚於今天。"))
    elif birth_on is not None and joined_on <= birth_on:
        problems.append(problem("joined_on", "入會日期早於出生日期，請確認其中一項。", code="date_order"))
    return problems


def leaving_problems(*, joined_on: date | None, left_on: date | None, today: date, already_left: date | None) -> list[Problem]:
    """What stands against recording that somebody left. Leaving may be recorded for a coming day (notice, resolution)."""
    problems: list[Problem] = []
    if already_left is not None:
        problems.append(problem("", "這筆會籍已經在 %(day)s 出會。", day=already_left))
    if left_on is None:
        problems.append(problem("left_on", "請填出會日期。"))
    elif joined_on is not None and left_on < joined_on:
        problems.append(problem("left_on", "出會日期早於入會日期 %(joined)s。", joined=joined_on))
    elif (left_on - today).days > 366:
        problems.append(problem("left_on", "出會日期在一年以後，請確認。"))
    return problems


def likely_same(
    people: Iterable[tuple[int, str, date | None, str, str]],
) -> list[tuple[int, int, str]]:
    """Pairs of persons that may be one: same name and birth date, or same name and mobile.

    ``people`` are (id, name, birth_on, mobile, phone). Answers (first id, second id, reason word); each pair once.
    """
    seen: dict[tuple[str, str], int] = {}
    pairs: dict[tuple[int, int], str] = {}
    for number, name, birth_on, mobile, phone in people:
        key = name_key(name)
        marks = [("birth", birth_on.isoformat())] if birth_on else []
        marks += [("phone", each) for each in {mobile, phone} if len(each) >= 8]
        for kind, mark in marks:
            first = seen.setdefault((key, mark), number)
            if first != number:
                pairs.setdefault((first, number), kind)
    return [(first, second, kind) for (first, second), kind in pairs.items()]


def custom_problem(field: str, kind: str, choices: Sequence[str], text: str) -> Problem | None:
    """What is wrong with the text entered in a field of the union's own; dates come in ISO form, yes and no as those words."""
    if not text:
        return None
    if len(text) > 200:
        return problem(field, "最多 %(max)s 個字。", max=200)
    if kind == FieldKind.NUMBER and not re.fullmatch(r"-?\d{1,15}(\.\d{1,6})?", text):
        return problem(field, "請填數字，例如 12 或 3.5。")
    if kind == FieldKind.YES_NO and text not in ("yes", "no"):
        return problem(field, "請從清單中選一個。")
    if kind == FieldKind.CHOICE and text not in choices:
        return problem(field, "請從清單中選一個。")
    if kind == FieldKind.DATE:
        try:
            date.fromisoformat(text)
        except ValueError:
            return problem(field, "看不懂的日期「%(text)s」。", text=text[:30])
    return None
