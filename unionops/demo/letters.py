"""The demo union's letters of the last two months: some answered, some waiting, one late, one before the
secretary-general and one before the president."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa

from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.approvals import queries as asked
from unionops.core.approvals import services as approvals
from unionops.core.clock import TAIPEI
from unionops.core.db import db, unit_of_work
from unionops.core.documents import render
from unionops.demo.days import told
from unionops.letters import documents
from unionops.letters.models import Letter, Series
from unionops.letters.rules import Arrival, Asked, Direction, Draft, Receiver, Role
from unionops.letters.services import bonds, definitions, incoming, outgoing

BUREAU, CITY = "臺中市政府勞工局", "臺中市西屯區臺灣大道三段 99 號"
INSURER, FEDERATION = "勞動部勞工保險局", "全國職業總工會"
STAGE = "大甲舞台工程股份有限公司"
AT_BUREAU = Receiver(Role.ORIGINAL, BUREAU, CITY, "labor@city.example.tw")


@dataclass(frozen=True)
class _Came:
    """A letter received so many ``days`` ago, its words told from that day. ``due`` days after today an answer is due; ``ends`` is why it was filed."""

    days: int
    sender: str
    number: str
    subject: str
    way: str = "post"
    due: int | None = None
    citation: str = ""
    owner: str = "staff"
    ends: str = ""
    secrecy: str = "normal"


RECEIVED = (
    _Came(58, BUREAU, "中市勞資字第{year}0041877號", "函轉勞動部修正工會財務處理相關表件，請查照。", ends="例行通報，已傳閱並存檔"),
    _Came(51, FEDERATION, "全職總字第{year}0000912號", "檢送第 12 屆第 3 次會員代表大會開會通知，請派員出席。", way="mail", ends="已登記出席人員"),
    _Came(44, INSURER, "保承職字第{year}10327450號", "請釐正貴會被保險人投保薪資申報資料 3 筆。", due=-30),
    _Came(37, BUREAU, "中市勞福字第{year}0044120號", "核定貴會「舞台安全教育訓練」補助新臺幣 6 萬元，請依計畫執行並於期限內核銷。", due=25, citation="補助作業要點第 9 點"),
    _Came(30, "國立臺中科技大學", "中科大商字第{year}0008231號", "請提供職業工會組織概況資料，供學術研究使用。", way="mail", ends="與會務無關，已電話婉謝"),
    _Came(22, STAGE, "甲舞工字第{year}046號", "有關貴會函詢加班費計算方式一案，復如說明。", way="post", ends="併協商案存參"),
    _Came(19, BUREAU, "中市勞資字第{year}0049903號", "請於文到 14 日內檢送第 9 屆會員代表名冊更正資料。", due=-5, citation="工會法第 31 條"),
    _Came(12, INSURER, "保費欠字第{year}60045310號", "催繳 {month:-60}職業工會保險費差額。", due=4, owner="accountant"),
    _Came(9, BUREAU, "中市勞職字第{year}0051226號", "轉知職業安全衛生宣導會，請鼓勵會員參加。", way="exchange", ends="已於會訊與群組公告"),
    _Came(6, "臺中市政府文化局", "中市文藝字第{year}0017730號", "邀請貴會共同辦理 {year:90} 年表演場館技術人員研習。", due=13, owner=""),
    _Came(3, "會員申訴人（代號 A-{year}-07）", "", "申訴工作場所性騷擾及後續調職，附事證 5 件。", way="hand", due=27, owner="chief", secrecy="secret",
          citation="本會申訴處理要點"),
    _Came(2, BUREAU, "中市勞資字第{year}0052345號", "請貴會補正第 9 屆第 3 次會員代表大會會議紀錄簽到名冊。", due=8, owner=""),
    _Came(0, "臺中市議會", "中議教字第{year}0003381號", "邀請貴會出席「藝文技術人員勞動條件」公聽會。", way="mail", owner=""),
)


def build(today: date) -> None:
    """Everything in the order in which it happened, each act a unit of its own."""
    people = dict(db.session.execute(sa.select(User.username, User.id)).all())
    with _acts("張雅婷"):
        series = definitions.add_series(direction=Direction.OUT, code="中市展演總", digits=4, purpose="一般公文", used=86, today=today)
        definitions.add_series(direction=Direction.IN, code="收", digits=4, purpose="一般來文", used=143, today=today)
        definitions.save_template(
            None, title="本會會議紀錄報備函", form="letter", enclosures="會議紀錄、簽到名冊各 1 份", signatory="president",
            body={"subject": "檢送本會第 9 屆第○次理事會會議紀錄 1 份，請准予備查，請查照。", "explanation": "依據工會法及本會章程第 20 條辦理。\n檢附會議紀錄、簽到名冊各 1 份。"},
            receivers={Role.ORIGINAL: f"{BUREAU}；{CITY}"},
        )
        code = series.id
    came = [_on_its_day(one, today) for one in RECEIVED]
    _sends(people, {one.subject: (_arrives(one, people, today), one.number) for one in came}, code, today)


def _acts(name: str):
    return unit_of_work(name, "demo")


def _user(people: dict[str, int], name: str) -> User:
    return db.session.get_one(User, people[name])


def _at(day: date, hour: int = 10) -> datetime:
    return datetime.combine(day, time(hour, 20), TAIPEI)


def _on_its_day(one: _Came, today: date) -> _Came:
    day = today - timedelta(days=one.days)
    return replace(one, sender=told(one.sender, day), number=told(one.number, day - timedelta(days=2)), subject=told(one.subject, day))


def _arrives(one: _Came, people: dict[str, int], today: date) -> int:
    day = today - timedelta(days=one.days)
    due = Asked(by_day=today + timedelta(days=one.due), citation=one.citation) if one.due is not None else Asked()
    written = day - timedelta(days=2) if one.number else None
    with _acts("林秀琴"):
        letter = incoming.register(
            Arrival(day, one.way, one.sender, one.subject, written, one.number, one.secrecy, due), by=_user(people, "staff"),
            owner=_user(people, one.owner) if one.owner else None, today=day, now=min(_at(day, 9), clock.now()),
        )
        number = letter.id
    if one.ends:
        with _acts("林秀琴"):
            incoming.file(db.session.get_one(Letter, number), why=one.ends, now=_at(day, 15), today=day)
    return number


def _sends(people: dict[str, int], letters: dict[str, tuple[int, str]], series: int, today: date) -> None:
    def question(words: str) -> list[int]:
        return [letter for subject, (letter, _number) in letters.items() if words in subject]

    def answered(words: str) -> str:
        [number] = [number for subject, (_letter, number) in letters.items() if words in subject]
        return number

    def send(days: int, draft: Draft, *, answers: list[int] = [], until: str = "sent", way: str = "post") -> int:  # noqa: B006
        day = today - timedelta(days=days)
        words = replace(draft, body={name: told(text, day) for name, text in draft.body.items()})
        return _goes(words, people, series, day, answers=answers, until=until, way=way)

    send(46, _letter("檢送本會 {year:-91} 年第{quarter:-91}季會務及財務報告各 1 份，請查照。", "依本會章程第 31 條辦理。\n檢附報告各 1 份。"))
    send(36, _letter("檢送投保薪資釐正申報表 3 份，請查照。", f"復貴局{answered('釐正')}函。\n檢附釐正申報表 3 份。",
                     to=(Receiver(Role.ORIGINAL, INSURER, "臺北市中正區羅斯福路一段 4 號"),)), answers=question("釐正"), way="registered")
    asked_employer = send(33, _letter(
        "有關貴公司裝台加班費計算方式，請於文到 10 日內函復本會，請查照。",
        "依據本會會員 12 人申訴及第 9 屆第 5 次理事會決議辦理。\n貴公司自 {month:-125}起以固定津貼代替延長工時工資，涉及勞動基準法第 24 條規定。\n請說明計算方式並約定協商時間。",
        to=(Receiver(Role.ORIGINAL, STAGE, "臺中市大甲區中山路一段 1 號"), Receiver(Role.COPY, BUREAU, CITY)), asked=Asked(by_day=today - timedelta(days=21)),
    ), way="registered")
    with _acts("林秀琴"):
        reply = db.session.get_one(Letter, letters["有關貴會函詢加班費計算方式一案，復如說明。"][0])
        awaited = db.session.get_one(Letter, asked_employer)
        bonds.tie(awaited, reply)
        day = today - timedelta(days=22)
        bonds.settle(awaited, outgoing.State.SENT, how=f"收到回覆 {reply.number}", now=_at(day), today=day)
    send(17, _letter("檢送本會第 9 屆第 3 次會員代表大會會議紀錄等資料，請准予備查，請查照。",
                     "依工會法第 31 條規定辦理。\n檢附資料如下：\n  會議紀錄及簽到名冊。\n  財務報表。\n  工作計畫及預算書。", asked=Asked(by_day=today + timedelta(days=12))))
    send(11, Draft("notice", {"subject": "公告本會 {year:90} 年度會員代表補選有關事項。", "grounds": "本會章程第 13 條。\n第 9 屆第 5 次理事會決議。",
                              "matters": "補選名額：2 人。\n登記期間：自公告日起 10 日。\n投票地點：本會會議室。"}), way="posted")
    send(8, Draft("plain", {"subject": "檢送舞台安全教育訓練報名簡章 30 份，請協助轉發，請查照。", "explanation": "依貴會電話洽詢辦理。"},
                  (Receiver(Role.ORIGINAL, FEDERATION, "臺北市大同區承德路三段 200 號", "office@federation.example.tw"),), signatory="union"), way="mail")
    send(1, Draft("meeting", {"subject": "本會第 9 屆第 6 次理事會", "time": "{long:14}下午 2 時", "place": "本會會議室", "chair": "理事長黃志明",
                              "contact": "總幹事張雅婷，04-2258-0217", "remarks": "請準時出席，不克出席請書面請假。\n議程如附件。"},
                  (Receiver(Role.ATTEND, "全體理事"), Receiver(Role.OBSERVE, "全體監事")), enclosures="議程 1 份"), until="issued")
    send(1, _letter("檢送第 9 屆會員代表名冊更正資料，請查照。", f"復貴局{answered('代表名冊更正')}函。\n名冊第 17、32 號代表之服務單位已更正。"),
         answers=question("會員代表名冊更正"), until="president")
    send(1, _letter("申請 {year:120} 年度勞工教育補助，檢送計畫書及經費概算表各 1 份，請查照。", "依貴局 {year:120} 年度補助作業要點辦理。\n活動訂於 {month:120}辦理，預計 60 人參加。"),
         until="approved")
    send(0, _letter("復貴局邀請共同辦理表演場館技術人員研習一案，本會樂意參與，請查照。", f"復貴局{answered('共同辦理')}函。\n本會推派講師 2 人，並協助轉知會員報名。",
                    to=(Receiver(Role.ORIGINAL, "臺中市政府文化局", "臺中市西屯區臺灣大道三段 99 號"),)), until="chief")
    send(0, _letter("復貴局有關補正簽到名冊一案，請查照。", f"復貴局{answered('補正第 9 屆')}函。\n簽到名冊 1 份，正本核對後請擲還。"),
         answers=question("補正第 9 屆"), until="draft")


def _letter(subject: str, explanation: str, *, to: tuple[Receiver, ...] = (AT_BUREAU,), asked: Asked = Asked()) -> Draft:
    return Draft("letter", {"subject": subject, "explanation": explanation}, to, asked=asked)


def _goes(draft: Draft, people: dict[str, int], series: int, day: date, *, answers: list[int], until: str, way: str) -> int:
    """Drafted the day before, signed off, issued and sent on ``day``; or as far as ``until`` says."""
    before, moment = day - timedelta(days=1), _at(day, 14)
    with _acts("林秀琴"):
        questions = [db.session.get_one(Letter, number) for number in answers]
        number = outgoing.draft(draft, by=_user(people, "staff"), answers=questions, now=_at(before, 11)).id
    if until == "draft":
        return number
    with _acts("林秀琴"):
        outgoing.ask_approval(db.session.get_one(Letter, number), by=_user(people, "staff"), note="", now=_at(before, 16))
    if until == "chief":
        return number
    signers = [("chief", "張雅婷")] + ([("president", "黃志明")] if draft.signatory == outgoing.PRESIDENT and until != "president" else [])
    for place, (username, name) in enumerate(signers):
        with _acts(name):
            waiting = asked.open_of_record(bonds.pointer(db.session.get_one(Letter, number)), outgoing.CHAIN)
            assert waiting is not None
            approvals.decide(waiting, by=_user(people, username), verdict="approved", now=_at(day, 9 + place))
    if until in ("president", "approved"):
        return number
    with _acts("林秀琴"):
        outgoing.issue(
            db.session.get_one(Letter, number), series=db.session.get_one(Series, series), by=_user(people, "staff"),
            paper=lambda one: render(documents.paper_of(one), "pdf").data, today=day, now=moment,
        )
    if until == "sent":
        with _acts("林秀琴"):
            for one in db.session.get_one(Letter, number).receivers:
                outgoing.send(
                    one, way=way, sent_on=day, post_number="RR 4127 8830 5 TW" if way == "registered" else "", signed_by="", delivered_on=None, today=day
                )
    return number
