"""What is committed of the front end builds anywhere and speaks Chinese where staff look."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "webapp"
SOURCE = ROOT / "frontend"


def test_it_pins_every_dependency() -> None:
    package = json.loads((SOURCE / "package.json").read_text(encoding="utf-8"))
    versions = {**package["dependencies"], **package["devDependencies"]}
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions.values()), versions


def test_it_locks_packages_by_content_and_not_by_place() -> None:
    text = (SOURCE / "package-lock.json").read_text(encoding="utf-8")
    assert "://" not in text
    lock = json.loads(text)
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert all(entry.get("integrity", "").startswith("sha512-") for entry in packages.values())
    assert not any("resolved" in entry for entry in packages.values())


SEEN = [
    "General",
    "Documentation",
    "Forms",
    "Form reference",
    "User assignment",
    "Assignee",
    "Candidate groups",
    "Due date",
    "Task listeners",
    "Execution listeners",
    "Inputs",
    "Outputs",
    "Extension properties",
    "Multi-instance",
    "Loop cardinality",
    "Completion condition",
    "Timer",
    "Duration",
    "Cycle",
    "Message",
    "Signal",
    "Error",
    "Escalation",
    "Condition",
    "Called element",
    "In mappings",
    "Out mappings",
    "DMN decision",
    "Topic",
    "User task",
    "Exclusive gateway",
    "Start event",
    "Create",
    "Delete",
]


@pytest.mark.parametrize("text", SEEN)
def test_it_names_the_editor_s_properties_in_chinese(text: str) -> None:
    dictionary = json.loads((SOURCE / "src" / "modeler" / "zh.json").read_text(encoding="utf-8"))
    assert re.search(r"[\u4e00-\u9fff]", dictionary[text])


def test_it_draws_every_icon_that_a_page_names() -> None:
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (ROOT / "static" / "icons.svg").read_text(encoding="utf-8")))
    pages = [*(ROOT / "templates").rglob("*.html"), *(SOURCE / "src").rglob("*.js")]
    calls = re.compile(r"""\bicon\(['"]([\w-]+)['"]""")
    named = {name for page in pages for name in calls.findall(page.read_text(encoding="utf-8"))}
    assert named - drawn == set()


def _luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


PAIRS = [
    ("text", "page"),
    ("text", "surface"),
    ("text", "selected"),
    ("text-2", "page"),
    ("text-2", "surface-2"),
    ("accent", "surface"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("accent-strong", "accent-soft"),
    ("nav-text", "nav"),
    ("on-nav", "nav-active"),
    ("ok", "ok-soft"),
    ("warn", "warn-soft"),
    ("danger", "danger-soft"),
    ("info", "info-soft"),
    ("late", "late-soft"),
    ("text", "muted-soft"),
    ("ok", "surface"),
    ("warn", "surface"),
    ("danger", "surface"),
    ("surface", "danger"),
    ("ok", "selected"),
    ("danger", "selected"),
    ("warn", "hover"),
]


@pytest.mark.parametrize("theme", [":root", '[data-theme="dark"]'])
@pytest.mark.parametrize(("front", "back"), PAIRS)
def test_it_keeps_the_contrast_of_wcag_aa(theme: str, front: str, back: str) -> None:
    css = (ROOT / "static" / "css" / "app.css").read_text(encoding="utf-8")
    block = css[css.index(f"{theme} {{") :].split("}", 1)[0]
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})\b", block))
    assert _contrast(colours[front], colours[back]) >= 4.5
