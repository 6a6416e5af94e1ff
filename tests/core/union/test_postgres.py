"""The union's record and the law's figures on the other database."""

from datetime import date
from decimal import Decimal

import pytest

from unionops.core.db import unit_of_work
from unionops.core.legal import queries as legal
from unionops.core.legal import services as legal_services
from unionops.core.union import queries, services

DAY = date(2030, 1, 1)


@pytest.mark.postgres
def test_the_record_the_constitution_and_a_figure_are_kept(pg_app):
    with unit_of_work("test", "test"):
        union = services.edit_record(name="臺中市機械業產業工會", kind="industrial", today=DAY)
        services.change_logo(union, b"\xff\xd8\xff\xe0" + b"\0" * 40 + b"\xff\xd9")
        account = services.add_bank_account(union, bank="004", account_number="012345678901", holder=union.name, from_on=DAY)
        services.add_charter_value(union, key="charter.directors", typed="13", valid_from=DAY, clause="第 17 條", members=1204)
        legal_services.add_value(key="nhi.rate", typed="6%", valid_from=DAY, source="公告", confirmed_by=None)
    assert queries.union_name() == "臺中市機械業產業工會"
    assert queries.logo()[1] == "image/jpeg"
    assert [one.id for one in queries.bank_accounts()] == [account.id]
    assert queries.charter(DAY)["charter.directors"].value == 13
    assert legal.book().at(DAY)["nhi.rate"] == Decimal("0.06")
