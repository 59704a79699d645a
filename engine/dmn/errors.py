"""What is found wrong with a decision model, and the refusal that carries it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from engine.errors import InvalidInput

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found in a decision model.

    `rule` is a stable key such as `dmn.cell.syntax`, `element` the id (or name) of the decision, `row` and
    `column` count from 1 in the table as shown (row: rule; column: inputs first, then outputs), `example` gives
    values of the inputs for which the finding shows.
    """

    rule: str
    element: str
    severity: Severity
    zh: str
    en: str
    row: int | None = None
    column: int | None = None
    example: dict[str, Any] | None = None


class InvalidDecision(InvalidInput):
    """The decision model cannot be run as it is; `findings` say where and why."""

    code = "INVALID_DECISION"

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(
            "决策模型有误：" + "；".join(finding.zh for finding in findings),
            "The decision model has errors: " + "; ".join(finding.en for finding in findings),
        )
        self.findings = list(findings)


class UnknownDecision(InvalidInput):
    """The model has no such decision or decision service."""

    code = "UNKNOWN_DECISION"

    def __init__(self, name: str) -> None:
        super().__init__(f"决策模型中没有“{name}”。", f"The decision model has no “{name}”.")
