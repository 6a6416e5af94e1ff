"""The command that rebuilds a year of dues from the files of an office, and holds it against what was expected."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import click
from flask.cli import AppGroup

from unionops.core import cli, clock
from unionops.core.transfer.workbook import FileRefused
from unionops.finance.rules import chart
from unionops.members.rules.rebuilt import compared
from unionops.members.rules.statements import Unknown
from unionops.members.services import rebuilding
from unionops.values.money import ntd
from unionops.values.problems import RuleBroken, Unreadable
from unionops.values.roc import parse_date

dues = AppGroup("dues", help="會費 Dues.")
cli.command(dues)


@dues.command("rebuild")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--as-of", help="這些檔案整理的日期，預設由 expected.json 或今天 The day of the files.")
@click.option("--name", default="", help="工會名稱，預設取自銀行檔的戶名 The union's name.")
@click.option("--kind", default="occupational", type=click.Choice(["occupational", "enterprise", "industrial"]), help="工會種類 Kind of union.")
def rebuild(folder: Path, as_of: str | None, name: str, kind: str) -> None:
    """由辦公室檔案重建一年的會費帳 Rebuild a year of dues in an empty installation from a folder of office files.

    The files are known by how their names begin: roster., receivables, bank_statement, postal_giro, convenience_store, checkoff_sent,
    checkoff_return. With an expected.json beside them every figure that it knows is held against what came out.
    """
    file = folder / "expected.json"
    expected = json.loads(file.read_text("utf-8")) if file.exists() else {}
    day = parse_date(as_of) if as_of else date.fromisoformat(expected["_about"]["list_as_of"]) if "_about" in expected else clock.today()
    try:
        made = rebuilding.rebuild(folder, as_of=day, name=name, kind=kind, tell=click.echo)
    except RuleBroken as refusal:
        raise click.ClickException("；".join(one.text for one in refusal.problems)) from refusal
    except (Unreadable, FileRefused) as refusal:
        raise click.ClickException(str(refusal)) from refusal
    except Unknown as refusal:
        raise click.ClickException("對帳檔的標題認不得；請先在「檔案格式」指定欄位。") from refusal
    click.echo("\n科目餘額 Balances")
    for code, amount in made.balances.items():
        if amount:
            click.echo(f"  {code} {chart.account(code).zh} {ntd(amount)}")
    checks = list(compared(made.files, expected))
    differing = [one for one in checks if not one.agrees]
    for file_name, figures in made.files.items():
        click.echo(f"\n{file_name}")
        for key, value in figures.items():
            click.echo(f"  {key}: {json.dumps(value, ensure_ascii=False)}")
    if not checks:
        return
    click.echo(f"\n核對 Compared: {len(checks)}，不符 differing: {len(differing)}")
    for one in differing:
        click.echo(f"  ✕ {one.file} {one.figure}: {one.found} ≠ {one.expected}")
    if differing:
        raise SystemExit(1)
