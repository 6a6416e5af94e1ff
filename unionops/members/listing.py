"""How the roster is read from its address, and how a cell of it is shown: masked, in words, as a figure.

The list, the export and the papers "as shown" stand on the same two: ``asked`` and ``shown``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache, partial
from operator import itemgetter
from typing import Any
from urllib.parse import urlencode

from flask import has_request_context, request
from werkzeug.datastructures import MultiDict

from unionops.core.documents import Batch, Column
from unionops.core.i18n import _l, chinese
from unionops.members import queries
from unionops.members.queries import RosterColumn, RosterFilter
from unionops.members.queries import standing as standings
from unionops.members.rules.membership import LEAVE_REASONS, ConsentKind, FieldKind, MemberClass, Place, standing
from unionops.members.rules.standing import Reason, Standing
from unionops.values import masks, roc

COOKIE = "roster_columns"

STANDINGS = {
    Place.IN_FORCE: _l("在籍"),
    Place.EXPECTED: _l("未生效"),
    Place.LEFT: _l("已出會"),
    queries.EVERYBODY: _l("全部"),
}
SIGNS = {Place.IN_FORCE: "ok", Place.EXPECTED: "soon", Place.LEFT: "off"}
CLASSES = {
    MemberClass.REGULAR: _l("正式會員"),
    MemberClass.SPONSOR: _l("贊助會員"),
    MemberClass.HONORARY: _l("榮譽會員"),
    MemberClass.RETIRED: _l("退休會員"),
}
REASONS = {one: _l(word) for one, word in LEAVE_REASONS.items()}
SEXES = {"M": _l("男"), "F": _l("女")}
CONSENTS = {
    ConsentKind.PRIVACY: _l("個人資料告知與同意"),
    ConsentKind.CHECK_OFF: _l("代扣會費同意"),
    ConsentKind.PHOTO: _l("肖像使用同意"),
    ConsentKind.E_NOTICE: _l("電子方式通知同意"),
}
FIELD_KINDS = {
    FieldKind.TEXT: _l("文字"),
    FieldKind.NUMBER: _l("數字"),
    FieldKind.DATE: _l("日期"),
    FieldKind.YES_NO: _l("是／否"),
    FieldKind.CHOICE: _l("選單"),
}
RIGHTS = {
    queries.Rights.GOOD: _l("權利正常"),
    queries.Rights.NOT_GOOD: _l("權利受限"),
    queries.Rights.MAY_VOTE: _l("有選舉權"),
    queries.Rights.MAY_STAND: _l("有被選舉權"),
}
QUESTIONS = {"member": _l("會員"), "good": _l("權利"), "may_vote": _l("選舉權"), "may_stand": _l("被選舉權")}
ANSWERED = {
    "member": {True: _l("是"), False: _l("不是")},
    "good": {True: _l("正常"), False: _l("受限")},
    "may_vote": {True: _l("有"), False: _l("沒有")},
    "may_stand": {True: _l("有"), False: _l("沒有")},
}
"""The four answers of ``rules.standing.answers`` in words."""
GOOD = _l("正常")
TAKEN = {Reason.SUSPENDED: _l("停權中"), Reason.ARREARS: _l("欠費停止權利")}
"""What takes somebody's good standing, the heavier first."""
BEHIND = (1, 3, 6, 12)
"""Months of unpaid dues for which the roster offers a filter."""
_ANSWERS = {"yes": _l("是"), "no": _l("否")}
_WORDS: dict[str, Mapping[str, Any]] = {"member_class": CLASSES, "left_reason": REASONS, "sex": SEXES}


@dataclass(frozen=True)
class Asked:
    """What an address asks of the roster. ``unread`` are its parts that mean nothing, told above the list."""

    wanted: RosterFilter
    columns: tuple[RosterColumn, ...]
    unread: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = field(default=())

    @property
    def query(self) -> str:
        """The same as a query string, for saved views and for the screens that take over the filter."""
        return urlencode(self.pairs)


def asked(arguments: MultiDict[str, str] | None = None) -> Asked:
    """Reads the filter and the columns from the address (or the given parameters). Columns not named come from the cookie."""
    given = request.args if arguments is None else arguments
    unread: list[str] = []
    every = queries.roster_columns()
    named = given.getlist("columns") or (request.cookies.get(COOKIE, "") if has_request_context() else "").split("-")
    chosen = [key for key in every if key in named and key != "name"]
    keys = ["number", "name", *[key for key in chosen if key != "number"]] if chosen else list(queries.USUAL_COLUMNS)
    wanted = RosterFilter(
        text=given.get("q", "")[:100],
        standing=given.get("standing") if given.get("standing") in STANDINGS else Place.IN_FORCE,  # type: ignore[arg-type]
        units=tuple(sorted(set(_numbers(given.getlist("unit"), unread)))),
        classes=tuple(word for word in CLASSES if word in given.getlist("class")),
        joined_from=_day(given.get("joined_from", ""), unread),
        joined_to=_day(given.get("joined_to", ""), unread),
        employer=next(iter(_numbers(given.getlist("employer"), unread)), None),
        rights=tuple(word for word in RIGHTS if word in given.getlist("rights")),
        behind=max(_numbers(given.getlist("behind"), unread), default=None) or None,
        sort=given.get("sort") if given.get("sort") in queries.SORTS else "number",  # type: ignore[arg-type]
        descending=given.get("desc") == "1",
    )
    return Asked(wanted, tuple(every[key] for key in keys if key in every), tuple(unread), tuple(_pairs(wanted, given.getlist("columns"))))


def _pairs(wanted: RosterFilter, columns: list[str]) -> list[tuple[str, str]]:
    pairs = [("q", wanted.text), ("standing", "" if wanted.standing == Place.IN_FORCE else wanted.standing)]
    pairs += [("unit", str(unit)) for unit in wanted.units] + [("class", word) for word in wanted.classes]
    pairs += [(name, day.isoformat() if day else "") for name, day in (("joined_from", wanted.joined_from), ("joined_to", wanted.joined_to))]
    pairs += [("rights", word) for word in wanted.rights] + [("behind", str(wanted.behind or ""))]
    pairs += [("employer", str(wanted.employer or "")), ("sort", "" if wanted.sort == "number" else wanted.sort)]
    pairs += [("desc", "1" if wanted.descending else "")] + [("columns", key) for key in columns]
    return [(name, str(value)) for name, value in pairs if value]


def _numbers(texts: list[str], unread: list[str]) -> list[int]:
    good = [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 10]
    unread += [text for text in texts if text and not (text.isascii() and text.isdigit() and len(text) < 10)]
    return good


def _day(text: str, unread: list[str]) -> date | None:
    if not text.strip():
        return None
    try:
        return roc.parse_date(text)
    except ValueError:
        unread.append(text[:30])
        return None


# --- one cell ---------------------------------------------------------------------------------------------------------


def masked_birth(day: date | None) -> str:
    """The year alone: 73/**/**."""
    if day is None:
        return ""
    return f"{day.year - roc.EPOCH}/**/**" if chinese() else f"{day.year}-**-**"


def covered(value: Any, mask: str) -> str:
    """A personal value as it is shown to everybody."""
    if not value:
        return ""
    return masked_birth(value) if mask == "birth" else masks.mask(str(value), mask)


def good_word(found: Standing) -> str:
    """What its standing is called where there is room for one word: 正常, or what takes it away."""
    if not found.member:
        return ""
    return str(GOOD if found.good else next(text for reason, text in TAKEN.items() if reason in found.reasons))


def custom_word(text: str | None) -> str:
    """The text of a field of the union's own, in words."""
    return _words("custom_", chinese())[text]


# --- many cells --------------------------------------------------------------------------------------------------------


def sheet_columns(columns: Iterable[RosterColumn]) -> list[Column]:
    """The heads of an export."""
    kinds: dict[str, Any] = {"date": "date", "money": "money", "num": "int"}
    return [Column(str(column.title), kind=kinds.get(column.kind, "text")) for column in columns]


def batch_reader(columns: Iterable[RosterColumn], *, whole: bool, today: date) -> Callable[[Sequence[Any]], Batch]:
    """``read(lines)`` → column by column what the cells of these rows hold: words, figures, dates. Personal values are masked unless
    ``whole``. The words are looked up once for all."""
    chosen = tuple(columns)
    readers = [_reader(column, whole, today) for column in chosen]
    judged = any(column.key in _JUDGED for column in chosen)

    def read(lines: Sequence[Any]) -> Batch:
        held = dict(zip(lines[0]._fields, zip(*lines, strict=True), strict=True))
        if judged:
            held["_standings"] = standings.of_memberships(held["id"], today)
        return [reader(held) for reader in readers]

    return read


def _reader(column: RosterColumn, whole: bool, today: date) -> Callable[[Mapping[str, Sequence[Any]]], Sequence[Any]]:
    key, mask = column.key, column.mask
    if key == "standing":
        signs = {which: str(STANDINGS[which]) for which in Place}
        odd = standings.odd_places(today)
        return lambda held: [
            signs[odd.get(number) or standing(joined_on=joined_on, left_on=left_on, today=today)]
            for number, joined_on, left_on in zip(held["id"], held["joined_on"], held["left_on"], strict=True)
        ]
    if key in _JUDGED:
        word_of = _JUDGED[key]
        return lambda held: [*map(word_of, held["_standings"])]
    if mask and not whole:
        cover = masks.MASKS.get(mask) or partial(covered, mask=mask)
        return lambda held: [cover(value) if value else "" for value in held[key]]
    if key in _WORDS or key.startswith("custom_"):
        word = _words(key, chinese()).__getitem__
        return lambda held: [*map(word, held[key])]
    return itemgetter(key)


_JUDGED: dict[str, Callable[[Standing], Any]] = {
    "good": good_word,
    "may_vote": lambda found: str(_HELD[found.may_vote]) if found.member else "",
    "may_stand": lambda found: str(_HELD[found.may_stand]) if found.member else "",
    "months": lambda found: found.months or None,
}
"""The columns that follow from the standing, each with its word."""
_HELD = {True: _l("有"), False: _l("無")}


class _Words(dict[str | None, str]):
    """Stored value → the reader's word for it; a value without a word stands for itself."""

    def __init__(self, words: Mapping[str, Any]) -> None:
        super().__init__({str(stored): str(word) for stored, word in words.items()})

    def __missing__(self, value: str | None) -> str:
        return str(value) if value else ""


@lru_cache(maxsize=100)
def _words(key: str, in_chinese: bool) -> _Words:
    return _Words(_WORDS.get(key, _ANSWERS))
