"""A photograph that is measured on is planted among those that the network learned from, and it is seen."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from longtail.errors import StageFailed
from longtail.recognition.learned_from import check, of_scored_network
from longtail.stages import evaluate
from tests.recognition.world import build

SPLIT = pd.DataFrame(
    [
        ("a1", "ada", "g1", "train"),
        ("a2", "ada", "g2", "valid"),
        ("a2 again", "ada", "g2", "left_out"),
        ("b1", "bea", "g3", "discover"),
        ("b2", "bea", "g4", "discover"),
        ("u1", "", "g5", "train"),
        ("u2", "", "g4", "discover"),
        ("c1", "bea", "g6", "left_out"),
    ],
    columns=["image", "identity", "group", "fold"],
)


def learned(*images: str, label: bool = True, pixels: bool = True) -> pd.DataFrame:
    return pd.DataFrame({"image": images}, dtype="str").assign(label=label, pixels=pixels)


def test_what_was_learned_from_the_train_fold_passes() -> None:
    check(learned("a1", "u1"), SPLIT)
    check(learned("a2", label=False, pixels=False), SPLIT)
    check(learned("of an older set"), SPLIT)


def test_what_another_network_learned_that_is_not_scored_is_no_leak() -> None:
    """train.fold: all: that network learned from valid, and from who is kept out."""
    check(learned("a2", "b1", label=False, pixels=False).assign(all_folds=True), SPLIT)
    with pytest.raises(StageFailed, match="that the network learned from"):
        check(learned("a2").assign(all_folds=True), SPLIT)


def test_what_only_an_ancestor_learned_is_learned() -> None:
    """A warm start: the gate takes these out of its comparison, and nothing is measured on them."""
    table = pd.concat([learned("a1").assign(inherited=False), learned("a2").assign(inherited=True)])
    assert set(of_scored_network(table)) == {"a1", "a2"}
    with pytest.raises(StageFailed, match="that the network learned from"):
        check(table, SPLIT)


@pytest.mark.parametrize("image", ["a2", "a2 again", "b1", "b2", "u2", "c1"])
@pytest.mark.parametrize("used", ["label", "pixels"])
def test_each_planted_photograph_is_seen(image: str, used: str) -> None:
    one = {"label": used == "label", "pixels": used == "pixels"}
    with pytest.raises(StageFailed, match=f"measured on and that the network learned from .*, e.g. {image}"):
        check(pd.concat([learned("a1"), learned(image, **one)]), SPLIT)


@pytest.mark.parametrize("fold", ["valid", "discover"])
def test_evaluate_refuses_before_anything_is_scored(tmp_path: Path, fold: str) -> None:
    paths = evaluate.Paths.at(build(tmp_path))
    split = pd.read_parquet(paths.split)
    planted = split.index[split["fold"] == "valid"][0]
    split.loc[planted, ["fold", "scored"]] = [fold, fold == "valid"]
    split.to_parquet(paths.split, index=False)
    image = split.loc[planted, "image"]
    pd.concat([pd.read_parquet(paths.learned_from), learned(image)]).to_parquet(paths.learned_from, index=False)
    with pytest.raises(StageFailed, match=rf"\(1 in {fold}\), e.g. {image}") as failed:
        evaluate.run(evaluate.Params(), paths)
    assert failed.value.exit_code == 1
    assert not paths.metrics.exists()
