"""Reads that only the printed papers need: who joined and who left in a period, and which membership a card's code names."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask import current_app
from itsdangerous import BadSignature, Signer
from sqlalchemy.orm import aliased

from unionops.core.db import db
from unionops.members.models import Membership, Person
from unionops.members.queries.visibility import only_visible


def joiners(user: Any, first: date, last: date) -> list[Any]:
    """Who joined from ``first`` to ``last`` inclusive: number, name, joined_on, joined_by, and whether they had left before."""
    earlier = aliased(Membership)
    returned = sa.exists().where(
        earlier.person_id == Membership.person_id, earlier.id != Membership.id, earlier.left_on <= Membership.joined_on
    )
    query = sa.select(
        Membership.number, Person.name, Membership.joined_on, Membership.joined_by, returned.label("has_returned")
    ).join(Person, Person.id == Membership.person_id).where(Membership.joined_on.between(first, last))
    return list(db.session.execute(only_visible(query, user).order_by(Membership.joined_on, Membership.number)))


def leavers(user: Any, first: date, last: date) -> list[Any]:
    """Who left from ``first`` to ``last`` inclusive: number, name, left_on, left_reason. The free note stays in the office."""
    query = sa.select(Membership.number, Person.name, Membership.left_on, Membership.left_reason).join(
        Person, Person.id == Membership.person_id).where(Membership.left_on.between(first, last))
    return list(db.session.execute(only_visible(query, user).order_by(Membership.left_on, Membership.number)))


def visible_ids(user: Any, wanted: list[int]) -> list[int]:
    """Those of these memberships that this user may see, in the order of their numbers."""
    query = only_visible(sa.select(Membership.id).where(Membership.id.in_(wanted)), user)
    return list(db.session.scalars(query.order_by(Membership.number)))


# --- the code on a member card ----------------------------------------------------------------------------------------


def card_token(membership_id: int) -> str:
    """What the QR code of a card carries: the membership and a signature, nothing that names a person."""
    return _signer().sign(str(membership_id)).decode()


def membership_of_card(token: str) -> Membership | None:
    """The membership that a genuine card names; None for anything that this union did not sign."""
    try:
        number = _signer().unsign(token).decode()
    except (BadSignature, UnicodeError):
        return None
    return db.session.get(Membership, int(number))


def _signer() -> Signer:
    # Cards are carried for years: signed with the key that never changes, so that a new session key does not void them.
    return Signer(current_app.config["BLIND_INDEX_KEY"], salt="members.card", digest_method=hashlib.sha256)
