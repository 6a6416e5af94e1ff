"""Dues held back by employers: terms, lists that go out, answers that come back, booking, and what is decided about doubtful rows.

A list is locked while it changes: of two at once the second sees what the first has done. An answer may be read as often as it is
corrected until it is booked; what was booked is taken back as a whole, never edited. What belongs to nobody is booked in suspense.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from werkzeug.datastructures import FileStorage

from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.attachments import services as attachments
from unionops.core.audit import recording
from unionops.core.calendar import services as calendar
from unionops.core.calendar.registry import deadline_kind
from unionops.core.db import db, lock_row
from unionops.core.i18n import _l
from unionops.core.notify import services as notify
from unionops.core.notify.registry import notice_kind
from unionops.core.transfer.reading import read_table_file
from unionops.core.transfer.workbook import FileRefused, Limits
from unionops.core.union import queries as union
from unionops.members.models import CheckoffLine, CheckoffList, Consent, Employer, EmployerTerms, Payment, Person
from unionops.members.queries import checkoff as queries
from unionops.members.queries import dues
from unionops.members.rules import checkoff as rules
from unionops.members.rules.checkoff import Asked, ConsentBasis, Found
from unionops.members.rules.checkoff_sheets import Period, Returned, read
from unionops.members.rules.collecting import Channel, payment_problems
from unionops.members.rules.dues import months_on
from unionops.members.rules.membership import ConsentKind
from unionops.members.services.dues import paying
from unionops.values.problems import RuleBroken, problem
from unionops.values.refs import Ref

AGREED = recording.sentence("checkoff.agreed", _l("登錄與 %(name)s 的代扣約定，自 %(on)s 起"))
CHANGED = recording.sentence("checkoff.terms_changed", _l("修改與 %(name)s 的代扣約定"))
CONSENTED = recording.sentence("checkoff.consented", _l("登錄 %(count)s 人的代扣會費同意"))
MADE = recording.sentence("checkoff.made", _l("製作 %(name)s %(period)s代扣名冊，%(count)s 人 %(amount)s 元"))
SENT = recording.sentence("checkoff.sent", _l("送出 %(name)s %(period)s代扣名冊"))
DROPPED = recording.sentence("checkoff.dropped", _l("刪除 %(name)s %(period)s代扣名冊：%(why)s"))
READ = recording.sentence("checkoff.read", _l("讀入 %(name)s %(period)s回覆檔 %(file)s"))
BOOKED = recording.sentence("checkoff.booked", _l("%(name)s %(period)s代扣入帳 %(amount)s 元，其中暫收 %(held)s 元"))
TAKEN_BACK = recording.sentence("checkoff.taken_back", _l("撤回 %(name)s %(period)s代扣入帳：%(why)s"))
DECIDED = recording.sentence("checkoff.decided", _l("處理 %(name)s %(period)s代扣回覆的疑義列（%(number)s）"))

DUE = deadline_kind("checkoff.return", title=_l("代扣會費交付"), closes=_l("讀入雇主回覆檔並入帳即結案"))
MAILED = notice_kind("checkoff.list", title=_l("寄送代扣名冊"), choice=False)
LIMITS = Limits(file_bytes=10 * 2**20, unpacked_bytes=100 * 2**20, rows=50_000, cells=1_000_000)
MONTHS_AHEAD = 2
"""A list may be made so many months before its period begins: wages are paid in advance of the dues in some places."""
MAIL, PAPER, PORTAL = "mail", "paper", "portal"
ASSIGNED, REFUNDED, SAME, OTHER, NOTED = "assigned", "refunded", "same", "other", "noted"


def pointer(sheet: CheckoffList) -> Ref:
    return Ref(queries.KIND, sheet.id)


# --- terms and consents -----------------------------------------------------------------------------------------------


def set_terms(
    employer: Employer, terms: EmployerTerms | None, *, from_on: date, until_on: date | None, basis: str, agreement: str, months: int,
    hand_over_day: int, email: str, layout: dict[str, Any],
) -> EmployerTerms:
    """New terms with an employer, or ``terms`` written anew. Raises RuleBroken, also when two would hold on one day."""
    lock_row(employer)
    row = union.the_union()
    problems = rules.terms_problems(
        ConsentBasis(basis), agreement, kind=row.union_kind if row else None, from_on=from_on, until_on=until_on, hand_over_day=hand_over_day,
    )
    for other in queries.terms_of(employer.id):
        if other is not terms and other.from_on <= (until_on or date.max) and from_on <= (other.until_on or date.max):
            problems.append(problem("from_on", "與自 %(since)s 起的約定重疊；請先填那份約定的迄日。", since=other.from_on, code="overlap"))
    if problems:
        raise RuleBroken(*problems)
    is_new = terms is None
    terms = terms or EmployerTerms(employer_id=employer.id)
    terms.from_on, terms.until_on, terms.basis, terms.agreement, terms.months = from_on, until_on, basis, agreement.strip(), months
    terms.hand_over_day, terms.email, terms.layout = hand_over_day, email, layout
    db.session.add(terms)
    db.session.flush()
    recording.describe(AGREED if is_new else CHANGED, terms, name=employer.name, on=from_on)
    return terms


def record_consents(people: Sequence[int], *, given_on: date, how: str, text_version: str, today: date) -> int:
    """Writes down that these people agreed, leaving out whose consent is in force; how many were new. Raises RuleBroken."""
    if given_on > today:
        raise RuleBroken(problem("given_on", "同意日不得晚於今天。", code="date_in_future"))
    held = set(db.session.scalars(sa.select(Consent.person_id).where(
        Consent.person_id.in_(people), Consent.kind == ConsentKind.CHECK_OFF, Consent.withdrawn_on.is_(None),
    )))
    new = [person for person in dict.fromkeys(people) if person not in held]
    db.session.add_all([
        Consent(person_id=person, kind=ConsentKind.CHECK_OFF, given_on=given_on, how=how, text_version=text_version) for person in new
    ])
    recording.describe(CONSENTED, count=len(new))
    return len(new)


# --- the list that goes out -------------------------------------------------------------------------------------------


def preview(employer: Employer, period_on: date, *, carry: bool, today: date) -> tuple[EmployerTerms, list[rules.Wanted]]:
    """Who would be asked for, and who not and why. Raises RuleBroken where no list can be made for the period."""
    terms = queries.terms_on(employer.id, period_on, date.fromordinal(months_on(period_on, 1).toordinal() - 1))
    if terms is None:
        raise RuleBroken(problem("period_on", "這個月沒有有效的代扣約定。", code="no_terms"))
    if period_on > months_on(today, MONTHS_AHEAD):
        raise RuleBroken(problem("period_on", "最多只能提前 %(months)s 個月製作名冊。", months=MONTHS_AHEAD, code="too_early"))
    if other := queries.overlapping(employer.id, period_on, terms.months):
        raise RuleBroken(problem("period_on", "%(period)s的名冊已經製作。", period=rules.spoken(other.period_on, other.months), code="list_exists"))
    people = queries.candidates(employer.id, period_on, terms.months)
    return terms, rules.wanted(people, period_on, terms.months, basis=ConsentBasis(terms.basis), since=terms.from_on, carry=carry)


def make_list(employer: Employer, period_on: date, *, carry: bool = True, by: User | None, today: date) -> CheckoffList:
    """The list for a period, with its lines as they are now. Raises RuleBroken, also when nobody would stand on it."""
    lock_row(employer)
    period_on = period_on.replace(day=1)
    terms, found = preview(employer, period_on, carry=carry, today=today)
    asked = [one for one in found if one.left_out is None]
    if not asked:
        raise RuleBroken(problem("", "這一期沒有可以代扣的人；先開會費單，並登錄同意與員工編號。", code="nobody"))
    after = months_on(period_on, terms.months)
    due_on = date.fromordinal(min(after.toordinal() + terms.hand_over_day, months_on(after, 1).toordinal()) - 1)
    sheet = CheckoffList(
        employer=employer, terms=terms, period_on=period_on, months=terms.months, made_on=today, due_on=due_on,
        left_out=[[one.who.person_id, one.left_out] for one in found if one.left_out is not None],
        lines=[
            CheckoffLine(
                person_id=one.who.person_id, number=one.who.number, staff_number=one.who.staff_number, name=one.who.name,
                department=one.who.department, expected=one.share.total, carried=one.share.carried,
            )
            for one in asked
        ],
    )
    db.session.add(sheet)
    db.session.flush()
    calendar.put(
        pointer(sheet), DUE, title=f"{employer.name} {rules.spoken(period_on, terms.months)}代扣會費", latest_on=due_on, basis=rules.HAND_OVER, owner=by,
        today=today,
    )
    recording.describe(
        MADE, sheet, name=employer.name, period=rules.spoken(period_on, terms.months), count=len(asked), amount=sum(one.share.total for one in asked),
    )
    return sheet


def send(sheet: CheckoffList, *, how: str, on: date, today: date) -> None:
    """The list has gone to the employer on paper or through its own portal. Raises RuleBroken."""
    lock_row(sheet)
    if on > today or on < sheet.made_on:
        raise RuleBroken(problem("sent_on", "送出日要在製作日到今天之間。", code="bad_day"))
    sheet.sent_on, sheet.sent_how = on, how
    recording.describe(SENT, sheet, name=sheet.employer.name, period=_period(sheet))


def mail(sheet: CheckoffList, content: bytes, name: str, *, subject: str, text: str, by: User, today: date, now: datetime) -> None:
    """Mails the list, in the employer's own form, to the address of its terms. Raises RuleBroken when there is none."""
    lock_row(sheet)
    if not sheet.terms.email:
        raise RuleBroken(problem("", "代扣約定裡沒有電子郵件；請先填，或列印交付。", code="no_address"))
    kept = attachments.add_content(pointer(sheet), content, name, title=name, by=by, now=now, sensitive=True)
    notify.mail_files(
        notify.Reader(sheet.employer.contact or sheet.employer.name, sheet.terms.email), kind=MAILED, subject=subject, text=text,
        files=[kept.newest.id], pointer=pointer(sheet),
    )
    sheet.sent_on, sheet.sent_how = today, MAIL
    recording.describe(SENT, sheet, name=sheet.employer.name, period=_period(sheet))


def drop(sheet: CheckoffList, *, why: str) -> None:
    """Removes a list that no answer has come to. Raises RuleBroken otherwise."""
    lock_row(sheet)
    if sheet.returned_on is not None:
        raise RuleBroken(problem("", "雇主已經回覆，名冊不能刪除。", code="returned_already"))
    calendar.withdraw(pointer(sheet), why=why)
    recording.describe(DROPPED, sheet.employer, name=sheet.employer.name, period=_period(sheet), why=why)
    attachments.drop(pointer(sheet))
    db.session.delete(sheet)


# --- the answer -------------------------------------------------------------------------------------------------------


def read_answer(sheet: CheckoffList, file: FileStorage, *, anyway: bool, by: User | None, today: date, now: datetime) -> list[Found]:
    """Reads a returned file and judges every row. A corrected file replaces what the former one said, as long as nothing is booked.

    Raises RuleBroken for the wrong file, another employer's, the same again, and once it is booked; then nothing has changed.
    """
    lock_row(sheet)
    if sheet.booked_on is not None:
        raise RuleBroken(problem("file", "這份名冊已經入帳；要改用更正的檔案，先撤回入帳。", code="booked_already"))
    content, name = file.stream.read(), file.filename or ""
    file.stream.seek(0)
    fingerprint = hashlib.sha256(content).hexdigest()
    if fingerprint == sheet.fingerprint:
        raise RuleBroken(problem("file", "這個檔案已經讀入過，內容完全相同。", code="same_file"))
    told = db.session.scalar(
        sa.select(Employer.name).join(CheckoffList, CheckoffList.employer_id == Employer.id)
        .where(CheckoffList.fingerprint == fingerprint, CheckoffList.employer_id != sheet.employer_id).limit(1)
    )
    if told is not None:
        raise RuleBroken(problem("file", "這個檔案是 %(name)s 的回覆檔，已經讀入。", name=told, code="other_employers_file"))
    answer = _parsed(sheet, content, name)
    lines = queries.lines_of(sheet.id)
    mine = [one for one in lines if one.person_id is not None]
    asked = [Asked(one.id, one.staff_number, one.name, one.expected, one.number) for one in mine]
    numbers = {one.staff_number for one in asked}
    known = {number: held for number, held in queries.working_there(sheet.employer_id).items() if number not in numbers}
    found = rules.compare(asked, answer.entries, known=known, keys=sheet.terms.layout.get("keys") or (rules.STAFF,))
    problems = _named_wrong(sheet, answer, found) or rules.file_problems(found, answer.months, sheet.period_on, sheet.months, anyway=anyway)
    if problems:
        raise RuleBroken(*problems)
    attachments.add(pointer(sheet), file, title=f"{name}（雇主回覆檔）"[:200], sensitive=True, by=by, now=now, field="file")
    spare = _without_extras(sheet)
    by_id = {one.id: one for one in mine}
    for one in found:
        line = by_id[one.asked.line_id] if one.asked is not None else spare.pop(one.staff_number[:20], None) or CheckoffLine(staff_number=one.staff_number[:20])
        if one.asked is None:
            line.name = one.name[:120]
        line.verdict, line.received, line.applied = one.verdict, one.received if one.entries else None, one.applied
        line.reason, line.like, line.other_name = one.reason[:80], one.like[:20], one.other_name[:120]
        line.rows = [[row.place, [[month.isoformat() if month else "", amount] for month, amount in row.amounts], row.unread] for row in one.entries]
        line.decision, line.decided_at, line.decided_by_id, line.note = "", None, None, ""
        if one.asked is None:
            line.list_id = sheet.id
            db.session.add(line)
    sheet.returned_on, sheet.file_name, sheet.fingerprint, sheet.stated_total = today, name[:200], fingerprint, answer.stated
    sheet.transferred, sheet.transferred_on, sheet.fee = answer.transfer.amount, answer.transfer.on, answer.transfer.fee
    sheet.notices = [one.stored() for one in answer.notices[:50]]
    db.session.flush()
    db.session.expire(sheet, ["lines"])
    recording.describe(READ, sheet, name=sheet.employer.name, period=_period(sheet), file=name)
    return found


def _without_extras(sheet: CheckoffList) -> dict[str, CheckoffLine]:
    """Removes the rows that nobody was asked for; those that money was once booked from are only emptied, and may be used again."""
    wanted = sa.select(CheckoffLine).where(CheckoffLine.list_id == sheet.id, CheckoffLine.person_id.is_(None))
    extras = {one.id: one for one in db.session.scalars(wanted)}
    booked = set(db.session.scalars(sa.select(Payment.checkoff_line_id).where(Payment.checkoff_line_id.in_(list(extras)))))
    spare = {}
    for number, one in extras.items():
        if number not in booked:
            db.session.delete(one)
            continue
        one.verdict, one.received, one.applied, one.rows, one.like, one.reason = "", None, 0, [], "", ""
        spare[one.staff_number] = one
    return spare


def _parsed(sheet: CheckoffList, content: bytes, name: str) -> Returned:
    try:
        book = read_table_file(content, name, limits=LIMITS)
    except FileRefused as refusal:
        raise RuleBroken(refusal.problem) from refusal
    layout = sheet.terms.layout
    answer = read(book, Period(sheet.period_on, sheet.months), code=layout.get("code", ""), headings=layout.get("headings", {}))
    return replace(answer, notices=(*answer.notices, *book.notices))


def _named_wrong(sheet: CheckoffList, answer: Returned, found: Sequence[Found]) -> list[Any]:
    """A file that names another employer and hardly anybody of this list is that one's."""
    texts = " ".join(answer.texts)
    matched = sum(1 for one in found if one.asked is not None and one.entries)
    if not matched or matched * 2 < sum(1 for one in found if one.entries):
        for name in db.session.scalars(sa.select(Employer.name).where(Employer.id != sheet.employer_id)):
            if name in texts and sheet.employer.name not in texts:
                return [problem("file", "檔案寫的是 %(name)s，不是 %(ours)s。", name=name, ours=sheet.employer.name, code="wrong_employer")]
    return []


# --- booking ----------------------------------------------------------------------------------------------------------


def book(
    sheet: CheckoffList, *, received_on: date | None, transferred: int | None, fee: int, differences_seen: bool, today: date
) -> list[int]:
    """Books an answer: for each person what is his by number, to the dues that the list named; all else in suspense. The money is in
    transit until the bank tells of it. Raises RuleBroken, also while a difference of totals was not acknowledged."""
    paying.one_batch_at_a_time()
    lock_row(sheet)
    if sheet.returned_on is None:
        raise RuleBroken(problem("", "還沒有讀入雇主的回覆檔。", code="not_returned"))
    if sheet.booked_on is not None:
        raise RuleBroken(problem("", "這份名冊已經入帳。", code="booked_already"))
    lines = queries.lines_of(sheet.id)
    received = sum(one.received or 0 for one in lines)
    problems = payment_problems(max(received, 1), received_on, today=today)
    if transferred is not None and transferred < 0:
        problems.append(problem("transferred", "匯入金額不得小於 0。", code="amount_not_positive"))
    if fee < 0 or fee > max(received, 0):
        problems.append(problem("fee", "匯費不得小於 0，也不得大於扣款總額。", code="bad_fee"))
    differs = (sheet.stated_total is not None and sheet.stated_total != received) or (transferred is not None and transferred + fee != received)
    if differs and not differences_seen:
        problems.append(problem("differences_seen", "合計或匯款與各列相加不同；請看過差額再勾選。", code="differs"))
    if problems:
        raise RuleBroken(*problems)
    assert received_on is not None
    people = [one.person_id for one in lines if one.person_id is not None and one.applied > 0]
    items = dues.items_of(people)
    since = sheet.terms.from_on
    words = f"{_period(sheet)}代扣"
    payments = []
    for one in lines:
        source = paying.Source(checkoff_line_id=one.id)
        if one.person_id is not None and one.applied > 0:
            to = rules.to_charges(items.get(one.person_id, ()), one.applied, sheet.period_on, sheet.months, since=since, carried=one.carried)
            payments.append(paying.Received(one.person_id, one.applied, received_on, Channel.CHECKOFF, source, sheet.employer.name, words, to))
        if (held := (one.received or 0) - one.applied) > 0:
            payments.append(paying.Received(None, held, received_on, Channel.CHECKOFF, source, one.name or sheet.employer.name, f"{words} {one.staff_number}"))
    if not payments:
        raise RuleBroken(problem("", "回覆檔裡沒有可以入帳的金額。", code="nothing"))
    ids = paying.receive_many(payments, today=today)
    sheet.booked_on, sheet.transferred, sheet.fee = received_on, transferred, fee
    calendar.close(pointer(sheet), DUE, how=str(_l("回覆檔已入帳")), now=clock.now())
    booked = sum(one.amount for one in payments)
    recording.describe(
        BOOKED, sheet, name=sheet.employer.name, period=_period(sheet), amount=booked, held=sum(one.amount for one in payments if one.person_id is None),
    )
    return ids


def take_back(sheet: CheckoffList, *, why: str, on: date, by: User | None, today: date) -> int:
    """Takes back all that was booked from a list, so that a corrected answer can be read; how many payments. Raises RuleBroken."""
    paying.one_batch_at_a_time()
    lock_row(sheet)
    if sheet.booked_on is None:
        raise RuleBroken(problem("", "這份名冊沒有入帳。", code="not_booked"))
    if sheet.statement_line_id is not None:
        raise RuleBroken(problem("", "這筆匯款已經與銀行明細核對；先在對帳撤銷，再撤回入帳。", code="deposit_settled"))
    if not why.strip():
        raise RuleBroken(problem("why", "要寫理由。", code="reason_missing"))
    payments = [one for one in queries.payments_of([sheet.id]) if _standing(one) > 0]
    if queries.refunded(sheet.id):
        raise RuleBroken(problem("", "有一筆已經退還，不能整批撤回。", code="given_back"))
    paying.take_back_all(payments, why=why, on=on, today=today)
    for line in queries.lines_of(sheet.id):
        line.decision, line.decided_at, line.decided_by_id, line.note = "", None, None, ""
    sheet.booked_on = None
    sheet.fingerprint = ""  # The same file may be read once more.
    calendar.put(
        pointer(sheet), DUE, title=f"{sheet.employer.name} {_period(sheet)}代扣會費", latest_on=sheet.due_on, basis=rules.HAND_OVER, owner=by, today=today,
        reopen=True,
    )
    recording.describe(TAKEN_BACK, sheet, name=sheet.employer.name, period=_period(sheet), why=why)
    return len(payments)


def _standing(payment: Payment) -> int:
    """NT$ of a payment that were not taken back."""
    return paying.left_of(payment) + sum(part for _charge, _kind, part in paying.allotted_of(payment))


# --- what is decided about doubtful rows ------------------------------------------------------------------------------


def assign(line: CheckoffLine, person: Person, *, by: User, now: datetime, today: date) -> None:
    """What a row brought beyond somebody's own part is this person's after all: a wrong number, too much held back. It pays the dues up
    to the list's period; what is left is the person's credit. Raises RuleBroken."""
    sheet, payments = _held(line)
    for payment in payments:
        items = dues.items_of([person.id]).get(person.id, [])
        to = rules.to_charges(items, paying.left_of(payment), sheet.period_on, sheet.months, since=sheet.terms.from_on)
        paying.identify(payment, person, today=today, to=to)
        db.session.flush()  # What is open is read again for the next one.
    _decided(line, ASSIGNED, note=person.name, by=by, now=now)


def refund(line: CheckoffLine, *, why: str, on: date, by: User, now: datetime, today: date) -> None:
    """What was held back too much goes back to the employer or the person, from the bank. Raises RuleBroken."""
    _sheet, payments = _held(line)
    for payment in payments:
        paying.refund(payment, amount=paying.left_of(payment), why=why, on=on, today=today)
    _decided(line, REFUNDED, note=why, by=by, now=now)


def settle_name(line: CheckoffLine, *, same: bool, why: str, by: User, now: datetime, today: date) -> None:
    """The name in the file is not ours: it is the same person all the same, or it is not and the money goes into suspense. Raises RuleBroken."""
    sheet = _waiting(line)
    if not line.other_name:
        raise RuleBroken(problem("", "這一列的姓名與名冊相同。", code="no_other_name"))
    if same and (line.received or 0) <= line.applied:
        _decided(line, SAME, note=why, by=by, now=now)
        return
    if same:  # The money above his part still asks.
        line.other_name, line.note = "", f"{line.other_name}：同一人"
        return
    if sheet.booked_on is not None:
        for payment in queries.payments_of_line(line.id):
            if payment.person_id == line.person_id and (amount := _standing(payment)):
                paying.take_back(payment, why=f"{line.staff_number} 不是同一人", on=today, today=today)
                paying.receive(
                    None, amount=amount, received_on=today, channel=Channel.CHECKOFF, today=today, payer=line.other_name,
                    note=f"{_period(sheet)}代扣 {line.staff_number}", source=paying.Source(checkoff_line_id=line.id),
                )
    line.applied = 0
    # The row still asks: whose is it then?
    line.other_name, line.note = "", f"{line.other_name}：{why}"[:200]
    recording.describe(DECIDED, sheet, name=sheet.employer.name, period=_period(sheet), number=line.staff_number)


def note(line: CheckoffLine, *, why: str, by: User, now: datetime) -> None:
    """Nothing is to be booked: the row is answered for in words (a negative amount, one that is none). Raises RuleBroken while money of
    it waits in suspense."""
    sheet = _waiting(line)
    if (line.received or 0) > line.applied and (sheet.booked_on is None or queries.suspended(line.id)):
        raise RuleBroken(problem("", "這一列還有款項暫收，請指定會員或退還。", code="money_waits"))
    if not why.strip():
        raise RuleBroken(problem("why", "要寫說明。", code="reason_missing"))
    _decided(line, NOTED, note=why, by=by, now=now)


def _waiting(line: CheckoffLine) -> CheckoffList:
    sheet = db.session.get_one(CheckoffList, line.list_id)
    lock_row(sheet)
    db.session.refresh(line)
    if line.decision:
        raise RuleBroken(problem("", "這一列已經有人處理。", code="decided_already"))
    return sheet


def _held(line: CheckoffLine) -> tuple[CheckoffList, list[Payment]]:
    """The list, and the payments in suspense that a row brought."""
    sheet = _waiting(line)
    if sheet.booked_on is None:
        raise RuleBroken(problem("", "先入帳，再處理暫收的款項。", code="not_booked"))
    found = [one for one, _left in queries.suspended(line.id)]
    if not found:
        raise RuleBroken(problem("", "這一列的款項已經在別處處理。", code="decided_already"))
    return sheet, found


def _decided(line: CheckoffLine, how: str, *, note: str, by: User, now: datetime) -> None:
    line.decision, line.decided_at, line.decided_by_id, line.note = how, now, by.id, note[:200]
    sheet = db.session.get_one(CheckoffList, line.list_id)
    recording.describe(DECIDED, sheet, name=sheet.employer.name, period=_period(sheet), number=line.staff_number)


def settle_deposit(sheet: CheckoffList, statement_line_id: int | None) -> None:
    """The bank told of the list's money on this line (None: the match was undone). Its voucher is the statement's to post."""
    lock_row(sheet)
    if statement_line_id is not None and (sheet.booked_on is None or sheet.statement_line_id is not None):
        raise RuleBroken(problem("", "這份名冊還沒入帳，或匯款已經核對。", code="not_awaited"))
    sheet.statement_line_id = statement_line_id


def _period(sheet: CheckoffList) -> str:
    return rules.spoken(sheet.period_on, sheet.months)
