"""Reads the cells of a member roster: what a person typed → the value, with the reason codes of what was repaired or is wrong.

Owns the parsing of one cell at a time. Pure; ``roster`` puts the cells of a row together.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple

from unionops.core.transfer.workbook import Cell, cell_text
from unionops.values.identifiers import Sex, read_phone
from unionops.values.money import parse_ntd
from unionops.values.problems import Unreadable
from unionops.values.roc import DateUnreadable, parse_date
from unionops.values.text import half_width, in_big5, tidy_name, unseen, without_unseen

NAME_LONGEST = 60
NOTE_LONGEST = 2000
TEXT_LONGEST = 200
MOST_DEPENDANTS = 20
LEAST_SALARY = 1000
MOST_SALARY = 1_000_000

_NOTHING = re.compile(r"[\s\-－—–~_./*·]*|(?:無|沒有|不詳|不明|未知|未填|未提供|待補|待查|補|缺|同上|略|N/?A|NULL|NONE|NIL)", re.IGNORECASE)
_FULL = re.compile(r"[０-９Ａ-Ｚａ-ｚ]")
_SERIAL_EPOCH = date(1899, 12, 30)
TIME_BEHIND = re.compile(r"[T\s]+(?:[上下]午\s*)?\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:[AaPp][Mm])?$")
_HAN_FIGURES = re.compile(r"[〇○零一二三四五六七八九十廿卅元]")
# Programs that keep every number as a fraction write 00123 as 123.0.
_POINT_NOUGHT = re.compile(r"^(\d+)\.0$")


def is_nothing(cell: Cell) -> bool:
    """Blank, or a word or sign that stands for blank: 無, －, 待補, 不詳."""
    if not isinstance(cell, str) or len(cell) > 12:
        return cell == ""
    return not cell or (not cell[-1].isdigit() and _NOTHING.fullmatch(half_width(cell).strip()) is not None)


@dataclass(frozen=True, slots=True)
class DateRead:
    """``codes`` holds repairs (``date_number``, ``date_serial``, ``date_hanzi``, ``fullwidth``) or what is wrong; then ``day`` is None."""

    day: date | None
    codes: tuple[str, ...] = ()


def read_parts(year: Cell, month: Cell, day: Cell) -> DateRead:
    """A date in three columns."""
    parts = [re.sub(r"\.0$|[年月日號]$", "", half_width(cell_text(part)).strip()) for part in (year, month, day)]
    return _text_date("/".join(parts)) if any(parts) else _NO_DATE


def member_number(text: str) -> str:
    """A member number as it is kept: half-width, nothing invisible, no fraction."""
    return text if text.isascii() and text.isalnum() else _POINT_NOUGHT.sub(r"\1", clean_text(half_width(text)))


_NO_DATE = DateRead(None)
_MISSING = DateRead(None, ("missing",))


def read_date(cell: Cell) -> DateRead:
    """A date cell. ``missing`` is the code for noughts or a word instead of a date; a blank has none."""
    if isinstance(cell, str):
        return _text_date(cell)
    if isinstance(cell, datetime):
        return DateRead(cell.date())
    if isinstance(cell, date):
        return DateRead(cell)
    if isinstance(cell, bool | time):
        return DateRead(None, ("date_format",))
    return _number_date(cell)


@lru_cache(maxsize=200_000)
def _number_date(number: float) -> DateRead:
    """A number: 820816 is a day typed without signs, 27150 the number under which spreadsheets keep a day."""
    if number == 0:
        return _MISSING
    if 10_000 <= number < 75_000:
        return DateRead(_SERIAL_EPOCH + timedelta(days=int(number)), ("date_serial",))
    if number != int(number) or not 10_101 <= number < 100_000_000:
        return DateRead(None, ("date_format",))
    try:
        return DateRead(parse_date(f"{int(number):07d}"), ("date_number",))
    except DateUnreadable as error:
        return DateRead(None, (error.code,))


@lru_cache(maxsize=200_000)
def _text_date(typed: str) -> DateRead:
    if _QUICK_DATE.fullmatch(typed):
        return _parsed_date(typed, ())
    text = half_width(without_unseen(typed)).strip()
    codes: tuple[str, ...] = ("fullwidth",) if _FULL.search(typed) else ()
    if not text:
        return _NO_DATE
    if is_nothing(text) or not text.strip("0/.-年月日 "):
        return _MISSING
    text = _POINT_NOUGHT.sub(r"\1", TIME_BEHIND.sub("", text).rstrip("生.。"))
    if re.fullmatch(r"[1-7]\d{4}(?:\.\d+)?", text):
        found = _number_date(float(text))
        return DateRead(found.day, codes + found.codes)
    text = _month_in_figures(text)
    text = re.sub(r"[、,，．‧·~]", "/", text)
    text = re.sub(r"^民(?!國)|^ROC\s*", "民國", text)
    if re.search(r"年\D*\d{1,2}月\s*\d{1,2}$", text):
        text += "日"
    if "年" in text and _HAN_FIGURES.search(text):
        codes += ("date_hanzi",)
    return _parsed_date(text, codes)


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY_FIRST = re.compile(r"(?P<day>\d{1,2})(?:st|nd|rd|th)?[\s\-/.]*(?P<month>[a-z]{3,9})[\s\-/.,]*(?P<year>\d{4})")
_MONTH_FIRST = re.compile(r"(?P<month>[a-z]{3,9})[\s\-/.]*(?P<day>\d{1,2})(?:st|nd|rd|th)?[\s\-/.,]+(?P<year>\d{4})")


def _month_in_figures(text: str) -> str:
    """3 May 1981 and May 3, 1981 as 1981/5/3; anything else as it came."""
    low = text.casefold()
    found = _DAY_FIRST.fullmatch(low) or _MONTH_FIRST.fullmatch(low)
    if found is None or found["month"][:3] not in _MONTHS:
        return text
    return f"{found['year']}/{_MONTHS.index(found['month'][:3]) + 1}/{found['day']}"


_QUICK_DATE = re.compile(r"[1-9][0-9]{0,3}[/.\-][0-9]{1,2}[/.\-][0-9]{1,2}")


def _parsed_date(text: str, codes: tuple[str, ...]) -> DateRead:
    try:
        return DateRead(parse_date(text), codes)
    except DateUnreadable as error:
        return DateRead(None, (error.code,))


@dataclass(frozen=True, slots=True)
class NumberRead:
    """``number`` None with no code: nothing was stated."""

    number: int | None
    codes: tuple[str, ...] = ()


@lru_cache(maxsize=20_000)
def read_count(cell: Cell) -> NumberRead:
    """A number of persons: 2, 2人, ２, 無 → 0, 二. Blank is 0 as well: nobody writes a nought into every row."""
    codes: tuple[str, ...] = ()
    if isinstance(cell, bool | float | date | time):
        return NumberRead(None, ("not_a_number",))
    if isinstance(cell, int):
        number = cell
    else:
        text = re.sub(r"[\s,]", "", half_width(without_unseen(cell)))
        codes = ("fullwidth",) if _FULL.search(cell) else ()
        if is_nothing(text):
            return NumberRead(0, codes)
        text = re.sub(r"[人口名位]$|\.0+$", "", text)
        if text in _FIGURES:
            return NumberRead(_FIGURES[text], codes)
        if not re.fullmatch(r"-?[0-9]{1,6}", text):
            return NumberRead(None, ("not_a_number",))
        number = int(text)
    return NumberRead(number, codes) if 0 <= number <= MOST_DEPENDANTS else NumberRead(None, ("out_of_range",))


_FIGURES = {"零": 0, "一": 1, "二": 2, "兩": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
_NOT_INSURED = re.compile(r"純會員|純會籍|未投保|未加保|不加保|不投保|免投保|免加保|無投保|退保|未保|他保|無保險|免")


@lru_cache(maxsize=20_000)
def read_salary(cell: Cell) -> NumberRead:
    """An insured salary in dollars; 純會員 and the like, blank or 0: None."""
    if isinstance(cell, bool | date | time):
        return NumberRead(None, ("not_a_number",))
    codes: tuple[str, ...] = ()
    if isinstance(cell, int | float):
        if cell != int(cell):
            return NumberRead(None, ("not_a_number",))
        number = int(cell)
    else:
        text = half_width(without_unseen(cell)).strip()
        if is_nothing(text) or _NOT_INSURED.fullmatch("".join(text.split())):
            return NumberRead(None)
        codes = ("fullwidth",) if _FULL.search(cell) else ()
        try:
            number = parse_ntd(text)
        except Unreadable as error:
            return NumberRead(None, (error.code,))
    if number == 0:
        return NumberRead(None, codes)
    return NumberRead(number, codes) if LEAST_SALARY <= number <= MOST_SALARY else NumberRead(None, ("out_of_range",))


@lru_cache(maxsize=2000)
def read_sex(cell: Cell) -> Sex | None:
    """男 女 M F 1 2 and their like. 0 is left to the column: some programs write 0 for women."""
    text = half_width(cell_text(cell)).strip().upper()
    if text in ("男", "M", "1", "男性", "先生", "MALE", "MAN"):
        return "M"
    return "F" if text in ("女", "F", "2", "女性", "小姐", "女士", "FEMALE", "WOMAN") else None


class PhonesRead(NamedTuple):
    """The numbers in one cell; ``rest`` is what could not be read as a number."""

    mobile: str | None
    others: tuple[str, ...]
    codes: tuple[str, ...] = ()
    rest: str = ""


_NO_PHONE = PhonesRead(None, ())
_QUICK_MOBILE = re.compile(r"09[0-9]{2}[- ]?[0-9]{3}[- ]?[0-9]{3}")


def read_phones(cell: Cell, area_code: str = "") -> PhonesRead:
    """All telephone numbers in a cell; a number cell has lost its zero."""
    if cell == "":
        return _NO_PHONE
    if isinstance(cell, str):
        text = cell.strip()
        if _QUICK_MOBILE.fullmatch(text):
            return PhonesRead(text.replace("-", "").replace(" ", ""), ())
        text = _POINT_NOUGHT.sub(r"\1", text)
    elif isinstance(cell, int):
        text = str(cell)
    elif isinstance(cell, float):
        text = repr(cell)
    else:
        return PhonesRead(None, (), ("phone_format",), cell_text(cell))
    if len(text) == 9 and text[0] == "9" and text.isascii() and text.isdigit():
        return PhonesRead("0" + text, (), ("phone_zero",))
    if is_nothing(text):
        return _NO_PHONE
    return _slow_phones(text, area_code)


@lru_cache(maxsize=50_000)
def _slow_phones(text: str, area_code: str) -> PhonesRead:
    mobile: str | None = None
    others: list[str] = []
    codes: dict[str, None] = {}
    rest: list[str] = []
    plain = without_unseen(text)
    for part in re.split(r"[/／、;；,，\n]|或|(?<=\d)\s{2,}(?=[(（0])|(?<=\d{3})\s+(?=09\d\d)", plain):
        if not part.strip():
            continue
        # Words around the number (公, 宅, LINE) are no part of it.
        number = re.sub(r"^[^\d+(（０-９]+|[:：]", "", part)
        try:
            phone = read_phone(number, area_code=area_code)
        except Unreadable:
            rest.append(part.strip())
            continue
        codes |= dict.fromkeys(phone.repairs)
        if phone.kind == "mobile" and mobile is None:
            mobile = phone.normal
        else:
            others.append(phone.normal)
    if rest:
        codes["phone_format"] = None
    return PhonesRead(mobile, tuple(others), tuple(codes), "、".join(rest))


_HAN = "\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff\ue000-\uf8ff"
_PLAIN_NAME = re.compile(r"[\u4e00-\u9fff]{2,4}")
_NO_NAMES = frozenset({"沒有", "不詳", "不明", "未知", "未填", "未提供", "待補", "待查", "同上", "無"})
_LETTER = re.compile(rf"[{_HAN}\u3040-\u30ff\u1100-\u11ff\uac00-\ud7af]|[^\W\d_]")
_LIKELY = re.compile(rf"(?:[{_HAN}\u3040-\u30ff\uac00-\ud7af\ufe00-\ufe0f\U000e0100-\U000e01ef]|[^\W\d_]|[\s·‧•・･⋅∙᛫●．.,'’`´\-])+")
_DOTS = re.compile("[·‧•・･⋅∙᛫●．]")
_LOSSY = re.compile("[?？□■\ufffd◇▯〓○◯*＊]")
_IDEOGRAPH = re.compile(f"[{_HAN}]")
_OVERRIDE = re.compile("[\u202a-\u202e\u2066-\u2069]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class NameRead(NamedTuple):
    """``name`` is the form to keep: no character of it is replaced by another."""

    name: str
    codes: tuple[str, ...] = ()


def read_name(cell: Cell, *, padded: bool = False) -> NameRead:
    """A person's name. ``padded``: the whole column is filled up with blanks, which is no slip of anybody."""
    if isinstance(cell, str) and _PLAIN_NAME.fullmatch(cell) and cell not in _NO_NAMES:
        return NameRead(cell, () if in_big5(cell) else ("rare_char",))
    if not isinstance(cell, str):
        text = cell_text(cell)
        return NameRead(text, ("unlikely_name",))
    codes: list[str] = list(unseen(cell))
    text = without_unseen(cell)
    if _OVERRIDE.search(cell):
        # What was on the writer's screen is not what stands in the file: nobody but him knows the name.
        codes.append("unlikely_name")
    if text.strip() and _CONTROL.search(text.strip()):
        codes = [*codes, "control_char"] if "control_char" not in codes else codes
        text = _CONTROL.sub(" " if text.isascii() else "", text.strip())
    if not text.strip():
        return NameRead("", tuple(codes))
    if is_nothing(text):
        return NameRead("", tuple(codes))
    if hazards := hazard_codes(text):
        return NameRead(text, (*codes, *hazards, "unlikely_name"))
    tidy = tidy_name(text)
    if tidy != (text.rstrip() if padded else text):
        codes.append("name_spaces")
    if _FULL.search(tidy):
        tidy = _FULL.sub(lambda found: half_width(found[0]), tidy)
        codes.append("fullwidth")
    if len(tidy) > NAME_LONGEST:
        return NameRead(tidy, (*codes, "too_long"))
    if _LOSSY.search(tidy):
        codes.append("lossy_name")
    if _DOTS.search(tidy):
        codes.append("middle_dot")
    hans = "".join(_IDEOGRAPH.findall(tidy))
    if any(ord(char) > 0xFFFF for char in hans):
        codes.append("astral_char")
    if not in_big5("".join(char for char in hans if ord(char) <= 0xFFFF)):
        codes.append("rare_char")
    likely = _LIKELY.fullmatch(_LOSSY.sub("一", tidy))
    if not _LETTER.search(_LOSSY.sub("一", tidy)) or len(tidy) < 2 or not likely:
        codes.append("unlikely_name")
    return NameRead(tidy, tuple(codes))


_HAZARDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("formula", re.compile(r"\A\s*(?:[=@][^\s=@]|[+\-][\d=@(A-Za-z].*[+\-*/|(!])", re.DOTALL)),
    ("markup", re.compile(r"<\s*[/!?]?\s*[A-Za-z][^<]*>|<script|javascript:|&#x?\d", re.IGNORECASE)),
    (
        "sql",
        re.compile(
            r"['\"]\s*(?:or|and)\s+['\"\d]|;\s*(?:drop|delete|insert|update|alter|truncate|select|exec)\b|\bdrop\s+table\b"
            r"|\bunion\s+(?:all\s+)?select\b",
            re.IGNORECASE,
        ),
    ),
    ("template", re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\$\{|<%|#\{|%\(\w+\)|%s|%n\b", re.DOTALL)),
    ("path", re.compile(r"\.\.[/\\]|(?:^|\s)/(?:etc|proc|home|var|root|usr)/|\b[A-Za-z]:\\|file://|\\\\\w+\\", re.IGNORECASE)),
)
# One pass over a whole row decides whether anything below is worth looking at.
SUSPECT = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u180e\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\n\r\"<{$%=@\\]|\.\.[/\\]|/etc/|file:|;"
    r"|&#|javascript|['\"]\s*(?:or|and)\s|union\s+|(?:^|\t)\s*[+\-]",
    re.IGNORECASE,
)


HARMLESS = re.compile(r"[\u4e00-\u9fff0-9\t()（）、，。]*")
"""Signs of which nothing suspect can be made: most rows need no closer look than that."""


def hazard_codes(text: str) -> tuple[str, ...]:
    """What a text would do elsewhere if it were let: ``formula``, ``markup``, ``sql``, ``template``, ``path``. A phone number is no formula."""
    return tuple(code for code, pattern in _HAZARDS if pattern.search(text))


def text_codes(text: str, *, quoted: bool, longest: int) -> tuple[str, ...]:
    """Everything to be told about a free text. ``quoted``: it comes from a text file, whose quotation marks may be in doubt."""
    codes = [*unseen(text), *hazard_codes(text)]
    if len(text) > longest:
        codes.append("too_long")
    if quoted and not codes:
        if "\n" in text or "\r" in text:
            codes.append("newline_in_field")
        if '"' in text:
            codes.append("quote_in_field")
        elif "," in text:
            codes.append("comma_in_field")
    return tuple(codes)


def clean_text(text: str) -> str:
    """The text without characters nobody sees and without control characters; line breaks stay."""
    # Joiners inside an emoji are seen, in a way: they stay.
    kept = without_unseen(text) if {"zero_width", "bidi"} & set(unseen(text)) else text
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", "", kept).strip()


_LEFT = re.compile(r"退會|出會|離會|退出工會|退出本會|轉出他會|轉至他會|轉出|轉他會|除名|除籍|註銷會籍|歿|死亡|亡故|過世|往生|逝世|去世|病逝|身故")
_NOT_LEFT = re.compile(
    r"撤回|撤銷|取消|未退|不退|勿退|暫不|欲退|擬退|想退|預計|預定|將於|考慮|詢問|申請中|辦理中|審核中|若|如果?|倘|曾|前次|退會金|退會證明|退會(?:申請)?書?未"
)
_BACK = re.compile(r"復會|再入會|重新入會|重入會|恢復會籍|回任|復籍|已復權|再加入")
_RELATIVE = re.compile(r"[父母夫妻子女兄弟姊妹祖孫]|配偶|眷屬|先生|太太|老公|老婆|岳|公公|婆婆|親屬|家屬")
_DEATH = re.compile(r"歿|死亡|亡故|過世|往生|逝世|去世|病逝|身故")
_LEFT_ALONE = frozenset({"退", "退會", "出會", "歿", "亡", "離", "已退", "OUT", "QUIT"})
_CLAUSE = re.compile(r"[，,；;。、\n/]|(?<!\d)\s+(?!\d)")
_FULL_DATE = re.compile(r"(?:民國)?\d{2,4}[/.\-年]\d{1,2}[/.\-月]\d{1,2}日?|(?<!\d)1?\d{6}(?!\d)")


@dataclass(frozen=True, slots=True)
class LeftMark:
    """The remark says that the person has left or died; ``left_on`` only where the whole date stands there."""

    left_on: date | None
    is_dead: bool


@lru_cache(maxsize=20_000)
def left_mark(note: str) -> LeftMark | None:
    """退會, 114/12/31 退會, 歿; but not 退會申請已撤回, 退費, 眷屬退保, 父歿, 退休前任職鐵路局."""
    text = half_width(note).strip()
    if not text or _BACK.search(text):
        return None
    for clause in _clauses(text):
        word = clause.strip(" 。.()（）!！")
        if word.upper() not in _LEFT_ALONE:
            if not (said := _LEFT.search(clause)) or _NOT_LEFT.search(clause):
                continue
            if _DEATH.search(clause) and _RELATIVE.search(clause[: said.start()]):
                continue
            if said[0] == "轉出" and not re.search(r"轉出(?:他|其他|別|至|[\s(\d]|$)", word):
                continue
        day = read_date(found[0]).day if (found := _FULL_DATE.search(text)) else None
        return LeftMark(day, word == "亡" or _DEATH.search(clause) is not None)
    return None


def _clauses(text: str) -> Sequence[str]:
    # The stroke of a date is no end of a clause.
    return _CLAUSE.split(re.sub(r"(?<=\d)/(?=\d)", ".", text))
