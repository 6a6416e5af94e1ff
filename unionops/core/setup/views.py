"""The wizard: while nobody administers this installation every address leads here; with the first administrator it is gone.

Whoever has typed the code of the terminal goes from step to step. Each step is committed by itself, so it can be left and taken up again
in any browser that knows the code. What comes after signing in is one page of first steps.
"""

from __future__ import annotations

from typing import Any

from flask import Response, abort, current_app, flash, redirect, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from unionops.core import clock
from unionops.core.accounts import rules as accounts
from unionops.core.accounts import services as account_services
from unionops.core.accounts import sessions
from unionops.core.i18n import _, _l
from unionops.core.limits import limiter
from unionops.core.pages import page
from unionops.core.quantities import unit_word
from unionops.core.screens import ASSETS, PUBLIC, Area, reachable
from unionops.core.setup import queries, rules, services
from unionops.core.setup.forms import AdministratorForm, AuthorityForm, CodeForm, UnionForm, charter_form, filled
from unionops.core.setup.models import SetupState
from unionops.core.union import queries as unions
from unionops.core.union import rules as union_rules
from unionops.core.union.models import Union
from unionops.law.union_act import UnionKind

area = Area("setup", title=_l("設定新工會"))

STEPS = (
    ("setup.record_union", _l("工會")), ("setup.record_authority", _l("主管機關")), ("setup.record_charter", _l("章程")),
    ("setup.make_administrator", _l("管理員")), ("setup.first_steps", _l("名冊")),
)
ALWAYS = frozenset({ASSETS, "accounts.switch_language", "accounts.switch_theme"})
GROUPS = (
    (_l("名額"), ("directors", "supervisors", "standing_directors", "standing_supervisors", "alternate_directors", "alternate_supervisors", "delegates")),
    (_l("任期與會議"), ("term_years", "delegate_term_years", "president_terms", "president_elected_by", "board_meeting_every_months", "ballot_retention_years")),
    (_l("會費與欠費"), (
        "entrance_fee", "dues_monthly", "dues_monthly_rate", "arrears_notice_months", "arrears_formal_months", "arrears_pay_days", "arrears_suspend_months",
        "arrears_expel_months", "good_standing_months", "instalments_count",
    )),
    (_l("入會、出會與停權"), (
        "admission", "admission_begins", "member_minimum_age", "managers_may_join", "leave_effective", "leave_notice_days", "suspension_decided_by",
        "expulsion_decided_by", "measure_majority", "hearing_days", "retained_after_dismissal",
    )),
    (_l("其他"), ("fallback_rules",)),
)
"""The keys of the constitution as the step shows them; a key of no group would not be asked (a test looks)."""


@area.blueprint.record
def _lead_here(state: Any) -> None:
    state.app.before_request(_set_up_first)


def _set_up_first() -> AnyResponse | None:
    """Leads everybody to the wizard. Nobody can be signed in while it is open, so for people at work this costs nothing."""
    if request.endpoint in ALWAYS or request.blueprint == area.name or current_user.is_authenticated or not queries.is_open():
        return None
    return redirect(url_for("setup.start"))


# --- the code


@area.screen("", title=_l("設定新工會"), permission=PUBLIC, methods=["GET", "POST"])
@limiter.limit("10 per minute", methods=["POST"], override_defaults=False)
def start():
    if not queries.is_open():
        abort(404)
    form = CodeForm()
    if form.validate_on_submit():
        with form.catching():
            mark = services.unlock(form.code.data)
            session.clear()
            session["setup"] = mark
            return redirect(url_for(".resume"))
    return page("setup/start.html", form=form)


@area.screen("/resume", title=_l("設定新工會"), permission=PUBLIC)
def resume():
    """The first step that is not done."""
    state = _held(0)
    return redirect(_address(state.reached)) if isinstance(state, SetupState) else state


def _held(before: int) -> SetupState | AnyResponse:
    """The state, if this browser has typed the code and the steps ``before`` are done; else where to go instead."""
    state = queries.open_state(lock=request.method == "POST") or abort(404)
    if session.get("setup") != services.mark_of(state.code_index):
        return redirect(url_for(".start"))
    return state if state.reached >= before else redirect(_address(state.reached))


def _address(step: int) -> str:
    return url_for(STEPS[step][0])


def _step(template: str, step: int, **context: Any) -> Response:
    """The page of a step; ``step`` counts from 0."""
    return page(f"setup/{template}.html", stages_of_setup=_stages(step), back=_address(step - 1) if step else None, **context)


def _stages(now: int) -> list[dict[str, Any]]:
    return [{"label": title, "state": "done" if at < now else "now" if at == now else "next"} for at, (_endpoint, title) in enumerate(STEPS)]


def _union() -> Union:
    return unions.the_union() or abort(404)


# --- the steps


@area.screen("/union", title=_l("工會種類與名稱"), permission=PUBLIC, methods=["GET", "POST"], parent="setup.start")
def record_union():
    state = _held(0)
    if not isinstance(state, SetupState):
        return state
    form = UnionForm(obj=unions.the_union())
    if form.validate_on_submit():
        with form.catching():
            services.record_union(
                state, kind=form.kind.data, name=form.name.data, short_name=form.short_name.data or "", seat=form.seat.data or "",
                area=form.area.data or "", founded_on=form.founded_on.data, today=clock.today(),
            )
            return redirect(url_for(".record_authority"))
    return _step("union", 0, form=form)


@area.screen("/authority", title=_l("主管機關與登記"), permission=PUBLIC, methods=["GET", "POST"], parent="setup.start")
def record_authority():
    state = _held(services.UNION)
    if not isinstance(state, SetupState):
        return state
    union = _union()
    proposed = rules.proposed_authority(union.union_kind, union.seat) or rules.proposed_authority(union.union_kind, union.area)
    form = AuthorityForm(obj=union)
    if form.validate_on_submit():
        with form.catching():
            services.record_authority(
                state, union, authority=form.authority.data or "", registration_number=form.registration_number.data or "",
                registered_on=form.registered_on.data, today=clock.today(),
            )
            return redirect(url_for(".record_charter"))
    elif request.method == "GET" and not form.authority.data and proposed:
        form.authority.data = proposed[0]
    return _step("authority", 1, form=form, proposed=proposed)


@area.screen("/charter", title=_l("章程規定的值"), permission=PUBLIC, methods=["GET", "POST"], parent="setup.start")
def record_charter():
    state = _held(services.AUTHORITY)
    if not isinstance(state, SetupState):
        return state
    union, today = _union(), clock.today()
    in_force = unions.charter(today)
    form = charter_form(in_force, valid_from=_since(in_force) or union.founded_on or today)
    if form.validate_on_submit():
        with form.catching():
            count = services.record_charter(state, union, form.typed(), in_force=filled(in_force), valid_from=form.valid_from.data)
            flash(_("已登錄 %(count)s 項章程的值；其他的先用預設值，之後可以在「工會資料與章程」補上。", count=count), "success")
            return redirect(url_for(".make_administrator"))
    return _step("charter", 2, form=form, groups=_groups(UnionKind(_union().kind), in_force))


def _since(in_force: dict[str, unions.InForce]) -> Any:
    """The day from which the values count that were entered here before."""
    return max((one.since for one in in_force.values() if one.since), default=None)


def _groups(kind: UnionKind, in_force: dict[str, unions.InForce]) -> list[tuple[Any, list[dict[str, Any]]]]:
    """The keys under their headings, each with its unit, where its value comes from, and the law's limit."""
    given = unions.circumstances(clock.today(), kind, members=None, values=in_force)
    groups = []
    for title, shorts in GROUPS:
        lines = []
        for definition in (union_rules.charter_keys()[f"charter.{short}"] for short in shorts):
            one = in_force[definition.key]
            lines.append({
                "key": definition.key, "unit": unit_word(definition.unit), "help": definition.help, "wide": definition.kind == "text",
                "source": one.source if one.shown else "", "limit": union_rules.judge(definition, None, given).limit,
            })
        groups.append((title, lines))
    return groups


@area.screen("/charter/later", title=_l("章程之後再填"), permission=PUBLIC, methods=["POST"], parent="setup.record_charter")
def skip_charter():
    state = _held(services.AUTHORITY)
    if not isinstance(state, SetupState):
        return state
    services.skip_charter(state)
    return redirect(url_for(".make_administrator"))


@area.screen("/administrator", title=_l("第一位管理員"), permission=PUBLIC, methods=["GET", "POST"], parent="setup.start")
@limiter.limit("30 per minute", methods=["POST"], override_defaults=False)
def make_administrator():
    state = _held(services.CHARTER)
    if not isinstance(state, SetupState):
        return state
    form = AdministratorForm()
    secret = session.setdefault("setup_totp", account_services.new_totp_secret())
    if form.validate_on_submit():
        with form.catching():
            now = clock.now()
            user, codes = services.make_administrator(
                state, username=form.username.data, name=form.name.data, password=form.new_password.data, email=form.email.data or "",
                totp_secret=secret, code=form.code.data, more=("secretary_general",) if form.is_secretary.data else (), now=now,
            )
            sessions.begin(user, address=request.remote_addr or "", device=accounts.device_name(request.user_agent.string), now=now)
            return _unstored(page("setup/recovery_codes.html", codes=codes))
    union = _union()
    picture = account_services.totp_picture(secret, username=form.username.data or "admin", issuer=union.short_name or union.name)
    parts = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return _unstored(_step("administrator", 3, form=form, picture=picture, secret=parts))


def _unstored(response: Response) -> Response:
    """A secret stands on it: the browser keeps nothing."""
    response.headers["Cache-Control"] = "no-store"
    return response


# --- signed in


@area.screen("/first-steps", title=_l("最初的幾步"), permission="accounts.manage")
def first_steps():
    today = clock.today()
    defaults = sum(one.is_default for one in unions.charter(today).values())
    steps = [
        ("members.imports", _("匯入名冊"), _("把現有的 Excel 名冊帶進來；會先檢查、預覽，匯入後還可以復原")),
        ("members.add_member", _("從空白名冊開始"), _("一位一位新增會員")),
        ("accounts.invite", _("邀請同事"), _("總幹事、會務人員、會計、出納，各有自己的帳號")),
        ("dues.schemes", _("訂會費的項目與標準"), _("入會費、經常會費收多少、依據哪一條；訂好才能開單、收款")),
        ("dues.opening", _("帶入之前的帳"), _("從別的帳換過來的工會：先訂起始日，之前的欠費與溢繳列為期初")),
        ("union.record", _("補齊章程的值"), _("還有 %(count)s 項用預設值", count=defaults)),
        ("accounts.me", _("新增通行金鑰"), _("用指紋或臉登入，不必打密碼")),
        ("notify.outbox", _("設定寄信"), _("有郵件伺服器，邀請與提醒才寄得出去；沒有也可以印出來")),
        ("backup.overview", _("設定備份"), _("指定備份資料夾，抄下備份金鑰")),
    ]
    return page(
        "setup/first_steps.html",
        steps=[{"lead": str(at), "text": title, "sub": text, "url": url_for(endpoint)}
               for at, (endpoint, title, text) in enumerate((step for step in steps if _offered(step[0])), 1)],
        may_import=_offered("members.imports"), stages_of_setup=_stages(len(STEPS) - 1),
    )


def _offered(endpoint: str) -> bool:
    """Whether such a screen is part of this program and open to this person."""
    return endpoint in current_app.view_functions and reachable(endpoint)
