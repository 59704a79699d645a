"""What each kind of field accepts: a rule takes an Answer, notes what is wrong, returns the clean value.

Source: form-js 1.23 `Validator` for its own types; the domain's common form controls for photo and geopoint.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from forms import messages, patterns, schema as shape
from forms.errors import FormInvalid
from forms.files import FILE_TYPES, MAX_FILE_BYTES, PHOTO_TYPES, FileInfo
from forms.moments import compare, is_moment, shown, whole
from forms.numbers import number
from forms.options import among

#: No single text may be longer, whatever the form says (UTF-16 code units).
MAX_TEXT = 20_000
MAX_CHOICES = 500
DEFAULT_MAX_FILES = 9
EMAIL = re.compile(
    r"[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
    r"(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*"
)
#: International number with country code, as ITU-T E.164 allows (15 digits), spaces and hyphens between.
PHONE = re.compile(r"(?:\+|00)[1-9]\d(?:[ -]?\d){5,18}", re.ASCII)


@dataclass
class Answer:
    """One value given to one field, with all that judging it needs.

    `rules` is the component's ``validate`` with expressions already evaluated; `options` are the values
    on offer, or None when the component offers none.
    """

    component: shape.Component
    value: Any
    rules: Mapping[str, Any]
    options: list[Any] | None
    files: Mapping[str, FileInfo]
    locale: str
    errors: list[str] = field(default_factory=list)

    def refuse(self, code: str, **values: Any) -> None:
        """Note one sentence about what is wrong."""
        self.errors.append(messages.text(code, self.locale, label=shape.label_of(self.component), **values))

    def limit(self, name: str) -> Decimal | None:
        """A numeric rule; None when it is not set."""
        return number(self.rules.get(name))


def judge(answer: Answer) -> Any:
    """The clean value of an answer, after filling ``answer.errors``."""
    kind = str(answer.component.get("type"))
    if is_empty(answer.value, kind):
        if answer.rules.get("required") is True:
            answer.refuse(REQUIRED.get(kind, "required"))
        elif kind == "photo":
            count_photos(answer, 0)
        return shape.EMPTY.get(kind, answer.value if answer.value == "" else None)
    return RULES[kind](answer)


def is_empty(value: Any, kind: str) -> bool:
    """Whether form-js would call the value unset (an unticked check box counts)."""
    return value is None or value == "" or value == [] or (kind == "checkbox" and value is False)


def text(answer: Answer) -> str | None:
    """Single and multi-line text."""
    value = answer.value
    if not isinstance(value, str) or not is_storable(value):
        answer.refuse("type")
        return None
    if len(value) > MAX_TEXT:
        answer.refuse("max_length", limit=MAX_TEXT)
        return value
    check_pattern(answer, value)
    check_length(answer, value)
    check_kind(answer, value)
    return value


def is_storable(value: str) -> bool:
    """Whether the text can be written as UTF-8 to a database: no NUL, no half of a surrogate pair."""
    return "\0" not in value and not any("\ud800" <= char <= "\udfff" for char in value)


def check_pattern(answer: Answer, value: str) -> None:
    """The field's regular expression, in JavaScript's meaning."""
    pattern = answer.rules.get("pattern")
    if not pattern:
        return
    if len(value) > patterns.MAX_TESTED:
        answer.refuse("max_length", limit=patterns.MAX_TESTED)
        return
    try:
        found = patterns.matches(str(pattern), value)
    except patterns.PatternError as error:
        key = answer.component.get("key")
        raise FormInvalid(
            f"字段“{key}”的正则表达式不可用：{error}。",
            f"The pattern of field “{key}” cannot be used: {error}.",
        ) from error
    if not found:
        custom = answer.rules.get("patternErrorMessage")
        answer.errors.append(str(custom)) if custom else answer.refuse("pattern")


def check_length(answer: Answer, value: str) -> None:
    """Lengths count as in JavaScript: UTF-16 units of the trimmed text."""
    length = patterns.trimmed_length(value)
    least, most = answer.limit("minLength"), answer.limit("maxLength")
    if least is not None and length < least:
        answer.refuse("min_length", limit=least)
    if most is not None and length > most:
        answer.refuse("max_length", limit=most)


def check_kind(answer: Answer, value: str) -> None:
    """Telephone number or e-mail address."""
    kind = answer.rules.get("validationType")
    if kind == "email" and not EMAIL.fullmatch(value):
        answer.refuse("email")
    if kind == "phone" and not PHONE.fullmatch(value):
        answer.refuse("phone")


def numeric(answer: Answer) -> Any:
    """A number, or its text when the form serialises numbers as strings. The value stays as it was sent."""
    found = number(answer.value)
    if found is None:
        answer.refuse("number")
        return None
    check_steps(answer, found)
    least, most = answer.limit("min"), answer.limit("max")
    if least is not None and found < least:
        answer.refuse("min", limit=answer.rules["min"])
    if most is not None and found > most:
        answer.refuse("max", limit=answer.rules["max"])
    return answer.value


def check_steps(answer: Answer, value: Decimal) -> None:
    """Decimal places and increment; both measured on the exact decimal."""
    digits = number(answer.component.get("decimalDigits"))
    exponent = value.normalize().as_tuple().exponent
    places = max(0, -exponent) if isinstance(exponent, int) else 0
    if digits is not None and digits >= 0 and places > digits:
        answer.refuse("integer" if digits == 0 else "digits", limit=digits)
    increment = number(answer.component.get("increment"))
    if increment and (Fraction(value) / Fraction(increment)).denominator != 1:
        answer.refuse("increment", limit=answer.component["increment"])


def checkbox(answer: Answer) -> bool | None:
    """A ticked box; an unticked one is empty and never comes here."""
    if answer.value is True:
        return True
    answer.refuse("type")
    return None


def one_of(answer: Answer) -> Any:
    """A radio button or select: one of the values on offer."""
    if not among(answer.value, answer.options or []):
        answer.refuse("option")
        return None
    return answer.value


def many_of(answer: Answer) -> list[Any] | None:
    """A checklist or tag list: some of the values on offer, each at most once."""
    chosen = answer.value
    if not isinstance(chosen, list) or len(chosen) > MAX_CHOICES:
        answer.refuse("type")
        return None
    if not all(among(one, answer.options or []) for one in chosen):
        answer.refuse("option")
        return None
    return [one for at, one in enumerate(chosen) if not among(one, chosen[:at])]


def moment(answer: Answer) -> str | None:
    """A date, time of day or date and time in the ISO 8601 forms form-js writes."""
    subtype = str(answer.component.get("subtype") or "date")
    if not isinstance(answer.value, str) or not is_moment(subtype, answer.value):
        answer.refuse(subtype if subtype in ("date", "time", "datetime") else "date")
        return None
    for rule, code, side in (("notAfter", "not_after", 1), ("notBefore", "not_before", -1)):
        limit = answer.rules.get(rule)
        if isinstance(limit, str) and compare(subtype, answer.value, limit) == side:
            now = answer.component["validate"][rule] == "=now"
            answer.refuse(f"{code}_now" if now else code, limit=limit[:10] if subtype == "date" else shown(limit))
    return whole(subtype, answer.value)


def upload(answer: Answer) -> list[str] | None:
    """Any files: the names of files the server knows."""
    names = [answer.value] if isinstance(answer.value, str) else answer.value
    if not _are_names(names):
        answer.refuse("type")
        return None
    if any(name not in answer.files for name in names):
        answer.refuse("file")
        return None
    return list(names)


def _are_names(names: Any) -> bool:
    return isinstance(names, list) and len(names) <= MAX_CHOICES and all(isinstance(name, str) for name in names)


def photo(answer: Answer) -> list[str] | None:
    """Photos: known files of a photo type and size, as many as ``validate.min`` and ``max`` allow."""
    names = upload(answer)
    if names is None:
        return None
    names = list(dict.fromkeys(names))
    if any(answer.files[name].media_type not in PHOTO_TYPES for name in names):
        answer.refuse("photo_type")
    if any(answer.files[name].size > MAX_FILE_BYTES for name in names):
        answer.refuse("photo_size")
    count_photos(answer, len(names))
    return names


def files(answer: Answer) -> list[str] | None:
    """Photos, recordings, videos and documents, at most ``validate.max`` (nine)."""
    names = upload(answer)
    if names is None:
        return None
    names = list(dict.fromkeys(names))
    if any(answer.files[name].media_type not in FILE_TYPES for name in names):
        answer.refuse("file_type")
    if any(answer.files[name].size > MAX_FILE_BYTES for name in names):
        answer.refuse("file_size")
    most = answer.limit("max")
    if len(names) > (DEFAULT_MAX_FILES if most is None else most):
        answer.refuse("max_files", limit=DEFAULT_MAX_FILES if most is None else most)
    return names


def count_photos(answer: Answer, count: int) -> None:
    """At least ``validate.min`` (none), at most ``validate.max`` (nine) photos."""
    least, most = answer.limit("min"), answer.limit("max")
    most = Decimal(DEFAULT_MAX_FILES) if most is None else most
    if least is not None and count < least:
        answer.refuse("min_photos", limit=least)
    if count > most:
        answer.refuse("max_photos", limit=most)


def geopoint(answer: Answer) -> dict[str, Any] | None:
    """A WGS-84 place ``{lon, lat, accuracy}``: degrees, degrees, metres (None when entered by hand)."""
    value = answer.value
    if not isinstance(value, Mapping):
        answer.refuse("type")
        return None
    lon, lat, accuracy = (_coordinate(value.get(name)) for name in ("lon", "lat", "accuracy"))
    if lon is None or not -180 <= lon <= 180:
        answer.refuse("longitude")
    if lat is None or not -90 <= lat <= 90:
        answer.refuse("latitude")
    if value.get("accuracy") is not None and (accuracy is None or accuracy < 0):
        answer.refuse("accuracy")
    return None if answer.errors else {"lon": lon, "lat": lat, "accuracy": accuracy}


def _coordinate(value: Any) -> float | None:
    found = number(value)
    return float(found) if found is not None and math.isfinite(float(found)) else None


RULES: dict[str, Callable[[Answer], Any]] = {
    "textfield": text,
    "textarea": text,
    "number": numeric,
    "checkbox": checkbox,
    "radio": one_of,
    "select": one_of,
    "checklist": many_of,
    "taglist": many_of,
    "datetime": moment,
    "filepicker": upload,
    "photo": photo,
    "files": files,
    "geopoint": geopoint,
}
REQUIRED = {
    "checkbox": "required_check",
    "radio": "required_choice",
    "select": "required_choice",
    "checklist": "required_choice",
    "taglist": "required_choice",
    "photo": "required_photo",
    "files": "required_files",
    "geopoint": "required_point",
}
