"""The shape of what is typed about joining. Applications are read by ``rules.admission``: the fields here only hold the text as typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, HiddenField, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from unionops.core.approvals import rules as approving
from unionops.core.attachments.forms import UploadField
from unionops.core.forms import ChoiceField, DateField, Form, OnceForm, TextField, optional, required, too_long
from unionops.core.i18n import _, _l, say
from unionops.law.union_act import UnionKind
from unionops.members import queries
from unionops.members.forms.people import PickField, unit_choices
from unionops.members.listing import CLASSES, SEXES
from unionops.members.models import Application, Prospect
from unionops.members.rules import admission as rules
from unionops.members.rules.admission import Answer, Channel, Finding, Kind, Verdict, Weight
from unionops.members.rules.membership import MemberClass
from unionops.members.rules.recruiting import Result
from unionops.values.problems import problem

CHANNELS = {Channel.COUNTER: _l("臨櫃"), Channel.PAPER: _l("紙本"), Channel.ONLINE: _l("線上")}
YES_NO = [("", _l("（未填）")), ("no", _l("否")), ("yes", _l("是"))]
RESULTS = {
    Result.NEW: _l("待聯絡"), Result.ASKED: _l("已聯絡"), Result.AGAIN: _l("再聯絡"), Result.WILLING: _l("有意願"), Result.APPLIED: _l("已申請"),
    Result.DECLINED: _l("無意願"),
}
VERDICTS = {
    approving.APPROVED: _l("同意"), approving.REJECTED: _l("不同意"), approving.RETURNED: _l("退回補件"), "": _l("這次不議"),
}


class WrittenField(StringField):
    """Text as it was typed, character by character."""


class WrittenDayField(StringField):
    """A day as it was typed; drawn as a date is, and read by the rules."""

    kind = "date"


class WrittenFields:
    """Everything an application may say."""

    name = WrittenField(_l("姓名"), description=_l("照證件；外文姓名、原住民族傳統名字照原樣填"))
    id_number = WrittenField(_l("身分證號或居留證號"), description=_l("10 碼；加密保存"))
    sex = ChoiceField(_l("性別"), default="", description=_l("留空則依身分證號"))
    birth_on = WrittenDayField(_l("出生日期"))
    nationality = WrittenField(_l("國籍"), description=_l("本國籍不必填"))
    mobile = WrittenField(_l("手機"), render_kw={"inputmode": "tel"})
    phone = WrittenField(_l("電話"), description=_l("市話含區碼，分機用 #"), render_kw={"inputmode": "tel"})
    email = WrittenField(_l("電子郵件"), render_kw={"inputmode": "email"})
    line_name = WrittenField(_l("LINE"))
    mail_address = WrittenField(_l("通訊地址"))
    home_address = WrittenField(_l("戶籍地址"), description=_l("與通訊地址相同可不填"))
    education = WrittenField(_l("學歷"))
    employer = WrittenField(_l("任職事業單位"))
    workplace = WrittenField(_l("工作地點"), description=_l("部門、廠場或常在的地點"))
    job = WrittenField(_l("職稱"))
    staff_number = WrittenField(_l("員工編號"))
    hired_on = WrittenDayField(_l("到職日"))
    is_manager = ChoiceField(_l("是否為代表雇主行使管理權之主管"), default="", choices=YES_NO, description=_l("工會法第 14 條；例如廠長、單位主管"))
    trade = WrittenField(_l("工作種類"))
    years = WrittenField(_l("從業年資"), description=_l("例如：5 年"))
    licence = WrittenField(_l("技術士證或其他證照"))
    monthly_wage = WrittenField(_l("每月工作所得"), render_kw={"inputmode": "numeric"})
    dependants = WrittenField(_l("隨同加健保的眷屬人數"), render_kw={"inputmode": "numeric"})
    introducer = WrittenField(_l("介紹人"), description=_l("姓名或會員編號"))
    check_off = ChoiceField(_l("同意由雇主代扣會費"), default="", choices=YES_NO)
    note = TextAreaField(_l("其他說明"))

    @property
    def typed(self) -> dict[str, str]:
        """The text of every field as it was typed."""
        return {name: str(held[0]) for name in rules.LONGEST if name in self and (held := self[name].raw_data)}  # type: ignore[index,operator]

    def fit(self, kind: UnionKind) -> None:
        """Only the fields that this kind of union asks for."""
        unasked = set(rules.AT_WORK) - set(rules.IN_TRADE) if kind is UnionKind.OCCUPATIONAL else set(rules.IN_TRADE) - set(rules.AT_WORK)
        if kind is UnionKind.OCCUPATIONAL:
            unasked.add("check_off")
        for name in unasked:
            del self[name]  # type: ignore[attr-defined]
        self.sex.choices = [("", _("（未填）")), *SEXES.items()]
        self.name.flags.required = True

    @property
    def work(self) -> list[Any]:
        """The fields about work that are asked for."""
        own = (*rules.IN_TRADE, *rules.AT_WORK) if "trade" in self else (*rules.AT_WORK, *rules.IN_TRADE)  # type: ignore[operator]
        return [self[name] for name in dict.fromkeys((*own, "check_off")) if name in self]  # type: ignore[index,operator]


class ReceiveForm(WrittenFields, OnceForm):
    """At the counter, or typed from the paper."""

    channel = RadioField(_l("怎麼來的"), [required(_l("請選一項。"))], default=Channel.COUNTER.value)
    received_on = DateField(_l("收件日"), [required()])
    unit = PickField(_l("單位"))
    privacy = BooleanField(_l("已告知個人資料事項並取得同意"), description=_l("臨櫃當面說明並簽名，或申請書上已勾選"))
    files = UploadField(_l("申請書掃描與證明文件"), [optional()])
    prospect = HiddenField()

    def __init__(self, kind: UnionKind, reach: set[int] | None, **given: Any) -> None:
        super().__init__(**given)
        self.channel.choices = [(word.value, title) for word, title in CHANNELS.items() if word != Channel.ONLINE]
        offer_units(self.unit, reach)
        self.fit(kind)


class CorrectForm(WrittenFields, Form):
    unit = PickField(_l("單位"))

    def __init__(self, kind: UnionKind, reach: set[int] | None, shown: Mapping[str, str] | None = None, **given: Any) -> None:
        if shown is not None:
            given["formdata"] = MultiDict(shown)
        super().__init__(**given)
        offer_units(self.unit, reach)
        self.fit(kind)


class PublicForm(WrittenFields, OnceForm):
    """What a stranger fills in. ``website`` is for machines: people neither see nor fill it."""

    agree = BooleanField(_l("我已閱讀並同意以上個人資料告知事項"))
    files = UploadField(_l("證明文件"), [optional()], most=6)
    website = StringField(_l("請勿填寫這一欄"), render_kw={"autocomplete": "off", "tabindex": "-1"})

    def __init__(self, kind: UnionKind, **given: Any) -> None:
        super().__init__(**given)
        self.fit(kind)
        for one in (self.id_number, self.birth_on, self.mobile, self.mail_address, self.agree):
            one.flags.required = True

    def validate(self, extra_validators: Any = None) -> bool:
        good = super().validate(extra_validators)
        if not self.agree.data:
            self.refuse(problem("agree", "要閱讀並同意後才能送出；不同意的話，請到工會辦公室辦理。"))
            good = False
        return good

    @property
    def is_machine(self) -> bool:
        """Whether the field that nobody sees was filled in."""
        return bool(self.website.data)


def offer_units(field: PickField, reach: set[int] | None) -> None:
    """``reach`` are the units in which the person who types may record; None means all, and none at all."""
    if reach is None:
        field.offer(unit_choices(), empty=_("（未分單位）"))
    else:
        field.offer([(unit, title) for unit, title in unit_choices() if unit.id in reach])
        field.validators = [required(_l("請選單位。"))]
        field.flags.required = True


# --- the check and the decision ---------------------------------------------------------------------------------------


class _Boxes(SelectMultipleField):
    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def pre_validate(self, form: Any) -> None:
        self.data = [one for one in self.data or () if one in dict(self.choices or ())]


class CheckForm(OnceForm):
    """The papers that are there; the questions come as ``verdict_<key>`` and ``answer_<key>``."""

    papers = _Boxes(_l("收到的文件"))

    asked: list[Finding] = []

    @property
    def answers(self) -> dict[str, Answer]:
        return {one.key: Answer(self[f"verdict_{one.key}"].data or "", self[f"answer_{one.key}"].data or "") for one in self.asked}


def check_form(application: Application, found: Sequence[Finding], papers: Sequence[str]) -> CheckForm:
    """The check of this application; what was answered before stands in it."""
    asked = [one for one in found if one.weight == Weight.ASK]
    fields: dict[str, Any] = {"asked": asked}
    for one in asked:
        is_likely = one.kind == Kind.LIKELY
        fields[f"verdict_{one.key}"] = RadioField(_("認定"), choices=[
            SelectChoice(Verdict.CLEARED.value, _("不是同一人") if is_likely else _("已釐清，不妨礙入會")),
            SelectChoice(Verdict.STANDS.value, _("是同一人，沿用原紀錄") if is_likely else _("確有此事，請決定的人斟酌")),
        ], validate_choice=False)
        fields[f"answer_{one.key}"] = TextField(_("怎麼查的、依據什麼"), [too_long(300)])
    before = application.findings.get("answers", {})
    held: dict[str, Any] = {"papers": application.findings.get("papers", [])}
    for key, given in before.items():
        held[f"verdict_{key}"], held[f"answer_{key}"] = given.get("verdict"), given.get("answer", "")
    form = type("CheckFormOf", (CheckForm,), fields)(data=held)
    form.papers.choices = [(one, say(rules.PAPERS[one])) for one in papers]
    return form


class ResolveForm(OnceForm):
    """One resolution of the board on all that the meeting dealt with."""

    number = TextField(_l("決議案號"), [required(), too_long(80)], description=_l("例如：第 5 屆第 8 次第 3 案"))
    resolved_on = DateField(_l("決議日"), [required()])
    wording = TextAreaField(_l("決議內容"), [required(), too_long(2000)], description=_l("照會議紀錄的文字。"))

    numbers: list[int] = []

    @property
    def verdicts(self) -> dict[int, tuple[str, str]]:
        """application id → (verdict, reason), of those the meeting dealt with."""
        return {
            number: (self[f"verdict_{number}"].data, (self[f"reason_{number}"].data or "").strip())
            for number in self.numbers if self[f"verdict_{number}"].data
        }


def resolve_form(numbers: Sequence[int]) -> ResolveForm:
    """The form for these applications, all of them agreed to unless said otherwise."""
    fields: dict[str, Any] = {"numbers": list(numbers)}
    for number in numbers:
        fields[f"verdict_{number}"] = ChoiceField(_("決定"), choices=list(VERDICTS.items()), default=approving.APPROVED)
        fields[f"reason_{number}"] = TextField(_("理由"), [too_long(200)], description=_("不同意或退回時必填，會通知申請人"))
    form: ResolveForm = type("ResolveFormOf", (ResolveForm,), fields)()
    return form


class ManyForm(OnceForm):
    """An act on several applications, seen before it is done."""


class AdmitManyForm(ManyForm):
    take_wage = BooleanField(_l("以自填的每月工作所得為投保薪資"), description=_l("會費依薪資計算時，以它開單；之後可在會員資料更正"))


class AdmitForm(OnceForm):
    number = TextField(_l("會員編號"), [too_long(20)], description=_l("留空則給下一號；編號不重複使用，再入會者給新號"))
    member_class = ChoiceField(_l("會員類別"), [required()], default=MemberClass.REGULAR.value)
    unit = PickField(_l("單位"))
    take_wage = BooleanField(_l("以自填的每月工作所得為投保薪資"), description=_l("會費依薪資計算時，以它開單；之後可在會員資料更正"))

    def __init__(self, reach: set[int] | None, *, may_take_wage: bool, **given: Any) -> None:
        super().__init__(**given)
        self.member_class.choices = [(word.value, title) for word, title in CLASSES.items()]
        offer_units(self.unit, reach)
        if not may_take_wage:
            del self.take_wage


class AskPapersForm(OnceForm):
    """Asking the applicant for what is missing."""

    papers = _Boxes(_l("要補的文件"))
    note = TextField(_l("另外要說的"), [too_long(300)], description=_l("會寫在信裡，請不要寫個人資料"))


class WithdrawForm(OnceForm):
    why = TextField(_l("撤回的情形"), [required(_l("請寫下撤回的情形。")), too_long(200)], description=_l("例如：本人來電撤回"))


class SwitchForm(Form):
    is_open = BooleanField(_l("開放線上申請"))
    introduction = TextAreaField(_l("前言"), [too_long(1000)], description=_l("申請人第一眼看到的話：誰可以加入、要準備什麼。"))
    notice = TextAreaField(_l("個人資料告知事項"), [required(), too_long(4000)], description=_l("個人資料保護法第 8 條的六項；文字一改就是新的一版，申請人同意的是當時那一版。"))


# --- recruiting -------------------------------------------------------------------------------------------------------


class ProspectForm(OnceForm):
    name = TextField(_l("姓名"), [required(), too_long(120)])
    phone = TextField(_l("電話"), [too_long(40)], render_kw={"inputmode": "tel"})
    employer = PickField(_l("雇主"))
    workplace = TextField(_l("工作場所"), [too_long(120)])
    unit = PickField(_l("單位"))
    result = ChoiceField(_l("結果"), [required()], default=Result.NEW.value)
    asked_by = TextField(_l("聯絡人"), [too_long(80)], description=_l("誰去談的"))
    asked_on = DateField(_l("聯絡日"), [optional()])
    again_on = DateField(_l("再聯絡日"), [optional()])
    note = TextAreaField(_l("說明"), [too_long(400)])

    def __init__(self, reach: set[int] | None, prospect: Prospect | None = None, **given: Any) -> None:
        if prospect is not None:
            given["data"] = {name: getattr(prospect, name) for name in ("name", "phone", "workplace", "result", "asked_by", "asked_on", "again_on", "note")} | {
                "employer": str(prospect.employer_id or ""), "unit": str(prospect.unit_id or ""),
            }
        super().__init__(**given)
        self.employer.offer([(one, one.name) for one in queries.employers() if one.closed_on is None], empty=_("（未填）"))
        offer_units(self.unit, reach)
        has_applied = prospect is not None and prospect.application_id is not None
        self.result.choices = [(word.value, title) for word, title in RESULTS.items() if has_applied == (word == Result.APPLIED)]

    def given(self) -> dict[str, Any]:
        """What the service takes."""
        names = ("name", "phone", "workplace", "result", "asked_by", "note")
        days: dict[str, date | None] = {"asked_on": self.asked_on.data, "again_on": self.again_on.data}
        return {name: self[name].data or "" for name in names} | days | {"employer": self.employer.chosen, "unit": self.unit.chosen}
