"""The papers of letters: the official letter as the handbook of official documents (文書處理手冊) sets it, and the registers of a year.

Type sizes, order and indents are the handbook's: 20 points for the name and the kind, 16 for the addressee and the text, 12 for the rest;
主旨, 說明 and 辦法 hang, and each level of numbers stands one character further in. The printed words are Chinese whatever language the
reader of the screen has chosen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from unionops.core.accounts.models import User
from unionops.core.documents import Block, Column, Document, Paragraph, Table
from unionops.core.union import queries as union
from unionops.letters import queries
from unionops.letters.models import Letter
from unionops.letters.rules import FORMS, SECRECIES, URGENCIES, Direction, Draft, LetterForm, Role, Section, outline
from unionops.letters.services.outgoing import OFFICES, STAMP, written_of
from unionops.letters.wording import printed_state, printed_way
from unionops.values.roc import EPOCH, roc_date

LARGE, TEXT, SMALL = 20.0, 16.0, 12.0
MARGIN_MM = 25.0
_HALF_PAGE = 14.5
"""Characters of small type left of the sender's address, which stands at the right half."""


@dataclass(frozen=True)
class Sender:
    """The union as its letterhead names it."""

    name: str
    seat: str = ""
    phone: str = ""
    email: str = ""


def sender() -> Sender:
    """The union of this installation; a fresh one has a placeholder."""
    row = union.the_union()
    return Sender(row.name, row.seat, row.phone, row.email) if row is not None else Sender("（尚未登錄工會名稱）")


def official_letter(
    written: Draft, sender: Sender, *, contact: str = "", number: str = "", issued_on: date | None = None, signer: str = "", to: str = ""
) -> Document:
    """One letter. ``contact`` is who handles it; ``to`` the addressee of this copy (else the one who gets the original, or 如正、副本). A draft has no number,
    no date and says that it is one."""
    form = FORMS[written.form]
    blocks: list[Block] = [Paragraph(f"{sender.name}　{form.title}", align="center", size=LARGE)]
    blocks += _letterhead(sender, contact, form)
    if form.addressed:
        blocks.append(_marked("受文者：", to or _addressee(written), TEXT, above=10))
    blocks += [
        _marked(label, value, SMALL)
        for label, value in (
            ("發文日期：", long_date(issued_on)), ("發文字號：", number), ("速別：", URGENCIES[written.urgency]),
            ("密等及解密條件或保密期限：", _secrecy(written)), ("附件：", written.enclosures),
        )
    ]
    blocks.append(Paragraph("", size=6, tight=True))
    for section in form.sections:
        blocks += _section(section, written.body.get(section.key, ""))
    blocks.append(Paragraph("", size=6, tight=True))
    for role, label in form.receivers:
        names = [one.name for one in written.receivers if one.role == role]
        if names or role in (Role.ORIGINAL, Role.ATTEND):
            blocks.append(_marked(f"{label}：", "、".join(names), SMALL))
    if written.signatory != STAMP:
        blocks.append(Paragraph(f"{OFFICES[written.signatory]}　{signer}", size=LARGE, above=14))
    else:
        blocks.append(Paragraph(sender.name, size=LARGE, above=14))
    return Document(
        f"{sender.name} {form.title}", blocks, union=sender.name, number=number, issued_on=issued_on, titled=False, margin_mm=MARGIN_MM,
        confidential=written.secrecy != "normal", footer="" if number else "草稿，尚未發文",
    )


def _letterhead(sender: Sender, contact: str, form: LetterForm) -> Iterator[Block]:
    lines = (("地址：", sender.seat), ("承辦人：", contact), ("電話：", sender.phone), ("電子信箱：", sender.email))
    for label, value in lines if form.addressed else lines[:1]:
        if value:
            yield Paragraph(value, align="left", size=SMALL, indent=_HALF_PAGE, mark=label, tight=True)


def _addressee(written: Draft) -> str:
    originals = [one.name for one in written.receivers if one.role in (Role.ORIGINAL, Role.ATTEND)]
    return originals[0] if len(originals) == 1 else "如正、副本" if written.receivers else ""


def _secrecy(written: Draft) -> str:
    word = SECRECIES[written.secrecy]
    return f"{word}（{written.declassify}）" if word and written.declassify else word


def _marked(mark: str, text: str, size: float, *, above: float = 0) -> Paragraph:
    return Paragraph(text, align="justify", size=size, mark=mark, tight=True, above=above)


def _section(section: Section, text: str) -> Iterator[Block]:
    """A part: its words run on behind the heading, or its numbered lines stand below."""
    if not text.strip():
        return
    label = f"{section.title}："
    lines = outline(text) if section.listed else []
    if len(lines) <= 1:
        words = lines[0].text if lines and not lines[0].mark else f"{lines[0].mark}{lines[0].text}" if lines else text.strip()
        yield _marked(label, words, TEXT)
        return
    yield Paragraph(label, size=TEXT, tight=True)
    for line in lines:
        yield Paragraph(line.text, align="justify", size=TEXT, indent=float(line.level), mark=line.mark, hanging=2, tight=True)


def long_date(day: date | None) -> str:
    """中華民國115年11月22日; nothing for a draft."""
    return f"中華民國{day.year - EPOCH}年{day.month}月{day.day}日" if day is not None else ""


def paper_of(letter: Letter, *, to: str = "", signer: str = "") -> Document:
    """The letter as it stands in the register. ``signer`` stands for the name on a draft, which has none of its own yet."""
    contact = letter.owner.name if letter.owner is not None else ""
    return official_letter(
        written_of(letter), sender(), contact=contact, number=letter.number, issued_on=letter.issued_on, signer=letter.signer_name or signer, to=to
    )


def copies_of(letter: Letter) -> list[Document]:
    """One paper for each receiver, with its own addressee."""
    return [paper_of(letter, to=one.name) for one in letter.receivers if one.address or one.email or FORMS[letter.form].addressed]


# --- the registers of a year ------------------------------------------------------------------------------------------


def register_for(reader: User, direction: Direction, year: int, today: date, *, limit: int | None = None) -> Document:
    """The register of a year with all, or the first ``limit``, of the letters that this person may see."""
    letters = queries.in_order(reader, direction, year, limit=limit)
    answers = queries.answered_by(one.id for one in letters) if direction == Direction.IN else {}
    return year_register(direction, year, letters, answers, today)


def register_title(direction: Direction, year: int) -> str:
    """What the register of a year is called."""
    return f"{year}年度{'收' if direction == Direction.IN else '發'}文登記簿"


def year_register(direction: Direction, year: int, letters: Sequence[Letter], answers: Mapping[int, Iterable[str]], today: date) -> Document:
    """The register of a year, every number in order, the cancelled ones with their reason."""
    title = register_title(direction, year)
    columns, rows = (_RECEIVED, _received(letters, answers)) if direction == Direction.IN else (_SENT, _sent(letters))
    totals = (f"合計 {len(letters)} 件", *[None] * (len(columns) - 1))
    return Document(
        title, [Table(columns, rows, totals=totals)], union=sender().name, page="A4-landscape", issued_on=today,
        confidential=any(one.is_secret for one in letters),
    )


_RECEIVED = (
    Column("收文字號", 2.2), Column("收文日期", 1.7, kind="date"), Column("來文者", 3), Column("來文日期", 1.7, kind="date"), Column("來文字號", 3.2),
    Column("主旨", 6), Column("承辦人", 1.6), Column("回覆文號或處理情形", 3.4),
)
_SENT = (
    Column("發文字號", 3.6), Column("發文日期", 1.7, kind="date"), Column("文別", 1.5), Column("受文者", 3.4), Column("主旨", 6),
    Column("附件", 1.8), Column("承辦人", 1.6), Column("寄送與送達", 3.4),
)


def _received(letters: Sequence[Letter], answers: Mapping[int, Iterable[str]]) -> list[tuple[str | date | None, ...]]:
    return [
        (
            one.number, one.received_on, one.counterpart, one.their_on, one.their_number, one.subject, one.owner.name if one.owner else "",
            "、".join(answers.get(one.id, ())) or _how_ended(one),
        )
        for one in letters
    ]


def _sent(letters: Sequence[Letter]) -> list[tuple[str | date | None, ...]]:
    return [
        (
            one.number, one.issued_on, FORMS[one.form].title, one.counterpart, one.subject, one.enclosures, one.owner.name if one.owner else "",
            "\n".join(filter(None, (_journey(one), _how_ended(one) if one.closing_reason else ""))),
        )
        for one in letters
    ]


def _how_ended(letter: Letter) -> str:
    word = printed_state(letter.state)
    return f"{word}：{letter.closing_reason}" if letter.closing_reason else word


def _journey(letter: Letter) -> str:
    """By which ways, and when, the letter went to its receivers: 掛號 115/11/22、電子郵件 115/11/22（2）."""
    ways: dict[tuple[str, date], int] = {}
    for one in letter.receivers:
        if one.sent_on is not None:
            ways[one.way, one.sent_on] = ways.get((one.way, one.sent_on), 0) + 1
    return "、".join(f"{printed_way(way)} {roc_date(on)}" + (f"（{count}）" if count > 1 else "") for (way, on), count in ways.items())

