"""Files: handed over, looked through, booked as far as is certain; and how files of the union's own bank are laid out."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_login import current_user

from unionops.core import clock
from unionops.core.db import db
from unionops.core.i18n import _, _l, say
from unionops.core.jobs.models import Task
from unionops.core.pages import Paging, here, page
from unionops.core.transfer.workbook import FileRefused, Row, cell_text
from unionops.core.union import queries as union
from unionops.core.union.models import BankAccount
from unionops.members import statements_wording as words
from unionops.members.forms.statements import ConfirmForm, SampleForm, StatementForm, columns_form
from unionops.members.models import Statement, StatementLayout
from unionops.members.queries import statements as queries
from unionops.members.rules import layouts, statements
from unionops.members.rules.layouts import Source
from unionops.members.rules.matching import ASKED, HELD, MAY_POST, NO_DUES, PROPOSED
from unionops.members.rules.statements import Unknown
from unionops.members.services import statements as services
from unionops.members.services.statements.background import LARGE, judge_later
from unionops.members.views.area import of_everybody
from unionops.members.views.statements.area import MATCH, READ, area
from unionops.values.problems import Problem, RuleBroken

GROUPS: list[tuple[Any, frozenset[Any], str]] = [
    (_l("可自動入帳"), MAY_POST, "ok"), (_l("建議，待同意"), PROPOSED, "soon"), (_l("待查，宜列暫收款"), HELD, "warn"), (_l("要問清楚"), ASKED, "stop"),
    (_l("不是會員繳款"), NO_DUES, "off"),
]
"""What lines are to be done with: title, verdicts, sign."""


@area.screen("/", title=_l("對帳"), **READ, menu=("帳", "St", 230))
def index():
    of_everybody()
    paging = Paging(queries.file_count())
    counts = queries.counts()
    accounts = {one.id: one for one in union.bank_accounts()}
    return page(
        "statements/index.html", rows=queries.files(limit=paging.size, offset=paging.offset), paging=paging, words=words, accounts=accounts,
        groups=[(title, *queries.sums(counts, verdicts)) for title, verdicts, _sign in GROUPS], waiting=sum(count for count, _amount in counts.values()),
    )


@area.screen("/new", title=_l("匯入對帳檔"), **MATCH, parent="statements.index")
def upload():
    of_everybody()
    form = StatementForm()
    form.account.choices = [(str(one.id), _account_words(one)) for one in union.bank_accounts() if one.until_on is None] or [("", _("還沒有登錄工會帳戶"))]
    if form.validate_on_submit():
        with form.catching():
            data, today = form.file.data.read(), clock.today()
            account = db.session.get(BankAccount, int(form.account.data)) if form.account.data else None
            try:
                made = services.take_in(data, form.file.data.filename or "", account=account, today=today, encoding=form.encoding.data or None)
            except Unknown as unknown:
                if not unknown.rows:
                    raise RuleBroken(Problem("file", "這個檔案讀不出表格。")) from unknown
                flash(_("認不出這個檔案的欄位。請指定每一欄是什麼；存好以後再匯入一次。"), "warning")
                return _told_columns(unknown.rows, Source.BANK.value)
            if made.counts["lines"] - made.counts["known"] > LARGE:
                task = judge_later(made, current_user)
                return redirect(url_for("jobs.task", task_id=task.id))
            services.judge_waiting(today)
            flash(_("已讀入 %(new)s 筆；現在什麼都還沒入帳。", new=f"{made.counts['lines'] - made.counts['known']:,}"), "success")
            return redirect(url_for(".file", statement_id=made.id))
    return page("statements/upload.html", form=form, has_account=any(one.until_on is None for one in union.bank_accounts()))


def _account_words(one: BankAccount) -> str:
    return f"{one.bank}{one.branch} {one.masked_number}"


def _the(statement_id: int) -> Statement:
    of_everybody()
    found: Statement = db.session.get(Statement, statement_id) or abort(404)
    return found


@area.screen("/files/<int:statement_id>", title=_l("對帳檔"), **READ, personal=True, parent="statements.index")
def file(statement_id: int):
    found = _the(statement_id)
    counts, done = queries.counts(statement_id), queries.outcomes(statement_id)
    show = request.args.get("show", "")
    shown = show if show in words.OUTCOMES and show in done else next((one for one in words.OUTCOMES if one in done), "")
    paging = Paging(done.get(shown, (0, 0))[0])
    lines = queries.lines_of(statement_id, settled_as=shown, limit=paging.size, offset=paging.offset)
    ready = queries.sums(counts, MAY_POST)
    task = db.session.get(Task, found.counts["task"]) if found.counts.get("task") else None
    return page(
        "statements/file.html", title=found.file_name, statement=found, words=words, account=_account(found), counts=found.counts,
        groups=[
            SimpleNamespace(title=title, sign=sign, rows=[(one.value, words.VERDICTS[one.value], *counts[one.value]) for one in verdicts if one.value in counts])
            for title, verdicts, sign in GROUPS if any(one.value in counts for one in verdicts)
        ],
        tabs=[
            {"label": words.OUTCOMES[how][1], "url": url_for(".file", statement_id=statement_id, show=how or "open"), "count": done[how][0], "current": how == shown}
            for how in words.OUTCOMES if how in done
        ],
        lines=lines, paging=paging, ready=ready, differences=[say(Problem.of(one)) for one in found.counts.get("problems", ())],
        refused=[SimpleNamespace(**one, why=say(Problem.of(one))) for one in found.counts.get("refused", ())],
        people=queries.people(one for each in lines for one in each.proposal.get("people", ())), is_judging=task is not None and task.is_going, task=task,
        is_open=not any(how for how in done), here=here,
    )


def _account(found: Statement) -> BankAccount | None:
    return db.session.get(BankAccount, found.bank_account_id) if found.bank_account_id else None


@area.screen("/files/<int:statement_id>/post", title=_l("自動入帳"), **MATCH, once=True, parent="statements.file")
def post_file(statement_id: int):
    """Books what is certain of one file."""
    found, form = _the(statement_id), ConfirmForm()
    count, amount = queries.sums(queries.counts(statement_id), MAY_POST)
    if form.validate_on_submit():
        with form.catching():
            if count > LARGE:
                return redirect(url_for("jobs.task", task_id=judge_later(found, current_user, post=True).id))
            done = services.post(today=clock.today(), statement=found)
            flash(_("已入帳 %(count)s 筆 %(amount)s 元。", count=f"{done.count:,}", amount=f"{done.amount:,}"), "success")
            if done.held:
                flash(_("%(count)s 筆不能入這一天的帳（月份已結帳，或在開帳日之前），留在待處理。", count=done.held), "warning")
            return redirect(url_for(".file", statement_id=statement_id))
    return page(
        "statements/confirm.html", form=form, heading=_("自動入帳：%(file)s", file=found.file_name), verb=_("入帳 %(count)s 筆", count=f"{count:,}"), kind="main",
        back=url_for(".file", statement_id=statement_id), will_change=_("虛擬帳號、常用帳號、會員編號或銷帳編號相符而且金額全額的 %(count)s 筆，共 %(amount)s 元，入各會員的帳。", count=f"{count:,}", amount=f"{amount:,}"),
        unchanged=_("其他的都留在待處理，要有人同意才入帳。"), undo=_("可以：每一筆都能單獨取消。"),
    )


@area.screen("/files/<int:statement_id>/drop", title=_l("移除對帳檔"), **MATCH, once=True, parent="statements.file")
def drop_file(statement_id: int):
    found, form = _the(statement_id), ConfirmForm()
    if form.validate_on_submit():
        with form.catching():
            services.drop(found)
            flash(_("已移除 %(file)s。", file=found.file_name), "success")
            return redirect(url_for(".index"))
    return page(
        "statements/confirm.html", form=form, heading=_("移除 %(file)s", file=found.file_name), verb=_("移除"), kind="stop", back=url_for(".file", statement_id=statement_id),
        will_change=_("這個檔案讀入的明細全部移除。"), unchanged=_("已處理過任何一筆的檔案不能移除。"), undo=_("可以：重新匯入檔案。"),
    )


# --- layouts ----------------------------------------------------------------------------------------------------------


@area.screen("/layouts", title=_l("檔案格式"), **MATCH, parent="statements.index")
def known_layouts():
    of_everybody()
    form = SampleForm()
    if form.validate_on_submit():
        with form.catching():
            try:
                workbook = statements.read_table_file(form.file.data.read(), form.file.data.filename or "")
            except FileRefused as refused:
                raise RuleBroken(refused.problem) from refused
            return _told_columns(max((sheet.rows for sheet in workbook.sheets), key=len, default=()), form.kind.data)
    own = {one.key for one in db.session.scalars(db.select(StatementLayout))}
    return page("statements/layouts.html", form=form, layouts=queries.every_layout(), own=own, words=words, fields=layouts.FIELDS)


def _told_columns(rows: Any, kind: str) -> Any:
    at = layouts.likely_heading(rows)
    if at is None:
        raise RuleBroken(Problem("file", "找不到標題列；請用有標題的檔案。"))
    heading: Row = rows[at]
    said = [cell_text(cell).strip() for cell in heading.cells]
    form = columns_form(said, layouts.guess(heading.cells, Source(kind)), kind=kind)
    sample = [[cell_text(cell) for cell in row.cells] for row in rows[at + 1 : at + 4]]
    return page("statements/columns.html", form=form, said=said, sample=sample)


@area.screen("/layouts/new", title=_l("指定欄位"), **{**MATCH, "methods": ["POST"]}, once=True, parent="statements.known_layouts")
def add_layout():
    of_everybody()
    said = request.form.get("headings", "")[:4000].split("\n")[:60]
    said = [one.strip("\r") for one in said]
    form = columns_form(said, {}, kind=request.form.get("kind", "bank"))
    if form.validate_on_submit():
        with form.catching():
            columns: dict[str, list[str]] = {}
            for place, heading in enumerate(said):
                if name := form[f"col_{place}"].data:
                    columns.setdefault(name, []).append(heading)
            services.add_layout(form.title.data, form.kind.data if form.kind.data in words.SOURCES else "bank", columns)
            flash(_("已記住這個格式；請再匯入一次檔案。"), "success")
            return redirect(url_for(".upload"))
    return page("statements/columns.html", form=form, said=said, sample=[])
