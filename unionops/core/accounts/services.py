"""What is done to accounts: signing in, passwords, second factor, roles, ending sessions, deactivation.

Every try at a door is recorded before the password is looked at, in a transaction of its own, so that no crash and no
hundred tries at once get past the lock. Says the same, and takes as long, whether the account exists or not.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import pyotp
import segno
import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.orm import Session

from unionops.core import clock
from unionops.core.accounts import queries, roles, rules
from unionops.core.accounts.models import RecoveryCode, SignInTry, User, UserRole, UserSession
from unionops.core.audit import recording
from unionops.core.db import alone, blind_index, bulk, db, durable, lock_row
from unionops.core.i18n import _l
from unionops.values.problems import Problem, RuleBroken, problem, words
from unionops.values.refs import Ref

KEEP_TRIES = timedelta(days=30)
RECOVERY_CODES = 10
TOTP_SECONDS = 30
_CODE_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # Nothing that is misread from paper: no I, L, O, U, 0, 1.

recording.sentence("accounts.signed_in", _l("%(name)s登入"))
recording.sentence("accounts.signed_in_by_recovery_code", _l("%(name)s用復原碼登入，剩 %(left)s 組"))
recording.sentence("accounts.sign_in_failed", _l("%(name)s登入失敗"))
recording.sentence("accounts.unknown_sign_in_failed", _l("登入失敗：沒有這個帳號"))
recording.sentence("accounts.door_locked", _l("登入失敗次數過多，%(name)s暫停登入到 %(until)s"))
recording.sentence("accounts.signed_out", _l("%(name)s登出"))
recording.sentence("accounts.unlocked", _l("解除%(name)s的登入暫停"))
recording.sentence("accounts.user_created", _l("新增使用者%(name)s（%(username)s），角色：%(roles)s"))
recording.sentence("accounts.user_changed", _l("修改使用者%(name)s的姓名或電子郵件"))
recording.sentence("accounts.roles_set", _l("%(name)s的角色改為：%(roles)s"))
recording.sentence("accounts.password_changed", _l("%(name)s改了密碼"))
recording.sentence("accounts.password_reset", _l("重設%(name)s的密碼"))
recording.sentence("accounts.second_factor_set", _l("%(name)s開啟兩步驟驗證"))
recording.sentence("accounts.second_factor_removed", _l("移除%(name)s的兩步驟驗證"))
recording.sentence("accounts.recovery_codes_made", _l("%(name)s產生新的復原碼，舊的作廢"))
recording.sentence("accounts.session_revoked", _l("結束%(name)s的一個登入（%(device)s）"))
recording.sentence("accounts.sessions_revoked", _l("結束%(name)s的 %(count)s 個登入"))
recording.sentence("accounts.deactivated", _l("停用使用者%(name)s"))
recording.sentence("accounts.reactivated", _l("恢復使用者%(name)s"))


# --- passwords --------------------------------------------------------------------------------------------------------

_hasher = PasswordHasher()  # Argon2id with the library's current parameters (RFC 9106, low memory).


def hashed(password: str) -> str:
    """The password as it is kept. The same word typed by another keyboard (NFKC) is the same password."""
    return _hasher.hash(_canonical(password))


def is_password(user: User, password: str) -> bool:
    """Whether this is the person's password. Takes as long for one who has none."""
    return _fits(user.password_hash, password)


def _canonical(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def _fits(kept: str, password: str) -> bool:
    try:
        return _hasher.verify(kept or _nobodys(), _canonical(password)) and bool(kept)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    """A hash that no password fits: checked when the account does not exist, so that the answer takes as long."""
    return _hasher.hash(secrets.token_urlsafe(32))


# --- doors: tries and locks -------------------------------------------------------------------------------------------


def _door(username: str) -> str:
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


def _knock(own: Session, door: str, address: str, now: datetime) -> int:
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


def _opened(own: Session, attempt: int) -> None:
    own.execute(sa.update(SignInTry).where(SignInTry.id == attempt).values(succeeded=True))


def _closed(until: datetime, now: datetime) -> Problem:
    return problem(
        "",
        "登入失敗次數過多，暫停到 %(until)s（還有 %(minutes)s 分鐘），到時再試。急用請洽系統管理員解除；忘記密碼也請他重設。",
        until=f"{clock.in_taipei(until):%H:%M}",
        minutes=-(-int((until - now).total_seconds()) // 60),
    )


def _failed(door: str, address: str, now: datetime, person: tuple[int, str] | None, wrong: Problem) -> RuleBroken:
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
    db.session.add(SignInTry(account=_door(user.username), address="", succeeded=True, at=now))
    recording.describe("accounts.unlocked", user, name=user.name)


# --- signing in -------------------------------------------------------------------------------------------------------

_WRONG = "帳號或密碼不正確。請檢查大小寫與輸入法後再試；連續錯 %(limit)s 次會暫停 %(minutes)s 分鐘。"


def check_password(username: str, password: str, *, address: str, now: datetime) -> User:
    """The first step of signing in. The person, whose second factor the caller still asks when there is one.

    Raises RuleBroken for a wrong pair, a closed door or a deactivated account. Must come before the unit's first statement.
    """
    door = _door(username)
    with durable() as own:
        attempt = _knock(own, door, address, now)
        held = own.scalar(sa.select(User).where(User.username == username.strip().casefold()))
        kept = held.password_hash if held else ""
        person = (held.id, held.name) if held else None
        active, second = (held.is_active, held.totp_secret is not None) if held else (False, False)
    if not _fits(kept, password) or person is None:  # Outside any transaction: hashing is slow on purpose.
        wrong = problem("", _WRONG, limit=rules.ACCOUNT_LOCK.limit, minutes=_minutes(rules.ACCOUNT_LOCK.length))
        raise _failed(door, address, now, person, wrong)
    if not active:
        raise _failed(door, address, now, person, Problem("", "這個帳號已停用。需要恢復時，請洽系統管理員。"))
    with durable() as own:
        if second:  # Half a success counts as nothing: guessing the second step must not be able to end the count.
            own.execute(sa.delete(SignInTry).where(SignInTry.id == attempt))
        else:
            _opened(own, attempt)
    user = db.session.get_one(User, person[0])
    if _hasher.check_needs_rehash(user.password_hash):
        user.password_hash = hashed(password)
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
        door, person = _door(held.username), (held.id, held.name)
        attempt = _knock(own, door, address, now)
        step = _step(held, typed, now)
        recovery = own.scalar(sa.select(RecoveryCode.id).where(_is_code(held, typed)))
        active = held.is_active
    wrong = Problem("code", "驗證碼不正確或已用過。請等下一組號碼再輸入，或用一組還沒用過的復原碼。")
    if not active or (step is None and recovery is None):
        raise _failed(door, address, now, person, wrong)
    with durable() as own:
        _opened(own, attempt)
    user = db.session.get_one(User, user_id)
    lock_row(user)  # The same code sent twice at once: the second finds the first's step.
    if step is not None:
        if user.totp_last_step is not None and step <= user.totp_last_step:
            raise RuleBroken(wrong)
        user.totp_last_step = step
        recording.describe("accounts.signed_in", user, name=user.name)
    else:
        row = db.session.scalar(sa.select(RecoveryCode).where(_is_code(user, typed)).with_for_update())
        if row is None:
            raise RuleBroken(wrong)
        row.used_at = now
        db.session.flush()  # The number left is counted by the database.
        recording.describe("accounts.signed_in_by_recovery_code", user, name=user.name, left=queries.unused_recovery_codes(user))
    return user


def confirm_password(user: User, password: str, *, address: str, now: datetime) -> None:
    """Asks a signed-in person's password again; wrong ones count at the same door. Raises RuleBroken."""
    door, person, kept = _door(user.username), (user.id, user.name), user.password_hash
    with durable() as own:
        attempt = _knock(own, door, address, now)
    if not _fits(kept, password):
        raise _failed(door, address, now, person, Problem("password", "密碼不正確。請再輸入一次。"))
    with durable() as own:
        _opened(own, attempt)


def _minutes(length: timedelta) -> int:
    return int(length.total_seconds()) // 60


# --- people -----------------------------------------------------------------------------------------------------------


def create_user(
    username: str, name: str, *, password: str, email: str = "", wanted: Iterable[tuple[str, Ref | None]] = (), temporary: bool = True
) -> User:
    """A new person who signs in. ``temporary``: the password was chosen by somebody else and is changed at the first sign-in.

    Raises RuleBroken for a name that is taken, a weak password, roles that must not meet.
    """
    username, name = username.strip().casefold(), name.strip()
    granted = _wanted(wanted)
    problems = []
    if not name:
        problems.append(Problem("name", "請填姓名。"))
    if not username or not all(c.isascii() and (c.isalnum() or c in "._-@") for c in username):
        problems.append(Problem("username", "帳號只能用英文字母、數字與 . _ - @，不含空白。"))
    elif queries.user_by_username(username) is not None:
        problems.append(problem("username", "帳號 %(username)s 已經有人用了（停用的也算）。請換一個。", username=username))
    problems += rules.password_problems(password, username) + _refused(granted)
    if problems:
        raise RuleBroken(*problems)
    user = User(
        username=username, name=name, email=email.strip(), password_hash=hashed(password), must_change_password=temporary,
        roles=[UserRole(role=role, scope=scope) for role, scope in granted],
    )
    db.session.add(user)
    db.session.flush()  # The audit names the person by the id.
    recording.describe("accounts.user_created", user, name=name, username=username, roles=_titles(granted))
    return user


def change_user(user: User, *, name: str, email: str) -> None:
    """Corrects the name or the address. The sign-in name stays: history refers to it. Raises RuleBroken without a name."""
    if not name.strip():
        raise RuleBroken(Problem("name", "請填姓名。"))
    user.name, user.email = name.strip(), email.strip()
    recording.describe("accounts.user_changed", user, name=user.name)


def set_roles(user: User, wanted: Iterable[tuple[str, Ref | None]], *, by: User | None) -> list[rules.Conflict]:
    """Gives exactly these roles, each everywhere (None) or limited to a unit. Returns what should be thought over.

    Raises RuleBroken: unknown role, one's own roles, roles that must not meet, the last administrator.
    """
    lock_row(user)  # Two who give roles at once: the second sees what the first gave, or two roles that must not meet would.
    granted = _wanted(wanted)
    problems = _refused(granted)
    if by is not None and by.id == user.id:
        problems.append(Problem("", "不能改自己的角色。請另一位系統管理員來改。"))
    if not problems and "administrator" not in {role for role, _scope in granted}:
        problems += _last_administrator(user)
    if problems:
        raise RuleBroken(*problems)
    held = {(row.role, row.scope): row for row in user.roles}
    user.roles = [held.get((role, scope)) or UserRole(role=role, scope=scope) for role, scope in granted]
    recording.describe("accounts.roles_set", user, name=user.name, roles=_titles(granted))
    return rules.role_conflicts({role for role, _scope in granted})


def _wanted(wanted: Iterable[tuple[str, Ref | None]]) -> list[tuple[str, Ref | None]]:
    """Each once, in the order of the table; a role given everywhere needs no unit beside it."""
    pairs = set(wanted)
    order = list(roles.ROLES)
    return sorted(
        (pair for pair in pairs if pair[1] is None or (pair[0], None) not in pairs),
        key=lambda pair: (order.index(pair[0]) if pair[0] in order else len(order), str(pair[1] or "")),
    )


def _refused(granted: list[tuple[str, Ref | None]]) -> list[Problem]:
    if unknown := [role for role, _scope in granted if role not in roles.ROLES]:
        return [problem("roles", "沒有這個角色：%(role)s。請從清單中選。", role=unknown[0][:40])]
    if [role for role, scope in granted if scope is not None and role not in roles.SCOPED]:
        return [Problem("roles", "這個角色不能只限於一個單位。請改為全會。")]
    return [
        problem("roles", "%(basis)s。請改由不同的人擔任。", basis=words(str(conflict.basis.result)))
        for conflict in rules.role_conflicts({role for role, _scope in granted})
        if conflict.refused
    ]


def _titles(granted: list[tuple[str, Ref | None]]) -> list[str]:
    return [str(roles.ROLES[role]) + (f" ({scope})" if scope else "") for role, scope in granted]


def _last_administrator(user: User) -> list[Problem]:
    if [person.id for person in queries.active_administrators()] == [user.id]:
        return [problem("", "%(name)s是最後一位系統管理員。請先把這個角色給另一個人。", name=user.name)]
    return []


def deactivate(user: User, *, by: User | None, now: datetime) -> None:
    """Ends this person's access at once; the record and its history stay. Raises RuleBroken for oneself and the last administrator."""
    problems = _last_administrator(user)
    if by is not None and by.id == user.id:
        problems = [Problem("", "不能停用自己。請另一位系統管理員來做。")]
    if problems:
        raise RuleBroken(*problems)
    if user.deactivated_at is None:
        user.deactivated_at = now
        _end_sessions(user, now)
        recording.describe("accounts.deactivated", user, name=user.name)


def reactivate(user: User) -> None:
    """Gives access back, with the roles held before."""
    if user.deactivated_at is not None:
        user.deactivated_at = None
        recording.describe("accounts.reactivated", user, name=user.name)


# --- one's own password -----------------------------------------------------------------------------------------------


def change_password(user: User, new: str, *, now: datetime, keep_session: int | None = None) -> None:
    """A person sets a new password; every other sign-in of that person ends. The old one is asked by the caller. Raises RuleBroken."""
    problems = rules.password_problems(new, user.username)
    if not problems and is_password(user, new):
        problems = [Problem("new_password", "新密碼和現在的一樣。請換一個。")]
    if problems:
        raise RuleBroken(*problems)
    user.password_hash = hashed(new)
    user.must_change_password = False
    _end_sessions(user, now, but=keep_session)
    recording.describe("accounts.password_changed", user, name=user.name)


def reset_password(user: User, *, now: datetime) -> str:
    """A password for one sign-in, to be told in person; ends every sign-in and opens the door. Returned once, kept hashed."""
    password = temporary_password()
    user.password_hash = hashed(password)
    user.must_change_password = True
    _end_sessions(user, now)
    db.session.add(SignInTry(account=_door(user.username), address="", succeeded=True, at=now))
    recording.describe("accounts.password_reset", user, name=user.name)
    return password


def temporary_password() -> str:
    """Sixteen letters and digits in groups of four, easy to read out."""
    return "-".join("".join(secrets.choice(_CODE_LETTERS.lower()) for _place in range(4)) for _group in range(4))


# --- second factor ----------------------------------------------------------------------------------------------------


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
    codes = ["".join(secrets.choice(_CODE_LETTERS) for _place in range(10)) for _code in range(RECOVERY_CODES)]
    db.session.add_all([RecoveryCode(user_id=user.id, code_hash=_code_hash(code)) for code in codes])
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _code_hash(code: str) -> str:
    return blind_index(code, "recovery_code.code_hash")


def _is_code(user: User, typed: str) -> Any:
    return (RecoveryCode.user_id == user.id) & (RecoveryCode.code_hash == _code_hash(typed)) & RecoveryCode.used_at.is_(None)


def _step(user: User, typed: str, now: datetime) -> int | None:
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


# --- sessions ---------------------------------------------------------------------------------------------------------


def revoke_session(row: UserSession, *, now: datetime) -> None:
    """Ends one sign-in; that browser is signed out at its next request."""
    if row.ended_at is None:
        row.ended_at = now
        recording.describe("accounts.session_revoked", row.user, name=row.user.name, device=row.device or "–")


def revoke_all(user: User, *, now: datetime, but: int | None = None) -> int:
    """Ends every sign-in of this person (``but`` one); answers how many."""
    ended = _end_sessions(user, now, but=but)
    recording.describe("accounts.sessions_revoked", user, name=user.name, count=ended)
    return ended


def _end_sessions(user: User, now: datetime, *, but: int | None = None) -> int:
    rows = db.session.scalars(sa.select(UserSession).where(UserSession.user_id == user.id, UserSession.ended_at.is_(None)))
    ended = [row for row in rows if row.id != but]
    for row in ended:
        row.ended_at = now
    return len(ended)
