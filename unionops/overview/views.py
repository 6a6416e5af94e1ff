"""The desk: the first screen of the day."""

from flask_login import current_user

from unionops.core import clock
from unionops.core import desk as cards
from unionops.core.i18n import _l
from unionops.core.pages import page
from unionops.core.screens import SIGNED_IN, Area

area = Area("overview", title=_l("今日"), prefix="")


@area.screen("/", title=_l("今日"), permission=SIGNED_IN, menu=("今", "To", 100))
def desk():
    return page("overview/desk.html", cards=cards.cards(current_user), today=clock.today())
