"""Rows that tables keep for a state: open tasks, jobs, timers, subscriptions. Closed in the step that opened them,
they leave no effect."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from engine.bpmn import effects as fx
from engine.bpmn.program import Element
from engine.bpmn.state import JOB, TASK, Item, State, Timer

Key = tuple[Any, ...]


class Rows:
    """Keeps the list of effects an exact difference."""

    def __init__(self, effects: list[fx.Effect | None]) -> None:
        self.effects = effects
        self.fresh: set[int] = set()  #: items of this step: what was not opened for them needs no closing
        self._opened: dict[Key, int] = {}

    def open(self, key: Key, effect: fx.Effect) -> None:
        self._opened[key] = len(self.effects)
        self.effects.append(effect)

    def shut(self, key: Key, effect: fx.Effect) -> None:
        """Take back the opening of this step, else note the closing."""
        position = self._opened.pop(key, None)
        if position is not None:
            self.effects[position] = None
        elif key[0] == "timer" or key[1] not in self.fresh:
            self.effects.append(effect)

    # -- timers -----------------------------------------------------------------------------------------------
    def arm(self, timer: Timer, element: Element, definition: str, due: datetime) -> None:
        effect = fx.TimerArmed(timer.id, timer.item, element.id, definition, due)
        position = self._opened.get(("timer", timer.id))
        if position is None:
            self.effects.append(effect)
        else:
            self.effects[position] = effect

    def arm_new(self, timer: Timer, element: Element, definition: str, due: datetime) -> None:
        self.open(("timer", timer.id), fx.TimerArmed(timer.id, timer.item, element.id, definition, due))

    def disarm(self, timer: Timer) -> None:
        if timer.due is not None:
            self.shut(("timer", timer.id), fx.TimerDisarmed(timer.id))

    # -- subscriptions ----------------------------------------------------------------------------------------
    def subscribe(self, item: Item, element: Element, event: int, key: str | None) -> None:
        definition = element.events[event]
        kind: Any = definition.kind
        effect = fx.Subscribed(item.id, element.id, kind, definition.name or "", key, event)
        self.open(("sub", item.id, element.index, event), effect)

    def unsubscribe(self, item: Item, element: Element) -> None:
        for event, definition in enumerate(element.events):
            if definition.kind in ("message", "signal"):
                effect = fx.Unsubscribed(item.id, element.id, definition.name or "", event)
                self.shut(("sub", item.id, element.index, event), effect)

    # -- items ------------------------------------------------------------------------------------------------
    def close(self, state: State, item: Item, reason: str) -> None:
        """An item goes away with every row that hangs on it."""
        from engine.bpmn.events import listening

        if item.kind == TASK:
            self.shut(("task", item.id), fx.TaskClosed(item.id, reason))
        elif item.kind == JOB:
            self.shut(("job", item.id), fx.JobClosed(item.id, reason))
        for element in listening(item):
            self.unsubscribe(item, element)
        if state.timers:
            for timer in [t for t in state.timers.values() if t.item == item.id]:
                del state.timers[timer.id]
                self.disarm(timer)
