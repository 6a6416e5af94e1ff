"""Every screen of the area on the furnished office, in both languages."""

import pytest

from tests.browsing import Browser
from tests.office import Office, _furnished, office  # noqa: F401  Fixtures.
from unionops.core.screens import SCREENS


@pytest.mark.parametrize("language", ["zh_Hant_TW", "en"])
def test_each_is_shown(app, office: Office, browser: Browser, language):  # noqa: F811
    person = browser.as_(office.user("secretary_general"))
    person.client.set_cookie("lang", language)
    wanted = [s for s in SCREENS.values() if s.endpoint.startswith(("surveys.", "answer.")) and "GET" in s.methods]
    assert len(wanted) > 15
    wrong = []
    for screen in wanted:
        try:
            person.get(screen.endpoint, **office.visits.get(screen.endpoint, {})).response.close()
        except AssertionError as error:
            wrong.append(str(error)[:500])
    assert wrong == []
