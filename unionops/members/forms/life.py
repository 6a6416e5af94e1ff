"""The shape of what is typed about the life of a membership: measures, leaving, absence, retained members, changes with their proof."""

from __future__ import annotations

from typing import Any

from wtforms import RadioField, TextAreaField
from wtforms.validators import StopValidation

from unionops.core.attachments.forms import UploadField
from unionops.core.forms import ChoiceField, DateField, MoneyField, OnceForm, TextField, optional, required, too_long
from unionops.core.i18n import _, _l
from unionops.members.forms.people import CountField, proof_field
from unionops.members.life_wording import HOW, MEASURES, RETAINED
from unionops.members.rules.measures import Votes
from unionops.values.text import half_width


def _half(value: Any) -> Any:
    return half_width(value).strip() if isinstance(value, str) else value


class NumberField(TextField):
    """A whole number of at most seven digits, None when left empty."""

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any) -> None:
        super().__init__(label, validators, filters=(_half,), **{"render_kw": {"inputmode": "numeric"}, **kwargs})

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        if self.data and not (str(self.data).isascii() and str(self.data).isdigit() and len(str(self.data)) <= 7):
            raise StopValidation(_("請填整數。"))

    @property
    def number(self) -> int:
        return int(self.data or 0)


# --- measures ---------------------------------------------------------------------------------------------------------


class ProposeForm(OnceForm):
    kind = RadioField(_l("種類"), [required(_l("請選停權或除名。"))])
    ground = TextAreaField(_l("事實與理由"), [required(_l("請寫明事實與理由：當事人要知道自己被指什麼，才能陳述。")), too_long(400)],
                           description=_l("會印在陳述意見通知書上；只有辦理停權、除名的人看得到"))
    clause = TextField(_l("章程依據"), [too_long(120)], description=_l("例如：章程第 12 條第 1 項第 3 款"))
    proposed_on = DateField(_l("提案日"), [required()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = [(word.value, title) for word, title in MEASURES.items()]


class AskForm(OnceForm):
    asked_on = DateField(_l("通知日"), [required()], description=_l("通知送達本人之日"))
    hearing_on = DateField(_l("陳述期限"), [required()], description=_l("最後一天；到場陳述或書面陳述都可以"))
    asked_how = TextField(_l("通知方式"), [too_long(80)], description=_l("例如：雙掛號 123456，115/11/3 送達"))
    files = UploadField(_l("送達證明"))


class HearForm(OnceForm):
    heard_on = DateField(_l("陳述日"), [required()])
    statement = TextAreaField(_l("陳述內容"), [required(_l("請記下陳述的內容；書面陳述請一併附上。")), too_long(4000)],
                              description=_l("照他說的記，不加評斷；只有辦理停權、除名的人看得到"))
    files = UploadField(_l("書面陳述或紀錄"))


class WaiveForm(OnceForm):
    declined = RadioField(_l("情形"), [required(_l("請選一種情形。"))])
    why = TextField(_l("說明"), [required(_l("請寫明情形，例如通知已送達、屆期未到場也沒有書面。")), too_long(200)])
    files = UploadField(_l("證明"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.declined.choices = [("absent", _("期限屆滿，沒有到場，也沒有書面")), ("declined", _("本人表明不陳述"))]


class DecideForm(OnceForm):
    decided_on = DateField(_l("決議日"), [required()])
    resolution = TextField(_l("決議"), [required(_l("請填決議：屆次、會議次別與案號。")), too_long(200)], description=_l("例如：第 9 屆第 2 次會員代表大會提案第 4 案"))
    base = NumberField(_l("應出席"), [required()], description=_l("會員（代表）人數或理事名額"))
    present = NumberField(_l("出席"), [required()], description=_l("含有效委託"))
    in_favour = NumberField(_l("贊成"), [required()])
    against = NumberField(_l("反對"), [required()])
    from_on = DateField(_l("生效日"), [optional()], description=_l("不填就從決議日起"))
    until_on = DateField(_l("停權迄日"), [optional()], description=_l("停到哪一天為止；不填就停到解除之日"))
    files = UploadField(_l("會議紀錄"))

    @property
    def votes(self) -> Votes:
        return Votes(self.base.number, self.present.number, self.in_favour.number, self.against.number)


class TellForm(OnceForm):
    told_on = DateField(_l("通知日"), [required()])
    told_how = TextField(_l("通知方式"), [too_long(80)], description=_l("例如：雙掛號 123456"))
    files = UploadField(_l("送達證明"))


class LiftForm(OnceForm):
    lifted_on = DateField(_l("解除日"), [required()], description=_l("當日起不再停權"))
    why = TextField(_l("原因"), [required(_l("請寫明原因，例如欠費已清償，或理事會決議。")), too_long(200)])


class DropForm(OnceForm):
    dropped_on = DateField(_l("撤案日"), [required()])
    why = TextField(_l("原因"), [required(_l("請寫明撤案的原因。")), too_long(200)])


# --- leaving ----------------------------------------------------------------------------------------------------------


class WishForm(OnceForm):
    received_on = DateField(_l("書面到達日"), [required()], description=_l("退會申請書送達工會之日；生效日依章程由這一天算"))
    how = ChoiceField(_l("送達方式"), [required()])
    left_to = TextField(_l("轉往工會"), [too_long(120)], description=_l("轉會的填對方工會名稱；其他原因留空"))
    note = TextField(_l("說明"), [too_long(200)])
    files = UploadField(_l("退會申請書"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.how.choices = list(HOW.items())


class DayForm(OnceForm):
    """One day and nothing else; the screen says which."""

    on = DateField(_l("日期"), [required()])
    files = UploadField(_l("附上文件"))


# --- dated facts ------------------------------------------------------------------------------------------------------


class AbsenceForm(OnceForm):
    from_on = DateField(_l("起日"), [required()])
    until_on = DateField(_l("迄日"), [optional()], description=_l("最後一天；不知道時留空，恢復時再登錄"))
    reason = TextField(_l("事由"), [required(), too_long(200)], description=_l("例如：育嬰留職停薪、出國進修"))
    proof = proof_field()
    files = UploadField(_l("附上文件"))


class EndForm(OnceForm):
    until_on = DateField(_l("最後一天"), [required()])


class RetainForm(OnceForm):
    from_on = DateField(_l("起日"), [required()], description=_l("解僱生效之日"))
    ground = ChoiceField(_l("事由"), [required()])
    document = TextField(_l("文件"), [required(), too_long(200)], description=_l("例如：勞資爭議調解申請書 115/9/1 收文"))
    files = UploadField(_l("附上文件"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ground.choices = list(RETAINED.items())


class ReleaseForm(OnceForm):
    until_on = DateField(_l("最後一天"), [required()], description=_l("仍保留資格的最後一天"))
    ended_by = TextField(_l("終止原因"), [required(), too_long(200)], description=_l("例如：判決確定 116/3/1、調解成立復職"))


class WageForm(OnceForm):
    insured_salary = MoneyField(_l("投保薪資"), [required()])
    dependants_count = CountField(_l("眷屬人數"), [too_long(2)], render_kw={"inputmode": "numeric"})
    from_on = DateField(_l("生效日"), [required()])
    proof = proof_field()
    files = UploadField(_l("附上文件"))


class IdentityForm(OnceForm):
    name = TextField(_l("新姓名"), [required(), too_long(120)])
    id_number = TextField(_l("新身分證號"), [too_long(20)], filters=[_half], description=_l("號碼沒有變時留空"))
    changed_on = DateField(_l("變更日"), [required()], description=_l("戶籍登記之日"))
    proof = TextField(_l("證明文件"), [required(), too_long(200)], description=_l("例如：戶籍謄本 115/9/1"))
    files = UploadField(_l("附上文件"))
