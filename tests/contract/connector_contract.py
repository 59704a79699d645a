"""What every connector has to satisfy. A connector's test inherits `ConnectorContract` and supplies samples.

class TestMine(ConnectorContract):
    make = staticmethod(my_connector.connect)        # (settings, seen) -> connector
    path = "/open/v1/mine/orders"
    sample = {...}                                   # the body of a good inbound message
    required = {"orderNo": "工单号", ...}             # path of a field -> Chinese words its complaint must have
    deliveries = {"mine.finish": {...}}              # operation -> a payload as the diagram gives it
"""

from __future__ import annotations

import copy
import json
import logging
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest

from connectors.contract import RoutedConnector
from connectors.signature import SHA256, SM3, AppKey, MemoryNonces, Secret, Seen, signed_headers, verify
from connectors.values import SHANGHAI
from engine.ports import BadMessage, Delivery, Rejected, Request, TryLater
from tests.contract.other_side import OtherSide

NOW = datetime(2026, 9, 15, 7, 42, tzinfo=SHANGHAI)
APP_KEY = "contract-test"
SECRET = "only-both-sides-know-this-0123456"
PREVIOUS = "the-secret-before-this-one-98765"
NOBODY_LISTENS = "http://127.0.0.1:9"


class ConnectorContract:
    make: ClassVar[Callable[[Mapping[str, Any], Seen], RoutedConnector]]
    path: ClassVar[str]
    sample: ClassVar[Mapping[str, Any]]
    required: ClassVar[Mapping[str, str]]
    deliveries: ClassVar[Mapping[str, Mapping[str, Any]]]
    identity: ClassVar[tuple[str, ...]] = ()
    """Texts of `sample` that say who the reporter is; they may stand in `Report.reporter` only."""

    # -------------------------------------------------------------- helpers
    @pytest.fixture
    def other_side(self) -> Iterator[OtherSide]:
        with OtherSide() as side:
            yield side

    def connector(self, base_url: str = NOBODY_LISTENS, **more: Any) -> RoutedConnector:
        settings = {"base_url": base_url, "app_key": APP_KEY, "secret": SECRET, "timeout": 0.3} | more
        return type(self).make(settings, MemoryNonces())

    def request(self, body: Any = None, now: datetime = NOW, secret: str = SECRET, algorithm: str = SM3) -> Request:
        content = json.dumps(self.sample if body is None else body, ensure_ascii=False).encode()
        headers = signed_headers(
            "POST", self.path, "", content,
            app_key=APP_KEY, secret=secret, now=now, nonce=secrets.token_hex(8), algorithm=algorithm,
        )  # fmt: skip
        return Request("POST", self.path, "", headers, content, "127.0.0.1")

    def some_delivery(self) -> Delivery:
        """One of its deliveries; a connector that only takes in has none to judge."""
        if not self.deliveries:
            pytest.skip("nothing goes out")
        return self.delivery(next(iter(self.deliveries)))

    def delivery(self, operation: str, attempt: int = 1) -> Delivery:
        payload = self.deliveries[operation]
        return Delivery(7, operation, payload, "order-7:4", attempt, "SQ2026091501000001", 4, NOW - timedelta(hours=1))

    def refused(self, request: Request, code: str, now: datetime = NOW, **settings: Any) -> BadMessage:
        with pytest.raises(BadMessage) as caught:
            self.connector(**settings).parse(request, now)
        assert caught.value.code == code
        return caught.value

    # -------------------------------------------------------------- what it is called
    def test_its_operations_bear_its_name_and_it_has_both_titles(self) -> None:
        connector = self.connector()
        assert connector.operations == set(self.deliveries)
        assert all(operation.startswith(f"{connector.name}.") for operation in connector.operations)
        assert connector.title_zh
        assert connector.title_en
        assert f"/open/v1/{connector.routes[0]}" == self.path

    # -------------------------------------------------------------- what comes in
    @pytest.mark.parametrize("algorithm", [SM3, SHA256])
    def test_it_takes_a_signed_message(self, algorithm: str) -> None:
        connector = self.connector()
        inbound = connector.parse(self.request(algorithm=algorithm), NOW)
        assert inbound.source == connector.name
        assert (inbound.report is None) != (inbound.message is None)
        assert inbound.message is None or inbound.message in connector.messages
        assert inbound.occurred_at.tzinfo is not None

    def test_a_repeat_has_the_same_idempotency_key(self) -> None:
        connector = self.connector()
        first = connector.parse(self.request(), NOW)
        repeat = connector.parse(self.request(), NOW + timedelta(minutes=1))
        keys = {(i.source, i.business_key, i.message_type, i.sequence, i.message_id) for i in (first, repeat)}
        assert len(keys) == 1

    def test_it_refuses_a_wrong_signature(self) -> None:
        error = self.refused(self.request(secret="not-the-secret"), "2001")
        assert "签名" in error.zh
        assert self.connector().answer(None, None, error)[0] == 401

    def test_it_refuses_a_changed_body(self) -> None:
        request = self.request()
        changed = replace(request, body=request.body.replace(b"}", b', "more": 1}', 1))
        assert "摘要" in self.refused(changed, "2001").zh
        hashed = dict(self.request(json.loads(changed.body)).headers)
        forged = {**request.headers, "X-Body-Hash": hashed["X-Body-Hash"]}
        assert "签名" in self.refused(replace(changed, headers=forged), "2001").zh

    def test_it_refuses_an_unknown_app_key_and_missing_headers(self) -> None:
        request = self.request()
        self.refused(replace(request, headers={**request.headers, "X-App-Key": "somebody"}), "2001")
        for name in ("X-Timestamp", "X-Nonce", "X-Signature", "X-Body-Hash"):
            left = {key: value for key, value in request.headers.items() if key != name}
            self.refused(replace(request, headers=left), "2001")

    @pytest.mark.parametrize("timestamp", ["", "now", "-1", "1e12", "99999999999999", "9" * 15, "9" * 400, "٣"])
    def test_it_refuses_a_strange_timestamp(self, timestamp: str) -> None:
        request = self.request()
        self.refused(replace(request, headers={**request.headers, "X-Timestamp": timestamp}), "2001")

    def test_it_refuses_everybody_while_no_secret_is_set(self) -> None:
        self.refused(self.request(secret=""), "2001", secret="")

    def test_it_refuses_a_replayed_request(self) -> None:
        connector, request = self.connector(), self.request()
        connector.parse(request, NOW)
        with pytest.raises(BadMessage, match="nonce") as caught:
            connector.parse(request, NOW + timedelta(seconds=5))
        assert caught.value.code == "2001"

    def test_a_request_with_a_wrong_signature_does_not_use_up_the_nonce(self) -> None:
        connector, request = self.connector(), self.request()
        forged = replace(request, headers={**request.headers, "X-Signature": "0" * 64})
        with pytest.raises(BadMessage):
            connector.parse(forged, NOW)
        assert connector.parse(request, NOW).source == connector.name

    @pytest.mark.parametrize("skew", [timedelta(minutes=6), timedelta(minutes=-6)])
    def test_it_refuses_a_clock_that_is_six_minutes_off(self, skew: timedelta) -> None:
        assert "5分钟" in self.refused(self.request(now=NOW + skew), "2001").zh

    @pytest.mark.parametrize("skew", [timedelta(minutes=5), timedelta(minutes=-5)])
    def test_it_accepts_a_clock_that_is_five_minutes_off(self, skew: timedelta) -> None:
        assert self.connector().parse(self.request(now=NOW + skew), NOW).business_key

    def test_the_previous_secret_is_good_until_it_ends(self) -> None:
        ending = {"previous_secret": PREVIOUS, "previous_not_after": "2026-09-15 08:00:00"}
        assert self.connector(**ending).parse(self.request(secret=PREVIOUS), NOW).business_key
        assert self.connector(**ending).parse(self.request(), NOW).business_key
        later = NOW + timedelta(hours=1)
        self.refused(self.request(secret=PREVIOUS, now=later), "2001", now=later, **ending)

    def test_it_refuses_a_caller_that_is_not_on_the_list(self) -> None:
        self.refused(self.request(), "2002", addresses=["192.0.2.1"])
        assert self.connector(addresses="192.0.2.1, 127.0.0.1").parse(self.request(), NOW).business_key

    def test_a_missing_field_is_named_in_chinese(self) -> None:
        assert self.required
        for field, words in self.required.items():
            error = self.refused(self.request(without(self.sample, field)), "1001")
            assert words in error.errors[field]
            status, body = self.connector().answer(None, None, error)
            assert (status, body["code"]) == (400, "1001")
            assert {"field": field, "message": error.errors[field]} in body["data"]["errors"]

    @pytest.mark.parametrize("nothing", [None, "", "null", "0000-00-00 00:00:00"])
    def test_the_ways_to_say_nothing_are_all_missing(self, nothing: Any) -> None:
        field = next(iter(self.required))
        self.refused(self.request(with_value(self.sample, field, nothing)), "1001")

    @pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00", b"{", b"[]", b"null", b'"text"', b"[" * 100_000])
    def test_what_is_no_message_is_refused_with_a_sentence(self, body: bytes) -> None:
        headers = signed_headers("POST", self.path, "", body, app_key=APP_KEY, secret=SECRET, now=NOW, nonce="n" * 16)
        error = self.refused(Request("POST", self.path, "", headers, body), "1001")
        assert error.zh.endswith("。")

    @pytest.mark.parametrize("text", ["a\x00b", "\ud83d"])
    def test_characters_that_no_database_keeps_are_refused(self, text: str) -> None:
        body = json.dumps({**self.sample, "more": [text]}).encode()
        headers = signed_headers("POST", self.path, "", body, app_key=APP_KEY, secret=SECRET, now=NOW, nonce="c" * 16)
        self.refused(Request("POST", self.path, "", headers, body), "1001")

    def test_it_reads_gb18030(self) -> None:
        text = json.dumps(self.sample, ensure_ascii=False).encode("gb18030")
        headers = signed_headers("POST", self.path, "", text, app_key=APP_KEY, secret=SECRET, now=NOW, nonce="g" * 16)
        headers["Content-Type"] = "application/json; charset=GBK"
        inbound = self.connector().parse(Request("POST", self.path, "", headers, text), NOW)
        plain = self.connector().parse(self.request(), NOW)
        assert replace(inbound, raw=b"") == replace(plain, raw=b"")

    def test_its_answer_has_the_agreed_shape(self) -> None:
        connector = self.connector()
        inbound = connector.parse(self.request(), NOW)
        status, body = connector.answer(inbound, {"no": "SQ2026091501000001", "duplicate": True}, None)
        assert (status, body["code"]) == (200, "0")
        assert body["data"]["caseNo"] == "SQ2026091501000001"
        assert body["data"]["duplicate"] is True
        assert len(body["traceId"]) == 16

    def test_an_error_of_ours_tells_the_sender_nothing_but_to_repeat(self) -> None:
        status, body = self.connector().answer(None, None, RuntimeError("password=1234"))
        assert (status, body["code"]) == (500, "9999")
        assert "1234" not in json.dumps(body)

    def test_the_reporters_identity_stays_in_the_reporter(self) -> None:
        inbound = self.connector().parse(self.request(), NOW)
        report = inbound.report
        elsewhere = [inbound.payload, inbound.business_key, inbound.message_id]
        if report:
            elsewhere += [report.extra, report.content, report.title, report.demand, report.place]
        for text in self.identity:
            assert text not in repr(elsewhere)

    # -------------------------------------------------------------- what goes out
    def test_it_delivers_every_operation_signed(self, other_side: OtherSide) -> None:
        keys = {APP_KEY: AppKey(APP_KEY, (Secret(SECRET),))}
        for operation in self.deliveries:
            result = self.connector(other_side.url).deliver(self.delivery(operation), NOW)
            assert result
            verify(other_side.got[-1], keys, MemoryNonces(), NOW)
        assert len(other_side.got) == len(self.deliveries)

    def test_a_repeated_delivery_repeats_its_keys_with_a_new_nonce(self, other_side: OtherSide) -> None:
        for operation in self.deliveries:
            connector = self.connector(other_side.url)
            for attempt in (1, 2):
                connector.deliver(self.delivery(operation, attempt), NOW + timedelta(minutes=attempt))
            first, second = other_side.got[-2:]
            assert json.loads(first.body) == json.loads(second.body)
            assert first.headers["X-Idempotency-Key"] == second.headers["X-Idempotency-Key"] == "order-7:4"
            assert first.headers["X-Nonce"] != second.headers["X-Nonce"]

    @pytest.mark.parametrize(
        ("status", "body"),
        [
            (500, b"oops"),
            (502, {"code": "1001"}),
            (503, {"code": "3001"}),
            (429, b""),
            (200, {"code": "3001"}),
            (200, {"code": "9999"}),
            (200, b"<html>portal</html>"),
            (200, b"null"),
        ],
    )
    def test_what_may_pass_is_tried_later(self, other_side: OtherSide, status: int, body: Any) -> None:
        other_side.answer(status, body, Retry_After="7")
        with pytest.raises(TryLater) as caught:
            self.connector(other_side.url).deliver(self.some_delivery(), NOW)
        assert caught.value.retry_after in (7.0, None)

    @pytest.mark.parametrize(
        ("status", "body", "code"),
        [
            (200, {"code": "1001", "message": "缺少字段"}, "1001"),
            (400, {"code": "1003", "message": "状态冲突"}, "1003"),
            (200, {"code": "1004"}, "1004"),
            (401, {"code": "2001"}, "2001"),
            (404, b"not here", "404"),
            (302, b"", "302"),
        ],
    )
    def test_what_cannot_pass_is_rejected(self, other_side: OtherSide, status: int, body: Any, code: str) -> None:
        other_side.answer(status, body, Location="/elsewhere")
        with pytest.raises(Rejected) as caught:
            self.connector(other_side.url).deliver(self.some_delivery(), NOW)
        assert caught.value.code == code
        assert len(other_side.got) == 1

    def test_nobody_listening_and_silence_are_tried_later(self, other_side: OtherSide) -> None:
        delivery = self.some_delivery()
        with pytest.raises(TryLater):
            self.connector(NOBODY_LISTENS).deliver(delivery, NOW)
        other_side.answer(200, {"code": "0"}, delay=0.6)
        with pytest.raises(TryLater):
            self.connector(other_side.url).deliver(delivery, NOW)

    def test_a_payload_without_its_fields_is_rejected_in_chinese(self, other_side: OtherSide) -> None:
        for operation in self.deliveries:
            with pytest.raises(Rejected, match="缺少"):
                self.connector(other_side.url).deliver(replace(self.delivery(operation), payload={}), NOW)
        assert other_side.got == []

    def test_an_unknown_operation_is_rejected(self) -> None:
        delivery = replace(self.some_delivery(), operation="nobody.knows")
        with pytest.raises(Rejected):
            self.connector().deliver(delivery, NOW)

    def test_after_ten_failures_it_spares_the_other_side(self, other_side: OtherSide) -> None:
        other_side.answer(503, b"")
        connector, delivery = self.connector(other_side.url), self.some_delivery()
        for _ in range(12):
            with pytest.raises(TryLater):
                connector.deliver(delivery, NOW)
        assert len(other_side.got) == 10
        other_side.answer(200, {"code": "0"})
        connector.deliver(delivery, NOW + timedelta(seconds=61))
        assert len(other_side.got) == 11

    # -------------------------------------------------------------- what stays secret
    def test_secrets_are_never_shown(self, other_side: OtherSide, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        shown: list[object] = []
        for url in (other_side.url, NOBODY_LISTENS):
            connector = self.connector(url, previous_secret=PREVIOUS, previous_not_after="2027-01-01 00:00:00")
            shown += [connector, vars(connector), connector.parse(self.request(), NOW)]
            for status in (200, 400, 503) if self.deliveries else ():
                other_side.answer(status, {"code": {200: "0", 400: "1001", 503: "3001"}[status]})
                try:
                    connector.deliver(self.some_delivery(), NOW)
                except (TryLater, Rejected) as error:
                    shown += [error, error.__cause__]
        shown.append(self.refused(self.request(secret="wrong"), "2001"))
        text = caplog.text + repr(shown) + " ".join(str(item) for item in shown)
        for secret in (SECRET, PREVIOUS, *self.identity):
            assert secret not in text


def without(sample: Mapping[str, Any], field: str) -> dict[str, Any]:
    """A copy of the message in which the field at this dotted path is missing."""
    changed = copy.deepcopy(dict(sample))
    *way, last = field.split(".")
    at: dict[str, Any] = changed
    for step in way:
        at = at[step]
    del at[last]
    return changed


def with_value(sample: Mapping[str, Any], field: str, value: Any) -> dict[str, Any]:
    """A copy of the message with another value at this dotted path."""
    changed = copy.deepcopy(dict(sample))
    *way, last = field.split(".")
    at: dict[str, Any] = changed
    for step in way:
        at = at[step]
    at[last] = value
    return changed
