"""An ended work order that a message begins anew, as its diagram says: same number, same document."""

from __future__ import annotations

import pytest

from engine import commands
from engine.errors import NotCorrelated
from tests.bpmn.diagrams import document, end, extensions, flows, mapping, message, process, properties, start, user
from tests.engine.conftest import District

MESSAGES = '<bpmn:message id="Mo" name="msg.thing.opened"/><bpmn:message id="Ma" name="msg.thing.again"/>'
BEGIN = extensions(properties(orderKind="thing", numberPrefix="DX"))
AGAIN = extensions(
    mapping(outputs={"document.words": "=words"}), properties(reopens='=order.status = 70 and answer = "好"')
)
WORK = {"camunda_candidateGroups": "handler@PS", "camunda_formKey": "verify/confirm", "camunda_dueDate": "=now"}
THING = process(
    start("s", message("Mo"), BEGIN),
    start("r", message("Ma"), AGAIN),
    user("u", **WORK),
    end("e", extensions(properties(status="70"))),
    flows("s>u>e", "r>u"),
    id="thing",
    name="小事",
)


def ended(district: District, answer: str) -> str:
    """A work order of the diagram that has ended."""
    source = {"thing/thing.bpmn": document(THING, extra=MESSAGES)}
    district.execute(commands.Deploy(source, commands.SYSTEM, break_glass="for this test"))
    payload = {"answer": answer, "title": "小事"}
    no = district.execute(commands.DeliverMessage("msg.thing.opened", None, payload, f"open {answer}")).order_no
    district.do(no, "u", "PS-01")
    assert district.order(no)["status"] == "completed"
    return str(no)


def again(district: District, no: str, message_id: str = "again") -> str | None:
    message = commands.DeliverMessage("msg.thing.again", no, {"words": "又坏了"}, message_id)
    return district.execute(message).order_no  # type: ignore[no-any-return]


def test_it_goes_on_under_the_same_number_with_what_it_knows(district: District) -> None:
    no = ended(district, "好")
    assert again(district, no) == no
    order = district.order(no)
    assert (order["status"], order["closed_at"], order["document"]["words"]) == ("active", None, "又坏了")
    assert order["document"]["answer"] == "好"
    assert district.tasks(no)["u"]["item"] > 1, "the numbers of what it did before are not used again"
    district.do(no, "u", "PS-01")
    assert district.order(no)["status"] == "completed"
    kinds = [row["kind"] for row in district.rows("select kind from history where order_id = %(id)s", id=order["id"])]
    assert (kinds.count("OrderReopened"), kinds.count("OrderEnded")) == (1, 2)


def test_the_same_message_reopens_it_once(district: District) -> None:
    no = ended(district, "好")
    again(district, no)
    district.do(no, "u", "PS-01")
    again(district, no)
    assert district.order(no)["status"] == "completed"


def test_it_stays_ended_when_its_diagram_does_not_want_it(district: District) -> None:
    no = ended(district, "不好")
    with pytest.raises(NotCorrelated):
        again(district, no)
    assert district.order(no)["status"] == "completed"


def test_a_running_one_is_not_begun_anew(district: District) -> None:
    no = ended(district, "好")
    again(district, no)
    with pytest.raises(NotCorrelated):
        again(district, no, "once more")
    assert len(district.tasks(no)) == 1


def test_what_nobody_knows_opens_nothing(district: District) -> None:
    ended(district, "好")
    with pytest.raises(NotCorrelated):
        again(district, "DX2026010100000099")
