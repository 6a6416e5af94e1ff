"""A pointer to any record, by value, so that a lower layer can name what only a higher one knows."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Ref:
    """``Ref("activity", 12)``, written ``activity:12``. What a kind means is registered in ``core.refs``."""

    kind: str
    id: int

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Ref":
        """The pointer that ``str`` wrote. Raises ValueError for anything else."""
        kind, _, number = text.partition(":")
        if not kind.isidentifier() or not number.isascii() or not number.isdigit():
            raise ValueError(f"not a reference: {text!r}")
        return cls(kind, int(number))
