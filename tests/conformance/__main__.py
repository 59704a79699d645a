"""Runs a public conformance suite: `python -m tests.conformance SUITE FOLDER`."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

SUITES = ("bpmn", "invalid", "dmn")


def main(arguments: list[str]) -> int:
    """Run the named suite over a folder; 0 when every case passes, 2 for wrong arguments."""
    if len(arguments) != 2 or arguments[0] not in SUITES:
        print(f"usage: python -m tests.conformance {{{'|'.join(SUITES)}}} FOLDER", file=sys.stderr)
        return 2
    suite = import_module(f"tests.conformance.{arguments[0]}")
    return int(suite.main(Path(arguments[1])))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
