"""One person's account as of a day: what is owed and open, payments, credit, receipts, reductions, changes; and what can be done about it."""

from __future__ import annotations

from types import SimpleNamespace

from flask import request
from flask_login import current_user

from unionops.core import clock
from unionops.core.audit import queries as audit
from unionops.core.forms import DateField, Form, optional
from unionops.core.i18n import _, _l, show_date
from unionops.core.pages import Paging, page
from unionops.members.collecting_wording import ADJUSTMENTS, AGES, CHANNELS, KINDS
from unionops.members.queries import accounts
from unionops.members.queries import dues as queries
from unionops.members.queries.accounts import PaymentFilter, ReceiptFilter
from unionops.members.rules.dues import ageing, months_unpaid
from unionops.members.views.area import acting
from unionops.members.views.dues.area import SERVES, area
from unionops.members.views.dues.desk import period_words, person_here, word_here
from unionops.values.refs import Ref

RECEIPTS_SHOWN = 30
LINES_SHOWN = 20


class AsOfForm(Form):
    """On which day the account is looked at; in the address."""

    class Meta(Form.Meta):
        csrf = False

    on = DateField(_l("截至"), [optional()])


@area.screen("/<int:person_id>", title=_l("會員的帳"), permission="dues.read", **SERVES, personal=True, parent="dues.desk")
def account(person_id: int):
    person, brief = person_here(person_id)
    today = clock.today()
    form = AsOfForm(request.args)
    form.validate()
    on = form.on.data or today
    as_of = None if on == today else on  # Today means with all that was entered.
    owed = accounts.charges(person_id, as_of)
    items = [one.item for one in owed]
    wanted = PaymentFilter(person=person_id, last=as_of)
    count, received = accounts.summed(acting(), wanted)
    paging = Paging(count)
    return page(
        "dues/account.html", title=_("%(name)s的帳", name=person.name), form=form, person=person, brief=brief, word=word_here(brief), on=on,
        is_today=as_of is None, owed=owed, period=period_words, open=sum(one.open for one in items if one.open > 0), charged=sum(one.amount for one in items),
        credit=queries.credit_of([person_id]).get(person_id, 0) if as_of is None else None, received=received,
        months=months_unpaid(items, on), ages=[(AGES[name], amount) for name, amount in ageing(items, on).items() if amount],
        payments=accounts.payments(acting(), wanted, limit=paging.size, offset=paging.offset), paging=paging,
        words=SimpleNamespace(CHANNELS=CHANNELS, KINDS=KINDS),
        receipts=[row[0] for row in accounts.receipt_rows(acting(), ReceiptFilter(person=person_id, last=as_of), limit=RECEIPTS_SHOWN)],
        adjustments=[SimpleNamespace(row=row, kind=ADJUSTMENTS.get(row.kind, row.kind)) for row in accounts.adjustments(person_id) if row.adjusted_on <= on],
        exemptions=accounts.exemptions(person_id), lines=_happened(person_id),
    )


def _happened(person_id: int) -> list[SimpleNamespace]:
    """What was done about this person's money, for those who may read the audit."""
    if not current_user.can("audit.read"):
        return []
    told = audit.timeline(Ref("person", person_id), current_user, LINES_SHOWN)
    return [
        SimpleNamespace(when=show_date(clock.in_taipei(one.at).date()), iso=clock.in_taipei(one.at).date().isoformat(), text=one.sentence, by=one.actor, kind="", url="")
        for one in told if len(one.links) + one.more <= 4
    ]


