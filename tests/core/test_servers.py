"""The servers that other tests stand on do work: a database, a browser with Chinese letters, the app over HTTP."""

from urllib.request import urlopen

import psycopg
import pytest
from flask import Flask
from sqlalchemy import create_engine, inspect, text

from tests import machine

RARE = "堃峯喆煊𠮷〇"


@pytest.fixture
def app():
    app = Flask("served")

    @app.get("/")
    def page():
        return f"<!doctype html><html lang=zh-Hant><meta charset=utf-8><title>工會</title><h1>會員名冊 {RARE}</h1>"

    return app


@pytest.mark.postgres
def test_postgres_answers(postgres_server):
    with postgres_server.database() as url:
        engine = create_engine(url)
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT version()")).startswith("PostgreSQL")
            assert connection.scalar(text("SELECT lower('會ABC')")) == "會abc"
        engine.dispose()


@pytest.mark.postgres
def test_a_database_is_gone_after_use_even_with_a_connection_left_open(postgres_server):
    with postgres_server.database() as url:
        left_open = psycopg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False))
    with pytest.raises(psycopg.OperationalError), psycopg.connect(
        url.set(drivername="postgresql").render_as_string(hide_password=False)
    ):
        pass
    left_open.close()


@pytest.mark.postgres
def test_each_module_gets_a_migrated_database(postgres_url):
    engine = create_engine(postgres_url)
    assert "alembic_version" in inspect(engine).get_table_names()
    engine.dispose()


@pytest.mark.browser
def test_chromium_draws_chinese(chromium, live_server, app):
    context = chromium.new_context()
    page = context.new_page()
    page.goto(live_server(app) + "/")
    assert page.title() == "工會"
    page.add_style_tag(content="h1 { font-family: 'Noto Sans CJK TC'; font-size: 64px }")
    # A character without glyph is a box, and every box has the same shape: distinct pictures mean real letters.
    pictures = set()
    for letter in RARE:
        page.evaluate("letter => { document.querySelector('h1').textContent = letter }", letter)
        pictures.add(page.locator("h1").screenshot())
    assert len(pictures) == len(RARE)
    context.close()


def test_the_live_server_answers(live_server, app):
    with urlopen(live_server(app) + "/") as answer:
        assert answer.status == 200
        assert "會員名冊" in answer.read().decode()


def test_the_machine_has_all_that_the_tests_need():
    assert machine.missing() == []
