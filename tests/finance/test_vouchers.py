"""What the chart holds and what a voucher must be (FR-07-classes, FR-04-accrual)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionops.finance.rules import chart
from unionops.finance.rules.chart import AccountClass, account, accounts
from unionops.finance.rules.vouchers import Entry, VoucherKind, credit, debit, gathered, kind_of, signed, voucher_number, voucher_problems

TODAY = date(2026, 9, 1)


def codes(entries: list[Entry], on: date = TODAY, *, is_closed: bool = False) -> list[str]:
    return [one.code for one in voucher_problems(on, entries, today=TODAY, is_closed=is_closed)]


def test_the_official_table_is_there():
    names = {one.zh for one in accounts().values()}
    for said in ("零用金", "銀行存款", "應收款", "備抵壞帳", "暫收款", "代收款項", "預收款項", "受限淨資產", "準備金", "會費收入", "補助款收入", "事業費", "特別費", "退休撫恤費"):
        assert said in names
    assert {one.account_class for one in accounts().values()} == set(AccountClass)


def test_what_collects_is_named_and_takes_entries():
    used = [value for name, value in vars(chart).items() if name.isupper()]
    assert chart.BANK in used
    assert all(account(code).takes_entries for code in used)


def test_every_account_stands_below_its_head():
    for one in accounts().values():
        above = [other for other in accounts().values() if other.code != one.code and one.code.startswith(other.code)]
        assert all(other.kind == "head" for other in above), one
        assert above or len(one.code) == 1


@pytest.mark.parametrize(("code", "by_debit"), [("1102", True), ("1113", False), ("2110", False), ("31011", False), ("41012", False), ("51026", True)])
def test_the_side_on_which_an_account_grows(code, by_debit):
    assert account(code).grows_by_debit is by_debit


def test_agency_money_is_a_liability_never_income():
    assert account(chart.AGENCY_MONEY).account_class == AccountClass.LIABILITIES
    assert account(chart.SUSPENSE).account_class == AccountClass.LIABILITIES


@pytest.mark.parametrize(("entries", "said"), [
    ([debit("1102", 450), credit("11041", 450)], []),
    ([debit("1102", 450), credit("11041", 435), credit("51026", 15)], []),
    ([], ["too_few_entries"]),
    ([debit("1102", 450)], ["too_few_entries", "not_balanced"]),
    ([debit("1102", 450), credit("11041", 449)], ["not_balanced"]),
    ([debit("1102", 0), credit("11041", 0)], ["entry_amount", "entry_amount"]),
    ([debit("1102", -5), credit("11041", -5)], ["entry_amount", "entry_amount"]),
    ([Entry("1102", 5, 5), Entry("11041", 5, 5)], ["entry_amount", "entry_amount"]),
    ([debit("1104", 450), credit("9999", 450)], ["account_unknown", "account_unknown"]),
])
def test_what_may_not_be_posted(entries, said):
    assert codes(entries) == said


def test_days_that_take_no_entry():
    fine = [debit("1102", 450), credit("11041", 450)]
    assert codes(fine, date(2026, 9, 2)) == ["date_in_future"]
    assert codes(fine, date(2026, 8, 31), is_closed=True) == ["month_closed"]


@pytest.mark.parametrize(("entries", "kind"), [
    ([debit("1102", 450), credit("11041", 450)], VoucherKind.RECEIPT),
    ([debit("51026", 15), credit("1102", 15)], VoucherKind.PAYMENT),
    ([debit("11041", 450), credit("41012", 450)], VoucherKind.TRANSFER),
    ([debit("1102", 450), credit("11111", 450)], VoucherKind.TRANSFER),
])
def test_the_slip_follows_from_the_money(entries, kind):
    assert kind_of(entries) == kind


lines = st.lists(st.tuples(st.sampled_from(["1102", "11041", "41012", "2110"]), st.integers(-10**6, 10**6)), max_size=20)


@given(lines)
def test_gathering_keeps_every_balance(said):
    entries = [one for code, amount in said for one in signed(code, amount)]
    after = gathered(entries)
    for code in {code for code, _amount in said}:
        assert sum(one.debit for one in after if one.account == code) == sum(one.debit for one in entries if one.account == code)
        assert sum(one.credit for one in after if one.account == code) == sum(one.credit for one in entries if one.account == code)
    assert len(after) <= 8


@given(lines)
def test_turning_twice_is_the_same(said):
    for one in (each for code, amount in said for each in signed(code, amount)):
        assert one.turned.turned == one
        assert one.turned.debit == one.credit


def test_numbers():
    assert voucher_number(115, 123) == "115-000123"
