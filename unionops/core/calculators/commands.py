"""``flask --app wsgi calc NAME key=value …``: every calculator from the command line. Asks nothing of the database."""

from __future__ import annotations

import json
import sys
from typing import NoReturn

import click

from unionops.core.calculators.wording import result_text, result_title
from unionops.core.cli import command
from unionops.core.i18n import say
from unionops.law.basis import Basis
from unionops.law.calculators import CALCULATORS, Answer, Calculator, Input, as_json
from unionops.values.problems import RuleBroken

_SEALS = {"law": "法", "charter": "章", "default": "預"}


@command
@click.command("calc")
@click.argument("name", required=False)
@click.argument("given", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--json", "wants_json", is_flag=True, help="Print {\"answer\": …, \"basis\": […]}.")
@click.option("--list", "wants_list", is_flag=True, help="Print every calculator with its inputs.")
def calc(name: str | None, given: tuple[str, ...], wants_json: bool, wants_list: bool) -> None:
    """Answer a question with its basis: calc officers.limits members=1234 kind=industrial.

    Dates are ISO (115/9/1 is read too); lists are JSON. Wrong input is told on stderr, with exit status 2.
    """
    if wants_list:
        click.echo(json.dumps(_register(), ensure_ascii=False, indent=2) if wants_json else _told_register())
        return
    if not name:
        _refuse("name a calculator, or see them all with: calc --list")
    calculator = CALCULATORS.get(name)
    if calculator is None:
        _refuse(f"no calculator {name!r}; there are: {', '.join(CALCULATORS)}")
    try:
        answer = calculator.ask(_pairs(given))
    except RuleBroken as refusal:
        _refuse(*(f"{problem.field}: {say(problem)}" if problem.field else say(problem) for problem in refusal.problems))
    if wants_json:
        click.echo(json.dumps(as_json(answer), ensure_ascii=False, indent=2))
    else:
        click.echo(_told(calculator, answer))


def _refuse(*lines: str) -> NoReturn:
    for line in lines:
        click.echo(line, err=True)
    sys.exit(2)


def _pairs(given: tuple[str, ...]) -> dict[str, str]:
    raw: dict[str, str] = {}
    for pair in given:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            _refuse(f"{pair!r} is not key=value")
        if key in raw:
            _refuse(f"{key} is given twice")
        raw[key] = value
    return raw


def _told(calculator: Calculator, answer: Answer) -> str:
    values, bases = answer
    lines = [f"{say(calculator.title)}（{calculator.name}）"]
    lines += [f"  {result_title(name)}（{name}）：{result_text(value)}" for name, value in values.items()]
    return "\n".join(lines + [_told_basis(basis) for basis in bases])


def _told_basis(basis: Basis) -> str:
    inputs = "、".join(f"{say(label)} {result_text(say(value) if isinstance(value, str) else value)}" for label, value in basis.inputs)
    result = say(basis.result) if isinstance(basis.result, str) else result_text(basis.result)
    note = f"；{say(basis.note)}" if basis.note else ""
    return f"  〔{_SEALS[basis.source]}〕{basis.citation}（{basis.rule}，{basis.confidence}）{inputs} → {result}{note}"


def _told_register() -> str:
    lines = []
    for calculator in CALCULATORS.values():
        lines.append(f"{calculator.name}  {say(calculator.title)}")
        lines += [f"  {given.name}{'' if _is_needed(given) else '?'}  {given.kind}{_allowed(given)}  {say(given.title)}" for given in calculator.inputs]
    return "\n".join(lines)


def _register() -> list[dict[str, object]]:
    return [
        {
            "name": calculator.name,
            "title": calculator.title,
            "task": calculator.task,
            "indicators": list(calculator.indicators),
            "inputs": [
                {
                    "name": given.name, "kind": given.kind, "title": given.title, "required": _is_needed(given),
                    "choices": [word for word, _label in given.choices], "default": given.default,
                }
                for given in calculator.inputs
            ],
        }
        for calculator in CALCULATORS.values()
    ]


def _is_needed(given: Input) -> bool:
    return given.required and given.default is None


def _allowed(given: Input) -> str:
    if given.choices:
        return " = " + " | ".join(word for word, _label in given.choices)
    return f" (default {given.default})" if given.default is not None else ""
