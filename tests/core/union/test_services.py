"""Writes to the union's record, and what is read back."""

from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa

from tests.browsing import Statements
from unionops.core.audit.models import AuditEntry
from unionops.core.db import db, unit_of_work
from unionops.core.union import queries, services
from unionops.core.union.models import CharterValue
from unionops.values.problems import RuleBroken

DAY = date(2026, 1, 1)


def add_value(union, key="charter.directors", typed="13", valid_from=DAY, clause="第 17 條", members=1204, **more):
    with unit_of_work("test", "test"):
        return services.add_charter_value(union, key=key, typed=typed, valid_from=valid_from, clause=clause, members=members, **more)


def add_account(union, **more):
    given = {"bank": "004 臺灣銀行", "account_number": "012-345-678901", "holder": union.name, "from_on": DAY} | more
    with unit_of_work("test", "test"):
        return services.add_bank_account(union, **given)


def last_act():
    return db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc())).first().acts[0]["action"]


def test_the_record_is_one_row_in_normal_form(union):
    with unit_of_work("test", "test"):
        services.edit_record(
            name="臺中市機械工會", kind="occupational", phone="04-2222-3333", email="Office@Example.org", tax_number="04595257", today=DAY
        )
    row = queries.the_union()
    assert (row.id, row.name, row.union_kind.value) == (1, "臺中市機械工會", "occupational")
    assert (row.phone, row.tax_number, row.email) == ("0422223333", "04595257", "Office@example.org")
    assert last_act() == "union.record_edited"


def test_every_unreadable_contact_is_named(union):
    with pytest.raises(RuleBroken) as refusal:
        services.edit_record(
            name="x", kind="industrial", phone="12", email="nobody", tax_number="12345678", founded_on=date(2030, 1, 1), today=DAY
        )
    assert {problem.field for problem in refusal.value.problems} == {"phone", "email", "tax_number", "founded_on"}


def test_the_bar_has_the_short_name_and_reads_it_cheaply(union):
    assert queries.union_name() == "機械業工會"
    with Statements() as seen:
        queries.union_name()
    assert len([one for one in seen if one.startswith("SELECT")]) == 1
    with unit_of_work("test", "test"):
        services.edit_record(name="臺中市機械工會", kind="industrial", today=DAY)
    assert queries.union_name() == "臺中市機械工會"


def test_without_a_record_the_bar_has_the_programs_name(app):
    assert queries.union_name() == "unionops"
    assert queries.the_union() is None


def test_an_account_is_encrypted_masked_and_told_masked(union):
    account = add_account(union)
    assert account.account_number == "012345678901"
    assert account.masked_number == "********8901"
    raw = db.session.execute(sa.text("SELECT account_number FROM union_bank_account")).scalar_one()
    assert b"678901" not in bytes(raw)
    entry = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert "012345678901" not in str(entry.acts) + str(entry.changes)


def test_the_same_account_twice_is_refused(union):
    account = add_account(union)
    with pytest.raises(RuleBroken, match="已經登錄"):
        add_account(union, account_number="012345678901")
    with unit_of_work("test", "test"):
        services.end_bank_account(account, until_on=date(2026, 6, 30))
    assert add_account(union, account_number="012345678901").id != account.id


def test_an_account_in_another_name_is_refused(union):
    with pytest.raises(RuleBroken) as refusal:
        add_account(union, holder="王小明")
    assert refusal.value.problems[0].code == "ER-27-handover"
    assert queries.bank_accounts() == []


def test_an_account_ends_once_and_not_before_it_began(union):
    account = add_account(union)
    with pytest.raises(RuleBroken, match="不得早於啟用日"):
        services.end_bank_account(account, until_on=date(2025, 12, 31))
    with unit_of_work("test", "test"):
        services.end_bank_account(account, until_on=DAY)
    assert account.is_open(DAY)
    assert not account.is_open(date(2026, 1, 2))
    with pytest.raises(RuleBroken, match="已於"):
        services.end_bank_account(account, until_on=date(2026, 2, 1))


def test_defaults_count_until_the_constitution_is_entered(union):
    before = queries.charter(DAY)["charter.directors"]
    assert (before.value, before.source, before.basis.source) == (9, "default", "default")
    add_value(union)
    after = queries.charter(DAY)["charter.directors"]
    assert (after.value, after.source, after.since, after.clause) == (13, "charter", DAY, "第 17 條")
    assert (after.basis.source, after.basis.citation) == ("charter", "第 17 條")
    assert queries.charter(date(2025, 12, 31))["charter.directors"].is_default
    assert queries.charter(DAY)["charter.dues_monthly"].value is None


def test_values_are_added_and_each_day_has_its_own(union):
    add_value(union, typed="9")
    add_value(union, typed="11", valid_from=date(2026, 6, 1))
    add_value(union, typed="7", valid_from=date(2020, 6, 1))
    days = (date(2020, 6, 1), date(2025, 12, 31), DAY, date(2026, 5, 31), date(2026, 6, 1))
    assert [queries.charter(day)["charter.directors"].value for day in days] == [7, 7, 9, 9, 11]
    assert [row.value for row in queries.charter_history("charter.directors")] == ["11", "9", "7"]


def test_a_correction_of_one_day_counts_and_the_first_stays(union):
    add_value(union, typed="9")
    add_value(union, typed="11")
    history = queries.charter_history("charter.directors")
    assert [row.value for row in history] == ["11", "9"]
    assert queries.corrected(history) == {history[1].id}
    assert queries.charter(DAY)["charter.directors"].value == 11
    with pytest.raises(RuleBroken, match="相同的值"):
        add_value(union, typed="11")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"typed": "14"}, "工會法第 17 條"),
        ({"typed": "x"}, "須為整數"),
        ({"clause": ""}, "請填章程條次"),
        ({"key": "charter.colour"}, "沒有這個項目"),
        ({"key": "charter.supervisors", "typed": "4"}, "不得超過 3"),
    ],
)
def test_a_value_that_the_law_forbids_is_refused_and_nothing_is_kept(union, given, told):
    with pytest.raises(RuleBroken, match=told):
        add_value(union, **given)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(CharterValue)) == 0


def test_other_limits_follow_the_constitutions_own_numbers(union):
    add_value(union)
    add_value(union, key="charter.supervisors", typed="4")
    assert queries.charter(DAY)["charter.supervisors"].value == 4


def test_low_dues_are_kept_with_a_warning(union):
    row, warnings = add_value(union, key="charter.dues_monthly", typed="100", clause="第 30 條")
    assert row.value == "100"
    assert [warning.code for warning in warnings] == ["UA-28-monthly"]


def test_a_rate_is_kept_exactly(union):
    add_value(union, key="charter.dues_monthly_rate", typed="0.75", clause="第 30 條")
    now = queries.charter(DAY)["charter.dues_monthly_rate"]
    assert now.value == Decimal("0.0075")
    assert now.shown == "0.75 %"


def test_a_shrinking_union_makes_the_constitution_stand_out(union, monkeypatch):
    add_value(union)
    monkeypatch.setattr(queries, "MEMBER_COUNT", lambda day: 480)
    broken = {value.definition.short for value, law in queries.judged(DAY, union) if law.problems}
    assert broken == {"directors"}


def test_reading_the_constitution_takes_a_constant_number_of_statements(union):
    add_value(union, typed="9")
    with Statements() as few:
        queries.charter(DAY)
    for month in range(2, 8):
        add_value(union, typed=str(3 + month), valid_from=date(2026, month, 1))
    with Statements() as many:
        queries.charter(date(2026, 12, 31))
    assert len(many) == len(few)
