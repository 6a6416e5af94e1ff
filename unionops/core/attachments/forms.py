"""A field that takes files, for the forms of any area."""

from __future__ import annotations

from typing import Any

from wtforms import MultipleFileField


class UploadField(MultipleFileField):
    """Several files; ``data`` is the list of those that were chosen. Each is looked at here, so that what is wrong with it stands
    beside the field together with everything else; ``services.add`` looks again."""

    def __init__(self, label: Any = None, validators: Any = None, *, most: int = 20, **kwargs: Any) -> None:
        super().__init__(label, validators, **kwargs)
        self.most = most
