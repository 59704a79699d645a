"""The work list and one task."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from flask import Flask
from PIL import Image

from forms import Form
from tests.web.conftest import Clock, Person
from webapp import form_words

Log = Callable[[str], Person]
Take = Callable[..., str]
Pair = Callable[[], tuple[str, str]]


def first_task(one: Person) -> dict[str, Any]:
    return one.json("GET", "/api/tasks").json["items"][0]


def photo(size: int = 40) -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (size, size), "teal").save(out, "JPEG")
    out.seek(0)
    return out


def test_it_shows_each_person_the_tasks_of_their_posts_only(person: Log, report: Take) -> None:
    no = report()
    assert no in person("SL01").page("/tasks")
    assert no not in person("PQ01").page("/tasks")
    assert "没有待办任务" in person("PQ01").page("/tasks")


def test_it_keeps_filters_in_the_address(person: Log, report: Take) -> None:
    no = report()
    acceptor = person("SL01")
    assert no in acceptor.page("/tasks?stage=受理&q=井盖")
    assert no not in acceptor.page("/tasks?q=路灯")
    assert "没有符合条件的任务" in acceptor.page("/tasks?q=路灯")


def test_a_row_says_at_which_seat_it_waits_and_the_list_narrows_to_it(
    person: Log, accepted: Pair, clock: Clock
) -> None:
    clock.forward(days=42)
    _appeal, case = accepted()
    dispatcher = person("PQ01")
    assert '<span class="badge badge--info">数字城管席</span>' in dispatcher.page("/tasks")
    assert '<option value="city_seat@CTR">数字城管席 (1)</option>' in dispatcher.page("/tasks")
    assert case in dispatcher.page("/tasks?seat=city_seat@CTR")
    assert case not in dispatcher.page("/tasks?seat=safety_seat@CTR")
    dispatcher.client.set_cookie("locale", "en")
    assert "City management seat (1)" in dispatcher.page("/tasks")


def test_it_says_in_words_and_colour_how_much_time_is_left(person: Log, report: Take, clock: Clock) -> None:
    report()
    acceptor = person("SL01")
    assert 'data-state="ok"' in acceptor.page("/tasks")
    clock.forward(minutes=7)
    assert 'data-state="soon"' in acceptor.page("/tasks")
    clock.forward(minutes=7)
    page = acceptor.page("/tasks")
    assert 'data-state="overdue"' in page
    assert "超时 4 分钟" in page


def test_it_claims_and_gives_back(person: Log, report: Take) -> None:
    report()
    acceptor, colleague = person("SL01"), person("SL02")
    task = first_task(acceptor)
    assert acceptor.json("PUT", f"/api/tasks/{task['id']}/claim").json["assignee"] == "SL01"
    refused = colleague.json("PUT", f"/api/tasks/{task['id']}/claim")
    assert refused.status_code == 409
    assert "受理员01" in refused.json["message_zh"]
    assert acceptor.json("DELETE", f"/api/tasks/{task['id']}/claim").json["status"] == "open"


def test_it_claims_several_with_a_result_for_each(person: Log, report: Take) -> None:
    report()
    report("石桥路有人占道摆摊，行人过不去。")
    acceptor, colleague = person("SL01"), person("SL02")
    ids = [task["id"] for task in acceptor.json("GET", "/api/tasks").json["items"]]
    colleague.json("PUT", f"/api/tasks/{ids[0]}/claim")
    page = acceptor.post("/tasks/claims", {"task": ids}).text
    assert "领取成功 1 件" in page
    assert "受理员02" in page


def test_it_opens_a_task_without_claiming_it(person: Log, report: Take) -> None:
    no = report()
    acceptor = person("SL01")
    task = first_task(acceptor)
    page = acceptor.page(f"/tasks/{task['id']}")
    assert no in page
    assert "data-form" in page
    assert first_task(acceptor)["status"] == "open"


def test_it_refuses_other_posts_with_a_sentence(person: Log, report: Take) -> None:
    report()
    task = first_task(person("SL01"))
    response = person("GS-01").get(f"/tasks/{task['id']}")
    assert response.status_code == 403
    assert "不属于您的岗位" in response.text


def test_it_names_what_is_wrong_and_changes_nothing(person: Log, report: Take) -> None:
    report()
    acceptor = person("SL01")
    task = first_task(acceptor)
    refused = acceptor.json("POST", f"/api/tasks/{task['id']}/completion", {"data": {}})
    assert refused.status_code == 422
    assert refused.json["code"] == "INVALID_INPUT"
    assert refused.json["errors"]
    assert all(re.search("[一-龥]", text) for texts in refused.json["errors"].values() for text in texts)
    assert first_task(acceptor)["version"] == task["version"]


def test_it_refuses_a_form_that_was_opened_before_the_task_changed(person: Log, report: Take) -> None:
    report()
    acceptor = person("SL01")
    task = first_task(acceptor)
    acceptor.json("PUT", f"/api/tasks/{task['id']}/claim")
    body = {"data": {}, "openedVersion": task["version"]}
    refused = acceptor.json("POST", f"/api/tasks/{task['id']}/completion", body)
    assert refused.status_code == 409
    assert refused.json["code"] == "STALE_VERSION"


GOOD = {
    "title": "污水井盖破损",
    "content": "榕树头牌坊旁边的污水井盖破了一个洞，晚上很危险。",
    "address": "榕树头牌坊",
    "appealType": "投诉",
    "villageCode": "990107001001",
    "categoryCode": "C0102",
    "relation": "无关",
    "specialCase": False,
}


def test_it_opens_the_next_task_of_the_same_list_after_submitting(person: Log, report: Take) -> None:
    report()
    report("石桥路有人占道摆摊，行人过不去。")
    acceptor = person("SL01")
    first, second = acceptor.json("GET", "/api/tasks").json["items"]
    parts = {"data": json.dumps(GOOD), "openedVersion": first["version"], "next": "1", "back": "stage=受理"}
    done = acceptor.post(f"/tasks/{first['id']}/completion", parts, headers={"Accept": "application/json"})
    assert done.status_code == 200, done.text
    assert done.json["location"].startswith(f"/tasks/{second['id']}")
    assert "back=stage" in done.json["location"]
    assert "按时" in acceptor.page("/tasks?scope=done")


def test_it_says_whose_a_finished_task_was(person: Log, report: Take) -> None:
    report()
    acceptor, colleague = person("SL01"), person("SL02")
    task = first_task(acceptor)
    assert acceptor.json("POST", f"/api/tasks/{task['id']}/completion", {"data": GOOD}).status_code == 200
    late = colleague.json("POST", f"/api/tasks/{task['id']}/completion", {"data": GOOD})
    assert late.status_code == 409
    assert late.json["code"] == "TASK_CLOSED"
    assert "已经办结或已被收回" in colleague.page(f"/tasks/{task['id']}")


def test_it_hands_a_task_to_a_colleague(person: Log, report: Take) -> None:
    report()
    acceptor = person("SL01")
    task = first_task(acceptor)
    acceptor.post(f"/tasks/{task['id']}/assignee", {"assignee": "SL03"})
    assert "受理员03" in acceptor.page(f"/tasks/{task['id']}")
    assert first_task(person("SL03"))["assignee"] == "SL03"
    assert acceptor.post(f"/tasks/{task['id']}/assignee", {"assignee": "PS-01"}).status_code in (403, 409)


def test_it_tells_a_photo_by_its_bytes(person: Log, report: Take) -> None:
    report()
    acceptor = person("SL01")
    task = first_task(acceptor)
    parts = {"data": json.dumps({}), "files::attachments::0": (io.BytesIO(b"<script>"), "a.jpg")}
    refused = acceptor.post(f"/tasks/{task['id']}/completion", parts, headers={"Accept": "application/json"})
    assert refused.status_code == 422
    assert "不是可用的照片" in refused.json["message_zh"]


def test_it_hands_forms_out_in_english_and_says_what_is_wrong_in_their_words(person: Log, report: Take) -> None:
    report()
    acceptor = person("SL01")
    task = first_task(acceptor)
    shown = acceptor.json("GET", f"/api/tasks/{task['id']}?lang=en").json["schema"]
    assert not _chinese(_labels(shown))
    assert "What is wrong where" in acceptor.page(f"/tasks/{task['id']}?lang=en")
    refused = acceptor.json("POST", f"/api/tasks/{task['id']}/completion?lang=en", {"data": {}})
    assert refused.status_code == 422
    assert not _chinese(text for texts in refused.json["errors"].values() for text in texts)


def test_it_words_what_was_filled_in_on_english_pages_and_stores_the_same(person: Log, answered: Pair) -> None:
    _appeal, case = answered()
    leader = person("ZB01")
    page = leader.page(f"/orders/{case}?lang=en").partition("Raw events")[0]
    assert "Solved" in page
    assert "已解决" not in page
    assert leader.json("GET", f"/api/orders/{case}?lang=en").json["document"]["resultCode"] == "已解决"


def test_it_quotes_values_of_the_document_in_english(app: Flask) -> None:
    chosen = {"type": "radio", "key": "again", "label": "结果", "values": [{"label": "已解决", "value": "已解决"}]}
    quoting = {"type": "text", "text": "{{resultCode}} {{again}} {{process}} {{unknown}}"}
    form = Form("f", "f", {"components": [chosen, quoting]})
    data = {"resultCode": "已解决", "again": "已解决", "process": "换了井盖"}
    with app.test_request_context("/?lang=en"):
        assert form_words.shown(form, data)["components"][1]["text"] == (
            'Solved {{if again = "已解决" then "Solved" else again}} {{process}} {{unknown}}'
        )
    with app.test_request_context("/?lang=zh"):
        assert form_words.shown(form, data) is form.schema


def test_texts_of_forms_say_units_and_moments_as_people_do(app: Flask) -> None:
    text = "{{subtask.unit}} {{mainUnit}} {{subtask.deadline}} {{suggestUnit}} {{community}}"
    form = Form("f", "f", {"components": [{"type": "text", "text": text}]})
    data = {
        "subtask": {"unit": "PS", "deadline": "2026-09-14T11:00+08:00"},
        "mainUnit": "unknown",
        "community": "PS",
    }
    with app.test_request_context("/?lang=zh"):
        assert form_words.shown(form, data)["components"][0]["text"] == (
            "禾江排水公司 {{mainUnit}} 2026-09-14 11:00 {{suggestUnit}} {{community}}"
        )


def _labels(parent: dict[str, Any]) -> Iterator[str]:
    for component in parent["components"]:
        yield from (str(component[name]) for name in ("label", "description") if name in component)
        yield from (str(one["label"]) for one in component.get("values") or ())
        yield from _labels(component) if "components" in component else ()


def _chinese(texts: Iterable[str]) -> list[str]:
    return [text for text in texts if re.search("[一-龥]", text)]
