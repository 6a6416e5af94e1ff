"""The printed papers: choosing one, seeing it before it is printed, its files, and the public check of a member card.

What stands on a paper is ``members.documents.roster``; how it is shown and sent is ``core.documents.serving``.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, replace
from datetime import date
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from flask import abort, current_app, flash, make_response, redirect, request, url_for
from flask_login import current_user
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField

from unionops.core import clock
from unionops.core.addresses import public_address
from unionops.core.audit import recording
from unionops.core.documents import Document, serving
from unionops.core.forms import ChoiceField, DateField, Form, required
from unionops.core.i18n import _, _l, listed, say, show_date
from unionops.core.jobs import tasks
from unionops.core.limits import limiter
from unionops.core.pages import page
from unionops.core.screens import PUBLIC, reachable
from unionops.core.union import queries as union
from unionops.law.union_act import UnionKind
from unionops.members import listing, queries
from unionops.members.documents import roster as documents
from unionops.members.documents.roster import PAPERS, Occasion, Paper
from unionops.members.forms.people import ReasonForm
from unionops.members.queries import RosterFilter
from unionops.members.queries import papers as reads
from unionops.members.queries.facts import changes_between
from unionops.members.rules.membership import Place
from unionops.members.views import roster
from unionops.members.views.area import acting, area
from unionops.values.problems import RuleBroken, problem
from unionops.values.refs import Ref

ROWS_CHECKED = 2000
"""A preview shows the first rows; gaps are looked for in more of them."""
OPEN_SECONDS = 30 * 60

PRINTED = recording.sentence("members.paper_printed", _l("列印%(paper)s（%(fmt)s），%(count)s 人"))
OPENED = recording.sentence("members.paper_opened", _l("列印含完整身分證號的%(paper)s，%(count)s 人，事由：%(reason)s"))

FORMATS = {"pdf": "PDF", "ods": _l("試算表 ODS"), "odt": _l("文書 ODT"), "xlsx": "Excel", "docx": "Word"}

roster.BULK.append(("papers", _l("列印"), "members.papers"))


# --- what a paper asks ------------------------------------------------------------------------------------------------


class _Asked(Form):
    """A paper's own choices. They live in the address, so that a paper can be made again by its link."""

    class Meta(Form.Meta):
        csrf = False


class CardsAsked(_Asked):
    issued_on = DateField(_l("發證日期"), [required()])
    start = ChoiceField(_l("從第幾格印起"), choices=[(str(n), str(n)) for n in range(1, 11)], description=_l("用過的卡紙：左上為第 1 格，由左而右、由上而下"))


class LabelsAsked(_Asked):
    sheet = ChoiceField(_l("標籤紙"), choices=[(key, title) for key, (title, _measures) in documents.SHEETS.items()])
    start = ChoiceField(_l("從第幾格印起"), choices=[(str(n), str(n)) for n in range(1, 25)], description=_l("左上為第 1 格，由左而右、由上而下"))
    address = ChoiceField(_l("地址"), choices=[("mail", _l("通訊地址，沒有時用戶籍地址")), ("home", _l("戶籍地址，沒有時用通訊地址"))])
    salutation = ChoiceField(_l("稱謂"), choices=list(documents.SALUTATIONS.items()))
    outlines = BooleanField(_l("印出格線"), description=_l("先用白紙試印，疊在標籤紙上對位置"))


class MovementsAsked(_Asked):
    from_on = DateField(_l("自"), [required()])
    to_on = DateField(_l("至"), [required()])
    which = ChoiceField(_l("內容"), choices=[("both", _l("入會與出會")), ("joined", _l("只要入會")), ("left", _l("只要出會"))])


class ChangesAsked(_Asked):
    from_on = DateField(_l("自"), [required()])
    to_on = DateField(_l("至"), [required()])


class ApplicationAsked(_Asked):
    form = ChoiceField(_l("表式"), choices=[("trade", _l("職業工會、產業工會")), ("enterprise", _l("企業工會"))])


ASKS: dict[str, type[_Asked]] = {"cards": CardsAsked, "labels": LabelsAsked, "movements": MovementsAsked, "changes": ChangesAsked, "application": ApplicationAsked}


def _asked(paper: Paper, kind: UnionKind, today: date) -> _Asked | None:
    """The paper's form, filled from the address, with sensible choices where it says nothing."""
    if paper.key not in ASKS:
        return None
    usual = {
        "cards": {"issued_on": show_date(today), "start": "1"},
        "labels": {"sheet": "3x8", "start": "1", "address": "mail", "salutation": "sex"},
        # The yearly lists are filed after the accounts of a year that is over.
        "movements": {"from_on": show_date(date(today.year - 1, 1, 1)), "to_on": show_date(date(today.year - 1, 12, 31)), "which": "both"},
        "changes": {"from_on": show_date(date(today.year, 1, 1)), "to_on": show_date(today)},
        "application": {"form": "enterprise" if kind == UnionKind.ENTERPRISE else "trade"},
    }[paper.key]
    form = ASKS[paper.key](MultiDict(usual | {key: value for key, value in request.args.items() if key in ASKS[paper.key].__dict__}))
    if form.validate():
        if paper.key in ("movements", "changes") and form.from_on.data > form.to_on.data:
            form.refuse(problem("to_on", "結束日早於開始日。"))
        if paper.key == "labels" and int(form.start.data) > documents.places_on(form.sheet.data):
            form.refuse(problem("start", "這種標籤紙只有 %(n)s 格。", n=documents.places_on(form.sheet.data)))
    return form


# --- for whom ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Chosen:
    """The memberships that the address means: how many, in what words, and the part of the address that says so."""

    total: int
    scope: str
    pairs: tuple[tuple[str, str], ...]
    is_part: bool
    _ids: tuple[int, ...] | None
    _wanted: RosterFilter

    def ids(self, most: int) -> list[int]:
        """The first ``most`` of them, in the order of the roster."""
        if self._ids is not None:
            return list(self._ids[:most])
        return queries.roster_ids(acting(), self._wanted, clock.today(), limit=most)

    def fixed(self) -> Chosen:
        """The same memberships by name, so that nobody joins them until the end of this request."""
        if self._ids is not None:
            return self
        ids = tuple(queries.roster_ids(acting(), self._wanted, clock.today()))
        return replace(self, total=len(ids), _ids=ids)


def _chosen(paper: Paper | None, today: date) -> Chosen:
    if paper is not None and paper.about in ("nobody", "period"):
        is_part = paper.about == "period" and queries.visible_units(acting()) is not None
        return Chosen(0, "限所屬單位" if is_part else "", (), is_part, (), RosterFilter())
    if text := request.args.get("person", ""):
        facts = queries.facts_for(acting(), _number(text), today)
        recording.subject(Ref("person", facts.person.id))
        row = facts.current or (facts.rows[0] if facts.rows else abort(404))
        return Chosen(1, "", (("person", text),), True, (row.membership.id,), RosterFilter())
    if ticked := request.args.getlist("ids"):
        ids = tuple(reads.visible_ids(acting(), [_number(text) for text in ticked[:1000]]))
        return Chosen(len(ids), "選取的會員", tuple(("ids", text) for text in ticked[:1000]), True, ids, RosterFilter())
    asked = listing.asked()
    wanted = asked.wanted
    plain = RosterFilter(standing=wanted.standing, sort=wanted.sort, descending=wanted.descending)
    words = {Place.IN_FORCE: "在籍會員", Place.EXPECTED: "未生效會員", Place.LEFT: "已出會會員"}.get(wanted.standing, "全部會籍")
    is_part = wanted != plain or queries.visible_units(acting()) is not None
    kept = tuple((name, value) for name, value in asked.pairs if name != "columns")
    return Chosen(queries.roster_count(acting(), wanted, today), words + ("（部分）" if is_part else ""), kept, is_part, None, wanted)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else abort(404)


# --- one request for a paper ------------------------------------------------------------------------------------------


@dataclass
class _Request:
    """A paper as the address asks for it."""

    paper: Paper
    form: _Asked | None
    chosen: Chosen
    occasion: Occasion
    pairs: list[tuple[str, str]]

    @property
    def choices(self) -> dict[str, Any]:
        return dict(self.form.data) if self.form else {}

    @property
    def is_ready(self) -> bool:
        """Whether there is something to print: choices that are in order, and somebody to print it for."""
        return not (self.form and self.form.refused) and (self.paper.about in ("nobody", "period") or self.chosen.total > 0)

    def url(self, endpoint: str, **arguments: Any) -> str:
        return url_for(endpoint, paper=self.paper.key, **arguments) + (f"?{urlencode(self.pairs)}" if self.pairs else "")

    def document(self, most: int) -> Document:
        return documents.compose(self.paper, self.chosen.ids(most), self.choices, self.occasion, acting(), most=most)

    @property
    def name(self) -> str:
        """What the file is called, in the language of the screen."""
        return f"{self.paper.title}_{self.occasion.today.strftime('%Y%m%d')}"


def _wanted(key: str) -> _Request:
    paper = PAPERS.get(key) or abort(404)
    today = clock.today()
    if paper.about == "one" and not request.args.get("person"):
        abort(404)
    record = union.the_union()
    kind = record.union_kind if record else UnionKind.OCCUPATIONAL
    chosen = _chosen(paper, today)
    if paper.reveals and "open" in request.args:
        chosen = chosen.fixed()
    form = _asked(paper, kind, today)
    if isinstance(form, MovementsAsked) and not form.refused:
        chosen = replace(chosen, total=sum(queries.movements(acting(), form.from_on.data, form.to_on.data)))
    if isinstance(form, ChangesAsked) and not form.refused:
        chosen = replace(chosen, total=len(changes_between(acting(), form.from_on.data, form.to_on.data)))
    occasion = Occasion(
        union=record.name if record else "", kind=kind, today=today, scope=chosen.scope, total=chosen.total,
        whole=paper.reveals and _is_open(paper, chosen),
        verify_address=public_address("members.verify_card", token=documents.PLACE_OF_TOKEN),
    )
    pairs = list(chosen.pairs)
    if form:
        pairs += [(field.name, field._value() if hasattr(field, "_value") else str(field.data)) for field in form if field.data not in (None, False)]
    if occasion.whole:
        pairs.append(("open", request.args["open"]))
    return _Request(paper, form, chosen, occasion, pairs)


def _opener() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="members.open_paper")


def _seal_of(paper: Paper, chosen: Chosen) -> list[Any]:
    """What a permission to show identity numbers holds for: this user, this paper, these members by name. Whoever comes under the same
    filter later was not among those of whom the reason was given."""
    return [current_user.id, paper.key, hashlib.sha256(repr(sorted(chosen.fixed()._ids or ())).encode()).hexdigest()]


def _is_open(paper: Paper, chosen: Chosen) -> bool:
    if not current_user.can("members.reveal"):
        return False
    try:
        return bool(_opener().loads(request.args.get("open", ""), max_age=OPEN_SECONDS) == _seal_of(paper, chosen))
    except BadData:
        return False


# --- the screens ------------------------------------------------------------------------------------------------------


@area.screen("/papers", title=_l("列印文件"), permission="members.print", task="T1.2", indicators=["P1.2.2"], personal=True,
             parent="members.roster")
def papers():
    today = clock.today()
    chosen = _chosen(None, today)
    query = f"?{urlencode(chosen.pairs)}" if chosen.pairs else ""
    one = "person" in request.args
    lines = [
        SimpleNamespace(paper=paper, url=url_for("members.paper_preview", paper=paper.key) + (query if paper.about in ("members", "one") else ""))
        for paper in PAPERS.values() if paper.about != "one" or one
    ]
    return page(
        "members/papers.html", for_members=[line for line in lines if line.paper.about in ("members", "one")],
        others=[line for line in lines if line.paper.about in ("period", "nobody")], chosen=chosen, one=one,
        who=_who(chosen) if one else "", back=f"{url_for('members.roster')}{'' if one else query}",
    )


def _who(chosen: Chosen) -> str:
    line = queries.roster_lines(chosen.ids(1), [])[0]
    return f"{line.name} {line.number}"


@area.screen("/papers/<paper>", title=_l("預覽"), permission="members.print", task="T1.2", indicators=["P1.2.2"], personal=True,
             parent="members.papers")
def paper_preview(paper: str):
    asked = _wanted(paper)
    kind, total = asked.paper, asked.chosen.total
    shown, lines = None, []
    notes: list[tuple[Any, ...]] = []
    if asked.is_ready:
        lines = list(queries.lines_in_batches(asked.chosen.ids(ROWS_CHECKED), documents.columns_for(kind.key)))
        try:
            shown = serving.preview(asked.document(kind.shown))
        except RuleBroken as refusal:
            notes.append(("stop", say(refusal.problems[0])))
    notes += _notes(asked, lines)
    about_members = kind.about == "members"
    return page(
        "members/paper_preview.html", title=str(kind.title), form=asked.form,
        keep=[*asked.chosen.pairs, *(pair for pair in asked.pairs if pair[0] == "open")],
        paper=SimpleNamespace(
            title=kind.title, facts=[_("%(n)s 人", n=f"{total:,}") if about_members else "", kind.purpose], notes=notes, shown=shown,
            files=_files(asked),
            short=_("預覽只排前 %(n)s 筆，檔案是完整的 %(total)s 筆。", n=kind.shown, total=f"{total:,}") if total > kind.shown else None,
            open_url=None if total > kind.at_once else _with(asked.url("members.paper_download", fmt="pdf"), "inline=1"),
            empty=(_("沒有人可以列印"), _("回名冊放寬條件，或勾選會員後再按列印。")) if about_members and not total else None,
        ),
    )


def _with(url: str, argument: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}{argument}"


def _files(asked: _Request) -> list[SimpleNamespace]:
    files = []
    for fmt in asked.paper.formats:
        if asked.chosen.total > asked.paper.most_in(fmt):
            off = _("超過 %(n)s 人，請先用單位等條件分批", n=f"{asked.paper.most_in(fmt):,}")
            files.append(SimpleNamespace(label=FORMATS[fmt], url="", off=off))
        elif asked.chosen.total > asked.paper.at_once:
            url = asked.url("members.paper_batch", fmt=fmt)
            files.append(SimpleNamespace(label=_("在背景製作%(fmt)s", fmt=FORMATS[fmt]), url=url, post=True))
        else:
            files.append(SimpleNamespace(label=_("下載%(fmt)s", fmt=FORMATS[fmt]), url=asked.url("members.paper_download", fmt=fmt)))
    return files


def _notes(asked: _Request, lines: list[Any]) -> list[tuple[Any, ...]]:
    """What a careful colleague would say before printing."""
    notes: list[tuple[Any, ...]] = []
    key, chosen, today = asked.paper.key, asked.chosen, asked.occasion.today
    if not asked.occasion.union:
        link = (url_for("union.record"), _("填工會基本資料")) if reachable("union.record") else None
        notes.append(("warn", _("還沒有登錄工會名稱，文件上會是空白。"), *([link] if link else [])))
    if asked.paper.reveals and not asked.occasion.whole and chosen.total:
        link = (asked.url("members.paper_open"), _("以完整號碼列印")) if reachable("members.paper_open") else None
        notes.append(("info", _("身分證號與生日已遮罩。"), *([link] if link else [])))
    if key in ("roster_filing", "roster_insurance") and chosen.is_part:
        notes.append(("info", _("這份名冊不是全體會員，只有%(scope)s %(n)s 人。", scope=chosen.scope or _("選取的會員"), n=f"{chosen.total:,}")))
    for title, names in documents.gaps(key, lines).items():
        # For labels this is also who gets none.
        some = listed(names[:8]) + (_(" 等") if len(names) > 8 else "")
        text = _("%(n)s 人沒有%(what)s，不印標籤：%(names)s。") if key == "labels" else _("%(n)s 人沒有%(what)s，欄位會空白：%(names)s。")
        notes.append(("warn", text % {"n": len(names), "what": title, "names": some}))
    if chosen.total > len(lines) > 0 and key in ("roster_filing", "roster_insurance", "labels"):
        notes.append(("info", _("缺漏只檢查了前 %(n)s 筆。", n=f"{len(lines):,}")))
    if key == "cards":
        outside = [line.name for line, place in zip(lines, queries.places_of(lines, today), strict=True) if place != Place.IN_FORCE]
        if outside:
            names = listed(outside[:8]) + (_(" 等") if len(outside) > 8 else "")
            notes.append(("warn", _("%(n)s 人今天不在籍，不發證：%(names)s。", n=len(outside), names=names)))
        if request.host.partition(":")[0] in ("127.0.0.1", "localhost", "[::1]"):
            notes.append(("warn", _("查驗碼會連到這台電腦（%(host)s），別處掃描打不開。請從工會對外的網址開啟本系統再印。", host=request.host)))
    return notes


@area.screen("/papers/<paper>/open", title=_l("以完整號碼列印"), permission="members.reveal", task="T1.2", indicators=["P1.2.2"],
             methods=["GET", "POST"], parent="members.paper_preview")
def paper_open(paper: str):
    asked = _wanted(paper)
    if not asked.paper.reveals or not current_user.can("members.print"):
        abort(404)
    form = ReasonForm()
    if form.validate_on_submit():
        chosen = asked.chosen.fixed()
        recording.describe(OPENED, paper=asked.paper.title, count=chosen.total, reason=form.told)
        asked.pairs.append(("open", _opener().dumps(_seal_of(asked.paper, chosen))))
        return redirect(asked.url("members.paper_preview"))
    return page("members/paper_open.html", form=form, paper=asked.paper, count=asked.chosen.total, back=asked.url("members.paper_preview"))


@area.screen("/papers/<paper>/<fmt>", title=_l("下載文件"), permission="members.print", task="T1.2", indicators=["P1.2.2"], personal=True,
             parent="members.paper_preview", exact=True)
def paper_download(paper: str, fmt: str):
    asked = _wanted(paper)
    if fmt not in asked.paper.formats:
        abort(404)
    if not asked.is_ready or asked.chosen.total > asked.paper.at_once:
        return redirect(asked.url("members.paper_preview"))
    try:
        rendered = serving.made(asked.document(asked.paper.at_once), fmt)
    except RuleBroken as refusal:
        flash(say(refusal.problems[0]), "error")
        return redirect(asked.url("members.paper_preview"))
    recording.event_happened(PRINTED, paper=asked.paper.title, fmt=fmt.upper(), count=asked.chosen.total)
    return serving.send(rendered, asked.name, inline=fmt == "pdf" and "inline" in request.args)


@area.screen("/papers/<paper>/<fmt>/batch", title=_l("在背景製作文件"), permission="members.print", task="T1.2", indicators=["P1.2.2"],
             methods=["POST"], parent="members.paper_preview")
def paper_batch(paper: str, fmt: str):
    asked = _wanted(paper)
    if fmt not in asked.paper.formats or not asked.is_ready or asked.chosen.total > asked.paper.most_in(fmt):
        abort(404)
    made = tasks.start(
        "members.print_paper", current_user, _("列印%(paper)s", paper=asked.paper.title), paper=paper, fmt=fmt,
        ids=asked.chosen.ids(asked.paper.most_in(fmt)),
        choices={name: value.isoformat() if isinstance(value, date) else value for name, value in asked.choices.items()},
        occasion=asdict(asked.occasion) | {"today": asked.occasion.today.isoformat(), "kind": asked.occasion.kind.value},
        name=serving.file_name(asked.name, fmt),
    )
    recording.describe(PRINTED, paper=asked.paper.title, fmt=fmt.upper(), count=asked.chosen.total)
    return redirect(url_for("jobs.task", task_id=made.id))


# --- the check of a card ----------------------------------------------------------------------------------------------


@area.screen("/verify/<token>", title=_l("查驗會員證"), permission=PUBLIC, task="T1.2", indicators=["P1.2.2"])
@limiter.limit("30 per minute", override_defaults=False)
def verify_card(token: str):
    found = reads.membership_of_card(token)
    today = clock.today()
    is_valid = found is not None and queries.place_of(found, today) == Place.IN_FORCE
    record = union.the_union()
    response = make_response(page(
        "members/verify_card.html", genuine=found is not None, is_valid=is_valid, today=today, union=record.name if record else "",
        number="*" * max(0, len(found.number) - 2) + found.number[-2:] if found else "",
    ))
    response.headers["Cache-Control"] = "no-store"
    if found is None:
        response.status_code = 404
    return response
