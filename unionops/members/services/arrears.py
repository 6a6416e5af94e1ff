"""What is done about arrears: letters sent, measures proposed, how letters fared, agreements made and ended.

Whose step is due is asked again while nobody else can write: of two clerks, or of one who presses twice, the second finds it taken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from unionops.core.accounts.models import User
from unionops.core.audit import recording
from unionops.core.calendar import services as calendar
from unionops.core.calendar.registry import deadline_kind
from unionops.core.db import bulk_insert, db, hold_data, lock_row, touch_data
from unionops.core.i18n import _l
from unionops.core.notify import services as notify
from unionops.core.notify.registry import notice_kind
from unionops.law.basis import Basis
from unionops.letters.models import Letter
from unionops.letters.rules import NUMBERED, Direction
from unionops.members.models import Dunning, DunningRun, Instalment, InstalmentPlan, Person
from unionops.members.queries import arrears as queries
from unionops.members.queries import dues
from unionops.members.queries.arrears import Behind, Debtor, Filter
from unionops.members.rules import arrears as rules
from unionops.members.rules.arrears import Promise, Step
from unionops.members.rules.measures import MeasureKind
from unionops.members.services import life
from unionops.members.services.dues.paying import one_batch_at_a_time
from unionops.values.problems import RuleBroken, problem
from unionops.values.refs import Ref

SENT = recording.sentence("arrears.sent", _l("寄發%(step)s，%(count)s 人，欠費共 %(amount)s 元"))
PROPOSED = recording.sentence("arrears.proposed", _l("%(step)s，%(count)s 人，欠費共 %(amount)s 元"))
FARED = recording.sentence("arrears.fared", _l("登錄催繳送達情形，%(count)s 件"))
ENDED = recording.sentence("arrears.run_closed", _l("催繳限期已過，結案：%(how)s"))
AGREED = recording.sentence("arrears.agreed", _l("與 %(name)s 協議分期，欠費 %(amount)s 元，%(count)s 期"))
PLAN_ENDED = recording.sentence("arrears.plan_ended", _l("終止 %(name)s 的分期協議：%(why)s"))

PAY_BY = deadline_kind("arrears.pay_by", title=_l("催繳限期"), closes=_l("限期過後看過未繳者，在催繳批次結案"))
MAILED = notice_kind("arrears.mailed", title=_l("繳費通知"), choice=False)

STEPS = {
    Step.NOTICE: _l("繳費通知"), Step.FORMAL: _l("催繳函"), Step.SUSPENSION: _l("提案停權"), Step.EXPULSION: _l("提案除名"), Step.FINAL: _l("結清通知"),
}
MAIL, POST, REGISTERED, HAND = "mail", "post", "registered", "hand"
WAYS = {MAIL: _l("電子郵件"), POST: _l("平信"), REGISTERED: _l("掛號"), HAND: _l("專人送達")}
KINDS = {Step.SUSPENSION: MeasureKind.SUSPENSION, Step.EXPULSION: MeasureKind.EXPULSION}


def send(
    step: Step, wanted: Filter, reader: Any, *, way: str, pay_by: date, text: str = "", letter: Letter | None = None, by: User | None,
    seen: tuple[int, int] | None = None, mail: Callable[[DunningRun, Behind, Debtor], str] | None = None, today: date,
) -> DunningRun:
    """Takes a step that is a letter, for everybody whose step it is among those meant. ``seen`` is (people, NT$) that somebody agreed to;
    ``mail`` writes the text for those whose letter goes by mail. Raises RuleBroken."""
    one_batch_at_a_time("arrears")
    chosen = _whose(step, wanted, reader, seen, today)
    problems = rules.pay_by_problems(today, pay_by, queries.charter(today)) + rules.text_problems(text)
    if step is Step.FORMAL and way not in (REGISTERED, HAND):
        problems.append(problem("way", "催繳函要保留送達證明，請用掛號或專人送達。", code="way_without_proof"))
    if letter is not None and (letter.direction != Direction.OUT or letter.state not in NUMBERED):
        problems.append(problem("letter", "請選已經發文編號的公文。", code="letter_not_issued"))
    if problems:
        raise RuleBroken(*problems)
    run = _run(step, chosen, pay_by=pay_by, text=text, letter=letter, by=by, today=today)
    known = queries.debtors([one.person_id for one in chosen])
    ways = {one.person_id: (MAIL if known[one.person_id].email else POST) if way == MAIL else way for one in chosen}
    bulk_insert(Dunning.__table__, ("person_id", "run_id", "step", "sent_on", "pay_by", "amount", "months", "way", "proof"), [  # type: ignore[arg-type]
        (one.person_id, run.id, step.value, today, pay_by, one.amount, one.months, ways[one.person_id], "") for one in chosen
    ], reason="dunning")
    if mail is not None:
        notify.mail_secrets(
            [
                (notify.Reader(known[one.person_id].name, known[one.person_id].email), mail(run, one, known[one.person_id]))
                for one in chosen if ways[one.person_id] == MAIL
            ],
            subject=STEPS[step], kind=MAILED, pointer=Ref("dunning_run", run.id),
        )
    if step is Step.FORMAL:
        calendar.put(
            Ref("dunning_run", run.id), PAY_BY, title=str(_l("催繳函限期（%(count)s 人）", count=len(chosen))), latest_on=pay_by,
            basis=Basis("charter.arrears_pay_days", "章程", pay_by, (("寄發日", today),), source="charter", confidence="derived"), owner=by, today=today,
        )
    recording.describe(SENT, run, step=STEPS[step], count=len(chosen), amount=run.counts["amount"])
    return run


def propose(
    step: Step, wanted: Filter, reader: Any, *, clause: str, by: User | None, seen: tuple[int, int] | None = None, today: date,
) -> DunningRun:
    """Proposes suspension or expulsion of everybody whose step it is among those meant; hearing and resolution are what follows. All are
    proposed or none. Raises RuleBroken."""
    one_batch_at_a_time("arrears", "members")
    chosen = _whose(step, wanted, reader, seen, today)
    run = _run(step, chosen, pay_by=today, text="", letter=None, by=by, today=today)
    stays = queries.memberships_of([one.person_id for one in chosen], today)
    for one in chosen:
        if (membership := stays.get(one.person_id)) is None:
            raise RuleBroken(problem("", "有人已經出會，請重新看過名單。", code="stale"))
        made = life.propose_measure(
            membership, KINDS[step], ground=f"欠繳會費 {one.months} 個月，共 {one.amount:,} 元，經催繳未繳。", clause=clause, on=today, by=by,
            origin=Ref("dunning_run", run.id), today=today,
        )
        db.session.add(Dunning(
            person_id=one.person_id, run_id=run.id, step=step, sent_on=today, pay_by=today, amount=one.amount, months=one.months,
            belongs_to=Ref("measure", made.id),
        ))
    recording.describe(PROPOSED, run, step=STEPS[step], count=len(chosen), amount=run.counts["amount"])
    return run


def _whose(step: Step, wanted: Filter, reader: Any, seen: tuple[int, int] | None, today: date) -> list[Behind]:
    rows = queries.behind(reader, today, wanted)
    due = queries.steps_due(rows, today)
    chosen = queries.asked_of(rows, due, step)
    if not chosen:
        raise RuleBroken(problem("", "現在沒有人該走這一步；可能剛剛已經有人辦理。", code="nothing_due"))
    if seen is not None and seen != (len(chosen), sum(one.amount for one in chosen)):
        raise RuleBroken(problem("", "預覽之後有人繳費或資料更動，請重新看過名單。", code="stale"))
    return chosen


def _run(
    step: Step, chosen: Sequence[Behind], *, pay_by: date, text: str, letter: Letter | None, by: User | None, today: date
) -> DunningRun:
    run = DunningRun(
        step=step, sent_on=today, pay_by=pay_by, text=text.strip(), belongs_to=Ref("letter", letter.id) if letter is not None else None,
        counts={"people": len(chosen), "amount": sum(one.amount for one in chosen)}, by_user_id=by.id if by is not None else None,
    )
    db.session.add(run)
    db.session.flush()  # Its letters point to it.
    touch_data("arrears")
    return run


def close_run(run: DunningRun, *, how: str, now: datetime) -> None:
    """The time to pay of formal notices is over and somebody has seen who did not pay."""
    calendar.close(Ref("dunning_run", run.id), PAY_BY, how=how, now=now)
    recording.describe(ENDED, run, how=how)


# --- how letters fared ------------------------------------------------------------------------------------------------


def record_delivery(
    letters: Sequence[Dunning], *, delivered_on: date | None, returned_on: date | None, proof: str, today: date, anew: bool = False
) -> None:
    """These letters arrived, or came back. What was recorded before is replaced only where somebody says so (``anew``). Raises RuleBroken."""
    if not letters:
        raise RuleBroken(problem("", "請勾選要登錄的人。", code="nothing_chosen"))
    hold_data("arrears")
    for one in letters:
        lock_row(one)
        if Step(one.step).proposes:
            raise RuleBroken(problem("", "提案沒有送達可登錄。", code="no_letter"))
        if problems := rules.delivery_problems(one.sent_on, delivered_on, returned_on, proof, today):
            raise RuleBroken(*problems)
        if not anew and (one.delivered_on or one.returned_on):
            raise RuleBroken(problem("", "有人的送達情形已經登錄過；要更正請到那一件。", code="recorded_already"))
        one.delivered_on, one.returned_on, one.proof = delivered_on, returned_on, proof.strip()
    touch_data("arrears")
    recording.describe(FARED, count=len(letters))


# --- agreements -------------------------------------------------------------------------------------------------------


def agree(person: Person, promises: Sequence[Promise], *, agreed_on: date, note: str, today: date) -> InstalmentPlan:
    """An agreement over all that is overdue. Raises RuleBroken; one agreement at a time."""
    hold_data("arrears")
    lock_row(person)
    running = [one for one in queries.plans(today, people=[person.id], running=True) if one.rest > 0]
    if running:
        raise RuleBroken(problem("", "這位會員已有分期協議；要重訂請先終止舊的。", code="agreed_already"))
    total = sum(one.open for one in queries.covered(dues.items_of([person.id]).get(person.id, ()), agreed_on))
    if problems := rules.plan_problems(promises, total, agreed_on, today):
        raise RuleBroken(*problems)
    plan = InstalmentPlan(person_id=person.id, agreed_on=agreed_on, total=total, note=note.strip())
    plan.instalments = [Instalment(due_on=one.due_on, amount=one.amount) for one in promises]
    db.session.add(plan)
    db.session.flush()
    touch_data("arrears")
    recording.describe(AGREED, person, name=person.name, amount=total, count=len(promises))
    return plan


def end_plan(plan: InstalmentPlan, *, why: str, on: date, today: date) -> None:
    """The agreement ends: what it covered counts as arrears again from this day. Raises RuleBroken."""
    hold_data("arrears")
    lock_row(plan)
    problems = [] if why.strip() else [problem("why", "要寫理由。", code="reason_missing")]
    if plan.ended_on is not None:
        problems.append(problem("", "這份協議已經終止。", code="ended_already"))
    if not plan.agreed_on <= on <= today:
        problems.append(problem("on", "終止日須在協議日到今天之間。", code="ended_when"))
    if problems:
        raise RuleBroken(*problems)
    person = db.session.get_one(Person, plan.person_id)
    plan.ended_on, plan.ended_why = on, why.strip()
    touch_data("arrears")
    recording.describe(PLAN_ENDED, person, name=person.name, why=why.strip())
