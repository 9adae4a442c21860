"""The score of a candidate from the classifier and the marks, and the shortlist that it is computed for."""

from __future__ import annotations

import json

import numpy as np
import pytest

from longtail.errors import BadInput
from longtail.recognition.local_matching import fusion
from longtail.recognition.local_matching.fusion import Fusion
from longtail.recognition.top_k import NONE, TOP_K, TopK


def drawn(photographs: int, marks_help: bool, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores, marks and answers of 20 candidates a photograph; the right one has a higher score, and more marks."""
    rng = np.random.default_rng(seed)
    right = np.zeros((photographs, 20), bool)
    right[np.arange(photographs), rng.integers(0, 20, photographs)] = True
    scores = rng.normal(0.3, 0.1, right.shape) + 0.1 * right
    marks = rng.poisson(np.where(right & marks_help, 9, 3))
    return scores.astype(np.float32), marks.astype(np.int64), right


def test_marks_that_tell_right_from_wrong_get_a_weight_and_a_rising_curve() -> None:
    fitted = fusion.fit(*drawn(300, marks_help=True))
    assert fitted is not None
    assert fitted.weight > 0.1
    evidence = fitted.evidence(np.arange(30))
    assert evidence.min() == 0
    assert evidence.max() == 1
    assert (np.diff(evidence) >= 0).all()


def test_fused_scores_rank_better_than_the_classifier_on_other_photographs() -> None:
    fitted = fusion.fit(*drawn(300, marks_help=True))
    scores, marks, right = drawn(300, marks_help=True, seed=1)
    assert fitted is not None
    fused = fitted.scores(scores, fitted.evidence(marks))
    first, before = (right[np.arange(300), one.argmax(axis=1)].mean() for one in (fused, scores))
    assert first > before + 0.1


def test_marks_that_tell_nothing_get_next_to_no_weight() -> None:
    fitted = fusion.fit(*drawn(2000, marks_help=False))
    assert fitted is None or fitted.weight * np.ptp(fitted.evidence(np.arange(8))) < 0.1


@pytest.mark.parametrize("answers", ["none right", "all right", "no candidate"])
def test_nothing_is_fitted_where_there_is_nothing_to_tell_apart(answers: str) -> None:
    scores, marks, right = drawn(20, marks_help=True)
    if answers == "no candidate":
        scores[:] = -np.inf
    assert fusion.fit(scores, marks, np.full_like(right, answers == "all right")) is None


def test_what_is_no_candidate_is_none_after_the_fusion_too() -> None:
    wide = TopK(np.array([[4, 7, 1, NONE, NONE, NONE]]), np.array([[0.5, 0.4, 0.3, *[-np.inf] * 3]], np.float32))
    top_k = Fusion((3.0, 6.0), (0.0, 1.0), 0.5).top_k(wide, np.array([[0.0, 1.0, 0.2, 1.0, 1.0, 1.0]]))
    assert top_k.identity.tolist() == [[7, 4, 1, NONE, NONE]]
    assert top_k.score[0, :3] == pytest.approx([0.7, 0.25, 0.25])
    assert np.isneginf(top_k.score[0, 3:]).all()


def test_of_equal_candidates_the_classifiers_order_stays_and_five_are_left() -> None:
    wide = TopK(np.arange(20)[None], np.full((1, 20), 0.25, np.float32))
    top_k = Fusion((3.0, 6.0), (0.0, 1.0), 0.5).top_k(wide, np.zeros((1, 20)))
    assert top_k.identity.tolist() == [list(range(TOP_K))]


def test_fused_scores_stay_in_the_range_of_scores() -> None:
    scores = np.array([[1.0, -1.0]], np.float32)
    for weight in (0.0, 0.5, 1.0):
        fused = Fusion((3.0, 6.0), (0.0, 1.0), weight).scores(scores, np.array([[1.0, 0.0]]))
        assert (np.abs(fused) <= 1).all()


def test_a_fusion_survives_json() -> None:
    fitted = fusion.fit(*drawn(300, marks_help=True))
    assert fitted is not None
    assert Fusion.from_dict(json.loads(json.dumps(fitted.to_dict()))) == fitted


def test_a_curve_over_marks_that_were_counted_in_another_way_is_refused() -> None:
    own = {"used": True, "why": "measured", **Fusion((3.0, 6.0), (0.0, 1.0), 0.5).to_dict()}
    assert fusion.of_choice({"local_matching": own}) == Fusion((3.0, 6.0), (0.0, 1.0), 0.5)
    earlier = {name: value for name, value in own.items() if name != "counted"}
    with pytest.raises(BadInput, match=r"earlier version.*`make run`"):
        fusion.of_choice({"local_matching": earlier})
    for unused in ({}, {"local_matching": None}, {"local_matching": earlier | {"used": False}}):
        assert fusion.of_choice(unused) is None
