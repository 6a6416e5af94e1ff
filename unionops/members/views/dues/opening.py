"""The beginning: from which day, with which balances, and what members owed or had paid too much."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from flask import abort, flash, redirect, request, url_for

from unionops.core import clock
from unionops.core.audit import recording
from unionops.core.db import db
from unionops.core.documents import Column
from unionops.core.forms import ChoiceField, OnceForm
from unionops.core.i18n import _, _l, listed, say
from unionops.core.pages import Paging, here, page
from unionops.core.transfer import exporting
from unionops.core.transfer.headings import REASON_HEADING, ROW_HEADING
from unionops.core.transfer.workbook import cell_text
from unionops.finance import queries as books
from unionops.finance.rules import chart
from unionops.members import queries as members
from unionops.members.forms.billing import KINDS, BalancesForm, BeginForm, OpeningFileForm, OpeningItemForm, SeenForm, WhyForm
from unionops.members.models import OpeningBatch
from unionops.members.rules.dues import SchemeKind
from unionops.members.rules.opening import CREDIT, FIELDS
from unionops.members.services.dues import opening as services
from unionops.members.views.area import acting, of_everybody
from unionops.members.views.dues.area import BILL, BOTH, area

STATES = {"read": ("soon", _l("還沒登錄")), "applied": ("ok", _l("已登錄")), "dropped": ("off", _l("已放棄")), "undone": ("warn", _l("已撤回"))}


@area.screen("/opening", title=_l("起始日與期初"), **BILL, parent="dues.runs")
def opening():
    of_everybody()
    begins_on, today = books.begins_on(), clock.today()
    batches = db.session.scalars(sa.select(OpeningBatch).order_by(OpeningBatch.id.desc()).limit(100)).all()
    return page(
        "dues/opening.html", begins_on=begins_on, is_open=begins_on is not None and begins_on <= today, voucher=(voucher := services.standing_balances()),
        lines=_voucher_lines(voucher), batches=[SimpleNamespace(row=one, sign=STATES[one.state][0], word=STATES[one.state][1]) for one in batches],
    )


@area.screen("/opening/begin", title=_l("設定起始日"), **BILL, methods=BOTH, once=True, parent="dues.opening")
def set_begin():
    of_everybody()
    form = BeginForm(data={"begins_on": books.begins_on()})
    if form.validate_on_submit():
        with form.catching():
            services.begin(form.begins_on.data, today=clock.today())
            flash(_("已設定起始日。"), "success")
            return redirect(url_for(".opening"))
    return page("dues/form.html", title=_("設定起始日"), form=form, submit=_("設定"), back_to=url_for(".opening"))


@area.screen("/opening/balances", title=_l("期初餘額"), **BILL, methods=BOTH, parent="dues.opening")
def opening_balances():
    of_everybody()
    form = BalancesForm()
    entries: list[Any] = []
    if form.validate_on_submit():
        with form.catching():
            found = services.read_balances(form.lines.data or "")
            entries = services.balance_entries(found)
            if "check" not in request.form:
                made = services.enter_balances(found, today=clock.today())
                flash(_("已登錄期初餘額，傳票 %(number)s。", number=made.number), "success")
                return redirect(url_for(".opening"))
    return page("dues/balances.html", form=form, entries=[(chart.account(one.account), one) for one in entries])


@area.screen("/opening/balances/take-back", title=_l("沖銷期初餘額"), **BILL, methods=BOTH, once=True, parent="dues.opening")
def take_back_balances():
    of_everybody()
    form = WhyForm()
    if form.validate_on_submit():
        with form.catching():
            services.take_back_balances(today=clock.today(), why=form.why.data or "")
            flash(_("已沖銷，可以重新登錄。"), "success")
            return redirect(url_for(".opening"))
    return page("dues/confirm.html", title=_("沖銷期初餘額"), form=form, verb=_("沖銷期初傳票"), back_to=url_for(".opening"), change=_("期初餘額以一張沖銷傳票沖回"),
                unchanged=_("會員的期初欠費與溢繳"), undo=_("可以重新登錄"), fields=["why"])


@area.screen("/opening/items/new", title=_l("逐筆登錄期初"), **BILL, methods=BOTH, once=True, parent="dues.opening")
def add_opening_item():
    of_everybody()
    form = OpeningItemForm()
    if form.validate_on_submit():
        with form.catching():
            person = members.person_for(acting(), form.person.data.id)
            services.enter_by_hand(
                person, kind=form.kind.data, text=form.text.data or "", amount=form.amount.data, period_on=form.period_on.data, months=form.months.number,
                due_on=form.due_on.data, today=clock.today(),
            )
            flash(_("已登錄 %(name)s 的期初 %(amount)s 元。", name=person.name, amount=f"{form.amount.data:,}"), "success")
            return redirect(url_for(".opening"))
    return page("dues/form.html", title=_("逐筆登錄期初"), form=form, submit=_("登錄"), back_to=url_for(".opening"))


@area.screen("/opening/file", title=_l("由檔案登錄期初"), **BILL, methods=BOTH, once=True, parent="dues.opening")
def opening_file():
    of_everybody()
    form = OpeningFileForm()
    if form.validate_on_submit():
        with form.catching():
            batch = services.stage(form.file.data.read(), form.file.data.filename or "", today=clock.today())
            return redirect(url_for(".opening_batch", batch_id=batch.id))
    return page("dues/form.html", title=_("由檔案登錄期初"), form=form, submit=_("讀入，先看一遍"), back_to=url_for(".opening"))


@area.screen("/opening/file/<int:batch_id>", title=_l("期初明細預覽"), **BILL, parent="dues.opening", personal=True)
def opening_batch(batch_id: int):
    batch = _batch(batch_id)
    if batch.state != "read":
        return page("dues/opening_done.html", title=batch.file_name or _("逐筆登錄"), batch=batch, sign=STATES[batch.state][0], word=STATES[batch.state][1],
                    vouchers=books.vouchers_of(services.pointer(batch)))
    check = services.check(batch)
    view = request.args.get("view", "")
    groups = {"": check.good, "bad": check.bad, "out": [one for one in check.rows if not one.problems and not one.parts]}
    shown = groups.get(view, check.good)
    paging = Paging(len(shown))
    tabs = [{"label": label, "url": here(view=word or None, page=None), "count": len(groups[word]), "current": view == word}
            for word, label in (("", _("可以登錄")), ("bad", _("退件")), ("out", _("不列入")))]
    return page(
        "dues/opening_batch.html", title=batch.file_name, batch=batch, check=check, tabs_shown=tabs, paging=paging, figures=_figures(check),
        rows=[_row(one) for one in shown[paging.offset : paging.offset + paging.size]], columns=_columns(batch, check), formats=exporting.FORMATS,
        notices=[say(one) for one in check.notices],
    )


@area.screen("/opening/file/<int:batch_id>/columns", title=_l("期初檔案的欄位"), **BILL, methods=BOTH, parent="dues.opening_batch", personal=True)
def opening_columns(batch_id: int):
    batch = _batch(batch_id, read=True)
    check = services.check(batch)
    form = _columns_form(batch, check)
    if form.validate_on_submit():
        with form.catching():
            places = {field.data: at for at in range(len(check.titles)) if (field := form[f"column{at}"]).data}
            services.choose_columns(batch, places)
            return redirect(url_for(".opening_batch", batch_id=batch_id))
    return page("dues/form.html", title=_("「%(file)s」的欄位", file=batch.file_name), form=form, submit=_("用這些欄位"), back_to=url_for(".opening_batch", batch_id=batch_id))


@area.screen("/opening/file/<int:batch_id>/refused.<fmt>", title=_l("匯出退件"), **BILL, parent="dues.opening_batch", personal=True, exact=True)
def opening_refused(batch_id: int, fmt: str):
    if fmt not in exporting.FORMATS:
        abort(404)
    batch = _batch(batch_id, read=True)
    check = services.check(batch)
    cells, width = check.cells(batch), len(check.titles)
    lines = [[*(list(map(cell_text, cells[one.line])) + [""] * width)[:width], one.line, listed(say(each) for each in one.problems)] for one in check.bad]
    columns = [Column(title) for title in [*check.titles, ROW_HEADING, REASON_HEADING]]
    return exporting.file_response(columns, [list(zip(*lines, strict=True))] if lines else [], fmt, name=f"{batch.file_name.rpartition('.')[0]}-{_('退件')}")


@area.screen("/opening/file/<int:batch_id>/apply", title=_l("登錄期初明細"), **BILL, methods=BOTH, once=True, parent="dues.opening_batch")
def apply_opening(batch_id: int):
    batch = _batch(batch_id, read=True)
    form, check = SeenForm(), services.check(batch)
    if form.validate_on_submit():
        with form.catching():
            services.apply(batch, today=clock.today(), seen=form.seen.data or "")
            flash(_("已登錄期初 %(count)s 筆。", count=f"{batch.counts['items']:,}"), "success")
            return redirect(url_for(".opening_batch", batch_id=batch_id))
    if request.method == "GET":
        form.seen.data = services.mark(check)
    owed = sum(one.part.amount for one in check.items if one.part.kind != CREDIT)
    credit = sum(one.part.amount for one in check.items if one.part.kind == CREDIT)
    return page("dues/apply_opening.html", title=batch.file_name, form=form, batch=batch, count=len(check.items), owed=owed, credit=credit, bad=len(check.bad))


@area.screen("/opening/file/<int:batch_id>/drop", title=_l("放棄期初檔案"), **BILL, methods=["POST"], parent="dues.opening_batch")
def drop_opening(batch_id: int):
    services.drop(_batch(batch_id, read=True))
    flash(_("已放棄，檔案內容已刪除。"), "success")
    return redirect(url_for(".opening"))


@area.screen("/opening/batch/<int:batch_id>/undo", title=_l("撤回期初明細"), **BILL, methods=BOTH, once=True, fresh=True, parent="dues.opening_batch")
def undo_opening(batch_id: int):
    batch = _batch(batch_id)
    form = WhyForm()
    back = url_for(".opening_batch", batch_id=batch_id)
    if form.validate_on_submit():
        with form.catching():
            services.undo(batch, why=form.why.data or "", today=clock.today())
            flash(_("已撤回。"), "success")
            return redirect(back)
    return page("dues/confirm.html", title=_("撤回期初明細"), form=form, verb=_("撤回 %(n)s 筆", n=batch.counts.get("items", 0)), back_to=back,
                change=_("這一批的欠費與溢繳全部沖回"), unchanged=_("其他批次與期初餘額"), undo=_("可以重新登錄"), fields=["why"])


# --- inside -----------------------------------------------------------------------------------------------------------


def _batch(batch_id: int, *, read: bool = False) -> OpeningBatch:
    of_everybody()
    batch: OpeningBatch = db.session.get(OpeningBatch, batch_id) or abort(404)
    recording.subject(batch)
    if read and batch.state != "read":
        flash(_("這個檔案已經處理完了。"), "info")
        abort(redirect(url_for(".opening_batch", batch_id=batch_id)))
    return batch


def _voucher_lines(voucher: Any) -> list[tuple[Any, Any]]:
    return [(chart.account(one.account), one) for one in voucher.entries] if voucher is not None else []


def _figures(check: services.Check) -> list[dict[str, Any]]:
    items = check.items
    return [
        {"label": _("可以登錄"), "value": f"{len(check.good):,}", "unit": _("列")},
        {"label": _("欠費"), "value": f"{sum(one.part.amount for one in items if one.part.kind != CREDIT):,}", "unit": _("元")},
        {"label": _("溢繳"), "value": f"{sum(one.part.amount for one in items if one.part.kind == CREDIT):,}", "unit": _("元")},
        {"label": _("退件"), "value": f"{len(check.bad):,}", "unit": _("列")},
    ]


def _row(row: Any) -> SimpleNamespace:
    said = listed(_("%(kind)s %(amount)s 元", kind=_("溢繳") if one.kind == CREDIT else KINDS[SchemeKind(one.kind)], amount=f"{one.amount:,}") for one in row.parts)
    return SimpleNamespace(
        row=row, said=said, total=sum(one.amount if one.kind != CREDIT else -one.amount for one in row.parts),
        why=listed(say(one) for one in [*row.problems, *row.remarks]), url=url_for("members.person", person_id=row.person_id) if row.person_id else None,
    )


def _columns(batch: OpeningBatch, check: services.Check) -> list[SimpleNamespace]:
    labels = {one.name: one.label for one in FIELDS}
    taken = {int(at): name for name, at in batch.mapping.items()}
    return [SimpleNamespace(title=title, sample=sample, label=_(labels[taken[at]]) if at in taken else "")
            for at, (title, sample) in enumerate(zip(check.titles, check.samples, strict=True))]


def _columns_form(batch: OpeningBatch, check: services.Check) -> Any:
    """One choice for each column of the file."""
    choices = [("", _("不讀這一欄")), *((one.name, _(one.label)) for one in FIELDS if not one.is_ignored)]
    taken = {int(at): name for name, at in batch.mapping.items()}

    class ColumnsForm(OnceForm):
        pass

    for at, (title, sample) in enumerate(zip(check.titles, check.samples, strict=True)):
        label = f"{title}（{sample[:20]}）" if sample else title
        setattr(ColumnsForm, f"column{at}", ChoiceField(label, choices=choices, default=taken.get(at, "") if taken.get(at, "") in dict(choices) else ""))
    return ColumnsForm()
