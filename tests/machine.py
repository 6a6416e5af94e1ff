"""What the tests need of the machine besides Python packages: a browser, an office suite, a PDF reader, Chinese fonts.

Owns where they are looked for and how they are installed. Missing parts are installed if this process may, else named with
the line to type; nothing is ever skipped for want of them.
"""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from unionops import environment

MAC_APPS = Path("/Applications")


@dataclass(frozen=True)
class Part:
    """One program of the machine: the names it goes by, and the packages that bring it."""

    name: str
    programs: tuple[str, ...]
    debian: tuple[str, ...]
    brew: str
    files: tuple[Path, ...] = ()

    def find(self) -> str | None:
        """Path of the program, or None."""
        for program in self.programs:
            if path := shutil.which(program):
                return path
        return next((str(path) for path in self.files if path.exists()), None)


CHROMIUM = Part(
    "Chromium",
    ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    ("chromium",),
    "--cask chromium",
    (
        Path("/usr/bin/chromium"),
        MAC_APPS / "Chromium.app/Contents/MacOS/Chromium",
        MAC_APPS / "Google Chrome.app/Contents/MacOS/Google Chrome",
    ),
)
WRITER = Part(
    "LibreOffice Writer",
    (),
    ("libreoffice-writer-nogui",),
    "--cask libreoffice",
    tuple(Path(folder) / "program/libswlo.so" for folder in ("/usr/lib/libreoffice", "/usr/lib64/libreoffice"))
    + (MAC_APPS / "LibreOffice.app/Contents/Frameworks/libswlo.dylib",),
)
CALC = Part(
    "LibreOffice Calc",
    (),
    ("libreoffice-calc-nogui",),
    "--cask libreoffice",
    tuple(Path(folder) / "program/libsclo.so" for folder in ("/usr/lib/libreoffice", "/usr/lib64/libreoffice"))
    + (MAC_APPS / "LibreOffice.app/Contents/Frameworks/libsclo.dylib",),
)
OFFICE = Part(
    "LibreOffice",
    ("soffice", "libreoffice"),
    ("libreoffice-writer-nogui", "libreoffice-calc-nogui"),
    "--cask libreoffice",
    (MAC_APPS / "LibreOffice.app/Contents/MacOS/soffice",),
)
PDF_READER = Part("Poppler (pdftotext, pdftoppm)", ("pdftoppm",), ("poppler-utils",), "poppler")
CHINESE_FONT = Part(  # LibreOffice 7.4 draws boxes with the packaged variable font; it needs one of the system.
    "Noto CJK",
    (),
    ("fonts-noto-cjk",),
    "--cask font-noto-sans-cjk",
    (
        Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
        Path("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc"),
        Path("/System/Library/Fonts/PingFang.ttc"),
        Path("/System/Library/Fonts/STHeiti Light.ttc"),
    ),
)
RARE_FONT = Part(  # What papers fall back to for characters that the packaged font lacks.
    "Hanazono",
    (),
    ("fonts-hanazono",),
    "",
    (Path("/usr/share/fonts/truetype/hanazono/HanaMinB.ttf"),),
)
PARTS = (CHROMIUM, OFFICE, WRITER, CALC, PDF_READER, CHINESE_FONT, *(() if sys.platform == "darwin" else (RARE_FONT,)))


def missing() -> list[Part]:
    """The parts that this machine lacks."""
    return [part for part in PARTS if part.find() is None]


def settle() -> None:
    """Makes sure that every part is there; ends the process with status 2 and the line to type if that cannot be done."""
    absent = missing()
    if absent:
        environment.apt_install(sorted({package for part in absent for package in part.debian}))
        absent = missing()
    if not absent:
        return
    print("測試缺少 The tests lack: " + ", ".join(part.name for part in absent) + "\n請輸入 Type:", file=sys.stderr)
    if sys.platform == "darwin":
        environment.stop(*(f"    brew install {line}" for line in sorted({part.brew for part in absent})))
    packages = " ".join(sorted({package for part in absent for package in part.debian}))
    environment.stop(f"    sudo apt-get install --no-install-recommends {packages}")
