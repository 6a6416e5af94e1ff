"""Questions asked on the telephone that a pure rule answers: one registration serves screen, command line and API.

Owns the register, the inputs with their bounds, and the reading of raw text into them. The rules themselves live beside it
(``periods``, ``union_act``) or in an area's ``rules``; an area adds its own with ``register``.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Literal

from unionops.law.basis import Basis
from unionops.law.dues import federation, floors
from unionops.law.periods import UNIT_TITLES, deadline, notice_latest_delivery
from unionops.law.union_act import KIND_LABELS, UnionKind, assembly_thresholds, officer_limits
from unionops.values.identifiers import identity_check
from unionops.values.money import ntd_in_words
from unionops.values.problems import Problem, RuleBroken, Unreadable, _m, problem
from unionops.values.roc import parse_date
from unionops.values.text import half_width

Kind = Literal["int", "date", "choice", "text"]
Answer = tuple[dict[str, Any], tuple[Basis, ...]]
_LONGEST_TEXT = 200


@dataclass(frozen=True)
class Input:
    """One thing to enter. ``choices`` are (word, Chinese label) pairs; ``low`` and ``high`` bound a whole number, both included.

    What is not required and not given takes ``default``.
    """

    name: str
    kind: Kind
    title: str
    required: bool = True
    choices: tuple[tuple[str, str], ...] = ()
    default: str | int | date | None = None
    help: str = ""
    low: int | None = None
    high: int | None = None

    def read(self, raw: str) -> str | int | date:
        """The value that a text means. Raises Unreadable."""
        text = half_width(raw).strip()
        match self.kind:
            case "int":
                return self._whole(text)
            case "date":
                return parse_date(text)
            case "choice":
                words = [word for word, _label in self.choices]
                if text not in words:
                    raise Unreadable("choice", "須為下列之一：%(choices)s", choices=words)
                return text
            case "text":
                if len(text) > _LONGEST_TEXT:
                    raise Unreadable("too_long", "不得超過 %(longest)s 字", longest=_LONGEST_TEXT)
                return raw.strip()

    def _whole(self, text: str) -> int:
        figures = text.removeprefix("-")
        if not (figures.isascii() and figures.isdigit() and len(figures) <= 12):
            raise Unreadable("not_a_number", "須為整數")
        value = int(text)
        if self.low is not None and value < self.low:
            raise Unreadable("out_of_range", "不得小於 %(low)s", low=self.low)
        if self.high is not None and value > self.high:
            raise Unreadable("out_of_range", "不得大於 %(high)s", high=self.high)
        return value


@dataclass(frozen=True)
class Calculator:
    """A question with its inputs and the rule that answers it; ``answer`` is called with the inputs by name."""

    name: str
    title: str
    inputs: tuple[Input, ...]
    answer: Callable[..., Answer] = field(repr=False)
    task: str = ""
    indicators: tuple[str, ...] = ()

    def ask(self, raw: Mapping[str, str]) -> Answer:
        """The answer to raw text inputs. Raises RuleBroken with every problem found."""
        return self.answer(**parse(self, raw))


CALCULATORS: dict[str, Calculator] = {}


def register(calculator: Calculator) -> Calculator:
    """Adds a calculator. Raises ValueError when its name is taken."""
    if calculator.name in CALCULATORS:
        raise ValueError(f"calculator {calculator.name!r} is registered already")
    CALCULATORS[calculator.name] = calculator
    return calculator


def parse(calculator: Calculator, raw: Mapping[str, str]) -> dict[str, str | int | date | None]:
    """The inputs by name, read and with defaults filled in. Raises RuleBroken: unknown, missing or unreadable, each named."""
    known = {given.name: given for given in calculator.inputs}
    problems = [
        problem(name, "沒有這個項目；可用的項目：%(names)s", code="unknown", names=list(known)) for name in raw if name not in known
    ]
    values: dict[str, str | int | date | None] = {}
    for given in calculator.inputs:
        text = raw.get(given.name, "")
        if not text.strip():
            values[given.name] = given.default
            if given.required and given.default is None:
                problems.append(problem(given.name, "請填寫此項", code="missing"))
            continue
        try:
            values[given.name] = given.read(text)
        except Unreadable as unreadable:
            problems.append(unreadable.problem(given.name))
    if problems:
        raise RuleBroken(*problems)
    return values


def as_json(answer: Answer) -> dict[str, Any]:
    """``{"answer": {…}, "basis": [{…}]}`` with dates in ISO, ready for ``json.dumps``."""
    values, bases = answer
    return {
        "answer": {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()},
        "basis": [basis.as_dict() for basis in bases],
    }


def _period_deadline(**given: Any) -> Answer:
    found = deadline(**given)
    return {"nominal_on": found.nominal_on, "latest_on": found.latest_on}, found.basis


def _notice_latest_delivery(**given: Any) -> Answer:
    found = notice_latest_delivery(**given)
    return {"deliver_by": found.deliver_by}, found.basis


def _officers_limits(*, members: int, kind: str, directors: int | None) -> Answer:
    limits = officer_limits(members, UnionKind(kind), directors)
    if directors is not None and not limits.directors_min <= directors <= limits.directors_max:
        raise RuleBroken(_outside("directors", limits.directors_min, limits.directors_max, limits.bases[0]))
    told = asdict(limits)
    names = (
        "directors_min",
        "directors_max",
        "supervisors_max",
        "standing_directors_max",
        "alternate_directors_max",
        "alternate_supervisors_max",
        "delegates_min",
    )
    return {name: told[name] for name in names}, limits.bases


def _outside(name: str, low: int, high: int, basis: Basis) -> Problem:
    return problem(name, "須介於 %(low)s 與 %(high)s 之間（%(citation)s）", code=basis.rule, low=low, high=high, citation=basis.citation)


def _assembly_thresholds(*, base: int, attending: int | None, in_person: int | None) -> Answer:
    problems = []
    if attending is not None and attending > base:
        problems.append(problem("attending", "出席人數不得多於應出席人數 %(base)s", base=base))
    most = base if attending is None else attending
    if in_person is not None and in_person > most:
        problems.append(problem("in_person", "親自出席人數不得多於 %(most)s", most=most))
    if problems:
        raise RuleBroken(*problems)
    found = assembly_thresholds(base, attending, in_person)
    names = ("quorum", "ordinary", "special", "proxies_max")
    return {name: getattr(found, name) for name in names if getattr(found, name) is not None}, found.bases


def _identity_check(*, number: str) -> Answer:
    found = identity_check(number)
    result = {"id_checksum": _m("檢查碼不符"), "id_format": _m("格式不符")}.get(found.problem or "", _m("正確"))
    basis = Basis(
        "ID-checksum",
        _m("國民身分證統一編號、外來人口統一證號編碼方式"),
        result,
        ((_m("號碼"), found.normal[:2] + "…"),),
        source="default",
        confidence="secondary",
    )
    return {"valid": found.valid, "kind": found.kind, "sex": found.sex}, (basis,)


def _dues_floors(*, monthly_wage: int, daily_wage: int | None) -> Answer:
    found = floors(monthly_wage, daily_wage)
    return {"regular_min": found.regular, "entrance_min": found.entrance}, found.basis


def _dues_federation(*, members_dues: int) -> Answer:
    least, most, basis = federation(members_dues)
    return {"min": least, "max": most}, (basis,)


def _money_capitals(*, amount: int) -> Answer:
    text = ntd_in_words(amount)
    basis = Basis(
        "MONEY-capitals", _m("國字大寫金額的習慣寫法"), text, ((_m("金額"), amount),), source="default", confidence="derived",
        note=_m("收據金額以國字大寫，末尾加「整」。"),
    )
    return {"text": text}, (basis,)


_PEOPLE_MAX = 10_000_000
_WAGE_MAX = 10_000_000
_MONEY_MAX = 999_999_999_999

for _calculator in (
    Calculator(
        "period.deadline",
        _m("期間末日"),
        (
            Input("event_on", "date", _m("起算事由發生日")),
            Input("length", "int", _m("期間"), low=-36_525, high=36_525, help=_m("負數表示自該日往前計算（只用於日、週）")),
            Input("unit", "choice", _m("單位"), required=False, default="day", choices=tuple(UNIT_TITLES.items())),
            Input(
                "roll",
                "choice",
                _m("末日遇假日"),
                required=False,
                default="APA48",
                choices=(
                    ("APA48", _m("向機關申請：順延，星期六延至星期一上午")),
                    ("CC122", _m("訴訟、意思表示、給付：順延")),
                    ("NONE", _m("消滅時效、除斥期間：不順延")),
                ),
            ),
            Input(
                "first_day",
                "choice",
                _m("始日"),
                required=False,
                default="excluded",
                choices=(("excluded", _m("不計入")), ("included", _m("計入"))),
            ),
        ),
        _period_deadline,
        task="T3.2",
        indicators=("P3.2.1",),
    ),
    Calculator(
        "notice.latest_delivery",
        _m("開會通知最遲送達日"),
        (
            Input("body", "choice", _m("會議"), choices=(("assembly", _m("會員（代表）大會")), ("board", _m("理事會、監事會")))),
            Input(
                "session",
                "choice",
                _m("性質"),
                choices=(("regular", _m("定期")), ("extraordinary", _m("臨時")), ("emergency", _m("緊急"))),
            ),
            Input("meeting_on", "date", _m("開會日")),
        ),
        _notice_latest_delivery,
        task="T1.2",
        indicators=("P1.2.3",),
    ),
    Calculator(
        "officers.limits",
        _m("理監事與會員代表名額"),
        (
            Input("members", "int", _m("會員人數"), low=1, high=_PEOPLE_MAX),
            Input("kind", "choice", _m("工會種類"), choices=tuple((kind.value, label) for kind, label in KIND_LABELS.items())),
            Input("directors", "int", _m("章程所定理事人數"), required=False, low=1, high=1_000, help=_m("未填者以上限計算")),
        ),
        _officers_limits,
        task="T1.2",
        indicators=("P1.2.2",),
    ),
    Calculator(
        "assembly.thresholds",
        _m("大會出席與表決門檻"),
        (
            Input(
                "base",
                "int",
                _m("應出席人數"),
                low=1,
                high=_PEOPLE_MAX,
                help=_m("章程所定會員代表人數，或名冊上之會員人數；請假者不扣除"),
            ),
            Input("attending", "int", _m("出席人數"), required=False, low=0, high=_PEOPLE_MAX, help=_m("親自出席與有效委託合計")),
            Input("in_person", "int", _m("親自出席人數"), required=False, low=0, high=_PEOPLE_MAX),
        ),
        _assembly_thresholds,
        task="T1.2",
        indicators=("P1.2.3",),
    ),
    Calculator(
        "identity.check",
        _m("身分證號、居留證號檢查"),
        (Input("number", "text", _m("號碼")),),
        _identity_check,
        task="T1.2",
        indicators=("P1.2.2",),
    ),
    Calculator(
        "dues.floors",
        _m("會費下限"),
        (
            Input("monthly_wage", "int", _m("當月工資（元）"), low=1, high=_WAGE_MAX),
            Input("daily_wage", "int", _m("入會時一日工資（元）"), required=False, low=1, high=_WAGE_MAX, help=_m("未填者以月工資除以 30 計")),
        ),
        _dues_floors,
        task="T1.2",
        indicators=("P1.2.1",),
    ),
    Calculator(
        "dues.federation",
        _m("繳納聯合組織的會費"),
        (Input("members_dues", "int", _m("會員一年所繳會費（元）"), low=0, high=_MONEY_MAX),),
        _dues_federation,
        task="T1.2",
        indicators=("P1.2.1",),
    ),
    Calculator(
        "money.capitals",
        _m("金額國字大寫"),
        (Input("amount", "int", _m("金額（元）"), low=0, high=_MONEY_MAX),),
        _money_capitals,
        task="T1.2",
        indicators=("P1.2.1",),
    ),
):
    register(_calculator)
