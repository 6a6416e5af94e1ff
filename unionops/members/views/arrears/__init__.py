"""Who is behind with dues and what is done about it: the ladder, agreements, what is written off (T1.2). Importing this package declares all its screens."""

from unionops.members.views.arrears import area, debtors, plans, runs, steps, writing_off  # noqa: F401
