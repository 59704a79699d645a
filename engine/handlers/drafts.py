"""Files of a change that is being prepared. The change is a work order; nothing here goes live."""

from __future__ import annotations

from pathlib import PurePosixPath

from engine import bpmn, commands, events
from engine.assignment import check_may_work
from engine.database import Row
from engine.definitions import digest
from engine.errors import EngineError, InvalidInput, NotAllowed, StaleVersion
from engine.handlers.deployments import LATEST, SUFFIXES, form_key
from engine.handlers.tasks import READ_TASK, names_of
from engine.order import LOCK_BY_NO, Order
from engine.work import Decision, Work, running

OPEN = "select id from user_task where order_id = %(id)s and status in ('open', 'claimed') order by id"
KEPT = "select path, digest, by, base_version from draft_file where order_id = %(id)s"
DRAFTS = "drafts"
LARGEST = 5 * 1024 * 1024
MOST = 200


def save(work: Work, command: commands.SaveDraft) -> Decision:
    """Put files into the change, or take them out; only while its task for editing is open for this person."""
    order, _ = work.lock(LOCK_BY_NO, no=command.order_no)
    order = running(order)
    _check_may_edit(work, order)
    kept = {row["path"]: row for row in work.transaction.rows(KEPT, {"id": order.id})}
    live = {(row["kind"], row["key"]): row for row in work.transaction.rows(LATEST)}
    found: list[events.Event] = []
    for path, source in sorted(command.files.items()):
        _check_opened(kept.get(path), command)
        if source is not None:
            found.append(_saved(path, source, kept.get(path), live))
        elif path in kept:
            found.append(events.DraftDropped(path))
    if len(kept) + len(found) > MOST:
        raise InvalidInput(f"一件变更最多 {MOST} 个文件。", f"A change has at most {MOST} files.")
    return Decision(order, found, commands.Done(order.no))


def _check_may_edit(work: Work, order: Order) -> None:
    """Raises NotAllowed unless the person can do an open task of the change that is for editing."""
    person = work.person(work.transaction.rows(*work.actor_query()))
    refused: EngineError = NotAllowed(
        "这件变更现在不能修改：修改任务没有打开，或不属于您。",
        "This change cannot be edited now: its task for editing is not open, or not yours.",
    )
    for row in work.transaction.rows(OPEN, {"id": order.id}):
        task = work.transaction.rows(READ_TASK, {"id": row["id"], "now": work.now})[0]
        element = work.step(order).element(task["definition"], task["element"])
        if element.properties.get(DRAFTS) != "true":
            continue
        try:
            check_may_work(task, person, names_of(task))
            return
        except EngineError as reason:
            refused = reason
    raise refused


def _check_opened(kept: Row | None, command: commands.SaveDraft) -> None:
    if kept and command.opened and kept["digest"] != command.opened:
        raise StaleVersion(
            f"{kept['by']} 在您编辑期间保存了这个文件，请先下载您的修改，再从他的版本开始。",
            f"{kept['by']} saved this file while you were editing; download your changes and start from it.",
        )


def _saved(path: str, source: bytes, kept: Row | None, live: dict[tuple[str, str], Row]) -> events.DraftSaved:
    kind, key = _names(path)
    _check_source(path, kind, key, source)
    base = kept["base_version"] if kept else live.get((kind, key), {}).get("version", 0)
    return events.DraftSaved(path, kind, key, base, digest(source), source)


def _names(path: str) -> tuple[str, str]:
    """(kind, key) that a path stands for. Raises InvalidInput."""
    pure = PurePosixPath(path)
    kind = SUFFIXES.get(pure.suffix)
    if kind is None or pure.is_absolute() or ".." in pure.parts or not pure.stem:
        raise InvalidInput(
            f"“{path}”不是流程图（.bpmn）、决策表（.dmn）或表单（.form）。",
            f"{path!r} is no diagram (.bpmn), decision table (.dmn) or form (.form).",
        )
    return kind, form_key(path) if kind == "form" else pure.stem


def _check_source(path: str, kind: str, key: str, source: bytes) -> None:
    """Raises InvalidInput for what can never be deployed under this name; other faults are found by the check."""
    if not source.strip() or len(source) > LARGEST:
        raise InvalidInput(f"{path} 是空的，或超过 5 MB。", f"{path} is empty or larger than 5 MB.")
    if kind != "process":
        return
    try:
        keys = [program.key for program in bpmn.read(source)]
    except bpmn.InvalidDiagram:
        return
    if key not in keys:
        raise InvalidInput(
            f"图中没有编号为“{key}”的流程；流程编号不能更改。",
            f"The diagram has no process {key}; its id cannot change.",
        )
