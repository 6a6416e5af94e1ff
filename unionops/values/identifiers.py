"""Numbers that name a person or a firm: identity numbers, 統一編號, telephone numbers. Reads, checks, gives the normal form.

Knows nothing of who may see them (``masks`` covers them) or how they are stored.
"""

import re
from dataclasses import dataclass
from operator import mul
from typing import Literal, NamedTuple

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberType
from stdnum.tw import ubn

from unionops.values.problems import Unreadable
from unionops.values.text import half_width, unseen, without_unseen

IdentityKind = Literal["national", "resident_new", "resident_old", "unknown"]
Sex = Literal["M", "F"]
IdentityProblem = Literal["id_checksum", "id_format"]
PhoneKind = Literal["mobile", "landline", "local", "other", "foreign"]

# The two-digit code of each letter, in the order of the household registration's list.
_LETTERS = dict(zip("ABCDEFGHJKLMNPQRSTUVXYWZIO", range(10, 36), strict=True))
_SHAPES: tuple[tuple[IdentityKind, re.Pattern[str]], ...] = (
    ("national", re.compile(r"[A-Z][12][0-9]{8}")),
    ("resident_new", re.compile(r"[A-Z][89][0-9]{8}")),
    ("resident_old", re.compile(r"[A-Z][A-D][0-9]{8}")),
)
_SEX: dict[str, Sex] = {"1": "M", "8": "M", "A": "M", "C": "M", "2": "F", "9": "F", "B": "F", "D": "F"}


class Identity(NamedTuple):
    """What an identity number says. ``normal`` is the form to store; ``repairs`` what was put right on the way to it.

    ``repairs`` holds ``fullwidth``, ``zero_width``, ``bidi``; the last two are never silent. ``sex`` and ``kind`` are known
    as soon as the shape is right, even if the check digit is not.
    """

    valid: bool
    kind: IdentityKind
    sex: Sex | None
    normal: str
    problem: IdentityProblem | None
    repairs: tuple[str, ...] = ()


def identity_check(text: str) -> Identity:
    """A national identity number, or a resident certificate number of the form before or since 2021. Never raises.

    Only Latin letters count: a Cyrillic А is not an A, however it looks.
    """
    if text.isascii() and text.isalnum():
        # Nearly all of a roster of 100,000: there is nothing to repair.
        plain = text
        repairs: tuple[str, ...] = ()
    else:
        seen = without_unseen(text)
        plain = "".join(half_width(seen).split())
        repairs = unseen(text) + (("fullwidth",) if half_width(seen).strip() != seen.strip() else ())
    # ASCII first: upper() would turn other letters (ı, ß) into Latin ones.
    number = plain.upper() if plain.isascii() else plain
    for kind, shape in _SHAPES:
        if shape.fullmatch(number):
            valid = _weighted(number) % 10 == 0
            return Identity(valid, kind, _SEX[number[1]], number, None if valid else "id_checksum", repairs)
    return Identity(False, "unknown", None, number, "id_format", repairs)


def _weighted(number: str) -> int:
    """Letter code tens × 1 + ones × 9, then the digits × 8, 7 … 1, 1; a second letter counts with the ones of its code."""
    tens, ones = divmod(_LETTERS[number[0]], 10)
    digits = number[1:] if number[1].isdigit() else f"{_LETTERS[number[1]] % 10}{number[2:]}"
    rest: int = sum(map(mul, digits.encode(), _WEIGHTS)) - ord("0") * sum(_WEIGHTS)
    return tens + ones * 9 + rest


_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 1, 1)


def business_number(text: str) -> str:
    """The 統一編號 of a firm or body, eight digits. Raises Unreadable ``ubn_format`` or ``ubn_checksum``."""
    number = "".join(half_width(text).split())
    if not re.fullmatch(r"[0-9]{8}", number):
        raise Unreadable("ubn_format", "統一編號須為 8 位數字")
    if not ubn.is_valid(number):
        raise Unreadable("ubn_checksum", "統一編號檢查碼不符")
    return number


@dataclass(frozen=True)
class Phone:
    """A telephone number. ``normal`` is digits with the leading zero and ``#extension``; abroad it begins with ``+``.

    ``local`` is a landline without its area code, which nobody can ring from elsewhere. ``remark`` is what stood in
    brackets behind the number (LINE, 先生). ``repairs`` holds ``phone_zero`` and ``fullwidth``.
    """

    normal: str
    kind: PhoneKind
    extension: str = ""
    remark: str = ""
    repairs: tuple[str, ...] = ()


def normal_phone(text: str, region: str = "TW", area_code: str = "") -> str:
    """The normal form alone; see ``read_phone``."""
    return read_phone(text, region, area_code).normal


def read_phone(text: str, region: str = "TW", area_code: str = "") -> Phone:
    """The number that a text means: ``926291614`` is a mobile whose zero a spreadsheet ate, → ``0926291614``.

    ``area_code`` ("04") completes a landline that came without one. Raises Unreadable ``phone_format``.
    """
    if region == "TW" and (usual := _USUAL.fullmatch(text)):
        return Phone(re.sub("[^0-9]", "", text), "mobile" if usual[1] else "landline")
    plain = half_width(text).strip()
    repairs: tuple[str, ...] = ("fullwidth",) if plain != text.strip() else ()
    remark = ""
    if bracket := re.search(r"\(([^()0-9]+)\)\s*$", plain):
        remark, plain = bracket[1].strip(), plain[: bracket.start()].strip()
    plain = re.sub(r"\s*(?:轉|分機|內線|ext\.?|x|#)[:：]?\s*", "#", plain, flags=re.IGNORECASE)
    if re.search(r"[A-Za-z]", plain):  # The library would dial letters.
        raise _phone_unreadable()
    number = _parsed(plain, region)
    extension = number.extension or ""
    tail = f"#{extension}" if extension else ""
    home = number.country_code == phonenumbers.country_code_for_region(region)
    if not home:
        if not phonenumbers.is_valid_number(number):
            raise _phone_unreadable()
        return Phone(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) + tail, "foreign", extension, remark, repairs)
    significant = phonenumbers.national_significant_number(number)
    typed = re.sub(r"\D", "", plain.partition("#")[0])
    international = plain.startswith("+") or typed.startswith("886")
    if region == "TW" and not international and 5 <= len(typed) <= 8 and typed[0] in "2345678":
        if not area_code:
            return Phone(typed + tail, "local", extension, remark, repairs)
        number = _parsed(area_code + typed, region)
        significant = phonenumbers.national_significant_number(number)
    elif not international and not typed.startswith("0"):
        repairs += ("phone_zero",)
    kind = _phone_kind(number, significant)
    if kind is None:
        raise _phone_unreadable()
    return Phone(f"0{significant}{tail}", kind, extension, remark, repairs)


# How offices nearly always write them. The library, which knows the numbers of all countries, reads them in the same way, only
# many times slower; the first digits behind an area code are those that it takes for a landline whatever follows.
_USUAL = re.compile(
    r"(09[0-9]{2}[- ]?[0-9]{3}[- ]?[0-9]{3})"
    r"|(?:02[- ]?[2-8]|\(02\) ?[2-8]|04[- ]?[23]|\(04\) ?[23])[0-9]{3}[- ]?[0-9]{4}"
    r"|(?:0[357][- ]?[2-8]|\(0[357]\) ?[2-8]|06[- ]?[23567]|\(06\) ?[23567])[0-9]{2}[- ]?[0-9]{4}"
)


def _parsed(text: str, region: str) -> PhoneNumber:
    try:
        return phonenumbers.parse(text, region)
    except NumberParseException:
        raise _phone_unreadable() from None


def _phone_kind(number: PhoneNumber, significant: str) -> PhoneKind | None:
    # Ranges of mobile numbers are opened faster than the library is renewed.
    if re.fullmatch(r"9\d{8}", significant):
        return "mobile"
    if not phonenumbers.is_valid_number(number):
        return None
    return "landline" if phonenumbers.number_type(number) == PhoneNumberType.FIXED_LINE else "other"


def _phone_unreadable() -> Unreadable:
    return Unreadable("phone_format", "無法辨識的電話號碼")
