"""A problem comes back from a JSON column as it went in: the words of its source, whole numbers as numbers."""

import json
from datetime import date

from unionops.values.problems import Problem, problem, words


def test_stored_and_read_again():
    one = problem("amount", "%(day)s 的 %(sum)s 元不是%(who)s的，可能是 %(others)s", code="whose", day=date(2026, 3, 2), sum=450, who=words("本人"), others=["甲", "乙"])
    kept = json.loads(json.dumps(one.stored()))
    again = Problem.of(kept)
    assert again.text == one.text == "2026-03-02 的 450 元不是本人的，可能是 甲、乙"
    assert (again.field, again.code, again.params["sum"]) == ("", "whose", 450)
