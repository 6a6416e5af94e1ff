"""Letters to people without mail: one paper for each, all in one file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask_babel import force_locale

from unionops.core.documents import Document, Paragraph, Rendered, render_batch
from unionops.core.i18n import _
from unionops.core.notify.models import Delivery

AT_MOST = 200
"""Letters in one file: a printer's work for a quarter of an hour. The rest waits for the next."""


def letter(delivery: Delivery, union: str, today: date) -> Document:
    """The letter to one reader, in his language, his address where a window envelope shows it."""
    with force_locale(delivery.locale or "zh_Hant_TW"):
        to = "\n".join(part for part in (delivery.address, _("%(name)s 君收", name=delivery.name)) if part)
        return Document(
            title=delivery.subject or "",
            union=union, issued_on=today, lang="en" if delivery.locale == "en" else "zh-Hant-TW",
            blocks=(
                Paragraph(to, align="left", size=13),
                Paragraph(_("%(name)s 您好：", name=delivery.name)),
                *(Paragraph(part) for part in (delivery.body or "").split("\n\n") if part.strip()),
                Paragraph(union, align="right"),
            ),
        )


def printed(deliveries: Sequence[Delivery], union: str, today: date) -> Rendered:
    """All of them as one PDF."""
    return render_batch([letter(one, union, today) for one in deliveries])
