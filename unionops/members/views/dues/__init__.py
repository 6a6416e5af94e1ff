"""Dues: what members owe and paid; schemes, bills, payments, receipts, the cash box (T1.2). Importing this package declares all its screens."""

from unionops.members.views.dues import (  # noqa: F401
    account,
    area,
    cash,
    desk,
    exemptions,
    figures,
    notices,
    opening,
    payments,
    receipts,
    runs,
    schemes,
    standing,
)
