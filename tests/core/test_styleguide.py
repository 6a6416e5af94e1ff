"""The components: every one in every state renders, in both languages, and says what a reader needs without colour or script."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask, render_template

from unionops.core import styleguide
from unionops.law.basis import Basis


def drawn(app: Flask, source: str, **context: Any) -> str:
    """A scrap of template with the macros it imports, as a page would draw it."""
    with app.test_request_context("/"):
        return app.jinja_env.from_string(source).render(**context)


STATUS = '{% from "components/status.html" import due_chip, figure, masked, source_seal, status, why %}'
TABLE = '{% from "components/table.html" import cell, head_cell, pager, table %}'
FORM = '{% from "components/form.html" import field, filter_bar, form_page, post_button %}'
PICTURES = '{% from "components/pictures.html" import bars, gauge %}'


@pytest.mark.parametrize("language", ["zh_Hant_TW", "en"])
def test_every_component_renders(browser, language):
    browser.client.set_cookie("lang", language)
    page = browser.get("styleguide.parts")
    assert page.tree.get("lang") == ("en" if language == "en" else "zh-Hant-TW")


def test_the_form_with_errors_says_how_many_in_the_title_and_each_beside_its_field(browser):
    page = browser.get("styleguide.form", status=422, wrong=1)
    title = "".join(page.tree.find(".//{http://www.w3.org/1999/xhtml}title").itertext())
    assert title.startswith("有 4 處要修正：")
    assert "12,000" in page.error("amount")
    assert page.field("amount").get("aria-invalid") == "true"
    assert page.error("since") == ""
    assert {"#until", "#amount", "#account", "#paper"} <= set(page.links())


def test_a_date_is_said_in_words_beside_its_field(browser):
    assert "115 年 11 月 12 日（星期四）" in browser.get("styleguide.form", status=422, wrong=1).text


def test_it_is_closed_outside_development(app, browser):
    app.testing = False
    try:
        browser.get("styleguide.parts", status=404)
    finally:
        app.testing = True


@pytest.mark.parametrize("code", ["400", "403", "404", "409", "413", "422", "429", "500", "error"])
def test_error_pages_are_calm(app, code):
    with app.test_request_context("/"):
        html = render_template(
            f"errors/{code}.html", code=code, message="", incident="AB12" if code == "500" else "", fields=[("電話", "02-1", "<b>")], back="/back", most=50,
        )
    assert html.count("<h1>") == 1
    assert "Traceback" not in html
    assert ("AB12" in html) == (code == "500")
    if code == "409":
        assert "&lt;b&gt;" in html
        assert 'href="/back"' in html


@pytest.mark.parametrize(
    ("days", "level", "words"),
    [(-2, "due-over", "逾期 2 天"), (0, "due-3", "今天到期"), (7, "due-3", "還有 7 天"), (8, "due-2", "還有 8 天"), (30, "due-2", "還有 30 天"), (31, "due-1", "31")],
)
def test_deadline_chips_change_at_seven_and_thirty_days(app, days, level, words):
    html = drawn(app, STATUS + "{{ due_chip(days) }}", days=days)
    assert level in html
    assert words in html


def test_why_shows_the_whole_basis_and_escapes_what_people_typed(app):
    basis = Basis("UA-1", "工會法第 1 條", "50% <b>", inputs=(("月薪 0.5%", 1200), ("雇主", "<script>"), ("日", date(2026, 12, 2))), note="註 100%")
    html = drawn(app, STATUS + "{{ why(basis) }}", basis=basis)
    for part in ("UA-1", "工會法第 1 條", "月薪 0.5%", "1,200", "115/12/02", "條文已核對", "註 100%", "50% &lt;b&gt;", "&lt;script&gt;"):
        assert part in html
    assert "<script>" not in html


def test_a_masked_value_is_not_in_the_page_until_it_is_revealed(app):
    assert "B2******73" in drawn(app, STATUS + '{{ masked("B2******73", "/reveal") }}')
    shown = drawn(app, STATUS + '{{ masked("B2******73", revealed="B223456773") }}')
    assert 'data-remask="B2******73"' in shown


def test_columns_shape_their_cells(app):
    columns = [{"key": "name", "title": "姓名"}, {"key": "unit", "title": "單位", "p2": True}, {"key": "owed", "title": "欠費", "kind": "money"}]
    rows = [SimpleNamespace(id=1, name="王<i>", unit="", owed=1200), SimpleNamespace(id=2, name="李", unit=None, owed=0)]
    html = drawn(app, TABLE + '{{ table("名冊", columns, rows, sorted=("name", "descending"), totals={"name": "全部 2 人", "owed": 1200}) }}', columns=columns, rows=rows)
    assert 'class="tbl q2 n3"' in html
    assert "欠費（元）" in html
    assert 'aria-sort="descending"' in html
    assert "王&lt;i&gt;" in html
    assert '<td class="none">0</td>' in html
    assert '<td class="none">–</td>' in html
    assert '<th scope="row" colspan="1">全部 2 人</th>' in html


def test_a_bulk_list_posts_the_chosen_rows(app):
    bulk = {"url": "/bulk", "actions": [("notice", "寄通知")], "all": 1204, "query": [("q", "王")], "selected": [2]}
    rows = [SimpleNamespace(id=1, name="王"), SimpleNamespace(id=2, name="李")]
    html = drawn(app, TABLE + '{{ table("名冊", [{"key": "name", "title": "姓名"}], rows, bulk=bulk) }}', rows=rows, bulk=bulk)
    assert 'name="csrf_token"' in html
    assert 'aria-label="選取 王"' in html
    assert 'name="ids" value="2" aria-label="選取 李" checked' in html
    assert "改選全部 1,204 筆" in html


@pytest.mark.parametrize(("number", "shown"), [(1, ["1", "2", "49"]), (25, ["1", "24", "25", "26", "49"]), (49, ["1", "48", "49"])])
def test_the_pager_shows_the_ends_and_the_neighbours(app, number, shown):
    page = SimpleNamespace(number=number, pages=49, total=1204, first=1, last=25, size=25, sizes=(25, 50), url=lambda n, size=25: f"/?page={n}")
    html = drawn(app, TABLE + "{{ pager(page) }}", page=page)
    assert [n for n in map(str, range(1, 50)) if f">{n}<" in html.split("<ol>")[1].split("</ol>")[0]] == shown


def test_a_form_carries_its_token_and_key_and_is_multipart_with_a_file(app):
    with app.test_request_context("/"):
        form = styleguide.SampleForm()
        html = app.jinja_env.from_string(FORM + '{{ form_page(form, "送出") }}').render(form=form)
    assert html.count('name="csrf_token"') == 1
    assert html.count('name="once"') == 1
    assert 'enctype="multipart/form-data"' in html


def test_a_picture_of_nothing_is_still_a_picture(app):
    assert "<svg" in drawn(app, PICTURES + '{{ bars("無", [("1 月", 0, None)], ["已收"]) }}{{ gauge("無", [], 0, 0, "門檻") }}')
