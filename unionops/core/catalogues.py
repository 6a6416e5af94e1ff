"""The translation catalogues: from the edited ``.po`` to the ``.mo`` that the app reads.

Owns when and how they are compiled. Texts and the choice of a language are :mod:`unionops.core.i18n`.
"""

import os
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FOLDER = Path(__file__).resolve().parent.parent / "translations"


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
