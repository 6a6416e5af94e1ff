"""What a union's record and constitution may hold: the keys of ``charter.toml``, reading their values, the law's limits on them.

Pure. Knows neither how values are stored nor which are in force (``queries``); the law of the day comes in as a Snapshot, the
number of members as a figure.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_CEILING, Decimal, InvalidOperation
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from unionops.law import union_act
from unionops.law.basis import Basis, Confidence
from unionops.law.parameters import NoValue, Snapshot
from unionops.law.union_act import UnionKind
from unionops.values.money import round_ntd
from unionops.values.problems import Problem, Unreadable, _m, problem
from unionops.values.text import half_width, name_key

Value = int | Decimal | str
Kind = Literal["int", "rate", "text", "choice"]
_LONGEST_TEXT = 300
_LARGEST = 10_000_000
LOGO_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Choice:
    """One word that a value of kind ``choice`` may be, told in both languages."""

    word: str
    zh: str
    en: str


@dataclass(frozen=True)
class CharterKey:
    """One value that a constitution settles. ``default`` is canonical text, None where there is no sensible default."""

    key: str
    zh: str
    en: str
    kind: Kind
    unit: str
    default: str | None
    choices: tuple[Choice, ...]
    low: int
    high: int
    help: str
    limit: dict[str, str]

    @property
    def short(self) -> str:
        """The key without ``charter.``, as ``law.union_act`` names it."""
        return self.key.removeprefix("charter.")

    @property
    def rule(self) -> str:
        """The id of the rule of law that holds this value; "" when the law leaves it free."""
        return self.limit.get("rule", "")


@cache
def charter_keys() -> dict[str, CharterKey]:
    """Every key by its full name, in the order of the file."""
    raw = tomllib.loads(files("unionops.core.union").joinpath("charter.toml").read_text("utf-8"))
    return {key: _definition(key, about) for key, about in raw.items()}


def _definition(key: str, about: dict[str, Any]) -> CharterKey:
    return CharterKey(
        key=key,
        zh=about["zh"],
        en=about["en"],
        kind=about["kind"],
        unit=about.get("unit", ""),
        default=about.get("default"),
        choices=tuple(Choice(**choice) for choice in about.get("choices", ())),
        low=about.get("low", 0),
        high=about.get("high", _LARGEST),
        help=about.get("help", ""),
        limit=about.get("limit", {}),
    )


def canonical(definition: CharterKey, typed: str) -> str:
    """What is stored for a value as somebody typed it; a rate is typed in per cent. Raises Unreadable."""
    text = half_width(typed).strip()
    match definition.kind:
        case "int":
            figures = text.replace(",", "")
            if not (figures.isascii() and figures.isdigit() and len(figures) <= 12):
                raise Unreadable("not_a_number", "須為整數")
            if not definition.low <= int(figures) <= definition.high:
                raise Unreadable("out_of_range", "須介於 %(low)s 與 %(high)s 之間", low=definition.low, high=definition.high)
            return str(int(figures))
        case "rate":
            return _rate(text)
        case "choice":
            if text not in {choice.word for choice in definition.choices}:
                raise Unreadable("choice", "請從清單中選一個。")
            return text
        case "text":
            if not typed.strip():
                raise Unreadable("missing", "請填寫內容。")
            if len(typed) > _LONGEST_TEXT:
                raise Unreadable("too_long", "不得超過 %(longest)s 字", longest=_LONGEST_TEXT)
            return typed.strip()


def _rate(text: str) -> str:
    figures = text.removesuffix("%").strip()
    try:
        share = Decimal(figures) if set(figures) <= set("0123456789.") else None
    except InvalidOperation:
        share = None
    if share is None or not figures:
        raise Unreadable("not_a_number", "須為百分比，例如 0.5")
    if not 0 <= share <= 100:
        raise Unreadable("out_of_range", "百分比須介於 0 與 100 之間")
    return f"{(share / 100).normalize():f}"


def value_of(definition: CharterKey, stored: str) -> Value:
    """The value that stored text means: int, Decimal or text."""
    match definition.kind:
        case "int":
            return int(stored)
        case "rate":
            return Decimal(stored)
        case _:
            return stored


@dataclass(frozen=True)
class Circumstances:
    """What the limits follow from on one day: the law, the union, and the numbers that its constitution sets.

    ``members`` is None while nobody has counted them; then only what holds for any number is judged.
    """

    law: Snapshot
    kind: UnionKind
    members: int | None
    directors: int | None
    supervisors: int | None
    suspend_months: int | None = None
    expel_months: int | None = None


@dataclass(frozen=True)
class Judgement:
    """The law's limit with its reason, what it forbids (``problems``) and what it only frowns at (``warnings``)."""

    limit: Basis | None = None
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    is_checked: bool = False  # Whether a figure was compared: a limit may also be words, for a reader to mind.


def judge(definition: CharterKey, value: Value | None, given: Circumstances) -> Judgement:
    """A value of the constitution held against the law (UA-12-charter-vars). ``value`` None asks for the limit alone.

    On a day for which the program knows no law (before 1 May 2011) nothing is judged.
    """
    try:
        if definition.short in union_act.CHARTER_KEYS:
            return _held_by_the_act(definition, value, given)
        if "parameter" in definition.limit:
            return _held_by_a_figure(definition, value, given)
    except NoValue:
        return Judgement()
    basis = None
    if definition.limit:
        told = definition.limit
        basis = Basis(definition.rule, told["citation"], told["says"], confidence=_confidence(told["confidence"]))
    return Judgement(basis, tuple(_ladder(definition, value, given)))


def _held_by_the_act(definition: CharterKey, value: Value | None, given: Circumstances) -> Judgement:
    # Whatever holds for the largest union holds for one whose members nobody has counted; its reason is then not shown.
    members = _LARGEST if given.members is None else given.members
    limit = union_act.charter_limit(
        definition.short, members=members, kind=given.kind, directors=given.directors, supervisors=given.supervisors, law=given.law
    )
    problems: list[Problem] = []
    if isinstance(value, int):
        problems = union_act.charter_problems(
            definition.short, value, members=members, kind=given.kind, directors=given.directors, supervisors=given.supervisors,
            law=given.law,
        )
    shown = None if given.members is None and definition.short == "directors" else limit
    return Judgement(shown, tuple(replace(found, field="value") for found in problems), is_checked=True)


def _held_by_a_figure(definition: CharterKey, value: Value | None, given: Circumstances) -> Judgement:
    entry = given.law.entry(definition.limit["parameter"])
    if "floor_of" in definition.limit:
        return _above_the_floor(definition, value, given)
    figure = entry.value
    assert isinstance(figure, int | Decimal)
    at_most = definition.limit["at"] == "most"
    shown = f"{(figure * 100).normalize():f} %" if isinstance(figure, Decimal) else figure
    basis = Basis(definition.rule, entry.citation, f"{'≤' if at_most else '≥'} {shown}", confidence=_confidence(entry.confidence))
    broken = isinstance(value, int | Decimal) and (value > figure if at_most else value < figure)
    if not broken:
        return Judgement(basis, is_checked=True)
    message = _m("不得大於 %(limit)s（%(citation)s）") if at_most else _m("不得小於 %(limit)s（%(citation)s）")
    return Judgement(basis, (Problem("value", message, {"limit": shown, "citation": entry.citation}, definition.rule),), is_checked=True)


def _above_the_floor(definition: CharterKey, value: Value | None, given: Circumstances) -> Judgement:
    """UA-28-entrance, UA-28-monthly: a day's wage, 0.5 % of a month's, told for somebody on the minimum wage (derived).

    Only a warning: the floor follows each member's own wage, and a table of bands is allowed (ER-26-table).
    """
    entry = given.law.entry(definition.limit["parameter"])
    wage = given.law.whole("wage.minimum_month")
    of_a_day = definition.limit["floor_of"] == "day_wage"
    exact = Decimal(wage) * Decimal(str(entry.value)) / (30 if of_a_day else 1)
    floor = round_ntd(exact.quantize(Decimal("0.0001"), ROUND_CEILING), "up")
    basis = Basis(
        definition.rule, entry.citation, f"≥ {floor}", ((_m("最低工資（月）"), wage),), confidence="derived",
        note=_m("以最低工資試算；實際下限依各會員當時工資計算。"),
    )
    if not (isinstance(value, int) and value < floor):
        return Judgement(basis, is_checked=True)
    low = problem("value", "低於以最低工資試算的下限 %(floor)s 元（%(citation)s）", code=definition.rule, floor=floor, citation=entry.citation)
    return Judgement(basis, warnings=(low,), is_checked=True)


def _ladder(definition: CharterKey, value: Value | None, given: Circumstances) -> list[Problem]:
    """Nobody is expelled for arrears before he could be suspended for them."""
    if not isinstance(value, int):
        return []
    if definition.short == "arrears_expel_months" and given.suspend_months is not None and value < given.suspend_months:
        return [problem("value", "不得少於停權的 %(months)s 個月", months=given.suspend_months)]
    if definition.short == "arrears_suspend_months" and given.expel_months is not None and value > given.expel_months:
        return [problem("value", "不得多於除名的 %(months)s 個月；請先登錄除名的月數", months=given.expel_months)]
    return []


def _confidence(word: str) -> Confidence:
    if word in ("verified", "secondary", "derived", "memory"):
        return word  # type: ignore[return-value]
    return "memory"


def spoken_by(definition: CharterKey, *, clause: str, shown: str, is_default: bool) -> Basis:
    """Who says so: the constitution's clause, or the program's default until the clause is entered."""
    if is_default:
        return Basis(
            "UA-12-charter-vars", _m("系統預設值"), shown, source="default", confidence="derived",
            note=_m("章程的值尚未登錄，暫以預設值計算。"),
        )
    return Basis("UA-12-charter-vars", clause, shown, source="charter")


def record_problems(*, founded_on: date | None, registered_on: date | None, today: date) -> list[Problem]:
    """Dates of a union's beginning: founded, then registered, neither to come (UA-11-register)."""
    problems = []
    if founded_on is not None and founded_on > today:
        problems.append(problem("founded_on", "成立日不得晚於今日"))
    if registered_on is not None and registered_on > today:
        problems.append(problem("registered_on", "登記日不得晚於今日"))
    elif founded_on is not None and registered_on is not None and registered_on < founded_on:
        problems.append(problem("registered_on", "登記日不得早於成立日 %(founded_on)s", founded_on=founded_on))
    return problems


def account_problems(*, holder: str, union_name: str, account_number: str) -> list[Problem]:
    """ER-27-handover: dues are handed over to an account in the union's own name."""
    problems = []
    if name_key(holder) != name_key(union_name):
        problems.append(
            problem("holder", "戶名須為工會名稱「%(name)s」（工會法施行細則第 27 條）", code="ER-27-handover", name=union_name)
        )
    if not 6 <= len(account_number) <= 16:
        problems.append(problem("account_number", "帳號須為 6 至 16 位數字"))
    return problems


def plain_account_number(typed: str) -> str:
    """The figures of an account number without blanks and dashes. Raises Unreadable for anything else."""
    figures = "".join(half_width(typed).split()).replace("-", "")
    if not (figures.isascii() and figures.isdigit()):
        raise Unreadable("account_format", "帳號只能有數字與連字號")
    return figures


def picture_kind(data: bytes) -> str:
    """``image/png`` or ``image/jpeg`` by what the bytes are, whatever the file is called; "" for anything else or a torn file."""
    if data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR" and b"IEND" in data[-16:]:
        return "image/png"
    if data.startswith(b"\xff\xd8\xff") and data.rstrip(b"\0").endswith(b"\xff\xd9"):
        return "image/jpeg"
    return ""


def logo_problems(data: bytes) -> list[Problem]:
    """A logo is a PNG or JPEG picture of at most 1 MB."""
    if not data:
        return [problem("logo", "檔案是空的，請重新選擇。")]
    if len(data) > LOGO_BYTES:
        return [problem("logo", "檔案超過 1 MB，請縮小後再上傳。")]
    if not picture_kind(data):
        return [problem("logo", "這不是完整的 PNG 或 JPEG 圖檔。")]
    return []
