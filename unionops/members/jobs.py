"""Background work of the membership: exports and papers too large for a request."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qsl

from werkzeug.datastructures import MultiDict

from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.clock import in_taipei
from unionops.core.db import db
from unionops.core.documents import serving
from unionops.core.i18n import _l
from unionops.core.jobs.registry import job
from unionops.core.jobs.tasks import Work, task
from unionops.core.transfer import exporting
from unionops.law.union_act import UnionKind
from unionops.members import documents, listing, queries
from unionops.members.documents import Occasion
from unionops.members.queries import RosterFilter
from unionops.members.services import imports


@job("members.forget_checks", cron="50 3 * * *", title=_l("清除名冊檔案過期的檢查結果"))
def forget_checks(now: datetime) -> str:
    return str(imports.forget_old_checks(in_taipei(now).date()))


@task("members.export_roster", title=_l("匯出會員名冊"), retry=True)
def export_roster(work: Work, *, query: str, columns: list[str], fmt: str, whole: bool, name: str) -> None:
    """Writes the roster that ``query`` asks for, as its owner may see it at the time of writing."""
    owner = db.session.get_one(User, work.owner_id)
    today = clock.today()
    asked = listing.asked(MultiDict([*parse_qsl(query), *(("columns", key) for key in columns)]))
    ids = queries.roster_ids(queries.within(owner, "members.export"), asked.wanted, today)
    whole = whole and owner.can("members.reveal")

    read = listing.cells_reader(asked.columns, whole=whole, today=today)

    def rows():
        for done, line in enumerate(queries.lines_in_batches(ids, asked.columns), 1):
            work.progress(done, len(ids), "已寫入 %(count)s 筆", count=done)
            yield read(line)

    count = exporting.write_file(listing.sheet_columns(asked.columns), rows(), fmt, work.file(f"{name}.{fmt}"), sheet=name)
    work.finish(count=count)


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
