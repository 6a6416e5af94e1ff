"""Papers of the life of a membership: notice of a hearing and of a decision, stop of the check-off, leaving, changes, the roll check.

Papers are Chinese whatever the language of the screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from unionops.core.documents import Block, Column, Document, Facts, Heading, Paragraph, SealBoxes, Table
from unionops.members.models import Measure, Membership
from unionops.members.rules.measures import BODY_WORDS, KIND_WORDS, Body, MeasureKind
from unionops.values.roc import roc_date, roc_long

SEALS = ("承辦人", "總幹事", "理事長")
_CHALLENGE = "台端如認會議之召集程序或決議方法違反法令或章程，得依工會法第 33 條於決議後 30 日內訴請法院撤銷；出席者以當場表示異議為限。"


def hearing_notice(measure: Measure, union: str, today: date, *, until: date, body: str) -> Document:
    """陳述意見通知書: what is proposed, the facts, the rule, until when and how to answer (工會法 26 III)."""
    kind = KIND_WORDS[MeasureKind(measure.kind)]
    blocks: list[Block] = [
        Facts([("受通知人", measure.membership.person.name), ("會員編號", measure.membership.number), ("擬議處分", kind), ("章程依據", measure.clause or "—")]),
        Paragraph(f"本會擬將台端{kind}一案提請{body}議決。依工會法第 26 條第 3 項，議決前應給予台端陳述之機會，請於下列期限前陳述意見。"),
        Facts([("事實與理由", measure.ground), ("陳述期限", roc_long(until)), ("陳述方式", "得以書面送達本會，或於期限前與本會約定時間到會以言詞陳述，由本會作成紀錄請台端簽名。")]),
        Paragraph("屆期未陳述者，視為放棄陳述之機會，本會將逕提議決。台端得委任他人協助，並得查閱與本案有關之資料。"),
        Paragraph(f"　　此致\n{measure.membership.person.name}　先生／女士", align="left"),
        SealBoxes(SEALS, 18),
    ]
    return Document("陳述意見通知書", blocks, union=union, issued_on=measure.asked_on or today, confidential=True)


def decision_notice(measure: Measure, union: str, today: date) -> Document:
    """The notice of the decision: what was decided, by whom, with how many votes, from when, what may be done against it."""
    kind = KIND_WORDS[MeasureKind(measure.kind)]
    carried = measure.from_on is not None
    votes = measure.votes or {}
    rows = [
        ("受通知人", measure.membership.person.name), ("會員編號", measure.membership.number), ("議決機關", BODY_WORDS.get(measure.body, "—")),  # type: ignore[call-overload]
        ("決議", measure.resolution), ("決議日", measure.decided_on),
        ("表決", f"應出席 {votes.get('base', 0):,} 人，出席 {votes.get('present', 0):,} 人，贊成 {votes.get('in_favour', 0):,} 票，反對 {votes.get('against', 0):,} 票"),
        ("陳述", f"{roc_long(measure.heard_on)} 已陳述" if measure.heard_on else measure.waived_why or "—"),
    ]
    if carried and measure.from_on is not None:
        rows.append(("生效日", measure.from_on))
        if measure.kind == MeasureKind.SUSPENSION:
            rows.append(("停權迄日", measure.until_on or "至解除之日"))
    effect = {
        MeasureKind.SUSPENSION: "停權期間不得行使選舉權、被選舉權及其他會員權利，仍為本會會員。",
        MeasureKind.EXPULSION: "自生效日起喪失會員資格。",
    }[MeasureKind(measure.kind)]
    blocks: list[Block] = [
        Paragraph(f"台端{kind}一案，業經議決{'通過' if carried else '未通過'}，通知如下。"), Facts(rows),
        Paragraph(effect if carried else "台端之會員權利不受影響。"),
        *([Paragraph(_CHALLENGE)] if measure.body == Body.ASSEMBLY else []),
        Paragraph(f"　　此致\n{measure.membership.person.name}　先生／女士", align="left"), SealBoxes(SEALS, 18),
    ]
    return Document(f"{kind}決議通知書", blocks, union=union, issued_on=today, confidential=True)


# --- leaving and changes ----------------------------------------------------------------------------------------------


def stop_notice(membership: Membership, employer: str, union: str, today: date) -> Document:
    """The letter to the employer: from this day no dues are deducted any more (工會法 28 III)."""
    left_on = membership.left_on
    blocks: list[Block] = [
        Facts([("受文者", employer or "○○公司"), ("會員", membership.person.name), ("會員編號", membership.number), ("出會日期", left_on)]),
        Paragraph(f"貴公司員工{membership.person.name}已自{roc_long(left_on) if left_on else '　　年　　月　　日'}出會，請自該日起停止自其工資代扣會費。"),
        Paragraph("出會日前應扣而未扣之會費，仍請依原代扣名冊辦理；已多扣者請註明於次月代扣清單，由本會退還。"),
        Paragraph("法據：工會法第 28 條第 3 項、工會法施行細則第 25 條。", align="left", size=10.5),
        SealBoxes(SEALS, 18),
    ]
    return Document("停止代扣會費通知", blocks, union=union, issued_on=today)


def changes_list(rows: Sequence[tuple[str, str, str, str, str, date | None, str]], union: str, today: date, *, first: date, last: date, scope: str = "") -> Document:
    """會員異動名冊: number, name, kind, old value, new value, from which day, proof."""
    columns = [Column("序號", kind="int"), Column("會員編號"), Column("姓名"), Column("異動"), Column("原登錄", width=20), Column("改為", width=20),
               Column("生效日", kind="date"), Column("證明文件", width=20)]
    blocks: list[Block] = [Table(columns, [(n, *row) for n, row in enumerate(rows, 1)])] if rows else [Paragraph("本期無異動。")]
    subtitle = f"{roc_date(first)} 至 {roc_date(last)}　共 {len(rows):,} 筆" + (f"　{scope}" if scope else "")
    return Document("會員異動名冊", [*blocks, SealBoxes(("製表", "總幹事", "理事長"), 18)], subtitle=subtitle, union=union, issued_on=today, page="A4-landscape")


def change_form(union: str, *, name: str = "", number: str = "", unit: str = "") -> Document:
    """會員異動申請書: kind of change, old value, new value, from when, proof; blank, or begun with one member."""
    day = "　　　年　　　月　　　日"
    pairs = Table([Column(width=11, align="center"), Column(width=24)] * 2, [("姓名", name, "會員編號", number), ("單位", unit, "聯絡電話", "")], row_height_mm=7.8)
    kinds = Paragraph("□ 姓名　□ 身分證號　□ 單位／部門　□ 雇主或工作場所　□ 職稱　□ 會員類別\n□ 投保薪資或會費級距　□ 通訊地址　□ 電話　□ 繳費方式　□ 暫停會務　□ 其他：", align="left")
    rows = Table([Column("項目", width=16), Column("原登錄", width=24), Column("變更為", width=24), Column("生效日", width=16)], [("", "", "", "")] * 4, row_height_mm=10)
    blocks: list[Block] = [
        pairs, Heading("異動項目", 3), kinds, rows,
        Paragraph("附：□ 戶籍謄本　□ 身分證影本　□ 在職或離職證明　□ 薪資證明　□ 其他：", align="left"),
        Table([Column(width=11, align="center"), Column(width=24)] * 2, [("申請人簽章", "", "申請日期", day)], row_height_mm=9),
        Heading("會務填寫", 3),
        Table([Column(width=11, align="center"), Column(width=24)] * 2, [("收件日期", day, "核對文件", ""), ("登錄日期", day, "登錄人", "")], row_height_mm=7.8),
        SealBoxes(SEALS, 14),
    ]
    return Document("會員異動申請書", blocks, union=union)
