"""Random block-structured diagrams, sound by construction, that know how often each script must run."""

from __future__ import annotations

import random
from collections import Counter

from tests.bpmn.diagrams import (
    boundary,
    end,
    escalation,
    event_sub,
    flows,
    gateway,
    message,
    multi,
    script,
    signal,
    start,
    sub,
    throw,
    timer,
    user,
)

LEAVES = ("script", "script", "user", "user")
NESTS = ("seq", "seq", "seq", "and", "xor", "and", "or", "loop", "sub", "mi", "int", "esp", "tick", "signal")


class Blocks:
    """`parts` is a whole process body, `expect` the scripts it must run (known only while `exact`)."""

    def __init__(self, seed: int, depth: int = 4, *, certain: bool = False) -> None:
        self.random = random.Random(seed)
        self.number = 0
        self.chains: list[str] = []
        self.variables: dict[str, object] = {}
        self.expect: Counter[str] = Counter()
        self.exact = True
        self.certain = certain
        parts: list[str] = []
        first, last = self._block(depth, 1, parts)
        self.chains += [f"s>{first}", f"{last}>e"]
        self.parts = (start(), *parts, end(), flows(*self.chains))

    def _id(self, letter: str) -> str:
        self.number += 1
        return f"{letter}{self.number}"

    def _variable(self, value: object) -> str:
        name = self._id("v")
        self.variables[name] = value
        return name

    def _block(self, depth: int, times: int, parts: list[str]) -> tuple[str, str]:
        """Adds one block; returns its first and last element. `times`: how often it runs."""
        choice = self.random.choice(LEAVES if depth == 0 else LEAVES[:1] + NESTS)
        if self.certain and choice in ("int", "esp", "tick", "signal"):
            choice = "seq"
        if choice in ("script", "user"):
            return self._leaf(choice, times, parts)
        return getattr(self, f"_{choice}")(depth, times, parts)

    def _leaf(self, kind: str, times: int, parts: list[str]) -> tuple[str, str]:
        if kind == "script":
            id = self._id("t")
            parts.append(script(id))
            self.expect[id] += times
            return id, id
        id = self._id("u")
        parts.append(user(id))
        if not self.certain and self.random.random() < 0.3:
            parts += [boundary(id + "b", id, message(), interrupting=False), end(id + "be")]
            self.chains.append(f"{id}b>{id}be")
        return id, id

    def _seq(self, depth: int, times: int, parts: list[str]) -> tuple[str, str]:
        blocks = [self._block(depth - 1, times, parts) for _ in range(self.random.randint(2, 3))]
        self.chains += [f"{one[1]}>{next_[0]}" for one, next_ in zip(blocks, blocks[1:], strict=False)]
        return blocks[0][0], blocks[-1][1]

    def _branches(
        self, kind: str, chosen: set[int], count: int, depth: int, times: int, parts: list[str]
    ) -> tuple[str, str]:
        split, join = self._id("s"), self._id("j")
        parts += [gateway(kind, split), gateway(kind, join)]
        for branch in range(count):
            a, b = self._block(depth - 1, times if branch in chosen else 0, parts)
            condition = "" if kind == "parallel" else "?" + self._variable(branch in chosen)
            self.chains += [f"{split}>{a}{condition}", f"{b}>{join}"]
        return split, join

    def _xor(self, depth: int, times: int, parts: list[str]) -> tuple[str, str]:
        count = self.random.randint(2, 3)
        return self._branches("exclusive", {self.random.randrange(count)}, count, depth, times, parts)

    def _and(self, depth: int, times: int, parts: list[str]) -> tuple[str, str]:
        count = self.random.randint(2, 3)
        return self._branches("parallel", set(range(count)), count, depth, times, parts)

    def _or(self, depth: int, times: int, parts: list[str]) -> tuple[str, str]:
        count = self.random.randint(2, 3)
        chosen = set(self.random.sample(range(count), self.random.randint(1, count)))
        return self._branches("inclusive", chosen, count, depth, times, parts)

    def _loop(self, depth: int, times: int, parts: list[str]) -> tuple[str, str]:
        """A rework loop with a counter; the counter is shared, so concurrent blocks do not loop."""
        if times > 1:
            return self._block(0, times, parts)
        rounds, count = self.random.randint(1, 3), self._variable(0)
        merge, step, again, out = self._id("m"), self._id("c"), self._id("x"), self._id("y")
        a, b = self._block(depth - 1, times * rounds, parts)
        parts += [
            gateway("exclusive", merge),
            script(step, f"{count} = if {count} + 1 = {rounds} then 0 else {count} + 1"),
            gateway("exclusive", again, default="default_" + again),
            script(out),
        ]
        self.expect[out] += times
        self.chains += [f"{merge}>{a}", f"{b}>{step}>{again}", f"{again}>{merge}?{count} != 0", f"{again}>{out}?*"]
        return merge, out

    def _nested(self, depth: int, times: int, parts: list[str], *more: str, id: str) -> None:
        """A sub-process with its own flows."""
        outer, self.chains = self.chains, []
        inner: list[str] = []
        first, last = self._block(depth - 1, times, inner)
        inner_flows, self.chains = self.chains, outer
        body = flows(f"{id}s>{first}", f"{last}>{id}e", *inner_flows)
        parts.append(sub(id, start(id + "s"), *inner, end(id + "e"), *more, body))

    def _sub(self, depth: int, times: int, parts: list[str]) -> tuple[str, str]:
        id = self._id("p")
        self._nested(depth, times, parts, id=id)
        return id, id

    def _mi(self, depth: int, times: int, parts: list[str]) -> tuple[str, str]:
        id, count = self._id("p"), self.random.randint(0, 3)
        self._nested(
            depth, times * count if count != 1 else times, parts, multi(count, self.random.random() < 0.5), id=id
        )
        return id, id

    def _int(self, depth: int, times: int, parts: list[str]) -> tuple[str, str]:
        """A message may interrupt: then nobody knows what ran."""
        return self._interruptible(depth, times, parts, message())

    def _tick(self, depth: int, times: int, parts: list[str]) -> tuple[str, str]:
        return self._interruptible(depth, times, parts, timer("PT1H"))

    def _interruptible(self, depth: int, times: int, parts: list[str], definition: str) -> tuple[str, str]:
        self.exact = False
        id, merge, after = self._id("p"), self._id("m"), self._id("t")
        loop = [multi(self.random.randint(2, 3), self.random.random() < 0.5)] if self.random.random() < 0.5 else []
        self._nested(depth, times, parts, *loop, id=id)
        parts += [boundary(id + "b", id, definition), gateway("exclusive", merge), script(after)]
        self.chains += [f"{id}>{merge}", f"{id}b>{merge}", f"{merge}>{after}"]
        return id, after

    def _esp(self, depth: int, times: int, parts: list[str]) -> tuple[str, str]:
        self.exact = False
        id = self._id("p")
        handler = id + "h"
        definition = self.random.choice((message(), signal(), timer("PT2H"), escalation()))
        inner = (user(handler + "u"), flows(f"{handler}s>{handler}u>{handler}e"))
        self._nested(
            depth, times, parts, event_sub(handler, definition, *inner, interrupting=self.random.random() < 0.5), id=id
        )
        return id, id

    def _signal(self, depth: int, times: int, parts: list[str]) -> tuple[str, str]:
        self.exact = False
        id = self._id("n")
        parts.append(throw(id, self.random.choice((signal(), escalation()))))
        return id, id
