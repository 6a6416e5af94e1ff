"""What the steps of the set-up write, each inside the caller's unit, each as often as somebody goes back to it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import date, datetime

import sqlalchemy as sa

from unionops.core.accounts import services as accounts
from unionops.core.accounts.models import User
from unionops.core.audit import recording
from unionops.core.db import blind_index, db, durable
from unionops.core.i18n import _l
from unionops.core.setup import queries, rules
from unionops.core.setup.models import SetupState
from unionops.core.setup.rules import Typed
from unionops.core.union import queries as unions
from unionops.core.union import services as union_services
from unionops.core.union.models import Union
from unionops.core.union.rules import Circumstances, charter_keys
from unionops.values.problems import RuleBroken, problem

recording.sentence("setup.code_made", _l("產生設定新工會用的設定碼"))
recording.sentence("setup.unlocked", _l("以設定碼開始設定新工會"))
recording.sentence("setup.wrong_code", _l("設定碼輸入錯誤"))
recording.sentence("setup.charter_later", _l("章程的值先用預設值，之後再填"))
recording.sentence("setup.finished", _l("新工會設定完成，第一位管理員：%(name)s"))

UNION, AUTHORITY, CHARTER, ADMINISTRATOR = range(1, 5)
"""The steps that need the code; the roster comes after signing in."""

_PLACE = "setup_state.code"
ALREADY = problem("", "已經有系統管理員，不能再產生設定碼。忘記密碼請由管理員重設，或用 accounts create-administrator 另建一位。")
WRONG = problem("code", "設定碼不對。請照執行 up 的終端機上顯示的輸入。")
VOID = problem("code", "輸入錯誤太多次，這組設定碼已作廢。請在伺服器上執行 python3 -m unionops setup-code 取得新的一組。")


def new_code(*, now: datetime) -> str:
    """A new one-time code; the one before is void, and browsers that had entered it must enter this one. Steps already done stay.

    Raises RuleBroken once there is an administrator.
    """
    if queries.has_administrator():
        raise RuleBroken(ALREADY)
    letters = "".join(secrets.choice(rules.CODE_LETTERS) for _place in range(rules.CODE_LENGTH))
    state = db.session.get(SetupState, 1) or SetupState(id=1)
    state.code_index, state.tries, state.made_at = blind_index(letters, _PLACE), 0, now
    db.session.add(state)
    recording.describe("setup.code_made")
    return f"{letters[:4]}-{letters[4:]}"


def unlock(typed: str) -> str:
    """The mark that a browser keeps which typed the right code. Raises RuleBroken for a wrong or a void one.

    Every try is counted in a transaction of its own. Must come before the unit's first statement.
    """
    with durable() as own:
        counted = own.execute(
            sa.update(SetupState).where(SetupState.tries < rules.TRIES, SetupState.finished_at.is_(None)).values(tries=SetupState.tries + 1)
        ).rowcount
        code_index = own.scalar(sa.select(SetupState.code_index)) or ""
        right = counted == 1 and secrets.compare_digest(code_index, blind_index(rules.plain_code(typed), _PLACE))
        if right:
            own.execute(sa.update(SetupState).values(tries=SetupState.tries - 1))
    if not counted:
        raise RuleBroken(VOID)
    if not right:
        recording.event_happened("setup.wrong_code")
        raise RuleBroken(WRONG)
    recording.describe("setup.unlocked")
    return mark_of(code_index)


def mark_of(code_index: str) -> str:
    """What the signed cookie of a browser holds that has typed the code; another code, another mark."""
    return blind_index(code_index, "setup_state.mark")


def record_union(state: SetupState, *, kind: str, name: str, short_name: str, seat: str, area: str, founded_on: date | None, today: date) -> Union:
    """Step 1: the union's record, made or corrected; what other steps gave stays. Raises RuleBroken."""
    union = _recorded(unions.the_union(), today=today, kind=kind, name=name, short_name=short_name, seat=seat, area=area, founded_on=founded_on)
    _reached(state, UNION)
    return union


def record_authority(state: SetupState, union: Union, *, authority: str, registration_number: str, registered_on: date | None, today: date) -> None:
    """Step 2: who the authority is, and the certificate of registration where there is one. Raises RuleBroken."""
    _recorded(union, today=today, authority=authority, registration_number=registration_number, registered_on=registered_on)
    _reached(state, AUTHORITY)


def record_charter(state: SetupState, union: Union, typed: Mapping[str, Typed], *, in_force: Mapping[str, tuple[str, str]], valid_from: date) -> int:
    """Step 3: the values that were typed, from a day on; how many. Raises RuleBroken with fields ``value:key`` and ``clause:key``."""
    given = circumstances(union, valid_from)
    entries, problems = rules.charter_entries(charter_keys(), typed, in_force, given)
    if problems:
        raise RuleBroken(*problems)
    for key, one in entries.items():
        union_services.add_charter_value(
            union, key=key, typed=one.value, valid_from=valid_from, clause=one.clause, members=None, given=rules.beside(given, charter_keys(), typed)
        )
    _reached(state, CHARTER)
    return len(entries)


def skip_charter(state: SetupState) -> None:
    """Step 3 left for later: the defaults count, and say that they are defaults."""
    _reached(state, CHARTER)
    recording.describe("setup.charter_later")


def circumstances(union: Union, day: date) -> Circumstances:
    """What the law's limits follow from in a union that nobody has counted yet."""
    return unions.circumstances(day, union.union_kind, members=None)


def make_administrator(
    state: SetupState, *, username: str, name: str, password: str, email: str, totp_secret: str, code: str, more: Iterable[str], now: datetime
) -> tuple[User, list[str]]:
    """Step 4: the first person, with the second factor; the wizard is closed with it. Gives the recovery codes. Raises RuleBroken."""
    user, codes = accounts.create_administrator(
        username, name, password=password, totp_secret=totp_secret, code=code, now=now, email=email, more=more
    )
    _reached(state, ADMINISTRATOR)
    state.finished_at = now
    recording.describe("setup.finished", user, name=user.name)
    return user, codes


def _reached(state: SetupState, step: int) -> None:
    state.reached = max(state.reached, step)


_FACTS = (
    "name", "kind", "short_name", "authority", "seat", "area", "registration_number", "registered_on", "founded_on", "phone", "email", "tax_number",
)


def _recorded(union: Union | None, *, today: date, **changed: object) -> Union:
    facts = {name: getattr(union, name) for name in _FACTS} if union is not None else {}
    return union_services.edit_record(**{**facts, **changed}, today=today)  # type: ignore[arg-type]
