"""The ten invariants at the door: a deployment that breaks one is refused, whole, with the way that shows it."""

from __future__ import annotations

import pytest

from engine import commands
from engine.errors import InvalidDeployment
from engine.invariants import Finding
from tests.engine.conftest import District
from tests.engine.test_loop import accepted
from tests.invariants.worlds import sources
from webapp import bootstrap
from webapp.settings import ROOT

CASE_FILE = "city_case/city_case.bpmn"


def changed(key: str, *changes: tuple[str, str]) -> bytes:
    source = sources()[key]
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    return source.encode()


def deploy(district: District, **files: bytes) -> commands.Deployed:
    done: commands.Deployed = district.execute(
        commands.Deploy(
            {f"{key}.bpmn": source for key, source in files.items()}, commands.SYSTEM, break_glass="another version"
        )
    )
    return done


def test_it_refuses_a_case_without_verification_with_the_way(district: District) -> None:
    source = changed("city_case", ('targetRef="CA_ver"', 'targetRef="XG_ver"'))
    with pytest.raises(InvalidDeployment) as refused:
        deploy(district, city_case=source)
    errors = [one for one in refused.value.findings if one.severity == "error" and one.rule == "I1"]
    assert [one.element for one in errors] == ["EE_closed"]
    assert "UT_dis" in [place.element for place in errors[0].path]
    assert district.rows("select max(version) as v from definition where key = 'city_case'") == [{"v": 1}]


def test_it_looks_at_what_is_live_and_what_comes_together(district: District) -> None:
    """A message renamed in one diagram only is refused; in all that send or wait for it, it is not."""
    new_name = ('name="msg.appeal.linked"', 'name="msg.appeal.toldCase"')
    renamed = {key: changed(key, new_name) for key in ("city_case", "city_appeal", "city_emergency")}
    with pytest.raises(InvalidDeployment):
        deploy(district, city_case=renamed["city_case"])
    assert set(deploy(district, **renamed).changed) == {f"process:{key}" for key in renamed}


def test_it_reads_the_fields_of_a_form_that_comes_with_the_deployment(district: District) -> None:
    form = b'{"components": [{"type": "text", "id": "T", "text": "{{reporterPhone}}"}], "type": "default", "id": "f"}'
    found = district.wiring.engine.check({"forms/handle/handle.form": form})
    assert [(one.rule, one.element) for one in found if one.severity == "error"] == [("I9", "UT_hdl")]


def test_it_tells_how_many_orders_stay_and_where_they_would_be_lost(district: District) -> None:
    _, case = accepted(district)
    assert set(district.tasks(case)) == {"UT_dis"}
    found = district.wiring.engine.check({"dispatch.bpmn": changed("dispatch", ("UT_dis", "UT_assign"))})
    told = [one for one in found if one.rule == "I10"]
    assert [one.severity for one in told] == ["warning"]
    assert "UT_dis" in told[0].en
    again = district.wiring.engine.check({CASE_FILE: changed("city_case", ("记一次退单", "记录退单"))})
    assert ["1 件在办工单留在原版本" in one.zh for one in again if one.rule == "I10"] == [True]


def test_the_same_files_again_find_nothing(district: District) -> None:
    found = district.wiring.engine.check(bootstrap.collect(ROOT / "processes", ROOT / "forms"))
    assert [one for one in found if isinstance(one, Finding)] == []
