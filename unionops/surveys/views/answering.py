"""The public form: phone first, without navigation, without a script.

Of an anonymous answer this writes nothing but the answer. What keeps a device from answering twice is a signed cookie in that device
that says "answered" and nothing else; the office may allow several answers from one device.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any

from flask import abort, current_app, make_response, redirect, request, url_for
from flask_login import current_user
from itsdangerous import BadSignature, Signer

from unionops.core import clock
from unionops.core.db import db
from unionops.core.i18n import _, _l, show_date
from unionops.core.limits import limiter
from unionops.core.pages import page
from unionops.core.screens import PUBLIC
from unionops.surveys import queries
from unionops.surveys.documents import show_end
from unionops.surveys.forms import sheet_data, sheet_form, typed_on_sheet
from unionops.surveys.models import Survey
from unionops.surveys.rules.opening import State
from unionops.surveys.rules.questions import Asked
from unionops.surveys.services import answering
from unionops.surveys.views.area import POSTS, SERVES, public
from unionops.values.refs import Ref

DAYS_90 = 90 * 24 * 3600
GUESSES = "30 per minute"
"""Addresses that do not exist, from one place. Those that do are not counted: a whole hall may share one line."""


def _missed(response: Any) -> bool:
    return bool(response.status_code == 404)


@public.screen("/<token>", title=_l("問卷"), permission=PUBLIC, methods=POSTS, **SERVES)
@limiter.limit(GUESSES, deduct_when=_missed)
def form(token: str):
    survey = queries.by_token(token)
    if survey is None:
        abort(404)
    if survey.anonymous:
        return _anonymous(survey)
    if not current_user.is_authenticated:
        return _private(page("surveys/answer_closed.html", title=survey.said("title"), survey=survey, why="named"))
    return _named(survey, Ref("user", current_user.id), current_user.name, here=url_for(".form", token=token))


@public.screen("/<token>/thanks", title=_l("已收到"), permission=PUBLIC, **SERVES)
@limiter.limit(GUESSES, deduct_when=_missed)
def thanks(token: str):
    survey = queries.by_token(token)
    if survey is None:
        abort(404)
    return _private(page("surveys/thanks.html", title=_("已收到，謝謝您"), survey=survey))


@public.screen("/p/<token>", title=_l("問卷"), permission=PUBLIC, methods=POSTS, **SERVES)
@limiter.limit(GUESSES, deduct_when=_missed)
def personal(token: str):
    invitation = queries.by_link(token)
    survey = db.session.get(Survey, invitation.survey_id) if invitation else None
    if invitation is None or invitation.ref is None or survey is None or survey.opens_at is None:
        abort(404)
    return _named(survey, invitation.ref, invitation.name, here=url_for(".personal", token=token))


def _anonymous(survey: Survey) -> Any:
    now = clock.now()
    if survey.state(now) != State.OPEN:
        return _not_open(survey, now)
    if not survey.shared_device and _answered_here(survey):
        return _private(page("surveys/answer_closed.html", title=survey.said("title"), survey=survey, why="answered"))
    sheet = sheet_form(survey.asked)
    if sheet.validate_on_submit():
        once = sheet.once.data or ""
        if not 16 <= len(once) <= 64:
            abort(400)
        done = redirect(url_for(".thanks", token=survey.token))
        with sheet.catching():
            answering.answer_anonymously(survey, typed_on_sheet(), once=once, now=now)
            if not survey.shared_device:
                done.set_cookie(
                    _cookie(survey), _signer().sign(b"answered").decode(), max_age=DAYS_90, httponly=True, samesite="Lax",
                    secure=request.is_secure, path=url_for(".form", token=survey.token),
                )
            return done
    return _private(page("surveys/answer.html", title=survey.said("title"), survey=survey, form=sheet, sections=_sections(survey), name="", again=False))


def _named(survey: Survey, respondent: Ref, name: str, *, here: str) -> Any:
    now = clock.now()
    if survey.state(now) != State.OPEN:
        return _not_open(survey, now)
    before = queries.sheet_of(survey, respondent)
    held = queries.given_on([before.id])[before.id] if before else []
    sheet = sheet_form(survey.asked, sheet_data(survey.asked, held, show_date))
    if sheet.validate_on_submit():
        with sheet.catching():
            answering.answer_by_name(survey, typed_on_sheet(), respondent=respondent, name=name, now=now)
            return redirect(f"{here}?done=1")
    done = request.method == "GET" and "done" in request.args and before is not None
    return _private(page("surveys/answer.html", title=survey.said("title"), survey=survey, form=sheet, sections=_sections(survey), name=name, again=before is not None, done=done))


def _sections(survey: Survey) -> list[tuple[str, list[tuple[Asked, str]]]]:
    """The questions with their hints, under the headings they share."""
    both = zip(survey.asked, survey.questions, strict=True)
    return [(title, [(asked, row.said("hint")) for asked, row in some]) for title, some in groupby(both, key=lambda pair: pair[1].said("section"))]


def _not_open(survey: Survey, now: Any) -> Any:
    """The page that says so; somebody who was typing when it closed is told that nothing was sent."""
    why = "closed" if survey.state(now) == State.CLOSED else "planned"
    response = make_response(page("surveys/answer_closed.html", title=survey.said("title"), survey=survey, why=why, ends=show_end(survey.closes_at), lost=request.method == "POST"))
    if request.method == "POST":
        response.status_code = 409
    return _private(response)


def _private(response: Any) -> Any:
    response.headers["Cache-Control"] = "no-store"
    return response


def _cookie(survey: Survey) -> str:
    return f"answered_{survey.id}"


def _signer() -> Signer:
    return Signer(current_app.config["SECRET_KEY"], salt="surveys.answered")


def _answered_here(survey: Survey) -> bool:
    try:
        return _signer().unsign(request.cookies.get(_cookie(survey), "")) == b"answered"
    except BadSignature:
        return False
