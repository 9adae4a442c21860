"""Who leads for whom: means over seeds, paired gains, and when a lead is noise. Worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from longtail.evaluation.grid import Candidate
from longtail.evaluation.model_selection import CrossFitResult
from longtail.evaluation.per_class_count import SLICES, class_count_table, measure_precision, winners
from longtail.evaluation.scorecard import BootstrapConfig, recall
from longtail.evaluation.selection_report import _lead
from longtail.metrics.difference import ENOUGH
from longtail.recognition.eval_set import EvalSet
from longtail.recognition.top_k import NEW, NONE, TopK

DRAWING = BootstrapConfig(seed=0, resamples=200)


def scored(counts: list[int]) -> EvalSet:
    """A photograph of an identity each; class count 0 is new."""
    names = [f"i{place}" if count else "" for place, count in enumerate(counts)]
    table = pd.DataFrame(
        {
            "image": [f"{place}.jpg" for place in range(len(counts))],
            "identity": names,
            "group": [f"g{place}" for place in range(len(counts))],
            "known": [count > 0 for count in counts],
            "class_count": counts,
        }
    )
    truth = np.array([place if count else NEW for place, count in enumerate(counts)])
    clusters = [name or group for name, group in zip(names, table["group"], strict=True)]
    return EvalSet(table, np.arange(len(counts)), truth, clusters)


def result(who: EvalSet, ranks: list[int]) -> CrossFitResult:
    """Guesses in which the right answer stands at that rank; 0: nowhere."""
    guesses = np.full((len(ranks), 5), 10_000)
    for row, rank in enumerate(ranks):
        if rank:
            guesses[row, rank - 1] = who.truth[row]
    return CrossFitResult(guesses, np.where(guesses == NEW, NONE, guesses), np.zeros(len(ranks), np.float32))


def candidate(strategy: str, classifier: str, seeds: int, added: int = 0, skipped: int = 0) -> Candidate:
    empty = TopK(np.zeros((0, 5), np.int64), np.zeros((0, 5), np.float32))
    return Candidate(strategy, classifier, empty, 7 + added, added, skipped, (empty,) * (seeds - 1))


FEW = scored([1, 1, 3, 0])


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    candidates = [
        candidate("none", "linear_probe", 1),
        candidate("random_oversampling", "linear_probe", 2, added=5, skipped=1),
    ]
    found = measure_precision(
        candidates,
        [[result(FEW, [2, 0, 1, 1])], [result(FEW, [1, 2, 1, 2]), result(FEW, [1, 0, 2, 2])]],
        FEW,
    )
    return class_count_table(found, FEW, DRAWING).set_index(["strategy", "slice"])


def test_a_row_an_entry_and_slice_in_order(table: pd.DataFrame) -> None:
    assert table.index.tolist() == [(name, part) for name in ("none", "random_oversampling") for part in SLICES]
    assert table.loc[("random_oversampling", "1"), ["photographs", "identities"]].tolist() == [2, 2]
    assert table.loc[("none", "5-9"), "photographs"] == 0
    assert np.isnan(table.loc[("none", "5-9"), "map_at_5"])


def test_the_score_is_the_mean_over_seeds_closed_by_class_count(table: pd.DataFrame) -> None:
    assert table.loc[("none", "1"), "map_at_5"] == pytest.approx((1 / 2 + 0) / 2)
    assert table.loc[("random_oversampling", "1"), "map_at_5"] == pytest.approx(((1 + 1 / 2) / 2 + (1 + 0) / 2) / 2)
    assert table.loc[("random_oversampling", "2-4"), "map_at_5"] == pytest.approx((1 + 1 / 2) / 2)


def test_the_whole_is_open_the_known_closed(table: pd.DataFrame) -> None:
    assert table.loc[("none", "all (open)"), "map_at_5"] == pytest.approx((1 / 2 + 0 + 1 + 1) / 4)
    assert table.loc[("none", "known (closed)"), "map_at_5"] == pytest.approx((1 / 2 + 0 + 1) / 3)


def test_the_spread_over_seeds_is_highest_minus_lowest(table: pd.DataFrame) -> None:
    assert table.loc[("none", "1"), "seed_spread"] == 0
    assert table.loc[("random_oversampling", "1"), "seed_spread"] == pytest.approx(3 / 4 - 1 / 2)


def test_a_gain_is_paired_and_over_the_same_scorer_under_none(table: pd.DataFrame) -> None:
    row = table.loc[("random_oversampling", "1")]
    assert row["gain"] == pytest.approx(5 / 8 - 1 / 4)
    # Both photographs gain: 1 - 1/2 and 1/4 - 0, whatever is drawn.
    assert row["gain_low"] == pytest.approx(1 / 4)
    assert row["gain_high"] == pytest.approx(1 / 2)
    assert table.loc[("none", "1"), ["gain", "gain_low", "gain_high"]].tolist() == [0, 0, 0]
    assert row[["rows", "added", "skipped"]].tolist() == [12, 5, 1]


def test_what_has_no_row_under_none_has_no_gain() -> None:
    found = measure_precision([candidate("as_trained", "trained_head", 1)], [[result(FEW, [1, 1, 1, 1])]], FEW)
    assert class_count_table(found, FEW, DRAWING)["gain"].isna().all()


MANY = scored([1] * ENOUGH)


def verdict(first: list[int], second: list[int], who: EvalSet) -> pd.Series:
    candidates = [candidate("none", "nearest_class_mean", 1), candidate("smote", "linear_probe", 1)]
    found = measure_precision(candidates, [[result(who, first)], [result(who, second)]], who)
    return winners(found, who, DRAWING).set_index("slice").loc["1"]


def test_a_lead_beyond_noise_leads() -> None:
    row = verdict([1] * 50 + [2] * 50, [2] * 100, MANY)
    assert row[["strategy", "classifier", "next_strategy", "next_classifier"]].tolist() == [
        "none",
        "nearest_class_mean",
        "smote",
        "linear_probe",
    ]
    assert row[["map_at_5", "lead"]].tolist() == [0.75, 0.25]
    assert row["lead_low"] > 0
    assert row["verdict"] == "leads"


def test_the_better_one_leads_wherever_it_stands() -> None:
    row = verdict([2] * 100, [1] * 50 + [2] * 50, MANY)
    assert (row["strategy"], row["lead"], row["verdict"]) == ("smote", 0.25, "leads")


def test_a_lead_that_could_be_chance_is_noise() -> None:
    row = verdict([1, 1, 2] + [2] * 97, [2, 2, 1] + [2] * 97, MANY)
    assert row["lead"] == pytest.approx(0.005)
    assert row["lead_low"] <= 0 <= row["lead_high"]
    assert row["verdict"] == "noise"


def test_equals_are_noise_and_the_first_is_named() -> None:
    row = verdict([1] * 100, [1] * 100, MANY)
    assert (row["strategy"], row["lead"], row["verdict"]) == ("none", 0, "noise")


def test_under_a_hundred_photographs_nobody_leads() -> None:
    few = scored([1] * (ENOUGH - 1))
    assert verdict([1] * 99, [2] * 99, few)["verdict"] == "too_few"


@pytest.mark.parametrize(
    ("chosen", "other", "count", "words"),
    [
        ([1] * 100, [2] * 100, 100, "+0.5000 [+0.5000, +0.5000], better."),
        ([2] * 100, [1] * 100, 100, "-0.5000 [-0.5000, -0.5000], worse, each half scored by"),
        ([1, 1, 2] + [2] * 97, [2, 2, 1] + [2] * 97, 100, ", no difference shown."),
        ([2] * 99, [1] * 99, 99, "too few photographs to say which is better (under 100)."),
    ],
)
def test_the_choice_in_words_says_what_the_interval_shows(
    chosen: list[int], other: list[int], count: int, words: str
) -> None:
    who = scored([1] * count)
    candidates = [candidate("none", "nearest_class_mean", 1), candidate("smote", "linear_probe", 1)]
    [said] = _lead(candidates, [[result(who, chosen)], [result(who, other)]], 0, who, DRAWING)
    assert said.startswith("Compared with the next best, linear_probe under smote: ")
    assert words in said


def test_an_empty_slice_names_nobody() -> None:
    found = measure_precision([candidate("none", "nearest_class_mean", 1)], [[result(MANY, [1] * 100)]], MANY)
    row = winners(found, MANY, DRAWING).set_index("slice").loc["10+"]
    assert row["photographs"] == 0
    assert pd.isna(row["strategy"])
    assert row["verdict"] == "too_few"


def test_recall_counts_each_identitys_photographs_and_new() -> None:
    who = scored([2, 2, 0, 0])
    said = CrossFitResult(
        np.array([[0, 1], [0, 1], [NEW, 0], [1, NEW]]), np.zeros((4, 2), np.int64), np.zeros(4, np.float32)
    )
    rows = recall(who, said).set_index("identity")
    assert rows["recall"].to_dict() == {"": 0.5, "i0": 1.0, "i1": 0.0}
    assert rows["photographs"].to_dict() == {"": 2, "i0": 1, "i1": 1}
    assert rows["class_count"].to_dict() == {"": 0, "i0": 2, "i1": 2}
