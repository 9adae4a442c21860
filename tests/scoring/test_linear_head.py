"""The refitted softmax head: what it learns, what it draws, and that its folding is exact."""

from __future__ import annotations

import numpy as np
import pytest

from longtail.scoring.linear_head import HeadSettings, draw, fit, steps_for, whiten
from longtail.scoring.scorers import Head, linear
from longtail.scoring.views import Views, normalise

SETTINGS = HeadSettings(epochs=10, lr=0.05, dims=2)


def three_groups(each: int = 20) -> tuple[np.ndarray, np.ndarray]:
    """Embeddings of three identities a third of a turn apart, of length 1."""
    angles = np.repeat([0.0, 2.1, 4.2], each) + np.random.default_rng(0).normal(scale=0.1, size=3 * each)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32), np.repeat([0, 1, 2], each)


def fitted(weight: np.ndarray | None = None, seed: int = 0) -> Head:
    embeddings, classes = three_groups()
    weight = np.ones(len(classes)) if weight is None else weight
    steps = steps_for(len(classes), SETTINGS)
    return fit(embeddings, classes, weight, 3, whiten(embeddings, 2), SETTINGS, steps, seed)


def guesses(head: Head) -> np.ndarray:
    embeddings, _ = three_groups()
    return linear(head, np.arange(3), 3)(Views(embeddings, embeddings)).argmax(axis=1)


def test_it_tells_three_separate_identities_apart() -> None:
    assert (guesses(fitted()) == three_groups()[1]).all()


def test_it_works_on_embeddings_of_any_length() -> None:
    embeddings, classes = three_groups()
    scores = linear(fitted(), np.arange(3), 3)(Views(7 * embeddings, embeddings))
    assert (scores.argmax(axis=1) == classes).all()


def test_an_identity_that_is_never_drawn_is_never_guessed() -> None:
    weight = np.where(three_groups()[1] == 2, 1e-9, 1.0)
    assert 2 not in guesses(fitted(weight))


def test_equal_arguments_give_equal_bytes_and_another_seed_others() -> None:
    assert fitted().weight.tobytes() == fitted().weight.tobytes()
    assert fitted().weight.tobytes() != fitted(seed=1).weight.tobytes()


def test_whitening_makes_the_axes_uncorrelated_and_of_unit_variance() -> None:
    rng = np.random.default_rng(0)
    embeddings = normalise((rng.normal(size=(500, 6)) * [5, 4, 3, 2, 2, 1]).astype(np.float32))
    whitening = whiten(embeddings, 4)
    seen = (embeddings - whitening.mean) @ whitening.axes
    np.testing.assert_allclose(np.cov(seen.T), np.eye(4), atol=1e-3)


def test_more_axes_than_dimensions_are_as_many_as_there_are() -> None:
    assert whiten(three_groups()[0], 512).axes.shape == (2, 2)


def test_identical_embeddings_do_not_divide_by_zero() -> None:
    whitening = whiten(np.ones((5, 3), np.float32), 2)
    assert np.isfinite(whitening.axes).all()


def test_equal_weights_draw_whole_passes() -> None:
    rows = draw(np.ones(10), 30, np.random.default_rng(0))
    assert np.bincount(rows).tolist() == [3] * 10
    assert rows[:10].tolist() != rows[10:20].tolist()


def test_rows_are_drawn_in_proportion_to_their_weight() -> None:
    rows = draw(np.array([1.0, 2.0, 5.0]), 3000, np.random.default_rng(0))
    np.testing.assert_allclose(np.bincount(rows) / len(rows), [1 / 8, 2 / 8, 5 / 8], atol=0.05)


@pytest.mark.parametrize(("photographs", "steps"), [(60, 200), (12_800, 500)])
def test_small_sets_are_passed_over_oftener(photographs: int, steps: int) -> None:
    assert steps_for(photographs, SETTINGS) == steps
