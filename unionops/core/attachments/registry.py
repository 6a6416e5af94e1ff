"""What each kind of record says about its files: who may attach, who may open what is sensitive. Areas register theirs; that a file
is there is for whoever sees the record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

Rule = Callable[[Any, Any], bool]


class _Rules(NamedTuple):
    attach: Rule
    sensitive: Rule


_NOBODY_ATTACHES = _Rules(lambda user, record: False, lambda user, record: True)
RULES: dict[str, _Rules] = {}


def may_attach(kind: str, rule: Rule, *, sensitive: Rule = lambda user, record: True) -> None:
    """Registers ``rule(user, record)``: whether this user may add to, replace and remove the files of this record; by default nobody.
    ``sensitive`` says who may open those marked so; by default whoever sees the record."""
    RULES[kind] = _Rules(rule, sensitive)


def allows(kind: str, user: Any, record: Any) -> bool:
    """Whether this user may attach to this record, which he sees."""
    return RULES.get(kind, _NOBODY_ATTACHES).attach(user, record)


def opens_sensitive(kind: str, user: Any, record: Any) -> bool:
    """Whether this user may open the sensitive files of this record, which he sees."""
    return RULES.get(kind, _NOBODY_ATTACHES).sensitive(user, record)
