"""Dates and times in the ISO 8601 forms that form-js writes."""

import datetime
import re

TIME = r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?(Z|[+-]([01]\d|2[0-3]):?[0-5]\d)?"
WITHOUT_SECONDS = re.compile(r"^([\d-]{10}T\d\d:\d\d)(?!:)")
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


def whole(subtype: str, value: str) -> str:
    """A `datetime` with its seconds, which form-js leaves out and FEEL asks for; others as they are."""
    return WITHOUT_SECONDS.sub(r"\1:00", value) if subtype == "datetime" else value


def compare(subtype: str, value: str, limit: str) -> int:
    """-1, 0 or 1: whether a `date` or `datetime` lies before, at or after the limit; days are compared as days.

    A moment without an offset, or with the name of its zone, has that of the other. What cannot be
    compared is taken as equal.
    """
    if subtype == "time":
        return 0
    if subtype != "datetime" or len(limit) <= len("2026-09-14"):
        return (value[:10] > limit[:10]) - (value[:10] < limit[:10])
    try:
        one, other = (datetime.datetime.fromisoformat(text.partition("@")[0]) for text in (value, limit))
    except ValueError:
        return 0
    zone = one.tzinfo or other.tzinfo
    one, other = (moment if moment.tzinfo else moment.replace(tzinfo=zone) for moment in (one, other))
    return (one > other) - (one < other)


def shown(limit: str) -> str:
    """A limit as people read it: 2026-09-14 09:00."""
    return limit[:16].replace("T", " ")
