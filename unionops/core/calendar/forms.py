"""The shape of what is typed about deadlines and appointments."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Any

from wtforms import BooleanField, HiddenField, RadioField, TextAreaField
from wtforms.fields import SelectChoice

from unionops.core import clock
from unionops.core.accounts.forms import ChecksField
from unionops.core.calendar import queries
from unionops.core.forms import ChoiceField, DateField, Form, OnceForm, TextField, _ReadField, optional, required, too_long
from unionops.core.i18n import _, _l
from unionops.values.problems import _m


class TimeField(_ReadField):
    """A time of day: 9:30, 0930, 09：30."""

    data: time | None
    wrong = _m("看不懂的時間「%(text)s」。請填如 9:30 或 14:00。")

    @staticmethod
    def read(text: str) -> time:
        found = re.fullmatch(r"(\d{1,2})\s*[:：]?\s*(\d\d)", text)
        if found is None:
            raise ValueError(text)
        return time(int(found[1]), int(found[2]))

    @staticmethod
    def written(moment: time) -> str:
        return f"{moment:%H:%M}"


class OwnDeadlineForm(Form):
    title = TextField(_l("事項"), [required(), too_long(200)], description=_l("要完成什麼，例如：函報會籍清查結果"))
    nominal_on = DateField(_l("期限"), [required()], description=_l("提醒依這一天倒數"))
    latest_on = DateField(_l("最後一日"), [optional()], description=_l("真正不能再晚的日子；與期限相同時不必填"))
    note = TextAreaField(_l("備註"), [too_long(2000)])
    version = HiddenField()


class AddDeadlineForm(OwnDeadlineForm, OnceForm):
    owner_id = ChoiceField(_l("負責人"), [required()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owner_id.choices = queries.people_in_office()


class ExtendForm(Form):
    to_on = DateField(_l("展延至"), [required()])
    reason = TextAreaField(_l("理由"), [required(), too_long(500)], description=_l("誰同意、依什麼文號；會留在紀錄裡"))


class HandOverForm(Form):
    owner_id = ChoiceField(_l("新負責人"), [required()])
    reason = TextField(_l("說明"), [too_long(300)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owner_id.choices = [("", ""), *queries.people_in_office()]


DONE, NOT_NEEDED = "done", "not_needed"


class CloseForm(Form):
    outcome = RadioField(_l("結果"), choices=[SelectChoice(DONE, _l("已完成")), SelectChoice(NOT_NEEDED, _l("不再需要，撤銷"))], default=DONE)
    how = TextAreaField(_l("怎麼完成，或為什麼不需要"), [required(), too_long(500)], description=_l("例如：11 月 18 日以勞字第 1150112 號函送出"))


class AppointmentForm(Form):
    title = TextField(_l("事項"), [required(), too_long(200)])
    place = TextField(_l("地點"), [too_long(200)])
    all_day = BooleanField(_l("整天"))
    starts_on = DateField(_l("開始日"), [required()])
    starts_time = TimeField(_l("開始時間"), [optional()], description=_l("例如 9:30；整天的行程不必填"))
    ends_on = DateField(_l("結束日"), [optional()], description=_l("與開始日相同時不必填"))
    ends_time = TimeField(_l("結束時間"), [optional()])
    attendees = ChecksField(_l("參加的人"))
    note = TextAreaField(_l("備註"), [too_long(2000)])
    version = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.attendees.choices = queries.people_in_office()

    def validate(self, extra_validators: Any = None) -> bool:
        """Times are asked for unless it lasts the whole day."""
        good = super().validate(extra_validators)
        for field in (self.starts_time, self.ends_time):
            if not self.all_day.data and field.data is None and not field.errors:
                field.errors = [_("請填時間，或勾選整天。")]
                good = False
        return good

    @property
    def span(self) -> tuple[datetime, datetime]:
        """When it starts and when it ends; a whole day runs to the next midnight."""
        first = self.starts_on.data
        assert first is not None
        last = self.ends_on.data or first
        if self.all_day.data:
            return at(first, time()), at(last + timedelta(days=1), time())
        assert self.starts_time.data is not None
        assert self.ends_time.data is not None
        return at(first, self.starts_time.data), at(last, self.ends_time.data)


class AddAppointmentForm(AppointmentForm, OnceForm):
    pass


class CancelForm(Form):
    why = TextField(_l("取消原因"), [required(), too_long(300)])


class FeedForm(OnceForm):
    name = TextField(_l("用在哪裡"), [required(), too_long(60)], description=_l("例如：我的手機、辦公室電腦"))


def at(day: date, moment: time) -> datetime:
    """That time of that day in Taiwan."""
    return datetime.combine(day, moment, tzinfo=clock.TAIPEI)
