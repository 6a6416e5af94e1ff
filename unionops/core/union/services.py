"""Writes to the union's record. Values of the constitution are added, never changed in place."""

from __future__ import annotations

from datetime import date
from typing import Any

from unionops.core.accounts.models import User
from unionops.core.audit import recording
from unionops.core.db import blind_index, db, touch_data
from unionops.core.i18n import _l
from unionops.core.union import queries, rules
from unionops.core.union.models import ACCOUNT_PLACE, BankAccount, CharterValue, Union
from unionops.core.union.rules import Circumstances, charter_keys
from unionops.values.identifiers import business_number, normal_phone
from unionops.values.problems import Problem, RuleBroken, Unreadable, problem

recording.sentence("union.record_edited", _l("登錄工會基本資料 %(name)s"))
recording.sentence("union.logo_changed", _l("更換會徽"))
recording.sentence("union.logo_removed", _l("移除會徽"))
recording.sentence("union.bank_account_added", _l("新增工會帳戶 %(bank)s %(number)s"))
recording.sentence("union.bank_account_ended", _l("停用工會帳戶 %(bank)s %(number)s，至 %(until_on)s"))
recording.sentence("union.charter_value_added", _l("登錄章程 %(title)s 為 %(value)s，自 %(valid_from)s 起（%(clause)s）"))


def edit_record(
    *, name: str, kind: str, short_name: str = "", authority: str = "", seat: str = "", area: str = "", registration_number: str = "",
    registered_on: date | None = None, founded_on: date | None = None, phone: str = "", email: str = "", tax_number: str = "", today: date,
) -> Union:
    """Writes the union's row, the first time as well. Raises RuleBroken for impossible dates, numbers and addresses."""
    problems = rules.record_problems(founded_on=founded_on, registered_on=registered_on, today=today)
    phone, email, tax_number = _contacts(phone, email, tax_number, problems)
    if problems:
        raise RuleBroken(*problems)
    union = queries.the_union()
    if union is None:
        union = Union(id=1)
        db.session.add(union)
    facts: dict[str, Any] = {
        "name": name, "kind": kind, "short_name": short_name, "authority": authority, "seat": seat, "area": area,
        "registration_number": registration_number, "registered_on": registered_on, "founded_on": founded_on,
        "phone": phone, "email": email, "tax_number": tax_number,
    }
    for column, value in facts.items():
        setattr(union, column, value)
    touch_data("union")
    recording.describe("union.record_edited", union, name=name)
    return union


def _contacts(phone: str, email: str, tax_number: str, problems: list[Problem]) -> tuple[str, str, str]:
    """The three in their normal form; what cannot be read is added to ``problems``."""
    from email_validator import EmailNotValidError, validate_email  # Slow to load, and needed some twice a year.

    try:
        phone = normal_phone(phone) if phone else ""
    except Unreadable as wrong:
        problems.append(wrong.problem("phone"))
    try:
        tax_number = business_number(tax_number) if tax_number else ""
    except Unreadable as wrong:
        problems.append(wrong.problem("tax_number"))
    try:
        email = validate_email(email, check_deliverability=False).normalized if email else ""
    except EmailNotValidError:
        problems.append(problem("email", "電子郵件地址的格式不對"))
    return phone, email, tax_number


def change_logo(union: Union, data: bytes) -> None:
    """Keeps a PNG or JPEG picture as the union's sign. Raises RuleBroken for any other file."""
    if problems := rules.logo_problems(data):
        raise RuleBroken(*problems)
    union.logo, union.logo_type = data, rules.picture_kind(data)
    recording.describe("union.logo_changed", union)


def remove_logo(union: Union) -> None:
    """Back to the plain seal."""
    union.logo, union.logo_type = None, ""
    recording.describe("union.logo_removed", union)


def add_bank_account(
    union: Union, *, bank: str, branch: str = "", account_number: str, holder: str, purpose: str = "", from_on: date
) -> BankAccount:
    """An account in the union's name (ER-27-handover). Raises RuleBroken for another holder or an account already in use."""
    try:
        figures = rules.plain_account_number(account_number)
    except Unreadable as wrong:
        raise RuleBroken(wrong.problem("account_number")) from wrong
    problems = rules.account_problems(holder=holder, union_name=union.name, account_number=figures)
    index = blind_index(figures, ACCOUNT_PLACE)
    in_use = db.select(BankAccount).where(BankAccount.account_index == index, BankAccount.until_on.is_(None), BankAccount.bank == bank)
    if db.session.scalar(in_use) is not None:
        problems.append(problem("account_number", "這個帳號已經登錄，還在使用中"))
    if problems:
        raise RuleBroken(*problems)
    account = BankAccount(
        bank=bank, branch=branch, account_number=figures, account_index=index, holder=holder, purpose=purpose, from_on=from_on
    )
    db.session.add(account)
    recording.describe("union.bank_account_added", account, bank=bank, number=account.masked_number)
    return account


def end_bank_account(account: BankAccount, *, until_on: date) -> None:
    """The account's last day; its row stays, because receipts name it. Raises RuleBroken when ended already or before its start."""
    if account.until_on is not None:
        raise RuleBroken(problem("until_on", "這個帳戶已於 %(until_on)s 停用", until_on=account.until_on))
    if until_on < account.from_on:
        raise RuleBroken(problem("until_on", "停用日不得早於啟用日 %(from_on)s", from_on=account.from_on))
    account.until_on = until_on
    recording.describe("union.bank_account_ended", account, bank=account.bank, number=account.masked_number, until_on=until_on)


def add_charter_value(
    union: Union,
    *,
    key: str,
    typed: str,
    valid_from: date,
    clause: str,
    resolution: str = "",
    entered_by: User | None = None,
    members: int | None,
    source: str = "charter",
    given: Circumstances | None = None,
) -> tuple[CharterValue, tuple[Problem, ...]]:
    """A value of the constitution from a day on, and what the law only frowns at.

    ``members`` is the number of members on that day, None when unknown. ``given`` is what the limits follow from when several values are
    entered at once; else it is what is in force. A second value of one day corrects the first, which
    stays on record. Raises RuleBroken for an unreadable value, one that the law forbids, a missing clause, or the same again.
    """
    if key not in charter_keys():
        raise RuleBroken(problem("value", "章程沒有這個項目：%(key)s", key=key))
    definition = charter_keys()[key]
    try:
        stored = rules.canonical(definition, typed)
    except Unreadable as wrong:
        raise RuleBroken(wrong.problem("value")) from wrong
    value = rules.value_of(definition, stored)
    judgement = rules.judge(definition, value, given or queries.circumstances(valid_from, union.union_kind, members=members))
    problems = list(judgement.problems)
    if source == "charter" and not clause:
        problems.append(problem("clause", "請填章程條次，例如：第 12 條"))
    of_that_day = [row for row in queries.charter_history(key) if row.valid_from == valid_from]
    if of_that_day and (of_that_day[0].value, of_that_day[0].clause) == (stored, clause):
        problems.append(problem("value", "同一日已登錄相同的值，不必再登錄"))
    if problems:
        raise RuleBroken(*problems)
    row = CharterValue(
        key=key, valid_from=valid_from, entry=len(of_that_day) + 1, value=stored, clause=clause, source=source, resolution=resolution,
        entered_by=entered_by,
    )
    db.session.add(row)
    touch_data("union")
    told = {"title": definition.zh, "value": queries.shown(definition, value), "valid_from": valid_from, "clause": clause}
    recording.describe("union.charter_value_added", row, **told)
    return row, judgement.warnings
