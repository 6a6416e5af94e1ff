"""The screens of accounts. Each module adds its own to ``area``; importing this package declares them all."""

from unionops.core.accounts.views import appearance, area, forgotten, invitations, joining, own, passkeys, people, sign_in  # noqa: F401
