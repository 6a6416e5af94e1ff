"""Making a questionnaire: its list, its page, settings, questions, and when it is open."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_login import current_user

from unionops.core import clock, refs
from unionops.core.addresses import public_address
from unionops.core.i18n import _, _l
from unionops.core.pages import Paging, page
from unionops.surveys import queries
from unionops.surveys.documents import show_end
from unionops.surveys.forms import BASES, KINDS, EmptyForm, MakeForm, PeriodForm, QuestionForm, SettingsForm, WordingForm
from unionops.surveys.models import Survey
from unionops.surveys.services import making
from unionops.surveys.views.area import EDIT, POSTS, READ, STATES, area, question_of, survey_of

MOST_COPIED = 30


def address_of(survey: Survey) -> str:
    """The whole public address, as it stands on a poster."""
    return public_address("answer.form", token=survey.token)


def _to(survey: Survey, text: str) -> Any:
    flash(text, "success")
    return redirect(url_for(".survey", survey_id=survey.id))


@area.screen("/", title=_l("問卷"), **READ, menu=("問", "Sv", 710))
def surveys():
    typed = request.args.get("q", "")
    total = queries.surveys(current_user, typed, limit=0)[1]
    paging = Paging(total)
    rows = queries.surveys(current_user, typed, offset=paging.offset, limit=paging.size)[0]
    now = clock.now()
    links = refs.look_up([survey.ref for survey, _count in rows if survey.ref], current_user)
    return page("surveys/surveys.html", rows=rows, paging=paging, q=typed, now=now, states=STATES, links=links, ends=show_end)


@area.screen("/new", title=_l("新增問卷"), **EDIT, methods=POSTS, parent="surveys.surveys")
def make_survey():
    old = {f"copy-{one.id}": one for one, _count in queries.surveys(current_user, limit=MOST_COPIED)[0]}
    form = MakeForm(old=list(old.values()))
    if form.validate_on_submit():
        with form.catching():
            if form.template.data in old:
                made = making.copy(old[form.template.data], title=form.title.data or "")
                made.anonymous = form.anonymous.data == "yes"
            else:
                made = making.make(title=form.title.data or "", template=form.template.data, anonymous=form.anonymous.data == "yes")
            return _to(made, _("已新增問卷「%(title)s」，接著看看題目，再開放填答。", title=made.title))
    return page("surveys/form.html", title=_("新增問卷"), form=form, submit=_("新增問卷"), back=url_for(".surveys"))


@area.screen("/<int:survey_id>", title=_l("問卷內容"), **READ, parent="surveys.surveys")
def survey(survey_id: int):
    found = survey_of(survey_id)
    now = clock.now()
    counts = queries.sheet_counts(found)
    belongs = refs.look_up([found.ref], current_user).get(found.ref) if found.ref else None
    return page(
        "surveys/survey.html", title=found.said("title"), survey=found, state=found.state(now), states=STATES, counts=counts, returned=sum(counts.values()),
        address=address_of(found), kinds=KINDS, bases=BASES, numbered=list(enumerate(found.questions, 1)), belongs=belongs, ends=show_end(found.closes_at), invited=0 if found.anonymous else queries.invited_count(found),
    )


@area.screen("/<int:survey_id>/settings", title=_l("修改問卷設定"), **EDIT, methods=POSTS, parent="surveys.survey")
def settings(survey_id: int):
    found = survey_of(survey_id)
    form = SettingsForm.of(found)
    if form.validate_on_submit():
        with form.catching():
            making.change(
                found, title=form.title.data, introduction=form.introduction.data or "", purpose=form.purpose.data or "",
                english=form.english, anonymous=form.anonymous.data, shared_device=form.shared_device.data, base_kind=form.base_kind.data, base_count=form.base_count.data,
            )
            return _to(found, _("已修改問卷設定。"))
    return page("surveys/form.html", title=_("修改問卷設定"), form=form, submit=_("儲存設定"), back=url_for(".survey", survey_id=survey_id))


@area.screen("/<int:survey_id>/remove", title=_l("刪除問卷草稿"), **EDIT, methods=POSTS, parent="surveys.survey")
def remove(survey_id: int):
    found = survey_of(survey_id)
    form = EmptyForm()
    if form.validate_on_submit():
        with form.catching():
            title = found.title
            making.remove(found)
            flash(_("已刪除問卷「%(title)s」。", title=title), "success")
            return redirect(url_for(".surveys"))
    return page("surveys/remove.html", form=form, survey=found, invited=queries.invited_count(found), draft=found.opens_at is None)


# --- questions --------------------------------------------------------------------------------------------------------


@area.screen("/<int:survey_id>/questions/new", title=_l("新增題目"), **EDIT, methods=POSTS, parent="surveys.survey")
def add_question(survey_id: int):
    found = survey_of(survey_id)
    last = found.questions[-1] if found.questions else None
    form = QuestionForm(section=last.section if last else "", section_en=((last.english or {}) if last else {}).get("section", ""))
    if form.validate_on_submit():
        with form.catching():
            making.add_question(found, **form.fields)
            return _to(found, _("已新增題目「%(title)s」。", title=form.title.data))
    return page("surveys/form.html", title=_("新增題目"), form=form, submit=_("新增題目"), back=url_for(".survey", survey_id=survey_id))


@area.screen("/<int:survey_id>/questions/<int:question_id>/edit", title=_l("修改題目"), **EDIT, methods=POSTS, parent="surveys.survey")
def edit_question(survey_id: int, question_id: int):
    question = question_of(survey_id, question_id)
    if queries.has_answers(question.survey):
        return _mend(question)
    form = QuestionForm.of(question)
    if form.validate_on_submit():
        with form.catching():
            making.change_question(question, **form.fields)
            return _to(question.survey, _("已修改題目。"))
    return page("surveys/form.html", title=_("修改題目"), form=form, submit=_("儲存題目"), back=url_for(".survey", survey_id=survey_id))


def _mend(question: Any) -> Any:
    """Once answers came only the words can be put right."""
    form = WordingForm(title=question.title, title_en=(question.english or {}).get("title", ""))
    if form.validate_on_submit():
        with form.catching():
            making.mend_wording(question, title=form.title.data, title_en=form.title_en.data or "", reason=form.reason.data, today=clock.today())
            return _to(question.survey, _("已修正題目文字，原文字與理由會附在結果裡。"))
    note = _("已經有人填答：只能修正文字並寫理由。要增減題目或改選項，請複製成新問卷。")
    back = url_for(".survey", survey_id=question.survey_id)
    return page("surveys/form.html", title=_("修正題目文字"), form=form, submit=_("修正文字"), back=back, note=note)


@area.screen("/<int:survey_id>/questions/<int:question_id>/move/<word>", title=_l("移動題目"), **EDIT, methods=["POST"], parent="surveys.survey")
def move_question(survey_id: int, question_id: int, word: str):
    if word not in ("up", "down"):
        abort(404)
    question = question_of(survey_id, question_id)
    return _act(question.survey, lambda: making.move_question(question, -1 if word == "up" else 1), _("已移動題目。"))


@area.screen("/<int:survey_id>/questions/<int:question_id>/remove", title=_l("刪除題目"), **EDIT, methods=["POST"], parent="surveys.survey")
def remove_question(survey_id: int, question_id: int):
    question = question_of(survey_id, question_id)
    return _act(question.survey, lambda: making.remove_question(question), _("已刪除題目。"))


def _act(found: Survey, act: Any, done: str) -> Any:
    """A button without a form of its own; what the service refuses is said on the page it came from."""
    survey_id, form = found.id, EmptyForm()
    with form.catching():
        act()
        return _to(found, done)
    for text in form.form_errors:
        flash(text, "error")
    return redirect(url_for(".survey", survey_id=survey_id))


# --- when ---------------------------------------------------------------------------------------------------


@area.screen("/<int:survey_id>/period", title=_l("開放填答"), **EDIT, methods=POSTS, parent="surveys.survey")
def period(survey_id: int):
    found = survey_of(survey_id)
    now = clock.now()
    last = clock.in_taipei(found.closes_at).date() if found.closes_at else None
    if found.closes_at and last and clock.in_taipei(found.closes_at).hour == 0:
        last = last.fromordinal(last.toordinal() - 1)
    form = PeriodForm(opens_on=clock.in_taipei(found.opens_at).date() if found.opens_at else clock.today(), closes_on=last)
    if form.validate_on_submit():
        opens_at, closes_at = form.moments(now)
        if found.opens_at and clock.in_taipei(found.opens_at).date() == form.opens_on.data:
            opens_at = found.opens_at
        with form.catching():
            making.set_period(found, opens_at=opens_at, closes_at=closes_at, now=now)
            return _to(found, _("已設定開放期間。"))
    return page("surveys/form.html", title=_("開放填答"), form=form, submit=_("開放填答"), back=url_for(".survey", survey_id=survey_id))


@area.screen("/<int:survey_id>/close", title=_l("結束填答"), **EDIT, methods=POSTS, parent="surveys.survey")
def close(survey_id: int):
    found = survey_of(survey_id)
    form = EmptyForm()
    if form.validate_on_submit():
        with form.catching():
            making.close(found, now=clock.now())
            return _to(found, _("已結束填答。"))
    return page("surveys/close.html", form=form, survey=found)
