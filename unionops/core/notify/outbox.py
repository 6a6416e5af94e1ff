"""What the office does about deliveries: tries again, corrects an address, prints instead, calls off. Sends nothing itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from unionops.core.audit import recording
from unionops.core.db import blind_index, bulk, db, lock_row
from unionops.core.i18n import _l
from unionops.core.notify import queries, rules, services
from unionops.core.notify.models import ADDRESS, Delivery, MailServer
from unionops.core.notify.registry import notice_kind, title_of
from unionops.values.problems import RuleBroken, _m, problem

TEST = notice_kind("notify.test", title=_l("測試信"), choice=False)

recording.sentence("notify.retried", _l("重寄給 %(name)s 的信（%(kind)s）"))
recording.sentence("notify.all_retried", _l("重寄 %(count)s 封寄不出去的信"))
recording.sentence("notify.address_corrected", _l("更正 %(name)s 的電子郵件並重寄（%(kind)s）"))
recording.sentence("notify.turned_to_paper", _l("給 %(name)s 的信改印紙本（%(kind)s）"))
recording.sentence("notify.cancelled", _l("取消給 %(name)s 的信（%(kind)s）"))
recording.sentence("notify.printed", _l("印出 %(count)s 封信函"))
recording.sentence("notify.server_asked", _l("要求立即再連線郵件主機"))


def may_send_again(delivery: Delivery) -> bool:
    """Whether there is still something to send: the text of a secret is wiped as soon as the mail is given up."""
    return delivery.channel == rules.MAIL and delivery.status in (rules.FAILED, rules.RETRYING) and delivery.body is not None


def retry(delivery: Delivery, now: datetime) -> None:
    """Puts a mail that failed back at the beginning. Raises RuleBroken for one that is on its way, ended, or wiped."""
    _held(delivery, (rules.FAILED, rules.RETRYING))
    if delivery.failure == "address":
        raise RuleBroken(problem("", _m("這個電子郵件的寫法不對，重寄也不會成功。請先更正地址。")))
    _start_again(delivery, now)
    _told("notify.retried", delivery)


def retry_all(failure: str, now: datetime) -> int:
    """The same for everything that failed for this reason; how many."""
    failed = sa.update(Delivery).where(
        queries.CONDITIONS["failed"], Delivery.channel == rules.MAIL, Delivery.failure == failure, Delivery.failure != "address",
        Delivery.body.is_not(None),
    )
    count: int = bulk(failed.values(given_up_at=None, tries=0, next_try_at=now, claim=""), reason="notice_delivery").rowcount
    recording.describe("notify.all_retried", count=count)
    return count


def correct_address(delivery: Delivery, address: str, now: datetime) -> None:
    """Sends the mail to another address. Raises RuleBroken for what is no mail address. The record it came from is not changed."""
    found = rules.mail_address(address, "address")
    _held(delivery, (rules.FAILED, rules.RETRYING, rules.WAITING))
    delivery.address, delivery.address_key = found, blind_index(found.casefold(), ADDRESS)
    _start_again(delivery, now)
    _told("notify.address_corrected", delivery)


def turn_to_paper(delivery: Delivery, address: str) -> None:
    """Prints the text instead; ``address`` is where the letter goes, empty when it is handed over."""
    _held(delivery, (rules.FAILED, rules.RETRYING, rules.WAITING))
    if delivery.files:
        raise RuleBroken(problem("", _m("這封信有附件，不能在這裡改印。請回到原來的紀錄列印後郵寄。")))
    delivery.channel, delivery.address = rules.PAPER, address.strip()
    delivery.address_key = blind_index(delivery.address.casefold(), ADDRESS) if delivery.address else ""
    delivery.next_try_at = delivery.given_up_at = None
    _told("notify.turned_to_paper", delivery)


def cancel(delivery: Delivery, now: datetime) -> None:
    """Calls it off; the text of a secret goes at once."""
    lock_row(delivery)
    _not_on_its_way(delivery)
    if delivery.status in (rules.SENT, rules.PRINTED, rules.CANCELLED, rules.GATHERED):
        raise RuleBroken(problem("", _m("這一筆已經寄出、印出或取消，不能再取消。")))
    delivery.cancelled_at, delivery.next_try_at = now, None
    if delivery.secret:
        delivery.subject = delivery.body = None
    _told("notify.cancelled", delivery)


def mark_printed(until_id: int, now: datetime) -> int:
    """Marks the letters up to this one as printed: those in the file, and none that came after it was made. How many."""
    waiting = sa.update(Delivery).where(queries.CONDITIONS["paper"], Delivery.id <= until_id).values(printed_at=now)
    count: int = bulk(waiting, reason="notice_delivery").rowcount
    recording.describe("notify.printed", count=count)
    return count


def ask_server(now: datetime) -> None:
    """The next run asks the server again, whatever was found before."""
    trouble = db.session.get(MailServer, 1)
    if trouble is not None:
        trouble.next_try_at = now
    recording.describe("notify.server_asked")


def send_test(user: Any, now: datetime) -> None:
    """A mail to oneself, to see that mail arrives. Raises RuleBroken when this user has no address."""
    if not user.email:
        raise RuleBroken(problem("", _m("您的帳號沒有電子郵件，無法寄測試信。請先請系統管理員補上。")))
    services.tell(
        TEST, [services.Reader(user.name, user.email, locale=user.locale)], subject=_l("測試信"),
        text=_l("收到這封信，表示系統可以寄信。"), urgent=True,
    )
    ask_server(now)


def _held(delivery: Delivery, states: tuple[str, ...]) -> None:
    """The row, locked, in one of these states, with its text."""
    lock_row(delivery)
    _not_on_its_way(delivery)
    if delivery.channel != rules.MAIL or delivery.status not in states:
        raise RuleBroken(problem("", _m("這封信已經寄出、改印或取消，請重新整理頁面。")))
    if delivery.body is None:
        raise RuleBroken(problem("", _m("這封信的內容已清除（含有密碼或個人連結的信寄不出去時會立即清除）。請回到原來的頁面重新寄發。")))


def _not_on_its_way(delivery: Delivery) -> None:
    if delivery.claim:
        raise RuleBroken(problem("", _m("這封信正在寄出，請過幾分鐘再看結果。")))


def _start_again(delivery: Delivery, now: datetime) -> None:
    delivery.given_up_at, delivery.tries, delivery.next_try_at = None, 0, now


def _told(action: str, delivery: Delivery) -> None:
    recording.describe(action, name=delivery.name, kind=title_of(delivery.kind))
