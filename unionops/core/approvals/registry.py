"""The chains that areas register: which steps a matter passes, what is laid before them, and what follows.

Registered at import, in the area's services. Owns no rule: who may decide a step is said in ``rules``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from unionops.core.accounts.roles import ROLES
from unionops.core.approvals.rules import ASSEMBLY, BOARD
from unionops.core.i18n import _l

BODIES = {BOARD: _l("理事會"), ASSEMBLY: _l("會員（代表）大會")}
"""body → its title."""

Condition = Callable[[Any], bool]


@dataclass(frozen=True)
class Step:
    """``Step("president")``: whoever holds the role on the day. ``Step.body("board")``: a body, whose resolution is recorded.

    With ``when`` the step belongs to the chain of those records only for which it answers true when it is asked.
    """

    role: str = ""
    when: Condition | None = None
    body_name: str = ""

    @classmethod
    def body(cls, name: str, when: Condition | None = None) -> Step:
        """A step that a body decides: ``board`` (理事會) or ``assembly`` (會員大會)."""
        return cls(when=when, body_name=name)

    def applies(self, record: Any) -> bool:
        return self.when is None or self.when(record)


@dataclass(frozen=True)
class Chain:
    """One registered chain; ``kind`` is the reference kind of its records.

    ``summary(record)`` → (label, value) pairs that suffice to decide: those who decide see them even where the record's own page is
    closed to them. ``digest(record)`` → the text that is approved, the fingerprints of its files in it; once it differs, the asking is
    void. ``approved(record, approval)`` runs inside the unit of the last approval, ``returned(record, approval, reason)`` when it ends in
    any other way: returned, rejected, withdrawn or void (``approval.closed_as``).
    """

    name: str
    title: Any
    kind: str
    steps: tuple[Step, ...]
    summary: Callable[[Any], Sequence[tuple[Any, Any]]]
    digest: Callable[[Any], str]
    amount: Callable[[Any], int | None]
    approved: Callable[[Any, Any], None]
    returned: Callable[[Any, Any, str], None]

    def fingerprint(self, record: Any) -> str:
        """What is kept of the text that is approved: 64 hex digits."""
        return hashlib.sha256(self.digest(record).encode()).hexdigest()


CHAINS: dict[str, Chain] = {}


def chain(
    name: str,
    *,
    title: Any,
    kind: str,
    steps: Sequence[Step],
    summary: Callable[[Any], Sequence[tuple[Any, Any]]],
    digest: Callable[[Any], str],
    amount: Callable[[Any], int | None] = lambda record: None,
    approved: Callable[[Any, Any], None] = lambda record, approval: None,
    returned: Callable[[Any, Any, str], None] = lambda record, approval, reason: None,
) -> Chain:
    """Registers a chain under ``area.name``. Raises ValueError for an unknown role or body, a name taken, or no step that always applies."""
    if name in CHAINS:
        raise ValueError(f"approval chain {name!r} is taken")
    for step in steps:
        if (step.role not in ROLES) == (step.body_name not in BODIES):
            raise ValueError(f"{name}: a step is decided by a role or by a body")
    if all(step.when for step in steps):
        raise ValueError(f"{name}: some step must always apply, or a matter could pass unseen")
    made = CHAINS[name] = Chain(name, title, kind, tuple(steps), summary, digest, amount, approved, returned)
    return made
