"""The command line: ``flask --app wsgi …``. Areas add their commands to ``COMMANDS`` from their ``commands`` module."""

from __future__ import annotations

import click
from flask import Flask

COMMANDS: list[click.Command] = []


def command(entry: click.Command) -> click.Command:
    """Registers a click command or group for every app."""
    COMMANDS.append(entry)
    return entry


def init_app(app: Flask) -> None:
    for entry in COMMANDS:
        app.cli.add_command(entry)


@command
@click.group()
def translations() -> None:
    """The English beside the Chinese source strings."""


@translations.command()
def update() -> None:
    """Bring the English catalogue up to the source strings."""
    from unionops.core import catalogues

    count, lacking = catalogues.update()
    click.echo(f"{count} strings, {lacking} without English")
