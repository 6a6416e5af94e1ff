"""Signing in: the password, then the second factor; and the password asked again. Says the same, and takes as long, whether the
account exists or not."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from unionops.core.accounts import queries, rules
from unionops.core.accounts.models import RecoveryCode, SignInTry, User
from unionops.core.accounts.services import passwords
from unionops.core.accounts.services.doors import door_of, failed, knock, opened
from unionops.core.accounts.services.second_factor import is_code, step_of
from unionops.core.audit import recording
from unionops.core.db import db, durable, lock_row
from unionops.core.i18n import _l
from unionops.values.problems import Problem, RuleBroken, problem

recording.sentence("accounts.signed_in", _l("%(name)s登入"))
recording.sentence("accounts.signed_in_by_recovery_code", _l("%(name)s用復原碼登入，剩 %(left)s 組"))

_WRONG = "帳號或密碼不正確。請檢查大小寫與輸入法後再試；連續錯 %(limit)s 次會暫停 %(minutes)s 分鐘。"


def check_password(username: str, password: str, *, address: str, now: datetime) -> User:
    """The first step of signing in. The person, whose second factor the caller still asks when there is one.

    Raises RuleBroken for a wrong pair, a closed door or a deactivated account. Must come before the unit's first statement.
    """
    door = door_of(username)
    with durable() as own:
        attempt = knock(own, door, address, now)
        held = own.scalar(sa.select(User).where(User.username == username.strip().casefold()))
        kept = held.password_hash if held else ""
        person = (held.id, held.name) if held else None
        active, second = (held.is_active, held.totp_secret is not None) if held else (False, False)
    if not passwords.fits(kept, password) or person is None:  # Outside any transaction: hashing is slow on purpose.
        wrong = problem("", _WRONG, limit=rules.ACCOUNT_LOCK.limit, minutes=_minutes(rules.ACCOUNT_LOCK.length))
        raise failed(door, address, now, person, wrong)
    if not active:
        raise failed(door, address, now, person, Problem("", "這個帳號已停用。需要恢復時，請洽系統管理員。"))
    with durable() as own:
        if second:  # Half a success counts as nothing: guessing the second step must not be able to end the count.
            own.execute(sa.delete(SignInTry).where(SignInTry.id == attempt))
        else:
            opened(own, attempt)
    user = db.session.get_one(User, person[0])
    if passwords.hasher.check_needs_rehash(user.password_hash):
        user.password_hash = passwords.hashed(password)
    if not second:
        recording.describe("accounts.signed_in", user, name=user.name)
    return user


def check_second_factor(user_id: int, code: str, *, address: str, now: datetime) -> User:
    """The second step: a code of the authenticator (one step of 30 s before and after, never twice) or a recovery code.

    Raises RuleBroken. Must come before the unit's first statement.
    """
    typed = "".join(code.split()).replace("-", "").upper()
    with durable() as own:
        held = own.get_one(User, user_id)
        door, person = door_of(held.username), (held.id, held.name)
        attempt = knock(own, door, address, now)
        step = step_of(held, typed, now)
        recovery = own.scalar(sa.select(RecoveryCode.id).where(is_code(held, typed)))
        active = held.is_active
    wrong = Problem("code", "驗證碼不正確或已用過。請等下一組號碼再輸入，或用一組還沒用過的復原碼。")
    if not active or (step is None and recovery is None):
        raise failed(door, address, now, person, wrong)
    with durable() as own:
        opened(own, attempt)
    user = db.session.get_one(User, user_id)
    lock_row(user)  # The same code sent twice at once: the second finds the first's step.
    if step is not None:
        if user.totp_last_step is not None and step <= user.totp_last_step:
            raise RuleBroken(wrong)
        user.totp_last_step = step
        recording.describe("accounts.signed_in", user, name=user.name)
    else:
        row = db.session.scalar(sa.select(RecoveryCode).where(is_code(user, typed)).with_for_update())
        if row is None:
            raise RuleBroken(wrong)
        row.used_at = now
        db.session.flush()  # The number left is counted by the database.
        recording.describe("accounts.signed_in_by_recovery_code", user, name=user.name, left=queries.unused_recovery_codes(user))
    return user


def confirm_password(user: User, password: str, *, address: str, now: datetime) -> None:
    """Asks a signed-in person's password again; wrong ones count at the same door. Raises RuleBroken."""
    door, person, kept = door_of(user.username), (user.id, user.name), user.password_hash
    with durable() as own:
        attempt = knock(own, door, address, now)
    if not passwords.fits(kept, password):
        raise failed(door, address, now, person, Problem("password", "密碼不正確。請再輸入一次。"))
    with durable() as own:
        opened(own, attempt)


def _minutes(length: timedelta) -> int:
    return int(length.total_seconds()) // 60
