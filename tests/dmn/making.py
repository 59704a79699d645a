"""Small decision models for tests."""

from engine.dmn.sheet import InputColumn, OutputColumn, Rule, Sheet, Variable, to_dmn


def table(inputs, rules, *, outputs=("result",), hit_policy="UNIQUE", aggregation="", values="", default=None):
    """The DMN of a table. `inputs` maps names to types; a rule is its input cells and its output cells."""
    columns = tuple(InputColumn(name, name, *_type(kind)) for name, kind in inputs.items())
    sheet = Sheet(
        "decide",
        "decide",
        hit_policy,
        columns,
        tuple(OutputColumn(name, name, "Any", values) for name in outputs),
        tuple(Rule(tuple(cells), tuple(results)) for cells, results in rules),
        aggregation,
        tuple(Variable(name, _type(kind)[0]) for name, kind in inputs.items()),
    )
    source = to_dmn(sheet)
    if default is not None:
        entry = f"<defaultOutputEntry><text>{default}</text></defaultOutputEntry></output>"
        head, _, tail = source.decode().partition('<output id="decide_o1" label="result" name="result"/>')
        source = f'{head}<output id="decide_o1" label="result" name="result">{entry}{tail}'.encode()
    return source


def _type(kind):
    return kind if isinstance(kind, tuple) else (kind, "")


DMN15 = "https://www.omg.org/spec/DMN/20230324/MODEL/"


def model(body, namespace=DMN15, name="m"):
    """The DMN of a model with the given elements."""
    return f'<definitions xmlns="{namespace}" namespace="urn:{name}" name="{name}">{body}</definitions>'.encode()


def decision(name, logic, requires="", type_ref=""):
    """A decision; `requires` are hrefs with their kind, such as `requiredInput#a`."""
    needs = "".join(
        f'<{_holder(kind)}><{kind} href="#{target}"/></{_holder(kind)}>'
        for kind, target in (each.split("#") for each in requires.split())
    )
    kind = f' typeRef="{type_ref}"' if type_ref else ""
    return f'<decision id="{name}" name="{name}"><variable name="{name}"{kind}/>{needs}{logic}</decision>'


def _holder(kind):
    return "knowledgeRequirement" if kind == "requiredKnowledge" else "informationRequirement"


def literal(text, type_ref=""):
    """A literal expression; `text` is escaped."""
    kind = f' typeRef="{type_ref}"' if type_ref else ""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    return f"<literalExpression{kind}><text>{escaped}</text></literalExpression>"


def input_data(name, type_ref=""):
    """Input data with its type."""
    kind = f' typeRef="{type_ref}"' if type_ref else ""
    return f'<inputData id="{name}" name="{name}"><variable name="{name}"{kind}/></inputData>'
