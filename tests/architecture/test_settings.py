"""Each setting that the app reads from the environment is explained in docs/settings.md, and no other one is."""

import ast
import re

from config import ROOT

PAGE = ROOT / "docs" / "settings.md"
ELSEWHERE = {"TEST_DATABASE_URL"}
"""Read by the tests, and explained there too."""


def read_by(source: str) -> set[str]:
    """The names that ``os.environ`` (or ``env``, which stands for it) is asked for."""
    asked = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(value=owner, attr="get" | "pop" | "setdefault"), args=[ast.Constant(value=str(name)), *_]):
                pass
            case ast.Call(func=ast.Attribute(attr="getenv"), args=[ast.Constant(value=str(name)), *_]):
                owner = ast.Name("env")
            case ast.Subscript(value=owner, slice=ast.Constant(value=str(name))):
                pass
            case _:
                continue
        if ast.unparse(owner) in ("env", "os.environ"):
            asked.add(name)
    return asked


def explained(page: str) -> set[str]:
    """The names in the first column of the table."""
    return set(re.findall(r"^\| `([A-Z_]+)` \|", page, re.M))


def test_every_setting_is_explained_and_every_explained_one_is_read():
    assert read_by((ROOT / "config.py").read_text()) == explained(PAGE.read_text()) - ELSEWHERE


def test_readers_of_every_form_are_found():
    assert read_by("os.environ['A']; env.get('B', ''); os.getenv('C'); os.environ.setdefault('D', ''); other.get('E')") == {"A", "B", "C", "D"}
    assert explained("| `A` | what |\n| B | no |\n") == {"A"}
