"""Which kind of P(new) is chosen, and that nobody is told by what they were fitted on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from longtail.evaluation.calibrated import Calibrated, calibrate, reliability_table
from longtail.evaluation.calibration_figures import figures, headline
from longtail.evaluation.calibrators import ENOUGH, best_kind, compare_kinds
from longtail.evaluation.grid import Candidate
from longtail.evaluation.model_selection import Selection
from longtail.evaluation.scorecard import BootstrapConfig
from longtail.evaluation.selection_report import Selections
from longtail.recognition.eval_set import EvalSet
from longtail.recognition.open_set.calibration import Probabilities
from longtail.recognition.open_set.new_probability import KINDS
from longtail.recognition.top_k import NEW, TopK
from tests.recognition.open_set.test_calibration import drawn

TOP_K, TRUTH = drawn(600)
NAMES = [f"w{place}" for place in range(600)]
HALF_B = np.arange(600) % 2 == 1
BOTH = Selections(Selection(0, 0.5), Selection(0, 0.5), Selection(0, 0.5))
BOOTSTRAP = BootstrapConfig(0, 100)


def evaluated(truth: np.ndarray, top_k: TopK = TOP_K, half_b: np.ndarray = HALF_B) -> tuple[Calibrated, EvalSet]:
    eval_set = EvalSet(None, np.arange(len(truth)), truth, NAMES[: len(truth)])  # type: ignore[arg-type]
    candidate = Candidate("nearest_neighbour", "none", top_k, images=0, added=0)
    return calibrate([candidate], BOTH, eval_set, half_b, 0), eval_set


def test_the_kind_with_the_lowest_loss_is_chosen_and_of_equal_ones_the_simplest() -> None:
    losses = compare_kinds(TOP_K, TRUTH, NAMES, 1)
    assert list(losses) == list(KINDS)
    assert losses[best_kind(losses)] == min(losses.values())
    assert best_kind(dict.fromkeys(KINDS, 0.5)) == best_kind({}) == "platt"


def test_few_photographs_or_a_half_of_one_kind_are_not_compared() -> None:
    few = np.arange(ENOUGH - 1)
    assert compare_kinds(TOP_K[few], TRUTH[few], NAMES[: ENOUGH - 1], 1) == {}
    one = np.where(np.arange(600) == 0, NEW, 0)
    assert compare_kinds(TOP_K, one, NAMES, 1) == {}


def told_of(calibrated: Calibrated) -> Probabilities:
    probabilities = calibrated.probabilities()
    assert probabilities is not None
    return probabilities


def test_a_half_is_told_by_the_other_alone() -> None:
    calibrated, _ = evaluated(TRUTH)
    garbage, _ = evaluated(np.where(HALF_B, np.where(TRUTH == NEW, 0, NEW), TRUTH))
    ours, theirs = told_of(calibrated), told_of(garbage)
    np.testing.assert_array_equal(ours.new[HALF_B], theirs.new[HALF_B])
    np.testing.assert_array_equal(ours.candidates[HALF_B], theirs.candidates[HALF_B])  # type: ignore[index]
    assert not np.allclose(ours.new[~HALF_B], theirs.new[~HALF_B])
    assert calibrated.events["new"].constant[HALF_B] == pytest.approx((TRUTH[~HALF_B] == NEW).mean())


def test_the_figures_are_those_of_the_probabilities() -> None:
    calibrated, eval_set = evaluated(TRUTH)
    table = figures(calibrated, eval_set, HALF_B, BOOTSTRAP)
    new, first = (table[table["event"] == event].set_index("metric") for event in ("new", "first_candidate"))
    assert list(new.index) == list(first.index) == ["calibration_error", "brier", "log_loss", "auroc"]
    assert new.loc["brier", "value"] == pytest.approx(
        ((told_of(calibrated).new - (TRUTH == NEW)) ** 2).mean(), abs=1e-6
    )
    assert new.loc["brier", "baseline_value"] == pytest.approx(0.21, abs=0.02)
    for rows in (new, first):
        compared = rows.loc[["brier", "log_loss"]]
        assert (compared["difference_high"] < 0).all()  # better than always the share
        assert compared["difference"].between(compared["difference_low"], compared["difference_high"]).all()
        assert rows.loc["calibration_error", "value"] < 0.1
        assert rows.loc["auroc", "baseline"] == "best score"
    assert headline(table)["calibration_error_first"] == first.loc["calibration_error", "value"]
    diagram = reliability_table(calibrated)
    assert diagram.groupby("event")["photographs"].sum().to_dict() == {"new": 600, "first_candidate": 600}
    assert diagram["photographs"].tolist() == [40] * 30


def test_identities_that_are_drawn_together_widen_the_interval() -> None:
    calibrated, eval_set = evaluated(TRUTH)
    pairs = replace(eval_set, clusters=[f"w{number // 8}" for number in range(600)])
    alone, together = (
        figures(calibrated, one, HALF_B, BOOTSTRAP).query("metric == 'brier'") for one in (eval_set, pairs)
    )
    assert (alone["value"] == together["value"]).all()
    assert not np.allclose(alone["low"], together["low"])


def test_where_a_half_has_one_kind_only_nothing_is_measured_and_all_are_fitted() -> None:
    one_sided = np.where(HALF_B, NEW, TRUTH)
    calibrated, eval_set = evaluated(one_sided)
    assert calibrated.probabilities() is calibrated.ranked() is None
    assert calibrated.fitted is not None
    assert figures(calibrated, eval_set, HALF_B, BOOTSTRAP).empty
    assert headline(figures(calibrated, eval_set, HALF_B, BOOTSTRAP)) == dict.fromkeys(
        ["brier_new", "brier_new_base", "calibration_error_new", "calibration_error_first"]
    )
    assert reliability_table(calibrated).empty
    assert evaluated(np.zeros(600, int))[0].fitted is None
