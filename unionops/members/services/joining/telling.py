"""What applicants and the office are told, and the deadlines of an application. Mails to applicants say as little as they can."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from flask_babel import force_locale

from unionops.core.accounts.models import User
from unionops.core.audit import recording
from unionops.core.calendar import services as calendar
from unionops.core.calendar.registry import deadline_kind
from unionops.core.i18n import _l, say
from unionops.core.notify import services as notify
from unionops.core.notify.registry import notice_kind
from unionops.core.union import queries as union
from unionops.law.basis import Basis
from unionops.members.models import Application
from unionops.members.queries import joining as queries
from unionops.members.rules.admission import PAPERS, RATIFY, Applicant, ratify_by
from unionops.values.problems import RuleBroken, problem
from unionops.values.refs import Ref

ARRIVED = notice_kind("joining.arrived", title=_l("線上入會申請"))
PAPERS_ASKED = recording.sentence("joining.papers_asked", _l("請入會申請 %(number)s 的申請人補件：%(papers)s"))
TOLD = notice_kind("joining.told", title=_l("通知入會申請人"), choice=False)
RATIFYING = deadline_kind("joining.ratify", title=_l("入會提理事會追認"), closes=_l("登錄理事會追認的決議"))
FEE = deadline_kind("joining.entrance_fee", title=_l("入會費繳款"), closes=_l("入會費繳清"))


def pointer(application: Application) -> Ref:
    """How other areas name the application."""
    return Ref(queries.KIND, application.id)


def reader(application: Application, who: Applicant, *, by_mail_only: bool = False) -> notify.Reader | None:
    """How the applicant is reached: by mail, else by a printed letter (not for what only confirms); None when by neither."""
    if who.email:
        return notify.Reader(application.name, who.email)
    address = who.mail_address or who.home_address
    return notify.Reader(application.name, "", address) if address and not by_mail_only else None


def tell_applicant(application: Application, today: date, *, subject: Any, text: Any, by_mail_only: bool = False) -> None:
    """Tells whoever asked to join, if he can be reached."""
    found = reader(application, queries.applicant(application, today), by_mail_only=by_mail_only)
    if found is not None:
        notify.tell(TOLD, [found], subject=subject, text=text, pointer=pointer(application))


def received(application: Application, today: date) -> None:
    """A stranger typed this address: the mail holds nothing but the number."""
    tell_applicant(
        application, today, by_mail_only=True, subject=_l("%(union)s已收到入會申請", union=union.union_name()),
        text=_l("申請編號：%(number)s。審查結果會再通知您。如果您沒有申請入會，請不必理會這封信。", number=application.number),
    )


def refused(application: Application, today: date) -> None:
    """The board did not agree, and why."""
    tell_applicant(
        application, today, subject=_l("入會申請的審查結果（%(number)s）", number=application.number),
        text=_l("您的入會申請經審查未通過。理由：%(why)s。如有疑問或要補充資料，請與本會聯絡。", why=application.refused_why),
    )


def ask_for_papers(application: Application, papers: Sequence[str], note: str, today: date) -> None:
    """Asks for what is still missing (``rules.admission.PAPERS``). Raises RuleBroken when nothing is, or nobody knows where to write."""
    if not papers:
        raise RuleBroken(problem("papers", "請勾選要補的文件。", code="nothing"))
    who = queries.applicant(application, today)
    found = reader(application, who)
    if found is None:
        raise RuleBroken(problem("", "申請書沒有電子郵件，也沒有地址；請以電話聯絡。", code="nowhere"))
    with force_locale("zh_Hant_TW"):
        names = "、".join(str(say(problem("", PAPERS[one]))) for one in papers)
    notify.tell(
        TOLD, [found], pointer=pointer(application), subject=_l("入會申請還缺文件（%(number)s）", number=application.number),
        text=_l("您的入會申請（%(number)s）還缺：%(papers)s。請補送影本或到工會辦公室。%(note)s", number=application.number, papers=names, note=note.strip()),
    )
    recording.describe(PAPERS_ASKED, application, number=application.number, papers=names)


def to_pay(application: Application, amount: int, due_on: date, today: date) -> None:
    """Admitted; the membership begins when the fee is paid."""
    tell_applicant(
        application, today, subject=_l("入會申請已通過（%(number)s）", number=application.number),
        text=_l(
            "您的入會申請已審查通過。請於 %(due)s 前繳納入會費 %(amount)s 元，繳清之日起為本會會員。", due=due_on, amount=f"{amount:,}",
        ),
    )


def welcome(application: Application, number: str, joined_on: date, fee: tuple[int, date] | None, today: date) -> None:
    """A member now: the number, and the entrance fee if it is still open (NT$, until when)."""
    text = _l("歡迎加入%(union)s。您的會員編號是 %(number)s，入會日期 %(on)s。", union=union.union_name(), number=number, on=joined_on)
    if fee is not None:
        text = _l(
            "歡迎加入%(union)s。您的會員編號是 %(number)s，入會日期 %(on)s。請於 %(due)s 前繳納入會費 %(amount)s 元。",
            union=union.union_name(), number=number, on=joined_on, due=fee[1], amount=f"{fee[0]:,}",
        )
    tell_applicant(application, today, subject=_l("歡迎入會：會員編號 %(number)s", number=number), text=text)


def tell_office(application: Application) -> None:
    """Something came in over the public form."""
    notify.tell(
        ARRIVED, queries.addressed("joining.decide"), pointer=pointer(application), subject=_l("線上入會申請：%(number)s", number=application.number),
        text=_l("請審查資料與證明文件。"),
    )


def watch_ratifying(application: Application, owner: User | None, today: date) -> None:
    """The board has to ratify at its next meeting."""
    assert application.decided_on is not None
    latest = ratify_by(application.decided_on)
    basis = Basis(RATIFY.rule, RATIFY.citation, RATIFY.result, (("先行核可日", application.decided_on), ("最遲", latest)), confidence=RATIFY.confidence)
    calendar.put(pointer(application), RATIFYING, title=f"追認入會 {application.number}", latest_on=latest, basis=basis, owner=owner, today=today)


def watch_fee(application: Application, due_on: date, owner: User | None, today: date) -> None:
    """The entrance fee has to come."""
    basis = Basis("charter.entrance_fee", "章程有關入會費之規定", "入會費繳款期限", (("期限", due_on),), source="charter", confidence="derived")
    calendar.put(pointer(application), FEE, title=f"入會費 {application.number}", latest_on=due_on, basis=basis, owner=owner, today=today)


def fee_came(application: Application, now: datetime) -> None:
    """The entrance fee is paid."""
    calendar.close(pointer(application), FEE, how="入會費已繳清", now=now)
