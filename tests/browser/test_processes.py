"""A process owner adds a step to a diagram, sees it checked and replayed; a colleague publishes; the next case has it.

Acceptance scenario 7 of the process model.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from tests.browser.conftest import PHONE, Live, Somebody
from tests.browser.test_loop import case_of
from webapp.check import load
from webapp.check.world import Clock, World
from webapp.settings import ROOT

pytestmark = pytest.mark.browser
Enter = Callable[..., Somebody]
VILLAGES = ("990107001001", "990107002001", "990107003001", "990107004001")
STORY = ROOT / "processes/city_appeal/scenarios/main_loop.toml"

# What dragging a task onto a flow and filling its properties does, through the editor's own services.
ADD_STEP = """() => {
  const editor = document.querySelector('[data-modeler]').cityloopEditor.modeler;
  const [modeling, registry, factory] =
    ['modeling', 'elementRegistry', 'elementFactory'].map((name) => editor.get(name));
  const verifying = registry.get('CA_ver');
  const flows = [...verifying.incoming];
  const shape = factory.createShape({ type: 'bpmn:UserTask' });
  const place = { x: verifying.x + verifying.width / 2, y: verifying.y - 70 };
  const step = modeling.createShape(shape, place, verifying.parent);
  modeling.updateProperties(step, {
    id: 'UT_street', name: '街道先行复核',
    'camunda:candidateGroups': '="town_dispatcher@" + place.townUnit', 'camunda:formKey': 'verify/confirm',
    'camunda:dueDate': '=due("工作时", 4, "小时")',
  });
  for (const flow of flows) modeling.reconnectEnd(flow, step, place);
  modeling.connect(step, verifying, { type: 'bpmn:SequenceFlow' });
}"""
# Deleting 核查: every way to it goes on to where it led.
REMOVE_VERIFYING = """() => {
  const editor = document.querySelector('[data-modeler]').cityloopEditor.modeler;
  const [modeling, registry] = ['modeling', 'elementRegistry'].map((name) => editor.get(name));
  const verifying = registry.get('CA_ver');
  const after = verifying.outgoing[0].target;
  for (const flow of [...verifying.incoming]) modeling.reconnectEnd(flow, after, { x: after.x, y: after.y });
  modeling.removeElements([verifying]);
}"""


def until_verification(live: Live) -> str:
    """A matter of today is reported, accepted, dispatched and handled; the number of its case."""
    scenario = load(STORY)
    world = World(live.wiring, Clock(datetime.now(scenario.now.tzinfo)))
    for step in scenario.steps:
        if step.values.get("task") == "UT_site":
            break
        if step.do == "report":
            number = live.rows("select count(*) as n from work_order where kind = 'appeal'")[0]["n"]
            elsewhere = {"villageCode": VILLAGES[number], "address": f"{VILLAGES[number]}号村居幼儿园东门"}
            content = "幼儿园东门的沙井盖破损，孩子上学有危险，请尽快更换。"
            world.report(step.of, {**step.data, **elsewhere, "content": content, "orderNo": f"today-{number}"})
        elif step.do == "complete" and not step.refused:
            appeal = world.names[step.of.partition(".")[0]]
            no = case_of(live, appeal) if step.of.endswith(".case") else appeal
            live.task(no, step.values["task"])
            world.complete(step.of, step.values["task"], step.values["as"], step.data)
    return case_of(live, next(iter(world.names.values())))


def editor(somebody: Somebody, path: str) -> Somebody:
    somebody.go(path).page.wait_for_selector("[data-modeler][data-ready=true]")
    return somebody


def save(owner: Somebody, title: str, reason: str) -> str:
    """Save the open diagram into a new change; its number."""
    page = owner.page
    page.click("button:has-text('保存到变更')")
    page.fill("#change-title", title)
    page.fill("#change-reason", reason)
    owner.picture("change-save")
    page.click("dialog button.btn--primary")
    page.wait_for_selector(".modeler__change:not([hidden])")
    return page.inner_text(".modeler__change").split()[-1]


def hand_in(owner: Somebody, no: str, note: str) -> None:
    owner.open_task(no, "UT_edit").write("改动说明", note).picture("change-edit").submit()


def test_the_process_owner_adds_a_step_and_a_colleague_publishes_it(live: Live, somebody: Enter) -> None:
    before = until_verification(live)
    assert live.task(before, "UT_site")
    owner = editor(somebody().log_in("LC01"), "/processes/city_case")
    owner.page.evaluate(ADD_STEP)
    owner.page.wait_for_selector("text=有未保存的修改")
    owner.page.click("text=校验")
    owner.page.wait_for_selector(".modeler__check:not([hidden])")
    assert owner.page.locator(".findings .badge--danger").count() == 0
    no = save(owner, "核查前增加街道先行复核", "街道要求先看一遍再交网格核查")
    owner.go(f"/changes/{no}").page.wait_for_selector("[data-diagram][data-ready=true]")
    assert "新增 街道先行复核" in owner.text
    hand_in(owner, no, "核查前增加一个用户任务，由镇街调度员复核")
    live.task(no, "UT_app")
    owner.go(f"/changes/{no}").page.wait_for_selector("[data-diagram][data-ready=true]")
    owner.page.wait_for_timeout(300)
    owner.picture("change", full=True)
    assert "推演：最近 30 天" in owner.text
    assert "新增步骤 街道先行复核" in owner.text
    owner.go(f"/tasks/{live.task(no, 'UT_app')}")
    assert owner.page.locator("[data-task-form] button[type=submit]").count() == 0
    approver = somebody()
    approver.log_in("LC02").open_task(no, "UT_app").picture("change-approve").tick("审核意见", "同意").submit()
    approver.open_task(no, "UT_pub").picture("change-publish").submit()
    live.wait_for("select 1 from change_log where order_no = %(no)s", no=no)
    assert live.task(before, "UT_site")  # what runs stays where it is
    assert live.task(until_verification(live), "UT_street")
    phone = somebody(PHONE)
    phone.log_in("LC02").go(f"/changes/{no}").page.wait_for_selector("[data-diagram][data-ready=true]")
    phone.picture("change-phone", full=True)
    phone.go("/changes").picture("changes-phone", full=True)
    english = somebody(locale="en").log_in("LC02")
    english.go(f"/changes/{no}").picture("change-english", full=True)


def test_one_click_takes_it_back(live: Live, somebody: Enter) -> None:
    owner = somebody().log_in("LC01").go("/changes")
    owner.picture("changes", full=True)
    owner.page.click("button[data-dialog^=back-]")
    owner.page.fill("dialog[open] textarea", "街道反映人手不够，先撤回")
    owner.page.click("dialog[open] button.btn--danger")
    owner.page.wait_for_selector("text=已撤回：新工单回到原版本")
    assert live.task(until_verification(live), "UT_site")


def test_nobody_removes_the_verification(live: Live, somebody: Enter) -> None:
    owner = editor(somebody().log_in("LC01"), "/processes/city_case")
    owner.page.evaluate(REMOVE_VERIFYING)
    no = save(owner, "取消核查环节", "看看能不能少一道环节")
    hand_in(owner, no, "核查去掉，办完直接公布")
    live.wait_for("select 1 from history h join work_order o on o.id = h.order_id where o.no = %(no)s "
                  "and h.kind = 'JobCompleted' and h.element = 'ST_lint'", no=no)  # fmt: skip
    assert live.task(no, "UT_edit")
    owner.go(f"/changes/{no}").page.wait_for_selector("text=不经核查就能结案")
    owner.picture("change-refused", full=True)


def test_it_compares_versions_and_brings_one_back_through_a_change(live: Live, somebody: Enter) -> None:
    owner = somebody().log_in("LC01").go("/processes/city_case/versions?old=1&new=2")
    owner.page.wait_for_selector("[data-diagram][data-ready=true]")
    assert "街道先行复核" in owner.text
    owner.picture("process-versions", full=True)
    owner.page.locator("tr", has_text="第 1 版").locator("text=恢复此版本").click()
    owner.page.click("dialog button.btn--primary")
    owner.page.wait_for_selector("text=提交后由同事发布")


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
