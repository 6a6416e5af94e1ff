"""Doors: how tries at an account are counted, and when too many of them close it. Knows neither passwords nor who signs in.

Every try is recorded before the secret is looked at, in a transaction of its own, so that no crash and no hundred tries at once
get past the lock.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from unionops.core import clock
from unionops.core.accounts import rules
from unionops.core.accounts.models import SignInTry, User
from unionops.core.audit import recording
from unionops.core.db import alone, blind_index, db, durable
from unionops.core.i18n import _l
from unionops.values.problems import Problem, RuleBroken, problem
from unionops.values.refs import Ref

KEEP_TRIES = timedelta(days=30)

recording.sentence("accounts.sign_in_failed", _l("%(name)s登入失敗"))
recording.sentence("accounts.unknown_sign_in_failed", _l("登入失敗：沒有這個帳號"))
recording.sentence("accounts.door_locked", _l("登入失敗次數過多，%(name)s暫停登入到 %(until)s"))
recording.sentence("accounts.unlocked", _l("解除%(name)s的登入暫停"))


def door_of(username: str) -> str:
    """The fingerprint under which tries at an account are counted; the typed name itself is not kept."""
    return blind_index(username.strip().casefold(), "sign_in_try.account")


def _failures(own: Session, condition: Any, now: datetime, lock: rules.Lock) -> list[datetime]:
    since = now - lock.window - lock.length
    return list(own.scalars(sa.select(SignInTry.at).where(condition, SignInTry.succeeded.is_(False), SignInTry.at > since)))


def _closed_until(own: Session, door: str, address: str, now: datetime) -> datetime | None:
    success = own.scalar(sa.select(sa.func.max(SignInTry.id)).where(SignInTry.account == door, SignInTry.succeeded.is_(True))) or 0
    of_account = _failures(own, (SignInTry.account == door) & (SignInTry.id > success), now, rules.ACCOUNT_LOCK)
    of_address = _failures(own, SignInTry.address == address, now, rules.ADDRESS_LOCK)
    closed = (rules.locked_until(of_account, rules.ACCOUNT_LOCK, now), rules.locked_until(of_address, rules.ADDRESS_LOCK, now))
    return max((until for until in closed if until), default=None)


def knock(own: Session, door: str, address: str, now: datetime) -> int:
    """Records a try, as failed until it succeeds; refuses when the door is closed. Returns the try's id.

    One knock after another: of many at once each must see those before it, or all would pass the count.
    """
    alone(own, "sign_in_try")
    if until := _closed_until(own, door, address, now):
        raise RuleBroken(_closed(until, now))
    own.execute(sa.delete(SignInTry).where(SignInTry.at < now - KEEP_TRIES))
    attempt = SignInTry(account=door, address=address[:64], succeeded=False, at=now)
    own.add(attempt)
    own.flush()  # The caller says by its id how the try ended.
    return attempt.id


def opened(own: Session, attempt: int) -> None:
    """Says that the try succeeded: the count of failures begins anew."""
    own.execute(sa.update(SignInTry).where(SignInTry.id == attempt).values(succeeded=True))


def _closed(until: datetime, now: datetime) -> Problem:
    return problem(
        "",
        "登入失敗次數過多，暫停到 %(until)s（還有 %(minutes)s 分鐘），到時再試。急用請洽系統管理員解除；忘記密碼可按「忘記密碼」重設。",
        until=f"{clock.in_taipei(until):%H:%M}",
        minutes=-(-int((until - now).total_seconds()) // 60),
    )


def failed(door: str, address: str, now: datetime, person: tuple[int, str] | None, wrong: Problem) -> RuleBroken:
    """Tells the audit; answers what is wrong, or that this failure closed the door."""
    records = (Ref("user", person[0]),) if person else ()
    if person:
        recording.event_happened("accounts.sign_in_failed", records, name=person[1])
    else:
        recording.event_happened("accounts.unknown_sign_in_failed")  # What was typed is not kept: it may be a password.
    with durable() as own:
        until = _closed_until(own, door, address, now)
    if until is None:
        return RuleBroken(wrong)
    at = f"{clock.in_taipei(until):%H:%M}"
    recording.event_happened("accounts.door_locked", records, name=person[1] if person else "–", until=at)
    return RuleBroken(wrong, _closed(until, now))


def unlock(user: User, *, now: datetime) -> None:
    """Opens a closed door at once: a recorded success ends the count of failures. The lock of an address stays."""
    db.session.add(SignInTry(account=door_of(user.username), address="", succeeded=True, at=now))
    recording.describe("accounts.unlocked", user, name=user.name)
