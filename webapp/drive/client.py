"""One person at the pages: signs in, reads the work list, opens a task, claims it, submits its form.

Submitting goes through the same addresses as the browser's; lists are read as JSON from `/api`.
"""

from __future__ import annotations

import io
import json
import secrets
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import requests
from PIL import Image

from webapp import exif
from webapp.drive.desk import keyed
from webapp.drive.pages import DriveError, Refused, TaskPage, alert_of, body, hidden_of, read_task, token_of, tree
from webapp.times import ZONE

TIMEOUT = 60
RESTART_WITHIN = 30.0
PAGE = 200
SCRIPT = {"X-Requested-With": "XMLHttpRequest", "Accept": "application/json"}


def patiently(session: requests.Session, method: str, url: str, **options: Any) -> requests.Response:
    """Ask again while the web server is being restarted: every change it takes is harmless when repeated.

    Raises DriveError after half a minute.
    """
    give_up = time.monotonic() + RESTART_WITHIN
    while True:
        try:
            return session.request(method, url, timeout=TIMEOUT, **options)
        except requests.RequestException as error:
            if time.monotonic() > give_up:
                address = url.partition("?")[0]
                raise DriveError(f"{address} 无法访问 / not reachable ({type(error).__name__})") from error
            time.sleep(0.5)


class Person:
    """A signed-in member of staff. Not shared between threads."""

    def __init__(self, base_url: str, user_id: str, password: str) -> None:
        self.base_url, self.user_id, self._password = base_url.rstrip("/"), user_id, password
        self._session = requests.Session()
        self._signed_in = False

    def close(self) -> None:
        self._session.close()

    # -------------------------------------------------------------- signing in
    def sign_in(self) -> None:
        """Log in through the page. Raises DriveError with the page's sentence; waits when asked to."""
        for _ in range(10):
            page = tree(self._request("GET", "/login"))
            form = {"csrf_token": token_of(page), "user_id": self.user_id, "password": self._password}
            response = self._request("POST", "/login", data=form, allow_redirects=False)
            if response.status_code in (302, 303):
                self._signed_in = True
                return
            if response.status_code != 429:
                raise DriveError(f"{self.user_id} 无法登录 / cannot log in: {alert_of(tree(response))}")
            time.sleep(15)
        raise DriveError(f"{self.user_id} 登录一直被限流 / log-in is limited all the time")

    # -------------------------------------------------------------- reading
    def tasks(self) -> list[dict[str, Any]]:
        """The open tasks of this person, due soonest first."""
        found: list[dict[str, Any]] = self.json("/api/tasks", {"limit": PAGE})["items"]
        return found

    def task(self, task_id: int) -> dict[str, Any]:
        """One task with its candidates."""
        found: dict[str, Any] = self.json(f"/api/tasks/{task_id}")
        return found

    def order(self, no: str) -> dict[str, Any]:
        """One work order with its document and open tasks."""
        found: dict[str, Any] = self.json(f"/api/orders/{no}")
        return found

    def orders(self, **wanted: str) -> list[dict[str, Any]]:
        """All work orders that fit, newest first."""
        found: list[dict[str, Any]] = []
        before: int | None = None
        while True:
            more = {"before": before} if before else {}
            page = self.json("/api/orders", {**wanted, **more, "limit": PAGE})
            found += page["items"]
            before = page["next"]
            if not before:
                return found

    def json(self, path: str, query: Mapping[str, Any] | None = None) -> Any:
        """What an address of `/api` answers. Raises Refused."""
        self._ensure()
        return body(self._request("GET", path, params=query, headers=SCRIPT))

    # -------------------------------------------------------------- working
    def open(self, task_id: int) -> TaskPage:
        """Open a task's page. Raises Refused when it has no form to submit (any more)."""
        self._ensure()
        response = self._request("GET", f"/tasks/{task_id}", allow_redirects=False)
        if response.status_code != 200:
            raise Refused(response.status_code, "PAGE", f"/tasks/{task_id}")
        page = read_task(tree(response), task_id)
        if page is None:
            raise Refused(409, "NO_FORM", f"/tasks/{task_id}")
        return page

    def claim(self, page: TaskPage) -> None:
        """Claim before working on it. Raises Refused."""
        form = {"csrf_token": page.token}
        body(self._request("POST", f"/tasks/{page.id}/claim", data=form, headers=SCRIPT))

    def release(self, page: TaskPage) -> None:
        """Give a claimed task back to the group. Raises Refused."""
        body(self._request("POST", f"/tasks/{page.id}/release", data={"csrf_token": page.token}, headers=SCRIPT))

    def submit(self, page: TaskPage, values: Mapping[str, Any], version: str | None = None) -> str:
        """Send the filled form as the page does; the number of the work order. Raises Refused."""
        data, files = with_photos(page.schema, values)
        form = {"csrf_token": page.token, "openedVersion": version or page.version, "data": json.dumps(data)}
        sent = self._request("POST", page.action, data=form, files=files or {"none": ("", b"")}, headers=SCRIPT)
        return str(body(sent).get("orderNo", ""))

    def act(self, no: str, element: str) -> None:
        """Press a button of a work order's page that asks for nothing more. Raises Refused."""
        self._ensure()
        path = f"/orders/{no}/actions/{element}"
        page = self._request("GET", path)
        if page.status_code != 200:
            raise Refused(page.status_code, "ACTION", path)
        answer = self._request("POST", path, data=hidden_of(tree(page)), allow_redirects=False)
        if answer.status_code >= 400:
            raise Refused(answer.status_code, "ACTION", alert_of(tree(answer)))

    def _ensure(self) -> None:
        if not self._signed_in:
            self.sign_in()

    def _request(self, method: str, path: str, **options: Any) -> requests.Response:
        return patiently(self._session, method, self.base_url + path, **options)


def with_photos(schema: Mapping[str, Any], values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values with a picture for each photo field that demands one, and the pictures as parts."""
    data = dict(values)
    files: dict[str, Any] = {}
    for component in keyed(schema.get("components")):
        rules = component.get("validate") or {}
        if component.get("type") != "photo" or data.get(component["key"]):
            continue
        least = max(int(rules.get("min") or 0), int(bool(rules.get("required"))))
        names = [f"files::{component['key']}::{number}" for number in range(least)]
        if names:
            data[component["key"]] = names
            files |= {name: (f"{component['key']}.jpg", picture(), "image/jpeg") for name in names}
    return data, files


def picture() -> bytes:
    """A small grey picture, taken now and like no other."""
    out, taken = io.BytesIO(), exif.write(exif.Shot(datetime.now(ZONE)), secrets.token_hex(8))
    Image.new("RGB", (64, 48), (150, 155, 160)).save(out, "JPEG", exif=taken)
    return out.getvalue()
