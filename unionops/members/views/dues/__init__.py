"""Dues: what members owe and paid; schemes, bills, payments, receipts, the cash box (T1.2). Importing this package declares all its screens."""

from unionops.members.views.dues import area, exemptions, figures, runs, schemes, standing  # noqa: F401
