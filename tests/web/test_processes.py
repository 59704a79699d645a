"""Process pages: who may change, checks, saving into a change, what differs, going back."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from engine import commands
from tests.web.conftest import Person
from webapp.settings import ROOT
from webapp.wiring import Wiring

Log = Callable[[str], Person]
DISPATCH = (ROOT / "processes/shared/dispatch/dispatch.bpmn").read_bytes()
CHANGED = DISPATCH.replace("人工派遣".encode(), "派遣到单位".encode())
NEW = {"title": "人工派遣改名", "reason": "与三定文件的叫法一致"}


def save(owner: Person, xml: bytes, **more: object) -> Any:
    data = {"source": (io.BytesIO(xml), "dispatch.bpmn"), **more}
    return owner.post("/processes/dispatch/save", data, headers={"Accept": "application/json"})


def test_it_saves_into_a_new_change_and_nothing_goes_live(person: Log) -> None:
    owner = person("LC01")
    saved = save(owner, CHANGED, **NEW).json
    assert owner.get("/processes/dispatch/2.bpmn").status_code == 404
    page = owner.page(f"/changes/{saved['change']}")
    assert "修改 派遣到单位" in page
    assert owner.get(f"/changes/{saved['change']}/files/dispatch/dispatch.bpmn").data == CHANGED
    assert saved["change"] in owner.page("/changes")


def test_it_goes_on_with_the_draft(person: Log) -> None:
    owner = person("LC01")
    first = save(owner, CHANGED, **NEW).json
    editor = owner.page(f"/processes/dispatch?change={first['change']}")
    assert f'data-opened="{first["digest"]}"' in editor
    assert save(owner, DISPATCH, change=first["change"], opened=first["digest"]).status_code == 200
    assert save(owner, CHANGED, change=first["change"], opened=first["digest"]).status_code == 409


def test_a_change_says_what_and_why(person: Log) -> None:
    refused = save(person("LC01"), CHANGED, title="改名", reason="短")
    assert refused.status_code == 422


def test_it_does_not_take_another_process_for_this_one(person: Log) -> None:
    other = DISPATCH.replace(b'id="dispatch"', b'id="another"').replace(b'Ref="dispatch"', b'Ref="another"')
    assert save(person("LC01"), other, **NEW).status_code == 422


def test_it_checks_without_changing_anything(person: Log) -> None:
    owner = person("LC01")
    good = owner.post("/processes/check", DISPATCH, content_type="application/xml")
    assert good.json["ok"] is True
    broken = DISPATCH.replace(b'camunda:formKey="dispatch/dispatch"', b'camunda:formKey="dispatch/missing"')
    bad = owner.post("/processes/check", broken, content_type="application/xml").json
    assert bad["ok"] is False
    assert {"element", "severity", "zh", "en"} <= bad["findings"][0].keys()
    assert owner.get("/processes/dispatch/2.bpmn").status_code == 404


def test_it_lets_only_process_owners_change(person: Log) -> None:
    assert save(person("SL01"), CHANGED, **NEW).status_code == 403
    assert "data-modeler" not in person("SL01").page("/processes/dispatch")
    assert "data-modeler" in person("LC01").page("/processes/dispatch")
    assert person("SL01").get("/changes").status_code == 200


def test_it_takes_tables_and_forms_from_a_file_and_out_again(person: Log) -> None:
    owner = person("LC01")
    no = save(owner, CHANGED, **NEW).json["change"]
    form = (ROOT / "forms/dispatch/dispatch.form").read_bytes().replace("派遣意见".encode(), "派单意见".encode())
    data = {"file": (io.BytesIO(form), "x.form"), "path": "forms/dispatch/dispatch.form"}
    assert "forms/dispatch/dispatch.form" in owner.post(f"/changes/{no}/files", data, follow=True).text
    assert "修改 派单意见" in owner.page(f"/changes/{no}")
    owner.post(f"/changes/{no}/drop", {"path": "forms/dispatch/dispatch.form"})
    assert owner.get(f"/changes/{no}/files/forms/dispatch/dispatch.form").status_code == 404


def test_an_earlier_version_comes_back_through_a_change(person: Log, wiring: Wiring) -> None:
    files = {"dispatch/dispatch.bpmn": CHANGED}
    wiring.engine.execute(commands.Deploy(files, commands.SYSTEM, break_glass="another version"))
    owner = person("LC01")
    page = owner.post("/processes/dispatch/versions/1/restore", follow=True).text
    assert "第 1 版" in page
    assert "修改 派遣到单位" in owner.page("/processes/dispatch/versions?old=1&new=2")


def test_the_log_shows_an_emergency_publication_and_takes_it_back(person: Log, wiring: Wiring) -> None:
    files = {"dispatch/dispatch.bpmn": CHANGED}
    wiring.engine.execute(commands.Deploy(files, "LC01", break_glass="夜间故障，先恢复"))
    owner = person("LC01")
    page = owner.page("/changes")
    assert "夜间故障，先恢复" in page
    with wiring.engine.database.transaction() as transaction:
        newest = transaction.rows("select max(id) as id from deployment")[0]["id"]
    back, why = f"/changes/deployments/{newest}/roll-back", {"reason": "不对，先退回"}
    assert person("SL01").post(back, why).status_code == 403
    owner.post(back, why)
    assert "撤回" in owner.page("/changes")
    assert "已撤回" in owner.page("/processes/dispatch/versions")
