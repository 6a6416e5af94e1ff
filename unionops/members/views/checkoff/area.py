"""The area itself: its name and its permissions. Every module beside this one adds screens to it."""

from unionops.core.i18n import _l
from unionops.core.screens import Area

area = Area("checkoff", title=_l("代扣會費"), permissions={
    "checkoff.read": _l("檢視代扣名冊"),
    "checkoff.manage": _l("製作代扣名冊、匯入回覆並入帳"),
})
