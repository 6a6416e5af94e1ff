"""Puts the app together: configuration → extensions → areas. Refuses to start if a route has no Screen.

Never migrates and never queries: a start costs no database.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import logging
import re
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import structlog
from flask import Flask, g, request
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

import config as settings
from unionops.core import cli, documents, errors, i18n, limits, pages, screens, templates, uploads
from unionops.core.attachments import storage
from unionops.core.db import Keyring, db

AREAS = (
    "unionops.core.accounts",
    "unionops.core.audit",
    "unionops.core.standard",
    "unionops.core.union",
    "unionops.core.legal",
    "unionops.core.calculators",
    "unionops.core.jobs",
    "unionops.core.documents",
    "unionops.core.transfer",
    "unionops.core.attachments",
    "unionops.core.notify",
    "unionops.core.calendar",
    "unionops.core.approvals",
    "unionops.core.backup",
    "unionops.core.setup",
    "unionops.core.styleguide",
    "unionops.letters",
    "unionops.surveys",
    "unionops.finance",
    "unionops.members",
    "unionops.overview",
)
"""Every package with screens, lowest layer first. Each may have ``models``, ``views``, ``cards``, ``jobs`` and ``commands``."""

csrf = CSRFProtect()

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; object-src 'none'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)


def create_app(config: Any = None) -> Flask:
    """The app for a configuration object (default: the one UNIONOPS_CONFIG names). Raises RuntimeError when unsafe to start."""
    app = Flask("unionops", root_path=str(settings.ROOT / "unionops"), template_folder=str(settings.ROOT / "templates"), static_folder=None)
    chosen = config if config is not None else settings.chosen()
    chosen.check()
    app.config.from_mapping({name: value for name, value in _values(chosen).items() if name.isupper()})
    app.request_class = uploads.Request
    app.url_map.strict_slashes = False  # An address typed by hand works with and without its last slash.
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.extensions["create_app"] = create_app  # A backup is opened by an app of its own on its scratch place.
    _logging(app)

    app.extensions["keyring"] = Keyring(app.config["FIELD_KEYS"], app.config["BLIND_INDEX_KEY"])
    db.init_app(app)
    storage.init_app(app)
    templates.init_app(app)
    i18n.init_app(app)
    limits.init_app(app)  # Before CSRF: requests refused for CSRF must be counted too.
    csrf.init_app(app)

    for area in AREAS:
        package = import_module(area)
        for module in ("models", "views", "cards", "commands", "jobs"):
            if hasattr(package, "__path__") and find_spec(f"{area}.{module}"):
                import_module(f"{area}.{module}")
    _assets(app)
    pages.init_app(app)
    errors.init_app(app)
    screens.init_app(app)
    cli.init_app(app)
    _sign_in(app)
    app.after_request(_headers)
    documents.use_typeface(app.config["DOCUMENT_FONT_PATHS"], app.config["DOCUMENT_FONT_FAMILY"])
    if app.config["TRUSTED_PROXIES"]:
        count = app.config["TRUSTED_PROXIES"]
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    return app


def _values(chosen: Any) -> dict[str, Any]:
    return {name: getattr(chosen, name) for name in dir(chosen) if name.isupper()}


def _sign_in(app: Flask) -> None:
    from unionops.core.accounts import sessions

    sessions.init_app(app)


def _headers(response: Any) -> Any:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()")
    headers.setdefault("Cache-Control", "no-store" if g.get("personal") else "private, no-cache")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    return response


def _assets(app: Flask) -> None:
    """Static files of the app and of its front-end packages, under an address that changes with their content."""
    import flask_bootstrap
    import js_lib_htmx

    folders = {
        "app": settings.ROOT / "static",
        "bootstrap": Path(flask_bootstrap.__file__).parent / "static" / "bootstrap5",
        "htmx": Path(js_lib_htmx.__file__).parent / "static" / "htmx",
    }
    digest = hashlib.sha256("".join(importlib.metadata.version(p) for p in ("bootstrap-flask", "django-js-lib-htmx")).encode())
    for path in sorted(folders["app"].rglob("*")):
        if path.is_file():
            digest.update(path.read_bytes())
    version = digest.hexdigest()[:10]
    served = WhiteNoise(
        app.wsgi_app, autorefresh=app.debug, max_age=31536000, immutable_file_test=lambda path, url: True, allow_all_origins=False
    )
    for name, folder in folders.items():
        served.add_files(str(folder), prefix=f"assets/{version}/{name}/")
    app.wsgi_app = served  # type: ignore[method-assign]

    @functools.cache
    def place(package: str, path: str) -> str:
        if not (folders[package] / path).is_file():
            raise FileNotFoundError(f"{package}: {path}")
        return f"/assets/{version}/{package}/{path}"

    def asset(package: str, path: str) -> str:
        return request.script_root + place(package, path)

    app.jinja_env.globals["asset"] = asset


def _logging(app: Flask) -> None:
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _without_rows,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG if app.debug else logging.INFO),
        cache_logger_on_first_use=False,
    )


_ROW_IN_ERROR = re.compile(r"DETAIL:.*?(?=\n\[SQL:|\nCONTEXT:|\n\nThe above exception|\n\nDuring handling|\Z)", re.DOTALL)


def _without_rows(logger: Any, method: str, event: Any) -> Any:
    """PostgreSQL quotes the row that it refuses: names and addresses have no place in the log."""
    for name in ("exception", "error"):
        if isinstance(event.get(name), str):
            event[name] = _ROW_IN_ERROR.sub("DETAIL: (withheld)", event[name])
    return event
