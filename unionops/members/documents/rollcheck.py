"""The papers of the yearly roll check. They are Chinese whatever the language of the screen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from unionops.core.documents import Block, Column, Document, Facts, Heading, Paragraph, SealBoxes, Table
from unionops.members.models import RollCheck
from unionops.members.rules.membership import LEAVE_REASONS
from unionops.members.rules.rollcheck import DOUBT_WORDS, RESULT_WORDS, Doubt, Result
from unionops.values.roc import roc_date, roc_long

SEALS = ("製表", "總幹事", "理事長")


def notice(line: Any, check: RollCheck, union: str, today: date, *, until: date) -> Document:
    """The letter to one in doubt: why, until when to prove it, how, and what follows from silence."""
    reasons = "、".join(DOUBT_WORDS[Doubt(reason)] for reason in line.doubt.reasons)
    blocks: list[Block] = [
        Facts([("受通知人", line.name), ("會員編號", line.number), ("地址", line.address), ("存疑事由", reasons), ("舉證期限", roc_long(until))]),
        Paragraph(f"本會辦理{check.year - 1911}年度會籍清查，台端之會籍因上列事由尚待釐清，請於舉證期限前，以在職或從業證明、扣繳憑單、繳費收據或其他足資證明之文件向本會說明。"),
        Paragraph("證明仍符合會員資格者，會籍照舊；資料有異動者，請一併更正。屆期未提出者，本會將依清查結果提請理事會認定，並依法登錄出會。"),
        Paragraph("本通知不是出會之決定。對內容有疑問，請與本會聯絡。"),
        Paragraph(f"　　此致\n{line.name}　君", align="left"), SealBoxes(("承辦人", "清查小組", "理事長"), 18),
    ]
    return Document("會籍清查通知書", blocks, union=union, issued_on=line.doubt.told_on or today)


def team(check: RollCheck, union: str) -> Document:
    """The list of the team."""
    rows = [(n, name, "召集人" if n == 1 else "組員") for n, name in enumerate(check.team, 1)]
    blocks: list[Block] = [
        Paragraph(f"組成決議：{check.resolution}", align="left"), Table([Column("序號", kind="int"), Column("姓名"), Column("職務"), Column("簽名", width=20)], [(*row, "") for row in rows], row_height_mm=10),
        SealBoxes(SEALS, 18),
    ]
    return Document("會籍清查小組名冊", blocks, subtitle=f"{check.year - 1911} 年度", union=union, issued_on=check.opened_on)


def report(check: RollCheck, counts: Mapping[str, int], reasons: Mapping[str, str], union: str) -> Document:
    """The report: members before and after, doubts by reason, results."""
    after = counts["members"] - counts["leaves"]
    blocks: list[Block] = [
        Facts([
            ("清查年度", f"{check.year - 1911} 年度"), ("清查期間", f"{roc_date(check.opened_on)} 至 {roc_date(check.closed_on) if check.closed_on else '（辦理中）'}"),
            ("組成決議", check.resolution), ("清查小組", "、".join(check.team)), ("清查前會員", f"{counts['members']:,} 人"), ("存疑會員", f"{counts['doubts']:,} 人"),
            ("留會", f"{counts['stays'] + counts['changed']:,} 人（其中更正資料 {counts['changed']:,} 人）"), ("出會", f"{counts['leaves']:,} 人"),
            ("未認定", f"{counts['open']:,} 人"), ("清查後會員", f"{after:,} 人"),
        ]),
        Heading("存疑事由（一人可有數項）", 3),
        Table([Column("事由", width=24), Column("人數", kind="int")], [(title, counts.get(f"reason_{word}", 0)) for word, title in reasons.items()]),
        SealBoxes(("製表", "清查小組", "總幹事", "理事長"), 18),
    ]
    return Document("會籍清查報告表", blocks, union=union, issued_on=check.closed_on, subtitle=f"{check.year - 1911} 年度")


def doubts(check: RollCheck, lines: Iterable[Any], union: str) -> Document:
    """Everybody in doubt, with reason, letter, answer and finding."""
    columns = [Column("序號", kind="int"), Column("會員編號"), Column("姓名"), Column("事由", width=22), Column("通知日", kind="date"), Column("期限", kind="date"),
               Column("回覆日", kind="date"), Column("認定"), Column("理由", width=22)]
    rows = [
        (n, line.number, line.name, "、".join(DOUBT_WORDS[Doubt(reason)] for reason in line.doubt.reasons), line.doubt.told_on, line.doubt.answer_by, line.doubt.answered_on,
         RESULT_WORDS[Result(line.doubt.result)] if line.doubt.result else "", line.doubt.result_why)
        for n, line in enumerate(lines, 1)
    ]
    return Document("存疑會員名冊", [Table(columns, rows) if rows else Paragraph("沒有存疑會員。"), SealBoxes(SEALS, 18)], subtitle=f"{check.year - 1911} 年度　共 {len(rows):,} 人",
                    union=union, page="A4-landscape")


def leavers(check: RollCheck, lines: Iterable[Any], union: str) -> Document:
    """Those found to leave, for the board."""
    columns = [Column("序號", kind="int"), Column("會員編號"), Column("姓名"), Column("出會日", kind="date"), Column("原因", width=20), Column("認定理由", width=26)]
    rows = [
        (n, line.number, line.name, line.doubt.left_on, LEAVE_REASONS.get(line.doubt.left_reason, ""), line.doubt.result_why) for n, line in enumerate(lines, 1)
    ]
    return Document("會籍清查出會名冊", [Table(columns, rows) if rows else Paragraph("沒有認定出會的會員。"), SealBoxes(SEALS, 18)], subtitle=f"{check.year - 1911} 年度　共 {len(rows):,} 人",
                    union=union, footer="工會法第 31 條第 1 項第 2 款")
