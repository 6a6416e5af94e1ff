"""``flask --app wsgi audit …``: seal now, verify the chain."""

from __future__ import annotations

import json
import sys

import click

from unionops.core import clock
from unionops.core.audit import sealing
from unionops.core.cli import command
from unionops.core.db import intent, unit_of_work


@command
@click.group()
def audit() -> None:
    """The audit's chain."""


@audit.command("seal")
def seal_now() -> None:
    """Seal all entries that wait, however old, and print the anchor to write down."""
    with unit_of_work("命令列", "command audit seal"):
        count = sealing.seal(clock.now(), thorough=True)
        anchor = sealing.last_digest()
    click.echo(f"sealed {count}\nanchor {anchor or '-'}")


@audit.command("verify")
@click.option("--anchor", default="", metavar="DIGEST", help="A digest noted earlier; it must still be in the chain.")
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON.")
def verify(anchor: str, as_json: bool) -> None:
    """Check every seal. Exit status 1 when the chain is broken."""
    with intent(write=False):
        verdict = sealing.verify(anchor.strip().lower())
    if as_json:
        click.echo(json.dumps(verdict.as_dict()))
    elif verdict.ok:
        click.echo(f"ok: {verdict.sealed} sealed, {verdict.unsealed} waiting\nanchor {verdict.last_digest}")
    else:
        click.echo(f"BROKEN at place {verdict.first_broken}: {verdict.reason} ({verdict.sealed} sealed, {verdict.unsealed} waiting)")
    sys.exit(0 if verdict.ok else 1)
