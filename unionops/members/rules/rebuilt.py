"""Whether what was rebuilt is what a careful clerk got out of the same files. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple


class Compared(NamedTuple):
    """One figure of one file."""

    file: str
    figure: str
    found: Any
    expected: Any

    @property
    def agrees(self) -> bool:
        return bool(self.found == self.expected)


def compared(found: Mapping[str, Mapping[str, Any]], expected: Mapping[str, Any]) -> Iterator[Compared]:
    """Every figure that both know; of groups (classes, money) the figures in them, of classes also those that only one of them has. Where a
    list was expected and a number found, it is how many."""
    for file, figures in found.items():
        wanted = expected.get(file)
        if isinstance(wanted, Mapping):
            yield from _group(file, "", figures, wanted, whole=False)


def _group(file: str, name: str, found: Mapping[str, Any], wanted: Mapping[str, Any], *, whole: bool) -> Iterator[Compared]:
    for key in sorted(found.keys() | (wanted.keys() if whole else ())):
        if key not in wanted and not whole:
            continue
        one, other = found.get(key), wanted.get(key)
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            yield from _group(file, f"{name}{key}.", one, other, whole=key == "classes")
        else:
            yield Compared(file, f"{name}{key}", one, len(other) if isinstance(other, list) and isinstance(one, int) else other)
