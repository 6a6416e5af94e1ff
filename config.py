"""Settings: the only reader of the environment.

Secrets come from the environment or, for one office on one machine, from a file in the instance folder that is made
once with owner-only rights. A missing secret in production stops the start.
"""

import json
import os
import re
import secrets
from pathlib import Path

ROOT = Path(__file__).resolve().parent
_PUBLIC_URL = re.compile(r"https?://[\w.-]+(:\d{1,5})?(/[\w~.-]+)*", re.ASCII)
_CLAMD_URL = re.compile(r"tcp://[\w.-]+:\d{1,5}|unix:///\S+", re.ASCII)
RARE_CHARACTERS = ("/usr/share/fonts/truetype/hanazono",)
"""Where fonts with the rarest characters (𡍼 and the like) lie when the machine has them; papers fall back to them."""


def home() -> Path:
    """Where this installation keeps its data: database, secrets, files. ``UNIONOPS_HOME`` or ``instance/`` beside the code."""
    return Path(os.environ.get("UNIONOPS_HOME") or ROOT / "instance").resolve()


def port() -> str:
    """The port that ``up`` serves on, as the environment says it: ``PORT``, or 8000."""
    return os.environ.get("PORT") or "8000"


def _secrets(folder: Path) -> dict[str, str]:
    """The keys of this installation, made once. Losing them loses the encrypted fields: back them up apart from the data."""
    path = folder / "secrets.json"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        made = {
            "SECRET_KEY": secrets.token_urlsafe(48),
            "FIELD_KEYS": f"1:{secrets.token_hex(32)}",
            "BLIND_INDEX_KEY": secrets.token_hex(32),
        }
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump(made, file)
    return json.loads(path.read_text())


def _backup_key(folder: Path) -> str:
    """The backup key of this installation, made once: 28 letters and digits in groups, short enough to copy onto paper."""
    path = folder / "backup.key"
    if not path.exists():
        letters = "".join(secrets.choice("ABCDEFGHJKMNPQRSTVWXYZ23456789") for _letter in range(28))
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write("-".join(letters[at : at + 4] for at in range(0, 28, 4)) + "\n")
    return path.read_text().strip()


class Config:
    """Production: every secret from the environment."""

    DEBUG = False
    TESTING = False
    DEMO = False

    def __init__(self, folder: Path | None = None) -> None:
        env = os.environ
        self.HOME = folder or home()
        self.SECRET_KEY = env.get("SECRET_KEY", "")
        # "1:hex,2:hex": the last key encrypts, every listed key still decrypts.
        self.FIELD_KEYS = env.get("FIELD_KEYS", "")
        self.BLIND_INDEX_KEY = env.get("BLIND_INDEX_KEY", "")
        self.SQLALCHEMY_DATABASE_URI = _database_url(env.get("DATABASE_URL", ""), self.HOME)
        # An error of the database names its statement, never the personal data in it: it goes to the log.
        self.SQLALCHEMY_ENGINE_OPTIONS = {"pool_pre_ping": True, "hide_parameters": True}
        self.HTTPS = env.get("HTTPS", "1") == "1"
        self.SESSION_COOKIE_SECURE = self.HTTPS
        self.SESSION_COOKIE_HTTPONLY = True
        self.SESSION_COOKIE_SAMESITE = "Lax"
        self.SESSION_COOKIE_NAME = "__Host-unionops" if self.HTTPS else "unionops"
        self.SESSION_IDLE_MINUTES = int(env.get("SESSION_IDLE_MINUTES", "60"))
        self.SESSION_HOURS = int(env.get("SESSION_HOURS", "12"))
        self.INVITATION_DAYS = int(env.get("INVITATION_DAYS", "7"))
        self.SECOND_FACTOR_ROLES = frozenset(env.get("SECOND_FACTOR_ROLES", "administrator").replace(",", " ").split())
        self.BACKUP_FOLDER = env.get("BACKUP_FOLDER", "").strip()
        self.BACKUP_KEY = env.get("BACKUP_KEY", "").strip()
        self.STORAGE_URL = env.get("STORAGE_URL", "").strip()
        self.CLAMD_URL = env.get("CLAMD_URL", "").strip()
        self.ATTACHMENT_MEGABYTES = int(env.get("ATTACHMENT_MEGABYTES", "25"))
        # One form may carry two of the largest attachments, or a roster of UPLOAD_MEGABYTES.
        self.MAX_CONTENT_LENGTH = (max(50, 2 * self.ATTACHMENT_MEGABYTES) + 2) * 1024 * 1024
        self.MAX_FORM_MEMORY_SIZE = 4 * 1024 * 1024
        self.UPLOAD_MEGABYTES = 50
        self.TASK_FILE_DAYS = int(env.get("TASK_FILE_DAYS", "14"))
        self.WTF_I18N_ENABLED = False
        self.WTF_CSRF_TIME_LIMIT = None  # It lives as long as the session, so a long form never expires by itself.
        self.BABEL_DEFAULT_LOCALE = "zh_Hant_TW"
        self.BABEL_TRANSLATION_DIRECTORIES = str(ROOT / "unionops" / "translations")
        self.BOOTSTRAP_SERVE_LOCAL = True
        self.RATELIMIT_STORAGE_URI = "memory://"
        self.RATELIMIT_ENABLED = True
        fonts = env["DOCUMENT_FONT_PATHS"].split(os.pathsep) if "DOCUMENT_FONT_PATHS" in env else RARE_CHARACTERS
        self.DOCUMENT_FONT_PATHS = [path for path in fonts if Path(path).is_dir()]
        self.DOCUMENT_FONT_FAMILY = env.get("DOCUMENT_FONT_FAMILY", "")
        self.TRUSTED_PROXIES = int(env.get("TRUSTED_PROXIES", "0"))
        self.PUBLIC_URL = env.get("PUBLIC_URL", "").strip().rstrip("/")
        self.SMTP_URL = env.get("SMTP_URL", "").strip()
        self.MAIL_FROM = env.get("MAIL_FROM", "").strip()
        self.NOTICE_DAYS = int(env.get("NOTICE_DAYS", "90"))

    def check(self) -> None:
        """Raises RuntimeError, naming what is missing, instead of starting unsafely."""
        missing = [name for name in ("SECRET_KEY", "FIELD_KEYS", "BLIND_INDEX_KEY") if not getattr(self, name)]
        if missing:
            raise RuntimeError("missing settings: " + ", ".join(missing))
        if len(self.SECRET_KEY) < 32:
            raise RuntimeError("SECRET_KEY needs at least 32 characters: whoever guesses it signs in as anybody")
        if 0 < len(self.BACKUP_KEY) < 14:
            raise RuntimeError("BACKUP_KEY needs at least 14 characters: whoever guesses it reads every backup")
        if self.PUBLIC_URL and not _PUBLIC_URL.fullmatch(self.PUBLIC_URL):
            raise RuntimeError(f"PUBLIC_URL is {self.PUBLIC_URL!r}; write it as https://union.example, or https://union.example/office")
        if self.SMTP_URL:
            _check_mail(self.SMTP_URL, self.MAIL_FROM)
        if not 1 <= self.ATTACHMENT_MEGABYTES <= 100:
            raise RuntimeError("ATTACHMENT_MEGABYTES must be from 1 to 100: a file is held in memory while it is examined")
        if self.CLAMD_URL and not _CLAMD_URL.fullmatch(self.CLAMD_URL):
            raise RuntimeError(f"CLAMD_URL is {self.CLAMD_URL!r}; write it as tcp://127.0.0.1:3310 or unix:///run/clamav/clamd.ctl")


class OfficeConfig(Config):
    """One machine, loopback, plain HTTP: what ``python3 -m unionops up`` runs. Secrets are made once in the instance folder."""

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__(folder)
        for name, value in _secrets(self.HOME).items():
            if not getattr(self, name):
                setattr(self, name, value)
        self.BACKUP_KEY = self.BACKUP_KEY or _backup_key(self.HOME)
        self.HTTPS = os.environ.get("HTTPS", "0") == "1"
        self.SESSION_COOKIE_SECURE = self.HTTPS
        self.SESSION_COOKIE_NAME = "__Host-unionops" if self.HTTPS else "unionops"


class DevConfig(OfficeConfig):
    """For developers: the style guide is reachable, errors show their trace."""

    DEBUG = True


class TestConfig(Config):
    """Fixed keys, no rate limits; the test names its database."""

    __test__ = False
    TESTING = True

    def __init__(self, database_url: str = "sqlite://", home: Path | None = None) -> None:
        super().__init__()
        if home is not None:
            self.HOME = home
        self.SECRET_KEY = "test-" + "0" * 40
        self.FIELD_KEYS = "1:" + "11" * 32
        self.BLIND_INDEX_KEY = "22" * 32
        self.SQLALCHEMY_DATABASE_URI = _database_url(database_url, self.HOME)
        self.HTTPS = False
        self.SESSION_COOKIE_SECURE = False
        self.SESSION_COOKIE_NAME = "unionops"
        self.RATELIMIT_ENABLED = False
        self.DOCUMENT_FONT_PATHS = []  # The same papers on every machine.
        self.PUBLIC_URL = ""
        self.SECOND_FACTOR_ROLES = frozenset()
        self.SMTP_URL = self.MAIL_FROM = ""
        self.NOTICE_DAYS = 90
        self.STORAGE_URL = self.CLAMD_URL = self.BACKUP_FOLDER = ""
        self.BACKUP_KEY = "TEST-BACKUP-KEY"
        self.ATTACHMENT_MEGABYTES = 25


def chosen(folder: Path | None = None) -> Config:
    """The configuration that ``UNIONOPS_CONFIG`` names: office (the default), production or development. ``folder`` is another place
    of the data than the environment names."""
    kinds = {"office": OfficeConfig, "production": Config, "development": DevConfig}
    name = os.environ.get("UNIONOPS_CONFIG", "office")
    if name not in kinds:
        raise RuntimeError(f"UNIONOPS_CONFIG is {name!r}; known: {', '.join(kinds)}")
    return kinds[name](folder)


def _check_mail(server: str, sender: str) -> None:
    """Raises RuntimeError for a mail server or a sender that cannot be used; the password in the address is never told."""
    from unionops.core.notify import rules  # Pure: they need no settings themselves.

    try:
        rules.server_of(server)
        rules.sender_of(sender)
    except ValueError as wrong:
        raise RuntimeError(str(wrong)) from None


def _database_url(url: str, folder: Path) -> str:
    if not url:
        folder.mkdir(parents=True, exist_ok=True)
        return f"sqlite:///{folder / 'unionops.db'}"
    for short in ("postgres://", "postgresql://"):
        if url.startswith(short):
            return "postgresql+psycopg://" + url.removeprefix(short)
    return url
