"""What the Labor Union Act (工會法) allows in numbers: officers, delegates, quorum, majorities, and values of a constitution.

Owns the limits, in whole-number arithmetic only, each with its Basis. Does not know a union's record, nor how a vote was taken.
Every function takes ``law``, the Snapshot of the day in question; without one the newest values known are used.
"""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from unionops.law.basis import Basis, Confidence
from unionops.law.parameters import Snapshot, built_in
from unionops.values.problems import Problem, _m, problem


class UnionKind(StrEnum):
    """The kinds of unions (工會法 6, 8; 施行細則 3)."""

    ENTERPRISE = "enterprise"
    INDUSTRIAL = "industrial"
    OCCUPATIONAL = "occupational"
    FEDERATION_NATIONAL = "federation_national"
    FEDERATION_REGIONAL = "federation_regional"

    @property
    def is_federation(self) -> bool:
        return self in (UnionKind.FEDERATION_NATIONAL, UnionKind.FEDERATION_REGIONAL)

    @property
    def label(self) -> str:
        return KIND_LABELS[self]


KIND_LABELS = {
    UnionKind.ENTERPRISE: _m("企業工會"),
    UnionKind.INDUSTRIAL: _m("產業工會"),
    UnionKind.OCCUPATIONAL: _m("職業工會"),
    UnionKind.FEDERATION_NATIONAL: _m("全國性工會聯合組織"),
    UnionKind.FEDERATION_REGIONAL: _m("區域性工會聯合組織"),
}


def more_than_half(count: int) -> int:
    """過半數 (C-majority)."""
    return count // 2 + 1


def at_least(share: Fraction, count: int) -> int:
    """The smallest whole number that is p/q 以上 of a count; the exact share is included (C-atleast)."""
    return -(-share.numerator * count // share.denominator)


def at_most(share: Fraction, count: int) -> int:
    """The largest whole number that does not exceed p/q of a count (C-atmost)."""
    return share.numerator * count // share.denominator


@dataclass(frozen=True)
class OfficerLimits:
    """How many officers and delegates a union may have.

    All but ``directors_*`` follow the number of directors given, else the cap. ``delegates_min`` applies if there are delegates at all;
    ``delegates_allowed`` says whether the union is large enough to have them.
    """

    directors_min: int
    directors_max: int
    supervisors_min: int
    supervisors_max: int
    standing_directors_max: int
    standing_supervisors_max: int
    alternate_directors_max: int
    alternate_supervisors_max: int
    delegates_min: int
    delegates_allowed: bool
    bases: tuple[Basis, ...]


def officer_limits(members: int, kind: UnionKind, directors: int | None = None, *, law: Snapshot | None = None) -> OfficerLimits:
    """The limits of 工會法 15, 17 and 施行細則 14 for a union of that many members; ``directors`` is the constitution's number."""
    limits = {key: _limit(key, members=members, kind=kind, directors=directors, supervisors=None, law=_on(law)) for key in _OFFICES}
    delegates = limits["delegates"]
    bases = [limit.basis for limit in limits.values()]
    if not (allowed := _delegates_allowed(members, kind, _on(law))):
        bases.append(_delegates_threshold(members, _on(law)))
    return OfficerLimits(
        directors_min=limits["directors"].low,
        directors_max=_high(limits["directors"]),
        supervisors_min=limits["supervisors"].low,
        supervisors_max=_high(limits["supervisors"]),
        standing_directors_max=_high(limits["standing_directors"]),
        standing_supervisors_max=_high(limits["standing_supervisors"]),
        alternate_directors_max=_high(limits["alternate_directors"]),
        alternate_supervisors_max=_high(limits["alternate_supervisors"]),
        delegates_min=delegates.low,
        delegates_allowed=allowed,
        bases=tuple(bases),
    )


@dataclass(frozen=True)
class AssemblyThresholds:
    """``quorum`` of the base; ``ordinary`` and ``special`` votes of those attending; ``proxies_max`` of those present in person.

    What was not asked (no attendance given) is None.
    """

    quorum: int
    ordinary: int | None
    special: int | None
    proxies_max: int | None
    bases: tuple[Basis, ...]


def assembly_thresholds(
    base: int, attending: int | None = None, in_person: int | None = None, *, law: Snapshot | None = None
) -> AssemblyThresholds:
    """工會法 27: the numbers an assembly needs.

    ``base`` is the constitution's number of delegates, or the members on the approved list, leave not deducted (UA-27-base).
    ``attending`` counts those in person and the valid proxies; abstentions stay in it.
    """
    snapshot = _on(law)
    quorum = more_than_half(base)
    bases = [Basis("UA-27-quorum", _m("工會法第 27 條第 1 項"), quorum, ((_m("應出席人數"), base),))]
    ordinary = special = proxies = None
    if attending is not None:
        short = _m("未達法定出席人數，不得開會。") if attending < quorum else ""
        told = ((_m("出席人數"), attending),)
        ordinary = more_than_half(attending)
        entry = snapshot.entry("majority.special")
        special = at_least(snapshot.share(entry.key), attending)
        bases.append(Basis("UA-27-ordinary", _m("工會法第 27 條第 1 項"), ordinary, told, note=short))
        bases.append(Basis("UA-27-special", entry.citation, special, told, note=short))
    if in_person is not None:
        entry = snapshot.entry("proxy.of_in_person")
        proxies = at_most(snapshot.share(entry.key), in_person)
        over = attending is not None and attending - in_person > proxies
        note = _m("委託人數超過上限，超過者不計入出席。") if over else ""
        citation = _m("工會法第 27 條第 2 項；委託出席辦法第 7 條")
        bases.append(Basis("PR-07-cap", citation, proxies, ((_m("親自出席人數"), in_person),), note=note))
    return AssemblyThresholds(quorum, ordinary, special, proxies, tuple(bases))


def charter_limit(
    key: str,
    *,
    members: int,
    kind: UnionKind,
    directors: int | None = None,
    supervisors: int | None = None,
    law: Snapshot | None = None,
) -> Basis | None:
    """The rule that limits a value of the constitution, its result such as ``5–13``; None where the Act sets no limit."""
    if key not in CHARTER_KEYS:
        return None
    return _limit(key, members=members, kind=kind, directors=directors, supervisors=supervisors, law=_on(law)).basis


def charter_problems(
    key: str,
    value: int,
    *,
    members: int,
    kind: UnionKind,
    directors: int | None = None,
    supervisors: int | None = None,
    law: Snapshot | None = None,
) -> list[Problem]:
    """What the Act has against a value of the constitution; the ``code`` of each Problem is the rule id, its text names the article.

    ``directors`` and ``supervisors`` are the constitution's own numbers, from which the others are reckoned.
    """
    if key not in CHARTER_KEYS:
        return []
    snapshot = _on(law)
    limit = _limit(key, members=members, kind=kind, directors=directors, supervisors=supervisors, law=snapshot)
    shown = {"citation": limit.basis.citation, "low": limit.low, "high": limit.high}
    if key == "delegates" and value > 0 and not _delegates_allowed(members, kind, snapshot):
        entry = snapshot.entry("delegates.members_min")
        return [
            problem(
                key,
                "會員須達 %(low)s 人始得置會員代表，目前 %(members)s 人（%(citation)s）",
                code="UA-15-threshold",
                low=snapshot.whole(entry.key),
                members=members,
                citation=entry.citation,
            )
        ]
    # None at all: an office that a constitution need not provide for.
    if value == 0 and key in _OPTIONAL:
        return []
    if limit.high is not None and value > limit.high:
        return [problem(key, "不得超過 %(high)s（%(citation)s）", code=limit.basis.rule, **shown)]
    if value < limit.low:
        return [problem(key, "不得少於 %(low)s（%(citation)s）", code=limit.basis.rule, **shown)]
    return []


CHARTER_KEYS = {
    "directors": _m("理事名額"),
    "supervisors": _m("監事名額"),
    "standing_directors": _m("常務理事名額"),
    "standing_supervisors": _m("常務監事名額"),
    "alternate_directors": _m("候補理事名額"),
    "alternate_supervisors": _m("候補監事名額"),
    "delegates": _m("會員代表名額"),
    "term_years": _m("理事、監事任期（年）"),
    "delegate_term_years": _m("會員代表任期（年）"),
    "president_terms": _m("理事長連續任期數"),
}
_OFFICES = tuple(CHARTER_KEYS)[:7]
_OPTIONAL = frozenset({"standing_directors", "standing_supervisors", "alternate_directors", "alternate_supervisors", "delegates"})


@dataclass(frozen=True)
class _Limit:
    """The least and most that a value may be; ``high`` None where the Act knows no upper limit."""

    low: int
    high: int | None
    basis: Basis


def _on(law: Snapshot | None) -> Snapshot:
    return built_in().latest() if law is None else law  # A snapshot without values is empty, and so false.


def _high(limit: _Limit) -> int:
    assert limit.high is not None  # only delegates have no upper limit
    return limit.high


def _limit(key: str, *, members: int, kind: UnionKind, directors: int | None, supervisors: int | None, law: Snapshot) -> _Limit:
    """The limit of one key of ``CHARTER_KEYS``; raises KeyError for another."""
    if key in _TERMS:
        rule, parameter = _TERMS[key]
        return _between(rule, law.entry(parameter).citation, 1, law.whole(parameter), ())
    cap, cap_basis = _directors_cap(members, kind, law)
    if key == "directors":
        return _Limit(law.whole("officers.directors_min"), cap, cap_basis)
    seats = cap if directors is None else directors
    most_supervisors = at_most(law.share("officers.supervisors_of_directors"), seats)
    from_directors = ((_m("理事人數"), seats),)
    if key == "supervisors":
        low = law.whole("officers.supervisors_min")
        note = _m("監事三人以上應設監事會，置召集人一人（工會法第 17 條第 4 項）。")
        citation = law.entry("officers.supervisors_of_directors").citation
        return _between("UA-17-supervisors", citation, low, most_supervisors, from_directors, note=note)
    if key == "delegates":
        parameter = "delegates.per_director_federation" if kind.is_federation else "delegates.per_director"
        low = law.whole(parameter) * seats
        return _between("ER-14-delegates", law.entry(parameter).citation, low, None, from_directors)
    body = seats
    told = from_directors
    if key.endswith("supervisors"):
        body = most_supervisors if supervisors is None else supervisors
        told = ((_m("監事人數"), body),)
    if key.startswith("standing"):
        high = at_most(law.share("officers.standing_of_body"), body) if body >= law.whole("officers.standing_needs_body_of") else 0
        note = _m("以章程有規定者為限。")
        return _between("UA-17-standing", law.entry("officers.standing_of_body").citation, min(1, high), high, told, note=note)
    if key.startswith("alternate"):
        least = law.whole("officers.alternates_min_if_any")
        high = max(least, at_most(law.share("officers.alternates_of_body"), body))
        confidence: Confidence = "secondary" if body == 1 else "verified"
        note = _m("得不置候補；置候補者至少 1 人。")
        citation = law.entry("officers.alternates_of_body").citation
        return _between("UA-17-alternates", citation, least, high, told, confidence=confidence, note=note)
    raise KeyError(key)


_TERMS = {
    "term_years": ("UA-20-term", "officers.term_years_max"),
    "delegate_term_years": ("UA-15-term", "delegates.term_years_max"),
    "president_terms": ("UA-20-president", "officers.president_terms_max"),
}


def _directors_cap(members: int, kind: UnionKind, law: Snapshot) -> tuple[int, Basis]:
    """UA-17-directors: 9 up to 500 members, 2 more for every 500 begun beyond, 27 at most; federations 51."""
    low = law.whole("officers.directors_min")
    told = ((_m("工會種類"), kind.label), (_m("會員人數"), members))
    if kind.is_federation:
        entry = law.entry("officers.directors_cap_federation")
        cap = law.whole(entry.key)
        return cap, Basis("UA-17-fed", entry.citation, f"{low}–{cap}", told)
    steps = max(0, at_least(Fraction(1, law.whole("officers.directors_step_members")), members) - 1)
    grown = law.whole("officers.directors_base_max") + law.whole("officers.directors_step_add") * steps
    cap = min(law.whole("officers.directors_cap"), grown)
    citation = _m("工會法第 17 條第 1 項第 1 款；施行細則第 15 條第 3 項")
    return cap, Basis("UA-17-directors", citation, f"{low}–{cap}", told)


def _between(
    rule: str,
    citation: str,
    low: int,
    high: int | None,
    told: tuple[tuple[str, int], ...],
    *,
    confidence: Confidence = "verified",
    note: str = "",
) -> _Limit:
    result = f"≥ {low}" if high is None else str(high) if low == high else f"{low}–{high}"
    return _Limit(low, high, Basis(rule, citation, result, told, confidence=confidence, note=note))


def _delegates_allowed(members: int, kind: UnionKind, law: Snapshot) -> bool:
    """UA-15-threshold. A federation's members are unions; the threshold of persons is not applied to their number."""
    return kind.is_federation or members >= law.whole("delegates.members_min")


def _delegates_threshold(members: int, law: Snapshot) -> Basis:
    entry = law.entry("delegates.members_min")
    note = _m("會員未達此數，不得置會員代表，只能開會員大會。")
    return Basis("UA-15-threshold", entry.citation, law.whole(entry.key), ((_m("會員人數"), members),), note=note)
