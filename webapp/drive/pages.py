"""Reads what Cityloop answers: pages, the form of a task, refusals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import lxml.html
import requests


class DriveError(Exception):
    """The play cannot go on; the sentence says why."""


@dataclass
class Refused(Exception):
    """Cityloop did not take what was sent; `message` is its sentence."""

    status: int
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.status} {self.code} {self.message}"


@dataclass(frozen=True)
class TaskPage:
    """A task as its page shows it."""

    id: int
    order_no: str
    name: str
    action: str
    version: str
    token: str
    schema: Mapping[str, Any]
    data: Mapping[str, Any]


def tree(response: requests.Response) -> Any:
    return lxml.html.fromstring(response.content, parser=lxml.html.HTMLParser(encoding="utf-8"))


def body(response: requests.Response) -> Any:
    try:
        found = response.json()
    except ValueError:
        found = {}
    if response.status_code >= 400:
        errors = found.get("errors") or {}
        details = "；".join(f"{key}: {value}" for key, value in errors.items()) if isinstance(errors, dict) else ""
        message = f"{found.get('message') or found.get('message_zh') or response.reason} {details}".strip()
        raise Refused(response.status_code, str(found.get("code", "")), message)
    return found


def token_of(page: Any) -> str:
    """The request-forgery token of a page."""
    found = page.xpath("//meta[@name='csrf-token']/@content") or page.xpath("//input[@name='csrf_token']/@value")
    if not found:
        raise DriveError("页面里没有防伪令牌 / the page has no request-forgery token")
    return str(found[0])


def alert_of(page: Any) -> str:
    """The sentence a page shows when something went wrong."""
    found = page.xpath("//*[@role='alert']") or page.xpath("//title")
    return " ".join(found[0].text_content().split()) if found else ""


def hidden_of(page: Any) -> dict[str, str]:
    """The hidden fields of the page's form."""
    fields = page.xpath("//form[@method='post']//input[@type='hidden']")
    return {field.get("name"): field.get("value") or "" for field in fields if field.get("name")}


def read_task(page: Any, task_id: int) -> TaskPage | None:
    """The form of a task's page; None when there is nothing to submit."""
    forms = page.xpath("//form[contains(@action, '/completion')]")
    if not forms:
        return None
    form, place = forms[0], next(iter(forms[0].xpath(".//*[@data-form]")), None)
    links = [link for link in page.xpath("//a/@href") if link.startswith("/orders/")]
    return TaskPage(
        id=task_id,
        order_no=links[0].split("/")[2].partition("?")[0] if links else "",
        name=" ".join((page.xpath("//h1")[0].text_content() if page.xpath("//h1") else "").split()),
        action=str(form.get("action")),
        version=str((form.xpath(".//input[@name='openedVersion']/@value") or [""])[0]),
        token=token_of(page),
        schema=json.loads(place.get("data-schema")) if place is not None else {},
        data=json.loads(place.get("data-data") or "{}") if place is not None else {},
    )
