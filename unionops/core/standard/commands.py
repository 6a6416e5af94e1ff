"""``flask --app wsgi standard coverage``: which screens serve which code of the occupational standard."""

from __future__ import annotations

import json

import click

from unionops.core.cli import command
from unionops.core.standard.coverage import coverage


@command
@click.group("standard")
def standard_group() -> None:
    """The occupational standard BAS4999-001v2."""


@standard_group.command("coverage")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def print_coverage(as_json: bool) -> None:
    """Print every code with the screens that serve it."""
    found = coverage()
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for group in found.values():
        for code, served in group.items():
            click.echo(f"{code:8}{', '.join(served['screens']) or ('pending' if served['pending'] else '–')}")
