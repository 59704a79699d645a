"""What to do with a report: the first row of intake_results.csv that fits what was found in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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
    ) -> tuple[str, str]:
        """The result and why; both empty when no row fits.

        unfit   codes the report points to; split: the different things in it; what: its categories, best first
        here    the best place
        """
        for row in self.rows:
            reason = _reason(row, found, unfit, split, what, here)
            if reason is not None:
                return row["result"], reason
        return "", ""


def _reason(
    row: Mapping[str, Any],
    found: Screening,
    unfit: Rows,
    split: Rows,
    what: Rows,
    here: Mapping[str, Any] | None,
) -> str | None:
    """Why a row fits, None when it does not."""
    when, code = row["when"], row["code"]
    if when == DANGER:
        return "、".join(found.groups) if found.facts.get("lifeRisk") else None
    if when == CODE:
        named = next((one for one in unfit if one["code"].startswith(code)), None)
        return f"{named['code']} {named['name']}（{named['reason']}）" if named else None
    if when == SPLIT:
        return f"反映了{len(split)}件不同的事" if split else None
    if when == CATEGORY:
        best = what[0] if what else None
        return best["reason"] if best and best["code"].startswith(code) else None
    if when == PLACELESS:
        return "没有认出地点" if here is None else None
    return "" if when == OTHERWISE else None


def read(rows: Sequence[Mapping[str, str]]) -> Results:
    return Results(rows)
