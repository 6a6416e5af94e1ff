"""What the office bills, for the tests that visit every screen: a scheme, a reduction, a run, a draft, a list of arrears from before."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from unionops.core.db import db
from unionops.finance.models import BooksBegin
from unionops.members.models import Charge, Person
from unionops.members.rules.dues import AmountBasis, Period, SchemeKind, Terms
from unionops.members.services.dues import drafts, opening, running, schemes
from unionops.members.services.dues.schemes import About


def visits(person: int, user: Any, today: date) -> dict[str, dict[str, Any]]:
    """Makes the records, inside the caller's unit; endpoint → arguments."""
    db.session.merge(BooksBegin(id=1, begins_on=date(today.year - 5, 1, 1)))
    scheme = schemes.add_scheme(About("互助金", SchemeKind.MUTUAL, Period.YEAR, 12, 31))
    schemes.add_terms(scheme, Terms(date(today.year - 6, 1, 1), AmountBasis.FIXED, 30), clause="第 30 條")
    later = schemes.add_terms(scheme, Terms(date(today.year + 1, 1, 1), AmountBasis.FIXED, 40), resolution="第 5 屆第 2 次會員代表大會")
    schemes.add_numbering("account", pattern="98217{member:6}{year:1}{quarter:1}{weights:371}", valid_from=date(2020, 1, 1), agreed_with="第一銀行")
    member = db.session.get_one(Person, person)
    less = schemes.exempt(member, scheme, percent=50, from_on=today, until_on=None, reason="育嬰留職停薪", basis="章程第 31 條")
    run = running.apply([scheme.id], date(today.year, 1, 1), title=f"{today.year - 1911} 年互助金", today=today)
    draft = drafts.begin([scheme.id], date(today.year, 1, 1), title="互助金 補正", due_on=None, user=user, today=today)
    batch = opening.stage("會員編號,姓名,期別,欠費\n0001,不認識,109Q1,300\n".encode(), "舊欠費.csv", today=today)
    db.session.flush()
    charge = db.session.scalar(sa.select(Charge.id).where(Charge.run_id == run.id).limit(1))
    made = {"scheme": {"scheme_id": scheme.id}, "terms": {"terms_id": later.id}, "draft": {"draft_id": draft.id}, "run": {"run_id": run.id}, "batch": {"batch_id": batch.id}}
    return {
        **{f"dues.{name}": made["scheme"] for name in ("scheme", "edit_scheme", "add_terms", "close_scheme")}, "dues.remove_terms": made["terms"],
        "dues.end_exemption": {"exemption_id": less.id}, "dues.correct_charge": {"charge_id": charge},
        **{f"dues.{name}": made["draft"] for name in ("draft", "reckon_again", "make_run", "drop_draft")},
        **{f"dues.{name}": made["run"] for name in ("run", "mend_run", "take_back_run", "notices")}, "dues.export_run": made["run"] | {"fmt": "csv"},
        **{f"dues.{name}": made["batch"] for name in ("opening_batch", "opening_columns", "apply_opening", "drop_opening", "undo_opening")},
        "dues.opening_refused": made["batch"] | {"fmt": "csv"},
    }
