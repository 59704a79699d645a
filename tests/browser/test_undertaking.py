"""A unit applies for something on a phone, the centre urges it on a PC, the reporter urges it, too."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from PIL import Image

from engine.commands import SYSTEM, Deploy
from tests.browser.conftest import PHONE, Live, Somebody
from tests.engine.test_undertaking import FILES
from webapp import exif
from webapp.times import ZONE

pytestmark = pytest.mark.browser
Enter = Callable[..., Somebody]
FORM = json.dumps(
    {
        "id": "request",
        "type": "default",
        "schemaVersion": 18,
        "components": [
            {
                "type": "textarea",
                "key": "content",
                "label": "需要什么",
                "id": "content",
                "validate": {"required": True},
            },
            {
                "type": "radio",
                "key": "urgency",
                "label": "紧急程度",
                "id": "urgency",
                "values": [{"label": one, "value": one} for one in ("今天", "本周")],
                "validate": {"required": True},
            },
            {"type": "textfield", "key": "reporterName", "label": "联系人", "id": "reporterName"},
            {"type": "textfield", "key": "reporterPhone", "label": "电话", "id": "reporterPhone"},
            {"type": "textfield", "key": "address", "label": "送到哪里", "id": "address"},
            {"type": "photo", "key": "photos", "label": "现场照片", "id": "photos", "validate": {"maxAgeMinutes": 10}},
        ],
    }
).encode()


def photo(at: datetime) -> dict[str, object]:
    """A large photo as a phone takes it, lying on its side."""
    file = io.BytesIO()
    tags = exif.write(exif.Shot(at.astimezone(ZONE), 114.905, 21.705))
    tags[0x0112] = 6
    Image.effect_noise((2400, 1800), 30).convert("RGB").save(file, "JPEG", exif=tags)
    return {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def test_a_unit_applies_and_the_centre_urges(live: Live, somebody: Enter) -> None:
    live.wiring.engine.execute(
        Deploy({**FILES, "forms/requests/request.form": FORM}, SYSTEM, break_glass="another form")
    )
    unit = somebody(PHONE).log_in("PS-01")
    unit.go("/new").picture("new-list-phone")
    unit.page.click("a.list-card:has-text('申请调拨物资')")
    unit.page.wait_for_selector(".fjs-form .fjs-form-field")
    unit.page.click("[data-task-form] button[type=submit].btn--primary")
    unit.picture("new-form-refused-phone", full=True)
    unit.write("需要什么", "需要二十个沙袋，挡住倒灌的积水").tick("紧急程度", "今天")
    unit.write("联系人", "王小明").write("电话", "12000000123").write("送到哪里", "榕荫街道仓库")
    unit.page.set_input_files("input[multiple]", files=[photo(live.wiring.clock() - timedelta(days=1))])
    unit.page.wait_for_selector(".photo-field__item img")
    unit.page.click("[data-task-form] button[type=submit].btn--primary")
    unit.page.wait_for_selector("text=不是刚拍的")
    unit.picture("new-form-old-photo-phone", full=True)
    unit.page.click(".photo-field__item button")
    unit.page.set_input_files("input[multiple]", files=[photo(live.wiring.clock())])
    unit.page.wait_for_selector(".photo-field__item img")
    unit.picture("new-form-phone", full=True).submit()
    unit.page.wait_for_selector("text=请告知反映人编号和查询码")
    unit.picture("new-done-phone", full=True)
    kept = live.rows("select shot_at, lon, lat, size from attachment")[0]
    assert kept["shot_at"] is not None, "time and place survive the shrinking"
    assert (round(kept["lon"], 3), round(kept["lat"], 3)) == (114.905, 21.705)
    no = str(live.wait_for("select no from work_order where process_key = 'requests'")["no"])
    code = unit.text.partition("查询码 ")[2][:6]

    leader = somebody(locale="en").log_in("ZB01")
    leader.go(f"/orders/{no}").picture("order-actions-en")
    leader.page.click("a.btn:has-text('Urge')")
    leader.page.wait_for_selector(".fjs-form .fjs-form-field")
    leader.write("words", "积水快到膝盖了").picture("action-form-en").submit()
    assert "积水快到膝盖了" in leader.text
    leader.picture("action-done-en", full=True)

    reporter = somebody(PHONE)
    reporter.go(f"/follow?no={no}&code={code}").picture("follow-actions-phone", full=True)
    reporter.page.click("a.btn:has-text('催办')")
    reporter.page.wait_for_selector(".fjs-form .fjs-form-field")
    reporter.write("words", "还没有送到").picture("follow-action-phone", full=True).submit()
    assert "“催办”已提交" in reporter.text
    document = live.rows("select document from work_order where no = %(no)s", no=no)[0]["document"]
    assert (document["urgeCount"], document["urgedBy"], document["urgeWords"]) == (2, "citizen", "还没有送到")

    somebody().log_in("PS-01").go("/new").picture("new-list")
    withdrawing = somebody().log_in("PS-01").go(f"/orders/{no}")
    withdrawing.page.click("a.btn:has-text('撤回申请')")
    withdrawing.picture("action-question")
    withdrawing.page.click("main form button.btn--primary")
    withdrawing.page.wait_for_selector("text=“撤回申请”已提交")
    assert live.rows("select status from work_order where no = %(no)s", no=no) == [{"status": "completed"}]
