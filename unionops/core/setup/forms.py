"""The shape of what is typed in the steps of the set-up."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, PasswordField
from wtforms.validators import Email, StopValidation

from unionops.core.accounts.rules import PASSWORD_AT_MOST
from unionops.core.forms import ChoiceField, DateField, Form, TextField, optional, required, too_long
from unionops.core.i18n import _, _l, chinese, say
from unionops.core.quantities import unit_word
from unionops.core.setup.rules import Typed, as_typed
from unionops.core.union.queries import InForce
from unionops.core.union.rules import charter_keys
from unionops.law.union_act import KIND_LABELS


class CodeForm(Form):
    code = TextField(
        _l("設定碼"), [required(), too_long(40)], description=_l("執行 up 的終端機上顯示的八個字，例如 ABCD-2345。"),
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
    )


class UnionForm(Form):
    kind = ChoiceField(_l("工會種類"), [required()])
    name = TextField(_l("工會名稱"), [required(), too_long(120)], description=_l("登記證書上的全名；還在籌組就填預定的名稱"))
    short_name = TextField(_l("簡稱"), [too_long(40)], description=_l("畫面上方顯示；可以不填"))
    seat = TextField(_l("會址"), [too_long(200)], description=_l("從縣市寫起，例如：臺中市西屯區文心路二段 588 號；主管機關由此而定"))
    area = TextField(_l("組織區域"), [too_long(120)], description=_l("例如：臺中市"))
    founded_on = DateField(_l("成立日"), [optional()], description=_l("成立大會之日；還沒開就不填"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = [("", ""), *((kind.value, say(label)) for kind, label in KIND_LABELS.items())]


class AuthorityForm(Form):
    authority = TextField(_l("主管機關"), [too_long(120)], description=_l("例如：臺中市政府"))
    registration_number = TextField(_l("登記證書字號"), [too_long(60)], description=_l("還沒領到就不填"))
    registered_on = DateField(_l("登記日"), [optional()])


class AdministratorForm(Form):
    name = TextField(_l("姓名"), [required(), too_long(80)])
    username = TextField(
        _l("帳號"), [required(), too_long(80)], description=_l("英文字母、數字與 . _ - @；登入用，之後不能改。"),
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    email = TextField(_l("電子郵件"), [optional(), too_long(254), Email(_l("看不懂的電子郵件，請填如 wang@example.org。"))])
    new_password = PasswordField(
        _l("密碼"), [required(), too_long(PASSWORD_AT_MOST)], description=_l("至少 10 個字，可用一句話，含空白也行。不必混用符號。"),
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField(_l("密碼再輸入一次"), [required(), too_long(PASSWORD_AT_MOST)], render_kw={"autocomplete": "new-password"})
    is_secretary = BooleanField(_l("我也是總幹事，要管理會員名冊"), default=True)
    code = TextField(
        _l("驗證碼"), [required(), too_long(10)], description=_l("驗證程式顯示的 6 位數字。"),
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"},
    )

    def validate_again(self, field: Any) -> None:
        if field.data != self.new_password.data:
            raise StopValidation(_("兩次輸入的密碼不一樣，請再輸入一次。"))


class CharterForm(Form):
    """The day, and two fields for each key, which ``charter_form`` adds: ``value:key`` and ``clause:key``."""

    valid_from = DateField(_l("章程生效日"), [required()], description=_l("成立大會通過章程之日；章程修正過就填最近一次修正通過之日"))

    def typed(self) -> dict[str, Typed]:
        """What stands in the fields, by key."""
        return {key: Typed(self[f"value:{key}"].data or "", self[f"clause:{key}"].data or "") for key in charter_keys()}


def charter_form(in_force: dict[str, InForce], **data: Any) -> CharterForm:
    """The form of the constitution, filled with what is in force."""
    fields: dict[str, Any] = {}
    for key, definition in charter_keys().items():
        label = definition.zh if chinese() else definition.en
        if definition.kind == "choice":
            choices = [("", ""), *((choice.word, choice.zh if chinese() else choice.en) for choice in definition.choices)]
            fields[f"value:{key}"] = ChoiceField(label, [optional()], choices=choices)
        else:
            figures = {"inputmode": "decimal" if definition.kind == "rate" else "numeric", "autocomplete": "off"}
            fields[f"value:{key}"] = TextField(label, [too_long(300)], render_kw=figures if unit_word(definition.unit) else {})
        fields[f"clause:{key}"] = TextField(_("%(name)s：條次", name=label), [too_long(60)])
    shaped = type("WholeCharterForm", (CharterForm,), fields)
    for key, (value, clause) in filled(in_force).items():
        data[f"value:{key}"], data[f"clause:{key}"] = value, clause
    form: CharterForm = shaped(data=data)
    return form


def filled(in_force: dict[str, InForce]) -> dict[str, tuple[str, str]]:
    """What the two fields of each key begin with."""
    return {key: (as_typed(one.value), "" if one.is_default else one.clause) for key, one in in_force.items()}
