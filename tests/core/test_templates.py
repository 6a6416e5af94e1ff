"""Templates compiled per language, what they escape, and what they draw once."""

import pytest
from flask import Flask, g
from flask_babel import force_locale
from jinja2 import DictLoader, UndefinedError
from markupsafe import Markup

from unionops.core import templates
from unionops.core.i18n import _l
from unionops.core.pages import Paging, address, here

PAGE = (
    '{% from "signs.html" import sign %}{% set label = given or _("登出") %}'
    '{{ _("登出") }}|{{ label }}|{{ sign() }}|{{ _("共 %(n)s 項排程", n=count) }}|{{ count|string }}'
)


def offer(app: Flask, monkeypatch: pytest.MonkeyPatch, **sources: str) -> None:
    """Templates of this test alone, in both languages."""
    plain = DictLoader({f"{name}.html": source for name, source in sources.items()})
    monkeypatch.setattr(app.jinja_env, "loader", templates._Loader(plain))


def shown(app: Flask, name: str, language: str, **given: object) -> str:
    with app.test_request_context(headers={"Cookie": f"lang={language}"}):
        g.pop("language", None)  # The test's own context is shared by its requests.
        with force_locale(language):
            html = templates.render(f"{name}.html", **given)
        g.pop("language", None)
    return html


def test_texts_are_those_of_the_reader_in_the_page_and_in_its_macros(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(app, monkeypatch, page=PAGE, signs='{% macro sign() %}{{ _("取消") }}{% endmacro %}')
    for _again in range(2):
        assert shown(app, "page", "zh_Hant_TW", given="", count=3) == "登出|登出|取消|共 3 項排程|3"
        assert shown(app, "page", "en", given="", count=3) == "Sign out|Sign out|Cancel|Scheduled jobs: 3|3"


def test_a_template_without_a_language_looks_its_texts_up(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(app, monkeypatch, page='{{ _("登出") }}')
    with app.test_request_context(), force_locale("en"):
        assert app.jinja_env.get_template("page.html").render() == "Sign out"


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        ("王小明", "王小明"), ("A12", "A12"), ("", ""), (7, "7"), (None, "None"),
        ("<b>&\"'", "&lt;b&gt;&amp;&#34;&#39;"), ("王<", "王&lt;"), (Markup("<b>"), "<b>"),
        (_l("「%(name)s」", name="<script>"), "「&lt;script&gt;」"),
    ],
)
def test_every_value_is_escaped_once(app: Flask, value: object, printed: str) -> None:
    with app.test_request_context():
        for source in ("{{ value }}", "{% macro m(v) %}{{ v }}{% endmacro %}{{ m(value) }}", "{% set kept %}{{ value }}{% endset %}{{ kept }}"):
            assert app.jinja_env.from_string(source).render(value=value) == printed


def test_rows_may_be_dicts_whose_keys_are_methods_of_a_dict(app: Flask) -> None:
    with app.test_request_context():
        row = {"items": 3, "name": "甲"}
        told = app.jinja_env.from_string('{{ row.name }} {{ row["items"] }} {{ row.items()|length }} {{ row.gone is defined }}')
        assert told.render(row=row) == "甲 3 2 False"
        with pytest.raises(UndefinedError):
            app.jinja_env.from_string("{{ row.gone }}").render(row=row)


def test_equal_values_are_drawn_once_and_others_anew(app: Flask) -> None:
    drawn: list[tuple[object, ...]] = []

    def macro(*given: object) -> str:
        drawn.append(given)
        return f"{given}"

    for given in ((("a", 1), True), (("a", 1), True), (("a", 2), True)):
        assert templates.drawn_once(macro, *given) == str(given)  # type: ignore[arg-type]
    assert drawn == [(("a", 1), True), (("a", 2), True)]


def test_addresses_keep_the_filter_and_change_what_is_asked(app: Flask) -> None:
    with app.test_request_context("/members?q=王 a&unit=1&unit=2&page=3&draft=x"):
        assert here() == "/members/?q=%E7%8E%8B+a&unit=1&unit=2&page=3"
        assert here(q=None, page=None, unit=["4"]) == "/members/?unit=4"
        paging = Paging(200)
        assert paging.url(2) == "/members/?q=%E7%8E%8B+a&unit=1&unit=2&page=2&size=25"
    with app.test_request_context("/members/", base_url="http://office/under"):
        assert (here(page=2), Paging(200).url(2, 50)) == ("/under/members/?page=2", "/under/members/?page=2&size=50")
        assert address("members.roster") == "/under/members/"
    with app.test_request_context("/members/"):
        assert address("members.roster") == "/members/"  # What was made once for another root does not come back here.
