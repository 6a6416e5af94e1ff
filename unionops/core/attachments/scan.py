"""The virus scanner, if the settings name one: ClamAV's daemon, asked over its socket with INSTREAM. Owns the talk with it, no files."""

from __future__ import annotations

import socket
import struct
from urllib.parse import urlsplit

import structlog
from flask import current_app

from unionops.core.attachments.models import CLEAN, INFECTED, NOT_SCANNED, WAITING

_CHUNK = 1 << 18
_SECONDS = 20
log = structlog.get_logger()


def is_configured() -> bool:
    """Whether there is a scanner to ask."""
    return bool(current_app.config["CLAMD_URL"])


def scan(content: bytes) -> tuple[str, str]:
    """(state, finding): clean; infected with the name of what was found; not_scanned without a scanner; waiting when it did not answer."""
    url = current_app.config["CLAMD_URL"]
    if not url:
        return NOT_SCANNED, ""
    try:
        answer = _ask(url, content)
    except OSError as error:
        log.warning("virus scanner does not answer", error=str(error))
        return WAITING, ""
    if answer.endswith(" FOUND"):
        return INFECTED, answer.removesuffix(" FOUND").partition(": ")[2][:120]
    if answer.endswith(": OK"):
        return CLEAN, ""
    log.warning("virus scanner refuses", answer=answer)  # Its own limit of size, say: that is no verdict.
    return WAITING, ""


def _ask(url: str, content: bytes) -> str:
    """One INSTREAM conversation. Raises OSError when it does not come to its end."""
    parts = urlsplit(url)
    local = parts.scheme == "unix"
    with socket.socket(socket.AF_UNIX) if local else socket.create_connection((parts.hostname or "", parts.port or 3310), timeout=3) as connection:
        connection.settimeout(_SECONDS)
        if local:
            connection.connect(parts.path)
        connection.sendall(b"zINSTREAM\0")
        for start in range(0, len(content), _CHUNK):
            part = content[start : start + _CHUNK]
            connection.sendall(struct.pack(">L", len(part)) + part)
        connection.sendall(struct.pack(">L", 0))
        answer = b""
        while not answer.endswith(b"\0") and (more := connection.recv(4096)):
            answer += more
    return answer.rstrip(b"\0\n").decode("utf-8", "replace")
