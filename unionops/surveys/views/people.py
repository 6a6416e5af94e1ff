"""Whom a named questionnaire asks: their personal links, by mail to those who have an address, printed for the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from flask import abort, flash, redirect, request, url_for
from flask_login import current_user

from unionops.core import clock, refs, search
from unionops.core.addresses import public_address
from unionops.core.audit import recording
from unionops.core.db import db
from unionops.core.documents import serving
from unionops.core.forms import OnceForm
from unionops.core.i18n import _, _l
from unionops.core.jobs import tasks
from unionops.core.pages import Paging, page
from unionops.surveys import documents, queries
from unionops.surveys.forms import InviteForm
from unionops.surveys.models import SurveyInvitation
from unionops.surveys.queries import Stands
from unionops.surveys.services import mailing, making
from unionops.surveys.services.mailing import Round
from unionops.surveys.views.area import EDIT, POSTS, area, survey_of
from unionops.surveys.views.papers import occasion_of
from unionops.values.problems import RuleBroken, problem
from unionops.values.refs import Ref

MAILED_AT_ONCE = 200
"""More mails than this are made in the background."""
MOST_NAMED = 500
UNANSWERED = tuple(one for one in Stands if one not in (Stands.ANSWERED, Stands.GONE))

SIGNS = {
    Stands.ANSWERED: ("ok", _l("已填")), Stands.GONE: ("off", _l("已故，不寄")), Stands.WITHOUT_MAIL: ("off", _l("未填，沒有電子郵件")),
    Stands.NOT_MAILED: ("off", _l("未填，還沒寄連結")), Stands.UNDELIVERED: ("stop", _l("未填，信寄不出去")), Stands.MAILED: ("soon", _l("未填，已寄連結")),
    Stands.JUST_MAILED: ("soon", _l("未填，連結剛寄出")),
}

@area.screen("/<int:survey_id>/people", title=_l("個人連結"), **EDIT, methods=POSTS, personal=True, parent="surveys.survey")
def people(survey_id: int):
    found = survey_of(survey_id)
    recording.subject(found)
    form = InviteForm()
    if form.validate_on_submit():
        with form.catching():
            count = making.invite(found, _people_named(form.people.data))
            flash(_("已發出 %(count)s 個個人連結。", count=count), "success")
            return redirect(url_for(".people", survey_id=survey_id))
    now = clock.now()
    stands = {} if found.anonymous else queries.standing(found, now)
    paging = Paging(sum(stands.values()))
    rows = [] if found.anonymous else queries.invitations(found, now, offset=paging.offset, limit=paging.size)
    links = {one.invitation.id: public_address("answer.personal", token=queries.link_token(one.invitation)) for one in rows}
    return page(
        "surveys/people.html", form=form, survey=found, rows=rows, links=links, paging=paging, signs=SIGNS, why=mailing.refusal(found, now),
        first=_sum(stands, mailing.TO[Round.FIRST]), reminder=_sum(stands, mailing.TO[Round.REMINDER]), by_hand=_sum(stands, queries.BY_HAND),
        unanswered=_sum(stands, UNANSWERED),
    )


def _sum(stands: Mapping[Stands, int], which: Iterable[Stands]) -> int:
    return sum(stands.get(one, 0) for one in which)


@area.screen("/<int:survey_id>/people/mail/<which>", title=_l("寄出個人連結"), **EDIT, methods=POSTS, once=True, parent="surveys.people")
def mail_links(survey_id: int, which: str):
    if which not in list(Round):
        abort(404)
    chosen, found, now = Round(which), survey_of(survey_id), clock.now()
    stands = {} if found.anonymous else queries.standing(found, now)
    count = _sum(stands, mailing.TO[chosen])
    form = OnceForm()
    if form.validate_on_submit():
        if count > MAILED_AT_ONCE:
            begun = tasks.start("surveys.mail_links", current_user, title=_("寄出問卷「%(title)s」的個人連結", title=found.title), survey_id=found.id, which=which)
            return redirect(url_for("jobs.task", task_id=begun.id))
        with form.catching():
            count = mailing.mail_links(found, chosen, now=now)
            flash(_("已排入寄信匣 %(count)s 封，幾分鐘內寄出。", count=f"{count:,}"), "success")
            return redirect(url_for(".people", survey_id=survey_id))
    return page(
        "surveys/mail_links.html", form=form, survey=found, count=count, stands=stands, by_hand=_sum(stands, queries.BY_HAND),
        reminder=chosen == Round.REMINDER, why=mailing.refusal(found, now), background=count > MAILED_AT_ONCE,
    )


def _people_named(lines: list[str]) -> list[tuple[Ref, str]]:
    """The people these lines name, as far as this user may see them. RuleBroken with every line that names nobody or several."""
    kind = refs.KINDS.get("person")
    found, wrong = [], []
    if len(lines) > MOST_NAMED:
        raise RuleBroken(problem("people", "一次最多寫 %(most)s 位，現在是 %(count)s 位；請分幾次邀請。", most=MOST_NAMED, count=len(lines)))
    for line in lines:
        ids = search.matching("person", line) if kind else None
        chosen = kind.among(current_user) if kind else None
        records = []
        if kind is not None and ids is not None:
            wanted = sa.select(kind.model).where(kind.model.id.in_(ids)).limit(3)
            records = list(db.session.scalars(wanted if chosen is None else wanted.where(kind.model.id.in_(chosen))).unique())
            named = [one for one in records if kind.title(one) == line]
            records = named if len(named) == 1 else records
        if len(records) == 1 and kind is not None:
            found.append((Ref("person", records[0].id), kind.title(records[0])))
        elif records:
            wrong.append(problem("people", "「%(line)s」不只一位，請改寫會員編號。", line=line[:40]))
        else:
            wrong.append(problem("people", "找不到「%(line)s」。", line=line[:40]))
    if wrong:
        raise RuleBroken(*wrong[:10])
    return found


@area.screen("/<int:survey_id>/people/<int:invitation_id>/<word>", title=_l("換發或停用個人連結"), **EDIT, methods=["POST"], parent="surveys.people")
def change_link(survey_id: int, invitation_id: int, word: str):
    found = survey_of(survey_id)
    invitation = db.session.get(SurveyInvitation, invitation_id)
    if invitation is None or invitation.survey_id != found.id or word not in ("renew", "withdraw"):
        abort(404)
    if word == "renew":
        making.renew_link(found, invitation)
        flash(_("已換發連結，舊的不能再用。"), "success")
    else:
        making.withdraw_link(found, invitation)
        flash(_("已停用連結。"), "success")
    return redirect(url_for(".people", survey_id=survey_id))


@area.screen("/<int:survey_id>/links.pdf", title=_l("列印個人連結"), permission="surveys.edit", task="T2.2", indicators=["P2.2.1"], exact=True, personal=True)
def links_file(survey_id: int):
    survey = survey_of(survey_id)
    if survey.anonymous:
        abort(404)
    recording.subject(survey)
    # ``by_hand``: those alone whom no mail reaches.
    only = queries.BY_HAND if "by_hand" in request.args else UNANSWERED
    people = [
        (one.invitation, public_address("answer.personal", token=queries.link_token(one.invitation)))
        for one in queries.invitations(survey, clock.now(), only=only)
    ]
    return serving.send(serving.made(documents.slips(survey, people, occasion_of(survey)), "pdf"), f"{survey.said('title')}-{_('個人連結')}")
