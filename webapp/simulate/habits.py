"""How people behave in a simulation, read from `habits.toml`: pace, faults, choices in forms, reports, ratings."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from engine.errors import EngineError

Weights = Mapping[str, float]


class HabitsInvalid(EngineError):
    """The file with habits cannot be used."""

    code = "HABITS_INVALID"


@dataclass(frozen=True)
class Choice:
    """What people choose in a field; `when` is done or undone where it depends on what is true outside."""

    field: str
    weights: Weights
    when: str = ""


@dataclass(frozen=True)
class Answer:
    """A message from outside that a work order waits for: how likely it comes, after how long, with what."""

    chance: float
    minutes: float
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Habits:
    """One district's habits; the sections of the file."""

    people: Mapping[str, Any]
    pace: Mapping[str, float]
    reports: Mapping[str, Any]
    citizens: Mapping[str, Any]
    work: Mapping[str, Any]
    others: Mapping[str, float]
    choices: Mapping[str, Sequence[Choice]]
    follows: Mapping[str, Sequence[str]]
    staffed: Mapping[str, str]
    outside: Mapping[str, Answer]

    @classmethod
    def read(cls, path: Path) -> Habits:
        """Read a file. Raises HabitsInvalid."""
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
            choices: dict[str, list[Choice]] = {}
            for raw in content.get("choice", ()):
                for key in raw.get("fields") or [raw["field"]]:
                    choices.setdefault(key, []).append(Choice(key, raw["weights"], raw.get("when", "")))
            return cls(
                people=content["people"],
                pace=content["pace"],
                reports=content["reports"],
                citizens=content["citizens"],
                work=content["work"],
                others=content["others"],
                choices=choices,
                follows={raw["field"]: raw["from"] for raw in content.get("follow", ())},
                staffed={raw["list"]: raw["role"] for raw in content.get("staffed", ())},
                outside={name: Answer(**raw) for name, raw in content.get("outside", {}).items()},
            )
        except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
            raise HabitsInvalid(f"习惯文件 {path} 无法使用：{error}", f"{path} cannot be used: {error!r}") from error

    def choice(self, key: str, done: bool) -> Weights | None:
        """The weights for a field, as things are outside."""
        state = "done" if done else "undone"
        return next((one.weights for one in self.choices.get(key, ()) if one.when in ("", state)), None)


def pick(chance: Random, weights: Mapping[Any, float]) -> Any:
    """One of the keys, by its weight."""
    return chance.choices(list(weights), list(weights.values()))[0]
