"""The command line of accounts: the first administrator, and a way in for whoever is locked out when nobody else can help."""

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


@accounts.command("reset")
@click.argument("username")
@click.option("--second-factor", is_flag=True, help="也移除兩步驟驗證與通行金鑰 Also remove two-step verification and passkeys: the device is lost.")
def reset(username: str, second_factor: bool) -> None:
    """印出重設密碼的代碼 Print a code with which a new password is set, when the only administrator has lost it."""
    try:
        with unit_of_work("command line", "accounts reset"):
            user = queries.user_by_username(username)
            if user is None:
                raise click.ClickException(f"沒有這個帳號 No such account: {username}")
            issued = services.resets.printed(user, now=clock.now())
            if second_factor:
                services.reset_second_factor(user)
                services.passkeys.remove_all(user)
    except RuleBroken as refusal:
        raise click.ClickException("\n".join(wrong.text for wrong in refusal.problems)) from refusal
    click.echo(f"登入頁「有邀請單或重設密碼單」輸入 On the sign-in page, under the slip: {issued.code}")
    click.echo(f"有效到 Valid until: {services.tickets.until(issued)}")
