"""What an import will do with each row of a roster: make a person, change one, leave one alone, or ask somebody first.

Owns the comparison of a judged row with what the register holds. The row itself is judged by ``roster``; nothing is read or
written here. An empty cell never erases what is stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from unionops.members.rules.membership import LeaveReason, MemberClass
from unionops.members.rules.roster_fields import LABELS
from unionops.members.rules.roster_verdicts import Finding, RowVerdict, same_but_lossy, same_name
from unionops.values.problems import _m, problem, words
from unionops.values.text import half_width, name_key

CREATED, CHANGED, UNCHANGED, REFUSED, DUPLICATE = "created", "changed", "unchanged", "refused", "duplicate"
FOLDED, LEFT_OUT, SKIPPED = "folded", "left_out", "skipped"
KINDS = (CREATED, CHANGED, UNCHANGED, REFUSED, DUPLICATE, FOLDED, LEFT_OUT, SKIPPED)
WRITTEN = (CREATED, CHANGED)

LEAVE, THIS, RENAME, KEEP_NAME, UPDATE, NEW_NUMBER, OWN_NUMBER, KEEP_LEFT, BACK, APART = (
    "leave", "this", "rename", "keep_name", "update", "new_number", "own_number", "keep_left", "back", "apart",
)
DECISIONS: dict[str, str] = {
    LEAVE: _m("這一列不匯入"),
    THIS: _m("以這一列為準，前面那一列不匯入"),
    RENAME: _m("已更名：姓名改為檔案上的，舊名留作其他姓名"),
    KEEP_NAME: _m("姓名不改，其餘欄位照檔案更新"),
    UPDATE: _m("是同一個人：更新現有資料"),
    NEW_NUMBER: _m("是另一個人：新增，另給下一個會員編號"),
    OWN_NUMBER: _m("是身分證字號相同的那一位：更新，不採用檔案上的會員編號"),
    KEEP_LEFT: _m("確實已出會：只更新個人資料，不改會籍"),
    BACK: _m("出會登錄有誤：取消出會，繼續在籍"),
    APART: _m("是另一個人：新增一筆"),
}
MESSAGES = {
    "number_taken": _m("會員編號 %(number)s 已屬於現有會員 %(who)s"),
    "left_before": _m("系統登錄此人已於 %(left)s 出會，名冊上仍在冊"),
    "likely_same": _m("現有會員中有同名且出生日期相同的人，這一列沒有身分證字號可以比對"),
    "left_decided": _m("已依決議或退會申請登錄 %(left)s 出會，不由名冊更動"),
    "number_kept": _m("檔案上的會員編號與現有的 %(number)s 不同，不更動編號"),
    "listed_twice": _m("與第 %(row)s 列是同一個人，兩列合併登錄"),
    "field_too_long": _m("%(label)s：超過 %(limit)s 個字"),
}
WHICH_ROW = (THIS, LEAVE)
WHICH_NAME = (RENAME, KEEP_NAME, LEAVE)
WHOSE_NUMBER = (UPDATE, NEW_NUMBER, LEAVE)
"""The number's bearer could be the person of the row: one of them has no identity number."""
ANOTHERS_NUMBER = (NEW_NUMBER, LEAVE)
KNOWN_BY_ID = (OWN_NUMBER, LEAVE)
HAS_LEFT = (KEEP_LEFT, BACK, LEAVE)
WHO = (UPDATE, APART, LEAVE)

# Name of the roster's field → name of the column that keeps it.
PERSON = {
    "name": "name", "sex": "sex", "birth_on": "birth_on", "nationality": "nationality", "mobile": "mobile", "phone": "phone", "email": "email",
    "line_id": "line_name", "household_address": "home_address", "address": "mail_address", "education": "education", "trade": "trade",
}
# What the register has no place for is kept as a remark, so that nothing of the file is lost.
REMARKS = (
    "former_no", "pay_method", "office", "introducer", "insured_on", "nhi_amount", "postcode", "fax", "work_phone", "spouse", "beneficiary",
)
_CLASSES = (
    (re.compile("贊助"), MemberClass.SPONSOR), (re.compile("名譽|榮譽"), MemberClass.HONORARY), (re.compile("退休"), MemberClass.RETIRED),
)
_REASONS = (
    (re.compile("死|歿|往生|過世|亡故|病故"), LeaveReason.DECEASED),
    (re.compile("除名|開除"), LeaveReason.EXPELLED),
    (re.compile("不予追認|未追認"), LeaveReason.NOT_RATIFIED),
    (re.compile("退休"), LeaveReason.RETIRED),
    (re.compile("轉業|改行|離職|不從事"), LeaveReason.LEFT_TRADE),
    (re.compile("轉至|轉會|轉入|他會|轉出"), LeaveReason.TRANSFERRED),
    (re.compile("遷離|遷出|移民|出國"), LeaveReason.MOVED_AWAY),
    (re.compile("主管|管理職|升任|雇主"), LeaveReason.BECAME_MANAGER),
    (re.compile("自願|自行|自請|申請|退會"), LeaveReason.RESIGNED),
)
_NUMERALS = {char: value for value, char in enumerate("零一二三四五六七八九十")}


@dataclass(slots=True)
class Stay:
    """A stored membership with the unit, class and wages that are open now."""

    id: int
    number: str
    joined_on: date | None
    left_on: date | None
    left_reason: str = ""
    left_note: str = ""
    is_decided: bool = False
    """The leaving rests on a resolution or on a written wish to leave: no roster changes it."""
    unit: str = ""
    unit_id: int | None = None
    unit_stay_id: int | None = None
    unit_from: date | None = None
    wage_id: int | None = None
    wage_from: date | None = None
    insured_salary: int | None = None
    dependants_count: int = 0


@dataclass(slots=True)
class Known:
    """A stored person, the columns by name, with every membership, the latest last."""

    id: int
    values: dict[str, Any]
    has_id: bool
    stays: list[Stay] = field(default_factory=list)
    notes: set[str] = field(default_factory=set)
    employer: str = ""
    employment_id: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One field of a known person: what is stored and what the file says."""

    field: str
    label: str
    old: Any
    new: Any


@dataclass(slots=True)
class Line:
    """One row of the file and what will become of it.

    ``record`` holds the values by the names of the columns that keep them. ``stay`` is the stored membership it speaks of, None
    when it makes a new one. ``partner`` is another row about the same person. ``choices`` are the answers to the question that
    the row raises, ``decisions`` what somebody answered so far: a row may raise one question after another.
    ``place`` counts the rows of the file from 0.
    """

    sheet: str
    verdict: RowVerdict
    kind: str
    cells: list[Any]
    record: dict[str, Any] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    known: Known | None = None
    stay: Stay | None = None
    partner: Line | None = None
    choices: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()
    is_edited: bool = False
    place: int = 0

    @property
    def number(self) -> int:
        return self.verdict.number

    @property
    def codes(self) -> list[str]:
        """Every reason code of the row and of its comparison, sorted."""
        return sorted({one.code for one in self.findings})

    @property
    def has_left(self) -> bool:
        return bool(self.record.get("left_on")) if self.record else self.verdict.has_left


def unit_key(name: str) -> str:
    """What two names of a group are compared by: 第七組, 07 and 7 are one."""
    plain = "".join(half_width(name).split())
    core = re.sub(r"^第|(?:小組|組|班|分會)$", "", plain)
    if core.isascii() and core.isdigit():
        return str(int(core))
    if core and all(char in _NUMERALS for char in core):
        if core[0] == "十":
            core = "一" + core
        tens, _, ones = core.partition("十")
        return str(_NUMERALS[tens] * 10 + _NUMERALS.get(ones, 0)) if "十" in core else "".join(str(_NUMERALS[char]) for char in core).lstrip("0")
    return plain.casefold()


def leave_reason(text: str, *, is_dead: bool = False) -> LeaveReason:
    """The reason that the words of a roster mean."""
    if is_dead:
        return LeaveReason.DECEASED
    return next((reason for pattern, reason in _REASONS if pattern.search(text)), LeaveReason.UNKNOWN)


def member_class(text: str) -> MemberClass:
    """The class that the words of a roster mean; what says nothing is regular."""
    return next((one for pattern, one in _CLASSES if pattern.search(text)), MemberClass.REGULAR)


def record_of(verdict: RowVerdict, as_of: date) -> dict[str, Any]:
    """The values of a row by the columns that keep them; only what the file says. Who is marked as gone without a day left, as
    far as anybody knows, on the day of the list."""
    values = verdict.values
    record: dict[str, Any] = {column: value for name, column in PERSON.items() if (value := values.get(name))}
    record["id_number"] = values.get("id_number")
    record["number"] = values.get("member_no") or ""
    if joined := values.get("joined_on"):
        record["joined_on"] = joined
    if verdict.has_left:
        stated = values.get("left_on")
        told = values.get("left_reason") or ""
        reason = leave_reason(told or values.get("note") or values.get("standing") or "", is_dead=bool(values.get("is_dead")))
        record["left_on"] = stated or max(as_of, joined or as_of)
        record["left_reason"] = str(reason)
        record["left_note"] = told if stated else (told or "名冊註明退會，未載日期，以名冊日期登錄")
        if reason == LeaveReason.DECEASED and stated:
            record["died_on"] = stated
    if group := values.get("group"):
        record["unit"] = group
    for name, column in (("insured_salary", "insured_salary"), ("dependants", "dependants_count")):
        if values.get(name) is not None:
            record[column] = values[name]
    if employer := values.get("employer"):
        if not re.search("無一定雇主|自營|無固定雇主|^無$", employer):
            record["employer"], record["staff_number"] = employer, values.get("staff_no") or ""
    if kind := values.get("member_class"):
        record["member_class"] = str(member_class(kind))
    if values.get("emergency_phone") and values.get("emergency_contact"):
        record["contact"] = (values["emergency_contact"], values["emergency_phone"])
    remarks = [values["note"]] if values.get("note") else []
    kept = [] if values.keys().isdisjoint(REMARKS) else [f"{LABELS[name]}：{values[name]}" for name in REMARKS if values.get(name)]
    if "employer" not in record and values.get("employer"):
        kept.append(f"{LABELS['employer']}：{values['employer']}")
    if kept:
        remarks.append("；".join(kept))
    if remarks:
        record["note"] = "\n".join(remarks)
    return record


def prepare(line: Line, *, as_of: date, limits: Mapping[str, int]) -> None:
    """Takes over what was judged. ``limits``: column → most characters. A line that may be written keeps the kind ""."""
    verdict = line.verdict
    line.findings = [*verdict.findings]
    if LEAVE in line.decisions:
        line.kind = LEFT_OUT
        return
    if verdict.status == "skip":
        line.kind = SKIPPED
        return
    line.kind = REFUSED if verdict.status == "refuse" else DUPLICATE if verdict.status == "duplicate" else ""
    if line.kind == DUPLICATE:
        line.choices = WHICH_NAME if verdict.same_as is None and "dup_member_no" not in verdict.codes else WHICH_ROW
    elif RENAME in line.decisions or KEEP_NAME in line.decisions:
        line.choices = WHICH_NAME
    line.record = record = record_of(verdict, as_of)
    for column, text in record.items():
        limit = limits.get(column)
        if limit is not None and text and len(text) > limit:
            found(line, "field_too_long", column, text, label=words(LABELS.get(_ROSTER_NAME.get(column, column), column)), limit=limit)
            line.kind = REFUSED


def compare(line: Line, *, known: Known | None, taken: Known | None, likely: Known | None) -> None:
    """Decides the kind of a prepared line. ``known`` bears the row's identity number, ``taken`` its member number, ``likely`` its
    name and birth date."""
    if line.kind:
        line.known = known
        return
    if known is None:
        known = _by_number_or_likeness(line, taken, likely)
    elif taken is not None and taken.id != known.id:
        if _number_taken(line, taken, KNOWN_BY_ID):
            return
        line.record["number"] = ""
    if line.kind:
        return
    line.known = known
    if known is None:
        line.kind = CREATED
        return
    _against(line, known)


def waits(line: Line, choices: tuple[str, ...], code: str, name: str, raw: Any, **params: Any) -> bool:
    """Whether a line is still to be decided: it is, unless one of the ``choices`` was taken. An answer to another question is none."""
    line.choices = choices
    if any(one in choices for one in line.decisions):
        return False
    found(line, code, name, raw, **params)
    line.kind = DUPLICATE
    return True


def _number_taken(line: Line, taken: Known, choices: tuple[str, ...]) -> bool:
    number = line.record["number"]
    if not waits(line, choices, "number_taken", "member_no", number, number=number, who=taken.values["name"]):
        return False
    line.known = taken
    return True


def _by_number_or_likeness(line: Line, taken: Known | None, likely: Known | None) -> Known | None:
    record = line.record
    if taken is not None:
        may_be_same = not (record["id_number"] and taken.has_id)
        if may_be_same and same_name(record.get("name", ""), taken.values["name"]):
            return taken
        if _number_taken(line, taken, WHOSE_NUMBER if may_be_same else ANOTHERS_NUMBER):
            return None
        if NEW_NUMBER not in line.decisions:
            return taken
        record["number"] = ""
    if likely is not None and not (record["id_number"] and likely.has_id):
        if waits(line, WHO, "likely_same", "name", record.get("name", "")):
            line.known = likely
        elif UPDATE in line.decisions:
            return likely
    return None


def _against(line: Line, known: Known) -> None:
    record, changes = line.record, line.changes
    for column in _COMPARED:
        new = record.get(column)
        if new and new != known.values.get(column) and _says_more(line, column, known.values.get(column), new):
            changes.append(Change(column, _label(column), known.values.get(column), new))
    if record["id_number"] and not known.has_id:
        changes.append(Change("id_number", LABELS["id_number"], "", record["id_number"]))
    line.stay = stay = stay_meant(record, known.stays)
    if stay is None:
        if known.stays and not record.get("left_on") and KEEP_LEFT in line.decisions:
            record.pop("joined_on", None)
        else:
            changes.append(Change("membership", _m("會籍"), "", record.get("joined_on") or ""))
            if any(record["number"] == one.number for one in known.stays):
                record["number"] = ""
    else:
        _stay_changes(line, stay)
        if line.kind == DUPLICATE:
            return
    employer = record.get("employer")
    if employer and employer != known.employer:
        changes.append(Change("employer", LABELS["employer"], known.employer, employer))
    if record.get("note") and record["note"] not in known.notes:
        changes.append(Change("note", LABELS["note"], "", record["note"]))
    line.kind = CHANGED if changes else UNCHANGED


def stay_meant(record: Mapping[str, Any], stays: list[Stay]) -> Stay | None:
    """Which stored membership a row speaks of; None when it speaks of another one, earlier or later."""
    if not stays:
        return None
    joined, left = record.get("joined_on"), record.get("left_on")
    for stay in reversed(stays):
        if joined and stay.joined_on == joined:
            return stay
    for stay in reversed(stays):
        # Who left and joined again later bears a new number; the same one is the same stay.
        if record["number"] and stay.number == record["number"] and not (joined and stay.left_on and joined > stay.left_on):
            return stay
    last = stays[-1]
    if joined and last.left_on and joined > last.left_on:
        return None
    if left and joined and last.joined_on and left <= last.joined_on and joined < last.joined_on:
        return None
    return last


def _stay_changes(line: Line, stay: Stay) -> None:
    record, changes = line.record, line.changes
    left = record.get("left_on")
    if stay.left_on and stay.is_decided:
        if left != stay.left_on:
            found(line, "left_decided", "left_on", "", left=stay.left_on)
        left = record["left_on"] = stay.left_on
    if stay.left_on and not left:
        if waits(line, HAS_LEFT, "left_before", "left_on", "", left=stay.left_on) or KEEP_LEFT in line.decisions:
            return
        changes.append(Change("left_on", LABELS["left_on"], stay.left_on, None))
        record["left_on"] = None
    if record["number"] and record["number"] != stay.number:
        found(line, "number_kept", "member_no", record["number"], number=stay.number)
    joined = record.get("joined_on")
    if joined and joined != stay.joined_on and not ((left or stay.left_on) and joined > (left or stay.left_on)):
        changes.append(Change("joined_on", LABELS["joined_on"], stay.joined_on, joined))
    # A day that only stands for "some time before this list" says nothing against one that is known.
    if left and left != stay.left_on and not (stay.left_on and not line.verdict.values.get("left_on")):
        changes.append(Change("left_on", LABELS["left_on"], stay.left_on, left))
    unit = record.get("unit")
    if unit and unit_key(unit) != unit_key(stay.unit):
        changes.append(Change("unit", LABELS["group"], stay.unit, unit))
    for column, label in (("insured_salary", LABELS["insured_salary"]), ("dependants_count", LABELS["dependants"])):
        new = record.get(column)
        if new is not None and new != getattr(stay, column):
            changes.append(Change(column, label, getattr(stay, column), new))


def fold(lines: Iterable[Line]) -> None:
    """Two prepared rows about one person, on the roll and on the list of leavers, become one: the day and the reason of leaving
    come from the list. Rows of two different stays stay two memberships of one person."""
    first: dict[str, Line] = {}
    for line in lines:
        number = line.record.get("id_number")
        if not number or line.kind:
            continue
        other = first.setdefault(number, line)
        if other is line:
            continue
        line.partner = other
        one, two = other.record, line.record
        joined, left = one.get("joined_on"), two.get("left_on")
        if left and joined and two.get("joined_on") != joined and left <= joined:
            continue
        if left and one.get("left_on"):
            if line.verdict.values.get("left_on") and not other.verdict.values.get("left_on"):
                one["left_on"] = left
            if two["left_reason"] != LeaveReason.UNKNOWN:
                one["left_reason"], one["left_note"] = two["left_reason"], two["left_note"]
        if two.get("note") and two["note"] != one.get("note"):
            one["note"] = f"{one['note']}\n{two['note']}" if one.get("note") else two["note"]
        line.kind = FOLDED
        found(line, "listed_twice", "id_number", "", row=other.number)


def found(line: Line, code: str, name: str, raw: Any, **params: Any) -> None:
    """Adds something to say about a line."""
    line.findings.append(Finding(code, name, "", str(raw)[:200], "", problem(name, MESSAGES[code], code=code, **params)))


_ROSTER_NAME = {column: name for name, column in PERSON.items()} | {
    "number": "member_no", "unit": "group", "staff_number": "staff_no", "left_note": "left_reason",
}
_COMPARED = tuple(PERSON.values())


def _label(column: str) -> str:
    return LABELS[_ROSTER_NAME[column]]


def _says_more(line: Line, column: str, old: Any, new: Any) -> bool:
    """Whether a different text is news: not a name with lost characters, nor an address cut at the width of its field."""
    if column == "name":
        if KEEP_NAME in line.decisions or line.verdict.is_doubtful_name or name_key(old) == name_key(new):
            return False
        return not same_but_lossy(new, old)
    if column in ("mail_address", "home_address") and old:
        # 台 and 臺 are written for each other everywhere.
        return not str(old).replace("台", "臺").startswith(str(new).replace("台", "臺"))
    return True
