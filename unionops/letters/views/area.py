"""The area itself: its name, its permissions, how other areas point to a letter, who may attach files to one."""

from __future__ import annotations

from typing import Any

from flask_login import current_user

from unionops.core import refs
from unionops.core.attachments.registry import may_attach
from unionops.core.i18n import _l
from unionops.core.screens import Area
from unionops.letters import queries
from unionops.letters.models import Letter
from unionops.letters.rules import Direction, State

area = Area("letters", title=_l("收發文"), permissions={
    "letters.read": _l("檢視收發文"),
    "letters.secret": _l("檢視密件"),
    "letters.register": _l("登錄收文、分辦與存查"),
    "letters.draft": _l("起草公文與送核"),
    "letters.issue": _l("發文編號與登錄寄送"),
    "letters.define": _l("維護文號代字與公文範本"),
})

refs.register(
    queries.KIND, Letter, label=_l("公文"), title=lambda letter: letter.title, endpoint="letters.letter", argument="letter_id",
    among=queries.visible_letters, remark=lambda letter: "" if letter.is_secret else letter.counterpart,
)

SERVES: dict[str, Any] = {"task": "T1.2", "indicators": ["P1.2.3"]}
"""Letters carry what meetings resolve and what members and authorities ask."""


def _may_attach(user: Any, letter: Letter) -> bool:
    """Whoever writes in that register, as long as the letter is not cancelled."""
    if letter.state == State.CANCELLED:
        return False
    wanted = ("letters.register",) if letter.is_incoming else ("letters.draft", "letters.issue")
    return any(user.can(one) for one in wanted)


may_attach(queries.KIND, _may_attach)


def the_letter(letter_id: int, direction: Direction | None = None) -> Letter:
    """The letter of this address, or 404."""
    return queries.letter_for(current_user, letter_id, direction=direction)
