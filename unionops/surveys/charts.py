"""Bars lying on their side, as one SVG for the screen and for paper: long answers need room, and a bar starts at nothing.

Geometry and colour stand in attributes, so that no policy for content and no printer minds. Calculates nothing but lengths.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

WIDTH, LINE, LEFT, LONGEST = 640, 30, 232, 268
LETTERS = 28
"""Half-width letters of a label that fit beside its bar."""


class Bar(NamedTuple):
    """One answer: its length counts from nothing, ``told`` stands behind it. A value of None is kept back and drawn as a gap."""

    label: str
    value: float | None
    told: str


def draw(title: str, bars: Sequence[Bar]) -> bytes:
    """The bars one under another, SVG."""
    most = max((bar.value or 0 for bar in bars), default=0) or 1
    height = LINE * len(bars) + 12
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img"'
        f' font-family="Noto Sans CJK TC, Noto Sans TC, PingFang TC, Microsoft JhengHei, sans-serif" font-size="14">'
        f"<title>{escape(title)}</title>"
        f'<path d="M{LEFT} 2V{height - 4}" stroke="#222" stroke-width="1"/>'
    ]
    for at, bar in enumerate(bars):
        top = 6 + LINE * at
        drawn.append(f'<text x="{LEFT - 8}" y="{top + 16}" text-anchor="end" fill="#222">{escape(_short(bar.label))}</text>')
        length = 40 if bar.value is None else round(LONGEST * bar.value / most, 1)
        look = 'fill="none" stroke="#555" stroke-dasharray="3 3"' if bar.value is None else 'fill="#14594a"'
        drawn.append(f'<rect x="{LEFT}" y="{top + 2}" width="{length}" height="18" {look}/>')
        drawn.append(f'<text x="{LEFT + length + 8}" y="{top + 16}" fill="#222">{escape(bar.told)}</text>')
    return ("".join(drawn) + "</svg>").encode()


def _short(label: str) -> str:
    room, kept = LETTERS, ""
    for letter in " ".join(label.split()):
        room -= 1 if letter.isascii() else 2
        if room < 2:
            return kept + "…"
        kept += letter
    return kept
