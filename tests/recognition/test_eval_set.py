"""Who learns and who is scored."""

from __future__ import annotations

import pandas as pd
import pytest

from longtail.errors import BadInput
from longtail.recognition.eval_set import decode_identities, encode_identities, make_eval_set, training_photographs
from longtail.recognition.top_k import NEW, NONE


@pytest.fixture
def split() -> pd.DataFrame:
    rows = [  # image, identity, group, fold, scored
        ("a1", "a", "g1", "train", False),
        ("a2", "a", "g1", "train", False),  # shows the same picture as a1
        ("a3", "a", "g2", "valid", True),
        ("b1", "b", "g3", "train", False),
        ("b2", "b", "g4", "left_out", False),
        ("u1", "", "g5", "train", False),
        ("u2", "", "g6", "valid", True),
        ("n1", "newcomer", "g7", "valid", True),
        ("n2", "newcomer", "g7", "valid", False),
        ("x1", "b", "g8", "train", False),  # broken: no embedding
    ]
    return pd.DataFrame(rows, columns=["image", "identity", "group", "fold", "scored"]).assign(class_count=1)


@pytest.fixture
def index(split: pd.DataFrame) -> pd.DataFrame:
    """The embeddings lie in the opposite order."""
    return split[split["image"] != "x1"][["image"]].iloc[::-1].reset_index(drop=True)


def test_only_named_photographs_of_the_fold_with_an_embedding_are_learned_from(
    split: pd.DataFrame, index: pd.DataFrame
) -> None:
    photographs = training_photographs(split, index, ("train",))
    assert photographs["image"].tolist() == ["a1", "a2", "b1"]
    assert index["image"].iloc[photographs["row"]].tolist() == ["a1", "a2", "b1"]


def test_class_count_is_groups_in_these_folds(split: pd.DataFrame, index: pd.DataFrame) -> None:
    assert training_photographs(split, index, ("train",))["class_count"].tolist() == [1, 1, 1]
    both = training_photographs(split, index, ("train", "valid")).set_index("image")["class_count"]
    assert both.to_dict() == {"a1": 2, "a2": 2, "a3": 2, "b1": 1, "n1": 1, "n2": 1}


def test_scored_photographs_stand_for_their_groups(split: pd.DataFrame, index: pd.DataFrame) -> None:
    eval_set = make_eval_set(split, index, ["a", "b"])
    assert eval_set.table["image"].tolist() == ["a3", "n1", "u2"]
    assert eval_set.truth.tolist() == [0, NEW, NEW]
    assert list(eval_set.clusters) == ["a", "newcomer", "g6"]
    assert index["image"].iloc[eval_set.rows].tolist() == ["a3", "n1", "u2"]


def test_one_identity_in_valid_cannot_be_halved(split: pd.DataFrame, index: pd.DataFrame) -> None:
    alone = split[(split["fold"] == "train") | (split["image"] == "a3")]
    with pytest.raises(BadInput, match=r"fewer than two identities .* in valid\. Two are needed"):
        make_eval_set(alone, index, ["a", "b"])


def test_names_and_numbers() -> None:
    numbers = encode_identities(pd.Series(["b", "", "stranger", "a"]), ["a", "b"])
    assert numbers.tolist() == [1, NEW, NEW, 0]
    numbers[1] = NONE
    assert decode_identities(numbers, ["a", "b"]) == ["b", None, "", "a"]
