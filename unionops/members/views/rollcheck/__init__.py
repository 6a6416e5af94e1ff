"""The yearly check of the roll, and what is kept of who left (T1.2). Importing this package declares all its screens."""

from unionops.members.views.rollcheck import area, checks, erasing, papers

__all__ = ["area", "checks", "erasing", "papers"]
