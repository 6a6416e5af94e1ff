"""A new password for whoever lost the old one: by a link in a mail, or by a slip that an administrator prints.

What is typed at "forgot password" is only noted; a job looks up whose it is. So the answer, and the time it takes, are the same whether
the account exists or not.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from unionops.core.accounts import rules
from unionops.core.accounts.models import ResetWish, SignInTry, Ticket, User
from unionops.core.accounts.services import passwords, sign_ins, tickets
from unionops.core.accounts.services.doors import door_of
from unionops.core.accounts.services.invitations import KIND
from unionops.core.audit import recording
from unionops.core.db import db
from unionops.core.i18n import _l
from unionops.core.notify import services as notify
from unionops.core.notify.registry import notice_kind
from unionops.values.problems import Problem, RuleBroken

SAFETY = notice_kind("accounts.safety", title=_l("帳號安全"), compulsory=True)

recording.sentence("accounts.reset_mailed", _l("寄出%(name)s的重設密碼連結"))
recording.sentence("accounts.reset_printed", _l("印出%(name)s的重設密碼單，先前的單子作廢"))
recording.sentence("accounts.password_reset", _l("%(name)s用連結或單子重設了密碼"))


def wish(account: str, *, now: datetime) -> None:
    """Notes that somebody cannot get in. Nothing is looked up here, see above."""
    db.session.add(ResetWish(account=account, at=now))


def grant_wishes(*, union: str, now: datetime) -> int:
    """Mails a link to everybody whose user name or mail address was typed; how many. Unknown ones are forgotten in silence."""
    wishes = list(db.session.scalars(sa.select(ResetWish).order_by(ResetWish.id)))
    typed = {row.account.strip().casefold() for row in wishes}
    found = db.session.scalars(
        sa.select(User).where(sa.or_(User.username.in_(typed), sa.func.lower(User.email).in_(typed)), User.deactivated_at.is_(None), User.email != "")
    ).all() if typed else []
    told = [user for user in found if notify.can_be_mailed() and mail(user, union=union, now=now)]
    for row in wishes:
        db.session.delete(row)
    return len(told)


def mail(user: User, *, union: str, now: datetime) -> bool:
    """Sends the link, unless this person got several within the hour."""
    lately = db.session.scalar(
        sa.select(sa.func.count()).select_from(Ticket)
        .where(Ticket.user_id == user.id, Ticket.is_mailed, Ticket.made_at > now - rules.RESET_VALID)
    ) or 0
    if lately >= rules.RESET_MAILS:
        return False
    issued = tickets.issue(user=user, valid=rules.RESET_VALID, now=now, is_mailed=True)
    notify.mail_secret(
        user,
        subject=_l("重設%(union)s會務系統的密碼", union=union),
        text=_l(
            "有人要求重設您（帳號 %(username)s）的密碼。請在 %(until)s 前打開下面的連結，設定新密碼：\n\n%(link)s\n\n"
            "連結只能用一次。若不是您要求的，不必做任何事，密碼不會變；若一再收到，請告訴系統管理員。",
            username=user.username, until=tickets.until(issued), link=tickets.link(issued),
        ),
        kind=KIND,
    )
    recording.describe("accounts.reset_mailed", user, name=user.name)
    return True


def printed(user: User, *, now: datetime) -> tickets.Issued:
    """What stands on a slip that lets this person set a new password. The old one holds until then. Raises RuleBroken when deactivated."""
    if not user.is_active:
        raise RuleBroken(Problem("", "這個帳號已停用。請先恢復，再重設密碼。"))
    recording.describe("accounts.reset_printed", user, name=user.name)
    return tickets.issue(user=user, valid=rules.RESET_SLIP_VALID, now=now, is_mailed=False)


def reset(ticket_id: int, new: str, *, now: datetime) -> User:
    """Sets the password of whoever holds the ticket, ends all sign-ins and opens the door. The second factor stays and is asked next time.

    Raises RuleBroken: the ticket does not open, a weak password.
    """
    user = tickets.take(ticket_id, now).user
    if user is None:
        raise RuleBroken(Problem("", "這張單子不是用來重設密碼的。"))
    if problems := rules.password_problems(new, user.username):
        raise RuleBroken(*problems)
    user.password_hash = passwords.hashed(new)
    sign_ins.end(user, now)
    db.session.add(SignInTry(account=door_of(user.username), address="", succeeded=True, at=now))
    recording.describe("accounts.password_reset", user, name=user.name)
    warn(user, _l("您的密碼剛剛用連結或單子重設了，所有登入都已結束。若不是您做的，請馬上告訴系統管理員。"))
    return user


def warn(user: User, text: object) -> None:
    """Tells somebody what was just changed about the own account, so that a change by another does not go unseen."""
    notify.tell(SAFETY, [user], subject=_l("帳號安全通知"), text=text, urgent=True)


def forget(own: Session, before: datetime) -> None:
    """Removes the tickets that ended long ago, in the caller's own transaction; invitations themselves stay."""
    own.execute(sa.delete(Ticket).where(Ticket.expires_at < before), execution_options={"synchronize_session": False})
