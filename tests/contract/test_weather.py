"""The connector of the weather holds the contract; what it makes of a round of observations."""

from __future__ import annotations

from typing import Any

import pytest

from connectors import weather
from engine.ports import Delivery, Rejected
from tests.contract.connector_contract import NOW, ConnectorContract

ROUND: dict[str, Any] = {
    "reportId": "QX-2026091507",
    "seq": 1,
    "observedAt": "2026-09-15 07:40:00",
    "places": [
        {"townCode": "", "phenomenon": "中雨", "temperature": 26.5, "rain": 12.4, "wind": 4, "warning": ""},
        {
            "townCode": "990107001000",
            "phenomenon": "暴雨",
            "temperature": 25,
            "rain": 42,
            "wind": 6,
            "warning": "暴雨橙色",
        },
    ],
}


class TestWeather(ConnectorContract):
    make = staticmethod(weather.connect)
    path = "/open/v1/weather"
    sample = ROUND
    required = {"reportId": "实况编号", "observedAt": "观测时间", "places": "各地实况"}
    deliveries: dict[str, Any] = {}

    def test_it_becomes_observations_with_our_codes(self) -> None:
        inbound = self.connector().parse(self.request(), NOW)
        assert (inbound.message, inbound.business_key) == ("msg.weather.observed", "QX-2026091507")
        assert inbound.payload["observations"] == [
            {"phenomenon": "中雨", "temperature": 26.5, "rain": 12.4, "wind": 4},
            {
                "townCode": "990107001000",
                "phenomenon": "暴雨",
                "temperature": 25.0,
                "rain": 42.0,
                "wind": 6,
                "warning": "暴雨橙色",
            },
        ]
        assert inbound.payload["observedAt"].startswith("2026-09-15T07:40:00")

    def test_nothing_goes_out(self) -> None:
        job = Delivery(7, "weather.send", {}, "order-7:4", 1, "QX2026091501000001", 4, NOW)
        with pytest.raises(Rejected):
            self.connector().deliver(job, NOW)
