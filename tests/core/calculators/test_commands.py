"""The calculators from the command line: JSON for programs, words for people, status 2 for wrong input, no database."""

import json

import pytest

from tests.browsing import Statements
from unionops.law.calculators import CALCULATORS


@pytest.fixture
def calc(app):
    def run(*args):
        return app.test_cli_runner().invoke(args=["calc", *args])

    return run


def test_answers_with_its_basis_as_json(calc):
    answer = calc("assembly.thresholds", "base=61", "attending=54", "--json")
    assert answer.exit_code == 0
    told = json.loads(answer.stdout)
    assert told["answer"] == {"quorum": 31, "ordinary": 28, "special": 36}
    assert [basis["rule"] for basis in told["basis"]] == ["UA-27-quorum", "UA-27-ordinary", "UA-27-special"]
    assert {"rule", "citation", "confidence", "source", "inputs", "result"} <= told["basis"][0].keys()


def test_dates_are_iso_in_and_out(calc):
    told = json.loads(calc("notice.latest_delivery", "body=assembly", "session=regular", "meeting_on=2026-03-17", "--json").stdout)
    assert told["answer"]["deliver_by"] == "2026-03-01"


def test_answers_in_words(calc):
    told = calc("officers.limits", "members=1234", "kind=industrial").stdout
    assert "理事上限（directors_max）：13" in told
    assert "UA-17-directors" in told
    assert "〔法〕" in told


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["nope"], "no calculator 'nope'"),
        ([], "calc --list"),
        (["officers.limits", "members"], "'members' is not key=value"),
        (["officers.limits", "members=1", "members=2", "kind=industrial"], "members is given twice"),
        (["officers.limits", "kind=industrial"], "members: 請填寫此項"),
        (["officers.limits", "members=0", "kind=industrial"], "members: 不得小於 1"),
        (["officers.limits", "members=5", "kind=guild"], "kind: 須為下列之一"),
        (["officers.limits", "members=5", "kind=industrial", "colour=red"], "colour: 沒有這個項目"),
        (["period.deadline", "event_on=2026-02-30", "length=10"], "event_on: 沒有這一天"),
        (["assembly.thresholds", "base=10", "attending=11"], "attending: 出席人數不得多於應出席人數 10"),
    ],
)
def test_wrong_input_is_told_on_stderr_with_status_2(calc, args, told):
    answer = calc(*args, "--json")
    assert answer.exit_code == 2
    assert told in answer.stderr
    assert answer.stdout == ""


def test_lists_all_with_their_inputs(calc):
    told = calc("--list").stdout
    for calculator in CALCULATORS.values():
        assert calculator.name in told
        assert all(given.name in told for given in calculator.inputs)
    listed = json.loads(calc("--list", "--json").stdout)
    assert [one["name"] for one in listed] == list(CALCULATORS)


def test_asks_nothing_of_the_database(calc):
    with Statements() as seen:
        assert calc("identity.check", "number=A123456789", "--json").exit_code == 0
        assert calc("period.deadline", "event_on=2026-09-01", "length=10").exit_code == 0
        assert calc("--list").exit_code == 0
    assert seen == []
