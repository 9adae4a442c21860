"""The two-half procedure never sees the answers it is scored by."""

from __future__ import annotations

import numpy as np
import pytest

from longtail.evaluation.grid import Candidate
from longtail.evaluation.model_selection import select, two_fold_select
from longtail.metrics.map_at_k import map_at_k
from longtail.recognition.open_set.cross_fit import assign_halves
from longtail.recognition.top_k import NEW, NONE, TopK


def candidate(name: str, first: list[int], scores: list[float]) -> Candidate:
    """A scorer with one candidate a photograph."""
    identity = np.full((len(first), 5), NONE)
    identity[:, 0] = first
    score = np.full((len(first), 5), -np.inf, np.float32)
    score[:, 0] = scores
    return Candidate("none", name, TopK(identity, score), images=1, added=0)


TRUTH = np.array([0, 1, 2, NEW, 0, 1, 2, NEW])
HALF_B = np.array([False] * 4 + [True] * 4)
SURE = [0.9, 0.9, 0.9, 0.1, 0.9, 0.9, 0.9, 0.2]
GOOD_ON_A = candidate("good on a", [0, 1, 2, 0, 2, 2, 0, 0], SURE)
GOOD_ON_B = candidate("good on b", [2, 2, 0, 0, 0, 1, 2, 0], SURE)


def test_what_is_chosen_on_a_half_is_scored_on_the_other() -> None:
    result, on_a, on_b = two_fold_select([GOOD_ON_A, GOOD_ON_B], TRUTH, HALF_B)
    assert (on_a.candidate, on_b.candidate) == (0, 1)
    # Each half is scored by the entry that is bad on it: only the unknowns come out right.
    assert result.open[:, 0].tolist() == [2, 2, 0, NEW, 2, 2, 0, NEW]
    assert map_at_k(result.open, TRUTH) == 2 / 8
    assert result.best.tolist() == np.array(SURE, np.float32).tolist()


def test_choosing_on_one_half_never_reads_the_other_halfs_answers() -> None:
    garbage = TRUTH.copy()
    garbage[HALF_B] = [7, 7, NEW, 7]
    before, after = (two_fold_select([GOOD_ON_A, GOOD_ON_B], truth, HALF_B) for truth in (TRUTH, garbage))
    assert before[1] == after[1]  # what half a chose, and its threshold
    np.testing.assert_array_equal(before[0].open[HALF_B], after[0].open[HALF_B])
    assert before[2] != after[2]  # half b itself does see them


def test_the_threshold_is_the_other_halfs() -> None:
    classifier = candidate("one", [0] * 8, [0.9, 0.9, 0.9, 0.5, 0.6, 0.6, 0.6, 0.1])
    truth = np.array([0, 0, 0, NEW, 0, 0, 0, NEW])
    result, on_a, on_b = two_fold_select([classifier], truth, HALF_B)
    assert on_a.threshold == pytest.approx(0.7)
    assert on_b.threshold == pytest.approx(0.35)
    # Half b's 0.6 falls under a's 0.7: told "new" first, though b alone would have known better.
    assert result.open[4:, 0].tolist() == [NEW] * 4
    assert result.open[:4, 0].tolist() == [0, 0, 0, 0]


def test_of_equals_the_first_is_chosen() -> None:
    assert select([GOOD_ON_A, GOOD_ON_A], TRUTH, ~HALF_B).candidate == 0


def test_closed_guesses_hold_no_new() -> None:
    result, _, _ = two_fold_select([GOOD_ON_A, GOOD_ON_B], TRUTH, HALF_B)
    assert not (result.closed == NEW).any()
    assert result.closed[:, 0].tolist() == [2, 2, 0, 0, 2, 2, 0, 0]


def test_an_identity_is_never_in_both_halves() -> None:
    clusters = [f"whale {i % 40}" for i in range(400)]
    unknown = np.array([i % 40 >= 30 for i in range(400)])
    half_b = assign_halves(clusters, unknown, seed=3)
    for name in set(clusters):
        assert len({half_b[i] for i, cluster in enumerate(clusters) if cluster == name}) == 1


def test_known_and_unknown_are_dealt_evenly_to_both_halves() -> None:
    clusters = [f"whale {i}" for i in range(60)]
    unknown = np.array([i >= 50 for i in range(60)])
    half_b = assign_halves(clusters, unknown, seed=0)
    assert (half_b[:50].sum(), half_b[50:].sum()) == (25, 5)


def test_halves_depend_on_the_seed_and_not_on_the_order() -> None:
    clusters = [f"whale {i}" for i in range(60)]
    unknown = np.zeros(60, dtype=bool)
    half_b = assign_halves(clusters, unknown, seed=0)
    assert assign_halves(clusters[::-1], unknown, seed=0)[::-1].tolist() == half_b.tolist()
    assert assign_halves(clusters, unknown, seed=1).tolist() != half_b.tolist()
