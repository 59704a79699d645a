"""What is learned, kept and trusted: numbers only, and only this installation's own."""

from __future__ import annotations

import io
import pickle
from pathlib import Path

import numpy as np
import pytest

from webapp import learning
from webapp.learning import Example

KINDS = {
    "C0108": "路灯不亮，晚上黑漆漆的，第{}盏",
    "E0108": "楼下餐馆油烟很大，排风对着窗户，第{}家",
    "S0201": "老板拖欠工资，说了{}次都不给钱",
}
TAUGHT = [Example(words.format(n), code) for n in range(20) for code, words in KINDS.items()]


@pytest.fixture(scope="module")
def model() -> learning.Model:
    return learning.train(TAUGHT)


def test_it_recognises_what_it_has_seen(model: learning.Model) -> None:
    for code, words in KINDS.items():
        shares = model.probabilities(words.format(99))
        assert max(shares, key=lambda one: shares[one]) == code
        assert sum(shares.values()) <= 1.0001


def test_it_knows_how_good_it_is() -> None:
    assert learning.accuracy(TAUGHT) > 0.9


def test_two_categories_are_enough() -> None:
    two = learning.train([one for one in TAUGHT if one.category != "S0201"])
    assert max(two.probabilities("路灯不亮").items(), key=lambda pair: pair[1])[0] == "C0108"


def test_too_few_cases_are_said_so() -> None:
    with pytest.raises(learning.TooLittle, match="40"):
        learning.train(TAUGHT[:10])


def test_it_comes_back_as_it_was_saved(model: learning.Model, tmp_path: Path) -> None:
    learning.save(model, tmp_path, "key")
    classify = learning.classifier(tmp_path, "key")
    assert classify is not None
    assert classify("路灯不亮") == pytest.approx(model.probabilities("路灯不亮"))


def test_without_a_model_there_is_nothing_learned(tmp_path: Path) -> None:
    assert learning.classifier(tmp_path, "key") is None


def test_a_changed_file_or_one_of_somebody_else_is_not_used(model: learning.Model, tmp_path: Path) -> None:
    file = learning.save(model, tmp_path, "key")
    assert learning.load(tmp_path, "another") is None
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    assert learning.load(tmp_path, "key") is None


def test_it_never_unpickles(tmp_path: Path) -> None:
    packed = io.BytesIO()
    np.savez(packed, categories=np.array([Path("x")], dtype=object), weights=np.zeros((1, 1)), bias=np.zeros(1))
    for content in (packed.getvalue(), pickle.dumps("nothing")):
        (tmp_path / learning.FILE).write_bytes(learning._seal(content, "key") + content)
        assert learning.load(tmp_path, "key") is None
