"""Questionnaires to test with, made and answered through the services."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from tests.browsing import Browser
from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.db import db, unit_of_work
from unionops.surveys.models import Survey
from unionops.surveys.rules.questions import field_name
from unionops.surveys.services import answering, making

NOW = datetime(2026, 9, 1, 4, 0, tzinfo=UTC)


@pytest.fixture
def staff(make_user: Callable[..., User]) -> User:
    return make_user("staff", name="張雅婷")


@pytest.fixture
def office(browser: Browser, staff: User) -> Browser:
    """The browser of somebody of the secretariat."""
    return browser.as_(staff)


@pytest.fixture
def opened(app: Flask) -> Callable[..., Survey]:
    """``opened(anonymous=True, questions=[{…}])`` → a stored questionnaire that can be answered now."""

    def make(questions: list[dict[str, Any]] | None = None, *, template: str = "", shut: bool = False, **fields: Any) -> Survey:
        now = clock.now()
        with unit_of_work("test", "test"):
            survey = making.make(title=fields.pop("title", "秋季講座滿意度"), template=template, **fields)
            for one in questions or ():
                making.add_question(survey, **one)
            db.session.flush()
            making.set_period(survey, opens_at=now - timedelta(hours=1), closes_at=now + timedelta(days=3), now=now)
            if shut:
                survey.closes_at = now - timedelta(minutes=1)
        return survey

    return make


def typed(survey: Survey, *values: Any) -> dict[str, list[str]]:
    """The fields of a sheet: one value a question in order; a list for several choices or the lines of a matrix, None for nothing."""
    fields: dict[str, list[str]] = {}
    for asked, value in zip(survey.asked, values, strict=False):
        if value is None:
            continue
        if asked.kind == "matrix":
            fields |= {field_name(asked.id, part): [str(one)] for part, one in enumerate(value)}
        else:
            fields[field_name(asked.id)] = [str(one) for one in value] if isinstance(value, list) else [str(value)]
    return fields


_count = 0


def fill_in(survey: Survey, *sheets: Any, now: datetime | None = None) -> None:
    """Answers anonymously, each sheet a tuple of values, in units of their own."""
    global _count
    for values in sheets:
        _count += 1
        with unit_of_work("test", "test"):
            answering.answer_anonymously(survey, typed(survey, *values), once=f"one-time-key-{_count:08}", now=now or clock.now())


def shut(survey: Survey) -> None:
    with unit_of_work("test", "test"):
        making.close(survey, now=clock.now())
