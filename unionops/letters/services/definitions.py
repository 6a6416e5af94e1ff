"""The union's own series of numbers and its templates; and taking the next number of a series."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import sqlalchemy as sa

from unionops.core.audit import recording
from unionops.core.db import db, next_number
from unionops.core.i18n import _l
from unionops.core.union import queries as union
from unionops.letters import queries, rules
from unionops.letters.models import Letter, Series, Template
from unionops.letters.rules import Direction, Role
from unionops.values.problems import RuleBroken, problem

SERIES_ADDED = recording.sentence("letters.series_added", _l("新增文號代字「%(code)s」"))
SERIES_CHANGED = recording.sentence("letters.series_changed", _l("修改文號代字「%(code)s」"))
SERIES_CLOSED = recording.sentence("letters.series_closed", _l("停用文號代字「%(code)s」"))
TEMPLATE_ADDED = recording.sentence("letters.template_added", _l("新增公文範本「%(title)s」"))
TEMPLATE_CHANGED = recording.sentence("letters.template_changed", _l("修改公文範本「%(title)s」"))
TEMPLATE_RETIRED = recording.sentence("letters.template_retired", _l("停用公文範本「%(title)s」"))


# --- numbers


def add_series(*, direction: Direction, code: str, digits: int, purpose: str = "", used: int = 0, today: date) -> Series:
    """A new series. ``used`` is the last number that was given by hand this year: counting goes on from there. Raises RuleBroken."""
    problems = rules.series_problems(code, digits, used)
    if not problems and db.session.scalar(sa.select(Series.id).where(Series.direction == direction, Series.code == code)):
        problems = [problem("code", "代字「%(code)s」已經有了。停用的代字也不再用，以免文號重複。", code=code)]
    if problems:
        raise RuleBroken(*problems)
    made = Series(direction=direction, code=code, digits=digits, purpose=purpose)
    db.session.add(made)
    db.session.flush()
    if used:
        next_number(rules.counter_name(made.id, rules.year_of(today)), used)
    recording.describe(SERIES_ADDED, code=code)
    return made


def change_series(series: Series, *, digits: int, purpose: str) -> None:
    """Its code stays: numbers already given bear it. Raises RuleBroken."""
    if problems := rules.series_problems(series.code, digits, 0):
        raise RuleBroken(*problems)
    series.digits, series.purpose = digits, purpose
    recording.describe(SERIES_CHANGED, code=series.code)


def close_series(series: Series, *, today: date) -> None:
    """It gives no more numbers. Raises RuleBroken when that was said before."""
    if series.closed_on is not None:
        raise RuleBroken(problem("", "代字「%(code)s」已經停用。", code=series.code))
    series.closed_on = today
    recording.describe(SERIES_CLOSED, code=series.code)


def usual_series(direction: Direction, *, today: date) -> Series:
    """The oldest open series of a direction. A union that has defined none gets 收, or one with its own short name."""
    first = next(iter(queries.series(direction)), None)
    if first is not None:
        return first
    code = "收" if direction == Direction.IN else _own_code()
    while db.session.scalar(sa.select(Series.id).where(Series.direction == direction, Series.code == code)):
        code += "文"  # All that there were are closed, and their codes are not used again.
    return add_series(direction=direction, code=code, digits=4, today=today)


def _own_code() -> str:
    name = "".join(letter for letter in union.union_name() if not letter.isspace() and not letter.isdigit())
    return name[:10] or "會"


def give_number(letter: Letter, series: Series, day: date) -> None:
    """LET-number: the next number of the series in the year of ``day``; those who take one at once wait for each other. A rollback gives it
    back. Raises RuleBroken for a closed series."""
    if series.closed_on is not None:
        raise RuleBroken(problem("series", "代字「%(code)s」已經停用，請改選別的。", code=series.code))
    letter.series, letter.year = series, rules.year_of(day)
    letter.sequence = next_number(rules.counter_name(series.id, letter.year))
    letter.number = series.number(letter.year, letter.sequence)


# --- templates


def save_template(
    template: Template | None, *, title: str, form: str, body: Mapping[str, str], receivers: Mapping[Role, str], enclosures: str, signatory: str
) -> Template:
    """A new template, or another text for one. Raises RuleBroken when the name is taken or the text does not fit its form."""
    problems = rules.text_problems(rules.FORMS[form], {key: text or "—" for key, text in body.items()} | {"subject": body.get("subject") or "—"})
    other = db.session.scalar(sa.select(Template).where(Template.title == title))
    if other is not None and other is not template:
        problems.append(problem("title", "已有同名的範本，請換一個名稱。"))
    for role, text in receivers.items():
        problems += rules.read_receivers(role, RECEIVER_FIELDS[role], text)[1]
    if problems:
        raise RuleBroken(*problems)
    is_new = template is None
    kept = template if template is not None else Template()
    kept.title, kept.form, kept.enclosures, kept.signatory = title, form, enclosures, signatory
    kept.body = {key: text for key, text in body.items() if text}
    kept.receivers = {role.value: text for role, text in receivers.items() if text}
    db.session.add(kept)
    recording.describe(TEMPLATE_ADDED if is_new else TEMPLATE_CHANGED, title=title)
    return kept


RECEIVER_FIELDS = {Role.ORIGINAL: "to", Role.ATTEND: "to", Role.OBSERVE: "observers", Role.COPY: "copies"}
"""In which field of the form the receivers of a role are typed."""


def retire_template(template: Template, *, today: date) -> None:
    """It is no longer offered. Letters drafted from it stay as they are."""
    template.retired_on = today
    recording.describe(TEMPLATE_RETIRED, title=template.title)
