"""The engine's door as a shard uses it: what each step brings up is remembered, and refusals are counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from engine import commands, events
from engine.errors import Conflict, EngineError, NotCorrelated, NotFound
from engine.executor import Engine
from engine.work import Decision, Work
from webapp.simulate.outcome import Outcome
from webapp.wiring import Wiring

OPENS: Mapping[type[events.Event], str] = {
    events.TaskOpened: "tasks",
    events.TaskReleased: "tasks",
    events.TimerArmed: "timers",
    events.JobCreated: "jobs",
    events.JobRetried: "jobs",
    events.RatingLinkIssued: "links",
    events.Subscribed: "waiting",
}
"""What an event brings that somebody or something has to look after."""


class Watched(Engine):
    """An engine that remembers which work orders have something new to do, by kind; `awaited`: messages that count."""

    def __init__(
        self, wiring: Wiring, clock: Callable[[], datetime], awaited: Collection[str], outcome: Outcome
    ) -> None:
        super().__init__(wiring.engine.database, wiring.engine.ports, clock, queues=False)
        self.fresh: defaultdict[str, set[int]] = defaultdict(set)
        self._awaited, self._outcome = awaited, outcome

    def attempt(self, command: commands.Command) -> Any:
        """The command's result; None when somebody or something was faster, or it is refused, which is counted."""
        try:
            return self.execute(command)
        except (Conflict, NotFound, NotCorrelated):
            return None
        except EngineError as refused:
            self._outcome.refused[f"{type(command).__name__}: {refused.zh}"] += 1
            return None

    def _apply(self, work: Work, decision: Decision) -> None:
        super()._apply(work, decision)
        self._outcome.commands += 1
        if decision.order is None:
            return
        for event in decision.events:
            kind = OPENS.get(type(event))
            if kind is not None and (not isinstance(event, events.Subscribed) or event.name in self._awaited):
                self.fresh[kind].add(decision.order.id)
