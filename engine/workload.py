"""How much work waits in units, for diagrams and decision tables.

workload(units)    a unit or a list of units → for each {unit, open, late}: work orders with an open task of a post
                   there, and how many of these are past their due time
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from engine.database import Transaction
from engine.feel.values import Offered
from engine.reference import Reference

OPEN = (
    "select split_part(post, '@', 2) as unit, count(distinct t.order_id) as open, "
    "count(distinct t.order_id) filter (where t.due_at <= %(now)s) as late "
    "from user_task t cross join lateral unnest(t.candidates) as post "
    "where t.status in ('open', 'claimed') and t.candidates && %(posts)s::text[] and post = any(%(posts)s::text[]) "
    "group by 1"
)


class Asker(Protocol):
    """Who asks: one step of one work order."""

    now: datetime
    transaction: Transaction
    reference: Reference


def make(asker: Asker) -> Offered:
    """The function as expressions call it."""
    return Offered(("units",), lambda units: _of(asker, units), "workload")


def _of(asker: Asker, units: Any) -> list[Mapping[str, Any]]:
    wanted = [str(one) for one in (units if isinstance(units, list) else [units]) if one]
    posts = [post for post in asker.reference.holders if post.partition("@")[2] in wanted]
    rows = asker.transaction.rows(OPEN, {"posts": posts, "now": asker.now}) if posts else []
    found = {row["unit"]: {"open": row["open"], "late": row["late"]} for row in rows}
    return [{"unit": unit, **found.get(unit, {"open": 0, "late": 0})} for unit in wanted]
