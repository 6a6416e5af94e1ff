"""The forms of check-off: terms with an employer and the form of its list, making and sending a list, reading an answer, booking it,
deciding about its doubtful rows, consents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_wtf.file import FileField
from wtforms import BooleanField, IntegerField, RadioField, SelectMultipleField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

from unionops.core.forms import ChoiceField, DateField, Form, MoneyField, OnceForm, TextField, optional, required, too_long
from unionops.core.i18n import _, _l
from unionops.core.ref_field import RefField
from unionops.members.checkoff_wording import BASES, COLUMNS, USUAL_COLUMNS
from unionops.members.models import EmployerTerms
from unionops.members.rules.checkoff import MEMBER, STAFF
from unionops.values.problems import Problem, problem
from unionops.values.text import half_width

MONTHS = ((1, _l("每月一份")), (3, _l("每季一份")), (6, _l("半年一份")), (12, _l("全年一份")))
KEYS = {STAFF: _l("員工編號"), f"{STAFF},{MEMBER}": _l("員工編號，找不到再看會員編號"), MEMBER: _l("會員編號")}
_BACK = {"staff": "staff_heading", "amount": "amount_heading"}


class TermsForm(OnceForm):
    """Terms with an employer. The columns are lines of text: one column a line, ``our name=its heading``."""

    from_on = DateField(_l("起日"), [required()])
    until_on = DateField(_l("迄日"), [optional()], description=_l("終止代扣時才填"))
    basis = ChoiceField(_l("同意依據"), [required()], choices=list(BASES.items()))
    agreement = TextField(_l("約定文件"), [too_long(200)], description=_l("與雇主的協議、團體協約、決議屆次或章程條次，例如：114/12/1 代扣協議書"))
    months = ChoiceField(_l("名冊期間"), [required()], coerce=int, choices=list(MONTHS))
    hand_over_day = IntegerField(_l("交付日"), [required(), NumberRange(1, 31, message=_l("請填 1 到 31。"))], description=_l("期末次月幾日前交付；法令未定，依約定"))
    email = TextField(_l("名冊寄到"), [too_long(254)], description=_l("不填就列印交付"), render_kw={"inputmode": "email"})
    columns = TextAreaField(_l("名冊欄位"), [optional()], description=_l("一行一欄，依序排列；雇主要用別的標題，寫成「員工編號=EMPNO」。"))
    code = TextField(_l("扣款代號"), [too_long(20)], description=_l("雇主薪資系統裡會費的代號；回覆檔混有其他扣款時靠它分辨"))
    keys = ChoiceField(_l("回覆檔以什麼比對"), [required()], choices=list(KEYS.items()))
    staff_heading = TextField(_l("回覆檔的編號欄標題"), [too_long(40)], description=_l("認不出來才填"))
    amount_heading = TextField(_l("回覆檔的金額欄標題"), [too_long(40)], description=_l("認不出來才填"))

    @staticmethod
    def shown(terms: EmployerTerms | None, today: date) -> dict[str, Any]:
        """The values with which the form opens."""
        if terms is None:
            return {"from_on": today.replace(day=1), "hand_over_day": 10, "months": 1, "columns": _lines({}), "keys": STAFF}
        layout = terms.layout
        return {
            "from_on": terms.from_on, "until_on": terms.until_on, "basis": terms.basis, "agreement": terms.agreement, "months": terms.months,
            "hand_over_day": terms.hand_over_day, "email": terms.email, "columns": _lines(layout), "code": layout.get("code", ""),
            "keys": ",".join(layout.get("keys") or (STAFF,)), **{field: layout.get("headings", {}).get(role, "") for role, field in _BACK.items()},
        }

    def layout(self) -> tuple[dict[str, Any], list[Problem]]:
        """What is to be kept of the form of the employer's list, and what could not be understood."""
        known = {str(title): key for key, (title, _heading) in COLUMNS.items()} | {heading: key for key, (_title, heading) in COLUMNS.items()}
        columns: list[str] = []
        titles: dict[str, str] = {}
        problems = []
        for line in (self.columns.data or "").splitlines():
            name, _sign, heading = half_width(line).strip().partition("=")
            key = known.get(name.strip())
            if not name.strip():
                continue
            if key is None:
                problems.append(problem("columns", "沒有「%(name)s」這一欄；可用的是 %(known)s。", name=name.strip()[:20], known=[str(title) for title, _h in COLUMNS.values()]))
            elif key not in columns:
                columns.append(key)
                if heading.strip():
                    titles[key] = heading.strip()[:40]
        if columns and not problems and not {"staff", "number"} & set(columns):
            problems.append(problem("columns", "名冊至少要有員工編號或會員編號，回覆時才對得起來。"))
        headings = {role: getattr(self, field).data for role, field in _BACK.items() if getattr(self, field).data}
        return {
            "columns": columns or list(USUAL_COLUMNS), "titles": titles, "code": self.code.data or "", "keys": (self.keys.data or STAFF).split(","), "headings": headings,
        }, problems


def _lines(layout: dict[str, Any]) -> str:
    titles = layout.get("titles", {})
    return "\n".join(
        f"{COLUMNS[key][0]}={titles[key]}" if key in titles else str(COLUMNS[key][0]) for key in layout.get("columns") or USUAL_COLUMNS if key in COLUMNS
    )


class PeriodForm(Form):
    """For which period a list is made; a question whose answer lives in the address."""

    period = ChoiceField(_l("期別"))
    carry = BooleanField(_l("併入前期未扣足的金額"), description=_l("只併約定開始之後的；更早的欠費不請雇主代扣"))

    def __init__(self, periods: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.period.choices = [SelectChoice(*one) for one in periods]


class MakeForm(OnceForm):
    """Makes the list that was previewed."""


class SendForm(Form):
    """How the list was handed over, when not by mail from here."""

    how = RadioField(_l("送出方式"), [required()], choices=[SelectChoice("paper", _l("紙本")), SelectChoice("portal", _l("雇主的系統或其他方式"))], default="paper")
    sent_on = DateField(_l("送出日"), [required()])


class MailForm(OnceForm):
    subject = TextField(_l("主旨"), [required(), too_long(120)])
    text = TextAreaField(_l("內容"), [required()])
    fmt = RadioField(_l("附檔格式"), [required()], choices=[SelectChoice("xlsx", "Excel (.xlsx)"), SelectChoice("ods", "OpenDocument (.ods)"), SelectChoice("csv", "CSV")], default="xlsx")


class AnswerForm(Form):
    file = FileField(
        _l("回覆檔"), validators=[required(_l("請選擇檔案。"))], render_kw={"accept": ".xlsx,.ods,.csv,.txt"},
        description=_l("雇主寄回的檔案原樣放上來就好：Excel、OpenDocument 或 CSV，最大 10 MB。標題列、合計列、其他扣款、各月並列都認得。"),
    )
    anyway = BooleanField(_l("已核對：月份或人員雖不同，確實是這一期的回覆"))


class BookForm(OnceForm):
    """Books an answer; what the employer transferred is shown against it."""

    received_on = DateField(_l("入帳日"), [required()])
    transferred = MoneyField(_l("匯款金額"), [optional()], description=_l("實際匯進工會帳戶的金額；還不知道就留空"))
    fee = MoneyField(_l("內扣匯費"), [optional()])
    differences_seen = BooleanField(_l("看過差額，仍要入帳"))


class BackForm(OnceForm):
    on = DateField(_l("沖回日"), [required()])
    why = TextField(_l("原因"), [required(), too_long(200)])


class DropForm(OnceForm):
    why = TextField(_l("原因"), [required(), too_long(200)])


class DecideForm(OnceForm):
    """What is decided about one row; which choices it has depends on the row."""

    decision = RadioField(_l("怎麼處理"), [required(_l("請選一項。"))])
    person = RefField(_l("是哪位會員"), kinds=("person",), description=_l("打姓名或會號；選「查明會員」才填"))
    why = TextField(_l("說明"), [too_long(200)], description=_l("怎麼查明的，例如：3/12 電話向人事林小姐確認"))

    def __init__(self, choices: Sequence[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.decision.choices = [SelectChoice(*one) for one in choices]


class _Boxes(SelectMultipleField):
    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()
    kind = "options"


class ConsentsForm(OnceForm):
    """Consents on paper, written down together."""

    people = _Boxes(_l("已交同意書的會員"), coerce=int)
    given_on = DateField(_l("同意日"), [required()])
    how = TextField(_l("方式"), [required(), too_long(80)], description=_l("例如：書面簽名、入會申請書"))
    text_version = TextField(_l("版本"), [too_long(40)])

    def __init__(self, people: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.people.choices = [SelectChoice(*one) for one in people]

    def validate(self, extra_validators: Any = None) -> bool:
        good = super().validate(extra_validators)
        if not self.people.data:
            self.people.errors = [*self.people.errors, _("請至少勾選一位。")]
            return False
        return good
