"""Files are the old one or the whole new one."""

import errno
import os

import pytest

from unionops.core.documents import Column, atomic_file, write_atomically, write_rows


def test_a_file_is_replaced_whole(tmp_path):
    path = tmp_path / "名冊.pdf"
    write_atomically(path, b"old")
    write_atomically(str(path), b"new")
    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["名冊.pdf"]


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "a.pdf"
    write_atomically(path, b"old")

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.pdf"]


def test_an_export_that_fails_half_way_leaves_nothing(tmp_path):
    def lines():
        yield ("a",)
        raise RuntimeError("the source broke")

    for fmt in ("csv", "xlsx", "ods"):
        path = tmp_path / f"x.{fmt}"
        with pytest.raises(RuntimeError, match="broke"), atomic_file(path) as file:
            write_rows([Column("a")], lines(), fmt, file)
    assert os.listdir(tmp_path) == []


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_atomically(tmp_path / "none" / "a", b"x")
