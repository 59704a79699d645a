"""What holds for every diagram and every walk: `Case.check` tests the invariants after each step."""

from __future__ import annotations

import random
from collections import Counter

from hypothesis import HealthCheck, given, settings, strategies as st

from engine.bpmn import StepFailed
from tests.bpmn.diagrams import boundary, end, flows, gateway, script, start, timer, user
from tests.bpmn.driver import Case
from tests.bpmn.models import Blocks

FAST = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def walk(case: Case, rng: random.Random, limit: int = 400) -> int:
    """Random steps until the instance ends."""
    for steps in range(limit):
        if case.status != "running":
            return steps
        step(case, rng)
    raise AssertionError("the walk does not come to an end")


def step(case: Case, rng: random.Random) -> None:
    tasks = sorted(v for k, v in case.rows.items() if k[0] == "task")
    assert tasks, f"stuck: {case.rows}"
    chance = rng.random()
    if chance < 0.12 and any(k[0] == "subscription" and v[1] == "m1" for k, v in case.rows.items()):
        case.message("m1")
    elif chance < 0.18:
        case.signal("s1")
    elif chance < 0.24:
        case.after(minutes=45)
    elif chance < 0.28:
        case.escalate(rng.choice(tasks), "X1")
    else:
        case.do(rng.choice(tasks))


@FAST
@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_every_walk_over_every_model_keeps_the_invariants_and_ends(seed: int, walker: int) -> None:
    model = Blocks(seed)
    case = Case(*model.parts, variables=model.variables)
    walk(case, random.Random(walker))
    assert case.status == "completed"
    if model.exact:
        assert Counter(t for t in case.environment.trace) == +model.expect


@FAST
@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_sound_models_run_the_same_scripts_in_any_order_of_completion(seed: int, one: int, other: int) -> None:
    model = Blocks(seed, certain=True)
    traces = []
    for walker in (one, other):
        case, rng = Case(*model.parts, variables=model.variables), random.Random(walker)
        while case.status == "running":
            case.do(rng.choice(sorted(v for k, v in case.rows.items() if k[0] == "task")))
        traces.append(Counter(case.environment.trace))
    assert traces[0] == traces[1] == +model.expect


@settings(FAST, max_examples=10)
@given(st.integers(0, 10**6))
def test_a_failed_step_leaves_the_bytes_as_they_are(seed: int) -> None:
    model = Blocks(seed, depth=3, certain=True)
    case = Case(*model.parts, variables=model.variables)
    nothing = dict.fromkeys([n for n, v in model.variables.items() if isinstance(v, bool)], False)
    while case.status == "running":
        before, trace = case.state, len(case.environment.trace)
        task = next(v for k, v in case.rows.items() if k[0] == "task")
        try:
            case.do(task, **nothing)
        except StepFailed:
            del case.environment.trace[trace:]
            assert case.state == before
            assert case.do(task, **dict.fromkeys(nothing, True)).state != before, "and it can be repaired"
            return


REWORK = (
    start(),
    gateway("exclusive", "m"),
    gateway("parallel", "f"),
    user("a"),
    boundary("b", "a", timer("PT4H"), interrupting=False),
    end("e2"),
    user("k"),
    gateway("parallel", "j"),
    script("t"),
    gateway("exclusive", "x", default="default_x"),
    end(),
    flows("s>m>f>a>j", "b>e2", "f>k>j", "j>t>x", "x>m?again", "x>e?*"),
)


def test_the_state_stays_as_small_after_300_rounds_of_rework() -> None:
    case = Case(*REWORK, variables={"again": True, "note": "x" * 100})
    sizes = []
    for _ in range(300):
        case.do("a").do("k")
        sizes.append(len(case.state))
    assert max(sizes) - min(sizes[:5]) < 25, "only the numbers of items grow"
    assert max(sizes) < 400


def test_a_long_rework_without_compensation_records_does_not_grow() -> None:
    case = Case(
        start(),
        gateway("exclusive", "m"),
        user("a"),
        gateway("exclusive", "x", default="default_x"),
        end(),
        flows("s>m>a>x", "x>m?again", "x>e?*"),
        variables={"again": True},
    )
    first = len(case.do("a").state)
    for _ in range(50):
        case.do("a")
    assert len(case.state) <= first + 4
