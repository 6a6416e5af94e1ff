"""What was typed when a session ended: kept, encrypted, and given back after sign-in. Also the drafts of long forms."""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import request, session
from flask_login import current_user
from sqlalchemy.orm import Mapped, Session, mapped_column
from werkzeug.datastructures import MultiDict

from unionops.core import clock
from unionops.core.db import Encrypted, Model, UtcDateTime, db, durable

KEEP_HOURS = 24
_NEVER = {"csrf_token", "once", "password", "new_password", "again", "code", "confirm_password"}


class Draft(Model):
    """One form's text. Only the person who typed it gets it back."""

    __tablename__ = "draft"
    __audited__ = False

    token_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    user_id: Mapped[int | None]
    path: Mapped[str] = mapped_column(sa.Text)
    text: Mapped[str] = mapped_column(Encrypted("draft.text"))
    kept_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)


def keep() -> str:
    """Keeps this request's form and answers the address at which it will be given back.

    Of somebody who never signed in here nothing is kept: it could fill the disk, or prepare a form for someone else to send.
    """
    here = [(name, value) for name, value in request.args.items(multi=True) if name != "draft"]
    typist = session.get("last_user_id")
    if typist is None:
        return f"{request.path}?{urlencode(here)}".rstrip("?")
    token = secrets.token_urlsafe(24)
    typed = [(name, value) for name, value in request.form.items(multi=True) if name not in _NEVER]
    with durable() as own:
        forget_old(own, clock.now())
        own.add(Draft(token_hash=_hash(token), user_id=typist, path=request.path, text=json.dumps(typed)))
    return f"{request.path}?{urlencode([*here, ('draft', token)])}"


def given_back() -> MultiDict[str, Any] | None:
    """The text that this request's ``?draft=`` names, if it is this person's and this form's."""
    token = request.args.get("draft", "")
    row = db.session.get(Draft, _hash(token)) if token else None
    if row is None or row.path != request.path or row.kept_at < clock.now() - timedelta(hours=KEEP_HOURS):
        return None
    if row.user_id is None or row.user_id != getattr(current_user, "id", None):
        return None
    return MultiDict([(name, value) for name, value in json.loads(row.text)])


def forget_old(own: Session, now: datetime) -> None:
    """Removes the drafts that nobody can get back any more, in the caller's own transaction."""
    own.execute(sa.delete(Draft).where(Draft.kept_at < now - timedelta(hours=KEEP_HOURS)), execution_options={"synchronize_session": False})


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
