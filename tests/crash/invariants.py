"""What must hold after any number of faults. Each check returns sentences; none is good."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from engine import bpmn
from engine.database import Transaction
from engine.definitions import STAMPS, Definitions, Library

TASKS = "select order_id, item from user_task where status in ('open', 'claimed')"
TIMERS = "select order_id, timer from timer where status in ('armed', 'promoted')"
SUBSCRIPTIONS = "select order_id, item, element, event from subscription"
TWICE = (
    "select (data->>'task_id')::bigint as task, count(*) as times from history where kind = 'TaskCompleted' "
    "group by 1 having count(*) > 1"
)
HALF = (
    "select t.id from user_task t where (t.status = 'completed') <> exists (select 1 from history h where "
    "h.kind = 'TaskCompleted' and (h.data->>'task_id')::bigint = t.id)"
)
IDLE = (
    "select no from work_order o where status = 'active' "
    "and not exists (select 1 from user_task t where t.order_id = o.id and t.status in ('open', 'claimed')) "
    "and not exists (select 1 from timer t where t.order_id = o.id and t.status in ('armed', 'promoted')) "
    "and not exists (select 1 from job j where j.order_id = o.id and j.status in ('due', 'incident')) "
    "and not exists (select 1 from subscription s where s.order_id = o.id)"
)
UNQUEUED = (
    "select j.id, j.topic from job j where j.status = 'due' and not exists (select 1 from procrastinate_jobs p "
    "where p.task_name = 'job.deliver' and p.status in ('todo', 'doing') and (p.args->>'job_id')::bigint = j.id)"
)
INCIDENTS = "select order_no, topic, error from job where status = 'incident'"
REPORTS = "select source, business_key, count(*) as times from inbound where message_type = 'report' group by 1, 2"
ORDERS = "select id, no, kind, definition, state, status, document from work_order"


def broken(transaction: Transaction, sent: int) -> list[str]:
    """Everything that is not as it must be."""
    found = [f"task {row['task']} was completed {row['times']} times" for row in transaction.rows(TWICE)]
    found += [f"task {row['id']} is half done" for row in transaction.rows(HALF)]
    found += [f"{row['no']} waits for nothing" for row in transaction.rows(IDLE)]
    found += [f"job {row['id']} ({row['topic']}) is due but not queued" for row in transaction.rows(UNQUEUED)]
    found += [f"incident {row['order_no']} {row['topic']}: {row['error']}" for row in transaction.rows(INCIDENTS)]
    return found + _reports(transaction, sent) + _states(transaction)


def _reports(transaction: Transaction, sent: int) -> list[str]:
    """Every report became one appeal; no case without its appeal, none twice."""
    reports = transaction.rows(REPORTS)
    orders = transaction.rows("select kind, document from work_order")
    appeals = [row["document"] for row in orders if row["kind"] == "appeal"]
    lost = f"{sent} sent, {len(reports)} taken, {len(appeals)} appeals"
    found = [] if len(reports) == len(appeals) == sent else [lost]
    opened = Counter(row["document"].get("appealNo") for row in orders if row["kind"] == "case")
    again = {document["appealNo"] for document in appeals if document.get("lateDecision")}
    return found + [f"{no} opened {times} cases" for no, times in opened.items() if times > 1 and no not in again]


def _states(transaction: Transaction) -> list[str]:
    """Tasks, timers and subscriptions in their tables are those of the state bytes."""
    definitions = Definitions()
    definitions.refresh(transaction, transaction.rows(STAMPS)[0])
    machine = bpmn.Machine(Library(definitions, transaction, datetime.now(UTC)), None)  # type: ignore[arg-type]
    wanted: Counter[tuple[Any, ...]] = Counter()
    for order in transaction.rows(ORDERS):
        if order["status"] == "active":
            for row in machine.inspect(bytes(order["state"])).rows:
                if row[0] != "job":
                    wanted[(row[0], order["id"], *row[1:])] += 1
    found = _table(transaction)
    missing, extra = wanted - found, found - wanted
    return [f"the state has {row}, the tables have not" for row in missing] + [
        f"the tables have {row}, the state has not" for row in extra
    ]


def _table(transaction: Transaction) -> Counter[tuple[Any, ...]]:
    found: Counter[tuple[Any, ...]] = Counter()
    for kind, sql, names in (
        ("task", TASKS, ("item",)),
        ("timer", TIMERS, ("timer",)),
        ("subscription", SUBSCRIPTIONS, ("item", "element", "event")),
    ):
        for row in transaction.rows(sql):
            found[(kind, row["order_id"], *(row[name] for name in names))] += 1
    return found
