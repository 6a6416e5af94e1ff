"""``python3 -m unionops backup``, ``restore`` and ``backup-key``."""

from __future__ import annotations

import json
import os
import sys
from contextlib import closing
from pathlib import Path

import click
from flask import current_app

import config
from unionops import environment
from unionops.core import clock
from unionops.core.backup import queries, restoring, services
from unionops.core.backup.sealed import WRONG_KEY, Damaged
from unionops.core.cli import command
from unionops.core.db import unit_of_work


@command
@click.command()
@click.option("--to", "target", type=click.Path(path_type=Path, dir_okay=False), help="檔案 The file to write; else one in the folder of backups.")
def backup(target: Path | None) -> None:
    """製作備份 Make an encrypted backup of database, files and keys, while the app runs."""
    now = clock.now()
    run = services.back_up(target, now=now) if target else services.back_up_into_folder(now=now)
    ok, file, size, problems = run.ok, run.file, run.size, services.problems_of(run)
    if ok:
        with unit_of_work("命令列", "command backup"):
            services.record(run)
        click.echo(f"已備份 Backed up: {target or queries.folder() / file} ({size / 1e6:,.1f} MB)")
        click.echo("還原時需要備份金鑰 The backup key is needed to restore: python3 -m unionops backup-key")
    else:
        raise click.ClickException("\n".join(one.text for one in problems))


@command
@click.command("backup-key")
def backup_key() -> None:
    """顯示備份金鑰，抄下來另外保管 Show the backup key: copy it down and keep it apart."""
    click.echo(current_app.config["BACKUP_KEY"] or "沒有 None: BACKUP_KEY")


@command
@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--into", type=click.Path(path_type=Path, file_okay=False), help="資料夾 Restore into another data folder.")
@click.option("--replace", is_flag=True, help="換掉現有的資料（移到旁邊保留）Replace what is there; the old is put aside.")
@click.option("--keys", "keys_to", type=click.Path(path_type=Path, dir_okay=False), help="只取出金鑰 Only write the keys that it holds to this file.")
def restore(file: Path, into: Path | None, replace: bool, keys_to: Path | None) -> None:
    """還原備份 Restore a backup: checked first, nothing is touched if it is not whole. Stop the app before."""
    from unionops.core import migrations  # Alembic is slow to load, and only a restore needs it.

    app = current_app.extensions["create_app"](config.chosen(into.resolve())) if into else current_app._get_current_object()
    with app.app_context(), file.open("rb") as source:
        migrations.attach(app)
        secret = _secret(file)
        try:
            if keys_to:
                handle = os.open(keys_to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(handle, "w") as keys:
                    json.dump(restoring.keys_of(source, secret), keys, indent=1)
                click.echo(f"金鑰已寫到 The keys are in {keys_to}")
                return
            with environment.locked(Path(app.config["HOME"])):
                done = restoring.restore(source, secret, replace=replace, now=clock.now())
        except Exception as error:
            told = restoring.trouble(error)
            if told is None:
                raise
            raise click.ClickException(told.text) from error
    figures = done.figures
    click.echo(f"已還原 Restored: {figures['made_at']}, {figures['rows']:,} rows, {figures['files']:,} files, {figures['sealed']:,} audit seals")
    for word in figures["findings"]:
        click.echo(f"注意 Note: {services.FINDINGS[word].text}", err=True)


def _secret(file: Path) -> str:
    """The backup key: of this installation if it fits, else asked for."""
    own: str = current_app.config["BACKUP_KEY"]
    with closing(file.open("rb")) as source:
        try:
            restoring.keys_of(source, own)
            return own
        except Damaged as wrong:
            asks = wrong.problems[0] is WRONG_KEY and sys.stdin.isatty()
            return str(click.prompt("備份金鑰 Backup key", hide_input=True)) if asks else own
