"""Screens of the union's own record: its facts, accounts, sign, and the values of its constitution."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Response, abort, flash, redirect, request, url_for
from flask_login import current_user

from unionops.core import clock, refs
from unionops.core.attachments import queries as attachments
from unionops.core.attachments.registry import may_attach
from unionops.core.db import db
from unionops.core.errors import Conflict
from unionops.core.i18n import _, _l, say, show_date
from unionops.core.pages import page
from unionops.core.quantities import unit_word
from unionops.core.screens import SIGNED_IN, Area
from unionops.core.union import queries, rules, services
from unionops.core.union.forms import (
    BankAccountForm,
    EndBankAccountForm,
    LogoForm,
    UnionForm,
    charter_value_form,
)
from unionops.core.union.models import BankAccount, Union
from unionops.core.union.rules import CharterKey, charter_keys
from unionops.values.refs import Ref

area = Area(
    "union",
    title=_l("工會資料與章程"),
    permissions={"union.read": _l("檢視工會資料與章程"), "union.edit": _l("登錄工會資料與章程")},
)

refs.register(
    "union_record", Union, label=_l("工會資料"), title=lambda union: union.name, endpoint="union.record",
    among=refs.allowed(Union, "union.read"), columns=(Union.name,),
)
may_attach("union_record", lambda user, union: user.can("union.edit"))

RECORD = Ref("union_record", 1)
FACTS = (
    "name", "short_name", "kind", "authority", "seat", "area", "registration_number", "registered_on", "founded_on", "phone", "email",
    "tax_number",
)


@area.blueprint.record
def _name_the_union(state: Any) -> None:
    state.app.extensions["union_name"] = queries.union_name


@area.screen("", title=_l("工會資料與章程"), permission="union.read", task="T1.1", menu=("章", "Un", 800))
def record():
    union, today = queries.the_union(), clock.today()
    return page(
        "union/record.html", union=union, judged=queries.judged(today, union) if union else [], today=today,
        members=queries.member_count(today), accounts=queries.bank_accounts(), title_of=queries.title,
        ref=RECORD, attached=attachments.of_record(RECORD) if union else [],
    )


@area.screen(
    "/edit", title=_l("登錄工會基本資料"), permission="union.edit", task="T1.1", methods=["GET", "POST"], parent="union.record"
)
def edit_record():
    union = queries.the_union()
    form = UnionForm(obj=union)
    if form.validate_on_submit():
        _same_version(union, form)
        with form.catching():
            services.edit_record(**{name: getattr(form, name).data or _nothing(name) for name in FACTS}, today=clock.today())
            flash(_("已登錄工會基本資料。"), "success")
            return redirect(url_for(".record"))
    return page("union/edit_record.html", form=form, union=union)


def _nothing(name: str) -> str | None:
    return None if name.endswith("_on") else ""


def _same_version(union: Union | None, form: UnionForm) -> None:
    """Two people who edit at once meet on a page that shows both."""
    if union is None or form.version.data in (str(union.version), union.version):
        return
    fields = []
    for name in FACTS:
        theirs, mine = getattr(union, name), getattr(form, name).data
        if (theirs or "") != (mine or ""):
            fields.append((str(form[name].label.text), _told(theirs), _told(mine)))
    raise Conflict(fields, url_for(".edit_record"))


def _told(value: Any) -> str:
    return show_date(value) if hasattr(value, "year") else str(value or "–")


@area.screen(
    "/logo/edit", title=_l("更換會徽"), permission="union.edit", task="T1.1", methods=["GET", "POST"], parent="union.record"
)
def edit_logo():
    union = _recorded()
    form = LogoForm()
    if form.validate_on_submit():
        with form.catching():
            services.change_logo(union, form.logo.data.read(rules.LOGO_BYTES + 1))
            flash(_("已更換會徽。"), "success")
            return redirect(url_for(".record"))
    return page("union/edit_logo.html", form=form, union=union)


@area.screen("/logo/remove", title=_l("移除會徽"), permission="union.edit", task="T1.1", methods=["POST"], parent="union.record", exact=True)
def remove_logo():
    services.remove_logo(_recorded())
    flash(_("已移除會徽。"), "success")
    return redirect(url_for(".record"))


@area.screen("/logo", title=_l("會徽"), permission=SIGNED_IN, task="T1.1", exact=True)
def logo():
    found = queries.logo() or abort(404)
    data, media_type = found
    response = Response(data, mimetype=media_type)
    response.set_etag(hashlib.sha256(data).hexdigest()[:20])
    return response.make_conditional(request)


@area.screen("/bank-accounts", title=_l("工會帳戶"), permission="union.read", task="T1.1", parent="union.record")
def bank_accounts():
    return page(
        "union/bank_accounts.html", accounts=queries.bank_accounts(), union=queries.the_union(), today=clock.today(),
        may_edit=current_user.can("union.edit"),
    )


@area.screen(
    "/bank-accounts/new", title=_l("新增工會帳戶"), permission="union.edit", task="T1.1", methods=["GET", "POST"],
    parent="union.bank_accounts", fresh=True, once=True,
)
def add_bank_account():
    union = _recorded()
    form = BankAccountForm(data={"holder": union.name, "from_on": clock.today()})
    if form.validate_on_submit():
        with form.catching():
            services.add_bank_account(
                union, bank=form.bank.data, branch=form.branch.data or "", account_number=form.account_number.data,
                holder=form.holder.data, purpose=form.purpose.data or "", from_on=form.from_on.data,
            )
            flash(_("已新增帳戶。"), "success")
            return redirect(url_for(".bank_accounts"))
    return page("union/add_bank_account.html", form=form, union=union)


@area.screen(
    "/bank-accounts/<int:account_id>/end", title=_l("停用工會帳戶"), permission="union.edit", task="T1.1", methods=["GET", "POST"],
    parent="union.bank_accounts", fresh=True, once=True,
)
def end_bank_account(account_id):
    account = db.get_or_404(BankAccount, account_id)
    form = EndBankAccountForm(data={"until_on": clock.today()})
    if form.validate_on_submit():
        with form.catching():
            services.end_bank_account(account, until_on=form.until_on.data)
            flash(_("已停用帳戶。"), "success")
            return redirect(url_for(".bank_accounts"))
    return page("union/end_bank_account.html", form=form, account=account)


@area.screen("/charter/<key>", title=_l("章程沿革"), permission="union.read", task="T1.1", parent="union.record")
def charter_history(key):
    definition = _key(key)
    union, today = queries.the_union(), clock.today()
    values = queries.charter(today)
    judgement = None
    if union:
        given = queries.circumstances(today, union.union_kind, members=queries.member_count(today), values=values)
        judgement = rules.judge(definition, values[key].value, given)
    rows = queries.charter_history(key)

    def shown(stored):
        return queries.shown(definition, rules.value_of(definition, stored))

    return page(
        "union/charter_history.html", title=queries.title(definition), definition=definition, union=union, now=values[key],
        judgement=judgement, rows=rows, corrected=queries.corrected(rows), shown=shown,
    )


@area.screen(
    "/charter/<key>/new", title=_l("登錄章程的值"), permission="union.edit", task="T1.1", methods=["GET", "POST"],
    parent="union.charter_history", fresh=True, once=True,
)
def add_charter_value(key):
    definition, union = _key(key), _recorded()
    form = charter_value_form(definition)
    if form.validate_on_submit():
        with form.catching():
            _row, warnings = services.add_charter_value(
                union, key=key, typed=form.value.data, valid_from=form.valid_from.data, clause=form.clause.data,
                resolution=form.resolution.data or "", entered_by=current_user, members=queries.member_count(form.valid_from.data),
            )
            flash(_("已登錄章程的值。"), "success")
            for warning in warnings:
                flash(say(warning), "warning")
            return redirect(url_for(".charter_history", key=key))
    today = clock.today()
    given = queries.circumstances(today, union.union_kind, members=queries.member_count(today))
    return page(
        "union/add_charter_value.html", form=form, definition=definition, name=queries.title(definition),
        unit=unit_word(definition.unit), limit=rules.judge(definition, None, given).limit,
    )


def _recorded() -> Union:
    """The union's row; whoever comes before it is recorded is sent there by a 404's way back."""
    return queries.the_union() or abort(404)


def _key(key: str) -> CharterKey:
    return charter_keys().get(key) or abort(404)
