"""Each finding says what, where, and what one could do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import pytest

from longtail.duplicates.search import near_pairs
from longtail.labels.findings import COLUMNS
from longtail.splitting.edits import Edits, Pair
from longtail.splitting.findings import findings
from longtail.splitting.groups import group_photographs
from tests.splitting.making import Photo, prepared


def found(photos: Sequence[Photo], edits: Edits = Edits(), test: Sequence[Photo] = ()) -> pd.DataFrame:  # noqa: B008
    labelled = prepared(photos)
    kept = labelled[labelled["error"] == ""]
    grouped = group_photographs(kept, near_pairs(kept, max_distance=8, min_similarity=0.83), edits)
    return findings(labelled, prepared(test, "test"), grouped, size_outlier_factor=3.0)


def one(table: pd.DataFrame) -> dict[str, str]:
    assert len(table) == 1
    return {name: value for name, value in table.iloc[0].items() if value and name != "finding"}


def test_plain_photographs_give_an_empty_table() -> None:
    table = found([Photo("a", "w", 1), Photo("b", "w", 2)])
    assert len(table) == 0
    assert tuple(table.columns) == COLUMNS


def test_copies_are_told_against_the_first_of_them() -> None:
    table = found([Photo("c", "w", 1), Photo("a", "w", 1), Photo("b", "w", 1)])
    assert table[["kind", "image", "other", "row", "distance"]].to_numpy().tolist() == [
        ["exact_duplicate", "a", "b", "3", "0.00"],
        ["exact_duplicate", "a", "c", "3", "0.00"],
    ]


def test_a_verified_copy_proposes_nothing_for_it_stays_in_one_group_anyway() -> None:
    table = found([Photo("a", "w", 1), Photo("b", "", 1, copy=1), Photo("c", "x", 9), Photo("d", "w", 1)])
    row = one(table.query("kind == 'near_duplicate'"))
    assert (row["image"], row["other"], row["label"]) == ("a", "b", "w")
    assert not {"other_label", "proposal"} & set(row)
    assert 0 < float(row["distance"]) < 5
    assert set(table.loc[table["kind"].str.endswith("duplicate"), "proposal"]) == {""}


def test_two_names_are_a_warning_and_who_is_right_is_not_said_by_the_alphabet() -> None:
    row = one(found([Photo("a", "w", 1), Photo("b", "v", 1)]).query("kind == 'conflict'"))
    assert row == {
        "kind": "conflict",
        "severity": "warning",
        "image": "a",
        "other": "b",
        "label": "w",
        "other_label": "v",
        "row": "2",
        "detail": "w against v: left out of training and scoring",
    }


@pytest.mark.parametrize("may", [True, False])
def test_an_unknown_copy_of_a_named_picture_is_relabelled_where_that_was_often_right(
    may: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("longtail.splitting.findings.may_relabel", lambda kind: may and kind == "named_and_unknown")
    row = one(found([Photo("a", "", 1), Photo("b", "w", 1)]).query("kind == 'named_and_unknown'"))
    assert (row["image"], row["other"], row["other_label"]) == ("a", "b", "w")
    assert row.get("proposal", "") == ("relabel" if may else "")
    assert row["severity"] == "info"


def test_each_two_names_of_one_picture_are_a_finding_and_a_copy_of_one_has_its_own() -> None:
    table = found([Photo("a", "w", 1), Photo("b", "v", 1), Photo("c", "u", 1), Photo("d", "v", 1)])
    conflicts = table[table["kind"] == "conflict"]
    pairs = conflicts[["image", "other"]].to_numpy().tolist()
    assert pairs[:1] == [["a", "b"]]
    assert [pair for pair in pairs if "d" not in pair] == [["a", "b"], ["a", "c"], ["b", "c"]]
    assert sum("d" in pair for pair in pairs) == 1
    assert (conflicts["label"] != conflicts["other_label"]).all()


def test_an_edit_in_vain_is_a_warning_that_names_its_row() -> None:
    table = found([Photo("a", "w", 1), Photo("b", "w", 1)], Edits(apart=(Pair("a", "b", 7),)))
    row = one(table.query("kind == 'edit_without_effect'"))
    assert row["detail"] == "edits.csv, row 7: the two files hold the same bytes: they stay together"
    assert row["severity"] == "warning"


def test_broken_photographs_of_both_parts_are_told_with_the_reason() -> None:
    table = found([Photo("a", "w", 1), Photo("b", "w", error="truncated")], test=[Photo("t", error="is text")])
    assert table[["kind", "image", "row", "detail"]].to_numpy().tolist() == [
        ["broken", "b", "3", "truncated"],
        ["broken", "t", "", "test photograph: is text"],
    ]


def test_grey_and_tinted_photographs_are_told() -> None:
    table = found([Photo("a", "w", 1, is_grey=True), Photo("b", "w", 2, channel="green")])
    assert table[["kind", "image", "detail"]].to_numpy().tolist() == [
        ["grey", "a", "mode RGB"],
        ["tinted", "b", "green alone carries the picture"],
    ]


def test_odd_sizes_stand_out_from_the_usual() -> None:
    usual = [Photo(f"u{i}", "w", i, width=600, height=400) for i in range(5)]  # shape 1.5, side 490
    odd = [
        Photo("wide", "w", 11, width=1900, height=400),  # 4.75 > 3 x 1.5
        Photo("tall", "w", 12, width=400, height=900),  # 0.44 < 1.5 / 3
        Photo("small", "w", 13, width=180, height=120),  # side 147 < 490 / 3
        Photo("large", "w", 14, width=6000, height=4000),  # nothing wrong with it
    ]
    table = found(usual + odd)
    assert set(table["image"]) == {"wide", "tall", "small"}
    assert set(table["detail"]) >= {"180 x 120 pixels; usual are 600 x 400"}


def test_warnings_come_first_then_kinds_by_name() -> None:
    photos = [Photo("a", "w", 1, is_grey=True), Photo("b", "v", 1), Photo("z", "w", error="truncated")]
    assert list(found(photos)["kind"]) == ["broken", "conflict", "exact_duplicate", "grey"]


def test_a_finding_keeps_its_name_when_rows_move() -> None:
    pair = [Photo("a", "w", 1), Photo("b", "v", 1)]
    before, after = found(pair), found([Photo("0", "x", 5), *pair])
    assert set(before["row"]) != set(after["row"])
    assert list(before["finding"]) == list(after["finding"])
    assert before["finding"].str.fullmatch("[0-9a-f]{8}").all()
    assert before["finding"].is_unique


def test_a_finding_gets_another_name_when_it_says_something_else() -> None:
    before = found([Photo("a", "w", 1), Photo("b", "v", 1)])
    after = found([Photo("a", "w", 1), replace(Photo("b", "v", 1), label="u")])
    same = set(before["finding"]) & set(after["finding"])
    assert set(before.loc[before["finding"].isin(same), "kind"]) == {"exact_duplicate"}, "that asks about the picture"


def test_a_finding_is_named_by_bytes_and_labels_not_by_file_names_or_figures() -> None:
    before = found([Photo("a", "w", 1), Photo("b", "v", 1)]).query("kind == 'conflict'")
    renamed = found([Photo("x", "w", 1), Photo("b", "v", 1)]).query("kind == 'conflict'")
    other_bytes = found([Photo("a", "w", 2), Photo("b", "v", 2)]).query("kind == 'conflict'")
    assert list(before["finding"]) == list(renamed["finding"])
    assert list(before["finding"]) != list(other_bytes["finding"])


def test_files_of_one_content_have_a_name_each() -> None:
    table = found([Photo(name, "w", 1) for name in "abcd"])
    assert len(table) == 3
    assert table["finding"].is_unique
