"""What a rule of a decision table says it rests on: `《“一网统管”办法》第十二条` in its remark.

The district keeps its documents, clause by clause, in rule_documents.csv; what is cited must be there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine import dmn
from engine.dmn import Finding

DOCUMENTS = "rule_documents"
CITED = re.compile(r"《([^》]+)》((?:第[0-9〇零一二三四五六七八九十百]+[条款项章节])*)")


@dataclass(frozen=True)
class Citation:
    """A clause of a document; without `clause` the document as a whole."""

    document: str
    clause: str = ""

    def __str__(self) -> str:
        return f"《{self.document}》{self.clause}"


def citations(note: str) -> list[Citation]:
    """The clauses a remark cites, in its order."""
    return [Citation(document, clause) for document, clause in CITED.findall(note)]


def remark(note: str) -> str:
    """What a remark says besides what it cites."""
    return CITED.sub("", note).strip("、；， ")


def check(model: dmn.Model, documents: Sequence[Mapping[str, Any]], now: datetime) -> Iterator[Finding]:
    """Citations of clauses the district has not, or that are not in force yet."""
    known = {Citation(str(row["document"]), str(row["clause"] or "")): row for row in documents}
    for decision in model.decisions.values():
        for number, note in enumerate(decision.table.notes if decision.table else (), 1):
            for cited in citations(note):
                yield from _found(decision.id, number, cited, known.get(cited), now)


def _found(
    decision: str, number: int, cited: Citation, row: Mapping[str, Any] | None, now: datetime
) -> Iterator[Finding]:
    if row is None:
        yield Finding(
            "dmn.citation.unknown",
            decision,
            "error",
            f"第 {number} 行引用的{cited}不在 {DOCUMENTS}.csv 里。",
            f"Row {number} cites {cited}, which is not in {DOCUMENTS}.csv.",
            number,
        )
    elif str(row["in_force_from"] or "") > now.date().isoformat():
        since = row["in_force_from"]
        yield Finding(
            "dmn.citation.not_in_force",
            decision,
            "warning",
            f"第 {number} 行引用的{cited}自 {since} 起才施行。",
            f"Row {number} cites {cited}, which is in force only from {since}.",
            number,
        )
