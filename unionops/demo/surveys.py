"""Three questionnaires of the demo union: the family day of the season, closed with its answers; opinions on the union's work, still open; and
one by name to the members of a group, who have personal links."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random

import sqlalchemy as sa

from unionops.core import clock
from unionops.core.db import db
from unionops.demo.days import told
from unionops.members.models import Person
from unionops.surveys.models import Survey
from unionops.surveys.rules.questions import OTHER, Asked, Kind, field_name
from unionops.surveys.services import answering, making
from unionops.values.refs import Ref

RETURNED, PAPER, ATTENDED = 118, 24, 186

LIKED = (
    "燈光後臺導覽很精采，孩子一直問還能不能再去", "終於見到平常只在群組聊天的同事", "午餐分量夠，素食也有準備", "講師把吊掛安全講得很清楚，還讓大家動手",
    "摸彩很好玩", "分組闖關讓新進會員很快認識大家", "場地有冷氣又有停車位，帶長輩來很方便", "可以帶家人一起，很感謝工會", "健檢站很實用，順便量了血壓",
    "志工很親切，報到不用排隊", "聽前輩講早年巡演的故事，很感動", "舞台機關實際操作的那一段",
)
BETTER = (
    "報到時間可以晚半小時，外地會員趕不上", "希望多一個下午場次，上夜班的人早上起不來", "飲水機太少，中午要排隊", "闖關的說明字太小，長輩看不清楚",
    "接駁車班次再多一點", "下次可以辦在海線，大家輪流近", "摸彩時間太長，小孩坐不住", "建議提早一個月通知，比較好排班", "希望有手語翻譯", "麥克風後面聽不清楚",
)
WISHES = (
    "加班費怎麼算，希望辦一場說明", "進場卸臺的休息時間能不能跟主辦單位談", "希望有吊掛與高空作業的複訓", "職災給付的表格可以放在網站上嗎", "多辦法律諮詢，白天晚上都要有",
)
ENDS = ("", "。謝謝工會", "，期待明年", "。辛苦了", "！")
"""Nobody writes quite what somebody else wrote: each with each is said once."""
ELSEWHERE = ("劇場公告欄", "主管轉知", "朋友的臉書")


def build(today: date) -> None:
    """All of them, inside the caller's unit."""
    dice = Random(20)
    _family_day(dice, today)
    _opinions(dice, today)
    _of_a_group(dice, today)


def _opened(survey: Survey, first: date, days: int) -> datetime:
    opens = datetime.combine(first, time(), clock.TAIPEI)
    db.session.flush()
    making.set_period(survey, opens_at=opens, closes_at=opens + timedelta(days=days), now=opens)
    return opens


def _family_day(dice: Random, today: date) -> None:
    held_on = today - timedelta(days=24)
    survey = making.make(title=told("{season}會員家庭日滿意度", held_on), template="satisfaction")
    opens = _opened(survey, held_on, 10)
    making.change(
        survey, title=survey.title, introduction=survey.introduction, purpose=survey.purpose, anonymous=True, shared_device=True,
        base_kind="attended", base_count=ATTENDED,
    )
    pools = _remarks(dice, LIKED, BETTER)
    for number in range(RETURNED):
        moment = opens + timedelta(hours=9 + dice.randrange(220))
        answering.answer_anonymously(survey, _sheet(survey, dice, pools), once=f"demo-family-day-{number:04}", now=moment)
    sheets = [answering.PaperSheet(number, tuple(answering.read_all(survey.asked, _sheet(survey, dice, pools))[0])) for number in range(1, PAPER + 1)]
    answering.enter(survey, sheets, now=opens + timedelta(days=9))


def _opinions(dice: Random, today: date) -> None:
    survey = making.make(title=told("{year:90} 年度工作計畫會務意見", today), template="opinion")
    opens = _opened(survey, today - timedelta(days=6), 21)
    pools = _remarks(dice, WISHES)
    for number in range(37):
        moment = opens + timedelta(hours=8 + dice.randrange(120))
        answering.answer_anonymously(survey, _sheet(survey, dice, pools), once=f"demo-opinions-{number:04}", now=moment)


def _of_a_group(dice: Random, today: date) -> None:
    """Fifteen members asked by name; every second has answered, and some have no mail."""
    survey = making.make(title="第 1 組幹部會務意見", template="opinion", anonymous=False)
    opens = _opened(survey, today - timedelta(days=3), 14)
    asked = [(Ref("person", number), name) for number, name in db.session.execute(sa.select(Person.id, Person.name).order_by(Person.id).limit(15))]
    making.invite(survey, asked)
    pools = _remarks(dice, WISHES)
    for pointer, name in asked[::2]:
        answering.answer_by_name(survey, _sheet(survey, dice, pools), respondent=pointer, name=name, now=opens + timedelta(hours=9 + dice.randrange(50)))


def _remarks(dice: Random, *texts: tuple[str, ...]) -> list[list[str]]:
    pools = [[one + end for one in some for end in ENDS] for some in texts]
    for pool in pools:
        dice.shuffle(pool)
    return pools


def _sheet(survey: Survey, dice: Random, pools: list[list[str]]) -> dict[str, list[str]]:
    """One sheet as somebody in a mostly good mood fills it in; not everybody writes something."""
    mood, left = dice.gauss(4.2, 0.7), list(pools)
    typed: dict[str, list[str]] = {}
    for asked in survey.asked:
        words = left.pop(0) if asked.kind == Kind.LONG and left else []
        for part in range(len(asked.parts)):
            value = _value(asked, part, mood, dice, words)
            if value:
                typed[field_name(asked.id, part)] = value
                if str(OTHER) in value:
                    typed[field_name(asked.id, other=True)] = [dice.choice(ELSEWHERE)]
    return typed


def _value(asked: Asked, part: int, mood: float, dice: Random, words: list[str]) -> list[str]:
    if not asked.required and dice.random() < 0.06:
        return []
    if asked.kind in (Kind.SCALE5, Kind.MATRIX):
        return [str(min(5, max(1, round(dice.gauss(mood - 0.15 * (part == 3), 0.6)))))]
    if asked.kind == Kind.SCALE10:
        return [str(min(10, max(0, round(dice.gauss(mood * 2, 1.3)))))]
    if asked.kind == Kind.SINGLE:
        return [str(dice.choices(range(1, len(asked.options) + 1), weights=[2, 5, 4, 3, 2, 1][: len(asked.options)])[0])]
    if asked.kind == Kind.MULTIPLE:
        chosen = [code for code in asked.codes if dice.random() < (0.06 if code == OTHER else 0.42)]
        return [str(code) for code in chosen or [1]]
    if asked.kind == Kind.NUMBER:
        return [str(dice.choice((1, 2, 2, 3, 4, 4, 6)))]
    return [words.pop()] if words and dice.random() < 0.35 else []

