"""Whose money a line is: the office's three files against what its clerk made of them, and each verdict by itself."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.members.statements.samples import BANK, EXPECTED, GIRO, SHOPS, content, expected, judged, read, told
from unionops.members.rules.clues import Directory, Line, clues
from unionops.members.rules.layouts import Source
from unionops.members.rules.matching import ASKED, HELD, MAY_POST, NO_DUES, PROPOSED, TAKEN, Bill, Verdict, fit, judge
from unionops.members.rules.payment_numbers import numbering

ON = date(2026, 2, 1)
Q1, Q2 = date(2026, 1, 1), date(2026, 4, 1)
VA, SLIP = numbering("98217{member:6}{year:1}{quarter:1}{weights:371}"), numbering("J62{member:6}{year:3}{quarter:2}{rest:97}")
PEOPLE = Directory(
    {1: ("王小明",), 2: ("陳美玲", "陳美伶"), 3: ("林志強",), 4: ("林志強",), 5: ("SRI WAHYUNI",), 6: ("林鍾春芬",), 7: ("鍾春芬",), 8: ("李?",)},
    {f"{one:05}": one for one in range(1, 9)}, {"12345": (1,), "55555": (1, 2), "66666": (3, 4)}, ("好舞台工程股份有限公司",), ("匯聚代收",), (VA,), (SLIP,),
)
OWED = {1: 450, 2: 900, 3: 450, 4: 450, 5: 500, 6: 600, 7: 700, 8: 800}


def bills(period_on: date = Q1) -> dict[int, list[Bill]]:
    return {person: [Bill(person, period_on, amount, amount, date(2026, 2, 28))] for person, amount in OWED.items()}


def line(amount: int = 450, number: int = 1, source: Source = Source.BANK, **given) -> Line:
    return Line(number, source, given.pop("moved_on", ON), amount, **given)


def verdicts(*lines: Line, owed=None):
    return judge(lines, {one.id: clues(one, PEOPLE) for one in lines}, PEOPLE, owed or bills())


def verdict(*lines: Line, owed=None) -> tuple[str, list[tuple[int, int]]]:
    found = verdicts(*lines, owed=owed)[lines[-1].id]
    assert found.reasons
    return found.verdict.value, [(share.person, share.amount) for share in found.to]


@pytest.mark.parametrize("name", [BANK, GIRO, SHOPS])
def test_every_line_of_the_office_is_judged_as_its_clerk_did(name):
    found = judged(read(content(name), name))
    assert told(found) == expected(name)
    assert Counter(one.verdict for one in found.values()) == EXPECTED[name]["classes"]
    assert all(one.reasons for one in found.values())
    assert all(one.confidence >= 95 for one in found.values() if one.verdict in MAY_POST)
    if "amount_credited_to_bills" in EXPECTED[name]:
        assert sum(share.amount for one in found.values() for share in one.to) == EXPECTED[name]["amount_credited_to_bills"]


def test_the_kinds_of_verdict_do_not_overlap():
    assert len(MAY_POST | PROPOSED | HELD | ASKED | NO_DUES) == sum(map(len, (MAY_POST, PROPOSED, HELD, ASKED, NO_DUES))) == len(Verdict)


def va(person: int, period_on: date = Q1) -> str:
    return VA.number(str(person), period_on) or ""


CASES = [
    (line(code=va(1)), "va_exact", [(1, 450)]),
    (line(memo=va(1)), "va_exact", [(1, 450)]),
    (line(memo=f"轉帳 {va(1)[:5]}-{va(1)[5:]}"), "va_exact", [(1, 450)]),
    (line(440, memo=va(1)), "fee_short", [(1, 440)]),
    (line(460, memo=va(1)), "overpaid", [(1, 450)]),
    (line(100, memo=va(1)), "part_payment", [(1, 100)]),
    (line(memo=va(1)[:-1] + str((int(va(1)[-1]) + 1) % 10)), "wrong_virtual_account", []),
    (line(memo=va(99)), "wrong_virtual_account", []),
    (line(memo=va(1, Q2)), "wrong_virtual_account", []),
    (line(account="004-0000000012345"), "last5_exact", [(1, 450)]),
    (line(account="****12345", memo="陳美玲"), "number_name_conflict", []),
    (line(account="****12345", memo="王小明會費"), "last5_exact", [(1, 450)]),
    (line(900, account="****55555"), "last5_exact", [(2, 900)]),
    (line(1350, account="****55555"), "combined", [(1, 450), (2, 900)]),
    (line(account="****66666"), "ambiguous_name", []),
    (line(account="****99999"), "unknown", []),
    (line(memo="王小明1-3月"), "name_amount", [(1, 450)]),
    (line(memo="王　小明 會費"), "name_amount", [(1, 450)]),
    (line(900, memo="陳美伶"), "name_amount", [(2, 900)]),
    (line(500, memo="Sri Wahyuni"), "name_amount", [(5, 500)]),
    (line(600, memo="林鍾春芬"), "name_amount", [(6, 600)]),
    (line(memo="王?明保費"), "name_lossy", [(1, 450)]),
    (line(memo="王\ufffd明"), "name_lossy", [(1, 450)]),
    (line(memo="王○明"), "name_lossy", [(1, 450)]),
    (line(memo="林志強"), "ambiguous_name", []),
    (line(memo="林志?"), "ambiguous_name", []),
    (line(1350, memo="王小明、陳美玲"), "combined", [(1, 450), (2, 900)]),
    (line(1350, memo="王小明 陳美玲 2人"), "combined", [(1, 450), (2, 900)]),
    (line(1340, memo="王小明、陳美玲"), "unknown", []),
    (line(memo="會費"), "unknown", []),
    (line(source=Source.GIRO, payer="王小明", memo="會員編號：00001勞健保費"), "by_number", [(1, 450)]),
    (line(source=Source.GIRO, payer="王先生", memo="No.00001"), "by_number", [(1, 450)]),
    (line(source=Source.GIRO, payer="", memo="會號1"), "by_number", [(1, 450)]),
    (line(source=Source.GIRO, payer="張先生", memo="No.00001"), "number_name_conflict", []),
    (line(source=Source.GIRO, payer="陳美玲", memo="00001 1-3月"), "number_name_conflict", []),
    (line(source=Source.GIRO, payer="王小明"), "by_name", [(1, 450)]),
    (line(1350, source=Source.GIRO, payer="王小明", memo="00001、00002"), "combined", [(1, 450), (2, 900)]),
    (line(source=Source.SHOP, code=SLIP.number("1", Q1), paid_on=ON), "normal", [(1, 450)]),
    (line(source=Source.SHOP, code=SLIP.number("1", Q1), paid_on=date(2026, 2, 28), moved_on=date(2026, 3, 3)), "normal", [(1, 450)]),
    (line(source=Source.SHOP, code=SLIP.number("1", Q1), paid_on=date(2026, 2, 28), moved_on=date(2026, 3, 7)), "late_arrival_in_time", [(1, 450)]),
    (line(source=Source.SHOP, code=SLIP.number("1", Q1), paid_on=date(2026, 3, 1), moved_on=date(2026, 3, 3)), "paid_late", [(1, 450)]),
    (line(source=Source.SHOP, code="J62000001115019", paid_on=ON), "unknown", []),
    (line(memo="好舞台工程2月會費"), "employer_checkoff", []),
    (line(memo="好舞台工程股份有限公司"), "employer_checkoff", []),
    (line(memo="匯聚代收超商"), "store_settlement", []),
    (line(memo="劃撥戶轉入"), "giro_transfer", []),
    (line(word="利息"), "interest", []),
    (line(-10, word="手續費"), "bank_fee", []),
    (line(-9000, memo="房租"), "outgoing", []),
    (line(2100, word="退匯", memo="戶名不符"), "returned_outgoing", []),
    (line(-450, word="沖正"), "reversal", []),
]


@pytest.mark.parametrize(("one", "wanted", "to"), CASES, ids=[f"{at}-{case[1]}" for at, case in enumerate(CASES)])
def test_each_verdict(one, wanted, to):
    assert verdict(one) == (wanted, to)


def test_a_bill_is_paid_once():
    first, second = line(memo=va(1)), line(number=2, memo=va(1), moved_on=date(2026, 2, 9))
    assert verdict(first, second) == ("duplicate_payment", [])
    assert verdict(line(435, memo=va(1)), second) == ("duplicate_payment", [])
    assert verdict(line(100, memo=va(1)), second._replace(amount=350)) == ("va_exact", [(1, 350)])


def test_what_is_certain_takes_its_bill_before_a_mere_name():
    named, numbered = line(memo="王小明"), line(number=2, memo=va(1), moved_on=date(2026, 2, 9))
    found = verdicts(named, numbered)
    assert (found[1].verdict, found[2].verdict) == ("duplicate_payment", "va_exact")


def test_of_several_bills_the_one_that_fits_or_the_oldest_together():
    owed = {1: [Bill(1, Q1, 450, 450, date(2026, 2, 28)), Bill(1, Q2, 500, 500, date(2026, 5, 31))]}
    assert verdict(line(500, account="****12345"), owed=owed) == ("last5_exact", [(1, 500)])
    assert verdicts(line(500, account="****12345"), owed=owed)[1].to[0].period_on == Q2
    assert verdict(line(950, account="****12345"), owed=owed) == ("last5_exact", [(1, 450), (1, 500)])
    assert verdict(line(940, account="****12345"), owed=owed) == ("fee_short", [(1, 450), (1, 490)])
    assert verdict(line(700, account="****12345"), owed=owed) == ("part_payment", [(1, 450), (1, 250)])
    assert verdict(line(1000, account="****12345"), owed=owed) == ("overpaid", [(1, 450), (1, 500)])


def test_a_reversal_finds_what_it_takes_back():
    paid, back = line(memo=va(1)), line(-450, 2, word="沖正", memo=va(1), moved_on=date(2026, 2, 3))
    found = verdicts(paid, back)
    assert (found[1].verdict, found[1].partner, found[2].verdict, found[2].partner) == ("reversed_original", 2, "reversal", 1)
    settled = verdicts(paid._replace(is_settled=True), back)
    assert list(settled) == [2]
    assert settled[2].partner == 1
    other = line(number=3, memo=va(2))
    assert verdicts(paid, other, back)[2].partner == 1
    assert verdicts(line(memo="甲"), line(number=3, memo="乙"), back)[2].partner is None
    assert verdicts(line(memo=va(1), moved_on=date(2025, 11, 1)), back)[2].partner is None


def test_a_reversed_payment_does_not_pay_the_bill():
    paid, back = line(memo=va(1)), line(-450, 2, word="更正", memo=va(1), moved_on=date(2026, 2, 3))
    again = line(number=3, memo=va(1), moved_on=date(2026, 2, 9))
    assert verdicts(paid, back, again)[3].verdict == "va_exact"


def test_a_name_among_other_characters_is_less_certain():
    assert verdicts(line(memo="歐陽王小明寶"))[1].confidence < verdicts(line(memo="王小明"))[1].confidence


amounts = st.integers(1, 5000)


@given(amounts, st.lists(st.integers(0, 2000), max_size=4))
def test_no_more_is_proposed_than_came_nor_than_is_open(amount, opens):
    some = [Bill(1, date(2026, 1 + at, 1), 2000, open_, date(2026, 2 + at, 1)) for at, open_ in enumerate(opens)]
    found = fit(1, amount, some)
    total = sum(share.amount for share in found.shares)
    assert total <= amount
    assert total <= sum(opens)
    assert all(share.amount <= next(one.open for one in some if one.period_on == share.period_on) for share in found.shares)
    if found.verdict is None:
        assert total == amount
    if found.verdict is Verdict.FEE_SHORT:
        assert total == amount
        assert min(abs(sum(opens[:size]) - amount) for size in range(1, len(opens) + 1)) in TAKEN or any(one - amount in TAKEN for one in opens)


@given(st.lists(st.tuples(st.sampled_from([va(1), va(2), "王小明", "陳美玲", "林志強", "會費", "王?明"]), amounts), max_size=12))
def test_all_lines_together_never_pay_a_bill_twice(told_of):
    lines = [line(amount, number, memo=memo) for number, (memo, amount) in enumerate(told_of)]
    paid: Counter[int] = Counter()
    for one in verdicts(*lines).values():
        paid.update({share.person: share.amount for share in one.to})
    assert all(amount <= OWED[person] for person, amount in paid.items())


@given(st.text(max_size=60), st.text(max_size=30), st.integers(-10**9, 10**9))
def test_no_text_upsets_the_matcher(memo, account, amount):
    assert verdicts(line(amount, memo=memo, account=account, payer=memo[:20], code=account))[1].reasons
