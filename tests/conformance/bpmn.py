"""Runs a folder of single-feature BPMN processes with the traces they must leave.

The folder has a `manifest.json`. The engine runs as it is; this adapter gives meaning to the placeholders of the
script tasks (`translate` rewrites conditions such as `test.contains("a")` into FEEL) and plays the outer world:
time, messages and signals between instances, people who complete their tasks at once.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from lxml import etree

from engine import feel
from engine.bpmn import (
    BpmnError,
    Command,
    Complete,
    DeliverMessage,
    DeliverSignal,
    Effect,
    FireTimer,
    InstanceEnded,
    InvalidDiagram,
    JobClosed,
    JobOpened,
    Known,
    Machine,
    MessageThrown,
    Program,
    SignalThrown,
    Step,
    StepFailed,
    Subscribed,
    TaskClosed,
    TaskOpened,
    TimerArmed,
    TimerDisarmed,
    Unsubscribed,
    lint,
    read,
    schedule,
)
from engine.bpmn.timers import add

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
UNSUPPORTED = "ExecutionParallel"
ERRORS = ("GenericError", "RuntimeException")
MANY = 1000
SCRIPT_SECONDS = timedelta(seconds=10)
EXPRESSIONS = ("conditionExpression", "condition", "loopCondition", "completionCondition", "activationCondition")


def main(folder: Path) -> int:
    """Run every case; print failing ones and `N of M processes pass`."""
    tests = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["tests"]
    passed = 0
    for test in tests:
        wrong = next(filter(None, (run_case(folder / test["file"], test["id"], case) for case in test["cases"])), None)
        passed += wrong is None
        if wrong is not None:
            print(f"{test['id']}: {wrong}")
    print(f"{passed} of {len(tests)} processes pass")
    return 0 if passed == len(tests) else 1


def run_case(file: Path, id: str, case: Mapping[str, Any]) -> str | None:
    """None when the case leaves the expected trace, else what is wrong."""
    expected = Counter(case["expect"])
    if UNSUPPORTED in expected:
        return "not supported: two scripts at the same instant (tokens of an instance move one at a time)"
    error = next((name for name in ERRORS if name in expected), None)
    try:
        programs = deploy(file)
    except InvalidDiagram as refusal:
        return None if error else f"refused: {refusal.en}"
    world = World(programs)
    world.play(id, case)
    found = Counter(world.trace + ([error or "RuntimeException"] if world.failure else []))
    if found == expected:
        return None
    because = f" ({world.failure})" if world.failure else ""
    return f"input {case['input']!r}: expected {sorted(expected.elements())}, got {sorted(found.elements())}{because}"


def deploy(file: Path) -> list[Program]:
    """The programs of a file, on an engine that knows no other process. Raises InvalidDiagram."""
    source = translate(file.read_bytes())
    findings = lint(source, Known(processes=frozenset()), allow_scripts=True)
    if any(finding.severity == "error" for finding in findings):
        raise InvalidDiagram([finding for finding in findings if finding.severity == "error"])
    return read(source, allow_scripts=True)


# -- expressions of the suite -----------------------------------------------------------------------------------
def translate(source: bytes) -> bytes:
    """The same diagram with its conditions in FEEL."""
    root = etree.fromstring(source)
    for node in root.iter():
        if isinstance(node.tag, str) and etree.QName(node).localname in EXPRESSIONS and node.text:
            node.text = to_feel(node.text)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def to_feel(text: str) -> str:
    """`!test.contains("a") && n == 3` → `not(contains(test, "a")) and n = 3`."""
    text = re.sub(r"'([^']*)'", r'"\1"', text.strip())
    text = re.sub(r'(\w+)\.contains\(("[^"]*")\)', r"contains(\1, \2)", text)
    text = re.sub(r"!(?!=)\s*(\w+\([^()]*\)|\w+|\([^()]*\))", r"not(\1)", text)
    text = text.replace("&&", " and ").replace("||", " or ")
    return re.sub(r"(?<![<>!=])==(?!=)", "=", text)


# -- the outer world ----------------------------------------------------------------------------------------------
class Scripts:
    """The environment: FEEL, and what the placeholders of the script tasks do."""

    def __init__(self) -> None:
        self.trace: list[str] = []
        self.data = ""

    def evaluate(self, expression: str, scopes: Sequence[Mapping[str, Any]]) -> Any:
        return feel.evaluate(expression, *scopes)

    def decide(self, decision_ref: str, scopes: Sequence[Mapping[str, Any]], element: Any) -> Any:
        raise KeyError(decision_ref)

    def script(self, text: str, scopes: Sequence[Mapping[str, Any]], element: Any) -> Any:
        if found := re.fullmatch(r"SCRIPT_task(\w+)", text):
            self.trace.append(f"Task{found[1]}")
        elif text.startswith("INCREMENT_INTEGER_VARIABLE"):
            self.trace += ["Increment"] if text.endswith("LOG") else []
            return {"integerVariable": _look_up(scopes, "integerVariable") + 1}
        elif text.startswith("CREATE_MARKER"):
            self.trace.append("MarkerExists")
        elif text.startswith("THROW_ERROR"):
            raise BpmnError("ERR_CODE")
        elif text.startswith("WAIT_"):
            return NotImplemented
        elif text.startswith("SET_"):
            self.data = text
            return dict.fromkeys([local for _, local in element.data_out] or ["data"], text)
        elif text.startswith("LOG_DATA"):
            names = [local for _, local in element.data_in] or ["data"]
            self.trace += ["DataCorrect"] if all(_look_up(scopes, name) == self.data for name in names) else []
        return None


def _look_up(scopes: Sequence[Mapping[str, Any]], name: str) -> Any:
    return next((scope[name] for scope in scopes if name in scope), None)


class World:
    """All instances of the processes of one file, and the time."""

    def __init__(self, programs: Sequence[Program]) -> None:
        self.programs = {p.definition: p for p in programs}
        self.scripts = Scripts()
        self.machine = Machine(self, self.scripts)
        self.now = BEGIN
        self.states: list[bytes] = []
        self.agenda: list[tuple[int, Command]] = []
        self.timers: dict[tuple[int, int], datetime] = {}
        self.pending: dict[tuple[int, int], datetime] = {}
        self.waiting: dict[tuple[int, int, str, int], str] = {}
        self.mail: list[MessageThrown] = []
        self.alarms: list[tuple[datetime, str, str]] = []
        self.failure = ""
        self.ended: list[str] = []

    @property
    def trace(self) -> list[str]:
        return self.scripts.trace + self.ended

    def program(self, definition: str) -> Program:
        return self.programs[definition]

    def resolve(self, key: str, binding: str, version: str | None, caller: str) -> Program:
        return self.programs[key]

    def play(self, id: str, case: Mapping[str, Any]) -> None:
        """Start what the case starts and let its time pass."""
        variables = {"test": case["input"] or "", "integerVariable": case["integerVariable"]}
        try:
            if case["parallelProcess"] and "ParallelProcess" in self.programs:
                self._start(self.programs["ParallelProcess"], variables)
            main = self.programs.get(id) or next(iter(self.programs.values()))
            self._set_alarms()
            if main.root.initial or not any(name == main.definition for _, name, _ in self.alarms):
                self._start(main, variables)
            self._until(BEGIN + timedelta(milliseconds=case["delay_ms"]))
        except StepFailed as error:
            self.failure = error.en

    def _start(self, program: Program, variables: Mapping[str, Any], at: str | None = None, **payload: Any) -> None:
        self.states.append(b"")
        self._take(len(self.states) - 1, self.machine.start(program, variables, self.now, at=at, payload=payload))
        self._work()

    def _until(self, end: datetime) -> None:
        while due := [(at, key, kind) for kind, rows in self._clocks() for key, at in rows.items() if at <= end]:
            at, (instance, number), kind = min(due)
            self._ring(at)
            self.now = max(self.now, at)
            command: Command = FireTimer(number) if kind == "timer" else Complete(number)
            self.agenda.append((instance, command))
            self._work()

        self._ring(end)

    def _set_alarms(self) -> None:
        """Processes that a timer starts."""
        for program in self.programs.values():
            for start in program.starts:
                for event in start.events if start.kind == "startEvent" else ():
                    if event.kind == "timer":
                        plan = schedule(event.timer or "date", event.expression, self.now)
                        due = datetime.fromtimestamp(plan.due, UTC)
                        for _ in range(plan.left if plan.left >= 0 else MANY):
                            self.alarms.append((due, program.definition, start.id))
                            due = add(due, plan.interval) if plan.interval else due

    def _ring(self, until: datetime) -> None:
        for alarm in sorted(a for a in self.alarms if a[0] <= until):
            self.alarms.remove(alarm)
            self.now = max(self.now, alarm[0])
            self._start(self.programs[alarm[1]], {}, alarm[2])

    def _clocks(self) -> list[tuple[str, dict[tuple[int, int], datetime]]]:
        return [("timer", self.timers), ("script", self.pending)]

    def _work(self) -> None:
        while self.agenda:
            instance, command = self.agenda.pop(0)
            self._take(instance, self.machine.step(self.states[instance], command, self.now))

    def _take(self, instance: int, step: Step) -> None:
        self.states[instance] = step.state
        for effect in step.effects:
            self._keep(instance, effect)
        for effect in step.effects:
            if isinstance(effect, MessageThrown):
                self._message(effect)
            elif isinstance(effect, SignalThrown):
                self._signal(instance, effect)

    def _keep(self, instance: int, effect: Effect) -> None:
        if isinstance(effect, TaskOpened):
            self.agenda.append((instance, Complete(effect.item)))
        elif isinstance(effect, JobOpened):
            self.pending[instance, effect.item] = self.now + SCRIPT_SECONDS
        elif isinstance(effect, (JobClosed, TaskClosed)):
            self.pending.pop((instance, effect.item), None)
        elif isinstance(effect, TimerArmed):
            self.timers[instance, effect.timer] = effect.due
        elif isinstance(effect, TimerDisarmed):
            del self.timers[instance, effect.timer]
        elif isinstance(effect, Subscribed):
            self.waiting[instance, effect.item, effect.element, effect.event] = effect.kind + effect.name
            self._deliver_kept(effect)
        elif isinstance(effect, Unsubscribed):
            del self.waiting[instance, effect.item, effect.element, effect.event]
        elif isinstance(effect, InstanceEnded) and effect.error is not None:
            self.ended.append("ErrorThrownErrorEvent")

    def _message(self, thrown: MessageThrown) -> None:
        found = next((key for key, name in self.waiting.items() if name == "message" + thrown.name), None)
        if found is not None:
            instance, item, element, event = found
            self.agenda.append((instance, DeliverMessage(item, element, thrown.payload, event)))
        elif start := next(iter(self._starts("message", thrown.name)), None):
            self._start(start[0], {}, start[1])
        else:
            self.mail.append(thrown)  # a message waits for its receiver, a signal does not

    def _deliver_kept(self, subscribed: Subscribed) -> None:
        for thrown in [m for m in self.mail if subscribed.kind == "message" and m.name == subscribed.name][:1]:
            self.mail.remove(thrown)
            self._message(thrown)

    def _signal(self, sender: int, thrown: SignalThrown) -> None:
        receivers = {key[0] for key, name in self.waiting.items() if name == "signal" + thrown.name} - {sender}
        self.agenda += [(instance, DeliverSignal(thrown.name)) for instance in sorted(receivers)]
        for program, at in self._starts("signal", thrown.name):
            self._start(program, {}, at)

    def _starts(self, kind: str, name: str) -> list[tuple[Program, str]]:
        return [
            (program, start.id)
            for program in self.programs.values()
            for start in program.starts
            if any(e.kind == kind and e.name == name for e in start.events)
        ]
