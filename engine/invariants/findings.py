"""What the check reports: a sentence, the place it is about and the path that shows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from engine.bpmn import Element, Program

LONGEST_PATH = 14


class Place(NamedTuple):
    """An element of a process; `name` is what the diagram shows."""

    process: str
    element: str
    name: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken invariant. `rule` is I1 … I10, `path` the way through the diagrams that shows it (may be empty).

    An `error` keeps the deployment from happening, a `warning` does not.
    """

    rule: str
    process: str
    element: str
    severity: Literal["error", "warning"]
    zh: str
    en: str
    repair_zh: str | None = None
    repair_en: str | None = None
    path: tuple[Place, ...] = ()

    @property
    def about(self) -> frozenset[str]:
        """Keys of the processes that have a part in it."""
        return frozenset({self.process, *(place.process for place in self.path)})


def place(program: Program, element: Element) -> Place:
    return Place(program.key, element.id, element.name or element.id)


def finding(
    rule: str,
    program: Program,
    element: Element,
    sentences: tuple[str, str],
    repair: tuple[str, str] = ("", ""),
    path: Iterable[Place] = (),
    severity: Literal["error", "warning"] = "error",
) -> Finding:
    """A finding about an element; its sentences begin with process and element."""
    zh, en = sentences
    where = f"{program.name}“{element.name or element.id}”"
    return Finding(
        rule,
        program.key,
        element.id,
        severity,
        f"{where}：{zh}",
        f"{program.key}, {element.id}: {en}",
        repair[0] or None,
        repair[1] or None,
        tuple(path),
    )


def words(path: Sequence[Place]) -> tuple[str, str]:
    """A path in Chinese and English sentences; the middle of a long one is left out."""
    return " → ".join(_short([p.name for p in path])), " → ".join(_short([p.element for p in path]))


def _short(names: list[str]) -> Iterator[str]:
    if len(names) <= LONGEST_PATH:
        yield from names
        return
    half = LONGEST_PATH // 2
    yield from names[:half]
    yield "…"
    yield from names[-half:]
