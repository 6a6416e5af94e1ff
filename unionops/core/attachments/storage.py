"""Where the content of files lies: a folder, or an S3-compatible service. One way in, one way out, whichever it is.

Contents are named by the SHA-256 of the bytes kept (equal contents are kept once) and never change under their name, so every
read and every check can tell whether they are still what they were. Sensitive contents are encrypted before they come here: their
name is that of the encrypted bytes and tells nothing of what is inside. Knows no rows: which contents are still wanted is for ``jobs``.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from flask import Flask, current_app

from unionops.core.documents import atomic_file

_KEY = re.compile(r"[0-9a-f]{64}")
_PART = 1 << 20


class StoreDown(Exception):
    """The store does not answer or takes nothing more: nothing was kept; try again later."""


class ContentLost(Exception):
    """The content of this name is missing, or is no longer what was kept."""


class Kept(NamedTuple):
    """One content in the store: its name, its size in bytes, when it was last put there."""

    key: str
    size: int
    at: datetime


class Store(Protocol):
    """What both kinds of store do. Every method raises StoreDown when the store cannot be used."""

    def put(self, content: bytes) -> str:
        """Keeps the content, whole or not at all, and gives its key. What is there already is written anew: that heals a damaged copy
        and makes it young again for the tidying."""

    def read(self, key: str) -> bytes:
        """The content, checked against its key. Raises ContentLost."""

    def open(self, key: str) -> BinaryIO:
        """The content as a stream, unchecked (for backups, which check for themselves). Raises ContentLost when it is missing."""

    def put_raw(self, key: str, stream: BinaryIO) -> None:
        """Keeps what the stream gives under ``key`` (for a restore). Raises ContentLost when that is not the content of this key."""

    def remove(self, key: str) -> None:
        """Removes the content; one that is not there is no error."""

    def each(self) -> Iterator[Kept]:
        """Everything in the store, one after another."""


def store() -> Store:
    """The store of the running app."""
    kept: Store = current_app.extensions["file_store"]
    return kept


def init_app(app: Flask) -> None:
    """Chooses the store that the settings name. Raises RuntimeError for one that could never work; does not ask it anything yet."""
    url = app.config["STORAGE_URL"]
    app.extensions["file_store"] = s3_store(url) if url else LocalStore(Path(app.config["HOME"]) / "files")


def key_of(content: bytes) -> str:
    """The name under which this content is kept."""
    return hashlib.sha256(content).hexdigest()


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):  # A key becomes a path: nothing else ever does.
        raise ContentLost("no key")
    return key


def _same(key: str, content: bytes) -> bytes:
    if key_of(content) != key:
        raise ContentLost(f"{key[:12]}… is no longer what was kept")
    return content


class LocalStore:
    """A folder that only the owner of the process may open, with folders of two letters below: ``ab/cd/abcd…``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, content: bytes) -> str:
        key = key_of(content)
        with _disk(), atomic_file(self._place(key)) as file:  # Only the owner may read what this makes.
            file.write(content)
        return key

    def read(self, key: str) -> bytes:
        with self.open(key) as file:
            return _same(key, file.read())

    def open(self, key: str) -> BinaryIO:
        try:
            return self._path(key).open("rb")
        except FileNotFoundError as gone:
            raise ContentLost(f"{key[:12]}… is missing") from gone
        except OSError as error:
            raise StoreDown(str(error)) from error

    def put_raw(self, key: str, stream: BinaryIO) -> None:
        with _disk(), atomic_file(self._place(key)) as file:
            digest = hashlib.sha256()
            while part := stream.read(_PART):
                digest.update(part)
                file.write(part)
            if digest.hexdigest() != key:
                raise ContentLost(f"what was given is not {key[:12]}…")

    def remove(self, key: str) -> None:
        with _disk():
            self._path(key).unlink(missing_ok=True)

    def each(self) -> Iterator[Kept]:
        for path in sorted(self.folder.glob("??/??/*")):
            with suppress(FileNotFoundError):  # Removed since it was listed.
                if _KEY.fullmatch(path.name):
                    told = path.stat()
                    yield Kept(path.name, told.st_size, datetime.fromtimestamp(told.st_mtime, UTC))

    def _path(self, key: str) -> Path:
        return self.folder / _checked(key)[:2] / key[2:4] / key

    def _place(self, key: str) -> Path:
        path = self._path(key)
        for folder in (self.folder, path.parent.parent, path.parent):
            with suppress(FileExistsError):
                os.makedirs(folder, mode=0o700)
        return path


@contextmanager
def _disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreDown(str(error)) from error


class S3Store:
    """A bucket of an S3-compatible service; ``prefix`` stands before every name in it."""

    def __init__(self, client: Any, bucket: str, prefix: str = "") -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix

    def put(self, content: bytes) -> str:
        key = key_of(content)
        with _service():
            self._client.put_object(Bucket=self._bucket, Key=self._prefix + key, Body=content)
        return key

    def read(self, key: str) -> bytes:
        with self.open(key) as stream, _service():
            return _same(key, stream.read())

    def open(self, key: str) -> BinaryIO:
        with _service():
            stream: BinaryIO = self._client.get_object(Bucket=self._bucket, Key=self._prefix + _checked(key))["Body"]
        return stream

    def put_raw(self, key: str, stream: BinaryIO) -> None:
        self.put(_same(_checked(key), stream.read()))

    def remove(self, key: str) -> None:
        with _service():
            self._client.delete_object(Bucket=self._bucket, Key=self._prefix + _checked(key))

    def each(self) -> Iterator[Kept]:
        with _service():
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._prefix)
            for page in pages:
                for one in page.get("Contents", ()):
                    key = one["Key"].removeprefix(self._prefix)
                    if _KEY.fullmatch(key):
                        yield Kept(key, one["Size"], one["LastModified"])


@contextmanager
def _service() -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in ("NoSuchKey", "404"):
            raise ContentLost("missing") from error
        raise StoreDown(str(error)) from error
    except (BotoCoreError, HTTPClientError, OSError) as error:
        raise StoreDown(str(error)) from error


def s3_store(url: str) -> S3Store:
    """The store of ``s3://key:secret@bucket/prefix?endpoint=http://…&region=…``. Without key and secret the service's own usual places
    are asked (environment, machine role). Raises RuntimeError when the address is no such one or the library is not installed."""
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.hostname:
        raise RuntimeError("STORAGE_URL must be s3://key:secret@bucket?endpoint=https://…&region=… (or empty: files lie in the data folder)")
    try:
        import boto3
        from botocore.config import Config
    except ImportError:
        raise RuntimeError("STORAGE_URL names an S3 service, which needs the extra package: pip install 'unionops[s3]'") from None
    asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    client = boto3.client(
        "s3",
        endpoint_url=asked.get("endpoint"),
        region_name=asked.get("region") or ("us-east-1" if "endpoint" in asked else None),
        aws_access_key_id=unquote(parts.username) if parts.username else None,
        aws_secret_access_key=unquote(parts.password) if parts.password else None,
        config=Config(
            connect_timeout=3, read_timeout=20, retries={"total_max_attempts": 2, "mode": "standard"},  # Somebody waits at a form.
            s3={"addressing_style": "path"} if "endpoint" in asked else {},
            request_checksum_calculation="when_required", response_checksum_validation="when_required",  # We check ourselves; not every service can.
        ),
    )
    prefix = parts.path.strip("/")
    return S3Store(client, parts.hostname, f"{prefix}/" if prefix else "")
