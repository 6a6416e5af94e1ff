"""The shape of what is typed about billing: schemes, terms, reductions, runs, corrections, the beginning. Meaning is for the rules."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, HiddenField, RadioField, SelectMultipleField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

from unionops.core.forms import ChoiceField, DateField, Form, MoneyField, OnceForm, TextField, optional, required, too_long
from unionops.core.i18n import _, _l, chinese
from unionops.core.ref_field import RefField
from unionops.members import queries
from unionops.members.listing import CLASSES
from unionops.members.models import Scheme
from unionops.members.rules.dues import LATE_DAYS, AdjustmentKind, AmountBasis, Period, Prorate, SchemeKind, Terms
from unionops.members.rules.payment_numbers import ACCOUNT, SLIP
from unionops.members.rules.schemes import read_rate, read_rows, wage_table
from unionops.members.services.dues.schemes import About
from unionops.values.problems import Problem, RuleBroken, problem
from unionops.values.text import half_width

KINDS = {
    SchemeKind.ENTRANCE: _l("入會費"), SchemeKind.REGULAR: _l("經常會費"), SchemeKind.LEVY: _l("特別會費"), SchemeKind.MUTUAL: _l("互助金"),
    SchemeKind.AGENCY: _l("代收款"),
}
PERIODS = {Period.ONCE: _l("一次"), Period.MONTH: _l("月繳"), Period.QUARTER: _l("季繳"), Period.HALF: _l("半年繳"), Period.YEAR: _l("年繳")}
PRORATES = {
    Prorate.FULL: _l("整期都收"), Prorate.MONTHS: _l("從入會那個月起按月收"), Prorate.DAYS: _l("按在會日數收"),
}
BASES = {
    AmountBasis.FIXED: _l("定額"), AmountBasis.SHARE: _l("月投保薪資的百分比"), AmountBasis.TABLE: _l("依月投保薪資分級"),
    AmountBasis.CLASS: _l("依會員類別"), AmountBasis.UNIT: _l("依單位"),
}


def _half(value: Any) -> Any:
    return half_width(value).strip() if isinstance(value, str) else value


class WholeField(TextField):
    """A small whole number, None when left empty."""

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any) -> None:
        kwargs.setdefault("render_kw", {"inputmode": "numeric"})
        super().__init__(label, validators, filters=(_half,), **kwargs)

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        if self.data and not (str(self.data).isascii() and str(self.data).isdigit() and len(str(self.data)) <= 4):
            raise StopValidation(_("請填整數。"))

    @property
    def number(self) -> int | None:
        return int(self.data) if self.data else None


class Checks(SelectMultipleField):
    """Several of a list."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, label: Any = None, validators: Any = None, choices: Any = (), **kwargs: Any) -> None:
        super().__init__(label, validators, choices=[SelectChoice(*choice) for choice in choices], **kwargs)

    def pre_validate(self, form: Any) -> None:
        known = {str(value) for value, *_rest in self.iter_choices()}
        if any(str(one) not in known for one in self.data or ()):
            raise StopValidation(_("請從清單中選。"))


def _offer_units(field: Any) -> None:
    field.choices = [(str(unit.id), "　" * depth + unit.name) for unit, depth in queries.unit_tree()]


class SchemeForm(OnceForm):
    """A scheme without its amounts."""

    title = TextField(_l("名稱"), [required(), too_long(60)], description=_l("印在繳費通知與收據上，例如：經常會費"))
    kind = ChoiceField(_l("款別"), choices=[(one.value, text) for one, text in KINDS.items() if one is not SchemeKind.AGENCY], default="regular")
    period = ChoiceField(_l("繳期"), choices=[(one.value, text) for one, text in PERIODS.items()], default="quarter")
    due_month = WholeField(_l("第幾個月到期"), default="2", description=_l("這一期的第幾個月，例如季繳填 2，第一季的期限就在 2 月；只收一次的不填"))
    due_day = WholeField(_l("幾日到期"), default="31", description=_l("31 表示月底；只收一次的項目，填開單後幾日內繳清"))
    prorate = ChoiceField(_l("中途入會或出會"), choices=[(one.value, text) for one, text in PRORATES.items()], default="months")
    order = WholeField(_l("沖帳順序"), default="10", description=_l("同一期的錢先沖數字小的項目；不同期一律先沖最早到期的"))
    classes = Checks(_l("只向這些類別收"), choices=[(key, text) for key, text in CLASSES.items()], description=_l("都不勾就是全體會員"))
    units = Checks(_l("只向這些單位收"), choices=[], description=_l("包含所屬的下級單位；都不勾就是全部單位"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_units(self.units)
        if not self.units.choices:
            del self.units

    @classmethod
    def of(cls, scheme: Scheme) -> SchemeForm:
        return cls(data={
            "title": scheme.title, "kind": scheme.kind, "period": scheme.period, "due_month": str(scheme.due_month), "due_day": str(scheme.due_day),
            "prorate": scheme.prorate, "order": str(scheme.order), "classes": scheme.classes, "units": [str(one) for one in scheme.units],
        })

    @property
    def about(self) -> About:
        units = self.units.data if "units" in self else ()
        return About(
            self.title.data or "", SchemeKind(self.kind.data), Period(self.period.data), self.due_month.number, self.due_day.number,
            Prorate(self.prorate.data), self.order.number, tuple(self.classes.data or ()), tuple(int(one) for one in units or ()),
        )


class TermsForm(Form):
    """How much, from a day on. Which of the fields count follows from the basis. It may be looked at before it is saved, so it has no
    one-time key; a second press meets that the day has its terms."""

    valid_from = DateField(_l("生效日"), [required()], description=_l("還沒有開過單的日子；已開的單不會變"))
    basis = ChoiceField(_l("計算方式"), choices=[(one.value, text) for one, text in BASES.items()], default="fixed")
    amount = MoneyField(_l("金額"), [optional()], description=_l("每月金額；只收一次的填一次的金額。定額時填，其他方式不填"))
    rate = TextField(_l("百分比"), [too_long(10)], description=_l("例如 0.5，是月投保薪資的 0.5%"))
    table = TextAreaField(_l("分級表"), description=_l(
        "一行一列：級別、空格、每月金額。依薪資：「30300 150」是 30,300 元以下收 150，最後一列寫「以上 300」。依類別或單位：寫名稱，例如「贊助會員 50」"))
    clause = TextField(_l("章程條次"), [too_long(60)], description=_l("例如：章程第 29 條"))
    resolution = TextField(_l("決議"), [too_long(200)], description=_l("例如：第 5 屆第 2 次會員代表大會決議；條次與決議至少填一項"))

    @property
    def terms(self) -> Terms:
        """What was typed. Raises RuleBroken when the table cannot be read."""
        basis = AmountBasis(self.basis.data)
        assert self.valid_from.data is not None
        rate = read_rate(_half(self.rate.data or "")) if basis is AmountBasis.SHARE else None
        table = self._table(basis) if basis in (AmountBasis.TABLE, AmountBasis.CLASS, AmountBasis.UNIT) else None
        return Terms(self.valid_from.data, basis, self.amount.data if basis in (AmountBasis.FIXED, AmountBasis.UNIT) else None, rate, table)

    def _table(self, basis: AmountBasis) -> dict[str | int | None, int]:
        rows = read_rows(half_width(self.table.data or ""))
        if isinstance(rows, Problem):
            raise RuleBroken(rows)
        if basis is AmountBasis.TABLE:
            found = wage_table(rows)
            if isinstance(found, Problem):
                raise RuleBroken(found)
            return found
        known: dict[str, str | int] = (
            {str(text): key for key, text in CLASSES.items()} | {key: key for key in CLASSES}
            if basis is AmountBasis.CLASS else {unit.name: unit.id for unit, _depth in queries.unit_tree()}
        )
        unknown = [row.key for row in rows if row.key not in known]
        if unknown:
            raise RuleBroken(problem("table", "沒有「%(key)s」這個類別或單位。", code="row_key", key=unknown[0]))
        return {known[row.key]: row.amount for row in rows}


class DayForm(Form):
    """The day of an ending."""

    on = DateField(_l("日期"), [required()])


class PresetForm(OnceForm):
    """Begin with what the constitution says."""

    period = ChoiceField(_l("會費怎麼收"), choices=[(one.value, text) for one, text in PERIODS.items() if one is not Period.ONCE], default="quarter")


class ExemptionForm(OnceForm):
    person = RefField(_l("會員"), [required()], kinds=("person",))
    scheme = ChoiceField(_l("減免的項目"), choices=[])
    percent = WholeField(_l("減免百分比"), [required()], default="100", description=_l("100 是全免，50 是收一半"))
    from_on = DateField(_l("起日"), [required()])
    until_on = DateField(_l("迄日"), [optional()], description=_l("不填就是到另行結束為止"))
    reason = TextField(_l("事由"), [required(), too_long(200)], description=_l("例如：重大傷病、服役、育嬰留職停薪"))
    basis = TextField(_l("依據"), [required(), too_long(200)], description=_l("章程條次或決議，例如：章程第 31 條"))

    def offer(self, schemes: list[Scheme]) -> None:
        self.scheme.choices = [("", _("所有經常會費")), *((str(one.id), one.title) for one in schemes if one.closed_on is None)]


class RunForm(OnceForm):
    """Which schemes and which period."""

    schemes = Checks(_l("收費項目"), choices=[])
    period = ChoiceField(_l("期別"), choices=[])
    title = TextField(_l("名稱"), [too_long(80)], description=_l("不填就用期別與項目的名稱"))
    due_on = DateField(_l("繳款期限"), [optional()], description=_l("不填就用各項目的期限；期限已過的，從開單日起 %(days)s 日", days=LATE_DAYS))

    @property
    def period_on(self) -> date:
        return date.fromisoformat(self.period.data.partition(":")[2])

    @property
    def period_kind(self) -> Period:
        return Period(self.period.data.partition(":")[0])


class SeenForm(OnceForm):
    """Makes the run of a draft whose figures somebody has seen."""

    seen = HiddenField()


class WhyForm(OnceForm):
    why = TextField(_l("理由"), [required(), too_long(150)])


class CorrectForm(OnceForm):
    """One charge put right."""

    kind = ChoiceField(_l("種類"), choices=[(AdjustmentKind.CORRECTION.value, _l("更正（開錯了）")), (AdjustmentKind.REMISSION.value, _l("事後減免（有決議）"))])
    to = MoneyField(_l("改為多少"), [required()], description=_l("減到比已繳的少時，多繳的部分轉為這位會員的溢繳款"))
    why = TextField(_l("理由"), [required(), too_long(200)])
    resolution = TextField(_l("決議"), [too_long(200)], description=_l("事後減免必填，例如：第 5 屆第 7 次理事會決議"))
    seen = HiddenField()


class NoticesForm(OnceForm):
    """Who gets the notices of a run, and how."""

    way = RadioField(_l("怎麼通知"), choices=[SelectChoice(*one) for one in (
        ("all", _l("全部列印成一份 PDF")), ("paper", _l("只列印沒有電子郵件的人")), ("mail", _l("寄電子郵件給有信箱的人")),
    )], default="paper")
    again = BooleanField(_l("已經寄過電子郵件，仍要再寄一次"))


class NumberingForm(OnceForm):
    kind = ChoiceField(_l("種類"), choices=[(ACCOUNT, _l("虛擬帳號")), (SLIP, _l("超商銷帳編號"))])
    agreed_with = TextField(_l("代收機構"), [required(), too_long(80)], description=_l("銀行或代收公司的名稱"))
    valid_from = DateField(_l("生效日"), [required()])
    pattern = TextField(_l("編碼方式"), [required(), too_long(120)], description=_l(
        "固定的字照寫，其餘用：{member:6} 會員編號 6 碼、{year:1} 民國年末 1 碼、{quarter:1} 季、{half:1} 半年、{month:2} 月、"
        "{weights:371} 加權檢查碼、{rest:97} 除以 97 的餘數。例如 98217{member:6}{year:1}{quarter:1}{weights:371}"))


NUMBERING_KINDS = {ACCOUNT: _l("虛擬帳號"), SLIP: _l("超商銷帳編號")}


class BeginForm(OnceForm):
    begins_on = DateField(_l("起始日"), [required()], description=_l("從這一天起由本系統開單、收款、記帳；之前的欠費與溢繳列入期初"))


class BalancesForm(Form):
    """The balances of the day of the beginning, a line for each account; a second press meets the voucher of the first."""

    lines = TextAreaField(_l("各科目的餘額"), [required()], description=_l(
        "一行一個：科目名稱或代碼（銀行存款也可寫銀行名稱），空格，金額。例如「零用金 5,000」「合作金庫 350,000」「代收款項 80,000」。"
        "應收會費、預收款由會員明細帶入，累計餘絀由差額算出，都不必填"))


class OpeningFileForm(OnceForm):
    file = FileField(_l("檔案"), [FileRequired(_l("請選擇檔案。"))], render_kw={"accept": ".csv,.xlsx,.ods,.txt"}, description=_l(
        "Excel、ODS 或 CSV，一位會員一列：會員編號或姓名，欠費或溢繳的金額，知道的話再加期別、繳款期限。欄位叫什麼、怎麼排都可以，讀入後再核對"))


class OpeningItemForm(OnceForm):
    """What one member owed, or had paid too much, before the beginning."""

    person = RefField(_l("會員"), [required()], kinds=("person",))
    kind = ChoiceField(_l("款別"), choices=[*((one.value, text) for one, text in KINDS.items()), ("credit", _l("溢繳（預收）"))], default="regular")
    text = TextField(_l("項目"), [too_long(80)], description=_l("例如：114 年第 4 季會費；不填就用款別的名稱"))
    amount = MoneyField(_l("金額"), [required()])
    period_on = DateField(_l("期別起日"), [optional()], description=_l("這筆是從哪一天起的會費；不填就用繳款期限當月"))
    months = WholeField(_l("月數"), default="1", description=_l("這筆是幾個月的會費，欠費月數依此計算"))
    due_on = DateField(_l("原繳款期限"), [optional()], description=_l("不填就是起始日的前一天"))


def percent_of(rate: str) -> str:
    """``0.005`` as 0.5 %."""
    return f"{(Decimal(rate) * 100).normalize():f} %" if rate else ""


def period_title(period: Period, first: date) -> str:
    """A period as people call it: 115 年第 1 季; an ISO-like name in English."""
    year = first.year - 1911 if chinese() else first.year
    match period:
        case Period.ONCE:
            return _("只收一次的項目")
        case Period.MONTH:
            return _("%(year)s 年 %(month)s 月", year=year, month=first.month)
        case Period.QUARTER:
            return _("%(year)s 年第 %(n)s 季", year=year, n=(first.month - 1) // 3 + 1)
        case Period.HALF:
            return _("%(year)s 年上半年", year=year) if first.month == 1 else _("%(year)s 年下半年", year=year)
        case _:
            return _("%(year)s 年", year=year)
