"""I1, every case is verified: small diagrams, called processes, boundaries, joins, and any graph at all."""

from __future__ import annotations

from hypothesis import given, strategies as st

from engine import bpmn
from engine.bpmn import Program
from engine.invariants import World
from engine.invariants.world import role_of
from tests.bpmn import diagrams as d
from tests.invariants import worlds
from tests.invariants.worlds import closed, errors, found, opened, staffed, way

DIS, HDL, VER = staffed("dis", "派遣"), staffed("hdl", "处置"), staffed("ver", "核查", notBy="hdl@unit")


def case(*parts: str) -> World:
    return worlds.world(d.process(opened(), *parts, closed()))


def test_it_passes_a_case_that_is_always_verified() -> None:
    assert errors(case(DIS, HDL, VER, d.flows("s>dis>hdl>ver>closed")), "I1") == []


def test_it_shows_the_way_around_the_verification() -> None:
    parts = (DIS, HDL, VER, d.gateway("exclusive", "g", default="default_g"))
    (finding,) = found(case(*parts, d.flows("s>dis>hdl>g", "g>ver?=x = 1", "g>closed?*", "ver>closed")), "I1")
    assert (finding.element, finding.severity) == ("closed", "error")
    assert way(finding) == ["dis", "hdl", "g", "closed"]
    assert "dis → hdl → g → closed" in finding.zh
    assert finding.repair_zh
    assert finding.repair_en


def test_it_owes_nothing_before_the_dispatch() -> None:
    parts = (DIS, VER, d.gateway("exclusive", "g", default="default_g"), closed("rejected"))
    assert errors(case(*parts, d.flows("s>g", "g>dis?=x", "g>rejected?*", "dis>ver>closed")), "I1") == []


def test_a_case_that_is_never_dispatched_is_verified_all_the_same() -> None:
    assert errors(case(HDL, d.flows("s>hdl>closed")), "I1") == ["closed"]
    assert errors(case(VER, d.flows("s>ver>closed")), "I1") == []


def test_an_appeal_without_a_dispatch_needs_no_verification() -> None:
    text = d.process(opened("appeal"), staffed("reply"), closed(), d.flows("s>reply>closed"))
    assert errors(worlds.world(text), "I1") == []


def test_a_verification_before_the_dispatch_does_not_count() -> None:
    assert errors(case(VER, DIS, d.flows("s>ver>dis>closed")), "I1") == ["closed"]


def test_a_new_dispatch_needs_a_new_verification() -> None:
    parts = (DIS, VER, staffed("dis2", "派遣"))
    assert errors(case(*parts, d.flows("s>dis>ver>dis2>closed")), "I1") == ["closed"]


def test_work_done_again_without_verification_is_a_warning() -> None:
    parts = (DIS, HDL, VER, staffed("redo", "处置"))
    (finding,) = found(case(*parts, d.flows("s>dis>hdl>ver>redo>closed")), "I1")
    assert finding.severity == "warning"
    assert way(finding) == ["redo", "closed"]


def test_a_property_names_the_role_where_there_is_no_stage() -> None:
    by_video = d.service("video", "ai.verify", d.extensions(d.properties(role="verify")))
    assert errors(case(DIS, by_video, d.flows("s>dis>video>closed")), "I1") == []
    plain = staffed("ver", "核查", role="none")
    assert errors(case(DIS, plain, d.flows("s>dis>ver>closed")), "I1") == ["closed"]


def test_a_timer_that_takes_the_verification_away_leaves_the_case_unverified() -> None:
    late = d.boundary("late", "ver", d.timer("P1D"))
    (finding,) = found(case(DIS, VER, late, d.flows("s>dis>ver>closed", "late>closed")), "I1")
    assert way(finding) == ["dis", "ver", "late", "closed"]
    reminder = d.boundary("late", "ver", d.timer("P1D"), interrupting=False)
    assert errors(case(DIS, VER, reminder, d.end("told"), d.flows("s>dis>ver>closed", "late>told")), "I1") == []


def test_a_reminder_in_a_called_process_does_not_end_it() -> None:
    reminder = d.boundary("late", "ver", d.timer("P1D"), interrupting=False)
    parts = (d.start("s2"), VER, reminder, d.end("e2"), d.end("told"), d.flows("s2>ver>e2", "late>told"))
    outer = d.process(opened(), DIS, d.call("ca", "check"), closed(), d.flows("s>dis>ca>closed"))
    assert found(worlds.world(outer, d.process(*parts, id="check")), "I1") == []
    late_close = (*parts[:4], closed("told"), parts[5])
    (finding,) = found(worlds.world(outer, d.process(*late_close, id="check")), "I1")
    assert way(finding) == ["dis", "ca", "s2", "ver", "late", "told"]


def test_a_reminder_that_joins_the_way_on_is_found() -> None:
    """The branch beside the verification goes on to the end of its own process; the case is closed behind it."""
    reminder = d.boundary("late", "ver", d.timer("P1D"), interrupting=False)
    given = case(DIS, VER, reminder, d.flows("s>dis>ver>closed", "late>closed"))
    assert errors(given, "I1") == ["closed"]


def test_a_parallel_join_waits_for_the_verification() -> None:
    parts = (DIS, VER, staffed("tell"), d.gateway("parallel", "fork"), d.gateway("parallel", "join"))
    joined = d.flows("s>dis>fork", "fork>ver>join", "fork>tell>join", "join>closed")
    assert errors(case(*parts, joined), "I1") == []
    apart = d.flows("s>dis>fork", "fork>ver>done", "fork>tell>closed")
    without_join = (*parts[:-1], d.end("done"))
    assert errors(case(*without_join, apart), "I1") == ["closed"]


def test_a_join_with_a_branch_around_the_verification_is_found() -> None:
    fork, join = d.gateway("parallel", "fork"), d.gateway("parallel", "join")
    parts = (DIS, VER, staffed("tell"), fork, join, d.gateway("exclusive", "g", default="default_g"))
    ways = d.flows("s>dis>fork", "fork>g", "g>ver?=x", "g>m?*", "ver>m", "m>join", "fork>tell>join", "join>closed")
    assert errors(case(*parts, d.gateway("exclusive", "m"), ways), "I1") == ["closed"]


def test_it_looks_into_called_processes() -> None:
    inner = d.process(
        d.start("s2"),
        d.gateway("exclusive", "g2", default="default_g2"),
        VER,
        d.end("ok"),
        d.end("skipped"),
        d.flows("s2>g2", "g2>ver?=x", "g2>skipped?*", "ver>ok"),
        id="check",
    )
    outer = d.process(opened(), DIS, d.call("ca", "check"), closed(), d.flows("s>dis>ca>closed"))
    (finding,) = found(worlds.world(outer, inner), "I1")
    assert way(finding) == ["dis", "ca", "s2", "g2", "skipped", "closed"]
    assert {place.process for place in finding.path} == {"p", "check"}


def test_a_called_process_returns_to_its_caller_only() -> None:
    """Otherwise the first call would seem to go on behind the second, past the verification."""
    shared = d.process(d.start("s2"), HDL, d.end("e2"), d.flows("s2>hdl>e2"), id="work")
    outer = d.process(
        opened(), DIS, d.call("first", "work"), VER, d.call("second", "work"), closed(),
        d.flows("s>dis>first>ver>second>again", "again>closed"), staffed("again", "核查", notBy="hdl@unit"),
    )  # fmt: skip
    assert found(worlds.world(outer, shared), "I1") == []


def test_it_follows_a_process_that_calls_itself() -> None:
    lower = d.process(
        d.start("s2"), d.gateway("exclusive", "g2", default="default_g2"), d.call("down", "work"), HDL, d.end("e2"),
        d.gateway("exclusive", "m2"), d.flows("s2>g2", "g2>down?=x", "g2>hdl?*", "down>m2", "hdl>m2", "m2>e2"),
        id="work",
    )  # fmt: skip
    good = d.process(opened(), DIS, d.call("ca", "work"), VER, closed(), d.flows("s>dis>ca>ver>closed"))
    bad = d.process(opened(), DIS, d.call("ca", "work"), closed(), d.flows("s>dis>ca>closed"))
    assert errors(worlds.world(good, lower), "I1") == []
    assert errors(worlds.world(bad, lower), "I1") == ["closed"]


def test_an_event_sub_process_can_close_an_unverified_case() -> None:
    hurry = d.sub("esp", d.start("m", d.message("M2")), closed("rushed"), d.flows("m>rushed"), triggeredByEvent="true")
    (finding,) = found(case(DIS, VER, hurry, d.flows("s>dis>ver>closed")), "I1")
    assert finding.element == "rushed"
    assert way(finding)[-2:] == ["m", "rushed"]


def test_an_error_on_a_call_comes_from_where_it_is_thrown() -> None:
    inner = d.process(d.start("s2"), VER, d.end("bad", d.error("E1")), d.flows("s2>ver>bad"), id="check")
    caught = d.boundary("be", "ca", d.error("E1"))
    outer = d.process(opened(), DIS, d.call("ca", "check"), caught, closed(), d.flows("s>dis>ca>closed", "be>closed"))
    (finding,) = found(worlds.world(outer, inner), "I1")
    assert "be" in way(finding), "the user task itself may throw before it is done"
    other = d.boundary("be", "ca", d.error("E2"))
    ended = d.process(d.start("s2"), d.end("bad", d.error("E1")), d.flows("s2>bad"), id="check")
    outer = d.process(opened(), DIS, d.call("ca", "check"), other, closed(), d.flows("s>dis>ca>closed", "be>closed"))
    assert errors(worlds.world(outer, ended), "I1") == [], "nobody throws E2, and behind E1 nothing goes on"


def test_calls_that_unfold_without_end_are_refused_not_believed() -> None:
    chain = [
        d.process(
            d.start(f"s{n}"), d.call(f"a{n}", f"p{n + 1}"), d.call(f"b{n}", f"p{n + 1}"), d.end(f"e{n}"),
            d.flows(f"s{n}>a{n}>b{n}>e{n}"), id=f"p{n}",
        )
        for n in range(1, 14)
    ]  # fmt: skip
    last = d.process(d.start("s14"), d.end("e14"), d.flows("s14>e14"), id="p14")
    first = d.process(opened(), DIS, d.call("ca", "p1"), VER, closed(), d.flows("s>dis>ca>ver>closed"))
    given = worlds.world(first, *chain, last, largest=5_000)
    assert len(errors(given, "I1")) == 1


# -- any graph ------------------------------------------------------------------------------------------------
STAGES = ("派遣", "处置", "核查", "")


def drawn(draw: st.DrawFn, prefix: str, size: int, ends: list[str], calls: list[str]) -> list[str]:
    """Tasks `<prefix>0` … that lead anywhere, also back; some call another process instead."""
    names = [f"{prefix}{i}" for i in range(size)]
    parts = []
    for name in names:
        stage = draw(st.sampled_from([*STAGES, *calls]))
        parts.append(d.call(name, stage) if stage in calls else staffed(name, stage))
        onward = draw(st.lists(st.sampled_from([*names, *ends]), min_size=1, max_size=3, unique=True))
        one = len(onward) == 1
        parts.append(d.flows(*(f"{name}>{target}" if one else f"{name}>{target}?=x = 1" for target in onward)))
    return parts


@st.composite
def sets(draw: st.DrawFn) -> tuple[str, str]:
    """A process and one it may call, of tasks whose flows are chosen one at a time."""
    inner = drawn(draw, "q", draw(st.integers(1, 2)), ["out"], [])
    outer = drawn(draw, "n", draw(st.integers(1, 4)), ["closed", "void"], ["q"])
    return (
        d.process(opened("appeal"), *outer, closed(), d.end("void"), d.flows("s>n0")),
        d.process(d.start("in"), *inner, d.end("out"), d.flows("in>q0"), id="q"),
    )


Words = set[tuple[str, ...]]


def words(program: Program, start: str, goal: str, called: Words) -> Words:
    """What the roles on every path from start to goal spell; each element is passed twice at most."""
    found: Words = set()
    todo: list[tuple[list[str], Words]] = [([start], {()})]
    while todo:
        path, spelt = todo.pop()
        element = program.elements[path[-1]]
        spoken = called if element.called else {(role_of(element) or "-",)}
        spelt = {short((*word, *more)) for word in spelt for more in spoken}
        if element.id == goal:
            found |= spelt
        todo += [([*path, f.target.id], spelt) for f in element.outgoing if path.count(f.target.id) < 2]
    return found


def short(word: tuple[str, ...]) -> tuple[str, ...]:
    """Only what matters, each once in a row."""
    said = [one for one in word if one in ("dispatch", "verify")]
    return tuple(one for i, one in enumerate(said) if i == 0 or said[i - 1] != one)


@given(sets())
def test_it_agrees_with_spelling_out_every_path(texts: tuple[str, str]) -> None:
    diagrams = [bpmn.read(d.document(text), deployed=True)[0] for text in texts]
    outer, inner = diagrams
    every = words(outer, "s", "closed", words(inner, "in", "out", set()))
    violated = any(word[-1:] == ("dispatch",) for word in every)
    assert bool(errors(World({g.key: g for g in diagrams}, worlds.NOW), "I1")) == violated
