"""Files of banks, post office and shops: taken in, judged against the books, and decided line by line or many at once."""

from unionops.members.services.statements.judging import judge_waiting
from unionops.members.services.statements.reading import add_layout, drop, take_in
from unionops.members.services.statements.settling import (
    Posted,
    Wanted,
    agree,
    pointer,
    post,
    proposed,
    reverse,
    set_aside,
    settle,
    suspend,
    undo,
)

__all__ = [
    "Posted", "Wanted", "add_layout", "agree", "drop", "judge_waiting", "pointer", "post", "proposed", "reverse", "set_aside", "settle", "suspend", "take_in", "undo",
]
