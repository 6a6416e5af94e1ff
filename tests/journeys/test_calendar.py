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

from unionops.core import clock

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [1280, 390])
def test_from_a_note_to_its_proof(app: Any, office: Any, site: str, visit: Any, width: int) -> None:
    today = clock.today()
    chief = visit(office.user("secretary_general"), width=width)
    chief.open("/calendar/")
    chief.arrive("期限清單")

    chief.follow("登錄自訂期限")
    chief.arrive("登錄自訂期限")
    chief.fill("事項", "函復勞工局會務評鑑資料")
    chief.fill("期限", (today + timedelta(days=6)).isoformat())
    chief.press("登錄期限")
    chief.arrive("函復勞工局會務評鑑資料")
    chief.reads("還有 6 天")
    address = chief.page.url

    chief.follow("展延")
    chief.arrive("展延期限")
    chief.fill("展延至", (today + timedelta(days=10)).isoformat())
    chief.fill("理由", "承辦人電話同意")
    chief.press("展延期限")
    chief.arrive("函復勞工局會務評鑑資料")
    chief.reads("承辦人電話同意")

    chief.follow("交給別人")
    chief.arrive("交接期限")
    chief.page.get_by_label("新負責人").select_option(label="會務人員")
    chief.press("交給這個人")
    chief.arrive("函復勞工局會務評鑑資料")

    chief.open("/calendar/month?whose=all")
    chief.arrive(re.compile("年 .* 月"))
    chief.open("/calendar/year?whose=all")
    chief.arrive(re.compile("年"))

    clerk = visit(office.user("staff"), width=width)
    clerk.open(address)
    clerk.arrive("函復勞工局會務評鑑資料")
    clerk.follow("附上檔案")
    clerk.page.locator("main input[type=file]").first.set_input_files(
        {"name": "回執.txt", "mimeType": "text/plain", "buffer": "勞工局收文章 115".encode()}
    )
    clerk.press("附上檔案")
    clerk.open(address)
    clerk.reads("回執")
    clerk.follow("結案")
    clerk.arrive("結案")
    clerk.fill("怎麼完成，或為什麼不需要", "紙本送達，收文章如附件")
    clerk.press("結案")
    clerk.arrive("函復勞工局會務評鑑資料")
    clerk.reads("已結案")
    clerk.open("/calendar/")
    expect(clerk.main.get_by_text("函復勞工局會務評鑑資料")).to_have_count(0)
    clerk.open("/calendar/?state=closed")
    clerk.arrive("期限清單")
    clerk.reads("函復勞工局會務評鑑資料")


@pytest.mark.parametrize("width", [1280, 390])
def test_an_appointment_and_the_calendar_of_a_telephone(app: Any, office: Any, site: str, visit: Any, width: int) -> None:
    tomorrow = clock.today() + timedelta(days=1)
    chief = visit(office.user("secretary_general"), width=width)
    chief.open("/calendar/appointments/new")
    chief.arrive("新增行程")
    chief.fill("事項", "勞資協商")
    chief.fill("地點", "勞工局 3 樓")
    chief.fill("開始日", tomorrow.isoformat())
    chief.press("新增行程")
    chief.refused("請填時間，或勾選整天。")
    chief.fill("開始時間", "9:30")
    chief.fill("結束時間", "11:00")
    chief.page.get_by_label("理事長", exact=True).check()
    chief.press("新增行程")
    chief.arrive("勞資協商")
    chief.reads("09:30–11:00")

    chief.open("/calendar/feeds")
    chief.arrive("行事曆訂閱")
    chief.fill("用在哪裡", "總幹事的手機")
    chief.press("建立訂閱網址")
    chief.arrive(re.compile("已建立訂閱"))
    address = re.search(r"https?://\S+\.ics", chief.main.inner_text())
    assert address is not None
    path = address[0].split("/calendar/", 1)[1]
    with urlopen(f"{site}/calendar/{path}") as answer:
        assert answer.headers["Content-Type"].startswith("text/calendar")
        read = icalendar.Calendar.from_ical(answer.read())
    [event] = [one for one in read.walk("VEVENT") if one["SUMMARY"] == "勞資協商"]
    assert clock.in_taipei(event.start).strftime("%Y-%m-%d %H:%M") == f"{tomorrow.isoformat()} 09:30"

    chief.open("/calendar/feeds")
    chief.press("停用")
    chief.arrive("行事曆訂閱")
    with pytest.raises(HTTPError, match="404") as refused:
        urlopen(f"{site}/calendar/{path}")
    refused.value.close()
