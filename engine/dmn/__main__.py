"""`python -m engine.dmn`: check decision models, evaluate one, and turn tables into sheets and back."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.dmn import check, read, sheets
from engine.dmn.errors import InvalidDecision
from engine.dmn.sheet import Sheet, from_dmn, to_dmn
from engine.feel import from_json, to_json


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when nothing is wrong."""
    parser = argparse.ArgumentParser(prog="python -m engine.dmn", description=__doc__)
    commands = parser.add_subparsers(required=True)
    checking = commands.add_parser("check", help="list what is wrong with DMN files")
    checking.add_argument("files", nargs="+", type=Path)
    checking.set_defaults(run=_check)
    evaluating = commands.add_parser("evaluate", help="evaluate a decision for the JSON values of its inputs")
    evaluating.add_argument("file", type=Path)
    evaluating.add_argument("decision")
    evaluating.add_argument("context", help='JSON, for example {"stage": "派遣"}')
    evaluating.set_defaults(run=_evaluate)
    converting = commands.add_parser("convert", help="between .dmn, .csv and .xlsx")
    converting.add_argument("source", type=Path)
    converting.add_argument("target", type=Path)
    converting.set_defaults(run=_convert)
    options = parser.parse_args(arguments)
    try:
        return int(options.run(options))
    except InvalidDecision as refused:
        print(f"{refused.zh}\n{refused.en}", file=sys.stderr)
        return 1


def _check(options: Any) -> int:
    errors = 0
    for file in options.files:
        for finding in check(file.read_bytes()):
            errors += finding.severity == "error"
            print(f"{file}: {finding.severity} {finding.rule} {finding.element}\n  {finding.zh}\n  {finding.en}")
    return 1 if errors else 0


def _evaluate(options: Any) -> int:
    context = from_json(json.loads(options.context))
    value = read(options.file.read_bytes()).evaluate(options.decision, context)
    print(json.dumps(to_json(value), ensure_ascii=False, indent=2))
    return 0


def _convert(options: Any) -> int:
    source: Path = options.source
    sheet = _READERS[source.suffix](source.read_bytes())
    options.target.write_bytes(_WRITERS[options.target.suffix](sheet))
    return 0


def _from_csv(data: bytes) -> Sheet:
    return sheets.from_csv(data.decode("utf-8-sig"))


def _to_csv(sheet: Sheet) -> bytes:
    return sheets.to_csv(sheet).encode("utf-8-sig")


_READERS: dict[str, Callable[[bytes], Sheet]] = {".dmn": from_dmn, ".csv": _from_csv, ".xlsx": sheets.from_xlsx}
_WRITERS: dict[str, Callable[[Sheet], bytes]] = {".dmn": to_dmn, ".csv": _to_csv, ".xlsx": sheets.to_xlsx}

if __name__ == "__main__":
    sys.exit(main())
