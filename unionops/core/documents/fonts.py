"""Which typeface the papers are set in.

Owns the one place where a font file is named. The packaged Noto Sans CJK TC holds every character of Big5 and HKSCS;
an office that owns another typeface names its folder and family once, when the program starts.
"""

from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import typst

PACKAGED_FAMILY = "Noto Sans CJK TC"
EDITABLE_FAMILY = "標楷體"
"""Named, not embedded, in files that are edited: what Taiwanese offices write in. Elsewhere the reader's own font steps in."""
EDITABLE_LATIN = "Times New Roman"

_chosen: tuple[tuple[str, ...], str] = ((), "")


def use_typeface(folders: Sequence[str | Path] = (), family: str = "") -> None:
    """Set every later paper in ``family``, found in ``folders``; without arguments go back to the packaged one.

    Raises ValueError if no font of that family is in the folders: a paper must not turn into boxes.
    """
    global _chosen
    paths = tuple(str(folder) for folder in folders)
    if family and family.lower() not in (name.lower() for name in _load((*paths, *_packaged())).families()):
        raise ValueError(f"no font named {family!r} in {', '.join(paths) or 'the packaged fonts'}")
    _chosen = (paths, family)


def font_paths() -> tuple[str, ...]:
    """The folders that hold the fonts, the chosen ones first."""
    return (*_chosen[0], *_packaged())


def families() -> tuple[str, ...]:
    """The families in the order in which a character is looked up: the chosen one, the packaged one, then whatever else the
    chosen folders hold. So a folder with a font of rare characters is enough to print them."""
    further = _load(_chosen[0]).families() if _chosen[0] else ()
    return tuple(dict.fromkeys(name for name in (_chosen[1], PACKAGED_FAMILY, *further) if name))


def loaded() -> typst.Fonts:
    """The fonts, opened once for the life of the process."""
    return _load(font_paths())


@lru_cache(maxsize=4)
def _load(paths: tuple[str, ...]) -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=list(paths))


def _packaged() -> tuple[str, ...]:
    spec = find_spec("manimgx_fonts_cjk")
    if spec is None or spec.origin is None:
        raise RuntimeError("the packaged font is missing: pip install manimgx-fonts-cjk")
    return (str(Path(spec.origin).parent),)
