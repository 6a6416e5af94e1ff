"""What somebody must decide about a row: every answer that is offered settles its question, and none is put twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import product

import pytest

from unionops.members.rules import import_outcome as outcome
from unionops.members.rules.import_outcome import Known, Line, Stay
from unionops.members.rules.roster_verdicts import RowVerdict

AS_OF = date(2026, 9, 1)
BORN = date(1981, 5, 3)


def stored(person_id: int, name: str, *, has_id: bool = True, left_on: date | None = None) -> Known:
    values = dict.fromkeys(outcome.PERSON.values(), "") | {"name": name, "birth_on": BORN}
    return Known(person_id, values, has_id, [Stay(person_id, f"{person_id:05}", date(2011, 1, 1), left_on)])


def line_after(decisions: tuple[str, ...], id_number: str | None, known: Known | None, taken: Known | None, likely: Known | None) -> Line:
    values = {"name": "林佳慧", "id_number": id_number, "member_no": "00002", "birth_on": BORN}
    line = Line("", RowVerdict(2, 2, 1, "ok", values), "", [], decisions=decisions)
    outcome.prepare(line, as_of=AS_OF, limits={})
    outcome.compare(line, known=known, taken=taken, likely=likely)
    return line


def ways_through(*found) -> Iterator[tuple[tuple[str, ...], Line]]:
    """Every row of answers that the questions allow, with what became of the line at its end."""
    open_ends: list[tuple[str, ...]] = [()]
    while open_ends:
        answers = open_ends.pop()
        line = line_after(answers, *found)
        if line.kind != outcome.DUPLICATE:
            yield answers, line
            continue
        assert line.choices, "a question without an answer"
        assert not set(line.choices) & set(answers), f"asked again after {answers}"
        open_ends += [(*answers, one) for one in line.choices]


@pytest.mark.parametrize(("id_number", "known", "taken", "likely"), [
    pytest.param(*one, id="-".join(str(part.id if isinstance(part, Known) else part) for part in one))
    for one in product(
        ("A123456789", None),
        (None, stored(1, "林佳慧"), stored(1, "林佳慧", left_on=date(2020, 1, 1))),
        (None, stored(1, "林佳慧"), stored(2, "陳志明"), stored(3, "陳志明", has_id=False), stored(4, "林佳慧", has_id=False, left_on=date(2020, 1, 1))),
        (None, stored(1, "林佳慧"), stored(5, "林佳慧", has_id=False, left_on=date(2020, 1, 1))),
    )
    if one[0] or one[1] is None
])
def test_every_answer_settles_its_question(id_number, known, taken, likely):
    ends = dict(ways_through(id_number, known, taken, likely))
    assert all(line.kind in (outcome.CREATED, outcome.CHANGED, outcome.UNCHANGED, outcome.LEFT_OUT) for line in ends.values())
    assert len(ends) == 1 or all(ends), "a row that asks is never settled without an answer"
    for answers, line in ends.items():
        if outcome.NEW_NUMBER in answers or outcome.OWN_NUMBER in answers:
            assert line.record.get("number", "") == ""


def test_the_same_person_is_offered_only_where_it_can_be():
    """Two different identity numbers are two persons: the number in the file, or one of the identity numbers, is wrong."""
    another = stored(2, "陳志明")
    assert line_after((), "A123456789", None, another, None).choices == (outcome.NEW_NUMBER, outcome.LEAVE)
    assert line_after((), None, None, another, None).choices == (outcome.UPDATE, outcome.NEW_NUMBER, outcome.LEAVE)
    line = line_after((outcome.UPDATE,), None, None, another, None)
    assert (line.kind, line.known) == (outcome.CHANGED, another)


def test_an_answer_to_another_question_is_none():
    assert line_after((outcome.RENAME, outcome.KEEP_LEFT), None, None, stored(2, "陳志明"), None).kind == outcome.DUPLICATE


def test_who_bears_the_identity_number_keeps_the_own_member_number():
    line = line_after((outcome.OWN_NUMBER,), "A123456789", stored(1, "林佳慧"), stored(2, "陳志明"), None)
    assert (line.kind, line.known.id) == (outcome.UNCHANGED, 1)
