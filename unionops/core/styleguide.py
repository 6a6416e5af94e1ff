"""/styleguide: every component of the interface in every state, for developers. Owns the samples, no data; closed outside development."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, FileField, IntegerField, PasswordField, RadioField, SelectMultipleField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from unionops.core.forms import ChoiceField, DateField, Form, MoneyField, OnceForm, TextField, optional, required
from unionops.core.i18n import _, _l
from unionops.core.pages import page
from unionops.core.screens import PUBLIC, Area, development_only
from unionops.law.basis import Basis
from unionops.values.problems import problem

area = Area("styleguide", title=_l("元件"), prefix="/styleguide")

QUORUM = Basis(
    rule="UA-27-quorum", citation="工會法第 27 條第 1 項", result="54 ≥ 31，足額", source="law", confidence="verified",
    inputs=(("應出席", 61), ("過半數", 31), ("親自 41＋委託 13", 54)), note="併計委託：次級資料",
)
SAFE_DAY = Basis(
    rule="ULP-01", citation="勞資爭議處理法第 39 條第 2 項", result=date(2026, 12, 2), source="law", confidence="secondary",
    inputs=(("調職令發布（行為發生）", date(2026, 9, 3)), ("期間，首日不計", "90 日")),
)
CHARTER = Basis(
    rule="charter.W4", citation="福利辦法第 4 條", result="可申請 1,200 元", source="charter", confidence="derived",
    inputs=(("入會", date(2009, 6, 15)), ("欠費", 0)),
)
CUSTOM = Basis(rule="default.reply", citation="公司來函所訂，無法定效果", result=date(2026, 12, 4), source="default", confidence="memory")


class SampleForm(OnceForm):
    """One field of each kind."""

    way = RadioField(_l("申請方式"), [required()], choices=[SelectChoice("here", _l("本人到會，我代為填寫")), SelectChoice("phone", _l("電話申請，之後補簽"))])
    since = DateField(_l("住院日"), [required()])
    until = DateField(_l("出院日"), [required()])
    amount = MoneyField(_l("申請金額"), [required()])
    reason = TextAreaField(_l("事由"), [optional()], description=_l("健康資料只有承辦與核可人看得到。"))
    bank = ChoiceField(_l("金融機構"), choices=[SelectChoice("700", "700 中華郵政"), SelectChoice("004", "004 臺灣銀行")])
    account = TextField(_l("匯款帳號"), [required()])
    days = IntegerField(_l("住院天數"), [optional()])
    papers = SelectMultipleField(
        _l("附件種類"), choices=[SelectChoice("stay", _l("住院證明")), SelectChoice("bill", _l("收據"))],
        widget=ListWidget(prefix_label=False), option_widget=CheckboxInput(),
    )
    paper = FileField(_l("住院證明"), [required()], description=_l("PDF、JPG 或 PNG，10 MB 以內。"))
    told = BooleanField(_l("以簡訊告知本人：已由張雅婷代辦"))
    password = PasswordField(_l("密碼"), [optional()], render_kw={"autocomplete": "current-password"})


class ReasonForm(Form):
    """What a confirm page may still ask."""

    reason = TextField(_l("理由"), [required()])


@area.screen("", title=_l("元件"), permission=PUBLIC)
def parts() -> Any:
    """The page of all components."""
    development_only()
    return page("styleguide.html", sample=samples())


@area.screen("/form", title=_l("代辦住院慰問金"), permission=PUBLIC, methods=["GET", "POST"], parent="styleguide.parts")
def form() -> Any:
    """A form with every kind of field; posted, it is always refused, so that the errors show."""
    development_only()
    filled = wrong_form() if request.args.get("wrong") else SampleForm()
    if filled.validate_on_submit():
        filled.refuse(problem("amount", "上限 %(limit)s 元（福利辦法第 4 條），填了 %(given)s 元。請改金額。", limit="1,200", given="12,000"))
    return page("styleguide_form.html", form=filled, basis=CHARTER)


def wrong_form() -> SampleForm:
    """The sample form as it comes back with four errors."""
    typed = MultiDict([
        ("way", "here"), ("since", "1151112"), ("until", "115/10/17"), ("amount", "12,000"), ("reason", "急性闌尾炎手術。"),
        ("bank", "700"), ("account", "0021234 056789"), ("told", "y"), ("papers", "stay"), ("days", "5"),
    ])
    filled = SampleForm(formdata=typed, meta={"csrf": False})
    filled.validate()
    filled.refuse(problem("until", "出院日 115/10/17 早於住院日 115/11/12。若是 11 月 17 日出院，請改為 115/11/17。"))
    filled.refuse(problem("amount", "上限 1,200 元（福利辦法第 4 條），填了 12,000 元。請改金額，或改選「重大傷病慰問」。"))
    filled.refuse(problem("account", "郵局局號加帳號共 14 碼，目前 13 碼。請核對存摺封面。"))
    return filled


def samples() -> dict[str, Any]:
    """Everything the page shows; also used by the tests of the components."""
    people = [
        ("0007", "王志強", "ok", _("在籍"), "一廠／加工課", date(2009, 4, 1), 0),
        ("0024", "劉文彬", "warn", _("欠費"), "二廠／夜班", date(2010, 2, 1), 800),
        ("0046", "鄭雅文", "stop", _("停權"), "二廠／包裝課", date(2011, 1, 5), 2800),
        ("0068", "阮氏秋 Nguyễn Thị Thu", "ok", _("在籍"), "三廠／組立課", date(2012, 3, 12), 0),
        ("0081", "謝秀琴", "soon", _("請假中"), "二廠／包裝課", date(2013, 2, 18), 0),
        ("0089", "周柏翰", "off", _("退會"), "三廠／組立課", None, None),
    ]
    names = ("id", "name", "kind", "word", "unit", "joined_on", "owed")
    job = {
        "title": _("產生繳款單"), "sentence": _("正在產生 12 月繳款單：第 742 張，共 1,204 張"), "done": 742, "total": 1204, "poll_url": "#", "page_url": "#",
        "cancel_url": "#", "note": _("任何一張失敗，整批不入帳。"),
    }
    return {
        "quorum": QUORUM, "safe_day": SAFE_DAY, "charter": CHARTER, "custom": CUSTOM,
        "people": [SimpleNamespace(**dict(zip(names, row, strict=True))) for row in people],
        "paging": SimpleNamespace(
            number=3, pages=49, total=1204, first=51, last=75, size=25, sizes=(25, 50, 100), url=lambda number, size=25: f"?page={number}&size={size}",
        ),
        "wrong": wrong_form(),
        "reason": ReasonForm(formdata=None, meta={"csrf": False}, prefix="c-"),
        "inline": ReasonForm(formdata=None, meta={"csrf": False}, prefix="i-"),
        "running": job | {"state": "running"},
        "waiting": job | {"state": "waiting", "sentence": _("排隊中，前面還有 1 件"), "total": None},
        "done": job | {"state": "done", "sentence": _("12 月繳款單 1,204 張已產生。"), "result_url": "#"},
        "failed": job | {"state": "failed", "sentence": _("沒有完成，什麼都沒有改。"), "reason": _("第 743 張：會員 0512 沒有費率。"), "result_url": "#"},
        "cancelled": job | {"state": "cancelled", "sentence": _("已停止並全部取消。"), "result_url": "#"},
    }
