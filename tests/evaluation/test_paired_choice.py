"""What must hold before an alternative replaces the default procedure."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from longtail.evaluation import paired_choice
from longtail.evaluation.paired_choice import Fold, HeldOut
from longtail.evaluation.refitted_threshold import by_threshold
from longtail.evaluation.scorecard import BootstrapConfig, interval
from longtail.metrics.difference import Difference
from longtail.metrics.map_at_k import average_precision
from longtail.recognition.eval_set import EvalSet
from longtail.recognition.open_set.cross_fit import assign_halves
from longtail.recognition.open_set.threshold import fit_threshold, insert_new
from longtail.recognition.top_k import NEW, NONE, TopK


def world(photographs: int, seed: int = 0) -> tuple[TopK, HeldOut]:
    """Photographs, three in ten of them new; two of each individual; scores tell new from known, with much overlap."""
    rng = np.random.default_rng(seed)
    individual = np.arange(photographs) // 2
    new = individual % 10 < 3
    place = np.where(new, 5, rng.choice(6, photographs, p=[0.5, 0.1, 0.08, 0.07, 0.05, 0.2]))
    identity = np.stack([rng.permutation(1000)[:5] + photographs for _ in range(photographs)])
    rows = np.flatnonzero(place < 5)
    identity[rows, place[rows]] = individual[rows]
    score = -np.sort(-rng.normal(np.where(new, 0.4, 0.5)[:, None], 0.12, (photographs, 5)), axis=1).clip(-1, 1)
    truth = np.where(new, NEW, individual)
    names = [f"w{number}" for number in individual]
    eval_set = EvalSet(pd.DataFrame({"image": names}), np.arange(photographs), truth, names)
    held_out = HeldOut(eval_set, assign_halves(names, new, 0), BootstrapConfig(0, 300))
    return TopK(identity, score.astype(np.float32)), held_out


def with_noise(top_k: TopK, spread: float, seed: int) -> TopK:
    """The scores with noise, in their new order."""
    score = top_k.score + np.random.default_rng(seed).normal(0, spread, top_k.score.shape).astype(np.float32)
    order = np.argsort(-score, axis=1, kind="stable")
    return TopK(np.take_along_axis(top_k.identity, order, axis=1), np.take_along_axis(score, order, axis=1))


def with_right_ones_higher(top_k: TopK, truth: np.ndarray) -> TopK:
    """The right candidates score higher, so that they come before the others and above the threshold."""
    score = top_k.score + 0.2 * (top_k.identity == truth[:, None]).astype(np.float32)
    return with_noise(TopK(top_k.identity, score), 0.0, 0)


def gain_of(alternative: TopK, default: TopK, held_out: HeldOut) -> Difference:
    *_, everyone = held_out.folds()
    statistics = [by_threshold(top_k, top_k, held_out.truth, everyone) for top_k in (default, alternative)]
    return held_out.compare(everyone, *statistics)


def answers(top_k: TopK, fold: Fold, truth: np.ndarray, counts: np.ndarray) -> float:
    """The summed average precision of one draw, photograph by photograph."""
    summed = 0.0
    for fitted_on in (fold.half_b, ~fold.half_b):
        fitted, scored = fold.rows[fitted_on], fold.rows[~fitted_on]
        threshold = fit_threshold(top_k[fitted], truth[fitted], counts[fitted_on])
        precision = average_precision(insert_new(top_k[scored], threshold), truth[scored])
        summed += float((precision * counts[~fitted_on]).sum())
    return summed


def test_every_draw_fits_its_own_threshold_and_is_scored_with_it() -> None:
    top_k, held_out = world(120)
    top_k.score[:7, 3:], top_k.identity[:7, 3:] = -np.inf, NONE  # nothing else may be compared with these
    top_k.score[8:14] = top_k.score[8:9]  # equal scores are never parted
    for fold in held_out.folds():
        counts = np.random.default_rng(1).poisson(1, (5, len(fold.rows))).astype(np.float64)
        summed = by_threshold(top_k, top_k, held_out.truth, fold)(counts)
        assert summed == pytest.approx([answers(top_k, fold, held_out.truth, draw) for draw in counts])


def undecided(seed: int) -> tuple[TopK, HeldOut]:
    """Scores between new and known ones, where one half of the photographs cannot say at which the threshold lies best.

    80 photographs have scores of one small range. In half a they are new and known in equal numbers, so that the best
    threshold is anywhere in it; in half b most are known.
    """
    top_k, held_out = world(400, seed)
    rng, new = np.random.default_rng(seed), held_out.truth == NEW
    right = top_k.identity[:, 0] == held_out.truth
    top_k.score[:] = (0.0, 0.2, 0.15, 0.1, 0.05)
    top_k.score[:, 0] = np.where(new, 0.35, 0.65)
    for half, known in ((~held_out.half_b, 20), (held_out.half_b, 32)):
        drawn = ((right, known), (new, 40 - known))
        rows = [rng.choice(np.flatnonzero(half & one), count, replace=False) for one, count in drawn]
        top_k.score[np.concatenate(rows), 0] = rng.uniform(0.45, 0.55, 40)
    return top_k, replace(held_out, bootstrap=BootstrapConfig(0, 100))


def test_what_differs_by_noise_is_not_used_though_an_interval_with_fixed_thresholds_says_so() -> None:
    used, significant = [], []
    for seed, draw in itertools.product(range(12), range(5)):
        top_k, held_out = undecided(seed)
        other = with_noise(top_k, 0.01, draw)
        used.append(paired_choice.is_used(gain_of(other, top_k, held_out)))
        significant.append(fixed_thresholds(other, top_k, held_out)[0] > 0)
    assert np.mean(used) <= 0.05 < np.mean(significant)


def fixed_thresholds(alternative: TopK, default: TopK, held_out: HeldOut) -> tuple[float, float]:
    """The interval that takes the thresholds as they are."""
    precision = []
    for top_k in (alternative, default):
        predicted = top_k.identity.copy()
        for fitted_on in (held_out.half_b, ~held_out.half_b):
            threshold = fit_threshold(top_k[np.flatnonzero(fitted_on)], held_out.truth[fitted_on])
            predicted[~fitted_on] = insert_new(top_k[np.flatnonzero(~fitted_on)], threshold)
        precision.append(average_precision(predicted, held_out.truth))
    everyone = np.ones(len(held_out.half_b), dtype=bool)
    return interval(precision[0] - precision[1], held_out.eval_set, everyone, held_out.bootstrap)


@pytest.mark.parametrize(("photographs", "verdict"), [(400, "better"), (80, "too few to say")])
def test_a_clear_gain_is_used_where_there_are_enough_photographs(photographs: int, verdict: str) -> None:
    top_k, held_out = world(photographs)
    gain = gain_of(with_right_ones_higher(top_k, held_out.truth), top_k, held_out)
    assert gain.low is not None
    assert gain.low > 0.05
    assert (gain.verdict, paired_choice.is_used(gain)) == (verdict, verdict == "better")


def test_a_half_chooses_by_its_own_photographs_alone() -> None:
    top_k, held_out = world(400)
    better = with_right_ones_higher(top_k, held_out.truth)
    on_a, *_ = held_out.folds()
    worse_on_b = TopK(np.where(held_out.half_b[:, None], NONE, better.identity), better.score)
    labels = np.where(held_out.half_b, NEW, held_out.truth)
    others = replace(held_out, eval_set=replace(held_out.eval_set, truth=labels))
    gains = [
        one.compare(on_a, *(by_threshold(each, each, one.truth, on_a) for each in (top_k, other)))
        for one, other in ((held_out, better), (others, worse_on_b))
    ]
    assert gains[0] == gains[1]
    assert set(on_a.rows) == set(np.flatnonzero(~held_out.half_b))


def test_no_individual_lies_in_both_halves_of_a_half() -> None:
    _, held_out = world(400)
    names = np.array(held_out.eval_set.clusters)
    for fold in held_out.folds():
        one, other = (set(names[rows]) for rows in fold.halves)
        assert one & other == set()
        assert abs(len(one) - len(other)) <= 2


def test_the_gain_of_the_default_is_that_of_the_alternative_negated() -> None:
    gain = paired_choice.negated(Difference(0.1, -0.2, 0.3, 400))
    assert gain == Difference(-0.1, -0.3, 0.2, 400)
    assert paired_choice.metrics("gain", gain) == {"gain": -0.1, "gain_low": -0.3, "gain_high": 0.2}
    assert paired_choice.metrics("gain", None) == {"gain": None, "gain_low": None, "gain_high": None}
    assert paired_choice.in_words(gain) == (
        "-0.100 [-0.300, +0.200] open MAP@5 on 400 held-out photographs (thresholds fitted again in each resample)"
    )
