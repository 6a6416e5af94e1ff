"""The standard as data: all of it, and its parts belong together."""

import json
from pathlib import Path

from unionops.core.standard.codes import pending, standard

SNAPSHOT = Path(__file__).with_name("pending_at_most.json")


def test_the_whole_standard_is_there():
    known = standard()
    assert [duty.code for duty in known.duties] == ["T1", "T2", "T3"]
    assert list(known.tasks) == ["T1.1", "T1.2", "T1.3", "T2.1", "T2.2", "T3.1", "T3.2"]
    sizes = {name: len(getattr(known, name)) for name in ("outputs", "indicators", "knowledge", "skills", "attitudes")}
    assert sizes == {"outputs": 2, "indicators": 18, "knowledge": 6, "skills": 9, "attitudes": 6}
    assert known.code == "BAS4999-001v2"


def test_every_code_is_worded_in_both_languages():
    known = standard()
    groups = (known.outputs, known.indicators, known.knowledge, known.skills, known.attitudes)
    codes = [code for group in groups for code in group.values()] + list(known.duties) + list(known.tasks.values())
    assert all(code.zh and code.en and not code.en.isspace() and code.en.isascii() for code in codes)


def test_every_output_and_indicator_belongs_to_one_task_and_carries_its_number():
    known = standard()
    belonging = [code for task in known.tasks.values() for code in (*task.outputs, *task.indicators)]
    assert sorted(belonging) == sorted([*known.outputs, *known.indicators])
    for code in belonging:
        assert code[1:].startswith(known.task_of(code)[1:] + ".")


def test_duties_name_known_knowledge_and_skills():
    known = standard()
    assert {code for duty in known.duties for code in duty.knowledge} <= known.knowledge.keys()
    assert {code for duty in known.duties for code in duty.skills} <= known.skills.keys()


def test_the_pending_list_only_shrinks():
    known = standard()
    assert pending() <= set(json.loads(SNAPSHOT.read_text()))
    assert pending() <= {*known.outputs, *known.indicators}
