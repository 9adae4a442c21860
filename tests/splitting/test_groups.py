"""What shows one picture is one group and has one name; what is held together shares a group alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from longtail.duplicates.search import near_pairs
from longtail.splitting.edits import Edits, Pair
from longtail.splitting.groups import Grouping, group_photographs
from tests.splitting.making import Photo, md5_of, prepared


def grouped(photos: Sequence[Photo], edits: Edits = Edits()) -> Grouping:  # noqa: B008
    table = prepared(photos)
    return group_photographs(table, near_pairs(table, max_distance=8, min_similarity=0.83), edits)


def identities(found: Grouping) -> dict[str, str]:
    return dict(zip(found.photographs["image"], found.photographs["identity"], strict=True))


def sets(found: Grouping) -> list[set[str]]:
    return sorted((set(images) for _, images in found.photographs.groupby("group")["image"]), key=min)


def conflicting(found: Grouping) -> set[str]:
    return set(found.photographs["image"][found.photographs["conflict"]])


def test_equal_bytes_and_equal_pixels_are_one_group() -> None:
    grouping = grouped([Photo("a", "w", 1), Photo("b", "w", 1), Photo("c", "w", 1, copy=1), Photo("d", "w", 2)])
    assert sets(grouping) == [{"a", "b", "c"}, {"d"}]
    assert len(grouping.near) == 1


def test_a_group_is_called_by_its_smallest_md5() -> None:
    grouping = grouped([Photo("a", "w", 1), Photo("c", "w", 1, copy=1)])
    assert set(grouping.photographs["group"]) == {min(md5_of(1), md5_of(1, 1))}


def test_a_group_keeps_its_name_when_others_come() -> None:
    before = grouped([Photo("b", "w", 1), Photo("c", "w", 1, copy=1)]).photographs.set_index("image")["group"]
    after = grouped([Photo("a", "w", 7), Photo("b", "w", 1), Photo("c", "w", 1, copy=1), Photo("d", "w", 1)])
    assert after.photographs.set_index("image")["group"][["b", "c"]].equals(before)


def test_a_name_wins_over_unknown_on_one_picture() -> None:
    grouping = grouped([Photo("a", "", 1), Photo("b", "w", 1), Photo("c", "", 1, copy=1), Photo("d", "", 2)])
    assert identities(grouping) == {"a": "w", "b": "w", "c": "w", "d": ""}
    assert conflicting(grouping) == set()
    assert list(grouping.photographs["label"]) == ["", "w", "", ""]  # as given


def test_two_names_on_one_picture_are_a_conflict_of_all_who_show_it() -> None:
    grouping = grouped([Photo("a", "w", 1), Photo("b", "v", 1, copy=1), Photo("c", "", 1), Photo("d", "w", 2)])
    assert conflicting(grouping) == {"a", "b", "c"}
    assert identities(grouping) == {"a": "w", "b": "v", "c": "", "d": "w"}


CHAIN = (Photo("a", "w", 1), Photo("b", "w", 2), Photo("c", "v", 3), Photo("d", "u", 4))


def chained(*pairs: str, photos: Sequence[Photo] = CHAIN, edits: Edits = Edits()) -> Grouping:  # noqa: B008
    """What becomes of photographs of which these pairs, written "ab", were seen to show one picture."""
    table = prepared(photos)
    md5 = dict(zip(table["image"], table["md5"], strict=True))
    ends = [sorted((md5[one], md5[other])) for one, other in pairs]
    near = pd.DataFrame(ends, columns=["first", "second"]).assign(difference=1.0, similarity=0.9)
    return group_photographs(table, near, edits)


def test_a_conflict_does_not_go_on_through_a_third_picture() -> None:
    """a is b, b is c: whether a is c nobody saw. All stay in one fold, and a keeps its name."""
    grouping = chained("ab", "bc")
    assert conflicting(grouping) == {"b", "c"}
    assert grouping.conflicting_pairs == [("b", "c")]
    assert identities(grouping) == {"a": "w", "b": "w", "c": "v", "d": "u"}
    assert sets(grouping) == [{"a", "b", "c"}, {"d"}]


def test_a_chain_of_names_leaves_out_the_pairs_that_were_seen_and_no_other() -> None:
    photos = [Photo(image, name, at) for at, (image, name) in enumerate(zip("abcdef", "wwvvuu", strict=True), start=1)]
    grouping = chained("ab", "bc", "cd", "de", "ef", photos=photos)
    assert conflicting(grouping) == {"b", "c", "d", "e"}
    assert grouping.conflicting_pairs == [("b", "c"), ("d", "e")]


def test_an_unknown_between_two_names_is_left_out_alone() -> None:
    photos = [Photo("a", "w", 1), Photo("b", "", 2), Photo("c", "v", 3), Photo("d", "", 4)]
    grouping = chained("ab", "bc", "cd", photos=photos)
    assert conflicting(grouping) == {"b"}
    assert identities(grouping) == {"a": "w", "b": "", "c": "v", "d": "v"}
    assert grouping.conflicting_pairs == [("a", "b"), ("b", "c")], "what is left out stands in a finding"


def test_an_unknown_takes_a_name_through_others_where_there_is_but_one() -> None:
    photos = [Photo("a", "w", 1), Photo("b", "", 2), Photo("c", "", 3)]
    assert identities(chained("ab", "bc", photos=photos)) == {"a": "w", "b": "w", "c": "w"}


def test_two_names_on_equal_bytes_are_in_conflict_with_what_those_bytes_show() -> None:
    photos = [Photo("a", "w", 1), Photo("b", "v", 1), Photo("c", "w", 2), Photo("d", "w", 3)]
    grouping = chained("bc", "cd", photos=photos)
    assert conflicting(grouping) == {"a", "b", "c"}
    assert grouping.conflicting_pairs == [("a", "b"), ("b", "c")]


def test_two_names_under_one_hash_are_no_conflict_where_the_pixels_differ() -> None:
    """Hashes propose, pixels decide: nothing is left out for what a hash says."""
    table = prepared([Photo("a", "w", 1), Photo("b", "v", 2)]).assign(dhash=np.uint64(7))
    grouping = group_photographs(table, near_pairs(table, max_distance=8, min_similarity=0.83), Edits())
    assert conflicting(grouping) == set()
    assert sets(grouping) == [{"a"}, {"b"}]


def test_the_teams_column_joins_folds_but_not_names() -> None:
    """Two whales and an unknown one on one encounter are no conflict, and the unknown stays unknown."""
    trip = "2026-05-01"
    on_it = [
        Photo(image, label, at, together=trip) for at, (image, label) in enumerate([("a", "w"), ("b", "v"), ("c", "")])
    ]
    grouping = grouped([*on_it, Photo("d", "w", 9)])
    assert sets(grouping) == [{"a", "b", "c"}, {"d"}]
    assert identities(grouping) == {"a": "w", "b": "v", "c": "", "d": "w"}
    assert conflicting(grouping) == set()


def test_a_blank_value_of_the_column_joins_nothing() -> None:
    assert sets(grouped([Photo("a", "w", 1), Photo("b", "w", 2)])) == [{"a"}, {"b"}]


def test_a_together_edit_does_as_the_column_does() -> None:
    grouping = grouped([Photo("a", "w", 1), Photo("b", "", 2)], Edits(together=(Pair("a", "b", 2),)))
    assert sets(grouping) == [{"a", "b"}]
    assert identities(grouping) == {"a": "w", "b": ""}


def test_joins_chain() -> None:
    edits = Edits(together=(Pair("b", "c", 2),))
    grouping = grouped([Photo("a", "w", 1), Photo("b", "w", 1, copy=1), Photo("c", "w", 2), Photo("d", "w", 2)], edits)
    assert sets(grouping) == [{"a", "b", "c", "d"}]


def test_an_apart_edit_makes_two_pictures_of_a_pair_and_all_its_copies_but_never_two_folds() -> None:
    """The pixels say that they are one picture: parted, they have their own names, and stay in one group."""
    photos = [Photo("a", "w", 1), Photo("b", "w", 1), Photo("c", "v", 1, copy=1), Photo("d", "v", 1, copy=1)]
    grouping = grouped(photos, Edits(apart=(Pair("a", "d", 2),)))
    assert sets(grouping) == [{"a", "b", "c", "d"}]
    assert grouping.photographs.groupby("image")["picture"].first().nunique() == 2
    assert identities(grouping) == {"a": "w", "b": "w", "c": "v", "d": "v"}
    assert conflicting(grouping) == set()
    assert len(grouping.near) == 0
    assert grouping.without_effect == []


def test_an_apart_edit_between_two_of_one_name_changes_nothing_and_it_is_said() -> None:
    grouping = grouped([Photo("a", "w", 1), Photo("b", "w", 1, copy=1)], Edits(apart=(Pair("a", "b", 2),)))
    assert sets(grouping) == [{"a", "b"}]
    [(pair, why)] = grouping.without_effect
    assert (pair.row, "they stay in one fold" in why) == (2, True)


def test_what_a_dropped_photograph_joined_stays_joined() -> None:
    """b shows a's picture and c's; without it the two would be free to lie on both sides of the split."""
    photos = [Photo("a", "w", 1), Photo("b", "w", 2), Photo("c", "w", 3)]
    table = prepared(photos)
    a, b, c = (md5_of(shows) for shows in (1, 2, 3))
    pairs = [sorted((a, b)), sorted((b, c))]
    near = pd.DataFrame(pairs, columns=["first", "second"]).assign(difference=1.0, similarity=0.9)
    kept = table[table["image"] != "b"]
    grouping = group_photographs(kept, near, Edits(drop=frozenset({"b"})), dropped=[b])
    assert sets(grouping) == [{"a", "c"}]
    assert grouping.photographs["picture"].nunique() == 2
    assert sets(group_photographs(kept, near, Edits())) == [{"a"}, {"c"}]


def six() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two drawn pictures, three files of each, three names on both; and which of them the pixels join."""
    table = prepared([Photo(f"{at}", "wvu"[at % 3], 1 + at // 3, copy=at % 3) for at in range(6)])
    return table, near_pairs(table, max_distance=8, min_similarity=0.83)


SIX = six()


@given(
    st.lists(st.tuples(st.sampled_from(["relabel", "drop", "apart"]), st.integers(0, 5), st.integers(0, 5)), max_size=6)
)
@settings(max_examples=40, deadline=None)
def test_no_edits_put_one_picture_into_two_groups(edits: list[tuple[str, int, int]]) -> None:
    table, near = SIX
    dropped = {str(one) for action, one, _ in edits if action == "drop"}
    decisions = Edits(
        relabel={str(one): "wvu"[other % 3] for action, one, other in edits if action == "relabel"},
        drop=frozenset(dropped),
        apart=tuple(Pair(str(min(a, b)), str(max(a, b)), 2) for action, a, b in edits if action == "apart" and a != b),
    )
    gone = table["image"].isin(dropped)
    grouping = group_photographs(table[~gone], near, decisions, dropped=table.loc[gone, "md5"])
    of_picture = grouping.photographs.assign(drawn=grouping.photographs["image"].astype(int) // 3)
    assert (of_picture.groupby("drawn")["group"].nunique() <= 1).all()


def test_equal_bytes_cannot_be_parted_and_it_is_said() -> None:
    grouping = grouped([Photo("a", "w", 1), Photo("b", "w", 1)], Edits(apart=(Pair("a", "b", 2),)))
    assert sets(grouping) == [{"a", "b"}]
    assert grouping.without_effect == [(Pair("a", "b", 2), "the two files hold the same bytes: they stay together")]


def test_parted_images_that_a_third_one_joins_are_told() -> None:
    photos = [Photo("a", "w", 1), Photo("b", "w", 1, copy=1), Photo("c", "w", 1, copy=2)]
    grouping = grouped(photos, Edits(apart=(Pair("a", "b", 2),)))
    assert sets(grouping) == [{"a", "b", "c"}]
    assert grouping.without_effect == [(Pair("a", "b", 2), "other photographs still join the two: part those as well")]


def test_an_edit_about_a_photograph_that_is_gone_does_nothing() -> None:
    edits = Edits(together=(Pair("a", "z", 2),), apart=(Pair("b", "z", 3),))
    grouping = grouped([Photo("a", "w", 1), Photo("b", "w", 2)], edits)
    assert sets(grouping) == [{"a"}, {"b"}]
    assert grouping.without_effect == []


def test_a_relabelled_photograph_no_longer_conflicts() -> None:
    grouping = grouped([Photo("a", "w", 1), Photo("b", "v", 1)], Edits(relabel={"b": "w"}))
    assert identities(grouping) == {"a": "w", "b": "w"}
    assert conflicting(grouping) == set()


def test_pairs_with_a_picture_that_is_not_labelled_are_passed_over() -> None:
    labelled, test = prepared([Photo("a", "w", 1)]), prepared([Photo("t", shows=1, copy=1)], "test")
    near = near_pairs(labelled, test, max_distance=8, min_similarity=0.83)
    assert len(near) == 1
    assert len(group_photographs(labelled, near, Edits()).near) == 0


def test_identities_that_look_like_numbers_stay_text() -> None:
    grouping = grouped([Photo("a", "007", 1), Photo("b", "7", 2)])
    assert identities(grouping) == {"a": "007", "b": "7"}
    assert isinstance(grouping.photographs["identity"].dtype, pd.StringDtype)


DAYS = ("", "2020-01-01", "2020-01-02")


def test_photographs_of_an_identity_on_one_day_are_one_group() -> None:
    grouping = grouped(
        [
            *(Photo(image, "w", at, date=DAYS[1]) for at, image in enumerate("ab")),
            Photo("c", "w", 2, date=DAYS[2]),
            Photo("d", "v", 3, date=DAYS[1]),
            *(Photo(image, "", 4 + at, date=DAYS[1]) for at, image in enumerate("ef")),  # who they are nobody knows
            *(Photo(image, "w", 6 + at) for at, image in enumerate("gh")),  # nor when these were taken
        ]
    )
    assert sets(grouping) == [{"a", "b"}, *({image} for image in "cdefgh")]
    assert grouping.photographs["picture"].nunique() == 8


def test_a_day_goes_by_the_name_that_counts() -> None:
    """b is a copy that has its name from c, d was given another name by the team, and who is on e is not settled."""
    photos = [
        Photo("a", "w", 1, date=DAYS[1]),
        Photo("b", "", 2, copy=1, date=DAYS[1]),
        Photo("c", "w", 2, date=DAYS[2]),
        Photo("d", "v", 3, date=DAYS[1]),
        Photo("e", "w", 4, date=DAYS[1]),
        Photo("f", "u", 4, copy=1, date=DAYS[2]),
    ]
    grouping = grouped(photos, Edits(relabel={"d": "w"}))
    assert sets(grouping) == [{"a", "b", "c", "d"}, {"e", "f"}]
    assert conflicting(grouping) == {"e", "f"}


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(st.sampled_from(["", "w", "v"]), st.integers(0, 5), st.sampled_from(DAYS), st.sampled_from("-xy")),
        min_size=1,
        max_size=12,
    )
)
def test_a_day_an_encounter_and_a_picture_stay_together(rows: list[tuple[str, int, str, str]]) -> None:
    photos = [
        Photo(f"{at:02}", label, shows, date=day, together=encounter.strip("-"))
        for at, (label, shows, day, encounter) in enumerate(rows)
    ]
    table = grouped(photos).photographs.assign(together=[photo.together for photo in photos])
    named = table[(table["identity"] != "") & ~table["conflict"]]
    held = [["picture"], ["together"]] + ([["identity", "date"]] if "date" in table else [])
    for columns in held:
        rows_held = (named if "date" in columns else table)[lambda part, columns=columns: part[columns[-1]] != ""]
        assert (rows_held.groupby(columns)["group"].nunique() == 1).all()
