"""The daily reminder."""

from datetime import date

from unionops.core.calendar import reminding
from unionops.core.i18n import _l
from unionops.core.jobs.registry import job


@job("calendar.remind", cron="30 7 * * *", title=_l("提醒到期與逾期的期限"))
def remind(today: date) -> str:
    reminders, people = reminding.remind(today)
    return f"{reminders} reminders, {people} people"
