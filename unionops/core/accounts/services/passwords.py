"""Passwords: how they are kept, compared and changed by their owner."""

from __future__ import annotations

import secrets
import unicodedata
from datetime import datetime
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from unionops.core.accounts import rules
from unionops.core.accounts.models import User
from unionops.core.accounts.services import sign_ins
from unionops.core.audit import recording
from unionops.core.i18n import _l
from unionops.values.problems import Problem, RuleBroken

recording.sentence("accounts.password_changed", _l("%(name)s改了密碼"))

hasher = PasswordHasher()  # Argon2id with the library's current parameters (RFC 9106, low memory).


def hashed(password: str) -> str:
    """The password as it is kept. The same word typed by another keyboard (NFKC) is the same password."""
    return hasher.hash(_canonical(password))


def is_password(user: User, password: str) -> bool:
    """Whether this is the person's password. Takes as long for one who has none."""
    return fits(user.password_hash, password)


def _canonical(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def fits(kept: str, password: str) -> bool:
    """Whether the password fits what is kept of one; nothing fits nothing."""
    try:
        return hasher.verify(kept or nobodys(), _canonical(password)) and bool(kept)
    except (VerificationError, InvalidHashError):
        return False


@cache
def nobodys() -> str:
    """A hash that no password fits: checked when the account does not exist, so that the answer takes as long."""
    return hasher.hash(secrets.token_urlsafe(32))


def change_password(user: User, new: str, *, now: datetime, keep_session: int | None = None) -> None:
    """A person sets a new password; every other sign-in of that person ends. The old one is asked by the caller. Raises RuleBroken."""
    problems = rules.password_problems(new, user.username)
    if not problems and is_password(user, new):
        problems = [Problem("new_password", "新密碼和現在的一樣。請換一個。")]
    if problems:
        raise RuleBroken(*problems)
    user.password_hash = hashed(new)
    sign_ins.end(user, now, but=keep_session)
    recording.describe("accounts.password_changed", user, name=user.name)

