"""What the set-up proposes and what it asks of a constitution's values. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from unionops.core.union.rules import CharterKey, Circumstances, Value, canonical, judge, value_of
from unionops.law.basis import Basis
from unionops.law.union_act import UnionKind
from unionops.values.problems import Problem, Unreadable, _m, problem

TRIES = 10
"""Wrong codes after which a code is void and the terminal must give a new one."""
CODE_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""Nothing that is misread from a screen: no I, L, O, U, 0, 1."""
CODE_LENGTH = 8

SEATS = (
    "臺北市", "新北市", "桃園市", "臺中市", "臺南市", "高雄市", "基隆市", "新竹市", "嘉義市", "新竹縣", "苗栗縣", "彰化縣", "南投縣", "雲林縣", "嘉義縣",
    "屏東縣", "宜蘭縣", "花蓮縣", "臺東縣", "澎湖縣", "金門縣", "連江縣",
)
"""The municipalities, cities and counties whose governments are authorities of unions."""


def plain_code(typed: str) -> str:
    """A code as it was made, however it was typed."""
    return "".join(letter for letter in typed.upper() if letter.isalnum())


def proposed_authority(kind: UnionKind, seat: str) -> tuple[str, Basis] | None:
    """The authority of a union: the Ministry of Labor for a national federation, else the government of the municipality, city or county
    of its seat (Union Act 3 and 11 ¶2, Enforcement Rules 3 ¶3). None where the seat does not say it."""
    if kind is UnionKind.FEDERATION_NATIONAL:
        return "勞動部", _basis(_m("工會法第 11 條第 2 項"), kind, seat, "勞動部")
    written = seat.strip().replace("台", "臺")
    place = next((place for place in SEATS if written.startswith(place)), None)
    if place is None:
        return None
    citation = _m("工會法施行細則第 3 條第 3 項") if kind is UnionKind.FEDERATION_REGIONAL else _m("工會法第 3 條、第 11 條第 2 項")
    return f"{place}政府", _basis(citation, kind, place, f"{place}政府")


def _basis(citation: str, kind: UnionKind, seat: str, result: str) -> Basis:
    return Basis("UA-11-register", citation, result, inputs=((_m("工會種類"), kind.label), (_m("會址"), seat)), confidence="verified")


@dataclass(frozen=True)
class Typed:
    """What stands in the two fields of one key of the constitution: its value and its clause."""

    value: str
    clause: str


def as_typed(value: Value | None) -> str:
    """A value as people type it: a rate in per cent; "" for none. What ``canonical`` reads."""
    if value is None:
        return ""
    return f"{(value * 100).normalize():f}" if isinstance(value, Decimal) else str(value)


def charter_entries(
    definitions: Mapping[str, CharterKey], typed: Mapping[str, Typed], in_force: Mapping[str, tuple[str, str]], given: Circumstances
) -> tuple[dict[str, Typed], list[Problem]]:
    """Which values are to be entered, and what is wrong; the problems' fields are ``value:key`` and ``clause:key``.

    ``in_force`` is what the fields were filled with: the value as it is typed, and the clause. What was left alone is not entered: a
    default stays a default. What was emptied is for later. All values are held against the law together, as they will stand beside
    each other, the untouched ones as well: three directors make the default of three standing directors impossible.
    """
    entries: dict[str, Typed] = {}
    problems: list[Problem] = []
    values: dict[str, Value] = {}
    for key, definition in definitions.items():
        one = typed.get(key, Typed("", ""))
        if not one.value:
            if one.clause:
                problems.append(problem(f"value:{key}", "填了條次，請也填章程的值。"))
            continue
        try:
            values[key] = value_of(definition, canonical(definition, one.value))
        except Unreadable as wrong:
            problems.append(wrong.problem(f"value:{key}"))
            continue
        if (one.value, one.clause) == in_force.get(key, ("", "")):
            continue
        if not one.clause:
            problems.append(problem(f"clause:{key}", "改了值，請填章程條次，例如：第 12 條"))
        entries[key] = one
    together = _with(given, values)
    for key, value in values.items():
        problems += [replace(found, field=f"value:{key}") for found in judge(definitions[key], value, together).problems]
    return entries, problems


def beside(given: Circumstances, definitions: Mapping[str, CharterKey], typed: Mapping[str, Typed]) -> Circumstances:
    """The circumstances as all these readable values together make them."""
    return _with(given, {key: value_of(definitions[key], canonical(definitions[key], one.value)) for key, one in typed.items() if one.value})


def _with(given: Circumstances, values: Mapping[str, Value]) -> Circumstances:
    """The circumstances as the typed values make them; what is left empty does not count."""

    def whole(key: str) -> int | None:
        value = values.get(key)
        return value if isinstance(value, int) else None

    return replace(
        given, directors=whole("charter.directors"), supervisors=whole("charter.supervisors"),
        suspend_months=whole("charter.arrears_suspend_months"), expel_months=whole("charter.arrears_expel_months"),
    )
