"""The area itself: its name and its permissions. Every module beside this one adds screens to it."""

from unionops.core.i18n import _l
from unionops.core.screens import Area

area = Area("statements", title=_l("對帳"), permissions={
    "statements.read": _l("檢視對帳檔"),
    "statements.match": _l("匯入對帳檔並入帳"),
})
