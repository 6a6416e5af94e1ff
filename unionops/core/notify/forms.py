"""The shape of what is typed about notices: addresses, filters, and one line of choices for each kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import BooleanField

from unionops.core.forms import ChoiceField, Form, TextField, optional, required, too_long
from unionops.core.i18n import _, _l
from unionops.core.notify import rules
from unionops.core.notify.queries import Filter
from unionops.core.notify.registry import KINDS, NoticeKind


class AddressForm(Form):
    address = TextField(
        _l("電子郵件"), [required(), too_long(254)], render_kw={"autocomplete": "off", "inputmode": "email"},
        description=_l("只改這一封信；這個人的資料請到他的頁面更正。"),
    )


class PaperForm(Form):
    address = TextField(_l("郵寄地址"), [optional(), too_long(200)], description=_l("當面交付的話可以不填。"), render_kw={"autocomplete": "off"})


class CancelForm(Form):
    """Asks nothing."""


class FilterForm(Form):
    """Read from the address; a wrong part is left out."""

    class Meta(Form.Meta):
        csrf = False

    kind = ChoiceField(_l("種類"), [optional()], default="")
    failure = ChoiceField(_l("原因"), [optional()], default="")
    text = TextField(_l("姓名或電子郵件"), [optional(), too_long(254)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        everything = ("", _("全部"))
        self.kind.choices = [everything, *sorted((name, str(kind.title)) for name, kind in KINDS.items())]
        self.failure.choices = [everything, *((code, _(failure.text)) for code, failure in rules.FAILURES.items() if not failure.whole)]

    def wanted(self, part: str) -> Filter:
        """What was asked for, without the parts that are wrong."""
        self.validate()
        return Filter(part, **{name: field.data for name, field in self._fields.items() if field.data and not field.errors})


class ChoicesForm(Form):
    """How one person is told: ``made_for`` adds two fields for each kind, named after it."""

    def ways(self, kind: NoticeKind) -> rules.Ways:
        """What was chosen for this kind."""
        return rules.Ways(kind.compulsory or self[f"bell_{field_name(kind)}"].data, self[f"mail_{field_name(kind)}"].data)


def field_name(kind: NoticeKind) -> str:
    return kind.name.replace(".", "_")


def choices_form(chosen: Sequence[tuple[NoticeKind, rules.Ways]]) -> ChoicesForm:
    """The form of these kinds, filled with what holds now."""
    fields: dict[str, Any] = {}
    for kind, ways in chosen:
        if not kind.compulsory:
            fields[f"bell_{field_name(kind)}"] = BooleanField(_l("顯示在系統的通知裡"), default=ways.bell)
        offered = [(way, _l(text)) for way, text in rules.WAYS_OF_MAIL.items() if way != rules.NONE or not kind.compulsory]
        fields[f"mail_{field_name(kind)}"] = ChoiceField(_l("電子郵件"), choices=offered, default=ways.mail)
    made: ChoicesForm = type("ChoicesOfKinds", (ChoicesForm,), fields)()
    return made
