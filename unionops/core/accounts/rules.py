"""What a good password is, when a door locks, when a ticket or a session ends, which roles one person may not hold together.

Pure: no database, no clock. Does not know how passwords are kept or what a permission opens.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from unionops.law.basis import Basis
from unionops.values.problems import Problem, problem

# --- passwords --------------------------------------------------------------------------------------------------------

PASSWORD_AT_LEAST = 10
PASSWORD_AT_MOST = 200

COMMON_PASSWORDS = frozenset(
    """
    1234567890 0123456789 0987654321 12345678910 123456789a a123456789 1234567899 1122334455 9876543210 147258369
    qwertyuiop qwerty12345 qwerty123456 1qaz2wsx3edc 1q2w3e4r5t 1q2w3e4r5t6y qazwsxedcr asdfghjkl1 zaq12wsxcde3 q1w2e3r4t5
    password12 password123 password1234 passw0rd123 p@ssw0rd123 p@ssword123 administrator admin12345 admin123456
    iloveyou123 welcome123 letmein1234 abcdefghij abcd123456 abc1234567 abc123456789 taiwan1234 taiwan12345 taipei1234
    changeme123 ji32k7au4a83 su3cl3su3cl3 ji3g4au4a83 5201314520 1314520520 unionops123 union12345 labor12345 test123456
    """.split()  # noqa: SIM905
)
"""Passwords of ten characters and more that are tried first everywhere, those typed on a Taiwanese keyboard among them."""


def password_problems(password: str, username: str) -> list[Problem]:
    """What is wrong with a new password: length, the account's own name, well-known ones. No composition rules (ASVS 5, 6.2)."""
    problems = []
    if len(password) < PASSWORD_AT_LEAST:
        problems.append(
            problem("new_password", "密碼至少 %(least)s 個字，現在是 %(count)s 個。可用一句話，含空白也行。",
                    least=PASSWORD_AT_LEAST, count=len(password))
        )
    if len(password) > PASSWORD_AT_MOST:
        problems.append(problem("new_password", "密碼最多 %(most)s 個字。", most=PASSWORD_AT_MOST))
    folded, name = password.casefold(), username.casefold()
    if name and name in folded and not any(c.isalpha() for c in folded.replace(name, "")):
        problems.append(Problem("new_password", "密碼不可以是帳號，也不可以只是帳號加上數字。請換一個。"))
    elif folded in COMMON_PASSWORDS or (password and len(set(folded)) < 4):
        problems.append(Problem("new_password", "這個密碼太常見，會最先被猜到。請換一個，例如幾個不相干的詞。"))
    return problems


def name_problems(name: str) -> list[Problem]:
    """What cannot be a person's name: nothing, or characters that no keyboard types. Names stand in the head of mails."""
    if not name:
        return [Problem("name", "請填姓名。")]
    return [] if name.isprintable() else [Problem("name", "姓名含有看不見的控制字元或換行，請重新輸入。")]


# --- locks ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lock:
    """``limit`` failures within ``window`` close the door for ``length``, counted from the last of them."""

    limit: int
    window: timedelta
    length: timedelta


ACCOUNT_LOCK = Lock(limit=10, window=timedelta(minutes=15), length=timedelta(minutes=15))
ADDRESS_LOCK = Lock(limit=50, window=timedelta(minutes=15), length=timedelta(minutes=15))
"""Wider than the account's: a whole office may sit behind one address."""


def locked_until(failures: Sequence[datetime], lock: Lock, now: datetime) -> datetime | None:
    """When the door opens again; None while it is open. Failures of an account are those since its last success.

    Tries against a closed door are not recorded, so knocking on does not keep it closed.
    """
    latest = sorted(failures)[-lock.limit :]
    if len(latest) < lock.limit or latest[-1] - latest[0] > lock.window:
        return None
    until = latest[-1] + lock.length
    return until if until > now else None


# --- tickets ----------------------------------------------------------------------------------------------------------

RESET_VALID = timedelta(hours=1)
"""A link in a mail, which lies in a mailbox that others may open."""
RESET_SLIP_VALID = timedelta(hours=24)
"""A slip, which goes from hand to hand."""
RESET_MAILS = 3
"""How many of them go to one person within ``RESET_VALID``, however often somebody asks."""


def ticket_state(*, expires_at: datetime, used_at: datetime | None, revoked_at: datetime | None, now: datetime) -> str:
    """``open``, or why a ticket no longer opens: ``used``, ``revoked`` (a newer one was made, or it was taken back), ``expired``."""
    if used_at is not None:
        return "used"
    if revoked_at is not None:
        return "revoked"
    return "expired" if now >= expires_at else "open"


def invitation_state(*, is_accepted: bool, is_withdrawn: bool, ticket: str) -> str:
    """Where an invitation stands: ``accepted``, ``withdrawn``, ``unsent``, ``open`` or ``expired``. ``ticket`` is the state of its
    last one, "" for none yet."""
    if is_accepted:
        return "accepted"
    if is_withdrawn:
        return "withdrawn"
    return {"": "unsent", "open": "open"}.get(ticket, "expired")


# --- sessions ---------------------------------------------------------------------------------------------------------


def session_end(
    *, started_at: datetime, seen_at: datetime, ended_at: datetime | None, now: datetime, idle: timedelta, longest: timedelta
) -> str:
    """Why a session no longer holds: ``revoked``, ``expired`` (too old) or ``idle``; "" while it holds."""
    if ended_at is not None:
        return "revoked"
    if now - started_at >= longest:
        return "expired"
    if now - seen_at >= idle:
        return "idle"
    return ""


def is_local(address: str) -> bool:
    """Whether an address to go back to stays on this site: a path, no host, nothing that a browser would read as one."""
    if not address.startswith("/") or address.startswith("//") or "\\" in address:
        return False
    if any(ord(c) < 33 or ord(c) == 127 for c in address):
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return not parts.scheme and not parts.netloc


def device_name(user_agent: str) -> str:
    """What a person would call the browser and the machine: ``Chrome · Windows``; "" when it does not say."""
    browsers = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"),
                ("Chrome/", "Chrome"), ("Safari/", "Safari"))
    machines = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "Mac"), ("Linux", "Linux"))
    found = (next((name for sign, name in names if sign in user_agent), "") for names in (browsers, machines))
    return " · ".join(name for name in found if name)


# --- roles ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Conflict:
    """Two roles that should not meet in one person. ``refused``: they may not; else a warning with its reason."""

    roles: tuple[str, str]
    refused: bool
    basis: Basis


_DIRECTOR_AND_MONEY = Basis(
    rule="HB-finance-post",
    citation="勞動部（前勞委會）101.10.31 勞資1字第1010127313號函",
    result="理事、常務理事不得兼任工會會計、出納或採購職務",
    confidence="secondary",
    note="理事長須具理事身分（工會法第 17 條第 3 項），一併適用。",
)
_DIRECTOR_AND_OFFICE = Basis(
    rule="HB-finance-post",
    citation="勞動部（前勞委會）101.10.31 勞資1字第1010127313號函",
    result="理事、常務理事兼任會務人員時，不得承辦會計、出納或採購",
    confidence="secondary",
)
_ACCOUNTANT_AND_CASHIER = Basis(
    rule="accounts.accountant-cashier",
    citation="內部控制：會計與出納分由不同人擔任",
    result="同一人不得兼任會計與出納",
    source="default",
    confidence="derived",
    note="提款須會計、出納分別蓋章；兩職同一人即失去互相核對的作用。",
)
_SUPERVISOR_AND_MONEY = Basis(
    rule="UA-18-powers",
    citation="工會法第 18 條",
    result="監事審核簿記帳目，不宜審核自己經手的帳",
    confidence="derived",
)
_BOTH_BOARDS = Basis(
    rule="HB-both",
    citation="工會組織運作實務參考手冊第 36 頁；人民團體選舉罷免辦法第 16 條",
    result="同時當選理事與監事者，應擇一擔任",
    confidence="secondary",
)

CONFLICTS = (
    Conflict(("accountant", "cashier"), True, _ACCOUNTANT_AND_CASHIER),
    *(Conflict((office, post), False, _DIRECTOR_AND_MONEY) for office in ("president", "director") for post in ("accountant", "cashier")),
    *(Conflict((office, "staff"), False, _DIRECTOR_AND_OFFICE) for office in ("president", "director")),
    *(Conflict(("supervisor", post), False, _SUPERVISOR_AND_MONEY) for post in ("accountant", "cashier")),
    *(Conflict((office, "supervisor"), False, _BOTH_BOARDS) for office in ("president", "director")),
)


def role_conflicts(held: Collection[str]) -> list[Conflict]:
    """The pairs among these roles that should not meet in one person (HB-finance-post, HB-both, UA-18-powers)."""
    return [conflict for conflict in CONFLICTS if set(conflict.roles) <= set(held)]


def second_factor_due(held: Collection[str], asked_of: Collection[str], *, has_second_factor: bool, by_passkey: bool) -> bool:
    """Whether this sign-in must turn the second factor on before anything else: a role asks for it, and neither an authenticator nor
    a passkey (which is a second factor by itself) stands beside the password."""
    return bool(set(held) & set(asked_of)) and not has_second_factor and not by_passkey


def given_freely(role: str, *, manages: bool) -> bool:
    """Whether who invites may give this role: only who manages accounts makes others do so."""
    return manages or role != "administrator"
