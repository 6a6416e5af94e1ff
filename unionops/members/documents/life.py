"""Papers of the life of a membership: notice of a hearing and of a decision, stop of the check-off, leaving, changes, the roll check.

Papers are Chinese whatever the language of the screen.
"""

from __future__ import annotations

from datetime import date

from unionops.core.documents import Block, Document, Facts, Paragraph, SealBoxes
from unionops.members.models import Measure
from unionops.members.rules.measures import Body, MeasureKind
from unionops.values.roc import roc_long

KINDS = {MeasureKind.SUSPENSION: "停權", MeasureKind.EXPULSION: "除名"}
BODIES = {Body.ASSEMBLY: "會員（代表）大會", Body.BOARD: "理事會"}
SEALS = ("承辦人", "總幹事", "理事長")
_CHALLENGE = "台端如認會議之召集程序或決議方法違反法令或章程，得依工會法第 33 條於決議後 30 日內訴請法院撤銷；出席者以當場表示異議為限。"


def hearing_notice(measure: Measure, union: str, today: date, *, until: date, body: str) -> Document:
    """陳述意見通知書: what is proposed, the facts, the rule, until when and how to answer (工會法 26 III)."""
    kind = KINDS[MeasureKind(measure.kind)]
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
    kind = KINDS[MeasureKind(measure.kind)]
    carried = measure.from_on is not None
    votes = measure.votes or {}
    rows = [
        ("受通知人", measure.membership.person.name), ("會員編號", measure.membership.number), ("議決機關", BODIES.get(measure.body, "—")),  # type: ignore[call-overload]
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
