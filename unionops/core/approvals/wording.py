"""How approvals are told: the words of their states, and an approval with its steps as its page and its record's page show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from unionops.core import refs
from unionops.core.accounts.roles import ROLES
from unionops.core.approvals import rules
from unionops.core.approvals.models import Approval, ApprovalStep
from unionops.core.approvals.registry import BODIES, CHAINS
from unionops.core.i18n import _, _l

STATES = {
    "": ("soon", _l("簽核中")),
    rules.APPROVED: ("ok", _l("已核可")),
    rules.RETURNED: ("warn", _l("已退回")),
    rules.REJECTED: ("stop", _l("已駁回")),
    rules.WITHDRAWN: ("off", _l("已撤回")),
    rules.VOID: ("warn", _l("內容變更，作廢")),
}
"""How a matter stands → (kind of sign, word)."""

VERDICTS = {
    rules.APPROVED: ("ok", _l("核可")),
    rules.RETURNED: ("warn", _l("退回")),
    rules.REJECTED: ("stop", _l("駁回")),
    rules.LEFT_OUT: ("off", _l("略過")),
}
"""What a step says → (kind of sign, word)."""


def title_of(role: str, body: str) -> str:
    """Who decides a step."""
    return str(BODIES[body] if body else ROLES.get(role, role))


@dataclass(frozen=True)
class Line:
    """One step as people read it."""

    who: str
    kind: str
    word: str
    by: str
    when: datetime | None
    reason: str
    remark: str
    number: str
    resolved_on: date | None
    wording: str


@dataclass(frozen=True)
class Told:
    """One asking as people read it."""

    id: int
    title: str
    chain: str
    kind: str
    word: str
    maker: str
    asked_at: datetime
    closed_at: datetime | None
    note: str
    amount: int | None
    lines: list[Line]

    @property
    def url(self) -> str:
        """Its page."""
        return refs.KINDS["approval"].url(self.id)


def tell(approval: Approval, steps: Sequence[rules.Step]) -> Told:
    """The asking with its steps in order; ``steps`` are the same as they stand today (``queries.matter``)."""
    chain = CHAINS.get(approval.chain)
    kind, word = STATES[approval.closed_as]
    return Told(
        id=approval.id, title=approval.title, chain=str(chain.title) if chain else approval.chain, kind=kind, word=str(word), maker=approval.made_by.name, asked_at=approval.asked_at, closed_at=approval.closed_at, note=approval.note,
        amount=approval.amount, lines=[_line(row, step, steps) for row, step in zip(approval.steps, steps, strict=True)],
    )


def _line(row: ApprovalStep, step: rules.Step, steps: Sequence[rules.Step]) -> Line:
    if step.verdict:
        kind, word = VERDICTS[step.verdict]
    elif step is rules.current(steps) and not row.approval.closed_as:
        kind, word = "soon", _("等候中")
    else:
        kind, word = "off", _("尚未送達")
    return Line(
        who=step.who, kind=kind, word=str(word), by=_by(row), when=step.decided_at, reason=row.reason,
        remark=_remark(step), number=row.resolution_number, resolved_on=row.resolution_on, wording=row.resolution_text,
    )


def _by(step: ApprovalStep) -> str:
    if step.recorded_by:
        return _("%(name)s登錄", name=step.recorded_by.name)
    if step.decided_by and step.in_place_of:
        return _("%(name)s代%(away)s", name=step.decided_by.name, away=step.in_place_of.name)
    return step.decided_by.name if step.decided_by else ""


def _remark(step: rules.Step) -> str:
    if not step.remark:
        return ""
    why: Any = _(rules.REMARKS[step.remark])
    if step.role_was:
        return _("原由%(who)s核可：%(why)s，上送一級", who=title_of(step.role_was, ""), why=why)
    return str(why)
