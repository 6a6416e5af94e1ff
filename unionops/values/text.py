"""Text as people type it: full-width forms, invisible characters, names.

Owns what may be repaired in silence (width, blanks) and what must be told (characters nobody sees). Never normalises
Chinese characters: rare and astral ones come back exactly as they came.
"""

import re
import unicodedata

# Full-width forms of ASCII, and the ideographic blank. Deliberately not NFKC, which would also rewrite compatibility ideographs.
_HALF = {0xFF01 + i: 0x21 + i for i in range(94)} | {0x3000: 0x20}
_FULL = re.compile("[\uff01-\uff5e\u3000]")
_ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u180e"
_DIRECTION = "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_MIDDLE_DOTS = "·‧•・･⋅∙‧᛫●．"
_DOT = re.compile(f"\\s*[{re.escape(_MIDDLE_DOTS)}]\\s*")


def half_width(text: str) -> str:
    """The text with full-width letters, digits and signs made half-width; everything else unchanged."""
    return text.translate(_HALF) if _FULL.search(text) else text


def unseen(text: str) -> tuple[str, ...]:
    """Reason words for characters that nobody sees: ``zero_width``, ``bidi``, ``control_char``; empty when there are none.

    A joiner inside an emoji (👨‍👩‍👧) and variation selectors belong to what is seen and are not reported.
    """
    found: dict[str, None] = {}
    for place, char in enumerate(text):
        if char == "\u200d" and place and unicodedata.category(text[place - 1]) in ("So", "Sk", "Mn"):
            continue
        if char in _ZERO_WIDTH:
            found["zero_width"] = None
        elif char in _DIRECTION:
            found["bidi"] = None
        elif unicodedata.category(char) == "Cc" and char not in "\t\n\r":
            found["control_char"] = None
    return tuple(found)


def without_unseen(text: str) -> str:
    """The text without zero-width and direction characters (control characters stay: they are for the caller to refuse)."""
    return "".join(c for c in text if c not in _ZERO_WIDTH and c not in _DIRECTION)


def tidy_name(name: str) -> str:
    """A name as it is kept: no blanks around it or between Chinese characters; single blanks between Latin words.

    ``"紀　勳"`` → ``"紀勳"``; ``"SRI  WAHYUNI "`` → ``"SRI WAHYUNI"``. No character is replaced by another.
    """
    words = name.split()
    tidy = words[0] if words else ""
    for word in words[1:]:
        tidy += word if _joins(tidy[-1]) or _joins(word[0]) else f" {word}"
    return tidy


def in_big5(text: str) -> bool:
    """Whether every character can be written in Big5 as Windows does it (cp950); those that cannot are rare ones."""
    try:
        text.encode("cp950")
    except UnicodeEncodeError:
        return False
    return True


def name_key(name: str) -> str:
    """What two names are compared by: tidy, every kind of middle dot alike, width and Latin case ignored. Never shown or stored."""
    return half_width(_DOT.sub("‧", tidy_name(name))).casefold()


def _joins(char: str) -> bool:
    """No blank belongs beside an ideograph or a middle dot. Full-width Latin letters are Latin."""
    if char in _MIDDLE_DOTS:
        return True
    return unicodedata.east_asian_width(char) == "W" or unicodedata.category(char) == "Co"
