"""A device that makes passkeys and answers with them, as a phone does; what is wrong with an answer can be chosen by a test."""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

PRESENT, VERIFIED, NEW_KEY = 0x01, 0x04, 0x40


@dataclass
class Device:
    """One passkey. ``count`` stays 0 as long as a test does not set it, as with keys that are carried to several devices."""

    origin: str = "http://localhost"
    host: str = "localhost"
    flags: int = PRESENT | VERIFIED
    count: int = 0
    name: bytes = b"\x01" * 16
    handle: bytes = b""
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, question: dict[str, Any], **wrong: Any) -> str:
        """The answer to a question for a new passkey; ``wrong`` replaces parts of what the browser says."""
        self.handle = base64url_to_bytes(question["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})
        known = bytes(16) + struct.pack(">H", len(self.name)) + self.name + public
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": self._data(NEW_KEY) + known})
        return self._said("webauthn.create", question, {"attestationObject": bytes_to_base64url(attestation)}, wrong)

    def answer(self, question: dict[str, Any], **wrong: Any) -> str:
        """The answer to a question for a passkey that is known."""
        data = self._data()
        signed = data + hashlib.sha256(self._client_data("webauthn.get", question, wrong)).digest()
        return self._said("webauthn.get", question, {
            "authenticatorData": bytes_to_base64url(data), "signature": bytes_to_base64url(self.key.sign(signed, ec.ECDSA(hashes.SHA256()))),
            "userHandle": bytes_to_base64url(self.handle),
        }, wrong)

    def _data(self, more: int = 0) -> bytes:
        return hashlib.sha256(self.host.encode()).digest() + bytes([self.flags | more]) + struct.pack(">I", self.count)

    def _client_data(self, kind: str, question: dict[str, Any], wrong: dict[str, Any]) -> bytes:
        return json.dumps({"type": kind, "challenge": question["challenge"], "origin": self.origin, "crossOrigin": False, **wrong}).encode()

    def _said(self, kind: str, question: dict[str, Any], response: dict[str, str], wrong: dict[str, Any]) -> str:
        return json.dumps({
            "id": bytes_to_base64url(self.name), "rawId": bytes_to_base64url(self.name), "type": "public-key", "clientExtensionResults": {},
            "response": {"clientDataJSON": bytes_to_base64url(self._client_data(kind, question, wrong)), **response},
        })
