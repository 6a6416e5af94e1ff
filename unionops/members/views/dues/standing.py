"""Where one member stands as of any day: the calculator `dues.standing`, on screen only, for it reads the register."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import request
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from unionops.core import clock
from unionops.core.audit import recording
from unionops.core.i18n import _l, show_date
from unionops.core.pages import page
from unionops.members import listing, queries
from unionops.members.forms.people import StandingForm
from unionops.members.queries import standing as standings
from unionops.members.views.dues.area import area
from unionops.values.problems import problem
from unionops.values.refs import Ref


@area.screen("/standing", title=_l("會員權利試算"), permission="members.read", task="T1.2", indicators=["P1.2.2"], personal=True)
def standing():
    today = clock.today()
    form = StandingForm(MultiDict({"on": show_date(today)} | {key: text for key, text in request.args.items() if text}), meta={"csrf": False})
    found: Any = None
    if "number" in request.args and form.validate():
        row = queries.numbered(current_user, form.number.data)
        if row is None:
            form.refuse(problem("number", "沒有這個會號，或不在您看得到的單位。"))
        else:
            recording.subject(Ref("person", row.person_id))
            found = _judged(row, form.on.data or today)
    return page("dues/standing.html", form=form, found=found, words=listing)


def _judged(row: Any, on: date) -> dict[str, Any]:
    explained = standings.of_person(row.person_id, on)[row.id]
    return {"person_id": row.person_id, "name": row.name, "number": row.number, "on": on, "explained": explained}
