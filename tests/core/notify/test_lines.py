"""The way to the mail server: encrypted, certified, signed in; and what is said when it is not."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from config import TestConfig
from tests.core.notify.conftest import rows, told, use
from tests.servers import MailServer
from unionops.core import clock
from unionops.core.notify import sending
from unionops.core.notify.services import Reader


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for this machine that signs itself: (file of both, of the certificate alone)."""
    folder, key = tmp_path_factory.mktemp("tls"), ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")]), datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, hashes.SHA256())
    )
    alone = made.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "both.pem").write_bytes(private + alone)
    (folder / "alone.pem").write_bytes(alone)
    return folder / "both.pem", folder / "alone.pem"


@pytest.fixture
def serving(certificate):
    """``serving(**settings)`` starts a server with encryption that knows one user."""
    started = []

    def start(**settings):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate[0])

        def authenticate(server, session, envelope, mechanism, data):
            return AuthResult(success=(data.login, data.password) == (b"office", b"p@ss"), handled=False)

        server = MailServer(tls_context=context, authenticator=authenticate, **settings)
        server.start()
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop()


def line(app, monkeypatch, server, address):
    use(app, server, monkeypatch)
    monkeypatch.setitem(app.config, "SMTP_URL", address.format(port=server.port))
    told(Reader("甲", "a@example.org"))
    return sending.run(clock.now())


def test_starttls_and_signed_in(app, monkeypatch, serving, certificate):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[1]))
    server = serving(require_starttls=True, auth_required=True)
    assert line(app, monkeypatch, server, "smtp://office:p%40ss@127.0.0.1:{port}?starttls=1").sent == 1


def test_a_certificate_nobody_vouches_for(app, monkeypatch, serving):
    server = serving(require_starttls=True)
    assert line(app, monkeypatch, server, "smtp://127.0.0.1:{port}?starttls=1").halted == "tls"
    assert server.mails == []
    assert rows()[0].tries == 0


def test_a_wrong_password_is_never_logged(app, monkeypatch, serving, certificate, capsys, caplog):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[1]))
    server = serving(require_starttls=True, auth_required=True)
    assert line(app, monkeypatch, server, "smtp://office:geheim@127.0.0.1:{port}?starttls=1").halted == "login"
    said = capsys.readouterr()
    assert "mail server" in said.out + said.err
    assert "geheim" not in said.out + said.err + caplog.text


def test_a_server_without_encryption_gets_nothing(app, monkeypatch, mail_server):
    assert line(app, monkeypatch, mail_server, "smtp://127.0.0.1:{port}?starttls=1").halted == "tls"
    assert mail_server.mails == []


def test_a_server_that_asks_for_a_password_nobody_gave(app, monkeypatch, serving, certificate):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[1]))
    server = serving(require_starttls=True, auth_required=True)
    assert line(app, monkeypatch, server, "smtp://127.0.0.1:{port}?starttls=1").halted == "login"


def test_a_host_that_is_none(app, monkeypatch, mail_server):
    assert line(app, monkeypatch, mail_server, "smtp://nowhere.invalid:{port}").halted == "unreachable"


@pytest.mark.parametrize(
    ("url", "sender", "said"),
    [
        ("mail.example", "office@union.example.tw", "SMTP_URL"),
        ("smtp://u:geheim@mail.example", "office@union.example.tw", "in the clear"),
        ("smtps://u:geheim@mail.example", "", "MAIL_FROM"),
        ("smtps://u:geheim@mail.example", "工會", "MAIL_FROM"),
    ],
)
def test_unusable_settings_stop_the_start(url, sender, said):
    config = TestConfig()
    config.SMTP_URL, config.MAIL_FROM = url, sender
    with pytest.raises(RuntimeError, match=said) as refusal:
        config.check()
    assert "geheim" not in str(refusal.value)


def test_usable_settings():
    config = TestConfig()
    config.SMTP_URL, config.MAIL_FROM = "smtps://u:p%40ss@mail.example", "工會 <office@union.example.tw>"
    config.check()
