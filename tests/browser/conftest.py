"""A live Cityloop (web server, worker, PostgreSQL) and people with real browsers."""

from __future__ import annotations

import asyncio
import io
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from PIL import Image
from waitress.server import create_server

from tests.web.conftest import PASSWORD
from webapp import create_app, exif, models, worker
from webapp.settings import ROOT, Settings
from webapp.times import ZONE
from webapp.wiring import Wiring, wire

PC = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
PICTURES = ROOT / "var" / "screenshots"
#: Long enough for a busy machine: a page, a step and a message between two work orders.
PATIENCE = 20_000


@dataclass
class Live:
    """A running installation."""

    address: str
    wiring: Wiring

    def rows(self, sql: str, **params: Any) -> list[dict[str, Any]]:
        with self.wiring.engine.database.transaction() as transaction:
            return transaction.rows(sql, params)

    def wait_for(self, sql: str, **params: Any) -> dict[str, Any]:
        """The first row, as soon as there is one."""
        end = time.monotonic() + PATIENCE / 1000
        while time.monotonic() < end:
            found = self.rows(sql, **params)
            if found:
                return found[0]
            time.sleep(0.1)
        raise AssertionError(f"nothing came of: {sql} {params}")

    def task(self, no: str, element: str) -> int:
        """The id of an open task, as soon as it is there."""
        sql = (
            "select id from user_task where order_no = %(no)s and element = %(element)s "
            "and status in ('open', 'claimed')"
        )
        return int(self.wait_for(sql, no=no, element=element)["id"])


@pytest.fixture(scope="module")
def live(make_database: Callable[..., str], district_template: str, tmp_path_factory: Any) -> Iterator[Live]:
    """Web server and worker on the demo district."""
    settings = Settings(
        database_url=make_database(district_template),
        embedded=False,
        var_dir=tmp_path_factory.mktemp("var"),
        secret_key="a secret key of the tests",
        vault_key=bytes(32),
        demo=True,
        demo_password=PASSWORD,
    )
    wiring = wire(settings)
    _give_passwords(wiring)
    app = create_app(settings, wiring)
    server = create_server(app, host="127.0.0.1", port=0, threads=6)
    threading.Thread(target=server.run, daemon=True).start()
    stop = _start_worker(wiring)
    yield Live(f"http://127.0.0.1:{server.effective_port}", wiring)
    stop()
    server.close()
    with app.app_context():
        models.dispose()
    wiring.close()


def _give_passwords(wiring: Wiring) -> None:
    from argon2 import PasswordHasher
    from sqlalchemy import update

    from engine.tables import account

    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with wiring.engine.database.engine.begin() as connection:
        connection.execute(update(account).values(password_hash=quick.hash(PASSWORD)))


def _start_worker(wiring: Wiring) -> Callable[[], None]:
    """The worker's queue and ticks in a thread; returns how to stop it."""
    loop = asyncio.new_event_loop()
    running: list[asyncio.Task[None]] = []

    async def work() -> None:
        queue = worker.create_app(wiring)
        ticks = worker.schedule(wiring)
        ticks.start()
        try:
            async with queue.open_async():
                await queue.run_worker_async(
                    queues=["job", "timer"],
                    concurrency=2,
                    fetch_job_polling_interval=0.5,
                    install_signal_handlers=False,
                )
        finally:
            ticks.shutdown(wait=False)

    def run() -> None:
        asyncio.set_event_loop(loop)
        running.append(loop.create_task(work()))
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(running[0])
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()

    def stop() -> None:
        loop.call_soon_threadsafe(running[0].cancel)
        thread.join(timeout=15)

    return stop


class Somebody:
    """A person in front of a screen."""

    def __init__(self, live: Live, page: Any) -> None:
        self.live, self.page = live, page
        self.complaints: list[str] = []
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._heard)

    def _heard(self, message: Any) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def go(self, path: str) -> Somebody:
        self.page.goto(self.live.address + path)
        return self

    def log_in(self, user_id: str) -> Somebody:
        self.go("/login")
        self.page.fill("#user_id", user_id)
        self.page.fill("#password", PASSWORD)
        self.page.click("main form button[type=submit]")
        self.page.wait_for_url("**/tasks")
        return self

    def open_task(self, no: str, element: str) -> Somebody:
        self.go(f"/tasks/{self.live.task(no, element)}")
        self.page.wait_for_selector(".fjs-form .fjs-form-field")
        return self

    def field(self, label: str) -> Any:
        """The form field with this label."""
        return self.page.locator(".fjs-form-field", has=self.page.locator("label", has_text=label)).last

    def write(self, label: str, text: str) -> Somebody:
        self.field(label).locator("input, textarea").first.fill(text)
        return self

    def choose(self, label: str, option: str, search: str = "") -> Somebody:
        """Pick from a select, searching when it is searchable."""
        box = self.field(label)
        if search:
            box.locator("input").first.click()
            box.locator("input").first.fill(search)
        else:
            box.locator(".fjs-input-group, .fjs-select-display, .fjs-taglist, input").first.click()
        self.page.locator(".fjs-dropdownlist-item", has_text=option).first.click()
        return self

    def tick(self, label: str, option: str) -> Somebody:
        """Choose a radio button."""
        self.field(label).get_by_label(option, exact=True).check()
        return self

    def place(self, label: str, lon: float = 114.903, lat: float = 21.7) -> Somebody:
        """Enter where something is."""
        boxes = self.field(label).locator("input[type=number]")
        boxes.nth(0).fill(str(lon))
        boxes.nth(1).fill(str(lat))
        return self

    def shoot(self, label: str, colour: str, name: str = "照片.jpg") -> Somebody:
        """Take a photo: one of a single colour that nobody else has."""
        out, taken = io.BytesIO(), exif.write(exif.Shot(datetime.now(ZONE)), secrets.token_hex(8))
        Image.new("RGB", (640, 480), colour).save(out, "JPEG", exif=taken)
        file = {"name": name, "mimeType": "image/jpeg", "buffer": out.getvalue()}
        self.field(label).locator("input[type=file]").first.set_input_files(file)
        self.field(label).locator(".photo-field__item img").first.wait_for()
        return self

    def today(self, label: str) -> Somebody:
        """The first time of today in a field for date and time."""
        self.field(label).locator("input").nth(0).click()
        self.page.locator(".flatpickr-calendar.open .flatpickr-day.today").click()
        self.field(label).locator("input:visible").last.click()
        self.page.locator(".fjs-dropdownlist-item").first.click()
        return self

    def submit(self) -> Somebody:
        """Send the form and wait until it was accepted."""
        with self.page.expect_navigation():
            self.page.click("[data-task-form] button[type=submit].btn--primary")
        return self

    def picture(self, name: str, full: bool = False) -> Somebody:
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=str(PICTURES / f"{name}.png"), full_page=full)
        return self

    @property
    def text(self) -> str:
        return str(self.page.inner_text("body"))


@pytest.fixture
def somebody(live: Live, chromium: Any) -> Iterator[Callable[..., Somebody]]:
    """`somebody(PHONE)` opens a browser; in the end nobody may have met a script error."""
    people: list[Somebody] = []

    def enter(size: dict[str, int] = PC, locale: str = "zh") -> Somebody:
        context = chromium.new_context(viewport=size, locale="zh-CN", has_touch=size is PHONE)
        context.add_cookies([{"name": "locale", "value": locale, "url": live.address}])
        people.append(Somebody(live, context.new_page()))
        return people[-1]

    yield enter
    complaints = [complaint for person in people for complaint in person.complaints]
    for person in people:
        person.page.context.close()
    assert complaints == []
