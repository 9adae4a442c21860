"""What predict decides by: threshold, probability, the share they are made for."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from longtail.recognition.open_set.calibration import Calibration, probabilities
from longtail.recognition.open_set.decision import Decision, Ranking, decisions_table, fit_decision
from longtail.recognition.open_set.threshold import ALWAYS_NEW, NEVER_NEW
from longtail.recognition.top_k import NEW, NONE, TopK


def single(scores: list[float]) -> TopK:
    identity = np.full((len(scores), 5), NONE)
    identity[:, 0] = 0
    score = np.full((len(scores), 5), -np.inf, np.float32)
    score[:, 0] = scores
    return TopK(identity, score)


def chosen(threshold: float | None = 0.5) -> dict[str, Any]:
    return {"threshold": threshold, "calibration": {"slope": -1.0, "intercept": 0.0, "share": 0.5}}


FOUND, TRUTH = single([0.9, 0.4, 0.6]), np.array([0, 0, NEW])


def test_the_threshold_is_made_for_the_share_that_is_expected() -> None:
    # One known at 0.4, one new at 0.6: who weighs more decides (see test_unknowns).
    few, many = (fit_decision(FOUND, TRUTH, chosen(), share, can_say_new=True) for share in (0.2, 0.6))
    assert few.threshold == NEVER_NEW
    assert many.threshold == pytest.approx(0.75)
    assert (few.unknown_share, many.unknown_share) == (0.2, 0.6)
    assert fit_decision(FOUND, TRUTH, chosen(), None, can_say_new=True).unknown_share == pytest.approx(1 / 3)


def test_both_thresholds_and_the_curve_are_told() -> None:
    metadata = fit_decision(FOUND, TRUTH, chosen(), 0.6, can_say_new=True).to_dict()
    assert set(metadata) == {"threshold", "threshold_on_valid", "calibration", "unknown_share", "ranking"}
    assert Decision.from_dict(json.loads(json.dumps(metadata))).to_dict() == metadata
    assert metadata["threshold_on_valid"] == 0.5
    assert set(metadata["calibration"]) == {"kind", "new", "share", "inverse_temperature", "log_tail"}
    assert metadata["calibration"]["kind"] == "platt"
    assert metadata["calibration"]["share"] == pytest.approx(1 / 3)


def test_without_a_word_for_new_it_is_never_said_but_how_likely_it_is_can_be() -> None:
    decision = fit_decision(FOUND, TRUTH, chosen(), None, can_say_new=False)
    assert decision.threshold is None
    assert decision.calibration is not None


def test_the_kind_that_evaluate_chose_is_fitted_again() -> None:
    by = {
        "kind": "isotonic",
        "new": [[0.0, 1.0], [0.9, 0.1]],
        "share": 0.5,
        "inverse_temperature": 2.0,
        "log_tail": 0.0,
    }
    decision = fit_decision(FOUND, TRUTH, {"threshold": 0.5, "calibration": by}, None, can_say_new=True)
    assert decision.calibration is not None
    assert decision.calibration.kind == "isotonic"
    assert fit_decision(FOUND, TRUTH, {"threshold": 0.5}, None, can_say_new=True).calibration.kind == "platt"  # type: ignore[union-attr]


def test_with_nothing_new_in_valid_nothing_is_fitted_and_an_expectation_is_unmet() -> None:
    decision = fit_decision(FOUND, np.zeros(3, int), chosen(None), 0.3, can_say_new=True)
    assert (decision.threshold, decision.calibration, decision.expectation_unmet) == (None, None, True)
    assert not fit_decision(FOUND, np.zeros(3, int), chosen(None), None, can_say_new=True).expectation_unmet


def test_an_expected_share_of_none_puts_names_first_even_where_nobody_known_was_held_out() -> None:
    all_new = np.full(3, NEW)
    assert fit_decision(FOUND, all_new, chosen(2.0), None, can_say_new=True).threshold == ALWAYS_NEW
    named = fit_decision(FOUND, all_new, chosen(2.0), 0.0, can_say_new=True)
    assert (named.threshold, named.expectation_unmet) == (NEVER_NEW, False)
    assert fit_decision(FOUND, all_new, chosen(2.0), 0.3, can_say_new=True).expectation_unmet


def test_decisions_have_a_row_a_test_image_in_their_order() -> None:
    decision = fit_decision(FOUND, TRUTH, chosen(), 0.6, can_say_new=True)
    top_k = single([0.2, 0.9])
    rows = decisions_table(["b.jpg", "broken.jpg", "a.jpg"], ["a.jpg", "b.jpg"], top_k, decision)
    assert list(rows) == ["image", "best_score", "probability_new", "unknown_share", "threshold"]
    assert rows["image"].tolist() == ["b.jpg", "broken.jpg", "a.jpg"]
    assert rows["best_score"].tolist() == pytest.approx([0.9, np.nan, 0.2], nan_ok=True)
    assert decision.calibration is not None
    probability_of_new = probabilities(top_k, decision.calibration, 0.6).new
    assert rows["probability_new"].tolist() == pytest.approx(
        [probability_of_new[1], np.nan, probability_of_new[0]], nan_ok=True, abs=1e-4
    )
    assert rows["unknown_share"].tolist() == pytest.approx([0.6, np.nan, 0.6], nan_ok=True)
    without = decisions_table(["a.jpg", "b.jpg"], ["a.jpg", "b.jpg"], top_k, decision, ["a.jpg"])
    assert without["probability_new"].isna().tolist() == [True, False]
    assert rows["threshold"].tolist() == pytest.approx([0.75] * 3)


def test_without_curve_and_threshold_their_columns_are_empty() -> None:
    decision = fit_decision(FOUND, np.zeros(3, int), chosen(None), None, can_say_new=True)
    rows = decisions_table(["a.jpg"], ["a.jpg"], single([0.2]), decision)
    assert rows[["probability_new", "threshold"]].isna().all(axis=None)
    assert (rows.dtypes.iloc[1:] == "float64").all()
    none = decisions_table([], [], single([]), decision)
    assert none.empty
    pd.testing.assert_index_equal(none.columns, rows.columns)


NEARLY_EQUAL = Calibration("platt", ((0.0, 0.0),), 0.5, 5.0, 0.0)
"""One half is new, whatever the scores."""


def five(scores: list[float]) -> TopK:
    return TopK(np.arange(5)[None, :], np.array([scores], np.float32))


def test_by_probability_new_stands_where_its_probability_does() -> None:
    top_k = five([0.9, 0.3, 0.2, 0.1, 0.0])  # candidates: 0.45 and less
    decision = Decision(0.1, 0.1, NEARLY_EQUAL, 0.5, Ranking("probability", ""))
    probabilities_of = decision.probabilities(top_k)
    assert probabilities_of is not None
    assert probabilities_of.candidates is not None
    assert probabilities_of.new[0] > probabilities_of.candidates[0, 0] > probabilities_of.candidates[0, 1]
    assert decision.answers(top_k).tolist() == [[NEW, 0, 1, 2, 3]]
    rarer = Decision(0.1, 0.1, NEARLY_EQUAL, 0.2, Ranking("probability", ""))
    assert rarer.answers(top_k).tolist() == [[0, NEW, 1, 2, 3]]
    never = Decision(0.1, 0.1, NEARLY_EQUAL, 0.0, Ranking("probability", ""))
    assert never.answers(top_k).tolist() == [[0, 1, 2, 3, 4]]
    assert (decision.by_probability, decision.why_by_threshold) == (True, "")


def test_of_equal_probabilities_candidates_come_first_and_new_fills_an_empty_place() -> None:
    two = TopK(np.array([[4, 7, NONE, NONE, NONE]]), np.array([[0.9, 0.1, -np.inf, -np.inf, -np.inf]], np.float32))
    decision = Decision(0.1, 0.1, NEARLY_EQUAL, 0.0, Ranking("probability", ""))
    assert decision.answers(two).tolist() == [[4, 7, NEW, NONE, NONE]]
    nothing = TopK(np.full((1, 5), NONE), np.full((1, 5), -np.inf, np.float32))
    assert decision.answers(nothing).tolist() == [[NEW, NONE, NONE, NONE, NONE]]


@pytest.mark.parametrize(
    ("decision", "why"),
    [
        (Decision(0.5, 0.5, NEARLY_EQUAL, 0.5, Ranking("threshold", "it scored lower")), "because|it scored lower"),
        (Decision.from_dict({"threshold": 0.5, "calibration": {"slope": 0, "intercept": 0, "share": 0.5}}), "earlier"),
        (Decision.from_dict({"threshold": 0.5}), "^$"),  # there are no probabilities
        (Decision(None, 0.5, NEARLY_EQUAL, 0.5, Ranking("probability", "")), "^$"),  # nobody is ever called new
    ],
)
def test_the_threshold_ranks_where_it_scored_higher_or_nothing_else_can(decision: Decision, why: str) -> None:
    top_k = five([0.9, 0.6, 0.4, 0.1, 0.0])
    order = [0, 1, 2, 3, 4] if decision.threshold is None else [0, 1, NEW, 2, 3]
    assert decision.answers(top_k).tolist() == [order]
    assert re.search(why, decision.why_by_threshold)
