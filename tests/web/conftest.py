"""The web application on a real database with the demo district, and people who use it."""

from __future__ import annotations

import io
import json
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from engine import timers
from engine.commands import FireTimer
from webapp import create_app, exif
from webapp.settings import Settings
from webapp.times import ZONE
from webapp.wiring import Wiring, wire

PASSWORD = "correct horse battery"
MONDAY = datetime(2026, 9, 14, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


class Clock:
    """A time that stands until it is moved."""

    def __init__(self, moment: datetime = MONDAY) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **span: float) -> None:
        self.moment += timedelta(**span)


@dataclass
class Person:
    """Somebody with a browser."""

    client: FlaskClient
    name: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, **options)

    def page(self, path: str, status: int = 200) -> str:
        """The text of a page, which must be there."""
        response = self.client.get(path, headers=self.headers, follow_redirects=True)
        assert response.status_code == status, response.text[:2000]
        return response.text

    def token(self, path: str = "/login") -> str:
        """The request-forgery token of a page."""
        text = self.client.get(path, follow_redirects=True).text
        return re.search(r'name="csrf-token" content="([^"]+)"', text)[1]  # type: ignore[index]

    def post(self, path: str, data: Any = None, *, follow: bool = False, **options: Any) -> TestResponse:
        headers = {"X-CSRFToken": self.token("/healthz" if not self.name else "/notices"), **options.pop("headers", {})}
        return self.client.post(path, data=data, headers=headers, follow_redirects=follow, **options)

    def json(self, method: str, path: str, body: Any = None) -> TestResponse:
        """Ask the REST interface, as a script on the page does."""
        headers = {"X-CSRFToken": self.token("/notices"), "Accept": "application/json"}
        return self.client.open(path, method=method, json=body, headers=headers)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(district_database_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=district_database_url,
        embedded=False,
        var_dir=tmp_path,
        secret_key="a secret key of the tests",
        vault_key=bytes(32),
        demo=True,
        demo_password=PASSWORD,
    )


@pytest.fixture
def wiring(settings: Settings, clock: Clock) -> Iterator[Wiring]:
    from argon2 import PasswordHasher
    from sqlalchemy import update

    from engine.tables import account

    made = wire(settings, clock)
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with made.engine.database.engine.begin() as connection:
        connection.execute(update(account).values(password_hash=quick.hash(PASSWORD)))
    yield made
    made.close()


@pytest.fixture
def app(settings: Settings, wiring: Wiring) -> Iterator[Flask]:
    from webapp import models

    made = create_app(settings, wiring)
    made.testing = True
    yield made
    with made.app_context():
        models.dispose()


@pytest.fixture
def anybody(app: Flask) -> Person:
    """Somebody who is not logged in."""
    return Person(app.test_client())


@pytest.fixture
def person(app: Flask) -> Callable[[str], Person]:
    """`person("SL01")` is logged in."""

    def log_in(user_id: str) -> Person:
        one = Person(app.test_client())
        form = {"user_id": user_id, "password": PASSWORD, "csrf_token": one.token("/login")}
        response = one.client.post("/login", data=form)
        assert response.status_code == 302, response.text
        one.name = user_id
        return one

    return log_in


@pytest.fixture
def report(wiring: Wiring) -> Callable[..., str]:
    """Takes a report in; the number of its appeal."""
    from engine.commands import SubmitReport
    from engine.ports import Place, Report, Reporter

    count = iter(range(1, 1000))

    def take(content: str = "榕树头牌坊旁边的污水井盖破了一个洞，晚上很危险。", **more: Any) -> str:
        options = {
            "source": "public",
            "source_order_no": f"T{next(count)}",
            "channel": "网上反映",
            "content": content,
            "received_at": wiring.clock(),
            "reporter": Reporter("林小燕", "13800138000"),
            "place": Place("榕树头牌坊", None, None, "990107001001", "990107001000"),
        }
        return wiring.engine.execute(SubmitReport(Report(**{**options, **more}))).no

    return take


@pytest.fixture
def work(wiring: Wiring) -> Callable[[], None]:
    """Carries out every job that is due, as a worker would; what goes outside is accepted at once."""
    courier = replace(wiring.courier, deliver=lambda delivery, now: {})

    def catch_up() -> None:
        for _ in range(50):
            sql = "select id from job where status = 'due' and coalesce(next_at, %(now)s) <= %(now)s order by id"
            with wiring.engine.database.transaction() as transaction:
                due = transaction.rows(sql, {"now": wiring.clock()})
            if not due:
                return
            for row in due:
                courier.carry(row["id"])
        raise AssertionError("jobs never end")

    return catch_up


@pytest.fixture
def pass_time(wiring: Wiring, clock: Clock, work: Callable[[], None]) -> Callable[..., None]:
    """`pass_time(hours=24)`: the clock moves on, and what falls due happens."""

    def move(**by: float) -> None:
        clock.moment += timedelta(**by)
        with wiring.engine.database.transaction() as transaction:
            due = timers.due(transaction, clock())
        for timer in due:
            wiring.engine.execute(FireTimer(timer))
        work()

    return move


@pytest.fixture
def submit(person: Callable[[str], Person], work: Callable[[], None]) -> Callable[..., None]:
    """`submit("SL01", no, …)`: that person finishes their task of that work order, through the form's door.

    `task` names the element when several are open; `photos` says how many each field for photos gets.
    """

    def finish(user_id: str, no: str, task: str = "", photos: Mapping[str, int] | None = None, **data: Any) -> None:
        one = person(user_id)
        items = one.json("GET", f"/api/tasks?q={no}").json["items"]
        found = next(item for item in items if not task or item["element"] == task)
        shown = one.json("GET", f"/api/tasks/{found['id']}").json
        names = {key: [f"files::{key}::{n}" for n in range(count)] for key, count in (photos or {}).items()}
        parts = {name: (io.BytesIO(_photo(name)), f"{name}.jpg") for several in names.values() for name in several}
        given = json.dumps({**_asked(shown), **data, **names})
        response = one.post(
            f"/api/tasks/{shown['id']}/completion",
            {"data": given, "openedVersion": str(shown["version"]), **parts},
            content_type="multipart/form-data",
            headers={"Accept": "application/json"},
        )
        assert response.status_code == 200, response.text
        work()

    return finish


def _photo(words: str) -> bytes:
    """A photo just taken that nobody else has."""
    file = io.BytesIO()
    taken = exif.write(exif.Shot(datetime.now(ZONE)), f"{words}{secrets.token_hex(4)}")
    Image.new("RGB", (8, 8), "teal").save(file, "JPEG", exif=taken)
    return file.getvalue()


def _asked(task: dict[str, Any]) -> dict[str, Any]:
    """What the form starts with, for the fields it has."""
    return {name: value for name, value in task["context"].items() if not isinstance(value, list)}


REPLY = "您反映的井盖已于今天上午更换完毕，现场复测平稳，感谢您对城市管理工作的支持与监督，如有问题欢迎继续反映。"
CONTACTED = {
    "contactMode": "电话",
    "contactConnected": True,
    "contactRecord": "TH0914",
    "contactSummary": "已向群众说明今天上午更换。",
}
HANDLED = {
    "resultCode": "已解决",
    "process": "已更换污水井盖并复测平稳，周边清理完毕，群众现场确认。",
    "finishedAt": "2026-09-14T09:00+08:00",
}
ACCEPT = {
    "appealType": "投诉",
    "villageCode": "990107001001",
    "categoryCode": "C0102",
    "relation": "无关",
    "specialCase": False,
}


@pytest.fixture
def accepted(
    report: Callable[..., str], submit: Callable[..., None], person: Callable[[str], Person]
) -> Callable[..., tuple[str, str]]:
    """A report that became a case: (appeal number, case number)."""

    def accept(**report_of: Any) -> tuple[str, str]:
        appeal = report(**report_of)
        submit("SL01", appeal, **ACCEPT)
        return appeal, person("SL01").json("GET", f"/api/orders/{appeal}").json["caseNo"]

    return accept


@pytest.fixture
def answered(accepted: Callable[[], tuple[str, str]], submit: Callable[..., None]) -> Callable[[], tuple[str, str]]:
    """A case that was dispatched, handled, verified, and whose appeal was answered."""

    def answer() -> tuple[str, str]:
        appeal, case = accepted()
        submit("PQ01", case, mode="单办", mainUnit="PS", opinion="请尽快到场处置")
        submit("PS-01", case, signAction="签收")
        here = {"lon": 114.903, "lat": 21.7}
        submit("PS-01", case, "UT_contact", **CONTACTED)
        submit("PS-01", case, "UT_arr", {"photosSafe": 1}, arrivedGeo=here, hazard="已消除", arriveNote="已围蔽现场。")
        submit("PS-01", case, "UT_hdl", {"photosAfter": 1}, **HANDLED)
        submit("PS-02", case, "UT_rev", reviewDecision="同意")
        submit("WG001001001", case, "UT_site", {"verifyPhotos": 2}, verifyResult="通过", verifyPoint=here)
        submit("PS-01", appeal, resultCode="已解决", replyText=REPLY, publishable=True)
        submit("PQ01", appeal, "UT_rrev", replyReview="通过")
        return appeal, case

    return answer
