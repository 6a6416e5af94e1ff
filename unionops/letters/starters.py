"""The texts that come with the program, from which a letter or a template of the union's own begins. Kept as data in ``starters.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unionops.letters.rules import FORMS, Draft, Role, read_receivers


@dataclass(frozen=True)
class Starter:
    """A text with its gaps marked ○○."""

    key: str
    title: str
    form: str
    body: Mapping[str, str]
    receivers: Mapping[Role, str]
    enclosures: str = ""
    signatory: str = "president"

    def draft(self, *, authority: str = "") -> Draft:
        """The draft with which its form opens; ``authority`` takes the place of 主管機關."""
        texts = {role: text.replace("主管機關", authority or "主管機關") for role, text in self.receivers.items()}
        receivers = [one for role, text in texts.items() for one in read_receivers(role, "", text)[0]]
        return Draft(self.form, dict(self.body), tuple(receivers), enclosures=self.enclosures, signatory=self.signatory)


def _read() -> dict[str, Starter]:
    held: dict[str, dict[str, Any]] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())
    found = {}
    for key, one in held.items():
        form = FORMS[one["form"]]
        body = {section.key: one[section.key].strip() for section in form.sections if section.key in one}
        receivers = {role: one[role.value] for role, _label in form.receivers if role.value in one}
        found[key] = Starter(key, one["title"], form.key, body, receivers, one.get("enclosures", ""), one.get("signatory", "president"))
    return found


STARTERS = _read()
