"""Test photographs that show a labelled picture: the best match of each."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from longtail.duplicates.cross_set import COLUMNS, matches
from longtail.duplicates.search import near_pairs
from longtail.splitting.edits import Edits
from longtail.splitting.groups import group_photographs
from tests.splitting.making import Photo, prepared


def matched(labelled: Sequence[Photo], test: Sequence[Photo]) -> pd.DataFrame:
    table, unlabelled = prepared(labelled), prepared(test, "test")
    near = near_pairs(table, unlabelled, max_distance=8, min_similarity=0.83)
    return matches(unlabelled, group_photographs(table, near, Edits()).photographs, near)


def test_equal_bytes_and_equal_pixels_match_and_others_do_not() -> None:
    matches = matched(
        [Photo("a", "w", 1), Photo("b", "v", 2)],
        [Photo("t1", shows=1), Photo("t2", shows=2, copy=1), Photo("t3", shows=3)],
    )
    assert matches[["image", "match", "kind"]].to_numpy().tolist() == [["t1", "a", "exact"], ["t2", "b", "near"]]
    assert matches["distance"][0] == 0.0
    assert 0 < matches["distance"][1] < 5


def test_of_several_the_one_with_equal_bytes_is_taken() -> None:
    matches = matched([Photo("a", "w", 1, copy=1), Photo("b", "w", 1)], [Photo("t", shows=1)])
    assert matches[["image", "match", "kind"]].to_numpy().tolist() == [["t", "b", "exact"]]


def test_of_copies_the_first_by_name_is_taken() -> None:
    assert list(matched([Photo("b", "w", 1), Photo("a", "w", 1)], [Photo("t", shows=1)])["match"]) == ["a"]


def test_where_labels_disagree_each_name_has_its_row() -> None:
    matches = matched([Photo("a", "w", 1), Photo("b", "v", 1), Photo("c", "w", 1)], [Photo("t", shows=1, copy=1)])
    assert list(matches["match"]) == ["a", "b"]


def test_copies_among_test_photographs_all_match() -> None:
    matches = matched([Photo("a", "w", 1)], [Photo("t2", shows=1), Photo("t1", shows=1)])
    assert list(matches["image"]) == ["t1", "t2"]


def test_no_test_photographs_no_matches() -> None:
    matches = matched([Photo("a", "w", 1)], [])
    assert len(matches) == 0
    assert tuple(matches.columns) == COLUMNS
    assert matches["distance"].dtype == "float64"
