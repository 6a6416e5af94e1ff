"""Joining: who is asked, who asks to join, and what becomes of it until there is a member number (T1.2). Importing this package declares all its screens."""

from unionops.members.views.joining import area, deciding, inbox, page, papers, public, receiving, recruiting  # noqa: F401
