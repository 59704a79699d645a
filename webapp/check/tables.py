"""The examples of decision tables: `dmn_*.toml` beside the scenarios, row by row what goes in and what comes out."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine import dmn
from engine.dmn.model import Model
from webapp.check.coverage import Touched


@dataclass(frozen=True)
class Examples:
    """The examples of one decision, with the table they are about."""

    path: Path
    decision: str
    source: bytes
    cases: list[Mapping[str, Any]]


def collect(processes: Path) -> list[Path]:
    """All files with examples below a folder."""
    return sorted(path for path in processes.rglob("dmn_*.toml") if path.parent.name == "scenarios")


def load(path: Path) -> Examples:
    """Read a file. Raises OSError and ValueError."""
    content = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    source = (path.parent / content["file"]).read_bytes()
    return Examples(path, content["decision"], source, content["case"])


def play(examples: Examples, touched: Touched | None = None) -> Iterator[str]:
    """What is not as it should be, a sentence each."""
    model = dmn.read(examples.source)
    for number, case in enumerate(examples.cases, 1):
        if touched is not None:
            touched.decided(examples.decision, model.deciding_rules(examples.decision, case["given"]))
        found = _result(model, examples.decision, case["given"])
        if found != case["expect"]:
            title = case.get("title", "")
            yield f"#{number} {title}：应为 {case['expect']}，实际为 {found} / expected and found differ"


def _result(model: Model, decision: str, given: Mapping[str, Any]) -> Any:
    value = model.evaluate(decision, given)
    table = model.decisions[decision].table
    outputs = table.outputs if table is not None else []
    if len(outputs) == 1:
        value = {outputs[0].name: value}
    return {} if value is None else _shown(value)


def _shown(value: Any) -> Any:
    """A value without its empty outputs, which the examples leave out."""
    if isinstance(value, list):
        return [_shown(item) for item in value]
    if isinstance(value, Mapping):
        return {name: item for name, item in value.items() if item is not None}
    return value
