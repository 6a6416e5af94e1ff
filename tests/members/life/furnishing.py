"""What the furnished office holds of the life of memberships, and with which arguments those screens are visited."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from unionops.core.db import db
from unionops.members.models import Erasure, Leaving, Membership, Retained
from unionops.members.services import changes, life, rollcheck


def visits(person: int, membership: int, left: int, today: date, *, by: Any) -> dict[str, dict[str, Any]]:
    """One measure, asked to be heard; a leave of absence, a retained member, a leaving to be brought to its end, a roll check."""
    held = db.session.get_one(Membership, membership)
    one = life.propose_measure(held, "suspension", ground="欠繳會費 13 個月，兩次催繳未果。", clause="章程第 12 條", on=today, by=by, today=today)
    life.ask_to_be_heard(one, asked_on=today, hearing_on=today + timedelta(10), how="雙掛號", by=by, today=today)
    case = {"measure_id": one.id}
    away = changes.rest(held, from_on=today, until_on=today + timedelta(60), reason="育嬰留職停薪", proof="核准函", by=by, today=today)
    kept = Retained(membership_id=membership, from_on=today, ground="dispute", document="調解申請書")
    db.session.add(kept)
    db.session.flush()
    check = rollcheck.open_check(year=today.year, team=["張", "李", "王", "陳", "林"], resolution="第 9 屆第 5 次理事會", opened_on=today, by=by, today=today)
    rollcheck.draw(check, on=today)
    doubt = rollcheck.add_by_hand(check, held, note="同事說已出國")
    erasure = Erasure(asked_on=today, asked_by_id=by.id, people=[], state="returned", counts={"mobile": 3})
    db.session.add(erasure)
    db.session.flush()
    one_check, one_doubt = {"check_id": check.id}, {"check_id": check.id, "doubt_id": doubt.id}
    leaver = db.session.get_one(Membership, left)
    db.session.add(Leaving(membership=leaver, received_on=today, how="counter", reason="resigned", effective_on=leaver.left_on or today))
    gone = {"person_id": leaver.person_id, "membership_id": left}
    return {
        **{f"rollcheck.{name}": one_check for name in ("check", "draw", "add_doubt", "leavers", "close", "papers")},
        **{f"rollcheck.{name}": one_check | {"ids": doubt.id} for name in ("tell", "decide")},
        **{f"rollcheck.{name}": one_doubt for name in ("doubt", "answer")},
        "rollcheck.chosen": one_check,
        "rollcheck.notices": one_check | {"fmt": "pdf", "ids": doubt.id},
        "rollcheck.paper": one_check | {"key": "report", "fmt": "odt"},
        **{f"rollcheck.{name}": {"erasure_id": erasure.id} for name in ("erasure", "erase_again")},
        "members.receive_leaving": {"person_id": person, "membership_id": membership},
        **{f"members.{name}": gone for name in ("closing", "return_card", "tell_employer", "withdraw_leaving")},
        "members.stop_notice": gone | {"fmt": "odt"},
        **{f"members.{name}": {"person_id": person} for name in ("changes_of", "record_absence", "record_retained", "change_wage", "change_identity")},
        "members.end_absence": {"person_id": person, "absence_id": away.id},
        "members.end_retained": {"person_id": person, "retained_id": kept.id},
        "members.change_form": {"person_id": person, "fmt": "odt"},
        "members.propose_measure": {"person_id": person},
        "members.measure_file": case | {"fmt": "odt"},
        **{f"members.{name}": case for name in (
            "measure", "ask_measure", "hear_measure", "waive_measure", "decide_measure", "tell_measure", "lift_measure", "drop_measure", "measure_paper",
        )},
    }
