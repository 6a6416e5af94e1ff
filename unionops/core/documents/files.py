"""Writing a file so that it is either the old one or the whole new one.

Owns the temporary file and its removal. Knows nothing of what is written.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def atomic_file(path: Path | str) -> Iterator[BinaryIO]:
    """A file to write to that takes the place of ``path`` when the block ends well.

    If anything goes wrong (a full disk, say) the error goes on, ``path`` is as it was, and nothing is left beside it.
    """
    target = Path(path)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:40]}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, target)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(name)
        raise
    # The rename itself is only safe once the folder is on disk; some file systems offer no such call for folders.
    with suppress(OSError):
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def write_atomically(path: Path | str, data: bytes) -> None:
    """``data`` into ``path``, whole or not at all. Raises OSError as the system gives it."""
    with atomic_file(path) as file:
        file.write(data)
