"""The joining of the furnished office (tests/office.py): an application in each state, people on the board, and with what their screens are visited."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.approvals.services import Resolution
from unionops.core.db import db
from unionops.members.models import Application
from unionops.members.queries import joining as queries
from unionops.members.rules.admission import NOTICE, Answer, Channel, Weight
from unionops.members.services.joining import admitting, deciding, opening, receiving, recruiting


def written(name: str, **more: str) -> dict[str, str]:
    """What somebody wrote on the form."""
    return {"name": name, "birth_on": "75/3/12", "trade": "燈光師", "workplace": "臺中國家歌劇院", "mail_address": "臺中市西屯區惠來路二段 101 號"} | more


def receive(name: str, *, channel: Channel = Channel.COUNTER, **more: str) -> Application:
    today = clock.today()
    return receiving.receive(written(name, **more), channel=channel, received_on=today - timedelta(days=3 if channel != Channel.ONLINE else 0), privacy_version="第 1 版", today=today)


def check(application: Application, by: User, *, papers: tuple[str, ...] = ("identity", "photo", "work_proof")) -> Application:
    """Answers whatever is asked and closes the check."""
    today = clock.today()
    found = queries.findings(application, by, today, papers_there=papers)
    answers = {one.key: Answer("cleared", "已電話查證") for one in found if one.weight == Weight.ASK}
    deciding.check(application, answers=answers, papers=papers, by=by, today=today)
    db.session.flush()
    return application


def ask(application: Application, by: User) -> Application:
    deciding.ask([application], by=by, today=clock.today(), now=clock.now())
    return application


def agree(*applications: Application, by: User, verdict: str = "approved", reason: str = "") -> None:
    """The board resolves."""
    resolution = Resolution("第 5 屆第 8 次第 3 案", clock.today(), "同意入會。" if verdict == "approved" else "不同意。")
    deciding.resolve({one.id: (verdict, reason) for one in applications}, by=by, resolution=resolution, now=clock.now())


def visits(staff: User, chief: User) -> dict[str, dict[str, Any]]:
    """Makes them inside the caller's unit; what each screen's address needs."""
    today, now = clock.today(), clock.now()
    opening.set_form(is_open=True, introduction="歡迎從事展演技術的朋友加入。", notice=NOTICE.format(union="本會"), by=chief, now=now)
    received = receive("何佩芸", mobile="0955666777")
    checked = check(receive("方俊傑"), staff)
    asked = ask(check(receive("曾雅琪"), staff), staff)
    approved, member, refused, gone = (receive(name) for name in ("盧建宏", "簡淑惠", "鍾志豪", "范美珍"))
    for one in (approved, member, refused):
        ask(check(one, staff), staff)
    agree(approved, member, by=chief)
    agree(refused, by=chief, verdict="rejected", reason="未從事本業")
    admitting.admit(member, by=staff, today=today, now=now)
    receiving.withdraw(gone, why="本人來電撤回", today=today, now=now)
    someone = recruiting.save(None, name="羅文彬", phone="0911222333", workplace="中山堂", asked_by="林秀琴", asked_on=today, again_on=today, result="again", today=today)
    for name in ("彭怡君", "江冠廷"):
        recruiting.save(None, name=name, workplace="中山堂", today=today)
    db.session.flush()
    return {
        **{f"joining.{name}": {"application_id": received.id} for name in ("application", "written", "correct", "withdraw", "check", "ask_papers", "form_paper")},
        "joining.form_file": {"application_id": received.id, "fmt": "pdf"},
        "joining.take_back": {"application_id": asked.id},
        "joining.ask": {"ids": checked.id},
        "joining.admit": {"application_id": approved.id},
        "joining.admit_many": {"ids": approved.id},
        "joining.welcome_paper": {"application_id": member.id},
        "joining.welcome_file": {"application_id": member.id, "fmt": "pdf"},
        "joining.review_file": {"fmt": "pdf"},
        "joining.prospect": {"prospect_id": someone.id},
        "joining.drop_prospect": {"prospect_id": someone.id},
    }
