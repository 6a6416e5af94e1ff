"""Who may attach files to the records of each kind. Areas register theirs; reading is for whoever sees the record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Rule = Callable[[Any, Any], bool]
RULES: dict[str, Rule] = {}


def may_attach(kind: str, rule: Rule) -> None:
    """Registers ``rule(user, record)``: whether this user may add to, replace and remove the files of this record. Default: nobody."""
    RULES[kind] = rule


def allows(kind: str, user: Any, record: Any) -> bool:
    """Whether this user may attach to this record, which he sees."""
    rule = RULES.get(kind)
    return rule is not None and rule(user, record)
