"""The shape of what is typed about the union."""

from __future__ import annotations

from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField, SelectField, TextAreaField

from unionops.core.forms import ChoiceField, DateField, Form, OnceForm, TextField, optional, required, too_long
from unionops.core.i18n import _l, chinese, say
from unionops.core.quantities import unit_word
from unionops.core.union.rules import CharterKey
from unionops.law.union_act import KIND_LABELS


class UnionForm(Form):
    name = TextField(_l("工會名稱"), [required(), too_long(120)], description=_l("登記證書上的全名"))
    short_name = TextField(_l("簡稱"), [too_long(40)], description=_l("畫面上方與收據抬頭以外的地方使用"))
    kind = ChoiceField(_l("工會種類"), [required()])
    authority = TextField(_l("主管機關"), [too_long(120)], description=_l("例如：臺中市政府"))
    seat = TextField(_l("會址"), [too_long(200)])
    area = TextField(_l("組織區域"), [too_long(120)])
    registration_number = TextField(_l("登記證書字號"), [too_long(60)])
    registered_on = DateField(_l("登記日"), [optional()])
    founded_on = DateField(_l("成立日"), [optional()], description=_l("成立大會之日"))
    phone = TextField(_l("電話"), [too_long(40)])
    email = TextField(_l("電子郵件"), [too_long(254)])
    tax_number = TextField(_l("統一編號"), [too_long(20)])
    version = HiddenField()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.kind.choices = [("", ""), *((kind.value, say(label)) for kind, label in KIND_LABELS.items())]


class LogoForm(Form):
    logo = FileField(_l("會徽圖檔"), [FileRequired(_l("請選擇圖檔。"))], description=_l("PNG 或 JPEG，1 MB 以內"))


class BankAccountForm(OnceForm):
    bank = TextField(_l("銀行"), [required(), too_long(80)], description=_l("含代碼更好，例如：004 臺灣銀行"))
    branch = TextField(_l("分行"), [too_long(80)])
    account_number = TextField(_l("帳號"), [required(), too_long(30)], render_kw={"inputmode": "numeric", "autocomplete": "off"})
    holder = TextField(_l("戶名"), [required(), too_long(120)])
    purpose = TextField(_l("用途"), [too_long(120)], description=_l("例如：會費、保險費代收、補助專戶"))
    from_on = DateField(_l("啟用日"), [required()])


class EndBankAccountForm(OnceForm):
    until_on = DateField(_l("停用日"), [required()], description=_l("最後一天仍可使用"))


class CharterValueForm(OnceForm):
    """A dated value of one key; ``charter_value_form`` gives it the field that the key's kind asks for."""

    valid_from = DateField(_l("生效日"), [required()], description=_l("大會通過修正章程之日，或章程所定施行日"))
    clause = TextField(_l("章程條次"), [required(), too_long(60)], description=_l("例如：第 12 條"))
    resolution = TextAreaField(_l("決議"), [too_long(500)], description=_l("哪一次大會、第幾案；尚未修正過的原始章程可不填"))


def charter_value_form(definition: CharterKey) -> CharterValueForm:
    """The form for one key: a list for a choice, a figure or a text otherwise."""
    field: SelectField | TextField
    if definition.kind == "choice":
        choices = [("", ""), *((choice.word, choice.zh if chinese() else choice.en) for choice in definition.choices)]
        field = ChoiceField(_l("章程的值"), [required()], choices=choices)
    else:
        figures = {"inputmode": "decimal" if definition.kind == "rate" else "numeric", "autocomplete": "off"}
        field = TextField(_l("章程的值"), [required(), too_long(300)], render_kw=figures if unit_word(definition.unit) else {})
    shaped: type[CharterValueForm] = type("OneCharterValueForm", (CharterValueForm,), {"value": field})
    return shaped()
