"""Background work: personal links to more people than a request should wait for."""

from __future__ import annotations

from unionops.core import clock
from unionops.core.db import db
from unionops.core.i18n import _l
from unionops.core.jobs.tasks import Work, task
from unionops.surveys.models import Survey
from unionops.surveys.services import mailing
from unionops.values.problems import _m


@task("surveys.mail_links", title=_l("寄出問卷個人連結"), retry=True)
def mail_links(work: Work, *, survey_id: int, which: str) -> None:
    """One round of mails: all of them, or none when it is stopped."""
    with work.applying():
        survey = db.session.get_one(Survey, survey_id)
        count = mailing.mail_links(
            survey, mailing.Round(which), now=clock.now(), told=lambda done, total: work.progress(done, total, _m("整理信件"))
        )
        work.finish(endpoint="surveys.people", arguments={"survey_id": survey_id}, count=count)
