"""What a form asks of new photos: fresh, of this place, never used before, newer than others."""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from flask import Flask
from PIL import Image

import forms
from engine import queries
from engine.commands import SYSTEM, Deploy, StartOrder
from engine.ports import FileContent
from forms import Form
from tests.engine.test_undertaking import FILES
from tests.web.conftest import Clock, Person
from webapp import exif, photo_pairs
from webapp.exif import Shot
from webapp.photo_checks import distance
from webapp.times import ZONE
from webapp.wiring import Wiring

PLACE = (114.9051, 21.7052)
RULES = {"maxAgeMinutes": 10, "geofenceM": 150, "geofenceReason": "reason", "unique": True}
RULES["newerThan"] = "photosSafe, photosBefore"
Send = Callable[..., Any]


def schema(**rules: Any) -> bytes:
    photo = {"type": "photo", "key": "photos", "label": "处置后照片", "id": "photos", "validate": rules}
    reason = {"type": "textfield", "key": "reason", "label": "不在现场的原因", "id": "reason"}
    fence = {name: rules[name] for name in ("geofenceM", "geofenceReason") if name in rules}
    point = {"type": "geopoint", "key": "spot", "label": "定位", "id": "spot", "validate": fence}
    whole = {"id": "f", "type": "default", "schemaVersion": 18, "components": [photo, reason, point]}
    return json.dumps(whole).encode()


def picture(at: datetime | None, place: tuple[float, float] | None = PLACE, words: str = "a") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(file, "JPEG", exif=exif.write(Shot(at, *(place or (None, None))), words))
    return file.getvalue()


@pytest.fixture
def send(wiring: Wiring, person: Callable[[str], Person], clock: Clock) -> Send:
    """`send(picture, …)` finishes the task of a new order at PLACE; its errors by field, empty when accepted."""
    numbers: list[str] = []

    def finish(content: bytes, *, new: bool = True, locale: str = "zh", files: Any = None, **data: Any) -> Any:
        photos_before = data.pop("photosBefore", None)
        wiring.engine.execute(
            Deploy({**FILES, "forms/requests/answer.form": schema(**RULES)}, SYSTEM, break_glass="测试照片规则")
        )
        if new or not numbers:
            start = {"content": "沙袋", "lon": PLACE[0], "lat": PLACE[1], "photosBefore": photos_before}
            numbers.append(wiring.engine.execute(StartOrder("requests", start, "PS-01", files or {})).no)
        one = person("PQ01")
        one.client.set_cookie("locale", locale)
        task = one.json("GET", f"/api/tasks?q={numbers[-1]}").json["items"][0]
        body = {
            "data": json.dumps({"photos": ["files::photos::0"], **data}),
            "files::photos::0": (io.BytesIO(content), "沙袋.jpg"),
        }
        headers = {"Accept": "application/json"}
        path = f"/api/tasks/{task['id']}/completion"
        answer = one.post(path, body, content_type="multipart/form-data", headers=headers)
        return {} if answer.status_code == 200 else answer.json["errors"]

    return finish


def test_a_fresh_photo_of_the_place_is_accepted(send: Send, clock: Clock, wiring: Wiring) -> None:
    assert send(picture(clock() - timedelta(minutes=9))) == {}
    with wiring.engine.database.transaction() as transaction:
        kept = transaction.row("select shot_at, lon, lat from attachment")
    assert kept is not None
    assert kept["shot_at"] == clock() - timedelta(minutes=9)
    assert (round(kept["lon"], 4), round(kept["lat"], 4)) == PLACE


@pytest.mark.parametrize("minutes", [-11, 11])
def test_an_old_photo_is_refused(send: Send, clock: Clock, minutes: int) -> None:
    errors = send(picture(clock() + timedelta(minutes=minutes)))
    assert errors == {"photos": ["“处置后照片”的照片“沙袋.jpg”不是刚拍的：拍摄时间应在提交前后 10 分钟内。"]}


def test_a_photo_without_a_time_is_refused(send: Send) -> None:
    assert "没有拍摄时间" in send(picture(None))["photos"][0]
    assert "does not say when" in send(picture(None), locale="en")["photos"][0]


def test_a_photo_from_elsewhere_needs_a_reason(send: Send, clock: Clock) -> None:
    away = (PLACE[0] + 0.003, PLACE[1])
    assert "距事发地点 310 米，超过 150 米" in send(picture(clock(), away))["reason"][0]
    assert send(picture(clock(), away), new=False, reason="现场封闭，在路口拍摄") == {}


def test_a_position_elsewhere_needs_a_reason(send: Send, clock: Clock) -> None:
    spot = {"lon": PLACE[0] + 0.003, "lat": PLACE[1], "accuracy": 10}
    assert send(picture(clock()), spot=spot) == {"reason": ["“定位”距事发地点 310 米，超过 150 米，请写明原因。"]}
    assert "310 metres from the place" in send(picture(clock()), new=False, spot=spot, locale="en")["reason"][0]
    assert send(picture(clock()), new=False, spot=spot, reason="现场封闭") == {}


def test_a_photo_of_no_place_goes_by_the_place_somebody_gave(send: Send, clock: Clock) -> None:
    nowhere = picture(clock(), None)
    assert "没有拍摄地点" in send(nowhere)["reason"][0]
    spot = {"lon": PLACE[0], "lat": PLACE[1], "accuracy": 10}
    assert send(nowhere, new=False, spot=spot) == {}


def test_a_photo_of_another_work_order_is_refused(send: Send, clock: Clock) -> None:
    once = picture(clock())
    assert send(once) == {}
    assert "已经用在工单 RQ" in send(once)["photos"][0]
    assert send(picture(clock(), words="b"), new=False) == {}


def test_a_photo_has_to_be_newer_than_the_earlier_ones(send: Send, clock: Clock) -> None:
    before = FileContent("前.jpg", "image/jpeg", b"1", shot_at=clock() - timedelta(minutes=3))
    earlier = {"photosBefore": ["B"], "files": {"B": before}}
    assert "早于之前的照片" in send(picture(clock() - timedelta(minutes=4)), **earlier)["photos"][0]
    assert send(picture(clock() - timedelta(minutes=2)), new=False) == {}


def test_rules_are_checked_before_a_deployment() -> None:
    found = {one.rule for one in forms.check(schema(maxAgeMinutes="bald", geofenceM=150, geofenceReason="nowhere"))}
    assert {"limit", "geofence"} <= found
    assert not [one for one in forms.check(schema(**RULES)) if one.severity == "error"]


def test_exif_is_read_as_it_was_written() -> None:
    at = datetime(2026, 9, 14, 9, 0, tzinfo=timezone(timedelta(hours=8)))
    shot = exif.read(Image.open(io.BytesIO(picture(at, (-73.5, -45.25)))))
    assert shot.at == at
    assert (shot.lon, shot.lat) == (-73.5, -45.25)
    assert exif.read(Image.open(io.BytesIO(picture(None, None)))) == Shot()


def test_a_time_without_a_zone_is_the_districts() -> None:
    tags = Image.Exif()
    tags.get_ifd(exif.EXIF)[exif.ORIGINAL] = "2026:09:14 09:00:00"
    file = io.BytesIO()
    Image.new("RGB", (1, 1)).save(file, "JPEG", exif=tags)
    assert exif.read(Image.open(file)).at == datetime(2026, 9, 14, 9, 0, tzinfo=ZONE)


def test_a_damaged_exif_is_a_silent_one() -> None:
    file = io.BytesIO()
    Image.new("RGB", (1, 1)).save(file, "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert exif.read(Image.open(file)) == Shot()


def test_distances_are_metres() -> None:
    assert round(distance((114.9, 21.7), (114.9, 21.8))) == 11120
    assert distance(PLACE, PLACE) == 0


def test_lists_of_photos_are_judged_row_by_row() -> None:
    from webapp.photo_checks import _values

    form = Form.from_bytes(schema())
    assert form.fields
    data = {"items": [{"photos": ["a"]}, {"photos": ["b"]}]}
    assert list(_values(data, ["items[]", "photos"])) == [("items[0].photos", ["a"]), ("items[1].photos", ["b"])]


def test_a_verifier_sees_before_and_after_side_by_side(
    answered: Callable[[], tuple[str, str]], person: Callable[[str], Person], wiring: Wiring
) -> None:
    _, case = answered()
    sql = (
        "select t.id from user_task t join work_order o on o.id = t.order_id where no = %(no)s and element = 'UT_site'"
    )
    with wiring.engine.database.transaction() as transaction:
        (task,) = transaction.rows(sql, {"no": case})
    page = person("WG001001001").page(f"/tasks/{task['id']}")
    assert [part in page for part in ("照片比对", "处置前", "没有拍摄位置", "拍摄于")] == [True] * 4


def test_a_photo_tells_what_speaks_against_it(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """An earlier time, the way to the place, and another work order with the same photo."""
    monkeypatch.setattr(queries, "files_elsewhere", lambda reader, digests, order_ids: {"2": "HJ1"})
    shot = datetime(2026, 9, 14, 9, 0, tzinfo=ZONE)
    photo = {"mime": "image/jpeg", "order_id": 1, "shot_at": shot, "lon": PLACE[0], "lat": PLACE[1]}
    before = {**photo, "phase": "before", "sm3": "1"}
    after = {**photo, "phase": "after", "sm3": "2"}
    with app.test_request_context():
        assert photo_pairs.pair(None, [before], {}) is None
        found = photo_pairs.pair(None, [before, after], {"lon": PLACE[0], "lat": PLACE[1] + 0.001})
        nowhere = photo_pairs.pair(None, [before, {**after, "shot_at": None, "lon": None}], {})
    assert found is not None
    ((_, hints),) = found.after
    assert [hint.text for hint in hints] == [
        "拍摄于 2026-09-14 09:00，不晚于处置前的照片",
        "距现场 111 米",
        "与工单 HJ1 的照片相同",
    ]
    assert nowhere is not None
    assert [hint.text for hint in nowhere.after[0][1]][:2] == ["没有拍摄时间", "没有拍摄位置"]
