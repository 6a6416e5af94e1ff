"""The shape of what is typed at a roll check."""

from __future__ import annotations

from typing import Any

from wtforms import RadioField, TextAreaField

from unionops.core.forms import ChoiceField, DateField, OnceForm, TextField, optional, required, too_long
from unionops.core.i18n import _, _l
from unionops.members.life_wording import LETTER_WAYS, RESULTS
from unionops.members.listing import REASONS
from unionops.members.rules.membership import DECIDED_REASONS


class OpenForm(OnceForm):
    year = TextField(_l("年度"), [required(), too_long(4)], description=_l("民國年，例如 115"), render_kw={"inputmode": "numeric"})
    opened_on = DateField(_l("開始日"), [required()])
    team = TextAreaField(_l("清查小組"), [required(_l("請填清查小組成員，一行一人。")), too_long(600)], description=_l("一行一人，通常 5 到 7 人；第一行是召集人"))
    resolution = TextField(_l("組成決議"), [required(), too_long(200)], description=_l("例如：第 9 屆第 5 次理事會"))

    @property
    def number(self) -> int:
        """The Christian year; 0 for what is no year."""
        text = self.year.data or ""
        return int(text) + (1911 if int(text) < 1911 else 0) if text.isascii() and text.isdigit() else 0

    @property
    def names(self) -> list[str]:
        return [line.strip() for line in (self.team.data or "").splitlines() if line.strip()]


class DoubtForm(OnceForm):
    number = TextField(_l("會號"), [required(_l("請填會號。")), too_long(20)])
    note = TextField(_l("存疑的理由"), [required(), too_long(400)])


class TellForm(OnceForm):
    told_on = DateField(_l("通知日"), [required()], description=_l("寄出或送達之日"))
    answer_by = DateField(_l("舉證期限"), [required()], description=_l("至少 7 天，通知當天不算"))
    way = ChoiceField(_l("送達方式"), [required()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.way.choices = list(LETTER_WAYS.items())


class AnswerForm(OnceForm):
    delivered_on = DateField(_l("送達日"), [optional()])
    returned_on = DateField(_l("退件日"), [optional()])
    proof = TextField(_l("送達證明"), [too_long(80)], description=_l("例如：掛號 123456"))
    answered_on = DateField(_l("回覆日"), [optional()])
    answer = TextAreaField(_l("回覆內容"), [too_long(400)], description=_l("例如：附在職證明，仍在本業"))


class ResultForm(OnceForm):
    result = RadioField(_l("認定"), [required(_l("請選認定的結果。"))])
    why = TextField(_l("理由"), [required(_l("請寫明認定的理由。")), too_long(200)])
    left_on = DateField(_l("出會日期"), [optional()], description=_l("認定出會的才填"))
    left_reason = ChoiceField(_l("出會原因"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.result.choices = [(word.value, title) for word, title in RESULTS.items()]
        self.left_reason.choices = [("", _("（不出會）")), *((word.value, title) for word, title in REASONS.items() if word not in DECIDED_REASONS)]


class CloseForm(OnceForm):
    closed_on = DateField(_l("完成日"), [required()])


class DoForm(OnceForm):
    """An act that needs nothing but its button, pressed once."""
