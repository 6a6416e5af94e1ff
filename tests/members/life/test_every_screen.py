"""Every screen of measures, leaving, changes and the roll check on the furnished office, in both languages."""

import pytest

from tests.browsing import Browser
from tests.office import Office, _furnished, office  # noqa: F401  Fixtures.
from unionops.core.screens import SCREENS

MINE = ("unionops.members.views.life", "unionops.members.views.leaving", "unionops.members.views.facts", "unionops.members.views.rollcheck")


@pytest.mark.parametrize("language", ["zh_Hant_TW", "en"])
def test_each_is_shown(app, office: Office, browser: Browser, language):  # noqa: F811
    person = browser.as_(office.user("secretary_general"))
    person.client.set_cookie("lang", language)
    wanted = [
        one for one in SCREENS.values()
        if "GET" in one.methods and app.view_functions[one.endpoint].__module__.startswith(MINE)
    ]
    assert len(wanted) > 30
    wrong = []
    for screen in wanted:
        try:
            person.get(screen.endpoint, **office.visits.get(screen.endpoint, {})).response.close()
        except AssertionError as error:
            wrong.append(str(error)[:300])
    assert wrong == []
