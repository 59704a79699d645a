"""The REST interface."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256

from connectors.values import SHANGHAI
from engine.ports import FileContent
from tests.conftest import ROOT
from tests.web.conftest import Person
from webapp.crypto import sm3
from webapp.provenance import Ever

NOON = datetime(2026, 9, 14, 12, tzinfo=SHANGHAI)
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


def test_it_gives_evidence_and_versions_with_an_order(
    person: Log, accepted: Callable[..., tuple[str, str]], submit: Callable[..., None]
) -> None:
    photo = FileContent("井盖.jpg", "image/jpeg", b"\xff\xd8 a manhole cover", "before", NOON, 114.903, 21.7)
    appeal, case = accepted(files=(photo,))
    submit("PQ01", case, mode="单办", mainUnit="PS", opinion="请尽快到场处置")
    found = person("PQ01").json("GET", f"/api/orders/{case}").json
    (kept,) = found["evidence"]
    assert (kept["name"], kept["phase"], kept["orderNo"]) == ("井盖.jpg", "before", appeal)
    assert kept["sm3"] == sm3(photo.content)
    assert (kept["lon"], kept["lat"]) == (114.903, 21.7)
    assert kept["shotAt"].startswith("2026-09-14T12:00")
    assert kept["by"]
    used = {kind: {one["key"]: one for one in rows} for kind, rows in found["versions"].items()}
    assert used["processes"].keys() >= {"city_case", "dispatch", "handle"}
    assert "return" not in used["processes"]
    assert used["decisions"].keys() >= {"dmn_priority", "dmn_dispatch", "dmn_sla"}
    assert "dmn_return" not in used["decisions"]
    assert used["forms"].keys() >= {"dispatch/dispatch", "handle/sign"}
    source = (ROOT / "processes/city_case/city_case.bpmn").read_bytes()
    assert used["processes"]["city_case"] == {
        "key": "city_case",
        "version": 1,
        "name": "城市案件",
        "digest": sha256(source).hexdigest(),
    }


def test_a_version_is_the_one_that_stood_at_the_moment() -> None:
    day = timedelta(days=1)
    first = {"version": 1, "at": NOON, "effect_at": None, "revoked_at": None, "towns": []}
    here = {**first, "version": 2, "at": NOON + day, "effect_at": NOON + 2 * day, "towns": ["990107001000"]}
    taken_back = {**first, "version": 3, "at": NOON + 3 * day, "revoked_at": NOON + 4 * day}
    ever = Ever({("decision", "dmn_sla"): [taken_back, here, first]}, "990107001000")
    elsewhere = Ever(ever.rows, "990107002000")

    def stood(known: Ever, days: float) -> int:
        row = known.at("decision", "dmn_sla", NOON + timedelta(days=days))
        assert row is not None
        return int(row["version"])

    assert [stood(ever, days) for days in (-1, 0, 1.5, 2, 3.5, 4)] == [1, 1, 1, 2, 3, 2]
    assert ever.at("decision", "dmn_unheard_of", NOON) is None
    assert [stood(elsewhere, days) for days in (2, 3.5, 4)] == [1, 3, 1]


def test_it_describes_itself(anybody: Person) -> None:
    paths = anybody.get("/api/openapi.json").json["paths"]
    assert "/api/tasks/{task_id}/completion" in paths
    assert "put" in paths["/api/tasks/{task_id}/claim"]
    page = anybody.page("/api/docs")
    assert "/api/orders/{no}/history" in page
    assert "//cdn" not in page
