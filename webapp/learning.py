"""The learned part of suggestions at intake: closed cases teach which category a text belongs to.

Character n-grams and a linear model, by scikit-learn. The model file holds numbers and category codes only: it is
written and read as plain arrays with `allow_pickle=False`, so reading it can run no code, whoever has written it. A
seal with the installation's own key tells a file that was changed from outside; it is not used then, and words alone
suggest, as before the first training.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import logging
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.database import Database
from engine.intake import Classify
from webapp import wiring

FILE = wiring.MODEL
SEAL_BYTES = 32
FEATURES, NGRAMS = 2**15, (1, 3)
FEWEST, FEWEST_EACH, MOST = 40, 4, 50_000
PLAUSIBLE = 0.02
EXAMPLES = (
    "select document->>'title' as title, document->>'content' as content, category_code as category from work_order "
    "where kind = 'case' and status = 'completed' and status_code in (70, 71) and category_code is not null "
    "order by closed_at desc limit %(most)s"
)
log = logging.getLogger(__name__)


class TooLittle(Exception):
    """There are too few closed cases to learn from; the sentence says how many are needed."""


@dataclass(frozen=True)
class Example:
    """One closed case: what was told, and the category it was closed with."""

    text: str
    category: str


@dataclass(frozen=True)
class Model:
    """A linear model: `weights` a row a category, over hashed character n-grams."""

    categories: tuple[str, ...]
    weights: Any
    bias: Any

    def probabilities(self, text: str) -> dict[str, float]:
        """Plausible categories with their probability."""
        scores = (_features([text]) @ self.weights.T)[0] + self.bias
        grown = np.exp(scores - scores.max())
        shares = grown / grown.sum()
        return {code: float(p) for code, p in zip(self.categories, shares, strict=True) if p >= PLAUSIBLE}


def examples(database: Database) -> list[Example]:
    """The newest closed cases."""
    with database.transaction() as transaction:
        rows = transaction.rows(EXAMPLES, {"most": MOST})
    return [Example(f"{row['title'] or ''}\n{row['content'] or ''}", row["category"]) for row in rows]


def train(taught: Sequence[Example]) -> Model:
    """A model of these cases; categories seen too rarely are left to the words. Raises TooLittle."""
    counted = Counter(example.category for example in taught)
    known = [one for one in taught if counted[one.category] >= FEWEST_EACH]
    categories = sorted({one.category for one in known})
    if len(known) < FEWEST or len(categories) < 2:
        raise TooLittle(
            f"已办结的案件太少：需要至少 {FEWEST} 件、两个类别，每类 {FEWEST_EACH} 件，现在可用 {len(known)} 件。 / "
            f"too few closed cases: {FEWEST} are needed, {FEWEST_EACH} of a category, {len(known)} are usable."
        )
    from sklearn.linear_model import LogisticRegression  # slow to load, needed here only

    fitted = LogisticRegression(max_iter=300, C=8.0).fit(
        _features([one.text for one in known]), [one.category for one in known]
    )
    weights, bias = fitted.coef_, fitted.intercept_
    if len(categories) == 2:  # one row stands for both
        weights, bias = np.vstack([-weights, weights]), np.concatenate([-bias, bias])
    return Model(tuple(categories), weights.astype(np.float32), bias.astype(np.float32))


def accuracy(taught: Sequence[Example]) -> float:
    """How often a model of four fifths of the cases is right about the rest."""
    kept = [one for at, one in enumerate(taught) if at % 5]
    rest = [one for at, one in enumerate(taught) if at % 5 == 0]
    model = train(kept)
    right = sum(_best(model.probabilities(one.text)) == one.category for one in rest)
    return right / len(rest)


def _best(shares: Mapping[str, float]) -> str | None:
    return max(shares, key=lambda code: shares[code], default=None)


def _features(texts: Sequence[str]) -> Any:
    from sklearn.feature_extraction.text import HashingVectorizer

    hashing = HashingVectorizer(analyzer="char", ngram_range=NGRAMS, n_features=FEATURES, alternate_sign=False)
    return hashing.transform(texts)


# ------------------------------------------------------------------ the file
def save(model: Model, folder: Path, secret: str) -> Path:
    """Write the model, sealed; the file is replaced at once or not at all."""
    packed = io.BytesIO()
    np.savez_compressed(packed, categories=np.array(model.categories), weights=model.weights, bias=model.bias)
    content = packed.getvalue()
    folder.mkdir(parents=True, exist_ok=True)
    target, fresh = folder / FILE, folder / f"{FILE}.new"
    fresh.write_bytes(_seal(content, secret) + content)
    fresh.replace(target)
    return target


def load(folder: Path, secret: str) -> Model | None:
    """The model of this installation; None when there is none, or none that can be trusted."""
    file = folder / FILE
    if not file.is_file():
        return None
    sealed = file.read_bytes()
    content = sealed[SEAL_BYTES:]
    if not hmac.compare_digest(sealed[:SEAL_BYTES], _seal(content, secret)):
        log.warning("%s was not written by this installation; words alone suggest", file.name)
        return None
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as read:
            model = Model(tuple(str(code) for code in read["categories"]), read["weights"], read["bias"])
    except (ValueError, KeyError, OSError, zipfile.BadZipFile):
        log.warning("%s cannot be read; words alone suggest", file.name)
        return None
    fits = model.weights.shape == (len(model.categories), FEATURES) and model.bias.shape == (len(model.categories),)
    return model if fits else None


def _seal(content: bytes, secret: str) -> bytes:
    return hmac.new(secret.encode(), b"intake model\0" + content, hashlib.sha256).digest()


def classifier(folder: Path, secret: str) -> Classify | None:
    """What the wiring lends to the engine. The libraries are loaded now, not within a step."""
    model = load(folder, secret)
    if model is None:
        return None
    model.probabilities("热身")
    return model.probabilities
