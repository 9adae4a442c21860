from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtail.reporting import formatting


@pytest.mark.parametrize("gap", [None, math.nan, math.inf, "", "none"])
def test_a_gap_is_a_dash_and_never_a_number(gap: object) -> None:
    texts = [
        formatting.score(gap),
        formatting.count(gap),
        formatting.signed(gap),
        formatting.significant(gap),
        formatting.interval(gap, 1),
        formatting.percent(gap, 2),
    ]
    assert texts == ["–"] * 6


def test_scores_have_three_digits_and_gains_their_sign() -> None:
    assert formatting.score(0.43749) == "0.437"
    assert formatting.signed(0.0304) == "+0.030"
    assert formatting.signed(-0.0304) == "−0.030"
    assert formatting.interval(0.1, 0.25) == "0.100 to 0.250"


def test_counts_are_grouped_and_nouns_agree() -> None:
    assert formatting.count(9850) == "9,850"
    assert formatting.quantity(1, "photograph") == "1 photograph"
    assert formatting.quantity(0, "photograph") == "0 photographs"
    assert formatting.quantity(2220, "identity", "identities") == "2,220 identities"


def test_a_small_share_is_not_rounded_to_none_nor_a_large_one_to_all() -> None:
    assert formatting.percent(1, 1000) == "<1%"
    assert formatting.percent(999, 1000) == ">99%"
    assert formatting.percent(0, 1000) == "0%"
    assert formatting.percent(1000, 1000) == "100%"
    assert formatting.percent(1, 0) == "–"


def test_a_sentence_ends_once() -> None:
    assert formatting.sentence("set by hand") == "Set by hand."
    assert formatting.sentence("Set by hand.") == "Set by hand."
    assert formatting.sentence(" ") == ""


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_digits_keeps_three_that_count(value: float) -> None:
    rounded = float(formatting.significant(value).replace(",", ""))
    assert rounded == pytest.approx(value, rel=0.051)
