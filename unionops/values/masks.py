"""Personal data with its middle covered, for lists, audit entries and whoever may not see the whole.

A value too short or of an unknown shape is covered entirely: a mask never shows more than it hides.
"""

import re
import unicodedata
from collections.abc import Callable

_COVER = "*"
NAME_COVERS = ("○", _COVER)
"""What a masked name holds, and no other."""
_REGION = re.compile(r"^(?:\d{3,6})?(.{1,3}?[縣市](?:.{1,4}?[鄉鎮市區])?)")


def mask_id(number: str) -> str:
    """``B203456773`` → ``B2******73``: first two and last two of ten."""
    return _ends(number, 2, 2)


def mask_phone(number: str) -> str:
    """``0912345678`` → ``0912***678``."""
    return _ends(number, 4, 3)


def mask_account(number: str) -> str:
    """A bank account: the last four figures, for telling one's own accounts apart."""
    return _ends(number, 0, 4)


def mask_name(name: str) -> str:
    """``王小明`` → ``王○明``, ``王明`` → ``王○``; of a Latin name the first letter of each word."""
    words = name.split()
    if words and all(_is_latin(word) for word in words):
        return " ".join(word[0] + _COVER * (len(word) - 1) if len(word) > 1 else _COVER for word in words)
    if len(name) < 2:
        return "○" * len(name)
    if len(name) == 2:
        return f"{name[0]}○"
    return f"{name[0]}{'○' * (len(name) - 2)}{name[-1]}"


def mask_address(address: str) -> str:
    """County and district stay, the rest is covered: ``台中市大雅區文昌街103號`` → ``台中市大雅區***``."""
    found = _REGION.match(address)
    return (found[1] if found else "") + (_COVER * 3 if address else "")


def mask_email(email: str) -> str:
    """``ming@example.org`` → ``m***@example.org``."""
    name, at, host = email.rpartition("@")
    if not at or not name:
        return _COVER * len(email)
    return f"{name[0] if len(name) > 1 else ''}{_COVER * 3}@{host}"


MASKS: dict[str, Callable[[str], str]] = {
    "id": mask_id,
    "phone": mask_phone,
    "account": mask_account,
    "name": mask_name,
    "address": mask_address,
    "email": mask_email,
}


def mask(text: str, kind: str) -> str:
    """The mask by name: id, phone, account, name, address, email. Any other kind (``secret``) covers all, length included."""
    cover = MASKS.get(kind)
    return cover(text) if cover else _COVER * 3 if text else ""


def _ends(text: str, head: int, tail: int) -> str:
    hidden = len(text) - head - tail
    if hidden < 3:
        return _COVER * len(text)
    return f"{text[:head]}{_COVER * hidden}{text[-tail:]}"


def _is_latin(word: str) -> bool:
    return all(not char.isalpha() or unicodedata.name(char, "").startswith(("LATIN", "FULLWIDTH LATIN")) for char in word)
