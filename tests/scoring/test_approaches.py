"""Which rows each approach learns from, worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from longtail.scoring.approaches import APPROACHES, ApproachSettings, Pool, changes_gallery

SETTINGS = ApproachSettings(min_count=3, max_count=2, seed=0)


@pytest.fixture
def pool() -> Pool:
    """Identity a four times, b twice, c once; three filtered copies, one of them standing for two equal images."""
    photographs = pd.DataFrame(
        {
            "image": [f"{place}.jpg" for place in range(7)],
            "identity": list("aabacab"),
            "class_count": [4, 4, 2, 4, 1, 4, 2],
        }
    )
    copies = pd.DataFrame({"image": ["2.jpg", "4.jpg", "4.jpg"], "identity": list("bcc"), "times": [2, 4, 2]})
    return Pool(photographs, copies)


def drawn(name: str, pool: Pool) -> dict[int, float]:
    draws = APPROACHES[name](pool, SETTINGS)
    return dict(zip(draws.rows.tolist(), draws.weight.tolist(), strict=True))


def test_none_is_every_photograph_once(pool: Pool) -> None:
    assert drawn("none", pool) == dict.fromkeys(range(7), 1.0)


def test_undersample_keeps_max_count_of_an_identity(pool: Pool) -> None:
    kept = drawn("undersample", pool)
    assert set(kept.values()) == {1.0}
    assert pool.photographs["identity"].iloc[list(kept)].value_counts().to_dict() == {"a": 2, "b": 2, "c": 1}


def test_copies_reach_min_count(pool: Pool) -> None:
    repeated = drawn("copies", pool)
    sums = pd.Series(repeated).groupby(pool.photographs["identity"]).sum()
    assert sums.to_dict() == {"a": 4.0, "b": 3.0, "c": 3.0}
    assert APPROACHES["copies"](pool, SETTINGS).images == 10


def test_threshold_adds_the_filtered_copies_with_their_times(pool: Pool) -> None:
    assert drawn("threshold", pool) == dict.fromkeys(range(7), 1.0) | {7: 2.0, 8: 4.0, 9: 2.0}
    assert APPROACHES["threshold"](pool, SETTINGS).images == 15


def test_class_balanced_draws_every_identity_alike(pool: Pool) -> None:
    sums = pd.Series(drawn("class_balanced", pool)).groupby(pool.photographs["identity"]).sum()
    np.testing.assert_allclose(sums, 1.0)


@pytest.mark.parametrize("name", sorted(APPROACHES))
def test_no_approach_loses_an_identity_or_a_weight(name: str, pool: Pool) -> None:
    draws = APPROACHES[name](pool, SETTINGS)
    assert set(pool.identities().iloc[draws.rows]) == set("abc")
    assert (draws.weight > 0).all()
    assert len(set(draws.rows.tolist())) == len(draws.rows)


def test_only_approaches_that_add_or_take_photographs_change_a_gallery(pool: Pool) -> None:
    changed = {name for name, approach in APPROACHES.items() if changes_gallery(approach(pool, SETTINGS), pool)}
    assert changed == {"undersample", "threshold"}


def test_a_pool_without_copies_leaves_threshold_as_none(pool: Pool) -> None:
    bare = Pool(pool.photographs, pool.copies.iloc[:0])
    assert drawn("threshold", bare) == drawn("none", bare)
    assert not changes_gallery(APPROACHES["threshold"](bare, SETTINGS), bare)
