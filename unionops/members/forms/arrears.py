"""The shape of what is typed about arrears, agreements and what is written off. What it means is for the rules."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from wtforms import HiddenField, IntegerField, SelectMultipleField, TextAreaField
from wtforms.validators import NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

from unionops.core.forms import ChoiceField, DateField, Form, OnceForm, TextField, optional, required, too_long
from unionops.core.i18n import _, _l
from unionops.letters.models import Letter
from unionops.members.rules.arrears import FIELDS, LONGEST_TEXT, MOST_PROMISES, Promise, Step
from unionops.members.services.arrears import HAND, MAIL, POST, REGISTERED, WAYS
from unionops.values import money, roc
from unionops.values.problems import problem


class _Seen(OnceForm):
    """What somebody saw when agreeing: people and NT$."""

    seen = HiddenField()

    @property
    def figures(self) -> tuple[int, int] | None:
        parts = (self.seen.data or "").split("/")
        return (int(parts[0]), int(parts[1])) if len(parts) == 2 and all(one.isascii() and one.isdigit() and len(one) < 15 for one in parts) else None

    def show(self, people: int, amount: int) -> None:
        self.seen.data = f"{people}/{amount}"


class SendForm(_Seen):
    """Letters to many."""

    way = ChoiceField(_l("寄送方式"))
    pay_by = DateField(_l("繳款期限"), [required()])
    letter = ChoiceField(_l("公文文號"), description=_l("先在收發文發文（受文者寫「如名冊」），這裡就能選；不用文號可不選"))
    text = TextAreaField(_l("內文"), [required(), too_long(LONGEST_TEXT)], description=_l("可用的欄位：") + "、".join(f"{{{one}}}" for one in FIELDS))

    def offer(self, step: Step, letters: Iterable[Letter]) -> None:
        ways = (REGISTERED, HAND) if step is Step.FORMAL else (MAIL, POST, REGISTERED)
        titles = {MAIL: _("電子郵件，沒有地址的用平信")}
        self.way.choices = [(one, titles.get(one, WAYS[one])) for one in ways]
        self.letter.choices = [("", _("（不用）")), *((str(one.id), f"{one.number}　{one.subject}"[:60]) for one in letters)]


class ProposeForm(_Seen):
    """Proposals for many."""

    clause = TextField(_l("章程依據"), [required(), too_long(120)], description=_l("例如：章程第 10 條"))


class DeliveryForm(Form):
    """How letters fared."""

    delivered_on = DateField(_l("送達日"), [optional()])
    returned_on = DateField(_l("退件日"), [optional()])
    proof = TextField(_l("送達證明"), [too_long(80)], description=_l("例如：掛號號碼、簽收人、回執"))


class AgreeForm(OnceForm):
    """An agreement: equal parts by the month, or each part by itself."""

    agreed_on = DateField(_l("協議日"), [required()])
    count = IntegerField(_l("期數"), [optional(), NumberRange(1, MOST_PROMISES, message=_l("請填 1 至 60。"))])
    first_on = DateField(_l("第一期期限"), [optional()], description=_l("之後每月同一天；除不盡的併入第一期"))
    own = TextAreaField(_l("自訂各期"), [too_long(2000)], description=_l("一行一期：日期 金額，例如 115/12/31 500；填了就不看期數"))
    note = TextField(_l("其他約定"), [too_long(200)])

    def promises(self) -> list[Promise] | None:
        """Each part as typed; None when none was typed. Refuses lines that cannot be read."""
        lines = [line.strip() for line in (self.own.data or "").splitlines() if line.strip()]
        found: list[Promise] = []
        for place, line in enumerate(lines, 1):
            day, _space, amount = line.partition(" ")
            try:
                found.append(Promise(roc.parse_date(day), money.parse_ntd(amount)))
            except ValueError:
                self.refuse(problem("own", "第 %(line)s 行看不懂，請寫成「日期 金額」。", line=place))
        return found if lines else None


class EndPlanForm(Form):
    on = DateField(_l("終止日"), [required()])
    why = TextField(_l("終止原因"), [required(), too_long(200)])


class GiveUpForm(_Seen):
    """What is written off, by which resolution."""

    charges = SelectMultipleField(_l("應收款"), coerce=int, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput())
    resolution = TextField(_l("決議"), [required(), too_long(200)], description=_l("會議名稱、日期與案號"))
    why = TextField(_l("原因"), [required(), too_long(200)])
    on = DateField(_l("沖銷日"), [required()])

    def pre(self, rows: Iterable[tuple[int, str]]) -> None:
        self.charges.choices = list(rows)


class CloseRunForm(Form):
    how = TextField(_l("處理情形"), [required(), too_long(200)], description=_l("例如：未繳 3 人，已提停權案；其餘繳清"))


class FederationForm(Form):
    """A question in the address."""

    class Meta(Form.Meta):
        csrf = False

    year = IntegerField(_l("年度（民國）"), [required(), NumberRange(1, 289, message=_l("請填民國年，1 至 289。"))])
    members = IntegerField(_l("申報會員人數"), [optional(), NumberRange(0, 10_000_000, message=_l("請填 0 至 10,000,000。"))], description=_l("不填就用當年年底在籍人數"))
    rate = IntegerField(_l("每人每年（元）"), [optional(), NumberRange(0, 1_000_000, message=_l("請填 0 至 1,000,000。"))], description=_l("上級工會的標準；填了就照申報人數算，並核對法定範圍"))

    @property
    def days(self) -> tuple[date, date]:
        return date(self.year.data + 1911, 1, 1), date(self.year.data + 1911, 12, 31)


def whole(text: Any) -> int | None:
    """A number in an address, or None."""
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 10 else None
