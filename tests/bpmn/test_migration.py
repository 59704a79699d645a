"""Migration by id map with preview; moving tokens and cancelling items."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.bpmn import (
    CancelItem,
    Complete,
    Machine,
    StaleItem,
    StartAfter,
    StartBefore,
    StepFailed,
    Subscribed,
    Unsubscribed,
    migrate,
    read,
)
from tests.bpmn.diagrams import (
    boundary,
    catch,
    document,
    end,
    extensions,
    flows,
    gateway,
    message,
    multi,
    process,
    properties,
    script,
    start,
    sub,
    task,
    timer,
    user,
)
from tests.bpmn.driver import BEGIN, Case, Shelf


def version(number: int, *parts: str):  # type: ignore[no-untyped-def]
    (program,) = read(document(process(*parts)), lambda key: f"{key}:{number}", allow_scripts=True)
    return program


OLD = (start(), user("a"), boundary("b", "a", timer("PT1H")), user("u"), end(), flows("s>a>e", "b>u>e"))


def test_a_task_and_its_timer_move_with_their_due_time() -> None:
    case = Case(*OLD)
    new = version(
        2,
        start(),
        task("first"),
        user("a2"),
        boundary("b2", "a2", timer("PT9H")),
        user("u"),
        user("last"),
        end(),
        flows("s>first>a2>last>e", "b2>u>e"),
    )
    refused = migrate(case.state, case.shelf.program, new, {})
    assert not refused.possible
    assert {(m.kind, m.source) for m in refused.moves if m.target is None} == {("item", "a"), ("timer", "b")}
    assert all(m.zh and m.en for m in refused.moves if m.target is None)
    done = migrate(case.state, case.shelf.program, new, {"a": "a2", "b": "b2"})
    assert done.state is not None
    assert done.effects == ()
    case.shelf.programs["p:2"] = new
    case.state = done.state
    case.rows = {k: ("a2" if k[0] == "task" else (v[0], "b2", v[2])) for k, v in case.rows.items()}
    case.check()
    (due,) = [v[2] for k, v in case.rows.items() if k[0] == "timer"]
    assert due == BEGIN + timedelta(hours=1)
    assert case.do("a2").open == "last"
    assert case.do("last").status == "completed"


def test_tokens_at_a_join_move_with_their_flow() -> None:
    parts = (start(), gateway("parallel", "f"), user("a"), user("b"), gateway("parallel", "j"), script("t"), end())
    case = Case(*parts, flows("s>f>a>j>t>e", "f>b>j")).do("a")
    new = version(2, task("zero"), *parts, flows("s>zero>f>a>j>t>e", "f>b>j"))
    done = migrate(case.state, case.shelf.program, new, {})
    assert done.state is not None
    case.shelf.programs["p:2"], case.state = new, done.state
    assert case.do("b").trace == "t"
    assert case.status == "completed"


def test_another_kind_or_another_scope_cannot_move() -> None:
    case = Case(*OLD)
    other_kind = version(2, start(), task("a"), end(), flows("s>a>e"))
    assert migrate(case.state, case.shelf.program, other_kind, {}).state is None
    kinds = [m for m in migrate(case.state, case.shelf.program, other_kind, {}).moves if m.source == "a"]
    assert kinds[0].target is None
    assert "kind" in (kinds[0].en or "")
    inner = sub("p1", start("s1"), user("a"), end("e1"), flows("s1>a>e1"))
    other_scope = version(2, start(), inner, end(), flows("s>p1>e"))
    (move,) = [
        m
        for m in migrate(case.state, case.shelf.program, other_scope, {}).moves
        if m.kind == "item" and m.source == "a"
    ]
    assert move.target is None
    assert "sub-process" in (move.en or "")


def test_a_renamed_message_renews_its_subscription_with_its_key() -> None:
    keyed = extensions(properties(correlationKey="=no"))
    case = Case(start(), catch("c", keyed, message("M1")), user("a"), end(), flows("s>c>a>e"), context={"no": "K"})
    new = version(2, start(), task("z"), catch("c", keyed, message("M2")), user("a"), end(), flows("s>z>c>a>e"))
    done = migrate(case.state, case.shelf.program, new, {})
    gone, come = done.effects
    assert isinstance(gone, Unsubscribed)
    assert gone.name == "m1"
    assert isinstance(come, Subscribed)
    assert (come.name, come.key) == ("m2", "K")


def test_an_operator_puts_a_token_before_and_after_an_element() -> None:
    case = Case(start(), user("a"), user("b"), user("c"), end(), flows("s>a>b>c>e"))
    item = case.item("a")
    case.send(StartBefore("b"))
    assert case.open == "a b"
    case.send(CancelItem(item))
    assert case.open == "b"
    case.send(StartAfter("b"))
    assert case.open == "b c"
    with pytest.raises(StepFailed):
        case.send(StartBefore("nowhere"))


def test_a_token_inside_a_sub_process_that_does_not_run_opens_it() -> None:
    inner = sub("p1", start("s1"), user("b"), user("c"), end("e1"), flows("s1>b>c>e1"))
    case = Case(start(), user("a"), inner, script("t"), end(), flows("s>a>p1>t>e"))
    case.send(StartBefore("c")).send(CancelItem(case.item("a")))
    assert case.open == "c"
    assert case.do("c").trace == "t"
    assert case.status == "completed"


def test_cancelling_the_last_item_ends_the_instance() -> None:
    case = Case(*OLD)
    case.send(CancelItem(case.item("a")))
    assert case.status == "completed"
    case = Case(start(), user("a", multi(2)), script("t"), end(), flows("s>a>t>e"))
    case.send(CancelItem(case.item("a"))).do("a")
    assert (case.trace, case.status) == ("t", "completed")


def test_cancelling_what_is_gone_is_told() -> None:
    case = Case(*OLD)
    with pytest.raises(StaleItem):
        case.send(CancelItem(99))


def test_a_migrated_instance_stays_on_its_new_version() -> None:
    case = Case(*OLD)
    new = version(2, *OLD)
    done = migrate(case.state, case.shelf.program, new, {})
    assert done.state is not None
    step = Machine(Shelf([new]), case.environment).step(done.state, Complete(case.item("a")), BEGIN)
    assert step.status == "completed"
