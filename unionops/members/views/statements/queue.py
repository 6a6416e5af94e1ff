"""What waits: the queue with the surest first, many decided at once, one line with its proposal and reasons, and a decision taken back."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flask import abort, flash, redirect, request, url_for

from unionops.core import clock
from unionops.core.audit import recording
from unionops.core.db import db
from unionops.core.i18n import _, _l, say, show_date
from unionops.core.pages import Paging, here, page
from unionops.core.union import queries as union
from unionops.core.union.models import BankAccount
from unionops.members import statements_wording as words
from unionops.members.collecting_wording import months_of
from unionops.members.forms.billing import KINDS
from unionops.members.forms.statements import ConfirmForm, UndoForm, with_charges
from unionops.members.models import Statement, StatementLine
from unionops.members.queries import dues
from unionops.members.queries import statements as queries
from unionops.members.queries.statements import Waiting
from unionops.members.rules.dues import Item, by_order
from unionops.members.rules.matching import ASKED, NO_DUES, Verdict
from unionops.members.services import statements as services
from unionops.members.services.statements import Wanted
from unionops.members.views.area import of_everybody
from unionops.members.views.statements.area import MATCH, READ, area
from unionops.members.views.statements.files import GROUPS
from unionops.values.problems import Problem, RuleBroken, problem
from unionops.values.refs import Ref

SIGNS = {one.value: sign for _title, verdicts, sign in GROUPS for one in verdicts}


def reasons_of(line: StatementLine) -> list[str]:
    """Why it was judged so, and what keeps it from being booked."""
    said = [*line.proposal.get("reasons", ()), *([line.proposal["held"]] if line.proposal.get("held") else [])]
    return [say(Problem.of(one)) for one in said]


def _wanted() -> Waiting:
    verdict = request.args.get("verdict", "")
    number = request.args.get("file", type=int)
    return Waiting((verdict,) if verdict in words.VERDICTS else (), number, request.args.get("q", "").strip()[:60])


@area.screen("/queue", title=_l("待處理明細"), **READ, personal=True, parent="statements.index")
def queue():
    of_everybody()
    wanted = _wanted()
    counts = queries.counts(wanted.statement_id)
    total = len(queries.waiting_ids(wanted)) if wanted.text else queries.sums(counts, wanted.verdicts or tuple(counts))[0]
    paging = Paging(total)
    lines = queries.waiting(wanted, limit=paging.size, offset=paging.offset)
    people = queries.people(one for each in lines for one in each.proposal.get("people", ()))
    verdict = wanted.verdicts[0] if wanted.verdicts else ""
    keep = {"q": wanted.text or None, "file": wanted.statement_id}
    return page(
        "statements/queue.html", words=words, signs=SIGNS, verdict=verdict, paging=paging, q=wanted.text, file_id=wanted.statement_id,
        file=db.session.get(Statement, wanted.statement_id) if wanted.statement_id else None,
        rows=[
            SimpleNamespace(line=one, reasons=reasons_of(one), who=[people[each] for each in one.proposal.get("people", ()) if each in people]) for one in lines
        ],
        may_agree=verdict and verdict not in ASKED and verdict not in (Verdict.GIRO, Verdict.REVERSED),
        options=[("", _("全部"), not verdict), *((one, f"{words.VERDICTS[one]} {count:,}", one == verdict) for one, (count, _amount) in sorted(counts.items()) if one)],
        amount=queries.sums(counts, wanted.verdicts or tuple(counts))[1], keep=keep, here=here,
    )


@area.screen("/queue/<verdict>/agree", title=_l("全部照建議處理"), **MATCH, once=True, parent="statements.queue")
def agree(verdict: str):
    """Everything of one kind, as proposed."""
    of_everybody()
    if verdict not in words.VERDICTS:
        abort(404)
    form = ConfirmForm()
    count, amount = queries.counts().get(verdict, (0, 0))
    if form.validate_on_submit():
        with form.catching():
            done = services.agree(verdict, today=clock.today())
            flash(_("已處理 %(count)s 筆 %(amount)s 元。", count=f"{done.count:,}", amount=f"{done.amount:,}"), "success")
            if done.held:
                flash(_("%(count)s 筆現在不能照建議處理，留在待處理。", count=done.held), "warning")
            return redirect(url_for(".queue"))
    act = _("列暫收款，查明後再指定會員") if verdict in ("duplicate_payment", "unknown", "wrong_virtual_account") else (
        _("照摘要歸類") if verdict in NO_DUES else _("照建議入各會員的帳；多的列暫收款，少的仍欠"))
    return page(
        "statements/confirm.html", form=form, heading=_("全部處理：%(kind)s", kind=words.VERDICTS[verdict]), verb=_("處理 %(count)s 筆", count=f"{count:,}"), kind="main",
        back=url_for(".queue", verdict=verdict), will_change=_("%(count)s 筆共 %(amount)s 元：%(act)s。", count=f"{count:,}", amount=f"{amount:,}", act=act),
        unchanged=_("月份已結帳、開帳日之前，或對不到撥款的，留在待處理。"), undo=_("可以：每一筆都能單獨取消。"),
    )


def _the(line_id: int) -> StatementLine:
    of_everybody()
    found: StatementLine = db.session.get(StatementLine, line_id) or abort(404)
    return found


@area.screen("/lines/<int:line_id>", title=_l("對帳明細"), **MATCH, once=True, personal=True, parent="statements.queue")
def line(line_id: int):
    """One line beside what is proposed for it, and what can be done."""
    found = _the(line_id)
    people = queries.people(found.proposal.get("people", ()))
    for one in people:
        recording.subject(Ref("person", one))
    to = services.proposed(found)
    owed = dues.items_of(list(people)) if people else {}
    single = to[0].person_id if to and len({one.person_id for one in to}) == 1 else next(iter(people), None) if len(people) == 1 else None
    charges = by_order(owed.get(single, ())) if single else []
    form = with_charges([(one.id, _charge_words(one)) for one in charges])(
        _choices(found, bool(charges)), _accounts(found), _partners(found), data=_opened(found, to),
    )
    if form.validate_on_submit():
        with form.catching():
            _act(found, form, single, charges)
            flash(_("已處理。"), "success")
            return redirect(_next(found))
    others = queries.waiting_ids(Waiting()) if found.settled_at is None else []
    at = others.index(found.id) if found.id in others else -1
    return page(
        "statements/line.html", title=_("%(day)s　%(amount)s 元", day=show_date(found.moved_on), amount=f"{found.amount:,}"), form=form, line=found, words=words,
        sign=SIGNS.get(found.verdict, "off"), reasons=reasons_of(found), people=people, to=to, owed=owed, charges=charges, single=single,
        statement=db.session.get_one(Statement, found.statement_id), payments=queries.payments_of(found.id), partner=db.session.get(StatementLine, found.partner_id) if found.partner_id else None,
        before=others[at - 1] if at > 0 else None, after=others[at + 1] if 0 <= at < len(others) - 1 else None, place=at + 1, total=len(others),
        open_of={person: sum(one.open for one in some) for person, some in owed.items()},
    )


def _charge_words(one: Item) -> str:
    what = f"{KINDS[one.kind]} {months_of(one.kind, one.period_on, one.months)}".strip()
    return _("%(what)s　未繳 %(open)s 元", what=what, open=f"{one.open:,}")


def _choices(found: StatementLine, has_charges: bool) -> list[tuple[str, Any]]:
    if found.amount < 0:
        choices = [("reverse", _("銀行沖正：沖回那筆收款"))] if queries.same_amount(found) else []
        return [*choices, ("bank_fee", _("銀行手續費，記手續費")), ("transfer", _("轉到本會另一個帳戶")), ("elsewhere", _("支出，另行製作支出傳票"))]
    choices = [("agree", _("照建議入帳"))] if found.proposal.get("to") else []
    choices += [("people", _("指定會員"))]
    if has_charges:
        choices.append(("charges", _("指定要繳的項目")))
    choices.append(("suspense", _("列暫收款，之後再查")))
    return [
        *choices, ("store_settlement", _("超商撥款，沖在途款項")), ("employer_checkoff", _("雇主代扣款，沖在途款項")), ("transfer", _("從本會另一個帳戶轉來")),
        ("interest", _("利息，記其他收入")), ("elsewhere", _("退回的支出等，另行製票")),
    ]


def _opened(found: StatementLine, to: list[Wanted]) -> dict[str, Any]:
    by_verdict = {
        "interest": "interest", "bank_fee": "bank_fee", "store_settlement": "store_settlement", "employer_checkoff": "employer_checkoff", "giro_transfer": "transfer",
        "outgoing": "elsewhere", "returned_outgoing": "elsewhere", "reversal": "reverse", "duplicate_payment": "suspense", "unknown": "suspense", "wrong_virtual_account": "suspense",
    }
    data: dict[str, Any] = {
        "decision": "agree" if to else by_verdict.get(found.verdict, "people" if found.amount > 0 else "elsewhere"), "rest": "suspense",
        "partner": str(found.partner_id or ""),
    }
    by_person: dict[int, int] = {}
    for one in to:
        by_person[one.person_id] = by_person.get(one.person_id, 0) + one.amount
    for at, (person, amount) in enumerate(list(by_person.items())[:3], 1):
        data |= {f"person_{at}": Ref("person", person), f"amount_{at}": amount}
    return data


def _accounts(found: StatementLine) -> list[tuple[str, str]]:
    here_id = db.session.get_one(Statement, found.statement_id).bank_account_id
    held: list[BankAccount] = [one for one in union.bank_accounts() if one.id != here_id and one.until_on is None]
    return [(str(one.id), f"{one.bank}{one.branch} {one.masked_number}") for one in held]


def _partners(found: StatementLine) -> list[tuple[str, str]]:
    if found.amount >= 0:
        return []
    return [(str(one.id), f"{show_date(one.moved_on)}　{one.amount:,}　{one.memo or one.payer or one.code}") for one in queries.same_amount(found)]


def _act(found: StatementLine, form: Any, single: int | None, charges: list[Item]) -> None:
    today, decision, keep = clock.today(), form.decision.data, form.rest.data == "credit"
    if decision == "agree":
        services.settle(found, services.proposed(found), today=today, keep_rest=keep)
    elif decision == "people":
        services.settle(found, _people(found, form), today=today, keep_rest=keep)
    elif decision == "charges" and single is not None:
        parts = [(one.id, form[f"charge_{one.id}"].data) for one in charges if form[f"charge_{one.id}"].data]
        if not parts:
            raise RuleBroken(problem("decision", "請填至少一個項目的金額。", code="nothing"))
        services.settle(found, [Wanted(single, sum(part for _number, part in parts), to=parts)], today=today, keep_rest=keep)
    elif decision == "suspense":
        services.suspend(found, today=today)
    elif decision == "reverse":
        number = _picked(form.partner)
        partner = db.session.get(StatementLine, number) if number else None
        if partner is None:
            raise RuleBroken(problem("partner", "請選被沖正的是哪一筆。", code="partner_missing"))
        services.reverse(found, partner, today=today)
    else:
        services.set_aside(found, decision, today=today, other_account_id=_picked(form.other_account), note=form.note.data or "")


def _picked(field: Any) -> int | None:
    """The number chosen in a list that may not be shown at all."""
    return int(field.data) if field.data and field.data in {value for value, *_rest in field.choices} else None


def _people(found: StatementLine, form: Any) -> list[Wanted]:
    named = [(person.data.id, amount.data) for person, amount in form.shares if person.data is not None]
    if len(named) == 1 and named[0][1] is None:
        return [Wanted(named[0][0], found.amount)]
    if any(amount is None for _person, amount in named):
        raise RuleBroken(problem("amount_1", "有兩位以上會員時，每位都要填金額。", code="amount_missing"))
    return [Wanted(person, amount) for person, amount in named]


def _next(found: StatementLine) -> str:
    """The next line that waits, so that the queue is worked through without going back."""
    left = queries.waiting_ids(Waiting())
    return url_for(".line", line_id=left[0]) if left else url_for(".queue")


@area.screen("/lines/<int:line_id>/undo", title=_l("取消處理"), **MATCH, once=True, personal=True, parent="statements.line")
def undo(line_id: int):
    found, form = _the(line_id), UndoForm()
    if form.validate_on_submit():
        with form.catching():
            services.undo(found, why=form.why.data, today=clock.today())
            flash(_("已取消；這筆回到待處理。"), "success")
            return redirect(url_for(".line", line_id=line_id))
    return page(
        "statements/confirm.html", form=form, heading=_("取消處理：%(day)s　%(amount)s 元", day=show_date(found.moved_on), amount=f"{found.amount:,}"), verb=_("取消處理"), kind="stop",
        back=url_for(".line", line_id=line_id), will_change=_("這筆入的帳全部沖回，會費恢復未繳，已開的收據作廢。"), unchanged=_("原收款與沖回都留在帳上，不刪除。"), undo=_("可以：重新處理這一筆。"),
    )
