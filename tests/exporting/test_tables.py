"""The catalogue and the answers: their columns, what a spreadsheet would run, what they refuse."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtail.errors import BadInput
from longtail.exporting import tables
from longtail.exporting.writer import write_metadata
from longtail.labels.spreadsheet import as_text
from longtail.params import DataParams

SPLIT = pd.DataFrame(
    {
        "image": ["b.jpg", "a.jpg", "c.jpg"],
        "identity": ["moby", "dick", ""],
        "group": ["B", "A", "C"],
        "fold": ["train", "valid", "left_out"],
    }
)
LABELLED = pd.DataFrame({"image": ["a.jpg", "b.jpg", "c.jpg"], "label": ["moby", "moby", ""]})
LABELLED["photograph"] = LABELLED["image"]


def train_csv(folder: Path, text: str) -> Path:
    path = folder / "train.csv"
    path.write_text(text, encoding="utf-8")
    return path


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_the_catalogue_has_the_edited_identity_the_label_and_what_the_set_knows(tmp_path: Path) -> None:
    table = train_csv(tmp_path, "Id,when,Image,group\nmoby,2019-07-01,a.jpg,x\nmoby,,b.jpg,\nnew_whale,2020,c.jpg,y\n")
    rows = tables.catalogue(SPLIT, LABELLED, table, DataParams())
    assert rows.to_dict("list") == {
        "image_id": ["a.jpg", "b.jpg", "c.jpg"],
        "identity": ["dick", "moby", "unknown"],
        "path": ["train/a.jpg", "train/b.jpg", "train/c.jpg"],
        "label": ["moby", "moby", "unknown"],
        "group": ["A", "B", "C"],
        "fold": ["valid", "train", "left_out"],
        "when": ["2019-07-01", "", "2020"],
        "group (train.csv)": ["x", "", "y"],
    }


def test_sides_species_and_dates_have_the_names_of_wildlife_datasets(tmp_path: Path) -> None:
    table = train_csv(tmp_path, "Image,Id,side,kind,date,when\na.jpg,moby,left,whale,x,2019\n")
    rows = tables.catalogue(SPLIT, LABELLED, table, DataParams(side_column="side", species_column="kind"))
    assert list(rows.columns[-4:]) == ["orientation", "species", "date", "when"]
    assert rows.loc[0, "orientation"] == "left"
    dated = tables.catalogue(SPLIT, LABELLED, table, DataParams(date_column="when"))
    assert list(dated.columns[-2:]) == ["date", "when"]  # the set has a column of that name


def test_the_answers_are_the_candidates_best_first(tmp_path: Path) -> None:
    candidates = pd.DataFrame(
        {
            "image": ["t.jpg", "t.jpg"],
            "rank": [1, 2],
            "identity": ["", "moby"],
            "score": [float("nan"), 0.25],
            "probability": [0.75, 0.125],
            "match": ["", "b.jpg"],
            "kind": ["new", "classifier"],
        }
    )
    decisions = pd.DataFrame({"image": ["t.jpg"], "probability_new": [0.75]})
    test = pd.DataFrame({"image": ["t.jpg"], "photograph": ["t.jpg"]})
    write_metadata(tmp_path / "answers.csv", tables.answers(candidates, decisions, test))
    assert read(tmp_path / "answers.csv") == [
        ["", "image_id", "identity", "path", "rank", "score", "probability", "kind", "match", "probability_new"],
        ["0", "t.jpg", "unknown", "test/t.jpg", "1", "", "0.75", "new", "", "0.75"],
        ["1", "t.jpg", "moby", "test/t.jpg", "2", "0.25", "0.125", "classifier", "b.jpg", "0.75"],
    ]
    earlier = tables.answers(candidates.drop(columns="probability"), decisions, test)
    assert earlier["probability"].isna().all()


def test_a_row_with_a_box_has_the_path_of_its_file(tmp_path: Path) -> None:
    table = train_csv(tmp_path, "Image,Id,box\na.jpg,moby,\nb.jpg,moby,\nc.jpg,new_whale,0 0 0.5 1\n")
    files = LABELLED.assign(photograph=["a.jpg", "b.jpg", "pair.jpg"])
    rows = tables.catalogue(SPLIT, files, table, DataParams())
    assert rows.loc[2, ["image_id", "path", "box"]].tolist() == ["c.jpg", "train/pair.jpg", "0 0 0.5 1"]


def test_an_individual_called_unknown_is_refused(tmp_path: Path) -> None:
    split = SPLIT.assign(identity=["unknown", "unknown", "moby"])
    with pytest.raises(BadInput, match=r"2 x row of an individual called 'unknown'.*data\.unknown_label"):
        tables.catalogue(split, LABELLED, train_csv(tmp_path, "Image,Id\n"), DataParams())


@pytest.mark.parametrize("cell", ["=1+1", "+a", "-5", "@sum", "\tx", "\rx", "\nx", "'=1", "''-"])
def test_what_a_spreadsheet_would_run_gets_one_quote(cell: str, tmp_path: Path) -> None:
    write_metadata(tmp_path / "metadata.csv", pd.DataFrame({"identity": [cell], cell: [-5]}))
    assert read(tmp_path / "metadata.csv") == [["", "identity", f"'{cell}"], ["0", f"'{cell}", "-5"]]


@pytest.mark.parametrize("cell", ["", "a=1", "1-2", "'", "'quoted'", " =1", "élan"])
def test_every_other_text_stays_as_it_is(cell: str) -> None:
    assert as_text(cell) == cell


@given(st.lists(st.text(alphabet="'=+-@\ta1"), unique=True, max_size=8))
def test_no_two_texts_become_one_and_none_is_a_formula(cells: list[str]) -> None:
    written = [as_text(cell) for cell in cells]
    assert len(set(written)) == len(cells)
    assert not [cell for cell in written if cell[:1] in set("=+-@\t\r\n") - {""}]
