"""Process pages: who may change, checks, deployments, going back."""

from __future__ import annotations

from collections.abc import Callable

from tests.web.conftest import Person
from webapp.settings import ROOT

Log = Callable[[str], Person]
DISPATCH = (ROOT / "processes/shared/dispatch/dispatch.bpmn").read_bytes()
CHANGED = DISPATCH.replace("人工派遣".encode(), "派遣到单位".encode())


def deploy(owner: Person, xml: bytes, **more: object):  # type: ignore[no-untyped-def]
    import io

    data = {"source": (io.BytesIO(xml), "dispatch.bpmn"), "note": "改名", **more}
    return owner.post("/processes/dispatch/deploy", data, headers={"Accept": "application/json"})


def test_it_makes_a_new_version_that_the_next_case_uses(person: Log, accepted: Callable[[], tuple[str, str]]) -> None:
    owner = person("LC01")
    assert deploy(owner, CHANGED).json["version"] == 2
    _appeal, case = accepted()
    assert "派遣到单位" in person("PQ01").page(f"/orders/{case}")
    assert "改名" in owner.page("/processes/dispatch/versions")


def test_it_makes_no_version_of_nothing_new(person: Log) -> None:
    answer = deploy(person("LC01"), DISPATCH)
    assert answer.status_code == 200
    assert answer.json["changed"] is False


def test_it_refuses_a_broken_diagram_with_the_element(person: Log) -> None:
    broken = DISPATCH.replace(b'camunda:formKey="dispatch/dispatch"', b'camunda:formKey="dispatch/missing"')
    refused = deploy(person("LC01"), broken)
    assert refused.status_code == 422
    assert "UT_dis" in {finding["element"] for finding in refused.json["findings"]}
    assert deploy(person("LC01"), b"<not-bpmn/>").status_code == 422


def test_it_does_not_overwrite_what_a_colleague_deployed_meanwhile(person: Log) -> None:
    owner = person("LC01")
    deploy(owner, CHANGED, openedVersion="1")
    refused = deploy(owner, DISPATCH, openedVersion="1")
    assert refused.status_code == 409
    assert "第 2 版" in refused.json["message_zh"]


def test_it_checks_without_changing_anything(person: Log) -> None:
    owner = person("LC01")
    good = owner.post("/processes/check", DISPATCH, content_type="application/xml")
    assert good.json["ok"] is True
    broken = DISPATCH.replace(b'camunda:formKey="dispatch/dispatch"', b'camunda:formKey="dispatch/missing"')
    bad = owner.post("/processes/check", broken, content_type="application/xml").json
    assert bad["ok"] is False
    assert {"element", "severity", "zh", "en"} <= bad["findings"][0].keys()
    assert owner.get("/processes/dispatch/2.bpmn").status_code == 404


def test_it_lets_only_process_owners_deploy(person: Log) -> None:
    assert deploy(person("SL01"), CHANGED).status_code == 403
    assert "data-modeler" not in person("SL01").page("/processes/dispatch")
    assert "data-modeler" in person("LC01").page("/processes/dispatch")


def test_it_goes_back_to_an_earlier_version(person: Log) -> None:
    owner = person("LC01")
    deploy(owner, CHANGED)
    owner.post("/processes/dispatch/versions/1/restore")
    assert owner.get("/processes/dispatch/3.bpmn").data == DISPATCH
    page = owner.page("/processes/dispatch/versions?old=1&new=2")
    assert "修改 派遣到单位" in page
