"""The translation catalogues: from the source strings to the edited ``.po``, and from there to the ``.mo`` that the app reads.

Owns which strings are extracted and how catalogues are compiled. The choice of a language is :mod:`unionops.core.i18n`.
"""

import ast
import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

PACKAGE = Path(__file__).resolve().parent.parent
FOLDER = PACKAGE / "translations"
ENGLISH = FOLDER / "en" / "LC_MESSAGES" / "messages.po"
KEYWORDS = {
    "_": None, "_l": None, "_m": None, "words": None, "gettext": None, "ngettext": (1, 2),
    "problem": (2,), "Problem": (2,), "refused": (2,), "Unreadable": (2,),
}
DATA_WORDS = ("title", "citation", "unit", "help", "source", "says", "note")
"""Keys whose Chinese text in a ``.toml`` file is shown on a screen. A file with both languages side by side has none of them."""
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_PLACEHOLDER = re.compile(r"%\((\w+)\)")


def source_strings() -> Catalog:
    """Every string that a person may be shown: from the code, the templates and the titles kept as data."""
    catalogue = Catalog(locale="en", project="unionops", fuzzy=False)
    jinja = {"extensions": "jinja2.ext.i18n", "trimmed": "true", "silent": "false"}
    for folder, methods, options in (
        (PACKAGE, [("**.py", "python")], {}),
        (PACKAGE.parent / "templates", [("**.html", "jinja2")], {"**.html": jinja}),
    ):
        for name, line, message, comments, context in extract_from_dir(
            folder, method_map=methods, options_map=options, keywords=KEYWORDS, strip_comment_tags=True
        ):
            if message:
                catalogue.add(message, locations=[(f"{folder.name}/{name}", line)], auto_comments=comments, context=context)
    for path in sorted(PACKAGE.rglob("*.py")):
        for text, line in _reasons(ast.parse(path.read_text())):
            catalogue.add(text, locations=[(str(path.relative_to(PACKAGE.parent)), line)])
    for path in sorted(PACKAGE.rglob("*.toml")):
        for text in _shown(tomllib.loads(path.read_text())):
            catalogue.add(text, locations=[(str(path.relative_to(PACKAGE.parent)), 1)])
    return catalogue


def _reasons(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every Chinese text inside a ``Basis``: a reason is shown wherever its answer is, so none of its words needs a mark of its own."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Basis":
            parts = {id(one) for joined in ast.walk(call) if isinstance(joined, ast.JoinedStr) for one in joined.values}
            for node in ast.walk(call):
                if id(node) not in parts and isinstance(node, ast.Constant) and isinstance(node.value, str) and _CHINESE.search(node.value):
                    yield node.value, node.lineno


def _shown(data: object) -> Iterator[str]:
    if isinstance(data, dict):
        for key, value in data.items():
            if key in DATA_WORDS and isinstance(value, str) and _CHINESE.search(value):
                yield value
            else:
                yield from _shown(value)
    elif isinstance(data, list):
        for value in data:
            yield from _shown(value)


def update() -> tuple[int, int]:
    """Brings the English catalogue up to the source strings; translations of vanished strings are dropped.
    Returns how many strings there are and how many still lack their English."""
    fresh = source_strings()
    if ENGLISH.exists():
        with ENGLISH.open("rb") as file:
            held = read_po(file, locale="en")
        for message in fresh:
            old = held.get(message.id, message.context) if message.id else None
            if old is not None and old.string:
                message.string = old.string
    ENGLISH.parent.mkdir(parents=True, exist_ok=True)
    with ENGLISH.open("wb") as file:
        write_po(file, fresh, width=120, no_location=True, sort_output=True, omit_header=False)
    return len(fresh), len(missing(fresh))


def missing(catalogue: Catalog) -> list[str]:
    """The strings without English, or whose English lacks a figure that the Chinese has."""
    lacking = []
    for message in catalogue:
        if not message.id:
            continue
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        source = message.id[0] if isinstance(message.id, tuple) else message.id
        wanted = set(_PLACEHOLDER.findall(source))
        if not all(texts) or any(set(_PLACEHOLDER.findall(text)) - {"num"} != wanted - {"num"} for text in texts):
            lacking.append(source)
    return lacking


def english() -> Catalog:
    """The source strings with the English they have in the committed catalogue."""
    fresh = source_strings()
    with ENGLISH.open("rb") as file:
        held = read_po(file, locale="en")
    for message in fresh:
        old = held.get(message.id, message.context) if message.id else None
        if old is not None:
            message.string = old.string
    return fresh


def compile_all(folder: Path = FOLDER) -> list[Path]:
    """Compiles every catalogue that is newer than its compiled form; returns those that were.

    A reader meanwhile sees the old or the new file, never half of one.
    """
    compiled = []
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parent.parent.name)
        unfinished = target.with_name(f"{target.name}.{os.getpid()}")
        with unfinished.open("wb") as file:
            write_mo(file, catalogue)
        unfinished.replace(target)
        compiled.append(target)
    return compiled
