"""Personal links by mail: whom they reach, once; reminders; and what stays on paper."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.browsing import Browser
from tests.servers import MailServer
from tests.surveys.conftest import typed
from unionops.core import clock
from unionops.core.audit.models import AuditEntry
from unionops.core.db import bulk_insert, db, unit_of_work
from unionops.core.jobs import tasks
from unionops.core.notify import gathering, sending
from unionops.core.notify.models import Delivery, Notice
from unionops.members.models import Person
from unionops.members.services import people
from unionops.surveys import queries
from unionops.surveys.models import Survey, SurveyInvitation
from unionops.surveys.queries import Stands
from unionops.surveys.services import answering, mailing, making
from unionops.surveys.services.mailing import Round
from unionops.surveys.views import people as screens
from unionops.values.problems import RuleBroken
from unionops.values.refs import Ref

SCALE = {"kind": "scale5", "title": "整體滿意嗎？", "low": "非常不滿意", "high": "非常滿意"}
NAMES = ("林佳慧", "王大明", "陳志強", "張美玲")


@pytest.fixture
def posted(app: Flask, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch) -> MailServer:
    """The mail server, and the app set to it."""
    monkeypatch.setitem(app.config, "SMTP_URL", mail_server.url)
    monkeypatch.setitem(app.config, "MAIL_FROM", "臺中市展演工會 <office@union.example>")
    monkeypatch.setitem(app.config, "PUBLIC_URL", "https://union.example")
    return mail_server


@pytest.fixture
def asked(app: Flask, opened: Callable[..., Survey]) -> Survey:
    """A named questionnaire that asks four: two with mail, one without, one who died."""
    day = clock.today()
    with unit_of_work("test", "test"):
        made = [people.add_member(name=name, number=f"{at:04}", joined_on=day, today=day) for at, name in enumerate(NAMES, 1)]
    with unit_of_work("test", "test"):
        found = [db.session.scalars(sa.select(Person).where(Person.name == name)).one() for name in NAMES]
        found[0].email, found[1].email, found[3].email = "hui@example.org", "ming@example.org", "ling@example.org"
        found[3].died_on = day
        invited = [(Ref("person", one.id), one.name) for one in found]
    assert len(made) == 4
    survey = opened([SCALE], anonymous=False)
    with unit_of_work("test", "test"):
        making.invite(survey, invited)
    return survey


def stands(survey: Survey, **later: Any) -> list[str]:
    found = [one.stands.value for one in queries.invitations(survey, clock.now() + timedelta(**later))]
    db.session.rollback()
    return found


def mail(survey: Survey, which: Round = Round.FIRST, **later: Any) -> int:
    with unit_of_work("test", "test"):
        return mailing.mail_links(survey, which, now=clock.now() + timedelta(**later))


def answer(survey: Survey, place: int) -> None:
    with unit_of_work("test", "test"):
        one = queries.invitations(survey, clock.now())[place].invitation
        answering.answer_by_name(survey, typed(survey, 5), respondent=one.ref, name=one.name, now=clock.now())


def send() -> None:
    db.session.rollback()
    sending.run(clock.now())


def test_links_go_to_those_with_mail_and_each_gets_his_own(posted: MailServer, office: Browser, asked: Survey) -> None:
    number = asked.id
    page = office.get("surveys.people", survey_id=number)
    assert "寄出連結給 2 人" in page.text
    assert "沒有電子郵件" in page.text
    page = office.get("surveys.mail_links", survey_id=number, which="first")
    assert "寄出 2 封電子郵件；另有 1 人要用紙本" in page.text
    office.post("surveys.mail_links", survey_id=number, which="first", data={"once": page.value("once")})
    send()
    assert sorted(str(one["To"]) for one in posted.mails) == ["林佳慧 <hui@example.org>", "王大明 <ming@example.org>"]
    links = {str(one["To"])[:3]: f"https://union.example/s/p/{queries.link_token(row.invitation)}"
             for row in queries.invitations(asked, clock.now()) for one in posted.mails if str(one["To"]).startswith(row.invitation.name)}
    for one in posted.mails:
        assert links[str(one["To"])[:3]] in one.get_content()
        assert sum(link in one.get_content() for link in links.values()) == 1
    assert not db.session.scalars(sa.select(Notice)).all()  # Never behind a bell.
    assert all(row.secret and not row.held and row.body is None for row in db.session.scalars(sa.select(Delivery)))  # Wiped once it was sent.
    told = [act["action"] for entry in db.session.scalars(sa.select(AuditEntry)) for act in entry.acts]
    assert "surveys.links_mailed" in told
    assert "連結剛寄出" in office.get("surveys.people", survey_id=number).text


def test_nobody_is_mailed_twice(posted: MailServer, office: Browser, asked: Survey) -> None:
    assert mail(asked) == 2
    number = asked.id
    assert stands(asked) == ["just_mailed", "just_mailed", "without_mail", "gone"]
    with pytest.raises(RuleBroken, match="沒有要寄的人"):
        mail(asked)
    page = office.get("surveys.mail_links", survey_id=number, which="first")
    assert "沒有要寄的人" in page.text
    page = office.get("surveys.mail_links", survey_id=number, which="reminder")
    assert "沒有要提醒的人" in page.text
    office.post("surveys.mail_links", survey_id=number, which="reminder", data={"once": "k" * 24}, status=422)
    assert len(db.session.scalars(sa.select(Delivery)).all()) == 2


def test_a_reminder_goes_to_those_who_have_not_answered(posted: MailServer, asked: Survey) -> None:
    mail(asked)
    send()
    answer(asked, 0)
    assert stands(asked, hours=23) == ["answered", "just_mailed", "without_mail", "gone"]
    assert stands(asked, hours=25) == ["answered", "mailed", "without_mail", "gone"]
    assert mail(asked, Round.REMINDER, hours=25) == 1
    send()
    *_first, last = posted.mails
    assert (str(last["To"]), "提醒" in str(last["Subject"])) == ("王大明 <ming@example.org>", True)
    with pytest.raises(RuleBroken, match="沒有要寄的人"):
        mail(asked, Round.REMINDER, hours=1)


def test_who_answered_on_paper_is_not_reminded(posted: MailServer, asked: Survey) -> None:
    mail(asked)
    send()
    sheet = answering.read_all(asked.asked, typed(asked, 4))[0]
    with unit_of_work("test", "test"):
        answering.enter(asked, [answering.PaperSheet(1, tuple(sheet), "王大明")], now=clock.now())
    assert stands(asked, hours=25) == ["mailed", "answered", "without_mail", "gone"]
    with unit_of_work("test", "test"):  # Another of the same name: paper cannot say which of the two it was.
        making.invite(asked, [(Ref("person", 99), "王大明")])
    assert stands(asked, hours=25)[:2] == ["mailed", "mailed"]


def test_a_new_link_and_an_address_that_failed_are_mailed_again(posted: MailServer, asked: Survey) -> None:
    with unit_of_work("test", "test"):
        db.session.scalars(sa.select(Person).where(Person.name == "王大明")).one().email = "ming at example"
    assert mail(asked) == 2
    assert stands(asked) == ["just_mailed", "undelivered", "without_mail", "gone"]
    failed = db.session.scalars(sa.select(Delivery).where(Delivery.failure == "address")).one()
    assert failed.body is None
    with unit_of_work("test", "test"):
        making.renew_link(asked, db.session.scalars(sa.select(SurveyInvitation).where(SurveyInvitation.name == "林佳慧")).one())
        db.session.scalars(sa.select(Person).where(Person.name == "王大明")).one().email = "ming@example.org"
    assert stands(asked)[:2] == ["not_mailed", "undelivered"]
    assert mail(asked) == 2
    assert stands(asked)[:2] == ["just_mailed", "just_mailed"]


def test_links_of_many_questionnaires_are_never_put_into_one_mail(posted: MailServer, asked: Survey) -> None:
    with unit_of_work("test", "test"):
        letters = [(mailing.notify.Reader("林佳慧", "hui@example.org"), f"{at}") for at in range(6)]
        assert len(set(mailing.notify.mail_secrets(letters, subject="連結", kind=mailing.KIND))) == 6
    assert gathering.collapse(clock.now()) == 0
    send()
    assert len(posted.mails) == 6


def test_slips_for_those_without_mail(posted: MailServer, office: Browser, asked: Survey) -> None:
    assert [one.invitation.name for one in queries.invitations(asked, clock.now(), only=queries.BY_HAND)] == ["陳志強"]
    assert [one.invitation.name for one in queries.invitations(asked, clock.now(), only=screens.UNANSWERED)] == list(NAMES[:3])
    number = asked.id
    for more in ({}, {"by_hand": 1}):
        assert office.get("surveys.links_file", survey_id=number, **more).response.data[:4] == b"%PDF"


def test_why_nothing_can_be_mailed(app: Flask, office: Browser, asked: Survey, opened: Callable[..., Survey], monkeypatch: pytest.MonkeyPatch) -> None:
    number = asked.id
    assert "還沒設定寄信" in office.get("surveys.mail_links", survey_id=number, which="first").text
    with pytest.raises(RuleBroken, match="不能寄個人連結"):
        mail(asked)
    monkeypatch.setitem(app.config, "SMTP_URL", "smtp://127.0.0.1:9")
    monkeypatch.setitem(app.config, "PUBLIC_URL", "https://union.example")
    for change, said in ({"closes_at": clock.now()}, "已截止"), ({"opens_at": None, "closes_at": None}, "還沒開放"):
        with unit_of_work("test", "test"):
            for name, value in change.items():
                setattr(db.session.get_one(Survey, number), name, value)
        assert said in office.get("surveys.mail_links", survey_id=number, which="first").text
    nameless = opened([SCALE])
    page = office.get("surveys.mail_links", survey_id=nameless.id, which="reminder")
    assert "不知道誰填過" in page.text
    assert "不能只提醒還沒填的人" in office.get("surveys.survey", survey_id=nameless.id).text
    office.get("surveys.mail_links", survey_id=number, which="often", status=404)


def test_thousands_are_mailed_in_the_background(posted: MailServer, office: Browser, asked: Survey) -> None:
    count, number = 3000, asked.id
    with unit_of_work("test", "test"):
        people_table, invited = Person.__table__, SurveyInvitation.__table__
        bulk_insert(people_table, ("id", "name", "other_name", "sex", "nationality", "mobile", "phone", "email", "line_name", "home_address", "mail_address",
                                   "education", "trade", "bank_code", "version", "created_at"),
                    [(1000 + at, f"會員{at}", "", "", "", "", "", f"m{at}@example.org", *[""] * 6, 1, clock.now()) for at in range(count)], reason="person")
        bulk_insert(invited, ("survey_id", "name", "nonce", "withdrawn", "ref_kind", "ref_id"),
                    [(number, f"會員{at}", f"{at:016x}", False, "person", 1000 + at) for at in range(count)], reason="survey_invitation")
    page = office.get("surveys.mail_links", survey_id=number, which="first")
    assert "3,002" in page.text
    answered = office.post("surveys.mail_links", survey_id=number, which="first", data={"once": page.value("once")})
    assert "/jobs/tasks/" in answered.location
    assert tasks.work_once()
    assert queries.standing(asked, clock.now()) == dict.fromkeys(Stands, 0) | {Stands.JUST_MAILED: count + 2, Stands.WITHOUT_MAIL: 1, Stands.GONE: 1}
    rows = db.session.execute(sa.select(SurveyInvitation.name, Delivery.name).join(Delivery, Delivery.id == SurveyInvitation.delivery_id)).all()
    assert len(rows) == count + 2
    assert all(own == other for own, other in rows)


def test_more_lines_than_can_be_read_are_not_cut_off_silently(office: Browser, asked: Survey) -> None:
    page = office.post("surveys.people", survey_id=asked.id, status=422, data={"people": "\n".join("林佳慧" for _line in range(501))})
    assert "一次最多寫 500 位" in page.text
