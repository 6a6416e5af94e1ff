"""The guides can be followed: links and pictures exist, commands are those of the program, roles are as granted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

from config import ROOT
from tests.architecture.tree import named
from tests.screenshots import IMAGES, MOST_BYTES, PICTURES
from unionops.core.accounts.roles import GRANTS, ROLES
from unionops.members.rules import import_outcome, roster_verdicts

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
OF_THE_LAUNCHER = {"up", "test", "help", "jobs", "COMMAND", "--help"}
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def missing_links(page: Path, text: str) -> list[str]:
    """Relative links and pictures of a page that lead nowhere, headings within pages among them."""
    wrong = []
    for link in _LINK.findall(text):
        if "://" in link:
            continue
        path, _hash, place = link.partition("#")
        target = (page.parent / path) if path else page
        if not target.exists() or (place and place not in anchors(target.read_text("utf-8"))):
            wrong.append(link)
    return wrong


def anchors(text: str) -> set[str]:
    """The places of a page as web pages of repositories name them."""
    headings = re.findall(r"^#+ +(.+)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_and_pictures_exist(page: Path) -> None:
    assert missing_links(page, page.read_text("utf-8")) == []


def test_a_link_to_nowhere_is_found() -> None:
    page = ROOT / "docs" / "README.md"
    assert missing_links(page, "[a](gone.md) ![b](img/gone.png) [c](#gone) [d](import.md#gone)") == [
        "gone.md", "img/gone.png", "#gone", "import.md#gone",
    ]


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text("utf-8")
    told = {(ROOT / "docs" / link).resolve() for link in _LINK.findall(index) if "://" not in link}
    assert [named(page) for page in (ROOT / "docs").rglob("*.md") if page.name != "README.md" and page not in told] == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_commands_exist(page: Path, app: Flask) -> None:
    said = re.findall(r"(?:-m unionops|--app wsgi) ([\w-]+)(?: ([\w-]+))?", page.read_text("utf-8"))
    unknown = []
    for word, second in said:
        group = app.cli.commands.get(word)
        if group is None and word != "db" and word not in OF_THE_LAUNCHER:
            unknown.append(word)
        elif second and hasattr(group, "commands") and second not in group.commands:
            unknown.append(f"{word} {second}")
    assert unknown == []


def test_pictures_are_those_of_the_list_and_small() -> None:
    kept = {path.stem: path.stat().st_size for path in IMAGES.glob("*.png")}
    assert sorted(kept) == sorted(picture.name for picture in PICTURES)
    assert [name for name, size in kept.items() if size > MOST_BYTES] == []


def test_the_table_of_roles_is_the_one_that_holds() -> None:
    rows = re.findall(r"^\| [^|]+ \| `(\w+\.\w+)` \|(.+)\|$", (ROOT / "docs" / "platform.md").read_text("utf-8"), re.M)
    told = {(role, permission) for permission, cells in rows for role, cell in zip(ROLES, cells.split("|"), strict=True) if cell.strip()}
    assert told == {(role, permission) for role, permissions in GRANTS.items() for permission in permissions}


def test_every_reason_of_an_import_has_its_cure() -> None:
    chinese, english = (ROOT / "docs" / "import.md").read_text("utf-8").split("\n## English\n")
    codes = {*roster_verdicts.MESSAGES, *import_outcome.MESSAGES} - {"empty"}  # An empty row is no row of a member.
    assert [code for code in sorted(codes) if f"`{code}`" not in chinese or f"`{code}`" not in english] == []
