"""The pictures of the guides, taken from the real app: ``python -m tests.screenshots [NAME …]`` writes docs/img.

Owns the list of pictures, as data, and how one is taken. Every run builds a demo union and an empty installation in a folder of its
own and leaves nothing behind; what is on a picture is the app's business. Needs Chromium (``python3 -m unionops test`` says how to get it).
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "img"
OFFICE = ROOT / "tests" / "data" / "office"
MOST_BYTES = 150_000
"""A guide must open quickly: a picture that is larger fails the run; take a smaller part of the page."""


@dataclass(frozen=True)
class Picture:
    """One picture: who looks at which address, and what is done there first.

    ``path`` may name ``{settled}`` (somebody with family and contacts), ``{returned}`` (who left and came back) and ``{twice}``
    (two records of one person); "" goes on where the same user's last picture ended. ``steps`` are (verb, selector[, text]):
    click, fill (``{code}`` is the set-up code), choose, file, see (scroll there), open (the first link in the page whose address contains
    the text). ``house`` is the demo union, or the installation that is ``empty``.
    """

    name: str
    path: str
    user: str = "chief"
    steps: tuple[tuple[str, ...], ...] = ()
    size: tuple[int, int] = (1200, 760)
    language: str = "zh_Hant_TW"
    house: str = "demo"


SAVE = "main button[type=submit]"

PICTURES = (
    Picture("sign-in", "/sign-in", user=""),
    Picture("desk", "/", size=(1200, 560)),
    Picture("search", "/search?q=雅婷", size=(1200, 520)),
    # The roster.
    Picture("roster", "/members/", size=(1200, 640)),
    Picture("roster-search", "/members/?q=雅婷", size=(1200, 590)),
    Picture("roster-phone", "/members/", size=(390, 760)),
    Picture("roster-en", "/members/", size=(1200, 640), language="en"),
    Picture("person", "/members/{settled}"),
    Picture("person-timeline", "/members/{returned}", steps=(("see", "text=往來紀錄"),)),
    Picture("reveal", "/members/{settled}/reveal/id_number", size=(1200, 600)),
    Picture("add-member", "/members/new"),
    Picture("units", "/members/units", size=(1200, 620)),
    Picture("save-view", "/members/views/new?class=retired", size=(1200, 560)),
    Picture("duplicates", "/members/duplicates", size=(1200, 520)),
    Picture("compare", "/members/duplicates/{twice}"),
    Picture("papers", "/members/papers", size=(1200, 680)),
    Picture("cards", "/members/papers/cards?unit=8"),
    Picture("export", "/members/export"),
    # Attachments.
    Picture("attachments-member", "/members/1", steps=(("see", "#attachments"),), size=(1200, 560)),
    Picture("attachment", "", steps=(("open", "/attachments/"),), size=(1200, 560)),
    # The import, from the file to its end.
    Picture("import-start", "/members/imports/new"),
    Picture("import-columns", "", steps=(("file", "input[type=file]", "roster.xlsx"), ("click", SAVE))),
    Picture("import-preview", "", steps=(("click", "button:has-text('看預覽')"),), size=(1200, 690)),
    Picture("import-refused", "", steps=(("open", "kind=refused"),), size=(1200, 690)),
    Picture("import-row", "", steps=(("open", "/rows/"),)),
    Picture("import-decision", "/members/imports/2?kind=duplicate", steps=(("open", "/rows/"),)),
    Picture("import-apply", "/members/imports/2/apply", size=(1200, 620)),
    Picture("import-result", "", steps=(("click", SAVE),), size=(1200, 620)),
    Picture("import-undo", "/members/imports/2/undo", size=(1200, 620)),
    # Notices and mail.
    Picture("notices", "/notify/", size=(1200, 460)),
    Picture("outbox", "/notify/outbox?part=failed", size=(1200, 760)),
    Picture("outbox-mail", "", steps=(("open", "/notify/outbox/"),), size=(1200, 600)),
    Picture("notice-choices", "/notify/choices", size=(1200, 700)),
    # The calendar.
    Picture("deadlines", "/calendar/?whose=all", size=(1200, 720)),
    Picture("deadline", "/calendar/?whose=all", steps=(("click", "main th a:has-text('限期補正')"),), size=(1200, 720)),
    Picture("calendar-month", "/calendar/month?whose=all", size=(1200, 600)),
    Picture("calendar-phone", "/calendar/month?whose=all", size=(390, 760)),
    Picture("calendar-year", "/calendar/year?whose=all", size=(1200, 640)),
    # Surveys.
    Picture("survey", "/surveys/1", size=(1200, 600)),
    Picture("survey-answer", "/surveys/2", size=(390, 760), steps=(("open", "/s/"),)),
    Picture("survey-enter", "/surveys/1/enter"),
    Picture("survey-results", "/surveys/1/results", size=(1200, 720)),
    Picture("survey-groups", "/surveys/1/results/by/7", size=(1200, 700)),
    # Letters.
    Picture("letters", "/letters/", size=(1200, 700)),
    Picture("letter", "/letters/16", size=(1200, 560)),
    Picture("letter-paper", "/letters/out/16/paper", size=(1200, 680)),
    # Joining.
    Picture("joining", "/joining/", size=(1200, 600)),
    Picture("joining-application", "", steps=(("click", "main th a"),), size=(1200, 760)),
    Picture("joining-apply", "/apply", user="", size=(390, 760)),
    Picture("joining-board", "/joining/prospects", size=(1200, 560)),
    # Billing.
    Picture("dues-schemes", "/dues/schemes", size=(1200, 480)),
    Picture("dues-draft", "/dues/runs/new", steps=(("click", SAVE),), size=(1200, 760)),
    Picture("dues-notices", "/dues/runs", steps=(("click", "main th a"), ("open", "/notices")), size=(1200, 740)),
    # The dues desk.
    Picture("dues-desk", "/dues/", user="cashier", size=(1200, 480)),
    Picture("dues-take", "", user="cashier", steps=(("fill", "input[name=who]", "00031"), ("click", SAVE)), size=(1200, 760)),
    Picture("dues-receipt", "", user="cashier", steps=(("click", SAVE),), size=(1200, 700)),
    Picture("dues-account", "", user="cashier", steps=(("click", "main aside a[href$='/dues/31']"),), size=(1200, 760)),
    # Statements.
    Picture("statements", "/statements/", size=(1200, 480)),
    Picture("statement-file", "", steps=(("click", "main th a"),), size=(1200, 720)),
    Picture("statement-line", "/statements/queue?verdict=names_alike", steps=(("click", "main th a"),), size=(1200, 700)),
    # Check-off.
    Picture("checkoff-employer", "/checkoff/", steps=(("click", "main th a"),), size=(1200, 760)),
    Picture("checkoff-list", "", steps=(("click", "main th a"),), size=(1200, 680)),
    Picture("checkoff-paper", "", steps=(("open", "/paper"),), size=(1200, 640)),
    # Arrears and figures.
    Picture("arrears", "/arrears/", size=(1200, 700)),
    Picture("arrears-steps", "/arrears/steps", size=(1200, 680)),
    Picture("arrears-notice", "/arrears/steps/notice", size=(1200, 720)),
    Picture("dues-figures", "/dues/figures", size=(1200, 640)),
    Picture("dues-report", "/dues/report", size=(1200, 760)),
    # The life of a membership.
    Picture("changes", "/members/1/changes", size=(1200, 620)),
    Picture("measure", "/members/measures", steps=(("click", "main th a"),), size=(1200, 700)),
    Picture("roll-check", "/rollcheck/", steps=(("click", "main th a"),), size=(1200, 680)),
    # Standing.
    Picture("standing", "/dues/standing?number=00030", size=(1200, 600)),
    Picture("roster-standing", "/members/?rights=not_good", size=(1200, 560)),
    # Approvals.
    Picture("approvals", "/approvals/", user="president", size=(1200, 400)),
    Picture("approval-phone", "", user="president", steps=(("click", "main th a"),), size=(390, 860)),
    Picture("approval", "", user="president", size=(1200, 760)),
    # Setting up: an installation in which nobody is yet.
    Picture("setup-code", "/", user="", house="empty", steps=(("fill", "input[name=code]", "{code}"),), size=(1200, 430)),
    Picture("setup-union", "", user="", house="empty", steps=(
        ("click", SAVE), ("choose", "select[name=kind]", "職業工會"), ("fill", "input[name=name]", "臺中市展演技術人員職業工會"),
        ("fill", "input[name=short_name]", "展演技術工會"), ("fill", "input[name=seat]", "臺中市西屯區文心路二段 588 號"),
    ), size=(1200, 760)),
    Picture("setup-authority", "", user="", house="empty", steps=(("click", SAVE),), size=(1200, 630)),
    Picture("setup-charter", "", user="", house="empty", steps=(
        ("click", SAVE), ("fill", "input[name='value:charter.supervisors']", "8"), ("click", "main button:has-text('下一步')"),
        ("see", "input[name='value:charter.supervisors']"),
    ), size=(1200, 720)),
    Picture("setup-administrator", "", user="", house="empty", steps=(
        ("click", "main button:has-text('都先用預設值')"), ("see", "main button:has-text('建立管理員')"),
    ), size=(1200, 800)),
    Picture("setup-first-steps", "/setup/first-steps", user="admin", size=(1200, 640)),
    # Backup.
    Picture("backup", "/backup/", user="admin", size=(1200, 760)),
    # The platform.
    Picture("account", "/me"),
    Picture("roles", "/users/roles", user="admin"),
    Picture("audit", "/audit/", user="supervisor"),
    Picture("audit-chain", "/audit/chain", user="supervisor"),
    Picture("jobs", "/jobs/", user="admin", size=(1200, 560)),
    Picture("union", "/union"),
    Picture("legal-parameters", "/legal/parameters", size=(1200, 640)),
    Picture("legal-calendar", "/legal/calendar"),
    Picture("calculator", "/calculators/officers.limits?members=1234&kind=occupational", steps=(("see", "main h1"),)),
    Picture("standard", "/standard"),
)


def main(names: list[str]) -> int:
    """Takes the pictures, or only those named with all that lead up to them; returns the exit status."""
    unknown = set(names) - {picture.name for picture in PICTURES}
    if unknown:
        print(f"no picture {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    IMAGES.mkdir(exist_ok=True)
    too_large = []
    with tempfile.TemporaryDirectory() as folder, _houses(Path(folder)) as (houses, places), _chromium(Path(folder)) as browser:
        seats: dict[tuple[str, str, str], Page] = {}
        for picture in PICTURES:
            base = houses[picture.house]
            seat = (base, picture.user, picture.language)
            if seat not in seats:
                seats[seat] = _seat(browser, *seat)
            content = _take(seats[seat], base, picture, places)
            if names and picture.name not in names:
                continue
            (IMAGES / f"{picture.name}.png").write_bytes(content)
            print(f"{picture.name:<20} {len(content) // 1000:>4} kB")
            if len(content) > MOST_BYTES:
                too_large.append(picture.name)
    if too_large:
        print(f"larger than {MOST_BYTES // 1000} kB: {', '.join(too_large)}", file=sys.stderr)
    return 1 if too_large else 0


def _take(page: Page, base: str, picture: Picture, places: dict[str, str]) -> bytes:
    page.set_viewport_size({"width": picture.size[0], "height": picture.size[1]})
    if picture.path:
        answer = page.goto(base + picture.path.format(**places))
        if answer is None or answer.status != 200:
            raise SystemExit(f"{picture.name}: {page.url} answers {answer.status if answer else 'nothing'}")
    for verb, selector, *rest in picture.steps:
        match verb:
            case "click":
                page.click(selector)
            case "fill":
                page.fill(selector, rest[0].format(**places))
            case "choose":
                page.select_option(selector, label=rest[0])
            case "file":
                page.set_input_files(selector, str(OFFICE / rest[0]))
            case "see":
                page.locator(selector).first.scroll_into_view_if_needed()
            case "open":
                page.locator(f"main a[href*='{selector}']").first.click()
        page.wait_for_load_state("networkidle")
    return page.screenshot(animations="disabled")


def _seat(browser: Browser, base: str, user: str, language: str) -> Page:
    from unionops.demo import PASSWORD

    context = browser.new_context(locale="zh-TW" if language.startswith("zh") else "en-GB", color_scheme="light")
    context.add_cookies([{"name": "lang", "value": language, "url": base}])
    page = context.new_page()
    if user:
        page.goto(f"{base}/sign-in")
        page.fill("input[name=username]", user)
        page.fill("input[name=password]", PASSWORD)
        page.click(SAVE)
        page.wait_for_load_state("networkidle")
    return page


@contextmanager
def _houses(folder: Path) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """The demo union and the empty installation: their addresses, and what the pictures name."""
    with _served(folder / "demo", _demo_union) as (demo, places), _served(folder / "empty", _nobody) as (empty, code):
        yield {"demo": demo, "empty": empty}, places | code


@contextmanager
def _served(folder: Path, furnish: Callable[[Flask], dict[str, str]]) -> Iterator[tuple[str, dict[str, str]]]:
    """An installation in this folder, served on a free port: its address, and what ``furnish`` tells of it."""
    from waitress.server import create_server

    import config
    from unionops.app import create_app
    from unionops.core import catalogues, migrations

    folder.mkdir()
    os.environ["UNIONOPS_HOME"] = str(folder)
    os.environ.pop("DATABASE_URL", None)
    catalogues.compile_all()
    app = create_app(config.OfficeConfig())
    with app.app_context():
        migrations.attach(app)
        migrations.upgrade()
        places = furnish(app)
    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    threading.Thread(target=server.run, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}", places
    finally:
        server.close()


def _nobody(app: Flask) -> dict[str, str]:
    """The code that opens the wizard."""
    from unionops.core import clock
    from unionops.core.db import unit_of_work
    from unionops.core.setup import services

    with unit_of_work("終端機", "demo"):
        return {"code": services.new_code(now=clock.now())}


def _demo_union(app: Flask) -> dict[str, str]:
    """The demo union with a backup that was tested; the records that the pictures name."""
    from unionops import demo
    from unionops.core import clock
    from unionops.core.backup import services as backup
    from unionops.core.db import unit_of_work

    app.config["DEMO"] = True
    app.extensions["demo_sign_ins"] = demo.SIGN_INS
    demo.build(lambda told: None)
    places = _places()
    app.config["BACKUP_FOLDER"] = app.config["HOME"]
    for tried in (backup.back_up_into_folder, backup.test_newest):
        with unit_of_work("排程", "demo"):
            backup.record(tried(now=clock.now()))
    app.config["BACKUP_FOLDER"] = "/mnt/usb"  # As in the guide; what is shown must not change with the folder of the run.
    return places


def _places() -> dict[str, str]:
    """Records that show something; a second record of one person is made here, for the demo holds none."""
    import sqlalchemy as sa

    from unionops.core import clock
    from unionops.core.audit import sealing
    from unionops.core.db import db, unit_of_work
    from unionops.members.models import Dependant, Membership, Person
    from unionops.members.services import people

    today = clock.today()
    settled = db.session.scalar(sa.select(Dependant.person_id).order_by(Dependant.id).limit(1))
    returned = db.session.scalar(
        sa.select(Membership.person_id).group_by(Membership.person_id).having(sa.func.count() > 1).order_by(Membership.person_id).limit(1)
    )
    first = db.session.get_one(Person, 60)
    said: dict[str, Any] = {
        "name": first.name, "sex": first.sex, "birth_on": first.birth_on, "mobile": "0912000345", "email": "old@example.tw",
        "mail_address": first.mail_address,
    }
    db.session.rollback()
    with unit_of_work("林秀琴", "demo"):
        second = people.add_member(today=today, joined_on=today, **said)
        db.session.flush()  # The address names the record by its id.
        people.leave(second.memberships[0], left_on=today, reason="unknown", note="", today=today)  # Two in force could not be merged.
        twice = f"{first.id}/{second.id}"
    with unit_of_work("排程", "demo"):
        sealing.seal(clock.now() + sealing.SETTLE)
    db.session.remove()
    return {"settled": str(settled), "returned": str(returned), "twice": twice}


@contextmanager
def _chromium(folder: Path) -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    from tests import machine
    from tests.servers import CHROMIUM_FLAGS, chinese_font

    program = machine.CHROMIUM.find()
    if not program:
        raise SystemExit("Chromium is missing: `python3 -m unionops test` installs it or says how")
    home = folder / "browser"
    (home / "fonts").mkdir(parents=True)
    (home / "fonts" / chinese_font().name).symlink_to(chinese_font())
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=CHROMIUM_FLAGS + (["--no-sandbox"] if root else []),
            env={**os.environ, "XDG_DATA_HOME": str(home), "HOME": str(home)},
        )
        try:
            yield browser
        finally:
            browser.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
