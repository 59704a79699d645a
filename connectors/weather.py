"""The weather as the district's stations or the weather service tell it: one message, one or more places.

A case opened in the next hours keeps what was known of its town, else of the district.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marshmallow import validate

from connectors import contract
from connectors.fields import Degrees, Message, Moment, Parts, Text, Whole, load
from connectors.settings import app_keys
from connectors.signature import Seen, verify
from connectors.values import division, json_object
from engine.ports import Delivery, Inbound, Rejected, Request

NAME = "weather"
OBSERVED = "msg.weather.observed"


class Place(Message):
    """What it is like in one town; without a division code it is the whole district."""

    townCode = Text("区划编码（townCode）", longest=12, load_default="")
    phenomenon = Text("天气现象（phenomenon）", required=True, longest=20)
    temperature = Degrees("气温（temperature）", 60)
    rain = Degrees("一小时雨量（rain）", 500)
    wind = Whole("风力等级（wind）", most=17)
    warning = Text("预警信号（warning）", longest=40)


class Observation(Message):
    """One round of observation."""

    reportId = Text("实况编号（reportId）", required=True, longest=64)
    seq = Whole("序号（seq）", least=1, load_default=1)
    observedAt = Moment("观测时间（observedAt）", required=True)
    places = Parts("各地实况（places）", Place, required=True, validate=validate.Length(1, 100))


class WeatherConnector:
    """Takes observations in; nothing goes back."""

    name = NAME
    title_zh = "气象实况"
    title_en = "Weather observations"
    operations: frozenset[str] = frozenset()
    messages = frozenset((OBSERVED,))
    routes: tuple[str, ...] = ("weather",)

    def __init__(self, settings: Mapping[str, Any], seen: Seen) -> None:
        self.keys, self.seen = app_keys(settings), seen

    def parse(self, request: Request, now: datetime) -> Inbound:
        """One round. Raises BadMessage."""
        verify(request, self.keys, self.seen, now)
        round_ = load(Observation(), json_object(request.body, request.headers))
        return Inbound(
            source=NAME,
            business_key=round_["reportId"],
            message_type="OBSERVED",
            sequence=round_["seq"],
            message_id=f"{NAME}:{round_['reportId']}:{round_['seq']}",
            occurred_at=round_["observedAt"],
            message=OBSERVED,
            payload={
                "observedAt": round_["observedAt"].isoformat(),
                "observations": [_ours(one) for one in round_["places"]],
            },
            raw=request.body,
        )

    def answer(
        self, inbound: Inbound | None, result: Mapping[str, Any] | None, error: Exception | None
    ) -> tuple[int, Mapping[str, Any]]:
        return contract.answer(inbound, result, error)

    def deliver(self, delivery: Delivery, now: datetime) -> Mapping[str, Any]:
        """There is nothing to deliver."""
        raise Rejected(f"气象对接没有操作 {delivery.operation} / unknown operation", contract.INVALID_FIELD)


def _ours(place: Mapping[str, Any]) -> dict[str, Any]:
    """One place with the town's code of our reference data; none for the whole district."""
    town, _village = division(place["townCode"]) if place["townCode"] else (None, None)
    found = {**place, "townCode": town}
    return {name: value for name, value in found.items() if value not in (None, "")}


def connect(settings: Mapping[str, Any], seen: Seen) -> WeatherConnector:
    """The connector as `[connectors.weather]` of the settings describes it."""
    return WeatherConnector(settings, seen)
