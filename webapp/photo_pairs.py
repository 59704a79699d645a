"""Photos of before and after side by side, each with what a verifier should know: when and where it was taken, and
whether another work order has the same one.

Hints only: what a form demands of a new photo is judged in `photo_checks` when it is sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from engine import queries
from webapp.photo_checks import distance, point
from webapp.times import moment_text

Row = Mapping[str, Any]
BEFORE, AFTER = ("before", "safe"), ("after",)


@dataclass(frozen=True)
class Hint:
    """A sentence about a photo; `tone`: "", warn or danger."""

    text: str
    tone: str = ""


@dataclass(frozen=True)
class Pair:
    """The photos of before and after, each a file with its hints."""

    before: Sequence[tuple[Row, Sequence[Hint]]]
    after: Sequence[tuple[Row, Sequence[Hint]]]


def pair(reader: Any, files: Sequence[Row], document: Mapping[str, Any]) -> Pair | None:
    """The photos to compare; None without any of before or of after."""
    photos = [file for file in files if file["mime"].startswith("image/")]
    before = [photo for photo in photos if photo["phase"] in BEFORE]
    after = [photo for photo in photos if photo["phase"] in AFTER]
    if not before or not after:
        return None
    elsewhere = queries.files_elsewhere(reader, [one["sm3"] for one in photos], {one["order_id"] for one in photos})
    newest = max((photo["shot_at"] for photo in before if photo["shot_at"]), default=None)
    place = point(document.get("lon"), document.get("lat"))

    def told(photo: Row, after: datetime | None) -> tuple[Row, list[Hint]]:
        return photo, [_when(photo, after), _where(photo, place), *_same(elsewhere.get(photo["sm3"]))]

    return Pair([told(one, None) for one in before], [told(one, newest) for one in after])


def _when(photo: Row, after: datetime | None) -> Hint:
    shot = photo["shot_at"]
    if shot is None:
        return Hint(_("没有拍摄时间"), "warn")
    if after is not None and shot <= after:
        return Hint(_("拍摄于 %(at)s，不晚于处置前的照片", at=moment_text(shot)), "danger")
    return Hint(_("拍摄于 %(at)s", at=moment_text(shot)))


def _where(photo: Row, place: tuple[float, float] | None) -> Hint:
    here = point(photo["lon"], photo["lat"])
    if here is None:
        return Hint(_("没有拍摄位置"), "warn")
    if place is None:
        return Hint(_("案件没有坐标，不能比对位置"))
    return Hint(_("距现场 %(away)d 米", away=round(distance(here, place))))


def _same(no: str | None) -> list[Hint]:
    return [Hint(_("与工单 %(no)s 的照片相同", no=no), "danger")] if no else []
