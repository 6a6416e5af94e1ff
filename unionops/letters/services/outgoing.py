"""Letters sent: drafted, signed off, numbered and frozen, sent with proof, answered. What was signed off is what goes out.

The frozen paper is kept as an attachment; ``paper_hash`` is the fingerprint of its bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime

import sqlalchemy as sa

from unionops.core.accounts.models import User
from unionops.core.approvals import queries as asked
from unionops.core.approvals import services as approvals
from unionops.core.approvals.models import Approval
from unionops.core.approvals.registry import Step, chain
from unionops.core.attachments import services as attachments
from unionops.core.attachments.models import Attachment
from unionops.core.audit import recording
from unionops.core.calendar import services as calendar
from unionops.core.db import db, lock_row
from unionops.core.i18n import _l, listed
from unionops.core.notify import services as notify
from unionops.core.notify.registry import notice_kind
from unionops.letters import queries, rules
from unionops.letters.models import Answer, Letter, Receiver, Series
from unionops.letters.rules import FORMS, NUMBERED, SECRECIES, Asked, Direction, Draft, Role, State, Way
from unionops.letters.services import bonds
from unionops.letters.services.definitions import give_number, usual_series
from unionops.values.problems import RuleBroken, problem, words
from unionops.values.refs import Ref

DRAFTED = recording.sentence("letters.drafted", _l("起草 %(title)s"))
REWRITTEN = recording.sentence("letters.rewritten", _l("修改草稿 %(title)s"))
VOIDED = recording.sentence("letters.voided", _l("%(title)s 核可後修改，核可失效，須重新送核"))
ISSUED = recording.sentence("letters.issued", _l("發文 %(title)s"))
SENT = recording.sentence("letters.sent", _l("%(title)s 寄送 %(name)s"))
STOPPED = recording.sentence("letters.stopped", _l("%(title)s 不再等待回文：%(why)s"))
CANCELLED = recording.sentence("letters.out_cancelled", _l("%(title)s 作廢：%(why)s"))

MAILED = notice_kind("letters.mailed", title=_l("寄送公文"), choice=False)

PRESIDENT, SECRETARY, STAMP = "president", "secretary_general", "union"
SIGNATORIES = {PRESIDENT: _l("理事長署名"), SECRETARY: _l("總幹事署名"), STAMP: _l("機關條戳（工會名稱）")}
OFFICES = {PRESIDENT: "理事長", SECRETARY: "總幹事"}
"""The words printed before the signer's name, as on every paper in Chinese."""
BOARD_OF_NOTICES = "本會公告欄"


# --- the draft --------------------------------------------------------------------------------------------------------


def draft(
    written: Draft, *, by: User, owner: User | None = None, belongs_to: Ref | None = None, answers: Sequence[Letter] = (), now: datetime
) -> Letter:
    """A new draft, without a number. ``answers`` are the letters that it will answer once it is issued. Raises RuleBroken."""
    if problems := written.problems():
        raise RuleBroken(*problems)
    letter = Letter(direction=Direction.OUT, state=State.DRAFT, made_by=by, made_at=now, owner=owner or by)
    _write(letter, written)
    letter.belongs_to = belongs_to
    db.session.add(letter)
    db.session.flush()
    for question in answers:
        bonds.tie(question, letter)
    bonds.index(letter)
    recording.describe(DRAFTED, letter, title=letter.title)
    return letter


def change(letter: Letter, written: Draft, *, belongs_to: Ref | None) -> bool:
    """Another text for a draft; whether an approval became void by it. Raises RuleBroken while it is being signed off, and once it has a
    number."""
    if letter.state not in (State.DRAFT, State.APPROVED):
        why = "簽核中，不能修改；請經手人先撤回。" if letter.state == State.SIGNING else "已經發文或作廢，內容不能再改。"
        raise RuleBroken(problem("", why))
    if problems := written.problems():
        raise RuleBroken(*problems)
    _write(letter, written)
    letter.belongs_to = belongs_to
    voided = letter.state == State.APPROVED and written.digest != letter.approved_digest
    if voided:
        letter.state, letter.approved_digest = State.DRAFT, ""
    db.session.flush()
    bonds.index(letter)
    recording.describe(VOIDED if voided else REWRITTEN, letter, title=letter.title)
    return voided


def _write(letter: Letter, written: Draft) -> None:
    letter.form, letter.secrecy, letter.declassify = written.form, written.secrecy, written.declassify
    letter.subject = written.body["subject"].strip()
    letter.body = {key: text for key, text in written.body.items() if key != "subject" and text}
    letter.urgency, letter.enclosures, letter.signatory = written.urgency, written.enclosures, written.signatory
    letter.due_asked = written.asked.as_dict()
    letter.counterpart = written.counterpart or BOARD_OF_NOTICES
    kept = {(one.role, one.name, one.address, one.email): one for one in letter.receivers}
    typed = [(one.role.value, one.name, one.address, one.email) for one in written.receivers]
    if not FORMS[written.form].addressed:
        typed.insert(0, (Role.ORIGINAL.value, BOARD_OF_NOTICES, "", ""))
    letter.receivers = [
        kept.get(key) or Receiver(role=key[0], name=key[1], address=key[2], email=key[3]) for key in typed
    ]
    for place, one in enumerate(letter.receivers, 1):
        one.place = place


def written_of(letter: Letter) -> Draft:
    """The draft as it stands in the register: what its form shows again, and what an approval covers."""
    addressed = FORMS[letter.form].addressed
    receivers = tuple(
        rules.Receiver(Role(one.role), one.name, one.address, one.email)
        for one in letter.receivers if addressed or one.role != Role.ORIGINAL
    )
    return Draft(
        letter.form, {"subject": letter.subject, **letter.body}, receivers, letter.secrecy, letter.declassify, letter.urgency, letter.enclosures,
        letter.signatory, Asked.stored(letter.due_asked),
    )


# --- signing off ------------------------------------------------------------------------------------------------------


def _summary(letter: Letter) -> list[tuple[str, str]]:
    """All that is printed: whoever signs off reads it here, on a telephone too."""
    form = FORMS[letter.form]
    told = [(str(_l("文別")), form.title), (str(_l("受文者")), listed(one.name for one in letter.receivers))]
    if letter.is_secret:
        told.append((str(_l("密等")), f"{SECRECIES[letter.secrecy]}（{letter.declassify}）"))
    written = {"subject": letter.subject, **letter.body}
    for section in form.sections:
        if written.get(section.key):
            lines = rules.outline(written[section.key]) if section.listed else [rules.Line(0, "", written[section.key])]
            told.append((section.title, "\n".join(line.mark + line.text for line in lines)))
    told.append((str(_l("附件")), letter.enclosures or str(_l("無"))))
    told.append((str(_l("署名")), str(SIGNATORIES[letter.signatory])))
    return told


def _approved(letter: Letter, approval: Approval) -> None:
    letter.state, letter.approved_digest = State.APPROVED, written_of(letter).digest


def _returned(letter: Letter, approval: Approval, reason: str) -> None:
    if letter.state == State.SIGNING:
        letter.state = State.DRAFT


CHAIN = chain(
    "letters.out", title=_l("發文簽核"), kind=queries.KIND, summary=_summary, digest=lambda letter: written_of(letter).digest,
    steps=(Step("secretary_general"), Step("president", when=lambda letter: letter.signatory == PRESIDENT)),
    approved=_approved, returned=_returned,
).name


def ask_approval(letter: Letter, *, by: User, note: str, now: datetime) -> None:
    """Lays the draft before the secretary-general, and before the president where he signs. Raises RuleBroken unless it is a draft."""
    lock_row(letter)
    if letter.state != State.DRAFT:
        raise RuleBroken(problem("", "只有草稿可以送核。"))
    letter.state = State.SIGNING
    db.session.flush()
    approvals.ask(letter, CHAIN, by=by, note=note, now=now)


def withdraw(letter: Letter, *, by: User, now: datetime) -> None:
    """Its maker takes it back to go on writing. Raises RuleBroken for anybody else."""
    waiting = asked.open_of_record(bonds.pointer(letter), CHAIN)
    if waiting is None:
        raise RuleBroken(problem("", "這件公文沒有在簽核中。"))
    approvals.withdraw(waiting, by=by, now=now)


# --- issued -----------------------------------------------------------------------------------------------------------


def issue(
    letter: Letter, *, series: Series | None, by: User, paper: Callable[[Letter], bytes], today: date, now: datetime
) -> None:
    """The letter gets the next number and today's date; its paper is frozen. Letters that it answers are answered.

    ``paper`` sets it. Raises RuleBroken unless exactly this text was signed off.
    """
    lock_row(letter)
    written = written_of(letter)
    if letter.state != State.APPROVED:
        raise RuleBroken(problem("", "核可後才能發文。"))
    if written.digest != letter.approved_digest:
        raise RuleBroken(problem("", "內容與核可時不同，須重新送核。"))
    if problems := written.asked.problems(today):
        raise RuleBroken(*problems)
    letter.signer_name = queries.holder(letter.signatory) if letter.signatory in OFFICES else ""
    if letter.signatory in OFFICES and not letter.signer_name:
        raise RuleBroken(problem("", "系統裡沒有（或不只一位）現任%(office)s，無法署名。請系統管理員先設定角色。", office=words(OFFICES[letter.signatory])))
    give_number(letter, series or usual_series(Direction.OUT, today=today), today)
    letter.state, letter.issued_on = State.ISSUED, today
    db.session.flush()
    content = paper(letter)
    kept = attachments.add_content(
        bonds.pointer(letter), content, f"{letter.number}.pdf", title=letter.number, by=by, now=now, sensitive=letter.is_secret
    )
    letter.paper_id, letter.paper_hash = kept.id, hashlib.sha256(content).hexdigest()
    bonds.index(letter)
    bonds.set_due(letter, since=today, today=today)
    recording.describe(ISSUED, letter, title=letter.title)
    for question in _questions(letter):
        if question.state == State.OPEN:
            bonds.settle(question, State.ANSWERED, how=str(_l("以 %(number)s 回覆", number=letter.number)), now=now, today=today)


def _questions(letter: Letter) -> list[Letter]:
    return list(db.session.scalars(sa.select(Letter).join(Answer, Answer.question_id == Letter.id).where(Answer.answer_id == letter.id)))


# --- on its way -------------------------------------------------------------------------------------------------------


def hold(letter: Letter) -> None:
    """The letter and its receivers as they are now, until the end of the unit: of two who send or cancel at once the second sees what the
    first has done."""
    lock_row(letter)


def send(
    receiver: Receiver, *, way: str, sent_on: date, post_number: str = "", signed_by: str = "", delivered_on: date | None = None, today: date
) -> None:
    """How one receiver got the letter, with what proves it; also to complete what was written down before. Raises RuleBroken."""
    letter = receiver.letter
    hold(letter)
    if letter.state not in NUMBERED or letter.issued_on is None:
        raise RuleBroken(problem("", "發文後才能登錄寄送。"))
    problems = rules.delivery_problems(letter.issued_on, sent_on, delivered_on, today)
    if way == Way.REGISTERED and not post_number:
        problems.append(problem("post_number", "掛號要填掛號號碼。"))
    if way == Way.HAND and delivered_on is not None and not signed_by:
        problems.append(problem("signed_by", "專人送達要填簽收人。"))
    if problems:
        raise RuleBroken(*problems)
    receiver.way, receiver.sent_on, receiver.post_number = way, sent_on, post_number
    receiver.signed_by, receiver.delivered_on = signed_by, delivered_on
    _went_out(letter, [receiver], today)


def mail(letter: Letter, receivers: Sequence[Receiver], *, text: str, files: Sequence[int], today: date) -> int:
    """Mails the frozen letter, and those of its attachments, to receivers with an address; how many mails. Raises RuleBroken."""
    hold(letter)
    if letter.state not in NUMBERED:
        raise RuleBroken(problem("", "發文後才能寄送。"))
    if letter.is_secret:
        raise RuleBroken(problem("", "密件不以電子郵件寄送，請用雙掛號或專人送達。"))
    if unable := [one.name for one in receivers if not one.email]:
        raise RuleBroken(problem("to", "%(names)s沒有電子郵件地址。", names=unable))
    wanted = [letter.paper_id, *files]
    held = {one.id: one for one in db.session.scalars(sa.select(Attachment).where(Attachment.id.in_(wanted), Attachment.removed_at.is_(None)))}
    if letter.paper_id not in held:
        raise RuleBroken(problem("", "正式公文的 PDF 已從附件移除，請先取回。"))
    if any(number not in held or held[number].ref != bonds.pointer(letter) for number in files):
        raise RuleBroken(problem("files", "有附件已經移除，請重新選擇。"))
    versions = [held[number].newest.id for number in wanted if number is not None]
    for one in receivers:
        row = notify.mail_files(
            notify.Reader(one.name, one.email), kind=MAILED, subject=f"{letter.number} {letter.subject}", text=text, files=versions,
            pointer=bonds.pointer(letter),
        )
        one.way, one.sent_on, one.delivery_id = Way.MAIL, today, row.id
    _went_out(letter, receivers, today)
    return len(receivers)


def _went_out(letter: Letter, receivers: Iterable[Receiver], today: date) -> None:
    recording.describe(SENT, letter, title=letter.title, name=listed(one.name for one in receivers))
    if letter.state == State.ISSUED and all(one.sent_on is not None for one in letter.receivers):
        letter.state = State.SENT
        if not letter.due_asked:
            letter.closed_on = today


def stop_waiting(letter: Letter, *, why: str, now: datetime, today: date) -> None:
    """No reply will come, or none is needed any more. Raises RuleBroken when none was awaited."""
    if letter.state not in NUMBERED or not letter.due_asked or letter.closed_on is not None:
        raise RuleBroken(problem("", "這件公文沒有在等待回文。"))
    bonds.settle(letter, State(letter.state), how=str(_l("不再等待：%(why)s", why=why)), now=now, today=today)
    recording.describe(STOPPED, letter, title=letter.title, why=why)


def cancel(letter: Letter, *, why: str, by: User, now: datetime, today: date) -> None:
    """A draft is given up, or a number that was never sent: it stays in the register with the reason. What it was to answer waits again.

    Raises RuleBroken for a letter that has gone out: only another letter can take it back.
    """
    if letter.state == State.SIGNING:
        waiting = asked.open_of_record(bonds.pointer(letter), CHAIN)
        if waiting is not None:
            approvals.withdraw(waiting, by=by, now=now, why=why)
    hold(letter)  # After its approval, as everybody who signs off takes them.
    if letter.state == State.CANCELLED:
        raise RuleBroken(problem("", "%(title)s 已經作廢。", title=letter.title))
    if any(one.sent_on for one in letter.receivers):
        raise RuleBroken(problem("", "已經寄出的公文不能作廢；請另發一件更正或撤銷。"))
    title, questions = letter.title, _questions(letter)
    letter.state, letter.closed_on, letter.closing_reason = State.CANCELLED, today, why
    db.session.flush()
    calendar.withdraw(bonds.pointer(letter), why=str(_l("公文作廢：%(why)s", why=why)))
    for question in questions:
        if question.state == State.ANSWERED and not _is_answered(question) and question.received_on is not None:
            question.state, question.closed_on = State.OPEN, None
            bonds.set_due(question, since=question.received_on, today=today)
    recording.describe(CANCELLED, letter, title=title, why=why)


def _is_answered(question: Letter) -> bool:
    others = sa.select(Letter.id).join(Answer, Answer.answer_id == Letter.id).where(Answer.question_id == question.id, Letter.state.in_(NUMBERED))
    return db.session.scalar(others.limit(1)) is not None
