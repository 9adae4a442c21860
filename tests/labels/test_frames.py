"""What the expectations see: files, other spellings, blanks."""

from __future__ import annotations

import pandas as pd
import pytest

from longtail.labels.validation_tables import printable, validation_tables


def named(written: pd.DataFrame) -> pd.Series:
    return written["label"].replace("new_whale", "")


def labels_of(rows: list[tuple[str, str]], files: list[str] | None = None) -> pd.DataFrame:
    written = pd.DataFrame(rows, columns=["image", "label"], dtype="str")
    written["together"] = ""
    written["row"] = range(2, len(rows) + 2)
    return validation_tables(
        written, named(written), "new_whale", files if files is not None else [image for image, _ in rows]
    )["labels"]


def twins(column: str, *identities: str) -> list[str | None]:
    table = labels_of([(f"{i}.jpg", identity) for i, identity in enumerate(identities)])
    return [value if isinstance(value, str) else None for value in table[column]]


def test_case_twins_differ_in_case_spaces_or_unicode_form_alone() -> None:
    assert twins("case_twins", "w_1", "W_1", "w_2") == ["'W_1', 'w_1'"] * 2 + [None]
    assert twins("case_twins", "w", "w ") == ["'w', 'w '"] * 2
    assert twins("case_twins", "J\u00fcrgen", "Ju\u0308rgen")[0] is not None
    assert twins("case_twins", "same", "same") == [None, None]


def test_number_twins_are_the_same_number_written_differently() -> None:
    assert twins("number_twins", "7", "007", "8") == ["'007', '7'"] * 2 + [None]
    assert twins("number_twins", "100000", "1e5")[0] is not None
    assert twins("number_twins", "7", "7.0")[0] is not None
    assert twins("number_twins", "w7", "w07", "7a", "1e9999999") == [None] * 4


@pytest.mark.parametrize("image", ["../x.jpg", "/etc/x.jpg", "a/b.jpg", "a\\b.jpg", "C:x.jpg", "..", ".hidden", "a\nb"])
def test_a_name_that_leaves_the_folder_is_not_looked_for(image: str) -> None:
    assert labels_of([(image, "w")], [])["file_exists"].isna().all()


def test_a_missing_file_is_told_with_the_one_that_was_meant() -> None:
    table = labels_of(
        [("a.jpg", "w"), ("b", "w"), ("c.png", "w"), ("d.jpg", "w")], ["A.JPG", "b.jpg", "c.jpeg", "d.jpg"]
    )
    assert list(table["file_exists"]) == [False, False, False, True]
    assert list(table["nearest_file"].fillna("")) == ["A.JPG", "b.jpg", "c.jpeg", ""]


def test_blanks_are_missing_and_a_blank_is_not_an_unknown() -> None:
    table = labels_of([("a.jpg", " "), ("\t", "w"), ("c.jpg", "new_whale")])
    assert list(table["identity"].isna()) == [True, False, False]
    assert list(table["image"].isna()) == [False, True, False]
    assert list(table["is_unknown"]) == [0, 0, 1]


def test_without_an_unknown_label_nothing_is_unknown() -> None:
    written = pd.DataFrame({"image": ["a"], "label": [""], "together": [""], "row": [2]}, dtype="str")
    assert list(validation_tables(written, written["label"], "", ["a"])["labels"]["is_unknown"]) == [0]


def test_files_and_identities_have_their_own_tables() -> None:
    rows = [("a", "w_1"), ("b", "w_1"), ("c", "w_2"), ("d", "new_whale")]
    written = pd.DataFrame(rows, columns=["image", "label"], dtype="str").assign(together="", row=[2, 3, 4, 5])
    told = validation_tables(written, named(written), "new_whale", ["a", "b", "c", "loose"])
    assert told["files"].to_dict("list") == {"image": ["a", "b", "c", "loose"], "has_row": [True, True, True, False]}
    assert told["identities"]["identity"].tolist() == ["w_1", "w_2"]
    assert told["identities"]["seen_once"].tolist() == [0, 1]
    assert told["identities"]["share"].tolist() == pytest.approx([2 / 3, 1 / 3])


def test_a_name_that_is_no_utf8_can_be_written_down() -> None:
    assert printable("a\udcff.jpg") == "a\\xff.jpg"
