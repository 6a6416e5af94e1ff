"""The area itself: its name and its permissions. Every module beside this one adds screens to it."""

from unionops.core.i18n import _l
from unionops.core.screens import Area

area = Area("arrears", title=_l("欠費催繳"), permissions={
    "arrears.read": _l("檢視欠費"),
    "arrears.manage": _l("催繳與分期協議"),
})
