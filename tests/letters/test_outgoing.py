"""Letters sent, through the services: signed off, frozen, sent with proof, awaited."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.letters.conftest import BUREAU, due, letter, user, written
from unionops.core import clock
from unionops.core.attachments import services as attachments
from unionops.core.attachments.models import Attachment
from unionops.core.calendar.models import Deadline
from unionops.core.db import db, unit_of_work
from unionops.core.notify.models import Delivery
from unionops.letters.models import Receiver as Row
from unionops.letters.rules import Receiver, Role, State
from unionops.letters.services import bonds, outgoing
from unionops.values.problems import RuleBroken


def change(number, **given):
    with unit_of_work("test", "test"):
        return outgoing.change(letter(number), written(**given), belongs_to=None)


def receivers(number):
    db.session.rollback()
    return db.session.scalars(sa.select(Row).where(Row.letter_id == number).order_by(Row.place)).all()


def other_text():
    return {"body": {"subject": "另一個主旨"}}


# --- signing off


def test_the_president_signs_off_what_bears_his_name(desk):
    number = desk.draft()
    desk.ask(number)
    assert letter(number).state == State.SIGNING
    assert desk.decide(number, "chief") == ""
    assert desk.decide(number, "president") == "approved"
    assert letter(number).state == State.APPROVED


def test_the_secretary_general_is_enough_for_the_rest(desk):
    number = desk.draft(given={"signatory": "union"})
    desk.ask(number)
    assert desk.decide(number, "chief") == "approved"


def test_whoever_wrote_it_does_not_approve_it(desk):
    number = desk.draft(by="chief")
    desk.ask(number, by="chief")
    with pytest.raises(RuleBroken):
        desk.decide(number, "chief")


def test_returned_it_is_a_draft_again(desk):
    number = desk.draft()
    desk.ask(number)
    desk.decide(number, "chief", "returned", "說明二的日期有誤")
    assert letter(number).state == State.DRAFT
    desk.approve(number)
    assert letter(number).state == State.APPROVED


def test_while_it_is_signed_off_nobody_writes_in_it(desk):
    number = desk.draft()
    desk.ask(number)
    with pytest.raises(RuleBroken, match="撤回"):
        change(number, **other_text())
    with pytest.raises(RuleBroken), unit_of_work("test", "test"):
        outgoing.withdraw(letter(number), by=user(desk.people.other), now=clock.now())
    with unit_of_work("test", "test"):
        outgoing.withdraw(letter(number), by=user(desk.people.staff), now=clock.now())
    assert change(number, **other_text()) is False
    assert letter(number).subject == "另一個主旨"


def test_another_text_after_approval_voids_it(desk):
    number = desk.draft()
    desk.approve(number)
    assert change(number) is False
    assert letter(number).state == State.APPROVED
    assert change(number, **other_text()) is True
    assert letter(number).state == State.DRAFT
    with pytest.raises(RuleBroken, match="核可後"):
        desk.issue(number)


def test_what_was_changed_behind_the_approval_is_not_issued(desk):
    number = desk.draft()
    desk.approve(number)
    with unit_of_work("test", "test"):
        letter(number).subject = "偷改的主旨"
    with pytest.raises(RuleBroken, match="與核可時不同"):
        desk.issue(number)
    assert letter(number).number == ""


def test_asking_twice_is_refused(desk):
    number = desk.draft()
    desk.ask(number)
    with pytest.raises(RuleBroken, match="草稿"):
        desk.ask(number)


# --- issued


def test_issued_it_has_number_date_signer_and_a_frozen_paper(desk):
    number = desk.issued()
    held = letter(number)
    assert held.number == f"中市展演總字第{clock.today().year - 1911}0001號"
    assert (held.issued_on, held.signer_name, held.state) == (clock.today(), "黃志明", State.ISSUED)
    paper = db.session.get_one(Attachment, held.paper_id)
    content = attachments.content_of(paper.newest)
    assert content.startswith(b"%PDF")
    assert hashlib.sha256(content).hexdigest() == held.paper_hash
    with pytest.raises(RuleBroken, match="不能再改"):
        change(number, **other_text())
    with pytest.raises(RuleBroken, match="核可後"):
        desk.issue(number)


def test_a_confidential_paper_is_kept_encrypted_and_not_mailed(desk):
    number = desk.issued(given={"secrecy": "secret", "declassify": "辦畢解密"})
    assert db.session.get_one(Attachment, letter(number).paper_id).is_sensitive
    with pytest.raises(RuleBroken, match="密件"), unit_of_work("test", "test"):
        outgoing.mail(letter(number), letter(number).receivers, text="x", files=[], today=clock.today())


def test_without_a_president_nothing_goes_out_in_his_name(desk):
    number = desk.draft()
    desk.approve(number)
    with unit_of_work("test", "test"):
        user(desk.people.president).deactivated_at = clock.now()
    with pytest.raises(RuleBroken, match="署名"):
        desk.issue(number)
    assert letter(number).state == State.APPROVED


def test_a_deadline_that_passed_while_it_lay_is_told_at_issue(desk):
    number = desk.draft(given={"asked": due(-1)})
    desk.approve(number)
    with pytest.raises(RuleBroken, match="早於"):
        desk.issue(number)


def test_the_reply_is_awaited_from_the_day_of_issue(desk):
    number = desk.issued(given={"asked": due(14)})
    held = db.session.scalar(sa.select(Deadline).where(Deadline.ref_id == number, Deadline.kind == "letters.awaited"))
    assert held.latest_on == clock.today() + timedelta(days=14)
    with unit_of_work("test", "test"):
        outgoing.stop_waiting(letter(number), why="對方已電話說明", now=clock.now(), today=clock.today())
    assert letter(number).closed_on == clock.today()
    with pytest.raises(RuleBroken, match="沒有在等待"), unit_of_work("test", "test"):
        outgoing.stop_waiting(letter(number), why="x", now=clock.now(), today=clock.today())


# --- on its way


def test_sent_when_everybody_has_it(desk):
    number = desk.issued(given={"receivers": (Receiver(Role.ORIGINAL, BUREAU), Receiver(Role.COPY, "全國總工會"))})
    first, second = receivers(number)
    with unit_of_work("test", "test"):
        outgoing.send(db.session.get_one(Row, first.id), way="registered", sent_on=clock.today(), post_number="RR123", today=clock.today())
    assert letter(number).state == State.ISSUED
    with unit_of_work("test", "test"):
        outgoing.send(
            db.session.get_one(Row, second.id), way="hand", sent_on=clock.today(), signed_by="王小姐", delivered_on=clock.today(), today=clock.today()
        )
    assert (letter(number).state, letter(number).closed_on) == (State.SENT, clock.today())


@pytest.mark.parametrize(("given", "text"), [
    ({"way": "registered"}, "掛號號碼"), ({"way": "hand", "delivered_on": clock.today()}, "簽收人"),
    ({"sent_on": clock.today() - timedelta(days=1)}, "早於發文"), ({"sent_on": clock.today() + timedelta(days=1)}, "還沒到"),
])
def test_proof_that_cannot_be(desk, given, text):
    number = desk.issued()
    with pytest.raises(RuleBroken, match=text):
        desk.send(number, **given)


def test_a_draft_is_not_sent(desk):
    number = desk.draft()
    with pytest.raises(RuleBroken, match="發文後"):
        desk.send(number)


def test_the_mail_carries_the_frozen_paper(desk):
    number = desk.issued()
    with unit_of_work("test", "test"):
        outgoing.mail(letter(number), letter(number).receivers, text="檢送公文，請查收。", files=[], today=clock.today())
    row = db.session.scalar(sa.select(Delivery).where(Delivery.kind == "letters.mailed"))
    paper = db.session.get_one(Attachment, letter(number).paper_id)
    assert row.files == [paper.newest.id]
    assert row.address == "labor@example.tw"
    assert "http" not in row.body
    assert letter(number).state == State.SENT
    assert bonds.mails_of(letter(number))[receivers(number)[0].id][0] == "off"


def test_a_mail_needs_an_address_and_files_of_this_letter(desk, people):
    number = desk.issued(given={"receivers": (Receiver(Role.ORIGINAL, BUREAU),)})
    with pytest.raises(RuleBroken, match="沒有電子郵件"), unit_of_work("test", "test"):
        outgoing.mail(letter(number), letter(number).receivers, text="x", files=[], today=clock.today())
    other, mine = desk.issued(), desk.issued()
    with pytest.raises(RuleBroken, match="重新選擇"), unit_of_work("test", "test"):
        outgoing.mail(letter(mine), letter(mine).receivers, text="x", files=[letter(other).paper_id], today=clock.today())


# --- cancelled


def test_a_number_never_sent_may_be_cancelled_and_stays(desk):
    number = desk.issued(given={"asked": due(10)})
    with unit_of_work("test", "test"):
        outgoing.cancel(letter(number), why="受文者有誤", by=user(desk.people.staff), now=clock.now(), today=clock.today())
    assert letter(number).number
    assert letter(desk.issued()).sequence == 2


def test_what_was_sent_is_not_cancelled(desk):
    number = desk.issued()
    desk.send(number)
    with pytest.raises(RuleBroken, match="已經寄出"), unit_of_work("test", "test"):
        outgoing.cancel(letter(number), why="x", by=user(desk.people.staff), now=clock.now(), today=clock.today())


def test_cancelled_while_it_is_signed_off_the_asking_ends(desk):
    number = desk.draft()
    desk.ask(number)
    with unit_of_work("test", "test"):
        outgoing.cancel(letter(number), why="不發了", by=user(desk.people.staff), now=clock.now(), today=clock.today())
    assert letter(number).state == State.CANCELLED


def test_a_notice_is_put_up(desk):
    number = desk.issued(given={"form": "notice", "body": {"subject": "公告選舉", "matters": "甲\n乙"}, "receivers": ()})
    assert [one.name for one in receivers(number)] == ["本會公告欄"]
    desk.send(number, way="posted")
    assert letter(number).state == State.SENT
