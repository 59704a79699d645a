"""Seeded faults: each must be caught by the scenarios. The list names a module, a text in it and what replaces it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = ("test_gateways", "test_events", "test_activities", "test_migration", "test_timers")

FAULTS = [
    ("gateways", "return True\n    _arrive(scope, by)", "return True\n    _arrive(scope, by); return True"),
    ("gateways", "    _consume(scope, element.incoming)\n    return True", "    return True"),
    ("gateways", "if any(f.index not in scope.arrived for f in element.incoming):", "if len(scope.arrived) < 2:"),
    ("gateways", "if candidate is element.default:\n            continue", "if False:\n            continue"),
    ("gateways", "        if not _coming(scope, element):\n            _fire", "        if True:\n            _fire"),
    ("gateways", "danger = empty - full", "danger = set() if full else empty"),
    ("gateways", "standing = {child.element.index for child in scope.children.values()}", "standing = set()"),
    ("gateways", "_fire(run, scope, waiting[min(circle)])\n    return True", "return False"),
    ("gateways", "if _reset_key(element) not in scope.arrived and element.condition:", "if element.condition:"),
    ("gateways", "if not _coming(scope, element, scope.arrived[key]):", "if False:"),
    ("program", 'if is_link(element, "intermediateCatchEvent") and element.parent is not None:', "if False:"),
    ("program", "if element.attached_to is not None:\n            todo", "if False:\n            todo"),
    (
        "flow",
        "if default is not None and not any(f.condition for f in taken):",
        "if default is not None and not taken:",
    ),
    ("flow", "follow(run, scope, element, element.completion_quantity)", "follow(run, scope, element, 1)"),
    ("flow", "and not scope.children and not scope.tokens", "and not scope.tokens"),
    (
        "run",
        "self.arming = deque(t for t in self.arming if t[0] is not scope)\n"
        "            self.moving = deque(t for t in self.moving if t[0] is not scope)",
        "pass",
    ),
    ("run", "queue = self.arming or self.moving", "queue = self.moving or self.arming"),
    ("run", "for child in list(scope.children.values()):\n            self.kill(child, reason)", "pass"),
    (
        "run",
        "return self.evaluate(text, item, element, *extra) is True",
        "return bool(self.evaluate(text, item, element, *extra))",
    ),
    ("run", "next((scope for scope in chain if name in scope), chain[-1])[name]", "chain[-1][name]"),
    (
        "run",
        "return [*self._variables(item), self.written, self.context]",
        "return [*self._variables(item), self.context]",
    ),
    ("run", "[*extra, *chain, self.written, self.context]", "[*extra, *chain, self.context]"),
    ("mapping", "local = {name: item.vars.pop(name) for name, _ in element.inputs if name in item.vars}", "pass"),
    ("mapping", 'if payload and (element.kind == "userTask" or not element.outputs):', "if payload:"),
    ("mapping", "if element.outputs:\n        outputs(run, item, element, payload)", "if False:\n        pass"),
    ("mapping", "if name in element.stores:", "if False:"),
    ("events", "if interrupt:\n        run.kill(holder)", "if False:\n        run.kill(holder)"),
    ("events", "disarm(run, holder, holder.element.event_starts)\n        holder.kind = INTERRUPTED", "pass"),
    ("events", "if element.interrupting:\n        run.clear(holder)", "if element.interrupting:\n        pass"),
    ("events", "if value and name not in was:", "if value:"),
    ("events", "if not value and name in was:", "if False:"),
    ("events", "(not fired or item.alive and element in listening(item))", "True"),
    ("program", "element.watches = any(", "element.watches = False and any("),
    ("events", "if len(mine) == len(element.events):", "if True:"),
    ("events", "run.close(holder)\n    run.passing(scope, element)", "run.passing(scope, element)"),
    ("events", "if timer.left > 0:\n        timer.left -= 1", "if False:\n        pass"),
    (
        "events",
        "since = timer.since if timer.since is not None else run.now.timestamp()",
        "since = run.now.timestamp()",
    ),
    ("events", 'return (element,) if element.kind == "receiveTask" else ()', "return element.listeners"),
    ("events", "timer is None or timer.due is None or timer.due > now", "timer is None or timer.due is None"),
    ("throwing", "if key is not None and events.key_of(item, element, k) != key:", "if False:"),
    ("throwing", "if item.alive and element in events.listening(item):", "if True:"),
    (
        "throwing",
        "starts = () if came_from is not None and came_from.element.event_sub else events.inner(at)",
        "starts = events.inner(at)",
    ),
    ("throwing", "min(hits, key=lambda hit: hit[0])", "max(hits, key=lambda hit: hit[0])"),
    ("throwing", "if e.kind == kind and e.name in (None, code)", "if e.kind == kind"),
    ("throwing", 'run.clear(scope, "terminated")', "pass"),
    ("throwing", "raise UncaughtError(item.element.id, code)", "return"),
    ("compensation", "todo += reversed(mine)", "todo += mine"),
    ("compensation", "source.completed = [r for r in source.completed if r not in mine]", "pass"),
    ("compensation", 'scope.mark("todo", todo[::-1])\n    go_on', 'scope.mark("todo", [])\n    go_on'),
    ("compensation", "holder = token if event.wait else", "holder = token if True else"),
    ("compensation", "local = dict(item.vars or {})", "local = {}"),
    ("loops", "if stopped or state[2] == state[0] or", "if stopped or state[2] == 1 or"),
    ("loops", 'elif loop.kind == "sequential":\n        run.place(body, element)', "elif False:\n        pass"),
    ("loops", "state[3][counter] =", "state[3][state[2]] ="),
    ("loops", 'run.clear(body, "not needed")', "pass"),
    ("loops", "if loop.test_before and not _goes_on(run, body, loop):", "if False:"),
    ("activities", "if sum(arrived.get(f.index, 0) for f in element.incoming) < need:", "if False:"),
    ("scopes", "if entry.everything:", "if True:"),
    (
        "scopes",
        "caller.completed.append([item.element.index, item.completed, item.vars, item.program.definition])",
        "pass",
    ),
    (
        "state",
        "row += [item.vars or None, arrived or None, item.marks or None, item.completed or None, own]",
        "row += [item.vars or None, None, item.marks or None, item.completed or None, own]",
    ),
    ("state", "state.timers = {row[0]: Timer(*row) for row in timers}", "state.timers = {}"),
    ("rows", "self.effects[position] = None", "self.effects.append(effect)"),
    ("migration", "if new.kind != old.kind:", "if False:"),
    ("migration", "timer.element = self._index(holder.program.nodes[timer.element])", "pass"),
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the scenarios need."""
    folder = tmp_path_factory.mktemp("mutations")
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "engine", folder / "engine", ignore=ignore)
    shutil.copytree(ROOT / "tests" / "bpmn", folder / "tests" / "bpmn", ignore=ignore)
    (folder / "tests" / "__init__.py").write_text("")
    return folder


def scenarios_pass(folder: Path) -> bool:
    files = [f"tests/bpmn/{name}.py" for name in SCENARIOS]
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        "-k",
        "not 3000 and not 5000",
        *files,
    ]
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=300, check=False)
    except subprocess.TimeoutExpired:
        return False  # a fault that never comes to rest is caught too
    return done.returncode == 0


@pytest.mark.slow
def test_the_scenarios_pass_without_fault(copy: Path) -> None:
    assert scenarios_pass(copy)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "old", "new"), FAULTS, ids=[f"{i:02d}-{fault[0]}" for i, fault in enumerate(FAULTS)]
)
def test_the_scenarios_catch_the_fault(copy: Path, module: str, old: str, new: str) -> None:
    file = copy / "engine" / "bpmn" / f"{module}.py"
    text = file.read_text(encoding="utf-8")
    assert old in text, f"{module} no longer contains {old!r}"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    try:
        assert not scenarios_pass(copy), f"nothing notices {new!r} in place of {old!r}"
    finally:
        file.write_text(text, encoding="utf-8")
