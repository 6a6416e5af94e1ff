"""Dues held back by employers: lists out, files in, expected against received (T1.2). Importing this package declares all its screens."""

from unionops.members.views.checkoff import answers, area, debits, employers, lists, papers  # noqa: F401
