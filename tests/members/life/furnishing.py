"""What the furnished office holds of the life of memberships, and with which arguments those screens are visited."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from unionops.core.db import db
from unionops.members.models import Membership
from unionops.members.services import life


def visits(person: int, membership: int, today: date, *, by: Any) -> dict[str, dict[str, Any]]:
    """One measure, asked to be heard."""
    held = db.session.get_one(Membership, membership)
    one = life.propose_measure(held, "suspension", ground="欠繳會費 13 個月，兩次催繳未果。", clause="章程第 12 條", on=today, by=by, today=today)
    life.ask_to_be_heard(one, asked_on=today, hearing_on=today + timedelta(10), how="雙掛號", by=by, today=today)
    case = {"measure_id": one.id}
    return {
        "members.propose_measure": {"person_id": person},
        "members.measure_file": case | {"fmt": "odt"},
        **{f"members.{name}": case for name in (
            "measure", "ask_measure", "hear_measure", "waive_measure", "decide_measure", "tell_measure", "lift_measure", "drop_measure", "measure_paper",
        )},
    }
