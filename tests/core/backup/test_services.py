"""The jobs, the commands and the screen round a backup."""

import json
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
import sqlalchemy as sa

from tests.browsing import XHTML, Browser, Page
from tests.conftest import new_user
from tests.core.backup.conftest import NOW, everything, rewritten
from unionops.core import clock, desk
from unionops.core.accounts.models import User
from unionops.core.audit.models import AuditEntry
from unionops.core.backup import cards, queries, services
from unionops.core.backup.models import MADE, TESTED, BackupRun
from unionops.core.db import db, unit_of_work
from unionops.core.i18n import show_date
from unionops.core.jobs import tasks
from unionops.core.jobs.models import JobRun
from unionops.core.jobs.running import run_now
from unionops.core.notify.models import Notice
from unionops.values.problems import RuleBroken


@pytest.fixture
def folder(small, tmp_path) -> Path:
    """The folder of backups of the app ``small``."""
    place = tmp_path / "drive"
    place.mkdir()
    small.config["BACKUP_FOLDER"] = str(place)
    return place


def runs() -> list[BackupRun]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(BackupRun).order_by(BackupRun.id)))


def test_every_night_one_backup_and_every_week_a_test_of_it(folder):
    assert run_now("backup.make", "", clock.now())
    assert run_now("backup.restore_test", "", clock.now())
    made, tested = runs()
    assert (made.kind, made.ok, tested.kind, tested.ok) == ("made", True, "tested", True)
    assert [path.name for path in folder.iterdir()] == [made.file] == [tested.file]
    assert made.size == (folder / made.file).stat().st_size
    assert (folder / made.file).stat().st_mode & 0o77 == 0
    assert tested.figures["findings"] == []
    assert tested.figures["files"] == 2
    assert tested.figures["sealed"] > 0
    assert {"backup.made", "backup.tested"} <= {act["action"] for acts in db.session.scalars(sa.select(AuditEntry.acts)) for act in acts}


def test_without_a_folder_nothing_is_made_at_night(small):
    assert run_now("backup.make", "", clock.now())
    assert run_now("backup.restore_test", "", clock.now())
    assert runs() == []
    assert set(db.session.scalars(sa.select(JobRun.result))) == {"–"}


def test_a_drive_that_is_not_there_is_told_and_not_made_up(folder):
    folder.rmdir()
    assert run_now("backup.make", "", clock.now())
    (run,) = runs()
    assert not run.ok
    assert str(folder) in services.problems_of(run)[0].text
    assert not folder.exists()


def test_a_test_restore_says_what_is_wrong_with_the_newest_backup(folder):
    assert run_now("backup.make", "", clock.now())
    (path,) = folder.iterdir()
    path.write_bytes(path.read_bytes()[:-200])
    assert run_now("backup.restore_test", "", clock.now())
    tested = runs()[-1]
    assert not tested.ok
    assert "不完整" in services.problems_of(tested)[0].text


def test_old_backups_are_thinned_out_and_other_files_stay(folder):
    for days in range(40):
        (folder / queries.file_name(NOW - timedelta(days=days))).touch()
    (folder / "unionops-notes.backup").touch()
    (folder / "會員.xlsx").touch()
    assert services.thin(folder) == 40 - len(queries.backups(folder))
    assert 9 <= len(queries.backups(folder)) <= 12
    assert {"unionops-notes.backup", "會員.xlsx"} <= {path.name for path in folder.iterdir()}
    assert services.thin(folder) == 0


def test_without_a_key_there_is_no_backup(small, tmp_path):
    small.config["BACKUP_KEY"] = ""
    run = services.back_up(tmp_path / "x.backup", now=NOW)
    assert not run.ok
    assert not (tmp_path / "x.backup").exists()


def test_nothing_to_test_yet(small):
    with pytest.raises(RuleBroken):
        services.test_newest(now=NOW)


# --- what a test restore finds, and who hears of it


def less_rows(members, closing):
    closing["rows"]["user"] += 1


def no_chain(members, closing):
    closing["audit"] = "0" * 64


def another_field_key(members, closing):
    keys = json.loads(members["keys"])
    members["keys"] = json.dumps(keys | {"FIELD_KEYS": "1:" + "33" * 32}).encode()


def lost_file(members, closing):
    closing["lost"] += 1


def another_content(members, closing):
    name = next(name for name in members if name.startswith("file:"))
    members[name] = b"not what the list names"


WRONG = [
    (less_rows, "rows", "資料筆數", "資料筆數或資料庫結構與備份時不符", "較早的備份先不要刪"),
    (no_chain, "audit", "稽核紀錄鏈", "稽核紀錄鏈斷開", "監事手上的封存碼"),
    (another_field_key, "keys", "加密欄位", "加密欄位打不開", "FIELD_KEYS"),
    (lost_file, "files", "附件內容", "有附件在備份時就找不到或已損壞", "從較早的備份取回這些附件"),
    (another_content, "", "", "備份裡的附件與它的清單不符，不能使用。請換另一份備份。", "照上面的原因處理"),
]
"""A change of a sealed backup; the finding of a test restore, the name of the check on the screen, the words of both, and the advice."""


def told(kind: str) -> list[tuple[str, str, str]]:
    """Who was told of this kind, in the app: (name of the sign-in, words, link)."""
    found = sa.select(User.username, Notice.text, Notice.url).join(User, User.id == Notice.user_id).where(Notice.kind == kind).order_by(Notice.id)
    rows = [tuple(row) for row in db.session.execute(found)]
    db.session.rollback()
    return rows


def words(element: ElementTree.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def desk_card(browser: Browser) -> ElementTree.Element:
    """The card of backups on the desk."""
    return next(one for one in browser.get("overview.desk").tree.iter(f"{XHTML}section") if words(next(one.iter(f"{XHTML}h2"))) == "備份")


def facts_of(page: Page) -> dict[str, str]:
    """What stands beside each check of the last test restore."""
    section = next(one for one in page.tree.iter(f"{XHTML}section") if one.get("id") == "test")
    return dict(zip(map(words, section.iter(f"{XHTML}dt")), map(words, section.iter(f"{XHTML}dd")), strict=True))


@pytest.mark.parametrize(("change", "finding", "check", "said", "advice"), WRONG, ids=[change.__name__ for change, *_ in WRONG])
def test_what_is_wrong_stands_on_the_screen_and_on_the_desk_and_is_told(folder, small, change, finding, check, said, advice):
    new_user("secretary_general", username="secretary")
    assert run_now("backup.make", "", clock.now())
    (path,) = folder.iterdir()
    path.write_bytes(rewritten(path.read_bytes(), change))
    assert run_now("backup.restore_test", "", clock.now())
    tested = runs()[-1]
    assert (tested.kind, tested.ok, tested.figures.get("findings", [])) == ("tested", False, [finding] if finding else [])
    browser = Browser(small).as_(db.session.scalar(sa.select(User).where(User.username == "admin")))
    page = browser.get("backup.overview")
    assert "沒有通過還原測試" in page.text
    assert said in page.text
    assert advice in page.text
    right = {title: "相符" in fact for title, fact in facts_of(page).items()}
    assert right == ({name: name != check for name in ("資料筆數", "稽核紀錄鏈", "附件內容", "加密欄位")} if finding else {})
    card = desk_card(browser)
    assert words(card).index("還原測試✕") < words(card).index("最後備份")
    assert "起沒有通過還原測試" in words(card)
    assert [(link.get("href"), words(link)) for link in card.iter(f"{XHTML}a")] == [("/backup/#test", "看哪裡不符、該怎麼做")]
    assert [(name, url) for name, _text, url in told("backup.test_failed")] == [("admin", "/backup/"), ("secretary", "/backup/")]
    assert path.name in told("backup.test_failed")[0][1]


def test_a_test_that_is_passed_is_told_to_nobody_and_ends_the_alarm(folder, small):
    browser = Browser(small).as_(db.session.scalar(sa.select(User).where(User.username == "admin")))
    with unit_of_work("test", "test"):
        for days in (9, 2):
            services.record(BackupRun(kind=TESTED, at=NOW - timedelta(days=days), ok=False, figures={}, reason={"message": "x", "params": {}}))
    assert run_now("backup.make", "", clock.now())
    since = show_date(clock.in_taipei(NOW - timedelta(days=9)).date())
    assert f"{since} 起" in words(desk_card(browser))  # The first of the two.
    before = told("backup.test_failed")
    assert run_now("backup.restore_test", "", clock.now())
    assert told("backup.test_failed") == before
    card = words(desk_card(browser))
    assert "還原測試✓" in card
    assert "起沒有通過" not in card
    page = browser.get("backup.overview")
    assert "通過" in page.text
    assert "沒有通過還原測試" not in page.text
    assert set(facts_of(page)) == {"資料筆數", "稽核紀錄鏈", "附件內容", "加密欄位"}
    assert all("相符" in fact for fact in facts_of(page).values())


def test_what_is_wrong_comes_first_on_the_desk(small):
    admin, now = new_user("administrator"), clock.now()
    with unit_of_work("test", "test"):
        db.session.add(BackupRun(kind=MADE, at=now, ok=True, figures={}, reason={}))
    with small.test_request_context("/"):
        assert cards.backups(admin, {}).order > 90
        with unit_of_work("test", "test"):
            services.record(BackupRun(kind=TESTED, at=now, ok=False, figures={"findings": ["rows"]}, reason={}))
        assert cards.backups(admin, {}).order == cards.FIRST


def test_whoever_may_see_the_backups_is_told_when_there_is_none(small):
    new_user("auditor", username="auditor")
    new_user("accountant", username="accountant")
    for _morning in range(2):  # Not every day.
        assert run_now("backup.watch", "", clock.now())
    assert [(name, url) for name, _text, url in told("backup.overdue")] == [("admin", "/backup/"), ("auditor", "/backup/")]
    assert "還沒有備份" in told("backup.overdue")[0][1]


@pytest.mark.parametrize(("age", "people"), [(timedelta(days=1), []), (timedelta(days=3), ["admin"])])
def test_who_is_told_by_the_age_of_the_last_backup(small, age, people):
    with unit_of_work("test", "test"):
        services.record(BackupRun(kind=MADE, at=clock.now() - age, ok=True, figures={}, reason={}))
    assert run_now("backup.watch", "", clock.now())
    assert [name for name, *_rest in told("backup.overdue")] == people
    assert all("超過兩天" in text for _name, text, _url in told("backup.overdue"))


# --- commands


def test_there_and_back_by_the_commands(small, tmp_path):
    before = everything()
    db.session.remove()
    file, place, keys = tmp_path / "one.backup", tmp_path / "again", tmp_path / "keys.json"
    cli = small.test_cli_runner()
    made = cli.invoke(args=["backup", "--to", str(file)])
    assert made.exit_code == 0, made.output
    assert str(file) in made.output
    assert "TEST-BACKUP-KEY" in cli.invoke(args=["backup-key"]).output
    again = cli.invoke(args=["restore", str(file)])
    assert again.exit_code == 1
    assert "--replace" in again.output
    assert cli.invoke(args=["restore", str(file), "--keys", str(keys)]).exit_code == 0
    assert small.config["FIELD_KEYS"] in keys.read_text()
    assert not place.exists()
    replaced = cli.invoke(args=["restore", str(file), "--replace"])
    assert replaced.exit_code == 0, replaced.output
    assert everything()["user"] == before["user"]


def test_into_another_folder(small, tmp_path, monkeypatch):
    monkeypatch.setenv("BACKUP_KEY", "TEST-BACKUP-KEY")
    monkeypatch.setenv("DATABASE_URL", "")
    db.session.remove()
    file, place = tmp_path / "one.backup", tmp_path / "again"
    cli = small.test_cli_runner()
    assert cli.invoke(args=["backup", "--to", str(file)]).exit_code == 0
    done = cli.invoke(args=["restore", str(file), "--into", str(place)])
    assert done.exit_code == 0, done.output
    assert (place / "unionops.db").stat().st_size > 0
    assert small.config["FIELD_KEYS"] in (place / "secrets.json").read_text()
    assert len(list((place / "files").glob("??/??/*"))) == 2


def test_a_file_that_is_no_backup(small, tmp_path):
    db.session.remove()
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff" * 100)
    refused = small.test_cli_runner().invoke(args=["restore", str(tmp_path / "photo.jpg"), "--replace"])
    assert refused.exit_code == 1
    assert "這不是 unionops 的備份檔" in refused.output


# --- on the screen


def test_the_screen_of_an_office_without_any_backup(small):
    page = Browser(small).as_(new_user("auditor")).get("backup.overview")
    assert "還沒有備份" in page.text
    assert "BACKUP_FOLDER" in page.text
    assert "立即備份" not in page.text


def test_an_administrator_makes_and_tests_one_at_once(folder, small):
    browser = Browser(small).as_(db.session.scalar(sa.select(User).where(User.username == "admin")))
    browser.post("backup.make")
    assert tasks.work_once()
    browser.post("backup.test")
    assert tasks.work_once()
    page = browser.get("backup.overview")
    made, tested = runs()
    assert made.file in page.text
    assert tested.ok
    for what in ("資料筆數", "稽核紀錄鏈", "附件內容", "加密欄位"):
        assert what in page.text
    assert "不符" not in page.text


def test_a_failure_stands_on_the_screen(folder, small):
    folder.rmdir()
    with unit_of_work("test", "test"):
        services.record(services.back_up_into_folder(now=clock.now()))
    page = Browser(small).as_(new_user("secretary_general")).get("backup.overview")
    assert "找不到備份資料夾" in page.text


@pytest.mark.parametrize("role", ["staff", "president", "member", "accountant"])
def test_others_do_not_see_it(small, role):
    Browser(small).as_(new_user(role)).get("backup.overview", status=403)


def test_the_card_of_the_desk(small):
    admin, now = new_user("administrator"), clock.now()
    with small.test_request_context("/"):
        assert not any("備份" in str(one.title) for one in desk.cards(new_user("staff")))
        assert "還沒有備份" in str(cards.backups(admin, {}).text)
        for age, overdue in ((timedelta(days=3), True), (timedelta(hours=1), False)):
            with unit_of_work("test", "test"):
                db.session.add(BackupRun(kind=MADE, at=now - age, ok=True, figures={}, reason={}))
            assert ("逾期" in str(cards.backups(admin, {}).figures[0].note)) is overdue
        with unit_of_work("test", "test"):
            db.session.add(BackupRun(kind=MADE, at=now, ok=False, figures={}, reason={"message": "x", "params": {}}))
        assert not cards.backups(admin, {}).text  # The last good one counts, and it is an hour old.
