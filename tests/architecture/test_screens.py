"""Every screen is declared, says what it serves, and answers each role as the role table says. Generated from ``SCREENS``.

A new screen is covered by itself; one whose address has arguments gets its line in tests/office.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from tests.browsing import Browser
from tests.office import CLOSED, Office, furnish
from unionops.core import screens
from unionops.core.accounts.roles import GRANTS, ROLES
from unionops.core.screens import AREAS, ASSETS, PUBLIC, SCREENS, SIGNED_IN, Screen
from unionops.core.standard.codes import standard

LEADS_ON = {"accounts.switch_language", "accounts.switch_theme", "accounts.open_ticket"}
"""Screens whose only answer is a redirect."""
AFTER = {
    "accounts.second_factor": "only between the password and the second step",
    "accounts.join": "only with an invitation",
    "accounts.join_by_passkey": "only with an invitation",
    "accounts.new_password": "only with a link or a slip",
    "accounts.new_recovery_codes": "only with a second step; the office's administrator has one",
    "accounts.remove_second_factor": "only with a second step; the office's administrator has one",
}
"""Screens that lead elsewhere unless something was done before, and who has done it."""
ONES_OWN = {
    "jobs.task", "jobs.task_progress", "jobs.task_file", "jobs.cancel_task", "accounts.end_session", "accounts.remove_passkey", "members.remove_view",
    "approvals.approval", "approvals.decide", "approvals.withdraw", "approvals.end_delegation",
    "attachments.add", "attachments.attachment", "attachments.download", "attachments.preview", "attachments.new_version", "attachments.remove",
    "calendar.deadline", "calendar.edit_deadline", "calendar.extend_deadline", "calendar.hand_over_deadline", "calendar.close_deadline",
    "calendar.appointment", "calendar.edit_appointment", "calendar.cancel_appointment", "calendar.revoke_feed",
    "arrears.person", "arrears.letter", "arrears.letters", "arrears.agreement",
}
"""Screens of a record that is for some people only: to others it does not exist."""
OUTSIDE_TASKS = ("unionops.core", "unionops.overview")
"""Packages whose screens may serve no task of their own: they serve all."""


def rules(app: Flask) -> dict[str, Rule]:
    return {rule.endpoint: rule for rule in app.url_map.iter_rules()}


def address(app: Flask, office: Office, screen: Screen) -> dict[str, Any]:
    return office.arguments(screen.endpoint, rules(app)[screen.endpoint].arguments)


def may(role: str, screen: Screen) -> bool:
    return screen.permission in (PUBLIC, SIGNED_IN) or screen.permission in GRANTS[role]


def expected(role: str, screen: Screen) -> set[int]:
    """The statuses that a GET may have for this role."""
    if screen.endpoint in CLOSED:
        return {404}
    if not may(role, screen):
        return {403}
    allowed = {302} if screen.endpoint in LEADS_ON else {200}
    if screen.endpoint in ONES_OWN:
        allowed |= {404}
    if screen.endpoint in AFTER:
        allowed |= {302}
    return allowed


def answers(browser: Browser, app: Flask, office: Office, method: str) -> Iterator[tuple[Screen, int, str]]:
    """What each screen that knows ``method`` answers: (screen, status, where it leads)."""
    for screen in list(SCREENS.values()):
        if (method == "GET") != ("GET" in screen.methods):
            continue
        target = browser.address(screen.endpoint, **address(app, office, screen))
        data = None
        if method == "POST":
            data = {"csrf_token": browser._csrf(), "once": f"once-{id(screen):030d}"}
        with browser._alone():
            response = browser.client.open(target, method=method, data=data)
        response.close()
        yield screen, response.status_code, response.headers.get("Location", "")


# --- declared


def test_every_route_has_a_screen(app):
    assert rules(app).keys() - SCREENS.keys() <= {ASSETS}
    assert SCREENS.keys() <= rules(app).keys()


def test_an_undeclared_route_stops_the_start():
    stray = Flask("stray", static_folder=None)
    stray.add_url_rule("/stray", endpoint="members.stray", view_func=lambda: "")
    with pytest.raises(RuntimeError, match=r"routes without a Screen: members\.stray"):
        screens.init_app(stray)


def test_a_route_added_after_the_start_is_not_reached(app, browser):
    rule = Rule("/stray", endpoint="members.stray")
    app.url_map.add(rule)
    app.view_functions["members.stray"] = lambda: "reached"
    try:
        browser.get("/stray", status=404)
    finally:
        del app.view_functions["members.stray"]
        app.url_map._rules.remove(rule)
        app.url_map._rules_by_endpoint.pop("members.stray")
        app.url_map._matcher = type(app.url_map._matcher)(app.url_map.merge_slashes)
        for known in app.url_map._rules:
            app.url_map._matcher.add(known)
        app.url_map._remap = True  # In their order again: of two addresses that fit, the one with more in it goes first.


def test_menu_and_breadcrumbs_name_screens(app):
    assert {item.endpoint for item in screens.MENU} <= SCREENS.keys()
    assert {screen.parent for screen in SCREENS.values() if screen.parent} <= SCREENS.keys()


# --- what a screen serves


def wrong_codes(declared: Iterable[Screen], packages: dict[str, str]) -> list[str]:
    """Screens whose codes are unknown, belong to another task, or are missing. ``packages`` is area → package."""
    known, wrong = standard(), []
    for screen in declared:
        outside = packages[screen.endpoint.split(".")[0]].startswith(OUTSIDE_TASKS)
        codes = {*screen.outputs, *screen.indicators}
        if screen.task is None:
            wrong += [f"{screen.endpoint} serves no task"] if not outside else []
            continue
        if screen.task not in known.tasks:
            wrong.append(f"{screen.endpoint}: no task {screen.task}")
            continue
        own = {*known.tasks[screen.task].outputs, *known.tasks[screen.task].indicators}
        wrong += [f"{screen.endpoint}: {code} is not of {screen.task}" for code in sorted(codes - own)]
    return wrong


def packages(app: Flask) -> dict[str, str]:
    """area → the package that declares its screens."""
    found = {}
    for name, area in AREAS.items():
        view = next(app.view_functions[endpoint] for endpoint in SCREENS if endpoint.split(".")[0] == name)
        found[area.name] = view.__module__
    return found


def test_every_code_is_of_the_standard_and_of_the_screens_task(app):
    assert wrong_codes(SCREENS.values(), packages(app)) == []


def sample(**given: Any) -> Screen:
    return Screen(**{
        "endpoint": "members.sample", "title": "", "permission": PUBLIC, "task": "T1.2", "outputs": (), "indicators": ("P1.2.2",), "rule": "/",
        "methods": ("GET",), "personal": False, "once": False, "fresh": False, "parent": None, "exact": False,
    } | given)


@pytest.mark.parametrize("given", [{"task": None}, {"task": "T9.9"}, {"indicators": ("P1.1.1",)}, {"outputs": ("O9.9.9",)}])
def test_a_wrong_code_is_found(given):
    assert wrong_codes([sample()], {"members": "unionops.members"}) == []
    assert len(wrong_codes([sample(**given)], {"members": "unionops.members"})) == 1


# --- who may open it


@pytest.mark.parametrize("role", ROLES)
def test_each_screen_answers_the_role_as_the_table_says(app, office, browser, role):
    person = browser.as_(office.user(role))
    wrong = [
        f"{screen.endpoint}: {status} {where}, not {sorted(expected(role, screen))}"
        for screen, status, where in answers(person, app, office, "GET")
        if status not in expected(role, screen)
    ]
    assert wrong == []


@pytest.mark.parametrize("role", ROLES)
def test_each_act_is_refused_to_whoever_may_not_do_it(app, office, browser, role):
    """Acts without a page of their own. Whoever may do it gets as far as the act, whatever it says to an empty form."""
    wrong = []
    for screen in [screen for screen in SCREENS.values() if "GET" not in screen.methods]:
        person = browser.as_(office.user(role))  # Some acts end the sign-in.
        data = {"once": "once-0000000000000001"}
        target = person.address(screen.endpoint, **address(app, office, screen))
        data["csrf_token"] = person._csrf()
        with person._alone(), person.client.post(target, data=data) as response:  # Some acts answer with a file.
            status = response.status_code
        fits = status in (200, 302, 400, 404, 409, 422) if may(role, screen) else status == 403
        wrong += [] if fits else [f"{screen.endpoint}: {status}"]
    assert wrong == []


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nobody_gets_past_the_sign_in(app, office, browser, method):
    wrong = []
    for screen, status, where in answers(browser, app, office, method):
        if screen.endpoint in CLOSED:
            fits = status == 404
        elif screen.permission == PUBLIC:
            fits = status in (200, 302, 422) and ("next=" not in where or screen.endpoint in AFTER)
        else:
            fits = status == 302 and where.startswith("/sign-in?next=")
        wrong += [] if fits else [f"{screen.endpoint}: {status} {where}"]
    assert wrong == []


@pytest.mark.parametrize("language", ["zh_Hant_TW", "en"])
def test_every_page_is_shown_to_somebody(app, office, browser, language):
    """In both languages, through the careful reader of tests/browsing.py."""
    left = {screen.endpoint for screen in SCREENS.values() if "GET" in screen.methods} - LEADS_ON - CLOSED - office.between.keys()
    order = [office.owner, "administrator", *ROLES]
    for role in dict.fromkeys(order):
        person = browser.as_(office.user(role))
        person.client.set_cookie("lang", language)
        for endpoint in sorted(left):
            if may(role, SCREENS[endpoint]) and not (endpoint in AFTER and role != "administrator"):
                person.get(endpoint, **address(app, office, SCREENS[endpoint])).response.close()
                left.discard(endpoint)
    browser.client.set_cookie("lang", language)
    for endpoint, held in office.between.items():
        with browser.client.session_transaction() as cookie:
            cookie.update(held)
        browser.get(endpoint)
    assert left == set()


def test_every_page_is_shown_on_postgresql_which_lets_no_page_write(pg_app):
    office = furnish()
    browser = Browser(pg_app).as_(office.user(office.owner))
    wrong = [
        f"{screen.endpoint}: {status}" for screen, status, _where in answers(browser, pg_app, office, "GET")
        if status not in expected(office.owner, screen)
    ]
    assert wrong == []


# --- the matrix can fail


def test_a_screen_whose_arguments_nobody_named_is_found():
    with pytest.raises(AssertionError, match=r"members\.new needs \['person_id'\]: say in tests/office\.py"):
        Office().arguments("members.new", {"person_id"})


def test_the_table_decides_what_is_expected():
    assert expected("director", sample(permission="members.read")) == {403}
    assert expected("staff", sample(permission="members.read")) == {200}
    assert expected("member", sample(permission=SIGNED_IN)) == {200}
