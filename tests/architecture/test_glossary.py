"""docs/glossary.md gives each term one English word, the code uses its names, and the English catalogue keeps to it."""

import re

import pytest

from config import ROOT
from tests.architecture.tree import modules
from unionops.core.catalogues import english

LINE = re.compile(r"^\| (?P<zh>[^|A-Za-z]+?) \| (?P<en>[^|]+?) \| `(?P<code>\w+)` \| (?P<never>[^|]*)\|$", re.M)
SURELY = {"會員", "會籍", "入會", "出會", "停權", "除名", "理事", "監事", "理事長", "總幹事", "會務人員", "會員代表", "章程", "會費", "入會費"}
"""The terms without which no union talks."""


def terms(page: str) -> list[dict[str, str]]:
    return [found.groupdict() for found in LINE.finditer(page)]


def twice(values: list[str]) -> list[str]:
    return sorted({value for value in values if values.count(value) > 1})


def strays(glossary: list[dict[str, str]], strings: list[tuple[str, str]]) -> list[str]:
    """English strings that use a word which the glossary rules out for a term of their source. Longer terms go first: what
    is said of 理事長 is not said of 理事."""
    wrong = []
    for source, text in strings:
        left, text = source, re.sub(r"%\(\w+\)[sd]", "…", text)
        for term in sorted(glossary, key=lambda one: -len(one["zh"])):
            if term["zh"] not in left:
                continue
            left = left.replace(term["zh"], "｜")
            allowed = {one["en"].lower() for one in glossary if one["zh"] in source}
            for word in filter(None, (word.strip().lower() for word in term["never"].split(","))):
                if word not in " ".join(allowed) and re.search(rf"\b{re.escape(word)}(s|es)?\b", text.lower()):
                    wrong.append(f"{source} → {text}: {term['zh']} is {term['en']}, not {word}")
    return wrong


@pytest.fixture(scope="module")
def glossary() -> list[dict[str, str]]:
    return terms((ROOT / "docs" / "glossary.md").read_text(encoding="utf-8"))


def test_every_line_of_a_table_is_a_term(glossary):
    lines = [line for line in (ROOT / "docs" / "glossary.md").read_text().splitlines() if line.startswith("| ") and not line.startswith("| 中文")]
    assert len(glossary) == len(lines)


def test_one_word_for_a_term_and_one_term_for_a_word(glossary):
    assert twice([term["zh"] for term in glossary]) == []
    assert twice([term["en"] for term in glossary]) == []
    assert SURELY - {term["zh"] for term in glossary} == set()


def test_the_code_calls_things_so(glossary):
    source = "\n".join(path.read_text(encoding="utf-8") for path in modules())
    source += (ROOT / "unionops" / "core" / "union" / "charter.toml").read_text()
    assert [term["zh"] for term in glossary if term["code"] not in source] == []


def test_the_english_keeps_to_it(glossary):
    strings = [(str(m.id), str(m.string)) for m in english() if m.id and isinstance(m.id, str) and m.string]
    assert strays(glossary, strings) == []


def test_a_second_word_is_found():
    page = "| 理事 | director | `directors` | trustee |\n| 理事長 | president | `president` | chairman |\n| 監事 | director | `x` | |\n"
    found = terms(page)
    assert twice([term["en"] for term in found]) == ["director"]
    assert len(strays(found, [("理事長選舉", "Election of the chairman"), ("理事名額", "Trustees"), ("理事長", "President")])) == 2
    assert strays(found, [("理事長", "A trustee?")]) == []
