"""The gate: no worse challenger passes, an equal and a better one do, and without a comparison it says so."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longtail.publishing.gate import decide


def predictions(ap: list[float], first: int = 0) -> pd.DataFrame:
    """A photograph each of whales that have two, in order of name."""
    places = range(first, first + len(ap))
    return pd.DataFrame(
        {"image": [f"{at:04}.jpg" for at in places], "identity": [f"w{at // 2}" for at in places], "ap": ap}
    )


def drawn(seed: int, chance: float, count: int = 400) -> list[float]:
    return (np.random.default_rng(seed).random(count) < chance).astype(float).tolist()


def test_without_a_champion_it_passes_and_says_so() -> None:
    decision = decide(None, predictions([1.0]), "auto", min_photographs=1)
    assert decision.passes
    assert decision.why == "there is no champion yet"


def test_too_few_common_photographs_pass_and_say_so() -> None:
    decision = decide(predictions([1.0] * 100), predictions([0.0] * 100, first=90), "auto", min_photographs=11)
    assert decision.passes
    assert decision.photographs == 10
    assert "only 10 photographs held out from both, 11 are needed" in decision.why


def test_what_either_network_learned_from_is_never_compared() -> None:
    good, bad = predictions([1.0] * 60), predictions([0.0] * 60)
    learned = bad["image"][:30]
    decision = decide(good, bad, "auto", min_photographs=31, learned=learned)
    assert (decision.passes, decision.photographs) == (True, 30)


def test_an_equal_one_passes() -> None:
    same = predictions(drawn(0, 0.5))
    decision = decide(same, same, "auto", min_photographs=100)
    assert decision.passes
    assert (decision.low, decision.high, decision.smallest) == (0, 0, 0)


def test_what_differs_by_chance_alone_passes() -> None:
    decision = decide(predictions(drawn(0, 0.5)), predictions(drawn(1, 0.5)), "auto", min_photographs=100)
    assert decision.passes
    assert decision.tolerance == pytest.approx(2 * decision.smallest)


def test_a_better_one_passes_and_a_worse_one_is_refused_with_the_figures() -> None:
    good, bad = predictions(drawn(0, 0.6)), predictions(drawn(1, 0.3))
    assert decide(bad, good, "auto", min_photographs=100).passes
    refused = decide(good, bad, "auto", min_photographs=100)
    assert not refused.passes
    assert refused.champion == np.mean(drawn(0, 0.6))
    assert refused.challenger == np.mean(drawn(1, 0.3))
    assert "may be worse than tolerated" in refused.why


def test_the_tolerance_by_hand() -> None:
    """All worse by a tenth, no spread: the interval is -0.1 alone."""
    champion, challenger = predictions([0.5] * 200), predictions([0.4] * 200)
    assert decide(champion, challenger, 0.11, min_photographs=100).passes
    assert not decide(champion, challenger, 0.09, min_photographs=100).passes


def test_each_is_judged_by_the_labels_it_was_made_from() -> None:
    """One photograph of 100 has another name since: it counts, and it is said."""
    champion = predictions([1.0] * 100)
    challenger = champion.assign(ap=[0.0] + [1.0] * 99, identity=["other", *champion["identity"][1:]])
    decision = decide(champion, challenger, "auto", min_photographs=1)
    assert (decision.photographs, decision.relabelled, decision.challenger) == (100, 1, 0.99)
    assert "1 of them with another name since" in decision.why


def test_one_from_labels_gone_wrong_is_refused() -> None:
    champion = predictions(drawn(0, 0.6))
    shuffled = predictions(drawn(1, 0.05)).assign(identity="w0")
    decision = decide(champion, shuffled, "auto", min_photographs=100)
    assert not decision.passes
    assert decision.relabelled == 398


def test_unknowns_are_clusters_of_their_own() -> None:
    """As one cluster, 200 unknowns would show no spread at all."""
    champion = predictions(drawn(0, 0.5, 200)).assign(identity="")
    challenger = predictions(drawn(1, 0.5, 200)).assign(identity="")
    assert (decide(champion, challenger, "auto", min_photographs=100).smallest or 0) > 0.05


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.floats(0.1, 0.9))
def test_nothing_is_refused_for_being_better(seed: int, chance: float) -> None:
    champion = predictions(drawn(seed, chance, 120))
    better = champion.assign(ap=np.maximum(champion["ap"], drawn(seed + 1, 0.2, 120)))
    assert decide(champion, better, 0.0, min_photographs=100, resamples=100).passes


def dated(ap: list[float], later: list[bool]) -> pd.DataFrame:
    return predictions(ap).assign(later=later)


def test_photographs_later_than_both_alone_are_compared_where_there_are_enough() -> None:
    """Better on the 60 that one of the two may have learned the days of, worse on the 60 that came after both."""
    days = [False] * 60 + [True] * 60
    champion, challenger = dated([0.5] * 120, days), dated([0.9] * 60 + [0.4] * 60, days)
    decision = decide(champion, challenger, 0.05, min_photographs=60)
    assert not decision.passes
    assert (decision.photographs, decision.later, decision.later_alone, decision.challenger) == (60, 60, True, 0.4)
    assert "on 60 photographs, all of them later than what either learned from" in decision.why


def test_too_few_later_ones_are_compared_with_the_others_and_it_is_said() -> None:
    days = [False] * 60 + [True] * 60
    champion, challenger = dated([0.5] * 120, days), dated([0.9] * 60 + [0.4] * 60, [*days[1:], True])
    decision = decide(champion, challenger, 0.05, min_photographs=61)
    assert decision.passes
    assert (decision.photographs, decision.later, decision.later_alone) == (120, 60, False)
    assert "60 of them later than what either learned from: too few to compare those alone" in decision.why


def test_without_dates_on_both_sides_nothing_is_said_of_them() -> None:
    champion = predictions([0.5] * 100)
    decision = decide(champion, dated([0.5] * 100, [True] * 100), "auto", min_photographs=100)
    assert (decision.later, decision.later_alone, decision.photographs) == (None, False, 100)
    assert "later" not in decision.why
