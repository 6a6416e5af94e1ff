"""Every Chinese source string has its English, with the same figures in it."""

import pytest
from babel.messages.catalog import Catalog

from unionops.core.catalogues import english, missing


def test_every_string_has_its_english():
    lacking = missing(english())
    assert lacking == [], f"{len(lacking)} strings; flask --app wsgi translations update"


def test_english_is_written_in_latin_letters():
    """A translation that was forgotten is often the source itself. Names of things that stay Chinese are quoted beside English words."""
    copied = [
        str(message.id)
        for message in english()
        if message.id and message.string == message.id and any("\u3400" <= letter <= "\u9fff" for letter in str(message.id))
    ]
    assert copied == []


@pytest.mark.parametrize("text", ["", "%(count)s members"])
def test_a_missing_and_a_wrong_one_are_found(text):
    catalogue = Catalog(locale="en")
    catalogue.add("共 %(total)s 人", string=text)
    catalogue.add("會員", string="Member")
    assert missing(catalogue) == ["共 %(total)s 人"]
