"""What is done to accounts: signing in, passwords, passkeys, second factor, invitations, roles, ending sessions, deactivation.

What other areas and tests need is named here; the screens of accounts call ``invitations``, ``passkeys``, ``resets`` and ``tickets`` themselves.
"""

from unionops.core.accounts.services import invitations, passkeys, passwords, people, resets, tickets
from unionops.core.accounts.services.doors import unlock
from unionops.core.accounts.services.passwords import change_password, hashed, is_password
from unionops.core.accounts.services.people import change_user, create_administrator, create_user, deactivate, reactivate, set_roles
from unionops.core.accounts.services.second_factor import (
    RECOVERY_CODES,
    enrol_totp,
    new_recovery_codes,
    new_totp_secret,
    reset_second_factor,
    totp_picture,
)
from unionops.core.accounts.services.sign_ins import revoke_all, revoke_session
from unionops.core.accounts.services.signing_in import check_password, check_second_factor, confirm_password

__all__ = [
    "RECOVERY_CODES",
    "change_password",
    "change_user",
    "check_password",
    "check_second_factor",
    "confirm_password",
    "create_administrator",
    "create_user",
    "deactivate",
    "enrol_totp",
    "hashed",
    "invitations",
    "is_password",
    "new_recovery_codes",
    "new_totp_secret",
    "passkeys",
    "passwords",
    "people",
    "reactivate",
    "reset_second_factor",
    "resets",
    "revoke_all",
    "revoke_session",
    "set_roles",
    "tickets",
    "totp_picture",
    "unlock",
]
