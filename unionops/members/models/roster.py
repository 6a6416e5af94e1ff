"""Persons and their memberships, kept apart: one person may leave and return. What changes with time is dated.

No status is stored: who is in force on a day follows from ``joined_on`` and ``left_on`` (``rules.standing``).
Dated rows run ``from_on`` … ``until_on`` inclusive; no ``until_on`` means still so, for those of a membership as long as it
lasts: the leaving day is written once, in ``left_on``, and ``rules.days_held`` reads both.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from unionops.core import clock
from unionops.core.db import JSON, Encrypted, Model, Ntd, UtcDateTime, blind_index
from unionops.core.i18n import _l

ID_PLACE = "person.id_number"
ACCOUNT_PLACE = "person.bank_account"


class Person(Model):
    """Somebody the office knows. The identity number and the bank account are encrypted, found by their blind index."""

    __tablename__ = "person"
    __table_args__ = (
        sa.Index("uq_person_id_index", "id_index", unique=True, postgresql_where=sa.text("id_index IS NOT NULL AND merged_into_id IS NULL"),
                 sqlite_where=sa.text("id_index IS NOT NULL AND merged_into_id IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(120), index=True, info={"title": _l("姓名")})
    other_name: Mapped[str] = mapped_column(sa.String(120), default="", info={"title": _l("其他姓名")})
    id_number: Mapped[str | None] = mapped_column(Encrypted(ID_PLACE), info={"personal": "id", "title": _l("身分證號")})
    id_index: Mapped[str | None] = mapped_column(sa.String(32), info={"audit": False})
    sex: Mapped[str] = mapped_column(sa.String(1), default="", info={"title": _l("性別")})
    birth_on: Mapped[date | None] = mapped_column(info={"personal": "secret", "title": _l("出生日期")})
    nationality: Mapped[str] = mapped_column(sa.String(40), default="", info={"title": _l("國籍")})
    mobile: Mapped[str] = mapped_column(sa.String(40), default="", info={"personal": "phone", "title": _l("手機")})
    phone: Mapped[str] = mapped_column(sa.String(40), default="", info={"personal": "phone", "title": _l("電話")})
    email: Mapped[str] = mapped_column(sa.String(254), default="", info={"personal": "email", "title": _l("電子郵件")})
    line_name: Mapped[str] = mapped_column(sa.String(80), default="", info={"personal": "secret", "title": _l("LINE")})
    home_address: Mapped[str] = mapped_column(sa.String(300), default="", info={"personal": "address", "title": _l("戶籍地址")})
    mail_address: Mapped[str] = mapped_column(sa.String(300), default="", info={"personal": "address", "title": _l("通訊地址")})
    education: Mapped[str] = mapped_column(sa.String(40), default="", info={"title": _l("學歷")})
    trade: Mapped[str] = mapped_column(sa.String(80), default="", info={"title": _l("工作種類")})
    bank_code: Mapped[str] = mapped_column(sa.String(20), default="", info={"title": _l("金融機構")})
    bank_account: Mapped[str | None] = mapped_column(Encrypted(ACCOUNT_PLACE), info={"personal": "account", "title": _l("帳號")})
    bank_index: Mapped[str | None] = mapped_column(sa.String(32), index=True, info={"audit": False})
    died_on: Mapped[date | None] = mapped_column(info={"title": _l("死亡日期")})
    minimised_on: Mapped[date | None] = mapped_column(info={"title": _l("個資刪減日")})
    merged_into_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True, info={"title": _l("併入")})
    import_id: Mapped[int | None] = mapped_column(sa.ForeignKey("roster_import.id"), index=True, info={"audit": False})
    version: Mapped[int] = mapped_column(default=1, info={"audit": False})
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, info={"audit": False})

    memberships: Mapped[list[Membership]] = relationship(back_populates="person", order_by="Membership.joined_on")

    __mapper_args__ = {"version_id_col": version}

    def identify(self, id_number: str | None) -> None:
        """Sets the identity number together with its blind index."""
        self.id_number = id_number or None
        self.id_index = blind_index(id_number, ID_PLACE) if id_number else None

    def pay_into(self, bank_code: str, account: str | None) -> None:
        """Sets the bank account together with its blind index."""
        self.bank_code = bank_code
        self.bank_account = account or None
        self.bank_index = blind_index(account, ACCOUNT_PLACE) if account else None


class Membership(Model):
    """One stay in the union, from joining to leaving. A person who returns gets a second one; numbers are never reused."""

    __tablename__ = "membership"
    __table_args__ = (
        sa.CheckConstraint("left_on IS NULL OR joined_on IS NULL OR left_on >= joined_on", name="left_after_joined"),
        # Each order of the list is read from an index that also holds the dates which decide the standing.
        sa.Index("ix_membership_by_number", "number", "left_on", "joined_on"),
        sa.Index("ix_membership_by_joining", "joined_on", "number", "left_on"),
        sa.Index("ix_membership_by_leaving", "left_on", "number", "joined_on"),
        {"info": {"title": _l("會籍")}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True, info={"title": _l("會員序號")})
    number: Mapped[str] = mapped_column(sa.String(20), unique=True, info={"title": _l("會員編號")})
    joined_on: Mapped[date | None] = mapped_column(info={"title": _l("入會日期")})
    joined_by: Mapped[str] = mapped_column(sa.String(200), default="", info={"title": _l("入會決議")})
    left_on: Mapped[date | None] = mapped_column(info={"title": _l("出會日期")})
    left_reason: Mapped[str] = mapped_column(sa.String(20), default="", info={"title": _l("出會原因")})
    left_note: Mapped[str] = mapped_column(sa.String(200), default="", info={"title": _l("出會說明")})
    joined_from: Mapped[str] = mapped_column(sa.String(120), default="", info={"title": _l("轉自工會")})
    left_to: Mapped[str] = mapped_column(sa.String(120), default="", info={"title": _l("轉往工會")})
    import_id: Mapped[int | None] = mapped_column(sa.ForeignKey("roster_import.id"), index=True, info={"audit": False})
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, info={"audit": False})

    person: Mapped[Person] = relationship(back_populates="memberships")
    units: Mapped[list[UnitStay]] = relationship(order_by="UnitStay.from_on", cascade="all, delete-orphan")
    classes: Mapped[list[ClassStay]] = relationship(order_by="ClassStay.from_on", cascade="all, delete-orphan")
    wages: Mapped[list[WageBase]] = relationship(order_by="WageBase.from_on", cascade="all, delete-orphan")


class ClassStay(Model):
    """The class of a membership, over time; that of the open row is the class now."""

    __tablename__ = "class_stay"
    __table_args__ = (sa.Index("ix_class_stay_class", "member_class", "until_on", "membership_id"), {"info": {"title": _l("會員類別")}})

    id: Mapped[int] = mapped_column(primary_key=True)
    membership_id: Mapped[int] = mapped_column(sa.ForeignKey("membership.id"), index=True, info={"title": _l("會籍序號")})
    member_class: Mapped[str] = mapped_column(sa.String(20), info={"title": _l("會員類別")})
    from_on: Mapped[date | None] = mapped_column(info={"title": _l("起日")})
    until_on: Mapped[date | None] = mapped_column(info={"title": _l("迄日")})
    proof: Mapped[str] = mapped_column(sa.String(200), default="", info={"title": _l("證明文件")})


class Unit(Model):
    """A branch, group or constituency; a tree, dated."""

    __tablename__ = "unit"
    __table_args__ = {"info": {"title": _l("單位")}}

    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"), index=True, info={"title": _l("上層單位序號")})
    code: Mapped[str] = mapped_column(sa.String(20), default="", info={"title": _l("代碼")})
    name: Mapped[str] = mapped_column(sa.String(80), info={"title": _l("名稱")})
    opened_on: Mapped[date | None] = mapped_column(info={"title": _l("成立日期")})
    closed_on: Mapped[date | None] = mapped_column(info={"title": _l("裁撤日期")})
    import_id: Mapped[int | None] = mapped_column(sa.ForeignKey("roster_import.id"), index=True, info={"audit": False})

    parent: Mapped[Unit | None] = relationship(remote_side="Unit.id")


class UnitStay(Model):
    """Which unit a membership belongs to, over time; ``unit_id`` of the open row is the unit now."""

    __tablename__ = "unit_stay"
    __table_args__ = (sa.Index("ix_unit_stay_unit", "unit_id", "until_on", "membership_id"), {"info": {"title": _l("所屬單位")}})

    id: Mapped[int] = mapped_column(primary_key=True)
    membership_id: Mapped[int] = mapped_column(sa.ForeignKey("membership.id"), index=True, info={"title": _l("會籍序號")})
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), info={"title": _l("單位序號")})
    from_on: Mapped[date | None] = mapped_column(info={"title": _l("起日")})
    until_on: Mapped[date | None] = mapped_column(info={"title": _l("迄日")})
    proof: Mapped[str] = mapped_column(sa.String(200), default="", info={"title": _l("證明文件")})

    unit: Mapped[Unit] = relationship()


class WageBase(Model):
    """What the roster says a membership's insured salary and insured dependants are, over time."""

    __tablename__ = "wage_base"
    __table_args__ = {"info": {"title": _l("投保薪資")}}

    id: Mapped[int] = mapped_column(primary_key=True)
    membership_id: Mapped[int] = mapped_column(sa.ForeignKey("membership.id"), index=True, info={"title": _l("會籍序號")})
    insured_salary: Mapped[int | None] = mapped_column(Ntd, info={"title": _l("投保薪資")})
    dependants_count: Mapped[int] = mapped_column(default=0, info={"title": _l("眷屬人數")})
    from_on: Mapped[date | None] = mapped_column(info={"title": _l("起日")})
    until_on: Mapped[date | None] = mapped_column(info={"title": _l("迄日")})
    proof: Mapped[str] = mapped_column(sa.String(200), default="", info={"title": _l("證明文件")})


class Employer(Model):
    """Where members work; ``tax_number`` is the 統一編號."""

    __tablename__ = "employer"
    __table_args__ = {"info": {"title": _l("雇主")}}

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(120), unique=True, info={"title": _l("名稱")})
    tax_number: Mapped[str] = mapped_column(sa.String(8), default="", info={"title": _l("統一編號")})
    address: Mapped[str] = mapped_column(sa.String(300), default="", info={"title": _l("地址")})
    phone: Mapped[str] = mapped_column(sa.String(40), default="", info={"title": _l("電話")})
    contact: Mapped[str] = mapped_column(sa.String(80), default="", info={"title": _l("聯絡人")})
    closed_on: Mapped[date | None] = mapped_column(info={"title": _l("停業日期")})

    workplaces: Mapped[list[Workplace]] = relationship(back_populates="employer", order_by="Workplace.name")


class Workplace(Model):
    """One place of an employer."""

    __tablename__ = "workplace"
    __table_args__ = (sa.UniqueConstraint("employer_id", "name"), {"info": {"title": _l("工作場所")}})

    id: Mapped[int] = mapped_column(primary_key=True)
    employer_id: Mapped[int] = mapped_column(sa.ForeignKey("employer.id"), index=True, info={"title": _l("雇主序號")})
    name: Mapped[str] = mapped_column(sa.String(120), info={"title": _l("名稱")})
    address: Mapped[str] = mapped_column(sa.String(300), default="", info={"title": _l("地址")})

    employer: Mapped[Employer] = relationship(back_populates="workplaces")


class Employment(Model):
    """Whom a person works for, over time; ``staff_number`` is text: leading zeros count."""

    __tablename__ = "employment"
    __table_args__ = {"info": {"title": _l("任職")}}

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True, info={"title": _l("會員序號")})
    employer_id: Mapped[int] = mapped_column(sa.ForeignKey("employer.id"), index=True, info={"title": _l("雇主序號")})
    workplace_id: Mapped[int | None] = mapped_column(sa.ForeignKey("workplace.id"), info={"title": _l("工作場所序號")})
    staff_number: Mapped[str] = mapped_column(sa.String(20), default="", index=True, info={"title": _l("員工編號")})
    job: Mapped[str] = mapped_column(sa.String(80), default="", info={"title": _l("職稱")})
    is_manager: Mapped[bool] = mapped_column(default=False, info={"title": _l("代表雇主行使管理權")})
    from_on: Mapped[date | None] = mapped_column(info={"title": _l("起日")})
    until_on: Mapped[date | None] = mapped_column(info={"title": _l("迄日")})
    proof: Mapped[str] = mapped_column(sa.String(200), default="", info={"title": _l("證明文件")})

    employer: Mapped[Employer] = relationship()
    workplace: Mapped[Workplace | None] = relationship()


class Dependant(Model):
    """A family member, for health insurance and benefits."""

    __tablename__ = "dependant"
    __table_args__ = {"info": {"title": _l("眷屬")}}

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True, info={"title": _l("會員序號")})
    name: Mapped[str] = mapped_column(sa.String(120), info={"personal": "name", "title": _l("姓名")})
    relation: Mapped[str] = mapped_column(sa.String(20), info={"title": _l("關係")})
    id_number: Mapped[str | None] = mapped_column(Encrypted("dependant.id_number"), info={"personal": "id", "title": _l("身分證號")})
    birth_on: Mapped[date | None] = mapped_column(info={"personal": "secret", "title": _l("出生日期")})
    from_on: Mapped[date | None] = mapped_column(info={"title": _l("起日")})
    until_on: Mapped[date | None] = mapped_column(info={"title": _l("迄日")})


class EmergencyContact(Model):
    """Whom to call for a person."""

    __tablename__ = "emergency_contact"
    __table_args__ = {"info": {"title": _l("緊急聯絡人")}}

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True, info={"title": _l("會員序號")})
    name: Mapped[str] = mapped_column(sa.String(120), info={"personal": "name", "title": _l("姓名")})
    relation: Mapped[str] = mapped_column(sa.String(20), default="", info={"title": _l("關係")})
    phone: Mapped[str] = mapped_column(sa.String(40), info={"personal": "phone", "title": _l("電話")})


class Consent(Model):
    """What a person agreed to: privacy notice (PDP-03), check-off (ER-25), photo, electronic notice. Withdrawn, never deleted."""

    __tablename__ = "consent"
    __table_args__ = {"info": {"title": _l("同意事項")}}

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True, info={"title": _l("會員序號")})
    kind: Mapped[str] = mapped_column(sa.String(20), info={"title": _l("種類")})
    text_version: Mapped[str] = mapped_column(sa.String(40), default="", info={"title": _l("版本")})
    given_on: Mapped[date] = mapped_column(info={"title": _l("同意日")})
    how: Mapped[str] = mapped_column(sa.String(80), default="", info={"title": _l("方式")})
    withdrawn_on: Mapped[date | None] = mapped_column(info={"title": _l("撤回日")})


class Note(Model):
    """A remark on a person, by whom and when. Corrected by another remark, never edited."""

    __tablename__ = "person_note"
    __table_args__ = {"info": {"title": _l("備註")}}

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True, info={"title": _l("會員序號")})
    text: Mapped[str] = mapped_column(sa.Text, info={"personal": "secret", "title": _l("備註")})
    author: Mapped[str] = mapped_column(sa.String(80), info={"title": _l("登錄人")})
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, info={"title": _l("登錄時間")})
    import_id: Mapped[int | None] = mapped_column(sa.ForeignKey("roster_import.id"), index=True, info={"audit": False})


class CustomField(Model):
    """A field that this union defines itself. Retired, never deleted: its values stay readable."""

    __tablename__ = "custom_field"
    __table_args__ = {"info": {"title": _l("自訂欄位")}}

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(40), unique=True, info={"title": _l("欄名")})
    kind: Mapped[str] = mapped_column(sa.String(10), info={"title": _l("種類")})
    choices: Mapped[list[Any]] = mapped_column(JSON, default=list, info={"title": _l("選項")})
    retired_on: Mapped[date | None] = mapped_column(info={"title": _l("停用日")})


class CustomValue(Model):
    """What a person has in a custom field, as text."""

    __tablename__ = "custom_value"
    __table_args__ = {"info": {"title": _l("自訂欄位的值")}}

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    field_id: Mapped[int] = mapped_column(sa.ForeignKey("custom_field.id"), primary_key=True)
    value: Mapped[str] = mapped_column(sa.String(200), info={"personal": "secret", "title": _l("自訂欄位")})


class SavedView(Model):
    """A filter worth keeping: the roster's query string under a name, one's own or everybody's."""

    __tablename__ = "saved_view"
    __table_args__ = {"info": {"title": _l("儲存的清單")}}

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True, info={"title": _l("使用者序號")})
    title: Mapped[str] = mapped_column(sa.String(40), info={"title": _l("名稱")})
    query: Mapped[str] = mapped_column(sa.Text, info={"title": _l("篩選條件")})
    is_shared: Mapped[bool] = mapped_column(default=False, info={"title": _l("大家共用")})


class RosterImport(Model):
    """One file brought in. The verdicts follow from the file, the mapping, the corrections and the register, and are no record of
    their own; ``state`` moves read → applied → undone, or read → dropped. ``counts`` lacks ``rows`` until the file was read."""

    __tablename__ = "roster_import"
    __table_args__ = {"info": {"title": _l("名冊匯入")}}

    id: Mapped[int] = mapped_column(primary_key=True)
    file_name: Mapped[str] = mapped_column(sa.String(200), info={"title": _l("檔名")})
    fingerprint: Mapped[str] = mapped_column(sa.String(64), index=True, info={"audit": False})
    sheet: Mapped[str] = mapped_column(sa.String(80), default="", info={"title": _l("工作表")})
    encoding: Mapped[str] = mapped_column(sa.String(20), default="", info={"title": _l("編碼")})
    mapping: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info={"audit": False})
    corrections: Mapped[str | None] = mapped_column(Encrypted("roster_import.corrections"), info={"audit": False})
    state: Mapped[str] = mapped_column(sa.String(10), default="read", info={"title": _l("狀態")})
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info={"title": _l("筆數")})
    by_user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), info={"title": _l("匯入人序號")})
    read_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, info={"title": _l("讀取時間")})
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime, info={"title": _l("寫入時間")})
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime, info={"title": _l("復原時間")})
    task_id: Mapped[int | None] = mapped_column(info={"title": _l("背景工作序號")})
    version: Mapped[int] = mapped_column(default=1, info={"audit": False})

    __mapper_args__ = {"version_id_col": version}


class RosterFile(Model):
    """The bytes of an imported file, encrypted; kept so that a preview can be made again and questions answered later."""

    __tablename__ = "roster_file"
    __audited__ = False

    import_id: Mapped[int] = mapped_column(sa.ForeignKey("roster_import.id"), primary_key=True)
    content: Mapped[bytes] = mapped_column(sa.LargeBinary)


class RosterPreview(Model):
    """A part of what the check of a large file found, encrypted, so that a page reads only what it shows; ``queries.checks`` knows
    the parts. A copy that may be thrown away at any time: its head says what it follows from, and is made again when that changed."""

    __tablename__ = "roster_preview"
    __audited__ = False

    import_id: Mapped[int] = mapped_column(sa.ForeignKey("roster_import.id"), primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(sa.LargeBinary)


class ImportChange(Model):
    """What an import overwrote on an existing record, encrypted, for its undo."""

    __tablename__ = "import_change"
    __audited__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(sa.ForeignKey("roster_import.id"), index=True)
    table: Mapped[str] = mapped_column(sa.String(40))
    row_id: Mapped[int]
    before: Mapped[str] = mapped_column(Encrypted("import_change.before"))


class MappingMemory(Model):
    """Which column meant what, remembered by the signature of the headings: the same source is recognised next time."""

    __tablename__ = "mapping_memory"
    __audited__ = False

    signature: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    mapping: Mapped[dict[str, Any]] = mapped_column(JSON)
    used_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
