"""Plans: rows written by hand for each strategy, and what holds for all of them."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtail.sampling.plan import VARIANTS, PlanParams, Strategy, plan, target_counts

PARAMS = PlanParams(strategy="none", min_count=3, max_count=2, passes=2, seed=0)
STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)


def fold(**photographs: str) -> pd.DataFrame:
    """A train fold from {photograph: identity}; each photograph is a group of its own, `""` is unknown."""
    train = pd.DataFrame({"image": list(photographs), "identity": list(photographs.values())}, dtype="str")
    train["class_count"] = train.groupby("identity")["image"].transform("size").where(train["identity"] != "", 0)
    return train


WHALES = fold(a="moby", b="moby", c="", d="flo", e="ahab", f="ahab", g="ahab", h="", i="ahab")


def rows(strategy: Strategy, train: pd.DataFrame = WHALES, **changed: int) -> list[tuple[str, str, str, int]]:
    made = plan(train, replace(PARAMS, strategy=strategy, **changed))
    assert list(made) == ["image", "identity", "variant", "repeats"]
    return list(made.itertuples(index=False, name=None))


def test_none_is_every_photograph_once() -> None:
    expected = zip("abcdefghi", WHALES["identity"], strict=True)
    assert rows("none") == [(image, who, "original", 1) for image, who in expected]


def test_threshold_adds_five_variants_of_each_photograph_of_a_minority_class() -> None:
    made = rows("augmented_oversampling")
    assert made[:6] == [
        ("a", "moby", "original", 1),
        ("a", "moby", "red", 2),
        ("a", "moby", "green", 2),
        ("a", "moby", "blue", 2),
        ("a", "moby", "gaussian_blur", 2),
        ("a", "moby", "unsharp_mask", 2),
    ]
    assert [row for row in made if row[0] in "cefghi"] == [
        ("c", "", "original", 1),
        ("e", "ahab", "original", 1),
        ("f", "ahab", "original", 1),
        ("g", "ahab", "original", 1),
        ("h", "", "original", 1),
        ("i", "ahab", "original", 1),
    ]
    assert sum(row[3] for row in made if row[0] == "d") == 1 + 5 * 2


def test_threshold_counts_groups_and_not_photographs() -> None:
    bursts = WHALES.assign(class_count=2)  # ahab's four photographs show two pictures
    assert sum(row[2] != "original" for row in rows("augmented_oversampling", bursts)) == 7 * len(VARIANTS)


def test_copies_fill_up_evenly_to_the_count() -> None:
    times = {image: times for image, _, _, times in rows("random_oversampling")}
    assert times == {"a": 2, "b": 1, "c": 1, "d": 3, "e": 1, "f": 1, "g": 1, "h": 1, "i": 1}
    more = {image: times for image, _, _, times in rows("random_oversampling", min_count=11)}
    assert [more[image] for image in "efgi"] == [3, 3, 3, 2]


def test_copies_leave_alone_who_has_enough_photographs_of_few_groups() -> None:
    assert all(row[3] == 1 for row in rows("random_oversampling", WHALES[3:].assign(class_count=1), min_count=1))
    bursts = fold(a="moby", b="moby", c="moby").assign(class_count=1)
    assert [row[3] for row in rows("random_oversampling", bursts, min_count=2)] == [1, 1, 1]


def test_undersampling_keeps_some_of_the_large_and_all_of_the_small() -> None:
    kept = [image for image, *_ in rows("random_undersampling")]
    assert [image for image in kept if image in "abcdh"] == list("abcdh")
    assert sum(image in "efgi" for image in kept) == 2


def test_what_undersampling_keeps_hangs_on_the_seed_alone() -> None:
    many = fold(**{f"p{number:02}": "moby" for number in range(40)})
    draws = [tuple(row[0] for row in rows("random_undersampling", many, max_count=10, seed=seed)) for seed in (1, 1, 2)]
    assert draws[0] == draws[1] != draws[2]
    fewer = many[many["image"] != draws[0][0]]  # one of the kept goes: the other nine stay
    assert set(draws[0][1:]) < {row[0] for row in rows("random_undersampling", fewer, max_count=10, seed=1)}


def test_what_is_wanted_comes_first() -> None:
    def of(strategy: Strategy) -> dict[str, int]:
        return target_counts(WHALES, replace(PARAMS, strategy=strategy))

    assert of("none") == {"ahab": 4, "flo": 1, "moby": 2}
    assert of("augmented_oversampling") == {"ahab": 4, "flo": 11, "moby": 22}
    assert of("random_oversampling") == {"ahab": 4, "flo": 3, "moby": 3}
    assert of("random_undersampling") == {"ahab": 2, "flo": 1, "moby": 2}


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("train", [WHALES[:0], WHALES[WHALES["identity"] == ""]], ids=["empty", "unknowns only"])
def test_a_fold_without_identities_passes_through(strategy: Strategy, train: pd.DataFrame) -> None:
    made = plan(train, replace(PARAMS, strategy=strategy))
    assert made["image"].tolist() == train["image"].tolist()
    assert dict(made.dtypes.astype(str)) == {"image": "str", "identity": "str", "variant": "str", "repeats": "int64"}


@given(
    st.lists(st.sampled_from(["", "a", "b", "c", "d"]), max_size=40),
    st.sampled_from(STRATEGIES),
    st.integers(1, 12),
    st.integers(1, 5),
    st.integers(1, 3),
    st.randoms(use_true_random=False),
)
def test_the_rows_are_what_was_wanted_in_whatever_order_the_fold_came(
    identities: list[str], strategy: Strategy, min_count: int, max_count: int, passes: int, random: object
) -> None:
    train = fold(**{f"p{number:02}": who for number, who in enumerate(identities)})
    params = PlanParams(strategy, min_count, max_count, passes, seed=4)
    made = plan(train, params)
    named = made[made["identity"] != ""]
    assert named.groupby("identity")["repeats"].sum().to_dict() == target_counts(train, params)
    assert (made["repeats"] >= 1).all()
    assert not made.duplicated(["image", "variant"]).any()
    unknown = made[made["identity"] == ""]
    assert unknown["image"].tolist() == train.loc[train["identity"] == "", "image"].tolist()
    assert (unknown["repeats"] == 1).all()
    assert (unknown["variant"] == "original").all()
    shuffled = train.sample(frac=1, random_state=random.randrange(99))  # type: ignore[attr-defined]
    pd.testing.assert_frame_equal(plan(shuffled, params), made)
