"""Both stores: what is put comes back, whole, once, under its own hash; what is not what it was is not given out."""

from __future__ import annotations

import io
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from config import TestConfig
from tests.core.attachments.conftest import Bucket
from unionops.app import create_app
from unionops.core.attachments import storage
from unionops.core.attachments.storage import ContentLost, LocalStore, StoreDown, key_of


@pytest.fixture(params=["folder", "s3"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Each store, with the place where it keeps its contents."""
    if request.param == "folder":
        return LocalStore(tmp_path / "files"), lambda key: tmp_path / "files" / key[:2] / key[2:4] / key
    bucket: Bucket = request.getfixturevalue("bucket")
    return bucket.store, lambda key: bucket.folder / key


def test_what_is_put_comes_back_once(kept: Any) -> None:
    store, _place = kept
    key = store.put(b"a" * 100)
    assert store.put(b"a" * 100) == key == key_of(b"a" * 100)
    other = store.put(b"b")
    assert store.read(key) == b"a" * 100
    assert {(one.key, one.size) for one in store.each()} == {(key, 100), (other, 1)}
    with store.open(other) as stream:
        assert stream.read() == b"b"


def test_what_is_removed_is_gone_and_may_be_removed_again(kept: Any) -> None:
    store, _place = kept
    key = store.put(b"x")
    store.remove(key)
    store.remove(key)
    with pytest.raises(ContentLost):
        store.read(key)
    with pytest.raises(ContentLost):
        store.open(key)
    assert list(store.each()) == []


def test_an_altered_content_is_not_given_out_and_heals_when_put_again(kept: Any) -> None:
    store, place = kept
    key = store.put(b"genuine")
    place(key).write_bytes(b"altered")
    with pytest.raises(ContentLost):
        store.read(key)
    store.put(b"genuine")
    assert store.read(key) == b"genuine"


def test_a_restore_takes_only_what_fits_its_name(kept: Any) -> None:
    store, _place = kept
    key = key_of(b"content")
    with pytest.raises(ContentLost):
        store.put_raw(key, io.BytesIO(b"cut o"))
    assert list(store.each()) == []
    store.put_raw(key, io.BytesIO(b"content"))
    assert store.read(key) == b"content"


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "/etc/passwd", "ab", "A" * 64, "0" * 63 + "/"])
def test_nothing_but_a_key_becomes_a_path(kept: Any, key: str) -> None:
    store, _place = kept
    for act in (store.read, store.open, store.remove, lambda key: store.put_raw(key, io.BytesIO(b""))):
        with pytest.raises(ContentLost):
            act(key)


def test_the_folder_is_the_owners_alone_and_holds_no_half_written_file(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "files")
    key = store.put(b"x")
    path = tmp_path / "files" / key[:2] / key[2:4] / key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in (store.folder, path.parent)] == [0o700, 0o700]
    (path.parent / f".{key[:40]}.abc.part").write_bytes(b"cut")
    assert [one.key for one in store.each()] == [key]


def test_a_folder_that_takes_nothing_is_a_store_that_is_down(tmp_path: Path) -> None:
    (tmp_path / "files").write_bytes(b"in the way")
    with pytest.raises(StoreDown):
        LocalStore(tmp_path / "files").put(b"x")


def test_a_service_that_is_gone_is_a_store_that_is_down(bucket: Bucket) -> None:
    key = bucket.store.put(b"x")
    bucket.stop()
    for act in (lambda: bucket.store.put(b"y"), lambda: bucket.store.read(key), lambda: list(bucket.store.each()), lambda: bucket.store.remove(key)):
        with pytest.raises(StoreDown):
            act()


def test_a_bucket_that_is_not_there_is_a_store_that_is_down(bucket: Bucket) -> None:
    with pytest.raises(StoreDown):
        storage.s3_store(bucket.url.replace("office-files", "nothing")).put(b"x")


def configured(tmp_path: Path, url: str) -> Flask:
    config = TestConfig(f"sqlite:///{tmp_path / 'x.db'}", home=tmp_path)
    config.STORAGE_URL = url
    return create_app(config)


def test_the_setting_chooses_the_store(tmp_path: Path, bucket: Bucket) -> None:
    assert isinstance(configured(tmp_path, "").extensions["file_store"], LocalStore)
    app = configured(tmp_path, bucket.url)
    with app.app_context():
        key = storage.store().put(b"x")
    assert (bucket.folder / key).read_bytes() == b"x"


@pytest.mark.parametrize("url", ["http://bucket", "s3://", "bucket"])
def test_a_setting_that_names_no_store_stops_the_start(tmp_path: Path, url: str) -> None:
    with pytest.raises(RuntimeError, match="STORAGE_URL must be"):
        configured(tmp_path, url)


def test_without_the_library_the_start_stops_and_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(RuntimeError, match="unionops\\[s3\\]"):
        configured(tmp_path, "s3://a:b@bucket?endpoint=http://127.0.0.1:1")


@pytest.mark.parametrize(("name", "value"), [("CLAMD_URL", "localhost:3310"), ("ATTACHMENT_MEGABYTES", 0), ("ATTACHMENT_MEGABYTES", 500)])
def test_settings_that_could_not_work_stop_the_start(tmp_path: Path, name: str, value: Any) -> None:
    config = TestConfig(f"sqlite:///{tmp_path / 'x.db'}", home=tmp_path)
    setattr(config, name, value)
    with pytest.raises(RuntimeError, match=name):
        config.check()
