"""The printed papers of the membership: what stands on a roster, a card, a label, a yearly list, a form to fill in.

Papers are Chinese whatever the language of the screen: they go to authorities and members. Formats are ``core.documents``';
who may print what, and for whom, is decided by the screens.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

import segno
from flask_babel import force_locale

from unionops.core.documents import (
    Block,
    Card,
    CardSheet,
    Cell,
    Column,
    Document,
    Facts,
    Heading,
    LabelSheet,
    Paragraph,
    SealBoxes,
    Table,
)
from unionops.core.i18n import _l
from unionops.law.union_act import UnionKind
from unionops.members import listing, queries
from unionops.members.documents import life
from unionops.members.queries import papers
from unionops.members.queries.facts import changes_between
from unionops.members.rules.admission import NOTICE
from unionops.members.rules.membership import Place
from unionops.values import masks
from unionops.values.roc import EPOCH, roc_date

ROSTER_FORMATS = ("pdf", "ods", "odt", "xlsx", "docx")
FORM_FORMATS = ("pdf", "odt", "docx")
PLACE_OF_TOKEN = "CARD-TOKEN"
"""Stands in ``Occasion.verify_address`` where a card's token goes."""


@dataclass(frozen=True)
class Paper:
    """A paper that can be asked for. ``about``: the chosen members, one of them, a period, or nobody. ``reveals``: it can
    hold identity numbers in full. ``shown`` rows make a preview, more than ``at_once`` are printed in the background (no
    request may hold a worker for a second), more than ``most`` are too many for the memory of an office machine."""

    key: str
    title: Any
    purpose: Any
    formats: tuple[str, ...]
    about: Literal["members", "one", "period", "nobody"] = "members"
    reveals: bool = False
    shown: int = 150
    at_once: int = 300
    most: int = 6000

    def most_in(self, fmt: str) -> int:
        """How many rows a file of this format may hold: a workbook is written row by row, all others are set in memory."""
        return 100_000 if fmt == "xlsx" else self.most


PAPERS: dict[str, Paper] = {paper.key: paper for paper in (
    Paper("roster_filing", _l("會員名冊（報主管機關）"), _l("姓名、通訊地址、電話、手機；工會法施行細則第 8 條"), ROSTER_FORMATS),
    Paper("roster_insurance", _l("會員名冊（投保單位）"), _l("勞工保險條例第 10 條要投保單位備置的七項"), ROSTER_FORMATS, reveals=True),
    Paper("roster_office", _l("會員名冊（會務用）"), _l("會號、單位、類別，電話遮罩；會場、分組、點名用"), ROSTER_FORMATS),
    Paper("cards", _l("會員證"), _l("A4 十張，附查驗碼；別人掃描只看得到有效與否"), ("pdf", "ods"), shown=60, at_once=100, most=2000),
    Paper("labels", _l("地址標籤"), _l("寄會員大會通知、會刊；可從用過的標籤紙接著印"), FORM_FORMATS),
    Paper("movements", _l("入會、出會名冊"), _l("年度決算後 30 日內報主管機關；工會法第 31 條"), ROSTER_FORMATS, "period"),
    Paper("application", _l("入會申請書"), _l("空白表，附個人資料告知事項"), FORM_FORMATS, "nobody"),
    Paper("changes", _l("會員異動名冊"), _l("期間內單位、類別、雇主、薪資、姓名的異動與證明文件"), ROSTER_FORMATS, "period"),
    Paper("change_form", _l("會員異動申請書"), _l("空白表；會員頁的「異動與證明」可帶入本人資料"), FORM_FORMATS, "nobody"),
    Paper("check_off_consent", _l("代扣會費同意書"), _l("空白表，會員簽名同意雇主自工資代扣會費；收回後在「代扣同意」登錄"), FORM_FORMATS, "nobody"),
    Paper("resignation_blank", _l("退會申請書（空白）"), _l("沒有會籍資料可帶入時，本人手寫"), FORM_FORMATS, "nobody"),
    Paper("resignation", _l("退會申請書"), _l("帶入一位會員的會籍資料，由本人簽名"), FORM_FORMATS, "one"),
)}


@dataclass(frozen=True)
class Occasion:
    """For whom and when a paper is made. ``scope`` says in Chinese who is on it, ``total`` how many there are in all (a preview
    holds fewer), ``whole`` that identity numbers stand in full, ``verify_address`` where a card can be checked."""

    union: str
    kind: UnionKind
    today: date
    scope: str = ""
    total: int = 0
    whole: bool = False
    verify_address: str = ""


def compose(
    paper: Paper, ids: Sequence[int], choices: Mapping[str, Any], occasion: Occasion, user: Any, *, most: int | None = None
) -> Document:
    """The paper for these memberships; what it reads besides, it reads as ``user`` may see it. ``choices`` are those of the
    paper's own form; ``most`` cuts the lists of a period for a preview."""
    lines = list(queries.lines_in_batches(ids, columns_for(paper.key)))
    with force_locale("zh_Hant_TW"):
        match paper.key:
            case "cards":
                return cards(lines, occasion, issued_on=choices["issued_on"], start=int(choices["start"]))
            case "labels":
                return labels(lines, sheet=choices["sheet"], start=int(choices["start"]), salutation=choices["salutation"],
                              address=choices["address"], outlines=bool(choices["outlines"]))
            case "movements":
                first, last = choices["from_on"], choices["to_on"]
                before = queries.roster_count(user, queries.RosterFilter(), first - timedelta(days=1))
                return movements(papers.joiners(user, first, last), papers.leavers(user, first, last), occasion,
                                 first=first, last=last, before=before, which=choices["which"], most=most)
            case "changes":
                return changes_paper(user, occasion, first=choices["from_on"], last=choices["to_on"])
            case "change_form":
                return life.change_form(occasion.union)
            case "check_off_consent":
                return check_off_consent(occasion)
            case "resignation_blank":
                return resignation(None, occasion)
            case "application":
                return application(occasion, at_work=choices["form"] == "enterprise")
            case "resignation":
                return resignation(lines[0], occasion)
            case _:
                return roster(paper.key, lines, occasion)


# --- rosters ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Field:
    """A column of a roster. ``needed``: the authority asks for it, so its gaps are told before printing."""

    title: str
    value: Callable[[Any, Occasion], Cell]
    kind: Literal["text", "int", "money", "date"] = "text"
    needed: bool = False
    width: float = 0


@dataclass(frozen=True)
class _Layout:
    title: str
    fields: tuple[_Field, ...]
    citation: str = ""
    is_landscape: bool = False


def _postal(line: Any) -> str:
    """Where the person gets mail: the mailing address, else the household's."""
    return line.mail_address or line.home_address


_LAYOUTS = {
    "roster_filing": _Layout("會員名冊", (
        _Field("姓名", lambda line, _: line.name),
        _Field("通訊地址", lambda line, _: _postal(line), needed=True),
        _Field("電話", lambda line, _: line.phone),
        _Field("行動電話", lambda line, _: line.mobile, needed=True),
    ), citation="工會法施行細則第 8 條"),
    "roster_insurance": _Layout("投保單位會員名冊", (
        _Field("姓名", lambda line, _: line.name),
        _Field("性別", lambda line, _: _word(listing.SEXES, line.sex), needed=True),
        _Field("出生年月日", lambda line, occasion: line.birth_on if occasion.whole else listing.masked_birth(line.birth_on), "date", True),
        _Field("住址", lambda line, _: line.home_address or line.mail_address, needed=True),
        _Field("身分證統一編號", lambda line, occasion: _identity(line, occasion), needed=True),
        _Field("入會日期", lambda line, _: line.joined_on, "date", True),
        _Field("工作種類", lambda line, _: line.trade or line.job, needed=True),
    ), citation="勞工保險條例第 10 條", is_landscape=True),
    "roster_office": _Layout("會員名冊（會務用）", (
        _Field("會員編號", lambda line, _: line.number),
        _Field("姓名", lambda line, _: line.name),
        _Field("單位", lambda line, _: line.unit),
        _Field("類別", lambda line, _: _word(listing.CLASSES, line.member_class)),
        _Field("電話", lambda line, _: masks.mask_phone(line.mobile or line.phone)),
        _Field("入會日期", lambda line, _: line.joined_on, "date"),
        _Field("備註", lambda line, _: "", width=12),
    )),
}
_NEEDS = {
    "roster_filing": ("mail_address", "home_address", "phone", "mobile"),
    "roster_insurance": ("sex", "birth_on", "mail_address", "home_address", "id_number", "trade", "job"),
    "roster_office": ("unit", "member_class", "mobile", "phone"),
    "cards": ("member_class", "unit"),
    "labels": ("mail_address", "home_address", "sex"),
    "resignation": ("unit", "member_class"),
}
SEALS = ("製表", "總幹事", "理事長")


def columns_for(key: str) -> list[queries.RosterColumn]:
    """What a paper reads of a membership, and nothing else."""
    return [queries.COLUMNS[name] for name in _NEEDS.get(key, ())]


def roster(key: str, lines: Sequence[Any], occasion: Occasion) -> Document:
    """A member roster in the layout of the authority, of the labour insurance, or of the office."""
    layout = _LAYOUTS[key]
    columns = [Column("序號", kind="int"), *(Column(field.title, field.width, kind=field.kind) for field in layout.fields)]
    rows = [(n, *(field.value(line, occasion) for field in layout.fields)) for n, line in enumerate(lines, 1)]
    subtitle = "　".join(part for part in (f"截至 {roc_date(occasion.today)}", occasion.scope, f"共 {occasion.total:,} 人") if part)
    blocks: list[Block] = [Table(columns, rows), SealBoxes(SEALS, 18)]
    return Document(layout.title, blocks, subtitle=subtitle, union=occasion.union, footer=layout.citation,
                    page="A4-landscape" if layout.is_landscape else "A4", issued_on=occasion.today)


def gaps(key: str, lines: Iterable[Any]) -> dict[str, list[str]]:
    """Who lacks what this paper needs: the column's title with the names, in the order of the list."""
    found: dict[str, list[str]] = {}
    whole = Occasion("", UnionKind.OCCUPATIONAL, date.min, whole=True)
    needed = [field for field in _LAYOUTS[key].fields if field.needed] if key in _LAYOUTS else []
    for line in lines:
        for field in needed:
            if not field.value(line, whole):
                found.setdefault(field.title, []).append(line.name)
        if key == "labels" and not _postal(line):
            found.setdefault("地址", []).append(line.name)
    return found


def _identity(line: Any, occasion: Occasion) -> str:
    number = line.id_number or ""
    return number if occasion.whole else masks.mask_id(number)


def _word(words: Mapping[Any, Any], value: str | None) -> str:
    return str(words.get(value, value or ""))


# --- cards and labels -------------------------------------------------------------------------------------------------


def cards(lines: Iterable[Any], occasion: Occasion, *, issued_on: date, start: int = 1) -> Document:
    """Cards of the members in force among ``lines``; nobody else gets one. ``start`` is the first free place of the sheet, 1 to 10."""
    made = [
        Card(line.name, _card_facts(line, issued_on), _code(occasion.verify_address, line.id))
        for line in lines if queries.place_of(line, occasion.today) == Place.IN_FORCE
    ]
    return Document("會員證", [CardSheet(made, occasion.union, seal=occasion.union, skip=start - 1)], union=occasion.union, issued_on=issued_on)


def _card_facts(line: Any, issued_on: date) -> list[tuple[str, Cell]]:
    facts: list[tuple[str, Cell]] = [
        ("會員編號", line.number), ("類別", _word(listing.CLASSES, line.member_class)), ("單位", line.unit), ("入會日期", line.joined_on),
        ("發證日期", issued_on),
    ]
    return [(label, value) for label, value in facts if value]


def _code(address: str, membership_id: int) -> bytes:
    file = io.BytesIO()
    segno.make(address.replace(PLACE_OF_TOKEN, papers.card_token(membership_id)), error="m").save(file, kind="svg", border=0)
    return file.getvalue()


SHEETS: dict[str, tuple[Any, dict[str, Any]]] = {
    "3x8": (_l("24 格（3 × 8，70 × 37 mm）"), {"columns": 3, "rows": 8, "label_width": 70, "label_height": 37, "margin_left": 0,
                                              "margin_top": 0.5, "gap_x": 0, "size": 11}),
    "3x7": (_l("21 格（3 × 7，63.5 × 38.1 mm）"), {"columns": 3, "rows": 7, "label_width": 63.5, "label_height": 38.1, "margin_left": 7.25,
                                                  "margin_top": 15.15, "gap_x": 2.5, "size": 11}),
    "2x8": (_l("16 格（2 × 8，105 × 37 mm）"), {"columns": 2, "rows": 8, "label_width": 105, "label_height": 37, "margin_left": 0,
                                               "margin_top": 0.5, "gap_x": 0, "size": 13}),
    "2x7": (_l("14 格（2 × 7，99.1 × 38.1 mm）"), {"columns": 2, "rows": 7, "label_width": 99.1, "label_height": 38.1, "margin_left": 4.65,
                                                  "margin_top": 15.15, "gap_x": 2.5, "size": 13}),
}
"""Label sheets sold in Taiwan: what they are called, and their measures."""
SALUTATIONS = {"sex": _l("先生／女士（未登錄性別用君）"), "neutral": _l("君"), "none": _l("不加稱謂")}
_POSTCODE = re.compile(r"([0-9]{6}|[0-9]{5}|[0-9]{3})[\s　-]*(?=[^0-9\s　-])")


def places_on(sheet: str) -> int:
    """How many labels a sheet holds."""
    size: int = SHEETS[sheet][1]["columns"] * SHEETS[sheet][1]["rows"]
    return size


def labels(
    lines: Iterable[Any], *, sheet: str = "3x8", start: int = 1, salutation: str = "sex", address: str = "mail", outlines: bool = False
) -> Document:
    """Address labels of those who have an address. ``start`` is the first unused label of the first sheet, counted from 1."""
    texts = []
    for line in lines:
        where = (line.home_address or line.mail_address) if address == "home" else _postal(line)
        if where:
            texts.append([*_address_lines(where), _addressee(line, salutation)])
    return Document("地址標籤", [LabelSheet(texts, skip=start - 1, outlines=outlines, **SHEETS[sheet][1])])


def _address_lines(address: str) -> list[str]:
    found = _POSTCODE.match(address.strip())
    return [found[1], address.strip()[found.end() :]] if found else [address.strip()]


def _addressee(line: Any, salutation: str) -> str:
    words = {"sex": {"M": "先生", "F": "女士"}.get(line.sex, "君"), "neutral": "君", "none": ""}
    title = words[salutation]
    return f"{line.name}　{title}　收" if title else f"{line.name}　收"


# --- who joined and who left ------------------------------------------------------------------------------------------


def movements(
    joined: Sequence[Any], left: Sequence[Any], occasion: Occasion, *, first: date, last: date, before: int,
    which: Literal["both", "joined", "left"] = "both", most: int | None = None,
) -> Document:
    """The yearly lists of joiners and leavers (工會法 31 I 2), with the count that must come out. ``most`` rows of each are set."""
    blocks: list[Block] = []
    if which == "both":
        blocks.append(Facts([
            ("期初在籍", f"{before:,} 人"), ("本期入會", f"{len(joined):,} 人"), ("本期出會", f"{len(left):,} 人"),
            ("期末在籍", f"{before + len(joined) - len(left):,} 人"),
        ], columns=2))
    if which != "left":
        blocks += _movement_table("入會名冊", "入會日期", "事由", [
            (line.number, line.name, line.joined_on, "、".join(filter(None, ("再入會" if line.has_returned else "", line.joined_by))) or "入會")
            for line in joined[:most]], len(joined))
    if which != "joined":
        blocks += _movement_table("出會名冊", "出會日期", "原因", [
            (line.number, line.name, line.left_on, _word(listing.REASONS, line.left_reason)) for line in left[:most]], len(left))
    title = {"both": "會員入會、出會名冊", "joined": "會員入會名冊", "left": "會員出會名冊"}[which]
    return Document(title, [*blocks, SealBoxes(SEALS, 18)], subtitle=_period(first, last) + (f"　{occasion.scope}" if occasion.scope else ""),
                    union=occasion.union, issued_on=occasion.today, footer="工會法第 31 條第 1 項第 2 款")


def _movement_table(title: str, day: str, reason: str, rows: Sequence[Sequence[Cell]], count: int) -> list[Block]:
    heading = Heading(f"{title}（{count:,} 人）", 2)
    if not rows:
        return [heading, Paragraph("本期無。")]
    columns = [Column("序號", kind="int"), Column("會員編號"), Column("姓名"), Column(day, kind="date"), Column(reason, width=24)]
    return [heading, Table(columns, [(n, *row) for n, row in enumerate(rows, 1)])]


def _period(first: date, last: date) -> str:
    if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31) and first.year == last.year:
        return f"{first.year - EPOCH} 年度"
    return f"{roc_date(first)} 至 {roc_date(last)}"


# --- forms to fill in -------------------------------------------------------------------------------------------------

_BLANK_DAY = "　　　年　　　月　　　日"


def application(
    occasion: Occasion, *, at_work: bool, held: Mapping[str, Cell] | None = None, notice: str = "", number: str = ""
) -> Document:
    """The application for membership; ``at_work`` for a union of one employer, otherwise that of a trade. Blank, or with what is ``held`` by the
    title of its box; ``notice`` is the union's own privacy notice."""

    def boxes(pairs: Sequence[tuple[str, Cell]], draw: Callable[[Sequence[tuple[str, Cell]]], Table] = _blanks) -> Table:
        return draw([(title, (held or {}).get(title) or blank) for title, blank in pairs])

    if at_work:
        work = [("任職事業單位", ""), ("部門／廠場", ""), ("職稱", ""), ("員工編號", ""), ("到職日", _BLANK_DAY), ("是否主管職", "□ 否　□ 是：")]
        agreed = str((held or {}).get("代扣") or "□ 同意　□ 不同意")
        consent = f"{agreed}　由雇主自本人工資中代扣會費，轉交本會（工會法第 28 條第 3 項）。"
        enclosed = "附：□ 身分證影本　□ 在職證明（識別證、投保資料或其他足資證明者）"
    else:
        work = [("工作種類", ""), ("工作地點", ""), ("從業年資", "　　　　　年"), ("技術士證字號", ""), ("每月工作所得", "　　　　　　　元"),
                ("隨同健保眷屬", "　　　　　人")]
        consent = "本人實際從事上列本業工作，無一定雇主或自營作業；所填如有不實，願負法律責任並同意註銷會籍。"
        enclosed = "附：□ 身分證影本　□ 照片　□ 從業證明或切結書　□ 證照影本　□ 眷屬資料"
    blocks: list[Block] = [
        Heading("一、申請人", 3),
        boxes([("姓名", ""), ("性別", "□ 男　□ 女"), ("出生日期", _BLANK_DAY), ("身分證號碼", ""), ("行動電話", ""), ("電話", ""),
                 ("電子郵件", ""), ("教育程度", "")]),
        boxes([("戶籍地址", "□□□"), ("通訊地址", "□ 同戶籍　□□□")], _wide_blanks),
        Heading("二、工作", 3),
        boxes(work),
        Heading("三、聲明與同意", 3),
        Paragraph(f"本人願遵守{occasion.union}章程，申請加入為會員。{consent}", size=10),
        Paragraph(notice or NOTICE.format(union=occasion.union), size=8.5),
        Paragraph(f"□ 已閱讀上述告知事項。　{enclosed}", size=9.5, align="left"),
        boxes([("申請人簽章", ""), ("申請日期", _BLANK_DAY), ("介紹人", ""), ("其會員編號", "")]),
        Heading("四、會務填寫", 3),
        boxes([("收件／核對人", ""), ("入會費、會費", "　　　　元　收據："), ("理事會決議", "　　年　　月　　日　□ 通過"),
                 ("入會日期", _BLANK_DAY), ("會員編號", ""), ("會員類別", "")]),
        SealBoxes(("承辦人", "總幹事", "理事長"), 10),
    ]
    return Document("入會申請書", blocks, union=occasion.union, number=number, margin_mm=15 if number else 20)  # The number takes a line of its own.


def changes_paper(user: Any, occasion: Occasion, *, first: date, last: date) -> Document:
    """會員異動名冊 of a period, of the members that ``user`` may see."""
    def word(kind: str, value: str) -> str:
        return _word(listing.CLASSES, value) if kind == "類別" else value

    rows = [
        (one.number, one.name, one.kind, word(one.kind, one.before), word(one.kind, one.after), one.on, one.proof)
        for one in changes_between(user, first, last)
    ]
    return life.changes_list(rows, occasion.union, occasion.today, first=first, last=last, scope=occasion.scope)


def check_off_consent(occasion: Occasion) -> Document:
    """A member's own consent to check-off (UA-28-checkoff, ER-25-consent): one of the grounds, and in some unions a needed one."""
    blocks: list[Block] = [
        _blanks([("姓名", ""), ("會員編號", ""), ("雇主名稱", ""), ("服務單位", ""), ("員工編號", ""), ("聯絡電話", "")]),
        Paragraph(f"本人為{occasion.union}會員，同意雇主自民國　　　年　　月份起，依工會章程及決議所定之會費數額，按期自本人工資代扣會費，交付工會或存入以工會名義開立之帳戶。", align="left"),
        Paragraph("會費數額依章程或會員（代表）大會決議調整時，依調整後之數額代扣，不另簽署。本同意書至本人出會或以書面撤回時為止。", align="left"),
        Paragraph("本表所載個人資料，僅供辦理會費代扣、對帳與通知使用。依據：工會法第 28 條第 3 項、工會法施行細則第 25 條。", size=10, align="left"),
        Paragraph("　　此致\n" + occasion.union, align="left"),
        _blanks([("立同意書人簽章", ""), ("日期", _BLANK_DAY)]),
        Heading("會務填寫", 3),
        _blanks([("收件日期", _BLANK_DAY), ("起扣月份", "　　年　　月"), ("列入代扣名冊", "□ 已列入")]),
        SealBoxes(("承辦人", "會計", "總幹事")),
    ]
    return Document("代扣會費同意書", blocks, union=occasion.union)


def resignation(line: Any | None, occasion: Occasion) -> Document:
    """The application to leave, filled in with one membership or blank; the rest is for the member's own hand."""
    held: list[tuple[str, Cell]] = [
        ("姓名", line.name), ("會員編號", line.number), ("單位", line.unit), ("會員類別", _word(listing.CLASSES, line.member_class)),
        ("入會日期", line.joined_on), ("聯絡電話", ""),
    ] if line is not None else [(label, "") for label in ("姓名", "會員編號", "單位", "會員類別", "入會日期", "聯絡電話")]
    blocks: list[Block] = [
        _blanks(held),
        Paragraph(f"本人因下列原因，申請自民國{_BLANK_DAY}起退出{occasion.union}："),
        Paragraph("□ 離職或不再從事本業　□ 轉至其他工會　□ 退休　□ 任代表雇主行使管理權之主管\n□ 其他：", align="left"),
        Paragraph("本人知悉：退會前應繳清會費；由本會投保之勞工保險、全民健康保險自退會日起辦理退保，請自行銜接。", align="left"),
        Paragraph("　　此致\n" + occasion.union, align="left"),
        _blanks([("申請人簽章", ""), ("申請日期", _BLANK_DAY)]),
        Heading("會務填寫", 3),
        _blanks([("收件日期", _BLANK_DAY), ("會費", "□ 已繳清　□ 欠　　　　元"), ("會員證", "□ 已繳回　□ 遺失切結"), ("停止代扣通知", "□ 不適用　□ 已發文"),
                 ("勞健保退保日", _BLANK_DAY), ("理事會", "第　　屆第　　次　□ 備查")]),
        SealBoxes(("承辦人", "會計", "總幹事", "理事長")),
    ]
    return Document("退會申請書", blocks, union=occasion.union)


def _blanks(pairs: Sequence[tuple[str, Cell]]) -> Table:
    """A ruled form of two pairs a row, tall enough for handwriting."""
    padded = [*pairs, *[("", "")] * (len(pairs) % 2)]
    rows = [(*padded[at], *padded[at + 1]) for at in range(0, len(padded), 2)]
    return Table([Column(width=11, align="center"), Column(width=24, align="left")] * 2, rows, row_height_mm=7.8)


def _wide_blanks(pairs: Sequence[tuple[str, Cell]]) -> Table:
    return Table([Column(width=11, align="center"), Column(width=59, align="left")], pairs, row_height_mm=7.8)
