"""What is chosen, what is judged, and the figures: small pools worked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from longtail.metrics.clustering import b_cubed
from longtail.recognition.clustering import measurement, operating_point, pair_probability, pool
from longtail.recognition.clustering.grouping import CANDIDATES, Candidate
from longtail.recognition.clustering.operating_point import UNJUDGED, Pool, judge
from longtail.recognition.clustering.pairs import find_neighbours
from tests.recognition.clustering.test_grouping import NOBODY, views

UNKNOWN = UNJUDGED


def test_pairs_of_two_unknowns_are_not_judged() -> None:
    individual = np.array([0, 0, 1, UNKNOWN, UNKNOWN, 2])
    assert judge(individual, np.array([0, 0, 0, 0, 0, 5])) == (1, 8)  # of 10 pairs one right, one of two unknowns
    assert judge(individual, np.array([0, 1, 2, 3, 3, 5])) == (0, 0)


def drawn(noise: float, count: int = 90) -> Pool:
    """Thirty individuals of three photographs each, the last third of them unknown."""
    individual = np.arange(count) % 30
    return Pool(find_neighbours(views(count, 30, noise), NOBODY, 3), np.where(individual < 20, individual, UNKNOWN))


def test_every_point_is_what_its_threshold_gives() -> None:
    for candidate, point in operating_point.choose(drawn(0.4), 0.8).items():
        assert point is not None, candidate
        groups = operating_point.grouping.group(drawn(0.4).near, candidate, point.threshold)
        assert judge(drawn(0.4).individual, groups) == (point.right, point.wrong)
        assert point.right >= 0.8 * (point.right + point.wrong)


def test_where_wrong_pairs_count_more_the_threshold_is_not_lower() -> None:
    few, many = operating_point.choose(drawn(0.6), 0.8), operating_point.choose(drawn(0.6), 0.8, factor=10)
    candidate = Candidate("cosine", "average_linkage")
    assert few[candidate].right > many[candidate].right  # type: ignore[union-attr]
    assert few[candidate].threshold < many[candidate].threshold  # type: ignore[union-attr]


def test_where_nothing_is_precise_enough_nothing_is_chosen() -> None:
    points = operating_point.choose(drawn(30.0), 0.99)
    assert set(points) == set(CANDIDATES)
    assert operating_point.best(points) is None


def test_of_equals_the_first_is_chosen() -> None:
    one, other = CANDIDATES[:2]
    points = {
        one: operating_point.OperatingPoint(one, 0.5, 7, 0),
        other: operating_point.OperatingPoint(other, 0.4, 7, 1),
    }
    assert operating_point.best({**points}) == points[one]


INDIVIDUAL = np.array([0, 0, 0, 1, 1, 2, UNKNOWN, UNKNOWN])
CLUSTERS = ["a", "a", "a", "b", "b", "c", "u", "v"]
GROUPS = np.array([0, 0, 1, 1, 2, 3, 3, 3])
HALF = np.zeros(8, np.int64)


def test_the_figures_of_all_drawn_once_are_those_of_the_groups() -> None:
    counts = measurement.tally(GROUPS, INDIVIDUAL, CLUSTERS, HALF)
    figures = {name: value[0] for name, value in measurement.scores(counts, np.ones((1, 5))).items()}
    assert figures["precision"] == 1 / 4  # a-a; wrong are a-b, c-u and c-v; u-v is not judged
    assert counts.unjudged == 1
    assert figures["recall"] == 1 / 4  # of a's three pairs and b's one
    assert figures["adjusted_rand"] == pytest.approx(adjusted_rand_score(INDIVIDUAL[:6], GROUPS[:6]))
    precision, recall = b_cubed(GROUPS, np.array([0, 0, 0, 1, 1, 2, 3, 4]))
    assert figures["b_cubed_precision"] == pytest.approx(precision[:6].mean())
    assert figures["b_cubed_recall"] == pytest.approx(recall[:6].mean())


def test_one_that_is_drawn_twice_counts_twice_and_one_that_is_not_counts_for_nothing() -> None:
    counts = measurement.tally(GROUPS, INDIVIDUAL, CLUSTERS, HALF)
    weights = np.array([[2.0, 1.0, 0.0, 1.0, 1.0]])
    figures = measurement.scores(counts, weights)
    assert figures["precision"].item() == 2 / 4  # a-a twice, a-b twice; c is not there
    assert figures["recall"].item() == 2 / 7
    assert measurement.scores(counts, weights, factor=3)["precision"].item() == 2 / 8


def test_pairs_across_the_halves_do_not_exist() -> None:
    halves = np.array([0, 0, 0, 1, 1, 1, 0, 1])
    alone = measurement.tally(np.arange(8), INDIVIDUAL, CLUSTERS, halves)
    kept = measurement.tally(np.array([0, 0, 0, 3, 3, 5, 6, 7]), INDIVIDUAL, CLUSTERS, halves)
    assert measurement.scores(kept, np.ones((1, 5)))["adjusted_rand"].item() == 1.0
    assert measurement.scores(alone, np.ones((1, 5)))["adjusted_rand"].item() == 0.0


def test_intervals_hold_the_figure_and_nothing_stands_for_what_is_not_defined() -> None:
    counts = measurement.tally(GROUPS, INDIVIDUAL, CLUSTERS, HALF)
    point, drawn_ones = (measurement.scores(counts, one) for one in (np.ones((1, 5)), measurement.draws(5, 0, 300)))
    figures = measurement.with_intervals(point, drawn_ones)
    assert figures["recall_low"] <= figures["recall"] <= figures["recall_high"]
    alone = measurement.tally(np.arange(8), INDIVIDUAL, CLUSTERS, HALF)
    nothing = measurement.with_intervals(
        *(measurement.scores(alone, one) for one in (np.ones((1, 5)), measurement.draws(5, 0, 300)))
    )
    assert (nothing["precision"], nothing["precision_low"], nothing["recall"]) == (None, None, 0.0)


def test_copies_are_what_the_difference_hashes_say() -> None:
    hashes = np.array(
        [0, 0b1111, 0b11111, 2**60 - 2**30], np.uint64
    )  # 4 bits from the first to the second, 5 to the third
    assert measurement.copies(hashes).tolist() == [0, 0, 0, 1]  # the second joins them


def test_the_curve_rises_and_falls_with_the_number_of_photographs() -> None:
    curve = pair_probability.fit(drawn(0.4), "cosine")
    assert curve is not None
    low, high = curve.probability(np.array([0.2, 0.9]))
    assert low < 0.5 < high
    assert curve.probability(np.array([0.9]), factor=4.0).item() < high


def split_of(*rows: tuple[str, str, str, str, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["image", "identity", "group", "fold", "class_count"])


def test_who_is_measured_on() -> None:
    split = split_of(
        ("a1", "ada", "g1", "discover", 0),
        ("a1 copy", "ada", "g1", "discover", 0),  # of one group the first
        ("a2", "ada", "g2", "discover", 0),
        ("b1", "bea", "g3", "valid", 0),  # nobody has learned her
        ("c1", "cleo", "g4", "valid", 3),  # known
        ("c2", "cleo", "g5", "train", 3),
        ("u1", "", "g6", "train", 0),
        ("u2", "", "g7", "train", 0),  # learned from, as a class of its own
        ("u3", "", "g2", "discover", 0),  # in a group with a2
        ("x1", "", "g8", "left_out", 0),
        ("lost", "ada", "g9", "discover", 0),  # not embedded
    )
    index = pd.DataFrame({"image": [*split["image"][:-1]]})
    table = pool.measured(split, index, ["c2", "u2"])
    assert table["image"].tolist() == ["a1", "a2", "b1", "u1", "u3"]
    assert table["individual"].tolist()[3:] == [UNKNOWN, UNKNOWN]
    assert table["distracts"].tolist() == [False, False, True, True, True]
    assert table["cluster"].tolist() == ["ada", "ada", "bea", "group g6", "group g2"]


def test_what_is_grouped() -> None:
    split = split_of(("u1", "", "g6", "train", 0), ("k", "ada", "g1", "train", 1), ("x", "", "g2", "left_out", 0))
    candidates = pd.DataFrame(
        [("t1", 1, "", ""), ("t1", 2, "ada", "k"), ("t2", 1, "ada", "k"), ("t3", 1, "", "u1"), ("t4", 1, "", "")],
        columns=["image", "rank", "identity", "match"],
    )
    prepared = {
        "labelled": pd.DataFrame({"image": ["u1", "k", "x"], "md5": ["m1", "m2", "m3"]}),
        "test": pd.DataFrame({"image": ["t1", "t2", "t3", "t4"], "md5": ["m4", "m5", "m6", "m4"]}),
    }
    indices = {"labelled": pd.DataFrame({"image": ["k", "u1"]}), "test": pd.DataFrame({"image": ["t1", "t3", "t4"]})}
    rows = pool.to_group(split, candidates, prepared, indices)
    assert rows[["part", "image", "row", "unit"]].to_numpy().tolist() == [
        ["labelled", "u1", 1, "g6"],
        ["test", "t1", 0, "test m4"],  # t4 holds the same bytes
        ["test", "t3", 1, "g6"],  # a copy of u1
    ]
