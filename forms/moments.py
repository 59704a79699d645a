"""Dates and times in the ISO 8601 forms that form-js writes."""

import datetime
import re

TIME = r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?(Z|[+-]([01]\d|2[0-3]):?[0-5]\d)?"
DATE = r"\d{4}-\d{2}-\d{2}"


def is_moment(subtype: str, value: str) -> bool:
    """Whether the text is a `date`, `time` or `datetime`."""
    shape_of = {"time": TIME, "datetime": f"{DATE}T{TIME}"}.get(subtype, DATE)
    if not re.fullmatch(shape_of, value, re.ASCII):
        return False
    if subtype == "time":
        return True
    try:
        datetime.date.fromisoformat(value[:10])
    except ValueError:
        return False
    return True
