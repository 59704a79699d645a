"""What everybody in a shard shares."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from random import Random

from webapp.simulate.agenda import Agenda, Dial
from webapp.simulate.habits import Habits
from webapp.simulate.outcome import Outcome
from webapp.simulate.people import People
from webapp.simulate.truth import Truth
from webapp.simulate.watched import Watched


@dataclass(frozen=True)
class World:
    """The engine's door, who is there and how they are, what is planned, what is true, and what it came to."""

    engine: Watched
    habits: Habits
    people: People
    chance: Random
    dial: Dial
    agenda: Agenda
    truth: Truth
    outcome: Outcome

    @property
    def now(self) -> datetime:
        return self.dial.now
