"""How an entry reads: one sentence in the reader's language, its records as links, what changed as old → new.

Owns the need to know of the viewer: an entry about any record that its reader may not see is told without a word about it.
A record that is gone is named by what the entry itself says; areas with confidential records never delete them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from unionops.core import clock
from unionops.core.audit.models import AuditEntry, AuditSeal, AuditSubject
from unionops.core.audit.recording import SENTENCES
from unionops.core.db import db, plain
from unionops.core.i18n import SEMICOLON, _, _l, listed, show_date, show_moment, written
from unionops.core.jobs.registry import JOBS
from unionops.core.jobs.tasks import KINDS as KINDS_OF_TASKS
from unionops.core.refs import KINDS, look_up
from unionops.core.screens import PERMISSIONS, SCREENS, open_to
from unionops.values.refs import Ref

ENTRY_KINDS = {"change": _l("變更"), "read": _l("檢視個資"), "refused": _l("拒絕"), "event": _l("事件")}
OPERATIONS = {"insert": _l("新增"), "update": _l("修改"), "delete": _l("刪除"), "bulk": _l("批次")}
_SHOWN_LINKS = 6
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")


@dataclass(frozen=True)
class Change:
    """What happened to one row; ``fields`` are (title, old, new) as people write them."""

    title: str
    url: str | None
    operation: str
    fields: list[tuple[str, str, str]]


@dataclass(frozen=True)
class Told:
    """One entry for its reader. When ``hidden`` it holds nothing but the time and who."""

    id: int
    at: datetime
    actor: str
    kind: str = ""
    source: str = ""
    address: str = ""
    sentence: str = ""
    hidden: bool = False
    place: int | None = None
    links: list[tuple[str, str | None]] = field(default_factory=list)
    more: int = 0
    changes: list[Change] = field(default_factory=list)

    @property
    def when(self) -> str:
        return show_moment(self.at)


def tell(entries: Sequence[AuditEntry | sa.Row[Any]], user: Any, *, fields: bool = True) -> list[Told]:
    """The entries, or their rows, for this reader. As many statements for a hundred entries as for one. Without ``fields`` only
    the sentence and the records, not what changed in them."""
    subjects: dict[int, list[str]] = defaultdict(list)
    places: dict[int, int] = {}
    for entry_id, ref, place in plain(_AROUND, {"ids": [entry.id for entry in entries]}) if entries else ():
        if ref is not None:
            subjects[entry_id].append(ref)
        if place is not None:
            places[entry_id] = place
    known = _known({ref for refs in subjects.values() for ref in refs}, user)
    return [_told(entry, subjects[entry.id], known, places.get(entry.id), fields=fields) for entry in entries]


_AROUND = (
    sa.select(AuditEntry.id, AuditSubject.ref, AuditSeal.place)
    .outerjoin(AuditSubject, AuditSubject.entry_id == AuditEntry.id).outerjoin(AuditSeal, AuditSeal.entry_id == AuditEntry.id)
    .where(AuditEntry.id.in_(sa.bindparam("ids", expanding=True))).order_by(AuditSubject.ref)
)
"""What each entry is about, and its place in the chain."""


def sentence_of(entry: AuditEntry) -> str:
    """What the entry means, in one sentence of the reader's language."""
    if entry.kind == "read":
        return _("檢視「%(screen)s」的個人資料", screen=source_title(entry.source))
    if entry.kind == "refused":
        wanted = {str(act["params"].get("permission", "")) for act in entry.acts}
        return _(
            "想開啟「%(screen)s」，沒有「%(permission)s」的權限，已拒絕",
            screen=source_title(entry.source), permission=listed(PERMISSIONS.get(name, name) for name in sorted(wanted)),
        )
    if entry.acts:
        return listed((_sentence(act["action"], act["params"]) for act in entry.acts), SEMICOLON)
    counted: dict[tuple[str, str], int] = defaultdict(int)
    for change in entry.changes:
        counted[change["op"], _table_title(change)] += change["fields"]["rows"][1] if change["op"] == "bulk" else 1
    parts = (
        _("%(operation)s%(what)s %(count)s 筆", operation=OPERATIONS.get(op, op), what=what, count=count)
        for (op, what), count in counted.items()
    )
    return listed(parts, SEMICOLON)


def source_title(source: str) -> str:
    """The screen, job, task or command through which it was done."""
    if source in SCREENS:
        return str(SCREENS[source].title)
    kind, _space, name = source.partition(" ")
    known = JOBS.get(name) if kind == "job" else KINDS_OF_TASKS.get(name) if kind == "task" else None
    return str(known.title) if known else source


def action_title(action: str) -> str:
    """A sentence with its blanks as dots, for choosing it in a filter."""
    return re.sub(r"%\(\w+\)[sd]", "…", str(SENTENCES[action]))


def field_title(table: str, name: str) -> str:
    """What people call a column: its ``info["title"]``, else its name."""
    columns = db.metadata.tables[table].columns if table in db.metadata.tables else {}
    return str(columns[name].info.get("title", name)) if name in columns else name


def shown(value: Any) -> str:
    """A stored value as people write it."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, str):
        return _day_or_text(value)
    if isinstance(value, list):
        return listed(shown(item) for item in value) or "–"
    if isinstance(value, dict) and "word" in value:
        return written(value)
    if isinstance(value, dict):
        return listed((f"{name} {shown(item)}" for name, item in value.items()), SEMICOLON) or "–"
    return str(value)


def _day_or_text(text: str) -> str:
    try:
        if _DAY.fullmatch(text):
            return show_date(date.fromisoformat(text))
        if _MOMENT.match(text):
            moment = datetime.fromisoformat(text)
            return show_moment(moment if moment.tzinfo else moment.replace(tzinfo=clock.TAIPEI))
    except ValueError:
        pass  # It only looked like a date.
    return text


# --- who may see it ---------------------------------------------------------------------------------------------------

_HIDDEN: tuple[str, str | None] = ("", None)


def _known(refs: Iterable[str], user: Any) -> dict[str, tuple[str, str | None]]:
    """ref → (title, url) of the records that are there and visible, without address where the page is not for this person: everybody
    sees that his own account was changed, only some the page of an account. ``_HIDDEN`` of those that are not visible."""
    pointers = []
    for text in refs:
        with suppress(ValueError):  # A row without a kind of its own is named by its table and key.
            pointers.append(Ref.parse(text))
    return {
        str(pointer): (shown.title, shown.url if open_to(shown.kind.endpoint, user.permissions) else None) if shown.visible else _HIDDEN
        for pointer, shown in look_up(pointers, user).items()
    }


def _told(entry: AuditEntry, subjects: list[str], known: dict[str, tuple[str, str | None]], place: int | None, *, fields: bool) -> Told:
    actor = entry.actor or _("未登入者")
    if any(known.get(ref) is _HIDDEN for ref in subjects):
        return Told(entry.id, entry.at, actor, hidden=True, place=place, sentence=_("（無權檢視的紀錄）"))
    links = [known[ref] for ref in subjects if ref in known]
    return Told(
        entry.id, entry.at, actor, entry.kind, source_title(entry.source), entry.address, sentence_of(entry),
        place=place, links=links[:_SHOWN_LINKS], more=max(0, len(links) - _SHOWN_LINKS),
        changes=[_change(change, known) for change in entry.changes] if fields else [],
    )


def _change(change: dict[str, Any], known: dict[str, tuple[str, str | None]]) -> Change:
    title, url = known.get(change["ref"], (None, None))
    table = change["table"]
    rows = [(field_title(table, name), shown(old), shown(new)) for name, (old, new) in change["fields"].items() if name != "rows"]
    if change["op"] == "bulk":
        rows = [(_("筆數"), "–", f"{change['fields']['rows'][1]:,}")]
    label = title or (f"{_table_title(change)} {change['ref'].partition(':')[2]}".strip())
    return Change(label, url, str(OPERATIONS.get(change["op"], change["op"])), rows)


def _table_title(change: dict[str, Any]) -> str:
    kind = KINDS.get(change["ref"].partition(":")[0])
    if kind is not None:
        return str(kind.label)
    table = db.metadata.tables.get(change["table"])
    if table is not None:
        return str(table.info.get("title", change["table"]))
    return _(change["table"]) if change["table"] else ""  # Of many rows at once it is the reason that stands there.


class _Figures(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "–"


def _sentence(action: str, params: dict[str, Any]) -> str:
    if action not in SENTENCES:
        return action  # An area that is gone; what it did still stands.
    try:
        return str(SENTENCES[action]) % _Figures({name: shown(value) for name, value in params.items()})
    except (TypeError, ValueError):
        return action_title(action)
