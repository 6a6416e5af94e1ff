"""The shape of what is typed about legal figures."""

from __future__ import annotations

from wtforms import BooleanField

from unionops.core.forms import ChoiceField, DateField, Form, OnceForm, TextField, optional, required, too_long
from unionops.core.i18n import _l


class DayForm(Form):
    """Which day, and which figures: a question in the address."""

    on = DateField(_l("哪一天"), [optional()])
    q = TextField(_l("找什麼"), [too_long(60)], description=_l("名稱、條文或代號的一部分"))


class YearForm(Form):
    year = TextField(_l("年度"), [too_long(8)], description=_l("民國或西元年，例如 115 或 2026"), render_kw={"inputmode": "numeric"})


class ValueForm(OnceForm):
    value = TextField(_l("值"), [required(), too_long(40)])
    valid_from = DateField(_l("生效日"), [required()])
    source = TextField(_l("來源"), [required(), too_long(300)], description=_l("公告機關、文號與日期，或公報期數"))
    citation = TextField(_l("條文"), [too_long(200)], description=_l("與現行相同可不改"))
    confidence = ChoiceField(
        _l("怎麼確認的"),
        [required()],
        choices=[("verified", _l("看過條文或公告原文")), ("secondary", _l("依機關手冊、新聞稿等次級資料"))],
    )
    corrects = BooleanField(_l("更正：同一生效日已登錄的值有誤，以這一筆為準"))
