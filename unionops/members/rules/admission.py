"""An application to join: what was written, what the check asks, and where it stands. Pure.

Sources: 工會法 4, 7, 12, 14 (UA-04-right, UA-07-enterprise-join, UA-14-manager, UA-age-member), 24 (UA-24-freq); elections-meetings-forms
§8a (papers), §11a (admission, return). Finds nobody: whom the register knows comes in as ``Known`` and ``Twin``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from unionops.law.basis import Basis
from unionops.law.union_act import UnionKind
from unionops.members.rules.membership import person_problems
from unionops.members.rules.standing import ADULT
from unionops.values import money, roc
from unionops.values.days import age_on, same_day
from unionops.values.identifiers import identity_check, normal_phone
from unionops.values.problems import Problem, Unreadable, _m, problem
from unionops.values.text import half_width, tidy_name, unseen


class Channel(StrEnum):
    """How it came: 臨櫃、紙本、線上."""

    COUNTER = "counter"
    PAPER = "paper"
    ONLINE = "online"


class Decision(StrEnum):
    """``INTERIM`` is the president's, good until the board ratifies or refuses it."""

    APPROVED = "approved"
    INTERIM = "interim"
    REFUSED = "refused"


class State(StrEnum):
    """Where an application stands; each names what comes next."""

    RECEIVED = "received"
    CHECKED = "checked"
    ASKED = "asked"
    APPROVED = "approved"
    UNPAID = "unpaid"
    PAID = "paid"
    MEMBER = "member"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


OPEN = (State.RECEIVED, State.CHECKED, State.ASKED, State.APPROVED, State.UNPAID, State.PAID)
ADMISSIBLE = (State.APPROVED, State.PAID)
"""Those who can be made members now."""


class Dated(NamedTuple):
    """What decides the state. ``fee_open`` is NT$ of the entrance fee still open, None when none was charged."""

    checked_on: date | None = None
    is_asked: bool = False
    decision: str = ""
    withdrawn_on: date | None = None
    fee_open: int | None = None
    is_member: bool = False


def state(one: Dated) -> State:
    """Where it stands, from its days and what was paid; nothing stores it."""
    if one.decision == Decision.REFUSED:
        return State.REFUSED
    if one.is_member:
        return State.MEMBER
    if one.withdrawn_on is not None:
        return State.WITHDRAWN
    if one.decision:
        return State.APPROVED if one.fee_open is None else State.UNPAID if one.fee_open > 0 else State.PAID
    if one.is_asked:
        return State.ASKED
    return State.CHECKED if one.checked_on is not None else State.RECEIVED


# --- what was written -------------------------------------------------------------------------------------------------

LONGEST = {
    "name": 120, "id_number": 20, "sex": 1, "birth_on": 30, "nationality": 40, "mobile": 40, "phone": 40, "email": 254, "line_name": 80,
    "home_address": 300, "mail_address": 300, "education": 40, "trade": 80, "employer": 120, "workplace": 120, "job": 80, "staff_number": 20,
    "hired_on": 30, "years": 20, "licence": 80, "monthly_wage": 20, "dependants": 2, "introducer": 80, "is_manager": 3, "check_off": 3,
    "note": 1000,
}
"""What an application may say, and how many characters of it."""
AT_WORK = ("employer", "workplace", "job", "staff_number", "hired_on", "is_manager", "monthly_wage")
IN_TRADE = ("trade", "workplace", "years", "licence", "monthly_wage", "dependants")


@dataclass(frozen=True)
class Applicant:
    """What an application says, in the form in which it will be kept."""

    name: str = ""
    id_number: str = ""
    sex: str = ""
    birth_on: date | None = None
    nationality: str = ""
    mobile: str = ""
    phone: str = ""
    email: str = ""
    line_name: str = ""
    home_address: str = ""
    mail_address: str = ""
    education: str = ""
    trade: str = ""
    employer: str = ""
    workplace: str = ""
    job: str = ""
    staff_number: str = ""
    hired_on: date | None = None
    years: str = ""
    licence: str = ""
    monthly_wage: int | None = None
    dependants: int = 0
    introducer: str = ""
    is_manager: bool | None = None
    check_off: bool | None = None
    note: str = ""

    @property
    def is_foreign(self) -> bool:
        """Whether the identity number is that of a residence permit, or a foreign nationality is given."""
        home = ("", "中華民國", "台灣", "臺灣", "ROC", "TAIWAN")
        kind = identity_check(self.id_number).kind if self.id_number else "national"
        return kind.startswith("resident") or half_width(self.nationality).strip().upper() not in home


def read(typed: Mapping[str, str], *, today: date, is_public: bool = False) -> tuple[Applicant, list[Problem]]:
    """What was typed, and everything that cannot be read. ``is_public``: nobody stands by who could ask for what is missing."""
    found: list[Problem] = []
    given = {name: str(typed.get(name) or "").strip() for name in LONGEST}
    for name, text in given.items():
        if len(text) > LONGEST[name]:
            found.append(problem(name, "最多 %(max)s 個字。", max=LONGEST[name]))
        elif name != "name" and any(mark in ("bidi", "control_char") for mark in unseen(text.replace("\n", "").replace("\r", ""))):
            found.append(problem(name, "含有看不見的控制字元，請重新輸入。"))
    too_long = {one.field for one in found}
    if is_public:
        found += [
            problem(name, "必填，請補上。", code="missing") for name in ("id_number", "birth_on", "mobile", "mail_address") if not given[name]
        ]
    days = {name: _day(name, given[name], found) for name in ("birth_on", "hired_on") if name not in too_long}
    phones = {name: _phone(name, half_width(given[name]), found) for name in ("mobile", "phone")}
    wage, dependants = _wage(given["monthly_wage"], found), half_width(given["dependants"])
    if dependants and not (dependants.isascii() and dependants.isdigit()):
        found.append(problem("dependants", "請填 0 到 99 的整數。"))
        dependants = ""
    if given["email"] and ("@" not in given["email"].strip("@") or " " in given["email"]):
        found.append(problem("email", "電子郵件須如 name@example.org。"))
    if days.get("hired_on") and days["hired_on"] > today:  # type: ignore[operator]
        found.append(problem("hired_on", "到職日不得晚於今天。"))
    identity = identity_check(given["id_number"]) if given["id_number"] else None
    found += [one for one in person_problems(
        name=given["name"], id_number=given["id_number"], sex=given["sex"], birth_on=days.get("birth_on"), today=today,
    ) if one.field not in too_long]
    own = ("nationality", "email", "line_name", "home_address", "mail_address", "education", "trade", "employer", "workplace", "job",
           "staff_number", "years", "licence", "introducer", "note")
    return Applicant(
        name=tidy_name(given["name"]), id_number=identity.normal if identity else "",
        sex=given["sex"] or (identity.sex if identity and identity.valid and identity.sex else ""), birth_on=days.get("birth_on"),
        hired_on=days.get("hired_on"), **phones, monthly_wage=wage, dependants=int(dependants or 0), is_manager=_yes(given["is_manager"]),
        check_off=_yes(given["check_off"]), **{name: given[name] for name in own},
    ), found


def _day(name: str, text: str, found: list[Problem]) -> date | None:
    try:
        return roc.parse_date(text) if text else None
    except ValueError:
        found.append(problem(name, "看不懂的日期「%(text)s」，或沒有這一天。請填如 115/9/1、1150901 或 2026-09-01。", text=text[:30]))
        return None


def _phone(name: str, text: str, found: list[Problem]) -> str:
    try:
        return normal_phone(text) if text else ""
    except Unreadable as wrong:
        found.append(wrong.problem(name))
        return text


def _wage(text: str, found: list[Problem]) -> int | None:
    try:
        wage = money.parse_ntd(text) if text else None
    except ValueError:
        found.append(problem("monthly_wage", "「%(text)s」不是整數金額。請填如 1,200。", text=text[:30]))
        return None
    if wage is not None and not 0 <= wage <= 9_999_999:
        found.append(problem("monthly_wage", "每月工作所得請填 0 到 9,999,999 元。"))
        return None
    return wage


def _yes(word: str) -> bool | None:
    return {"yes": True, "no": False}.get(word)


NOTICE = (
    "{union}（本會）依個人資料保護法第 8 條告知：一、目的：會籍與會費管理、會議與選舉、勞工保險及全民健康保險投保、會員服務與勞工權益維護。"
    "二、類別：姓名、身分證統一編號、出生日期、聯絡方式、家庭、職業與薪資等本表各欄。"
    "三、期間：會籍存續期間及法令所定保存期限（投保名冊自出會起 5 年）；地區：我國境內；"
    "對象：本會、主管機關、勞工保險局、健保署及受本會委託者；方式：書面與電子。"
    "四、得向本會請求查詢、閱覽、複製、補充、更正、停止利用或刪除。五、得不提供；缺少必要資料時，本會無法辦理入會或加保。"
)
"""The privacy notice (PDP-03: 個人資料保護法第 8 條) until the union writes its own; with the place of the union's name."""


# --- the papers -------------------------------------------------------------------------------------------------------

IDENTITY, PHOTO, WORK_PROOF, LICENCE, EMPLOYMENT, RESIDENCE, PERMIT = "identity", "photo", "work_proof", "licence", "employment", "residence", "permit"
PAPERS = {
    IDENTITY: _m("身分證（或居留證）影本"), PHOTO: _m("照片"), WORK_PROOF: _m("從業證明，或無一定雇主、自營作業切結書"),
    LICENCE: _m("所填證照的影本"), EMPLOYMENT: _m("在職證明（識別證、投保資料或其他足資證明者）"), RESIDENCE: _m("居留證正反面"), PERMIT: _m("工作許可或免申請許可之證明"),
}


def papers(kind: UnionKind, applicant: Applicant) -> list[str]:
    """What belongs to an application of this union: trade proof for an occupational one, proof of employment elsewhere."""
    wanted = [IDENTITY, PHOTO, WORK_PROOF] if kind is UnionKind.OCCUPATIONAL else [IDENTITY, EMPLOYMENT]
    if kind is UnionKind.OCCUPATIONAL and applicant.licence:
        wanted.append(LICENCE)
    return wanted + ([RESIDENCE, PERMIT] if applicant.is_foreign else [])


# --- the check --------------------------------------------------------------------------------------------------------


class Kind(StrEnum):
    """What a check can find."""

    MEMBER = "member"
    FORMER = "former"
    ARREARS = "arrears"
    EXPELLED = "expelled"
    LIKELY = "likely"
    TWIN = "twin"
    MANAGER = "manager"
    NO_ID = "no_id"
    PAPERS = "papers"
    AGE = "age"
    FOREIGN = "foreign"
    WAGE = "wage"


class Weight(StrEnum):
    """``STOP``: as long as it holds, nobody can be admitted. ``ASK``: somebody has to answer it. ``NOTE``: to be known."""

    STOP = "stop"
    ASK = "ask"
    NOTE = "note"


class Match(StrEnum):
    """By what somebody known resembles the applicant."""

    IDENTITY = "identity"
    BIRTH = "birth"
    PHONE = "phone"


MATCHES = {Match.IDENTITY: _m("身分證號相同"), Match.BIRTH: _m("姓名與出生日期相同"), Match.PHONE: _m("電話相同")}


class Known(NamedTuple):
    """Somebody in the register who may be the applicant, as of the day. ``told`` is how the office names the record, "" when whoever asks
    may not see it. ``arrears`` NT$."""

    person_id: int
    by: Match
    told: str = ""
    is_member: bool = False
    left_on: date | None = None
    left_reason: str = ""
    expelled_on: date | None = None
    arrears: int = 0


class Twin(NamedTuple):
    """Another application that is still open and may be of the same person."""

    application_id: int
    number: str
    by: Match


class Circumstances(NamedTuple):
    """What the union is and what its constitution says on the day. The ``Basis`` are those of the constitution's values."""

    kind: UnionKind
    managers_may_join: bool
    managers: Basis
    minimum_age: int | None
    age: Basis
    needs_wage: bool = False
    """Whether what members pay follows from their wages."""


@dataclass(frozen=True)
class Finding:
    """One thing the check found. ``key`` stays the same as long as the facts do; ``person_id`` is whom it is about."""

    key: str
    kind: Kind
    weight: Weight
    text: Problem
    basis: Basis
    person_id: int | None = None


class Verdict(StrEnum):
    """How a finding was answered: cleared up, or it stands and the deciding body is told. Of LIKELY: another person, or the same."""

    CLEARED = "cleared"
    STANDS = "stands"


class Answer(NamedTuple):
    """``text`` says how it was cleared up, or what stands."""

    verdict: str
    text: str


_ONE_ROW = "工會法第 31 條第 1 項第 2 款"
_RETURN = Basis(
    "joining.return", "章程有關再入會之規定", _m("再入會連回原來的紀錄，是否先清償欠費依章程"), source="charter", confidence="secondary",
)


def findings(
    applicant: Applicant, *, known: Sequence[Known], twins: Sequence[Twin], missing: Sequence[str], union: Circumstances, today: date
) -> list[Finding]:
    """Everything that has to be looked at before the application goes to whoever decides; the gravest first."""
    found: list[Finding] = []
    for one in known:
        found += _of_known(one, today)
    found += [
        Finding(
            f"twin-{one.application_id}", Kind.TWIN, Weight.ASK, problem("", "另有受理中的申請 %(number)s（%(by)s）。", number=one.number, by=problem("", MATCHES[one.by])),
            Basis("joining.once", _ONE_ROW, _m("同一個人只辦一件"), (("申請編號", one.number),), confidence="derived"),
        )
        for one in twins
    ]
    if union.kind is UnionKind.ENTERPRISE and applicant.is_manager:
        allowed = union.managers_may_join
        found.append(Finding(
            "manager", Kind.MANAGER, Weight.NOTE if allowed else Weight.ASK,
            problem("", "自填為主管職（%(job)s）。", job=applicant.job or "–"),
            union.managers if allowed else Basis(
                "UA-14-manager", "工會法第 14 條；勞動部 100.12.30 勞資1字第1000126886號", _m("代表雇主行使管理權之主管人員不得加入該企業工會"),
                (("職稱", applicant.job or "未填"),), note=_m("是否代表雇主行使管理權，看實際職權（委任經理人、廠長、單位主管及相當層級），由理事會認定。"),
            ),
        ))
    if not applicant.id_number:
        found.append(Finding(
            "no_id", Kind.NO_ID, Weight.ASK, problem("", "沒有身分證號或居留證號，不能查重複。"),
            Basis("joining.once", _ONE_ROW, _m("名冊須能辨認本人"), confidence="derived"),
        ))
    if missing:
        found.append(_missing(missing, union.kind))
    if union.needs_wage and not applicant.monthly_wage:
        found.append(Finding(
            "wage", Kind.WAGE, Weight.NOTE, problem("", "會費依薪資計算，申請書沒有填每月工作所得；入會後登錄投保薪資才能開單。"),
            Basis("UA-28-monthly", "工會法第 28 條第 2 項；章程有關會費之規定", _m("會費依薪資比率或分級計算，要有薪資才算得出來"), source="charter", confidence="derived"),
        ))
    if applicant.birth_on is not None:
        found += _of_age(applicant.birth_on, union, today)
    if applicant.is_foreign:
        found.append(Finding(
            "foreign", Kind.FOREIGN, Weight.ASK, problem("", "外籍人士，請核對居留證與工作許可。"),
            Basis("UA-04-right", "工會法第 4 條第 1 項；就業服務法第 43 條", _m("所有勞工均得入會，不因國籍而異；從業資格看居留與許可"), confidence="secondary"),
        ))
    order = [Weight.STOP, Weight.ASK, Weight.NOTE]
    return sorted(found, key=lambda one: order.index(one.weight))


def _of_known(one: Known, today: date) -> list[Finding]:
    told: str | Problem = one.told or problem("", "（不在您看得到的單位）")
    if one.by != Match.IDENTITY:
        return [Finding(
            f"likely-{one.person_id}", Kind.LIKELY, Weight.ASK,
            problem("", "可能是名冊上的 %(told)s（%(by)s）。", told=told, by=problem("", MATCHES[one.by])),
            Basis("joining.once", _ONE_ROW, _m("同一個人只有一筆紀錄"), (("相同", MATCHES[one.by]),), confidence="derived"), one.person_id,
        )]
    if one.is_member:
        return [Finding(
            f"member-{one.person_id}", Kind.MEMBER, Weight.STOP, problem("", "%(told)s 已經在籍，不必再入會。", told=told),
            Basis("joining.once", _ONE_ROW, _m("在籍者不再辦入會"), (("計算日", today),), confidence="derived"), one.person_id,
        )]
    found: list[Finding] = []
    if one.left_on is not None:
        left = (("出會日期", one.left_on), ("出會原因", one.left_reason or _m("未登錄")))
        found.append(Finding(
            f"former-{one.person_id}", Kind.FORMER, Weight.NOTE,
            problem("", "曾為會員：%(told)s，%(left)s 出會（%(reason)s）。入會後連回原紀錄。", told=told, left=one.left_on, reason=problem("", one.left_reason or _m("未登錄"))),
            Basis(_RETURN.rule, _RETURN.citation, _RETURN.result, left, "charter", "secondary"), one.person_id,
        ))
    if one.expelled_on is not None:
        found.append(Finding(
            f"expelled-{one.person_id}", Kind.EXPELLED, Weight.ASK, problem("", "曾於 %(on)s 被除名。", on=one.expelled_on),
            Basis("UA-26-hearing", "工會法第 26 條第 1 項第 5 款", _m("除名由大會議決；能否再入會依章程與當時的決議"), (("除名生效日", one.expelled_on),), confidence="derived"),
            one.person_id,
        ))
    if one.arrears > 0:
        found.append(Finding(
            f"arrears-{one.person_id}", Kind.ARREARS, Weight.ASK, problem("", "尚有前欠 %(amount)s 元。", amount=f"{one.arrears:,}"),
            Basis(_RETURN.rule, _RETURN.citation, _RETURN.result, (("前欠（元）", one.arrears),), "charter", "secondary"), one.person_id,
        ))
    return found


def _missing(missing: Sequence[str], kind: UnionKind) -> Finding:
    by_trade = kind is UnionKind.OCCUPATIONAL
    return Finding(
        "papers", Kind.PAPERS, Weight.ASK, problem("", "還缺：%(papers)s。", papers=_together([problem("", PAPERS[one]) for one in missing])),
        Basis(
            "joining.papers", "章程入會程序；各工會入會須知", _m("本業從業由本人證明") if by_trade else _m("在職由本人證明，不以雇主出具者為限"), source="charter",
            confidence="secondary",
            note="" if by_trade else _m("曾有工會拒收識別證、堅持雇主證明，經命改正並敗訴。"),
        ),
    )


def _together(some: Sequence[Problem]) -> Problem:
    """Words one after another, each translated when they are shown."""
    first, *rest = some
    return problem("", "%(first)s、%(rest)s", first=first, rest=_together(rest)) if rest else first


def _of_age(birth_on: date, union: Circumstances, today: date) -> list[Finding]:
    age = age_on(birth_on, today)
    if union.minimum_age is not None and age < union.minimum_age:
        return [Finding("age", Kind.AGE, Weight.ASK, problem("", "%(age)s 歲，未滿 %(least)s 歲。", age=age, least=union.minimum_age), union.age)]
    if age < ADULT:
        basis = Basis(
            "UA-age-member", "工會法第 4 條、第 19 條", _m("得為會員，不得被選舉"), (("出生日期", birth_on), ("計算日", today)), confidence="derived",
            note=_m("限制行為能力人入會，建議取得法定代理人同意（民法第 77 條）。"),
        )
        return [Finding("age", Kind.AGE, Weight.NOTE, problem("", "%(age)s 歲，未成年。", age=age), basis)]
    return []


def check_problems(found: Sequence[Finding], answers: Mapping[str, Answer]) -> list[Problem]:
    """What stands against closing the check: something that stops it, or a question without an answer (field ``answer_<key>``)."""
    wrong = [problem("", "審查不能完成：%(what)s", what=one.text) for one in found if one.weight == Weight.STOP]
    for one in found:
        if one.weight != Weight.ASK:
            continue
        answer = answers.get(one.key)
        if answer is None or answer.verdict not in set(Verdict):
            wrong.append(problem(f"verdict_{one.key}", "請選怎麼認定。"))
        elif not answer.text.strip():
            wrong.append(problem(f"answer_{one.key}", "請寫下怎麼查的、依據什麼。"))
    same = {one.person_id for one in found if one.kind == Kind.LIKELY and (given := answers.get(one.key)) and given.verdict == Verdict.STANDS}
    same |= {one.person_id for one in found if one.kind in (Kind.FORMER, Kind.EXPELLED, Kind.ARREARS)}
    if len(same) > 1:
        wrong.append(problem("", "認定為好幾個人的紀錄；請先合併重複的會員。"))
    return wrong


def same_person(found: Sequence[Finding], answers: Mapping[str, Answer]) -> int | None:
    """Whose record the applicant has already: by the identity number, or because the check says it is the same person."""
    for one in found:
        if one.kind in (Kind.FORMER, Kind.EXPELLED, Kind.ARREARS):
            return one.person_id
        if one.kind == Kind.LIKELY and (given := answers.get(one.key)) and given.verdict == Verdict.STANDS:
            return one.person_id
    return None


def unanswered(found: Sequence[Finding], kept: Mapping[str, Any]) -> list[Finding]:
    """What has come up since the check was closed: it has to be checked again. ``kept`` are the stored answers by key."""
    return [one for one in found if one.weight == Weight.STOP or (one.weight == Weight.ASK and one.key not in kept)]


RATIFY_MONTHS = 3
RATIFY = Basis(
    "UA-24-freq", "工會法第 24 條第 2 項", _m("理事會每三個月至少開會一次，追認最遲在下一次理事會"), confidence="derived",
)


def ratify_by(decided_on: date) -> date:
    """The last day for the board to ratify what the president decided (``RATIFY``): three calendar months later."""
    return same_day(decided_on, RATIFY_MONTHS)
