"""The file format of a backup: named members in one encrypted, authenticated stream that is written and read part by part.

Owns how bytes lie in the file and how tampering shows; knows neither database nor app. Every part is sealed with AES-256-GCM under a
key made by scrypt from the backup key and the file's salt. The nonce of a part is its number and its kind, so a part that was altered,
moved, left out or cut off does not open (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015).

    file    "unionops backup 1\\n", salt (16), proof of the key (16), parts
    part    length (4, big-endian), kind (1), ciphertext with its tag
    kinds   0 content, 1 begin of a member (its name), 2 end of a member (SHA-256 of its content), 3 end of the file (closing facts as JSON)
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from unionops.values.problems import RuleBroken, problem

MAGIC = b"unionops backup 1\n"
SALT, PROOF, TAG = 16, 16, 16
PART = 1 << 20
"""Bytes of content in one part."""
_HEAD = struct.Struct(">IB")
_CONTENT, _BEGIN, _END, _LAST = range(4)

NO_BACKUP = problem("", "這不是 unionops 的備份檔，或開頭已損壞。")
WRONG_KEY = problem("", "備份金鑰不對：這個檔案是用另一把金鑰加密的。")
CUT_OFF = problem("", "備份檔不完整：檔案在中途就結束了，可能沒有複製完。請換一份完整的備份。")


class Damaged(RuleBroken):
    """The file cannot be trusted, and why. Nothing that was read from it may be used."""


def _keys(secret: str, salt: bytes) -> tuple[bytes, bytes]:
    """The cipher's key and the proof by which a wrong secret shows at once."""
    made = hashlib.scrypt("".join(secret.split()).encode(), salt=salt, n=1 << 15, r=8, p=1, maxmem=1 << 26, dklen=32 + PROOF)
    return made[:32], made[32:]


def _nonce(number: int, kind: int) -> bytes:
    return struct.pack(">QxxxB", number, kind)  # The key is this file's alone, so a count is enough.


class Writer:
    """Writes a backup to ``target``: members one after another, then ``close``."""

    def __init__(self, target: BinaryIO, secret: str) -> None:
        salt = os.urandom(SALT)
        key, proof = _keys(secret, salt)
        self._target = target
        self._cipher = AESGCM(key)
        self._number = 0
        target.write(MAGIC + salt + proof)

    def member(self, name: str, content: Iterable[bytes]) -> int:
        """Writes one member; its size in bytes. ``content`` may come in pieces of any size."""
        self._part(_BEGIN, name.encode())
        digest, size, held = hashlib.sha256(), 0, bytearray()
        for piece in content:
            held += piece
            while len(held) >= PART:
                self._content(held[:PART], digest)
                size += PART
                del held[:PART]
        if held:
            self._content(held, digest)
        self._part(_END, digest.digest())
        return size + len(held)

    def close(self, facts: dict[str, Any]) -> None:
        """Ends the file. Without it the file counts as cut off."""
        self._part(_LAST, json.dumps(facts, ensure_ascii=False).encode())

    def _content(self, piece: bytes | bytearray, digest: Any) -> None:
        digest.update(piece)
        self._part(_CONTENT, piece)

    def _part(self, kind: int, text: bytes | bytearray) -> None:
        self._target.write(_HEAD.pack(len(text) + TAG, kind))
        self._target.write(self._cipher.encrypt(_nonce(self._number, kind), text, None))
        self._number += 1


class Reader:
    """Reads a backup from its beginning to its end. ``closing`` holds the closing facts once ``members`` has ended."""

    def __init__(self, source: BinaryIO, secret: str) -> None:
        """Raises Damaged for something else than a backup and for another key."""
        if source.read(len(MAGIC)) != MAGIC:
            raise Damaged(NO_BACKUP)
        salt, proof = source.read(SALT), source.read(PROOF)
        if len(salt + proof) < SALT + PROOF:
            raise Damaged(CUT_OFF)
        key, expected = _keys(secret, salt)
        if proof != expected:
            raise Damaged(WRONG_KEY)
        self._source = source
        self._cipher = AESGCM(key)
        self._number = 0
        self.closing: dict[str, Any] | None = None

    def members(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Each member's name and its content in pieces; each content must be read to its end before the next. Raises Damaged."""
        while True:
            kind, text = self._part()
            if kind == _LAST:
                if self._source.read(1):
                    raise Damaged(self._altered())
                self.closing = json.loads(text)
                return
            if kind != _BEGIN:
                raise Damaged(self._altered())
            yield text.decode(), self._content()

    def _content(self) -> Iterator[bytes]:
        digest = hashlib.sha256()
        while True:
            kind, text = self._part()
            if kind == _CONTENT:
                digest.update(text)
                yield text
            elif kind == _END and text == digest.digest():
                return
            else:
                raise Damaged(self._altered())

    def _part(self) -> tuple[int, bytes]:
        head = self._source.read(_HEAD.size)
        if len(head) < _HEAD.size:
            raise Damaged(CUT_OFF)
        length, kind = _HEAD.unpack(head)
        if length > PART + TAG:
            raise Damaged(self._altered())
        sealed = self._source.read(length)
        if len(sealed) < length:
            raise Damaged(CUT_OFF)
        try:
            text = self._cipher.decrypt(_nonce(self._number, kind), sealed, None)
        except InvalidTag:
            raise Damaged(self._altered()) from None
        self._number += 1
        return kind, text

    def _altered(self) -> Any:
        return problem("", "備份檔在第 %(number)s 段被改過或損壞，不能使用。請換另一份備份。", number=self._number + 1)
