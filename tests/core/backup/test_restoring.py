"""A backup comes back whole or not at all, and what was there before is never lost."""

import io
import json
import os
import resource
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from config import ROOT
from tests.conftest import new_user
from tests.core.backup.conftest import KEY, NOW, everything, installation, made, rewritten
from unionops.core import clock
from unionops.core.accounts.models import User
from unionops.core.attachments import storage
from unionops.core.attachments.models import AttachmentVersion
from unionops.core.audit import sealing
from unionops.core.backup import making, queries, restoring, services
from unionops.core.backup.models import BackupRun
from unionops.core.backup.sealed import CUT_OFF, WRONG_KEY
from unionops.core.db import Counter, db, next_number, unit_of_work
from unionops.values.problems import RuleBroken


def restore(backup: bytes, *, key: str = KEY, replace: bool = False):
    return restoring.restore(io.BytesIO(backup), key, replace=replace, now=NOW)


def refusal(backup: bytes, **how) -> str:
    with pytest.raises(RuleBroken) as refused:
        restore(backup, **how)
    return refused.value.problems[0].text


def let_go() -> None:
    db.session.remove()
    db.engine.dispose()


# --- the way there and back


def test_everything_comes_back_in_an_empty_place(house, elsewhere):
    before, backup = everything(), made()
    keys = {kept.key for kept in storage.store().each()}
    with elsewhere().app_context():
        done = restore(backup)
        after = everything()
        for table in ("audit_entry", "audit_subject", "backup_run"):  # The restore itself is told there.
            assert set(before.pop(table)) <= set(after.pop(table))
        assert after == before
        assert done.findings == []
        assert done.figures["files"] == len(keys) == 2
        assert all(storage.store().read(key) for key in keys)
        assert sealing.verify().ok
        assert db.session.scalars(sa.select(BackupRun.kind)).all() == ["restored"]
        secret = db.session.scalar(sa.select(User.totp_secret).where(User.username == "staff"))
        assert secret == "JBSWY3DPEHPK3PXP"
        db.session.rollback()
        with unit_of_work("test", "test"):
            assert next_number("receipt") == 8
        assert new_user("staff").id == 3  # Numbers go on where they stood.


def test_others_go_on_writing_meanwhile(house):
    """Each unit takes a number of two series: whatever moment the backup has, both stand alike in it."""
    ending, done = threading.Event(), []

    def write() -> None:
        with house.app_context():
            while not ending.is_set():
                with unit_of_work("test", "test"):
                    next_number("left"), next_number("right")
                done.append(1)
            db.session.remove()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        while len(done) < 3:
            time.sleep(0.01)
        count = len(done)
        backup = made()
        assert len(done) > count  # Nobody waited for the backup.
    finally:
        ending.set()
        thread.join()
    with restoring.unpacked(io.BytesIO(backup), KEY, keep_files=False) as opened, opened.app.app_context():
        numbers = dict(db.session.execute(sa.select(Counter.name, Counter.last)).all())
        assert opened.findings == []
        assert numbers["left"] == numbers["right"] >= 3


def test_opening_a_backup_leaves_nothing_behind(house):
    before, backup = everything(), made()
    with restoring.unpacked(io.BytesIO(backup), KEY, keep_files=True):
        pass
    assert everything() == before
    assert list((Path(house.config["HOME"]) / "backups" / ".work").iterdir()) == []
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect() as connection:
            assert restoring.SCRATCH not in sa.inspect(connection).get_schema_names()


# --- what is refused, before anything is touched


@pytest.mark.parametrize("part", [0.02, 0.3, 0.7, 0.999])
def test_a_backup_that_was_cut_off(small, part):
    before, backup = everything(), made()
    let_go()
    assert refusal(backup[: int(len(backup) * part)], replace=True) == CUT_OFF.text
    assert everything() == before


@pytest.mark.parametrize("part", [0.05, 0.5, 0.95])
def test_a_backup_with_a_flipped_byte(small, part):
    before, backup = everything(), bytearray(made())
    backup[int(len(backup) * part)] ^= 0x20
    let_go()
    assert "被改過或損壞" in refusal(bytes(backup), replace=True)
    assert everything() == before


def test_another_key(small):
    before, backup = everything(), made()
    let_go()
    assert refusal(backup, key="ANOTHER-BACKUP-KEY", replace=True) == WRONG_KEY.text
    assert everything() == before


def test_one_of_a_newer_program(small):
    def newer(members, closing):
        members["about"] = json.dumps(json.loads(members["about"]) | {"revision": "9999", "version": "9.0"}).encode()

    backup = rewritten(made(), newer)
    let_go()
    assert "較新的版本（9.0）" in refusal(backup, replace=True)


def test_one_of_the_other_database(small):
    def other(members, closing):
        members["about"] = json.dumps(json.loads(members["about"]) | {"database": "postgresql"}).encode()

    backup = rewritten(made(), other)
    let_go()
    assert "這份備份來自 postgresql" in refusal(backup, replace=True)


def test_one_whose_files_are_not_those_of_its_list(small):
    def without(members, closing):
        members.pop(next(name for name in members if name.startswith("file:")))

    backup = rewritten(made(), without)
    let_go()
    assert "與它的清單不符" in refusal(backup, replace=True)


def test_an_installation_with_people_in_it(house):
    before, backup = everything(), made()
    let_go()
    assert "--replace" in refusal(backup)
    assert everything() == before


def test_an_installation_in_use(house):
    backup = made()
    let_go()
    other = sa.create_engine(house.config["SQLALCHEMY_DATABASE_URI"])
    with other.connect() as connection:
        connection.exec_driver_sql('SELECT count(*) FROM "user"').scalar()
        assert "先停止" in refusal(backup, replace=True)
    other.dispose()


def test_other_keys_in_an_installation_with_data(small):
    backup = made()
    small.config["FIELD_KEYS"] = "1:" + "33" * 32
    let_go()
    assert "另一組金鑰" in refusal(backup, replace=True)


# --- replacing


def test_what_was_there_is_put_aside(house):
    backup = made()
    extra = new_user("cashier", username="later").id
    let_go()
    restore(backup, replace=True)
    assert db.session.get(User, extra) is None
    db.session.rollback()
    if db.engine.dialect.name == "sqlite":
        (kept,) = Path(house.config["HOME"]).glob("backups/before_restore_*/unionops.db")
        old = sa.create_engine(f"sqlite:///{kept}")
        table = '"user"'
    else:
        with db.engine.connect() as connection:
            (schema,) = [name for name in sa.inspect(connection).get_schema_names() if name.startswith("before_restore_")]
        old, table = db.engine, f'{schema}."user"'
    with old.connect() as connection:
        assert connection.exec_driver_sql(f"SELECT count(*) FROM {table} WHERE username = 'later'").scalar() == 1
    old.dispose()


def test_an_empty_office_takes_over_the_keys_of_the_backup(small, tmp_path):
    backup = made()
    fresh = tmp_path / "fresh"
    with installation(f"sqlite:///{fresh / 'unionops.db'}", fresh) as app:
        own = {"SECRET_KEY": "s" * 40, "FIELD_KEYS": "1:" + "44" * 32, "BLIND_INDEX_KEY": "55" * 32}
        (fresh / "secrets.json").write_text(json.dumps(own))
        (fresh / "backup.key").write_text("NEW-ONE\n")
        app.config.update(own)
        restore(backup)
        kept = json.loads((fresh / "secrets.json").read_text())
        assert kept == {"SECRET_KEY": "s" * 40, "FIELD_KEYS": small.config["FIELD_KEYS"], "BLIND_INDEX_KEY": small.config["BLIND_INDEX_KEY"]}
        assert (fresh / "secrets.json").stat().st_mode & 0o77 == 0
        assert (fresh / "backup.key").read_text() == KEY + "\n"


def test_keys_from_the_settings_are_never_changed(small, tmp_path):
    backup = made()
    fresh = tmp_path / "fresh"
    with installation(f"sqlite:///{fresh / 'unionops.db'}", fresh) as app:
        app.config["BLIND_INDEX_KEY"] = "55" * 32
        assert "另一組金鑰" in refusal(backup)


def test_a_broken_database_can_be_replaced(small):
    backup, file = made(), Path(small.config["HOME"]) / "unionops.db"
    let_go()
    file.write_bytes(b"no database at all" * 500)
    assert "--replace" in refusal(backup)
    restore(backup, replace=True)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(User)) == 2
    assert next(file.parent.glob("backups/before_restore_*/unionops.db")).read_bytes().startswith(b"no database")


# --- trouble


@contextmanager
def room_for(size: int):
    """No file may grow beyond so many bytes: what a full disk is to a program."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_no_room_for_the_backup(small, tmp_path):
    target = tmp_path / "out" / queries.file_name(NOW)
    target.parent.mkdir()
    with room_for(1_600_000):
        run = services.back_up(target, now=NOW)
    assert not run.ok
    assert "空間不足" in run.reason["message"]
    assert list(target.parent.iterdir()) == []


def test_no_room_for_the_restore(small):
    before, backup = everything(), made()
    let_go()
    with room_for(1_600_000), pytest.raises(OSError) as full:
        restore(backup, replace=True)
    assert restoring.trouble(full.value) is restoring.NO_ROOM
    assert everything() == before
    let_go()
    restore(backup, replace=True)


def test_a_file_that_is_gone_or_altered_is_told_and_the_rest_is_saved(small):
    gone, altered = db.session.scalars(sa.select(AttachmentVersion.key).order_by(AttachmentVersion.id)).all()
    db.session.rollback()
    store = storage.store()
    store.remove(gone)
    store._path(altered).write_bytes(b"something else")
    file = io.BytesIO()
    facts = making.make(file, now=NOW)
    assert (facts["files"], facts["lost"], set(facts["lost_files"])) == (0, 2, {gone, altered})
    let_go()
    done = restore(file.getvalue(), replace=True)
    assert done.findings == ["files"]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(User)) == 2


def test_a_broken_chain_is_found_but_does_not_stop_a_restore(small):
    with db.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_entry_no_update")
        connection.exec_driver_sql("UPDATE audit_entry SET actor = 'nobody' WHERE id = (SELECT min(entry_id) FROM audit_seal)")
    backup = made()
    let_go()
    assert restore(backup, replace=True).findings == ["audit"]


KILLED = """
import io, os, signal, sys
from config import TestConfig
from pathlib import Path
from unionops.app import create_app
from unionops.core import clock, migrations
from unionops.core.backup import restoring

url, home, backup, when = sys.argv[1:]
app = create_app(TestConfig(url, home=Path(home)))
migrations.attach(app)

class Source(io.FileIO):
    def read(self, size=-1):
        if when == "half" and self.tell() > os.path.getsize(backup) / 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().read(size)

def hook(event, arguments):
    if when == "swap" and event == "os.rename" and str(arguments[1]).endswith("/unionops.db"):
        os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(hook)
with app.app_context():
    restoring.restore(Source(backup), "TEST-BACKUP-KEY", replace=True, now=clock.now())
"""


def killed(app, tmp_path: Path, when: str) -> None:
    """A restore in a process of its own that dies by kill -9: while it reads, or right before the old database makes place."""
    backup = made()
    new_user("cashier", username="later")
    before = everything()
    let_go()
    (tmp_path / "one.backup").write_bytes(backup)
    line = [sys.executable, "-c", KILLED, app.config["SQLALCHEMY_DATABASE_URI"], str(app.config["HOME"]), str(tmp_path / "one.backup"), when]
    ended = subprocess.run(line, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    assert ended.returncode == -9, ended.stderr
    assert everything() == before
    let_go()
    for _try in range(50):  # The server takes a moment to see that the killed one is gone.
        try:
            restore(backup, replace=True)
            break
        except RuleBroken:
            time.sleep(0.1)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(User).where(User.username == "later")) == 0


def test_killed_while_it_reads(house, tmp_path):
    killed(house, tmp_path, "half")


def test_killed_right_before_the_old_database_makes_place(small, tmp_path):
    """On PostgreSQL that step is one transaction of the server."""
    killed(small, tmp_path, "swap")


def test_an_older_backup_is_brought_up_to_date(tmp_path):
    from unionops.core import migrations

    home = tmp_path / "old"
    with installation(f"sqlite:///{home / 'unionops.db'}", home):
        let_go()
        (home / "unionops.db").unlink()
        migrations.upgrade("0001")
        with db.engine.begin() as connection:
            connection.exec_driver_sql(
                """INSERT INTO "user" (username, name, email, password_hash, locale, must_change_password, created_at)
                VALUES ('old', 'Old', '', '', '', 0, '2026-01-01 00:00:00')"""
            )
        let_go()
        backup = made()
        done = restore(backup, replace=True)
        assert (done.figures["revision"], done.findings) == ("0001", [])
        assert migrations.present() == migrations.newest()
        assert db.session.scalar(sa.select(User.username)) == "old"
        assert clock.now() > NOW
