"""A message whose sender waits for nothing: delivered and done in one step, once."""

from __future__ import annotations

from typing import Any

from engine import commands
from tests.bpmn.diagrams import document, end, extensions, flows, message, process, properties, start, throw, user
from tests.engine.conftest import District

MESSAGES = '<bpmn:message id="Mo" name="msg.thing.opened"/><bpmn:message id="Mt" name="msg.thing.told"/>'
WORK = {"camunda_candidateGroups": "handler@PS", "camunda_formKey": "verify/confirm", "camunda_dueDate": "=now"}
SENDER = process(
    start("s", message("Mo"), extensions(properties(orderKind="teller", numberPrefix="TA"))),
    throw("t", message("Mt")),
    user("u", **WORK),
    end("e"),
    flows("s>t>u>e"),
    id="teller",
)
RECEIVER = process(
    start("s", message("Mt"), extensions(properties(orderKind="told", numberPrefix="TB"))),
    user("u", **WORK),
    end("e"),
    flows("s>u>e"),
    id="told",
)


def sent(district: District) -> dict[str, Any]:
    """The job of a message on its way, with the number of its sender."""
    files = {
        f"{name}/{name}.bpmn": document(each, extra=MESSAGES) for name, each in (("teller", SENDER), ("told", RECEIVER))
    }
    district.execute(commands.Deploy(files, commands.SYSTEM, break_glass="for this test"))
    district.execute(commands.DeliverMessage("msg.thing.opened", None, {}, "1"))
    (job,) = district.rows("select id, order_no, order_id, idempotency_key from job where status = 'due'")
    return job


def told(district: District) -> int:
    return len(district.rows("select 1 as one from work_order where kind = 'told'"))


def status(district: District, job: dict[str, Any]) -> str:
    return str(district.rows("select status from job where id = %(id)s", id=job["id"])[0]["status"])


def deliver(district: District, job: dict[str, Any]) -> Any:
    message = commands.DeliverMessage("msg.thing.told", None, {}, job["idempotency_key"], job_id=job["id"])
    return district.execute(message).order_no


def test_delivery_ends_the_job_and_the_sender_s_history_tells_of_it(district: District) -> None:
    job = sent(district)
    before = district.order(job["order_no"])["version"]
    district.work()
    assert (told(district), status(district, job)) == (1, "done")
    of_sender = "select data from history where order_id = %(id)s and kind = 'JobCompleted'"
    assert [row["data"]["job_id"] for row in district.rows(of_sender, id=job["order_id"])] == [job["id"]]
    assert district.order(job["order_no"])["version"] == before, "the sender has work of its own and is not in the way"


def test_a_repeat_brings_nothing(district: District) -> None:
    job = sent(district)
    assert deliver(district, job)
    assert not deliver(district, job)
    assert told(district) == 1
