"""The REST interface."""

from __future__ import annotations

from collections.abc import Callable

from tests.web.conftest import Person

Log = Callable[[str], Person]


def test_it_asks_programs_to_log_in_with_json(anybody: Person) -> None:
    response = anybody.get("/api/tasks")
    assert response.status_code == 401
    assert response.json["code"] == "NOT_LOGGED_IN"
    assert response.json["message_zh"]
    assert response.json["message_en"]


def test_it_refuses_changes_without_the_forgery_token(person: Log) -> None:
    response = person("SL01").client.post("/api/reports", json={"content": "路灯不亮，晚上看不见路。"})
    assert response.status_code == 400
    assert response.json["code"] == "CSRF"


def test_it_takes_a_report_once(person: Log) -> None:
    acceptor = person("SL01")
    body = {"content": "路灯不亮，晚上看不见路。", "sourceOrderNo": "CK-1", "address": "石桥路"}
    first = acceptor.json("POST", "/api/reports", body)
    assert first.status_code == 201
    assert first.json["duplicate"] is False
    again = acceptor.json("POST", "/api/reports", body)
    assert again.json == {"no": first.json["no"], "duplicate": True}


def test_it_names_the_fields_of_a_bad_request(person: Log) -> None:
    refused = person("SL01").json("POST", "/api/reports", {"content": "x", "lon": 999})
    assert refused.status_code == 422
    assert set(refused.json["errors"]["json"]) == {"content", "lon"}
    assert refused.json["message_zh"]


def test_it_gives_a_task_with_its_form_and_only_what_the_form_binds(person: Log, report: Callable[..., str]) -> None:
    no = report()
    acceptor = person("SL01")
    item = acceptor.json("GET", f"/api/tasks?q={no}").json["items"][0]
    task = acceptor.json("GET", f"/api/tasks/{item['id']}").json
    assert task["orderNo"] == no
    assert task["mayWork"] is True
    assert task["schema"]["type"] == "default"
    assert len(task["context"]["categories"]) == 101
    assert "reporterRef" not in task["context"]
    assert "reporterPhone" not in task["context"]


def test_it_pages_through_tasks_without_losing_any(person: Log, report: Callable[..., str]) -> None:
    numbers = {report(f"第{n}盏路灯不亮，晚上看不见路。") for n in range(5)}
    acceptor = person("SL01")
    seen: list[str] = []
    after = ""
    while after is not None:
        page = acceptor.json("GET", f"/api/tasks?limit=2&after={after.replace('+', '%2B')}").json
        seen += [task["orderNo"] for task in page["items"]]
        after = page["next"]
    assert sorted(seen) == sorted(numbers)


def test_it_tells_the_story_of_an_order(person: Log, report: Callable[..., str]) -> None:
    no = report()
    history = person("SL01").json("GET", f"/api/orders/{no}/history").json
    assert [event["kind"] for event in history][0] == "OrderOpened"
    assert "TaskOpened" in {event["kind"] for event in history}
    assert "林小燕" not in str(history)
    assert "13800138000" not in str(history)


def test_it_lists_orders_and_live_processes(person: Log, report: Callable[..., str]) -> None:
    no = report()
    acceptor = person("SL01")
    assert [one["no"] for one in acceptor.json("GET", "/api/orders?kind=appeal").json["items"]] == [no]
    keys = {one["key"]: one for one in acceptor.json("GET", "/api/definitions").json}
    assert keys["city_appeal"]["running"] == 1
    assert {"city_case", "dispatch", "handle", "verify", "rate"} <= keys.keys()


def test_it_describes_itself(anybody: Person) -> None:
    paths = anybody.get("/api/openapi.json").json["paths"]
    assert "/api/tasks/{task_id}/completion" in paths
    assert "put" in paths["/api/tasks/{task_id}/claim"]
    page = anybody.page("/api/docs")
    assert "/api/orders/{no}/history" in page
    assert "//cdn" not in page
