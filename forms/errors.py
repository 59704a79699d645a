"""What can go wrong with a form itself (not with what was typed into it).

FormError
├── FormNotFound   no such file under forms/
└── FormInvalid    the file is not a form-js schema that can run
"""


class FormError(Exception):
    """A form cannot be used. Carries ``code``, ``message_zh`` and ``message_en``."""

    code = "form.error"

    def __init__(self, message_zh: str, message_en: str) -> None:
        super().__init__(f"{message_en} {message_zh}")
        self.message_zh = message_zh
        self.message_en = message_en


class FormNotFound(FormError):
    """No form is stored under this key."""

    code = "form.not_found"

    def __init__(self, key: str) -> None:
        super().__init__(f"找不到表单“{key}”。", f"There is no form “{key}”.")
        self.key = key


class FormInvalid(FormError):
    """The form's JSON is not a form-js schema this product can run."""

    code = "form.invalid"
