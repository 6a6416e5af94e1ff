"""Bringing a roster in: ``stage`` a file, settle what its columns are, correct rows, ``apply`` all good rows at once, ``undo``.

Everything is written in the caller's unit of work: all of it or nothing. What a row becomes is decided by
``rules.import_outcome`` and shown by ``queries.imports`` before anything is written.
"""

from unionops.members.services.imports.applying import Stale, apply
from unionops.members.services.imports.background import apply_later
from unionops.members.services.imports.checking import check_later, forget_old_checks
from unionops.members.services.imports.staging import (
    APPLY,
    as_refusal,
    choose_mapping,
    correct_row,
    decide_row,
    drop,
    forget_corrections,
    must_be_open,
    row_token,
    stage,
)
from unionops.members.services.imports.undoing import dependencies, undo

__all__ = [
    "APPLY",
    "Stale",
    "apply",
    "apply_later",
    "as_refusal",
    "check_later",
    "choose_mapping",
    "correct_row",
    "decide_row",
    "dependencies",
    "drop",
    "forget_corrections",
    "forget_old_checks",
    "must_be_open",
    "row_token",
    "stage",
    "undo",
]
