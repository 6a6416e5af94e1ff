"""Invitations: who is asked in, with which roles; told by mail or on a slip; accepted once, or taken back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import current_app

from unionops.core.accounts import rules
from unionops.core.accounts.models import Invitation, User
from unionops.core.accounts.services import people, tickets
from unionops.core.audit import recording
from unionops.core.db import db, lock_row
from unionops.core.i18n import _l
from unionops.core.notify import services as notify
from unionops.core.notify.registry import notice_kind
from unionops.values.problems import Problem, RuleBroken
from unionops.values.refs import Ref

KIND = notice_kind("accounts.invitation", title=_l("邀請與重設密碼"), choice=False)

recording.sentence("accounts.invited", _l("邀請%(name)s，角色：%(roles)s"))
recording.sentence("accounts.invitation_mailed", _l("寄出%(name)s的邀請信，先前的連結作廢"))
recording.sentence("accounts.invitation_printed", _l("印出%(name)s的邀請單，先前的單子作廢"))
recording.sentence("accounts.invitation_withdrawn", _l("撤回%(name)s的邀請"))
recording.sentence("accounts.invitation_accepted", _l("%(name)s接受邀請，帳號 %(username)s"))


def valid() -> timedelta:
    """How long an invitation opens, from the mail or the slip on."""
    return timedelta(days=current_app.config["INVITATION_DAYS"])


def invite(
    name: str, *, email: str = "", wanted: Iterable[tuple[str, Ref | None]] = (), locale: str = "", by: User | None, now: datetime
) -> Invitation:
    """Asks somebody in; nothing is sent yet. An older open invitation to the same mail address is taken back.

    Raises RuleBroken: no name, no roles, roles that must not meet, a role that ``by`` may not give.
    """
    name, email, granted = name.strip(), email.strip(), people.in_order(wanted)
    problems = rules.name_problems(name) + people.refused(granted)
    if not granted:
        problems.append(Problem("roles", "請至少勾一個角色：沒有角色的人登入後只看得到自己的帳號。"))
    manages = by is None or by.can("accounts.manage")
    if not all(rules.given_freely(role, manages=manages) for role, _scope in granted):
        problems.append(Problem("roles", "系統管理員只能由系統管理員邀請。請改勾其他角色，或請系統管理員來邀請。"))
    if problems:
        raise RuleBroken(*problems)
    if email:
        for older in db.session.scalars(sa.select(Invitation).where(Invitation.user_id.is_(None), Invitation.withdrawn_at.is_(None))):
            if older.email.casefold() == email.casefold():
                withdraw(older, now=now)
    made = Invitation(
        name=name, email=email, granted=[[role, str(scope) if scope else ""] for role, scope in granted], locale=locale, invited_by=by,
        created_at=now,
    )
    db.session.add(made)
    db.session.flush()  # The audit names it by its number.
    recording.describe("accounts.invited", made, name=name, roles=people.titles(granted))
    return made


def mail(invitation: Invitation, *, union: str, now: datetime) -> None:
    """Sends the link. Raises RuleBroken without an address, or when the invitation is no longer open."""
    _must_be_open(invitation)
    if not invitation.email:
        raise RuleBroken(Problem("email", "沒有電子郵件，信寄不出去。請改印邀請單。"))
    issued = tickets.issue(invitation=invitation, valid=valid(), now=now, is_mailed=True)
    notify.mail_secret(
        notify.Reader(invitation.name, email=invitation.email, locale=invitation.locale),
        subject=_l("%(union)s邀請你使用會務系統", union=union),
        text=_l(
            "%(union)s邀請您使用會務系統。請在 %(until)s 前打開下面的連結，設定自己的帳號：\n\n%(link)s\n\n"
            "連結只能用一次，請不要轉寄。若您不認識這個工會，不必理會這封信。",
            union=union, until=tickets.until(issued), link=tickets.link(issued),
        ),
        kind=KIND,
    )
    recording.describe("accounts.invitation_mailed", invitation, name=invitation.name)


def printed(invitation: Invitation, *, now: datetime) -> tickets.Issued:
    """What stands on a new slip; the older ones are void. Raises RuleBroken when the invitation is no longer open."""
    _must_be_open(invitation)
    recording.describe("accounts.invitation_printed", invitation, name=invitation.name)
    return tickets.issue(invitation=invitation, valid=valid(), now=now, is_mailed=False)


def withdraw(invitation: Invitation, *, now: datetime) -> None:
    """Takes the invitation back; its links and slips no longer open."""
    lock_row(invitation)
    if invitation.is_open:
        invitation.withdrawn_at = now
        tickets.revoke(invitation=invitation, now=now)
        recording.describe("accounts.invitation_withdrawn", invitation, name=invitation.name)


def accept(ticket_id: int, username: str, *, password: str | None, locale: str = "", now: datetime) -> User:
    """Makes the account of whoever holds the ticket. ``password`` None: a passkey follows in the same unit.

    Raises RuleBroken: the ticket does not open, the user name is taken, a weak password.
    """
    invitation = tickets.take(ticket_id, now).invitation
    if invitation is None or not invitation.is_open:
        raise RuleBroken(Problem("", "這個邀請已經不在了。請向邀請你的人要一個新的。"))
    user = people.create_user(
        username, invitation.name, password=password, email=invitation.email, wanted=invitation.wanted, locale=locale or invitation.locale
    )
    invitation.user_id = user.id
    recording.describe("accounts.invitation_accepted", invitation, user, name=user.name, username=user.username)
    return user


def _must_be_open(invitation: Invitation) -> None:
    lock_row(invitation)
    if not invitation.is_open:
        raise RuleBroken(Problem("", "這個邀請已經被接受或撤回，不能再寄或再印。"))

