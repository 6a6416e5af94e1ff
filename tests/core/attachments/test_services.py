"""Adding, replacing, removing, bringing back; scanning; the work of the night."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from tests.core.attachments import samples
from tests.core.attachments.conftest import Bucket, Scanner, upload
from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.attachments import jobs, queries, services
from unionops.core.attachments.models import CLEAN, INFECTED, MADE, NOT_SCANNED, UNDO, WAITING, Attachment, AttachmentVersion
from unionops.core.attachments.storage import ContentLost, LocalStore, store
from unionops.core.audit.models import AuditEntry
from unionops.core.db import db, unit_of_work
from unionops.core.notify.models import Notice
from unionops.values.problems import RuleBroken
from unionops.values.refs import Ref

Attach = Callable[..., Attachment]


def keys() -> list[str]:
    return [one.key for one in store().each()]


def run(job: Callable[..., str], **given: object) -> str:
    db.session.rollback()
    with unit_of_work("排程", "job"):
        return job(**given)


def told() -> str:
    return str(db.session.scalars(sa.select(AuditEntry.acts).order_by(AuditEntry.id)).all())


def notices() -> list[tuple[str, str]]:
    chosen = sa.select(User.name, Notice.subject).join(User, User.id == Notice.user_id)
    return [(name, subject) for name, subject in db.session.execute(chosen)]


def test_a_file_is_kept_and_shown_on_its_record(attach: Attach, member: Ref, staff: User) -> None:
    attach(samples.png(), "../證件.png")
    (one,) = queries.of_record(member)
    assert (one.title, one.name, one.media_type, one.preview, one.size) == ("證件", "證件.png", "image/png", "image", len(samples.png()))
    assert (one.versions, one.scan, one.added_by, one.is_sensitive) == (1, NOT_SCANNED, "張雅婷", False)
    version = db.session.scalars(sa.select(AttachmentVersion)).one()
    assert services.content_of(version) == samples.png()
    assert "attachments.added" in told()


def test_equal_contents_are_kept_once(attach: Attach, member: Ref) -> None:
    attach(samples.pdf(), "一.pdf")
    attach(samples.pdf(), "二.pdf")
    assert len(queries.of_record(member)) == 2
    assert len(keys()) == 1


def test_a_sensitive_file_is_encrypted_under_a_name_that_tells_nothing(attach: Attach, local: LocalStore) -> None:
    one, other = attach(samples.pdf(), sensitive=True), attach(samples.pdf(), sensitive=True)
    assert one.newest.key != other.newest.key
    assert samples_key() not in keys()
    assert b"%PDF" not in local.read(one.newest.key)
    assert services.content_of(one.newest) == samples.pdf()
    with unit_of_work("test", "test"):  # Swapped in the database, it does not open.
        one.newest.key, other.newest.key = other.newest.key, one.newest.key
    with pytest.raises(ValueError, match="cannot be decrypted"):
        services.content_of(one.newest)


def samples_key() -> str:
    from unionops.core.attachments.storage import key_of

    return key_of(samples.pdf())


def test_what_the_app_makes_itself_is_attached_without_asking_the_scanner(
    app: Flask, local: LocalStore, scanner: Scanner, member: Ref, staff: User
) -> None:
    with unit_of_work("test", "test"):
        services.add_content(member, samples.pdf(), "函.pdf", by=staff, now=clock.now())
    assert queries.of_record(member)[0].scan == MADE
    assert scanner.asked == []


def test_a_new_version_keeps_the_old_one(attach: Attach, member: Ref, staff: User) -> None:
    one = attach()
    with unit_of_work("test", "test"):
        services.new_version(one, upload(samples.png(), "新.png"), by=staff, now=clock.now())
    (seen,) = queries.of_record(member)
    assert (seen.versions, seen.name, seen.title) == (2, "新.png", "掃描")
    assert [version.number for version in one.versions] == [2, 1]
    assert services.content_of(one.versions[1]) == samples.pdf()


def test_a_removed_file_comes_back_within_its_days_and_not_afterwards(attach: Attach, member: Ref, staff: User) -> None:
    one, now = attach(), clock.now()
    with unit_of_work("test", "test"):
        services.remove(one, why="附錯會員", by=staff, now=now)
    assert queries.of_record(member) == []
    for act in (
        lambda: services.remove(one, why="再一次", by=staff, now=now),
        lambda: services.new_version(one, upload(samples.pdf()), by=staff, now=now),
        lambda: services.bring_back(one, now=now + UNDO),
    ):
        with pytest.raises(RuleBroken):
            act()
    with unit_of_work("test", "test"):
        services.bring_back(one, now=now + UNDO - timedelta(seconds=1))
    assert len(queries.of_record(member)) == 1
    assert "附錯會員" in told()


def test_files_go_with_a_person_who_is_made_one_with_another(attach: Attach, member: Ref) -> None:
    from datetime import date

    from unionops.members.models import Person
    from unionops.members.services import merging, people

    attach()
    with unit_of_work("test", "test"):
        kept = people.add_member(today=date(2026, 11, 1), name="林佳慧", joined_on=date(2026, 3, 2))
        gone = db.session.get_one(Person, member.id)
        people.leave(gone.memberships[0], left_on=date(2026, 10, 1), reason="resigned", note="", today=date(2026, 11, 1))
        db.session.flush()
        merging.merge(kept, gone, take={}, today=date(2026, 11, 1))
    assert len(queries.of_record(Ref("person", kept.id))) == 1


# --- faults -----------------------------------------------------------------------------------------------------------


def test_a_unit_that_fails_leaves_no_row_and_its_content_is_tidied_after_a_day(attach: Attach, member: Ref, staff: User) -> None:
    def failing() -> None:
        with unit_of_work("test", "test"):
            services.add(member, upload(samples.png(), "a.png"), by=staff, now=clock.now())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing()
    assert queries.of_record(member) == []
    assert len(keys()) == 1
    kept = attach()
    now = clock.now()
    assert run(jobs.tidy, now=now + timedelta(hours=23)) == "0"
    assert run(jobs.tidy, now=now + timedelta(hours=25)) == "1"
    assert keys() == [kept.newest.key]


def test_the_content_of_a_removed_file_goes_when_nobody_else_names_it(attach: Attach, staff: User) -> None:
    one, two = attach(samples.pdf()), attach(samples.png(), "b.png")
    shared = attach(samples.png(), "c.png")
    with unit_of_work("test", "test"):
        for each in (one, two):
            services.remove(each, why="附錯", by=staff, now=clock.now())
    late = clock.now() + UNDO + timedelta(days=2)
    run(jobs.tidy, now=late)
    assert len(keys()) == 2, "first it is committed that nobody needs it"
    assert run(jobs.tidy, now=late) == "1"
    assert keys() == [shared.newest.key]
    assert [version.key for version in db.session.get_one(Attachment, one.id).versions] == [""]
    assert "滿" in str(jobs.recording.SENTENCES["attachments.cleared"])


def test_a_store_that_is_down_refuses_and_nothing_is_half_done(app: Flask, bucket: Bucket, member: Ref, staff: User) -> None:
    before = app.extensions["file_store"]
    app.extensions["file_store"] = bucket.store
    try:
        with unit_of_work("test", "test"):
            services.add(member, upload(samples.pdf()), sensitive=True, by=staff, now=clock.now())
        assert services.content_of(db.session.scalars(sa.select(AttachmentVersion)).one()) == samples.pdf()
        bucket.stop()
        with pytest.raises(RuleBroken, match="檔案庫現在不能存檔"), unit_of_work("test", "test"):
            services.add(member, upload(samples.png(), "a.png"), by=staff, now=clock.now())
    finally:
        app.extensions["file_store"] = before
    assert len(queries.of_record(member)) == 1


def test_the_weekly_check_finds_what_is_lost_and_what_is_back(attach: Attach, local: LocalStore, make_user: Callable[..., User]) -> None:
    make_user("administrator", name="林佳穎")
    one = attach()
    key = one.newest.key
    attach(samples.png(), "a.png", sensitive=True)
    assert run(jobs.verify) == "2 ✓ 0 ✕"
    local.remove(key)
    assert run(jobs.verify) == "1 ✓ 1 ✕"
    assert one.newest.is_lost
    assert "attachments.lost" in told()
    assert run(jobs.verify) == "1 ✓ 1 ✕"
    assert notices() == [("林佳穎", "1 份附件的內容遺失或已被改動")]  # Once.
    with pytest.raises(ContentLost):
        services.content_of(one.newest)
    local.put(samples.pdf())
    assert run(jobs.verify) == "2 ✓ 0 ✕"
    assert not one.newest.is_lost


# --- the scanner ------------------------------------------------------------------------------------------------------


def test_a_clean_file_is_scanned_whole(attach: Attach, scanner: Scanner) -> None:
    content = samples.pdf() + b"\n" * 900_000
    assert attach(content).newest.scan == CLEAN
    assert scanner.asked == [len(content)]


def test_an_infected_file_is_refused_by_the_name_of_the_finding(attach: Attach, scanner: Scanner, member: Ref) -> None:
    with pytest.raises(RuleBroken, match="Eicar-Test-Signature"):
        attach(b"note: " + samples.EICAR, "note.txt")
    assert queries.of_record(member) == []
    assert keys() == []


@pytest.mark.parametrize("broken", ["silent", "gone"])
def test_while_the_scanner_does_not_answer_files_wait_and_are_scanned_later(
    attach: Attach, scanner: Scanner, app: Flask, broken: str
) -> None:
    url = app.config["CLAMD_URL"]
    if broken == "silent":
        scanner.silent = True
    else:
        app.config["CLAMD_URL"] = "tcp://127.0.0.1:1"
    good, bad = attach(), attach(b"note: " + samples.EICAR, "note.txt", sensitive=True)
    assert (good.newest.scan, bad.newest.scan) == (WAITING, WAITING)
    assert run(jobs.scan_waiting) == "0, 0 ✕"
    scanner.silent, app.config["CLAMD_URL"] = False, url
    assert run(jobs.scan_waiting) == "2, 1 ✕"
    assert (good.newest.scan, bad.newest.scan, bad.newest.finding) == (CLEAN, INFECTED, "Eicar-Test-Signature")
    assert "attachments.scanned_later" in told()
    assert notices() == [("張雅婷", "附件「note」有病毒，已封存")]


def test_once_there_is_a_scanner_older_files_are_scanned_too(attach: Attach, app: Flask, request: pytest.FixtureRequest) -> None:
    one = attach()
    assert run(jobs.scan_waiting) == ""
    request.getfixturevalue("scanner")
    assert run(jobs.scan_waiting) == "1, 0 ✕"
    assert one.newest.scan == CLEAN


def test_a_socket_in_the_file_system_is_asked_too(attach: Attach, app: Flask) -> None:
    app.config["CLAMD_URL"] = "unix:///nowhere/clamd.ctl"
    try:
        assert attach().newest.scan == WAITING
    finally:
        app.config["CLAMD_URL"] = ""


def test_the_days_count_from_the_removal(attach: Attach, staff: User) -> None:
    one = attach()
    with time_machine.travel("2026-12-01T10:00:00+08:00"), unit_of_work("test", "test"):
        services.remove(one, why="附錯", by=staff, now=clock.now())
    assert one.removed_at is not None
    assert one.can_come_back(one.removed_at)
    assert not one.can_come_back(one.removed_at + UNDO)
