"""The screens of the membership. The modules here add theirs to the area ``members``; each package is an area of its own."""

from unionops.members.views import (  # noqa: F401  # noqa: F401
    area,
    arrears,
    changes,
    checkoff,
    dues,
    duplicates,
    facts,
    imports,
    joining,
    leaving,
    life,
    papers,
    person,
    rollcheck,
    roster,
    statements,
    structure,
)
