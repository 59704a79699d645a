"""Everybody outside the house: citizens who rate, and whoever answers a message that a work order waits for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from engine import commands, tokens
from webapp.simulate.habits import pick
from webapp.simulate.world import World


class Outside:
    """Plans ratings and answers, and brings them."""

    def __init__(self, world: World, secret: str) -> None:
        self.world, self.chance, self._secret = world, world.chance, secret

    def plan_rating(self, link: Mapping[str, Any]) -> None:
        """Some citizens use the link they are sent."""
        citizens, key = self.world.habits.citizens, ("link", link["order_id"], link["item"])
        if self.world.agenda.is_new(key) and self.chance.random() < citizens["rates"]:
            hours = self.chance.random() * citizens["rates_within_hours"]
            self.world.agenda.plan(self.world.now + timedelta(hours=hours), "rating", (link["no"], link["item"]))

    def rate(self, no: str, item: int) -> None:
        habits = self.world.habits.citizens
        satisfied = pick(self.chance, habits["good"] if self.world.truth.is_done(no) else habits["bad"])
        rating = {
            "resolved": "否" if satisfied in habits["bad_satisfactions"] else "是",
            "satisfied": satisfied,
            "satisfaction": habits["scores"][satisfied],
            "words": "",
        }
        token = tokens.rating_token(self._secret, no, item)
        if self.world.engine.attempt(commands.RateAppeal(token, rating)) is not None:
            self.world.outcome.ratings += 1

    def plan_answer(self, one: Mapping[str, Any]) -> None:
        """What the outside answers, when a work order waits for it."""
        if not self.world.agenda.is_new(("waiting", one["order_id"], one["item"], one["name"])):
            return
        habit = self.world.habits.outside[one["name"]]
        if self.chance.random() < habit.chance:
            wait = timedelta(minutes=habit.minutes * (0.5 + self.chance.random()))
            identity = f"sim-{one['order_id']}-{one['item']}-{one['name']}"
            message = commands.DeliverMessage(one["name"], one["key"] or None, habit.payload, identity)
            self.world.agenda.plan(self.world.now + wait, "answer", message)

    def answer(self, message: commands.DeliverMessage) -> None:
        if self.world.engine.attempt(message) is not None:
            self.world.outcome.messages += 1
