"""When something breaks: a calm page with an incident number that is in the log, no trace, nothing changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest
import sqlalchemy as sa
import structlog
from flask import Flask
from jinja2 import ChoiceLoader, DictLoader

from config import TestConfig
from tests.browsing import Browser, Page
from tests.conftest import app_of_its_own, new_user
from unionops.core import clock
from unionops.core.accounts import queries, services
from unionops.core.accounts.models import RecoveryCode, User
from unionops.core.db import blind_index, db, unit_of_work
from unionops.core.i18n import LOCALES


@pytest.fixture
def production(tmp_path: Path) -> Iterator[Flask]:
    """The app as it runs in an office: neither testing nor debugging."""
    config = TestConfig(f"sqlite:///{tmp_path / 'office.db'}", home=tmp_path)
    config.TESTING = False
    with app_of_its_own(config) as app:
        yield app


def break_template(app: Flask, name: str, source: str) -> None:
    app.jinja_env.loader = ChoiceLoader([DictLoader({f"{language}/{name}": source for language in LOCALES}), app.jinja_env.loader])


def incident_of(page: Page, logs: list[Any]) -> Any:
    """The log's line of the incident that the page names; the page shows nothing else of it."""
    (number,) = set(re.findall(r"\b[0-9A-F]{8}\b", page.text))
    for inner in ("Traceback", "jinja2", "Undefined", "/unionops/", "SELECT", ".py"):
        assert inner not in page.response.get_data(as_text=True)
    (line,) = [log for log in logs if log["event"] == "incident"]
    assert line["incident"] == number
    return line


@pytest.mark.parametrize("source", ["{{ nowhere.name }}", "{% if %}", "{% extends 'gone.html' %}"])
def test_a_template_error_in_production_is_a_calm_page_with_its_number(production: Flask, source: str) -> None:
    break_template(production, "accounts/me.html", source)
    mine = Browser(production).as_(new_user("staff"))
    with structlog.testing.capture_logs() as logs:
        page = mine.get("accounts.me", status=500)
    assert "這一步沒有完成，資料沒有變動" in page.text
    line = incident_of(page, logs)
    assert (line["path"], line["method"], type(line["exc_info"]).__module__.split(".")[0]) == ("/me", "GET", "jinja2")


def test_an_error_of_the_error_page_itself_is_still_calm(production: Flask) -> None:
    break_template(production, "accounts/me.html", "{{ nowhere }}")
    break_template(production, "errors/500.html", "{{ nowhere }}")
    mine = Browser(production).as_(new_user("staff"))
    with structlog.testing.capture_logs() as logs:
        page = mine.get("accounts.me", status=500)
    assert incident_of(page, logs)
    assert [log["event"] for log in logs] == ["incident", "error page failed"]


def test_a_template_error_after_a_change_takes_the_change_back(production: Flask) -> None:
    break_template(production, "accounts/recovery_codes.html", "{{ nowhere }}")
    someone = new_user("staff")
    with unit_of_work("test", "test"):
        secret = services.new_totp_secret()
        before = services.enrol_totp(db.session.merge(someone), secret, pyotp.TOTP(secret).now(), now=clock.now())
    with structlog.testing.capture_logs() as logs:
        page = Browser(production).as_(someone).post("accounts.new_recovery_codes", status=500)
    assert incident_of(page, logs)["method"] == "POST"
    assert queries.unused_recovery_codes(someone) == len(before)
    kept = db.session.scalars(sa.select(RecoveryCode.code_hash).where(RecoveryCode.user_id == someone.id))
    assert blind_index(before[0].replace("-", ""), "recovery_code.code_hash") in list(kept)


def test_what_was_typed_is_not_in_the_log_of_an_incident(production: Flask) -> None:
    break_template(production, "accounts/sign_in.html", "{{ nowhere }}")
    with structlog.testing.capture_logs() as logs:
        Browser(production).post("accounts.sign_in", {"username": "A123456789", "password": "祕密-祕密-祕密"}, status=500, next="/members/?q=B123456780")
    for typed in ("A123456789", "祕密", "B123456780"):
        assert typed not in str(logs)


@pytest.mark.parametrize(("status", "words"), [(400, "沒有送出"), (403, "這個畫面不在你的權限內"), (404, "找不到這一頁"), (405, "這個要求沒有辦法完成")])
def test_every_refusal_has_its_own_words_and_no_trace(browser: Browser, make_user: Callable[..., User], status: int, words: str) -> None:
    clerk = browser.as_(make_user("staff"))
    page = {
        400: lambda: clerk.post("accounts.end_other_sessions", csrf=False, status=400),
        403: lambda: clerk.get("accounts.users", status=403),
        404: lambda: clerk.get("/nowhere", status=404),
        405: lambda: clerk.get("/sign-out", status=405),
    }[status]()
    assert words in page.text
    assert "Traceback" not in page.html


def test_another_persons_record_looks_like_one_that_is_not_there(browser: Browser, make_user: Callable[..., User]) -> None:
    from unionops.core.db import unit_of_work
    from unionops.core.jobs import tasks

    mine, theirs = make_user("staff"), make_user("staff")
    with unit_of_work("test", "test"):
        task = tasks.start("audit.verify", theirs, anchor="")
    clerk = browser.as_(mine)
    gone = clerk.get("jobs.task", task_id=999999, status=404)
    other = clerk.get("jobs.task", task_id=task.id, status=404)
    assert other.text == gone.text
    for name in ("task_progress", "task_file"):
        clerk.get(f"jobs.{name}", task_id=task.id, status=404)
    clerk.post("jobs.cancel_task", task_id=task.id, status=404)
