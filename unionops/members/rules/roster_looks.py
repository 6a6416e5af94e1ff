"""What the cells of a roster's columns look like: a name, an identity number, a date, a telephone number.

Owns the guess that one cell could be a value of a field, which needs no reading; ``roster_cells`` reads it.
"""

import re
from datetime import date, datetime

from unionops.core.transfer.workbook import Cell, cell_text
from unionops.members.rules.roster_cells import TIME_BEHIND
from unionops.values.text import half_width

# The commonest surnames, enough to tell a column of names without a heading from one of trades or places.
_SURNAMES = frozenset(
    "陳林黃張李王吳劉蔡楊許鄭謝洪郭邱曾廖賴徐周葉蘇莊呂江何蕭羅高潘簡朱鍾游彭詹胡施沈余盧梁趙顏柯翁魏孫戴范方宋鄧杜侯傅曹薛"
    "丁卓馬阮董温溫唐藍石蔣古紀姚連馮歐程湯黎田康姜白汪鄒尤巫涂龔嚴韓袁金童阿陸夏柳凃邵錢伍倪溫于譚駱熊任甘秦顧毛章史官萬俞"
    "雷粘饒張闕凌崔尹孔辛武辜陶段龍韋葛池孟褚殷麥賀賈莫文管關向包丘梅華裴樊全佘左花鮑塗安郝穆戚喬符畢黨談靳司喻"
)
_HAN = r"\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff\ue000-\uf8ff"
_ID = re.compile(r"[A-Z][A-Z0-9][0-9]{7,8}")
_NAME = re.compile(rf"[{_HAN}A-Za-z\u00c0-\u024f\u1e00-\u1eff·‧•・･．. ,'’\-\u3000□?？�（）()]{{1,40}}")
_PERSON = re.compile(rf"[{_HAN}]{{2,4}}")
_DATE = re.compile(r"(?:(?:民國|民)?\d{1,4}[/.\-年]\d{1,2}[/.\-月]\d{1,2}日?|[01]?\d{6}|\d{8}|[1-7]\d{4}$|民國[〇零一二三四五六七八九十百元]+年.+|(?i:\d{1,2}-?[a-z]{3,9}-?\d{4}|[a-z]{3,9}\d{1,2},\d{4}))(?!\d)")
_DIGITS = re.compile(r"\D")
_ADDRESS = re.compile(r"[縣市鄉鎮區村里路街段巷號樓]")


def _text(cell: Cell) -> str:
    return half_width(cell_text(cell)).strip()


def looks_like_id(cell: Cell) -> bool:
    """One or two letters and seven to nine digits."""
    return isinstance(cell, str) and (_ID.fullmatch(cell) or _ID.fullmatch(_text(cell).upper())) is not None


def looks_like_name(cell: Cell) -> bool:
    """Letters of a name, whatever its language; no digits."""
    return looks_like_part_of_name(cell) and len(str(cell).strip()) > 1


def looks_like_part_of_name(cell: Cell) -> bool:
    """The same where one letter is enough: a surname, a given name."""
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
