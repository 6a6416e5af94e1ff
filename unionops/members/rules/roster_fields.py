"""What a member roster may hold: its fields, the headings offices give them, and which sheet lists whom.

Owns the words. ``roster_cells`` reads the cells, ``roster`` judges the rows.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import pairwise
from typing import Literal

from unionops.core.transfer.headings import (
    REASON_HEADING,
    ROW_HEADING,
    Field,
    MappingProposal,
    find_header,
    normal_heading,
    propose_mapping,
    signature,
    without_header,
)
from unionops.core.transfer.tables import Table
from unionops.core.transfer.workbook import Cell, Sheet, Workbook, cell_text, is_blank
from unionops.members.rules.roster_cells import TIME_BEHIND
from unionops.values.problems import Problem, _m, problem
from unionops.values.text import half_width

Role = Literal["members", "left", "other"]

# The commonest surnames, enough to tell a column of names without a heading from one of trades or places.
_SURNAMES = frozenset(
    "陳林黃張李王吳劉蔡楊許鄭謝洪郭邱曾廖賴徐周葉蘇莊呂江何蕭羅高潘簡朱鍾游彭詹胡施沈余盧梁趙顏柯翁魏孫戴范方宋鄧杜侯傅曹薛"
    "丁卓馬阮董温溫唐藍石蔣古紀姚連馮歐程湯黎田康姜白汪鄒尤巫涂龔嚴韓袁金童阿陸夏柳凃邵錢伍倪溫于譚駱熊任甘秦顧毛章史官萬俞"
    "雷粘饒張闕凌崔尹孔辛武辜陶段龍韋葛池孟褚殷麥賀賈莫文管關向包丘梅華裴樊全佘左花鮑塗安郝穆戚喬符畢黨談靳司喻"
)
_HAN = r"\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff\ue000-\uf8ff"
_ID = re.compile(r"[A-Z][A-Z0-9][0-9]{7,8}")
_NAME = re.compile(rf"[{_HAN}A-Za-z\u00c0-\u024f\u1e00-\u1eff·‧•・･．. ,'’\-\u3000□?？�（）()]{{2,40}}")
_PERSON = re.compile(rf"[{_HAN}]{{2,4}}")
_DATE = re.compile(r"(?:(?:民國|民)?\d{1,4}[/.\-年]\d{1,2}[/.\-月]\d{1,2}日?|[01]?\d{6}|\d{8}|[1-7]\d{4}$|民國[〇零一二三四五六七八九十百元]+年.+)(?!\d)")
_DIGITS = re.compile(r"\D")
_ADDRESS = re.compile(r"[縣市鄉鎮區村里路街段巷號樓]")


def _text(cell: Cell) -> str:
    return half_width(cell_text(cell)).strip()


def looks_like_id(cell: Cell) -> bool:
    """One or two letters and seven to nine digits."""
    return isinstance(cell, str) and (_ID.fullmatch(cell) or _ID.fullmatch(_text(cell).upper())) is not None


def looks_like_name(cell: Cell) -> bool:
    """Letters of a name, whatever its language; no digits."""
    return isinstance(cell, str) and _NAME.fullmatch(cell.strip()) is not None


def looks_like_person(cell: Cell) -> bool:
    """Two to four ideographs that begin with a common surname."""
    text = cell.replace("\u3000", "").strip() if isinstance(cell, str) else ""
    return bool(text) and text[0] in _SURNAMES and _PERSON.fullmatch(text) is not None and not text.endswith(("組", "區", "市", "縣", "會"))


def looks_like_date(cell: Cell) -> bool:
    """A date, or a text or number that could be one."""
    if isinstance(cell, date | datetime):
        return True
    if isinstance(cell, float):
        return False
    if isinstance(cell, int):
        return 10_000 <= cell <= 73_050 or (cell % 1_000_000 > 10_101 and 1 <= cell // 100 % 100 <= 12 and cell < 22_000_000)
    return isinstance(cell, str) and _DATE.match("".join(TIME_BEHIND.sub("", _text(cell)).split())) is not None


def looks_like_phone(cell: Cell) -> bool:
    """Seven to twelve digits and the signs people put between them."""
    text = _text(cell)
    return 6 <= len(_DIGITS.sub("", text)) <= 24 and (_ID.fullmatch(text) is None) and not isinstance(cell, date)


def looks_like_mobile(cell: Cell) -> bool:
    """A mobile number of this country, with or without its zero."""
    return re.fullmatch(r"(?:\+?886|0)?9\d{8}", re.sub(r"[\s\-()]", "", _text(cell))) is not None


def looks_like_sex(cell: Cell) -> bool:
    """The words and figures for man and woman."""
    return _text(cell).upper() in ("男", "女", "M", "F", "1", "2", "0", "男性", "女性", "先生", "小姐", "女士", "MALE", "FEMALE")


def looks_like_address(cell: Cell) -> bool:
    """At least two of the words of which addresses are made."""
    return isinstance(cell, str) and len(_ADDRESS.findall(cell)) >= 2


def looks_like_number(cell: Cell) -> bool:
    """Figures, or what people write where a figure is missing."""
    if isinstance(cell, int | float):
        return True
    return isinstance(cell, str) and re.fullmatch(r"-?[\d,.]+[人元口]?|無|純會員|免|-|－", _text(cell)) is not None


def looks_like_member_no(cell: Cell) -> bool:
    """Figures with perhaps letters before them, not as long as an identity number."""
    return isinstance(cell, str | int) and re.fullmatch(r"[A-Za-z]{0,4}-?\d{1,8}(?:-\d+)?", _text(cell)) is not None


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _parts(name: str, label: str, words: str) -> tuple[Field, ...]:
    """A date that stands in three columns: one word over 年, 月, 日."""
    looks = {"year": (1, 2200), "month": (1, 12), "day": (1, 31)}
    return tuple(
        Field(f"{name}_{part}", label, tuple(f"{word}{sign}" for word in words.split()), looks=_between(*looks[part]))
        for part, sign in zip(("year", "month", "day"), "年月日", strict=True)
    )


def _between(least: int, most: int) -> Callable[[Cell], bool]:
    def looks(cell: Cell) -> bool:
        text = re.sub(r"\.0$|[年月日]$", "", _text(cell))
        return text.isascii() and text.isdigit() and len(text) < 5 and least <= int(text) <= most

    return looks


FIELDS: tuple[Field, ...] = (
    Field(
        "member_no",
        _m("會員編號"),
        _words(
            "會員編號 會員號 會員號碼 會號 會員證號 會員證號碼 會員代號 會籍編號 會籍號碼 會證號 入會編號 會員序號 MNO "
            "MEMNO MEMBERNO MEMBERID MEMBER_ID MEMID MEM_NO CARDNO VIPNO"
        ),
        weak=_words("編號 號碼 代號 NO CODE"),
        looks=looks_like_member_no,
    ),
    Field(
        "ordinal",
        _m("序號"),
        _words("序號 序 項次 流水號 號次 次序 順序 項 SEQ SN ITEM RECNO #"),
        is_ignored=True,
    ),
    Field(
        "name",
        _m("姓名"),
        _words(
            "姓名 會員姓名 中文姓名 名字 會員名稱 被保險人姓名 勞工姓名 員工姓名 會員 NAME MEMNAME MNAME CNAME FULLNAME "
            "MEMBERNAME"
        ),
        looks=looks_like_name,
        by_content=looks_like_person,
        is_distinct=True,
        is_key=True,
    ),
    Field(
        "id_number",
        _m("身分證字號"),
        _words(
            "身分證字號 身份證字號 身分證號碼 身份證號碼 身分證號 身份證號 身分證 身份證 身分證統一編號 身份證統一編號 "
            "國民身分證統一編號 國民身份證統一編號 國民身分證字號 身分證統編 身證字號 證號 統一證號 居留證號 居留證號碼 "
            "身分證字號居留證號 身分證明文件號碼 字號 IDNO ID IDNUMBER IDN PID IDCARD NATIONALID ID_NO PERID"
        ),
        looks=looks_like_id,
        by_content=looks_like_id,
        is_distinct=True,
        is_key=True,
    ),
    Field(
        "sex",
        _m("性別"),
        _words("性別 性 SEX GENDER"),
        looks=looks_like_sex,
        by_content=looks_like_sex,
    ),
    Field(
        "birth_on",
        _m("出生日期"),
        _words(
            "出生年月日 出生日期 出生日 出生 生日 出生年月 生年月日 出生年/月/日 BIRTH BIRTHDAY BIRTHDATE BIRTHDT "
            "BIRTH_DATE DOB BDATE BDAY BIRTHD"
        ),
        looks=looks_like_date,
        by_content=looks_like_date,
    ),
    Field(
        "joined_on",
        _m("入會日期"),
        _words(
            "入會日期 入會日 入會年月日 入會時間 入會 加入日期 加入日 加入工會日期 加入年月日 核准入會日期 入會核准日 入會通過日期 會籍起日 INDATE JOINDATE JOIN JOINED "
            "JOIN_DATE ENTERDATE DATEJOINED IN_DATE"
        ),
        weak=_words("日期"),
        looks=looks_like_date,
        by_content=looks_like_date,
    ),
    Field(
        "left_on",
        _m("退會日期"),
        _words(
            "退會日期 退會日 退會年月日 退會 出會日期 出會日 出會 離會日期 離會日 退出日期 除名日期 OUTDATE LEFTDATE "
            "LEAVEDATE QUITDATE EXITDATE OUT_DATE"
        ),
        looks=looks_like_date,
    ),
    Field(
        "left_reason",
        _m("退會原因"),
        _words("退會原因 出會原因 離會原因 退會事由 出會事由 除名原因 原因 事由 REASON"),
    ),
    Field(
        "mobile",
        _m("手機"),
        _words(
            "手機 手機號碼 行動電話 聯絡手機 手機1 行動電話1 行動 行動電話號碼 手機電話 電話手機 大哥大 MOBILE CELL CELLPHONE MOBILEPHONE "
            "MOBILENO HP MTEL"
        ),
        looks=looks_like_phone,
        by_content=looks_like_mobile,
        is_distinct=True,
    ),
    Field(
        "phone",
        _m("電話"),
        _words(
            "電話 聯絡電話 連絡電話 聯絡電話1 電話1 住家 日間電話 電話號碼 家用電話 住家電話 家電 市話 室內電話 電話宅 電話家 電話住家 宅電 宅 "
            "住宅電話 通訊電話 聯絡方式 TEL PHONE TELNO TELEPHONE HTEL TEL1 PHONE1 TELH"
        ),
        looks=looks_like_phone,
    ),
    Field(
        "work_phone",
        _m("公司電話"),
        _words("公司電話 電話公司 電話公 辦公室電話 OTEL TELO TEL2"),
        looks=looks_like_phone,
    ),
    Field(
        "fax",
        _m("傳真"),
        _words("傳真 傳真號碼 FAX"),
    ),
    Field(
        "address",
        _m("通訊地址"),
        _words(
            "地址 通訊地址 聯絡地址 連絡地址 聯絡住址 送達地址 寄件地址 住居所 居住地 戶籍及通訊地址 住址 通訊處 通信地址 現居地址 居住地址 現住址 郵寄地址 住所 收件地址 "
            "通訊住址 ADDR ADDRESS ADDR1 ADR"
        ),
        looks=looks_like_address,
        by_content=looks_like_address,
    ),
    Field(
        "household_address",
        _m("戶籍地址"),
        _words("戶籍地址 戶籍 戶籍住址 戶籍所在地 ADDR2 HADDR"),
        looks=looks_like_address,
    ),
    Field(
        "postcode",
        _m("郵遞區號"),
        _words("郵遞區號 郵區 區號 ZIP ZIPCODE POSTCODE"),
    ),
    Field(
        "email",
        _m("電子郵件"),
        _words("電子郵件 電子信箱 信箱 電郵 EMAIL E-MAIL MAIL"),
    ),
    Field(
        "line_id",
        _m("LINE 帳號"),
        _words("LINE LINEID LINE帳號 賴"),
    ),
    Field(
        "group",
        _m("組別"),
        _words(
            "小組別 小組 組別 組 分組 班別 班組 班 分會 支部 所屬分會 所屬分部 組名 區組 轄區 服務區 所屬小組 所屬組別 所屬支部 地區 區別 責任區 選區 "
            "GRP GROUP TEAM UNIT BRANCH"
        ),
        weak=_words("單位 區"),
    ),
    Field(
        "insured_salary",
        _m("投保薪資"),
        _words(
            "投保薪資 月投保薪資 勞保投保薪資 投保工資 申報薪資 勞保金額 勞保薪資 勞保級距 投保金額 投保級距 薪資級距 投保薪資級距 級距 "
            "勞保投保金額 投薪 薪資 月薪資總額 PAY SALARY WAGE INSPAY INSAMT LISAL"
        ),
        looks=looks_like_number,
    ),
    Field(
        "nhi_amount",
        _m("健保投保金額"),
        _words("健保投保金額 健保金額 健保級距 健保投保薪資 健保薪資 NHIAMT"),
        looks=looks_like_number,
    ),
    Field(
        "dependants",
        _m("眷屬人數"),
        _words(
            "眷屬人數 眷口數 眷口 眷屬口數 眷屬加保人數 加保眷屬 依附人數 眷屬 眷屬數 健保眷屬 健保眷口 眷保人數 依附眷屬 眷數 DEP DEPENDANTS DEPENDENTS DEPNO "
            "DEPS"
        ),
        looks=looks_like_number,
    ),
    Field(
        "department",
        _m("部門"),
        _words("部門 所屬部門 課別 廠別 廠區 部別 所屬單位 科室 站別 DEPT DEPARTMENT"),
    ),
    Field(
        "hired_on",
        _m("到職日期"),
        _words("到職日 到職日期 到職 任職日期 雇用日期 HIREDATE"),
        looks=looks_like_date,
    ),
    Field(
        "employer",
        _m("服務單位"),
        _words(
            "服務單位 服務公司 公司 公司名稱 服務處所 服務機構 雇主 工作單位 任職公司 任職單位 工作地點 工作場所 "
            "事業單位 EMPLOYER COMPANY COMP"
        ),
    ),
    Field(
        "trade",
        _m("工種"),
        _words(
            "工種 職業 工作性質 職稱 職務 職別 行業 工作類別 從事工作 工作種類 工作內容 工作項目 職業類別 從業類別 業別 工別 從事職業 擔任工作 本業 技能 職類 專長 實際從事工作 JOB WORK TRADE "
            "OCCUPATION"
        ),
    ),
    Field(
        "pay_method",
        _m("繳費方式"),
        _words("繳費方式 繳款方式 付款方式 繳費別 收費方式 PAYTYPE PAYWAY PAYMETHOD"),
    ),
    Field(
        "member_class",
        _m("會員類別"),
        _words("會員類別 會員別 會員種類 身分別 身份別 會員身分 會籍類別 CLASS MTYPE"),
        weak=_words("類別 種類 TYPE"),
    ),
    Field(
        "standing",
        _m("會籍狀態"),
        _words("會籍狀態 會員狀態 會籍 在會狀態 在會 狀態 現況 異動 STATUS STATE"),
    ),
    Field(
        "former_no",
        _m("舊會號"),
        _words("舊會號 舊編號 舊會員編號 原會號 原編號 舊號 OLDNO"),
    ),
    Field(
        "staff_no",
        _m("員工編號"),
        _words("員工編號 員工代號 工號 職工編號 員編 人員代號 STAFFNO EMPNO"),
    ),
    Field(
        "education",
        _m("學歷"),
        _words("學歷 教育程度 EDU EDUCATION"),
    ),
    Field(
        "nationality",
        _m("國籍"),
        _words("國籍 國別 NATION NATIONALITY"),
    ),
    Field(
        "insured_on",
        _m("加保日期"),
        _words("加保日期 加保日 投保日期 投保日 勞保加保日 加保"),
        looks=looks_like_date,
    ),
    Field(
        "introducer",
        _m("介紹人"),
        _words("介紹人 推薦人 介紹會員"),
    ),
    Field(
        "office",
        _m("工會職務"),
        _words("工會職務 會務職務 擔任職務 幹部"),
    ),
    # Known so that they are not taken for the member's own.
    Field(
        "emergency_contact",
        _m("緊急聯絡人"),
        _words("緊急聯絡人 緊急連絡人 聯絡人 緊急聯絡人姓名"),
    ),
    Field(
        "emergency_phone",
        _m("緊急聯絡電話"),
        _words("緊急聯絡電話 緊急連絡電話 緊急聯絡人電話 聯絡人電話"),
    ),
    Field(
        "spouse",
        _m("配偶"),
        _words("配偶 配偶姓名"),
    ),
    Field(
        "beneficiary",
        _m("受益人"),
        _words("受益人 受益人姓名"),
    ),
    Field(
        "note",
        _m("備註"),
        _words("備註 備考 附註 註記 註 說明 備忘 其他 MEMO NOTE NOTES REMARK REMARKS RMK COMMENT"),
    ),
    # Last, so that 出生日 over whole dates is a date and not a day of the month.
    *_parts("birth_on", _m("出生日期"), "出生 生日 出生日期 出生年月日"),
    *_parts("joined_on", _m("入會日期"), "入會 入會日期 入會年月日 加入"),
    Field(
        "repair",
        _m("退件註記"),
        (ROW_HEADING, REASON_HEADING),
        is_ignored=True,
    ),
)
LABELS = {one.name: one.label for one in FIELDS}

_LEFT_SHEET = re.compile(r"(?:退|出|離)會|退出|離職|除名|歿|死亡|已退")
_LEFT_TITLE = re.compile(r"(?:退|出|離)會(?:會員|人員|者)?(?:名冊|名單|清冊|一覽|紀錄)")
_NOT_MEMBERS = re.compile(r"組長|幹部|通訊錄|範本|填寫|說明|樞紐|統計|代碼|對照")


@dataclass(frozen=True)
class SheetPlan:
    """What one sheet is taken for. ``table`` is None where no list of persons was found."""

    sheet: Sheet
    role: Role
    table: Table | None
    notices: tuple[Problem, ...] = ()


def plan_sheets(book: Workbook, remembered: Mapping[str, Mapping[str, str | None]] | None = None) -> list[SheetPlan]:
    """Every sheet with its heading and proposed mapping. ``remembered``: heading signature → a former ``MappingProposal.as_dict()``."""
    return [plan_sheet(sheet, remembered) for sheet in book.sheets]


def plan_sheet(sheet: Sheet, remembered: Mapping[str, Mapping[str, str | None]] | None = None) -> SheetPlan:
    """One sheet. A list without a heading is planned by its content, and the notice ``header_missing`` asks for a look."""
    header = find_header(sheet, FIELDS)
    notices: list[Problem] = []
    if header is None:
        header = without_header(sheet, FIELDS)
        mapping = propose_mapping(header, sheet.rows, FIELDS)
        if not {"id_number", "name"} <= mapping.fields.keys():
            return _no_list(sheet, problem("file", "「%(sheet)s」沒有找到會員名冊的標題列", code="no_list", sheet=sheet.name))
        notices.append(problem("file", "沒有標題列，欄位依內容推測，請逐欄確認", code="header_missing"))
    else:
        mapping = propose_mapping(header, sheet.rows, FIELDS, (remembered or {}).get(signature(header)))
    table = Table(sheet, header, mapping)
    table = replace(table, mapping=_without_serials(table))
    notices += table.mapping.notices
    if "id_number" not in table.mapping.fields:
        notices.append(problem("id_number", "名冊沒有身分證字號欄，無法比對是否重複", code="id_column_missing"))
    if "name" not in table.mapping.fields:
        return _no_list(sheet, problem("file", "「%(sheet)s」沒有姓名欄，不是會員名冊", code="no_list", sheet=sheet.name))
    if sheet.hidden:
        notices.append(problem("file", "工作表「%(sheet)s」是隱藏的", code="hidden_sheet", sheet=sheet.name))
    if hidden := [row.number for row in table.rows() if row.hidden]:
        notices.append(problem("file", "有 %(count)s 列是隱藏的，仍會讀取", code="hidden_rows", count=len(hidden)))
    return SheetPlan(sheet, _role(table), table, tuple(notices))


def _no_list(sheet: Sheet, why: Problem) -> SheetPlan:
    return SheetPlan(sheet, "other", None, (why,))


def _without_serials(table: Table) -> MappingProposal:
    """編號 that only counts 1, 2, 3 … is a serial number, not the number of a member."""
    place = table.mapping.column("member_no")
    if place is None:
        return table.mapping
    heading = normal_heading(table.header.titles[place])
    weak = next(one for one in FIELDS if one.name == "member_no").weak
    if heading not in {normal_heading(word) for word in weak}:
        return table.mapping
    numbers = [row.cells[place] for row in table.rows() if place < len(row.cells) and not is_blank(row.cells[place])]
    whole = [int(cell_text(cell)) for cell in numbers if re.fullmatch(r"[1-9]\d{0,6}", cell_text(cell))]
    if len(whole) * 10 < len(numbers) * 9 or not whole or whole[0] != 1:
        return table.mapping
    steps = sum(after - before == 1 for before, after in pairwise(whole))
    if steps * 10 < (len(whole) - 1) * 9:
        return table.mapping
    columns = tuple(replace(one, field="ordinal") if one.index == place else one for one in table.mapping.columns)
    return replace(table.mapping, columns=columns)


def _role(table: Table) -> Role:
    sheet, mapping = table.sheet, table.mapping
    titles = [cell_text(cell) for row in sheet.rows if row.number < table.header.first_data_row for cell in row.cells if not is_blank(cell)]
    titles = [text for text in titles if text not in table.header.labels]
    if _LEFT_SHEET.search(sheet.name) or any(_LEFT_TITLE.search(text) for text in titles[:3]):
        return "left"
    if mapping.column("left_on") is not None:
        filled = {column.field: column.filled for column in mapping.columns if column.field}
        # A roll of members has an empty column for the day of leaving; a list of those who left has a full one.
        if filled["left_on"] >= 0.9 * max(filled.get("name", 0), 1):
            return "left"
    if _NOT_MEMBERS.search(sheet.name) and "id_number" not in mapping.fields:
        return "other"
    return "members"


def labels_of(names: Sequence[str]) -> list[str]:
    """The Chinese labels of fields, for messages and screens."""
    return [LABELS.get(name, name) for name in names]
