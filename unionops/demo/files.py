"""Files on records of the demo union: signed forms as the scanner gives them, and the certificate of the union itself."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa

from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.attachments import services
from unionops.core.db import db
from unionops.core.documents import Document, Facts, Paragraph, render
from unionops.core.union.models import Union
from unionops.members.models import Person
from unionops.values import roc
from unionops.values.refs import Ref

WITH_FORMS = 12
"""How many members have their signed form attached."""


def build(today: date, by: User | None) -> None:
    """All of them, inside the caller's unit."""
    now = clock.now()
    union = db.session.get_one(Union, 1)
    services.add_content(
        Ref("union_record", 1), _paper("人民團體登記證書", [("名稱", union.name), ("主管機關", union.authority), ("會址", union.seat)]),
        "登記證書.pdf", by=by, now=now,
    )
    for person in db.session.scalars(sa.select(Person).order_by(Person.id).limit(WITH_FORMS)):
        _forms_of(person, today, by, now)


def _forms_of(person: Person, today: date, by: User | None, now: datetime) -> None:
    joined_on = person.memberships[0].joined_on or today
    facts = [("姓名", person.name), ("工作", person.trade or "－"), ("日期", roc.roc_long(joined_on))]
    owner = Ref("person", person.id)
    services.add_content(owner, _paper("入會申請書", facts), f"入會申請書_{person.name}.pdf", title="入會申請書", by=by, now=now)
    services.add_content(
        owner, _paper("身分證影本黏貼單", facts[:1]), "身分證影本.pdf", title="身分證影本", sensitive=True, by=by, now=now
    )


def _paper(title: str, facts: list[tuple[str, str]]) -> bytes:
    return render(Document(title=title, blocks=[Facts(facts), Paragraph("（示範資料）")]), "pdf").data
