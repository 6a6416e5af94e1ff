"""The papers of a roll check: the letters to those in doubt, the team, the leavers, the report."""

from __future__ import annotations

from flask import abort, request, url_for
from flask_login import current_user

from unionops.core import clock
from unionops.core.documents import render_batch, serving
from unionops.core.i18n import _, _l, show_year
from unionops.core.pages import page
from unionops.core.union import queries as union
from unionops.members.documents import rollcheck as documents
from unionops.members.queries import rollcheck as reads
from unionops.members.rules import rollcheck as rules
from unionops.members.rules.rollcheck import Result
from unionops.members.views.rollcheck.area import area
from unionops.members.views.rollcheck.checks import READ, SERVES, picked

PAPERS = {
    "report": (_l("會籍清查報告表"), _l("人數、存疑事由與結果；函報時 3 份")), "team": (_l("清查小組名冊"), _l("成員與組成決議")),
    "doubts": (_l("存疑會員名冊"), _l("事由、通知、回覆與認定")), "leavers": (_l("清查出會名冊"), _l("會號、姓名、出會日與原因，提報理事會")),
}
FORMATS = ("pdf", "ods", "odt", "xlsx", "docx")
MOST_LETTERS = 300


@area.screen("/<int:check_id>/papers", title=_l("報表"), **READ, parent="rollcheck.check")
def papers(check_id: int):
    one = reads.check_for(check_id)
    rows = [
        {"title": title, "purpose": purpose, "files": [(fmt.upper(), url_for("rollcheck.paper", check_id=one.id, key=key, fmt=fmt)) for fmt in FORMATS]}
        for key, (title, purpose) in PAPERS.items()
    ]
    return page("rollcheck/papers.html", title=_("%(year)s 年度清查報表", year=show_year(one.year)), check=one, rows=rows)


@area.screen("/<int:check_id>/<key>.<fmt>", title=_l("清查報表檔案"), **READ, personal=True, exact=True, parent="rollcheck.papers")
def paper(check_id: int, key: str, fmt: str):
    one = reads.check_for(check_id)
    if key not in PAPERS or fmt not in FORMATS:
        abort(404)
    name, today = _union(), clock.today()
    match key:
        case "team":
            made = documents.team(one, name)
        case "report":
            made = documents.report(one, reads.counts(one), {word.value: title for word, title in rules.DOUBT_WORDS.items()}, name)
        case "leavers":
            made = documents.leavers(one, reads.lines(current_user, one, today, result=Result.LEAVES), name)
        case _:
            made = documents.doubts(one, reads.lines(current_user, one, today), name)
    return serving.send(serving.made(made, fmt), f"{one.year - 1911}年度{made.title}", inline=fmt == "pdf" and request.args.get("show") == "1")


@area.screen("/<int:check_id>/notices/<fmt>", title=_l("清查通知書"), permission="rollcheck.manage", **SERVES, personal=True, exact=True, parent="rollcheck.check")
def notices(check_id: int, fmt: str):
    """The letters to the chosen ones, each its own page, at most ``MOST_LETTERS`` in one file."""
    one, today = reads.check_for(check_id), clock.today()
    lines = picked(one)[:MOST_LETTERS]
    if fmt != "pdf" or not lines:
        abort(404)
    with serving.room_on_disk():
        made = render_batch([
            documents.notice(line, one, _union(), today, until=line.doubt.answer_by or rules.earliest_answer(today)) for line in lines
        ])
    return serving.send(made, f"{one.year - 1911}年度會籍清查通知書")


def _union() -> str:
    record = union.the_union()
    return record.name if record else union.union_name()
