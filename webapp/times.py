"""Times as people read them: local, to the minute."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")


def local(value: Any) -> datetime | None:
    """An aware datetime (or its ISO text) in the district's time zone."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) and value else value
    return moment.astimezone(ZONE) if isinstance(moment, datetime) and moment.tzinfo else moment or None


def moment_text(value: Any) -> str:
    """2026-09-15 08:30; empty for nothing."""
    try:
        moment = local(value)
    except ValueError:
        return str(value)
    return f"{moment:%Y-%m-%d %H:%M}" if moment else ""


def short_text(value: Any, now: datetime | None = None) -> str:
    """08:30 today, 09-15 08:30 this year, with the year otherwise."""
    moment = local(value)
    if moment is None:
        return ""
    today = local(now) if now else None
    if today and moment.date() == today.date():
        return f"{moment:%H:%M}"
    if today and moment.year == today.year:
        return f"{moment:%m-%d %H:%M}"
    return f"{moment:%Y-%m-%d %H:%M}"
