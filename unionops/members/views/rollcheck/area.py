"""The area itself: its name and its permissions. Every module beside this one adds screens to it."""

from unionops.core.i18n import _l
from unionops.core.screens import Area

area = Area("rollcheck", title=_l("會籍清查"), permissions={
    "rollcheck.read": _l("檢視會籍清查"),
    "rollcheck.manage": _l("辦理會籍清查"),
    "rollcheck.erase": _l("刪減出會者的個人資料"),
})
