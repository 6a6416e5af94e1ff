"""Records that may be one person: the list of likely pairs, two side by side, the merge."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, url_for

from unionops.core import clock
from unionops.core.audit import recording
from unionops.core.i18n import _, _l, show_date
from unionops.core.pages import Paging, page
from unionops.members import listing, queries
from unionops.members.forms.people import compare_form
from unionops.members.models import Person
from unionops.members.services import merging, people
from unionops.members.views.area import acting, area
from unionops.values import masks

TITLES = {
    "name": _l("姓名"), "sex": _l("性別"), "birth_on": _l("出生日期"), "other_name": _l("其他姓名"), "nationality": _l("國籍"),
    "mobile": _l("手機"), "phone": _l("電話"), "email": _l("電子郵件"), "line_name": _l("LINE"), "home_address": _l("戶籍地址"),
    "mail_address": _l("通訊地址"), "education": _l("學歷"), "trade": _l("工作種類"), "died_on": _l("死亡日期"),
}
_MASKS = {"birth_on": "birth", "mobile": "phone", "phone": "phone", "email": "email", "line_name": "secret",
          "home_address": "address", "mail_address": "address"}


@area.screen("/duplicates", title=_l("可能重複的會員"), permission="members.merge", task="T1.2", indicators=["P1.2.2"], parent="members.roster")
def duplicates():
    likely = queries.likely_pairs(acting())
    paging = Paging(len(likely))
    pairs = queries.duplicate_pairs(likely[paging.offset : paging.offset + paging.size])
    return page("members/duplicates.html", pairs=pairs, paging=paging, words=listing)


@area.screen("/duplicates/<int:kept_id>/<int:gone_id>", title=_l("並列比對"), permission="members.merge", task="T1.2", indicators=["P1.2.2"],
             methods=["GET", "POST"], personal=True, fresh=True, parent="members.duplicates")
def compare(kept_id: int, gone_id: int):
    kept, gone = queries.person_for(acting(), kept_id), queries.person_for(acting(), gone_id)
    if kept.id == gone.id or kept.merged_into_id or gone.merged_into_id:
        abort(404)
    recording.subject(kept)
    recording.subject(gone)
    differing = [name for name in people.MERGED_FIELDS if getattr(kept, name) and getattr(gone, name) and getattr(kept, name) != getattr(gone, name)]
    form = compare_form([(name, TITLES[name], _said(name, kept), _said(name, gone)) for name in differing])
    if form.validate_on_submit():
        with form.catching():
            name = kept.name
            merging.merge(kept, gone, take={name: form[f"take_{name}"].data for name in differing}, today=clock.today())
            flash(_("已將重複的一筆併入 %(name)s。", name=name), "success")
            return redirect(url_for("members.person", person_id=kept_id))
        kept, gone = queries.person_for(acting(), kept_id), queries.person_for(acting(), gone_id)
    return page(
        "members/compare.html", title=_("並列比對"), form=form, kept=kept, gone=gone, differing=differing,
        rows=[_row(name, kept, gone, differing) for name in people.MERGED_FIELDS if getattr(kept, name) or getattr(gone, name)],
        ids=(masks.mask_id(kept.id_number or ""), masks.mask_id(gone.id_number or "")),
        ids_differ=bool(kept.id_index and gone.id_index and kept.id_index != gone.id_index),
        facts=[queries.person_facts(one.id, clock.today()) for one in (kept, gone)], words=listing,
    )


def _row(name: str, kept: Person, gone: Person, differing: list[str]) -> dict[str, Any]:
    return {"name": name, "title": TITLES[name], "kept": _said(name, kept), "gone": _said(name, gone), "differs": name in differing}


def _said(name: str, person: Person) -> str:
    value = getattr(person, name)
    if name in _MASKS:
        return listing.covered(value, _MASKS[name])
    if name == "sex":
        return str(listing.SEXES.get(value, value or ""))
    return show_date(value) if name.endswith("_on") and value else value or ""
