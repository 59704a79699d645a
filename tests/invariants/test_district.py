"""The district's own diagrams pass, and each change that breaks an invariant is refused with its element and way."""

from __future__ import annotations

import pytest

from engine import invariants
from engine.invariants import Finding, World
from tests.invariants import worlds
from tests.invariants.worlds import district, sources, way
from tests.pace import best_of, slowness

CASE, APPEAL, HANDLE, VERIFY = "city_case", "city_appeal", "handle", "verify"


def refused(*changes: tuple[str, str, str]) -> list[Finding]:
    """The errors a change brings."""
    found = invariants.introduced(district(*changes), lambda: district())
    return [one for one in found if one.severity == "error"]


def test_it_passes_todays_diagrams() -> None:
    assert invariants.check(district()) == []


def test_it_takes_less_than_two_seconds() -> None:
    """Of computing time: editors wait for it at every check."""
    given = district()
    took = best_of(lambda: invariants.check(given), tries=2, number=1)
    assert took < 2 * slowness()


def test_a_case_without_its_verification_is_refused_with_the_way() -> None:
    (finding,) = [one for one in refused((CASE, 'targetRef="CA_ver"', 'targetRef="XG_ver"')) if one.rule == "I1"]
    assert (finding.rule, finding.process, finding.element) == ("I1", CASE, "EE_closed")
    assert [e for e in way(finding) if e in ("UT_dis", "XG_ver")] == ["UT_dis", "XG_ver"]
    assert {"CA_ver", "BT_dis"}.isdisjoint(way(finding))
    assert "人工派遣" in finding.zh
    assert "已结案" in finding.zh


def test_a_verification_that_is_passed_by_inside_is_refused() -> None:
    (finding,) = [
        one
        for one in refused((VERIFY, 'sourceRef="XG_m" targetRef="UT_site"', 'sourceRef="XG_m" targetRef="XG_2nd"'))
        if one.rule == "I1"
    ]
    assert (finding.rule, finding.element) == ("I1", "EE_closed")
    assert "CA_ver" in way(finding)
    assert "UT_site" not in way(finding)


def test_a_stage_that_is_no_longer_the_verification_is_refused() -> None:
    found = refused((VERIFY, 'name="stage" value="核查"', 'name="stage" value="复核"'))
    assert [one.element for one in found if one.rule == "I1"] == ["EE_closed"]
    assert "UT_site" in [one.element for one in found if one.rule == "I2"], "nor does dmn_sla limit that stage"


NO_FORM = (VERIFY, ' camunda:formKey="verify/site"', "")
NOBODY = (
    ("return", "dispatcher@CTR", "chief@CTR"),
    ("return", 'value="shift_leader"', 'value="chief"'),
)
DRAWN = 'sourceRef="XG_out" targetRef="XG_own"'
CONDITION = '<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">=outcome = 1</bpmn:conditionExpression>'
NO_DEFAULT = (
    (CASE, ' default="SF_XG_out_XG_own"', ""),
    (CASE, f"{DRAWN}/>", f"{DRAWN}>{CONDITION}</bpmn:sequenceFlow>"),
)
RENAMED = (CASE, 'name="msg.appeal.linked"', 'name="msg.appeal.link"')
NO_INTAKE = (APPEAL, 'name="msg.appeal.received"', 'name="msg.report"')
SAME_UNIT = (VERIFY, "UT_hdl@unit", "UT_hdl")
NO_STATUS = (APPEAL, 'name="status" value="14"', 'name="note" value="14"')
NO_WORDS = (APPEAL, '<camunda:property name="citizenText" value="已完结。"/>', "")
WRONG_STATUS = (CASE, 'name="status" value="70"', 'name="status" value="75"')
BROKEN = {
    "a task without its form": ("I2", VERIFY, "UT_site", [NO_FORM]),
    "a role that nobody holds": ("I2", "return", "UT_rr", [*NOBODY]),
    "a gateway without default": ("I3", CASE, "XG_out", [*NO_DEFAULT]),
    "a message under another name": ("I4", CASE, "SND_linked", [RENAMED]),
    "a wait for it in another process": ("I4", APPEAL, "ICE_linked", [RENAMED]),
    "reports that nothing takes": ("I4", APPEAL, "MS_received", [NO_INTAKE]),
    "a verifier who may be the handler": ("I7", VERIFY, "UT_site", [SAME_UNIT]),
    "a handler under another id": ("I7", VERIFY, "UT_site", [(HANDLE, "UT_hdl", "UT_work")]),
    "an end without status": ("I8", APPEAL, "EE_fwd", [NO_STATUS]),
    "an end without words": ("I8", APPEAL, "EE_done", [NO_WORDS]),
    "a status that does not exist": ("I8", CASE, "EE_closed", [WRONG_STATUS]),
}


@pytest.mark.parametrize(("rule", "process", "element", "changes"), BROKEN.values(), ids=BROKEN)
def test_it_refuses(rule: str, process: str, element: str, changes: list[tuple[str, str, str]]) -> None:
    assert (rule, process, element) in {(one.rule, one.process, one.element) for one in refused(*changes)}


def test_it_refuses_a_loop_without_people() -> None:
    """Returned again and again while nobody signs, handles or verifies."""
    machine = ' camunda:type="external" camunda:topic="hotline_12345.sign"'
    tags = ("<bpmn:userTask ", f"<bpmn:serviceTask{machine} "), ("</bpmn:userTask>", "</bpmn:serviceTask>")
    manned = [key for key, text in sources().items() if "<bpmn:userTask " in text]
    changes = [(key, old, new) for key in manned for old, new in tags]
    found = [one for one in refused(*changes) if one.rule == "I5" and one.process == CASE]
    assert any({"CA_dis", "XG_mode"} <= set(way(finding)) for finding in found)


def test_it_refuses_a_form_that_shows_who_reported() -> None:
    def shows(key: str) -> set[str]:
        return {"reporterPhone"} if key == "handle/handle" else set()

    found = worlds.found(district(bindings=shows), "I9")
    assert [(one.process, one.element) for one in found] == [(HANDLE, "UT_hdl")]


def test_a_fault_that_is_live_already_does_not_keep_another_process_from_being_mended() -> None:
    flaw = (HANDLE, ' camunda:formKey="handle/sign"', "")
    mended = district(flaw, (CASE, "记一次退单", "记录退单"), changed={CASE})
    found = invariants.introduced(mended, lambda: district(flaw))
    assert [(one.rule, one.process, one.severity) for one in found] == [("I2", HANDLE, "warning")]
    again = invariants.introduced(district(flaw), lambda: district(flaw))
    assert [one.severity for one in again] == ["error"], "what is deployed now has to be right"


def test_a_change_that_breaks_another_process_is_refused() -> None:
    quiet = (APPEAL, 'messageRef="Message_case_redo"', 'messageRef="Message_appeal_done"')
    assert ("I4", CASE, "MS_redo") in {(one.rule, one.process, one.element) for one in refused(quiet)}


def test_the_readme_names_every_property_that_is_read() -> None:
    text = (worlds.ROOT / "processes/README.md").read_text(encoding="utf-8")
    for name in ("role", "emergency", "alerts", *(f"I{n} " for n in range(1, 11))):
        assert name in text


def test_every_diagram_of_the_district_is_looked_at() -> None:
    assert isinstance(district(), World)
    assert set(district().programs) == set(sources())
