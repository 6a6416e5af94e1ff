"""Ways, states, failures, addresses and the server's address: pure rules."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionops.core.notify import rules
from unionops.core.notify.rules import Ways
from unionops.values.problems import RuleBroken


@pytest.mark.parametrize(
    ("chosen", "compulsory", "becomes"),
    [
        (Ways(False, "none"), False, Ways(False, "none")),
        (Ways(False, "none"), True, Ways(True, "digest")),
        (Ways(False, "digest"), True, Ways(True, "digest")),
        (Ways(True, "at_once"), True, Ways(True, "at_once")),
    ],
)
def test_what_is_made_of_a_choice(chosen, compulsory, becomes):
    assert rules.allowed(chosen, compulsory=compulsory) == becomes


def test_each_combination_has_a_known_state():
    names = ("sent", "printed", "given_up", "cancelled", "held", "gathered")
    for channel, tries in product(("mail", "paper"), (0, 3)):
        for flags in product((False, True), repeat=len(names)):
            found = rules.status(channel, **dict(zip(names, flags, strict=True)), tries=tries)
            assert found in rules.STATUSES
            if flags[0]:
                assert found == "sent"


@pytest.mark.parametrize(
    ("stage", "code", "failure"),
    [
        ("recipient", 550, "recipient"), ("recipient", 450, "busy"), ("recipient", 421, "unreachable"), ("recipient", 530, "login"),
        ("content", 554, "content"), ("content", 451, "busy"), ("content", 421, "unreachable"), ("sender", 550, "sender"),
        ("sender", 451, "unreachable"), ("connect", 554, "unreachable"), ("login", 535, "login"), ("login", 454, "unreachable"),
    ],
)
def test_what_an_answer_means(stage, code, failure):
    assert rules.failure_of(stage, code) == failure
    assert failure in rules.FAILURES


def test_what_stops_everything_is_never_one_rows_fault():
    assert {code for code, failure in rules.FAILURES.items() if failure.whole} == {"unreachable", "tls", "login", "sender"}
    assert not any(failure.whole and failure.final for failure in rules.FAILURES.values())


def test_pauses():
    assert [rules.next_try(tries) for tries in (1, 6, 7)] == [timedelta(minutes=1), timedelta(hours=24), None]
    assert [rules.server_pause(n).total_seconds() / 60 for n in (1, 2, 3, 4, 5, 500)] == [1, 2, 4, 8, 15, 15]


@given(st.text())
def test_one_line_is_one_line(text):
    found = rules.one_line(text)
    assert len(found.splitlines()) <= 1
    assert "\r" not in found


@pytest.mark.parametrize("text", ["", "a", "a@", "@b.tw", "a@b", "a b@c.tw", "a@b.tw\r\nBcc: c@d.tw", "a@b.tw\n", "王@例子.tw", "a@b.tw, c@d.tw", "甲 <a@b.tw>"])
def test_what_is_no_address(text):
    if text == "a@b.tw\n":
        assert rules.mail_address(text) == "a@b.tw"
        return
    with pytest.raises(RuleBroken):
        rules.mail_address(text)


def test_an_international_domain_is_written_as_servers_take_it():
    assert rules.mail_address("office@例子.台灣") == "office@xn--fsqu00a.xn--kpry57d"


@given(st.text(min_size=1))
def test_no_address_holds_a_line_break(text):
    with suppress(RuleBroken):
        assert rules.mail_address(text).isprintable()


@pytest.mark.parametrize(
    ("url", "host", "port", "security"),
    [
        ("smtp://127.0.0.1:2525", "127.0.0.1", 2525, ""),
        ("smtp://mail.example", "mail.example", 25, ""),
        ("smtps://u:p%40ss@mail.example", "mail.example", 465, "tls"),
        ("smtp://u:p%40ss@mail.example?starttls=1", "mail.example", 587, "starttls"),
        ("smtp://u:p%40ss@127.0.0.1:25?starttls=0", "127.0.0.1", 25, ""),
    ],
)
def test_a_server(url, host, port, security):
    server = rules.server_of(url)
    assert (server.host, server.port, server.security) == (host, port, security)
    assert server.password in ("", "p@ss")
    assert "p@ss" not in repr(server)


@pytest.mark.parametrize(
    "url",
    [
        "mail.example", "http://mail.example", "smtp://", "smtp://mail.example:port", "smtp://mail.example:99999", "smtp://mail.example?tls=1",
        "smtp://mail.example?starttls=maybe", "smtp://mail.example/path", "smtp://user:geheim@mail.example:25",
    ],
)
def test_what_is_no_server_is_said_without_its_password(url):
    with pytest.raises(ValueError) as refusal:
        rules.server_of(url)
    assert "SMTP_URL" in str(refusal.value)
    assert "geheim" not in str(refusal.value)


def test_a_sender():
    assert rules.sender_of("工會 <office@union.example.tw>") == ("工會", "office@union.example.tw")
    assert rules.sender_of("office@union.example.tw") == ("", "office@union.example.tw")
    with pytest.raises(ValueError, match="MAIL_FROM"):
        rules.sender_of("工會")


@pytest.mark.parametrize(
    ("url", "goes"),
    [
        ("/letters/3", "/letters/3"), ("https://union.example/app/x", "https://union.example/app/x"), ("https://union.example.evil/x", ""),
        ("//evil.example", ""), ("/\\evil.example", ""), ("https://evil.example", ""), ("javascript:alert(1)", ""), ("", ""), ("/a\nb", ""),
    ],
)
def test_a_notice_leads_nowhere_else(url, goes):
    assert rules.place_within(url, "https://union.example") == goes
