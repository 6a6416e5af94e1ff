"""One screen for every calculator of ``law.calculators``: the question in the address, the answer, its steps and its basis."""

from __future__ import annotations

from typing import Any

from flask import abort, request

from unionops.core.calculators.forms import question_form
from unionops.core.calculators.wording import result_text, result_title
from unionops.core.i18n import _l, say
from unionops.core.pages import page
from unionops.core.screens import Area
from unionops.core.standard.codes import standard
from unionops.core.standard.views import words
from unionops.law.calculators import CALCULATORS, Answer
from unionops.values.problems import RuleBroken

area = Area("calculators", title=_l("試算"), permissions={"calculators.use": _l("使用試算")})


@area.screen("", title=_l("試算"), permission="calculators.use", task="T1.2", menu=("算", "Ca", 820))
def all():
    tasks = standard().tasks
    groups: dict[str, list[Any]] = {}
    for calculator in CALCULATORS.values():
        groups.setdefault(calculator.task, []).append(calculator)
    titled = [(code, words(tasks[code]) if code in tasks else "", found) for code, found in sorted(groups.items())]
    return page("calculators/all.html", groups=titled, total=len(CALCULATORS))


@area.screen("/<name>", title=_l("試算"), permission="calculators.use", task="T1.2", parent="calculators.all")
def calculator(name):
    asked = CALCULATORS.get(name) or abort(404)
    known = {given.name for given in asked.inputs}
    typed = {key: value for key, value in request.args.items() if key in known}
    form = question_form(asked, typed or None)
    answer: Answer | None = None
    if typed:
        try:
            answer = asked.ask(typed)
        except RuleBroken as refusal:
            for problem in refusal.problems:
                form.refuse(problem)
    results = [(result_title(key), result_text(value)) for key, value in answer[0].items()] if answer else []
    return page(
        "calculators/calculator.html", title=say(asked.title), form=form, asked=asked, results=results,
        basis=list(answer[1]) if answer else [], copied=_copied(say(asked.title), results, answer),
    )


def _copied(title: str, results: list[tuple[str, str]], answer: Answer | None) -> str:
    """The answer as plain text, for a letter or a message."""
    if answer is None:
        return ""
    lines = [title, *(f"{name}：{text}" for name, text in results), *(f"{basis.citation}（{basis.rule}）" for basis in answer[1])]
    return "\n".join(lines)
