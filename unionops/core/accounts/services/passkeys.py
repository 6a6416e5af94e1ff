"""Passkeys (WebAuthn): asked for, kept, and let in by. What a browser sends is checked by the library; this module says what is expected.

The user is always verified by the device (fingerprint, face, PIN), so that a passkey counts as both factors. A challenge holds for five
minutes and one use. Attestation is not asked: which make of device somebody has is nobody's business.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import struct
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import webauthn
from webauthn.helpers import parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from unionops.core.accounts.models import Passkey, User
from unionops.core.accounts.services import resets
from unionops.core.audit import recording
from unionops.core.db import OnceKey, blind_index, db, durable, lock_row
from unionops.core.i18n import _l
from unionops.values.problems import Problem, RuleBroken, problem
from unionops.values.refs import Ref

CHALLENGE_HOLDS = timedelta(minutes=5)
AT_MOST = 20
_NONSENSE = (WebAuthnException, ValueError, TypeError, LookupError, AttributeError, struct.error)
"""What the library raises at answers that no browser gives, beside its own exceptions."""

recording.sentence("accounts.passkey_added", _l("%(name)s新增通行金鑰「%(passkey)s」"))
recording.sentence("accounts.passkey_removed", _l("%(name)s移除通行金鑰「%(passkey)s」"))
recording.sentence("accounts.passkeys_removed", _l("移除%(name)s的 %(count)s 個通行金鑰"))
recording.sentence("accounts.signed_in_by_passkey", _l("%(name)s用通行金鑰「%(passkey)s」登入"))
recording.sentence("accounts.passkey_refused", _l("%(name)s用通行金鑰登入，被拒絕"))
recording.sentence("accounts.unknown_passkey_refused", _l("用通行金鑰登入，被拒絕：沒有這個金鑰"))


@dataclass(frozen=True)
class Site:
    """Where passkeys are used: the host to which they are bound, and the origin that browsers report."""

    host: str
    origin: str

    @property
    def takes_passkeys(self) -> bool:
        """Browsers bind passkeys to a name, never to a bare address such as 127.0.0.1."""
        try:
            ipaddress.ip_address(self.host.strip("[]"))
        except ValueError:
            return True
        return False


def question_for_new(site: Site, *, union: str, username: str, name: str, held: list[Passkey]) -> tuple[dict[str, Any], bytes]:
    """What a browser needs to make a passkey, and the challenge in it. Devices that hold one of this person's refuse a second."""
    options = webauthn.generate_registration_options(
        rp_id=site.host, rp_name=union, user_id=_handle(username), user_name=username, user_display_name=name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=passkey.credential_id) for passkey in held],
        timeout=int(CHALLENGE_HOLDS.total_seconds() * 1000),
    )
    return json.loads(webauthn.options_to_json(options)), options.challenge


def question(site: Site, held: list[Passkey] | None = None) -> tuple[dict[str, Any], bytes]:
    """What a browser needs to use a passkey: one of ``held``, or whichever the person has for this site."""
    options = webauthn.generate_authentication_options(
        rp_id=site.host, user_verification=UserVerificationRequirement.REQUIRED,
        allow_credentials=[PublicKeyCredentialDescriptor(id=passkey.credential_id) for passkey in held or ()],
        timeout=int(CHALLENGE_HOLDS.total_seconds() * 1000),
    )
    return json.loads(webauthn.options_to_json(options)), options.challenge


def add(user: User, answer: str, *, challenge: bytes, site: Site, name: str, now: datetime) -> Passkey:
    """One more passkey of a person, who is told of it. Raises RuleBroken as ``register`` does."""
    made = register(user, answer, challenge=challenge, site=site, name=name, now=now)
    resets.warn(user, _l("您的帳號剛剛新增了通行金鑰「%(passkey)s」。若不是您做的，請馬上移除並告訴系統管理員。", passkey=made.name))
    return made


def register(user: User, answer: str, *, challenge: bytes, site: Site, name: str, now: datetime) -> Passkey:
    """Keeps a passkey that a browser has just made. Raises RuleBroken when the answer does not fit the question, or the key is known."""
    wrong = Problem("", "沒有新增：瀏覽器的回覆對不上這次的要求。請再按一次；仍不行時重新整理頁面。")
    try:
        verified = webauthn.verify_registration_response(
            credential=answer, expected_challenge=challenge, expected_rp_id=site.host, expected_origin=site.origin, require_user_verification=True,
        )
    except _NONSENSE as error:
        raise RuleBroken(wrong) from error
    name = name.strip()
    if not name or not name.isprintable():
        raise RuleBroken(Problem("name", "請給這個通行金鑰一個名稱，例如「辦公室電腦」。"))
    held = db.session.scalar(sa.select(sa.func.count()).select_from(Passkey).where(Passkey.user_id == user.id)) or 0
    if held >= AT_MOST:
        raise RuleBroken(problem("", "通行金鑰最多 %(most)s 個。請先移除不用的。", most=AT_MOST))
    if db.session.scalar(sa.select(Passkey.id).where(Passkey.credential_id == verified.credential_id)) is not None:
        raise RuleBroken(wrong)
    _use(challenge)
    made = Passkey(
        user=user, name=name[:80], credential_id=verified.credential_id, public_key=verified.credential_public_key, created_at=now,
        sign_count=verified.sign_count, is_synced=verified.credential_device_type == CredentialDeviceType.MULTI_DEVICE,
    )
    db.session.add(made)
    recording.describe("accounts.passkey_added", user, name=user.name, passkey=made.name)
    return made


def sign_in(answer: str, *, challenge: bytes, site: Site, now: datetime) -> User:
    """Whose passkey this is; no second factor is asked. Raises RuleBroken. Must come before the unit's first statement."""
    passkey = _checked(answer, challenge=challenge, site=site, now=now)
    recording.describe("accounts.signed_in_by_passkey", passkey.user, name=passkey.user.name, passkey=passkey.name)
    return passkey.user


def confirm(user: User, answer: str, *, challenge: bytes, site: Site, now: datetime) -> None:
    """Shows that a signed-in person is still the same, as the password does. Raises RuleBroken. Must come before the unit's first statement."""
    _checked(answer, challenge=challenge, site=site, now=now, user_id=user.id)


def remove(passkey: Passkey, *, now: datetime) -> None:
    """Takes a passkey away. Raises RuleBroken when it is the last way in."""
    user = passkey.user
    lock_row(user)  # Two removed at once: the second sees that the first is gone.
    left = db.session.scalar(sa.select(sa.func.count()).select_from(Passkey).where(Passkey.user_id == user.id, Passkey.id != passkey.id))
    if not left and not user.password_hash:
        raise RuleBroken(problem("", "「%(passkey)s」是唯一的登入方式，不能移除。請先設定密碼，或新增另一個通行金鑰。", passkey=passkey.name))
    db.session.delete(passkey)
    recording.describe("accounts.passkey_removed", user, name=user.name, passkey=passkey.name)
    resets.warn(user, _l("您的通行金鑰「%(passkey)s」剛剛移除了。若不是您做的，請馬上告訴系統管理員。", passkey=passkey.name))


def remove_all(user: User) -> int:
    """Takes every passkey of a person away who has lost the device; how many. A reset of the password lets the person in again."""
    held = list(db.session.scalars(sa.select(Passkey).where(Passkey.user_id == user.id)))
    for passkey in held:
        db.session.delete(passkey)
    if held:
        recording.describe("accounts.passkeys_removed", user, name=user.name, count=len(held))
    return len(held)


@dataclass(frozen=True)
class _Held:
    """A passkey as it stands before the unit begins."""

    id: int
    public_key: bytes
    sign_count: int
    user_id: int
    username: str
    name: str
    is_active: bool


def _checked(answer: str, *, challenge: bytes, site: Site, now: datetime, user_id: int | None = None) -> Passkey:
    """The passkey that gave this answer to this challenge, marked as used."""
    try:
        said = parse_authentication_credential_json(answer)
        held = _held(said.raw_id)
    except _NONSENSE:
        held = None
    if held is None or not held.is_active or user_id not in (None, held.user_id):
        raise _refusal(held)
    try:
        verified = webauthn.verify_authentication_response(
            credential=said, expected_challenge=challenge, expected_rp_id=site.host, expected_origin=site.origin,
            credential_public_key=held.public_key, credential_current_sign_count=held.sign_count, require_user_verification=True,
        )
        if said.response.user_handle not in (None, _handle(held.username)):
            raise ValueError("a passkey of somebody else")
    except _NONSENSE as error:
        raise _refusal(held) from error
    passkey = db.session.get(Passkey, held.id, with_for_update=True)
    if passkey is None or not passkey.user.is_active:
        raise RuleBroken(_WRONG)
    _use(challenge)
    passkey.sign_count, passkey.used_at = verified.new_sign_count, now
    passkey.is_synced = verified.credential_device_type == CredentialDeviceType.MULTI_DEVICE
    return passkey


_WRONG = Problem("", "這個通行金鑰不能登入：可能已移除、帳號已停用，或等了太久。請再試一次，或改用帳號與密碼。")


def _held(credential_id: bytes) -> _Held | None:
    with durable() as own:
        row = own.execute(
            sa.select(Passkey.id, Passkey.public_key, Passkey.sign_count, User.id, User.username, User.name, User.deactivated_at.is_(None))
            .join(User, User.id == Passkey.user_id).where(Passkey.credential_id == credential_id)
        ).one_or_none()
    return _Held(*row) if row else None


def _refusal(held: _Held | None) -> RuleBroken:
    if held is None:
        recording.event_happened("accounts.unknown_passkey_refused")
    else:
        recording.event_happened("accounts.passkey_refused", (Ref("user", held.user_id),), name=held.name)
    return RuleBroken(_WRONG)


def _use(challenge: bytes) -> None:
    """Marks the challenge as answered: the cookie that holds it could be sent again, its row could not."""
    key = hashlib.sha256(challenge).hexdigest()
    if db.session.get(OnceKey, key) is not None:
        raise RuleBroken(_WRONG)
    db.session.add(OnceKey(key=key, endpoint="accounts.passkey", user_id=None))


def _handle(username: str) -> bytes:
    """What a device keeps as the person's mark: no name, the same for all keys of one account."""
    return blind_index(username, "passkey.handle").encode()
