"""What becomes of a notice: which ways it goes, where a delivery stands, what a failure means and when it is tried again.

Pure; texts are source sentences, translated when shown. Nothing here is law: these are rules of the house.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parseaddr
from urllib.parse import parse_qs, unquote, urlsplit

from unionops.values.problems import RuleBroken, _m, problem

MAIL, PAPER = "mail", "paper"
AT_ONCE, DIGEST, NONE = "at_once", "digest", "none"
WAYS_OF_MAIL = {AT_ONCE: _m("立即寄出"), DIGEST: _m("每天下午五點併成一封"), NONE: _m("不寄信")}
URGENT, NORMAL = 0, 1
"""The order in which mails leave: secrets and urgent ones first."""

COLLAPSE_FROM = 5
"""So many mails of one kind that wait for one person at the same time leave as one."""

# --- ways -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ways:
    """How one reader is told of one thing: in the app, and by mail (``AT_ONCE``, ``DIGEST``, ``NONE``)."""

    bell: bool = True
    mail: str = AT_ONCE


def allowed(chosen: Ways, *, compulsory: bool) -> Ways:
    """What is made of a choice: of a compulsory kind the bell stays, and so does the mail, at once or in the daily one."""
    if not compulsory:
        return chosen
    return Ways(True, DIGEST if chosen.mail == NONE else chosen.mail)


# --- where a delivery stands ------------------------------------------------------------------------------------------

WAITING, RETRYING, HELD, GATHERED, SENT = "waiting", "retrying", "held", "gathered", "sent"
TO_PRINT, PRINTED, FAILED, CANCELLED = "to_print", "printed", "failed", "cancelled"

STATUSES = {
    WAITING: ("off", _m("等待寄出")),
    RETRYING: ("warn", _m("稍後再試")),
    HELD: ("off", _m("等每日彙整")),
    GATHERED: ("ok", _m("已併入另一封")),
    SENT: ("ok", _m("已寄出")),
    TO_PRINT: ("soon", _m("待列印")),
    PRINTED: ("ok", _m("已印出")),
    FAILED: ("stop", _m("寄不出去")),
    CANCELLED: ("off", _m("已取消")),
}
"""status → (kind of sign, word)"""


def status(
    channel: str, *, sent: bool, printed: bool, given_up: bool, cancelled: bool, held: bool, gathered: bool, tries: int
) -> str:
    """Where a delivery stands, from what has happened to it. What ended it comes before what it waited for."""
    if sent:
        return SENT
    if printed:
        return PRINTED
    if cancelled:
        return CANCELLED
    if gathered:
        return GATHERED
    if given_up:
        return FAILED
    if channel == PAPER:
        return TO_PRINT
    if held:
        return HELD
    return RETRYING if tries else WAITING


# --- failures ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Failure:
    """Why something was not sent. ``whole``: no mail can be sent at all, so none of them has failed. ``final``: to try again as it is
    would be of no use."""

    text: str
    cure: str
    whole: bool = False
    final: bool = False


FAILURES = {
    "unreachable": Failure(
        _m("連不上郵件主機。"), _m("信都還在，主機恢復後自動寄出。若持續發生，請檢查網路，以及設定 SMTP_URL 的主機名稱與連接埠。"), whole=True
    ),
    "tls": Failure(
        _m("郵件主機的安全連線無法確認（憑證不符或不支援加密）。"), _m("請向郵件服務商確認主機名稱與憑證，再檢查設定 SMTP_URL。"), whole=True
    ),
    "login": Failure(_m("郵件主機不接受帳號或密碼。"), _m("請更新設定 SMTP_URL 裡的帳號與密碼，重新啟動後自動寄出。"), whole=True),
    "sender": Failure(_m("郵件主機不接受寄件人地址。"), _m("請向郵件服務商確認，並改正設定 MAIL_FROM。"), whole=True),
    "dropped": Failure(_m("寄送途中連線中斷或逾時。"), _m("系統會自動再試。若一再發生，請確認郵件主機是否限制寄信。")),
    "busy": Failure(_m("收件端暫時不收（例如信箱已滿或忙線）。"), _m("系統會自動再試。試過六次仍不收時，請改用其他聯絡方式，或改印紙本。")),
    "recipient": Failure(_m("收件地址不存在，或對方拒收。"), _m("請向本人查明正確的電子郵件，改正後重寄；或改印紙本。"), final=True),
    "content": Failure(_m("郵件主機拒收這封信的內容。"), _m("請把主機的回覆交給郵件服務商查明（常見為被判為垃圾信），再重寄。"), final=True),
    "files": Failure(_m("信的附件已經移除、遺失或被掃毒封存。"), _m("請回到原來的紀錄重新附上檔案，再寄一次。"), final=True),
    "store": Failure(_m("檔案的儲存空間連不上。"), _m("系統會自動再試。若持續發生，請系統管理員檢查設定 STORAGE_URL。")),
    "broken": Failure(_m("系統做不出這封信。"), _m("請把下面的事件編號告訴系統管理員；修好後可以重寄。"), final=True),
    "address": Failure(_m("電子郵件的寫法不對。"), _m("請改正電子郵件後重寄；或改印紙本。"), final=True),
}
"""code → what it means and what helps"""

BACK_OFF = (
    timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=6), timedelta(hours=24),
)
_SERVER_AT_MOST = timedelta(minutes=15)
_LOGIN = frozenset({530, 534, 535, 538})


def failure_of(stage: str, code: int) -> str:
    """The code in ``FAILURES`` of what the server answered at ``stage`` ("connect", "login", "sender", "recipient", "content")."""
    if code in _LOGIN:
        return "login"
    if stage in ("login", "sender"):
        return stage if code >= 500 else "unreachable"
    if code == 421 or stage == "connect":
        return "unreachable"
    return stage if code >= 500 else "busy"


def next_try(tries: int) -> timedelta | None:
    """How long to wait after so many tries failed for the time being; None when it is given up."""
    return BACK_OFF[tries - 1] if tries <= len(BACK_OFF) else None


def server_pause(failures: int) -> timedelta:
    """How long the whole outbox waits after the server could not be used so many times in a row: 1, 2, 4, 8, then 15 minutes."""
    return min(timedelta(minutes=2 ** min(failures - 1, 4)), _SERVER_AT_MOST)


# --- addresses and headers --------------------------------------------------------------------------------------------

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


def one_line(text: str) -> str:
    """The text as it may stand in a header: line breaks and signs that turn the direction become a blank."""
    return " ".join(_CONTROL.sub(" ", text).split())


def mail_address(text: str, field: str = "address") -> str:
    """The address as a server takes it (an international domain in ASCII). Raises RuleBroken for what is no mail address, one with a
    line break in it above all."""
    if _CONTROL.search(text.strip()):
        raise RuleBroken(problem(field, _m("電子郵件含有換行或看不見的控制字元，請重新輸入。")))
    from email_validator import EmailNotValidError, validate_email  # Slow to load; most processes never need it.

    try:
        found = validate_email(text.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as wrong:
        raise RuleBroken(problem(field, _m("看不懂的電子郵件，請填如 wang@example.org。"))) from wrong
    return found.ascii_email or found.normalized


def place_within(url: str, public_url: str) -> str:
    """The address if it leads into this app, else nothing: a notice never sends its reader elsewhere."""
    if public_url and (url == public_url or url.startswith(public_url + "/")):
        return url
    return url if url.startswith("/") and not url.startswith(("//", "/\\")) and not _CONTROL.search(url) else ""


# --- the server -------------------------------------------------------------------------------------------------------

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class Server:
    """Where mail is handed in. ``security`` is "tls" (from the first byte), "starttls" or "" (none)."""

    host: str
    port: int
    user: str
    password: str
    security: str

    def __repr__(self) -> str:
        return f"Server({self.host}:{self.port}, {self.security or 'plain'})"  # Never the password: this may reach a log.


def server_of(url: str) -> Server:
    """``smtp://user:password@host:port?starttls=1`` or ``smtps://…`` as a Server. Raises ValueError that names the fault, not the secret."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("SMTP_URL cannot be read; write it as smtps://user:password@mail.example:465") from None
    asked = parse_qs(parts.query)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path.strip("/"):
        raise ValueError("SMTP_URL must look like smtps://user:password@mail.example:465, or smtp://mail.example:587?starttls=1")
    if asked.keys() - {"starttls"} or asked.get("starttls", ["1"])[0] not in ("0", "1"):
        raise ValueError("SMTP_URL knows only ?starttls=1")
    security = "tls" if parts.scheme == "smtps" else "starttls" if asked.get("starttls") == ["1"] else ""
    server = Server(
        parts.hostname, port or {"tls": 465, "starttls": 587, "": 25}[security], unquote(parts.username or ""), unquote(parts.password or ""),
        security,
    )
    if server.password and not security and server.host not in LOOPBACK:
        raise ValueError("SMTP_URL would send its password in the clear; use smtps:// or ?starttls=1")
    return server


def sender_of(text: str) -> tuple[str, str]:
    """``MAIL_FROM`` as (name, address). Raises ValueError when it holds no good address."""
    name, address = parseaddr(text)
    try:
        return one_line(name), mail_address(address)
    except RuleBroken:
        raise ValueError(f"MAIL_FROM is {text!r}; write it as office@union.example, or 工會 <office@union.example>") from None
