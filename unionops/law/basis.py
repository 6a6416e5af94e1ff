"""The "why" that every computed figure carries to the screen and into print."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal

Source = Literal["law", "charter", "default"]
Confidence = Literal["verified", "secondary", "derived", "memory"]


@dataclass(frozen=True)
class Basis:
    """Which rule gave an answer, from what, and how sure we are.

    ``rule`` is the rule id of the domain notes (``UA-17-directors``); ``citation`` the article in Chinese
    (工會法第 17 條第 1 項第 1 款); ``source`` says who laid the rule down; ``inputs`` are (Chinese label, value) pairs;
    ``result`` the answer in words or figures; ``note`` what a careful reader should know besides.
    """

    rule: str
    citation: str
    result: str | int | date
    inputs: tuple[tuple[str, str | int | date], ...] = ()
    source: Source = "law"
    confidence: Confidence = "verified"
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The same, ready for JSON: dates in ISO."""
        told = asdict(self)
        told["inputs"] = [[label, _plain(value)] for label, value in self.inputs]
        told["result"] = _plain(self.result)
        return told


def _plain(value: str | int | date) -> str | int:
    return value.isoformat() if isinstance(value, date) else value
