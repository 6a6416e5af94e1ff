"""The shape of what is typed at the dues desk, about payments, receipts and the cash box. Meaning is for the rules."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, HiddenField, SelectMultipleField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

from unionops.core.forms import ChoiceField, DateField, Form, MoneyField, OnceForm, TextField, optional, required, too_long
from unionops.core.i18n import _, _l
from unionops.core.ref_field import RefField
from unionops.members.collecting_wording import CHANNELS
from unionops.members.rules.collecting import DENOMINATIONS
from unionops.values.text import half_width


class _Several(SelectMultipleField):
    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class FindForm(Form):
    """Who stands at the desk."""

    who = TextField(_l("會號或姓名"), [required(_l("請輸入會號、姓名、電話或身分證號。")), too_long(60)],
                  render_kw={"autofocus": True, "autocomplete": "off", "enterkeyhint": "search"})


class TakeForm(OnceForm):
    """Money over the counter. ``seen`` is the person's account as it was shown; ``asked`` the amount about which the desk asked again, and
    ``sure`` the answer: it holds for that amount and no other."""

    amount = MoneyField(_l("收款金額"), render_kw={"autofocus": True})
    sure = BooleanField(_l("金額沒錯，照收"))
    asked = HiddenField()
    tendered = MoneyField(_l("收到現金"), [optional()], description=_l("填了就算找零；不填表示剛好。"))
    charges = _Several(_l("指定要繳的項目"), coerce=int, description=_l("不勾就從最早到期的開始繳。勾了之後還有剩的，留作預收。"))
    received_on = DateField(_l("收款日"))
    note = TextField(_l("備註"), [too_long(200)], description=_l("會印在收據上，例如代繳人。"))
    seen = HiddenField()

    @property
    def was_asked(self) -> bool:
        """Whether the amount that stands there now is one that was asked about."""
        return bool(self.asked.data) and self.asked.data == str(self.amount.data)

    def ask(self) -> None:
        """Asks about this amount."""
        self.asked.data, self.sure.data = str(self.amount.data), False


class ReasonForm(OnceForm):
    """Why something is made void."""

    why = TextAreaField(_l("原因"), [required(_l("要寫原因。")), too_long(200)])


class TakeBackForm(OnceForm):
    """A payment that did not hold."""

    received_on = DateField(_l("沖回日"))
    why = TextAreaField(_l("原因"), [required(_l("要寫理由。")), too_long(200)])


class RefundForm(OnceForm):
    """Money given back."""

    amount = MoneyField(_l("退款金額"))
    received_on = DateField(_l("退款日"))
    account = ChoiceField(_l("退款方式"), validate_choice=True)
    why = TextAreaField(_l("原因"), [required(_l("要寫理由。")), too_long(200)])


class ReallotForm(OnceForm):
    """What a payment is to pay instead, in the order shown."""

    to = _Several(_l("改繳哪些項目"), coerce=int, description=_l("依到期先後沖抵所勾的項目；金額不夠時最後一筆只沖一部分，有剩的留作預收。都不勾就全部留作預收。"))
    seen = HiddenField()


class IdentifyForm(OnceForm):
    """Whose money it is."""

    person = RefField(_l("會員"), [required(_l("請輸入會號或姓名。"))], kinds=("person",))


class MailForm(OnceForm):
    """A receipt by mail."""

    email = TextField(_l("電子郵件"), [required(), too_long(254)])


class BatchForm(OnceForm):
    """Receipts for a whole day or month at once."""

    first = DateField(_l("收款日自"), [required()])
    last = DateField(_l("收款日至"), [required()])
    channels = _Several(_l("管道"), choices=[SelectChoice(value.value, title) for value, title in CHANNELS.items()], description=_l("不勾就是全部。"))
    printed = BooleanField(_l("已經印過的也再印一份（標示副本）"))


def _pieces(text: Any) -> Any:
    return half_width(text).strip() if isinstance(text, str) else text


class CountForm(OnceForm):
    """The cash box, piece by piece. ``seen`` is what was expected when the page was shown."""

    note = TextField(_l("差額說明"), [too_long(200)], description=_l("應有與實點不同時必填，例如找錯零錢。"))
    seen = HiddenField()

    @property
    def pieces(self) -> dict[int, int]:
        """Denomination → how many; None of what could not be read is left when the form is valid."""
        return {worth: getattr(self, f"d{worth}").number or 0 for worth in DENOMINATIONS}


class PieceField(TextField):
    """How many notes or coins; empty is none."""

    kind = "number"
    number: int | None = None

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        text = _pieces(self.data or "")
        if text and not (text.isascii() and text.lstrip("-").isdigit() and len(text) <= 6):
            raise StopValidation(_("請填整數張（枚）數。"))
        self.number = int(text) if text else 0


for _worth in DENOMINATIONS:
    setattr(CountForm, f"d{_worth}", PieceField(
        _l("%(worth)s 元", worth=f"{_worth:,}"), render_kw={"inputmode": "numeric", "autocomplete": "off"} | ({"autofocus": True} if _worth == DENOMINATIONS[0] else {}),
    ))


class DepositForm(OnceForm):
    """Counted cash brought to the bank."""

    counts = _Several(_l("存入哪幾次點收的現金"), coerce=int)
    account = ChoiceField(_l("存入帳戶"), validate_choice=True)
    on = DateField(_l("存入日"))
