"""What the form that compares a report with cases gets: the cases with place and photos, and the names around."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from engine import queries
from engine.ports import FileContent, Place
from engine.queries import Viewer
from tests.web.conftest import ACCEPT, Person
from webapp.wiring import Wiring

Log = Callable[[str], Person]
SPOT = (114.902751, 21.700678)


def place(east: float = 0.0, north: float = 0.0) -> Place:
    return Place("榕荫大道榕树头广场旁", SPOT[0] + east, SPOT[1] + north, "990107001001", "990107001000")


def photo() -> FileContent:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(out, "JPEG")
    return FileContent("井盖.jpg", "image/jpeg", out.getvalue())


@pytest.fixture
def compared(report: Callable[..., str], submit: Callable[..., None], person: Log) -> Callable[[], dict[str, Any]]:
    """The data of the form of a report beside two cases, one of them at the same point."""

    def compare() -> dict[str, Any]:
        near = report("榕树头广场旁的沙井盖破了一个角，车经过很响。", place=place(), files=(photo(),))
        submit("SL01", near, **{**ACCEPT, "categoryCode": "C0103"})
        far = report("广场东边的沙井盖破了，请修。", place=place(0.0014, 0.0004))
        submit("SL01", far, **{**ACCEPT, "categoryCode": "C0103"})
        same = report("广场旁边那个沙井盖坏了，老人差点绊脚，请修。", place=place())
        given = {**ACCEPT, "categoryCode": "C0103", "relation": "由系统比对", "facts": {"vulnerable": True}}
        submit("SL01", same, **given)
        items = person("SL02").json("GET", f"/api/tasks?q={same}").json["items"]
        task = next(item for item in items if item["element"] == "UT_dup")
        found: dict[str, Any] = person("SL02").json("GET", f"/api/tasks/{task['id']}").json["context"]
        return found

    return compare


def test_it_shows_where_the_cases_lie_and_what_they_look_like(compared: Callable[[], dict[str, Any]]) -> None:
    shown = compared()
    first, second = (one for one in shown["similarCases"] if one.get("score") is not None)
    assert (first["lon"], first["lat"], first["metres"], first["open"]) == (*SPOT, 0, True)
    assert first["label"] == f"1. {first['value']} 榕树头广场旁的沙井盖破了一个角，车经过很响。"
    assert (len(first["photos"]), second["photos"]) == (1, [])
    assert 100 < second["metres"] < 200
    assert first["score"] > second["score"]


def test_it_names_what_lies_around(compared: Callable[[], dict[str, Any]]) -> None:
    around = compared()["namesAround"]
    assert around[0]["name"] == "榕树头广场"
    assert len(around) <= 16
    assert all(abs(one["lat"] - SPOT[1]) < 0.01 for one in around)


def test_it_tells_nothing_of_a_case_somebody_may_not_see(
    compared: Callable[[], dict[str, Any]], wiring: Wiring
) -> None:
    numbers = [one["value"] for one in compared()["similarCases"]]
    stranger = Viewer("PS-09", "", "LD", "", ())
    with wiring.engine.database.engine.connect() as reader:
        assert list(queries.cases_at(reader, stranger, numbers)) == []
        assert list(queries.cases_at(reader, stranger, [])) == []


def test_it_says_why_in_the_language_of_the_page(report: Callable[..., str], person: Log) -> None:
    no = report("沙井盖破了，有人掉下去受伤流血，在广场旁边。", place=place())
    clerk = person("SL01")
    task = next(one for one in clerk.json("GET", f"/api/tasks?q={no}").json["items"] if one["element"] == "UT_acc")
    chinese = clerk.json("GET", f"/api/tasks/{task['id']}").json["context"]
    english = clerk.json("GET", f"/api/tasks/{task['id']}?lang=en").json["context"]
    assert chinese["suggestion"]["categories"][0]["reason"].startswith("写有“")
    assert english["suggestion"]["categories"][0]["reason"].startswith("the report says “沙井盖")
    assert english["suggestion"]["places"][0]["reason"] == "came with a position"
    assert english["suggestion"]["reason"].startswith("danger: Drowning, trapped, lift")
    assert english["screening"]["reasons"][0]["what"] != chinese["screening"]["reasons"][0]["what"]
    assert english["screening"]["reasons"][0]["words"] == chinese["screening"]["reasons"][0]["words"]
