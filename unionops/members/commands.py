"""The command line of the membership: looking at a roster file without importing it, and importing one from a script."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from unionops.core import cli, clock
from unionops.core.db import unit_of_work
from unionops.core.transfer.reading import FileRefused, read_table_file
from unionops.members import rebuild_commands  # noqa: F401  # Its commands are the area's as well.
from unionops.members.queries import imports as queries
from unionops.members.rules.roster import judge_plans
from unionops.members.rules.roster_sheets import SheetPlan, plan_sheets
from unionops.members.services import imports as services
from unionops.values.problems import RuleBroken
from unionops.values.roc import parse_date

members = AppGroup("members", help="會員 The membership.")
cli.command(members)


class _Day(click.ParamType):
    name = "date"

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return parse_date(value)
        except ValueError as wrong:
            self.fail(f"看不懂的日期 Not a date: {value} ({wrong})", parameter, context)


_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@members.command("check-roster")
@click.argument("file", type=_file)
@click.option("--sheet", help="只看這張工作表 Only this sheet.")
@click.option("--as-of", type=_Day(), help="名冊日期，預設今天 The day of the list, by default today.")
@click.option("--json", "as_json", is_flag=True, help="印出 JSON Print JSON.")
def check_roster(file: Path, sheet: str | None, as_of: date | None, as_json: bool) -> None:
    """檢查名冊檔，不匯入 Judge every row of a roster file; needs no database, writes nothing."""
    try:
        plans = plan_sheets(read_table_file(file.read_bytes(), file.name))
    except FileRefused as refused:
        raise click.ClickException(refused.problem.text) from refused
    if sheet is not None and sheet not in [plan.sheet.name for plan in plans]:
        names = "、".join(plan.sheet.name for plan in plans)
        raise click.ClickException(f"沒有這張工作表 No such sheet: {sheet}（{names}）")
    day = as_of or clock.today()
    judged = judge_plans(plans, as_of=day, grades=queries.grades_on(day))
    sheets, rows = [], []
    for plan in plans:
        if sheet is not None and plan.sheet.name != sheet:
            continue
        judgement = judged.get(plan.sheet.name)
        counts = dict(Counter(row.status for row in judgement.rows)) if judgement else {}
        sheets.append(_sheet_told(plan, counts))
        for row in judgement.rows if judgement else ():
            rows.append({
                "sheet": plan.sheet.name, "row": row.number, "record": row.record, "status": row.status, "codes": row.codes,
                "values": {name: _plain(value) for name, value in row.values.items()}, "reasons": row.reasons,
            })
    told = {"sheets": sheets, "counts": dict(Counter(row["status"] for row in rows)), "rows": rows}
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for one in sheets:
        click.echo(f"{one['name'] or file.name}: {one['role']}, 標題列 heading {one['header_rows']}, {one['counts']}")
        for notice in one["notices"]:
            click.echo(f"  ! {notice}")
        for column in one["columns"]:
            click.echo(f"  {column['letter']:>3} {column['heading'] or '-'} → {column['field'] or '-'}")
    for row in rows:
        if row["status"] in ("refuse", "duplicate"):
            click.echo(f"{row['sheet']} {row['row']}: {row['status']} {' '.join(row['codes'])}")
    click.echo(str(told["counts"]))


def _sheet_told(plan: SheetPlan, counts: dict[str, int]) -> dict[str, Any]:
    table = plan.table
    return {
        "name": plan.sheet.name, "role": plan.role, "header_rows": list(table.header.rows) if table else [],
        "first_data_row": table.header.first_data_row if table else None, "counts": counts,
        "columns": [{"letter": one.letter, "heading": one.heading, "field": one.field} for one in table.mapping.columns] if table else [],
        "notices": [one.text for one in plan.notices],
    }


@members.command("import-roster")
@click.argument("file", type=_file)
@click.option("--as-of", type=_Day(), help="名冊日期，預設今天 The day of the list, by default today.")
@click.option("--apply", "write", is_flag=True, help="寫入；沒有這個選項只試算 Write; without it nothing is kept.")
@click.option("--again", is_flag=True, help="同一個檔案匯入過也再匯入 Even if this very file was imported before.")
def import_roster(file: Path, as_of: date | None, write: bool, again: bool) -> None:
    """匯入名冊檔 Bring a roster file in, all good rows or nothing; prints what became of the rows."""
    day = as_of or clock.today()
    try:
        with unit_of_work("command line", "members import-roster"):
            batch = services.stage(file.read_bytes(), file.name, None, day)
            counts = services.apply(batch, None, clock.today(), again=again) if write else dict(queries.preview(batch).counts)
            if not write:
                raise _OnlyTried(counts)
    except _OnlyTried as tried:
        counts = tried.counts
        click.echo("只試算，沒有寫入；要寫入請加 --apply. Only tried, nothing kept: add --apply to write.", err=True)
    except RuleBroken as refused:
        raise click.ClickException("\n".join(one.text for one in refused.problems)) from refused
    except services.Stale as stale:
        raise click.ClickException(stale.problem.text) from stale
    click.echo(json.dumps(counts, ensure_ascii=False))


class _OnlyTried(Exception):
    """Ends the unit without keeping anything."""

    def __init__(self, counts: dict[str, int]) -> None:
        super().__init__()
        self.counts = counts


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value
