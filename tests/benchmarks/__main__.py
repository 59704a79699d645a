"""`python -m tests.benchmarks NAME [--json]`."""

from __future__ import annotations

import argparse
import importlib
import json

from tests.benchmarks.measure import table

NAMES = ("latency", "step", "http", "growth", "idle", "scale", "stored", "pages", "rules", "pipe")


def main() -> None:
    """Run one benchmark and print its figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--json", action="store_true", help="print JSON with cpu_ms a unit on top")
    options = parser.parse_args()
    figures = importlib.import_module(f"tests.benchmarks.{options.name}").run()
    if options.json:
        found = [figure.as_dict() for figure in figures]
        print(json.dumps({"cpu_ms": found[0]["cpu_ms"], "figures": found}, ensure_ascii=False, indent=2))
    else:
        print(table(figures))


if __name__ == "__main__":
    main()
