"""What to do with a report: the first row of intake_results.csv that fits what was found in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.intake.reasons import Reason, reason
from engine.intake.screening import Screening

Rows = Sequence[Mapping[str, Any]]
DANGER, CODE, SPLIT, CATEGORY, PLACELESS, OTHERWISE = "危险", "代码", "拆分", "类别", "地点不明", "其余"
"""What a row's column `when` may say; 代码 and 类别 have the beginning of a code in the column `code`."""


@dataclass(frozen=True)
class Results:
    """The rows in their order."""

    rows: Rows = ()

    def suggested(
        self, found: Screening, unfit: Rows, split: Rows, what: Rows, here: Mapping[str, Any] | None
    ) -> tuple[str, list[Reason]]:
        """The result and why; both empty when no row fits.

        unfit   codes the report points to; split: the different things in it; what: its categories, best first
        here    the best place
        """
        for row in self.rows:
            why = _why(row, found, unfit, split, what, here)
            if why is not None:
                return row["result"], why
        return "", []


def _why(
    row: Mapping[str, Any],
    found: Screening,
    unfit: Rows,
    split: Rows,
    what: Rows,
    here: Mapping[str, Any] | None,
) -> list[Reason] | None:
    """Why a row fits, None when it does not."""
    when, code = row["when"], row["code"]
    if when == DANGER:
        return [reason("danger", groups=list(found.groups))] if found.facts.get("lifeRisk") else None
    if when == CODE:
        named = next((one for one in unfit if one["code"].startswith(code)), None)
        return [reason("unfit", number=named["code"], name=named["name"]), *named["why"]] if named else None
    if when == SPLIT:
        return [reason("parts", count=len(split))] if split else None
    if when == CATEGORY:
        best = what[0] if what else None
        return best["why"] if best and best["code"].startswith(code) else None
    if when == PLACELESS:
        return [reason("placeless")] if here is None else None
    return [] if when == OTHERWISE else None


def read(rows: Sequence[Mapping[str, str]]) -> Results:
    return Results(rows)
