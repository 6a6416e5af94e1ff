"""What a member roster may hold: its fields and the headings offices give them.

Owns the words. ``roster_sheets`` finds the sheets that hold them, ``roster_cells`` reads the cells, ``roster`` judges the rows.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from unionops.core.transfer.headings import REASON_HEADING, ROW_HEADING, Field
from unionops.core.transfer.workbook import Cell, cell_text, is_blank
from unionops.members.rules.roster_looks import (
    looks_like_address,
    looks_like_date,
    looks_like_id,
    looks_like_member_no,
    looks_like_mobile,
    looks_like_name,
    looks_like_number,
    looks_like_part_of_name,
    looks_like_person,
    looks_like_phone,
    looks_like_sex,
)
from unionops.values.problems import _m
from unionops.values.text import half_width, tidy_name


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
        text = re.sub(r"\.0$|[年月日]$", "", half_width(cell_text(cell)).strip())
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
        "surname",
        _m("姓"),
        _words("姓 姓氏 SURNAME FAMILYNAME LASTNAME LNAME"),
        looks=looks_like_part_of_name,
        is_key=True,
    ),
    Field(
        "given_name",
        _m("名"),
        _words("名 GIVENNAME GIVENNAMES FIRSTNAME FORENAME FNAME"),
        weak=_words("名字"),
        looks=looks_like_part_of_name,
        is_key=True,
    ),
    Field(
        "middle_name",
        _m("中間名"),
        _words("中間名 MIDDLENAME"),
        looks=looks_like_part_of_name,
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
NAME_PARTS = ("surname", "given_name", "middle_name")
"""The columns of a name in the order in which certificates of residence and passports print it."""


def has_name(places: Mapping[str, int]) -> bool:
    """Whether a mapping says where the name stands, in one column or in two."""
    return any(part in places for part in ("name", *NAME_PARTS[:2]))


def name_cell(cells: Sequence[Cell], places: Mapping[str, int]) -> Cell:
    """The name of a row: its cell or, where that is blank, surname and given name joined, Chinese ones without a blank between."""
    place = places.get("name")
    whole = cells[place] if place is not None and place < len(cells) else ""
    if not is_blank(whole):
        return whole
    parts = [cell_text(cells[places[part]]) for part in NAME_PARTS if part in places and places[part] < len(cells)]
    return tidy_name(" ".join(parts))
