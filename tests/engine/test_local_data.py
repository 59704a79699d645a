"""Tasks whose data stay local to one instance of a loop, and who may do which instance."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from engine import commands, queries
from engine.environment import StepEnvironment
from engine.errors import InvalidDeployment, NotAllowed
from engine.order import COLUMNS, Order
from engine.ports import FileContent
from tests.engine.conftest import District
from webapp import form_context
from webapp.check.browser import filled_in

DIAGRAM = Path(__file__).with_name("opinions.bpmn")
FIELDS = {
    "opinion": [("textfield", "coUnit"), ("textarea", "words"), ("textfield", "content"), ("photo", "photos")],
    "result": [("textfield", "coUnit"), ("textfield", "result")],
}


def form(name: str) -> bytes:
    fields = [{"type": kind, "key": key, "label": key, "id": key} for kind, key in FIELDS[name]]
    return json.dumps({"id": name, "type": "default", "components": fields, "schemaVersion": 18}).encode()


class Opinions:
    """One work order that asks two units for their opinion, side by side."""

    def __init__(self, district: District) -> None:
        self.district = district
        files = {
            "opinions/opinions.bpmn": DIAGRAM.read_bytes(),
            "forms/opinions/opinion.form": form("opinion"),
            "forms/opinions/result.form": form("result"),
        }
        district.execute(commands.Deploy(files, commands.SYSTEM, break_glass="another version"))
        start = {"content": "占道堆放", "words": "群众原话", "coUnits": ["PS", "CGJ"]}
        self.no = district.execute(commands.DeliverMessage("msg.opinions.start", None, start, "1")).order_no

    def open(self, element: str) -> list[dict[str, Any]]:
        sql = (
            "select * from user_task where order_no = %(no)s and element = %(element)s "
            "and status in ('open', 'claimed') order by id"
        )
        return self.district.rows(sql, no=self.no, element=element)

    def do(self, task: Mapping[str, Any], by: str, **data: Any) -> None:
        with self.district.wiring.engine.database.engine.connect() as reader:
            clean, files = filled_in(reader, task["id"], by, data)
        self.district.execute(commands.CompleteTask(task["id"], clean, by, task["version"], files))

    def shown(self, task: Mapping[str, Any], to: str) -> dict[str, Any]:
        """What the form starts with."""
        with self.district.wiring.engine.database.engine.connect() as reader:
            row, who = queries.task_by_id(reader, task["id"]), queries.viewer(reader, to)
            assert row is not None
            assert who is not None
            found = form_context.form_of(reader, row["form_key"])
            assert found is not None
            return form_context.context(reader, found, row, who)

    @property
    def document(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.district.order(self.no)["document"]
        return found

    def agreed(self) -> None:
        first, second = self.open("UT_op")
        self.do(first, "PS-01", words="同意")
        self.do(second, "CGJ-01", words="不同意")


@pytest.fixture
def opinions(district: District) -> Opinions:
    return Opinions(district)


def test_a_form_shows_its_own_instance_before_the_document(opinions: Opinions) -> None:
    first, second = opinions.open("UT_op")
    assert opinions.shown(first, "PS-01") == {"coUnit": "PS", "content": "占道堆放"}, (
        "words are the instance's own: empty"
    )
    assert opinions.shown(second, "CGJ-01")["coUnit"] == "CGJ"


def test_what_people_fill_in_stays_out_of_the_document(opinions: Opinions) -> None:
    opinions.agreed()
    assert opinions.document["words"] == "群众原话"
    assert "coUnit" not in opinions.document
    first, second = opinions.open("UT_do")
    opinions.do(first, "PQ01", result="甲")
    opinions.do(second, "PQ02", result="乙")
    assert "result" not in opinions.document
    opinions.do(opinions.open("UT_ver")[0], "SJJ-01", result="好")
    assert opinions.document["summary"] == {
        "opinions": [
            {"unit": "PS", "words": "同意", "photos": []},
            {"unit": "CGJ", "words": "不同意", "photos": []},
        ],
        "results": ["甲", "乙"],
    }


def test_history_keeps_what_each_instance_said(opinions: Opinions) -> None:
    opinions.agreed()
    sql = "select data from history where kind = 'TaskCompleted' order by id"
    assert [row["data"]["data"]["words"] for row in opinions.district.rows(sql)] == ["同意", "不同意"]


def test_files_of_local_data_belong_to_the_work_order(opinions: Opinions) -> None:
    task = opinions.open("UT_op")[0]
    file = FileContent("现场.jpg", "image/jpeg", b"\xff\xd8")
    data = {"words": "同意", "photos": ["F1"]}
    opinions.district.execute(commands.CompleteTask(task["id"], data, "PS-01", task["version"], {"F1": file}))
    assert [row["id"] for row in opinions.district.rows("select id from attachment")] == ["F1"]


def test_everybody_who_did_an_instance_is_known(opinions: Opinions) -> None:
    opinions.agreed()
    done = opinions.document["doneBy"]["UT_op"]
    assert (done["user"], done["unit"]) == ("CGJ-01", "CGJ")
    assert done["all"] == [{"user": "PS-01", "unit": "PS"}, {"user": "CGJ-01", "unit": "CGJ"}]


def test_all_units_of_a_loop_are_barred_from_verifying(opinions: Opinions) -> None:
    opinions.agreed()
    for task, by in zip(opinions.open("UT_do"), ("PQ01", "PQ02"), strict=True):
        opinions.do(task, by, result="好")
    task = opinions.open("UT_ver")[0]
    assert {"unit:PS", "unit:CGJ", "user:PS-01", "user:CGJ-01"} <= set(task["not_by"])
    for barred in ("PS-01", "CGJ-01"):
        with pytest.raises(NotAllowed):
            opinions.do(task, barred, result="好")
    opinions.do(task, "SJJ-01", result="好")


def test_a_person_does_one_instance_only(opinions: Opinions) -> None:
    opinions.agreed()
    first, second = opinions.open("UT_do")
    opinions.do(first, "PQ01", result="好")
    with pytest.raises(NotAllowed):
        opinions.do(second, "PQ01", result="好")
    opinions.do(second, "PQ02", result="好")


def test_a_stage_goes_on_until_its_last_instance_is_done(opinions: Opinions) -> None:
    opinions.agreed()
    first, second = opinions.open("UT_do")
    assert first["due_at"] is not None
    opinions.do(first, "PQ01", result="好")
    assert "签收" in opinions.district.order(opinions.no)["clocks"]
    opinions.do(second, "PQ02", result="好")
    assert "签收" not in opinions.district.order(opinions.no)["clocks"]


# ------------------------------------------------------------------ master data and notices
def ask(district: District, expression: str) -> Any:
    """The value of an expression as a diagram of a new appeal would see it."""
    no = district.report()
    with district.wiring.engine.database.transaction() as transaction:
        definitions = district.wiring.engine.definitions
        order = Order.from_row(transaction.row(f"select {COLUMNS} from work_order where no = %(no)s", {"no": no}))  # type: ignore[arg-type]
        return StepEnvironment(order, district.now, definitions, transaction).evaluate(expression, [order.document])


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ('unit("RY").tier', "镇街"),
        ('unit("V001001").above', ["RY", "CTR"]),
        ('unit("nobody")', None),
        ('count(units("镇街")) > 5 and list contains(units("镇街"), "RY")', True),
        ('list contains(units("公共服务单位"), "PS")', True),
        ('table("delegated_powers")[category = "E0101"].power_code', ["SQ001"]),
        ('table("delegated_powers")[1].no + 1', 2),
        ('table("no such list")', None),
        ('holders("handler", "PS")', ["PS-01"]),
        ('on duty("shift_leader", "CTR")', ["ZB01"]),
    ],
)
def test_diagrams_see_the_master_data(district: District, expression: str, wanted: Any) -> None:
    assert ask(district, expression) == wanted


def test_a_list_that_does_not_exist_is_found_before_a_deployment(district: District) -> None:
    wrong = DIAGRAM.read_text().replace("=coUnits", "=table(&quot;nobody&quot;)", 1).encode()
    with pytest.raises(InvalidDeployment) as refused:
        district.execute(
            commands.Deploy({"opinions/opinions.bpmn": wrong}, commands.SYSTEM, break_glass="another version")
        )
    assert ("CL17", "UT_op") in {(one.rule, one.element) for one in refused.value.findings}


def notices(opinions: Opinions) -> list[tuple[str, str, str]]:
    rows = opinions.district.rows("select role, unit, text from notice order by id")
    return [(row["role"], row["unit"], row["text"]) for row in rows]


def test_a_notice_goes_to_people_named_by_each_instance(opinions: Opinions) -> None:
    assert [(role, unit) for role, unit, _ in notices(opinions)] == [("user", "PS-02"), ("user", "CGJ-02")]
    assert "排水" in notices(opinions)[0][2]


def test_those_who_have_just_finished_are_not_told(opinions: Opinions) -> None:
    before = len(notices(opinions))
    opinions.agreed()
    assert len(notices(opinions)) == before, "the event inside tells `assignees`, and nobody has an open task"
