"""The second factor: six digits of an authenticator app, and recovery codes for when the phone is lost."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

import pyotp
import segno
import sqlalchemy as sa

from unionops.core.accounts.models import RecoveryCode, User
from unionops.core.audit import recording
from unionops.core.db import blind_index, bulk, db
from unionops.core.i18n import _l
from unionops.values.problems import Problem, RuleBroken

RECOVERY_CODES = 10
TOTP_SECONDS = 30
CODE_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # Nothing that is misread from paper: no I, L, O, U, 0, 1.

recording.sentence("accounts.second_factor_set", _l("%(name)s開啟兩步驟驗證"))
recording.sentence("accounts.second_factor_removed", _l("移除%(name)s的兩步驟驗證"))
recording.sentence("accounts.recovery_codes_made", _l("%(name)s產生新的復原碼，舊的作廢"))


def new_totp_secret() -> str:
    """A secret for an authenticator app, not yet anybody's."""
    return pyotp.random_base32()


def totp_picture(secret: str, *, username: str, issuer: str) -> str:
    """The QR code that an authenticator reads, as a data: address for an image."""
    address = pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=issuer)
    return segno.make(address, error="m").svg_data_uri(scale=5, border=4, dark="#000", light="#fff")


def enrol_totp(user: User, secret: str, code: str, *, now: datetime) -> list[str]:
    """Turns the second factor on, once a code shows that the app has the secret. Returns the recovery codes, shown once.

    Raises RuleBroken when the code does not fit.
    """
    step = _matching_step(secret, "".join(code.split()), now)
    if step is None:
        raise RuleBroken(Problem("code", "號碼對不上。請確認手機的時間是自動校正，等下一組號碼再輸入。"))
    user.totp_secret, user.totp_last_step = secret, step
    recording.describe("accounts.second_factor_set", user, name=user.name)
    return _new_codes(user)


def new_recovery_codes(user: User) -> list[str]:
    """Fresh recovery codes, shown once; the old ones are void."""
    recording.describe("accounts.recovery_codes_made", user, name=user.name)
    return _new_codes(user)


def reset_second_factor(user: User) -> None:
    """Takes the second factor away: a lost phone, or one's own wish. The next sign-in asks the password only."""
    user.totp_secret = user.totp_last_step = None
    bulk(sa.delete(RecoveryCode).where(RecoveryCode.user_id == user.id), reason="accounts.reset_second_factor")
    recording.describe("accounts.second_factor_removed", user, name=user.name)


def _new_codes(user: User) -> list[str]:
    bulk(sa.delete(RecoveryCode).where(RecoveryCode.user_id == user.id), reason="accounts.new_recovery_codes")
    codes = ["".join(secrets.choice(CODE_LETTERS) for _place in range(10)) for _code in range(RECOVERY_CODES)]
    db.session.add_all([RecoveryCode(user_id=user.id, code_hash=_code_hash(code)) for code in codes])
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _code_hash(code: str) -> str:
    return blind_index(code, "recovery_code.code_hash")


def is_code(user: User, typed: str) -> Any:
    """The condition for an unused recovery code of this person."""
    return (RecoveryCode.user_id == user.id) & (RecoveryCode.code_hash == _code_hash(typed)) & RecoveryCode.used_at.is_(None)


def step_of(user: User, typed: str, now: datetime) -> int | None:
    """The step whose code this is, if the person has an authenticator and has not used that step or a later one."""
    if user.totp_secret is None:
        return None
    step = _matching_step(user.totp_secret, typed, now)
    return None if step is None or (user.totp_last_step is not None and step <= user.totp_last_step) else step


def _matching_step(secret: str, typed: str, now: datetime) -> int | None:
    """The 30-second step whose code this is: now, the one before (a slow hand) or after (a fast clock)."""
    generator = pyotp.TOTP(secret, interval=TOTP_SECONDS)
    present = int(now.timestamp()) // TOTP_SECONDS
    for step in (present, present - 1, present + 1):
        if secrets.compare_digest(generator.generate_otp(step).encode(), typed.encode()):
            return step
    return None

