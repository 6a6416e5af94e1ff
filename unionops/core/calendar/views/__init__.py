"""The calendar's screens."""

from unionops.core.calendar.views import appointments, deadlines, feeds, months

__all__ = ["appointments", "deadlines", "feeds", "months"]
