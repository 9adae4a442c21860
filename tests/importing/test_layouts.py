"""Each layout that docs/how-to/own-data.md lists, drawn small: recognised by its content, and what becomes of it."""

from __future__ import annotations

import re
import unicodedata
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest

from longtail.cli import main
from longtail.labels import rawset
from longtail.params import DataParams
from tests.conftest import SHARED
from tests.importing.layouts import (
    COCO,
    FOLDERS,
    HAPPYWHALE,
    KAGGLE,
    WILD_ME,
    WILDLIFE,
    Files,
    below,
    in_folder,
    picture,
    pictures,
    rows,
    table,
)


class Case(NamedTuple):
    """A layout: files, what `--as` needs, the line that names it, rows of train.csv, names of the test photographs."""

    files: Files
    said: str
    rows: list[str]
    test: tuple[str, ...] = ()
    kind: str = ""
    table: str = ""


LAYOUTS = {
    "Kaggle, humpback whales 2018 and 2019": Case(
        KAGGLE, "a Kaggle table: 2 individuals", KAGGLE["train.csv"].decode().splitlines(), ("0e.jpg",)
    ),
    "Happywhale 2022": Case(
        HAPPYWHALE,
        "a Happywhale table: 2 species, 2 individuals",
        ["Image,Id,species", "0a.jpg,ind1,beluga", "0b.jpg,ind1,beluga", "0c.jpg,ind2,killer_whale"],
        ("0d.jpg",),
    ),
    "wildlife-datasets": Case(
        WILDLIFE,
        "a wildlife-datasets table: 2 species, 2 individuals, 2010 to 2021",
        [
            "Image,Id,image_id,date,side,species,split",
            "images__t281__one_0.JPG,t281,10,2010-07-11 16:53:31,left,turtle,train",
            "images__t281__two_1.jpg,t281,11,2012-07-11,right,turtle,test",
            "images__tom__three.jpeg,Old_Tom,12,2021-01-02,left,seal,train",
            "images__unknown__four.jpg,new_whale,13,2021-01-02,left,seal,",
        ],
    ),
    "COCO, a category an individual": Case(
        COCO,
        "a COCO file, individuals by category: 2 individuals",
        ["Image,Id", "photos__a.jpg,Ada", "photos__b.jpg,Ada", "photos__c.jpg,Bo"],
    ),
    "COCO, an attribute an individual": Case(
        WILD_ME,
        "a COCO file, individuals by the attribute 'name': 2 individuals, 2017 to 2019",
        [
            "Image,Id,uuid,side,category,date",
            "0.jpg,Ada,u0,left,beluga,2017-08-07 20:38:36",
            "1.jpg,Ada,u1,right,beluga,2018-08-07 20:38:36",
            "2.jpg,Bo,u2,left,beluga,2019-08-07 20:38:36",
            "3.jpg,new_whale,u3,left,beluga,",
        ],
        kind="coco:name",
    ),
    "a table of your own": Case(
        {"labels.csv": KAGGLE["train.csv"], **{name: KAGGLE[name] for name in KAGGLE if name.endswith("jpg")}},
        "a label table (labels.csv): 2 individuals",
        KAGGLE["train.csv"].decode().splitlines(),
        ("0e.jpg",),
        table="labels.csv",
    ),
    "a folder an individual": Case(
        FOLDERS,
        "a folder for each individual: 2 individuals",
        ["Image,Id", "Ada__1.jpg,Ada", "Ada__2.JPG,Ada", "Bo__1.jpg,Bo", "new_whale__1.jpg,new_whale"],
        ("9.jpg",),
    ),
    "folders below species": Case(
        pictures(["orca/Ada/1.jpg", "orca/Bo/1.jpg", "minke/Cy/1.jpg"]),
        "a folder for each individual, below species: 2 species, 3 individuals",
        ["Image,Id,species", "minke__Cy__1.jpg,Cy,minke", "orca__Ada__1.jpg,Ada,orca", "orca__Bo__1.jpg,Bo,orca"],
        kind="species/individual",
    ),
    "folders below place": Case(
        pictures(["fjord/Ada/1.jpg", "bay/Bo/1.jpg", "bay/Ada/1.jpg"]),
        "a folder for each individual, below place: 2 individuals",
        ["Image,Id,place", "bay__Ada__1.jpg,Ada,bay", "bay__Bo__1.jpg,Bo,bay", "fjord__Ada__1.jpg,Ada,fjord"],
        kind="place/individual",
    ),
    "folders below year": Case(
        pictures(["2019/Ada/1.jpg", "2020/Ada/1.jpg", "2020/Bo/1.jpg"]),
        "a folder for each individual, below year: 2 individuals, 2019 to 2020",
        ["Image,Id,year", "2019__Ada__1.jpg,Ada,2019", "2020__Ada__1.jpg,Ada,2020", "2020__Bo__1.jpg,Bo,2020"],
        kind="year/individual",
    ),
}


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "checkout"
    root.mkdir()
    monkeypatch.chdir(root)
    return root


def words(case: Case, source: Path) -> list[str]:
    return ["import", str(source / case.table), *(["--as", case.kind] if case.kind else [])]


def test_the_documentation_lists_these_layouts(root: Path) -> None:
    page = (root / "docs/how-to/own-data.md").read_text("utf-8")
    section = page.split("### What is recognised")[1].split("\n#")[0]
    cells = re.findall(r"^\| ([^|]+?) \|", section, re.MULTILINE)
    assert cells[2:] == list(LAYOUTS)  # after the header and the line below it


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_is_recognised_and_brought(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = LAYOUTS[name]
    source = in_folder(tmp_path / "source", case.files)
    assert main(words(case, source)) == 0
    assert f"{case.said}\n" in capsys.readouterr().out
    assert rows() == case.rows
    assert sorted(path.name for path in Path("data/raw/test").glob("*.*")) == list(case.test or [".keep"])
    assert sorted(path.name for path in Path("data/raw/train").iterdir()) == sorted(
        row.split(",")[0] for row in case.rows[1:]
    )
    brought = {content for path, content in below(Path("data/raw")).items() if path.startswith("train/")}
    assert brought <= set(case.files.values())
    rawset.check(Path("data/raw"), DataParams())


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_dry_run_says_the_same_and_writes_nothing(
    name: str, tmp_path: Path, checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = LAYOUTS[name]
    source = in_folder(tmp_path / "source", case.files)
    before = below(tmp_path)
    assert main([*words(case, source), "--dry-run"]) == 0
    output = capsys.readouterr().out
    assert below(tmp_path) == before
    assert list(checkout.iterdir()) == []
    assert f"{case.said}\n" in output
    assert main(words(case, source)) == 0
    counted = [line for line in capsys.readouterr().out.splitlines() if re.match(r" +[0-9]", line)]
    assert counted == [line for line in output.splitlines() if re.match(r" +[0-9]", line)]


@pytest.mark.parametrize("name", [name for name, case in LAYOUTS.items() if not case.table])
def test_a_zip_is_read_as_its_folder_is(name: str, tmp_path: Path) -> None:
    case = LAYOUTS[name]
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        for path, content in case.files.items():
            archive.writestr(f"a folder/{path}", content)
    assert main(["import", str(tmp_path / "set.zip"), *(["--as", case.kind] if case.kind else [])]) == 0
    assert rows() == case.rows


def test_no_hint_overwrites_what_the_user_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", str(in_folder(tmp_path / "source", KAGGLE))]) == 0
    output = capsys.readouterr().out
    assert "Next: longtail preset" in output
    assert "cp " not in output


class TestNames:
    """Paths of a table and names of files that are the same to a person."""

    def brought(self, folder: Path, path: str, file: str) -> list[str]:
        files = {"meta.csv": table("image_id,identity,path", f"1,a,{path}", "2,b,b.jpg"), file: picture(1)}
        assert main(["import", str(in_folder(folder, {**files, "b.jpg": picture(2)}))]) == 0
        return rows()[1].split(",")

    @pytest.mark.parametrize(
        ("path", "file", "name"),
        [
            ("x/a.jpg", "x/a.jpg", "x__a.jpg"),
            ("x/a", "x/a.jpg", "x__a.jpg"),
            ("x/a.jpg", "x/a.JPG", "x__a.jpg"),
            ("x/a.JPG", "x/a.jpg", "x__a.JPG"),
            ("a.jpg", "deep/er/a.jpg", "a.jpg"),
            ("whales/x/a.jpg", "x/a.jpg", "whales__x__a.jpg"),
            ("x\\a.jpg", "x/a.jpg", "x__a.jpg"),
            ("./x/a.jpg", "x/a.jpg", "x__a.jpg"),
            (unicodedata.normalize("NFC", "é.jpg"), unicodedata.normalize("NFD", "é.jpg"), "é.jpg"),
            (unicodedata.normalize("NFD", "é.jpg"), unicodedata.normalize("NFC", "é.jpg"), "é.jpg"),
            ("photo.of.2019", "photo.of.2019.jpeg", "photo.of.2019.jpeg"),
        ],
    )
    def test_the_file_is_the_one_that_is_meant(self, tmp_path: Path, path: str, file: str, name: str) -> None:
        name = unicodedata.normalize("NFC", name)
        assert self.brought(tmp_path / "source", path, file)[0] == name
        assert Path("data/raw/train", name).read_bytes() == picture(1)

    @pytest.mark.parametrize(
        ("path", "files"),
        [
            ("a.jpg", ["x/a.jpg", "y/a.jpg"]),
            ("a", ["a.jpg", "a.png"]),
            ("x/a.jpg", ["1/x/a.jpg", "2/x/a.jpg"]),
        ],
    )
    def test_what_could_be_two_files_is_refused(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], path: str, files: list[str]
    ) -> None:
        source = {"meta.csv": table("image_id,identity,path", f"1,a,{path}"), **pictures(files)}
        assert main(["import", str(in_folder(tmp_path / "source", source))]) == 2
        assert f"could mean several photographs, e.g. {path}: {files[0]} or {files[1]}" in capsys.readouterr().err
        assert below(Path("data")) == {}

    def test_another_ending_is_another_file(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        source = {"meta.csv": table("image_id,identity,path", "1,a,a.jpg", "2,b,b.jpg"), **pictures(["a.png", "b.jpg"])}
        assert main(["import", str(in_folder(tmp_path / "source", source))]) == 0
        assert "photographs of the table that are not in the source: 1 (a.jpg)" in capsys.readouterr().out
        assert rows()[1:] == ["b.jpg,b,2"]

    @pytest.mark.parametrize("path", ["../a.jpg", "/etc/a.jpg", "C:\\a.jpg", "x/../../a.jpg", ""])
    def test_paths_that_lead_out_are_refused(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], path: str
    ) -> None:
        source = {"meta.csv": table("image_id,identity,path", f"1,a,{path}"), **pictures(["a.jpg"])}
        assert main(["import", str(in_folder(tmp_path / "source", source))]) == 2
        message = capsys.readouterr().err
        kinds = {
            "": "row without a photograph",
            "/": "path that begins at the top of a disk",
            "C": "path that begins at",
        }
        assert kinds.get(path[:1], "path that leads out of the source") in message
        assert below(Path("data")) == {}


class TestWhatIsMissing:
    def test_individuals_that_lose_photographs_are_named(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        gone = ("images/t281/two_1.jpg", "images/tom/three.jpeg")
        files = {name: content for name, content in WILDLIFE.items() if name not in gone}
        assert main(["import", str(in_folder(tmp_path / "source", files))]) == 0
        output = capsys.readouterr().out
        assert "2 labelled photographs" in output.replace("       ", "")
        assert "photographs of the table that are not in the source: 2 (images/t281/two_1.jpg" in output
        assert "individuals that lose photographs: 2 (t281 1, Old Tom 1); 1 individual lost all: Old Tom" in output
        assert len(rows()) == 3
        assert "a wildlife-datasets table: 2 species, 1 individual, 2010 to 2021" in output

    def test_a_kaggle_table_counts_what_is_there(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        files = {name: content for name, content in KAGGLE.items() if name != "train/0c.jpg"}
        assert main(["import", str(in_folder(tmp_path / "source", files))]) == 0
        assert "1 individual lost all: w_2" in capsys.readouterr().out
        assert rows() == ["Image,Id", "0a.jpg,w_1", "0b.jpg,w_1", "0d.jpg,new_whale"]

    def test_a_table_alone_is_refused(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["import", str(in_folder(tmp_path / "source", {"m.csv": WILDLIFE["metadata.csv"]}))]) == 2
        assert "no photographs are with it, e.g. images/t281/one_0.JPG is not there" in capsys.readouterr().err
        assert below(Path("data")) == {}


class TestTables:
    def refused(self, folder: Path, content: bytes, capsys: pytest.CaptureFixture[str], *photographs: str) -> str:
        files = {"metadata.csv": content, **pictures(photographs or ["a.jpg", "b.jpg"])}
        assert main(["import", str(in_folder(folder / "source", files))]) == 2
        assert below(Path("data")) == {}
        return capsys.readouterr().err

    def test_a_blank_individual(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        content = table("image_id,identity,path", "1,a,a.jpg", "2,,b.jpg")
        message = self.refused(tmp_path, content, capsys)
        assert "photograph without an individual, e.g. b.jpg" in message
        assert "metadata.csv, row 3" in message

    @pytest.mark.parametrize("second", ["x", "y"])
    def test_a_photograph_of_two_rows(self, tmp_path: Path, capsys: pytest.CaptureFixture[str], second: str) -> None:
        content = table("image_id,identity,path", "1,x,a.jpg", f"2,{second},a.jpg")
        assert "photograph that several rows name, e.g. a.jpg" in self.refused(tmp_path, content, capsys)

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (table("image_id,identity,path", "1,a,a.jpg,more"), "row with another number of cells"),
            (table("image_id,identity,path"), "a header and no rows"),
            (table("image_id,identity,path,path", "1,a,a.jpg,a.jpg"), "column that metadata.csv has 2 times"),
            (table("image_id,identity,path", "1,M\u00fcnchen,a.jpg").decode().encode("latin-1"), "is not UTF-8"),
            (table("image_id,identity,path", '1,"a,a.jpg'), "broken quotes"),
            (table("image_id,identity,path", "1,a b,a.jpg", "2,a_b,b.jpg"), "differ in spaces alone"),
        ],
    )
    def test_what_cannot_be_read_as_it_was_meant(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, message: str
    ) -> None:
        assert message in self.refused(tmp_path, content, capsys)

    def test_unknown_individuals_need_a_word(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        Path("params.yaml").write_text('data:\n  unknown_label: ""\n')
        assert main(["import", str(in_folder(tmp_path / "source", WILDLIFE))]) == 2
        assert "photograph labelled 'unknown', and data.unknown_label is ''" in capsys.readouterr().err

    def test_the_columns_are_called_as_params_yaml_does(self, tmp_path: Path) -> None:
        Path("params.yaml").write_text("data:\n  image_column: path\n  identity_column: identity\n  unknown_label: x\n")
        assert main(["import", str(in_folder(tmp_path / "source", WILDLIFE))]) == 0
        assert rows()[0] == "path,identity,image_id,date,side,species,split"
        assert rows()[4].startswith("images__unknown__four.jpg,x,")

    def test_a_column_keeps_its_name_where_the_clear_one_is_taken(self, tmp_path: Path) -> None:
        content = table("image_id,identity,path,orientation,side,Id", "1,a,a.jpg,90,left,7", "2,b,b.jpg,0,right,8")
        files = {"metadata.csv": content, **pictures(["a.jpg", "b.jpg"])}
        assert main(["import", str(in_folder(tmp_path / "source", files))]) == 0
        assert rows()[:2] == ["Image,Id,image_id,orientation,side,source_Id", "a.jpg,a,1,90,left,7"]

    def test_a_column_is_not_taken_for_boxes_by_its_name(self, tmp_path: Path) -> None:
        content = table("image_id,identity,path,box", "1,a,a.jpg,7", "2,b,b.jpg,8")
        files = {"metadata.csv": content, **pictures(["a.jpg", "b.jpg"])}
        assert main(["import", str(in_folder(tmp_path / "source", files))]) == 0
        assert rows()[0] == "Image,Id,image_id,source_box"

    def test_encounters_are_told_as_a_parameter(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        content = table("image_id,identity,path,encounter_id", "1,a,a.jpg,e1", "2,b,b.jpg,e2")
        files = {"metadata.csv": content, **pictures(["a.jpg", "b.jpg"])}
        assert main(["import", str(in_folder(tmp_path / "source", files))]) == 0
        assert "column 'encounter': data.group_column: encounter in params.yaml would use it" in capsys.readouterr().out
        assert "encounter" in rows()[0]


def test_a_submission_of_other_columns_is_written_anew(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", str(in_folder(tmp_path / "source", HAPPYWHALE))]) == 0
    assert rows(Path("data/raw/sample_submission.csv")) == ["Image,Id", "0d.jpg,new_whale"]
    output = capsys.readouterr().out
    assert "sample_submission.csv is written anew, with the columns Image,Id" in output
    assert (
        "for a submission to that challenge set data.image_column: image, data.identity_column: predictions" in output
    )


def test_a_submission_may_have_the_columns_of_the_challenge(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = "data:\n  image_column: image\n  identity_column: predictions\n  unknown_label: new_individual\n"
    Path("params.yaml").write_text(words)
    assert main(["import", str(in_folder(tmp_path / "source", HAPPYWHALE))]) == 0
    assert rows(Path("data/raw/sample_submission.csv")) == ["image,predictions", "0d.jpg,new_individual"]
    assert rows()[:2] == ["image,predictions,species", "0a.jpg,ind1,beluga"]
    assert "for a submission to that challenge" not in capsys.readouterr().out


def test_an_individual_of_two_species_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {**HAPPYWHALE, "train.csv": HAPPYWHALE["train.csv"].replace(b"0b.jpg,beluga", b"0b.jpg,narwhal")}
    assert main(["import", str(in_folder(tmp_path / "source", files))]) == 0
    assert "individuals with photographs of several species: 1, e.g. ind1: beluga, narwhal" in capsys.readouterr().out


def test_a_table_may_have_paths_in_several_folders(tmp_path: Path) -> None:
    files = {"train.csv": table("Image,Id", "x/a.jpg,w", "y/a.jpg,v"), **pictures(["x/a.jpg", "y/a.jpg", "z/a.jpg"])}
    assert main(["import", str(in_folder(tmp_path / "source", files))]) == 0
    assert rows() == ["Image,Id", "x__a.jpg,w", "y__a.jpg,v"]


def test_several_boxes_of_a_photograph_are_rows_of_it(tmp_path: Path) -> None:
    boxed = table("Image,Id,box", "a.jpg#1,w,0 0 0.5 1", "a.jpg#2,v,0.5 0 0.5 1", "b.jpg,v,0 0 1 0.5", "c.jpg,u,")
    files = {"train.csv": boxed, **pictures(["train/a.jpg", "train/b.jpg", "train/c.jpg"])}
    assert main(["import", str(in_folder(tmp_path / "source", files))]) == 0
    assert Path("data/raw/train.csv").read_bytes() == boxed
    assert main(["import", str(tmp_path / "source"), "--as", "kaggle", "--replace"]) == 0
    more = {"train.csv": boxed + table("d.jpg#1,w,0 0 0.5 1", "d.jpg#2,v,0.5 0 0.5 1"), "train/d.jpg": picture(9)}
    assert main(["add", str(in_folder(tmp_path / "source", more))]) == 0
    assert rows()[-2:] == ["d.jpg#1,w,0 0 0.5 1", "d.jpg#2,v,0.5 0 0.5 1"]
    assert (Path("data/raw/train/d.jpg")).read_bytes() == picture(9)


def test_photographs_of_a_table_may_lie_in_several_folders(tmp_path: Path) -> None:
    files = {"train.csv": table("Image,Id", "a.jpg,w", "b.jpg,v"), **pictures(["x/a.jpg", "y/b.jpg", "test/a.jpg"])}
    assert main(["import", str(in_folder(tmp_path / "source", files))]) == 0
    assert rows() == ["Image,Id", "a.jpg,w", "b.jpg,v"]
    assert Path("data/raw/test/a.jpg").exists()


def test_one_year_alone_is_a_level_too(tmp_path: Path) -> None:
    source = in_folder(tmp_path / "source", pictures(["2019/Ada/1.jpg", "2019/Bo/1.jpg"]))
    assert main(["import", str(source), "--as", "year/individual"]) == 0
    assert rows() == ["Image,Id,year", "2019__Ada__1.jpg,Ada,2019", "2019__Bo__1.jpg,Bo,2019"]


FACTS = {
    "BelugaID": "788 individuals, 2017 to 2019",
    "MacaqueFaces": "34 individuals, 2014 to 2015",
    "NDD20": "82 individuals",
    "SeaTurtleIDHeads": "400 individuals, 2010 to 2021",
    "SealID": "57 individuals",
}


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.parametrize("name", FACTS)
def test_a_real_table_arrives_with_photographs_drawn_for_it(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    real = SHARED / "data/metadata" / f"{name}.csv"
    if not real.exists():
        pytest.skip("the tables of shared/data/metadata are not here")
    content = real.read_bytes()
    header, *records = content.decode().splitlines()
    at = header.split(",").index("path")
    source = in_folder(tmp_path / "whole", {"metadata.csv": content, **pictures([f"drawn/{n}.jpg" for n in range(8)])})
    _draw(source, [record.split(",")[at] for record in records])
    assert main(["import", str(source), "--dry-run"]) == 0
    output = capsys.readouterr().out
    assert f"a wildlife-datasets table: {FACTS[name]}\n" in output
    assert f"{len(records):,} labelled photographs" in output
    some = records[::10]
    part = in_folder(
        tmp_path / "part", {"metadata.csv": "\n".join([header, *some]).encode(), "drawn/0.jpg": picture(0)}
    )
    _draw(part, [record.split(",")[at] for record in some])
    assert main(["import", str(part)]) == 0
    assert len(rows()) == len(some) + 1
    assert len(list(Path("data/raw/train").iterdir())) == len(some)
    rawset.check(Path("data/raw"), DataParams())


def _draw(source: Path, paths: list[str]) -> None:
    """A picture for each path: hard links to a few drawn ones, since thousands are needed."""
    drawn = sorted((source / "drawn").iterdir())
    for number, path in enumerate(paths):
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).hardlink_to(drawn[number % len(drawn)])
