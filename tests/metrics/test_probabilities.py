"""How good probabilities are: by hand, against scikit-learn, and whatever the order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, log_loss

from longtail.metrics.probabilities import calibration_error, log_losses, reliability, squared_errors

ROWS = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=2, max_size=40)


def arrays(rows: list[tuple[float, bool]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([p for p, _ in rows]), np.array([happened for _, happened in rows], dtype=bool)


def test_a_constant_share_has_the_errors_of_its_formula() -> None:
    constant, happened = np.full(10, 0.3), np.arange(10) < 3
    assert squared_errors(constant, happened).mean() == pytest.approx(0.3 * 0.7)
    assert log_losses(constant, happened).mean() == pytest.approx(-(0.3 * np.log(0.3) + 0.7 * np.log(0.7)))
    assert calibration_error(constant, happened) == pytest.approx(0)


@given(ROWS)
def test_brier_score_and_log_loss_agree_with_scikit_learn(rows: list[tuple[float, bool]]) -> None:
    probability, happened = arrays(rows)
    assert squared_errors(probability, happened).mean() == pytest.approx(brier_score_loss(happened, probability))
    theirs = log_loss(happened, probability, labels=[False, True])
    assert log_losses(probability, happened).mean() == pytest.approx(theirs)


@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.booleans()), min_size=15, max_size=60, unique_by=lambda row: row[0])
)
def test_the_reliability_diagram_agrees_with_scikit_learn(rows: list[tuple[int, bool]]) -> None:
    probability, happened = arrays([(number / 10**6, one) for number, one in rows[: len(rows) // 5 * 5]])
    table = reliability(probability, happened, bins=5)
    assert table["photographs"].tolist() == [len(probability) // 5] * 5
    cut = np.quantile(probability, np.linspace(0, 1, 6)[1:-1])
    if np.isclose(probability[:, None], cut, atol=1e-9).any():
        return  # scikit-learn cuts at interpolated quantiles, and counts what lies on one to the bin below
    observed, predicted = calibration_curve(happened, probability, n_bins=5, strategy="quantile")
    np.testing.assert_allclose(table["observed"], observed, atol=1e-6)
    np.testing.assert_allclose(table["predicted"], predicted, atol=1e-6)


def test_the_error_is_the_mean_distance_over_bins_of_equal_count() -> None:
    probability = np.array([0.1, 0.2, 0.3, 0.6, 0.7])
    happened = np.array([False, True, False, True, True])
    table = reliability(probability, happened, bins=2)
    assert table["photographs"].tolist() == [3, 2]
    assert table["predicted"].tolist() == pytest.approx([0.2, 0.65])
    assert table["observed"].tolist() == pytest.approx([1 / 3, 1.0], abs=1e-6)
    assert table[["lowest", "highest"]].to_numpy().tolist() == [[0.1, 0.3], [0.6, 0.7]]
    assert calibration_error(probability, happened, bins=2) == pytest.approx(0.6 * (1 / 3 - 0.2) + 0.4 * 0.35)


def test_with_fewer_photographs_than_bins_each_has_its_own() -> None:
    assert reliability(np.array([0.4, 0.9]), np.array([False, True]))["photographs"].tolist() == [1, 1]
    assert calibration_error(np.array([0.4, 0.9]), np.array([False, True])) == pytest.approx(0.25)
    assert reliability(np.empty(0), np.empty(0, bool)).empty
    assert np.isnan(calibration_error(np.empty(0), np.empty(0, bool)))


@given(st.lists(st.tuples(st.sampled_from([0.1, 0.5, 0.9]), st.booleans()), min_size=2, max_size=30), st.randoms())
def test_the_order_of_the_photographs_changes_nothing(rows: list[tuple[float, bool]], random: object) -> None:
    probability, happened = arrays(rows)
    order = np.random.default_rng(hash(str(random)) % 2**32).permutation(len(rows))
    assert calibration_error(probability, happened, 4) == pytest.approx(
        calibration_error(probability[order], happened[order], 4)
    )
    np.testing.assert_allclose(
        reliability(probability, happened, 4), reliability(probability[order], happened[order], 4)
    )


def test_probabilities_that_are_drawn_from_have_little_error_and_wrong_ones_have_more() -> None:
    rng = np.random.default_rng(0)
    probability = rng.random(6_000)
    happened = rng.random(6_000) < probability
    assert calibration_error(probability, happened) < 0.03
    assert calibration_error(probability**2, happened) > 0.1


@pytest.mark.parametrize(
    ("probability", "happened", "message"),
    [
        (np.zeros(2), np.zeros(3, bool), "must both be"),
        (np.zeros(2), np.zeros(2), "must both be"),
        (np.array([0.5, 1.2]), np.zeros(2, bool), "within 0 and 1"),
        (np.array([np.nan]), np.zeros(1, bool), "within 0 and 1"),
    ],
)
def test_what_is_no_probability_is_refused(probability: np.ndarray, happened: np.ndarray, message: str) -> None:
    for metric in (squared_errors, log_losses, reliability, calibration_error):
        with pytest.raises(ValueError, match=message):
            metric(probability, happened)
