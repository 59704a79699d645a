"""The definitions as they would be with a change: its diagrams and decisions over those that are live."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePosixPath

from engine import bpmn, dmn
from engine.database import Transaction
from engine.definitions import Definitions, name_of

DRAFT = 0
"""The version number of what is not published yet."""


class Overlay(Definitions):
    """`files`: path → bytes, as a change has them. Without any it is what is live."""

    def __init__(self, live: Definitions, files: Mapping[str, bytes]) -> None:
        super().__init__()
        self._below = live
        self.live, self.reference = live.live, live.reference
        self.programs: dict[str, bpmn.Program] = {}
        self.models: dict[str, dmn.Model] = {}
        for path, source in files.items():
            if path.endswith(".bpmn"):
                for program in bpmn.read(source, lambda key: name_of(key, DRAFT)):
                    self.programs[program.key] = program
            elif path.endswith(".dmn"):
                self.models[PurePosixPath(path).stem] = dmn.read(source)

    def latest(self, key: str, at: datetime, town: str | None = None) -> str:
        return name_of(key, DRAFT) if key in self.programs else self._below.latest(key, at, town)

    def program(self, transaction: Transaction, definition: str) -> bpmn.Program:
        key, _, version = definition.rpartition(":")
        if version == str(DRAFT):
            return self.programs[key]
        return self._below.program(transaction, definition)

    def decision(self, transaction: Transaction, key: str, at: datetime, town: str | None = None) -> dmn.Model:
        return self.models.get(key) or self._below.decision(transaction, key, at, town)
