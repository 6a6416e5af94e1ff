"""Addresses that leave the app: on paper, in a QR code, in a mail. Inside the app ``url_for`` is enough."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import current_app, url_for


def public_address(endpoint: str, **values: Any) -> str:
    """The whole address of a page as people outside reach it: below ``PUBLIC_URL``, or below the address of this request.

    Outside a request (a job) only ``PUBLIC_URL`` can say it; RuntimeError without.
    """
    base = current_app.config["PUBLIC_URL"]
    if not base:
        return url_for(endpoint, _external=True, **values)
    parts = urlsplit(base)
    outside = current_app.url_map.bind(parts.netloc, url_scheme=parts.scheme, script_name=parts.path or "/")
    return outside.build(endpoint, values, force_external=True)


def local_address(endpoint: str, **values: Any) -> str:
    """The address of a page within the app, the same inside and outside a request."""
    return current_app.url_map.bind("", script_name=urlsplit(current_app.config["PUBLIC_URL"]).path or "/").build(endpoint, values)
