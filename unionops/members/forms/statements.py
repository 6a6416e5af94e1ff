"""The forms of statements: a file handed over, a layout told column by column, one line decided, one taken back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_wtf.file import FileField
from wtforms import HiddenField, RadioField
from wtforms.fields import SelectChoice

from unionops.core.forms import ChoiceField, Form, MoneyField, OnceForm, TextField, optional, required, too_long
from unionops.core.i18n import _, _l
from unionops.core.ref_field import RefField
from unionops.core.transfer.reading import ENCODINGS
from unionops.members.rules.layouts import FIELDS
from unionops.members.statements_wording import SOURCES

PEOPLE = 3
"""How many members one payment can be shared among on the screen."""


class StatementForm(Form):
    """A file of a bank, the post office or a collector."""

    account = ChoiceField(_l("哪一個帳戶的檔案"), description=_l("超商代收檔不屬於任何帳戶，選哪個都可以。"))
    file = FileField(
        _l("檔案"), validators=[required(_l("請選擇檔案。"))], render_kw={"accept": ".csv,.txt,.xlsx,.ods,.tsv,.dat"},
        description=_l("網銀下載的明細、郵局的劃撥清單、代收機構的清算檔，照原檔匯入即可；欄位怎麼排、民國或西元、Big5 或 UTF-8 都認得。"),
    )
    encoding = ChoiceField(_l("文字編碼"), choices=[("", _l("自動判斷")), *((one, one) for one in ENCODINGS)])


class SampleForm(Form):
    """A file whose columns are to be told."""

    kind = ChoiceField(_l("這是什麼檔案"), choices=list(SOURCES.items()))
    file = FileField(_l("範例檔"), validators=[required(_l("請選擇檔案。"))], render_kw={"accept": ".csv,.txt,.xlsx,.ods,.tsv"})


class ColumnsForm(OnceForm):
    """What each column is. ``headings`` are those of the sample, one a line."""

    title = TextField(_l("格式名稱"), [required(), too_long(80)], description=_l("例如銀行名稱；下次同樣標題的檔案就認得。"))
    kind = HiddenField()
    headings = HiddenField()


def columns_form(headings: Sequence[str], guessed: dict[int, str], **data: Any) -> ColumnsForm:
    """One choice for each heading."""
    choices = [("", _("不使用")), *((name, _(title)) for name, title in FIELDS.items())]  # type: ignore[arg-type]
    fields = {
        f"col_{place}": ChoiceField(heading or _("第 %(n)s 欄", n=place + 1), choices=choices, default=guessed.get(place, "")) for place, heading in enumerate(headings)
    }
    made: ColumnsForm = type("ToldColumns", (ColumnsForm,), fields)(data={**data, "headings": "\n".join(headings)})
    return made


class DecideForm(OnceForm):
    """What is done with one line. Which choices and accounts there are depends on it."""

    decision = RadioField(_l("怎麼處理"), [required(_l("請選一項。"))])
    rest = RadioField(_l("剩下的錢"), default="suspense")
    other_account = ChoiceField(_l("另一個帳戶"), validators=[optional()], default="", validate_choice=False)
    partner = ChoiceField(_l("被沖正的是哪一筆"), validators=[optional()], default="", validate_choice=False)
    note = TextField(_l("說明"), [too_long(200)], description=_l("怎麼查明的，例如：3/12 本人電話說明"))

    def __init__(self, choices: Sequence[tuple[str, Any]], accounts: Sequence[tuple[str, str]], partners: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.decision.choices = [SelectChoice(*one) for one in choices]
        self.rest.choices = [SelectChoice("suspense", _("列暫收款")), SelectChoice("credit", _("留作最後一位會員的預收款"))]
        self.other_account.choices = [("", "–"), *accounts]
        self.partner.choices = [("", "–"), *partners]

    @property
    def shares(self) -> list[tuple[Any, Any]]:
        """(person, amount) of every row that names somebody."""
        return [(self[f"person_{at}"], self[f"amount_{at}"]) for at in range(1, PEOPLE + 1)]


for _at in range(1, PEOPLE + 1):
    setattr(DecideForm, f"person_{_at}", RefField(_l("會員") if _at == 1 else _l("另一位會員"), kinds=("person",)))
    setattr(DecideForm, f"amount_{_at}", MoneyField(_l("金額"), [optional()]))


def with_charges(charges: Sequence[tuple[int, str]]) -> type[DecideForm]:
    """The form with one amount for each open charge of whoever is proposed."""
    return type("DecideCharges", (DecideForm,), {f"charge_{number}": MoneyField(text, [optional()]) for number, text in charges})


class ConfirmForm(OnceForm):
    """Nothing to fill in, done once."""


class UndoForm(OnceForm):
    """Why a decision is taken back."""

    why = TextField(_l("原因"), [required(_l("要寫理由。")), too_long(200)])


