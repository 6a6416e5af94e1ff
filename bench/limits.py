"""The limits: the least that any Flask app must do for the same rows. No sign-in, no audit, no menu, no translation.

One view, one SELECT over an index, one plain table; on the same database, with Flask-SQLAlchemy as everybody uses it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask, abort, render_template, request
from flask_sqlalchemy import SQLAlchemy
from jinja2 import DictLoader

from unionops.core import clock

TABLE = """<!doctype html><html lang="zh-Hant-TW"><head><meta charset="utf-8"><title>名冊</title></head><body><h1>名冊</h1><table>
<thead><tr>{% for head in heads %}<th scope="col">{{ head }}</th>{% endfor %}</tr></thead>
<tbody>{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}</tbody></table></body></html>"""

_LINE = """SELECT membership.id, membership.number, person.name, unit.name AS unit, class_stay.member_class, membership.joined_on,
membership.left_on, person.mobile
FROM membership JOIN person ON person.id = membership.person_id
LEFT JOIN unit_stay ON unit_stay.membership_id = membership.id AND unit_stay.until_on IS NULL
LEFT JOIN unit ON unit.id = unit_stay.unit_id
LEFT JOIN class_stay ON class_stay.membership_id = membership.id AND class_stay.until_on IS NULL
"""
_END = " AND membership.left_on IS NULL ORDER BY membership.number LIMIT 25"
ROSTER = _LINE.replace("membership.id, ", "", 1) + "ORDER BY membership.number"
"""The rows of an export of everybody."""
# In SQLite the hits of the full-text index come first by order of the joins; its planner would walk all members instead.
_FOUND = {
    "sqlite": _LINE.replace(
        "FROM membership JOIN",
        "FROM search_index CROSS JOIN search_text ON search_text.id = search_index.rowid "
        "CROSS JOIN membership ON membership.person_id = search_text.record_id JOIN",
    ) + "WHERE search_index MATCH :given" + _END,
    "postgresql": _LINE + "WHERE membership.person_id IN (SELECT record_id FROM search_text "
                          "WHERE to_tsvector('simple', words) @@ to_tsquery('simple', :given))" + _END,
}
_DETAIL = """SELECT membership.number, membership.joined_on, membership.left_on, membership.left_reason, unit.name AS unit,
class_stay.member_class, wage_base.insured_salary, wage_base.dependants_count, employer.name AS employer, employment.staff_number,
employment.job, dependant.name AS dependant, dependant.relation, emergency_contact.name AS contact, emergency_contact.phone AS contact_phone,
consent.kind, consent.given_on, person.name, person.sex, person.birth_on, person.nationality, person.mobile, person.phone, person.email,
person.home_address, person.mail_address, person.education, person.trade, person.bank_code
FROM person LEFT JOIN membership ON membership.person_id = person.id
LEFT JOIN unit_stay ON unit_stay.membership_id = membership.id AND unit_stay.until_on IS NULL
LEFT JOIN unit ON unit.id = unit_stay.unit_id
LEFT JOIN class_stay ON class_stay.membership_id = membership.id AND class_stay.until_on IS NULL
LEFT JOIN wage_base ON wage_base.membership_id = membership.id AND wage_base.until_on IS NULL
LEFT JOIN employment ON employment.person_id = person.id AND employment.until_on IS NULL
LEFT JOIN employer ON employer.id = employment.employer_id
LEFT JOIN dependant ON dependant.person_id = person.id
LEFT JOIN emergency_contact ON emergency_contact.person_id = person.id
LEFT JOIN consent ON consent.person_id = person.id
WHERE person.id = :given"""


# A row names the record that its deadline belongs to, as ours do; here all of them are people.
_DUE = """SELECT deadline.title, deadline.kind, deadline.nominal_on, deadline.latest_on, deadline.ref_kind, person.name AS record, "user".name
FROM deadline LEFT JOIN "user" ON "user".id = deadline.owner_id LEFT JOIN person ON deadline.ref_kind = 'person' AND person.id = deadline.ref_id WHERE deadline.closed_at IS NULL AND deadline.withdrawn_at IS NULL """
_DESK = """SELECT * FROM (SELECT deadline.title, deadline.nominal_on AS on_day, "user".name, person.name AS record FROM deadline
LEFT JOIN "user" ON "user".id = deadline.owner_id LEFT JOIN person ON deadline.ref_kind = 'person' AND person.id = deadline.ref_id
WHERE deadline.owner_id = :given AND deadline.nominal_on <= '{until}'
AND deadline.closed_at IS NULL AND deadline.withdrawn_at IS NULL ORDER BY deadline.nominal_on LIMIT 8) AS due
UNION ALL SELECT * FROM (SELECT 'count', CAST(NULL AS DATE), '', CAST(COUNT(*) AS TEXT) FROM deadline WHERE nominal_on <= '{until}' AND closed_at IS NULL
AND withdrawn_at IS NULL) AS pressing
UNION ALL SELECT * FROM (SELECT appointment.title, CAST(NULL AS DATE), appointment.place, '' FROM appointment
WHERE starts_at BETWEEN '{today}' AND '{tomorrow}' ORDER BY starts_at) AS day
UNION ALL SELECT * FROM (SELECT source, CAST(NULL AS DATE), actor, '' FROM audit_entry ORDER BY id DESC LIMIT 8) AS changes"""
"""What the desk shows, in one statement: what is due, how much presses, today's appointments, the newest changes."""


def bare_app(url: sa.URL) -> Flask:
    """``/list``, ``/deep?given=<number>``, ``/search?given=<index query>``, ``/unit?given=<id>``, ``/detail?given=<person id>``,
    ``/desk?given=<user id>``, ``/due``, ``/month``: open deadlines, as many as the screens show."""
    app = Flask("bare", static_folder=None)
    app.jinja_loader = DictLoader({"table.html": TABLE})  # type: ignore[assignment]
    app.config["MAX_CONTENT_LENGTH"] = 1024
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    bare = SQLAlchemy(app)
    today = clock.today()
    days = {"today": today, "tomorrow": today + timedelta(days=1), "until": today + timedelta(days=30), "first": today.replace(day=1)}
    days["next"] = (days["first"] + timedelta(days=32)).replace(day=1)
    statements = {
        "list": sa.text(_LINE + "WHERE 1 = 1" + _END),
        "deep": sa.text(_LINE + "WHERE membership.number >= :given" + _END),
        "unit": sa.text(_LINE + "WHERE unit_stay.unit_id = :given" + _END),
        "search": sa.text(_FOUND[url.get_backend_name()]),
        "detail": sa.text(_DETAIL),
        "desk": sa.text(_DESK.format(**days)),
        "due": sa.text(_DUE + "ORDER BY deadline.nominal_on, deadline.id LIMIT 25"),
        "month": sa.text(_DUE + "AND deadline.nominal_on >= '{first}' AND deadline.nominal_on < '{next}' ORDER BY deadline.nominal_on".format(**days)),
    }

    @app.get("/<what>")
    def rows(what: str) -> Any:
        statement = statements.get(what)
        if statement is None:
            abort(404)
        given: Any = request.args.get("given")
        if what in ("unit", "detail", "desk"):
            given = int(given)
        result = bare.session.execute(statement, {} if given is None else {"given": given})
        return render_template("table.html", heads=list(result.keys()), rows=result.all())

    return app
