"""The web application on a real database with the demo district, and people who use it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from webapp import create_app
from webapp.settings import Settings
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
