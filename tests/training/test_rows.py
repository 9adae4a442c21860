"""Which photographs are learned from and which are watched: expected rows written by hand."""

from __future__ import annotations

from typing import Literal

import pandas as pd
import pytest

from longtail import ancestor, logs
from longtail.errors import BadInput
from longtail.recognition.eval_set import LABELLED_FOLDS
from longtail.training import train_rows

SPLIT = pd.DataFrame(
    [
        ("a1.jpg", "anna", "train", False),
        ("a2.jpg", "anna", "valid", True),
        ("a3.jpg", "anna", "valid", False),  # shows the same picture as a2
        ("b1.jpg", "bela", "train", False),
        ("b2.jpg", "bela", "train", False),  # broken
        ("c1.jpg", "cleo", "valid", True),  # an identity that is not in train
        ("d1.jpg", "dora", "left_out", False),
        ("u1.jpg", "", "train", False),
        ("u2.jpg", "", "valid", True),
    ],
    columns=["image", "identity", "fold", "scored"],
)
LABELLED = pd.DataFrame({"image": SPLIT["image"], "file": SPLIT["image"].where(SPLIT["image"] != "b2.jpg", "")}).assign(
    md5="of " + SPLIT["image"]
)
PLAN = pd.DataFrame(
    [
        ("a1.jpg", "anna", "original", 1, "prepare", "a1.jpg"),
        ("a1.jpg", "anna", "red", 2, "oversample", "red_a1.jpg"),
        ("b1.jpg", "bela", "original", 1, "prepare", "b1.jpg"),
        ("u1.jpg", "", "original", 1, "prepare", "u1.jpg"),
    ],
    columns=["image", "identity", "variant", "repeats", "folder", "file"],
)


def test_originals_are_the_readable_named_photographs_of_the_train_fold() -> None:
    rows = train_rows.train_rows(SPLIT, LABELLED, PLAN, "originals", unknown_as_class=False)
    assert rows.values.tolist() == [
        ["a1.jpg", "anna", "prepare", "a1.jpg", 1],
        ["b1.jpg", "bela", "prepare", "b1.jpg", 1],
    ]
    assert train_rows.classes_of(rows) == ["anna", "bela"]


def test_augmented_rows_are_the_plan() -> None:
    rows = train_rows.train_rows(SPLIT, LABELLED, PLAN, "augmented", unknown_as_class=False)
    assert rows[["folder", "file", "repeats"]].values.tolist() == [
        ["prepare", "a1.jpg", 1],
        ["oversample", "red_a1.jpg", 2],
        ["prepare", "b1.jpg", 1],
    ]


def test_what_was_learned_from_is_each_photograph_once_variants_and_unknowns_included() -> None:
    rows = train_rows.train_rows(SPLIT, LABELLED, PLAN, "augmented", unknown_as_class=True)
    learned = train_rows.learned_from(rows, LABELLED)
    assert list(learned) == list(ancestor.COLUMNS)
    assert learned.values.tolist() == [
        ["a1.jpg", True, True, "anna", "of a1.jpg", False],
        ["b1.jpg", True, True, "bela", "of b1.jpg", False],
        ["u1.jpg", True, True, "", "of u1.jpg", False],
    ]


def test_what_an_ancestor_learned_stays_with_what_it_was_then() -> None:
    """a1 is learned again as it was, b1 under another name; e1 is gone, u2 was seen by a network of all folds alone."""
    rows = train_rows.train_rows(SPLIT, LABELLED, PLAN, "originals", unknown_as_class=False)
    before = pd.DataFrame(
        [
            ("a1.jpg", True, True, "anna", "of a1.jpg", False, True),
            ("b1.jpg", True, True, "boris", "of b1.jpg", True, True),
            ("e1.jpg", False, True, "", "of e1.jpg", False, True),
            ("u2.jpg", False, False, "", "of u2.jpg", False, True),
        ],
        columns=[*ancestor.COLUMNS, "all_folds"],
    )
    assert train_rows.learned_from(rows, LABELLED, before=before).values.tolist() == [
        ["a1.jpg", True, True, "anna", "of a1.jpg", False],
        ["b1.jpg", True, True, "bela", "of b1.jpg", False],
        ["b1.jpg", True, True, "boris", "of b1.jpg", True],
        ["e1.jpg", False, True, "", "of e1.jpg", True],
    ]
    every = train_rows.learned_from(rows, LABELLED, rows, before)
    assert every["all_folds"].all()  # that network went on from the same ancestor


def test_every_fold_is_all_that_the_identifier_knows() -> None:
    assert train_rows.EVERY_FOLD == LABELLED_FOLDS


@pytest.mark.parametrize(
    ("images", "variants"), [("originals", []), ("augmented", [["a1.jpg", "anna", "oversample", "red_a1.jpg", 2]])]
)
def test_of_every_fold_each_photograph_is_learned_and_none_whose_labels_contradict(
    images: Literal["originals", "augmented"], variants: list[list[object]]
) -> None:
    folds = train_rows.EVERY_FOLD
    rows = train_rows.train_rows(SPLIT, LABELLED, PLAN, images, unknown_as_class=False, folds=folds)
    once = [("a1", "anna"), ("a2", "anna"), ("a3", "anna"), ("b1", "bela"), ("c1", "cleo")]
    expected = [[f"{image}.jpg", identity, "prepare", f"{image}.jpg", 1] for image, identity in once]
    assert sorted(rows.values.tolist()) == sorted([*expected, *variants])


def test_of_every_fold_groups_of_every_fold_count() -> None:
    split = pd.DataFrame(
        [("anna", "g1", "train"), ("anna", "g2", "valid"), ("anna", "g3", "left_out"), ("", "g4", "valid")],
        columns=["identity", "group", "fold"],
    ).assign(class_count=[1, 1, 1, 0])
    assert train_rows.with_counts_of(split, train_rows.EVERY_FOLD)["class_count"].tolist() == [2, 2, 2, 0]


def test_what_each_of_two_networks_learned_from_is_told_apart() -> None:
    rows = [
        train_rows.train_rows(SPLIT, LABELLED, PLAN, "originals", unknown_as_class=False, folds=folds)
        for folds in (train_rows.TRAIN_FOLD, train_rows.EVERY_FOLD)
    ]
    learned = train_rows.learned_from(rows[0], LABELLED, rows[1])
    assert list(learned) == [*ancestor.COLUMNS, "all_folds"]
    assert not learned["inherited"].any()
    assert learned["all_folds"].all()
    assert learned.loc[learned["label"], "image"].tolist() == ["a1.jpg", "b1.jpg"]
    assert learned["label"].equals(learned["pixels"])


def test_unknown_is_the_first_class_where_it_is_one() -> None:
    rows = train_rows.train_rows(SPLIT, LABELLED, PLAN, "originals", unknown_as_class=True)
    assert train_rows.classes_of(rows) == ["", "anna", "bela"]


def test_watched_are_the_scored_photographs_of_classes() -> None:
    assert train_rows.valid_rows(SPLIT, LABELLED, ["", "anna", "bela"])["image"].tolist() == ["a2.jpg"]


def test_one_identity_is_refused() -> None:
    with pytest.raises(BadInput, match="1 identities to learn from; two are the least"):
        train_rows.train_rows(SPLIT[:3], LABELLED, PLAN, "originals", unknown_as_class=False)


def test_identities_of_few_groups_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    logs.to_stderr("longtail")
    images = ["a1", "a2", "b1", "b2", "c1", "u1"]  # b1 and b2 show one picture
    split = pd.DataFrame({"image": images, "identity": [*"aabbc", ""], "class_count": [2, 2, 1, 1, 1, 0]})
    learned = split[["image", "identity"]]
    assert train_rows.filter_min_groups(learned, split, 1)["image"].tolist() == images
    assert train_rows.filter_min_groups(learned, split, 2)["image"].tolist() == ["a1", "a2", "u1"]
    assert "all are learned" not in capsys.readouterr().err
    assert len(train_rows.filter_min_groups(learned[:5], split, 2)) == 5  # one identity is no task: all
    assert "fewer than two identities have 2 groups, so that all are learned" in capsys.readouterr().err
