"""An operator with a real browser: the panel, incidents and migrations, on a screen and on a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine import commands
from engine.ports import Place, Report, Reporter
from tests.browser.conftest import PC, PHONE, Live, Somebody
from tests.web.conftest import ACCEPT
from webapp.settings import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SIZES = {"pc": PC, "phone": PHONE}


def a_case(live: Live, key: str) -> str:
    """A report that became a case; the case's number."""
    report = Report(
        source="public",
        source_order_no=key,
        channel="网上反映",
        content="榕树头牌坊旁边的污水井盖破了一个洞，晚上很危险。",
        received_at=live.wiring.clock(),
        reporter=Reporter("林小燕", "13800138000"),
        place=Place("榕树头牌坊", None, None, "990107001001", "990107001000"),
    )
    appeal = live.wiring.engine.execute(commands.SubmitReport(report)).no
    live.wiring.engine.execute(commands.CompleteTask(live.task(appeal, "UT_acc"), ACCEPT, "SL01"))
    linked = "select case_no from work_order where no = %(no)s and case_no is not null"
    return str(live.wait_for(linked, no=appeal)["case_no"])


INCIDENT = (
    "insert into job (order_id, order_no, element, kind, topic, payload, idempotency_key, status, attempts, error, "
    "created_at) select id, no, 'CA_dis', 'service', 'hotline_12345.sign', jsonb_build_object('orderNo', '990'), "
    "no || ':x', 'incident', 3, '对方系统不认识这个单号：990', now() - interval '3 hours' "
    "from work_order where no = %(no)s"
)


def an_incident(live: Live, no: str) -> None:
    """A delivery of this work order that the other side refused."""
    with live.wiring.engine.database.transaction() as transaction:
        transaction.run(INCIDENT, {"no": no})


def another_version(live: Live, path: str, *changes: tuple[str, str]) -> None:
    """The diagram goes live once more, with some texts replaced."""
    source = (ROOT / "processes" / path).read_text(encoding="utf-8")
    for old, new in changes or (("</bpmn:definitions>", "<!-- again --></bpmn:definitions>"),):
        source = source.replace(old, new)
    live.wiring.engine.execute(commands.Deploy({path: source.encode()}, "LC01", break_glass="another version"))


def fits(one: Somebody) -> bool:
    """Nothing sticks out to the side."""
    return bool(one.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def test_an_operator_suspends_a_case_in_a_dialog(live: Live, somebody: Callable[..., Somebody]) -> None:
    case = a_case(live, "B-1")
    one = somebody().log_in("ZB01").go(f"/orders/{case}?tab=operate")
    one.page.click('[data-dialog="act-suspend"]')
    one.page.fill("#reason-suspend", "等待上级答复")
    one.picture("operate-dialog")
    with one.page.expect_navigation():
        one.page.click("#act-suspend button[type=submit]")
    assert "已暂停" in one.text
    assert live.rows("select status from work_order where no = %(no)s", no=case) == [{"status": "suspended"}]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("locale", ["zh", "en"])
def test_the_pages_fit_and_speak_both_languages(
    live: Live, somebody: Callable[..., Somebody], size: str, locale: str
) -> None:
    case = a_case(live, f"B-{size}-{locale}")
    an_incident(live, case)
    renamed = [(id, f"{id[:3]}{size}{locale}") for id in ("UT_dis", "BT_dis")]
    another_version(live, "shared/dispatch/dispatch.bpmn", *renamed)
    another_version(live, "city_case/city_case.bpmn")
    target = live.rows("select max(version) as v from definition where kind = 'process' and key = 'city_case'")[0]["v"]
    one = somebody(SIZES[size], locale).log_in("ZB01")
    for name, path, words in (
        ("panel", f"/orders/{case}?tab=operate#tabs", {"zh": "当前位置", "en": "Where it stands"}),
        ("incidents", "/operations/incidents", {"zh": "对方系统不认识", "en": "Send again"}),
        ("migrations", "/operations/migrations", {"zh": "还没有迁移过", "en": "Nothing has been migrated yet"}),
        (
            "preview",
            f"/operations/migrations?order={case}&target=city_case:{target}",
            {"zh": "不能迁移", "en": "no such element"},
        ),
    ):
        one.go(path).picture(f"operate-{name}-{size}-{locale}", full=True)
        assert words[locale] in one.text
        assert fits(one), name
    one.go("/operations/incidents").page.locator("[data-row] input[type=checkbox]").first.check()
    one.page.click("[data-bulk] [data-dialog=many]")
    one.picture(f"operate-bulk-{size}-{locale}")
