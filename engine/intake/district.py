"""One district's knowledge of reports, read once from its reference data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.database import Transaction
from engine.intake.screening import screen
from engine.intake.spelling import Spelling
from engine.intake.words import Vocabulary

LISTS = ("risk_words", "spellings")


@dataclass(frozen=True)
class Intake:
    """Answers questions about a report; the same words give the same answer."""

    vocabulary: Vocabulary = field(default_factory=Vocabulary)

    def screening(self, texts: Any) -> dict[str, Any]:
        """What the texts together say about danger and confidentiality."""
        return screen(joined(texts), self.vocabulary).as_context()


def joined(texts: Any) -> str:
    """The texts that are there, one to a line."""
    listed = [texts] if isinstance(texts, str) else texts or ()
    return "\n".join(str(text) for text in listed if text)


def read(transaction: Transaction) -> Intake:
    """Read everything in one round trip."""
    (lists,) = transaction.read(
        [("select name, rows from reference_list where name = any(%(names)s)", {"names": list(LISTS)})]
    )
    return build({row["name"]: row["rows"] for row in lists})


def build(lists: Mapping[str, Sequence[Mapping[str, str]]]) -> Intake:
    """The knowledge in these lists: file name without .csv → its rows."""
    spelling = Spelling.from_rows(_rows(lists, "spellings"))
    return Intake(Vocabulary.from_rows(_rows(lists, "risk_words"), spelling))


def _rows(lists: Mapping[str, Sequence[Mapping[str, str]]], name: str) -> Iterable[Mapping[str, str]]:
    return lists.get(name, ())
