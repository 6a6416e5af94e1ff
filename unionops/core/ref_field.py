"""A field that points to any record: what is typed is searched among the kinds that have words, and what this person may not see is
never found.

One hit is taken; several are offered as a list to choose from, when the form comes back. Works without a script.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask_login import current_user
from wtforms import Field
from wtforms.validators import StopValidation
from wtforms.widgets import TextInput

from unionops.core import refs, search
from unionops.core.i18n import _
from unionops.values.refs import Ref

OFFERED = 8


class RefField(Field):
    """``data`` is a ``Ref`` or None. ``kinds`` are those it may point to; empty: every kind that can be searched.

    Beside the text the form sends ``<name>-pick``, the record chosen, and ``<name>-for``, the text for which it was chosen: another
    text is another search. A record to which the form already pointed stays chosen even for whoever may not see it.
    """

    widget = TextInput()
    kind = "ref"

    def __init__(self, label: Any = None, validators: Any = None, *, kinds: Collection[str] = (), **kwargs: Any) -> None:
        super().__init__(label, validators, **kwargs)
        self.kinds = tuple(kinds)
        self.typed = ""
        self.candidates: list[tuple[Ref, refs.Shown]] = []
        self.pick = ""

    @property
    def picked_for(self) -> str:
        """The text for which ``pick`` was chosen, or the candidates were found."""
        return self.typed

    def _value(self) -> str:
        return self.typed

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        super().process(formdata, **({} if data is None else {"data": data}))
        before = self.object_data
        if formdata and self.name in formdata:
            self.typed = str(formdata.get(self.name) or "").strip()[:100]
            chosen_for = str(formdata.get(f"{self.name}-for") or "").strip()
            self.pick = str(formdata.get(f"{self.name}-pick") or "") if chosen_for == self.typed else ""
            self.data = None
        elif isinstance(before, Ref):
            self.typed, self.pick = _told(before), str(before)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read in ``process``, which knows the fields beside this one."""

    def pre_validate(self, form: Any) -> None:
        """Finds the record. Raises StopValidation when nothing fits, or when several do and none is chosen."""
        if not self.typed:
            return
        if self.pick and (found := self._chosen()) is not None:
            self.data = found
            return
        hits = _search(self.typed, self.kinds)
        if not hits:
            raise StopValidation(_("找不到「%(text)s」。請換個名稱、編號或文號再試；留空則不指定。", text=self.typed[:30]))
        if len(hits) == 1:
            self.data, self.pick = hits[0][0], str(hits[0][0])
            return
        self.candidates = hits[:OFFERED]
        more = _("還有更多，請輸入更完整的名稱。") if len(hits) > OFFERED else ""
        raise StopValidation(_("「%(text)s」不只一筆，請從下面選一筆。", text=self.typed[:30]) + more)

    def _chosen(self) -> Ref | None:
        try:
            pointer = Ref.parse(self.pick)
        except ValueError:
            return None
        if pointer == self.object_data:
            return pointer
        if self.kinds and pointer.kind not in self.kinds:
            return None
        return pointer if refs.record(pointer, current_user) is not None else None


def _told(pointer: Ref) -> str:
    shown = refs.look_up([pointer], current_user).get(pointer)
    return shown.title if shown is not None and shown.visible else _("（原有資料，無權檢視）")


def _search(typed: str, kinds: Collection[str]) -> list[tuple[Ref, refs.Shown]]:
    """The records that this person may see and the text finds, at most one more than are offered."""
    return search.everywhere(current_user, typed, kinds=kinds).page(size=OFFERED + 1)
