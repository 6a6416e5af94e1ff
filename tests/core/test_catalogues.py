import gettext
import os

import pytest

from unionops.core.catalogues import compile_all

PO = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"

msgid "會員"
msgstr "{english}"
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "en" / "LC_MESSAGES").mkdir(parents=True)
    return tmp_path


def write(folder, english, at):
    source = folder / "en" / "LC_MESSAGES" / "messages.po"
    source.write_text(PO.format(english=english), encoding="utf-8")
    os.utime(source, (at, at))


def read(folder):
    with (folder / "en" / "LC_MESSAGES" / "messages.mo").open("rb") as file:
        return gettext.GNUTranslations(file).gettext("會員")


def test_a_catalogue_is_compiled_once_and_again_when_it_is_newer(folder):
    write(folder, "Member", at=1_000_000_000)
    assert len(compile_all(folder)) == 1
    assert read(folder) == "Member"
    assert compile_all(folder) == []
    write(folder, "Members", at=4_000_000_000)
    assert len(compile_all(folder)) == 1
    assert read(folder) == "Members"


def test_nothing_unfinished_is_left(folder):
    write(folder, "Member", at=1_000_000_000)
    compile_all(folder)
    assert sorted(path.name for path in (folder / "en" / "LC_MESSAGES").iterdir()) == ["messages.mo", "messages.po"]
