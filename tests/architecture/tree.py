"""The files of the project as the guards of this folder read them. Owns which files count; what is wrong in one is each guard's."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from config import ROOT

PARTS = ("unionops", "templates", "static", "migrations", "tests", "docs", "bench", ".ci")
TOP = ("*.py", "*.md", "*.toml", "*.lock", "LICENSE", ".gitignore")
TEXT = {".py", ".html", ".md", ".toml", ".lock", ".css", ".js", ".csv", ".txt", ".typ", ".po", ".json", ".svg", ".yaml", ".ini", ".mako", ""}


def files(*suffixes: str, under: Iterable[str] = PARTS) -> Iterator[Path]:
    """Every text file under these parts of the tree (and, for all parts, at the top), those with these suffixes only."""
    wanted = set(suffixes) or TEXT
    if under is PARTS:
        for pattern in TOP:
            yield from (path for path in sorted(ROOT.glob(pattern)) if path.suffix in wanted)
    for part in under:
        for path in sorted((ROOT / part).rglob("*")):
            if path.is_file() and path.suffix in wanted and "__pycache__" not in path.parts:
                yield path


def modules() -> list[Path]:
    """The app's own Python: the package and the modules beside it."""
    return [*files(".py", under=["unionops"]), ROOT / "config.py", ROOT / "wsgi.py"]


def named(path: Path) -> str:
    """The file's name from the top of the tree, the same on every machine."""
    return path.relative_to(ROOT).as_posix()
