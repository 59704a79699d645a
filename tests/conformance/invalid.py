"""Deploys diagrams that break one rule of the standard each; every one must be refused."""

from __future__ import annotations

from pathlib import Path

from engine.bpmn import InvalidDiagram
from tests.conformance.bpmn import deploy


def main(folder: Path) -> int:
    """Deploy every file below the folder; print accepted ones and `N of M refused`."""
    files = sorted(folder.rglob("*.bpmn"))
    refused = 0
    for file in files:
        reasons = refusal(file)
        refused += bool(reasons)
        if not reasons:
            print(f"{file.relative_to(folder)}: accepted")
    print(f"{refused} of {len(files)} refused")
    return 0 if refused == len(files) else 1


def refusal(file: Path) -> list[str]:
    """Why a file is refused, as `rule element: sentence`; empty when it is accepted."""
    try:
        deploy(file)
    except InvalidDiagram as error:
        return [f"{f.rule} {f.element}: {f.en}" for f in error.findings]
    return []
