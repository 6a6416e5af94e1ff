"""The papers of check-off: the list that goes out (代扣名冊), in the employer's own columns as a file; the sheet of differences (差異表);
the history month by month as evidence; the letter about differences. Papers are Chinese whatever the language of the screen.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import force_locale

from unionops.core.documents import Block, Cell, Column, Document, Facts, Paragraph, SealBoxes, Table, write_rows
from unionops.letters.rules import Asked, Draft, Receiver, Role
from unionops.members.checkoff_wording import COLUMNS, USUAL_COLUMNS, VERDICTS
from unionops.members.models import CheckoffLine, CheckoffList
from unionops.members.queries.checkoff import Matrix, Sums
from unionops.members.rules.checkoff import FINE, duty, spoken
from unionops.values.roc import roc_date, roc_long

_SEALS = ("製表", "會計", "總幹事", "理事長")
_MONEY = frozenset({"monthly", "now", "carried", "expected"})


def _period(sheet: CheckoffList) -> str:
    return spoken(sheet.period_on, sheet.months)


def _value(line: CheckoffLine, sheet: CheckoffList, key: str, at: int) -> Cell:
    match key:
        case "serial":
            return at
        case "staff":
            return line.staff_number
        case "period":
            return _period(sheet)
        case "monthly":
            return (line.expected - line.carried) // sheet.months
        case "now":
            return line.expected - line.carried
        case "code":
            return str(sheet.terms.layout.get("code", ""))
        case _:
            value: Cell = getattr(line, key)
            return value


def list_columns(sheet: CheckoffList) -> list[Column]:
    """The columns of the employer's own form, under its own words."""
    own = sheet.terms.layout.get("titles", {})
    keys = sheet.terms.layout.get("columns") or USUAL_COLUMNS
    return [Column(own.get(key) or COLUMNS[key][1], kind="money" if key in _MONEY else "int" if key == "serial" else "text") for key in keys if key in COLUMNS]


def list_rows(sheet: CheckoffList, lines: Sequence[CheckoffLine]) -> list[list[Cell]]:
    """One row for each person asked for, in these columns."""
    keys = [key for key in sheet.terms.layout.get("columns") or USUAL_COLUMNS if key in COLUMNS]
    asked = [one for one in lines if one.person_id is not None]
    return [[_value(one, sheet, key, at) for key in keys] for at, one in enumerate(asked, 1)]


def list_file(sheet: CheckoffList, lines: Sequence[CheckoffLine], fmt: str) -> bytes:
    """The list as the employer's program takes it: one line of headings, one row a person, nothing else. ``fmt``: xlsx, ods, csv."""
    file = io.BytesIO()
    write_rows(list_columns(sheet), list_rows(sheet, lines), fmt, file, sheet=_period(sheet), roc=True)
    return file.getvalue()


def list_name(sheet: CheckoffList) -> str:
    return f"{sheet.employer.name}-{_period(sheet)}代扣名冊"


def the_list(sheet: CheckoffList, lines: Sequence[CheckoffLine], *, union: str, kind: Any, account: str, joiners: Sequence[str], leavers: Sequence[str]) -> Document:
    """代扣名冊, to be handed over on paper: who, how much, on which ground, until when and into which account; who is new and who is gone."""
    asked = [one for one in lines if one.person_id is not None]
    columns, rows = list_columns(sheet), list_rows(sheet, lines)
    totals: list[Cell] = []
    for at, column in enumerate(columns):
        totals.append(sum(int(row[at] or 0) for row in rows) if column.kind == "money" else "合計" if at == 0 else f"{len(asked)} 人" if at == 1 else "")
    with force_locale("zh_Hant_TW"):
        facts: list[tuple[str, Cell]] = [
            ("扣款期別", _period(sheet)), ("應扣總額", f"{sum(one.expected for one in asked):,} 元"), ("交付期限", roc_long(sheet.due_on)), ("匯入帳戶", account or "（請洽本會）"),
            ("法令依據", duty(kind).citation), ("約定", sheet.terms.agreement or "–"),
        ]
        blocks: list[Block] = [Paragraph(f"致　{sheet.employer.name}"), Facts(facts, columns=2), Table(columns, rows, totals)]
        if joiners:
            blocks.append(Paragraph("本期新增：" + "、".join(joiners)))
        if leavers:
            blocks.append(Paragraph("本期停扣：" + "、".join(leavers)))
        blocks += [
            Paragraph("請於扣款後依名冊順序回覆實扣金額；未扣者請註明原因（離職、留職停薪、薪資不足等）。名冊含個人資料，請限薪資作業使用。", size=10),
            SealBoxes(_SEALS, 18),
        ]
    return Document("代扣會費名冊", blocks, subtitle=f"{sheet.employer.name}　{_period(sheet)}", union=union, issued_on=sheet.made_on, confidential=False)


def _differs(line: CheckoffLine) -> bool:
    return line.verdict not in FINE or bool(line.other_name)


DIFFERENCE_COLUMNS = (
    Column("員工編號"), Column("姓名"), Column("應扣", kind="money"), Column("實扣", kind="money"), Column("差額", kind="money"), Column("情形", width=24),
)


def difference_rows(lines: Sequence[CheckoffLine]) -> list[list[Cell]]:
    """The rows of an answer that are not as asked for; the difference is held back less asked for."""
    with force_locale("zh_Hant_TW"):
        return [
            [one.staff_number, one.name, one.expected, one.received or 0, (one.received or 0) - one.expected, told(one)] for one in lines if _differs(one)
        ]


def told(line: CheckoffLine) -> str:
    """What is the matter with a row, in words, in the language of the moment."""
    parts = [str(VERDICTS.get(line.verdict, line.verdict))]
    if line.reason:
        parts.append(f"回覆「{line.reason}」")
    if line.like:
        parts.append(f"似為 {line.like}" if line.person_id is None else f"回覆檔似寫成 {line.like}")
    if line.other_name:
        parts.append(f"回覆檔姓名「{line.other_name}」")
    if len(line.rows) > 1:
        parts.append("＋".join(f"{sum(amount for _month, amount in row[1]):,}" for row in line.rows))
    return "；".join(parts)


def _apart(amount: int) -> str:
    return f"與各列相差 {amount:+,} 元" if amount else "與各列相符"


def differences(sheet: CheckoffList, lines: Sequence[CheckoffLine], sums: Sums, *, union: str) -> Document:
    """差異表: expected against received, person by person, and the totals against each other."""
    rows = difference_rows(lines)
    with force_locale("zh_Hant_TW"):
        facts: list[tuple[str, Cell]] = [
            ("應扣", f"{sums.people} 人，{sums.expected:,} 元"), ("回覆各列合計", f"{sums.received:,} 元"), ("依編號相符可入帳", f"{sums.applied:,} 元"),
            ("待釐清", f"{sums.held:,} 元"), ("短少，併入下期", f"{sums.short:,} 元"),
            ("回覆檔所載合計", "未載" if sheet.stated_total is None else f"{sheet.stated_total:,} 元（{_apart(sheet.stated_total - sums.received)}）"),
            ("匯款", "未載" if sheet.transferred is None else f"{sheet.transferred:,} 元{f'，匯費 {sheet.fee:,} 元' if sheet.fee else ''}"
             f"（{_apart(sheet.transferred + sheet.fee - sums.received)}）"),
            ("匯款日", roc_date(sheet.transferred_on) if sheet.transferred_on else "–"),
        ]
    total: list[Cell] = ["合計", f"{len(rows)} 列", sum(int(row[2]) for row in rows), sum(int(row[3]) for row in rows), sum(int(row[4]) for row in rows), ""]
    blocks: list[Block] = [Facts(facts, columns=2), Table(DIFFERENCE_COLUMNS, rows, total) if rows else Paragraph("各列均與名冊相符。"), SealBoxes(_SEALS, 18)]
    return Document(
        "代扣會費差異表", blocks, subtitle=f"{sheet.employer.name}　{_period(sheet)}", union=union, issued_on=sheet.returned_on,
        footer="員工編號為比對依據；差額為實扣減應扣。",
    )


def evidence(employer: str, found: Matrix, *, union: str, today: date) -> Document:
    """代扣紀錄: head-counts and amounts of each month, then person × month; for an unfair-labour-practice case or an inspection."""
    found = found.without_empty_ends()
    months = [f"{one.year - 1911}/{one.month:02d}" for one in found.months]
    counted: list[list[Cell]] = [
        [f"{month.year - 1911} 年 {month.month} 月", people, expected, paid, received, received - expected] for month, people, paid, expected, received in found.totals
    ]
    people: list[list[Cell]] = [
        [row.staff_number, row.name, *("" if one is None else "–" if one.received is None else one.received for one in row.months), row.received] for row in found.rows
    ]
    blocks: list[Block] = [
        Table((Column("月份"), Column("應扣人數", kind="int"), Column("應扣金額", kind="money"), Column("實扣人數", kind="int"), Column("實扣金額", kind="money"),
               Column("差額", kind="money")), counted, caption="逐月人數與金額"),
        Table((Column("員工編號"), Column("姓名"), *(Column(one, kind="money") for one in months), Column("合計", kind="money")), people, caption="逐人逐月實扣金額"),
        Paragraph("空白為該月未請求代扣；「–」為雇主尚未回覆。金額為依員工編號相符、可認定為該會員之實扣數。", size=10),
    ]
    return Document("代扣會費紀錄", blocks, subtitle=f"{employer}　{months[0]} 至 {months[-1]}" if months else employer, union=union, page="A4-landscape", issued_on=today)


def letter(sheet: CheckoffList, lines: Sequence[CheckoffLine], sums: Sums, *, kind: Any) -> Draft:
    """The draft of a letter to the employer about the differences, or about an answer that has not come."""
    period, basis = _period(sheet), duty(kind)
    receiver = Receiver(Role.ORIGINAL, sheet.employer.name, sheet.employer.address, sheet.terms.email)
    law = f"依{basis.citation}規定及雙方約定（{sheet.terms.agreement}）辦理。" if sheet.terms.agreement else f"依{basis.citation}規定辦理。"
    if sheet.returned_on is None:
        body = {
            "subject": f"請惠予交付{period}代扣會費並回覆扣款明細，請查照。",
            "explanation": f"{law}\n本會{period}代扣名冊計 {sums.people} 人、新臺幣 {sums.expected:,} 元，約定於{roc_long(sheet.due_on)}前交付，迄未收到。\n已扣未交付者請即匯入本會帳戶；未扣者請敘明原因。",
        }
        return Draft("letter", body, (receiver,), enclosures="代扣會費名冊 1 份", asked=Asked(within_days=10))
    rows = difference_rows(lines)
    points = [law, f"貴公司回覆之{period}代扣明細，與本會名冊核對有 {len(rows)} 列不符，差額情形如附表。"]
    if sheet.stated_total is not None and sheet.stated_total != sums.received:
        points.append(f"明細各列合計 {sums.received:,} 元，所載合計 {sheet.stated_total:,} 元，相差 {sheet.stated_total - sums.received:+,} 元，請說明。")
    if sheet.transferred is not None and sheet.transferred + sheet.fee != sums.received:
        points.append(f"匯款 {sheet.transferred:,} 元，與各列合計相差 {sheet.transferred + sheet.fee - sums.received:+,} 元，請補匯或說明。")
    if sums.short > 0:
        points.append(f"尚短少 {sums.short:,} 元；未扣或少扣者，請於次期補扣，並敘明離職、留職停薪等原因及日期。")
    if sums.held:
        points.append(f"另有 {sums.held:,} 元查無對應會員或超過應扣金額，本會暫收，請確認後函復。")
    body = {"subject": f"檢送{period}代扣會費差異表 1 份，請於文到 10 日內更正並函復，請查照。", "explanation": "\n".join(points)}
    return Draft("letter", body, (receiver,), enclosures="代扣會費差異表 1 份", asked=Asked(within_days=10))
