"""What a city's 12345 platform does towards a district, small: it sends orders and takes feedback.

Source: interfaces document, section 1, seen from the other side.
"""

from __future__ import annotations

import copy
import json
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from threading import RLock
from typing import Any

import requests

from connectors.contract import ACCEPTED, BUSY, INVALID_FIELD
from connectors.hotline_12345.samples import SAMPLES
from connectors.signature import AppKey, MemoryNonces, Secret, signed_headers, verify
from connectors.values import SHANGHAI, local_text
from engine.ports import BadMessage, Request

PUSH_PATH = "/open/v1/hotline/orders"
UNIT = "990107"
TIMEOUT = 15

Order = dict[str, Any]
Clock = Callable[[], datetime]


class Platform:
    """The orders of one simulated platform.

    target   address of Cityloop
    state    a file that keeps the orders over a restart; None: memory only
    """

    def __init__(
        self, target: str, app_key: str, secret: str, *, state: Path | None = None, clock: Clock | None = None
    ) -> None:
        self.target, self.app_key, self._secret = target.rstrip("/"), app_key, secret
        self.keys = {app_key: AppKey(app_key, (Secret(secret),))}
        self.clock = clock or (lambda: datetime.now(SHANGHAI))
        self.down = False
        self.orders: dict[str, Order] = {}
        self._nonces = MemoryNonces()
        self._state = state
        self._lock = RLock()
        if state and state.exists():
            self.orders = json.loads(state.read_text(encoding="utf-8"))

    # -------------------------------------------------------------- what it sends
    def compose(self, report: Mapping[str, Any]) -> str:
        """Write down a citizen's call as an order; `report` is as in SAMPLES. Returns the order's number."""
        now = self.clock()
        with self._lock:
            no = self._number(now)
            order = copy.deepcopy(dict(report)) | {"orderNo": no, "callTime": local_text(now), "channel": "电话"}
            order["dispatch"] = {"by": "市热线", "at": local_text(now), "toUnitCode": UNIT, "hostType": "主办"}
            order["limits"] = {"replyDeadline": local_text(now + timedelta(days=5)), "canReturn": True}
            self.orders[no] = {"order": order, "seq": 0, "pushes": [], "feedback": []}
            self._save()
        return no

    def sample(self, index: int) -> str:
        """Compose sample number `index` (they repeat)."""
        return self.compose(SAMPLES[index % len(SAMPLES)])

    def push(self, no: str, event: str, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Send one event of an order, signed, and note the answer; raises KeyError for an unknown order."""
        with self._lock:
            entry = self.orders[no]
            entry["seq"] += 1
            body = {"orderNo": no, "seq": entry["seq"], "eventType": event, "occurredAt": local_text(self.clock())}
        body |= entry["order"] if event == "DISPATCH" else dict(more or {})
        return self._send(no, body)

    def repeat(self, no: str) -> dict[str, Any]:
        """Send the last event again, as after a lost answer: same sequence, newly signed."""
        last = self.orders[no]["pushes"][-1]["body"]
        return self._send(no, last)

    def _send(self, no: str, body: dict[str, Any]) -> dict[str, Any]:
        content = json.dumps(body, ensure_ascii=False).encode()
        headers = signed_headers(
            "POST", PUSH_PATH, "", content,
            app_key=self.app_key, secret=self._secret, now=self.clock(), nonce=secrets.token_hex(16),
        )  # fmt: skip
        headers["Content-Type"] = "application/json; charset=utf-8"
        try:
            response = requests.post(self.target + PUSH_PATH, data=content, headers=headers, timeout=TIMEOUT)
            answer = response.json()
        except (requests.RequestException, ValueError) as error:
            answer = {"code": "", "message": f"未送达（{type(error).__name__}）", "data": {}}
        push = {"at": local_text(self.clock()), "event": body["eventType"], "body": body, "answer": answer}
        with self._lock:
            self.orders[no]["pushes"].append(push)
            self._save()
        return dict(answer)

    # -------------------------------------------------------------- what it takes
    def receive(self, request: Request) -> tuple[int, dict[str, Any]]:
        """Take one feedback: HTTP status and answer. A repeat gets the first answer, marked as duplicate."""
        if self.down:
            return 503, {"code": BUSY, "message": "系统维护中"}
        try:
            verify(request, self.keys, self._nonces, self.clock())
            body = json.loads(request.body)
            key = (str(body["orderNo"]), int(body["seq"]), str(body["action"]))
        except BadMessage as error:
            return 401, {"code": error.code, "message": error.zh}
        except (ValueError, KeyError, TypeError):
            return 400, {"code": INVALID_FIELD, "message": "缺少 orderNo、seq 或 action"}
        return 200, {"code": ACCEPTED, "message": "成功", "data": {"duplicate": self._note(key, body)}}

    def _note(self, key: tuple[str, int, str], body: dict[str, Any]) -> bool:
        no, seq, action = key
        with self._lock:
            # An order from before a restart without a state file is taken in, too: nothing gets lost.
            entry = self.orders.setdefault(no, {"order": {"orderNo": no}, "seq": 0, "pushes": [], "feedback": []})
            for known in entry["feedback"]:
                if (known["seq"], known["action"]) == (seq, action):
                    known["repeats"] += 1
                    return True
            at = local_text(self.clock())
            entry["feedback"].append({"at": at, "seq": seq, "action": action, "body": body, "repeats": 0})
            self._save()
            return False

    # -------------------------------------------------------------- what it shows
    def overview(self) -> dict[str, Any]:
        """Everything the page shows, newest order first."""
        with self._lock:
            return {"target": self.target, "down": self.down, "orders": list(reversed(list(self.orders.values())))}

    def _number(self, now: datetime) -> str:
        count = now.second * 100
        while (no := f"9901{now:%Y%m%d%H%M}{count:06d}") in self.orders:
            count += 1
        return no

    def _save(self) -> None:
        if self._state:
            draft = self._state.with_suffix(".new")
            draft.write_text(json.dumps(self.orders, ensure_ascii=False), encoding="utf-8")
            draft.replace(self._state)
