"""Papers: an outgoing letter as it will look, its files, a copy for each receiver; the register of a year."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_login import current_user

from unionops.core import clock
from unionops.core.audit import recording
from unionops.core.documents import Document, render_batch, serving
from unionops.core.i18n import _, _l
from unionops.core.jobs import tasks
from unionops.core.pages import page
from unionops.letters import documents, queries
from unionops.letters.models import Letter
from unionops.letters.rules import NUMBERED, Direction, year_of
from unionops.letters.services.outgoing import OFFICES
from unionops.letters.views.area import SERVES, area, the_letter
from unionops.letters.wording import FORM_TITLES

PRINTED = recording.sentence("letters.register_printed", _l("列印%(title)s（%(fmt)s），%(count)s 件"))
FORMATS = {"pdf": "PDF", "odt": _l("文書 ODT"), "docx": "Word"}
REGISTER_FORMATS = {"pdf": "PDF", "ods": _l("試算表 ODS"), "xlsx": "Excel"}
SHOWN = 120
"""Lines of a register that its preview sets; the file holds all."""
REGISTER_AT_ONCE = 500
"""Longer registers are made in the background: no request may hold a worker for a second."""


def _paper(letter: Letter) -> Document:
    """A draft bears the name of whoever would sign it now."""
    signer = queries.holder(letter.signatory) if letter.signatory in OFFICES and letter.state not in NUMBERED else ""
    return documents.paper_of(letter, signer=signer or "○○○")


@area.screen("/out/<int:letter_id>/paper", title=_l("公文樣式"), permission="letters.read", **SERVES, personal=True, parent="letters.letter")
def preview(letter_id: int):
    letter = the_letter(letter_id, Direction.OUT)
    frozen = letter.state in NUMBERED
    notes: list[tuple[Any, ...]] = []
    if frozen and letter.paper_id:
        link = (url_for("attachments.attachment", attachment_id=letter.paper_id), _("看正式檔案"))
        notes.append(("info", _("這是依登錄內容重排的樣式；正式發出的是附件裡的 PDF。"), link))
    files = [{"label": label, "url": url_for(".paper_file", letter_id=letter.id, fmt=fmt)} for fmt, label in FORMATS.items()]
    if frozen and len(letter.receivers) > 1:
        files.append({"label": _("每個受文者各一份 PDF"), "url": url_for(".copies", letter_id=letter.id)})
    shown = SimpleNamespace(
        title=_("%(form)s：%(subject)s", form=FORM_TITLES[letter.form], subject=letter.subject), facts=[letter.number or _("草稿，尚未發文")],
        notes=notes, files=files, open_url=url_for(".paper_file", letter_id=letter.id, fmt="pdf", show=1),
        shown=serving.preview(_paper(letter)), short=None, empty=None,
    )
    return page("documents/preview.html", title=_("公文樣式"), paper=shown)


@area.screen("/out/<int:letter_id>/paper.<fmt>", title=_l("公文檔案"), permission="letters.read", **SERVES, personal=True, exact=True,
             parent="letters.letter")
def paper_file(letter_id: int, fmt: str):
    letter = the_letter(letter_id, Direction.OUT)
    if fmt not in FORMATS:
        abort(404)
    name = letter.number or _("公文草稿-%(n)s", n=letter.id)
    return serving.send(serving.made(_paper(letter), fmt), name, inline=fmt == "pdf" and request.args.get("show") == "1")


@area.screen("/out/<int:letter_id>/copies.pdf", title=_l("各受文者的公文"), permission="letters.read", **SERVES, personal=True, exact=True,
             parent="letters.letter")
def copies(letter_id: int):
    letter = the_letter(letter_id, Direction.OUT)
    if letter.state not in NUMBERED:
        abort(404)
    with serving.room_on_disk():
        made = render_batch(documents.copies_of(letter) or [_paper(letter)])
    return serving.send(made, _("%(number)s-各受文者", number=letter.number))


# --- the register of a year -------------------------------------------------------------------------------------------


@area.screen("/register", title=_l("年度登記簿"), permission="letters.read", **SERVES, parent="letters.incoming")
def year_register():
    direction, year = _which()
    total, cancelled = queries.count_of_year(current_user, direction, year)
    years = sorted({*queries.years(direction), year_of(clock.today())}, reverse=True)
    files = [
        {"label": label if total <= REGISTER_AT_ONCE else _("在背景製作%(fmt)s", fmt=label), "url": url_for(".year_file", direction=direction.value, year=year, fmt=fmt), "post": True}
        for fmt, label in REGISTER_FORMATS.items()
    ]
    document = documents.register_for(current_user, direction, year, clock.today(), limit=SHOWN)
    paper = SimpleNamespace(
        title=document.title, facts=[_("%(n)s 件", n=f"{total:,}"), _("作廢 %(n)s 件", n=cancelled)],
        notes=[("info", _("密件與看不到的公文不在裡面。"))] if not current_user.can("letters.secret") else [], files=files, open_url="",
        shown=serving.preview(document) if total else None,
        short=_("這裡顯示前 %(n)s 件，檔案是完整的。", n=SHOWN) if total > SHOWN else None,
        empty=(_("這一年還沒有編過號的公文"), _("換個年度，或先登錄收文、發文。")),
    )
    return page("letters/year_register.html", paper=paper, years=years, year=year, direction=direction)


@area.screen("/register/<direction>-<int:year>.<fmt>", title=_l("年度登記簿檔案"), permission="letters.read", **SERVES, methods=["POST"], exact=True,
             parent="letters.year_register")
def year_file(direction: str, year: int, fmt: str):
    if direction not in set(Direction) or fmt not in REGISTER_FORMATS or not 1 <= year <= 999:
        abort(404)
    wanted, title = Direction(direction), documents.register_title(Direction(direction), year)
    total, _cancelled = queries.count_of_year(current_user, wanted, year)
    recording.describe(PRINTED, title=title, fmt=fmt.upper(), count=total)
    if total > REGISTER_AT_ONCE:
        made = tasks.start("letters.year_register", current_user, title, direction=wanted.value, year=year, fmt=fmt, name=serving.file_name(title, fmt))
        flash(_("筆數較多，改在背景製作；完成後可在這裡下載。"), "info")
        return redirect(url_for("jobs.task", task_id=made.id))
    return serving.send(serving.made(documents.register_for(current_user, wanted, year, clock.today()), fmt), title)


def _which() -> tuple[Direction, int]:
    """What the address asks, or letters received this year."""
    text, wanted = request.args.get("year", ""), request.args.get("direction")
    year = int(text) if text.isascii() and text.isdigit() and 1 <= int(text[:4] or 0) <= 999 else year_of(clock.today())
    return Direction.OUT if wanted == Direction.OUT else Direction.IN, year
