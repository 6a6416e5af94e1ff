"""Standing orders: the bank's file byte by byte, its answer booked once, nobody drawn from twice for a month."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.members.acts import work
from tests.members.checkoff.office import found_union
from tests.members.dues.books import furnish, nothing_contradicts, run
from unionops.core import clock
from unionops.core.db import db
from unionops.finance import queries as books
from unionops.finance.rules import chart
from unionops.members.models import DebitLine, DebitMandate, DebitRun, Payment, Person
from unionops.members.queries import debit as queries
from unionops.members.rules import debit as rules
from unionops.members.services import debit
from unionops.values.problems import RuleBroken
from unionops.values.refs import Ref

LAYOUT = rules.layouts()["lines_120"]
TODAY = date(2026, 9, 1)
SEPTEMBER = date(2026, 9, 1)


def codes(act: Any) -> list[str]:
    with pytest.raises(RuleBroken) as caught, work():
        act()
    return [one.code for one in caught.value.problems]


def authorised(members: int = 3) -> list[int]:
    people = furnish(members)
    run()
    with work():
        for at, number in enumerate(people):
            debit.authorise(db.session.get_one(Person, number), bank="8220901", account=f"1234567890{at}", from_on=date(2026, 1, 1), note="")
    return people


def made() -> int:
    with work():
        return debit.make(SEPTEMBER, TODAY, layout="lines_120", account=None, today=TODAY).id


def answer_of(number: int, results: dict[int, str]) -> bytes:
    """The bank's answer: our file with its codes filled in."""
    lines = debit.file_of(db.session.get_one(DebitRun, number), union="12345678").split(b"\r\n")
    place = LAYOUT.records["line"][1]["result"]
    told = []
    for line in lines:
        if line.startswith(b"D"):
            code = results.get(int(line[1:7]), "00")
            line = line[: place.first - 1] + code.encode() + line[place.last :]
        told.append(line)
    db.session.rollback()
    return b"\r\n".join(told)


def test_the_file_byte_by_byte():
    content = rules.write(LAYOUT, [rules.Order(1, "8220901", "123456789012", "A123456789", 540, "00012")], union="12345678", made_on=date(2026, 9, 1), collect_on=date(2026, 9, 5))
    heading, order, total, end = content.split(b"\r\n")
    assert heading == b"H" + b"1150901" + b"1150905" + b"12345678" + b" " * 97
    assert order == b"D" + b"000001" + b"8220901" + b"0000123456789012" + b"A123456789" + b"0000000540" + b"00012".ljust(20) + b" " * 50
    assert total == b"T" + b"00000001" + b"0000000000000540" + b" " * 95
    assert end == b""
    assert rules.read(LAYOUT, content.replace(b"00012".ljust(20) + b"  ", b"00012".ljust(20) + b"01")) == [rules.Answer(1, "00012", 540, "01")]


@pytest.mark.parametrize(("data", "code"), [
    (b"", "no_rows"), (b"nonsense", "not_this_layout"), (b"H" + b"x" * 200, "not_this_layout"), (b"H", "no_rows"),
    (b"D" + b"x" * 70, "not_a_number"), (b"D000001" + b" " * 33 + b"0000000540" + b"00012".ljust(20) + b"00" + b"\r\nT00000002" + b"540".zfill(16), "total_differs"),
])
def test_files_that_are_no_answer(data, code):
    with pytest.raises(RuleBroken) as caught:
        rules.read(LAYOUT, data)
    assert caught.value.problems[0].code == code


def test_an_answer_that_went_through_an_editor():
    order = b"D000001" + b" " * 33 + b"0000000540" + b"00012".ljust(20) + b"00"
    for data in (b"\xef\xbb\xbf" + order, order.ljust(130), order + b"\n\n\r\n", order.decode().encode("utf-16"), b"\r" + order + b"\r"):
        assert rules.read(LAYOUT, data) == [rules.Answer(1, "00012", 540, "00")]


def test_what_does_not_fit_is_told():
    with pytest.raises(RuleBroken) as caught:
        rules.write(LAYOUT, [rules.Order(1, "8220901", "1" * 17, "", 540, "1")], union="", made_on=TODAY, collect_on=TODAY)
    assert caught.value.problems[0].code == "too_long"


def test_what_was_drawn_is_booked_and_the_rest_may_be_drawn_again(app):
    people = authorised()
    number = made()
    assert codes(lambda: debit.make(SEPTEMBER, TODAY, layout="lines_120", account=None, today=TODAY)) == ["nobody"]
    answer = answer_of(number, {2: "01"})
    with work():
        assert debit.read_answer(db.session.get_one(DebitRun, number), answer, today=TODAY) == (2, 1)
    assert books.balances()[chart.BANK] == 2 * 540
    assert [one.is_drawn for one in db.session.scalars(sa.select(DebitLine).order_by(DebitLine.serial))] == [True, False, True]
    assert codes(lambda: debit.read_answer(db.session.get_one(DebitRun, number), answer, today=TODAY)) == ["booked_already"]
    nothing_contradicts()
    again = made()
    assert [one.person_id for one in db.session.get_one(DebitRun, again).lines] == [people[1]]
    assert codes(lambda: debit.drop(db.session.get_one(DebitRun, number))) == ["returned_already"]
    with work():
        debit.drop(db.session.get_one(DebitRun, again))
    assert [one.is_drawn for one in queries.due(SEPTEMBER, TODAY)] == [False]


def test_an_answer_that_does_not_fit_books_nothing(app):
    authorised()
    number = made()
    good = answer_of(number, {})
    lines = good.split(b"\r\n")

    def told(data: bytes) -> list[str]:
        return codes(lambda: debit.read_answer(db.session.get_one(DebitRun, number), data, today=TODAY))

    assert told(b"\r\n".join([lines[0], lines[1], lines[3]])) == ["missing"]
    assert told(b"\r\n".join([lines[0], *lines[1:4], lines[1]])) == ["twice"]
    assert told(good.replace(b"0000000540", b"0000000500").split(b"\r\nT")[0]) == ["amount"] * 3
    assert told(answer_of(number, {1: "  "})) == ["no_result"]
    assert told(lines[1].replace(b"D000001", b"D000009")) == ["other_run"]
    assert db.session.scalar(sa.select(sa.func.count(Payment.id))) == 0
    db.session.rollback()


def test_authorisations(app):
    [person] = furnish(1)

    def give(**given: Any) -> Any:
        return debit.authorise(db.session.get_one(Person, person), **({"bank": "8220901", "account": "123456789", "from_on": TODAY, "note": ""} | given))

    assert codes(lambda: give(bank="822")) == ["bank"]
    assert codes(lambda: give(account="12a")) == ["account"]
    with work():
        give()
    assert codes(give) == ["authorised_already"]
    mandate = db.session.scalars(sa.select(DebitMandate)).one().id
    assert codes(lambda: debit.end(db.session.get_one(DebitMandate, mandate), until_on=TODAY - timedelta(1))) == ["ends_before_it_begins"]
    with work():
        debit.end(db.session.get_one(DebitMandate, mandate), until_on=TODAY)
    assert codes(lambda: debit.end(db.session.get_one(DebitMandate, mandate), until_on=TODAY)) == ["ended_already"]
    assert codes(lambda: debit.make(SEPTEMBER, TODAY - timedelta(1), layout="lines_120", account=None, today=TODAY)) == ["in_the_past"]


def test_the_screens(browser, make_user):
    found_union()
    clerk = browser.as_(make_user("accountant", name="吳佩珊"))
    assert "還沒有扣款授權" in clerk.get("checkoff.debits").text
    [person] = furnish(1)
    run()
    today = clock.today()
    typed = {"person": "會員0", "person-pick": f"person:{person}", "person-for": "會員0", "bank": "822-0901", "account": "1234-5678-9012", "from_on": "115/1/1"}
    clerk.post("checkoff.add_mandate", typed | {"bank": "822"}, status=422)
    clerk.post("checkoff.add_mandate", typed)
    assert "1234-5678" not in clerk.get("checkoff.debits").text
    clerk.get("checkoff.make_debit")
    clerk.post("checkoff.make_debit", {"period": today.strftime("%Y-%m"), "collect_on": "115/1/1", "layout": "lines_120", "account": ""}, status=422)
    clerk.post("checkoff.make_debit", {"period": today.strftime("%Y-%m"), "collect_on": str(today), "layout": "lines_120", "account": ""})
    number = db.session.scalars(sa.select(DebitRun.id)).one()
    assert clerk.get("checkoff.debit_file", run_id=number).response.data.startswith(b"H")
    clerk.post("checkoff.debit_answer", {"file": (io.BytesIO(b"x"), "r.txt")}, run_id=number, status=422)
    answer = answer_of(number, {1: "01"})
    clerk.post("checkoff.debit_answer", {"file": (io.BytesIO(answer), "r.txt")}, run_id=number)
    assert "存款不足" in clerk.get("checkoff.debit_run", run_id=number).text
    mandate = db.session.scalars(sa.select(DebitMandate.id)).one()
    clerk.get("checkoff.end_mandate", mandate_id=mandate)
    clerk.post("checkoff.end_mandate", {"until_on": str(today)}, mandate_id=mandate)
    clerk.get("checkoff.drop_debit", run_id=number)
    clerk.post("checkoff.drop_debit", {}, run_id=number, status=422)
    branch = browser.as_(make_user("staff", scope=Ref("unit", 1), name="分會"))
    branch.get("checkoff.debits", status=404)
