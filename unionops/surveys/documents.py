"""The papers of a questionnaire: a poster with its code, an empty form, the report of its results; and its answers as rows."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

import segno

from unionops.core import clock
from unionops.core.documents import Block, Column, Document, Facts, Heading, Image, Paragraph, Table
from unionops.core.i18n import SEMICOLON, _, chinese, listed, show_date, show_moment
from unionops.surveys import charts, queries
from unionops.surveys.models import Survey, SurveyInvitation, SurveyQuestion
from unionops.surveys.queries import Results
from unionops.surveys.rules.questions import CHOICES, OTHER, SCALES, Asked, Given, Kind
from unionops.surveys.rules.results import Line, Part, label_of

GAP = "\u2003"
"""What stands between choices or figures on one line: a blank as wide as a character, in either language."""


@dataclass(frozen=True)
class Occasion:
    """What a paper takes from outside: the union's name and the address at which the questionnaire is answered."""

    union: str
    address: str


def code(address: str) -> bytes:
    """The address as a QR code, SVG; it still reads when a quarter of it is soiled."""
    file = io.BytesIO()
    segno.make(address, error="q", micro=False).save(file, kind="svg", border=2)
    return file.getvalue()


def hidden_word() -> str:
    """What stands for a count that is kept back."""
    return _("隱藏")


def show_end(moment: datetime | None) -> str:
    """Until when it can be answered, as people say it: the end of a day is that day, not midnight of the next."""
    if moment is None:
        return "–"
    local = clock.in_taipei(moment)
    return _("%(day)s 止", day=show_date(local.date() - timedelta(days=1))) if local.time() == time() else show_moment(moment)


def _paper(title: str, blocks: Sequence[Block], union: str, **more: Any) -> Document:
    return Document(title, blocks, union=union, lang="zh-Hant-TW" if chinese() else "en", **more)


def poster(survey: Survey, occasion: Occasion) -> Document:
    """A sheet for the wall: the title, a large code, the address to type."""
    until = _("填到 %(day)s。", day=show_end(survey.closes_at)) if survey.closes_at else ""
    lines = [_("用手機掃描，約 3 分鐘。"), _("不記名填答。") if survey.anonymous else _("記名填答，請先登入或使用您的個人連結。"), until]
    return _paper(survey.said("title"), [
        Paragraph(" ".join(filter(None, lines)), align="center", size=16),
        Image(code(occasion.address), 120, _("填答網址的 QR 碼：%(address)s", address=occasion.address)),
        Paragraph(_("或輸入網址"), align="center", size=14),
        Paragraph(occasion.address, align="center", bold=True, size=20),
    ], occasion.union)


def slips(survey: Survey, people: Sequence[tuple[SurveyInvitation, str]], occasion: Occasion) -> Document:
    """The personal links to hand out: name and address, one row each."""
    rows = [(invitation.name, address) for invitation, address in people]
    return _paper(_("%(title)s：個人連結", title=survey.said("title")), [
        Paragraph(_("每個連結只屬於一個人，請個別交給本人。")),
        Table([Column(_("姓名"), width=1), Column(_("連結"), width=4)], rows, row_height_mm=14),
    ], occasion.union, confidential=True)


# --- the empty form ---------------------------------------------------------------------------------------------------


def blank(survey: Survey, occasion: Occasion) -> Document:
    """The form to fill in by hand. Every choice bears the number that is typed into the grid."""
    blocks: list[Block] = [Paragraph(_("編號：＿＿＿＿＿（會務人員填）"), align="right", size=10)]
    if survey.introduction:
        blocks.append(Paragraph(survey.said("introduction")))
    if not survey.anonymous:
        blocks.append(Facts([(_("姓名"), "")]))
    section = ""
    for asked, question in zip(survey.asked, survey.questions, strict=True):
        if question.section != section:
            section = question.section
            blocks.append(Heading(question.said("section"), 2))
        blocks += _question(asked, question)
    return _paper(survey.said("title"), blocks, occasion.union)


def _question(asked: Asked, question: SurveyQuestion) -> Iterator[Block]:
    marks = [word for word in (_("必填") if asked.required else "", _("可複選") if asked.kind == Kind.MULTIPLE else "", question.said("hint")) if word]
    title = f"{asked.number}. {asked.title}"
    yield Paragraph(_("%(title)s（%(marks)s）", title=title, marks=listed(marks, SEMICOLON)) if marks else title, align="left", bold=True)
    if asked.kind in CHOICES:
        told = [f"□\u00a0({len(asked.options) + 1 if one == OTHER else one}) {_other(asked, one)}" for one in asked.codes]  # A box stays with its number.
        yield Paragraph(GAP.join(told), align="left")
    elif asked.kind == Kind.MATRIX:
        heads = [label_of(asked, value, {}) for value in SCALES[asked.kind]]
        yield Table([Column("", width=4), *(Column(head, width=3, align="center") for head in heads)], [[row, *["□"] * 5] for row in asked.rows])
    elif asked.kind in SCALES:
        boxes = [f"□\u00a0{value}" for value in SCALES[asked.kind]]
        yield Paragraph(GAP.join(filter(None, (asked.low, *boxes, asked.high))), align="left")
    else:
        yield Table([Column(width=1)], [[""]], row_height_mm=24 if asked.kind == Kind.LONG else 10)


def _other(asked: Asked, one: int) -> str:
    return _("其他：＿＿＿＿") if one == OTHER else asked.options[one - 1]


# --- the report -------------------------------------------------------------------------------------------------------


def report(results: Results, texts: dict[int, list[tuple[str, str, int]]], occasion: Occasion) -> Document:
    """The results to hand on: how many came back, every question with its figures and picture, the free texts, the rules."""
    survey = results.survey
    blocks: list[Block] = [Facts(list(_heads(results)), columns=2)]
    if results.withheld:
        return _paper(_("%(title)s：結果", title=survey.said("title")), [*blocks, Paragraph(why_withheld(results.withheld))], occasion.union)
    cut = False
    rules: dict[str, str] = {}
    for one in results.questions:
        blocks.append(Heading(f"{one.asked.number}. {one.asked.title}", 2))
        for mended in one.question.wordings:
            told = _("題目文字於 %(day)s 修正，原為「%(before)s」。理由：%(reason)s", day=show_date(mended.changed_on), before=mended.before, reason=mended.reason)
            blocks.append(Paragraph(told, size=9))
        if one.asked.kind == Kind.MATRIX:
            blocks.append(_matrix(one.asked, one.parts))
            blocks.append(Image(charts.draw(one.asked.title, bars(one.parts)), 150, _("各項平均")))
        else:
            blocks += _figures(one.parts[0])
        for text, name, often in texts.get(one.asked.id, ()):
            note = name or (_("%(n)s 則", n=often) if often > 1 else "")
            line = _("・%(text)s（%(note)s）", text=text, note=note) if note else _("・%(text)s", text=text)
            blocks.append(Paragraph(line, align="left", hanging=1))
        if one.text_count is None:
            blocks.append(Paragraph(_("文字意見不到 5 則，匿名問卷不列出。"), size=9))
        cut = cut or any(part.is_cut for part in one.parts)
        rules |= {basis.rule: basis.citation for part in one.parts for basis in part.bases}
    if cut:
        blocks.append(Paragraph(_("匿名問卷：不到 5 人的答案，以及可以用來推算它的答案，都寫成「隱藏」。"), size=9))
    if rules:
        blocks += [Heading(_("計算方式"), 3), *(Paragraph(_("%(rule)s：%(citation)s", rule=rule, citation=citation), size=9, align="left") for rule, citation in sorted(rules.items()))]
    return _paper(_("%(title)s：結果", title=survey.said("title")), blocks, occasion.union)


def why_withheld(reason: str) -> str:
    """Why anonymous results are not shown yet."""
    if reason == "open":
        return _("匿名問卷在結束填答後才列出統計：邊填邊看，從前後的差別就知道剛才那個人答了什麼。")
    return _("回收不到 5 份，匿名問卷不列出統計，免得看出是誰填的。")


def _heads(results: Results) -> Iterator[tuple[str, Any]]:
    survey = results.survey
    yield _("填答方式"), _("匿名") if survey.anonymous else _("記名")
    yield _("填答期間"), f"{show_moment(survey.opens_at)} – {show_end(survey.closes_at)}"
    yield _("回收份數"), f"{results.returned:,}"
    if results.rate is not None:
        yield _("回收率"), _("%(rate)s%%（÷ %(base)s）", rate=results.rate, base=f"{results.base:,}")


def _figures(part: Part) -> Iterator[Block]:
    base = _("作答 %(base)s 人，未答 %(left)s 人；百分比以作答人數為準。", base=f"{part.base:,}", left=f"{part.unanswered:,}")
    yield Paragraph(GAP.join((base, *(f"{name} {value}" for name, value in measures(part)))), size=10, align="left")
    if part.lines:
        yield Image(charts.draw(part.label, bars((part,))), 150, _("各答案的人數"))


def bars(parts: Sequence[Part]) -> list[charts.Bar]:
    """The picture of a question: a bar for each answer, or the mean of each line of a matrix."""
    if len(parts) > 1:
        return [charts.Bar(part.label, None if part.mean is None else float(part.mean), hidden_word() if part.mean is None else str(part.mean)) for part in parts]
    return [
        charts.Bar(line.label, line.count, _told(line)) for line in parts[0].lines
    ]


def _told(line: Line) -> str:
    if line.count is None:
        return hidden_word()
    count = f"{line.count:,}"
    return count if line.share is None else _("%(count)s（%(share)s%%）", count=count, share=line.share)


def _matrix(asked: Asked, parts: Sequence[Part]) -> Table:
    columns = [Column(_("評分項目"), width=5), Column(_("作答"), kind="int"), *(Column(line.label, kind="text", align="right") for line in parts[0].lines),
               Column(_("平均"), align="right"), Column(_("滿意比率"), align="right")]
    rows = [
        [part.label, part.base, *(hidden_word() if line.count is None else line.count for line in part.lines),
         str(part.mean) if part.mean is not None else "–", f"{part.satisfied}%" if part.satisfied is not None else "–"]
        for part in parts
    ]
    return Table(columns, rows)


def measures(part: Part) -> list[tuple[str, str]]:
    """The figures of a part in words, those that may be shown."""
    median = part.median
    told = [
        (_("平均"), part.mean), (_("中位數"), median), (_("標準差"), part.deviation),
        (_("4 分以上"), None if part.satisfied is None else f"{part.satisfied}%"), (_("最小"), part.lowest), (_("最大"), part.highest),
    ]
    return [(name, str(value)) for name, value in told if value is not None]


# --- rows for a spreadsheet -------------------------------------------------------------------------------------------


def rows(survey: Survey, returned: int) -> tuple[list[Column], list[list[Any]]]:
    """The answers: a line for each sheet of a named questionnaire; columns shuffled apart for an anonymous one."""
    if survey.anonymous:
        made = queries.shuffled_columns(survey, returned, hidden_word())
        return [Column(title) for title, _values in made], [list(line) for line in zip(*(values for _title, values in made), strict=True)]
    asked = survey.asked
    told = queries.words()
    columns = [Column(_("姓名")), Column(_("紙本編號"), kind="int"), Column(_("填答時間"), kind="date")]
    places: list[tuple[Asked, int, int]] = []
    for one in asked:
        for part, row in enumerate(one.parts):
            each = one.codes if one.kind == Kind.MULTIPLE else (0,)
            for choice in each:
                extra = label_of(one, choice, told) if one.kind == Kind.MULTIPLE else row
                columns.append(Column(queries.column_title(one, extra)))
                places.append((one, part, choice))
    several = {one.id for one in asked if one.kind == Kind.MULTIPLE}
    lines = []
    for sheet, given in queries.named_sheets(survey):
        by_place = {(g.question, g.part, g.code if g.question in several else 0): g for g in given}
        lines.append([sheet.name, sheet.number, sheet.answered_at, *(_cell(one, by_place.get((one.id, part, choice)), told) for one, part, choice in places)])
    return columns, lines


def _cell(asked: Asked, given: Given | None, told: dict[str, str]) -> Any:
    if given is None:
        return None
    if asked.kind == Kind.MULTIPLE:
        return given.text or 1
    if asked.codes:
        return given.code if asked.kind in SCALES else given.text or label_of(asked, given.code, told)
    return given.text or (given.day if given.number is None else given.number)
