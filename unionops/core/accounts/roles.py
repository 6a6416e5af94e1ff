"""Who may do what: one table, role → permissions. A snapshot test makes every new grant show in review.

Permissions are named by value because areas above declare them; a test checks that each exists.
"""

from unionops.core.i18n import _l

ROLES = {
    "secretary_general": _l("總幹事"),
    "staff": _l("會務人員"),
    "president": _l("理事長"),
    "director": _l("理事"),
    "supervisor": _l("監事"),
    "accountant": _l("會計"),
    "cashier": _l("出納"),
    "member": _l("會員"),
    "administrator": _l("系統管理員"),
    "auditor": _l("外部稽核（唯讀）"),
}
"""role → its title; the order is the order of the sign-in page and the matrix."""

SCOPED = frozenset({"staff", "cashier"})
"""Roles that may be limited to units: a branch's own clerk or collector. All others hold for the whole union."""

_EVERYONE_IN_OFFICE = {"legal.read", "calculators.use", "standard.read", "union.read", "approvals.use"}
_AT_WORK = _EVERYONE_IN_OFFICE | {"calendar.keep"}
_ROSTER_READ = {"members.read", "members.export", "members.print"}
_ROSTER_WRITE = _ROSTER_READ | {"members.share", "members.edit", "members.import", "members.merge", "members.reveal"}

_SURVEYS = {"surveys.read", "surveys.edit", "surveys.enter"}
_LETTERS = {"letters.read", "letters.register", "letters.draft", "letters.issue"}
_JOINING = {"joining.read", "joining.handle"}
_DUES_READ = {"dues.figures", "dues.read", "statements.read", "checkoff.read", "arrears.read"}
_DUES_KEEP = _DUES_READ | {"dues.bill", "dues.correct", "statements.match", "checkoff.manage", "arrears.manage"}

GRANTS: dict[str, frozenset[str]] = {
    "secretary_general": frozenset(
        _AT_WORK | _ROSTER_WRITE | _SURVEYS | _LETTERS | _JOINING | _DUES_KEEP
        | {"dues.collect", "dues.write_off", "joining.decide", "members.measure", "rollcheck.read", "rollcheck.manage", "rollcheck.erase"}
        | {"letters.secret", "letters.define", "members.define", "union.edit", "legal.confirm", "audit.read", "jobs.read", "accounts.read", "accounts.invite", "backup.read", "notify.read", "notify.manage", "approvals.record", "approvals.oversee", "calendar.supervise"}
    ),
    "staff": frozenset(_AT_WORK | _ROSTER_WRITE | _SURVEYS | _LETTERS | _JOINING | _DUES_READ
        | {"dues.collect", "arrears.manage", "checkoff.manage", "rollcheck.read", "rollcheck.manage", "approvals.record"}),
    "president": frozenset(_AT_WORK | {"dues.figures", "joining.read", "joining.decide", "rollcheck.read", "letters.read", "letters.secret", "surveys.read", "members.read", "members.share", "audit.read", "calendar.supervise"}),
    "director": frozenset(_AT_WORK | {"dues.figures"}),
    "supervisor": frozenset(_AT_WORK | _DUES_READ | {"audit.read"}),
    "accountant": frozenset(_AT_WORK | _DUES_KEEP | {"letters.read", "letters.draft", "members.read", "members.share"}),
    "cashier": frozenset(_AT_WORK | {"dues.figures", "dues.read", "dues.collect", "arrears.read", "members.read", "members.share"}),
    "member": frozenset({"calculators.use", "standard.read"}),
    "administrator": frozenset(
        _AT_WORK | {"accounts.read", "accounts.invite", "accounts.manage", "audit.read", "jobs.read", "jobs.manage", "union.edit", "notify.read", "notify.manage", "backup.read", "backup.make", "approvals.oversee"}
    ),
    "auditor": frozenset(_EVERYONE_IN_OFFICE | _DUES_READ | {"joining.read", "rollcheck.read", "letters.read", "surveys.read", "members.read", "audit.read", "jobs.read", "notify.read", "accounts.read", "backup.read"}),
}
