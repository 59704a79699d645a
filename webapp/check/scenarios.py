"""Plays scenarios and holds what happens against what they expect."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.commands import CITIZEN
from engine.errors import EngineError
from webapp.check.scenario import ZONE, Scenario, Step, load, moment
from webapp.check.world import Clock, World
from webapp.wiring import Wiring

Wire = Callable[[Clock], AbstractContextManager[Wiring]]
"""Makes a wiring over a fresh database with the district loaded and deployed, running on the story's clock."""


class ScenarioFailed(AssertionError):
    """What happened is not what the scenario expects."""

    code = "SCENARIO_FAILED"

    def __init__(self, scenario: Scenario, step: Step, zh: str, en: str) -> None:
        where = f"{scenario.path.name} #{step.number} ({step.do} {step.values.get('task', '')} {step.of})"
        super().__init__(f"{where}: {zh} {en}")
        self.message_zh, self.message_en = f"{where}：{zh}", f"{where}: {en}"


@dataclass(frozen=True)
class Outcome:
    """How one scenario went; `problem` is empty when all was as expected."""

    path: Path
    title: str
    problem: str = ""


@dataclass
class Seen:
    """How far a story has already looked, so that each expectation names only what is new."""

    notices: dict[str, int] = field(default_factory=dict)
    sent: dict[str, int] = field(default_factory=dict)

    def fresh(self, kind: str, no: str, everything: list[str]) -> list[str]:
        """What has come since the last look."""
        looked: dict[str, int] = getattr(self, kind)
        start, looked[no] = looked.get(no, 0), len(everything)
        return everything[start:]


def run_all(files: Iterable[Path], wire: Wire) -> list[Outcome]:
    """Play scenario files, each in its own world."""
    return [_outcome(path, wire) for path in files]


def _outcome(path: Path, wire: Wire) -> Outcome:
    try:
        scenario = load(path)
        run(scenario, wire)
    except (ValueError, AssertionError, EngineError) as error:
        return Outcome(path, path.stem, str(error))
    return Outcome(path, scenario.title)


def run(scenario: Scenario, wire: Wire) -> None:
    """Play one scenario. Raises ScenarioFailed at the first step that is not as expected."""
    clock = Clock(scenario.now)
    with wire(clock) as wiring:
        world, seen = World(wiring, clock, starts=scenario.starts), Seen()
        world.begin()
        for step in scenario.steps:
            _play(scenario, step, world)
            for expected in step.expect:
                _compare(scenario, step, world, seen, expected)


def _play(scenario: Scenario, step: Step, world: World) -> None:
    try:
        _DO[step.do](world, step)
    except EngineError as refusal:
        if refusal.code == step.refused:
            return
        details = getattr(refusal, "errors", "") or ""
        raise ScenarioFailed(scenario, step, f"{refusal.zh}{details}", f"{refusal.en} [{refusal.code}]") from refusal
    if step.refused:
        raise ScenarioFailed(scenario, step, f"本应被拒绝（{step.refused}）。", f"should be refused ({step.refused}).")


_DO: Mapping[str, Callable[[World, Step], None]] = {
    "report": lambda world, step: world.report(step.of, step.data),
    "complete": lambda world, step: world.complete(step.of, step.values["task"], step.values["as"], step.data),
    "start": lambda world, step: world.start(
        step.of, step.values["process"], step.values["as"], step.data, step.values.get("about")
    ),
    "draft": lambda world, step: world.draft(
        step.of, step.values["as"], step.values["path"], step.values["old"], step.values["new"]
    ),
    "action": lambda world, step: world.action(
        step.of, step.values["element"], str(step.values.get("as", CITIZEN)), step.data
    ),
    "claim": lambda world, step: world.claim(step.of, step.values["task"], step.values["as"]),
    "rate": lambda world, step: world.rate(step.of, step.data),
    "message": lambda world, step: world.message(
        step.values["name"], step.values.get("key"), step.data, step.values.get("of")
    ),
    "connector": lambda world, step: world.connector(step.values["name"], step.values["answer"]),
    "wait": lambda world, step: world.wait(step.values.get("for"), step.values.get("until")),
    "expect": lambda world, step: None,
}


# ------------------------------------------------------------------ expectations
def _compare(scenario: Scenario, step: Step, world: World, seen: Seen, expected: Mapping[str, Any]) -> None:
    order = world.order(str(expected["of"]))
    tasks = world.open_tasks(order["no"])
    for name, wanted in expected.items():
        if name == "of":
            continue
        found = _found(name, wanted, world, seen, order, tasks)
        wanted = _wanted(name, wanted)
        if found != wanted:
            raise ScenarioFailed(
                scenario,
                step,
                f"{expected['of']} 的 {name} 应为 {wanted}，实际为 {found}。",
                f"{name} of {expected['of']} should be {wanted} but is {found}.",
            )


def _found(
    name: str, wanted: Any, world: World, seen: Seen, order: Mapping[str, Any], tasks: list[dict[str, Any]]
) -> Any:
    match name:
        case "open":
            return sorted(task["element"] for task in tasks)
        case "status":
            return order["status_code"]
        case "done":
            return order["status"] == "completed"
        case "document":
            return {key: _present(order["document"].get(key)) for key in wanted}
        case "due":
            return {task["element"]: task["due_at"].astimezone(ZONE) for task in tasks if task["element"] in wanted}
        case "ledger":
            return {ledger: world.entries(order["no"], ledger) for ledger in wanted}
        case "candidates":
            return {task["element"]: sorted(task["candidates"]) for task in tasks if task["element"] in wanted}
        case "notices":
            everything = world.notices(order["no"])
            return _short(seen.fresh("notices", order["no"], everything), wanted)
        case _:
            everything = [operation for no, operation in world.sent if no == order["no"]]
            return seen.fresh("sent", order["no"], everything)


def _present(value: Any) -> Any:
    """TOML has no null: an empty text stands for a field without a value."""
    return "" if value is None else value


def _short(found: list[str], wanted: list[str]) -> list[str]:
    """Notices without their time where the expectation gives none."""
    timed = any(" " in one for one in wanted)
    return found if timed else [one.partition(" ")[0] for one in found]


def _wanted(name: str, wanted: Any) -> Any:
    if name == "due":
        return {element: moment(value) for element, value in wanted.items()}
    if name == "candidates":
        return {element: sorted(value) for element, value in wanted.items()}
    return sorted(wanted) if name == "open" else wanted
