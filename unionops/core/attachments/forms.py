"""A field that takes files, for the forms of any area; and the forms of this area's own screens."""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask_wtf.file import MultipleFileField
from werkzeug.datastructures import FileStorage
from wtforms import BooleanField
from wtforms.validators import StopValidation

from unionops.core.attachments import services, sniff
from unionops.core.forms import OnceForm, TextField, required, too_long
from unionops.core.i18n import _, _l, say
from unionops.values.problems import RuleBroken

MOST_FILES = 20


class UploadField(MultipleFileField):
    """Files; ``data`` is the list of those that were chosen. Each is looked at here, so that what is wrong with it stands beside the
    field together with everything else on the form; ``services.add`` looks again, and has it scanned. ``most`` is how many it takes."""

    data: list[FileStorage]

    def __init__(self, label: Any = None, validators: Any = None, *, most: int = MOST_FILES, **kwargs: Any) -> None:
        megabytes = current_app.config["ATTACHMENT_MEGABYTES"]
        kwargs.setdefault("description", _(
            "%(wanted)s每個檔案最多 %(megabytes)s MB，整份表單最多 %(all)s MB。", wanted=_(sniff.WANTED), megabytes=megabytes, all=form_megabytes()
        ))
        # The script says it before anything is sent; without it the answer says it.
        too_big = _("「%(name)s」超過 %(megabytes)s MB 的上限，請換一個檔案。", name="{name}", megabytes=megabytes)
        together = _("選取的檔案合計超過 %(all)s MB，請分次附上。", all=form_megabytes())
        given = {
            "accept": sniff.ACCEPT, "data_most": services.most_bytes(), "data_most_together": form_megabytes() << 20, "data_too_big": too_big,
            "data_too_many": together,
        }
        super().__init__(label, validators, render_kw={**given, **kwargs.pop("render_kw", {})}, **kwargs)
        self.most = most
        if most == 1:
            self.widget = type(self.widget)()

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata(valuelist)
        self.data = list(self.data or ())

    def pre_validate(self, form: Any) -> None:
        self.data = list(self.data or ())
        if len(self.data) > self.most:
            raise StopValidation(_("一次最多 %(most)s 個檔案。", most=self.most))
        wrong = []
        for file in self.data:
            try:
                services.look(file, self.name)
            except RuleBroken as refusal:
                wrong += [say(one) for one in refusal.problems]
        if wrong:
            self.errors = [*self.errors, *wrong]
            raise StopValidation


def form_megabytes() -> int:
    """How much a whole form may carry."""
    most: int = current_app.config["MAX_CONTENT_LENGTH"]
    return (most >> 20) - 2


class AttachForm(OnceForm):
    files = UploadField(_l("檔案"), [required(_l("請選取檔案。"))])
    title = TextField(_l("標題"), [too_long(120)], description=_l("不填就用檔名；一次附上多個檔案時各用自己的檔名。"))
    is_sensitive = BooleanField(_l("敏感檔案"), description=_l("證件、病歷、存摺等：內容加密保存，只有獲准的人能開啟。"))


class NewVersionForm(OnceForm):
    files = UploadField(_l("新的檔案"), [required(_l("請選取檔案。"))], most=1)


class RemoveForm(OnceForm):
    why = TextField(_l("原因"), [required(_l("請寫下移除的原因。")), too_long(200)], description=_l("例如：附錯會員、檔案不清楚"))
