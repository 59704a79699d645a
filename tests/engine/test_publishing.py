"""A change goes live by two people's hands, for some towns or from some day on, and can be taken back."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine import change_log, commands
from engine.definitions import STAMPS
from engine.errors import Conflict, InvalidDeployment, InvalidInput, NeedsTwoPeople, NotAllowed, StaleVersion
from tests.conftest import ROOT
from tests.engine.conftest import MONDAY_NINE, District

CHANGE = (Path(__file__).parent / "change.bpmn").read_bytes()
PATH = "shared/dispatch/dispatch.bpmn"
DISPATCH = (ROOT / "processes" / PATH).read_bytes()

RONGYIN, LANQIAO = "990107001000", "990107002000"
OWNER, APPROVER = "LC01", "LC02"


def renamed(name: str) -> bytes:
    """The diagram under another name: nothing else has changed."""
    assert b'name="\xe6\xb4\xbe\xe9\x81\xa3" isExecutable' in DISPATCH
    return DISPATCH.replace('name="派遣" isExecutable'.encode(), f'name="{name}" isExecutable'.encode())


class Change:
    """A change somebody prepares."""

    def __init__(self, district: District) -> None:
        self.district = district
        if not district.rows("select 1 from definition where key = 'change_test'"):
            district.execute(
                commands.Deploy({"change_test.bpmn": CHANGE}, commands.SYSTEM, break_glass="for this test")
            )
        message = commands.DeliverMessage("msg.change.test", None, {}, f"change-{district.now}-{id(self)}")
        self.no = district.execute(message).order_no

    def save(self, source: bytes | None, by: str = OWNER, path: str = PATH, **more: Any) -> None:
        self.district.execute(commands.SaveDraft(self.no, {path: source}, by, **more))

    def hand_in(self, by: str = OWNER, approver: str = APPROVER) -> None:
        self.district.do(self.no, "UT_edit", by)
        self.district.do(self.no, "UT_app", approver)

    def publish(self, approver: str = APPROVER, publisher: str = APPROVER, **more: Any) -> commands.Deployed:
        done: commands.Deployed = self.district.execute(
            commands.PublishChange(self.no, approver, publisher, "改个名称", **more)
        )
        return done


@pytest.fixture
def change(district: District) -> Change:
    return Change(district)


def published(district: District, source: bytes, **more: Any) -> commands.Deployed:
    one = Change(district)
    one.save(source)
    one.hand_in()
    return one.publish(**more)


def latest(district: District, town: str | None = None, at: datetime | None = None) -> str:
    definitions = district.wiring.engine.definitions
    with district.wiring.engine.database.transaction() as transaction:
        definitions.refresh(transaction, transaction.rows(STAMPS)[0])
    return definitions.latest("dispatch", at or district.now, town)


# ------------------------------------------------------------------ two people
def test_a_colleague_publishes_what_was_handed_in(change: Change, district: District) -> None:
    change.save(renamed("派单"))
    assert latest(district) == "dispatch:1"
    change.hand_in()
    assert change.publish().changed == ["process:dispatch"]
    assert latest(district) == "dispatch:2"
    kinds = [row["kind"] for row in district.rows("select h.kind from history h join work_order o on o.id = h.order_id "
                                                  "where o.no = %(no)s order by h.id", no=change.no)]  # fmt: skip
    assert {"DraftSaved", "ChangePublished"} <= set(kinds)


def test_who_edited_can_neither_approve_nor_publish(change: Change) -> None:
    change.save(renamed("派单"))
    change.hand_in(approver=OWNER)
    with pytest.raises(NotAllowed):
        change.publish(approver=OWNER, publisher=OWNER)
    with pytest.raises(NotAllowed):
        change.publish(publisher=APPROVER)  # has not looked at it


def test_an_approval_ends_with_the_next_edit(change: Change) -> None:
    change.save(renamed("派单"))
    change.hand_in()
    change.district.do(change.no, "UT_pub", APPROVER)
    change.district.now += timedelta(minutes=1)
    change.save(renamed("派工"))
    with pytest.raises(NeedsTwoPeople):
        change.publish()


def test_nobody_deploys_alone(district: District) -> None:
    files = {PATH: renamed("派单")}
    for actor in (OWNER, APPROVER, commands.SYSTEM):
        with pytest.raises(NeedsTwoPeople):
            district.execute(commands.Deploy(files, actor))
    with pytest.raises(InvalidInput):
        district.execute(commands.Deploy(files, OWNER, break_glass="急"))
    with pytest.raises(NotAllowed):
        district.execute(commands.Deploy(files, "PS-01", break_glass="夜间故障，先恢复"))
    district.execute(commands.Deploy(files, OWNER, break_glass="夜间故障，先恢复"))
    log = district.rows("select act, actor, entry from change_log order by id desc limit 1")[0]
    assert (log["act"], log["actor"], log["entry"]["reason"]) == ("break_glass", OWNER, "夜间故障，先恢复")


# ------------------------------------------------------------------ drafts
def test_only_who_has_the_editing_task_saves(change: Change) -> None:
    with pytest.raises(NotAllowed):
        change.save(renamed("派单"), by="SL01")
    change.save(renamed("派单"))
    change.hand_in()
    with pytest.raises(NotAllowed):
        change.save(renamed("派工"))


def test_a_colleagues_draft_is_not_overwritten(change: Change, district: District) -> None:
    change.save(renamed("派单"))
    seen = district.rows("select digest, base_version from draft_file")[0]
    assert seen["base_version"] == 1
    change.save(renamed("派工"), opened=seen["digest"])
    with pytest.raises(StaleVersion):
        change.save(renamed("派活"), opened=seen["digest"])


@pytest.mark.parametrize("path", ["dispatch.py", "../dispatch.bpmn", "other.bpmn"])
def test_a_draft_is_a_diagram_table_or_form_of_its_name(change: Change, path: str) -> None:
    with pytest.raises(InvalidInput):
        change.save(DISPATCH, path=path)


def test_a_file_can_be_taken_out_again(change: Change, district: District) -> None:
    change.save(renamed("派单"))
    change.save(None)
    assert district.rows("select path from draft_file") == []
    change.hand_in()
    with pytest.raises(InvalidInput):
        change.publish()


def test_what_the_check_finds_fault_with_is_not_published(change: Change, district: District) -> None:
    change.save(DISPATCH.replace(b'camunda:formKey="dispatch/dispatch"', b'camunda:formKey="dispatch/missing"'))
    change.hand_in()
    with pytest.raises(InvalidDeployment) as refused:
        change.publish()
    assert "UT_dis" in {finding.element for finding in refused.value.findings if finding.severity == "error"}


def test_a_change_from_an_old_version_is_not_published(district: District) -> None:
    first, second = Change(district), Change(district)
    for one, name in ((first, "派单"), (second, "派工")):
        one.save(renamed(name))
        one.hand_in()
    first.publish()
    with pytest.raises(StaleVersion):
        second.publish()


# ------------------------------------------------------------------ where and when
def test_towns_go_first_and_others_stay(district: District) -> None:
    published(district, renamed("派单"), towns=[RONGYIN])
    assert latest(district, RONGYIN) == "dispatch:2"
    assert latest(district, LANQIAO) == latest(district) == "dispatch:1"
    published(district, renamed("派单"))  # the same for everybody is a version of its own
    assert latest(district, LANQIAO) == "dispatch:3"


def test_an_unknown_town_is_refused(change: Change) -> None:
    change.save(renamed("派单"))
    change.hand_in()
    with pytest.raises(InvalidInput):
        change.publish(towns=["990107001001"])


def test_a_version_waits_for_its_day(district: District) -> None:
    day = MONDAY_NINE + timedelta(days=3)
    published(district, renamed("派单"), effect_at=day)
    assert latest(district) == "dispatch:1"
    assert latest(district, at=day) == "dispatch:2"


def test_a_case_takes_the_version_of_its_town(district: District) -> None:
    """The one that is called too."""
    source = (ROOT / "processes/city_appeal/city_appeal.bpmn").read_bytes()
    changed = source.replace('name="城市诉求" isExecutable'.encode(), 'name="诉求" isExecutable'.encode())
    one = Change(district)
    one.save(changed, path="city_appeal/city_appeal.bpmn")
    one.hand_in()
    one.publish(towns=[RONGYIN])
    assert district.order(district.report("in-town"))["definition"] == "city_appeal:2"
    elsewhere = district.report("elsewhere", place=_elsewhere())
    assert district.order(elsewhere)["definition"] == "city_appeal:1"


def _elsewhere() -> Any:
    from engine.ports import Place

    return Place("澜桥社区", village_code="990107002001")


# ------------------------------------------------------------------ going back, and the log
def deployment_of(district: District) -> int:
    return int(district.rows("select max(id) as id from deployment")[0]["id"])


def test_one_click_takes_a_deployment_back(district: District) -> None:
    published(district, renamed("派单"))
    done = district.execute(commands.RollBack(deployment_of(district), "派遣员找不到入口", OWNER))
    assert done.changed == ["process:dispatch"]
    assert latest(district) == "dispatch:1"
    published(district, renamed("派工"))
    assert latest(district) == "dispatch:3"  # numbers are never used twice


def test_it_cannot_be_taken_back_after_a_week_or_below_others(district: District) -> None:
    published(district, renamed("派单"))
    first = deployment_of(district)
    published(district, renamed("派工"))
    with pytest.raises(Conflict, match="later"):
        district.execute(commands.RollBack(first, "改得不对，先退回", OWNER))
    district.now += timedelta(days=8)
    with pytest.raises(Conflict, match="7 days"):
        district.execute(commands.RollBack(deployment_of(district), "改得不对，先退回", OWNER))
    with pytest.raises(Conflict, match="first load"):
        district.execute(commands.RollBack(1, "改得不对，先退回", OWNER))


def test_the_log_says_who_why_and_what_and_shows_when_it_was_touched(district: District) -> None:
    secret = district.wiring.settings.secret_key
    published(district, renamed("派单"), towns=[RONGYIN])
    district.execute(commands.RollBack(deployment_of(district), "改得不对，先退回", OWNER))
    lines = district.rows("select id, act, entry, signature from change_log order by id")
    assert [line["act"] for line in lines] == ["load", "break_glass", "publish", "rollback"]
    entry = lines[2]["entry"]
    assert (entry["editors"], entry["approver"], entry["reason"]) == ([OWNER], APPROVER, "改个名称")
    assert entry["towns"] == [RONGYIN]
    assert entry["definitions"][0]["key"] == "dispatch"
    assert change_log.broken(secret, lines) == []
    lines[2]["entry"]["reason"] = "别的理由"
    assert change_log.broken(secret, lines) == [lines[2]["id"]]
    assert change_log.broken(secret, [lines[0], *lines[2:]])
