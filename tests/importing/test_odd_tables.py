"""Tables as they come from a spreadsheet or another machine, and raw files: read right, or refused with a remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from longtail.cli import main
from tests.importing.layouts import Files, in_folder, pictures, refused, rows, table

PHOTOGRAPHS = pictures(["train/a.jpg", "train/b.jpg", "train/c.jpg"])
OWN = table("Image,Id", "a.jpg,Ada", "b.jpg,Bo", "c.jpg,Bo")
FIELD = table("image_id,identity,path", "1,Ada,train/a.jpg", "2,Bo,train/b.jpg", "3,Bo,train/c.jpg")

pytestmark = pytest.mark.usefixtures("checkout")


def said(files: Files, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    in_folder(Path("source"), files)
    assert main(["import", "source", *more]) == 0
    return capsys.readouterr().out


REFUSED = {
    "semicolons": ({"train.csv": OWN.replace(b",", b";")}, "Save it with commas between the columns."),
    "a line that names the separator": ({"train.csv": b"sep=;\n" + OWN.replace(b",", b";")}, "columns are 'sep=;'"),
    "UTF-16": ({"train.csv": OWN.decode().encode("utf-16")}, "train.csv is UTF-16, not UTF-8"),
    "Latin-1": ({"train.csv": OWN.replace(b"Ada", b"Zo\xeb")}, "train.csv is not UTF-8"),
    "columns in capitals": (
        {"train.csv": OWN.replace(b"Image,Id", b"IMAGE,ID")},
        "Set data.image_column in params.yaml to the name it has in the file, perhaps to 'IMAGE'",
    ),
    "spaces in the header": (
        {"train.csv": OWN.replace(b"Image,Id", b"Image , Id")},
        "Take the spaces before and after the names of its columns away.",
    ),
    "paths of another machine": (
        {"metadata.csv": FIELD.replace(b"train/", b"/home/bo/whales/train/")},
        "3 x path that begins at the top of a disk, perhaps of another machine, e.g. '/home/bo/whales/train/a.jpg'",
    ),
    "paths of a Windows machine": (
        {"metadata.csv": FIELD.replace(b"train/", b"D:\\whales\\train\\")},
        "What all of them begin with: 'D:/whales/train/'.",
    ),
    "empty rows of a spreadsheet": (
        {"train.csv": OWN + b",\n,\n"},
        "2 x row without a photograph (source: train.csv, row 5). Nothing was imported. Delete the row",
    ),
    "one photograph in two rows": (
        {"train.csv": OWN + b"a.jpg,Bo\n"},
        "photograph that several rows name, e.g. a.jpg of 'Ada' and 'Bo', rows 2 and 5",
    ),
    "a second label table": (
        {"metadata.csv": FIELD, "labels.csv": table("file,name", "a.jpg,Cleo")},
        "2 tables that could have the labels, e.g. labels.csv",
    ),
    "a photograph of each side in a row": (
        {"animals.csv": table("name,left,right", "Ada,a.jpg,b.jpg", "Bo,c.jpg,")},
        "its rows name several photographs each (left, right)",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_meant_for_certain_is_refused_with_a_remedy(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    files, message = REFUSED[name]
    in_folder(Path("source"), {**PHOTOGRAPHS, **files})
    assert message in refused(["import", "source"], capsys)
    assert message in refused(["import", "source", "--dry-run"], capsys)


def test_the_choices_between_two_label_tables_work(capsys: pytest.CaptureFixture[str]) -> None:
    in_folder(Path("source"), {**PHOTOGRAPHS, **REFUSED["a second label table"][0]})
    message = refused(["import", "source"], capsys)
    assert "longtail import source/metadata.csv  a wildlife-datasets table, metadata.csv" in message
    assert "set data.image_column: file and data.identity_column: name in params.yaml" in message
    assert main(["import", "source/metadata.csv"]) == 0
    assert "train__a.jpg,Ada,1" in rows()


def test_a_table_that_names_no_individuals_is_left_out_and_said(capsys: pytest.CaptureFixture[str]) -> None:
    out = said({**PHOTOGRAPHS, "train.csv": OWN, "places.csv": table("Image,place", "a.jpg,bay")}, capsys)
    assert "note: left out: 1 (places.csv)" in out


@pytest.mark.parametrize("text", [b"\xef\xbb\xbf" + OWN.replace(b"\n", b"\r\n"), OWN.replace(b".jpg", b".jpg ")])
def test_a_mark_of_excel_and_spaces_after_file_names_change_nothing(
    text: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    out = said({**PHOTOGRAPHS, "train.csv": text}, capsys)
    assert "3 labelled photographs" in out
    assert "2 identities, 1 of them seen once" in out


@pytest.mark.parametrize("word", ["?", "NA", "Unidentified", "new_whale_"])
def test_a_name_that_may_mean_nobody_is_said(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = said({**PHOTOGRAPHS, "train.csv": OWN.replace(b"Ada", word.encode())}, capsys, "--dry-run")
    note = f"may mean 'none of the known': 1 ({word}: 1 photograph); if so, write new_whale"
    assert (note in out) == (word != "new_whale_")


@pytest.mark.parametrize(("species", "is_advised"), [(("", "", ""), False), (("", "orca", "orca"), True)])
def test_blank_species_are_none(species: tuple[str, ...], is_advised: bool, capsys: pytest.CaptureFixture[str]) -> None:
    header, *lines = FIELD.decode().splitlines()
    cells = [f"{line},{value}" for line, value in zip(lines, species, strict=True)]
    out = said({**PHOTOGRAPHS, "metadata.csv": table(f"{header},species", *cells)}, capsys, "--dry-run")
    assert ("data.species_column: species" in out) == is_advised
    assert "several species" not in out


@pytest.mark.parametrize(
    ("name", "is_said"),
    [("Ada;Bo", True), ("Ada & Bo", True), ("Ada and Bo", True), ("Ada+Bo", True), ("Andy", False), ("A-3_x", False)],
)
def test_a_name_that_may_be_of_several_is_said(name: str, is_said: bool, capsys: pytest.CaptureFixture[str]) -> None:
    text = table("image_id,identity,path", f"1,{name},train/a.jpg", "2,Bo,train/b.jpg")
    out = said({**PHOTOGRAPHS, "metadata.csv": text}, capsys, "--dry-run")
    assert ("may be those of several: 1" in out) == is_said


def test_what_a_network_drive_puts_beside_photographs_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    junk = pictures(["@eaDir/Ada/1.jpg", "Ada/@eaDir/1.jpg", ".thumbnails/1.jpg", "#recycle/1.jpg"])
    out = said({**pictures(["Ada/1.jpg", "Bo/1.jpg"]), **junk}, capsys, "--dry-run")
    assert "2 labelled photographs" in out


def test_a_known_table_in_a_folder_without_its_photographs_has_to_be_moved(capsys: pytest.CaptureFixture[str]) -> None:
    in_folder(Path("source"), {**PHOTOGRAPHS, "tables/metadata.csv": FIELD})
    message = refused(["import", "source"], capsys)
    assert "move tables/metadata.csv into source  it is a label table, and its photographs lie elsewhere" in message
    Path("source/tables/metadata.csv").rename("source/metadata.csv")
    assert main(["import", "source"]) == 0


def test_dates_that_may_mean_two_days_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    header, *lines = FIELD.decode().splitlines()
    dated = table(f"{header},date", *(f"{line},0{day}/04/2021" for day, line in enumerate(lines, 2)))
    out = said({**PHOTOGRAPHS, "metadata.csv": dated}, capsys, "--dry-run")
    assert "3 of its values cannot be read for certain, e.g. '02/04/2021': written as YYYY-MM-DD" in out


class TestRaw:
    """Import leaves raw files out, or says that a run stops at them; always with one remedy."""

    REMEDY = "export it as JPEG or TIFF with a raw converter; its built-in preview is not the photograph"

    def test_a_source_of_raw_files_alone(self, capsys: pytest.CaptureFixture[str]) -> None:
        in_folder(Path("source"), {"Ada/1.NEF": b"raw", "Bo/2.dng": b"raw"})
        message = refused(["import", "source"], capsys)
        assert "2 x camera's raw file, and no photograph, e.g. Ada/1.NEF" in message
        assert self.REMEDY in message

    @pytest.mark.parametrize("more", [[], ["--dry-run"]], ids=["import", "dry run"])
    def test_a_table_that_names_one(self, more: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        out = said({**PHOTOGRAPHS, "train/d.CR2": b"raw", "train.csv": OWN + b"d.CR2,Ada\n"}, capsys, *more)
        assert f"among the photographs: 1 (d.CR2); `make run` stops at them: {self.REMEDY}" in out
