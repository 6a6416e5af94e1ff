"""The story of a deadline: noted in the morning, seen in the list and the month, extended with a reason, handed over on a phone, closed
with its proof by whoever got it; and the calendar of a telephone that reads along until it is told to stop.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import icalendar
import pytest
from playwright.sync_api import expect

from tests.journeys.visitor import Visitor, barriers, sideways
from unionops.core import clock

pytestmark = pytest.mark.browser


def looked_at(visitor: Visitor, heading: str | re.Pattern[str]) -> None:
    """The page has this heading, and nobody stumbles on it."""
    expect(visitor.page.get_by_role("heading", level=1, name=heading)).to_be_visible()
    found = barriers(visitor.page) + sideways(visitor.page)
    assert found == [], f"{visitor.page.url}: {found}"
    assert visitor.faults == []


def link(visitor: Visitor, name: str) -> None:
    visitor.page.get_by_role("main").get_by_role("link", name=name, exact=True).first.click()


def press(visitor: Visitor, name: str) -> None:
    visitor.page.get_by_role("main").get_by_role("button", name=name, exact=True).first.click()


def fill(visitor: Visitor, label: str, text: str) -> None:
    visitor.page.get_by_role("main").get_by_label(label).first.fill(text)


@pytest.mark.parametrize("width", [1280, 390])
def test_from_a_note_to_its_proof(app: Any, office: Any, site: str, visit: Any, cookies: Any, width: int) -> None:
    today = clock.today()
    chief = visit(width=width)
    chief.carry(cookies("secretary_general"))
    assert chief.open("/calendar/") == []
    looked_at(chief, "期限清單")

    link(chief, "登錄自訂期限")
    looked_at(chief, "登錄自訂期限")
    fill(chief, "事項", "函復勞工局會務評鑑資料")
    fill(chief, "期限", (today + timedelta(days=6)).isoformat())
    press(chief, "登錄期限")
    looked_at(chief, "函復勞工局會務評鑑資料")
    expect(chief.page.get_by_role("main").get_by_text("還有 6 天").first).to_be_visible()
    address = chief.page.url

    link(chief, "展延")
    looked_at(chief, "展延期限")
    fill(chief, "展延至", (today + timedelta(days=10)).isoformat())
    fill(chief, "理由", "承辦人電話同意")
    press(chief, "展延期限")
    looked_at(chief, "函復勞工局會務評鑑資料")
    expect(chief.page.get_by_text("承辦人電話同意")).to_be_visible()

    link(chief, "交給別人")
    looked_at(chief, "交接期限")
    chief.page.get_by_label("新負責人").select_option(label="會務人員")
    press(chief, "交給這個人")
    looked_at(chief, "函復勞工局會務評鑑資料")

    assert chief.open("/calendar/month?whose=all") == []
    looked_at(chief, re.compile("年 .* 月"))
    assert chief.open("/calendar/year?whose=all") == []
    looked_at(chief, re.compile("年"))

    clerk = visit(width=width)
    clerk.carry(cookies("staff"))
    assert clerk.open(address) == []
    looked_at(clerk, "函復勞工局會務評鑑資料")
    link(clerk, "附上檔案")
    clerk.page.locator("main input[type=file]").first.set_input_files(
        {"name": "回執.txt", "mimeType": "text/plain", "buffer": "勞工局收文章 115".encode()}
    )
    press(clerk, "附上檔案")
    assert clerk.open(address) == []
    expect(clerk.page.get_by_role("main").get_by_text("回執").first).to_be_visible()
    link(clerk, "結案")
    looked_at(clerk, "結案")
    fill(clerk, "怎麼完成，或為什麼不需要", "紙本送達，收文章如附件")
    press(clerk, "結案")
    looked_at(clerk, "函復勞工局會務評鑑資料")
    expect(clerk.page.get_by_role("main").get_by_text("已結案").first).to_be_visible()
    assert clerk.open("/calendar/") == []
    expect(clerk.page.get_by_role("main").get_by_text("函復勞工局會務評鑑資料")).to_have_count(0)
    assert clerk.open("/calendar/?state=closed") == []
    looked_at(clerk, "期限清單")
    expect(clerk.page.get_by_role("main").get_by_text("函復勞工局會務評鑑資料")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 390])
def test_an_appointment_and_the_calendar_of_a_telephone(app: Any, office: Any, site: str, visit: Any, cookies: Any, width: int) -> None:
    tomorrow = clock.today() + timedelta(days=1)
    chief = visit(width=width)
    chief.carry(cookies("secretary_general"))
    assert chief.open("/calendar/appointments/new") == []
    looked_at(chief, "新增行程")
    fill(chief, "事項", "勞資協商")
    fill(chief, "地點", "勞工局 3 樓")
    fill(chief, "開始日", tomorrow.isoformat())
    press(chief, "新增行程")
    chief.faults.clear()  # The refusal is a 422, which the browser writes to its console.
    expect(chief.page.get_by_text("請填時間，或勾選整天。").first).to_be_visible()
    fill(chief, "開始時間", "9:30")
    fill(chief, "結束時間", "11:00")
    chief.page.get_by_label("理事長", exact=True).check()
    press(chief, "新增行程")
    looked_at(chief, "勞資協商")
    expect(chief.page.get_by_role("main").get_by_text("09:30–11:00").first).to_be_visible()

    assert chief.open("/calendar/feeds") == []
    looked_at(chief, "行事曆訂閱")
    fill(chief, "用在哪裡", "總幹事的手機")
    press(chief, "建立訂閱網址")
    looked_at(chief, re.compile("已建立訂閱"))
    address = re.search(r"https?://\S+\.ics", chief.page.get_by_role("main").inner_text())
    assert address is not None
    path = address[0].split("/calendar/", 1)[1]
    with urlopen(f"{site}/calendar/{path}") as answer:
        assert answer.headers["Content-Type"].startswith("text/calendar")
        read = icalendar.Calendar.from_ical(answer.read())
    [event] = [one for one in read.walk("VEVENT") if one["SUMMARY"] == "勞資協商"]
    assert clock.in_taipei(event.start).strftime("%Y-%m-%d %H:%M") == f"{tomorrow.isoformat()} 09:30"

    assert chief.open("/calendar/feeds") == []
    press(chief, "停用")
    looked_at(chief, "行事曆訂閱")
    with pytest.raises(HTTPError, match="404") as refused:
        urlopen(f"{site}/calendar/{path}")
    refused.value.close()
