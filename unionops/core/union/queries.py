"""Reads of the union's record: its row, its accounts, and the values of its constitution on a day, with the law beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from unionops.core.db import db, remembered
from unionops.core.i18n import chinese
from unionops.core.legal import queries as legal
from unionops.core.quantities import show_quantity
from unionops.core.union import rules
from unionops.core.union.models import BankAccount, CharterValue, Union
from unionops.core.union.rules import CharterKey, Circumstances, Judgement, Value, charter_keys
from unionops.law.basis import Basis
from unionops.law.union_act import UnionKind

MEMBER_COUNT: Callable[[date], int] | None = None
"""How many members the union has on a day. The area that keeps the roster sets this; nothing here knows members."""


def member_count(day: date) -> int | None:
    """The number of members on a day; None while no area counts them."""
    return MEMBER_COUNT(day) if MEMBER_COUNT is not None else None


def the_union() -> Union | None:
    """The union's row; None on a fresh installation."""
    return db.session.scalar(db.select(Union))


def union_name() -> str:
    """What the bar calls the union: its short name, else its name, else the program's."""
    return remembered("union", ("name",), _name)


def _name() -> str:
    row = db.session.execute(db.select(Union.short_name, Union.name)).first()
    return (row.short_name or row.name) if row else "unionops"


def logo() -> tuple[bytes, str] | None:
    """The logo and its media type."""
    row = db.session.execute(db.select(Union.logo, Union.logo_type)).first()
    return (row.logo, row.logo_type) if row and row.logo else None


def bank_accounts() -> list[BankAccount]:
    """Every account, those in use first, newest first."""
    ended = db.case((BankAccount.until_on.is_(None), 0), else_=1)
    return list(db.session.scalars(db.select(BankAccount).order_by(ended, BankAccount.from_on.desc(), BankAccount.id.desc())))


@dataclass(frozen=True)
class InForce:
    """A value of the constitution on a day. ``value`` is None where there is neither a clause nor a default."""

    definition: CharterKey
    value: Value | None
    source: str
    since: date | None = None
    clause: str = ""

    @property
    def is_default(self) -> bool:
        return self.source == "default"

    @property
    def shown(self) -> str:
        """The value in the reader's language, "" where there is none."""
        return shown(self.definition, self.value)

    @property
    def basis(self) -> Basis:
        """Who says so, for every figure that is reckoned from this value."""
        return rules.spoken_by(self.definition, clause=self.clause, shown=self.shown, is_default=self.is_default)


def shown(definition: CharterKey, value: Value | None) -> str:
    """A value of this key in the reader's language."""
    if value is None:
        return ""
    for choice in definition.choices:
        if choice.word == value:
            return choice.zh if chinese() else choice.en
    return show_quantity(value, definition.unit)


def title(definition: CharterKey) -> str:
    """The name of a key in the reader's language."""
    return definition.zh if chinese() else definition.en


def charter(day: date) -> dict[str, InForce]:
    """Every value of the constitution in force on a day, by key (``charter.directors``); defaults where no clause is entered."""
    found: dict[str, CharterValue] = {}
    in_order = db.select(CharterValue).where(CharterValue.valid_from <= day)
    for row in db.session.scalars(in_order.order_by(CharterValue.valid_from, CharterValue.entry)):
        found[row.key] = row
    return {key: _in_force(definition, found.get(key)) for key, definition in charter_keys().items()}


def _in_force(definition: CharterKey, row: CharterValue | None) -> InForce:
    if row is not None:
        return InForce(definition, rules.value_of(definition, row.value), row.source, row.valid_from, row.clause)
    default = None if definition.default is None else rules.value_of(definition, definition.default)
    return InForce(definition, default, "default")


def charter_history(key: str) -> list[CharterValue]:
    """Every value ever entered for a key, newest first; of two of one day the corrected one comes after its correction."""
    newest = (CharterValue.valid_from.desc(), CharterValue.entry.desc())
    return list(db.session.scalars(db.select(CharterValue).where(CharterValue.key == key).order_by(*newest)))


def corrected(history: list[CharterValue]) -> set[int]:
    """The ids of those that a later entry of the same day put right."""
    last = {row.valid_from: row.entry for row in reversed(history)}
    return {row.id for row in history if row.entry < last[row.valid_from]}


def circumstances(day: date, kind: UnionKind, *, members: int | None, values: dict[str, InForce] | None = None) -> Circumstances:
    """What the law's limits follow from on a day: the law then, the union, and the numbers in force."""
    in_force = values if values is not None else charter(day)

    def whole(key: str) -> int | None:
        value = in_force[key].value
        return value if isinstance(value, int) else None

    return Circumstances(
        law=legal.book().at(day),
        kind=kind,
        members=members,
        directors=whole("charter.directors"),
        supervisors=whole("charter.supervisors"),
        suspend_months=whole("charter.arrears_suspend_months"),
        expel_months=whole("charter.arrears_expel_months"),
    )


def judged(day: date, union: Union) -> list[tuple[InForce, Judgement]]:
    """Every value in force with what the law says of it on that day."""
    values = charter(day)
    given = circumstances(day, union.union_kind, members=member_count(day), values=values)
    return [(value, rules.judge(value.definition, value.value, given)) for value in values.values()]
