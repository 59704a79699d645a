"""String functions (DMN 1.5, 10.3.4.3). Positions and lengths count characters (code points)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from engine.feel.functions import regexes
from engine.feel.functions.conversion import as_decimal
from engine.feel.functions.registry import builtin
from engine.feel.limits import Run


@builtin("substring", "string:string, start position:number, length:number?=")
def substring(run: Run, text: str, start: Any, length: Any = None) -> str | None:
    """From a position that counts from 1, or from -1 backwards; null for a position outside the text."""
    position = int(as_decimal(start))
    if position == 0 or abs(position) > len(text):
        return None
    begin = position - 1 if position > 0 else len(text) + position
    if length is None:
        return text[begin:]
    size = int(as_decimal(length))
    return text[begin : begin + size] if size >= 1 else None


@builtin("string length", "string:string")
def string_length(run: Run, text: str) -> Decimal:
    return Decimal(len(text))


@builtin("upper case", "string:string")
def upper_case(run: Run, text: str) -> str:
    return run.text(text.upper())


@builtin("lower case", "string:string")
def lower_case(run: Run, text: str) -> str:
    return run.text(text.lower())


@builtin("substring before", "string:string, match:string")
def substring_before(run: Run, text: str, match: str) -> str:
    before, found, _ = text.partition(match) if match else ("", "", "")
    return before if found else ""


@builtin("substring after", "string:string, match:string")
def substring_after(run: Run, text: str, match: str) -> str:
    return text.partition(match)[2] if match else text


@builtin("contains", "string:string, match:string")
def contains(run: Run, text: str, match: str) -> bool:
    return match in text


@builtin("starts with", "string:string, match:string")
def starts_with(run: Run, text: str, match: str) -> bool:
    return text.startswith(match)


@builtin("ends with", "string:string, match:string")
def ends_with(run: Run, text: str, match: str) -> bool:
    return text.endswith(match)


@builtin("matches", "input:string, pattern:string, flags:string?=")
def matches(run: Run, text: str, pattern: str, flags: str | None = None) -> bool:
    return regexes.search(run, pattern, flags or "", text)


@builtin("replace", "input:string, pattern:string, replacement:string, flags:string?=")
def replace(run: Run, text: str, pattern: str, replacement: str, flags: str | None = None) -> str:
    return run.text(regexes.replace(run, pattern, flags or "", text, replacement))


@builtin("split", "string:string, delimiter:string")
def split(run: Run, text: str, delimiter: str) -> list[str]:
    return regexes.split(run, delimiter, text)


@builtin("string join", "list:list, delimiter:string?=")
def string_join(run: Run, parts: list[Any], delimiter: str | None = None) -> str | None:
    """The strings of a list with a delimiter between them; nulls are left out."""
    found = [part for part in parts if part is not None]
    if not all(isinstance(part, str) for part in found):
        return None
    run.items(len(found))
    size = sum(map(len, found)) + len(delimiter or "") * len(found)
    if size > run.limits.string_length:
        run.text(" " * (run.limits.string_length + 1))
    return run.text((delimiter or "").join(found))
