"""What the hotline pushes goes through the web server and the engine into the database, once."""

from __future__ import annotations

import json
import secrets
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from connectors.signature import signed_headers
from connectors.values import SHANGHAI
from engine import tables
from webapp import inbound, security
from webapp.nonces import DatabaseNonces
from webapp.settings import load_settings
from webapp.wiring import Wiring, wire

PATH = "/open/v1/hotline/orders"
NOW = datetime(2026, 9, 15, 7, 46, tzinfo=SHANGHAI)
APP_KEY, SECRET = "demo-12345", "0123456789abcdef0123456789abcdef"
PHONE = "12000000123"
ORDER = {
    "orderNo": "9901002026091507420001",
    "seq": 1,
    "eventType": "DISPATCH",
    "caller": {"name": "王小明", "phone": PHONE},
    "title": "学校门口井盖破损",
    "content": "沙埔镇松岭中心小学门口的井盖破了，请尽快更换。",
    "incident": {"divisionCode": "990107100000", "address": "松岭中心小学门口"},
}
REMARK = {"orderNo": ORDER["orderNo"], "seq": 2, "eventType": "URGE", "text": "请加快办理"}


@pytest.fixture
def wiring(district_database_url: str, tmp_path: Path) -> Iterator[Wiring]:
    settings = load_settings({"CITYLOOP_VAR": str(tmp_path), "DATABASE_URL": district_database_url})
    hotline = {"hotline_12345": {"app_key": APP_KEY, "secret": SECRET, "base_url": "http://127.0.0.1:9"}}
    made = wire(replace(settings, connectors=hotline), lambda: NOW)
    yield made
    made.close()


@pytest.fixture
def client(wiring: Wiring) -> FlaskClient:
    app = Flask(__name__)
    app.config["SECRET_KEY"] = "tests"
    app.extensions["cityloop"] = wiring
    security.init(app)
    inbound.init(app)
    return app.test_client()


Push = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def push(client: FlaskClient) -> Push:
    def send(body: Any, now: datetime = NOW, secret: str = SECRET, path: str = PATH) -> tuple[int, dict[str, Any]]:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = signed_headers(
            "POST", path, "", content, app_key=APP_KEY, secret=secret, now=now, nonce=secrets.token_hex(8)
        )
        answer = client.post(path, data=content, headers=headers)
        return answer.status_code, answer.get_json()

    return send


def count(wiring: Wiring, table: Any, *where: Any) -> int:
    with wiring.engine.database.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table).where(*where)) or 0


def rows(wiring: Wiring, table: Any) -> list[Any]:
    with wiring.engine.database.engine.connect() as connection:
        return list(connection.execute(select(table)))


def test_a_pushed_order_becomes_one_appeal(push: Push, wiring: Wiring) -> None:
    status, body = push(ORDER)
    assert (status, body["code"], body["message"]) == (200, "0", "成功")
    [order] = rows(wiring, tables.work_order)
    assert (order.no, order.kind, order.source) == (body["data"]["caseNo"], "appeal", "hotline_12345")
    assert order.document["sourceOrderNo"] == ORDER["orderNo"]
    assert order.town_code == "990107100000"


def test_three_repeats_make_one_appeal_and_say_so(push: Push, wiring: Wiring) -> None:
    answers = [push(ORDER)[1] for _ in range(3)]
    assert [answer["data"]["duplicate"] for answer in answers] == [False, True, True]
    assert len({answer["data"]["caseNo"] for answer in answers}) == 1
    assert count(wiring, tables.work_order) == 1


def test_the_reporters_identity_is_only_in_the_vault(push: Push, wiring: Wiring) -> None:
    push(ORDER)
    everywhere = [
        row
        for table in (tables.work_order, tables.history, tables.user_task, tables.job, tables.inbound, tables.audit)
        for row in rows(wiring, table)
    ]
    assert everywhere
    assert PHONE not in str(everywhere)
    assert "王小明" not in str(everywhere)
    assert count(wiring, tables.reporter) == 1


def test_a_wrong_signature_is_401_and_leaves_no_trace(push: Push, wiring: Wiring) -> None:
    status, body = push(ORDER, secret="guessed")
    assert (status, body["code"]) == (401, "2001")
    assert count(wiring, tables.work_order) == count(wiring, tables.audit) == count(wiring, tables.nonce) == 0


def test_a_replayed_request_is_refused(client: FlaskClient, wiring: Wiring) -> None:
    content = json.dumps(ORDER).encode()
    headers = signed_headers("POST", PATH, "", content, app_key=APP_KEY, secret=SECRET, now=NOW, nonce="n" * 16)
    codes = [client.post(PATH, data=content, headers=headers).get_json()["code"] for _ in range(2)]
    assert codes == ["0", "2001"]


def test_six_minutes_of_skew_are_refused(push: Push) -> None:
    assert push(ORDER, now=NOW - timedelta(minutes=6))[1]["code"] == "2001"


def test_a_poison_message_is_kept_sealed_and_blocks_nothing(push: Push, wiring: Wiring) -> None:
    poison = {key: value for key, value in ORDER.items() if key != "content"}
    status, body = push(poison)
    assert (status, body["code"]) == (400, "1001")
    assert "诉求内容" in body["message"]
    [kept] = rows(wiring, tables.audit)
    assert PHONE not in str(kept)
    assert kept.data["fields"] == ["content"]
    assert json.loads(wiring.engine.ports.cipher.open(b64decode(kept.data["sealed"]))) == poison
    assert push(ORDER)[1]["code"] == "0"


def test_what_is_not_json_is_kept_too(push: Push, wiring: Wiring) -> None:
    assert push(b"\x00\x01{")[1]["code"] == "1001"
    assert count(wiring, tables.audit) == 1


def test_news_about_a_known_order_is_noted_in_its_history(push: Push, wiring: Wiring) -> None:
    no = push(ORDER)[1]["data"]["caseNo"]
    answers = [push(REMARK)[1] for _ in range(2)]
    assert [(answer["code"], answer["data"]["caseNo"]) for answer in answers] == [("0", no)] * 2
    assert [answer["data"]["duplicate"] for answer in answers] == [False, True]
    assert count(wiring, tables.history, tables.history.c.kind == "MessageReceived") == 1


def test_news_about_an_unknown_order_is_a_conflict(push: Push, wiring: Wiring) -> None:
    status, body = push(REMARK)
    assert (status, body["code"]) == (409, "1003")
    assert count(wiring, tables.audit) == 1


def test_an_address_of_nobody_is_404(push: Push) -> None:
    assert push(ORDER, path="/open/v1/nobody/orders")[0] == 404


def test_a_huge_body_is_refused(push: Push, client: FlaskClient) -> None:
    assert client.post(PATH, data=b"x" * (inbound.LARGEST + 1)).status_code == 413


def test_an_engine_that_fails_asks_for_a_repeat(
    push: Push, wiring: Wiring, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(command: object) -> None:
        raise RuntimeError("no connection")

    with monkeypatch.context() as broken:
        broken.setattr(wiring.engine, "execute", fail)
        status, body = push(ORDER)
    assert (status, body["code"]) == (500, "9999")
    assert "no connection" in caplog.text
    assert push(ORDER)[1]["data"]["duplicate"] is False


def test_the_database_remembers_nonces_for_ten_minutes(wiring: Wiring) -> None:
    seen = DatabaseNonces(wiring.engine.database)
    other = DatabaseNonces(wiring.engine.database)
    assert not seen("a", "n" * 16, NOW)
    assert other("a", "n" * 16, NOW + timedelta(minutes=9))
    assert not other("b", "n" * 16, NOW)
    assert not other("a", "n" * 16, NOW + timedelta(minutes=11))
