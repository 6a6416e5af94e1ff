"""What ODT and ODS have in common: elements, text with its breaks, packing.

Owns the dealings with odfdo. Element trees are built with lxml, since odfdo's own cells cost too much in long tables.
"""

import io
from typing import Any

import odfdo
from lxml import etree
from odfdo.element import ODF_NAMESPACES

from .model import clean


def el(tag: str, *children: Any, **attributes: str) -> Any:
    """An ODF element: ``el("table:table-cell", el("text:p"), table__style_name="x")`` (``__`` is the colon, ``_`` a hyphen)."""
    node = etree.Element(_qualified(tag), nsmap={prefix: ODF_NAMESPACES[prefix] for prefix in _PREFIXES})
    for name, value in attributes.items():
        prefix, _, local = name.partition("__")
        node.set(_qualified(f"{prefix}:{local.replace('_', '-')}"), clean(value))
    node.extend(children)
    return node


def paragraph(text: str, style: str, tag: str = "text:p", **attributes: str) -> Any:
    """A paragraph whose line feeds, tabs and runs of blanks survive (ODF folds blanks unless told)."""
    node = el(tag, text__style_name=style, **attributes)
    fill(node, text)
    return node


def fill(node: Any, text: str) -> None:
    """Put the text into an empty element, with elements for its breaks, tabs and runs of blanks."""
    text = clean(text)
    last: Any = None

    def say(words: str) -> None:
        if last is None:
            node.text = (node.text or "") + words
        else:
            last.tail = (last.tail or "") + words

    begun = 0
    for at, letter in enumerate(text):
        if letter == "\n" or letter == "\t" or (letter == " " and (at == 0 or text[at - 1] in " \n\t")):
            say(text[begun:at])
            begun = at + 1
            last = etree.SubElement(node, _qualified({"\n": "text:line-break", "\t": "text:tab", " ": "text:s"}[letter]))
    say(text[begun:])


def wrap(node: Any) -> odfdo.Element:
    """The element as odfdo takes it."""
    return odfdo.Element.from_tag(etree.tostring(node, encoding="unicode"))


def packed(document: odfdo.Document, *, title: str, author: str, language: str) -> bytes:
    """The finished file."""
    document.meta.title = clean(title)
    document.meta.creator = clean(author)
    document.meta.language = language
    document.meta.generator = "unionops"
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def text_properties(*, size: float = 0, bold: bool = False, font: str = "", latin: str = "") -> Any:
    """Type for Latin and, by its ``-asian`` twins, for Chinese text."""
    attributes = {}
    if size:
        attributes |= {"fo__font_size": f"{size:g}pt", "style__font_size_asian": f"{size:g}pt"}
    if bold:
        attributes |= {"fo__font_weight": "bold", "style__font_weight_asian": "bold"}
    if font:
        attributes |= {"fo__font_family": f"'{latin or font}'", "style__font_family_asian": f"'{font}'"}
    return el("style:text-properties", **attributes)


_PREFIXES = ("office", "text", "table", "style", "fo", "draw", "svg", "xlink", "number")


def _qualified(tag: str) -> str:
    prefix, _, local = tag.partition(":")
    return f"{{{ODF_NAMESPACES[prefix]}}}{local}"
