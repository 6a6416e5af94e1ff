"""What the union sets for itself: the series of its numbers, its templates."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, url_for

from unionops.core import clock
from unionops.core.db import db
from unionops.core.errors import Conflict
from unionops.core.i18n import _, _l
from unionops.core.pages import page
from unionops.letters import queries, starters
from unionops.letters.forms import EditSeriesForm, EmptyForm, SeriesForm, TemplateForm, draft_form
from unionops.letters.models import Series, Template
from unionops.letters.rules import FORMS, Direction, Role, year_of
from unionops.letters.services import definitions
from unionops.letters.services.definitions import RECEIVER_FIELDS
from unionops.letters.views.area import SERVES, area
from unionops.letters.wording import DIRECTIONS, FORM_TITLES, PARTS

DEFINE: dict[str, Any] = {"permission": "letters.define", **SERVES}
BOTH = ["GET", "POST"]


def _done(endpoint: str, text: str) -> Any:
    flash(text, "success")
    return redirect(url_for(endpoint))


def _row(model: Any, number: int) -> Any:
    return db.session.get(model, number) or abort(404)


# --- numbers


@area.screen("/series", title=_l("文號代字"), **DEFINE, parent="letters.incoming")
def series():
    year = year_of(clock.today())
    return page("letters/series.html", rows=queries.series(closed=True), last=queries.last_numbers(year), year=year, directions=DIRECTIONS)


@area.screen("/series/new", title=_l("新增代字"), **DEFINE, methods=BOTH, once=True, parent="letters.series")
def add_series():
    form = SeriesForm()
    if form.validate_on_submit():
        with form.catching():
            definitions.add_series(
                direction=Direction(form.direction.data), code=form.code.data, digits=form.digits.number or 0, purpose=form.purpose.data or "",
                used=form.used.number or 0, today=clock.today(),
            )
            return _done(".series", _("已新增代字「%(code)s」。", code=form.code.data))
    return page("letters/define.html", title=_("新增代字"), form=form, submit=_("新增代字"), back_to=url_for(".series"))


@area.screen("/series/<int:series_id>/edit", title=_l("修改代字"), **DEFINE, methods=BOTH, parent="letters.series")
def edit_series(series_id: int):
    row: Series = _row(Series, series_id)
    form = EditSeriesForm.of(row)
    if form.validate_on_submit():
        with form.catching():
            definitions.change_series(row, digits=form.digits.number or 0, purpose=form.purpose.data or "")
            return _done(".series", _("已修改代字「%(code)s」。", code=row.code))
    return page("letters/define.html", title=_("修改代字「%(code)s」", code=row.code), form=form, submit=_("修改代字"), back_to=url_for(".series"))


@area.screen("/series/<int:series_id>/close", title=_l("停用代字"), **DEFINE, methods=BOTH, parent="letters.series")
def close_series(series_id: int):
    row: Series = _row(Series, series_id)
    form = EmptyForm()
    if form.validate_on_submit():
        with form.catching():
            definitions.close_series(row, today=clock.today())
            return _done(".series", _("已停用代字「%(code)s」。", code=row.code))
    return page("letters/close.html", title=_("停用代字「%(code)s」", code=row.code), form=form, verb=_("停用這個代字"), back_to=url_for(".series"),
                change=_("不再用這個代字編新的文號。"), unchanged=_("已經編過的文號與公文都照舊。"))


# --- templates


@area.screen("/templates", title=_l("公文範本"), **DEFINE, parent="letters.outgoing")
def templates():
    return page("letters/templates.html", rows=queries.templates(), forms=FORM_TITLES, given=list(starters.STARTERS.values()), kinds=list(FORMS))


@area.screen("/templates/new/<source>", title=_l("新增範本"), **DEFINE, methods=BOTH, once=True, parent="letters.templates")
def add_template(source: str):
    """``source`` is a kind of letter, or one of the program's own texts to begin from."""
    given = starters.STARTERS.get(source)
    key = given.form if given is not None else source
    if key not in FORMS:
        abort(404)
    form = _template_form(key)()
    form.offer(None)
    if given is not None and not form.is_submitted():
        form.show_template(_as_template(given))
    if form.validate_on_submit():
        with form.catching():
            _save(None, key, form)
            return _done(".templates", _("已新增範本「%(title)s」。", title=form.title.data))
    return page("letters/template.html", title=_("新增%(form)s範本", form=FORM_TITLES[key]), form=form, submit=_("新增範本"))


@area.screen("/templates/<int:template_id>/edit", title=_l("修改範本"), **DEFINE, methods=BOTH, parent="letters.templates")
def edit_template(template_id: int):
    row: Template = _row(Template, template_id)
    form = _template_form(row.form)(data={"version": str(row.version)})
    form.offer(None)
    if not form.is_submitted():
        form.show_template(row)
    if form.validate_on_submit():
        if form.version.data != str(row.version):
            raise Conflict(_differences(row, form), url_for(".edit_template", template_id=row.id))
        with form.catching():
            _save(row, row.form, form)
            return _done(".templates", _("已修改範本「%(title)s」。", title=form.title.data))
    return page("letters/template.html", title=_("修改範本「%(title)s」", title=row.title), form=form, submit=_("修改範本"))


@area.screen("/templates/<int:template_id>/retire", title=_l("停用範本"), **DEFINE, methods=BOTH, parent="letters.templates")
def retire_template(template_id: int):
    row: Template = _row(Template, template_id)
    form = EmptyForm()
    if form.validate_on_submit():
        definitions.retire_template(row, today=clock.today())
        return _done(".templates", _("已停用範本「%(title)s」。", title=row.title))
    return page("letters/close.html", title=_("停用範本「%(title)s」", title=row.title), form=form, verb=_("停用這個範本"), back_to=url_for(".templates"),
                change=_("起草時不再列出這個範本。"), unchanged=_("用它起草的公文都照舊。"))


def _template_form(key: str) -> type[TemplateForm]:
    return draft_form(key, TemplateForm)  # type: ignore[return-value]


def _save(row: Template | None, key: str, form: TemplateForm) -> None:
    definitions.save_template(
        row, title=form.title.data, form=key, body=form.body, receivers=form.receivers, enclosures=form.enclosures.data or "",
        signatory=form.signatory.data,
    )


def _as_template(given: starters.Starter) -> Template:
    return Template(
        title=given.title, form=given.form, body=dict(given.body), receivers={role.value: text for role, text in given.receivers.items()},
        enclosures=given.enclosures, signatory=given.signatory,
    )


def _differences(row: Template, form: TemplateForm) -> list[tuple[str, str, str]]:
    """Two who rewrite the same template meet on a page that shows both."""
    told = [(form.title.label.text, row.title, form.title.data)]
    told += [(str(PARTS[section.title]), row.body.get(section.key, ""), form.body[section.key]) for section in FORMS[row.form].sections]
    told += [(form[RECEIVER_FIELDS[Role(role)]].label.text, row.receivers.get(role, ""), text) for role, text in form.receivers.items()]
    return [(str(label), was, now) for label, was, now in told if was != now]
