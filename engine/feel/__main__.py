"""Evaluate one FEEL expression: `python -m engine.feel 'amount * 2' --context data.json`.

Exit status: 0 with a value, 1 when the value is null (the reasons go to standard error), 2 when the
expression or the context cannot be read.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
from pathlib import Path
from typing import Any

import engine.feel


def main(arguments: list[str] | None = None) -> int:
    options = _options().parse_args(arguments)
    try:
        scope = _context(options.context)
        now = dt.datetime.now().astimezone()
        expression = engine.feel.parse(options.expression, names=scope)
        value, notes = expression.explain(scope, now=now)
    except engine.feel.FeelError as error:
        print(f"{error.message_zh}\n{error.message_en}", file=sys.stderr)
        return 2
    except (OSError, ValueError) as error:
        print(f"无法读取上下文文件。The context cannot be read: {error}", file=sys.stderr)
        return 2
    print(json.dumps(engine.feel.to_json(value), ensure_ascii=False))
    for note in notes:
        print(f"{note.line}:{note.column} {note.message_zh} {note.message_en}", file=sys.stderr)
    return 1 if value is None else 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m engine.feel", description="Evaluate a FEEL expression.")
    parser.add_argument("expression", help="the expression, for example: date(due) < today()")
    parser.add_argument("--context", type=Path, help="a JSON file with the variables")
    return parser


def _context(path: Path | None) -> dict[str, Any]:
    data = engine.feel.from_json(json.loads(path.read_text("utf-8"))) if path else {}
    if not isinstance(data, dict):
        raise ValueError("the file must hold a JSON object")
    return data


if __name__ == "__main__":
    sys.exit(main())
