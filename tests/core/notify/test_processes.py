"""Senders as processes: two at once, and one killed without a word."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from tests.core.notify import work
from tests.core.notify.conftest import rows, statuses, told, use
from unionops.core import clock
from unionops.core.db import db
from unionops.core.notify import sending
from unionops.core.notify.services import Reader

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def sender(mail_server):
    """``sender(app)`` starts a process that sends when it is told to; what is left is killed."""
    started = []

    def start(app):
        db.session.remove()
        line = [sys.executable, "-m", work.__name__, app.config["SQLALCHEMY_DATABASE_URI"], str(app.config["HOME"]), mail_server.url]
        child = subprocess.Popen(line, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(child)
        return child

    yield start
    for child in started:
        child.kill()
        child.communicate()


def go(*children):
    for child in children:
        assert child.stdout.readline() == "ready\n"
    for child in children:
        child.stdin.write("\n")
        child.stdin.flush()


def readers(count):
    return [Reader(f"會員 {n}", f"m{n}@example.org") for n in range(count)]


def killed_in_mid_run(app, mail_server, monkeypatch, sender):
    told(*readers(80))
    mail_server.paused = 0.02
    child = sender(app)
    go(child)
    until = time.monotonic() + 30
    while len(mail_server.mails) < 10:
        assert time.monotonic() < until
        time.sleep(0.01)
    child.kill()
    child.wait()
    time.sleep(0.2)  # What the server was handed may still be on its way into its list.
    taken, noted = len(mail_server.mails), statuses().count("sent")
    assert taken - noted in (0, 1)
    assert {row.claim == "" for row in rows()} == {True, False}

    use(app, mail_server, monkeypatch)
    mail_server.paused = 0
    now = clock.now()
    at_once = sending.run(now).sent  # What nobody had claimed; the rest may be in the hands of somebody who is alive.
    assert at_once == 80 - sending.BATCH
    again = sending.run(now + sending.LEASE).sent
    assert at_once + again + noted == 80
    assert set(statuses()) == {"sent"}
    times = Counter(mail["Message-ID"] for mail in mail_server.mails)
    assert len(times) == 80
    assert sum(times.values()) - 80 == taken - noted  # At most the one in flight, under its own Message-ID.


def test_killed_in_mid_run_none_is_lost(app, mail_server, monkeypatch, sender):
    killed_in_mid_run(app, mail_server, monkeypatch, sender)


@pytest.mark.postgres
def test_killed_in_mid_run_none_is_lost_on_postgresql(pg_app, mail_server, monkeypatch, sender):
    killed_in_mid_run(pg_app, mail_server, monkeypatch, sender)


def two_at_once(app, mail_server, sender):
    told(*readers(160))
    mail_server.paused = 0.005
    one, other = sender(app), sender(app)
    go(one, other)
    said = [child.communicate(timeout=60)[0].strip() for child in (one, other)]
    times = Counter(mail["Message-ID"] for mail in mail_server.mails)
    assert (len(times), set(times.values()), set(statuses())) == (160, {1}, {"sent"})
    assert all(not line.startswith("0 sent") for line in said), said


def test_two_at_once_send_each_mail_once(app, mail_server, sender):
    two_at_once(app, mail_server, sender)


@pytest.mark.postgres
def test_two_at_once_send_each_mail_once_on_postgresql(pg_app, mail_server, sender):
    two_at_once(pg_app, mail_server, sender)


def test_a_server_that_is_killed_and_comes_back(app, mail_server, monkeypatch):
    use(app, mail_server, monkeypatch)
    told(*readers(30))
    mail_server.stop()
    assert sending.run(clock.now()).halted == "unreachable"
    mail_server.start()
    assert sending.run(clock.now() + timedelta(minutes=2)).sent == 30
