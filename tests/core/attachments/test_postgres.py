"""The same on PostgreSQL, where several write at once: nothing is tidied away while it is being attached."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.browsing import Browser
from tests.conftest import new_user
from tests.core.attachments import samples
from tests.core.attachments.conftest import upload
from unionops.core import clock
from unionops.core.attachments import jobs, queries, services
from unionops.core.attachments.storage import store
from unionops.core.db import db, unit_of_work
from unionops.members.services import people
from unionops.values.refs import Ref

pytestmark = pytest.mark.postgres


def test_files_on_postgresql(pg_app: Flask) -> None:
    staff = new_user("staff", name="張雅婷")
    with unit_of_work("test", "test"):
        person = people.add_member(today=date(2026, 11, 1), name="林佳慧", joined_on=date(2026, 3, 2))
        db.session.flush()
        member = Ref("person", person.id)
    tidier = sa.text(f"SELECT pg_try_advisory_xact_lock({services._STORE_LOCK})")
    with unit_of_work("test", "test"):
        one = services.add(member, upload(samples.pdf()), sensitive=True, by=staff, now=clock.now())
        with db.engine.connect() as other:
            assert other.scalar(tidier) is False, "whoever removes waits until this is committed"
    with db.engine.connect() as other:
        assert other.scalar(tidier) is True
    with unit_of_work("test", "test"):
        services.new_version(one, upload(samples.png(), "a.png"), by=staff, now=clock.now())
    store().put(b"nobody names it")
    with unit_of_work("test", "test"):
        assert jobs.tidy(clock.now() + timedelta(days=2)) == "1"
        assert jobs.verify() == "2 ✓ 0 ✕"
    assert [(view.versions, view.added_by) for view in queries.of_record(member)] == [(2, "張雅婷")]
    office = Browser(pg_app).as_(staff)
    assert "第 2 版" in office.get("members.person", person_id=member.id).text
    assert office.get("attachments.download", attachment_id=one.id, number=1).response.data == samples.pdf()
    assert "張雅婷" in office.get("attachments.attachment", attachment_id=one.id).text
