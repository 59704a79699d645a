"""The scenario format: a story in TOML that a process owner can read and write.

    title = "退单后重新派遣"
    now = "2026-09-14T09:00"                       # the story's clock when it begins, Asia/Shanghai

    [[step]]
    do = "report"                                   # somebody reports; `of` gives the appeal its name in this story
    of = "甲"
    data = { content = "校门口沙井盖破损" }
    expect = { open = ["UT_acc"], status = 10 }

    [[step]]
    do = "complete"                                 # a member of staff submits the form of a task
    of = "甲"                                       # "甲.case" is the case that appeal 甲 belongs to now
    task = "UT_acc"
    as = "SL01"
    data = { categoryCode = "C0103" }               # what the person changes; prefilled fields stay as shown
    refused = "NOT_ALLOWED"                         # only when the step has to be refused, with this code

`do` is one of DOINGS; `expect` is one table, or a list of tables each with its own `of`; its keys are EXPECTED.
The complete description is in processes/README.md.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")

DOINGS: Mapping[str, frozenset[str]] = {
    "report": frozenset({"of", "data"}),
    "complete": frozenset({"of", "task", "as", "data"}),
    "start": frozenset({"of", "process", "as", "data", "about"}),
    "action": frozenset({"of", "element", "as", "citizen", "data"}),
    "draft": frozenset({"of", "as", "path", "old", "new"}),
    "claim": frozenset({"of", "task", "as"}),
    "rate": frozenset({"of", "data"}),
    "message": frozenset({"of", "name", "key", "data"}),
    "connector": frozenset({"name", "answer"}),
    "wait": frozenset({"for", "until"}),
    "expect": frozenset({"of"}),
}
"""What a step may do, and the keys it then may have besides `do`, `expect`, `refused` and `note`."""

EXPECTED = frozenset({"of", "open", "status", "done", "document", "notices", "sent", "due", "candidates", "ledger"})
"""What may be expected of a work order after a step."""

ANSWERS = ("ok", "down", "refuse")
COMMON = frozenset({"do", "expect", "refused", "note"})


class ScenarioInvalid(ValueError):
    """A scenario file does not follow the format."""

    code = "SCENARIO_INVALID"

    def __init__(self, where: str, zh: str, en: str) -> None:
        super().__init__(f"{where}: {zh} {en}")
        self.message_zh, self.message_en = f"{where}：{zh}", f"{where}: {en}"


@dataclass(frozen=True)
class Step:
    """One thing that happens, and what is to be seen afterwards."""

    number: int
    do: str
    values: Mapping[str, Any]
    expect: Sequence[Mapping[str, Any]] = ()
    refused: str | None = None

    @property
    def of(self) -> str:
        """The story's name of the work order this step is about."""
        return str(self.values.get("of", ""))

    @property
    def data(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.values.get("data", {})
        return found


@dataclass(frozen=True)
class Scenario:
    """A story: where it is written, what it shows, when it begins, its steps.

    `starts` names the processes that start by time in it; the others keep still.
    """

    path: Path
    title: str
    now: datetime
    steps: Sequence[Step] = field(default_factory=list)
    starts: Sequence[str] = ()


def collect(processes: Path) -> list[Path]:
    """All scenario files below a folder; those of decision tables (`dmn_*`) have a format of their own."""
    return sorted(
        path
        for path in processes.rglob("*.toml")
        if path.parent.name == "scenarios" and not path.name.startswith("dmn_")
    )


def load(path: Path) -> Scenario:
    """Read a scenario. Raises ScenarioInvalid with the step and the reason."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ScenarioInvalid(path.name, f"不是有效的 TOML：{error}。", f"is not valid TOML: {error}.") from error
    if not isinstance(content.get("title"), str) or not content.get("step"):
        raise ScenarioInvalid(path.name, "缺少 title 或 step。", "has no title or no step.")
    steps = [_step(path.name, number, raw) for number, raw in enumerate(content["step"], 1)]
    starts = content.get("starts", [])
    if not isinstance(starts, list):
        raise ScenarioInvalid(path.name, "starts 应是流程编号的列表。", "starts must be a list of process ids.")
    return Scenario(path, content["title"], moment(content.get("now", "2026-09-14T09:00")), steps, starts)


def moment(value: Any) -> datetime:
    """A date and time; without an offset it is Asia/Shanghai."""
    found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return found if found.tzinfo else found.replace(tzinfo=ZONE)


def _step(name: str, number: int, raw: Mapping[str, Any]) -> Step:
    where = f"{name} #{number}"
    do = str(raw.get("do"))
    if do not in DOINGS:
        raise ScenarioInvalid(where, f"不认识的动作 do = {do!r}。", f"unknown do = {do!r}.")
    _refuse_unknown(where, set(raw) - COMMON - DOINGS[do])
    found = raw.get("expect", [])
    expect = [{"of": raw.get("of"), **one} for one in (found if isinstance(found, list) else [found])]
    for one in expect:
        _refuse_unknown(where, set(one) - EXPECTED)
    if do == "connector" and raw.get("answer") not in ANSWERS:
        raise ScenarioInvalid(where, f"answer 应为 {ANSWERS} 之一。", f"answer must be one of {ANSWERS}.")
    return Step(number, do, raw, expect, raw.get("refused"))


def _refuse_unknown(where: str, unknown: set[str]) -> None:
    if unknown:
        names = "、".join(sorted(unknown))
        raise ScenarioInvalid(where, f"不认识的项 {names}。", f"unknown keys {names}.")
