"""What is done to a letter by its small screens: sent with proof, given, filed, taken up again, no longer awaited, taken back, cancelled.

Each as its page shows it, and each refused: what was typed stays in its field, and nothing has changed.
"""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.letters.conftest import BUREAU, due, letter, user
from unionops.core import clock
from unionops.core.attachments.models import Attachment
from unionops.core.audit.models import AuditEntry
from unionops.core.calendar.models import Deadline
from unionops.core.db import db, unit_of_work
from unionops.core.i18n import show_date
from unionops.core.notify.models import Notice
from unionops.letters.models import Letter
from unionops.letters.models import Receiver as Row
from unionops.letters.rules import Receiver, Role, State
from unionops.letters.services import incoming, outgoing

TODAY = clock.today()
WHY = "例行通報，已傳閱"
UNSENT = "||||"
REGISTERED = {"seen": UNSENT, "way": "registered", "sent_on": show_date(TODAY), "post_number": "123456", "signed_by": "收發室", "delivered_on": show_date(TODAY)}
TWO = {"receivers": (Receiver(Role.ORIGINAL, BUREAU), Receiver(Role.COPY, "全國總工會"))}
TOO_LONG = "字" * 201


@pytest.fixture
def staff(people, browser):
    return browser.as_(user(people.staff))


def receivers(number):
    db.session.rollback()
    return list(db.session.scalars(sa.select(Row.id).where(Row.letter_id == number).order_by(Row.place)))


def receiver(number):
    db.session.rollback()
    return db.session.get_one(Row, number)


def deadline(number):
    db.session.rollback()
    return db.session.scalars(sa.select(Deadline).where(Deadline.ref_kind == "letter", Deadline.ref_id == number)).one()


def everything():
    """All that an act could have changed, the audit and what people were told among it."""
    db.session.rollback()
    told = [db.session.execute(sa.select(*model.__table__.columns).order_by(model.id)).all() for model in (Letter, Row, Deadline, Notice, Attachment)]
    return told, db.session.scalar(sa.select(sa.func.count()).select_from(AuditEntry).where(AuditEntry.kind.in_(("change", "event"))))


def unit(act, number, **more):
    """Somebody else does this to the letter meanwhile."""
    with unit_of_work("test", "test"):
        act(letter(number), **more)


def refused(browser, endpoint, data, status=422, **arguments):
    """The page of a refusal, after which everything is as it was and what was typed is shown again."""
    before = everything()
    page = browser.post(endpoint, data, status=status, **arguments)
    assert everything() == before
    for name, typed in data.items() if status == 422 else ():
        if isinstance(typed, str) and name != "owner":
            assert page.value(name) == typed.strip()
    return page


def in_signing(desk):
    number = desk.draft()
    desk.ask(number)
    return number


def awaiting(desk):
    return desk.issued(given={"asked": due(20)})


def filed(desk):
    number = desk.register(given={"asked": due(9)})
    unit(incoming.file, number, why=WHY, now=clock.now(), today=TODAY)
    return number


# --- as their pages show it


def test_the_proof_of_delivery_stands_on_the_letters_page(staff, desk):
    number = desk.issued(given=TWO)
    first, second = receivers(number)
    form = staff.get("letters.send", letter_id=number, receiver_id=first)
    assert form.value("sent_on") == show_date(TODAY)
    page = staff.post("letters.send", REGISTERED | {"files": (io.BytesIO(b"%PDF-1.4\n%%EOF"), "回執.pdf")}, letter_id=number, receiver_id=first)
    assert page.location.endswith(f"/letters/{number}")
    shown = staff.get("letters.letter", letter_id=number).text
    for told in (f"已登錄寄送{BUREAU}", "掛號 123456", show_date(TODAY), "收發室簽收", f"送達證明：{BUREAU}", f"寄送 {BUREAU}", "未寄"):
        assert told in shown, told
    assert letter(number).state == State.ISSUED
    staff.post("letters.send", {"seen": UNSENT, "way": "post", "sent_on": show_date(TODAY)}, letter_id=number, receiver_id=second)
    assert letter(number).state == State.SENT
    assert "未寄" not in staff.get("letters.letter", letter_id=number).text


def test_the_day_of_delivery_is_added_later(staff, desk):
    number = desk.issued()
    (one,) = receivers(number)
    staff.post("letters.send", REGISTERED | {"delivered_on": "", "signed_by": ""}, letter_id=number, receiver_id=one)
    assert "補登送達" in staff.get("letters.letter", letter_id=number).text
    form = staff.get("letters.send", letter_id=number, receiver_id=one)
    assert (form.value("way"), form.value("post_number"), form.value("delivered_on")) == ("registered", "123456", "")
    staff.post("letters.send", REGISTERED | {"seen": form.value("seen")}, letter_id=number, receiver_id=one)
    assert receiver(one).delivered_on == TODAY


def test_given_it_has_another_owner_who_is_told(staff, desk, people, browser):
    number = desk.register(owner=user(people.staff), given={"asked": due(9)})
    staff.post("letters.give", {"owner": str(people.other)}, letter_id=number)
    shown = staff.get("letters.letter", letter_id=number).text
    assert "已分給陳美惠承辦" in shown
    assert "分給 陳美惠 承辦" in shown
    assert deadline(number).owner_id == people.other
    assert "公文分辦" in browser.as_(user(people.other)).get("notify.inbox").text


def test_who_gives_a_confidential_letter_away_is_led_to_what_he_may_still_see(people, browser, desk):
    number = desk.register(owner=user(people.other), given={"secrecy": "secret"})
    other = browser.as_(user(people.other))
    page = other.post("letters.give", {"owner": str(people.accountant)}, letter_id=number)
    assert "已分給吳佩珊承辦" in other.get(page.location).text
    assert letter(number).owner_id == people.accountant
    other.get("letters.letter", status=404, letter_id=number)


def test_filed_it_says_why_and_taken_up_again_it_waits(staff, desk):
    number = desk.register(given={"asked": due(9)})
    staff.post("letters.file", {"why": WHY}, letter_id=number)
    shown = staff.get("letters.letter", letter_id=number).text
    assert f"存查原因 {WHY}" in shown
    assert f"不回覆，存查：{WHY}" in shown
    assert "起草回覆" not in shown
    assert deadline(number).closed_how == f"存查：{WHY}"
    staff.post("letters.reopen", {}, letter_id=number)
    shown = staff.get("letters.letter", letter_id=number).text
    assert "重新列為待辦" in shown
    assert "存查原因" not in shown
    assert "起草回覆" in shown
    assert deadline(number).closed_at is None


def test_no_longer_awaited_its_deadline_ends(staff, desk):
    number = awaiting(desk)
    staff.post("letters.stop_waiting", {"why": "電話已同意"}, letter_id=number)
    shown = staff.get("letters.letter", letter_id=number).text
    assert "不再等待回文：電話已同意" in shown
    assert "登錄回文" not in shown
    assert deadline(number).closed_how == "不再等待：電話已同意"
    assert letter(number).state == State.ISSUED


def test_taken_back_it_is_a_draft_again(staff, desk):
    number = in_signing(desk)
    assert "撤回" in staff.get("letters.letter", letter_id=number).text
    staff.post("letters.take_back", {}, letter_id=number)
    assert letter(number).state == State.DRAFT
    shown = staff.get("letters.letter", letter_id=number).text
    assert "已撤回" in shown
    assert "修改" in shown


@pytest.mark.parametrize("made", ["draft", "signing", "approved", "issued"])
def test_cancelled_before_it_went_out_it_says_why(staff, desk, made):
    number = desk.draft()
    if made == "signing":
        desk.ask(number)
    elif made != "draft":
        desk.approve(number)
    if made == "issued":
        desk.issue(number)
    given = letter(number).number
    staff.post("letters.cancel_draft", {"why": "改以電話聯繫"}, letter_id=number)
    shown = staff.get("letters.letter", letter_id=number).text
    assert "已作廢：改以電話聯繫" in shown
    assert "作廢：改以電話聯繫" in shown
    assert (letter(number).state, letter(number).number) == (State.CANCELLED, given)


# --- what is refused


@pytest.mark.parametrize(("typed", "field"), [
    ({"sent_on": ""}, "sent_on"), ({"sent_on": "115/2/30"}, "sent_on"), ({"sent_on": "昨天"}, "sent_on"),
    ({"sent_on": show_date(TODAY + timedelta(days=1)), "delivered_on": ""}, "sent_on"),
    ({"sent_on": show_date(TODAY - timedelta(days=1))}, "sent_on"),
    ({"delivered_on": show_date(TODAY + timedelta(days=1))}, "delivered_on"), ({"delivered_on": show_date(TODAY - timedelta(days=1))}, "delivered_on"),
    ({"delivered_on": "115/13/1"}, "delivered_on"), ({"post_number": ""}, "post_number"), ({"post_number": "1" * 41}, "post_number"),
    ({"post_number": "12\x0134"}, "post_number"), ({"signed_by": "字" * 81}, "signed_by"), ({"way": "hand", "signed_by": " "}, "signed_by"),
])
def test_a_delivery_that_is_refused(staff, desk, typed, field):
    number = desk.issued()
    (one,) = receivers(number)
    assert refused(staff, "letters.send", REGISTERED | typed, letter_id=number, receiver_id=one).error(field)


def test_a_way_or_a_proof_that_nobody_takes_is_refused(staff, desk):
    number = desk.issued()
    (one,) = receivers(number)
    before = everything()
    for typed, field in (({"way": "pigeon"}, "way"), ({"way": ""}, "way"), ({"files": (io.BytesIO(b"MZ"), "回執.exe")}, "files")):
        page = staff.post("letters.send", REGISTERED | typed, status=422, letter_id=number, receiver_id=one)
        assert page.error(field)
        assert page.value("post_number") == "123456"
    assert everything() == before


def test_a_letter_is_given_to_nobody_who_cannot_handle_it(staff, desk, people):
    number = desk.register(owner=user(people.staff))
    with unit_of_work("test", "test"):
        user(people.other).deactivated_at = clock.now()
    for owner in ("", " ", "x", "99999", str(people.member), str(people.other)):
        assert refused(staff, "letters.give", {"owner": owner}, letter_id=number).error("owner")


def test_the_owner_whose_account_was_closed_is_not_chosen_again(staff, desk, people):
    number = desk.register(owner=user(people.other))
    with unit_of_work("test", "test"):
        user(people.other).deactivated_at = clock.now()
    assert "已停用" in refused(staff, "letters.give", {"owner": str(people.other)}, letter_id=number).error("owner")


@pytest.mark.parametrize("why", ["", "  ", TOO_LONG, "控制\x01字元"])
@pytest.mark.parametrize(("endpoint", "made"), [
    ("letters.file", lambda desk: desk.register()), ("letters.stop_waiting", awaiting), ("letters.cancel_draft", lambda desk: desk.draft()),
])
def test_without_a_reason_that_can_be_kept_nothing_is_done(staff, desk, endpoint, made, why):
    assert refused(staff, endpoint, {"why": why}, letter_id=made(desk)).error("why")


def test_a_reason_as_long_as_it_may_be_is_kept(staff, desk):
    for endpoint, made in (("letters.file", desk.register), ("letters.stop_waiting", lambda: awaiting(desk)), ("letters.cancel_draft", desk.draft)):
        number = made()
        staff.post(endpoint, {"why": "字" * 200}, letter_id=number)
        assert "字" * 200 in staff.get("letters.letter", letter_id=number).text


# --- its state has changed meanwhile


def gone_out(desk, number):
    desk.send(number)


@pytest.mark.parametrize(("endpoint", "data", "made", "meanwhile", "says"), [
    ("letters.file", {"why": WHY}, lambda desk: desk.register(), lambda desk, it: unit(incoming.cancel, it, why="重複", today=TODAY), "只有待辦"),
    ("letters.file", {"why": "又一次"}, lambda desk: desk.register(), lambda desk, it: unit(incoming.file, it, why=WHY, now=clock.now(), today=TODAY), "只有待辦"),
    ("letters.reopen", {}, filed, lambda desk, it: unit(incoming.reopen, it, today=TODAY), "只有存查"),
    ("letters.stop_waiting", {"why": WHY}, awaiting, lambda desk, it: desk.register(answers=letter(it)), "沒有在等待"),
    ("letters.cancel_draft", {"why": WHY}, lambda desk: desk.issued(), gone_out, "已經寄出"),
    ("letters.cancel_draft", {"why": WHY}, lambda desk: desk.draft(),
     lambda desk, it: unit(outgoing.cancel, it, why="重複", by=user(desk.people.staff), now=clock.now(), today=TODAY), "已經作廢"),
    ("letters.take_back", {}, in_signing, lambda desk, it: (desk.decide(it, "chief"), desk.decide(it, "president")), "沒有在簽核中"),
    ("letters.take_back", {}, in_signing, lambda desk, it: desk.decide(it, "chief", "returned", "日期有誤"), "沒有在簽核中"),
])
def test_what_has_changed_since_the_page_was_opened(staff, desk, endpoint, data, made, meanwhile, says):
    number = made(desk)
    staff.get(endpoint, letter_id=number)
    meanwhile(desk, number)
    assert says in refused(staff, endpoint, data, letter_id=number).text


def test_a_cancelled_letter_is_neither_given_nor_sent(staff, desk, people):
    received, sent = desk.register(), desk.issued()
    (one,) = receivers(sent)
    unit(incoming.cancel, received, why="重複", today=TODAY)
    unit(outgoing.cancel, sent, why="重複", by=user(people.staff), now=clock.now(), today=TODAY)
    assert "已經作廢" in refused(staff, "letters.give", {"owner": str(people.other)}, letter_id=received).text
    assert "發文後才能" in refused(staff, "letters.send", REGISTERED, letter_id=sent, receiver_id=one).text
    draft = desk.draft()
    assert "發文後才能" in refused(staff, "letters.send", REGISTERED, letter_id=draft, receiver_id=receivers(draft)[0]).text


def test_two_who_write_down_the_same_delivery_meet(staff, people, browser, desk):
    number = desk.issued()
    (one,) = receivers(number)
    form = staff.get("letters.send", letter_id=number, receiver_id=one)
    browser.as_(user(people.chief)).post("letters.send", REGISTERED, letter_id=number, receiver_id=one)
    mine = {"seen": form.value("seen"), "way": "post", "sent_on": show_date(TODAY)}
    page = refused(staff, "letters.send", mine, status=409, letter_id=number, receiver_id=one)
    for told in ("掛號", "平信", "123456", "收發室"):
        assert told in page.text
    refused(staff, "letters.send", mine | {"seen": ""}, status=409, letter_id=number, receiver_id=one)


def test_only_who_asked_takes_back(people, browser, desk):
    number = in_signing(desk)
    other = browser.as_(user(people.other))
    assert "經手人" in refused(other, "letters.take_back", {}, letter_id=number).text
    assert "經手人" in refused(other, "letters.cancel_draft", {"why": WHY}, letter_id=number).text


# --- who may not


def test_somebody_elses_confidential_letter_is_not_there_to_act_on(people, browser, desk):
    other = browser.as_(user(people.other))
    received = desk.register(given={"secrecy": "secret"})
    sent = desk.issued(given={"secrecy": "secret", "declassify": "辦畢解密", "asked": due(20)})
    for endpoint, data, arguments in (
        ("letters.give", {"owner": str(people.other)}, {"letter_id": received}), ("letters.file", {"why": WHY}, {"letter_id": received}),
        ("letters.reopen", {}, {"letter_id": received}), ("letters.stop_waiting", {"why": WHY}, {"letter_id": sent}),
        ("letters.cancel_draft", {"why": WHY}, {"letter_id": sent}), ("letters.take_back", {}, {"letter_id": sent}),
        ("letters.send", REGISTERED, {"letter_id": sent, "receiver_id": receivers(sent)[0]}),
    ):
        refused(other, endpoint, data, status=404, **arguments)


def test_the_receiver_of_another_letter_and_the_other_register_are_not_there(staff, desk):
    received, first, second = desk.register(), desk.issued(), desk.issued()
    refused(staff, "letters.send", REGISTERED, status=404, letter_id=first, receiver_id=receivers(second)[0])
    for endpoint in ("letters.stop_waiting", "letters.cancel_draft", "letters.take_back"):
        refused(staff, endpoint, {"why": WHY}, status=404, letter_id=received)
    for endpoint in ("letters.file", "letters.reopen"):
        refused(staff, endpoint, {"why": WHY}, status=404, letter_id=first)


def test_a_role_without_the_permission_acts_on_nothing(people, browser, desk):
    received, sent = desk.register(), awaiting(desk)
    to = {"letter_id": sent, "receiver_id": receivers(sent)[0]}
    for role in ("auditor", "accountant", "member"):
        there = browser.as_(user(getattr(people, role)))
        refused(there, "letters.send", REGISTERED, status=403, **to)
        refused(there, "letters.stop_waiting", {"why": WHY}, status=403, letter_id=sent)
        for endpoint, data in (("letters.give", {"owner": str(people.other)}), ("letters.file", {"why": WHY}), ("letters.reopen", {})):
            refused(there, endpoint, data, status=403, letter_id=received)
    reader = browser.as_(user(people.auditor))
    for endpoint in ("letters.cancel_draft", "letters.take_back"):
        refused(reader, endpoint, {"why": WHY}, status=403, letter_id=sent)


# --- pressed twice


@pytest.mark.parametrize(("endpoint", "data", "made"), [
    ("letters.give", "other", lambda desk: desk.register()), ("letters.file", {"why": WHY}, lambda desk: desk.register(given={"asked": due(9)})),
    ("letters.reopen", {}, filed), ("letters.stop_waiting", {"why": WHY}, awaiting), ("letters.cancel_draft", {"why": WHY}, lambda desk: desk.draft()),
    ("letters.take_back", {}, in_signing), ("letters.cancel", {"why": WHY}, lambda desk: desk.register()),
])
def test_pressed_twice_it_is_done_once(staff, desk, people, endpoint, data, made):
    number = made(desk)
    key = staff.get(endpoint, letter_id=number).value("once")
    sent = {"owner": str(people.other)} if data == "other" else data
    staff.post(endpoint, sent, once=key, letter_id=number)
    done = everything()
    again = staff.post(endpoint, sent, once=key, letter_id=number)
    assert again.location.endswith(f"/letters/{number}")
    assert everything() == done
    assert "沒有重複登錄" in staff.get("letters.letter", letter_id=number).text


def test_a_proof_pressed_twice_is_kept_once(staff, desk):
    number = desk.issued()
    (one,) = receivers(number)
    for _time in range(2):
        staff.post("letters.send", REGISTERED | {"files": (io.BytesIO(b"%PDF-1.4\n%%EOF"), "回執.pdf")}, once="the-same-key-0123456789",
                   letter_id=number, receiver_id=one)
    db.session.rollback()
    titles = list(db.session.scalars(sa.select(Attachment.title)))
    assert titles.count(f"送達證明：{BUREAU}") == 1
