"""Rules of this engine: names that must exist, extensions that would be ignored, diagrams that never end."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set as AbstractSet

from engine.bpmn import expressions, xml
from engine.bpmn.building import FLOW_NODES, camunda_attributes, properties
from engine.bpmn.findings import Finding
from engine.bpmn.linter.formal import readable
from engine.bpmn.linter.model import Model, Node, Rule, definitions, finding
from engine.bpmn.program import ACTIVITIES

RESERVED = frozenset(("Start", "End", "Root"))
LISTENERS = ("executionListener", "taskListener", "connector", "script", "field", "formData")
CODE = ("class", "delegateExpression", "expression")
RULE_TEXTS = {
    "forms": ("CL11", "表单", "form"),
    "roles": ("CL12", "岗位角色", "role"),
    "decisions": ("CL13", "决策表", "decision"),
    "topics": ("CL14", "连接器操作", "operation"),
    "messages": ("CL15", "消息", "message"),
    "processes": ("CL16", "流程", "process"),
    "tables": ("CL17", "主数据清单", "list"),
}
SELF = frozenset(("citizen", "assignee"))
"""Words of `actionBy` that are no posts."""
EVERYBODY = "*"
"""What is left of `*@*`: every member of staff."""
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
QUOTED, POST = re.compile(r'"([^"]*)"'), re.compile(r"([a-z][a-z_]*)@")
TABLE = re.compile(r"""\btable\s*\(\s*"([^"]*)"\s*\)""")


def reserved_ids(model: Model) -> Iterator[Finding]:
    """Ids with a meaning of their own elsewhere: SpiffWorkflow's runtime, generated names of global tasks."""
    for node in model.flow_nodes:
        if node.get("id") in RESERVED or ":" in (node.get("id") or ""):
            yield finding(
                "CL01",
                node,
                f"编号“{node.get('id')}”是保留的",
                f"the id {node.get('id')!r} is reserved",
                ("换一个编号", "choose another id"),
                "warning",
            )


def code(model: Model) -> Iterator[Finding]:
    """Extensions that hold program code would be ignored: they are refused."""
    for node in model.bpmn:
        for name in LISTENERS:
            for found in xml.extensions(node, name):
                yield finding(
                    "CL02",
                    node,
                    f"不支持扩展 camunda:{name}",
                    f"the extension camunda:{name} is not supported",
                    ("删除它；外部工作用服务任务，规则用决策表", "remove it; use service tasks and decisions"),
                )
                del found
        for name in CODE:
            if xml.camunda(node, name) and xml.local(node) in ACTIVITIES:
                yield finding(
                    "CL03",
                    node,
                    f"不支持 camunda:{name}",
                    f"camunda:{name} is not supported",
                    ("实现方式选“外部”并填写主题", "choose the implementation External and give a topic"),
                )
        for holder in xml.extensions(node, "inputOutput"):
            for found in holder.iter(f"{{{xml.CAMUNDA}}}script"):
                yield finding(
                    "CL02",
                    node,
                    "参数里不允许脚本",
                    "a parameter must not be a script",
                    ("改用 FEEL 表达式", "use a FEEL expression"),
                )
                del found


def implementation(model: Model) -> Iterator[Finding]:
    """A service task says what to do: its topic."""
    for node in model.named("serviceTask"):
        if not xml.camunda(node, "topic") and not node.get("operationRef"):
            yield finding(
                "CL04",
                node,
                "服务任务没有指定主题（连接器操作）",
                "the service task has no topic",
                ("实现方式选“外部”并填写主题", "choose the implementation External and give a topic"),
            )
    for node in model.named("businessRuleTask"):
        if not xml.camunda(node, "decisionRef") and not xml.camunda(node, "topic"):
            yield finding(
                "CL05",
                node,
                "规则任务没有指定决策表",
                "the business rule task names no decision",
                ("填写决策表编号", "give the decision reference"),
                "warning",
            )


def reachable(model: Model) -> Iterator[Finding]:
    """Every element can be reached from a start."""
    for scope in model.named("process", "subProcess", "transaction"):
        nodes = [c for c in scope if xml.local(c) in FLOW_NODES]
        starts = [n for n in nodes if _begins(model, n)]
        if not xml.children(scope, "startEvent"):
            continue
        seen: set[Node] = set()
        todo = list(starts)
        while todo:
            node = todo.pop()
            if node not in seen:
                seen.add(node)
                todo += _next(model, node)
        for node in nodes:
            if node not in seen:
                yield finding(
                    "CL06",
                    node,
                    "从开始事件走不到这里",
                    "cannot be reached from a start event",
                    ("连上它或删除它", "connect it or remove it"),
                    "warning",
                )


def _begins(model: Model, node: Node) -> bool:
    if xml.local(node) == "startEvent" or node.get("triggeredByEvent") == "true" or node.get("instantiate") == "true":
        return True
    return xml.local(node) == "intermediateCatchEvent" and any(k == "link" for k, _ in definitions(model, node))


def _next(model: Model, node: Node) -> list[Node]:
    found = [t for f in model.out_of(node) if (t := model.target(f.get("targetRef"))) is not None]
    handlers = [t for t in model.associated.get(node, ()) if t.get("isForCompensation") == "true"]
    return found + model.boundaries.get(node, []) + handlers


def missing_default(model: Model) -> Iterator[Finding]:
    """A splitting gateway whose conditions may all be false needs a default flow."""
    for node in model.named("exclusiveGateway", "inclusiveGateway"):
        flows = model.out_of(node)
        if len(flows) < 2 or node.get("default"):
            continue
        bare = [f for f in flows if xml.child(f, "conditionExpression") is None]
        if not bare:
            yield finding(
                "CL07",
                node,
                "网关没有默认流，条件都不成立时工单会停住",
                "the gateway has no default flow; the work order stops when no condition is true",
                ("把其中一条设为默认流", "make one of the flows the default"),
                "warning",
            )
        elif xml.local(node) == "exclusiveGateway":
            yield finding(
                "CL08",
                bare[0],
                "这条流出连线没有条件，也不是默认流",
                "this flow has no condition and is not the default",
                ("写上条件，或设为默认流", "give it a condition or make it the default"),
                "warning",
            )


def deadlock(model: Model) -> Iterator[Finding]:
    """A parallel join behind an exclusive split waits for ever."""
    for join in model.named("parallelGateway"):
        if len(model.into(join)) < 2:
            continue
        splits = [_split_before(model, f) for f in model.into(join)]
        first = splits[0]
        if first is not None and xml.local(first) == "exclusiveGateway" and all(s is first for s in splits):
            yield finding(
                "CL09",
                join,
                "并行汇合网关前面是排他分支，永远等不齐",
                "the parallel join follows an exclusive split: it waits for ever",
                ("把汇合网关改成排他网关", "use an exclusive gateway to join"),
                "warning",
            )


def _split_before(model: Model, flow: Node) -> Node | None:
    """The first splitting gateway met going back over elements with one way in and out."""
    for _ in range(200):
        node = model.target(flow.get("sourceRef"))
        if node is None or len(model.out_of(node)) > 1:
            return node
        if len(model.into(node)) != 1:
            return None
        flow = model.into(node)[0]
    return None


def ledgers(model: Model) -> Iterator[Finding]:
    """A ledger entry says which ledger it goes to and what it holds, as an expression that can be read."""
    for node in model.bpmn:
        found = properties(node) if xml.local(node) != "extensionElements" else {}
        if "ledger" in found and "ledgerEntry" not in found:
            repair = ("写上属性 ledgerEntry，如 ={points: 1}", "give the property ledgerEntry, such as ={points: 1}")
            yield finding("CL17", node, "记入台账，却没有写条目", "it writes to a ledger but has no entry", repair)
        if "ledger" not in found and ("ledgerEntry" in found or "ledgerKey" in found):
            repair = ("写上属性 ledger（台账名称）", "give the property ledger")
            yield finding("CL17", node, "有台账条目，却没有写是哪个台账", "a ledger entry names no ledger", repair)
        if "ledgerEntry" in found:
            yield from readable(node, expressions.body(found["ledgerEntry"]))


# -- names that must exist outside the diagram ------------------------------------------------------------------
def known_names(model: Model) -> Iterator[Finding]:
    """Forms, roles, decisions, operations, messages and processes that the engine knows."""
    known = model.known
    for node in model.flow_nodes:
        attributes = camunda_attributes(node)
        form = attributes.get("formRef") or attributes.get("formKey")
        yield from _exists(node, "forms", known.forms, [form] if form else [])
        groups = attributes.get("candidateGroups", "")
        if not any(is_expr for is_expr, _ in expressions.parts(groups)):
            yield from _exists(node, "roles", known.roles, [g.strip() for g in groups.split(",") if g.strip()])
        else:
            yield from _exists(node, "roles", known.role_names, _constant_roles(groups))
        if (told := properties(node).get("notify", "")).startswith("="):
            yield from _exists(node, "roles", known.role_names, _constant_roles(told))
        yield from _exists(node, "decisions", known.decisions, _one(attributes.get("decisionRef")))
        yield from _exists(node, "topics", known.topics, _one(attributes.get("topic")))
        called = node.get("calledElement") if xml.local(node) == "callActivity" else None
        if called and model.target(called) is None:
            yield from _exists(node, "processes", known.processes, [called])
    for message in model.named("message"):
        if known.messages is not None and any(n.get("messageRef") == message.get("id") for n in model.bpmn):
            yield from _exists(message, "messages", known.messages, _one(message.get("name")))


def _constant_roles(expression: str) -> list[str]:
    """The roles an expression names, as in `"dispatcher@CTR"` and `"handler@" + mainUnit`."""
    found = (POST.match(one.strip()) for text in QUOTED.findall(expression) for one in text.split(","))
    return list(dict.fromkeys(one[1] for one in found if one))


def in_lanes(model: Model) -> Iterator[Finding]:
    """Where a process has lanes, each of its nodes stands in one: they show who does it."""
    for process in model.named("process"):
        lanes = list(process.iter(f"{{{xml.BPMN}}}flowNodeRef"))
        held = {xml.reference(xml.text(one)) for one in lanes}
        for node in process:
            if held and xml.local(node) in FLOW_NODES and node.get("id") not in held:
                repair = ("把它放进一个泳道", "put it into a lane")
                yield finding("CL23", node, "不在任何泳道里", "stands in no lane", repair, "warning")


def absences(model: Model) -> Iterator[Finding]:
    """Who is away, and who stands in, is an expression that can be read."""
    for node in model.flow_nodes:
        text = properties(node).get("absence")
        if text is not None:
            yield from readable(node, expressions.body(text))


def people(model: Model) -> Iterator[Finding]:
    """What people start or trigger themselves says how and by whom."""
    for process in model.named("process"):
        starters = camunda_attributes(process).get("candidateStarterGroups")
        if starters:
            yield from _posts(model, process, starters)
            plain = [one for one in xml.children(process, "startEvent") if not definitions(model, one)]
            if not any(_form(one) for one in plain):
                yield finding(
                    "CL21",
                    process,
                    "流程可由人员发起，但没有带表单的普通开始事件",
                    "people may start the process, but no plain start event names a form",
                    ("给普通开始事件选表单", "give the plain start event a form"),
                )
    for node in model.flow_nodes:
        found = properties(node)
        if "action" in found:
            if not any(kind == "message" for kind, _ in definitions(model, node)):
                zh, en = "属性 action 只能写在等待消息的事件上", "action belongs to an event that waits for a message"
                yield finding("CL19", node, zh, en)
            if not found.get("actionBy"):
                yield finding(
                    "CL20",
                    node,
                    "操作没有写明由谁办理",
                    "the action does not say who may",
                    ("写上属性 actionBy", "give the property actionBy"),
                )
            yield from _posts(model, node, found.get("actionBy", ""))


def _form(node: Node) -> str | None:
    attributes = camunda_attributes(node)
    return attributes.get("formKey") or attributes.get("formRef")


def _posts(model: Model, node: Node, text: str) -> Iterator[Finding]:
    """Posts that exist; `role@*` is the role anywhere, `*@*` everybody."""
    if any(is_expression for is_expression, _ in expressions.parts(text)):
        return
    wanted = [one.strip().removesuffix("@*") for one in text.split(",") if one.strip()]
    named = [one for one in wanted if one not in (*SELF, EVERYBODY) and not one.startswith("user:")]
    yield from _exists(node, "roles", model.known.roles, named)


def known_tables(model: Model) -> Iterator[Finding]:
    """Lists of the master data that expressions ask for."""
    if model.known.tables is None:
        return
    for place in model.all:
        asked = [name for text in (place.text, *place.attrib.values()) for name in TABLE.findall(str(text or ""))]
        owner = next(node for node in (place, *place.iterancestors()) if node.get("id") or node is model.root)
        yield from _exists(owner, "tables", model.known.tables, asked)


def _one(value: str | None) -> list[str]:
    return [value] if value else []


def _exists(node: Node, kind: str, names: AbstractSet[str] | None, used: list[str]) -> Iterator[Finding]:
    if names is None:
        return
    rule, zh, en = RULE_TEXTS[kind]
    for name in used:
        literal = not any(is_expression for is_expression, _ in expressions.parts(name))
        if literal and name not in names:
            yield finding(rule, node, f"{zh}“{name}”不存在", f"the {en} {name!r} does not exist")


def drawn(model: Model) -> Iterator[Finding]:
    """Where there is a picture, all that runs is in it: what is not cannot be seen, and the pages cannot draw flows to
    it."""
    shapes = [node for node in model.all if node.tag in (f"{DI}BPMNShape", f"{DI}BPMNEdge")]
    seen = {xml.reference(shape.get("bpmnElement")) for shape in shapes}
    if not shapes:
        return
    for node in model.named("sequenceFlow", *FLOW_NODES):
        if node.get("id") and node.get("id") not in seen:
            yield _undrawn(node, xml.local(node) == "sequenceFlow")


def _undrawn(node: Node, flow: bool) -> Finding:
    name = f"{node.get('id')} {node.get('name') or ''}".strip()
    zh, en = ("连线", "sequence flow") if flow else ("节点", "node")
    shape = "BPMNEdge" if flow else "BPMNShape"
    return finding(
        "CL22",
        node,
        f"{zh}“{name}”没有画在图上",
        f"the {en} “{name}” is not drawn in the diagram",
        (f"在图上把它画出来（{shape}），或删去", f"draw it in the diagram ({shape}) or remove it"),
    )


RULES: tuple[Rule, ...] = (
    reserved_ids,
    drawn,
    code,
    implementation,
    reachable,
    missing_default,
    deadlock,
    in_lanes,
    ledgers,
    absences,
    known_names,
    people,
    known_tables,
)
