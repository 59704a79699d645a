"""The district's figures over a period, each a rate with its numerator and denominator.

Definitions: domain brief, section 2.5. A case's deadline is that of its last handling (the unit clock as it was then);
postponed (挂账) and void cases stand aside.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.database import Transaction

VOID, POSTPONED, CLOSED = (80,), (44,), (70, 71)
REWORK, REDO, ESCALATED = 51, 61, 46
GRASSROOTS = ("村居", "镇街")
CROSSING = "多跨"
HANDLING, DISPATCHING = "处置", "派遣"

COUNTED = """
with cases as (
    select o.id, o.status_code, o.document, o.marks, u.tier from work_order o
    left join org_unit u on u.unit_code = o.main_unit
    where o.kind = 'case' and o.opened_at < %(end)s
), handled as (
    select distinct on (order_id) order_id, due_at, case when status = 'completed' then closed_at end as disposed_at
    from user_task where stage = %(handling)s and status <> 'cancelled' and order_id in (select id from cases)
    order by order_id, id desc
), said as (
    select order_id, count(*) filter (where (data->>'code')::int = %(rework)s) as reworks,
        count(*) filter (where (data->>'code')::int = %(redo)s) as redoes,
        count(*) filter (where (data->>'code')::int = %(escalated)s) as escalations
    from history where kind = 'StatusChanged' and order_id in (select id from cases) group by order_id
), sent as (
    select order_id, count(*) filter (where stage = %(dispatching)s) as dispatches,
        count(*) filter (where data->>'signAction' = '退单') as returns
    from (select t.order_id, t.stage, h.data->'data' as data from user_task t
        join history h on h.order_id = t.order_id and h.kind = 'TaskCompleted' and (h.data->>'task_id')::bigint = t.id
        where t.status = 'completed' and t.order_id in (select id from cases)) as done
    group by order_id
), each as (
    select c.*, h.due_at, h.disposed_at, coalesce(s.reworks, 0) as reworks, coalesce(s.redoes, 0) as redoes,
        coalesce(s.escalations, 0) as escalations, coalesce(d.dispatches, 0) as dispatches,
        coalesce(d.returns, 0) as returns, c.status_code = any(%(closed)s) as closed,
        c.status_code <> all(%(aside)s) as counts, h.disposed_at is not null as disposed,
        h.disposed_at <= h.due_at as in_time, h.due_at < %(end)s as fell_due
    from cases c left join handled h on h.order_id = c.id left join said s on s.order_id = c.id
    left join sent d on d.order_id = c.id
)
select count(*) as cases,
    count(*) filter (where closed) as closed,
    count(*) filter (where counts and (disposed or fell_due)) as to_close,
    count(*) filter (where counts and closed and (disposed or fell_due)) as closed_of_these,
    count(*) filter (where counts and closed and in_time and (disposed or fell_due)) as closed_in_time,
    count(*) filter (where counts and fell_due) as to_dispose,
    count(*) filter (where counts and fell_due and disposed) as disposed_due,
    count(*) filter (where counts and fell_due and in_time) as disposed_in_time,
    count(*) filter (where disposed) as disposed,
    count(*) filter (where disposed and reworks > 0) as reworked,
    sum(reworks) as reworks, sum(redoes) as redoes, sum(escalations) as escalations,
    count(*) filter (where %(crossing)s = any(marks)) as crossing,
    count(*) filter (where closed and reworks = 0 and redoes = 0) as closed_at_once,
    count(*) filter (where closed and tier = any(%(grassroots)s)) as closed_below,
    count(*) filter (where dispatches > 0 or main_unit_known) as dispatched, sum(returns) as returns
from (select *, document->>'mainUnit' is not null as main_unit_known from each) as all_of_them
"""
APPEALS = """
select count(*) as reports, count(*) filter (where document->>'caseNo' is not null) as joined,
    count(*) filter (where document->>'resolved' in ('是', '部分', '否')) as rated,
    count(*) filter (where document->>'resolved' = '是') as resolved,
    count(*) filter (where document->>'satisfied' is not null) as judged,
    sum(case when document->>'satisfied' in ('非常满意', '满意') then 1
        when document->>'satisfied' = '基本满意' then 0.6 else 0 end) as satisfaction
from work_order where kind = 'appeal' and opened_at < %(end)s
"""
OTHERS = (
    "select kind, count(*) as orders from work_order where kind not in ('appeal', 'case') group by kind order by kind"
)


@dataclass(frozen=True)
class Figure:
    """`share` of `whole`; with no whole a plain number."""

    zh: str
    en: str
    share: float
    whole: int | None = None

    def __str__(self) -> str:
        shown = f"{self.share:g}"
        if self.whole is None:
            return f"{self.zh} {self.en}: {shown}"
        rate = f"{100 * self.share / self.whole:.2f} %" if self.whole else "—"
        return f"{self.zh} {self.en}: {rate} ({shown}/{self.whole})"


def measure(transaction: Transaction, end: datetime) -> list[Figure]:
    """The figures of everything opened before `end`, as it stands."""
    params = {
        "end": end,
        "handling": HANDLING,
        "dispatching": DISPATCHING,
        "rework": REWORK,
        "redo": REDO,
        "escalated": ESCALATED,
        "closed": list(CLOSED),
        "aside": [*VOID, *POSTPONED],
        "grassroots": list(GRASSROOTS),
        "crossing": CROSSING,
    }
    cases = {name: int(value or 0) for name, value in transaction.rows(COUNTED, params)[0].items()}
    (appeals,) = transaction.rows(APPEALS, {"end": end})
    others = transaction.rows(OTHERS)
    return [*_figures(cases), *_citizens(appeals, cases), *(_order(row["kind"], row["orders"]) for row in others)]


def _figures(n: dict[str, int]) -> Iterator[Figure]:
    yield Figure("立案数", "cases", n["cases"])
    yield Figure("结案率", "closing rate", n["closed_of_these"], n["to_close"])
    yield Figure("按期结案率", "closed in time", n["closed_in_time"], n["to_close"])
    yield Figure("处置率", "disposal rate", n["disposed_due"], n["to_dispose"])
    yield Figure("按期处置率", "disposed in time", n["disposed_in_time"], n["to_dispose"])
    yield Figure("一次处置完成率", "done at the first attempt", n["closed_at_once"], n["closed"])
    yield Figure("返工率", "reworked", n["reworked"], n["disposed"])
    yield Figure("返工次数", "reworks", n["reworks"])
    yield Figure("重办次数", "redone", n["redoes"])
    yield Figure("退单率", "returned", n["returns"], n["dispatched"])
    yield Figure("基层办结率", "closed by villages and towns", n["closed_below"], n["closed"])
    yield Figure("上行次数", "escalated", n["escalations"])
    yield Figure("多跨件", "crossing units, tiers or towns", n["crossing"], n["cases"])


def _citizens(row: dict[str, object], cases: dict[str, int]) -> Sequence[Figure]:
    reports, rated, judged = (int(str(row[name] or 0)) for name in ("reports", "rated", "judged"))
    return [
        Figure("立案率", "reports that opened a case", cases["cases"], reports),
        Figure("解决率", "resolved", int(str(row["resolved"] or 0)), rated),
        Figure("满意率", "satisfied", float(str(row["satisfaction"] or 0)), judged),
    ]


def _order(kind: str, orders: int) -> Figure:
    return Figure(f"其他工单“{kind}”", f"other work orders, {kind}", orders)
