"""The layer that whitens the embeddings of a backbone that is not trained."""

from __future__ import annotations

import numpy as np
import pytest

from longtail.training.untrained import whitening


def embeddings(n: int, d: int) -> np.ndarray:
    """Embeddings with ten times the spread along some axes, and a mean far from 0."""
    generator = np.random.default_rng(3)
    return (generator.normal(size=(n, d)) * np.geomspace(10, 1, d) + 5).astype(np.float32)


def test_many_embeddings_get_mean_0_and_about_the_unit_matrix() -> None:
    seen = embeddings(4000, 8)
    weight, bias = whitening(seen)
    white = seen @ weight.T + bias
    assert np.abs(white.mean(axis=0)).max() < 1e-2
    assert np.diag(np.cov(white.T)) == pytest.approx(np.ones(8), abs=0.1)
    assert np.allclose(weight, weight.T, atol=1e-4)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_fewer_photographs_than_numbers_give_finite_embeddings(n: int) -> None:
    seen = embeddings(n, 16)
    weight, bias = whitening(seen)
    assert np.isfinite(seen @ weight.T + bias).all()
    assert np.linalg.matrix_rank(weight.astype(np.float64)) == 16


def test_equal_embeddings_and_none_are_no_error() -> None:
    assert np.isfinite(whitening(np.ones((3, 4), np.float32))[0]).all()
    weight, bias = whitening(np.empty((0, 4), np.float32))
    assert np.array_equal(weight, np.eye(4))
    assert not bias.any()


def test_the_order_of_the_photographs_does_not_count() -> None:
    seen = embeddings(50, 6)
    assert np.allclose(whitening(seen)[0], whitening(seen[::-1])[0], rtol=1e-3)
