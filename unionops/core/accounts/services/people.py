"""People who sign in: created, corrected, given roles, deactivated. Which roles should not meet is for ``rules``."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from unionops.core.accounts import queries, roles, rules
from unionops.core.accounts.models import User, UserRole
from unionops.core.accounts.services import passwords, second_factor, sign_ins
from unionops.core.audit import recording
from unionops.core.db import db, lock_row, touch_data
from unionops.core.i18n import _l
from unionops.values.problems import Problem, RuleBroken, problem, words
from unionops.values.refs import Ref

recording.sentence("accounts.user_created", _l("新增使用者%(name)s（%(username)s），角色：%(roles)s"))
recording.sentence("accounts.user_changed", _l("修改使用者%(name)s的姓名或電子郵件"))
recording.sentence("accounts.roles_set", _l("%(name)s的角色改為：%(roles)s"))
recording.sentence("accounts.deactivated", _l("停用使用者%(name)s"))
recording.sentence("accounts.reactivated", _l("恢復使用者%(name)s"))


def create_user(
    username: str, name: str, *, password: str | None, email: str = "", wanted: Iterable[tuple[str, Ref | None]] = (), locale: str = ""
) -> User:
    """A new person who signs in. ``password`` None: a passkey follows instead.

    Raises RuleBroken for a name that is taken, a weak password, roles that must not meet.
    """
    username, name = username.strip().casefold(), name.strip()
    granted = in_order(wanted)
    problems = rules.name_problems(name) + username_problems(username)
    problems += ([] if password is None else rules.password_problems(password, username)) + refused(granted)
    if problems:
        raise RuleBroken(*problems)
    user = User(
        username=username, name=name, email=email.strip(), password_hash="" if password is None else passwords.hashed(password), locale=locale,
        roles=[UserRole(role=role, scope=scope) for role, scope in granted],
    )
    db.session.add(user)
    db.session.flush()  # The audit names the person by the id.
    recording.describe("accounts.user_created", user, name=name, username=username, roles=titles(granted))
    return user


def create_administrator(
    username: str, name: str, *, password: str, totp_secret: str, code: str, now: datetime, email: str = "", more: Iterable[str] = ()
) -> tuple[User, list[str]]:
    """The first person of a new union: system administrator, with ``more`` roles, and with the second factor turned on by ``code``.

    Gives the person and the recovery codes, which are shown once. Raises RuleBroken as ``create_user`` and ``enrol_totp`` do.
    """
    user = create_user(username, name, password=password, email=email, wanted=[(role, None) for role in ("administrator", *more)])
    return user, second_factor.enrol_totp(user, totp_secret, code, now=now)


def username_problems(username: str) -> list[Problem]:
    """Why this cannot be a new user name: its letters, or somebody has it."""
    if not username or not all(c.isascii() and (c.isalnum() or c in "._-@") for c in username):
        return [Problem("username", "帳號只能用英文字母、數字與 . _ - @，不含空白。")]
    if queries.user_by_username(username) is not None:
        return [problem("username", "帳號 %(username)s 已經有人用了（停用的也算）。請換一個。", username=username)]
    return []


def change_user(user: User, *, name: str, email: str) -> None:
    """Corrects the name or the address. The sign-in name stays: history refers to it. Raises RuleBroken for a name that cannot be one."""
    if problems := rules.name_problems(name.strip()):
        raise RuleBroken(*problems)
    user.name, user.email = name.strip(), email.strip()
    recording.describe("accounts.user_changed", user, name=user.name)


def set_roles(user: User, wanted: Iterable[tuple[str, Ref | None]], *, by: User | None) -> list[rules.Conflict]:
    """Gives exactly these roles, each everywhere (None) or limited to a unit. Returns what should be thought over.

    Raises RuleBroken: unknown role, one's own roles, roles that must not meet, the last administrator.
    """
    lock_row(user)  # Two who give roles at once: the second sees what the first gave, or two roles that must not meet would.
    granted = in_order(wanted)
    problems = refused(granted)
    if by is not None and by.id == user.id:
        problems.append(Problem("", "不能改自己的角色。請另一位系統管理員來改。"))
    if not problems and "administrator" not in {role for role, _scope in granted}:
        problems += _last_administrator(user)
    if problems:
        raise RuleBroken(*problems)
    held = {(row.role, row.scope): row for row in user.roles}
    user.roles = [held.get((role, scope)) or UserRole(role=role, scope=scope) for role, scope in granted]
    touch_data("duties")  # What waits for whom follows from it.
    recording.describe("accounts.roles_set", user, name=user.name, roles=titles(granted))
    return rules.role_conflicts({role for role, _scope in granted})


def in_order(wanted: Iterable[tuple[str, Ref | None]]) -> list[tuple[str, Ref | None]]:
    """Each once, in the order of the table; a role given everywhere needs no unit beside it."""
    pairs = set(wanted)
    order = list(roles.ROLES)
    return sorted(
        (pair for pair in pairs if pair[1] is None or (pair[0], None) not in pairs),
        key=lambda pair: (order.index(pair[0]) if pair[0] in order else len(order), str(pair[1] or "")),
    )


def refused(granted: list[tuple[str, Ref | None]]) -> list[Problem]:
    """Why nobody may hold these roles together, or at all."""
    if unknown := [role for role, _scope in granted if role not in roles.ROLES]:
        return [problem("roles", "沒有這個角色：%(role)s。請從清單中選。", role=unknown[0][:40])]
    if [role for role, scope in granted if scope is not None and role not in roles.SCOPED]:
        return [Problem("roles", "這個角色不能只限於一個單位。請改為全會。")]
    return [
        problem("roles", "%(basis)s。請改由不同的人擔任。", basis=words(str(conflict.basis.result)))
        for conflict in rules.role_conflicts({role for role, _scope in granted})
        if conflict.refused
    ]


def titles(granted: list[tuple[str, Ref | None]]) -> list[str]:
    """The roles in words, each with the unit to which it is limited."""
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
        touch_data("duties")
        sign_ins.end(user, now)
        recording.describe("accounts.deactivated", user, name=user.name)


def reactivate(user: User) -> None:
    """Gives access back, with the roles held before."""
    if user.deactivated_at is not None:
        user.deactivated_at = None
        touch_data("duties")
        recording.describe("accounts.reactivated", user, name=user.name)
