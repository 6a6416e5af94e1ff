"""The command line of accounts: the first administrator, and opening a locked door when nobody else can."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from unionops.core import cli, clock
from unionops.core.accounts import queries, services
from unionops.core.accounts.roles import ROLES
from unionops.core.db import unit_of_work
from unionops.values.problems import RuleBroken

accounts = AppGroup("accounts", help="使用者 People who sign in.")
cli.command(accounts)


@accounts.command("create-administrator")
@click.argument("username")
@click.option("--name", prompt="姓名 Name", help="姓名 The person's name.")
@click.option(
    "--password", envvar="UNIONOPS_PASSWORD", prompt="密碼 Password", hide_input=True, confirmation_prompt="再輸入一次 Again",
    help="不要寫在命令列上：讓它問，或用環境變數 UNIONOPS_PASSWORD. Better asked, or taken from the variable, than typed here.",
)
@click.option(
    "--role", "more", multiple=True, type=click.Choice(list(ROLES)), help="另給的角色，可重複 Further roles, such as secretary_general."
)
def create_administrator(username: str, name: str, password: str, more: tuple[str, ...]) -> None:
    """新增系統管理員 Create a system administrator; the password is asked, or taken from UNIONOPS_PASSWORD."""
    try:
        with unit_of_work("command line", "accounts create-administrator"):
            wanted = [(role, None) for role in ("administrator", *more)]
            user = services.create_user(username, name, password=password, wanted=wanted)
            created = user.username
    except RuleBroken as refusal:
        raise click.ClickException("\n".join(wrong.text for wrong in refusal.problems)) from refusal
    click.echo(f"已新增 Created: {created}")


@accounts.command("unlock")
@click.argument("username")
def unlock(username: str) -> None:
    """解除登入暫停 Open an account that too many wrong passwords have closed."""
    with unit_of_work("command line", "accounts unlock"):
        user = queries.user_by_username(username)
        if user is None:
            raise click.ClickException(f"沒有這個帳號 No such account: {username}")
        services.unlock(user, now=clock.now())
    click.echo(f"已解除 Unlocked: {username}")
