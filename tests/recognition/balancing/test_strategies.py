"""Which rows each approach learns from, and what a mistake costs, worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from longtail.recognition.balancing.strategies import STRATEGIES, Pool, StrategySettings, inverse_frequency, log_prior

SETTINGS = StrategySettings(min_count=3, max_count=2, seed=0)


@pytest.fixture
def pool() -> Pool:
    """Identity a four times, b twice, c once; three filtered copies, one of them standing for two equal images."""
    photographs = pd.DataFrame(
        {
            "image": [f"{number}.jpg" for number in range(7)],
            "identity": list("aabacab"),
            "class_count": [4, 4, 2, 4, 1, 4, 2],
        }
    )
    copies = pd.DataFrame({"image": ["2.jpg", "4.jpg", "4.jpg"], "identity": list("bcc"), "repeats": [2, 4, 2]})
    return Pool(photographs, copies)


def drawn(name: str, pool: Pool) -> dict[int, float]:
    draws = STRATEGIES[name].rows(pool, SETTINGS)
    return dict(zip(draws.rows.tolist(), draws.weight.tolist(), strict=True))


def test_none_is_every_photograph_once(pool: Pool) -> None:
    assert drawn("none", pool) == dict.fromkeys(range(7), 1.0)


def test_undersample_keeps_max_count_of_an_identity(pool: Pool) -> None:
    kept = drawn("random_undersampling", pool)
    assert set(kept.values()) == {1.0}
    assert pool.photographs["identity"].iloc[list(kept)].value_counts().to_dict() == {"a": 2, "b": 2, "c": 1}


def test_copies_reach_min_count(pool: Pool) -> None:
    repeated = drawn("random_oversampling", pool)
    sums = pd.Series(repeated).groupby(pool.photographs["identity"]).sum()
    assert sums.to_dict() == {"a": 4.0, "b": 3.0, "c": 3.0}
    assert STRATEGIES["random_oversampling"].rows(pool, SETTINGS).images == 10


def test_threshold_adds_the_filtered_copies_with_their_times(pool: Pool) -> None:
    assert drawn("augmented_oversampling", pool) == dict.fromkeys(range(7), 1.0) | {7: 2.0, 8: 4.0, 9: 2.0}
    assert STRATEGIES["augmented_oversampling"].rows(pool, SETTINGS).images == 15


def test_class_balanced_draws_every_identity_alike(pool: Pool) -> None:
    sums = pd.Series(drawn("class_balanced", pool)).groupby(pool.photographs["identity"]).sum()
    np.testing.assert_allclose(sums, 1.0)


@pytest.mark.parametrize("name", sorted(STRATEGIES))
def test_no_approach_loses_an_identity_or_a_weight(name: str, pool: Pool) -> None:
    draws = STRATEGIES[name].rows(pool, SETTINGS)
    assert set(pool.identities().iloc[draws.rows]) == set("abc")
    assert (draws.weight > 0).all()
    assert len(set(draws.rows.tolist())) == len(draws.rows)


def test_a_pool_without_copies_leaves_threshold_as_none(pool: Pool) -> None:
    bare = Pool(pool.photographs, pool.copies.iloc[:0])
    assert drawn("augmented_oversampling", bare) == drawn("none", bare)


def test_undersample_draws_other_photographs_under_another_seed(pool: Pool) -> None:
    many = Pool(
        pd.DataFrame({"image": [f"{i}.jpg" for i in range(40)], "identity": "a", "class_count": 40}), pool.copies[:0]
    )
    first, second = (
        STRATEGIES["random_undersampling"].rows(many, StrategySettings(max_count=5, seed=seed)).rows.tolist()
        for seed in (0, 1)
    )
    assert len(first) == len(second) == 5
    assert first != second


def test_balanced_weights_make_every_identity_cost_alike() -> None:
    counts = np.array([4, 2, 1])
    weight = inverse_frequency(counts, SETTINGS)
    np.testing.assert_allclose(weight, [7 / 12, 7 / 6, 7 / 3], rtol=1e-6)
    np.testing.assert_allclose(counts * weight, 7 / 3, rtol=1e-6)


def test_the_log_prior_is_the_log_of_the_shares() -> None:
    counts = np.array([4, 2, 1])
    np.testing.assert_allclose(log_prior(counts, SETTINGS), np.log([4 / 7, 2 / 7, 1 / 7]), rtol=1e-6)
    half = log_prior(counts, StrategySettings(prior=0.5))
    np.testing.assert_allclose(half, np.log([4 / 7, 2 / 7, 1 / 7]) / 2, rtol=1e-6)


def test_an_approach_changes_only_what_it_names() -> None:
    plain = STRATEGIES["none"]
    changed = {
        name: {piece for piece in vars(plain) if getattr(strategy, piece) != getattr(plain, piece)}
        for name, strategy in STRATEGIES.items()
    }
    assert changed == {
        "none": set(),
        "random_undersampling": {"rows"},
        "random_oversampling": {"rows"},
        "augmented_oversampling": {"rows"},
        "smote": {"interpolates"},
        "class_balanced": {"rows"},
        "class_weights": {"class_weight"},
        "logit_adjustment": {"offset"},
        "tau_normalised": {"tau_normalise"},
        "crt": {"rows", "init"},
    }
