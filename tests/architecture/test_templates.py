"""Area templates are made of the components: no controls, tables or styles of their own, nothing inline, nothing unescaped."""

import re

import pytest

from config import ROOT
from tests.architecture.tree import files, named

FRAME = ("templates/components/", "templates/skeleton.html", "templates/base.html", "templates/bare.html", "templates/documents/")
"""Where the elements themselves are written."""

RULES = {
    "writes a control or a table itself": re.compile(r"<(form|input|select|textarea|button|table|thead|tbody|tr|td|th)\b", re.I),
    "prints without escaping": re.compile(r"\|\s*safe\b|autoescape\s+false|Markup\("),
    "styles inline": re.compile(r"<style\b|\sstyle\s*=", re.I),
    "runs a script inline": re.compile(r"<script\b|\son[a-z]+\s*=\s*[\"']|javascript:", re.I),
    "wears Bootstrap's utility classes": re.compile(
        r"class=\"[^\"]*(?<![\w-])(btn-(?:primary|secondary|outline)[\w-]*|col-(?:xs|sm|md|lg|xl|\d)[\w-]*|row|container(-fluid)?|d-(?:flex|none|block|grid|inline)[\w-]*"
        r"|[mp][tbsexy]?-[0-5]|text-(?:muted|center|end|start)|form-control|table-\w+|card(-\w+)?|alert(-\w+)?)(?![\w-])"
    ),
    "asks the database": re.compile(r"\.session\b|\.query\b\(|select\("),
}
EVERYWHERE = ("prints without escaping", "styles inline")
DRAWINGS = "templates/components/icons.html"
"""Prints its own constant shapes as they are."""


def breaks(source: str, names=tuple(RULES)) -> list[str]:
    """What a template does that it may not, with the line."""
    source = re.sub(r"\{#.*?#\}", lambda found: "\n" * found.group().count("\n"), source, flags=re.S)
    return [f"{number} {name}" for number, line in enumerate(source.splitlines(), 1) for name in names if RULES[name].search(line)]


def test_area_templates_use_the_components():
    wrong = [
        f"{named(path)}:{line}"
        for path in files(".html", under=["templates"])
        if not named(path).startswith(FRAME)
        for line in breaks(path.read_text())
    ]
    assert wrong == []


def test_even_the_components_escape_and_style_nothing_inline():
    wrong = [
        f"{named(path)}:{line}"
        for path in files(".html", under=["templates"])
        if named(path) != DRAWINGS
        for line in breaks(path.read_text(), EVERYWHERE)
    ]
    assert wrong == []


def test_every_template_folder_belongs_to_an_area(app):
    from unionops.core.screens import AREAS

    folders = {path.name for path in (ROOT / "templates").iterdir() if path.is_dir()}
    assert folders - {"components", "errors", "documents"} - set(AREAS) == set()


@pytest.mark.parametrize(
    ("source", "wrong"),
    [
        ('<form method="post">', "writes a control or a table itself"),
        ("<table><tr>", "writes a control or a table itself"),
        ("{{ note|safe }}", "prints without escaping"),
        ('<p style="color:red">', "styles inline"),
        ("<script>go()</script>", "runs a script inline"),
        ('<a onclick="go()">', "runs a script inline"),
        ('<div class="row mt-3">', "wears Bootstrap's utility classes"),
        ('<a class="btn btn-primary">', "wears Bootstrap's utility classes"),
        ("{{ db.session.get(x) }}", "asks the database"),
    ],
)
def test_each_is_found(source, wrong):
    assert f"1 {wrong}" in breaks(source)


def test_plain_markup_passes():
    assert breaks('{# no <form> #}\n<p class="lead">{{ _("會員") }}</p>{% call table(rows) %}{% endcall %}') == []
