"""Background work of billing: notices too large for a request, drafts that nobody used. Runs themselves are ``services.dues.drafts``'."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.db import db
from unionops.core.documents import Document, serving, write_joined
from unionops.core.i18n import _l
from unionops.core.jobs.registry import job
from unionops.core.jobs.tasks import Work, task
from unionops.members import queries
from unionops.members.documents import billing as bill_papers
from unionops.members.models import BillRun
from unionops.members.queries import bills
from unionops.members.services.dues import drafts, noticing


@task("dues.print_notices", title=_l("列印繳費通知"), retry=True)
def print_notices(work: Work, *, run_id: int, only_paper: bool) -> None:
    """The notices of a run too large for a request, one PDF."""
    owner, run = db.session.get_one(User, work.owner_id), db.session.get_one(BillRun, run_id)
    reader, given = queries.within(owner, "dues.bill"), bill_papers.occasion(run, clock.today())
    told = bills.to_tell(run, reader)
    total, name = (told.people - told.mail if only_paper else told.people), f"{bill_papers.TITLE}-{run.title}.pdf"

    def papers() -> Iterator[Document]:
        after, done = "", 0
        while some := bills.bills_of_run(run, reader, after=after, limit=20):
            after = some[-1].number
            for one in some:
                if not (only_paper and one.email):
                    done += 1
                    yield bill_papers.notice(one, given)
            work.progress(done, total, "排版")

    with serving.room_on_disk(), work.file(name).open("wb") as file:
        write_joined(papers(), file)
    work.finish(count=total)


@task("dues.mail_notices", title=_l("寄送繳費通知"))
def mail_notices(work: Work, *, run_id: int, again: bool) -> None:
    """Puts the notices of a run into the outbox, all or none."""
    work.progress(0, None, "整理資料")
    with work.applying():
        owner, run = db.session.get_one(User, work.owner_id), db.session.get_one(BillRun, run_id)
        given = bill_papers.occasion(run, clock.today())
        count = noticing.mail_all(
            run, queries.within(owner, "dues.bill"), lambda bill: bill_papers.mail_text(bill, given), again=again,
            tell=lambda done: work.progress(done, None, "整理資料"),
        )
        work.finish(endpoint="dues.notices", arguments={"run_id": run_id}, count=count)


@job("dues.forget_drafts", cron="40 3 * * *", title=_l("清除沒有開單的試算"))
def forget_drafts(now: datetime) -> str:
    return str(drafts.forget_old(now))
