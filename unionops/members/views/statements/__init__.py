"""Files of banks, post office and shops: read, matched with who owes, settled (T1.2). Importing this package declares all its screens."""

from unionops.members.views.statements import area, files, queue  # noqa: F401
