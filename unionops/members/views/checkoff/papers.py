"""Papers and files of check-off: the list on paper and in the employer's form, the sheet of differences, the history as evidence."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

from flask import abort, request, send_file, url_for
from flask_login import current_user

from unionops.core import clock
from unionops.core.audit import recording
from unionops.core.documents import MEDIA_TYPES, Document, serving
from unionops.core.i18n import _, _l
from unionops.core.pages import page
from unionops.core.transfer import exporting
from unionops.core.union import queries as union
from unionops.members.documents import checkoff as documents
from unionops.members.models import CheckoffList, Employer
from unionops.members.queries import checkoff as queries
from unionops.members.views.checkoff.area import READ, area, the_employer, the_sheet
from unionops.members.views.checkoff.employers import SHOWN, first_month

FORMATS = {"pdf": "PDF", "ods": _l("試算表 ODS"), "xlsx": "Excel", "odt": _l("文書 ODT"), "docx": "Word"}
EXPORTED = recording.sentence("checkoff.exported", _l("取得%(title)s（%(fmt)s）"))


def _union_name() -> str:
    row = union.the_union()
    return row.name if row is not None else ""


def _list_paper(found: CheckoffList) -> Document:
    row = union.the_union()
    joiners, leavers = queries.changes(found)
    account = next((f"{one.bank}{one.branch} {one.account_number}（戶名：{one.holder}）" for one in union.bank_accounts() if one.until_on is None), "")
    return documents.the_list(
        found, queries.lines_of(found.id), union=_union_name(), kind=row.union_kind if row else None, account=account, joiners=joiners, leavers=leavers,
    )


def _difference_paper(found: CheckoffList) -> Document:
    return documents.differences(found, queries.lines_of(found.id), queries.sums([found.id])[found.id], union=_union_name())


def _shown(document: Document, files: list[dict[str, Any]], open_url: str, notes: Any = ()) -> Any:
    shown = SimpleNamespace(
        title=document.title, facts=[document.subtitle], notes=list(notes), files=files, open_url=open_url, shown=serving.preview(document), short=None, empty=None,
    )
    return page("documents/preview.html", title=document.title, paper=shown)


def _sent(document: Document, fmt: str, name: str, *about: Any) -> Any:
    if fmt not in FORMATS:
        abort(404)
    recording.describe(EXPORTED, *about, title=name, fmt=fmt)
    return serving.send(serving.made(document, fmt), name, inline=fmt == "pdf" and request.args.get("show") == "1")


@area.screen("/lists/<int:list_id>/paper", title=_l("代扣名冊"), **READ, personal=True, parent="checkoff.sheet")
def paper(list_id: int):
    found = the_sheet(list_id)
    _unlimited()
    files = [{"label": label, "url": url_for(".paper_file", list_id=list_id, fmt=fmt)} for fmt, label in FORMATS.items()]
    files += [{"label": _("雇主格式 %(fmt)s", fmt=title), "url": url_for(".data_file", list_id=list_id, fmt=fmt)} for fmt, title in exporting.FORMATS.items()]
    return _shown(_list_paper(found), files, url_for(".paper_file", list_id=list_id, fmt="pdf", show=1))


@area.screen("/lists/<int:list_id>/paper.<fmt>", title=_l("下載代扣名冊"), **READ, personal=True, exact=True, parent="checkoff.paper")
def paper_file(list_id: int, fmt: str):
    found = the_sheet(list_id)
    _unlimited()
    return _sent(_list_paper(found), fmt, documents.list_name(found), found)


@area.screen("/lists/<int:list_id>/data.<fmt>", title=_l("下載雇主格式的名冊"), **READ, personal=True, exact=True, parent="checkoff.paper")
def data_file(list_id: int, fmt: str):
    """The list as the employer's program takes it."""
    found = the_sheet(list_id)
    _unlimited()
    if fmt not in exporting.FORMATS:
        abort(404)
    name = documents.list_name(found)
    recording.describe(EXPORTED, found, title=name, fmt=fmt)
    with serving.room_on_disk():
        content = documents.list_file(found, queries.lines_of(found.id), fmt)
    response = send_file(io.BytesIO(content), mimetype=MEDIA_TYPES[fmt], as_attachment=True, download_name=serving.file_name(name, fmt))
    response.headers["Cache-Control"] = "no-store"
    return response


@area.screen("/lists/<int:list_id>/differences", title=_l("代扣差異表"), **READ, personal=True, parent="checkoff.sheet")
def differences(list_id: int):
    found = the_sheet(list_id)
    _unlimited()
    if found.returned_on is None:
        abort(404)
    files = [{"label": label, "url": url_for(".difference_file", list_id=list_id, fmt=fmt)} for fmt, label in FORMATS.items()]
    return _shown(_difference_paper(found), files, url_for(".difference_file", list_id=list_id, fmt="pdf", show=1))


@area.screen("/lists/<int:list_id>/differences.<fmt>", title=_l("下載差異表"), **READ, personal=True, exact=True, parent="checkoff.differences")
def difference_file(list_id: int, fmt: str):
    found = the_sheet(list_id)
    _unlimited()
    if found.returned_on is None:
        abort(404)
    return _sent(_difference_paper(found), fmt, f"{documents.list_name(found)}-差異表", found)


@area.screen("/employers/<int:employer_id>/evidence", title=_l("代扣紀錄"), **READ, personal=True, parent="checkoff.employer")
def evidence(employer_id: int):
    found = the_employer(employer_id)
    _unlimited()
    until = {"until": request.args["until"]} if "until" in request.args else {}
    files = [{"label": label, "url": url_for(".evidence_file", employer_id=employer_id, fmt=fmt, **until)} for fmt, label in FORMATS.items()]
    notes = [("info", _("停止代扣可能構成不當勞動行為；這份紀錄逐月列出人數與金額，可附於裁決或勞動檢查。"))]
    return _shown(_evidence(found), files, url_for(".evidence_file", employer_id=employer_id, fmt="pdf", show=1, **until), notes)


@area.screen("/employers/<int:employer_id>/evidence.<fmt>", title=_l("下載代扣紀錄"), **READ, personal=True, exact=True, parent="checkoff.evidence")
def evidence_file(employer_id: int, fmt: str):
    found = the_employer(employer_id)
    _unlimited()
    return _sent(_evidence(found), fmt, f"{found.name}-代扣紀錄", found)


def _evidence(found: Employer) -> Document:
    today = clock.today()
    first = first_month(queries.lists_of(found.id), today)
    return documents.evidence(found.name, queries.matrix(found.id, first, SHOWN), union=_union_name(), today=today)


def _unlimited() -> None:
    """A paper holds everybody of an employer: whoever is limited to units gets none."""
    if queries.people_of(current_user) is not None:
        abort(404)
