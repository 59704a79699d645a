"""Decision models: requirements, boxed expressions, types, services, imports."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

import engine.dmn
import engine.feel
from engine.dmn import xml
from tests.dmn.making import decision, input_data, literal, model


def value(logic, type_ref="", extra="", requires="", **context):
    """The value of a decision `d` with this logic."""
    inputs = " ".join(f"requiredInput#{name}" for name in context)
    source = model(extra + "".join(map(input_data, context)) + decision("d", logic, f"{requires} {inputs}", type_ref))
    return engine.dmn.read(source).evaluate("d", context)


@pytest.mark.parametrize("namespace", sorted(xml.NAMESPACES))
def test_every_version_of_dmn_is_read(namespace):
    source = model(decision("d", literal("1 + 1")), namespace)
    assert engine.dmn.read(source).evaluate("d", {}) == 2


def test_a_decision_sees_what_it_requires_and_nothing_else():
    source = model(
        input_data("a")
        + input_data("b")
        + decision("sum", literal("a + 1"), "requiredInput#a")
        + decision("d", literal("[sum, a, b]"), "requiredDecision#sum requiredInput#b")
    )
    found = engine.dmn.read(source, lenient=True)
    assert found.evaluate("d", {"a": 1, "b": 2}) == [2, None, 2]
    assert [each.rule for each in found.findings] == ["dmn.name.unknown"]
    with pytest.raises(engine.dmn.InvalidDecision):
        engine.dmn.read(source)


def test_a_model_without_input_data_reads_the_context_itself():
    source = model(decision("first", literal("a + 1")) + decision("d", literal("first + a"), "requiredDecision#first"))
    assert engine.dmn.read(source).evaluate("d", {"a": 1}) == 3


def test_a_decision_needed_twice_is_evaluated_once():
    source = model(
        "".join(decision(f"d{n}", literal(f"d{n - 1} + d{n - 1}"), f"requiredDecision#d{n - 1}") for n in range(1, 41))
        + decision("d0", literal("1"))
    )
    assert engine.dmn.read(source).evaluate("d40", {}) == 2**40


def test_names_with_spaces_belong_to_what_is_in_scope():
    source = model(
        '<inputData id="i" name="annual income"><variable name="annual  income"/></inputData>'
        + decision("d", literal("annual income * 2"), "requiredInput#i")
    )
    assert engine.dmn.read(source).evaluate("d", {"annual income": 5}) == 10


def test_a_decision_without_logic_is_null():
    assert value("") is None


def test_an_unknown_decision_is_said_to_be_unknown():
    with pytest.raises(engine.dmn.UnknownDecision) as error:
        engine.dmn.read(model("")).evaluate("审批", {})
    assert "审批" in error.value.zh


def test_the_clock_is_what_the_caller_says():
    source = model(decision("d", literal("today()")))
    now = datetime(2026, 9, 14, 9, tzinfo=UTC)
    assert engine.dmn.read(source).evaluate("d", {}, now) == date(2026, 9, 14)


CONTEXT = """<context>
  <contextEntry><variable name="double"/><literalExpression><text>2 * n</text></literalExpression></contextEntry>
  <contextEntry><variable name="four fold" typeRef="string"/>
    <literalExpression><text>2 * double</text></literalExpression></contextEntry>
  {result}
</context>"""


def test_a_context_gives_its_entries_and_fits_their_types():
    assert value(CONTEXT.format(result=""), n=3) == {"double": 6, "four fold": None}


def test_a_context_with_a_result_gives_that():
    result = "<contextEntry><literalExpression><text>double + 1</text></literalExpression></contextEntry>"
    assert value(CONTEXT.format(result=result), n=3) == 7


def test_a_list_and_a_relation():
    assert value(f"<list>{literal('n')}{literal('n + 1')}</list>", n=1) == [1, 2]
    relation = (
        '<relation><column name="a"/><column name="b" typeRef="string"/>'
        f"<row>{literal('n')}{literal('string(n)')}</row><row>{literal('2')}{literal('2')}</row></relation>"
    )
    assert value(relation, n=1) == [{"a": 1, "b": "1"}, {"a": 2, "b": None}]


@pytest.mark.parametrize(("given", "expected"), [(True, "yes"), (False, "no"), (None, "no"), ("x", "no")])
def test_a_conditional(given, expected):
    logic = (
        f"<conditional><if>{literal('n')}</if><then>{literal('&quot;yes&quot;')}</then>"
        f"<else>{literal('&quot;no&quot;')}</else></conditional>"
    ).replace("&amp;", "&")
    assert value(logic, n=given) == expected


def iterating(kind, body, domain, tag="satisfies"):
    return f'<{kind} iteratorVariable="x"><in>{literal(domain)}</in><{tag}>{literal(body)}</{tag}></{kind}>'


def test_a_for_runs_over_lists_and_ranges_and_sees_its_partial_results():
    assert value(iterating("for", "x * n", "[1, 2]", "return"), n=3) == [3, 6]
    assert value(iterating("for", "x * n", "[1..3]", "return"), n=3) == [3, 6, 9]
    factorial = iterating("for", "if x = 1 then 1 else x * partial[-1]", "[1, 2, 3, 4]", "return")
    assert value(factorial) == [1, 2, 6, 24]


@pytest.mark.parametrize(
    ("kind", "domain", "expected"),
    [
        ("every", "[3, 4]", True),
        ("every", "[3, 1]", False),
        ("every", "[3, null]", None),
        ("every", "[]", True),
        ("some", "[1, 3]", True),
        ("some", "[1, 2]", False),
        ("some", "[1, null]", None),
        ("some", "[3, null]", True),
        ("some", "[]", False),
    ],
)
def test_quantifiers_are_three_valued(kind, domain, expected):
    assert value(iterating(kind, "x > 2", domain)) is expected


def filtering(domain, match):
    return f"<filter><in>{literal(domain)}</in><match>{literal(match)}</match></filter>"


def test_a_filter_by_condition_by_entry_and_by_position():
    assert value(filtering("[1, 2, 3]", "item > 1")) == [2, 3]
    assert value(filtering("[{a: 1}, {a: 2}]", "a > 1")) == [{"a": 2}]
    assert value(filtering("[1, 2, 3]", "-1")) == 3
    assert value(filtering("[1]", "2")) is None


@pytest.mark.parametrize("match", ["item > 1", "item = null", '"x"', "null", "item", "-1", "2"])
@pytest.mark.parametrize("domain", ["[1, 2, 3]", "[true, false, null]", "5", "null", "[[1], [2]]"])
def test_a_boxed_filter_agrees_with_feel(domain, match):
    assert value(filtering(domain, match)) == value(literal(f"{domain}[{match}]"))


DOMAINS = ["[1, 2, 3]", "[]", "5", "null", "[1..3]", '"a"', "[null, 5]", "{a: 1}"]


@pytest.mark.parametrize("body", ["x > 2", "x", "null", "partial"])
@pytest.mark.parametrize("domain", DOMAINS)
def test_a_boxed_for_agrees_with_feel(domain, body):
    assert value(iterating("for", body, domain, "return")) == value(literal(f"for x in {domain} return {body}"))


@pytest.mark.parametrize("body", ["x > 2", "x > 0", "x", "null", "x = null"])
@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("kind", ["some", "every"])
def test_a_boxed_quantifier_agrees_with_feel(kind, domain, body):
    assert value(iterating(kind, body, domain)) is value(literal(f"{kind} x in {domain} satisfies {body}"))


PMT = (
    '<businessKnowledgeModel id="area" name="area"><variable name="area"/><encapsulatedLogic>'
    '<formalParameter name="a" typeRef="number"/><formalParameter name="b" typeRef="number"/>'
    "<literalExpression><text>a * b</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>"
)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("area(2, 3)", 6),
        ("area(b: 2, a: 3)", 6),
        ("area(2)", None),
        ('area(2, "x")', None),
        ("area([2], 3)", 6),
        ("area(a: 2, c: 3)", None),
    ],
)
def test_a_knowledge_model_is_a_function_in_feel(call, expected):
    assert value(literal(call), extra=PMT, requires="requiredKnowledge#area") == expected


def test_a_knowledge_model_is_invoked_by_name():
    def binding(name, text):
        return f'<binding><parameter name="{name}"/>{literal(text)}</binding>'

    invocation = f"<invocation>{literal('area')}{binding('b', 'n')}{binding('a', '3')}</invocation>"
    assert value(invocation, "number", PMT, "requiredKnowledge#area", n=2) == 6


def test_a_knowledge_model_may_call_itself():
    factorial = (
        '<businessKnowledgeModel id="f" name="f"><variable name="f"/><encapsulatedLogic>'
        '<formalParameter name="n"/><literalExpression><text>if n = 0 then 1 else n * f(n - 1)</text>'
        '</literalExpression></encapsulatedLogic><knowledgeRequirement><requiredKnowledge href="#f"/>'
        "</knowledgeRequirement></businessKnowledgeModel>"
    )
    assert value(literal("f(5)"), extra=factorial, requires="requiredKnowledge#f") == 120


def test_a_knowledge_model_that_never_ends_is_stopped():
    endless = (
        '<businessKnowledgeModel id="f" name="f"><variable name="f"/><encapsulatedLogic>'
        '<formalParameter name="n"/><literalExpression><text>f(n + 1)</text></literalExpression></encapsulatedLogic>'
        '<knowledgeRequirement><requiredKnowledge href="#f"/></knowledgeRequirement></businessKnowledgeModel>'
    )
    with pytest.raises(engine.feel.FeelLimitError):
        value(literal("f(1)"), extra=endless, requires="requiredKnowledge#f")


def test_a_boxed_function_closes_over_its_scope():
    logic = (
        '<context><contextEntry><variable name="f"/><functionDefinition><formalParameter name="x"/>'
        f"{literal('x + n')}</functionDefinition></contextEntry>"
        f"<contextEntry>{literal('f(1)')}</contextEntry></context>"
    )
    assert value(logic, n=2) == 3


SERVICE = (
    input_data("a", "number")
    + decision("inner", literal("1"))
    + decision("outer", literal("a + inner"), "requiredInput#a requiredDecision#inner")
    + decision("other", literal("a"), "requiredInput#a")
)


def service(outputs):
    return (
        '<decisionService id="s" name="s"><variable name="s"/>'
        + "".join(f'<outputDecision href="#{each}"/>' for each in outputs)
        + '<inputDecision href="#inner"/><inputData href="#a"/></decisionService>'
    )


def test_a_service_takes_its_input_decisions_from_the_caller():
    found = engine.dmn.read(model(SERVICE + service(["outer"])))
    assert found.evaluate_service("s", {"a": 1, "inner": 10}) == 11
    assert found.evaluate_service("s", {"inner": 10}) is None
    both = engine.dmn.read(model(SERVICE + service(["outer", "other"])))
    assert both.evaluate_service("s", {"a": 1, "inner": 10}) == {"outer": 11, "other": 1}


def test_a_service_is_a_function_of_its_data_then_its_decisions():
    body = (
        SERVICE
        + service(["outer"])
        + decision("d", literal("s(1, 10) + inner"), "requiredKnowledge#s requiredDecision#inner")
    )
    assert engine.dmn.read(model(body)).evaluate("d", {}) == 12


TYPES = """
<itemDefinition name="tLevel"><typeRef>string</typeRef>
  <allowedValues><text>"A", "B"</text></allowedValues></itemDefinition>
<itemDefinition name="tLevels" isCollection="true"><typeRef>tLevel</typeRef></itemDefinition>
<itemDefinition name="tPair" isCollection="true"><typeRef>number</typeRef>
  <typeConstraint><text>count(?) = 2</text></typeConstraint></itemDefinition>
<itemDefinition name="tCase"><itemComponent name="level"><typeRef>tLevel</typeRef></itemComponent>
  <itemComponent name="sub cases" isCollection="true"><typeRef>tCase</typeRef></itemComponent></itemDefinition>
<itemDefinition name="tCheck"><functionItem outputTypeRef="boolean"><parameters name="x" typeRef="number"/>
  </functionItem></itemDefinition>
"""


@pytest.mark.parametrize(
    ("type_ref", "text", "expected"),
    [
        ("string", '"x"', "x"),
        ("string", "1", None),
        ("number", "[1]", 1),
        ("number", "[1, 2]", None),
        ("feel:number", "1", 1),
        ("list&lt;number>", "1", [1]),
        ("tLevel", '"A"', "A"),
        ("tLevel", '"C"', None),
        ("tLevels", '["A", "B"]', ["A", "B"]),
        ("tLevels", '["A", "C"]', None),
        ("tLevels", '"A"', ["A"]),
        ("tPair", "[1, 2]", [1, 2]),
        ("tPair", "[1]", None),
        ("tCase", '{level: "A", sub cases: []}', {"level": "A", "sub cases": []}),
        ("tCase", '{level: "A", sub cases: [{level: "B", sub cases: []}], more: 1}["x"]', None),
        ("tCase", '{level: "A"}', None),
        ("date and time", 'date("2026-09-14")', datetime(2026, 9, 14, tzinfo=UTC)),
        ("tCheck", "1", None),
        ("tNowhere", "1", 1),
    ],
)
def test_a_value_is_made_to_fit_its_type(type_ref, text, expected):
    assert value(literal(text), type_ref, TYPES) == expected


def test_input_data_that_does_not_fit_is_null():
    source = model(TYPES + input_data("level", "tLevel") + decision("d", literal("level"), "requiredInput#level"))
    found = engine.dmn.read(source)
    assert (found.evaluate("d", {"level": "B"}), found.evaluate("d", {"level": "Z"})) == ("B", None)


def test_instance_of_names_an_item_definition_without_its_allowed_values():
    assert value(literal('["C" instance of tLevel, 1 instance of tLevel]'), extra=TYPES) == [True, False]


IMPORT = '<import name="{name}" namespace="urn:base" importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>'
BASE = engine.dmn.read(
    model(
        '<itemDefinition name="tName"><typeRef>string</typeRef></itemDefinition>'
        + input_data("person", "tName")
        + decision("greet", literal('"Hi " + person'), "requiredInput#person")
        + '<businessKnowledgeModel id="shout" name="shout out"><variable name="shout out"/><encapsulatedLogic>'
        '<formalParameter name="x" typeRef="tName"/><literalExpression><text>x + "!"</text></literalExpression>'
        "</encapsulatedLogic></businessKnowledgeModel>",
        name="base",
    )
)


def importing(prefix, text, type_ref):
    needs = (
        '<informationRequirement><requiredDecision href="urn:base#greet"/></informationRequirement>'
        '<knowledgeRequirement><requiredKnowledge href="urn:base#shout"/></knowledgeRequirement>'
    )
    body = f'<decision id="d" name="d"><variable name="d" typeRef="{type_ref}"/>{needs}{literal(text)}</decision>'
    return engine.dmn.read(model(IMPORT.format(name=prefix) + body), {"urn:base": BASE})


def test_imported_decisions_functions_and_types_are_used_under_their_prefix():
    found = importing("base", "base.shout out(base.greet)", "base.tName")
    assert found.evaluate("d", {"base": {"person": "Li"}}) == "Hi Li!"
    assert found.evaluate("d", {"person": "Li"}) == "Hi Li!"


def test_an_import_without_a_name_needs_no_prefix():
    assert importing("", "shout out(greet)", "tName").evaluate("d", {"person": "Li"}) == "Hi Li!"


def test_an_imported_type_refuses_what_it_should():
    assert importing("base", "1", "base.tName").evaluate("d", {}) is None


def test_a_lenient_reading_makes_null_of_what_cannot_run():
    source = model(decision("broken", literal("1 +")) + decision("d", literal("2")))
    found = engine.dmn.read(source, lenient=True)
    assert (found.evaluate("broken", {}), found.evaluate("d", {})) == (None, 2)
    assert [finding.rule for finding in found.findings] == ["dmn.expression.syntax"]
    with pytest.raises(engine.dmn.InvalidDecision):
        engine.dmn.read(source)


def test_another_expression_language_is_refused():
    logic = '<literalExpression expressionLanguage="javascript"><text>1</text></literalExpression>'
    (found,) = engine.dmn.check(model(decision("d", logic)))
    assert found.rule == "dmn.expression.language"


@pytest.mark.parametrize("language", ["feel", "FEEL", "https://www.omg.org/spec/DMN/20191111/FEEL/"])
def test_feel_may_be_named(language):
    logic = f'<literalExpression expressionLanguage="{language}"><text>1</text></literalExpression>'
    assert value(logic) == Decimal(1)


def test_inputs_of_models_imported_by_imported_models_are_nested_under_their_prefixes():
    def middle(name):
        needs = '<informationRequirement><requiredDecision href="urn:base#greet"/></informationRequirement>'
        text = literal(f'"{name}: " + base.greet')
        body = f'<decision id="say" name="say again"><variable name="say again"/>{needs}{text}</decision>'
        return engine.dmn.read(model(IMPORT.format(name="base") + body, name=name), {"urn:base": BASE})

    imports = "".join(
        f'<import name="{each}" namespace="urn:{each}" importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>'
        for each in ("one", "two")
    )
    needs = "".join(
        f'<informationRequirement><requiredDecision href="urn:{each}#say"/></informationRequirement>'
        for each in ("one", "two")
    )
    logic = literal("[one.say again, two.say again]")
    source = model(f'{imports}<decision id="d" name="d"><variable name="d"/>{needs}{logic}</decision>')
    found = engine.dmn.read(source, {f"urn:{each}": middle(each) for each in ("one", "two")})
    context = {"one": {"base": {"person": "Li"}}, "two": {"base": {"person": "Wu"}}}
    assert found.evaluate("d", context) == ["one: Hi Li", "two: Hi Wu"]
