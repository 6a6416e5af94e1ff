"""The shape of what is typed about members: present, of a type, not too long, one of a list. Meaning is for the rules."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, HiddenField, RadioField, SelectField, TextAreaField
from wtforms.validators import StopValidation

from unionops.core.attachments.forms import UploadField
from unionops.core.forms import ChoiceField, DateField, Form, MoneyField, OnceForm, TextField, optional, required, too_long
from unionops.core.i18n import _, _l
from unionops.core.transfer.exporting import FORMATS
from unionops.members import queries
from unionops.members.listing import CLASSES, CONSENTS, FIELD_KINDS, REASONS, SEXES
from unionops.members.models import CustomField, Employer, Unit
from unionops.members.rules.membership import FieldKind, LeaveReason, MemberClass
from unionops.values import roc
from unionops.values.text import half_width

NOTHING = ("", _l("（未填）"))
REVEAL_REASONS = {
    "insurance": _l("辦理加保、退保或申報"),
    "verify": _l("核對本人身分"),
    "contact": _l("聯絡本人或家屬"),
    "filing": _l("報送主管機關"),
    "case": _l("辦理本人申請的案件"),
    "other": _l("其他（請在下面說明）"),
}


def _half(value: Any) -> Any:
    return half_width(value).strip() if isinstance(value, str) else value


class CountField(TextField):
    """A small whole number, none when left empty."""

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        if self.data and not (self.data.isascii() and self.data.isdigit() and len(self.data) <= 2):
            raise StopValidation(_("請填 0 到 99 的整數。"))

    @property
    def number(self) -> int:
        return int(self.data or 0)


class PickField(SelectField):
    """One record of a list by its id; an unknown one is refused. ``chosen`` gives the record."""

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any) -> None:
        super().__init__(label, validators, coerce=str, **kwargs)
        self.records: dict[str, Any] = {}

    def offer(self, rows: list[tuple[Any, str]], *, empty: Any = None) -> None:
        """Sets what may be chosen: (record, its title). ``empty`` is the title of no choice."""
        self.records = {str(record.id): record for record, _title in rows}
        self.choices = [("", empty if empty is not None else _("請選擇")), *((str(record.id), title) for record, title in rows)]

    @property
    def chosen(self) -> Any:
        return self.records.get(self.data or "")

    def pre_validate(self, form: Any) -> None:
        if self.data and self.data not in self.records:
            raise StopValidation(_("請從清單中選一個。"))


def unit_choices(*, closed: bool = False) -> list[tuple[Unit, str]]:
    """Units as a tree: indented by depth."""
    return [(unit, "　" * depth + unit.name) for unit, depth in queries.unit_tree() if closed or unit.closed_on is None]


class PersonFields:
    """The particulars that adding and editing have in common."""

    name = TextField(_l("姓名"), [required(), too_long(120)], description=_l("照證件；原住民族傳統名字、外文姓名照原樣填，罕用字可直接貼上"))
    other_name = TextField(_l("其他姓名"), [too_long(120)], description=_l("漢名、別名或羅馬拼音"))
    sex = ChoiceField(_l("性別"), default="", description=_l("留空則依身分證號"))
    birth_on = DateField(_l("出生日期"), [optional()])
    nationality = TextField(_l("國籍"), [too_long(40)])
    mobile = TextField(_l("手機"), [too_long(40)], filters=[_half], render_kw={"inputmode": "tel"})
    phone = TextField(_l("電話"), [too_long(40)], filters=[_half], description=_l("市話含區碼，分機用 #"), render_kw={"inputmode": "tel"})
    email = TextField(_l("電子郵件"), [too_long(254)], render_kw={"inputmode": "email"})
    line_name = TextField(_l("LINE"), [too_long(80)])
    mail_address = TextField(_l("通訊地址"), [too_long(300)], description=_l("依法應為本人通訊處，不得以會址代替"))
    home_address = TextField(_l("戶籍地址"), [too_long(300)])
    education = TextField(_l("學歷"), [too_long(40)])
    trade = TextField(_l("工作種類"), [too_long(80)])

    def offer_sexes(self) -> None:
        self.sex.choices = [("", NOTHING[1]), *SEXES.items()]

    @property
    def particulars(self) -> dict[str, Any]:
        """Everything but the identity number, as the services take it."""
        names = ("other_name", "nationality", "mobile", "phone", "email", "line_name", "mail_address", "home_address", "education", "trade")
        found = {name: getattr(self, name).data or "" for name in names}
        return found | {"name": self.name.data, "sex": self.sex.data or "", "birth_on": self.birth_on.data}

    def validate_email(self, field: Any) -> None:
        if field.data and ("@" not in field.data.strip("@") or " " in field.data):
            raise StopValidation(_("電子郵件須如 name@example.org。"))


class JoinFields:
    """What is asked when somebody joins."""

    number = TextField(_l("會員編號"), [too_long(20)], filters=[_half], description=_l("留空則給下一號；編號不重複使用"))
    joined_on = DateField(_l("入會日期"), [required()], description=_l("理事會通過之日"))
    joined_by = TextField(_l("入會決議"), [too_long(200)], description=_l("例如：第 5 屆第 9 次理事會"))
    member_class = ChoiceField(_l("會員類別"), [required()], default=MemberClass.REGULAR.value)
    unit = PickField(_l("單位"))
    joined_from = TextField(_l("轉自工會"), [too_long(120)], description=_l("由其他工會轉入時填原工會名稱"))

    def offer_places(self, reach: set[int] | None) -> None:
        """``reach`` are the units in which the person who types may record; None means all, and none at all."""
        self.member_class.choices = [(word.value, title) for word, title in CLASSES.items()]
        if reach is None:
            self.unit.offer(unit_choices(), empty=_("（未分單位）"))
        else:
            self.unit.offer([(unit, title) for unit, title in unit_choices() if unit.id in reach])
            self.unit.validators = [required(_l("請選單位。"))]
            self.unit.flags.required = True


class AddMemberForm(PersonFields, JoinFields, OnceForm):
    id_number = TextField(_l("身分證號"), [too_long(20)], filters=[_half], description=_l("身分證或居留證，10 碼；加密保存"))
    insured_salary = MoneyField(_l("投保薪資"), [optional()])
    dependants_count = CountField(_l("眷屬人數"), [too_long(2)], filters=[_half], render_kw={"inputmode": "numeric"})

    def __init__(self, *args: Any, reach: set[int] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer_sexes()
        self.offer_places(reach)


class EditPersonForm(PersonFields, Form):
    id_number = TextField(_l("身分證號"), [too_long(20)], filters=[_half])
    bank_code = TextField(_l("金融機構"), [too_long(20)], description=_l("代碼或名稱"))
    bank_account = TextField(_l("帳號"), [too_long(30)], filters=[_half], render_kw={"inputmode": "numeric"})
    version = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer_sexes()


class RejoinForm(JoinFields, OnceForm):
    def __init__(self, *args: Any, reach: set[int] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer_places(reach)


def proof_field() -> TextField:
    """The paper by which something changed, in words; the file itself goes to the person's attachments."""
    return TextField(_l("證明文件"), [too_long(200)], description=_l("例如：異動申請書 115/9/1、在職證明"))


class LeaveForm(Form):
    left_on = DateField(_l("出會日期"), [required()], description=_l("當日起不計入會員人數"))
    reason = ChoiceField(_l("出會原因"), [required(_l("請選出會原因。"))])
    note = TextField(_l("說明"), [too_long(200)], description=_l("例如：理事會決議字號"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reason.choices = [("", _("請選擇")), *((word.value, title) for word, title in REASONS.items() if word not in (LeaveReason.UNKNOWN, LeaveReason.NOT_RATIFIED)),
                               (LeaveReason.UNKNOWN.value, REASONS[LeaveReason.UNKNOWN])]


class EmptyForm(Form):
    """An act that needs nothing but the button."""


class MoveForm(Form):
    unit = PickField(_l("改屬單位"), [required(_l("請選單位。"))])
    from_on = DateField(_l("生效日"), [required()])
    proof = proof_field()
    files = UploadField(_l("附上文件"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unit.offer(unit_choices())


class ClassForm(Form):
    member_class = ChoiceField(_l("會員類別"), [required()])
    from_on = DateField(_l("生效日"), [required()])
    proof = proof_field()
    files = UploadField(_l("附上文件"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member_class.choices = [(word.value, title) for word, title in CLASSES.items()]


class EmploymentForm(Form):
    employer = PickField(_l("雇主"), [required(_l("請選雇主。"))])
    workplace = PickField(_l("工作場所"))
    staff_number = TextField(_l("員工編號"), [too_long(20)], filters=[_half], description=_l("前面的 0 會保留"))
    job = TextField(_l("職稱"), [too_long(80)])
    is_manager = BooleanField(_l("代表雇主行使管理權之主管人員"), description=_l("依工會法第 14 條，除章程另有規定外不得加入企業工會"))
    from_on = DateField(_l("到職或轉換日期"), [optional()])
    proof = proof_field()
    files = UploadField(_l("附上文件"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        employers = [one for one in queries.employers() if one.closed_on is None]
        self.employer.offer([(one, one.name) for one in employers])
        self.workplace.offer(
            [(place, _("%(employer)s／%(place)s", employer=one.name, place=place.name)) for one in employers for place in one.workplaces],
            empty=NOTHING[1],
        )


class DependantForm(OnceForm):
    name = TextField(_l("姓名"), [required(), too_long(120)])
    relation = TextField(_l("關係"), [required(), too_long(20)], description=_l("例如：配偶、子女、父母"))
    id_number = TextField(_l("身分證號"), [too_long(20)], filters=[_half])
    birth_on = DateField(_l("出生日期"), [optional()])
    from_on = DateField(_l("起日"), [optional()], description=_l("開始列為眷屬之日"))


class EndDependantForm(Form):
    until_on = DateField(_l("終止日"), [required()], description=_l("最後一天仍為眷屬"))


class ContactForm(OnceForm):
    name = TextField(_l("姓名"), [required(), too_long(120)])
    relation = TextField(_l("關係"), [too_long(20)])
    phone = TextField(_l("電話"), [required(), too_long(40)], filters=[_half], render_kw={"inputmode": "tel"})


class ConsentForm(OnceForm):
    kind = ChoiceField(_l("同意事項"), [required()])
    given_on = DateField(_l("同意日"), [required()])
    text_version = TextField(_l("版本"), [too_long(40)], description=_l("告知書或同意書的版次，例如：第 3 版"))
    how = TextField(_l("方式"), [too_long(80)], description=_l("例如：書面簽名、入會申請書"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = [(word.value, title) for word, title in CONSENTS.items()]


class NoteForm(OnceForm):
    text = TextAreaField(_l("備註"), [required(_l("請寫下備註內容。")), too_long(4000)])


class ReasonForm(Form):
    """Why a personal value is looked at."""

    reason = RadioField(_l("事由"), [required(_l("請選事由。"))])
    detail = TextField(_l("說明"), [too_long(200)], description=_l("案號、申報月份或其他可以查證的說明"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reason.choices = list(REVEAL_REASONS.items())

    def validate_reason(self, field: Any) -> None:
        if field.data not in REVEAL_REASONS:
            raise StopValidation(_("請選事由。"))

    def validate_detail(self, field: Any) -> None:
        if self.reason.data == "other" and not field.data:
            raise StopValidation(_("選「其他」時請說明。"))

    @property
    def told(self) -> str:
        """The reason in one line, for the log."""
        title = str(REVEAL_REASONS[self.reason.data])
        return f"{title}：{self.detail.data}" if self.detail.data else title


class ExportForm(Form):
    fmt = RadioField(_l("檔案格式"), [required()], default="xlsx")
    cover = RadioField(_l("個人資料"), [required()], default="masked")
    reason = TextField(_l("匯出完整個人資料的事由"), [too_long(200)], description=_l("選「完整」時必填，會留下紀錄"))

    def __init__(self, *args: Any, may_reveal: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fmt.choices = list(FORMATS.items())
        self.cover.choices = [("masked", _("遮罩（身分證號、電話、地址等只留頭尾）"))]
        if may_reveal:
            self.cover.choices.append(("whole", _("完整")))

    def validate_reason(self, field: Any) -> None:
        if self.cover.data == "whole" and not field.data:
            raise StopValidation(_("匯出完整個人資料須說明事由。"))

    @property
    def whole(self) -> bool:
        return self.cover.data == "whole"


class StandingForm(Form):
    """Whose standing, on which day; asked by its address."""

    number = TextField(_l("會號"), validators=[required(), too_long(20)])
    on = DateField(_l("哪一天"), validators=[optional()], description=_l("過去或未來的日子都可以；空白是今天。"))


class SaveViewForm(Form):
    title = TextField(_l("檢視名稱"), [required(), too_long(40)])
    is_shared = BooleanField(_l("同仁也看得到"))
    query = HiddenField(validators=[too_long(2000)])

    def __init__(self, *args: Any, may_share: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_share:
            del self.is_shared

    @property
    def shared(self) -> bool:
        return bool(self.is_shared and self.is_shared.data)


class UnitForm(Form):
    name = TextField(_l("名稱"), [required(), too_long(80)])
    code = TextField(_l("代碼"), [too_long(20)], filters=[_half], description=_l("清單依代碼排序"))
    parent = PickField(_l("上級單位"))
    opened_on = DateField(_l("成立日期"), [optional()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parent.offer(unit_choices(closed=True), empty=_("（最上層）"))


class EditUnitForm(UnitForm):
    closed_on = DateField(_l("裁撤日期"), [optional()], description=_l("先把會員移轉到別的單位才能裁撤"))


class EmployerForm(Form):
    name = TextField(_l("名稱"), [required(), too_long(120)])
    tax_number = TextField(_l("統一編號"), [too_long(20)], filters=[_half], render_kw={"inputmode": "numeric"})
    address = TextField(_l("地址"), [too_long(300)])
    phone = TextField(_l("電話"), [too_long(40)], filters=[_half])
    contact = TextField(_l("聯絡人"), [too_long(80)])

    @property
    def fields(self) -> dict[str, str]:
        return {name: getattr(self, name).data or "" for name in ("name", "tax_number", "address", "phone", "contact")}


class EditEmployerForm(EmployerForm):
    closed_on = DateField(_l("停業日期"), [optional()])

    @classmethod
    def of(cls, employer: Employer) -> EditEmployerForm:
        return cls(obj=employer)


class WorkplaceForm(Form):
    name = TextField(_l("名稱"), [required(), too_long(120)])
    address = TextField(_l("地址"), [too_long(300)])


class CustomFieldForm(Form):
    title = TextField(_l("欄名"), [required(), too_long(40)])
    kind = ChoiceField(_l("種類"), [required()])
    choices = TextAreaField(_l("選項"), [too_long(2000)], description=_l("種類為「選單」時填寫，一行一個"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = [(word.value, title) for word, title in FIELD_KINDS.items()]

    @property
    def lines(self) -> list[str]:
        found = dict.fromkeys(line.strip() for line in (self.choices.data or "").splitlines())
        return [line for line in found if line]


def custom_values_form(values: list[tuple[CustomField, str]]) -> Form:
    """A form with one field for each of the union's own fields in use, named ``custom_<id>``."""
    fields: dict[str, Any] = {}
    data: dict[str, Any] = {}
    choices: dict[str, Any] = {}
    for own, text in values:
        if own.retired_on is not None:
            continue
        name = f"custom_{own.id}"
        data[name] = text
        if own.kind == FieldKind.YES_NO:
            fields[name], choices[name] = ChoiceField(own.title), [NOTHING, ("yes", _l("是")), ("no", _l("否"))]
        elif own.kind == FieldKind.CHOICE:
            kept = own.choices if not text or text in own.choices else [*own.choices, text]
            fields[name], choices[name] = ChoiceField(own.title), [NOTHING, *((one, one) for one in kept)]
        elif own.kind == FieldKind.DATE:
            fields[name] = DateField(own.title, [optional()])
            data[name] = roc.parse_date(text) if text else None
        else:
            fields[name] = TextField(own.title, [too_long(200)])
    form: Form = type("CustomValuesForm", (Form,), fields)(data=data)
    for name, offered in choices.items():
        form[name].choices = offered
    return form


def compare_form(rows: list[tuple[str, Any, str, str]]) -> Form:
    """The choice per field when two records are compared: ``kept`` or ``gone``. Rows are (name, title, left value, right value)."""
    form: Form = type("CompareForm", (Form,), {f"take_{name}": RadioField(title, default="kept") for name, title, _left, _right in rows})()
    for name, _title, left, right in rows:
        form[f"take_{name}"].choices = [("kept", _("左：%(value)s", value=left)), ("gone", _("右：%(value)s", value=right))]
    return form
