"""Invented people for the demo union: names, valid identity numbers, addresses, dates around a given day.

The same seed gives the same people. Nothing here is anybody's real data.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

SURNAMES = (
    "陳林黃張李王吳劉蔡楊許鄭謝郭洪曾邱廖賴周徐蘇葉莊呂江何蕭羅高潘簡朱鍾游彭詹胡施沈余盧梁趙顏柯翁魏孫戴范方宋鄧杜傅侯曹薛丁卓馬唐藍"
)
WEIGHTS = [max(1, 60 - 2 * place) for place in range(len(SURNAMES))]
GIVEN_MEN = ["志明", "俊傑", "建宏", "家豪", "信宏", "冠宇", "宗翰", "承恩", "柏翰", "文雄", "俊宏", "志豪", "明哲", "政宏", "建志", "國華", "進財", "清源", "添福", "育誠", "彥廷", "哲瑋", "品睿", "宥廷", "振宇", "裕仁", "啟明", "榮昌", "士傑", "耀輝", "孟儒", "偉倫", "昱翔", "景文", "泰山", "勝雄", "金水", "坤山", "永福", "水木"]
GIVEN_WOMEN = ["淑芬", "美玲", "雅婷", "怡君", "佳蓉", "惠雯", "麗華", "秀英", "玉蘭", "欣怡", "詩涵", "佩珊", "婉婷", "宜蓁", "靜怡", "筱涵", "思妤", "郁婷", "心怡", "美惠", "素貞", "秋菊", "春嬌", "寶珠", "雅惠", "珮瑜", "慧君", "鈺婷", "曉雯", "芷瑄", "映潔", "淑娟", "月娥", "明珠", "貞吟", "雅琪", "佳穎", "怡萱", "子晴", "品妍"]
INDIGENOUS = ("噶造‧都蘭", "尤幹‧諾幹", "巴奈‧庫穗", "撒韵‧武荖", "Panay Kacaw", "比令‧亞布", "莎伐‧瓦旦")
FOREIGN = ("NGUYEN THI THU", "SRI WAHYUNI", "阮氏秋", "PHAM VAN DUNG", "瑪麗亞‧桑托斯")
RARE = ("游錫堃", "陳喆", "王𡍼勳", "黃煊文", "李峯銘")
DISTRICTS = ["西屯區", "南屯區", "北屯區", "豐原區", "大里區", "太平區", "沙鹿區", "清水區", "潭子區", "烏日區", "霧峰區", "神岡區", "大雅區"]
ROADS = ["文心路", "大墩十一街", "福科路", "中山路", "中正路", "三民路一段", "育才街", "向上路三段", "建國北路", "忠明南路", "公益路二段", "復興路"]
TRADES = ["舞台搭設", "燈光", "音響", "視訊", "特效", "服裝道具", "舞台監督", "樂器調校"]
UNITS = (("01", "第一組（西屯）"), ("02", "第二組（南屯）"), ("03", "第三組（北屯）"), ("04", "第四組（豐原）"),
         ("05", "第五組（大里太平）"), ("06", "第六組（海線）"), ("07", "第七組（烏日霧峰）"), ("08", "第八組（外縣市）"))
EMPLOYERS = (("聲勢展演設備有限公司", "04"), ("光合舞台工程股份有限公司", "02"), ("合鳴音響企業社", ""), ("大屯山視訊整合有限公司", "04"))
GRADES = (29500, 30300, 31800, 33300, 34800, 36300, 38200, 40100, 42000, 43900, 45800)
_LETTERS = "ABCDEFGHJKLMNPQRSTUVXYWZIO"
"""The letters of the identity number in the order of their codes 10 to 35."""


@dataclass(frozen=True)
class Invented:
    """One person as a roster would list them."""

    number: str
    name: str
    id_number: str
    sex: str
    birth_on: date
    joined_on: date
    mobile: str
    address: str
    unit: str
    trade: str
    insured_salary: int | None
    dependants: int


def invent(count: int, *, today: date, seed: int = 20) -> list[Invented]:
    """``count`` people who joined within the last thirty years, oldest member first."""
    random = Random(seed)
    joined = sorted(today - timedelta(days=random.randint(10, 30 * 365)) for _ in range(count))
    used: set[str] = set()
    people = []
    for place, joined_on in enumerate(joined):
        sex = "M" if random.random() < 0.62 else "F"
        people.append(
            Invented(
                number=f"{place + 1:05d}",
                name=_name(random, sex),
                id_number=_id_number(random, sex, used),
                sex=sex,
                birth_on=joined_on - timedelta(days=random.randint(19 * 365, 52 * 365)),
                joined_on=joined_on,
                mobile=f"09{random.randint(10, 89)}{random.randint(0, 999999):06d}",
                address=f"臺中市{random.choice(DISTRICTS)}{random.choice(ROADS)}{random.randint(1, 480)}號"
                + (f"{random.randint(2, 14)}樓" if random.random() < 0.4 else ""),
                unit=random.choices(UNITS, weights=(26, 22, 17, 16, 12, 10, 8, 5))[0][1],
                trade=random.choice(TRADES),
                insured_salary=None if random.random() < 0.08 else random.choices(GRADES, weights=range(22, 0, -2))[0],
                dependants=random.choices((0, 1, 2, 3), weights=(52, 24, 16, 8))[0],
            )
        )
    return people


def _name(random: Random, sex: str) -> str:
    odd = random.random()
    for names, share in ((INDIGENOUS, 0.012), (FOREIGN, 0.02), (RARE, 0.026)):
        if odd < share:
            return random.choice(names)
    surname = random.choices(SURNAMES, weights=WEIGHTS)[0]
    return surname + random.choice(GIVEN_MEN if sex == "M" else GIVEN_WOMEN)


def _id_number(random: Random, sex: str, used: set[str]) -> str:
    while True:
        letter = random.choice("BLNMFAHTKP")
        number = with_check(f"{letter}{1 if sex == 'M' else 2}{random.randint(0, 9999999):07d}")
        if number not in used:
            used.add(number)
            return number


def with_check(start: str) -> str:
    """An identity number made whole: a letter and eight figures get the ninth, which follows from them."""
    code = _LETTERS.index(start[0]) + 10
    total = code // 10 + code % 10 * 9 + sum(int(digit) * weight for digit, weight in zip(start[1:], range(8, 0, -1), strict=True))
    return f"{start}{-total % 10}"
