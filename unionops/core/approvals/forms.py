"""The shape of a decision, a withdrawal and a delegation."""

from __future__ import annotations

from typing import Any

from wtforms import HiddenField, TextAreaField

from unionops.core.accounts.models import User
from unionops.core.accounts.roles import ROLES
from unionops.core.approvals import queries, rules
from unionops.core.forms import ChoiceField, DateField, OnceForm, TextField, optional, required, too_long
from unionops.core.i18n import _, _l


def _strip(text: str | None) -> str:
    return (text or "").strip()


class DecisionForm(OnceForm):
    """``place`` is the step that was shown. The button pressed says the verdict: ``returned`` or ``rejected``, else approved."""

    place = HiddenField()
    reason = TextAreaField(_l("說明"), [optional(), too_long(1000)], filters=[_strip], description=_l("退回或駁回時必填。"))

    @property
    def seen(self) -> int | None:
        """The place as a number, None for anything else."""
        text = self.place.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else None


class ResolutionForm(DecisionForm):
    """What a body resolved."""

    number = TextField(_l("決議案號"), [optional(), too_long(80)], description=_l("例如：第 5 屆第 8 次第 3 案"))
    resolved_on = DateField(_l("決議日"), [optional()])
    wording = TextAreaField(_l("決議內容"), [optional(), too_long(2000)], filters=[_strip], description=_l("照會議紀錄的文字。"))


class WithdrawForm(OnceForm):
    why = TextAreaField(_l("撤回原因"), [optional(), too_long(1000)], filters=[_strip])


class DelegationForm(OnceForm):
    to_user = ChoiceField(_l("代理人"), [required()])
    role = ChoiceField(_l("代理的職務"), [optional()])
    from_on = DateField(_l("起日"), [required()])
    until_on = DateField(_l("迄日"), [required()], description=_l("這一天也在內，過了自動結束。"))
    why = TextField(_l("事由"), [optional(), too_long(200)], description=_l("例如：出國、請假"))


def delegation_form(user: User, **given: Any) -> DelegationForm:
    """The form with those this person may choose, and his own roles."""
    form = DelegationForm(**given)
    form.to_user.choices = [("", _("請選擇")), *((str(one.id), f"{one.name}（{'、'.join(one.role_titles)}）") for one in queries.stand_ins(user))]
    mine = queries.roles_of(user) & rules.OFFICE
    form.role.choices = [("", _("全部職務")), *((role, str(title)) for role, title in ROLES.items() if role in mine)]
    return form
