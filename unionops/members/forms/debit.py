"""The forms of standing orders: an authorisation, its end, a run, the bank's answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_wtf.file import FileField
from wtforms.fields import SelectChoice

from unionops.core.forms import ChoiceField, DateField, Form, OnceForm, TextField, required, too_long
from unionops.core.i18n import _l
from unionops.core.ref_field import RefField
from unionops.values.text import half_width


def _digits(text: str | None) -> str:
    return half_width(text or "").replace("-", "").replace(" ", "")


class MandateForm(OnceForm):
    person = RefField(_l("會員"), [required()], kinds=("person",), description=_l("打姓名或會號"))
    bank = TextField(_l("金融機構代號"), [required(), too_long(20)], filters=[_digits], description=_l("7 位：銀行 3 位、分行 4 位"), render_kw={"inputmode": "numeric"})
    account = TextField(_l("銀行帳號"), [required(), too_long(30)], filters=[_digits], description=_l("加密保存，畫面只顯示末四碼"), render_kw={"inputmode": "numeric", "autocomplete": "off"})
    from_on = DateField(_l("起日"), [required()])
    note = TextField(_l("說明"), [too_long(120)], description=_l("例如：115/3/2 授權書正本存檔"))


class EndForm(Form):
    until_on = DateField(_l("最後扣款日"), [required()])


class RunForm(OnceForm):
    period = ChoiceField(_l("期別"), [required()])
    collect_on = DateField(_l("扣款日"), [required()])
    layout = ChoiceField(_l("檔案格式"), [required()])
    account = ChoiceField(_l("入帳的工會帳戶"))

    def __init__(self, periods: Sequence[tuple[str, str]], layouts: Sequence[tuple[str, str]], accounts: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.period.choices = [SelectChoice(*one) for one in periods]
        self.layout.choices = [SelectChoice(*one) for one in layouts]
        self.account.choices = [SelectChoice(*one) for one in accounts]


class ResultForm(OnceForm):
    file = FileField(_l("銀行回覆檔"), validators=[required(_l("請選擇檔案。"))], render_kw={"accept": ".txt,.dat,.asc,.rtn"})
