"""Receipts: numbers without gaps, content that stays as it was, void ones that keep their number; what stands on one."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from tests.members.acts import refused, work
from tests.members.dues.books import TODAY, furnish, nothing_contradicts, pay, run
from unionops.core import clock
from unionops.core.db import db
from unionops.members.models import Payment, Person, Receipt
from unionops.members.queries import receipts as queries
from unionops.members.rules.collecting import Channel
from unionops.members.rules.dues import SchemeKind
from unionops.members.rules.receipts import LINES, Content, Line, Part, lines
from unionops.members.services.dues import paying, receipts


def issue(number: int, **given: object) -> str:
    with work():
        return receipts.issue(db.session.get_one(Payment, number), today=TODAY, **given).number


def living(number: int) -> Receipt:
    found = queries.living_of(number)
    assert found is not None
    return found


def test_a_receipt_says_what_was_paid_and_stays_as_it_was(union):
    one, *_ = furnish(1)
    run()
    number = pay(one, 600)
    assert issue(number) == "115A000001"
    content = Content.read(living(number).content)
    assert content.lines == (Line("經常會費", "115/1–115/3", 450), Line("互助金", "115/1–115/3", 90), Line("預收（抵繳以後各期）", "", 60))
    assert (content.payer, content.amount, content.capitals, content.received_on) == ("會員0", 600, "陸佰元整", date(2026, 2, 1))
    with work():
        db.session.get_one(Person, one).name = "改名"
    assert Content.read(living(number).content).payer == "會員0"
    assert refused(lambda: receipts.issue(db.session.get_one(Payment, number), today=TODAY)) == ["has_receipt"]
    nothing_contradicts()


def test_a_void_receipt_keeps_its_number_and_a_new_one_follows(union):
    one, *_ = furnish(1)
    run()
    number = pay(one, 540)
    issue(number)
    first = living(number).id
    assert refused(lambda: receipts.void(db.session.get_one(Receipt, first), why=" ", now=clock.now())) == ["reason_missing"]
    with work():
        receipts.void(db.session.get_one(Receipt, first), why="抬頭誤植", now=clock.now())
    assert refused(lambda: receipts.void(db.session.get_one(Receipt, first), why="再", now=clock.now())) == ["void_already"]
    assert issue(number) == "115A000002"
    held = db.session.execute(sa.select(Receipt.serial, Receipt.void_why, Receipt.amount).order_by(Receipt.serial)).all()
    assert [tuple(row) for row in held] == [(1, "抬頭誤植", 540), (2, "", 540)]
    nothing_contradicts()


def test_many_at_once_are_numbered_in_their_order_and_never_twice(union):
    some = furnish(3)
    run()
    ids = [pay(person, 540) for person in some]
    issue(ids[1])
    with work():
        suspense = paying.receive(None, amount=5, received_on=TODAY, channel=Channel.BANK, today=TODAY).id
        taken = paying.receive(db.session.get_one(Person, some[0]), amount=7, received_on=TODAY, channel=Channel.BANK, today=TODAY)
        back = paying.take_back(taken, why="誤", on=TODAY, today=TODAY).id
        taken_id = taken.id
    with work():
        made = receipts.issue_many([ids[2], ids[0], ids[1], suspense, taken_id, back, ids[2]], today=TODAY)
    rows = db.session.execute(sa.select(Receipt.serial, Receipt.payment_id).order_by(Receipt.serial)).all()
    assert [tuple(row) for row in rows] == [(1, ids[1]), (2, ids[2]), (3, ids[0])]
    assert len(made) == 2
    with work():
        assert receipts.issue_many(ids, today=TODAY) == []
    assert Content.read(living(ids[0]).content).lines == Content.read(living(ids[1]).content).lines
    nothing_contradicts()


def test_years_and_series_count_for_themselves(app):
    one, *_ = furnish(1)
    numbers = [pay(one, 10) for _each in range(4)]
    assert issue(numbers[0]) == "115A000001"
    assert issue(numbers[1], series="B") == "115B000001"
    with work():
        assert receipts.issue(db.session.get_one(Payment, numbers[2]), today=date(2027, 1, 2)).number == "116A000001"
    for bad in ("", "a", "ABC", "1"):
        assert refused(lambda bad=bad: receipts.issue(db.session.get_one(Payment, numbers[3]), today=TODAY, series=bad)) == ["bad_series"]
        assert refused(lambda bad=bad: receipts.issue_many(numbers, today=TODAY, series=bad)) == ["bad_series"]
    assert issue(numbers[3]) == "115A000002"


def test_what_has_no_receipt(app):
    one, *_ = furnish(1)
    with work():
        suspense = paying.receive(None, amount=5, received_on=TODAY, channel=Channel.BANK, today=TODAY).id
        taken = paying.receive(db.session.get_one(Person, one), amount=7, received_on=TODAY, channel=Channel.BANK, today=TODAY)
        back, taken_id = paying.take_back(taken, why="誤", on=TODAY, today=TODAY).id, taken.id
    for number, code in ((suspense, "in_suspense"), (taken_id, "given_back"), (back, "not_received")):
        assert refused(lambda number=number: receipts.issue(db.session.get_one(Payment, number), today=TODAY)) == [code]


def test_a_unit_that_fails_gives_its_number_back(union):
    one, *_ = furnish(1)
    first, second = pay(one, 10), pay(one, 20)


    def half() -> None:
        with work():
            receipts.issue(db.session.get_one(Payment, first), today=TODAY)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    assert issue(second) == "115A000001"


def test_printing_is_counted(union):
    one, *_ = furnish(1)
    number = pay(one, 10)
    issue(number)
    for time in (1, 2):
        with work():
            assert receipts.printed(living(number)) == time
    with work():
        receipts.printed_many(queries.printings([living(number).id]))
    db.session.expire_all()
    assert living(number).printed == 3


def test_a_file_whose_receipts_were_printed_or_made_void_meanwhile_counts_for_nothing(union):
    one, *_ = furnish(1)
    numbers = [pay(one, 10), pay(one, 20)]
    for number in numbers:
        issue(number)
    ids = [living(number).id for number in numbers]
    seen = queries.printings(ids)
    with work():
        receipts.printed(living(numbers[0]))
    assert refused(lambda: receipts.printed_many(seen)) == ["moved"]
    assert [one.times for one in queries.printings(ids).values()] == [1, 0]
    seen = queries.printings(ids)
    with work():
        receipts.void(living(numbers[1]), why="抬頭誤植", now=clock.now())
    assert refused(lambda: receipts.printed_many(seen)) == ["moved"]
    with work():
        receipts.printed_many(queries.printings(ids))
    assert [one.times for one in queries.printings(ids).values()] == [2, 1]


def test_the_code_of_a_receipt_names_it_and_cannot_be_made_up(app):
    one, *_ = furnish(1)
    number = pay(one, 10)
    issue(number)
    token = queries.token_of(living(number).id)
    found = queries.by_token(token)
    assert found is not None
    assert found.payment_id == number
    for wrong in ("", "1", token[:-1], token[:-1] + ("a" if token[-1] != "a" else "b"), "2" + token[1:], "臺", token + "x"):
        assert queries.by_token(wrong) is None


# --- what stands on one -----------------------------------------------------------------------------------------------


def test_the_same_wording_is_one_line_with_its_period():
    months = [Part("經常會費", SchemeKind.REGULAR, date(2026, month, 1), 1, 150) for month in (3, 1, 2)]
    assert lines([*months, Part("入會費", SchemeKind.ENTRANCE, date(2026, 1, 20), 1, 1000)]) == (
        Line("經常會費", "115/1–115/3", 450), Line("入會費", "", 1000),
    )
    assert lines([Part("經常會費", SchemeKind.REGULAR, date(2026, 12, 1), 1, 150)]) == (Line("經常會費", "115/12", 150),)


@given(
    st.lists(st.builds(
        Part, st.sampled_from([f"項目{n}" for n in range(9)]), st.sampled_from(SchemeKind), st.dates(date(2015, 1, 1), date(2030, 1, 1)),
        st.integers(1, 12), st.integers(1, 10_000),
    ), max_size=20),
    st.integers(0, 500), st.integers(0, 500),
)
def test_its_lines_always_add_up_and_fit(parts, rest, returned):
    found = lines(parts, rest=rest, returned=returned)
    assert sum(one.amount for one in found) == sum(one.amount for one in parts) + rest + returned
    assert len(found) <= LINES


@given(st.text(max_size=20), st.integers(1, 99_999_999), st.dates(date(2012, 1, 1), date(2100, 1, 1)))
def test_what_is_stored_is_read_back(payer, amount, on):
    made = Content("工會", payer, "0012", (Line("會費", "", amount),), amount, on, "counter", "王")
    assert Content.read(made.stored()) == made
