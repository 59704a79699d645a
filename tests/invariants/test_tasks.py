"""I2, I3, I7, I9: what every task and gateway needs, and who may do and see what."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from engine.clock import WorkingCalendar
from engine.invariants import Duty, World
from engine.reference import Reference
from tests.bpmn import diagrams as d
from tests.invariants import worlds
from tests.invariants.worlds import NOW, errors, found, staffed, way

PEOPLE = Reference(
    holders={"handler@PS": (), "dispatcher@CTR": ()},
    units={"PS": {"parent": "CTR", "type": "公共服务单位"}, "CTR": {"parent": "", "type": "中心"}},
    tables=worlds.tables(),
)


def one_task(groups: str = "handler@PS", *inner: str, form: str = "f", due: str = "=now", **more: Any) -> World:
    given = {"camunda_candidateGroups": groups, "camunda_formKey": form, "camunda_dueDate": due}
    task = d.user("t", *inner, **{name: value for name, value in given.items() if value})
    text = d.process(d.start(), task, d.end(), d.flows("s>t>e"))
    return worlds.world(text, **{"reference": PEOPLE, **more})


# -- I2 -------------------------------------------------------------------------------------------------------
def test_a_task_that_lacks_nothing_passes() -> None:
    assert found(one_task(), "I2") == []


@pytest.mark.parametrize(
    ("given", "word"), [({"groups": ""}, "候选岗位"), ({"form": ""}, "表单"), ({"due": ""}, "到期时间")]
)
def test_a_task_needs_candidates_a_form_and_a_time(given: dict[str, str], word: str) -> None:
    (finding,) = found(one_task(**given), "I2")
    assert (finding.element, finding.severity) == ("t", "error")
    assert word in finding.zh


def test_a_stage_is_as_good_as_a_due_date() -> None:
    assert found(one_task("handler@PS", d.extensions(d.properties(stage="处置")), due=""), "I2") == []


def test_somebody_has_to_hold_the_role() -> None:
    assert errors(one_task("verifier@PS"), "I2") == ["t"]
    assert errors(one_task('="verifier@" + mainUnit'), "I2") == ["t"]
    assert errors(one_task('="handler@" + mainUnit'), "I2") == []
    assert errors(one_task('=if x then "handler@PS" else "verifier@" + unit'), "I2") == ["t"]


def test_a_stage_that_a_due_date_names_needs_a_limit() -> None:
    def due(text: str) -> list[str]:
        return errors(one_task(due=text, limits=worlds.limits()), "I2")

    assert due("=deadlines.处置") == []
    assert due("=deadlines.处直") == ["t"]
    assert due('=share("处直", 75)') == ["t"]
    assert due('=due("工作时", 4, "小时")') == []


def test_who_is_notified_is_somebody() -> None:
    def told(text: str) -> list[str]:
        return errors(one_task("handler@PS", d.extensions(d.properties(notify=text))), "I2")

    assert told("handler@PS") == []
    assert told('="handler@" + mainUnit') == []
    assert told("handler@XYZ") == ["t"]
    assert told("handlr@PS") == ["t"]


def test_the_fallback_stands_in_at_the_units_above() -> None:
    stands_in = d.extensions(d.properties(fallback="dispatcher"))
    assert errors(one_task("verifier@PS", stands_in), "I2") == []
    assert errors(one_task('="verifier@" + mainUnit', stands_in), "I2") == []


def test_nobody_is_missed_before_there_are_accounts() -> None:
    assert errors(one_task("verifier@PS", reference=Reference()), "I2") == []


def on_duty(*spans: tuple[int, int]) -> dict[str, Any]:
    """A calendar with a holiday in two days, and duty lines as hours from midnight of today."""
    today = NOW.date()
    worked = {today + timedelta(days=n): n < 2 for n in range(4)}
    midnight = NOW.replace(hour=0)
    lines = [
        Duty("duty_commander", "CTR", midnight + timedelta(hours=a), midnight + timedelta(hours=b)) for a, b in spans
    ]
    people = Reference(holders=PEOPLE.holders, units=PEOPLE.units, calendar=WorkingCalendar(worked))
    return {"reference": people, "duties": lines}


def test_a_duty_role_is_manned_today_and_on_the_next_holiday() -> None:
    assert found(one_task("duty_commander@CTR", **on_duty((0, 16), (16, 24), (40, 80))), "I2") == []


def test_a_gap_in_the_roster_is_told_with_its_moment() -> None:
    (finding,) = found(one_task("duty_commander@CTR", **on_duty((0, 16), (17, 24), (40, 80))), "I2")
    assert f"{NOW:%Y-%m-%d} 16:00" in finding.zh
    (finding,) = found(one_task("duty_commander@CTR", **on_duty((0, 30))), "I2")
    assert f"{date(2026, 9, 16)} 00:00" in finding.zh


# -- I3 -------------------------------------------------------------------------------------------------------
def choice(*conditions: str, **attributes: str) -> World:
    ends = [d.end(f"e{i}") for i in range(len(conditions))]
    ways = [f"g>e{i}" + (f"?{text}" if text else "") for i, text in enumerate(conditions)]
    gateway = d.gateway("exclusive", "g", **attributes)
    return worlds.world(d.process(d.start(), gateway, *ends, d.flows("s>g", *ways)))


@pytest.mark.parametrize(
    "conditions",
    [("=a = 1", "*"), ("=a = 1", "=a != 1"), ('=a = "x"', '=not(a = "x")'), ("=a > 1", "=true"), ("=a", "")],
)
def test_a_gateway_that_always_finds_a_way_passes(conditions: tuple[str, ...]) -> None:
    given = {"default": "default_g"} if "*" in conditions else {}
    assert found(choice(*conditions, **given), "I3") == []


@pytest.mark.parametrize(
    "conditions", [("=a = 1", "=a = 2"), ("=a < 3", "=a >= 3"), ("=a", "=not(a)"), ("=a = 1", "=b != 1")]
)
def test_a_gateway_that_may_find_none_is_refused(conditions: tuple[str, ...]) -> None:
    (finding,) = found(choice(*conditions), "I3")
    assert (finding.element, finding.severity, way(finding)) == ("g", "error", ["g"])


# -- I7 -------------------------------------------------------------------------------------------------------
def checked(not_by: str, first: str = "hdl", then: str = "ver") -> World:
    parts = staffed("hdl", "处置"), staffed("ver", "核查", **({"notBy": not_by} if not_by else {}))
    return worlds.world(d.process(d.start(), *parts, d.end(), d.flows(f"s>{first}>{then}>e")))


def test_the_handlers_unit_is_barred_from_the_verification() -> None:
    assert found(checked("hdl@unit"), "I7") == []
    assert found(checked("ver, hdl@unit"), "I7") == []


@pytest.mark.parametrize("not_by", ["", "hdl", "ver@unit"])
def test_a_verifier_who_may_be_the_handler_is_refused(not_by: str) -> None:
    (finding,) = found(checked(not_by), "I7")
    assert (finding.element, way(finding)) == ("ver", ["hdl", "ver"])
    assert finding.repair_zh == "写属性 notBy = hdl@unit"


def test_a_handler_behind_the_verification_is_not_barred() -> None:
    assert found(checked("", "ver", "hdl"), "I7") == []


def test_the_handler_may_be_in_a_called_process() -> None:
    inner = d.process(d.start("s2"), staffed("hdl", "处置"), d.end("e2"), d.flows("s2>hdl>e2"), id="work")
    outer = d.process(d.start(), d.call("ca", "work"), staffed("ver", "核查"), d.end(), d.flows("s>ca>ver>e"))
    (finding,) = found(worlds.world(outer, inner), "I7")
    assert (finding.process, finding.element) == ("p", "ver")


@pytest.mark.parametrize("not_by", ["hdl@unit, nobody", "hdl@unit, hdl@town"])
def test_a_name_that_bars_nobody_is_refused(not_by: str) -> None:
    assert errors(checked(not_by), "I7") == ["ver"]


# -- I9 -------------------------------------------------------------------------------------------------------
def shown(role: str, *fields: str, unit: str = "CTR", **more: Any) -> World:
    people = Reference(
        holders={f"{role}@{unit}": (), "handler@GAS": ()}, units={**PEOPLE.units, **UNITS}, tables=worlds.tables()
    )
    given = {"bindings": lambda key: fields, "reference": people, "visibility": worlds.visibility(), **more}
    return one_task(f"{role}@{unit}", **given)


UNITS = {"GAS": {"parent": "", "type": "公共服务单位"}, "CGJ": {"parent": "", "type": "区部门"}}


def test_who_takes_the_call_may_see_who_calls() -> None:
    assert found(shown("acceptor", "reporterPhone", "reporterName", "title"), "I9") == []


def test_everybody_may_see_what_is_not_the_reporters() -> None:
    assert found(shown("handler", "title", "address"), "I9") == []


@pytest.mark.parametrize(
    ("role", "field"),
    [
        ("dispatcher", "reporterPhone"),
        ("handler", "reporterName"),
        ("visitor", "reporterRef"),
        ("leader", "reporterPhone"),
    ],
)
def test_a_form_that_tells_too_much_is_refused(role: str, field: str) -> None:
    (finding,) = found(shown(role, "title", field), "I9")
    assert (finding.element, finding.severity) == ("t", "error")
    assert field in finding.zh
    assert field in finding.en


def test_a_role_at_a_unit_is_known_by_the_units_type() -> None:
    (finding,) = found(shown("handler", "reporterPhone", unit="CGJ"), "I9")
    assert "区部门经办" in finding.zh
    anywhere = one_task(
        '="handler@" + mainUnit', bindings=lambda key: ["reporterPhone"], visibility=worlds.visibility()
    )
    (finding,) = found(anywhere, "I9")
    assert "公共服务单位" in finding.zh


def test_nobody_may_see_it_where_no_table_says_so() -> None:
    assert errors(shown("acceptor", "reporterPhone", visibility=None), "I9") == ["t"]


@pytest.mark.parametrize(
    ("by", "wrong"),
    [
        ("acceptor@CTR", []),
        ("citizen", []),
        ("handler@*", ["urge"]),
        ('="handler@" + mainUnit', ["urge"]),
        ("citizen,assignee", ["urge"]),
    ],
)
def test_a_button_tells_no_more_than_a_task(by: str, wrong: list[str]) -> None:
    button = d.extensions(d.properties(action="催办", actionBy=by))
    urge = d.start("urge", d.message("M2"), button, camunda_formKey="urge", isInterrupting="false")
    aside = d.sub("esp", urge, d.end("e2"), d.flows("urge>e2"), triggeredByEvent="true")
    task = d.user("t", camunda_candidateGroups="handler@GAS", camunda_formKey="f", camunda_dueDate="=now")
    text = d.process(d.start(), task, d.end(), d.flows("s>t>e"), aside)
    people = Reference(holders={"handler@GAS": ()}, units=UNITS, tables=worlds.tables())
    shows = {"urge": ["reporterPhone"], "f": []}
    world = worlds.world(text, reference=people, bindings=shows.__getitem__, visibility=worlds.visibility())
    assert errors(world, "I9") == wrong
    assert errors(world, "I4") == [], "people send it"


def test_what_people_type_about_a_reporter_goes_to_the_vault() -> None:
    def begun(**sealed: str) -> World:
        task = d.user("t", camunda_candidateGroups="handler@GAS", camunda_formKey="f", camunda_dueDate="=now")
        start = d.start("s", camunda_formKey="start")
        inner = d.extensions(d.properties(**sealed))
        text = d.process(inner, start, task, d.end(), d.flows("s>t>e"), camunda_candidateStarterGroups="acceptor@CTR")
        shows = {"start": ["reporterPhone", "content"], "f": []}
        return worlds.world(text, bindings=shows.__getitem__, visibility=worlds.visibility())

    assert errors(begun(sealReporter="true"), "I9") == []
    assert errors(begun(sealReporter="false"), "I9") == ["s"]
