"""The roster as a file: quick because it is read by one statement and made column by column, and still what the list shows."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from types import SimpleNamespace

from flask_babel import force_locale

from tests.browsing import Statements
from tests.members.conftest import DAY
from unionops.core import clock
from unionops.core.db import db, unit_of_work
from unionops.members import listing, queries
from unionops.members.models import Person
from unionops.members.queries import RosterFilter
from unionops.members.services import people, structure

EVERYBODY = SimpleNamespace(id=1, scopes=lambda permission: None, can=lambda permission: True)


def cell(line, column, *, whole, today):
    """What one cell of the roster holds, looked up by itself."""
    if column.key == "standing":
        return str(listing.STANDINGS[queries.place_of(line, today)])
    value = getattr(line, column.key)
    if column.mask and not whole:
        return listing.covered(value, column.mask)
    if column.key in ("member_class", "sex", "left_reason", "nationality", "education"):
        words = listing._WORDS.get(column.key, {})
        return str(words.get(value, value)) if value else ""
    if column.key.startswith("custom_"):
        return {"yes": "是", "no": "否"}.get(value, value or "")
    return value


def test_an_export_shows_each_cell_as_the_list_does_and_in_its_order(office, add, unit, employer):
    """The file is made column by column and from one statement: every column, covered and whole, in every order, under any filter."""
    here, today = unit("=一廠"), DAY
    with unit_of_work("test", "test"):
        own = [structure.add_custom_field(title=title, kind=kind, choices=[]) for title, kind in (("=備註", "text"), ("幹部", "yes_no"))]
    add("=HYPERLINK(1)", unit=here, mobile="0912345678", id_number="A123456789", birth_on=date(1984, 5, 6), email="=a@example.org", sex="M",
        insured_salary=45800, home_address="臺中市西屯區文心路 1 號", joined_on=date(2001, 2, 3))
    add("𡘙　莎韻", joined_on=today, phone="02-2345-6789")
    third = add("丙三", unit=here, joined_on=date(2000, 2, 29))
    with unit_of_work("test", "test"):
        person = db.session.get(Person, third.id)
        people.set_custom(person, {own[0]: "-1", own[1]: "yes"})
        people.leave(person.memberships[0], left_on=today, reason="resigned", note="", today=today)
    columns = [column for key, column in queries.roster_columns().items() if key not in listing._JUDGED]  # See test_roster_rights.
    filters = [RosterFilter(standing="all", sort=sort, descending=down) for sort in queries.SORTS for down in (False, True)]
    for wanted in [*filters, RosterFilter(), RosterFilter(standing="all", units=(here.id,)), RosterFilter(standing="all", text="莎韻")]:
        for day, whole in product((today, today - timedelta(days=1)), (False, True)):
            lines = queries.roster_lines(queries.roster_ids(EVERYBODY, wanted, day), columns)
            read = listing.batch_reader(columns, whole=whole, today=day)
            rows = [row for batch in queries.lines_streamed(EVERYBODY, wanted, columns, day) for row in zip(*read(batch), strict=True)]
            assert rows == [tuple(cell(line, column, whole=whole, today=day) for column in columns) for line in lines], wanted


def test_an_export_is_read_by_one_statement_a_batch_at_a_time(app, add, monkeypatch):
    monkeypatch.setattr("unionops.members.queries.cells.AT_ONCE", 2)
    for name in ("甲一", "乙二", "丙三", "丁四", "戊五"):
        add(name)
    with Statements() as seen:
        batches = list(queries.lines_streamed(EVERYBODY, RosterFilter(), [queries.COLUMNS["name"]], clock.today()))
    seen = [statement for statement in seen if "person.name" in statement]
    assert [[line.name for line in lines] for lines in batches] == [["甲一", "乙二"], ["丙三", "丁四"], ["戊五"]]
    assert len([statement for statement in seen if "FROM membership" in statement]) == 1, "of the rows"


def test_words_are_those_of_the_language_that_is_read_now(app, add):
    """A paper is made in Chinese whatever its maker reads, and has no bearing on what is shown next."""
    add("甲一")
    column, seen = queries.COLUMNS["member_class"], []
    with app.test_request_context(headers={"Accept-Language": "en"}):
        for locale in ("zh_Hant_TW", "en"):
            with force_locale(locale):
                (lines,) = queries.lines_streamed(EVERYBODY, RosterFilter(), [column], clock.today())
                seen += listing.batch_reader([column], whole=False, today=clock.today())(lines)[0]
    assert seen == ["正式會員", "Full member"]
