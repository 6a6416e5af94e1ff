"""Who is signed in: the only file that touches Flask-Login. Owns the cookie's token, its row, and when both end.

The cookie keeps a random token, the database its hash, so that every sign-in can be listed and revoked. For a request that
writes, the person is read in a transaction of its own: its unit starts fresh, and ``durable`` rows can be written before it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from flask import Flask, current_app, flash, g, redirect, request, session, url_for
from flask_login import AnonymousUserMixin, LoginManager, current_user, login_user, logout_user
from sqlalchemy.orm import make_transient_to_detached

from unionops.core import clock
from unionops.core.accounts import rules
from unionops.core.accounts.models import User, UserRole, UserSession
from unionops.core.db import db, durable, intent, unit_of_work
from unionops.core.i18n import _
from unionops.core.screens import PUBLIC, SAFE, SCREENS
from unionops.values.refs import Ref

SEEN_EVERY = timedelta(minutes=1)
SECOND_FACTOR_WAITS = timedelta(minutes=10)


class Nobody(AnonymousUserMixin):  # type: ignore[misc]
    """Whoever is not signed in: may do nothing, nowhere."""

    id = None
    name = ""
    username = ""
    locale = ""
    roles: tuple[Any, ...] = ()
    permissions: frozenset[str] = frozenset()
    role_titles: tuple[str, ...] = ()
    sight: tuple[Any, ...] = ()

    def can(self, permission: str) -> bool:
        return False

    def scopes(self, permission: str) -> frozenset[Ref]:
        return frozenset()


def init_app(app: Flask) -> None:
    manager = LoginManager()
    manager.anonymous_user = Nobody
    manager.session_protection = None  # Bound to our row instead; Flask-Login's own looks at the address, which changes on a phone.
    manager.user_loader(_load)
    manager.init_app(app)
    app.before_request(_second_factor_first)


# --- beginning and ending ---------------------------------------------------------------------------------------------


def begin(user: User, *, address: str, device: str, now: datetime, by_passkey: bool = False) -> UserSession:
    """Signs this browser in, under a new token and an emptied cookie (nothing planted before survives)."""
    token = secrets.token_urlsafe(32)
    row = UserSession(
        token_hash=_hash(token), user=user, device=device[:200], address=address[:64], started_at=now, seen_at=now
    )
    db.session.add(row)
    session.clear()
    login_user(user)
    session["sid"] = token
    session["last_user_id"] = user.id
    session["fresh_at"] = now.timestamp()
    session["by_passkey"] = by_passkey
    return row


def end_this(now: datetime) -> None:
    """Signs this browser out; its cookie is emptied and its row closed."""
    row = db.session.scalar(sa.select(UserSession).where(UserSession.token_hash == _hash(session.get("sid", ""))))
    if row is not None and row.ended_at is None:
        row.ended_at = now
    logout_user()
    session.clear()


def this_session_id() -> int | None:
    """The row of this browser's sign-in, to mark it in the list."""
    found: int | None = g.get("session_id")
    return found


def confirmed(now: datetime) -> None:
    """The password was just typed again, or a passkey used: sensitive screens stay open for a while."""
    session["fresh_at"] = now.timestamp()


def open_for_test(user: User, *, fresh: bool = True) -> dict[str, Any]:
    """The cookie of a person who just signed in, without the form. For tests; needs a request context."""
    with unit_of_work("test", "test"):
        begin(user, address="127.0.0.1", device="test", now=clock.now())
    if not fresh:
        session["fresh_at"] = 0
    return dict(session)


# --- between password and second factor -------------------------------------------------------------------------------


def wait_for_second_factor(user_id: int, now: datetime) -> None:
    """Remembers, in the signed cookie, whose password was right; nobody is signed in yet."""
    session.clear()
    session["half_signed_in"] = [user_id, now.timestamp()]


def waiting_for_second_factor(now: datetime) -> int | None:
    """Whose second factor is asked; None when the password was not typed, or too long ago."""
    held = session.get("half_signed_in")
    if not held or now.timestamp() - held[1] > SECOND_FACTOR_WAITS.total_seconds():
        return None
    return int(held[0])


# --- every request ----------------------------------------------------------------------------------------------------


# One statement, made once: every request sends it. A line for each role; the second factor's secret as it lies there, still encrypted.
_PERSON = [sa.type_coerce(column, sa.LargeBinary).label(column.name) if column is User.__table__.c.totp_secret else column
           for column in User.__table__.c]
_SIGNED_IN = (
    sa.select(UserSession.id, UserSession.started_at, UserSession.seen_at, UserSession.ended_at, *_PERSON, UserRole.id, UserRole.role, UserRole.scope)
    .select_from(UserSession).join(User).outerjoin(UserRole)
    .where(UserSession.token_hash == sa.bindparam("token_hash"))
    .order_by(UserRole.id)
)


def _load(user_id: str) -> User | None:
    """The signed-in person, or None and a cookie without a token when the session no longer holds."""
    now = clock.now()
    lines = _read(_hash(session.get("sid", "")))
    if not lines or str(lines[0][4]) != user_id:
        _forget("revoked")
        return None
    session_id, started_at, seen_at, ended_at = lines[0][:4]
    rows = tuple(tuple(line[4:]) for line in lines)
    if request.method in SAFE:
        person = _same_person(rows)
    else:
        person = _person(rows)
        db.session.add(person)  # As it is, without a statement: the unit's own transaction has not begun.
    why = "revoked" if not person.is_active else rules.session_end(
        started_at=started_at,
        seen_at=seen_at,
        ended_at=ended_at,
        now=now,
        idle=timedelta(minutes=current_app.config["SESSION_IDLE_MINUTES"]),
        longest=timedelta(hours=current_app.config["SESSION_HOURS"]),
    )
    if why:
        _forget(why)
        return None
    if now - seen_at >= SEEN_EVERY:
        with durable() as own:
            own.execute(sa.update(UserSession).where(UserSession.id == session_id).values(seen_at=now))
    g.session_id = session_id
    return person


def _read(token_hash: str) -> Sequence[sa.Row[Any]]:
    """What the database knows of this sign-in now: read in the request's own transaction if that only reads, else in one before it."""
    if request.method in SAFE:
        return db.session.connection().execute(_SIGNED_IN, {"token_hash": token_hash}).all()
    with intent(write=False), db.engine.connect() as own:
        return own.execute(_SIGNED_IN, {"token_hash": token_hash}).all()


def _person(rows: tuple[tuple[Any, ...], ...]) -> User:
    """The person of these rows, as if loaded, belonging to no session."""
    columns = [column.name for column in _PERSON]
    values = dict(zip(columns, rows[0], strict=False))
    if values["totp_secret"] is not None:
        values["totp_secret"] = User.__table__.c.totp_secret.type.process_result_value(values["totp_secret"], db.engine.dialect)
    roles = [UserRole(id=row[-3], user_id=values["id"], role=row[-2], scope=row[-1]) for row in rows if row[-3] is not None]
    person = User(**values, roles=roles)
    for made in (*roles, person):
        make_transient_to_detached(made)
    return person


_same_person = lru_cache(maxsize=500)(_person)
"""Equal rows make an equal person: a request that only reads shares the one made before. A role taken away is another row."""


def _forget(why: str) -> None:
    """Keeps who it was, so that typed text is given back to the same person only, and why it ended, for the sign-in page."""
    for name in ("sid", "_user_id", "_fresh", "_id", "fresh_at", "by_passkey"):
        session.pop(name, None)
    session["signed_out"] = why


def why_signed_out() -> str:
    """A sentence for the sign-in page when the session before ended by itself; "" otherwise."""
    why = session.get("signed_out")
    if why == "idle":
        return _("%(count)s 分鐘沒有動作，已自動登出。請再登入；剛才打的字會還給你。", count=current_app.config["SESSION_IDLE_MINUTES"])
    if why == "expired":
        return _("登入已滿 %(count)s 小時，請再登入一次；剛才打的字會還給你。", count=current_app.config["SESSION_HOURS"])
    if why == "revoked":
        return _("這次登入已被結束。請再登入；若不是自己或管理員做的，請改密碼。")
    return ""


_ENROLLING = frozenset({"accounts.enrol_second_factor", "accounts.confirm_password", "accounts.confirm_by_passkey"})


def _second_factor_first() -> Any:
    """Whose role asks for a second factor turns it on before anything else (``SECOND_FACTOR_ROLES``)."""
    screen, asked_of = SCREENS.get(request.endpoint or ""), current_app.config["SECOND_FACTOR_ROLES"]
    if not asked_of or current_app.config["DEMO"] or screen is None or screen.permission == PUBLIC or screen.endpoint in _ENROLLING or not current_user.is_authenticated:
        return None
    held = {row.role for row in current_user.roles}
    if not rules.second_factor_due(
        held, asked_of, has_second_factor=current_user.has_second_factor, by_passkey=session.get("by_passkey", False)
    ):
        return None
    flash(_("你的角色須開啟兩步驟驗證，開啟後才能做別的事。下次也可以改用通行金鑰登入，就不必再輸入驗證碼。"), "info")
    return redirect(url_for("accounts.enrol_second_factor"))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
