"""A process owner adds a step to a diagram, checks it, deploys it; the next case has it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.conftest import PHONE, Live, Somebody
from tests.browser.test_loop import accept, case_of, dispatch, report

pytestmark = pytest.mark.browser
Enter = Callable[..., Somebody]

# What dragging a task onto a flow and filling its properties does, through the editor's own services.
ADD_STEP = """() => {
  const editor = document.querySelector('[data-modeler]').cityloopEditor.modeler;
  const [modeling, registry, factory, moddle] =
    ['modeling', 'elementRegistry', 'elementFactory', 'moddle'].map((name) => editor.get(name));
  const dispatching = registry.get('UT_dis');
  const flow = dispatching.outgoing[0];
  const after = flow.target;
  const space = editor.get('spaceTool');
  const edge = dispatching.x + dispatching.width;
  const { movingShapes, resizingShapes } = space.calculateAdjustments(registry.getAll(), 'x', 170, edge + 20);
  space.makeSpace(movingShapes, resizingShapes, { x: 170, y: 0 }, 'e', edge + 20);
  const shape = factory.createShape({ type: 'bpmn:UserTask' });
  const place = { x: edge + 110, y: dispatching.y + dispatching.height / 2 };
  const step = modeling.createShape(shape, place, dispatching.parent);
  modeling.updateProperties(step, {
    id: 'UT_confirm', name: '值班长复核派遣',
    'camunda:candidateGroups': 'shift_leader@CTR', 'camunda:formKey': 'city_appeal/decide',
    'camunda:dueDate': '=deadlines.派遣',
  });
  modeling.reconnectEnd(flow, step, { x: step.x, y: place.y });
  modeling.connect(step, after, { type: 'bpmn:SequenceFlow' });
}"""


def test_it_lets_the_process_owner_add_a_step_and_deploy_it(live: Live, somebody: Enter) -> None:
    owner = somebody().log_in("LC01").go("/processes")
    owner.picture("processes")
    owner.go("/processes/dispatch").page.wait_for_selector("[data-modeler][data-ready=true]")
    page = owner.page
    page.evaluate(ADD_STEP)
    page.wait_for_selector("text=有未部署的修改")
    page.click("button[aria-label='适合窗口']")
    page.click("text=校验")
    page.wait_for_selector(".modeler__check:not([hidden])")
    owner.picture("process-editor")
    page.click("button:has-text('部署')")
    page.fill("#deploy-note", "派遣后由值班长复核")
    owner.picture("process-deploy")
    page.click("dialog button.btn--primary")
    page.wait_for_selector("text=第 2 版已发布")
    versions = live.rows("select max(version) as version from definition where key = 'dispatch'")
    assert versions[0]["version"] == 2
    owner.go("/processes/dispatch/versions?old=1&new=2").page.wait_for_selector("[data-diagram][data-ready=true]")
    assert "值班长复核派遣" in owner.text
    owner.page.wait_for_timeout(500)
    owner.picture("process-versions", full=True)
    no, _code = report(somebody(PHONE))
    accept(somebody(), no)
    case = case_of(live, no)
    dispatch(somebody(), case)
    assert live.task(case, "UT_confirm")


def test_it_restores_an_earlier_version(live: Live, somebody: Enter) -> None:
    owner = somebody().log_in("LC01").go("/processes/dispatch/versions")
    page = owner.page
    page.locator("tr", has_text="第 1 版").locator("text=恢复此版本").click()
    page.click("dialog button.btn--primary")
    page.wait_for_selector("text=的内容作为第 3 版生效")
    sources = live.rows("select version, digest from definition where key = 'dispatch' order by version")
    assert sources[0]["digest"] == sources[2]["digest"] != sources[1]["digest"]


def test_it_shows_the_element_an_error_is_about(live: Live, somebody: Enter) -> None:
    owner = somebody().log_in("LC01").go("/processes/handle")
    page = owner.page
    page.wait_for_selector("[data-modeler][data-ready=true]")
    page.evaluate("""() => {
      const editor = document.querySelector('[data-modeler]').cityloopEditor.modeler;
      const task = editor.get('elementRegistry').get('UT_hdl');
      editor.get('modeling').updateProperties(task, { 'camunda:formKey': 'handle/missing' });
    }""")
    page.click("text=校验")
    page.wait_for_selector(".findings code:has-text('UT_hdl')")
    owner.picture("process-findings")


def test_it_lets_other_staff_look_only(live: Live, somebody: Enter) -> None:
    handler = somebody().log_in("PS-01").go("/processes/handle")
    handler.page.wait_for_selector("[data-diagram][data-ready=true]")
    handler.picture("process-view")
    assert handler.page.locator("[data-modeler]").count() == 0
