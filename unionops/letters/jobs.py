"""Background work of letters: the register of a year with more letters than a request should set."""

from __future__ import annotations

from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.db import db
from unionops.core.documents import serving
from unionops.core.i18n import _l
from unionops.core.jobs.tasks import Work, task
from unionops.letters import documents, queries
from unionops.letters.rules import Direction
from unionops.values.problems import _m


@task("letters.year_register", title=_l("製作年度登記簿"), retry=True)
def year_register(work: Work, *, direction: str, year: int, fmt: str, name: str) -> None:
    """Makes the file with the letters that its owner may see at the time of writing."""
    owner, wanted = db.session.get_one(User, work.owner_id), Direction(direction)
    total, _cancelled = queries.count_of_year(owner, wanted, year)
    work.progress(0, total, _m("整理資料"))
    document = documents.register_for(owner, wanted, year, clock.today())
    work.progress(0, total, _m("排版"))
    serving.keep(work.file(name), serving.made(document, fmt))
    work.finish(count=total)
