"""The area itself: its name and its permissions. Every module beside this one adds screens to it."""

from unionops.core.i18n import _l
from unionops.core.screens import Area

area = Area("joining", title=_l("入會與招募"), permissions={
    "joining.read": _l("檢視入會申請與招募"),
    "joining.handle": _l("受理與審查入會申請、登錄招募"),
    "joining.decide": _l("登錄入會的決定"),
})
