"""The stream: what goes in comes out; whatever was done to it on the way is refused with a reason."""

import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unionops.core.backup import sealed
from unionops.core.backup.sealed import PART, Damaged, Reader, Writer

KEY = "ABCD-EFGH-JKMN"


def written(members: dict[str, bytes], **closing) -> bytes:
    file = io.BytesIO()
    writer = Writer(file, KEY)
    for name, content in members.items():
        writer.member(name, [content[:3], content[3:]])
    writer.close(closing)
    return file.getvalue()


def read(file: bytes, key: str = KEY) -> tuple[dict[str, bytes], dict]:
    reader = Reader(io.BytesIO(file), key)
    found = {name: b"".join(content) for name, content in reader.members()}
    return found, reader.closing


MEMBERS = {"about": b"{}", "資料庫": bytes(range(256)) * 9000, "empty": b""}


@pytest.fixture(scope="module")
def file() -> bytes:
    return written(MEMBERS, rows={"person": 3})


def test_what_was_written_is_read(file):
    assert read(file) == (MEMBERS, {"rows": {"person": 3}})
    assert MEMBERS["資料庫"][:64] not in file


@pytest.mark.parametrize("size", [0, 1, PART - 1, PART, PART + 1, 2 * PART])
def test_contents_of_every_length(size):
    assert read(written({"a": b"x" * size})) == ({"a": b"x" * size}, {})


def test_the_key_is_read_as_people_type_it(file):
    assert read(file, " ABCD-EFGH- JKMN\n")[0] == MEMBERS


def test_another_key_is_told_from_a_broken_file(file):
    with pytest.raises(Damaged) as refused:
        read(file, "ABCD-EFGH-JKMX")
    assert refused.value.problems == (sealed.WRONG_KEY,)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"SQLite format 3\0" * 9, sealed.MAGIC[:-1]])
def test_other_files_are_no_backups(content):
    with pytest.raises(Damaged) as refused:
        read(content)
    assert refused.value.problems == (sealed.NO_BACKUP,)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(0, 1, exclude_max=True))
def test_cut_off_anywhere(file, where):
    with pytest.raises(Damaged) as refused:
        read(file[: int(len(file) * where)])
    assert refused.value.problems[0] in (sealed.CUT_OFF, sealed.NO_BACKUP)


def test_cut_off_at_the_end_of_a_part(file):
    """Also where everything that is left is whole."""
    at, ends = len(sealed.MAGIC) + 32, []
    while at < len(file):
        at += 5 + int.from_bytes(file[at : at + 4], "big")
        ends.append(at)
    assert len(ends) == 3 + 3 + 2 + 2 + 1
    for end in ends[:-1]:
        with pytest.raises(Damaged) as refused:
            read(file[:end])
        assert refused.value.problems == (sealed.CUT_OFF,)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(0, 1, exclude_max=True), st.integers(0, 7))
def test_one_flipped_bit_anywhere(file, where, bit):
    at = int(len(file) * where)
    changed = bytearray(file)
    changed[at] ^= 1 << bit
    with pytest.raises(Damaged):
        read(bytes(changed))


def parts(file: bytes) -> tuple[bytes, list[bytes]]:
    at, found = len(sealed.MAGIC) + 32, []
    head = file[:at]
    while at < len(file):
        length = 5 + int.from_bytes(file[at : at + 4], "big")
        found.append(file[at : at + length])
        at += length
    return head, found


def test_parts_cannot_change_places_nor_be_left_out_nor_doubled(file):
    head, found = parts(file)
    swapped = found[:4] + [found[5], found[4]] + found[6:]
    for changed in (swapped, found[:4] + found[5:], found[:5] + [found[4]] + found[5:], [*found, found[-1]], found[:-1] + found[-2:]):
        with pytest.raises(Damaged) as refused:
            read(head + b"".join(changed))
        assert "被改過或損壞" in str(refused.value)


def test_parts_of_another_file_do_not_fit(file):
    head, _found = parts(file)
    _head, others = parts(written(MEMBERS))
    with pytest.raises(Damaged):
        read(head + b"".join(others))
