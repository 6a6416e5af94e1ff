"""Papers as an office makes them, with the names that break careless programs."""

from datetime import date

import pytest

from unionops.core.documents import Column, Document, Facts, Heading, Image, Paragraph, SealBoxes, Table

RARE = "䶮𠮷㒸堃峯喆煊恒碁銹裏粧嫺"
NAMES = (f"陳{RARE}", "噶造‧都蘭", "NGUYEN THI O'HARA-LÊ", "游錫堃", "=HYPERLINK(\"http://x\")", "*粗* #sys.inputs $x$ <b>&amp;")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 2"><rect width="1" height="1"/><rect x="1" y="1" width="1" height="1"/></svg>'
COLUMNS = (
    Column("會員編號"), Column("姓名"), Column("入會日期", kind="date"), Column("人數", kind="int"), Column("應繳", kind="money"),
)


def rows(count):
    return [(f"A{n:05d}", NAMES[n % len(NAMES)], date(2020, 1, 1 + n % 28), -n, 1000 * n) for n in range(count)]


@pytest.fixture(scope="session")
def roster():
    """A paper with every block, three pages long."""
    return Document(
        "會員名冊",
        [
            Heading("壹、說明"),
            Paragraph("依工會法造具。\n第二行。"),
            Facts([("造具人", "王小明"), ("金額", 1234567), ("日期", date(2026, 9, 1))], columns=2),
            Facts([("地點", "本會會議室")], boxed=False),
            Table(COLUMNS, rows(70), totals=("合計", None, None, -2415, 2415000), caption="在籍會員"),
            Image(SVG, 20, "查驗碼"),
            SealBoxes(["承辦人", "會計", "理事長"]),
        ],
        subtitle="115 年第 2 季", union="臺北市餐飲業職業工會", number="北餐工字第 1150000123 號",
        issued_on=date(2026, 9, 1), footer="會務組", confidential=True,
    )
