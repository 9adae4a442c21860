"""Layouts that could be meant in several ways: refused with the choices, exit code 2, nothing written."""

from __future__ import annotations

import re
import shlex
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest

from longtail.cli import main
from tests.importing.layouts import (
    FOLDERS,
    HAPPYWHALE,
    KAGGLE,
    WILDLIFE,
    Files,
    in_folder,
    pictures,
    refused,
    rows,
    table,
)


class Unclear(NamedTuple):
    """A layout: files, what the message says, the commands that it offers, the first one's rows of train.csv."""

    files: Files
    what: str
    commands: list[str]
    rows: int


def moved(files: Files, to: str) -> dict[str, bytes]:
    return {f"{to}/{name}": content for name, content in files.items()}


PHOTOGRAPHS = {name: content for name, content in KAGGLE.items() if name.endswith("jpg")}
LAYOUTS = {
    "a table of another name beside two folders": Unclear(
        {
            "labels.csv": KAGGLE["train.csv"],
            **{name.replace("/", "_images/"): content for name, content in PHOTOGRAPHS.items()},
        },
        "table of another name than train.csv, and of no known format, e.g. labels.csv with the columns Image, Id",
        ["source/labels.csv"],
        4,
    ),
    "two levels of folders": Unclear(
        pictures(["2019/Ada/1.jpg", "2019/Bo/1.jpg", "2020/Ada/1.jpg"]),
        "3 x photograph in a folder within a folder",
        [
            *("source --as individual", "source --as species/individual", "source --as place/individual"),
            *("source --as year/individual", "source --as individual/encounter", "source --as skip/individual"),
            *("source/2019", "source/2020"),
        ],
        3,
    ),
    "a folder an individual, in it sides": Unclear(
        pictures(["Ada/Left/1.jpg", "Ada/right side/2.jpg", "Bo/Left/1.jpg"]),
        "3 x photograph in a folder within a folder",
        [
            *("source --as individual/side", "source --as individual", "source --as species/individual"),
            *("source --as place/individual", "source --as year/individual", "source --as individual/encounter"),
            *("source --as skip/individual", "source/Ada", "source/Bo"),
        ],
        3,
    ),
    "a folder an individual, in it days": Unclear(
        pictures(["Ada/2021-05-01/1.jpg", "Ada/20210601/2.jpg", "Bo/2021-05-01/1.jpg"]),
        "3 x photograph in a folder within a folder",
        [
            *("source --as individual/date", "source --as individual", "source --as species/individual"),
            *("source --as place/individual", "source --as year/individual", "source --as individual/encounter"),
            *("source --as skip/individual", "source/Ada", "source/Bo"),
        ],
        3,
    ),
    "one individual with folders of its own": Unclear(
        pictures(["Ada/1.jpg", "Bo/left/1.jpg"]),
        "photograph in a folder within a folder",
        ["source --as individual", "source/Ada", "source/Bo"],
        2,
    ),
    "three levels of folders": Unclear(
        pictures(["orca/2019/Ada/1.jpg", "minke/2019/Bo/1.jpg"]),
        "2 x photograph in a folder within a folder",
        ["source --as individual", "source --as species/year/individual", "source/minke", "source/orca"],
        2,
    ),
    "several tables": Unclear(
        {**WILDLIFE, "other.csv": WILDLIFE["metadata.csv"]},
        "2 tables that could have the labels",
        ["source/metadata.csv", "source/other.csv"],
        4,
    ),
    "tables of two formats": Unclear(
        {"train.csv": KAGGLE["train.csv"], "metadata.csv": WILDLIFE["metadata.csv"], **PHOTOGRAPHS},
        "2 tables that could have the labels",
        ["source/metadata.csv", "source/train.csv"],
        0,
    ),
    "a parent of several sets": Unclear(
        {**moved(KAGGLE, "2018"), **moved(HAPPYWHALE, "2022"), **moved(WILDLIFE, "turtles")},
        "no table here, but label tables one folder down (2018, 2022, turtles)",
        ["source/2018", "source/2022", "source/turtles"],
        4,
    ),
    "a set beside folders": Unclear(
        {**moved(KAGGLE, "2018"), **FOLDERS},
        "no table here, but label tables one folder down (2018)",
        ["source/2018"],
        4,
    ),
    "parts of a set without a table": Unclear(
        pictures(["train/1.jpg", "train/2.jpg", "test/3.jpg"]),
        "no table, and folders with names as of parts of a set (train)",
        ["source --as individual"],
        2,
    ),
    "a folder for each year": Unclear(
        pictures(["2019/1.jpg", "2020/1.jpg"]),
        "no table, and folders with names as of parts of a set (2019, 2020)",
        ["source --as individual"],
        2,
    ),
    "parts of a set in other words": Unclear(
        pictures(["humpback_train/1.jpg", "humpback_extra/1.jpg"]),
        "no table, and folders with names as of parts of a set (humpback_train)",
        ["source --as individual"],
        2,
    ),
    "a table of its own in each folder": Unclear(
        {
            **pictures(["A/1.jpg", "B/1.jpg"]),
            "A/who.csv": table("file,name", "1.jpg,x"),
            "B/who.csv": table("file,name"),
        },
        "2 x no table here, but a table in a folder of photographs, e.g. A/who.csv",
        ["source --as individual"],
        2,
    ),
    "a table with semicolons": Unclear(
        {"labels.csv": table("image_id;identity;path", "1;a;A/1.jpg"), **pictures(["A/1.jpg", "B/1.jpg"])},
        "labels.csv with the columns image_id;identity;path",
        ["source --as individual"],
        2,
    ),
    "a table beside folders of folders": Unclear(
        {
            "labels.csv": table("filename,identity", "a.jpg,fin-1", "b.jpg,humpback-1"),
            **pictures(["fin/fin-1/a.jpg", "humpback/humpback-1/b.jpg"]),
        },
        "labels.csv with the columns filename, identity",
        [
            *("source --as individual", "source --as species/individual", "source --as place/individual"),
            *("source --as year/individual", "source --as individual/encounter", "source --as skip/individual"),
        ],
        2,
    ),
    "two label tables beside parts of a set": Unclear(
        {
            "labels.csv": table("Image,Id", "a.jpg,Ada", "b.jpg,Bo"),
            "labels_old.csv": table("Image,Id", "a.jpg,Ada"),
            **pictures(["left/a.jpg", "right/b.jpg"]),
        },
        "2 x table of another name than train.csv, and of no known format",
        ["source/labels.csv", "source/labels_old.csv"],
        2,
    ),
    "a table that is not CSV": Unclear(
        {"labels.xlsx": b"PK", **pictures(["A/1.jpg", "B/1.jpg"])},
        "table that is not CSV, beside the photographs, e.g. labels.xlsx",
        ["source --as individual"],
        2,
    ),
    "one folder of photographs": Unclear(
        pictures(["flukes/1.jpg", "flukes/2.jpg"]),
        "all photographs lie in one folder ('flukes') and there is no table",
        ["source --as individual"],
        2,
    ),
    "photographs beside folders": Unclear(
        {**FOLDERS, **pictures(["1.jpg", "2.jpg"])},
        "2 x photograph beside folders, so that it is not clear whom it shows, e.g. 1.jpg",
        [],
        0,
    ),
    "folders below test": Unclear(
        pictures(["train/Ada/1.jpg", "train/Bo/1.jpg", "test/Ada/2.jpg"]),
        "photograph in a folder below test/, so that it is not clear whether it is labelled",
        ["source/train"],
        2,
    ),
    "a folder called unknown": Unclear(
        pictures(["Ada/1.jpg", "Bo/1.jpg", "unknown/1.jpg"]), "a folder is called 'unknown'", [], 0
    ),
}


WITH_UNKNOWN = {**KAGGLE, "train.csv": KAGGLE["train.csv"].replace(b"new_whale", b"unknown")}


pytestmark = pytest.mark.usefixtures("checkout")


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_it_is_refused_and_the_choices_are_named(
    name: str, more: list[str], checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = LAYOUTS[name]
    in_folder(checkout / "source", case.files)
    message = refused(["import", "source", *more], capsys)
    assert case.what in message
    assert re.findall(r"^  longtail import (.+?)(?:  |$)", message, re.MULTILINE) == case.commands
    assert len(re.findall("^  ", message, re.MULTILINE)) >= max(1, len(case.commands))  # deeds are choices too


@pytest.mark.parametrize("name", [name for name, case in LAYOUTS.items() if case.rows])
def test_the_first_choice_is_a_command_that_works(name: str, checkout: Path) -> None:
    case = LAYOUTS[name]
    in_folder(checkout / "source", case.files)
    assert main(["import", *shlex.split(case.commands[0]), "--to", "elsewhere"]) == 0
    assert len(rows(Path("elsewhere/train.csv"))) == case.rows + 1


class Foreign(NamedTuple):
    """A table with columns of its own: what the message offers, and params.yaml after it was followed."""

    table: bytes
    offers: str
    params: str


FOREIGN_TABLES = {
    "two columns": Foreign(
        table("filename,identity", "a.jpg,Ada", "b.jpg,Bo"),
        "set data.image_column: filename and data.identity_column: identity in params.yaml, "
        "then longtail import source/labels.csv",
        "data:\n  image_column: filename\n  identity_column: identity\n",
    ),
    "one that is the project's": Foreign(
        table("Image,whale", "a,Ada", "b,Bo"),
        "set data.identity_column: whale in params.yaml, then longtail import source/labels.csv",
        "data:\n  identity_column: whale\n",
    ),
    "several that could be the individual": Foreign(
        table("no,photo file,place,animal", "1,left/a.JPG,bay,Ada", "2,right/b.JPG,bay,Bo"),
        "set data.image_column: photo file and data.identity_column: animal in params.yaml, then",
        "data:\n  image_column: photo file\n  identity_column: animal\n",
    ),
    "none that says which": Foreign(
        table("photo,x,y", "a.jpg,Ada,1", "b.jpg,Bo,2"),
        'set data.image_column: photo and data.identity_column: one of x, "y" in params.yaml, then',
        "data:\n  image_column: photo\n  identity_column: x\n",
    ),
}


@pytest.mark.parametrize("name", FOREIGN_TABLES)
def test_a_table_with_other_columns_says_what_to_set(
    name: str, checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = FOREIGN_TABLES[name]
    in_folder(checkout / "source", {"labels.csv": case.table, **pictures(["left/a.jpg", "right/b.jpg"])})
    message = refused(["import", "source"], capsys)
    assert case.offers in message
    assert "--as individual" not in message  # left and right are no individuals
    Path("params.yaml").write_text(case.params)
    assert main(["import", "source/labels.csv"]) == 0
    assert len(rows()) == 3
    assert any("Ada" in row for row in rows())


@pytest.mark.parametrize(
    ("files", "offers"),
    [
        ({"notes.csv": table("day,weather", "1,rain")}, "take notes.csv away  "),
        ({"labels.csv": table("Image,Id", "z.jpg,Ada")}, "take labels.csv away  "),
        ({"labels.csv": table("Image;Id", "a.jpg;Ada")}, "save labels.csv with commas between the columns  "),
        ({"labels.csv": "Image,Id\na.jpg,Ada\n".encode("utf-16")}, "save labels.csv as CSV (UTF-8, commas)  "),
        ({"labels.csv": table("Image", "a.jpg")}, "take labels.csv away  "),
        ({"photos.csv": table("file,place,Date", "a.jpg,bay,2021", "b.jpg,fjord,2021")}, "take photos.csv away  "),
        ({"tables/labels.csv": table("Image,Id", "a.jpg,Ada")}, "move tables/labels.csv into source  "),
    ],
)
def test_a_table_that_cannot_be_named_as_it_is(
    files: Files, offers: str, checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    in_folder(checkout / "source", {**files, **pictures(["A/a.jpg", "B/b.jpg"])})
    message = refused(["import", "source"], capsys)
    assert offers in message
    assert "longtail import source --as individual" in message


def test_a_word_for_unknown_is_no_individual_with_as_either(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    in_folder(checkout / "source", pictures(["2019/Ada/1.jpg", "2019/unknown/1.jpg"]))
    assert "a folder is called 'unknown'" in refused(["import", "source", "--as", "year/individual"], capsys)


def test_a_word_for_unknown_may_be_in_capitals(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    in_folder(checkout / "source", pictures(["Ada/1.jpg", "Unknown/1.jpg"]))
    assert "a folder is called 'Unknown'" in refused(["import", "source"], capsys)
    lines = table("image_id,identity,path", "1,Ada,Ada/1.jpg", "2,UNKNOWN,Unknown/1.jpg")
    in_folder(checkout / "table", {**pictures(["Ada/1.jpg", "Unknown/1.jpg"]), "metadata.csv": lines})
    assert main(["import", "table"]) == 0
    assert rows()[1:] == ["Ada__1.jpg,Ada,1", "Unknown__1.jpg,new_whale,2"]


def test_a_name_with_blanks_is_quoted(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    in_folder(checkout / "my whales", pictures(["flukes/1.jpg"]))
    assert "longtail import 'my whales' --as individual" in refused(["import", "my whales"], capsys)


def test_a_table_in_a_zip_has_to_be_unpacked(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with zipfile.ZipFile(checkout / "set.zip", "w") as archive:
        for name, content in LAYOUTS["a table of another name beside two folders"].files.items():
            archive.writestr(name, content)
    assert "longtail import FOLDER/labels.csv  (after unpacking the zip" in refused(["import", "set.zip"], capsys)


class TestAs:
    def test_no_such_kind(self, checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
        in_folder(checkout / "source", KAGGLE)
        message = refused(["import", "source", "--as", "kagle"], capsys)
        assert "--as kagle is no kind of source. Write one of kaggle, happywhale, wildlife-datasets" in message

    @pytest.mark.parametrize("kind", ["species", "year/place", "individual/individual", "species/species/individual"])
    def test_levels_without_one_individual(self, kind: str, checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
        in_folder(checkout / "source", FOLDERS)
        assert "needs the level `individual` once" in refused(["import", "source", "--as", kind], capsys)

    @pytest.mark.parametrize("kind", ["kaggle", "happywhale", "wildlife-datasets"])
    def test_a_kind_that_the_source_is_not(self, kind: str, checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
        in_folder(checkout / "source", {"notes.csv": table("a,b", "1,2"), **FOLDERS})
        message = refused(["import", "source", "--as", kind], capsys)
        assert "no table with the columns" in message
        assert "notes.csv has a, b" in message

    def test_it_chooses_among_tables(self, checkout: Path) -> None:
        in_folder(checkout / "source", {**KAGGLE, "metadata.csv": WILDLIFE["metadata.csv"]})
        assert main(["import", "source", "--as", "kaggle"]) == 0
        assert len(rows()) == 5

    def test_photographs_above_the_last_level(self, checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
        in_folder(checkout / "source", pictures(["2019/Ada/1.jpg", "2019/2.jpg", "2020/Bo/3.jpg"]))
        message = refused(["import", "source", "--as", "year/individual"], capsys)
        assert "photograph that lies in fewer folders than --as year/individual names, e.g. 2019/2.jpg" in message

    def test_one_name_below_two_species(self, checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
        in_folder(checkout / "source", pictures(["orca/1/a.jpg", "minke/1/a.jpg", "orca/2/a.jpg"]))
        message = refused(["import", "source", "--as", "species/individual"], capsys)
        assert "name of an individual that lies below several species, e.g. '1' below minke, orca" in message

    def test_one_name_at_two_places_is_one_individual(self, checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
        in_folder(checkout / "source", pictures(["bay/Ada/a.jpg", "fjord/Ada/a.jpg", "bay/Bo/a.jpg"]))
        assert main(["import", "source", "--as", "place/individual"]) == 0
        assert "individuals that lie below several places, taken as one each: Ada" in capsys.readouterr().out


def test_a_table_may_be_named_and_its_columns_set(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    in_folder(
        checkout / "source", {"who.csv": table("file,name", "a.jpg,Ada", "b.jpg,Bo"), **pictures(["a.jpg", "b.jpg"])}
    )
    message = refused(["import", "source/who.csv"], capsys)
    assert "who.csv has no column 'Image'; its columns are 'file', 'name'" in message
    assert "Set data.image_column in params.yaml" in message
    Path("params.yaml").write_text("data:\n  image_column: file\n  identity_column: name\n")
    assert main(["import", "source/who.csv"]) == 0
    assert rows() == ["file,name", "a.jpg,Ada", "b.jpg,Bo"]


def test_a_word_of_the_field_for_unknown_is_no_individual(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    in_folder(checkout / "source", WITH_UNKNOWN)
    message = refused(["import", "source"], capsys)
    assert "photograph labelled 'unknown', and data.unknown_label is 'new_whale', e.g. 0d.jpg" in message
    Path("params.yaml").write_text("data:\n  unknown_label: unknown\n")
    assert main(["import", "source"]) == 0
    assert Path("data/raw/train.csv").read_bytes() == WITH_UNKNOWN["train.csv"]
