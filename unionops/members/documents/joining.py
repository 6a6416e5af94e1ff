"""The papers of joining: the application filled in, the list for the board's meeting, the letter of welcome. Papers are Chinese."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from flask_babel import force_locale

from unionops.core.documents import Block, Cell, Column, Document, Facts, Heading, Paragraph, SealBoxes, Table
from unionops.law.union_act import UnionKind
from unionops.members.documents.roster import Occasion
from unionops.members.documents.roster import application as paper_form
from unionops.members.listing import CLASSES, SEXES
from unionops.members.models import Application
from unionops.members.rules.admission import PAPERS, Applicant, Decision
from unionops.values import masks
from unionops.values.roc import roc_date

TICKED, EMPTY = "☑", "□"


def filled(application: Application, who: Applicant, occasion: Occasion, *, notice: str = "", fee: str = "", member_class: str = "") -> Document:
    """The application as the union's form shows it, with what was written; identity numbers in full only if ``occasion.whole``."""
    membership = application.membership
    with force_locale("zh_Hant_TW"):
        held: dict[str, Cell] = {
            "姓名": who.name, "性別": str(SEXES.get(who.sex, "")), "出生日期": who.birth_on, "行動電話": who.mobile, "電話": who.phone, "電子郵件": who.email,
            "身分證號碼": who.id_number if occasion.whole else masks.mask_id(who.id_number), "教育程度": who.education, "戶籍地址": who.home_address,
            "通訊地址": who.mail_address or who.home_address, "任職事業單位": who.employer, "部門／廠場": who.workplace, "職稱": who.job, "員工編號": who.staff_number,
            "到職日": who.hired_on, "工作種類": who.trade, "工作地點": who.workplace, "從業年資": who.years, "技術士證字號": who.licence,
            "每月工作所得": f"{who.monthly_wage:,} 元" if who.monthly_wage is not None else "", "隨同健保眷屬": f"{who.dependants} 人" if who.dependants else "",
            "申請日期": application.received_on, "介紹人": who.introducer, "入會費、會費": fee,
            "理事會決議": f"{roc_date(application.decided_on)} {application.decided_by}" if application.decided_on and application.decision != Decision.REFUSED else "",
            "入會日期": membership.joined_on if membership else None, "會員編號": membership.number if membership else "",
            "會員類別": str(CLASSES.get(member_class, "")) if membership else "",  # type: ignore[call-overload]
        }
    if who.is_manager is not None:
        held["是否主管職"] = f"{TICKED if not who.is_manager else EMPTY} 否　{TICKED if who.is_manager else EMPTY} 是：{who.job if who.is_manager else ''}"
    if who.check_off is not None:
        held["代扣"] = f"{TICKED if who.check_off else EMPTY} 同意　{EMPTY if who.check_off else TICKED} 不同意"
    return paper_form(occasion, at_work=occasion.kind is not UnionKind.OCCUPATIONAL, held=held, notice=notice, number=application.number)


class Reviewed(NamedTuple):
    """One line of the list for the board."""

    application: Application
    who: Applicant
    is_ratifying: bool = False


def review_list(lines: Sequence[Reviewed], occasion: Occasion) -> Document:
    """What the board decides upon: who, what the check found and how it was answered, and room for the decision."""
    fresh, first = [one for one in lines if not one.is_ratifying], [one for one in lines if one.is_ratifying]
    blocks: list[Block] = [Facts([("審查", f"{len(fresh)} 件"), ("追認", f"{len(first)} 件")], columns=2)]
    for title, some in (("一、審查入會", fresh), ("二、追認理事長先行核可", first)):
        if some:
            blocks += [Heading(title, 2), Table([
                Column("序號", kind="int"), Column("申請編號"), Column("姓名"), Column("身分證號"), Column("出生日期", kind="date"), Column("工作", width=16),
                Column("文件", width=14), Column("審查事項", width=30), Column("決定", width=12),
            ], [_line(n, one) for n, one in enumerate(some, 1)])]
    blocks += [Paragraph("決議：　□ 全數通過　□ 除註記外通過　　第　　屆第　　次理事會第　　案", align="left"), SealBoxes(("製表", "總幹事", "理事長"), 18)]
    return Document(
        "入會審查名冊", blocks, subtitle=f"截至 {roc_date(occasion.today)}　共 {len(lines)} 件", union=occasion.union, page="A4-landscape", issued_on=occasion.today,
        footer="會員入會由理事會審查；名冊僅供會議使用，用畢收回",
    )


def _line(n: int, one: Reviewed) -> tuple[Cell, ...]:
    said = [
        f"{answer['text'].rstrip('。')}{'：' + answer['answer'] if answer.get('answer') else ''}" for answer in one.application.findings.get("answers", {}).values()
    ]
    there = [PAPERS[key] for key in one.application.findings.get("papers", ()) if key in PAPERS]
    work = "　".join(part for part in (one.who.employer, one.who.trade, one.who.job, one.who.workplace) if part)
    return (
        n, one.application.number, one.who.name, masks.mask_id(one.who.id_number), one.who.birth_on, work, "、".join(there), "；".join(said) or "無",
        f"{roc_date(one.application.decided_on)} 先行核可" if one.is_ratifying and one.application.decided_on else "",
    )


def welcome(application: Application, who: Applicant, occasion: Occasion, *, facts: Mapping[str, Cell], contact: Sequence[str], president: str) -> Document:
    """The letter that a new member gets with the card."""
    rows: list[tuple[str, Any]] = [(title, value) for title, value in facts.items() if value not in ("", None)]
    blocks: list[Block] = [
        Paragraph(f"{who.name} 會員您好：", align="left"),
        Paragraph(f"　　歡迎您加入{occasion.union}。您的會籍資料如下，請核對；有誤或日後異動（住址、電話、工作），請通知本會。"),
        Facts(rows),
        Paragraph("　　會員有出席會議、發言、表決、選舉、被選舉與享有本會福利的權利，也有遵守章程、決議與按期繳納會費的義務。遇有工資、工時、職災、解僱等問題，歡迎隨時與本會聯絡。"),
        *(Paragraph(line, align="left") for line in contact),
        Paragraph(f"{occasion.union}", align="right"), Paragraph(f"理事長　{president}" if president else "理事長", align="right"),
        Paragraph(_long(occasion.today), align="right"),
    ]
    return Document("入會通知", blocks, union=occasion.union, number=application.number)


def _long(day: date) -> str:
    return f"中華民國 {day.year - 1911} 年 {day.month} 月 {day.day} 日"
