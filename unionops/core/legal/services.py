"""Writes of legal figures: a dated value is added and confirmed by whoever adds it; nothing is edited in place."""

from __future__ import annotations

from datetime import date

from unionops.core.accounts.models import User
from unionops.core.audit import recording
from unionops.core.db import db, touch_data
from unionops.core.i18n import _l
from unionops.core.legal import queries, rules
from unionops.core.legal.models import LegalParameter
from unionops.law.parameters import built_in
from unionops.values.problems import RuleBroken

recording.sentence("legal.value_added", _l("登錄法規參數 %(title)s（%(key)s）為 %(value)s，自 %(valid_from)s 起，來源：%(source)s"))


def add_value(
    *,
    key: str,
    typed: str,
    valid_from: date,
    source: str,
    citation: str = "",
    confidence: str = "verified",
    confirmed_by: User | None,
    corrects: bool = False,
) -> LegalParameter:
    """A value of ``key`` from a day on, in the words it was typed in (11.5%, 1,200, 2/3).

    ``citation`` defaults to the key's own. ``corrects`` allows a second value of one day, which then counts; the first stays on
    record. Raises RuleBroken, naming every field that is wrong.
    """
    of_that_day = [row for row in queries.own_values(key) if row.valid_from == valid_from]
    problems = rules.value_problems(
        key, typed=typed, valid_from=valid_from, source=source, book=built_in(), own_taken=bool(of_that_day), corrects=corrects
    )
    if problems:
        raise RuleBroken(*problems)
    about = built_in().history(key)[-1]
    row = LegalParameter(
        key=key, valid_from=valid_from, entry=len(of_that_day) + 1, value=rules.typed_value(about.unit, typed), unit=about.unit,
        citation=citation or about.citation, source=source, confidence=confidence, confirmed_by=confirmed_by,
    )
    db.session.add(row)
    touch_data("legal")
    told = {"title": about.title, "key": key, "value": row.value, "valid_from": valid_from, "source": source}
    recording.describe("legal.value_added", row, **told)
    return row
