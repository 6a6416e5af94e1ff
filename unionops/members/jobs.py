"""Background work of the membership: exports and papers too large for a request."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qsl

from werkzeug.datastructures import MultiDict

from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.clock import in_taipei
from unionops.core.db import db, unhindered
from unionops.core.documents import Document, render_batch, serving, write_joined
from unionops.core.i18n import _l
from unionops.core.jobs.registry import job
from unionops.core.jobs.tasks import Work, task
from unionops.core.transfer import exporting
from unionops.law.union_act import UnionKind
from unionops.letters.models import Letter
from unionops.members import bill_jobs, listing, queries  # noqa: F401 (its tasks are declared by importing it)
from unionops.members.documents import arrears as arrears_papers
from unionops.members.documents import receipts
from unionops.members.documents import roster as documents
from unionops.members.documents.roster import Occasion
from unionops.members.models import DunningRun
from unionops.members.queries import RosterFilter
from unionops.members.queries import arrears as debtors
from unionops.members.queries.receipts import Printing, printings
from unionops.members.rules.arrears import Step
from unionops.members.services import arrears, imports
from unionops.members.services.dues import receipts as printing
from unionops.members.services.joining import admitting


@job("members.forget_checks", cron="50 3 * * *", title=_l("清除名冊檔案過期的檢查結果"))
def forget_checks(now: datetime) -> str:
    return str(imports.forget_old_checks(in_taipei(now).date()))


@job("joining.settle_fees", cron="40 4 * * *", title=_l("入會費繳清的期限結案"))
def settle_fees(now: datetime) -> str:
    return str(admitting.settle_fees(now))


@task("members.export_roster", title=_l("匯出會員名冊"), retry=True)
def export_roster(work: Work, *, query: str, columns: list[str], fmt: str, whole: bool, name: str) -> None:
    """Writes the roster that ``query`` asks for, as its owner may see it at the time of writing."""
    owner = db.session.get_one(User, work.owner_id)
    today = clock.today()
    asked = listing.asked(MultiDict([*parse_qsl(query), *(("columns", key) for key in columns)]))
    reader = queries.within(owner, "members.export")
    total = queries.roster_count(reader, asked.wanted, today)
    read = listing.batch_reader(asked.columns, whole=whole and owner.can("members.reveal"), today=today)

    def batches():
        done = 0
        for lines in queries.lines_streamed(reader, asked.wanted, asked.columns, today):
            done += len(lines)
            work.progress(done, total, "已寫入 %(count)s 筆", count=done)
            yield read(lines)

    with unhindered():
        count = exporting.write_file(listing.sheet_columns(asked.columns), batches(), fmt, work.file(f"{name}.{fmt}"), sheet=name)
    work.finish(count=count)


@task("arrears.send", title=_l("寄發催繳"))
def send_letters(
    work: Work, *, step: str, wanted: dict[str, Any], way: str, pay_by: str, text: str, letter_id: int | None, seen: list[int]
) -> None:
    """Takes a step of the arrears ladder for very many, all or nothing, while it is still what its owner saw."""
    wanted["ids"] = tuple(wanted["ids"])
    with work.applying():
        owner, today = db.session.get_one(User, work.owner_id), clock.today()
        by = arrears_papers.sender(today)
        run = arrears.send(
            Step(step), debtors.Filter(**wanted), queries.within(owner, "arrears.manage"), way=way, pay_by=date.fromisoformat(pay_by), text=text,
            letter=db.session.get(Letter, letter_id) if letter_id else None, by=owner, seen=(seen[0], seen[1]),
            mail=lambda run, one, who: arrears_papers.mail_text(run, who, one.amount, one.months, by), today=today,
        )
        work.finish(endpoint="arrears.run", arguments={"run_id": run.id}, count=seen[0])


@task("arrears.print", title=_l("列印催繳信件"), retry=True)
def print_letters(work: Work, *, run_id: int, name: str) -> None:
    """Sets all letters of a run that its owner may see into one file."""
    owner, run = db.session.get_one(User, work.owner_id), db.session.get_one(DunningRun, run_id)
    sent = debtors.of_run(queries.within(owner, "arrears.read"), run)
    work.progress(0, len(sent), "排版")
    serving.keep(work.file(name), render_batch(list(arrears_papers.letters(run, sent))))
    work.finish(count=len(sent), endpoint="arrears.run", arguments={"run_id": run_id})


@task("members.print_paper", title=_l("列印會員文件"), retry=True)
def print_paper(
    work: Work, *, paper: str, fmt: str, ids: list[int], choices: dict[str, Any], occasion: dict[str, Any], name: str
) -> None:
    """Makes a paper too large for a request, for the members that its owner chose and may still see."""
    owner = db.session.get_one(User, work.owner_id)
    reader = queries.within(owner, "members.print")
    work.progress(0, len(ids), "整理資料")
    seen = set(queries.roster_ids(reader, RosterFilter(standing=queries.EVERYBODY), clock.today()))
    made = documents.compose(
        documents.PAPERS[paper],
        [number for number in ids if number in seen],
        {key: date.fromisoformat(value) if key.endswith("_on") else value for key, value in choices.items()},
        Occasion(**(occasion | {
            "today": date.fromisoformat(occasion["today"]), "kind": UnionKind(occasion["kind"]),
            "whole": occasion["whole"] and owner.can("members.reveal"),
        })),
        reader,
    )
    work.progress(0, len(ids), "排版")
    serving.keep(work.file(name), serving.made(made, fmt))
    work.finish(count=len(ids))


@task("dues.print_receipts", title=_l("列印收據"), retry=True)
def print_receipts(work: Work, *, ids: list[int], address: str, name: str) -> None:
    """Sets receipts, whose numbers are given already, in one file: some at a time, so that memory does not grow with them. They count as
    printed when the file is whole, in one with the end of the task."""
    seen: dict[int, Printing] = {}

    def papers() -> Iterator[Document]:
        for start in range(0, len(ids), receipts.AT_ONCE):
            work.progress(start, len(ids), "已排版 %(count)s 張", count=start)
            some = ids[start : start + receipts.AT_ONCE]
            seen.update(printings(some))
            yield receipts.papers_of(some, address)
            work.let_go()

    with serving.room_on_disk(), work.file(name).open("wb") as target:
        count = write_joined(papers(), target)
    with work.applying():
        printing.printed_many(seen)
        work.finish(count=count)
