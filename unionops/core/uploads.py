"""A form that carries more than any form may: its files are read over and dropped, its text is kept, and the gate answers 413.

Without this the answer would come before the browser had sent everything, and many browsers then show a broken connection instead of
the page. Owns the request class of the app, no limit: that is ``MAX_CONTENT_LENGTH``.
"""

from __future__ import annotations

import io
from typing import Any

from flask import Request as FlaskRequest
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

READ_OVER = 300 << 20
"""Beyond this nothing is read any more, and the text is lost."""


class _Nowhere(io.BytesIO):
    def write(self, data: Any) -> int:
        return len(data)


class Request(FlaskRequest):
    """``too_large`` says that the files of this form were dropped."""

    too_large = False

    def _load_form_data(self) -> None:
        allowed, told = self.max_content_length, self.content_length
        over = allowed is not None and told is not None and allowed < told <= READ_OVER
        if over and "form" not in self.__dict__ and self.mimetype == "multipart/form-data":
            self.too_large, self.max_content_length = True, READ_OVER
            try:
                super()._load_form_data()
            except HTTPException as error:  # Cut off on the way, or too long even so.
                self.__dict__["form"] = ImmutableMultiDict()  # The page that says so asks for it again.
                raise RequestEntityTooLarge from error
            finally:
                self.__dict__["files"] = ImmutableMultiDict()
            return
        super()._load_form_data()

    def _get_file_stream(self, *args: Any, **kwargs: Any) -> Any:
        return _Nowhere() if self.too_large else super()._get_file_stream(*args, **kwargs)
