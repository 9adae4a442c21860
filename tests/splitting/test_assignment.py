"""Folds: hand-worked shares, a result frozen by hand, and what must hold of any table."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longtail.splitting.assignment import COLUMNS, Shares, assign, quota_of
from longtail.splitting.by_time import assign_by_time
from longtail.splitting.identity_groups import hash_fraction
from longtail.splitting.leakage import check

Row = tuple[str, str, str]
"""image, identity, group"""


def table(rows: Sequence[Row], conflict: Sequence[str] = ()) -> pd.DataFrame:
    groups = pd.DataFrame(rows, columns=["image", "identity", "group"], dtype="str")
    return groups.assign(label=groups["identity"], conflict=groups["group"].isin(conflict))


def split(rows: Sequence[Row], seed: int = 0, shares: Shares = Shares(), conflict: Sequence[str] = ()) -> pd.DataFrame:  # noqa: B008
    return assign(table(rows, conflict), seed, shares)


def folds(rows: Sequence[Row], seed: int = 0, shares: Shares = Shares()) -> dict[str, str]:  # noqa: B008
    table = split(rows, seed, shares)
    return dict(zip(table["image"], table["fold"], strict=True))


def one_photograph_a_group(identity: str, groups: int) -> list[Row]:
    return [(f"{identity}-{at}.jpg", identity, f"{identity}-{at}") for at in range(groups)]


def by_hand(seed: int, name: str) -> float:
    """The fraction again, from the hash's hexadecimal digits."""
    return (int(hashlib.sha256(f"{seed}\0{name}".encode()).hexdigest()[:16], 16) // 2048) / 9007199254740992


@pytest.mark.parametrize(
    ("groups", "expected"),
    [(2, 1), (3, 1), (9, 1), (10, 2), (16, 2), (17, 3), (34, 5)],  # 0.15 x 10 + 0.5 = 2.0; 0.15 x 17 + 0.5 = 3.05
)
def test_quota_of_an_identity(groups: int, expected: int) -> None:
    assert quota_of(groups, 0.15) == expected
    assert sum(fold == "valid" for fold in folds(one_photograph_a_group("w", groups)).values()) == expected


def test_a_large_share_leaves_one_group_to_learn_from() -> None:
    assert quota_of(3, 0.99) == 2


def test_the_groups_with_the_smallest_hashes_are_scored() -> None:
    rows = one_photograph_a_group("w", 17)
    smallest = sorted((by_hand(5, group), image) for image, _, group in rows)[:3]
    assert {image for image, fold in folds(rows, 5).items() if fold == "valid"} == {image for _, image in smallest}


def test_fractions_are_the_same_on_any_machine() -> None:
    # sha256(b"0\x00whale") begins 7d56 9223: 0x7d569223 / 2**32 = 0.489602216.
    assert hash_fraction(0, "whale") == pytest.approx(0.489602216, abs=1e-9)
    assert hash_fraction(0, "whale") == by_hand(0, "whale")
    assert hash_fraction(1, "whale") != hash_fraction(0, "whale")


def test_a_small_table_gives_the_folds_written_here() -> None:
    """Worked by hand from the first digits of sha256("0", zero byte, name), which stand beside each group."""
    rows = [
        *[("w-0.jpg", "w", "w-0"), ("w-1.jpg", "w", "w-1"), ("w-2.jpg", "w", "w-2")],  # d4, ff, 8e: the last
        *[("v-0.jpg", "v", "v-0"), ("v-1.jpg", "v", "v-1")],  # d2, fc: the first
        *[(f"once{at}.jpg", f"once{at}", f"once{at}-0") for at in range(6)],  # 2d, d4, 45, 1f, f9, 1b: under 66
        *[(f"u{at}.jpg", "", f"u{at}") for at in range(6)],  # 96, 42, 18, 2e, 0d, db: under 40
    ]
    shares = Shares(valid=0.15, new_identity=0.4, unknown=0.25)  # 0.4 is hexadecimal 66, 0.25 is 40
    assert {image for image, fold in folds(rows, seed=0, shares=shares).items() if fold == "valid"} == {
        *("w-2.jpg", "v-0.jpg"),
        *("once0.jpg", "once2.jpg", "once3.jpg", "once5.jpg"),
        *("u2.jpg", "u3.jpg", "u4.jpg"),
    }


def test_shares_of_unknown_and_new_identities_are_met() -> None:
    rows = [row for at in range(4_000) for row in one_photograph_a_group(f"once{at}", 1)]
    rows += [(f"u{at}.jpg", "", f"u{at}") for at in range(4_000)]
    table = split(rows)
    valid = table[table["fold"] == "valid"]
    assert (valid["identity"] != "").sum() / 4_000 == pytest.approx(0.15, abs=0.02)
    assert (valid["identity"] == "").sum() / 4_000 == pytest.approx(0.20, abs=0.02)


def test_shares_of_zero_score_no_unknown() -> None:
    rows = [*one_photograph_a_group("w", 2), ("o.jpg", "once", "o"), ("u.jpg", "", "u")]
    fold_of = folds(rows, shares=Shares(0.15, 0.0, 0.0))
    assert (fold_of["o.jpg"], fold_of["u.jpg"]) == ("train", "train")


def test_every_column_of_a_scored_identity_by_hand() -> None:
    rows = [
        ("1.jpg", "w", "g1"),
        ("2.jpg", "w", "g1"),
        ("3.jpg", "w", "g2"),
        ("4.jpg", "w", "g2"),
        ("5.jpg", "w", "g3"),
    ]
    table = split(rows).set_index("image")
    scored_group = min(["g1", "g2", "g3"], key=lambda group: by_hand(0, group))
    for image, _, group in rows:
        row = table.loc[image]
        assert row["fold"] == ("valid" if group == scored_group else "train")
        assert row["known"]
        assert row["class_count"] == 2  # groups in the train fold, not photographs
        assert row["reason"] == ""
    first = min(image for image, _, group in rows if group == scored_group)
    assert list(table.index[table["scored"]]) == [first]


def test_an_identity_that_is_only_scored_is_unknown() -> None:
    table = split([("o.jpg", "once", "o"), *one_photograph_a_group("w", 2)], shares=Shares(0.15, 0.999999, 0.0))
    row = table.set_index("image").loc["o.jpg"]
    assert (row["fold"], row["identity"], bool(row["known"]), row["class_count"], bool(row["scored"])) == (
        "valid", "once", False, 0, True,
    )  # fmt: skip


def test_conflicting_photographs_are_left_out_with_the_reason_and_count_for_nothing() -> None:
    rows = [*one_photograph_a_group("w", 2), ("c1.jpg", "w", "c"), ("c2.jpg", "v", "c")]
    table = split(rows, conflict=["c"]).set_index("image")
    for image in ("c1.jpg", "c2.jpg"):
        row = table.loc[image]
        assert (row["fold"], row["reason"]) == ("left_out", "two names for one picture")
        assert (bool(row["known"]), bool(row["scored"]), row["class_count"]) == (False, False, 0)
    assert set(table.loc[["w-0.jpg", "w-1.jpg"], "class_count"]) == {1}


def test_columns_types_and_order() -> None:
    table = split([("b.jpg", "w", "1"), ("a.jpg", "w", "2")])
    assert tuple(table.columns) == COLUMNS
    assert list(table["image"]) == ["a.jpg", "b.jpg"]
    assert table["class_count"].dtype == "int64"
    assert (table["known"].dtype, table["scored"].dtype) == (bool, bool)


def test_identities_that_share_groups_all_stay_learnable() -> None:
    """Three whales, three encounters, two whales on each: not each of them can be scored, but each is learned from."""
    rows = [("1a", "a", "1"), ("1b", "b", "1"), ("2b", "b", "2"), ("2c", "c", "2"), ("3c", "c", "3"), ("3a", "a", "3")]
    for seed in range(20):
        split_table = split(rows, seed)
        assert set(split_table["identity"][split_table["fold"] == "train"]) == {"a", "b", "c"}
        assert (split_table["fold"] == "valid").sum() == 2  # one encounter; a second would take the last of one of them
        assert split_table["scored"].sum() == 2  # one photograph of each of its whales
        check(split_table, table(rows))


identity = st.sampled_from(["", "a", "b", "c", "d", "e", "f"])


@st.composite
def tables(draw: st.DrawFn) -> list[Row]:
    """Groups of one identity each, of one to three photographs."""
    groups = draw(st.lists(st.tuples(identity, st.integers(1, 3)), min_size=1, max_size=25))
    return [(f"{at:02}-{n}.jpg", name, f"{at:02}") for at, (name, size) in enumerate(groups) for n in range(size)]


@st.composite
def tangled_tables(draw: st.DrawFn) -> list[Row]:
    """Groups of several identities, as a column of encounters makes them."""
    photographs = draw(st.lists(st.tuples(identity, st.integers(0, 9)), min_size=1, max_size=30))
    return [(f"{at:02}.jpg", name, f"g{group}") for at, (name, group) in enumerate(photographs)]


seeds = st.integers(0, 2**31)
shares = st.builds(Shares, st.floats(0.01, 0.99), st.floats(0, 0.99), st.floats(0, 0.99), st.sampled_from([0, 0.5]))


@given(st.one_of(tables(), tangled_tables()), seeds, shares, st.sets(st.sampled_from(["g1", "g2", "03", "04"])))
def test_no_group_is_in_two_folds(rows: list[Row], seed: int, share: Shares, conflict: set[str]) -> None:
    split_table = split(rows, seed, share, sorted(conflict))
    assert split_table.groupby("group")["fold"].nunique().max() == 1
    check(split_table, table(rows, sorted(conflict)))


@given(tables(), seeds, shares)
def test_every_identity_with_two_groups_is_in_both_folds(rows: list[Row], seed: int, share: Shares) -> None:
    table = split(rows, seed, share)
    named = table[table["identity"] != ""]
    several = named.groupby("identity")["group"].nunique()
    for name in several.index[several > 1]:
        assert set(named["fold"][named["identity"] == name]) in ({"train", "valid"}, {"discover"})


@given(tangled_tables(), seeds, shares)
def test_an_identity_with_two_shared_groups_is_learned_from(rows: list[Row], seed: int, share: Shares) -> None:
    table = split(rows, seed, share)
    named = table[table["identity"] != ""]
    several = named.groupby("identity")["group"].nunique()
    learned = set(named["identity"][named["fold"].isin(["train", "discover"])])
    assert set(several.index[several > 1]) <= learned


@settings(max_examples=50)
@given(
    tables(), st.lists(st.tuples(identity, st.integers(1, 3)), min_size=1, max_size=5), seeds, st.sampled_from([0, 0.5])
)
def test_new_groups_move_no_photograph_of_another_identity(
    rows: list[Row], added: list[tuple[str, int]], seed: int, discover: float
) -> None:
    new = [(f"n{at}-{n}.jpg", name, f"n{at}") for at, (name, size) in enumerate(added) for n in range(size)]
    touched = {name for name, _ in added} - {""}  # an unknown-labelled group moves nothing, not even other unknowns
    share = Shares(discover=discover)
    before, after = folds(rows, seed, share), folds(rows + new, seed, share)
    assert {i: before[i] for i, name, _ in rows if name not in touched} == {
        i: after[i] for i, name, _ in rows if name not in touched
    }


@settings(max_examples=50)
@given(tables(), seeds, st.randoms())
def test_the_order_of_rows_does_not_matter(rows: list[Row], seed: int, shuffler: object) -> None:
    shuffled = rows.copy()
    shuffler.shuffle(shuffled)  # type: ignore[attr-defined]
    pd.testing.assert_frame_equal(split(rows, seed), split(shuffled, seed))


def kept_out(rows: Sequence[Row], share: float, seed: int = 0, conflict: Sequence[str] = ()) -> set[str]:
    """The identities of fold `discover`."""
    table = split(rows, seed, Shares(discover=share), conflict)
    return set(table["identity"][table["fold"] == "discover"]) - {""}


def test_the_identities_with_the_smallest_hashes_are_kept_out_with_all_their_groups() -> None:
    rows = [row for at in range(40) for row in one_photograph_a_group(f"w{at}", 1 + at % 3)]
    split_table = split(rows, 7, Shares(discover=0.3))
    several = {name for _, name, group in rows if group.endswith("-1")}
    expected = {name for name in several if by_hand(7, name) < 0.3}
    out = split_table[split_table["fold"] == "discover"]
    assert set(out["identity"]) == expected
    assert len(out) == sum(name in expected for _, name, _ in rows)
    assert not out["scored"].any()
    assert not out["known"].any()
    assert (out["class_count"] == 0).all()
    check(split_table, table(rows))


def test_a_share_of_zero_keeps_nobody_out_and_a_larger_one_keeps_out_more() -> None:
    rows = [row for at in range(60) for row in one_photograph_a_group(f"w{at}", 2)]
    shares_of = [kept_out(rows, share) for share in (0.0, 0.15, 0.5, 0.99)]
    assert not shares_of[0]
    assert shares_of[0] < shares_of[1] < shares_of[2] < shares_of[3]


def test_what_is_left_is_assigned_as_if_those_kept_out_were_not_there() -> None:
    rows = [row for at in range(40) for row in one_photograph_a_group(f"w{at}", 1 + at % 4)]
    out = kept_out(rows, 0.4)
    with_them, alone = split(rows, 0, Shares(discover=0.4)), split([row for row in rows if row[1] not in out])
    left = with_them[~with_them["identity"].isin(out)].reset_index(drop=True)
    pd.testing.assert_frame_equal(left, alone)


def test_nobody_who_shares_a_group_is_kept_out_and_unknowns_of_a_group_go_along() -> None:
    rows = [("1a", "a", "1"), ("1b", "b", "1"), ("2a", "a", "2"), ("2b", "b", "3"), ("3c", "c", "4"), ("4c", "c", "5")]
    rows.append(("5u", "", "5"))
    split_table = split(rows, 0, Shares(discover=0.999999))
    assert set(split_table["image"][split_table["fold"] == "discover"]) == {"3c", "4c", "5u"}
    check(split_table, table(rows))


def test_a_conflict_is_left_out_of_those_kept_out_too() -> None:
    rows = [*one_photograph_a_group("w", 3), ("c1.jpg", "w", "c"), ("c2.jpg", "v", "c")]
    fold_of = split(rows, 0, Shares(discover=0.999999), ["c"]).set_index("image")["fold"]
    assert fold_of.to_dict() == {
        **dict.fromkeys(("w-0.jpg", "w-1.jpg", "w-2.jpg"), "discover"), "c1.jpg": "left_out", "c2.jpg": "left_out",
    }  # fmt: skip


def named(rows: Sequence[Row], who: Collection[str]) -> pd.DataFrame:
    """`audit`'s table where decisions have named `who`."""
    found = table(rows)
    return found.assign(created=found["identity"].isin(who))


def test_who_was_named_by_a_decision_is_neither_kept_out_nor_an_unknown() -> None:
    rows = [row for at in range(30) for row in one_photograph_a_group(f"w{at}", 1 + at % 3)]
    everybody, always = {name for _, name, _ in rows}, Shares(discover=0.999999, new_identity=0.999999)
    drawn = assign(table(rows), 0, always)
    assert not drawn["known"].any()
    kept = assign(named(rows, everybody), 0, always)
    assert set(kept.loc[kept["fold"] == "train", "identity"]) == everybody
    pd.testing.assert_frame_equal(kept, assign(table(rows), 0, Shares(discover=0, new_identity=0)))
    check(kept, table(rows))


def test_naming_one_moves_no_photograph_of_another() -> None:
    rows = [row for at in range(30) for row in one_photograph_a_group(f"w{at}", 1 + at % 3)]
    share = Shares(discover=0.5, new_identity=0.5)
    out = sorted(kept_out(rows, 0.5))[0]
    before, after = (assign(groups, 0, share).set_index("image") for groups in (table(rows), named(rows, {out})))
    others = before.index[before["identity"] != out]
    pd.testing.assert_frame_equal(before.loc[others], after.loc[others])
    assert set(after.loc[after["identity"] == out, "fold"]) == {"train", "valid"}


def test_who_was_named_is_learned_by_time_too_if_seen_before_the_cut_off() -> None:
    rows = [row for at in range(12) for row in one_photograph_a_group(f"w{at}", 2)]
    dated = named(rows, {"w0", "w1"}).assign(date=["2020-01-01"] * 2 + ["2022-01-01"] * 2 + ["2020-01-01"] * 20)
    found = assign_by_time(dated, "2021-01-01", 0, 0.999999)
    folds_of = found.groupby("identity")["fold"].unique().map(set).to_dict()
    assert folds_of == {"w0": {"train"}, "w1": {"valid"}, **{f"w{at}": {"discover"} for at in range(2, 12)}}


def test_another_seed_is_another_split() -> None:
    rows = [row for at in range(20) for row in one_photograph_a_group(f"w{at}", 3)]
    assert folds(rows, 0) == folds(rows, 0)
    assert folds(rows, 0) != folds(rows, 1)


def test_another_seed_is_another_choice_of_unknowns() -> None:
    rows = [(f"u{at}.jpg", "", f"u{at}") for at in range(50)]
    assert folds(rows, 0) != folds(rows, 1)
