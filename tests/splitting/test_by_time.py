"""By time nothing from before the cut-off is scored, no day is in two folds, and what is added moves nothing."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longtail.errors import StageFailed
from longtail.splitting.assignment import Shares, assign
from longtail.splitting.by_time import assign_by_time, facts_of
from longtail.splitting.edits import Edits
from longtail.splitting.groups import group_photographs
from longtail.splitting.leakage import check
from tests.splitting.making import md5_of

CUTOFF = "2020-01-06"
Shot = tuple[str, int, str, str]
"""Label, picture, day, encounter."""


def day(number: int) -> str:
    return (datetime.date(2020, 1, 1) + datetime.timedelta(days=number)).isoformat()


def shots(days: st.SearchStrategy[str], pictures: st.SearchStrategy[int]) -> st.SearchStrategy[list[Shot]]:
    encounters = st.sampled_from(["", "", "x", "y"])
    return st.lists(st.tuples(st.sampled_from(["", "a", "b", "c"]), pictures, days, encounters), max_size=12)


days = st.integers(0, 9).map(day)
somewhen = st.one_of(st.just(""), days)


def grouped(rows: Sequence[Shot]) -> pd.DataFrame:
    """`audit`'s table of photographs, of which those of one picture have equal bytes."""
    table = pd.DataFrame(
        [(f"{at:02}.jpg", label, at, md5_of(shows), when, met) for at, (label, shows, when, met) in enumerate(rows)],
        columns=["image", "label", "row", "md5", "date", "together"],
    ).astype(dict.fromkeys(("image", "label", "md5", "date", "together"), "str"))
    no_pairs = pd.DataFrame(columns=["first", "second", "difference", "similarity"])
    groups = group_photographs(table, no_pairs, Edits()).photographs
    return groups[["image", "identity", "label", "group", "conflict", "date"]].assign(together=table["together"])


def split(rows: Sequence[Shot], cutoff: str = CUTOFF) -> pd.DataFrame:
    groups = grouped(rows)
    table = assign_by_time(groups, cutoff)
    check(table, groups, cutoff)
    return table


@settings(max_examples=40)
@given(shots(somewhen, st.integers(0, 6)).filter(len), st.sampled_from(["time", "random"]), st.integers(0, 9))
def test_no_encounter_and_no_day_of_an_individual_is_in_two_folds(rows: list[Shot], strategy: str, seed: int) -> None:
    groups = grouped(rows)
    table = assign_by_time(groups, CUTOFF) if strategy == "time" else assign(groups, seed, Shares(0.5, 0.5, 0.5))
    check(table, groups, CUTOFF if strategy == "time" else "")
    used = table.assign(together=groups["together"])[table["fold"] != "left_out"]
    assert (used[used["together"] != ""].groupby("together")["fold"].nunique() <= 1).all()
    seen = used[(used["date"] != "") & (used["identity"] != "")]
    assert (seen.groupby(["identity", "date"])["fold"].nunique() == 1).all()


@settings(max_examples=40)
@given(shots(somewhen, st.integers(0, 6)).filter(len))
def test_nothing_from_before_the_cutoff_and_nothing_undated_is_scored(rows: list[Shot]) -> None:
    table = split(rows)
    assert (table.loc[table["fold"] == "valid", "date"] >= CUTOFF).all()
    before = table[(table["date"] < CUTOFF) & (table["fold"] != "left_out")]
    assert (before["fold"] == "train").all()
    groups_before = set(table.loc[table["date"] < CUTOFF, "group"])
    used = table[table["fold"] != "left_out"]
    assert ((used["fold"] == "train") == used["group"].isin(groups_before)).all()  # and all that came after is scored


@settings(max_examples=40)
@given(shots(somewhen, st.integers(0, 6)).filter(len))
def test_an_individual_first_seen_after_the_cutoff_is_unknown(rows: list[Shot]) -> None:
    table = split(rows)
    learned = set(table.loc[table["fold"] == "train", "identity"]) - {""}
    valid = table[table["fold"] == "valid"]
    assert (valid["known"] == valid["identity"].isin(learned)).all()


@settings(max_examples=60)
@given(shots(somewhen, st.integers(0, 6)).filter(len), shots(st.integers(10, 14).map(day), st.integers(7, 12)))
def test_later_photographs_move_nothing_that_was_there(rows: list[Shot], added: list[Shot]) -> None:
    """New ones join one encounter that was there, at most: one that joins two makes one group of them."""
    added = [(label, shows, when, "" if met == "y" else met) for label, shows, when, met in added]
    columns = ["image", "identity", "fold", "scored", "reason"]
    if all(met == "" for _, _, _, met in added):  # in an encounter that began before, they are learned from
        columns += ["known", "class_count"]
    before, after = split(rows)[columns], split([*rows, *added])[columns]
    pd.testing.assert_frame_equal(after[after["image"].isin(before["image"])].reset_index(drop=True), before)


def test_the_earliest_photograph_of_an_encounter_is_scored() -> None:
    table = split([("a", 0, day(0), ""), ("a", 1, day(8), "x"), ("a", 2, day(7), "x"), ("b", 3, day(9), "")])
    assert table["scored"].tolist() == [False, False, True, True]
    assert table["known"].tolist() == [True, True, True, False]
    assert table["class_count"].tolist() == [1, 1, 1, 0]


def test_a_group_that_began_before_is_learned_from_and_counted_as_are_the_undated() -> None:
    rows = [("a", 0, day(4), "x"), ("a", 1, day(5), "x"), ("a", 2, "", ""), ("a", 3, day(6), ""), ("", 4, day(7), "y")]
    table = split([*rows, ("b", 5, "", "y")])
    assert table["fold"].tolist() == ["train", "train", "train", "valid", "train", "train"]
    assert facts_of(table, CUTOFF) == {"cutoff": CUTOFF, "undated": 2, "learned_later": 2}


def test_a_split_that_scores_what_it_must_not_is_refused() -> None:
    groups = grouped([("a", 0, day(0), ""), ("a", 1, day(8), ""), ("b", 2, day(8), "")])
    table = assign_by_time(groups, CUTOFF)
    with pytest.raises(StageFailed, match=r"photograph in valid from before split\.cutoff"):
        check(table, groups, day(9))
    moved = table.assign(date=day(8), fold=["train", "valid", "valid"])
    with pytest.raises(StageFailed, match="of a day that is learned from"):
        check(moved, groups)
