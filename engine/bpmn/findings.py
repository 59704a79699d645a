"""One remark of the linter or the reader about a diagram."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`rule` is the stable id of the rule, `element` the id of the element it is about.

    `zh` and `en` say what is wrong, `repair_zh`/`repair_en` what to do about it (None: no single repair).
    An `error` keeps the diagram from being deployed, a `warning` does not.
    """

    rule: str
    element: str
    severity: Severity
    zh: str
    en: str
    repair_zh: str | None = None
    repair_en: str | None = None
