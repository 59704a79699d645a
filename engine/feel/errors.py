"""What can be wrong with a FEEL expression, as sentences for the person who wrote it.

FeelError
├── FeelSyntaxError   the text is not FEEL; line and column say where
├── FeelLimitError    the evaluation is too large, too deep or takes too long
└── FeelTooComplex    both: the text is too long or nested too deeply

A failing *evaluation* is none of these: DMN 1.5 (section 10.3.2.13) makes it `null`. The reasons are
kept as `Note`s and shown by `Expression.explain`.
"""

from __future__ import annotations

from dataclasses import dataclass


class FeelError(Exception):
    """A FEEL expression cannot be used. `code` is for machines, the messages are for people."""

    code = "FEEL_ERROR"

    def __init__(self, message_zh: str, message_en: str, code: str | None = None) -> None:
        super().__init__(message_en)
        self.message_zh = message_zh
        self.message_en = message_en
        if code:
            self.code = code


class FeelSyntaxError(FeelError):
    """The text is not a FEEL expression. `line` and `column` count from 1."""

    code = "FEEL_SYNTAX"

    def __init__(
        self, message_zh: str, message_en: str, line: int = 1, column: int = 1, code: str | None = None
    ) -> None:
        super().__init__(
            f"第 {line} 行第 {column} 列：{message_zh}", f"Line {line}, column {column}: {message_en}", code
        )
        self.line = line
        self.column = column


class FeelLimitError(FeelError):
    """The expression was stopped because it is too large, too deep or takes too long."""

    code = "FEEL_LIMIT"


class FeelTooComplex(FeelSyntaxError, FeelLimitError):
    """The text is too long or nested too deeply to be an expression here."""

    code = "FEEL_TOO_COMPLEX"


class Undefined(ValueError):
    """A built-in function has no result for its arguments: becomes null, with these sentences as reason."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


@dataclass(frozen=True, slots=True)
class Note:
    """Why a part of an expression became null: code, sentences, and where (counted from 1)."""

    code: str
    message_zh: str
    message_en: str
    line: int
    column: int


def position(text: str, offset: int) -> tuple[int, int]:
    """Line and column (from 1) of a character offset."""
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


#: Reasons for null: code -> (Chinese, English); the braces are filled in by the evaluator.
REASONS: dict[str, tuple[str, str]] = {
    "NAME_UNKNOWN": ("没有名为“{name}”的数据。", "There is no value named '{name}'."),
    "PROPERTY_UNKNOWN": ("{kind}没有“{name}”这一项。", "A {kind} has no '{name}'."),
    "TYPES_MISMATCH": (
        "“{op}”不能用于 {left} 和 {right}。",
        "'{op}' cannot be applied to {left} and {right}.",
    ),
    "TYPE_WRONG": ("“{op}”不能用于 {kind}。", "'{op}' cannot be applied to {kind}."),
    "NULL_OPERAND": ("“{op}”的一边没有值。", "An operand of '{op}' has no value."),
    "NUMBER_INVALID": (
        "“{op}”算不出数值（如除以零或超出范围）。",
        "'{op}' has no numeric result (for example a division by zero).",
    ),
    "DATE_INVALID": ("“{op}”得不到有效的日期时间。", "'{op}' gives no valid date or time."),
    "LITERAL_INVALID": ("“{text}”不是有效的日期、时间或时长。", "'{text}' is not a valid date, time or duration."),
    "INDEX_INVALID": ("列表没有第 {index} 项（共 {size} 项）。", "The list has no item {index} (it has {size})."),
    "NOT_A_FUNCTION": ("{kind}不是函数，不能调用。", "A {kind} is not a function and cannot be called."),
    "ARGUMENTS_INVALID": (
        "函数“{name}”的参数不对；用法：{usage}。",
        "The arguments do not fit function '{name}'; usage: {usage}.",
    ),
    "RESULT_UNDEFINED": ("函数“{name}”对这些参数没有结果。", "Function '{name}' has no result for these arguments."),
    "NOT_ITERABLE": ("{kind}不能逐项遍历。", "A {kind} cannot be iterated over."),
    "NOT_BOOLEAN": ("条件得到的是{kind}，不是 true 或 false。", "The condition gave a {kind}, not true or false."),
    "RANGE_INVALID": (
        "区间的两端不是同一种可比较的数据。",
        "The ends of the range are not comparable values of one type.",
    ),
    "KEY_DUPLICATE": ("上下文里“{name}”写了两次。", "The context has the entry '{name}' twice."),
    "EXTERNAL_FUNCTION": ("不支持调用外部（Java、PMML）函数。", "External (Java, PMML) functions are not supported."),
    "TYPE_UNKNOWN": ("没有名为“{name}”的类型。", "There is no type named '{name}'."),
    "OPERATION_FAILED": (
        "函数“{name}”没有得到结果：{zh}。",
        "Function '{name}' gave no result: {en}.",
    ),
}
