"""Receipts: the list, one receipt with its paper, printing and mailing it, making it void, very many at once, and the check by its code."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from flask import flash, make_response, redirect, request, url_for
from flask_login import current_user

from unionops.core import clock, refs
from unionops.core.attachments import services as attaching
from unionops.core.audit import recording
from unionops.core.db import db
from unionops.core.documents import render, serving
from unionops.core.forms import Form
from unionops.core.i18n import _, _l, show_date
from unionops.core.jobs import tasks
from unionops.core.limits import limiter
from unionops.core.notify import services as notify
from unionops.core.notify.registry import notice_kind
from unionops.core.pages import Paging, here, page
from unionops.core.screens import PUBLIC
from unionops.core.union import queries as union
from unionops.members import queries as members
from unionops.members.collecting_wording import CHANNELS
from unionops.members.documents import receipts as documents
from unionops.members.forms.collecting import BatchForm, FindForm, MailForm, ReasonForm
from unionops.members.models import Payment, Person, Receipt
from unionops.members.queries import accounts
from unionops.members.queries import receipts as reads
from unionops.members.queries.accounts import PaymentFilter, ReceiptFilter
from unionops.members.rules.collecting import Channel
from unionops.members.rules.receipts import Content
from unionops.members.services.dues import receipts as services
from unionops.members.views.area import acting
from unionops.members.views.dues.area import BOTH, SERVES, area
from unionops.values.problems import RuleBroken, problem
from unionops.values.refs import Ref

MOST = 3_000
"""Receipts made and printed at once: so many are numbered in less than a second, and an office printer takes hours for more."""
MAILED = notice_kind("dues.receipt_mailed", title=_l("寄送收據"))
SENT = recording.sentence("dues.receipt_mailed", _l("以電子郵件寄出收據 %(number)s"))

refs.register(
    "receipt", Receipt, label=_l("收據"), title=lambda row: row.number, endpoint="dues.receipt", argument="receipt_id", among=lambda user: _among(user),
)


def _among(user: Any) -> Any:
    if not user.can("dues.read"):
        return refs.nobody(Receipt)
    people = members.visible_people(members.within(user, "dues.read"))
    if people is None:
        return None
    return sa.select(Receipt.id).join(Payment, Payment.id == Receipt.payment_id).where(Payment.person_id.in_(people))


# --- the list ---------------------------------------------------------------------------------------------------------


@area.screen("/receipts", title=_l("收據"), permission="dues.read", **SERVES, personal=True, parent="dues.desk")
def receipts():
    wanted = _wanted()
    found = accounts.receipts(acting(), wanted, sa.func.count(), sa.func.coalesce(sa.func.sum(Receipt.amount), 0))
    count, amount = db.session.execute(found).one()
    paging = Paging(count)
    rows = [
        SimpleNamespace(receipt=one, name=name or "", by=by or "", url=url_for(".receipt", receipt_id=one.id))
        for one, name, by in accounts.receipt_rows(acting(), wanted, limit=paging.size, offset=paging.offset)
    ]
    this_year = clock.today().year - 1911
    tabs = [
        {"label": label, "url": here(state=word or None, page=None), "current": request.args.get("state", "") == word}
        for word, label in (("", _("全部")), ("held", _("有效")), ("void", _("作廢")))
    ]
    facets = [
        {"label": _("年度"), "name": "year", "options": [(str(one), _("%(year)s 年", year=one), wanted.year == one) for one in range(this_year, this_year - 6, -1)]},
        {"label": _("字軌"), "name": "series", "options": [(one, one, wanted.series == one) for one in accounts.series_in_use()], "minor": True},
    ]
    chips = [
        *(((_("%(year)s 年", year=wanted.year), here(year=None, page=None)),) if wanted.year else ()),
        *(((_("字軌 %(series)s", series=wanted.series), here(series=None, page=None)),) if wanted.series else ()),
    ]
    return page("dues/receipts.html", rows=rows, paging=paging, amount=int(amount), tabs_shown=tabs, facets=facets, chips=chips, text=request.args.get("q", ""),
                keep=[("state", request.args["state"])] if request.args.get("state") in ("held", "void") else [], nothing=not count and not request.args)


def _wanted() -> ReceiptFilter:
    text, year = request.args.get("q", "").strip().upper(), request.args.get("year", "")
    series, serials, of_year = request.args.get("series", "")[:2], None, int(year) if year.isascii() and year.isdigit() and len(year) < 4 else None
    digits = text.lstrip("0123456789")
    if text and digits and text[: len(text) - len(digits)]:  # 115A000123
        of_year, series = int(text[: len(text) - len(digits)][:3]), digits.rstrip("0123456789")[:2]
        tail = digits[len(digits.rstrip("0123456789")) :]
        serials = (int(tail[:9]), int(tail[:9])) if tail else None
    elif text.isascii() and text.isdigit():
        serials = (int(text[:9]), int(text[:9]))
    elif text:
        serials = (0, 0)
    state = request.args.get("state", "")
    return ReceiptFilter(year=of_year, series=series, serials=serials, void={"held": False, "void": True}.get(state))


# --- one receipt ------------------------------------------------------------------------------------------------------


def _the(receipt_id: int) -> Receipt:
    found = accounts.receipt_for(acting(), receipt_id)
    if found.payment.person_id is not None:
        recording.subject(Ref("person", found.payment.person_id))
    return found


def _back(receipt: Receipt, said: str) -> Any:
    flash(said, "success")
    return redirect(url_for(".receipt", receipt_id=receipt.id))


@area.screen("/receipts/<int:receipt_id>", title=_l("一張收據"), permission="dues.read", **SERVES, personal=True, parent="dues.receipts")
def receipt(receipt_id: int):
    row = _the(receipt_id)
    content = Content.read(row.content)
    living = reads.living_of(row.payment_id)
    return page(
        "dues/receipt.html", title=row.number, receipt=row, content=content, channel=CHANNELS[Channel(content.channel)], living=living, find=FindForm(formdata=None),
        verify=documents.verify_address().replace(documents.PLACE_OF_TOKEN, reads.token_of(row.id)), copies=max(row.printed - 1, 0),
    )


@area.screen("/receipts/<int:receipt_id>/print", title=_l("列印收據"), permission="dues.collect", **SERVES, methods=["POST"], personal=True, exact=True,
             parent="dues.receipt")
def print_receipt(receipt_id: int):
    """The paper itself: the first is the original, every further one says that it is a copy."""
    row, form = _the(receipt_id), Form()
    with form.catching():
        times = services.printed(row)
        with serving.room_on_disk():
            made = render(documents.papers([(row, documents.mark_of(times))], documents.verify_address()), "pdf")
        return serving.send(made, row.number, inline=True)
    flash(form.form_errors[0], "error")
    return redirect(url_for(".receipt", receipt_id=receipt_id))


@area.screen("/receipts/<int:receipt_id>/preview", title=_l("收據樣式"), permission="dues.read", **SERVES, personal=True, parent="dues.receipt")
def preview_receipt(receipt_id: int):
    row = _the(receipt_id)
    paper = documents.papers([(row, "預覽，不作收執之用")], documents.verify_address())
    shown = SimpleNamespace(
        title=_("收據 %(number)s", number=row.number), facts=[], notes=[("info", _("這是樣式；正式的收據請回上一頁按「列印」。"))], files=[], open_url=None,
        shown=serving.preview(paper), short=None, empty=None,
    )
    return page("documents/preview.html", title=_("收據樣式"), paper=shown)


@area.screen("/receipts/<int:receipt_id>/void", title=_l("作廢收據"), permission="dues.correct", **SERVES, methods=BOTH, once=True, personal=True,
             parent="dues.receipt")
def void_receipt(receipt_id: int):
    row, form = _the(receipt_id), ReasonForm()
    if form.validate_on_submit():
        with form.catching():
            services.void(row, why=form.why.data, now=clock.now())
            return _back(row, _("收據 %(number)s 已作廢，號碼保留。", number=row.number))
        row = _the(receipt_id)
    return page("dues/void_receipt.html", form=form, receipt=row, name=Content.read(row.content).payer, cancel=url_for(".receipt", receipt_id=row.id))


@area.screen("/receipts/<int:receipt_id>/mail", title=_l("以電子郵件寄收據"), permission="dues.collect", **SERVES, methods=BOTH, once=True,
             personal=True, parent="dues.receipt")
def mail_receipt(receipt_id: int):
    row, form = _the(receipt_id), MailForm()
    person = db.session.get(Person, row.payment.person_id) if row.payment.person_id is not None else None
    content = Content.read(row.content)
    if not form.is_submitted():
        form.email.data = person.email if person is not None else ""
    if form.validate_on_submit():
        with form.catching():
            _mail(row, content, form.email.data)
            return _back(row, _("收據已交寄到 %(email)s。", email=form.email.data))
        row = _the(receipt_id)
    return page("dues/act.html", title=_("以電子郵件寄收據"), form=form, facts=[row.number, content.payer, _("%(amount)s 元", amount=f"{row.amount:,}")],
                submit=_("寄出"), kind="main", cancel=url_for(".receipt", receipt_id=row.id), say=_("附件是收據的 PDF，也可以掃描上面的查驗碼確認真偽。"))


def _mail(row: Receipt, content: Content, email: str) -> None:
    if row.voided_at is not None:
        raise RuleBroken(problem("", "作廢的收據不能寄出。", code="void"))
    times = services.printed(row)
    paper = render(documents.papers([(row, documents.mark_of(times))], documents.verify_address()), "pdf")
    file = attaching.add_content(Ref("receipt", row.id), paper.data, f"{row.number}.pdf", title=row.number, by=current_user, now=clock.now(), sensitive=True)
    db.session.flush()  # The mail names the version of the file.
    notify.mail_files(
        notify.Reader(content.payer, email), kind=MAILED, subject=_("%(union)s收據 %(number)s", union=content.union, number=row.number),
        text=_("檢送收據 %(number)s（%(amount)s 元），如附件 PDF。\n\n%(union)s", number=row.number, amount=f"{row.amount:,}", union=content.union),
        files=[file.newest.id], pointer=Ref("receipt", row.id),
    )
    recording.describe(SENT, row, number=row.number)


# --- very many --------------------------------------------------------------------------------------------------------


@area.screen("/receipts/batch", title=_l("整批開立與列印收據"), permission="dues.collect", **SERVES, methods=BOTH, once=True, parent="dues.receipts")
def batch():
    form, today = BatchForm(), clock.today()
    if not form.is_submitted():
        form.first.data = form.last.data = today
        form.channels.data = []
    if form.validate_on_submit():
        with form.catching():
            return _begin(form)
    return page("dues/batch.html", form=form, most=MOST)


def _begin(form: BatchForm) -> Any:
    """Numbers what has none and leaves the setting to a task: whatever becomes of it, no number is lost, and only what it made counts as
    printed."""
    if form.last.data < form.first.data:
        raise RuleBroken(problem("last", "結束日早於開始日。", code="days"))
    wanted = PaymentFilter(channels=tuple(Channel(one) for one in form.channels.data), first=form.first.data, last=form.last.data)
    bare = PaymentFilter(channels=wanted.channels, first=wanted.first, last=wanted.last, without_receipt=True)
    ids = accounts.payment_ids(acting(), bare, MOST + 1)
    had = sa.and_(Receipt.voided_at.is_(None), Payment.received_on.between(form.first.data, form.last.data))
    older = accounts.receipts(acting(), ReceiptFilter(), Receipt.id).where(had)
    if wanted.channels:
        older = older.where(Payment.channel.in_(wanted.channels))
    if not form.printed.data:
        older = older.where(Receipt.printed == 0)
    again = list(db.session.scalars(older.order_by(Receipt.year, Receipt.series, Receipt.serial).limit(MOST + 1)))
    if len(ids) + len(again) > MOST:
        raise RuleBroken(problem("last", "超過 %(most)s 張，請縮小收款日的範圍分批開立。", code="too_many", most=MOST))
    if not ids and not again:
        raise RuleBroken(problem("", "這些日子沒有要開立或列印的收據。", code="nothing"))
    made = services.issue_many(ids, today=clock.today())
    begun = tasks.start(
        "dues.print_receipts", current_user, _("列印收據 %(count)s 張", count=len(again) + len(made)), ids=[*again, *made],
        address=documents.verify_address(), name=serving.file_name(f"收據_{show_date(form.first.data)}_{show_date(form.last.data)}".replace("/", ""), "pdf"),
    )
    flash(_("新開 %(made)s 張、補印 %(again)s 張，在背景排成一個 PDF。", made=len(made), again=len(again)), "success")
    return redirect(url_for("jobs.task", task_id=begun.id))


# --- the check --------------------------------------------------------------------------------------------------------


@area.screen("/verify/<token>", title=_l("查驗收據"), permission=PUBLIC, **SERVES)
@limiter.limit("30 per minute", override_defaults=False)
def verify_receipt(token: str):
    """What anybody who scans a receipt may know: genuine or not, the amount, the day, and whether it is void."""
    found = reads.by_token(token)
    record = union.the_union()
    response = make_response(page("dues/verify_receipt.html", receipt=found, union=record.name if record else ""))
    response.headers["Cache-Control"] = "no-store"
    if found is None:
        response.status_code = 404
    return response
