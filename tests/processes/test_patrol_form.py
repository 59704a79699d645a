"""The patrol's form asks what the checklist lists: every item, with its answers, under the section it belongs to."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import forms
from forms import schema

ROOT = Path(__file__).resolve().parents[2]


def checklist() -> list[dict[str, str]]:
    with (ROOT / "processes" / "reference" / "checklist_52.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def questions() -> dict[str, dict[str, Any]]:
    form = forms.Form.from_bytes((ROOT / "forms" / "city_patrol" / "form.form").read_bytes(), "city_patrol/form")
    found = (dict(component) for component, _ in schema.walk(form.schema))
    return {str(one["key"]): one for one in found if str(one.get("key", "")).startswith("answers.")}


def test_it_asks_every_item_of_the_checklist() -> None:
    asked = {key: one["label"] for key, one in questions().items()}
    assert asked == {f"answers.c{item['no']}": f"{item['no']} {item['item']}" for item in checklist()}


def test_it_offers_the_answers_of_the_checklist_the_failing_one_among_them() -> None:
    asked = questions()
    for item in checklist():
        offered = [one["value"] for one in asked[f"answers.c{item['no']}"].get("values", ())]
        listed = item["answer_type"].partition("(")[0].split("/")
        assert offered == (listed if len(listed) > 1 else [])
        assert not item["fail_answer"] or item["fail_answer"] in offered


def test_a_failing_answer_is_marked_and_one_press_gives_the_others() -> None:
    asked = questions()
    for item in checklist():
        one = asked[f"answers.c{item['no']}"]
        assert one.get("fails", "") == item["fail_answer"]
        given = [quick["value"] for quick in one.get("quick", ())]
        assert item["fail_answer"] not in given
        assert bool(given) == bool(item["fail_answer"])


def test_what_is_wrong_is_asked_of_failing_answers_alone() -> None:
    form = forms.find("city_patrol/form", ROOT / "forms")
    notes = {
        one["key"]: one["conditional"]["hide"] for one, _ in schema.walk(form.schema) if "notes." in one.get("key", "")
    }
    expected = {item["no"]: item["fail_answer"] for item in checklist() if item["fail_answer"]}
    assert notes == {f"notes.c{no}": f'=answers.c{no} != "{fails}"' for no, fails in expected.items()}


def test_photos_of_handling_on_the_spot_were_taken_before_now_and_in_order() -> None:
    form = forms.Form.from_bytes((ROOT / "forms" / "city_patrol" / "self_handle.form").read_bytes())
    now = datetime(2026, 9, 21, 9, 30, tzinfo=timezone(timedelta(hours=8)))

    def said(before: str, after: str) -> list[str]:
        moments = {key: f"2026-09-21T{at}:00+08:00" for key, at in (("beforeAt", before), ("afterAt", after))}
        found = forms.validate(form, {"selfResult": "已处理", **moments}, now=now).errors
        return [one for key in moments for one in found.get(key, [])]

    assert said("09:05", "09:20") == []
    assert said("09:31", "09:40") == ["“处理前拍照时间”不能晚于现在。", "“处理后拍照时间”不能晚于现在。"]
    assert said("09:05", "09:00") == ["“处理后拍照时间”不能早于 2026-09-21 09:05。"]
