"""The audit's screens: what was done, by whom; export; the chain and its verification."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from flask import Response, abort, redirect, request, url_for
from flask_login import current_user

from unionops.core import clock, documents
from unionops.core.audit import queries, recording, sealing
from unionops.core.audit.forms import FilterForm, VerifyForm
from unionops.core.audit.models import AuditEntry, AuditSeal
from unionops.core.audit.telling import ENTRY_KINDS, Told, action_title
from unionops.core.db import db
from unionops.core.documents import Column
from unionops.core.i18n import SEMICOLON, _, _l, listed, show_date
from unionops.core.jobs import tasks
from unionops.core.jobs.queries import newest_done
from unionops.core.pages import here, page
from unionops.core.screens import Area
from unionops.core.transfer import exporting

area = Area("audit", title=_l("稽核紀錄"), permissions={"audit.read": _l("檢視稽核紀錄")})

EXPORTED = 10_000
"""The most entries of one export; a shorter period gives the rest."""

recording.sentence("audit.exported", _l("匯出稽核紀錄（%(format)s）"))
recording.sentence("audit.verification_started", _l("開始驗證稽核紀錄鏈"))


@area.screen("/", title=_l("稽核紀錄"), permission="audit.read", menu=("稽", "Au", 920))
def entries():
    form = FilterForm(request.args)
    wanted = form.wanted()
    before = request.args.get("before", "")
    found = queries.page_of(wanted, current_user, before=int(before) if before.isascii() and before.isdigit() and len(before) < 16 else None)
    return page(
        "audit/entries.html", found=found, fields={field.name: field for field in form}, wanted=wanted, chips=_chips(wanted), kinds=ENTRY_KINDS, exported=EXPORTED,
        wrong=[text for texts in form.errors.values() for text in texts],
    )


@area.screen("/export/<fmt>", title=_l("匯出稽核紀錄"), permission="audit.read", parent="audit.entries", exact=True)
def export(fmt: str):
    if fmt not in documents.ROW_FORMATS:
        abort(404)
    told = queries.all_of(FilterForm(request.args).wanted(), current_user, EXPORTED)
    columns = [Column(title) for title in (_("時間"), _("人員"), _("種類"), _("事由"), _("相關紀錄"), _("變更"), _("畫面"), _("位址"), _("封存序號"))]
    # Written to a file, not to memory; it is gone with the response.
    response = exporting.file_response(columns, documents.in_batches(_rows(told), columns), fmt, name=f"audit-{clock.today():%Y%m%d}", sheet=_("稽核紀錄"))
    recording.event_happened("audit.exported", format=fmt)
    return response


@area.screen("/chain", title=_l("驗證稽核紀錄鏈"), permission="audit.read", parent="audit.entries", methods=["GET", "POST"])
def chain() -> Response | Any:
    form = VerifyForm()
    if form.validate_on_submit():
        started = tasks.start("audit.verify", current_user, anchor=form.anchor.data or "")
        recording.describe("audit.verification_started")
        return redirect(url_for("jobs.task", task_id=started.id))
    sealed = db.session.scalar(sa.select(sa.func.max(AuditSeal.place))) or 0
    total = db.session.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) or 0
    return page(
        "audit/chain.html", form=form, sealed=sealed, waiting=max(0, total - sealed), anchor=sealing.last_digest(),
        last=newest_done("audit.verify"), reasons=REASONS,
    )


REASONS = {
    sealing.ALTERED: _l("這一筆、它的對象或它的封存碼，和封存時不同，或順序被調換。"),
    sealing.MISSING: _l("這一筆紀錄已被刪除。"),
    sealing.GAP: _l("這一筆的封存已被刪除。"),
    sealing.CUT: _l("鏈上找不到先前抄下的封存碼：後段被整段刪除或改寫。"),
}


def _rows(told: Iterator[Told]) -> Iterator[list[Any]]:
    for one in told:
        changes = "\n".join(
            _("%(operation)s %(title)s：", operation=change.operation, title=change.title)
            + listed((f"{title} {old} → {new}" for title, old, new in change.fields), SEMICOLON)
            for change in one.changes
        )
        yield [
            one.when, one.actor, str(ENTRY_KINDS.get(one.kind, "")), one.sentence, listed(title for title, _url in one.links), changes,
            one.source, one.address, one.place,
        ]


def _chips(wanted: queries.Filter) -> list[tuple[str, str]]:
    """The filters that are on, each with the address without it."""
    said = {
        "person": wanted.person,
        "kind": str(ENTRY_KINDS.get(wanted.kind, "")),
        "action": action_title(wanted.action) if wanted.action else "",
        "since": _("%(day)s 起", day=show_date(wanted.since)) if wanted.since else "",
        "until": _("到 %(day)s", day=show_date(wanted.until)) if wanted.until else "",
        "ref": wanted.ref,
        "text": f"「{wanted.text}」" if wanted.text else "",
    }
    return [(text, here(**{name: None, "before": None})) for name, text in said.items() if text]
