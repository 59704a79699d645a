"""What colleagues are asked about a task: delegation (委派), opinions (加签), copies (抄送)."""

from __future__ import annotations

from engine import certificates, commands, events
from engine.assignment import READ_ACTOR, actor_of, barred, check_may_work, person, split
from engine.database import Row
from engine.errors import Conflict, InvalidInput, NotAllowed, NotFound
from engine.handlers.tasks import lock_task, names_of
from engine.order import LOCK_BY_REQUEST, Order
from engine.work import Decision, Work, running

MIN_TEXT = 2
MOST_RECEIVERS = 20
READ_REQUEST = (
    "select r.id, r.task_id, r.kind, r.receiver, r.asked_by, r.status, t.element, t.version, t.status as task_status, "
    "t.owner from task_request r join user_task t on t.id = r.task_id where r.id = %(id)s"
)
OVER = ("这条请求已经答复、撤回或不再需要。", "This request has been answered, withdrawn, or is no longer needed.")


def delegate(work: Work, command: commands.DelegateTask) -> Decision:
    """委派: the colleague works on the task; whoever delegates stays its owner and completes it."""
    order, task, actor = lock_task(work, command.task_id)
    check_may_work(task, actor, names_of(task))
    colleague = actor_of(work.transaction.row(READ_ACTOR, {"actor": command.assignee, "now": work.now}))
    if colleague.user_id == actor.user_id or barred(task["not_by"], colleague):
        raise NotAllowed("不能委派给自己或应回避的人。", "It cannot be delegated to oneself or to who must not do it.")
    certificates.check(task["not_by"], colleague.user_id, work.definitions.reference, work.now)
    text = _text(command.text)
    delegated = events.TaskDelegated(
        task["id"], task["element"], colleague.user_id, actor.user_id, text, task["version"]
    )
    return _told(order, [delegated], [person(colleague.user_id)], task["element"], f"{actor.name}委派您办理：{text}")


def ask(work: Work, command: commands.AskOpinion) -> Decision:
    """加签: ask for an opinion before the task is completed."""
    order, task, actor = lock_task(work, command.task_id)
    check_may_work(task, actor, names_of(task))
    receiver, text = _receiver(work, command.receiver), _text(command.text)
    if receiver in actor.candidates:
        raise InvalidInput("不能向自己征求意见。", "One cannot ask oneself.")
    asked = events.OpinionAsked(task["id"], task["element"], receiver, text)
    return _told(order, [asked], [receiver], task["element"], f"{actor.name}请您提意见：{text}")


def copy(work: Work, command: commands.CopyTask) -> Decision:
    """抄送: the receivers get a notice and may read the work order."""
    order, task, actor = lock_task(work, command.task_id)
    check_may_work(task, actor, names_of(task))
    receivers = list(dict.fromkeys(_receiver(work, one) for one in command.receivers))
    if not receivers or len(receivers) > MOST_RECEIVERS:
        raise InvalidInput(f"请选择 1 至 {MOST_RECEIVERS} 个抄送对象。", f"Choose 1 to {MOST_RECEIVERS} receivers.")
    copied = events.TaskCopied(task["id"], task["element"], receivers, command.text.strip())
    words = f"{actor.name}抄送：{command.text.strip() or order.title}"
    return _told(order, [copied], receivers, task["element"], words)


def answer(work: Work, command: commands.AnswerRequest) -> Decision:
    """Give an opinion, or give a delegated task back."""
    order, request, addresses, name = _lock(work, command.request_id)
    if request["receiver"] not in addresses:
        raise NotAllowed("这条请求不是发给您的。", "This request was addressed to somebody else.")
    text = _text(command.text)
    if request["kind"] == "delegation":
        done: events.Event = _given_back(request, text)
        words = f"{name}交回委派的任务：{text}"
    else:
        done = events.OpinionGiven(request["task_id"], request["element"], request["id"], text)
        words = f"{name}答复加签：{text}"
    return _told(order, [done], [person(request["asked_by"])], request["element"], words)


def withdraw(work: Work, command: commands.WithdrawRequest) -> Decision:
    """Do without an opinion, or take a delegated task back."""
    order, request, addresses, _ = _lock(work, command.request_id)
    if person(request["asked_by"]) not in addresses:
        raise NotAllowed("只有提出的人可以撤回。", "Only who asked can withdraw it.")
    if request["kind"] == "delegation":
        done: events.Event = _given_back(request, "")
    else:
        done = events.OpinionWithdrawn(request["task_id"], request["element"], request["id"], request["receiver"])
    return Decision(order, [done], commands.Done(order.no))


def _given_back(request: Row, text: str) -> events.Event:
    return events.TaskGivenBack(
        request["task_id"], request["element"], request["id"], request["owner"], text, request["version"]
    )


def _lock(work: Work, request_id: int) -> tuple[Order, Row, frozenset[str], str]:
    """The work order, the open request, and the actor's addresses and name."""
    order, (requests, people) = work.lock(
        LOCK_BY_REQUEST, (READ_REQUEST, {"id": request_id}), work.actor_query(), id=request_id
    )
    if order is None or not requests:
        raise NotFound("没有找到这条请求。", "This request was not found.")
    request, actor = requests[0], work.person(people)
    if request["status"] != "open" or request["task_status"] not in ("open", "claimed"):
        raise Conflict(*OVER)
    return running(order), request, actor.addresses, actor.name


def _text(text: str) -> str:
    if len(text.strip()) < MIN_TEXT:
        sentence = f"请写明内容，至少 {MIN_TEXT} 个字。"
        raise InvalidInput(sentence, "Say what it is about.", {"text": [sentence]})
    return text.strip()


def _receiver(work: Work, receiver: str) -> str:
    """The address, when somebody stands behind it. Raises InvalidInput."""
    wanted = receiver.strip()
    if wanted.startswith("user:"):
        actor_of(work.transaction.row(READ_ACTOR, {"actor": wanted.removeprefix("user:"), "now": work.now}))
    elif not work.definitions.reference.held([wanted]):
        raise InvalidInput(f"没有人担任“{wanted}”。", f"Nobody holds {wanted}.")
    return wanted


def _told(order: Order, found: list[events.Event], receivers: list[str], element: str, words: str) -> Decision:
    """The events with a notice for each receiver; `user` is the role of a notice to one person."""
    notices = [events.NoticeIssued(element, *_address(one), words, "info") for one in receivers]
    return Decision(order, [*found, *notices], commands.Done(order.no))


def _address(receiver: str) -> tuple[str, str]:
    kind, _, user = receiver.partition(":")
    return (kind, user) if user else split(receiver)
