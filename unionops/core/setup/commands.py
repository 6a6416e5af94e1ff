"""``python3 -m unionops setup-code``: a new code for the set-up of a new union."""

from __future__ import annotations

import click

from unionops.core import clock
from unionops.core.cli import command
from unionops.core.db import unit_of_work
from unionops.core.setup import services
from unionops.values.problems import RuleBroken


@command
@click.command("setup-code")
def setup_code() -> None:
    """產生設定新工會的設定碼 Make a code for the set-up of a new union; the one before is void."""
    try:
        with unit_of_work("命令列", "command setup-code"):
            code = services.new_code(now=clock.now())
    except RuleBroken as refusal:
        raise click.ClickException("\n".join(wrong.text for wrong in refusal.problems)) from refusal
    click.echo(f"設定碼 Set-up code: {code}")
