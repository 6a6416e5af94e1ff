"""The papers of joining: the application, the list for the board, the letter of welcome; shown before they are printed, and as files."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flask import abort, request, url_for
from flask_login import current_user

from unionops.core import clock
from unionops.core.approvals.queries import holders
from unionops.core.audit import recording
from unionops.core.documents import Document, serving
from unionops.core.i18n import _, _l
from unionops.core.pages import page
from unionops.core.union import queries as union
from unionops.law.union_act import UnionKind
from unionops.members.documents import joining as documents
from unionops.members.documents.joining import Reviewed
from unionops.members.documents.roster import Occasion
from unionops.members.listing import CLASSES
from unionops.members.models import Application
from unionops.members.queries import joining as queries
from unionops.members.rules.admission import State
from unionops.members.services.joining import telling
from unionops.members.views.joining.area import HANDLE, READ, application_of, area
from unionops.values.roc import roc_date

PRINTED = recording.sentence("joining.list_printed", _l("列印入會審查名冊（%(fmt)s），%(count)s 件"))
FORMATS = {"pdf": "PDF", "odt": _l("文書 ODT"), "docx": "Word"}
LIST_FORMATS = {"pdf": "PDF", "odt": _l("文書 ODT"), "docx": "Word", "ods": _l("試算表 ODS")}


@area.screen("/<int:application_id>/form", title=_l("入會申請書"), **HANDLE, personal=True, parent="joining.application")
def form_paper(application_id: int):
    one = application_of(application_id)
    recording.subject(telling.pointer(one))
    whole = request.args.get("whole") == "1"
    notes = [("info", _("身分證號已遮罩。"), (url_for(".form_paper", application_id=one.id, whole=1), _("印完整號碼")))] if not whole else []
    return _shown(_form(one, whole), one, "form_file", _("入會申請書 %(number)s", number=one.number), notes, whole=1 if whole else None)


@area.screen("/<int:application_id>/form.<fmt>", title=_l("入會申請書檔案"), **HANDLE, personal=True, exact=True, parent="joining.form_paper")
def form_file(application_id: int, fmt: str):
    one = application_of(application_id)
    recording.subject(telling.pointer(one))
    return _sent(_form(one, request.args.get("whole") == "1"), fmt, _("入會申請書-%(number)s", number=one.number))


@area.screen("/<int:application_id>/welcome", title=_l("入會通知"), **HANDLE, personal=True, parent="joining.application")
def welcome_paper(application_id: int):
    one = application_of(application_id)
    recording.subject(telling.pointer(one))
    return _shown(_welcome(one), one, "welcome_file", _("入會通知 %(number)s", number=one.number), [])


@area.screen("/<int:application_id>/welcome.<fmt>", title=_l("入會通知檔案"), **HANDLE, personal=True, exact=True, parent="joining.welcome_paper")
def welcome_file(application_id: int, fmt: str):
    one = application_of(application_id)
    recording.subject(telling.pointer(one))
    return _sent(_welcome(one), fmt, _("入會通知-%(number)s", number=one.number))


@area.screen("/review-list", title=_l("入會審查名冊"), **READ, personal=True, parent="joining.index")
def review_paper():
    lines = _reviewed()
    files = [{"label": label, "url": url_for(".review_file", fmt=fmt, ids=request.args.getlist("ids")), "post": True} for fmt, label in LIST_FORMATS.items()]
    paper = SimpleNamespace(
        title=_("入會審查名冊"), facts=[_("%(n)s 件", n=len(lines))], notes=[], files=files, open_url="", short=None,
        shown=serving.preview(documents.review_list(lines, _occasion())) if lines else None,
        empty=(_("現在沒有等理事會決定的申請"), _("審查完資料的申請先送審，就會列在這裡；也可以在清單勾選後按「審查名冊」。")),
    )
    return page("documents/preview.html", title=_("入會審查名冊"), paper=paper)


@area.screen("/review-list.<fmt>", title=_l("入會審查名冊檔案"), **READ, methods=["POST"], exact=True, parent="joining.review_paper")
def review_file(fmt: str):
    if fmt not in LIST_FORMATS:
        abort(404)
    lines = _reviewed()
    recording.describe(PRINTED, fmt=fmt.upper(), count=len(lines))
    return serving.send(serving.made(documents.review_list(lines, _occasion()), fmt), _("入會審查名冊"))


def _reviewed() -> list[Reviewed]:
    """The applications of the address, or else all that wait for the board."""
    today = clock.today()
    numbers = [int(text) for text in request.args.getlist("ids")[:200] if text.isascii() and text.isdigit() and len(text) < 10]
    if numbers:
        return [Reviewed(one, queries.applicant(one, today), queries.waits_for_ratifying(one)) for one in queries.chosen(current_user, numbers)]
    return [Reviewed(one.application, queries.applicant(one.application, today), one.is_ratifying) for one in queries.before_board(current_user)]


def _occasion(*, whole: bool = False) -> Occasion:
    record = union.the_union()
    return Occasion(record.name if record else "", record.union_kind if record else UnionKind.OCCUPATIONAL, clock.today(), whole=whole)


def _form(one: Application, whole: bool) -> Document:
    public = queries.public_form()
    fee = ""
    if one.charge_id is not None:
        still = queries.fee_open(one) or 0
        fee = _("入會費已繳清") if still <= 0 else _("入會費尚欠 %(n)s 元", n=f"{still:,}")
    return documents.filled(
        one, queries.applicant(one, clock.today()), _occasion(whole=whole), notice=public.notice if public and public.notice_version == one.privacy_version else "", fee=fee,
        member_class=_class(one),
    )


def _class(one: Application) -> str:
    stay = next((row for row in one.membership.classes if row.until_on is None), None) if one.membership else None
    return stay.member_class if stay else ""


def _welcome(one: Application) -> Document:
    if queries.state_of(one) != State.MEMBER or one.membership is None:
        abort(404)
    record, member = union.the_union(), one.membership
    unit = next((row.unit.name for row in member.units if row.until_on is None), "")
    contact = [f"{title}：{text}" for title, text in (("會址", record.seat), ("電話", record.phone), ("電子郵件", record.email)) if text] if record else []
    facts: dict[str, Any] = {
        "會員編號": member.number, "入會日期": roc_date(member.joined_on) if member.joined_on else "", "會員類別": str(CLASSES.get(_class(one), "")), "單位": unit,
        "入會依據": member.joined_by,
    }
    still = queries.fee_open(one)
    if still:
        facts["入會費"] = f"尚待繳納 {still:,} 元"
    return documents.welcome(one, queries.applicant(one, clock.today()), _occasion(), facts=facts, contact=contact, president=_president())


def _president() -> str:
    there = holders("president")
    return there[0].name if len(there) == 1 else ""


def _shown(document: Document, one: Application, endpoint: str, title: str, notes: list[Any], **more: Any) -> Any:
    files = [{"label": label, "url": url_for(f".{endpoint}", application_id=one.id, fmt=fmt, **more)} for fmt, label in FORMATS.items()]
    paper = SimpleNamespace(
        title=title, facts=[one.name], notes=notes, files=files, open_url=url_for(f".{endpoint}", application_id=one.id, fmt="pdf", show=1, **more),
        shown=serving.preview(document), short=None, empty=None,
    )
    return page("documents/preview.html", title=title, paper=paper)


def _sent(document: Document, fmt: str, name: str) -> Any:
    if fmt not in FORMATS:
        abort(404)
    return serving.send(serving.made(document, fmt), name, inline=fmt == "pdf" and request.args.get("show") == "1")
