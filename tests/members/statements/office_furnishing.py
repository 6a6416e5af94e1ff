"""The statements of the furnished office (tests/office.py): a file with lines of every kind, one of them decided."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from tests.members.statements.samples import written
from unionops.core.db import db
from unionops.core.union.models import BankAccount
from unionops.members.models import Person, StatementLine
from unionops.members.services import statements
from unionops.values.roc import roc_date

COLUMNS = ["交易日期", "摘要", "支出金額", "存入金額", "餘額", "備註", "對方帳號"]


def visits(account_id: int, person_id: int, today: date) -> dict[str, dict[str, Any]]:
    """Writes them inside the caller's unit; what each screen's address needs."""
    name, day = db.session.get_one(Person, person_id).name, roc_date(today)
    rows = [
        [day, "轉帳存入", "", "450", "1450", f"{name}會費", "****20881"], [day, "現金存入", "", "600", "2050", "阿伯代繳", ""], [day, "手續費", "15", "", "2035", "跨行", ""],
        [day, "利息", "", "36", "2071", "活期息", ""], [day, "匯款", "1200", "", "871", "影印", ""],
    ]
    made = statements.take_in(written([COLUMNS, *rows]).encode(), "二月存摺.csv", account=db.session.get_one(BankAccount, account_id), today=today)
    again = statements.take_in(written([COLUMNS, [day, "存入", "", "77", "948", "不明", ""]]).encode(), "補送.csv", account=db.session.get_one(BankAccount, account_id), today=today)
    statements.judge_waiting(today)
    decided = db.session.scalars(sa.select(StatementLine).where(StatementLine.amount == 600)).one()
    statements.suspend(decided, today=today)
    waiting = db.session.scalars(sa.select(StatementLine).where(StatementLine.amount == 450)).one()
    return {
        "statements.file": {"statement_id": made.id}, "statements.post_file": {"statement_id": made.id}, "statements.drop_file": {"statement_id": again.id},
        "statements.agree": {"verdict": "bank_fee"}, "statements.line": {"line_id": waiting.id}, "statements.undo": {"line_id": decided.id},
    }
