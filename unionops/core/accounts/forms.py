"""The shape of what is typed into accounts: presence, length, choice."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, HiddenField, PasswordField, SelectMultipleField
from wtforms.validators import Email, StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

from unionops.core.accounts import queries, roles, rules
from unionops.core.accounts.models import User
from unionops.core.accounts.rules import PASSWORD_AT_MOST
from unionops.core.forms import ChoiceField, Form, TextField, optional, required, too_long
from unionops.core.i18n import LOCALES, _, _l
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


class PasskeyForm(Form):
    """What a browser answers for a device; the script puts it in."""

    credential = HiddenField(validators=[required(), too_long(20_000)])


class NewPasskeyForm(PasskeyForm):
    name = TextField(_l("名稱"), [required(), too_long(80)], description=_l("認得出是哪個裝置就好，例如「辦公室電腦」「我的手機」。"))


class _TwiceForm(Form):
    """A new password, typed twice."""

    new_password = _secret(_l("新密碼"), "new-password", _l("至少 10 個字，可用一句話，含空白也行。不必混用符號。"))
    again = _secret(_l("新密碼再輸入一次"), "new-password")

    def validate_again(self, field: Any) -> None:
        if field.data != self.new_password.data:
            raise StopValidation(_("兩次輸入的新密碼不一樣，請再輸入一次。"))


class NewPasswordForm(_TwiceForm):
    """For whoever has none, or lost it."""


class ChangePasswordForm(_TwiceForm):
    password = _secret(_l("現在的密碼"), "current-password")


class ForgotPasswordForm(Form):
    account = TextField(
        _l("帳號或電子郵件"), [required(), too_long(254)],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )


class SlipForm(Form):
    code = TextField(
        _l("單子上的代碼"), [required(), too_long(30)], description=_l("12 個英文字母與數字；大小寫、空白與連字號都沒關係。"),
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
    )


_USERNAME = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}


class JoinWithPasskeyForm(PasskeyForm):
    """The account that an invited person chooses, opened by a passkey."""

    username = TextField(
        _l("帳號"), [required(), too_long(80)], description=_l("自己取：英文字母、數字與 . _ - @；登入用，之後不能改。"), render_kw=_USERNAME
    )
    locale = ChoiceField(_l("語言"), choices=list(LOCALES.items()))


class JoinForm(_TwiceForm):
    """The account that an invited person chooses, opened by a password."""

    username = TextField(
        _l("帳號"), [required(), too_long(80)], description=_l("自己取：英文字母、數字與 . _ - @；登入用，之後不能改。"), render_kw=_USERNAME
    )
    locale = ChoiceField(_l("語言"), choices=list(LOCALES.items()))


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
    accepted = BooleanField(_l("我看過上面的提醒，仍要這樣設定"))
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

    def validate(self, extra_validators: Any = None) -> bool:
        """Roles that should not meet are taken only from somebody who was shown why not."""
        good = super().validate(extra_validators)
        if good and any(not one.refused for one in self.conflicts) and not self.accepted.data:
            self.accepted.errors = [_("這些角色不宜由同一人擔任，理由列在上面。請改角色，或勾選後再送出。")]
            return False
        return good

    @property
    def conflicts(self) -> list[rules.Conflict]:
        """What should be thought over about the roles as they are ticked now."""
        return rules.role_conflicts(self.roles.data or ())

    def wanted(self) -> list[tuple[str, Ref | None]]:
        """The roles as ``services`` take them."""
        units = [Ref.parse(text) for text in self.units.data or ()] if self.units is not None else []
        pairs: list[tuple[str, Ref | None]] = []
        for role in self.roles.data or ():
            pairs += [(role, unit) for unit in units] if units and role in roles.SCOPED else [(role, None)]
        return pairs


class InviteForm(RolesForm):
    name = TextField(_l("姓名"), [required(), too_long(80)])
    email = TextField(_l("電子郵件"), [optional(), too_long(254), Email(_l("看不懂的電子郵件，請填如 wang@example.org。"))])
    locale = ChoiceField(_l("信與單子的語言"), choices=list(LOCALES.items()))

    def __init__(self, *args: Any, manages: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.roles.choices = [(role, title) for role, title in roles.ROLES.items() if rules.given_freely(role, manages=manages)]


class ActForm(Form):
    """Nothing but the token: a confirmed act."""
