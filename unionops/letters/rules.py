"""What is decided about a letter without looking anything up: its number, its numbered text, whom it goes to, when its answer is due,
what an approval covers.

Rule ids: LET-number (文號按年、按字各自連號), LET-outline (分項標號依文書處理手冊), LET-reply (來文或去文指定的回覆期限). Knows no database, no
clock and no framework.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from unionops.law.basis import Basis
from unionops.law.calendar import TAIWAN
from unionops.law.periods import deadline
from unionops.values.problems import Problem, _m, problem, words
from unionops.values.roc import EPOCH
from unionops.values.text import half_width


class Direction(StrEnum):
    """Which register a letter stands in."""

    IN = "in"
    OUT = "out"


class State(StrEnum):
    """Where a letter is. Incoming: open → answered or filed. Outgoing: draft → signing → approved → issued → sent. Either may be cancelled."""

    OPEN = "open"
    ANSWERED = "answered"
    FILED = "filed"
    DRAFT = "draft"
    SIGNING = "signing"
    APPROVED = "approved"
    ISSUED = "issued"
    SENT = "sent"
    CANCELLED = "cancelled"


OF_INCOMING = (State.OPEN, State.ANSWERED, State.FILED, State.CANCELLED)
OF_OUTGOING = (State.DRAFT, State.SIGNING, State.APPROVED, State.ISSUED, State.SENT, State.CANCELLED)
NUMBERED = (State.ISSUED, State.SENT)
"""States of an outgoing letter whose text is frozen."""


class Way(StrEnum):
    """How a letter travels. ``POSTED`` is a notice put up for everybody to read."""

    POST = "post"
    REGISTERED = "registered"
    HAND = "hand"
    MAIL = "mail"
    FAX = "fax"
    EXCHANGE = "exchange"
    POSTED = "posted"


class Role(StrEnum):
    """As what somebody gets a letter."""

    ORIGINAL = "original"
    COPY = "copy"
    ATTEND = "attend"
    OBSERVE = "observe"


# --- numbers


def year_of(day: date) -> int:
    """The year of the Republic in which a letter is numbered."""
    return day.year - EPOCH


def letter_number(direction: Direction, code: str, year: int, sequence: int, digits: int) -> str:
    """LET-number: 收115-0001 for letters received, 中市展演總字第1150001號 for those sent. A longer figure is never cut."""
    figure = f"{sequence:0{digits}d}"
    return f"{code}{year}-{figure}" if direction == Direction.IN else f"{code}字第{year}{figure}號"


def counter_name(series_id: int, year: int) -> str:
    """LET-number: every series counts each year anew."""
    return f"letters/{series_id}/{year}"


def series_problems(code: str, digits: int, used: int) -> list[Problem]:
    """What is wrong with a series of numbers as it was typed."""
    found = []
    if not code or len(code) > 20 or re.search(r"[\s\d]", code):
        found.append(problem("code", "代字須為 1 到 20 個字，不含數字與空白，例如「中市展演總」或「收」。"))
    if not 3 <= digits <= 7:
        found.append(problem("digits", "流水號須為 3 到 7 位。"))
    elif not 0 <= used < 10**digits:
        found.append(problem("used", "須介於 0 與 %(most)s 之間。", most=10**digits - 1))
    return found


# --- the forms of outgoing letters


@dataclass(frozen=True)
class Section:
    """A part of the text: its heading as it is printed. ``listed`` text is numbered line by line; the rest runs on behind its heading."""

    key: str
    title: str
    listed: bool = False
    required: bool = False


@dataclass(frozen=True)
class LetterForm:
    """One kind of official letter: what it is called and which parts it has. Without ``addressed`` it has no addressee (a notice)."""

    key: str
    title: str
    sections: tuple[Section, ...]
    receivers: tuple[tuple[Role, str], ...] = ((Role.ORIGINAL, "正本"), (Role.COPY, "副本"))
    addressed: bool = True


_SUBJECT = Section("subject", "主旨", required=True)
FORMS: Mapping[str, LetterForm] = {
    form.key: form
    for form in (
        LetterForm("letter", "函", (_SUBJECT, Section("explanation", "說明", True), Section("measures", "辦法", True))),
        LetterForm("plain", "書函", (_SUBJECT, Section("explanation", "說明", True))),
        LetterForm(
            "meeting", "開會通知單",
            (
                Section("subject", "開會事由", required=True), Section("time", "開會時間", required=True), Section("place", "開會地點", required=True),
                Section("chair", "主持人"), Section("contact", "聯絡人及電話"), Section("remarks", "備註", True),
            ),
            ((Role.ATTEND, "出席者"), (Role.OBSERVE, "列席者"), (Role.COPY, "副本")),
        ),
        LetterForm(
            "notice", "公告", (_SUBJECT, Section("grounds", "依據", True), Section("matters", "公告事項", True)),
            ((Role.COPY, "副本"),), addressed=False,
        ),
    )
}
"""The printed words are those of the form itself, whatever language the reader of the screen has chosen."""
URGENCIES = {"normal": "普通件", "fast": "速件", "fastest": "最速件"}
SECRECIES = {"normal": "", "secret": "密"}
MOST_RECEIVERS = 200
LONGEST_SECTION = 6000


def text_problems(form: LetterForm, body: Mapping[str, str]) -> list[Problem]:
    """What is missing from the text, or too long."""
    found = []
    for section in form.sections:
        text = body.get(section.key, "").strip()
        most = 300 if section.key == "subject" else LONGEST_SECTION
        if section.required and not text:
            found.append(problem(section.key, "必填，請補上。"))
        elif len(text) > most:
            found.append(problem(section.key, "最多 %(max)d 個字。", max=most))
    return found


# --- numbered text


@dataclass(frozen=True)
class Line:
    """One item of a numbered text: how deep (1 is the outermost), its number as printed, its words. Level 0 has no number."""

    level: int
    mark: str
    text: str


_FIGURES = "一二三四五六七八九"
_MARKS = (
    re.compile(r"[一二三四五六七八九十]{1,4}[、．.]\s*"),
    re.compile(r"[(（][一二三四五六七八九十]{1,4}[)）][、．.]?\s*"),
    re.compile(r"\d{1,2}[、．.](?!\d)\s*"),
    re.compile(r"[(（]\d{1,2}[)）][、．.]?\s*"),
)


def chinese_figure(number: int) -> str:
    """1 → 一, 12 → 十二, 25 → 二十五; up to 99."""
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else "十" if tens == 1 else _FIGURES[tens - 1] + "十") + (_FIGURES[ones - 1] if ones else "")


def mark_of(level: int, count: int) -> str:
    """LET-outline: 一、 then (一) then 1、 then (1)."""
    figure = chinese_figure(count) if level <= 2 else str(count)
    return f"{figure}、" if level in (1, 3) else f"({figure})"


def outline(text: str) -> list[Line]:
    """LET-outline: the lines of a text with their numbers put right.

    A line's level is that of the number typed before it, whatever figure that is; without a number two blanks (or one wide one) count
    a level. A single line without a number has none. No level is skipped: what stands too deep is drawn nearer.
    """
    read = [_level_of(line) for line in text.splitlines() if line.strip()]
    if len(read) == 1 and not read[0][1]:
        return [Line(0, "", read[0][2])]
    lines: list[Line] = []
    counts = [0, 0, 0, 0]
    depth = 0
    for level, _is_marked, line in read:
        depth = min(level, depth + 1)
        counts[depth - 1] += 1
        counts[depth:] = [0] * (4 - depth)
        lines.append(Line(depth, mark_of(depth, counts[depth - 1]), line))
    return lines


def _level_of(line: str) -> tuple[int, bool, str]:
    """(level, whether a number was typed, words)."""
    said = line.strip()
    for level, pattern in enumerate(_MARKS, 1):
        if (found := pattern.match(said)) and found.end() < len(said):
            return level, True, said[found.end() :]
    blanks = line[: len(line) - len(line.lstrip())].expandtabs(2)
    room = sum(2 if blank == "\u3000" else 1 for blank in blanks)
    return min(4, 1 + room // 2), False, said


# --- receivers


@dataclass(frozen=True)
class Receiver:
    """Somebody a letter goes to, as it was typed: a name, and where it can be sent."""

    role: Role
    name: str
    address: str = ""
    email: str = ""


_MAIL = re.compile(r"[^\s@;；,，<>]+@[^\s@;；,，<>]+\.[^\s@;；,，<>]+")


def read_receivers(role: Role, field: str, text: str) -> tuple[list[Receiver], list[Problem]]:
    """One receiver a line: 名稱；地址；電子郵件, of which the last two may be missing and may change places."""
    found: list[Receiver] = []
    wrong: list[Problem] = []
    for number, line in enumerate(text.splitlines(), 1):
        parts = [part.strip() for part in re.split("[；;]", line) if part.strip()]
        if not parts:
            continue
        mails = [part for part in parts[1:] if "@" in half_width(part)]
        places = [part for part in parts[1:] if part not in mails]
        if "@" in parts[0] or len(mails) > 1 or len(places) > 1:
            wrong.append(problem(field, "第 %(n)s 行看不懂，請照「名稱；地址；電子郵件」填寫。", n=number))
        elif mails and not _MAIL.fullmatch(half_width(mails[0])):
            wrong.append(problem(field, "第 %(n)s 行的電子郵件不完整，須如 name@example.org。", n=number))
        elif len(parts[0]) > 120 or any(len(part) > 250 for part in parts):
            wrong.append(problem(field, "第 %(n)s 行太長：名稱最多 120 字，地址最多 250 字。", n=number))
        elif any(one.name == parts[0] and one.email == (half_width(mails[0]) if mails else "") for one in found):
            wrong.append(problem(field, "第 %(n)s 行的「%(name)s」重複。", n=number, name=parts[0]))
        else:
            found.append(Receiver(role, parts[0], "".join(places), half_width(mails[0]) if mails else ""))
    if len(found) > MOST_RECEIVERS:
        wrong.append(problem(field, "最多 %(most)s 個受文者；人數再多請改用公告。", most=MOST_RECEIVERS))
    return found, wrong


def write_receivers(receivers: Iterable[Receiver]) -> str:
    """The text from which ``read_receivers`` reads the same again."""
    return "\n".join("；".join(filter(None, (one.name, one.address, one.email))) for one in receivers)


# --- when an answer is due


@dataclass(frozen=True)
class Asked:
    """By when an answer is wanted: on a day, or within so many days; ``citation`` is the rule that says so, if one does. Neither: never."""

    by_day: date | None = None
    within_days: int | None = None
    citation: str = ""

    @classmethod
    def stored(cls, held: Mapping[str, Any]) -> Asked:
        """What ``as_dict`` wrote."""
        by_day = held.get("by_day")
        return cls(date.fromisoformat(by_day) if by_day else None, held.get("within_days"), held.get("citation", ""))

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON; empty when nothing is asked."""
        told = {"by_day": self.by_day.isoformat() if self.by_day else None, "within_days": self.within_days, "citation": self.citation}
        return {name: value for name, value in told.items() if value} if self.by_day or self.within_days else {}

    def problems(self, since: date | None) -> list[Problem]:
        """A deadline is one day or a number of days, and not before what it counts from."""
        if self.by_day is not None and self.within_days is not None:
            return [problem("within_days", "期限請擇一填寫：指定日期，或幾日內。")]
        if self.by_day is not None and since is not None and self.by_day < since:
            return [problem("due_on", "期限 %(due)s 早於收文或發文日 %(since)s，請核對。", due=self.by_day, since=since)]
        if self.within_days is not None and not 1 <= self.within_days <= 730:
            return [problem("within_days", "請填 1 到 730 日。")]
        return []


@dataclass(frozen=True)
class Due:
    """The day to work towards, the last day that still counts, and why."""

    safe_on: date
    latest_on: date
    basis: tuple[Basis, ...]


def reply_due(asked: Asked, *, since: date, letter: str) -> Due | None:
    """LET-reply: a day that the letter names stands as it is; a number of days is counted from the day after ``since`` and moves off rest
    days. One works towards a working day. None when nothing is asked. ``letter`` is the one that asks."""
    said = asked.citation or f"{letter}指定期限"
    if asked.by_day is not None:
        inputs: tuple[tuple[str, str | int | date], ...] = ((_m("依據公文"), letter), (_m("指定日期"), asked.by_day))
        safe = max(since, TAIWAN.estimating().on_or_before(asked.by_day))
        return Due(safe, asked.by_day, (Basis("LET-reply", said, asked.by_day, inputs, source="default"),))
    if asked.within_days is None:
        return None
    counted = deadline(since, asked.within_days)
    inputs = ((_m("依據公文"), letter), (_m("起算日"), since), (_m("期間（日）"), asked.within_days))
    return Due(counted.safe_on, counted.latest_on, (Basis("LET-reply", said, counted.latest_on, inputs, source="default"), *counted.basis))


# --- what is typed of a letter


@dataclass(frozen=True)
class Arrival:
    """What is written down of a letter received."""

    received_on: date
    way: str
    sender: str
    subject: str
    their_on: date | None = None
    their_number: str = ""
    secrecy: str = "normal"
    asked: Asked = Asked()

    def problems(self, today: date) -> list[Problem]:
        """A letter is written before it arrives, and arrives before it is registered."""
        found = []
        if self.received_on > today:
            found.append(problem("received_on", "收文日期 %(day)s 還沒到，請核對。", day=self.received_on))
        if self.their_on is not None and self.their_on > self.received_on:
            found.append(problem("their_on", "來文日期 %(theirs)s 晚於收文日期 %(day)s，請核對。", theirs=self.their_on, day=self.received_on))
        return found + self.asked.problems(self.received_on)


@dataclass(frozen=True)
class Draft:
    """What is written of an outgoing letter before it has a number: everything that is printed, and what is asked of its receivers."""

    form: str
    body: Mapping[str, str]
    receivers: tuple[Receiver, ...] = ()
    secrecy: str = "normal"
    declassify: str = ""
    urgency: str = "normal"
    enclosures: str = ""
    signatory: str = "president"
    asked: Asked = Asked()

    def problems(self) -> list[Problem]:
        """What stands against keeping it."""
        found = text_problems(FORMS[self.form], self.body) + self.asked.problems(None)
        if FORMS[self.form].addressed and not any(one.role in (Role.ORIGINAL, Role.ATTEND) for one in self.receivers):
            found.append(problem("to", "至少要有一個%(who)s。", who=words(FORMS[self.form].receivers[0][1])))
        if self.secrecy != "normal" and not self.declassify:
            found.append(problem("declassify", "密件要寫解密條件或保密期限，例如「辦畢解密」。"))
        return found

    @property
    def counterpart(self) -> str:
        """What the lists call its receivers: 臺中市政府勞工局等 3 個."""
        first = next((one.name for one in self.receivers), "")
        return f"{first}等 {len(self.receivers)} 個" if len(self.receivers) > 1 else first

    @property
    def digest(self) -> str:
        """The fingerprint of what is signed off: any other word or receiver is another letter."""
        whole = [
            self.form, sorted((key, text) for key, text in self.body.items() if text), self.secrecy, self.declassify, self.urgency, self.enclosures,
            self.signatory, [[one.role, one.name, one.address, one.email] for one in self.receivers],
        ]
        return hashlib.sha256(json.dumps(whole, ensure_ascii=False).encode()).hexdigest()


def delivery_problems(issued_on: date, sent_on: date | None, delivered_on: date | None, today: date) -> list[Problem]:
    """Issued, then sent, then delivered; none of it tomorrow."""
    found = []
    if sent_on is not None and sent_on < issued_on:
        found.append(problem("sent_on", "寄送日期 %(day)s 早於發文日期 %(issued)s。", day=sent_on, issued=issued_on))
    if sent_on is not None and sent_on > today:
        found.append(problem("sent_on", "寄送日期 %(day)s 還沒到；寄出後再登錄。", day=sent_on))
    if delivered_on is not None and (delivered_on > today or (sent_on is not None and delivered_on < sent_on)):
        found.append(problem("delivered_on", "送達日期 %(day)s 須在寄送日期與今日之間。", day=delivered_on))
    return found
