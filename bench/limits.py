"""The limits: the least that any Flask app must do for the same rows. No sign-in, no audit, no menu, no translation.

One view, one SELECT over an index, one plain table; on the same database, with Flask-SQLAlchemy as everybody uses it.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Flask, abort, render_template, request
from flask_sqlalchemy import SQLAlchemy
from jinja2 import DictLoader

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


def bare_app(url: sa.URL) -> Flask:
    """``/list``, ``/deep?given=<number>``, ``/search?given=<index query>``, ``/unit?given=<id>``, ``/detail?given=<person id>``."""
    app = Flask("bare", static_folder=None)
    app.jinja_loader = DictLoader({"table.html": TABLE})  # type: ignore[assignment]
    app.config["MAX_CONTENT_LENGTH"] = 1024
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    bare = SQLAlchemy(app)
    statements = {
        "list": sa.text(_LINE + "WHERE 1 = 1" + _END),
        "deep": sa.text(_LINE + "WHERE membership.number >= :given" + _END),
        "unit": sa.text(_LINE + "WHERE unit_stay.unit_id = :given" + _END),
        "search": sa.text(_FOUND[url.get_backend_name()]),
        "detail": sa.text(_DETAIL),
    }

    @app.get("/<what>")
    def rows(what: str) -> Any:
        statement = statements.get(what)
        if statement is None:
            abort(404)
        given: Any = request.args.get("given")
        if what in ("unit", "detail"):
            given = int(given)
        result = bare.session.execute(statement, {} if what == "list" else {"given": given})
        return render_template("table.html", heads=list(result.keys()), rows=result.all())

    return app
