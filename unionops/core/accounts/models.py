"""Users, their roles, keys and sessions, invitations, and the tries that lock a door. Owns sign-in data; knows nothing of members."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_login import UserMixin
from sqlalchemy.orm import Mapped, mapped_column, relationship

from unionops.core import clock
from unionops.core.accounts import roles
from unionops.core.db import JSON, Encrypted, Model, RefType, UtcDateTime
from unionops.core.i18n import _l
from unionops.values.refs import Ref


class User(UserMixin, Model):
    """A person who signs in. Deactivation keeps the row: history names it."""

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(sa.String(80), unique=True, info={"title": _l("帳號")})
    name: Mapped[str] = mapped_column(sa.String(80), info={"title": _l("姓名")})
    email: Mapped[str] = mapped_column(sa.String(254), default="", info={"title": _l("電子郵件"), "personal": "email"})
    password_hash: Mapped[str] = mapped_column(sa.String(200), default="", info={"audit": False})
    totp_secret: Mapped[str | None] = mapped_column(Encrypted("user.totp_secret"), info={"title": _l("兩步驟驗證")})
    totp_last_step: Mapped[int | None] = mapped_column(info={"audit": False})
    locale: Mapped[str] = mapped_column(sa.String(12), default="", info={"title": _l("語言")})
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, info={"title": _l("建立時間")})
    deactivated_at: Mapped[datetime | None] = mapped_column(UtcDateTime, info={"title": _l("停用時間")})

    roles: Mapped[list[UserRole]] = relationship(back_populates="user", cascade="all, delete-orphan", lazy="selectin", order_by="UserRole.id")

    @property
    def is_active(self) -> bool:
        return self.deactivated_at is None

    @property
    def has_second_factor(self) -> bool:
        return self.totp_secret is not None

    @property
    def permissions(self) -> frozenset[str]:
        """Everything any of this person's roles allows, somewhere."""
        return frozenset().union(*(roles.GRANTS[role.role] for role in self.roles if role.role in roles.GRANTS))

    @property
    def role_titles(self) -> list[str]:
        """Each role once, in the order of the table."""
        held = {row.role for row in self.roles}
        return [str(title) for role, title in roles.ROLES.items() if role in held]

    def can(self, permission: str) -> bool:
        """Whether any role allows it; ``scopes`` tells where."""
        return any(permission in roles.GRANTS.get(role.role, ()) for role in self.roles)

    @property
    def sight(self) -> tuple[Any, ...]:
        """Who this is and every role as it stands now: all that decides what this person may see (``refs.by_reader``)."""
        return self.id, *((role.role, role.scope) for role in self.roles)

    def scopes(self, permission: str) -> frozenset[Ref] | None:
        """The units to which this permission is limited; None means everywhere."""
        granting = [role for role in self.roles if permission in roles.GRANTS.get(role.role, frozenset())]
        if any(role.scope is None for role in granting):
            return None
        return frozenset(role.scope for role in granting if role.scope is not None)


class UserRole(Model):
    """One role of one person, everywhere or limited to a unit (``scope``, by value: units belong to a higher layer)."""

    __tablename__ = "user_role"
    __table_args__ = (sa.UniqueConstraint("user_id", "role", "scope"), {"info": {"title": _l("使用者角色")}})

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True, info={"title": _l("使用者序號")})
    role: Mapped[str] = mapped_column(sa.String(40), info={"title": _l("角色")})
    scope: Mapped[Ref | None] = mapped_column(RefType, info={"title": _l("限定單位")})

    user: Mapped[User] = relationship(back_populates="roles")


class UserSession(Model):
    """One sign-in on one device: listed and revoked by its owner. The cookie holds the token, we hold its hash."""

    __tablename__ = "user_session"
    __audited__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    device: Mapped[str] = mapped_column(sa.String(200), default="")
    address: Mapped[str] = mapped_column(sa.String(64), default="")
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    user: Mapped[User] = relationship()


class SignInTry(Model):
    """One try at a door (sign-in, second step, password asked again), for the lock-out by account and by address.

    ``account`` is a fingerprint, not the typed name. A success ends the count of an account's failures; an administrator
    who opens a locked account records one with no address.
    """

    __tablename__ = "sign_in_try"
    __audited__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(sa.String(64), index=True)
    address: Mapped[str] = mapped_column(sa.String(64), index=True)
    succeeded: Mapped[bool]
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, index=True)


class RecoveryCode(Model):
    """A one-time code for when the second factor is lost; only its hash is kept."""

    __tablename__ = "recovery_code"
    __audited__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    code_hash: Mapped[str] = mapped_column(sa.String(64))
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Passkey(Model):
    """A key on a device of its owner (WebAuthn): opens without user name and password. ``credential_id`` is the device's name for it;
    ``sign_count`` grows with each use, or stays 0 where the key is carried to several devices (``is_synced``)."""

    __tablename__ = "passkey"
    __table_args__ = {"info": {"title": _l("通行金鑰")}}

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True, info={"title": _l("使用者序號")})
    name: Mapped[str] = mapped_column(sa.String(80), info={"title": _l("名稱")})
    credential_id: Mapped[bytes] = mapped_column(sa.LargeBinary(1023), unique=True, info={"audit": False})
    public_key: Mapped[bytes] = mapped_column(sa.LargeBinary, info={"audit": False})
    sign_count: Mapped[int] = mapped_column(sa.BigInteger, default=0, info={"audit": False})
    is_synced: Mapped[bool] = mapped_column(default=False, info={"title": _l("同步到多個裝置")})
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, info={"title": _l("建立時間")})
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime, info={"audit": False})

    user: Mapped[User] = relationship()


class Invitation(Model):
    """Somebody who is asked to become a user: the name, and the roles that wait. The account itself is made when it is accepted."""

    __tablename__ = "invitation"
    __table_args__ = {"info": {"title": _l("邀請")}}

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(80), info={"title": _l("姓名")})
    email: Mapped[str] = mapped_column(sa.String(254), default="", info={"title": _l("電子郵件"), "personal": "email"})
    granted: Mapped[list[list[str]]] = mapped_column(JSON, info={"title": _l("角色")})
    locale: Mapped[str] = mapped_column(sa.String(12), default="", info={"title": _l("語言")})
    invited_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), info={"title": _l("邀請人序號")})
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, info={"title": _l("建立時間")})
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime, info={"title": _l("撤回時間")})
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), info={"title": _l("接受後的使用者序號")})

    invited_by: Mapped[User | None] = relationship(foreign_keys=invited_by_id)

    @property
    def wanted(self) -> list[tuple[str, Ref | None]]:
        """The roles as ``services`` take them: each with the unit to which it is limited, or None."""
        return [(role, Ref.parse(scope) if scope else None) for role, scope in self.granted]

    @property
    def is_open(self) -> bool:
        return self.user_id is None and self.withdrawn_at is None


class Ticket(Model):
    """A way in that works once and for a while: the link of a mail, or the QR and the typed code of a printed slip. Only hashes are kept.

    For an invitation, or for setting a new password (``user_id``). ``rules.ticket_state`` says whether it still opens.
    """

    __tablename__ = "ticket"
    __audited__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    invitation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("invitation.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), index=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    code_hash: Mapped[str] = mapped_column(sa.String(32), unique=True)
    is_mailed: Mapped[bool]
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    invitation: Mapped[Invitation | None] = relationship()
    user: Mapped[User | None] = relationship()


class ResetWish(Model):
    """Somebody typed an account at "forgot password". Who it is, if anybody, is looked up by a job: the answer on the screen cannot tell."""

    __tablename__ = "reset_wish"
    __audited__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(Encrypted("reset_wish.account"))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
