"""The letters of the furnished office (tests/office.py): one of each state, and with what their screens are visited."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.approvals import queries as asked
from unionops.core.approvals import services as approvals
from unionops.core.documents import render
from unionops.letters import documents
from unionops.letters.models import Letter
from unionops.letters.rules import Arrival, Asked, Direction, Draft, Receiver, Role, year_of
from unionops.letters.services import bonds, definitions, incoming, outgoing

BUREAU = "臺中市政府勞工局"


def visits(staff: User, chief: User, president: User) -> dict[str, dict[str, Any]]:
    """Writes the letters inside the caller's unit; what each screen's address needs."""
    today, now = clock.today(), clock.now()

    def arrive(subject: str, **more: Any) -> Letter:
        arrival = Arrival(today, "post", BUREAU, subject, today, f"中市勞資字第{subject[-1]}號", asked=Asked(by_day=today + timedelta(days=9)))
        return incoming.register(arrival, by=staff, owner=staff, today=today, now=now, **more)

    def write(subject: str) -> Letter:
        receivers = (Receiver(Role.ORIGINAL, BUREAU, "臺中市西屯區臺灣大道三段 99 號", "labor@example.tw"), Receiver(Role.COPY, "全國總工會"))
        body = {"subject": subject, "explanation": "依工會法第 31 條辦理。\n檢附會議紀錄 1 份。"}
        return outgoing.draft(Draft("letter", body, receivers, asked=Asked(by_day=today + timedelta(days=20))), by=staff, now=now)

    def sign(letter: Letter) -> None:
        outgoing.ask_approval(letter, by=staff, note="", now=now)
        for one in (chief, president):
            waiting = asked.open_of_record(bonds.pointer(letter), outgoing.CHAIN)
            assert waiting is not None
            approvals.decide(waiting, by=one, verdict="approved", now=now)

    series = definitions.add_series(direction=Direction.OUT, code="展演", digits=4, today=today)
    template = definitions.save_template(
        None, title="報備函", form="letter", body={"subject": "檢送○○"}, receivers={Role.ORIGINAL: BUREAU}, enclosures="", signatory="president"
    )
    received, filed, draft, approved, issued, waiting = (
        arrive("請補正會議紀錄"), arrive("例行通報"), write("檢送會議紀錄"), write("申請補助"), write("函請協商"), write("簽核中的函"),
    )
    incoming.file(filed, why="例行通報，已傳閱", now=now, today=today)
    outgoing.ask_approval(waiting, by=staff, note="", now=now)
    for letter in (approved, issued):
        sign(letter)
    outgoing.issue(issued, series=series, by=staff, paper=lambda one: render(documents.paper_of(one), "pdf").data, today=today, now=now)
    year = year_of(today)
    return {
        **{f"letters.{name}": {"letter_id": received.id} for name in ("letter", "edit_arrival", "give", "file", "cancel")},
        "letters.reopen": {"letter_id": filed.id},
        **{f"letters.{name}": {"letter_id": draft.id} for name in ("edit_draft", "ask_approval", "cancel_draft", "preview")},
        "letters.take_back": {"letter_id": waiting.id},
        "letters.issue": {"letter_id": approved.id},
        **{f"letters.{name}": {"letter_id": issued.id} for name in ("mail", "stop_waiting", "copies")},
        "letters.send": {"letter_id": issued.id, "receiver_id": issued.receivers[0].id},
        "letters.paper_file": {"letter_id": draft.id, "fmt": "pdf"},
        "letters.draft": {"source": "given-annual"},
        "letters.export": {"direction": "in", "fmt": "csv"},
        "letters.year_file": {"direction": "in", "year": year, "fmt": "ods"},
        **{f"letters.{name}": {"series_id": series.id} for name in ("edit_series", "close_series")},
        "letters.add_template": {"source": "letter"},
        **{f"letters.{name}": {"template_id": template.id} for name in ("edit_template", "retire_template")},
    }
