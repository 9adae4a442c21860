"""The rules that decide the rows of the submission."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from longtail.errors import BadInput
from longtail.recognition.local_matching.supporting import Support
from longtail.recognition.open_set.calibration import Calibration
from longtail.recognition.open_set.decision import Decision, Ranking
from longtail.recognition.open_set.threshold import ALWAYS_NEW, NEVER_NEW
from longtail.recognition.predictions import (
    Prediction,
    candidates_table,
    combine,
    count_conflicts,
    duplicate_labels,
    fallback_predictions,
    merge_top_k,
    ranked,
    without_probabilities,
)
from longtail.recognition.top_k import NONE, TOP_K, TopK

NAMES = ["ada", "bea", "cleo", "dora", "eve", "fay"]
MATCHES = [[Support(f"{name}.jpg") for name in NAMES[:TOP_K]]]


def top_k(*scores: float) -> TopK:
    """One photograph whose best identities are 0, 1, 2, ... with these scores."""
    identity = np.full((1, TOP_K), NONE, dtype=np.int64)
    score = np.full((1, TOP_K), -np.inf, dtype=np.float32)
    identity[0, : len(scores)], score[0, : len(scores)] = range(len(scores)), scores
    return TopK(identity, score)


def by(threshold: float | None, **rest: Any) -> Decision:
    return Decision(threshold, threshold, rest.get("calibration"), rest.get("share"), rest.get("ranking", Ranking()))


def names(predictions: list[Prediction]) -> list[str]:
    return [prediction.identity for prediction in predictions]


def of(*identities: str, kind: str = "classifier") -> list[Prediction]:
    return [Prediction(identity, 0.5, "", kind) for identity in identities]


@pytest.mark.parametrize(
    ("threshold", "expected"),
    [
        (0.95, ["", "ada", "bea", "cleo", "dora"]),
        (0.6, ["ada", "bea", "", "cleo", "dora"]),
        (0.15, ["ada", "bea", "cleo", "dora", ""]),
        (NEVER_NEW, ["ada", "bea", "cleo", "dora", "eve"]),
        (ALWAYS_NEW, ["", "ada", "bea", "cleo", "dora"]),
        (None, ["ada", "bea", "cleo", "dora", "eve"]),
    ],
)
def test_new_stands_before_the_first_score_below_the_threshold(threshold: float | None, expected: list[str]) -> None:
    [predictions] = ranked(top_k(0.9, 0.7, 0.5, 0.3, 0.1), by(threshold), NAMES, MATCHES)
    assert names(predictions) == expected


def test_by_probability_each_prediction_has_its_own_and_new_no_score() -> None:
    flat = Calibration("platt", ((0.0, 0.0),), 0.5, 5.0, 0.0)  # one half is new
    decision = by(0.1, calibration=flat, share=0.2, ranking=Ranking("probability", ""))
    [predictions] = ranked(top_k(0.9, 0.3, 0.2, 0.1, 0.05), decision, NAMES, MATCHES)
    assert names(predictions) == ["ada", "", "bea", "cleo", "dora"]
    likely = [one.probability for one in predictions]
    assert likely == sorted(likely, reverse=True)
    assert likely[1] == 0.2
    assert 0.9 < sum(likely) < 1
    assert np.isnan(predictions[1].score)
    table = candidates_table({"t.jpg": predictions, "u.jpg": without_probabilities(predictions)})
    assert table["probability"].tolist()[:5] == likely
    assert table["probability"].tolist()[5:] == pytest.approx([np.nan] * 5, nan_ok=True)


def test_each_prediction_keeps_its_own_score_and_photograph_when_new_moves_it_back() -> None:
    [predictions] = ranked(top_k(0.9, 0.7, 0.5, 0.3, 0.1), by(0.8), NAMES, MATCHES)
    assert [(one.identity, one.match, one.kind) for one in predictions] == [
        ("ada", "ada.jpg", "classifier"),
        ("", "", "new"),
        ("bea", "bea.jpg", "classifier"),
        ("cleo", "cleo.jpg", "classifier"),
        ("dora", "dora.jpg", "classifier"),
    ]
    assert [one.score for one in predictions] == pytest.approx([0.9, 0.8, 0.7, 0.5, 0.3])


@pytest.mark.parametrize(
    ("threshold", "expected"),
    [(0.8, ["ada", "", "bea"]), (NEVER_NEW, ["ada", "bea", ""]), (None, ["ada", "bea"])],
)
def test_with_fewer_identities_than_places_the_row_is_shorter(threshold: float | None, expected: list[str]) -> None:
    [predictions] = ranked(top_k(0.9, 0.7), by(threshold), NAMES[:2], [[*MATCHES[0][:2], *[Support(None)] * 3]])
    assert names(predictions) == expected


def test_where_marks_are_compared_each_prediction_says_how_many_its_photograph_shares() -> None:
    behind = [[Support("ada_2.jpg", 4.5), Support("bea.jpg", 0.0), *[Support(None, 0.0)] * 3]]
    [predictions] = ranked(top_k(0.9, 0.7), by(0.8), NAMES[:2], behind)
    rows = [(one.identity, one.match, one.marks) for one in predictions]
    assert rows == [("ada", "ada_2.jpg", 4.5), ("", "", None), ("bea", "bea.jpg", 0.0)]
    table = candidates_table({"t.jpg": predictions})
    assert table["marks"].tolist() == pytest.approx([4.5, np.nan, 0.0], nan_ok=True)


def test_an_identity_without_a_photograph_is_predicted_without_a_match() -> None:
    [predictions] = ranked(top_k(0.9), by(None), NAMES, [[Support(None)] * TOP_K])
    assert predictions == [Prediction("ada", pytest.approx(0.9), "", "classifier")]


def test_a_broken_image_gets_new_and_then_the_most_frequent_identities_by_name_where_equal() -> None:
    counts = {"fay": 3, "eve": 1, "ada": 2, "dora": 2, "bea": 1, "cleo": 1}
    photographs = pd.DataFrame({"identity": [name for name, count in counts.items() for _ in range(count)]})
    assert names(fallback_predictions(photographs, new=True)) == ["", "fay", "ada", "dora", "bea"]
    without = fallback_predictions(photographs, new=False)
    assert names(without) == ["fay", "ada", "dora", "bea", "cleo"]
    assert {prediction.kind for prediction in without} == {"frequent"}
    assert names(fallback_predictions(photographs.iloc[:3], new=True)) == ["", "fay"]


SPLIT = pd.DataFrame(
    [
        ("a1.jpg", "ada", "g1", ""),
        ("b1.jpg", "bea", "g2", ""),
        ("n1.jpg", "", "g3", ""),
        ("c1.jpg", "cleo", "g4", "conflict"),
        ("d1.jpg", "dora", "g4", "conflict"),
    ],
    columns=["image", "identity", "group", "reason"],
)


def labels(*matches: tuple[str, str, float], new: bool = True) -> dict[str, list[tuple[str, str]]]:
    """{test image: (identity, labelled photograph)} of these matches: test image, labelled photograph, distance."""
    table = pd.DataFrame(matches, columns=["image", "match", "distance"])
    label_of = duplicate_labels(table, SPLIT, new=new)
    assert all(one.kind == "duplicate" and one.score == 1 for predictions in label_of.values() for one in predictions)
    return {image: [(one.identity, one.match) for one in predictions] for image, predictions in label_of.items()}


def test_a_test_photograph_of_a_labelled_picture_has_its_label() -> None:
    assert labels(("t.jpg", "a1.jpg", 0), ("u.jpg", "b1.jpg", 2)) == {
        "t.jpg": [("ada", "a1.jpg")],
        "u.jpg": [("bea", "b1.jpg")],
    }


def test_of_several_labelled_pictures_the_nearest_comes_first_and_an_unknown_label_last() -> None:
    every = [("t.jpg", "n1.jpg", 0.0), ("t.jpg", "b1.jpg", 3.0), ("t.jpg", "a1.jpg", 1.0)]
    assert labels(*every) == {"t.jpg": [("ada", "a1.jpg"), ("bea", "b1.jpg"), ("", "n1.jpg")]}


def test_an_unknown_label_says_nothing_where_new_cannot_be_predicted() -> None:
    assert labels(("t.jpg", "n1.jpg", 0), new=False) == {}


def test_a_photograph_that_is_not_in_the_split_says_nothing() -> None:
    assert labels(("t.jpg", "dropped.jpg", 0)) == {}


def test_conflicting_labels_of_one_picture_are_both_given_its_own_first() -> None:
    assert labels(("t.jpg", "d1.jpg", 1)) == {"t.jpg": [("dora", "d1.jpg"), ("cleo", "c1.jpg")]}


def test_conflicts_count_images_with_two_names_or_more() -> None:
    duplicates = {"t.jpg": of("ada", "bea"), "u.jpg": of("ada", ""), "v.jpg": of("ada", "bea"), "w.jpg": of("ada")}
    assert count_conflicts(duplicates, ["t.jpg", "u.jpg", "w.jpg", "x.jpg"]) == 1


def test_duplicates_come_before_the_classifier_and_no_identity_twice() -> None:
    duplicates = of("bea", "", kind="duplicate")
    merged = merge_top_k(duplicates, of("ada", "", "bea", "cleo", "dora", "eve"))
    assert names(merged) == ["bea", "", "ada", "cleo", "dora"]
    assert [one.kind for one in merged[:3]] == ["duplicate", "duplicate", "classifier"]


def test_more_duplicates_than_places_leave_no_place_for_the_classifier() -> None:
    assert names(merge_top_k(of(*NAMES, kind="duplicate"), of("gus"))) == NAMES[:TOP_K]


def test_without_duplicates_the_classifier_stands_as_it_is() -> None:
    assert merge_top_k([], of("ada", "bea")) == of("ada", "bea")


def test_the_table_has_a_row_a_prediction_with_its_rank() -> None:
    table = candidates_table({"t.jpg": of("ada", ""), "u.jpg": of("bea"), "v.jpg": []})
    assert table[["image", "rank", "identity"]].to_numpy().tolist() == [
        ["t.jpg", 1, "ada"],
        ["t.jpg", 2, ""],
        ["u.jpg", 1, "bea"],
    ]
    assert "marks" not in table, "nothing was compared mark by mark"
    empty = candidates_table({})
    assert list(empty.columns) == list(table.columns)
    assert empty.dtypes.equals(table.dtypes)


def test_a_photograph_that_nothing_may_be_compared_with_is_new_or_refused() -> None:
    known = [Prediction("ada", 0.5, "ada.jpg", "classifier")]
    final = combine(["t0.jpg", "t1.jpg"], {}, {"t0.jpg": known, "t1.jpg": []}, can_say_new=True)
    assert [one.identity for one in final["t0.jpg"]] == ["ada"]
    assert [(one.identity, one.kind) for one in final["t1.jpg"]] == [("", "new")]
    with pytest.raises(BadInput, match=r"no labelled photograph shows.*t1\.jpg.*data\.unknown_label"):
        combine(["t0.jpg", "t1.jpg"], {}, {"t0.jpg": known, "t1.jpg": []}, can_say_new=False)


def test_a_labelled_copy_of_another_side_names_nobody() -> None:
    matches = pd.DataFrame({"image": ["t.jpg", "t.jpg"], "match": ["a.jpg", "b.jpg"], "distance": [0.0, 1.0]})
    split = pd.DataFrame(
        {"image": ["a.jpg", "b.jpg"], "identity": ["ada", "bea"], "group": ["1", "1"], "reason": ["", ""]}
    )
    of_side = duplicate_labels(matches, split, new=True, comparable=lambda _, names: (names == "b.jpg").to_numpy())
    assert [one.identity for one in of_side["t.jpg"]] == ["bea"]
