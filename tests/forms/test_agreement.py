"""What form-js accepts in the browser, the server accepts; what it refuses, the server refuses in the same words."""

import random
from collections.abc import Iterator
from typing import Any

import pytest

import forms
from tests.forms.browser import SUBMIT, form_page
from tests.forms.build import component, form, options

pytestmark = [pytest.mark.browser]

WORDS = [
    "",
    "a",
    "属实",
    "不属实",
    "一二三四五",
    "😀😀",
    "  空格　",
    "13800000000",
    "a@b.cn",
    "x" * 30,
    "+8613800000000",
]
NUMBERS = [None, 0, 1, -1, 2.5, 0.3, 100, 7.125, "3", "0.10", "NaN"]
CHOICES = ["属实", "不属实", "a", 1, True, "没有的"]
MOMENTS = [None, "2026-09-15", "2026-02-30", "08:30", "2026-09-15T08:30Z", "2026-09-15T08:30+08:00", "x", 5]
CONDITIONS = ['=f0 = "属实"', "=f1 > 1", "=f2", "=f0 != null", "=count(f3) > 1", "=f4 = null", "=broken(", "=level = 2"]


def maybe(rng: random.Random, chance: float, settings: dict[str, Any]) -> dict[str, Any]:
    return settings if rng.random() < chance else {}


def rules(rng: random.Random, kind: str) -> dict[str, Any]:
    found = maybe(rng, 0.4, {"required": True})
    if kind in ("textfield", "textarea"):
        found |= maybe(rng, 0.3, {"minLength": rng.choice([1, 3, "=level + 1"])})
        found |= maybe(rng, 0.3, {"maxLength": rng.choice([3, 6, 20])})
        found |= maybe(rng, 0.2, {"pattern": rng.choice([r"^\d+$", r"^[\u4e00-\u9fa5]+$", r"^\S{2,4}$", "^..$"])})
        found |= maybe(rng, 0.1, {"validationType": rng.choice(["email", "phone"])})
    if kind == "number":
        found |= maybe(rng, 0.3, {"min": rng.choice([0, 1.5, "=level"])}) | maybe(
            rng, 0.3, {"max": rng.choice([2, 50])}
        )
    if kind == "photo":
        found |= maybe(rng, 0.5, {"min": 1}) | maybe(rng, 0.5, {"max": 2})
    if kind == "files":
        found |= maybe(rng, 0.5, {"max": 2})
    return found


KINDS = [
    "textfield", "number", "checkbox", "checklist", "radio", "select", "taglist", "textarea", "datetime", "photo",
    "files", "geopoint",
]  # fmt: skip


def field(rng: random.Random, kind: str, key: str) -> dict[str, Any]:
    settings: dict[str, Any] = {"validate": rules(rng, kind)}
    if kind in ("radio", "select", "checklist", "taglist"):
        settings |= rng.choice([{"values": options("属实", "不属实", "a", 1)}, {"valuesKey": "choices"}])
    if kind == "number":
        settings |= maybe(rng, 0.3, {"decimalDigits": rng.choice([0, 1, 2])})
        settings |= maybe(rng, 0.2, {"increment": rng.choice(["0.1", "0.5", "2"])})
    if kind == "datetime":
        settings |= {"subtype": rng.choice(["date", "time", "datetime"]), "dateLabel": "日期", "timeLabel": "时间"}
    settings |= maybe(rng, 0.25, {"conditional": {"hide": rng.choice(CONDITIONS)}})
    settings |= maybe(rng, 0.08, {"disabled": True}) | maybe(rng, 0.08, {"readonly": rng.choice([True, "=level = 2"])})
    settings |= maybe(rng, 0.1, {"defaultValue": value(rng, kind)}) if kind in ("textfield", "checkbox") else {}
    return component(kind, key, f"标题{key}", **settings)


def value(rng: random.Random, kind: str) -> Any:
    if kind in ("textfield", "textarea"):
        return rng.choice(WORDS)
    if kind == "number":
        return rng.choice(NUMBERS)
    if kind == "checkbox":
        return rng.choice([True, False])
    if kind in ("radio", "select"):
        return rng.choice([None, *CHOICES])
    if kind in ("checklist", "taglist"):
        return rng.sample(CHOICES, rng.randrange(4))
    if kind == "datetime":
        return rng.choice(MOMENTS)
    if kind in ("photo", "files"):
        return [f"p{number}" for number in range(rng.randrange(4))]
    return rng.choice(
        [None, {"lon": 113.1, "lat": 23, "accuracy": 5}, {"lon": 200, "lat": 23}, {"lon": 1, "lat": None}]
    )


def task(rng: random.Random) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Some random components, and a document for them that may or may not satisfy them."""
    kinds = [*KINDS[:5], *rng.sample(KINDS, rng.randrange(1, 6))]
    fields = [field(rng, kind, f"f{number}") for number, kind in enumerate(kinds)]
    data = {one["key"]: value(rng, one["type"]) for one in fields if rng.random() < 0.8}
    inner = [field(rng, kind, f"g{number}") for number, kind in enumerate(rng.sample(KINDS, 2))]
    hidden = maybe(rng, 0.3, {"conditional": {"hide": rng.choice(CONDITIONS)}})
    group = component("group", rng.choice(["", "place"]), "组", components=inner, **hidden)
    rows = [field(rng, kind, f"r{number}") for number, kind in enumerate(rng.sample(KINDS[:9], 2))]
    rows.append(
        component("textfield", "why", "理由", validate={"required": True}, conditional={"hide": "=this.r0 = null"})
    )
    listed = component("dynamiclist", "rows", "行", components=rows, isRepeating=True, **hidden)
    held = {one["key"]: value(rng, one["type"]) for one in inner}
    data |= {"place": held} if group["path"] else held
    data["rows"] = [{one["key"]: value(rng, one["type"]) for one in rows} for _ in range(rng.randrange(3))]
    return [*fields, group, listed], data | {
        "level": rng.choice([1, 2]),
        "choices": ["属实", {"label": "甲", "value": "a"}],
    }


@pytest.fixture(scope="module")
def page(chromium: Any) -> Iterator[Any]:
    with form_page(chromium) as opened:
        yield opened


@pytest.mark.parametrize("seed", [*range(8), 52, 54])
def test_it_judges_like_the_browser(page: Any, seed: int) -> None:
    rng = random.Random(seed)
    files = {f"p{number}": forms.FileInfo("p.jpg", "image/jpeg", 10) for number in range(9)}
    for number in range(15):
        components, document = task(rng)
        subject = form(*components)
        browser = page.evaluate(SUBMIT, [dict(subject.schema), document])
        server = forms.validate(subject, browser["data"], context=document, files=files)
        assert server.errors == browser["errors"], (seed, number, components, document, browser["data"])
