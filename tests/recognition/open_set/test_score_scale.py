"""Scores of one network on the scale of another one."""

from __future__ import annotations

import numpy as np
import pytest

from longtail.recognition.embeddings import PairedEmbeddings
from longtail.recognition.open_set import score_scale
from longtail.recognition.open_set.score_scale import ScoreScale
from longtail.recognition.open_set.threshold import NEVER_NEW

BEST = np.random.default_rng(0).uniform(0.2, 0.9, 150).astype(np.float32)


def test_a_line_is_found_again() -> None:
    found = score_scale.fit(0.5 * BEST + 0.2, BEST)
    assert found is not None
    assert (found.factor, found.shift, found.photographs) == (
        pytest.approx(0.5, abs=1e-5),
        pytest.approx(0.2, abs=1e-5),
        150,
    )
    assert ScoreScale.from_dict(found.to_dict()) == found


def test_photographs_that_nothing_may_be_compared_with_do_not_count() -> None:
    some = np.where(np.arange(150) < 60, -np.inf, BEST).astype(np.float32)
    assert score_scale.fit(BEST, some) is None
    assert score_scale.fit(BEST[:99], BEST[:99]) is None
    assert score_scale.fit(BEST, np.full(150, 0.5, np.float32)) is None


def test_scores_move_stay_in_order_and_never_reach_what_no_score_reaches() -> None:
    plain = np.array([[0.9, 0.1, -np.inf], [-1.0, 1.0, 0.0]], np.float32)
    moved = ScoreScale(0.5, 0.25, 100).of(lambda queries: queries.plain)(PairedEmbeddings(plain, plain))
    np.testing.assert_allclose(moved, [[0.7, 0.3, -np.inf], [-0.25, 0.75, 0.25]], atol=1e-6)
    wild = ScoreScale(50.0, 0.0, 100).of(lambda queries: queries.plain)(PairedEmbeddings(plain, plain))
    assert wild[np.isfinite(wild)].min() > NEVER_NEW
