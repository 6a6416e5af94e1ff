"""The demo union: about 1,200 invented members, built once through the services themselves, dates around the day it is built."""

from collections.abc import Callable

PASSWORD = "union-demo-2026"

PEOPLE = (
    ("secretary_general", "chief", "張雅婷"),
    ("staff", "staff", "林秀琴"),
    ("president", "president", "黃志明"),
    ("director", "director", "陳文雄"),
    ("supervisor", "supervisor", "李淑芬"),
    ("accountant", "accountant", "吳佩珊"),
    ("cashier", "cashier", "周美惠"),
    ("member", "member", "王冠宇"),
    ("administrator", "admin", "蔡政宏"),
    ("auditor", "auditor", "謝宜蓁"),
)
"""(role, user name, name) of everybody who can sign in to the demo."""

TITLES = {
    "secretary_general": "總幹事 secretary-general", "staff": "會務人員 staff", "president": "理事長 president", "director": "理事 director",
    "supervisor": "監事 supervisor", "accountant": "會計 accountant", "cashier": "出納 cashier", "member": "會員 member",
    "administrator": "系統管理員 administrator", "auditor": "外部稽核 auditor",
}

SIGN_INS = tuple((TITLES[role], username, PASSWORD) for role, username, _name in PEOPLE)
"""(role, user name, password), for the terminal and the sign-in page."""


def build(progress: Callable[[str], object] = print) -> None:
    """Builds the demo union in the database of the current app. Only for a database without users."""
    from unionops.demo.building import build as build_now

    build_now(progress)
