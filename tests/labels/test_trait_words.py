"""Sides and species in the label table: how words are read, and names that two species share."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from longtail import params
from longtail.errors import BadInput, BadParameter
from longtail.labels.label_csv import read_as_written, read_labels
from longtail.labels.traits import comparable, describe, normalised
from longtail.params import DataParams
from longtail.recognition.traits import of_words

BOTH = DataParams(side_column="view", species_column="kind")


def table_of(folder: Path, text: str) -> Path:
    path = folder / "train.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("word", ["", " ", "unknown", "Unknown", "NaN", "None", "n/a", "NA", "?"])
def test_words_that_say_nothing(word: str) -> None:
    assert normalised(word) == ""


def test_a_word_is_the_same_in_any_case_and_with_any_spaces() -> None:
    assert normalised(" Left") == normalised("LEFT ") == "left"
    assert normalised("Monk  seal") == normalised("monk seal") == "monk_seal"
    assert len({normalised(word) for word in ("left", "right", "up", "down", "front", "top-left")}) == 6


def test_a_name_of_two_species_is_two_individuals_and_others_stay_as_they_are(tmp_path: Path) -> None:
    rows = "a,bo,left,Whale\nb,bo,,Monk seal\nc,ada,right,whale\nd,ada,up,\n"
    rows += "e,new_whale,left,whale\nf,new_whale,left,monk seal\n"
    read = read_labels(table_of(tmp_path, "Image,Id,view,kind\n" + rows), BOTH)
    assert list(read["label"]) == ["bo@whale", "bo@monk_seal", "ada", "ada", "", ""]
    assert list(read["written"]) == ["bo", "bo", "ada", "ada", "new_whale", "new_whale"]
    assert list(read["side"]) == ["left", "", "right", "up", "left", "left"]
    without = read_labels(tmp_path / "train.csv", DataParams())
    assert list(without) == ["image", "label", "together", "row"]
    assert list(without["label"])[:2] == ["bo", "bo"]


def test_a_shared_name_without_a_species_is_refused_and_so_is_one_that_reads_like_it(tmp_path: Path) -> None:
    path = table_of(tmp_path, "Image,Id,view,kind\na,bo,l,whale\nb,bo,l,seal\nc,bo,l,?\nd,bo@seal,l,seal\n")
    with pytest.raises(BadInput, match=r"name that two species have.*'bo' of 'c'.*row 4") as raised:
        read_labels(path, BOTH)
    assert "identity that reads like a name with its species" in str(raised.value)
    assert "row 5" in str(raised.value)


def test_the_test_table_may_lack_the_columns_and_the_label_table_may_not(tmp_path: Path) -> None:
    path = table_of(tmp_path, "Image,Id,kind\na,b,whale\n")
    with pytest.raises(BadInput, match=r"no column 'view'.*Set data.side_column"):
        read_labels(path, BOTH)
    read = read_as_written(path, BOTH, may_lack_traits=True)
    assert read[["side", "species"]].to_numpy().tolist() == [["", "whale"]]


@pytest.mark.parametrize("section", ["train", "prepare", "validate"])
def test_a_mirror_image_as_another_identity_is_refused_with_sides(section: str, tmp_path: Path) -> None:
    from longtail import stages

    schema = {**params.SHARED, **stages.schemas()}[section]
    for train, refused in (("true", True), ("false", False)):
        (tmp_path / "params.yaml").write_text(f"data:\n  side_column: view\ntrain:\n  mirror_as_identity: {train}\n")
        raw = params.read(tmp_path / "params.yaml")
        if not refused:
            params.load(schema, section, raw)
            params.check_all(stages.schemas(), raw)
            continue
        with pytest.raises(BadParameter, match=r"mirror_as_identity with data.side_column.*line 4") as raised:
            params.load(schema, section, raw)
        assert raised.value.exit_code == 2
        with pytest.raises(BadParameter) as every:
            params.check_all(stages.schemas(), raw)
        assert len(every.value.problems) == 1
    (tmp_path / "params.yaml").write_text("data:\n  side_column: view\n")
    assert params.load(DataParams, "data", params.read(tmp_path / "params.yaml")).side_column == "view"  # for an import
    with pytest.raises(BadParameter, match="mirror_as_identity with"):  # it is on by default
        params.load(schema, section, params.read(tmp_path / "params.yaml"))


def test_the_rule_of_words_is_that_of_numbers() -> None:
    pairs = [(side, species) for side in ("", "left", "right") for species in ("", "whale", "seal")]
    table = pd.DataFrame(pairs, columns=["side", "species"]).assign(image=[str(number) for number in range(len(pairs))])
    numbers = of_words(table["side"], table["species"])
    for place, image in enumerate(table["image"]):
        expected = numbers[place : place + 1].comparable(numbers)[0].tolist()
        assert comparable(table, image, table["image"]) == expected
    assert comparable(table[["image"]], "0", table["image"]) == [True] * len(table)


def test_words_of_which_one_begins_another_are_told() -> None:
    _, warnings = describe(pd.DataFrame({"side": ["l", "left", "right", "r", "front"]}))
    assert len(warnings) == 1
    assert "'l' and 'left' are two words for a side" in warnings[0]
    assert "(2 such pairs)" in warnings[0]
    assert describe(pd.DataFrame({"side": ["left", "right", "links"]}))[1] == []
