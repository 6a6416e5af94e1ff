"""The shape of what is typed into accounts: presence, length, choice."""

from __future__ import annotations

from typing import Any

from wtforms import PasswordField, SelectMultipleField
from wtforms.validators import Email, StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

from unionops.core.accounts import queries, roles
from unionops.core.accounts.models import User
from unionops.core.accounts.rules import PASSWORD_AT_MOST
from unionops.core.forms import Form, TextField, optional, required, too_long
from unionops.core.i18n import _, _l
from unionops.values.refs import Ref


class ChecksField(SelectMultipleField):
    """Some of a short list, each with its own box."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def pre_validate(self, form: Any) -> None:
        known = {str(value) for value, *_rest in self.iter_choices()}
        if not set(self.data or ()) <= known:
            raise StopValidation(_("清單中沒有這一項，請重新勾選。"))


def _secret(label: Any, autocomplete: str, description: Any = "") -> PasswordField:
    return PasswordField(
        label, [required(), too_long(PASSWORD_AT_MOST)], description=description, render_kw={"autocomplete": autocomplete}
    )


class SignInForm(Form):
    username = TextField(
        _l("帳號"), [required(), too_long(80)],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = _secret(_l("密碼"), "current-password")


class SecondFactorForm(Form):
    code = TextField(
        _l("驗證碼"), [required(), too_long(20)], description=_l("手機驗證程式上的 6 位數字，或一組復原碼。"),
        render_kw={"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"},
    )


class ConfirmPasswordForm(Form):
    password = _secret(_l("密碼"), "current-password")


class ChangePasswordForm(Form):
    password = _secret(_l("現在的密碼"), "current-password")
    new_password = _secret(_l("新密碼"), "new-password", _l("至少 10 個字，可用一句話，含空白也行。不必混用符號。"))
    again = _secret(_l("新密碼再輸入一次"), "new-password")

    def validate_again(self, field: Any) -> None:
        if field.data != self.new_password.data:
            raise StopValidation(_("兩次輸入的新密碼不一樣，請再輸入一次。"))


class EnrolForm(Form):
    code = TextField(
        _l("驗證碼"), [required(), too_long(10)], description=_l("驗證程式顯示的 6 位數字。"),
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"},
    )


class PersonForm(Form):
    name = TextField(_l("姓名"), [required(), too_long(80)])
    email = TextField(_l("電子郵件"), [optional(), too_long(254), Email(_l("看不懂的電子郵件，請填如 wang@example.org。"))])


class RolesForm(Form):
    """Roles, and the units to which those of ``roles.SCOPED`` are limited; the latter only when there are units."""

    roles = ChecksField(_l("角色"))
    units = ChecksField(
        _l("只限於這些單位"), description=_l("會務人員、出納可以只負責幾個單位；一個都不勾就是全會。其他角色一律是全會。")
    )

    def __init__(self, *args: Any, user: User | None = None, **kwargs: Any) -> None:
        if user is not None:
            kwargs.setdefault("roles", sorted({row.role for row in user.roles}))
            kwargs.setdefault("units", sorted({str(row.scope) for row in user.roles if row.scope}))
        super().__init__(*args, **kwargs)
        self.roles.choices = list(roles.ROLES.items())
        scopes = queries.scopes()
        if scopes:
            self.units.choices = [(str(pointer), title) for pointer, title in scopes]
        else:
            del self.units

    def wanted(self) -> list[tuple[str, Ref | None]]:
        """The roles as ``services`` take them."""
        units = [Ref.parse(text) for text in self.units.data or ()] if self.units is not None else []
        pairs: list[tuple[str, Ref | None]] = []
        for role in self.roles.data or ():
            pairs += [(role, unit) for unit in units] if units and role in roles.SCOPED else [(role, None)]
        return pairs


class AddUserForm(RolesForm):
    username = TextField(
        _l("帳號"), [required(), too_long(80)], description=_l("英文字母、數字與 . _ - @；登入用，之後不能改。"),
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
    name = TextField(_l("姓名"), [required(), too_long(80)])
    email = TextField(_l("電子郵件"), [optional(), too_long(254), Email(_l("看不懂的電子郵件，請填如 wang@example.org。"))])


class ActForm(Form):
    """Nothing but the token: a confirmed act."""
