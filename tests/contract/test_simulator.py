"""The simulated hotline speaks the agreed language on both sides."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
import requests

from connectors.hotline_12345 import connector, simulator
from connectors.hotline_12345.platform import Platform
from connectors.hotline_12345.samples import SAMPLES
from connectors.signature import MemoryNonces
from engine.ports import Delivery, TryLater
from tests.contract.connector_contract import APP_KEY, NOW, SECRET
from tests.contract.other_side import OtherSide
from tests.contract.test_hotline_12345 import FINISH


@pytest.fixture
def cityloop() -> Iterator[OtherSide]:
    with OtherSide() as side:
        yield side


@pytest.fixture
def hotline(cityloop: OtherSide, tmp_path: Path) -> Iterator[simulator.Simulator]:
    platform = Platform(cityloop.url, APP_KEY, SECRET, state=tmp_path / "state.json", clock=lambda: NOW)
    server = simulator.Simulator(platform)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def ours(url: str) -> connector.HotlineConnector:
    return connector.connect({"base_url": url, "app_key": APP_KEY, "secret": SECRET}, MemoryNonces())


def delivery(order_no: str) -> Delivery:
    payload = FINISH | {"orderNo": order_no}
    return Delivery(1, "hotline_12345.finish", payload, "k", 1, "SQ1", 9, NOW - timedelta(hours=1))


def test_it_pushes_a_composed_report_that_our_connector_understands(
    hotline: simulator.Simulator, cityloop: OtherSide
) -> None:
    made = requests.post(f"{hotline.url}/api/orders", json={"sample": 0}, timeout=5).json()
    assert made["answer"]["code"] == "0"
    inbound = ours(hotline.url).parse(cityloop.got[0], NOW)
    assert inbound.report is not None
    assert inbound.report.source_order_no == made["orderNo"]
    assert inbound.report.content == SAMPLES[0]["content"]
    assert inbound.report.reply_due_at == NOW + timedelta(days=5)


@pytest.mark.parametrize("index", range(len(SAMPLES)))
def test_every_sample_is_a_good_report(hotline: simulator.Simulator, cityloop: OtherSide, index: int) -> None:
    requests.post(f"{hotline.url}/api/orders", json=SAMPLES[index], timeout=5)
    report = ours(hotline.url).parse(cityloop.got[0], NOW).report
    assert report is not None
    assert len(report.content) >= 10
    assert report.reporter.phone.startswith("120000")
    assert report.place.town_code is not None


def test_it_lists_the_feedback_it_got_once(hotline: simulator.Simulator) -> None:
    no = hotline.platform.sample(1)
    for attempt in (1, 2):
        ours(hotline.url).deliver(replace(delivery(no), attempt=attempt), NOW)
    [order] = requests.get(f"{hotline.url}/api/orders", timeout=5).json()["orders"]
    [feedback] = order["feedback"]
    assert (feedback["action"], feedback["repeats"]) == ("FINISH", 1)
    assert feedback["body"]["result"]["reply"] == FINISH["reply"]


def test_it_refuses_feedback_that_is_not_signed(hotline: simulator.Simulator) -> None:
    answer = requests.post(f"{hotline.url}/api/order/feedback", json={"orderNo": "1"}, timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (401, "2001")


def test_while_it_is_down_our_connector_tries_later(hotline: simulator.Simulator) -> None:
    no = hotline.platform.sample(0)
    requests.put(f"{hotline.url}/api/down", json={"down": True}, timeout=5)
    with pytest.raises(TryLater):
        ours(hotline.url).deliver(delivery(no), NOW)
    requests.put(f"{hotline.url}/api/down", json={"down": False}, timeout=5)
    ours(hotline.url).deliver(delivery(no), NOW)
    assert len(hotline.platform.orders[no]["feedback"]) == 1


def test_it_urges_and_repeats_with_the_sequence_that_belongs_to_it(
    hotline: simulator.Simulator, cityloop: OtherSide
) -> None:
    no = requests.post(f"{hotline.url}/api/orders", json={"sample": 2}, timeout=5).json()["orderNo"]
    events = f"{hotline.url}/api/orders/{no}/events"
    requests.post(events, json={"eventType": "URGE", "text": "请加快"}, timeout=5)
    requests.post(events, json={"repeat": True}, timeout=5)
    bodies = [json.loads(request.body) for request in cityloop.got]
    assert [(body["eventType"], body["seq"]) for body in bodies] == [("DISPATCH", 1), ("URGE", 2), ("URGE", 2)]
    assert len({request.headers["X-Nonce"] for request in cityloop.got}) == 3


def test_it_keeps_its_orders_over_a_restart(hotline: simulator.Simulator, tmp_path: Path) -> None:
    no = hotline.platform.sample(0)
    again = Platform("http://127.0.0.1:9", APP_KEY, SECRET, state=tmp_path / "state.json")
    assert again.orders.keys() == {no}
    assert SECRET not in (tmp_path / "state.json").read_text(encoding="utf-8")


def test_other_sites_cannot_operate_it(hotline: simulator.Simulator) -> None:
    answer = requests.post(f"{hotline.url}/api/orders", data='{"sample": 0}', timeout=5)
    assert answer.status_code == 400
    assert hotline.platform.orders == {}


def test_its_page_is_there_and_unknown_addresses_are_not(hotline: simulator.Simulator) -> None:
    assert "模拟12345热线平台" in requests.get(hotline.url, timeout=5).content.decode()
    assert requests.get(f"{hotline.url}/nowhere", timeout=5).status_code == 404
    assert requests.post(f"{hotline.url}/api/orders/1/events", json={}, timeout=5).status_code == 404


def test_an_unreachable_cityloop_is_shown_not_raised(tmp_path: Path) -> None:
    platform = Platform("http://127.0.0.1:9", APP_KEY, SECRET)
    answer = platform.push(platform.sample(0), "DISPATCH")
    assert "未送达" in answer["message"]


def test_it_does_not_start_without_a_secret(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for start in simulator.SETTINGS:
        monkeypatch.delenv(f"{start}SECRET", raising=False)
    assert simulator.main(["--port", "0"]) == 2
    assert "密钥" in capsys.readouterr().err
