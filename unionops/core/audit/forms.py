"""What may be asked of the audit: the filter of its list, and the digest to verify against."""

from __future__ import annotations

from wtforms import StringField
from wtforms.validators import Regexp

from unionops.core.audit.queries import Filter
from unionops.core.audit.recording import SENTENCES
from unionops.core.audit.telling import ENTRY_KINDS, action_title
from unionops.core.forms import ChoiceField, DateField, Form, TextField, optional, too_long
from unionops.core.i18n import _, _l


class FilterForm(Form):
    """Read from the address; a wrong part is named and left out."""

    class Meta(Form.Meta):
        csrf = False

    person = TextField(_l("人員"), [optional(), too_long(80)])
    kind = ChoiceField(_l("種類"), [optional()], default="")
    action = ChoiceField(_l("動作"), [optional()], default="")
    since = DateField(_l("起日"), [optional()])
    until = DateField(_l("迄日"), [optional()])
    ref = TextField(_l("紀錄代號"), [optional(), Regexp(r"^[a-z_]+:[0-9/]+$", message=_l("請填如 person:12。"))])
    text = TextField(_l("文字"), [optional(), too_long(80)])

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = [("", _("全部"))] + [(name, str(title)) for name, title in ENTRY_KINDS.items()]
        actions = sorted((action_title(name), name) for name in SENTENCES)
        self.action.choices = [("", _("全部"))] + [(name, title) for title, name in actions]

    def wanted(self) -> Filter:
        """What was asked for, without the parts that are wrong."""
        self.validate()
        given = {name: field.data for name, field in self._fields.items() if field.data and not field.errors}
        return Filter(**given)


class VerifyForm(Form):
    """An anchor is optional: without one a removed tail cannot be seen."""

    anchor = StringField(
        _l("先前抄下的封存碼"),
        [optional(), Regexp(r"^[0-9a-fA-F]{64}$", message=_l("封存碼是 64 個 0–9、a–f 的字。"))],
        filters=[lambda value: value.strip().lower() if value else value],
        description=_l("沒有也可以驗證；填了才看得出最後一段是否被整段刪除。"),
    )
