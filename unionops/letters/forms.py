"""The shape of what is typed about letters. What it means is for the rules."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from wtforms import BooleanField, HiddenField, SelectMultipleField, TextAreaField
from wtforms.validators import StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

from unionops.core.accounts.models import User
from unionops.core.attachments.forms import UploadField
from unionops.core.forms import ChoiceField, DateField, Form, OnceForm, TextField, optional, required, too_long
from unionops.core.i18n import _, _l
from unionops.core.ref_field import RefField
from unionops.letters import queries
from unionops.letters.models import Letter, Receiver, Series, Template
from unionops.letters.rules import (
    FORMS,
    LONGEST_SECTION,
    Arrival,
    Asked,
    Direction,
    Draft,
    LetterForm,
    Role,
    read_receivers,
    write_receivers,
)
from unionops.letters.services.definitions import RECEIVER_FIELDS
from unionops.letters.services.outgoing import SIGNATORIES
from unionops.letters.wording import ARRIVALS, DIRECTIONS, FORM_TITLES, PARTS, SECRECIES, URGENCIES, WAYS
from unionops.values.problems import Problem
from unionops.values.text import half_width

HOW_TO_LIST = _l("一行一項，自動編號為一、二、；下一層在行首打（一）或空兩格")
HOW_TO_ADDRESS = _l("一行一個：名稱；地址；電子郵件（後兩項可省）")


def _half(value: Any) -> Any:
    return half_width(value).strip() if isinstance(value, str) else value


class NumberField(TextField):
    """A whole number of at most seven digits, None when left empty."""

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any) -> None:
        kwargs.setdefault("render_kw", {"inputmode": "numeric"})
        super().__init__(label, validators, filters=(_half,), **kwargs)

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        if self.data and not (str(self.data).isascii() and str(self.data).isdigit() and len(str(self.data)) <= 7):
            raise StopValidation(_("請填整數。"))

    @property
    def number(self) -> int | None:
        return int(self.data) if self.data else None


class RecordField(ChoiceField):
    """One record of a list by its id; ``chosen`` gives the record."""

    def offer(self, rows: Iterable[tuple[Any, Any]], *, empty: Any = None) -> None:
        """Sets what may be chosen: (record, its title). ``empty`` is the title of no choice; without it the first is chosen."""
        listed = list(rows)
        self.records = {str(record.id): record for record, _title in listed}
        self.choices = [*([("", empty)] if empty is not None else []), *((str(record.id), title) for record, title in listed)]

    def pre_validate(self, form: Any) -> None:
        if self.data or self.flags.required:  # A page opened before there was anything to choose sends nothing.
            super().pre_validate(form)

    @property
    def chosen(self) -> Any:
        return self.records.get(self.data or "")


def _offer_owner(field: RecordField, now: User | None) -> None:
    people = queries.colleagues()
    if now is not None and now not in people:
        people.append(now)
    field.offer([(one, one.name) for one in people], empty=_("（尚未指定）"))


def _offer_series(field: RecordField, direction: Direction) -> None:
    rows = queries.series(direction)
    field.offer([(one, f"{one.code}　{one.purpose}".strip()) for one in rows], empty=None if rows else _("（依工會簡稱自動建立）"))


class _DueFields:
    """By when an answer is wanted."""

    due_on = DateField(_l("回覆期限"), [optional()])
    within_days = NumberField(_l("或幾日內"))
    citation = TextField(_l("期限的依據"), [too_long(100)], description=_l("公文引用的條文，例如：工會法第 43 條；不填就記「來文指定期限」"))

    @property
    def asked(self) -> Asked:
        return Asked(self.due_on.data, self.within_days.number, self.citation.data or "")

    def show_asked(self, asked: Asked) -> None:
        self.due_on.data, self.citation.data = asked.by_day, asked.citation
        self.within_days.data = str(asked.within_days) if asked.within_days else ""


class ArrivalForm(_DueFields, OnceForm):
    """A letter received. Registering also asks for what later has screens of its own."""

    series = RecordField(_l("收文代字"))
    received_on = DateField(_l("收文日期"), [required()])
    way = ChoiceField(_l("收文方式"), choices=[(way.value, WAYS[way]) for way in ARRIVALS])
    sender = TextField(_l("來文者"), [required(), too_long(120)], description=_l("機關、團體或個人的全名"))
    their_on = DateField(_l("來文日期"), [optional()])
    their_number = TextField(_l("來文字號"), [too_long(80)])
    subject = TextField(_l("主旨"), [required(), too_long(300)])
    secrecy = ChoiceField(_l("密等"), choices=list(SECRECIES.items()), description=_l("密件只給承辦人、登錄人、總幹事與理事長看，附件加密保存"))
    owner = RecordField(_l("承辦人"))
    belongs_to = RefField(_l("所屬事項"), description=_l("會員、公文等已登錄的紀錄：打名稱、編號或文號"))
    answers = RecordField(_l("回覆本會哪一件發文"))
    others_awaited = BooleanField(_l("還要等其他受文者回覆，期限先不結案"))
    files = UploadField(_l("來文掃描檔與附件"))
    version = HiddenField()

    def offer(self, user: Any, letter: Letter | None = None) -> None:
        """The choices; for a letter already registered only what may be corrected."""
        if letter is not None:
            for name in ("series", "owner", "answers", "others_awaited", "files"):
                del self[name]
            return
        _offer_series(self.series, Direction.IN)
        _offer_owner(self.owner, None)
        self.answers.offer([(one, one.title) for one in queries.waiting_for_reply(user)], empty=_("（不是回覆）"))

    @property
    def arrival(self) -> Arrival:
        assert self.received_on.data is not None
        return Arrival(
            self.received_on.data, self.way.data, self.sender.data, self.subject.data, self.their_on.data, self.their_number.data or "",
            self.secrecy.data, self.asked,
        )


class DraftForm(_DueFields, OnceForm):
    """What is written of an outgoing letter; ``draft_form`` adds the parts of its kind."""

    letter_form: LetterForm

    urgency = ChoiceField(_l("速別"), choices=list(URGENCIES.items()))
    secrecy = ChoiceField(_l("密等"), choices=list(SECRECIES.items()))
    declassify = TextField(_l("解密條件或保密期限"), [too_long(80)], description=_l("密件才填，例如：辦畢解密"))
    enclosures = TextField(_l("附件"), [too_long(300)], description=_l("印在公文上的附件名稱，例如：會議紀錄 1 份；檔案另在公文頁附上"))
    signatory = ChoiceField(_l("署名"), choices=list(SIGNATORIES.items()))
    owner = RecordField(_l("承辦人"))
    belongs_to = RefField(_l("所屬事項"), description=_l("會員、公文等已登錄的紀錄：打名稱、編號或文號"))
    version = HiddenField()

    def offer(self, owner: User | None) -> None:
        _offer_owner(self.owner, owner)

    @property
    def section_fields(self) -> list[Any]:
        return [self[f"text_{section.key}"] for section in self.letter_form.sections]

    @property
    def receiver_fields(self) -> list[Any]:
        return [self[RECEIVER_FIELDS[role]] for role, _label in self.letter_form.receivers]

    @property
    def body(self) -> dict[str, str]:
        return {section.key: (self[f"text_{section.key}"].data or "").replace("\r\n", "\n").rstrip() for section in self.letter_form.sections}

    def read(self) -> tuple[Draft, list[Problem]]:
        """The letter as typed, and what could not be read of its receivers."""
        receivers, problems = [], []
        for role, _label in self.letter_form.receivers:
            name = RECEIVER_FIELDS[role]
            found, wrong = read_receivers(role, name, self[name].data or "")
            receivers += found
            problems += wrong
        draft = Draft(
            self.letter_form.key, self.body, tuple(receivers), self.secrecy.data, self.declassify.data or "", self.urgency.data,
            self.enclosures.data or "", self.signatory.data, self.asked,
        )
        return draft, problems

    def show(self, draft: Draft) -> None:
        """Fills the fields from a letter or a template."""
        for section in self.letter_form.sections:
            self[f"text_{section.key}"].data = draft.body.get(section.key, "")
        for role, _label in self.letter_form.receivers:
            self[RECEIVER_FIELDS[role]].data = write_receivers(one for one in draft.receivers if one.role == role)
        for name in ("secrecy", "declassify", "urgency", "enclosures", "signatory"):
            self[name].data = getattr(draft, name)
        self.show_asked(draft.asked)

    def refuse(self, problem: Problem) -> None:
        """Problems name the parts of the text by their keys, the fields of which are ``text_…`` here."""
        field = f"text_{problem.field}" if f"text_{problem.field}" in self._fields else problem.field
        super().refuse(Problem(field, problem.message, problem.params, problem.code))


@lru_cache(maxsize=len(FORMS) * 2)
def draft_form(key: str, base: type[DraftForm] = DraftForm) -> type[DraftForm]:
    """The form for one kind of letter: its parts and its receivers besides what all have."""
    form = FORMS[key]
    fields: dict[str, Any] = {"letter_form": form}
    for section in form.sections:
        checks = [required() if section.required else optional(), too_long(300 if section.key == "subject" else LONGEST_SECTION)]
        name, hint = f"text_{section.key}", HOW_TO_LIST if section.listed else ""
        is_short = section.key in ("time", "place", "chair", "contact")
        fields[name] = (TextField if is_short else TextAreaField)(PARTS[section.title], checks, description=hint)
    for role, label in form.receivers:
        fields[RECEIVER_FIELDS[role]] = TextAreaField(PARTS[label], [too_long(20_000)], description=HOW_TO_ADDRESS)
    return type(f"{key.title()}DraftForm", (base,), fields)


class TemplateForm(DraftForm):
    """A text to begin from: the same parts under a name."""

    title = TextField(_l("範本名稱"), [required(), too_long(60)])

    @property
    def receivers(self) -> dict[Role, str]:
        return {role: self[RECEIVER_FIELDS[role]].data or "" for role, _label in self.letter_form.receivers}

    def offer(self, owner: User | None) -> None:
        for name in ("urgency", "secrecy", "declassify", "owner", "belongs_to", "due_on", "within_days", "citation"):
            del self[name]
        for section in self.letter_form.sections:
            field = self[f"text_{section.key}"]
            field.validators = [one for one in field.validators if not isinstance(one, type(required()))]
            field.flags.required = False

    def show_template(self, template: Template) -> None:
        self.title.data, self.enclosures.data, self.signatory.data = template.title, template.enclosures, template.signatory
        for section in self.letter_form.sections:
            self[f"text_{section.key}"].data = template.body.get(section.key, "")
        for role, _label in self.letter_form.receivers:
            self[RECEIVER_FIELDS[role]].data = template.receivers.get(role.value, "")


class ReasonForm(OnceForm):
    """Why something is done."""

    why = TextField(_l("原因"), [required(), too_long(200)])


class GiveForm(OnceForm):
    owner = RecordField(_l("承辦人"), [required(_l("請選承辦人。"))])

    def offer(self, letter: Letter) -> None:
        _offer_owner(self.owner, letter.owner)


class AskForm(OnceForm):
    note = TextField(_l("給核可人的話"), [too_long(200)])


class IssueForm(OnceForm):
    series = RecordField(_l("發文代字"))

    def offer(self) -> None:
        _offer_series(self.series, Direction.OUT)


class SendForm(OnceForm):
    """How one receiver got the letter."""

    way = ChoiceField(_l("寄送方式"), choices=[(way.value, text) for way, text in WAYS.items()])
    sent_on = DateField(_l("寄送日期"), [required()])
    post_number = TextField(_l("掛號號碼"), [too_long(40)], filters=[_half])
    signed_by = TextField(_l("簽收人"), [too_long(80)])
    delivered_on = DateField(_l("送達日期"), [optional()], description=_l("回執或簽收上的日期；還不知道就留空，之後再補"))
    files = UploadField(_l("送達證明"), description=_l("回執、簽收單、傳真報告的掃描檔"))
    seen = HiddenField()  # What was known of the delivery when the page was opened.

    @staticmethod
    def known(receiver: Receiver) -> str:
        """All that is known of a delivery, to be compared."""
        held = (receiver.way, receiver.sent_on, receiver.post_number, receiver.signed_by, receiver.delivered_on)
        return "|".join(str(value or "") for value in held)

    def show(self, receiver: Receiver) -> None:
        self.way.data = receiver.way or ("mail" if receiver.email and not receiver.letter.is_secret else "post")
        self.sent_on.data, self.delivered_on.data = receiver.sent_on, receiver.delivered_on
        self.post_number.data, self.signed_by.data = receiver.post_number, receiver.signed_by
        self.seen.data = self.known(receiver)


class Checks(SelectMultipleField):
    """Several of a list, as boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def pre_validate(self, form: Any) -> None:
        known = {str(value) for value, *_rest in self.iter_choices()}
        if any(value not in known for value in self.data or ()):
            raise StopValidation(_("請從清單中選。"))


class MailForm(OnceForm):
    """Sends the issued letter to those who have a mail address."""

    to = Checks(_l("寄給"), [required(_l("請至少選一個受文者。"))])
    files = Checks(_l("隨信附上"))
    text = TextAreaField(_l("信的內文"), [required(), too_long(2000)])


class SeriesForm(OnceForm):
    direction = ChoiceField(_l("收發別"), choices=[(one.value, text) for one, text in DIRECTIONS.items()])
    code = TextField(_l("代字"), [required(), too_long(20)], description=_l("發文如「中市展演總」，印成 中市展演總字第1150001號；收文如「收」，印成 收115-0001"))
    digits = NumberField(_l("流水號位數"), [required()], default="4")
    used = NumberField(_l("今年已經用到第幾號"), default="0", description=_l("年中開始使用時填，接著往下編"))
    purpose = TextField(_l("用途"), [too_long(80)])


class EditSeriesForm(Form):
    digits = NumberField(_l("流水號位數"), [required()])
    purpose = TextField(_l("用途"), [too_long(80)])

    @classmethod
    def of(cls, series: Series) -> EditSeriesForm:
        return cls(data={"digits": str(series.digits), "purpose": series.purpose})


class TemplateKindForm(Form):
    form = ChoiceField(_l("文別"), choices=list(FORM_TITLES.items()))


class EmptyForm(OnceForm):
    """A button with a page of its own."""


