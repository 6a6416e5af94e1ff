"""Addresses on paper are those that people outside can open."""

import pytest

from unionops.core.addresses import public_address


@pytest.mark.parametrize(("base", "address"), [
    ("https://union.example", "https://union.example/members/verify/x"),
    ("https://union.example:8443/office", "https://union.example:8443/office/members/verify/x"),
])
def test_the_setting_names_the_address_even_in_a_job(app, monkeypatch, base, address):
    monkeypatch.setitem(app.config, "PUBLIC_URL", base)
    assert public_address("members.verify_card", token="x") == address


def test_without_it_the_request_does_and_a_job_cannot(app):
    with app.test_request_context("/", base_url="http://192.168.1.20:8000"):
        assert public_address("members.verify_card", token="x") == "http://192.168.1.20:8000/members/verify/x"
    with pytest.raises(RuntimeError):
        public_address("members.verify_card", token="x")


def test_the_setting_wins_over_the_request(app, monkeypatch):
    monkeypatch.setitem(app.config, "PUBLIC_URL", "https://union.example")
    with app.test_request_context("/", base_url="http://127.0.0.1:8000"):
        assert public_address("members.verify_card", token="x") == "https://union.example/members/verify/x"
