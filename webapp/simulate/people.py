"""The district's staff with their habits: who takes a task, how fast, and what they do wrong."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from engine import queries
from engine.executor import Engine
from engine.queries import Viewer
from webapp.simulate.habits import Habits

USER = "user:"


class People:
    """Everybody with a post. What somebody is like is the same in every run of a seed."""

    def __init__(self, habits: Habits, engine: Engine, seed: str) -> None:
        self.habits, self.engine, self.seed = habits.people, engine, seed
        engine.permits("operate", ())  # reads the master data
        self.holders = {post: sorted(users) for post, users in engine.definitions.reference.holders.items()}
        self.units = self._units()
        self._traits: dict[str, dict[str, bool]] = {}
        self._viewers: dict[str, Viewer] = {}

    def somebody(
        self,
        candidates: Sequence[str],
        not_by: Sequence[str],
        assignee: str | None,
        chance: Random,
        but: str | None = None,
    ) -> str | None:
        """Who takes a task up: its assignee, or one of the candidates who may."""
        if assignee is not None and but is None:
            return assignee
        barred = set(not_by or ())
        able = [
            user
            for candidate in candidates
            for user in self._named(candidate)
            if user != but and f"{USER}{user}" not in barred and f"unit:{self.units.get(user, '')}" not in barred
        ]
        return chance.choice(able) if able else None

    def _named(self, candidate: str) -> Sequence[str]:
        """The users of `user:ID` or `role@unit`."""
        if candidate.startswith(USER):
            return [candidate.removeprefix(USER)]
        return self.holders.get(candidate, ())

    def staffed(self, role: str, unit: str) -> bool:
        """Whether somebody has this post."""
        return bool(self.holders.get(f"{role}@{unit}"))

    # ---------------------------------------------------------------- traits
    def slowness(self, user: str) -> float:
        return float(self.habits["slow_factor"]) if self._is(user, "slow") else 1.0

    def errs(self, user: str, chance: Random) -> bool:
        return self._is(user, "wrong") and chance.random() < self.habits["wrong_rate"]

    def leaves_it(self, user: str, chance: Random) -> bool:
        return self._is(user, "absent") and chance.random() < self.habits["absent_rate"]

    def lies(self, user: str, chance: Random) -> bool:
        return self._is(user, "dishonest") and chance.random() < self.habits["dishonest_rate"]

    def _is(self, user: str, trait: str) -> bool:
        if user not in self._traits:
            own = Random(f"{self.seed}|{user}")
            names = ("slow", "wrong", "absent", "dishonest")
            self._traits[user] = {name: own.random() < self.habits[name] for name in names}
        return self._traits[user][trait]

    # ---------------------------------------------------------------- accounts
    def viewer(self, user: str) -> Viewer:
        """The person as lists and forms know them."""
        if user not in self._viewers:
            with self.engine.database.reader() as reader:
                found = queries.viewer(reader, user)
            assert found is not None, f"there is an account {user}"
            self._viewers[user] = found
        return self._viewers[user]

    def _units(self) -> dict[str, str]:
        with self.engine.database.transaction() as transaction:
            rows: list[dict[str, Any]] = transaction.rows("select user_id, unit_code from account")
        return {row["user_id"]: row["unit_code"] for row in rows}
