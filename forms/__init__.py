"""Find the form of a user task, list what it binds, and validate what a person submits with it.

The forms themselves are data: ``forms/<process>/<task>.form``, form-js JSON as the form editor saves it.
The browser shows them with form-js; nothing the browser says is believed, so the same rules run here again.
"""

from forms.check import Finding, check
from forms.errors import FormError, FormInvalid, FormNotFound
from forms.files import FileInfo, replace_files
from forms.form import Field, Form, find
from forms.validation import Result, validate

__all__ = [
    "Field",
    "FileInfo",
    "Finding",
    "Form",
    "FormError",
    "FormInvalid",
    "FormNotFound",
    "Result",
    "check",
    "find",
    "replace_files",
    "validate",
]
