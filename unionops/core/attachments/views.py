"""Screens of attachments: add, look, open, replace, remove. Whoever sees the record sees its files; everybody else meets a 404."""

from __future__ import annotations

import io
from typing import Any

import sqlalchemy as sa
from flask import abort, flash, redirect, send_file, url_for
from flask_login import current_user

from unionops.core import clock, refs
from unionops.core.attachments import queries, registry, scan, services, storage
from unionops.core.attachments.forms import AttachForm, NewVersionForm, RemoveForm
from unionops.core.attachments.models import UNDO, Attachment, AttachmentVersion
from unionops.core.audit import recording
from unionops.core.db import db
from unionops.core.i18n import _, _l
from unionops.core.pages import page
from unionops.core.screens import SIGNED_IN, Area
from unionops.values.problems import RuleBroken, problem
from unionops.values.refs import Ref

area = Area("attachments", title=_l("附件"))

refs.register(
    "attachment", Attachment, label=_l("附件"), title=lambda one: one.title, endpoint="attachments.attachment", argument="attachment_id",
    among=lambda user: sa.select(Attachment.id).where(refs.seen(user, Attachment.ref_kind, Attachment.ref_id, kinds=registry.RULES.keys(), through=True)),
    follows=True, remark=lambda row: row.file_name, columns=(Attachment.title, queries.NEWEST_NAME),
)

PREVIEW_POLICIES = {
    "image": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "pdf": "default-src 'none'; object-src 'self'; frame-ancestors 'none'",
}


@area.screen("/add/<kind>/<int:ref_id>", title=_l("附上檔案"), permission=SIGNED_IN, methods=["GET", "POST"], once=True)
def add(kind: str, ref_id: int):
    found = refs.KINDS.get(kind) or abort(404)
    pointer = Ref(kind, ref_id)
    record = refs.record(pointer, current_user) or abort(404)
    if not registry.allows(kind, current_user, record):
        abort(404)
    form = AttachForm()
    if form.validate_on_submit():
        with form.catching():
            alone = len(form.files.data) == 1
            for file in form.files.data:
                services.add(
                    pointer, file, title=(form.title.data or "") if alone else "", sensitive=form.is_sensitive.data, by=current_user, now=clock.now()
                )
            flash(_("已附上 %(count)s 個檔案。", count=len(form.files.data)), "success")
            return redirect(found.url(ref_id))
    return page(
        "attachments/add.html", form=form, owner=found.title(record), back=found.url(ref_id), scanned=scan.is_configured(),
        removed=queries.removed_of(pointer),
    )


@area.screen("/<int:attachment_id>", title=_l("附件"), permission=SIGNED_IN, personal=True)
def attachment(attachment_id: int):
    one, record = _for_reader(attachment_id)
    found = refs.KINDS[one.ref_kind]
    now = clock.now()
    return page(
        "attachments/attachment.html", title=one.title, one=one, owner=found.title(record), owner_kind=found.label, back=found.url(one.ref_id),
        versions=[(version, queries.closed(one, version, record, current_user)) for version in one.versions],
        may_change=registry.allows(one.ref_kind, current_user, record), openings=queries.openings(one), scans=queries.SCANS,
        kind_word=queries.kind_word, told_size=queries.told_size, can_come_back=one.can_come_back(now), days=UNDO.days,
    )


@area.screen("/<int:attachment_id>/<int:number>/download", title=_l("下載附件"), permission=SIGNED_IN, personal=True, exact=True,
             parent="attachments.attachment")
def download(attachment_id: int, number: int):
    version, content = _opened(attachment_id, number)
    return send_file(io.BytesIO(content), mimetype=version.media_type, as_attachment=True, download_name=version.name, etag=False)


@area.screen("/<int:attachment_id>/<int:number>/preview", title=_l("預覽附件"), permission=SIGNED_IN, personal=True, exact=True,
             parent="attachments.attachment")
def preview(attachment_id: int, number: int):
    version, content = _opened(attachment_id, number)
    if not version.preview:
        abort(404)
    # In one piece: a reader that fetches a file in parts would stand in the audit once for each of them.
    response = send_file(io.BytesIO(content), mimetype=version.media_type, download_name=version.name, etag=False, conditional=False)
    response.headers["Content-Security-Policy"] = PREVIEW_POLICIES[version.preview]
    return response


@area.screen("/<int:attachment_id>/replace", title=_l("換新版本"), permission=SIGNED_IN, methods=["GET", "POST"], once=True,
             parent="attachments.attachment")
def new_version(attachment_id: int):
    one = _for_writer(attachment_id)
    form = NewVersionForm()
    if form.validate_on_submit():
        with form.catching():
            version = services.new_version(one, form.files.data[0], by=current_user, now=clock.now())
            flash(_("已換成第 %(number)s 版，舊版仍在。", number=version.number), "success")
            return redirect(url_for(".attachment", attachment_id=attachment_id))
    return page("attachments/new_version.html", form=form, one=one)


@area.screen("/<int:attachment_id>/remove", title=_l("移除附件"), permission=SIGNED_IN, methods=["GET", "POST"], once=True,
             parent="attachments.attachment")
def remove(attachment_id: int):
    one = _for_writer(attachment_id)
    form = RemoveForm()
    if form.validate_on_submit():
        with form.catching():
            services.remove(one, why=form.why.data, by=current_user, now=clock.now())
            flash(_("已移除「%(title)s」，%(days)s 天內可以取回。", title=one.title, days=UNDO.days), "success")
            return redirect(url_for(".attachment", attachment_id=attachment_id))
    return page("attachments/remove.html", form=form, one=one, days=UNDO.days)


@area.screen("/<int:attachment_id>/bring-back", title=_l("取回附件"), permission=SIGNED_IN, methods=["POST"], parent="attachments.attachment")
def bring_back(attachment_id: int):
    one = _for_writer(attachment_id, removed=True)
    services.bring_back(one, now=clock.now())
    flash(_("已取回「%(title)s」。", title=one.title), "success")
    return redirect(url_for(".attachment", attachment_id=attachment_id))


def _for_reader(attachment_id: int) -> tuple[Attachment, Any]:
    """The attachment and its record, or a 404: not there and not visible look the same. The read is logged on both."""
    one = db.get_or_404(Attachment, attachment_id)
    record = refs.record(one.ref, current_user) or abort(404)
    recording.subject(one)
    recording.subject(one.ref)
    return one, record


def _for_writer(attachment_id: int, *, removed: bool = False) -> Attachment:
    one, record = _for_reader(attachment_id)
    if not registry.allows(one.ref_kind, current_user, record) or (one.removed_at is not None) != removed:
        abort(404)
    return one


def _opened(attachment_id: int, number: int) -> tuple[AttachmentVersion, bytes]:
    """The version and its content. Raises RuleBroken saying why it cannot be opened."""
    one, record = _for_reader(attachment_id)
    version = next((each for each in one.versions if each.number == number), None) or abort(404)
    reason = queries.closed(one, version, record, current_user)
    if reason is not None:
        raise RuleBroken(reason)
    try:
        return version, services.content_of(version)
    except storage.StoreDown as down:
        raise RuleBroken(problem("", "檔案庫現在連不上，檔案沒有遺失。請稍後再試。")) from down
    except (storage.ContentLost, ValueError) as lost:
        scan.log.error("content of a file is lost", attachment=attachment_id, number=number, error=str(lost))
        raise RuleBroken(problem("", "這個檔案的內容遺失或已被改動，沒有開啟。請通知系統管理員從備份還原。")) from lost


