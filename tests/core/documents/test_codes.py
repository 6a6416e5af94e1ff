"""Codes that are summed are the codes that the library draws."""

from __future__ import annotations

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from unionops.core.documents.codes import Codes


def drawn(text: str) -> tuple[str, ...]:
    made = segno.make(text, mode="byte", error="m", mask=3, boost_error=False)
    return tuple("".join(map(str, row)) for row in made.matrix)


ALIKE = {length: Codes("https://union.example/dues/verify/1.".ljust(length, "x")) for length in (40, 62, 90)}


@given(st.sampled_from(sorted(ALIKE)), st.data())
def test_a_code_is_what_the_library_draws(length, data):
    text = data.draw(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=length, max_size=length))
    assert ALIKE[length].of(text) == drawn(text)


def test_what_stays_the_same_may_be_any_text():
    assert Codes("https://工會.example/verify/0000").of("https://工會.example/verify/a9_Z") == drawn("https://工會.example/verify/a9_Z")


def test_a_text_of_another_length_is_refused():
    with pytest.raises(ValueError, match="argument 2"):
        ALIKE[40].of("short")
