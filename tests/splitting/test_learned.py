"""What an ancestor has learned is never scored, and what it has not learned lies where it would lie without it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longtail.errors import StageFailed
from longtail.splitting import learned
from longtail.splitting.assignment import Shares, assign
from longtail.splitting.by_time import assign_by_time
from longtail.splitting.leakage import check
from tests.splitting.test_assignment import Row, one_photograph_a_group, seeds, shares, table, tables, tangled_tables

CUTOFF = "2021-01-01"


def md5_of(image: str) -> str:
    return hashlib.md5(image.encode(), usedforsecurity=False).hexdigest()


def labelled(groups: pd.DataFrame) -> pd.DataFrame:
    """`prepare`'s table, as far as it is read: the bytes of a photograph follow from its name."""
    return pd.DataFrame({"image": groups["image"], "md5": [md5_of(image) for image in groups["image"]]})


def ancestors(photographs: Collection[tuple[str, str]], *, renamed: bool = False) -> pd.DataFrame:
    """An ancestor's table of (image, identity); `renamed`: their names have changed since, their bytes have not."""
    images = [image for image, _ in photographs]
    return pd.DataFrame(
        {
            "image": [f"old {image}" for image in images] if renamed else images,
            "label": True,
            "pixels": True,
            "identity": [identity for _, identity in photographs],
            "md5": [md5_of(image) for image in images] if renamed else ["other bytes"] * len(images),
            "inherited": False,
        }
    ).astype({"image": "str", "identity": "str", "md5": "str", "label": bool, "pixels": bool})


def marked(groups: pd.DataFrame, photographs: Collection[tuple[str, str]], *, renamed: bool = False) -> pd.DataFrame:
    return learned.mark(groups, labelled(groups), ancestors(photographs, renamed=renamed))


anything = st.one_of(tables(), tangled_tables())


@settings(max_examples=60)
@given(anything, seeds, shares, st.data(), st.booleans(), st.booleans())
def test_folds_with_an_ancestor(
    rows: list[Row], seed: int, share: Shares, data: st.DataObject, renamed: bool, by_time: bool
) -> None:
    """For any table, any ancestor of some of its photographs (and of others), and both strategies."""
    conflict = data.draw(st.lists(st.sampled_from([group for *_, group in rows]), max_size=2))
    groups = table(rows, conflict)
    days = data.draw(st.lists(st.sampled_from(["2020-05-01", "2021-05-01"]), min_size=len(rows), max_size=len(rows)))
    by_group = dict(zip(groups["group"], days, strict=True))  # one day a group, so that no day is in two folds
    if by_time:
        groups["date"] = groups["group"].map(by_group)
    known = data.draw(st.lists(st.sampled_from(rows), max_size=6))
    elsewhere = data.draw(st.lists(st.sampled_from("abcdefxy"), max_size=2))  # learned from photographs that are gone
    table_of_ancestor = [(image, identity) for image, identity, _ in known] + [("gone", name) for name in elsewhere]
    groups_marked = marked(groups, table_of_ancestor, renamed=renamed)

    def assigned(groups: pd.DataFrame) -> pd.DataFrame:
        return assign_by_time(groups, CUTOFF, seed, share.discover) if by_time else assign(groups, seed, share)

    split = assigned(groups_marked).set_index("image", drop=False)
    without = assigned(groups).set_index("image", drop=False)
    images = {image for image, *_ in known}
    names = ({identity for _, identity, _ in known} | set(elsewhere)) - {""}
    used = split[split["fold"] != "left_out"]

    in_group = split["group"].isin(split.loc[split["image"].isin(images), "group"])
    assert set(split.loc[in_group, "fold"]) <= {"train", "left_out"}
    measured_as_new = used[~used["known"] & (used["identity"] != "") & used["fold"].isin(["valid", "discover"])]
    assert not set(measured_as_new["identity"]) & names
    touched = set(split.loc[in_group & (split["identity"] != ""), "identity"]) | names
    others = ~in_group & ~split["group"].isin(split.loc[split["identity"].isin(touched), "group"])
    assert split.loc[others, "fold"].equals(without.loc[others, "fold"])
    assert split.loc[others, "scored"].equals(without.loc[others, "scored"])
    of_touched = ~in_group & split["identity"].isin(touched - names)
    assert set(split.loc[of_touched & (split["fold"] == "valid"), "image"]) <= set(
        without.loc[without["fold"].isin(["valid", "discover"]), "image"]
    )
    if not by_time:  # a day's photographs of an individual are one group in real tables alone
        check(split.reset_index(drop=True), groups_marked)


@settings(max_examples=40)
@given(anything, seeds, shares)
def test_an_ancestor_that_knows_nothing_of_it_moves_nothing(rows: list[Row], seed: int, share: Shares) -> None:
    groups = table(rows)
    pd.testing.assert_frame_equal(assign(marked(groups, [("x.jpg", "x")]), seed, share), assign(groups, seed, share))


@settings(max_examples=40)
@given(tables(), seeds, shares)
def test_what_was_learned_from_is_learned_from_again(rows: list[Row], seed: int, share: Shares) -> None:
    """An ancestor of the same photographs changes no fold: it learned from the train fold alone."""
    groups = table(rows)
    first = assign(groups, seed, share)
    train = first[first["fold"] == "train"]
    known = list(zip(train["image"], train["identity"], strict=True))
    pd.testing.assert_frame_equal(assign(marked(groups, known), seed, share), first)


def test_a_new_photograph_of_a_known_individual_may_be_scored_a_known_one_not() -> None:
    rows: Sequence[Row] = [row for at in range(60) for row in one_photograph_a_group(f"w{at}", 2)]
    known = [(image, identity) for image, identity, group in rows if group.endswith("-0")]
    split = assign(marked(table(rows), known), 0, Shares())
    valid = split[split["fold"] == "valid"]
    assert valid["image"].str.endswith("-1.jpg").all()
    assert valid["known"].all()
    drawn = assign(table(rows), 0, Shares())
    assert set(valid["image"]) == {image for image in drawn.loc[drawn["fold"] == "valid", "image"] if "-1." in image}


def test_a_learned_individual_under_another_name_is_no_unknown() -> None:
    rows: Sequence[Row] = [("new.jpg", "renamed", "1"), ("old.jpg", "renamed", "2"), *one_photograph_a_group("w", 2)]
    groups = marked(table(rows), [("old.jpg", "as it was called")])
    assert groups.set_index("image")["identity_learned"].to_dict() == {
        "new.jpg": True, "old.jpg": True, "w-0.jpg": False, "w-1.jpg": False,
    }  # fmt: skip


def test_what_the_network_of_all_folds_saw_alone_may_be_scored() -> None:
    groups = table([("a.jpg", "w", "1"), ("b.jpg", "w", "2")])
    before = ancestors([("a.jpg", "w")]).assign(label=False, pixels=False, all_folds=True)
    assert not learned.mark(groups, labelled(groups), before)[["learned", "identity_learned"]].any(axis=None)


@pytest.mark.parametrize(
    ("fold", "known", "what"),
    [("valid", True, "measured on that the ancestor learned"), ("discover", False, "measured as unknown")],
)
def test_the_last_look_sees_what_was_learned(fold: str, known: bool, what: str) -> None:
    rows: Sequence[Row] = [("a.jpg", "w", "1"), ("b.jpg", "w", "2"), ("c.jpg", "v", "3"), ("d.jpg", "v", "4")]
    groups = marked(table(rows), [("a.jpg", "w")])
    right = assign(groups, 0, Shares())
    check(right, groups)
    wrong = right.copy()
    of_w = wrong["identity"] == "w" if fold == "discover" else wrong["image"] == "a.jpg"
    wrong.loc[of_w, ["fold", "known", "scored"]] = [fold, known, fold == "valid"]
    wrong.loc[wrong["image"] == "b.jpg", "fold"] = "train" if fold == "valid" else fold
    with pytest.raises(StageFailed, match=what):
        check(wrong, groups)
