"""The chart of accounts (FR-07-classes): five classes, the official table's names, our codes. Read from ``data/chart.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from importlib.resources import files

# The accounts that areas below the ledger's own screens post to, by what they mean.
CASH_TO_BANK = "11111"
BANK = "1102"
IN_TRANSIT = "11112"
DUES_RECEIVABLE, AGENCY_RECEIVABLE, MUTUAL_RECEIVABLE = "11041", "11042", "11043"
SUSPENSE, AGENCY_MONEY, IN_ADVANCE = "2108", "2110", "2202"
MUTUAL_FUND, SURPLUS = "31011", "31031"
ENTRANCE_FEES, REGULAR_DUES, LEVIES = "41011", "41012", "41013"
FEES, BAD_DEBTS, OTHER_INCOME, OTHER_EXPENSE = "51026", "51081", "4110", "51089"


class AccountClass(IntEnum):
    """The first figure of an account's code."""

    ASSETS = 1
    LIABILITIES = 2
    NET_ASSETS = 3
    INCOME = 4
    EXPENDITURE = 5


@dataclass(frozen=True)
class Account:
    """One account. ``kind`` is ``head`` (has accounts below it and takes no entries), ``cash``, ``contra`` or empty."""

    code: str
    zh: str
    en: str
    kind: str = ""

    @property
    def account_class(self) -> AccountClass:
        return AccountClass(int(self.code[0]))

    @property
    def takes_entries(self) -> bool:
        return self.kind != "head"

    @property
    def is_cash(self) -> bool:
        """Money at hand or in a bank: what makes a voucher one of receipt or of payment."""
        return self.kind == "cash"

    @property
    def grows_by_debit(self) -> bool:
        """Whether its balance is what was debited less what was credited."""
        return (self.account_class in (AccountClass.ASSETS, AccountClass.EXPENDITURE)) != (self.kind == "contra")


@cache
def accounts() -> dict[str, Account]:
    """code → account, in the order of the chart."""
    read = tomllib.loads(files("unionops.finance").joinpath("data/chart.toml").read_text(encoding="utf-8"))
    return {one["code"]: Account(**one) for one in read["account"]}


def account(code: str) -> Account:
    """The account of this code. Raises KeyError."""
    return accounts()[code]
