"""Dues: what members owe and paid; schemes, bills, payments, receipts, the cash box (T1.2). Importing this package declares all its screens."""

from unionops.members.views.dues import account, area, cash, desk, exemptions, figures, opening, payments, receipts, runs, schemes, standing  # noqa: F401
