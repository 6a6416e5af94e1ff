"""The screens of the membership. Each module adds its own to ``area``; importing this package declares them all."""

from unionops.members.views import area, changes, duplicates, imports, papers, person, roster, structure  # noqa: F401
