"""`longtail add`: what is new of a source joins a set, all of it or nothing."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from longtail.cli import main
from longtail.importing import adding
from longtail.labels import rawset
from longtail.lineage import tombstones
from longtail.lineage.tombstones import Tombstone
from longtail.params import DataParams
from tests.importing.layouts import FOLDERS, KAGGLE, WILDLIFE, below, in_folder, picture, pictures, rows, table

RAW = Path("data/raw")
MORE = {
    "train.csv": table("Image,Id", "0f.jpg,w_2", "0g.jpg,w_3"),
    "train/0f.jpg": picture(20),
    "train/0g.jpg": picture(21),
}


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    monkeypatch.chdir(tmp_path)
    assert main(["import", str(in_folder(tmp_path / "first", KAGGLE))]) == 0
    capsys.readouterr()
    return tmp_path


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    before = below(Path())
    assert main(["add", *words]) == 2
    assert below(Path()) == before
    message = capsys.readouterr().err
    assert "Traceback" not in message
    return message


def test_new_photographs_join(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    in_folder(checkout / "more", {**MORE, "test/0h.jpg": picture(22)})
    before = (RAW / "train.csv").read_bytes()
    assert main(["add", "more"]) == 0
    assert (RAW / "train.csv").read_bytes() == before + b"0f.jpg,w_2\n0g.jpg,w_3\n"
    assert rows(RAW / "sample_submission.csv") == ["Image,Id", "0e.jpg,new_whale w_1", "0h.jpg,new_whale"]
    assert (RAW / "train/0g.jpg").read_bytes() == picture(21)
    assert (RAW / "test/0h.jpg").read_bytes() == picture(22)
    stdout = capsys.readouterr().out
    assert "2 labelled photographs added, of 2 individuals, 1 individual new to the set (w_3)" in stdout
    assert "0 labelled photographs there already" in stdout
    assert "1 test photograph added, 0 there already" in stdout
    assert "the next run trains again, on all photographs and from the start" in stdout
    assert "Next: make run" in stdout
    rawset.check(RAW, DataParams())
    assert sorted(path.name for path in Path("data").iterdir()) == ["raw"]


def test_photographs_that_cannot_be_opened_are_named(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    in_folder(checkout / "more", {**MORE, "train/0f.jpg": picture(20)[:-90], "train/0g.jpg": b"<html>"})
    assert main(["add", "more"]) == 0
    stdout = capsys.readouterr().out
    assert "photographs that cannot be opened: 2 (0f.jpg: the file ends too early: " in stdout
    assert "0g.jpg: not an image: it begins with b'<html>'); `make run` stops at them: replace them" in stdout
    in_folder(checkout / "again", {**MORE, "train/0f.jpg": picture(20), "train/0g.jpg": picture(21)})
    assert main(["import", "again", "--replace"]) == 0
    assert "cannot be opened" not in capsys.readouterr().out


def test_the_same_again_adds_nothing(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = below(RAW)
    assert main(["add", "first"]) == 0
    stdout = capsys.readouterr().out
    assert "Nothing new for " in stdout
    assert "Next:" not in stdout
    assert "the next run" not in stdout
    assert "0 labelled photographs added, of 0 individuals" in stdout
    assert "4 labelled photographs there already" in stdout
    assert "0 test photographs added, 1 there already" in stdout
    assert below(RAW) == before


def test_a_growing_folder_adds_what_is_new(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", str(in_folder(checkout / "fins", FOLDERS)), "--replace"]) == 0
    in_folder(checkout / "fins", pictures(["Ada/3.jpg", "Cy/1.jpg"]))
    assert main(["add", "fins"]) == 0
    assert rows()[-2:] == ["Ada__3.jpg,Ada", "Cy__1.jpg,Cy"]
    assert "4 labelled photographs there already" in capsys.readouterr().out


def test_a_dry_run_writes_nothing(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    in_folder(checkout / "more", MORE)
    before = below(Path())
    assert main(["add", "more", "--dry-run"]) == 0
    assert below(Path()) == before
    stdout = capsys.readouterr().out
    assert "2 labelled photographs added, of 2 individuals" in stdout
    assert "Nothing was written, and no photograph opened (--dry-run).\nNext: longtail add more\n" in stdout


def test_columns_join_too(checkout: Path) -> None:
    in_folder(checkout / "turtles", WILDLIFE)
    assert main(["add", "turtles"]) == 0
    assert rows()[:2] == ["Image,Id,image_id,date,side,species,split", "0a.jpg,w_1,,,,,"]
    assert rows()[-1] == "images__unknown__four.jpg,new_whale,13,2021-01-02,left,seal,"
    in_folder(checkout / "more", MORE)  # and a source with fewer columns
    assert main(["add", "more"]) == 0
    assert rows()[-1] == "0g.jpg,w_3,,,,,"


def test_lines_stay_as_they_are(checkout: Path) -> None:
    written = b'\xef\xbb\xbfImage,Id\r\n"0a.jpg",w_1\r\n0b.jpg,w_1\r\n0c.jpg,w_2\r\n0d.jpg,new_whale'
    (RAW / "train.csv").write_bytes(written)
    in_folder(checkout / "more", MORE)
    assert main(["add", "more"]) == 0
    assert (RAW / "train.csv").read_bytes() == written + b"\r\n0f.jpg,w_2\r\n0g.jpg,w_3\r\n"


def test_other_bytes_under_a_name_are_refused(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    in_folder(checkout / "more", {**MORE, **KAGGLE, "train/0a.jpg": b"another", "test/0e.jpg": b"another"})
    message = refused(capsys, "more")
    assert "photograph with the name of another one in train/, e.g. 0a.jpg" in message
    assert "photograph with the name of another one in test/, e.g. 0e.jpg" in message


def test_the_same_size_and_other_bytes_are_refused(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = bytearray(KAGGLE["train/0a.jpg"])
    other[-3] ^= 1
    in_folder(checkout / "more", {**KAGGLE, "train/0a.jpg": bytes(other)})
    assert "with the name of another one in train/, e.g. 0a.jpg" in refused(capsys, "more")


def test_another_identity_is_refused(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    in_folder(checkout / "more", {**KAGGLE, "train.csv": table("Image,Id", "0a.jpg,w_9", "0c.jpg,w_2")})
    message = refused(capsys, "more")
    assert "photograph that the set has under another identity, e.g. 0a.jpg of 'w_1', now of 'w_9'" in message
    assert "relabel" in message


def test_the_same_bytes_under_another_name_are_told(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {"train.csv": table("Image,Id", "new.jpg,w_1", "0f.jpg,w_2"), "train/0f.jpg": picture(20)}
    in_folder(checkout / "more", {**files, "train/new.jpg": KAGGLE["train/0a.jpg"]})
    assert main(["add", "more"]) == 0
    stdout = capsys.readouterr().out
    assert "photographs that the set has under another name too: 1 (new.jpg as 0a.jpg)" in stdout
    assert rows()[-2:] == ["new.jpg,w_1", "0f.jpg,w_2"]


def test_the_same_bytes_of_another_individual_are_told(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {"train.csv": table("Image,Id", "new.jpg,w_9", "same.jpg,w_2"), "train/new.jpg": KAGGLE["train/0a.jpg"]}
    in_folder(checkout / "more", {**files, "train/same.jpg": KAGGLE["train/0c.jpg"]})
    assert main(["add", "more", "--dry-run"]) == 0
    message = capsys.readouterr().out
    assert "and of another INDIVIDUAL: 1 (new.jpg of 'w_9', there 0a.jpg of 'w_1'); one label is wrong" in message
    assert "under another name too: 1 (same.jpg as 0c.jpg); audit groups them" in message


def test_what_import_refuses_is_refused(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    in_folder(checkout / "more", pictures(["2019/Ada/1.jpg", "2020/Bo/1.jpg"]))
    message = refused(capsys, "more")
    assert "longtail add more --as year/individual" in message
    assert main(["add", "more", "--as", "year/individual"]) == 0
    assert rows()[-1] == "2020__Bo__1.jpg,Bo,2020"


def test_a_table_with_other_columns_is_renamed(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {"who.csv": table("file,name", "1.jpg,w_1", "2.jpg,w_3"), **pictures(["left/1.jpg", "right/2.jpg"])}
    in_folder(checkout / "more", files)
    offer = "rename file to Image and rename name to Id in the table, then longtail add more/who.csv"
    assert offer in refused(capsys, "more")
    (checkout / "more/who.csv").write_bytes(table("Image,Id", "1.jpg,w_1", "2.jpg,w_3"))
    assert main(["add", "more/who.csv"]) == 0
    assert rows()[-2:] == ["1.jpg,w_1", "2.jpg,w_3"]


def test_photographs_to_be_named_join_alone(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    in_folder(checkout / "season", {"test/0h.jpg": picture(22), "test/0i.jpg": picture(23)})
    labels = (RAW / "train.csv").read_bytes()
    assert main(["add", "season", "--dry-run"]) == 0
    assert main(["add", "season"]) == 0
    assert "season: test photographs alone: 2 photographs" in capsys.readouterr().out
    assert (RAW / "train.csv").read_bytes() == labels
    assert rows(RAW / "sample_submission.csv")[-2:] == ["0h.jpg,new_whale", "0i.jpg,new_whale"]
    rawset.check(RAW, DataParams())
    assert main(["add", "season"]) == 0
    assert "Nothing new for " in capsys.readouterr().out


def test_photographs_without_names_are_told_of_identify(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    in_folder(checkout / "season", pictures(["DSC_1.jpg", "DSC_2.jpg"]))
    message = refused(capsys, "season")
    assert "Nothing was added. Say what it is:" in message
    assert "imported" not in message
    assert "\n  longtail identify season " in message
    assert "\n  move them into a folder test/ " in message


@pytest.mark.parametrize(
    "files",
    [
        {"train.csv": table("Image,Id", "0f.jpg,")},
        {"train.csv": table("Image,Id", "0f.jpg,w_2")},
        pictures(["a b/1.jpg", "a_b/1.jpg"]),
        {"metadata.csv": table("image_id,identity,path", "1,,a.jpg"), **pictures(["a.jpg"])},
    ],
)
def test_nothing_is_added_and_not_imported(
    files: dict[str, bytes], checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    in_folder(checkout / "more", files)
    message = refused(capsys, "more")
    assert "imported" not in message


def test_a_missing_photograph_comes_back(checkout: Path) -> None:
    (RAW / "train/0b.jpg").unlink()
    before = rows()
    assert main(["add", "first"]) == 0
    assert (RAW / "train/0b.jpg").read_bytes() == KAGGLE["train/0b.jpg"]
    assert rows() == before


def test_a_killed_run_is_finished_by_another(checkout: Path) -> None:
    in_folder(checkout / "more", MORE)
    (RAW / "train/0f.jpg").write_bytes(picture(20))  # moved, and its row not yet written
    (Path("data") / ".raw.0123.tmp").mkdir()
    assert main(["add", "more"]) == 0
    assert rows()[-2:] == ["0f.jpg,w_2", "0g.jpg,w_3"]
    assert sorted(path.name for path in Path("data").iterdir()) == ["raw"]


def test_a_failure_takes_back_what_was_moved(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_folder(checkout / "more", MORE)
    before = below(RAW)

    def no_longer(target: Path, content: bytes) -> None:
        if b"0g.jpg" in content:
            raise OSError(5, "Input/output error", str(target))

    monkeypatch.setattr(adding, "_write", no_longer)
    assert main(["add", "more"]) == 1
    assert below(RAW) == before


def test_what_was_removed_on_request_does_not_come_back(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    md5 = hashlib.md5(picture(20)).hexdigest()
    tombstones.add(checkout, [Tombstone("gone.jpg", "train", md5, "ada", "today", "asked")])
    in_folder(checkout / "more", MORE)
    assert main(["add", "more"]) == 0
    assert rows()[-1] == "0g.jpg,w_3"
    assert not (RAW / "train/0f.jpg").exists()
    stdout = capsys.readouterr().out
    assert "removed on request, not brought back: 1 (0f.jpg)" in stdout
    assert "1 labelled photograph added, of 1 individual" in stdout


def test_the_group_column_may_be_lacking(checkout: Path) -> None:
    assert main(["import", str(in_folder(checkout / "turtles", WILDLIFE)), "--replace"]) == 0
    Path("params.yaml").write_text("data:\n  group_column: date\n")
    in_folder(checkout / "more", MORE)
    assert main(["add", "more"]) == 0
    assert rows()[-1] == "0g.jpg,w_3,,,,,"


class TestNoSet:
    def test_nothing_there(self, checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert "there is no set to add to" in refused(capsys, "first", "--to", "elsewhere")

    def test_a_drawn_sample(self, checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (RAW / rawset.DRAWN_MARKER).write_text(json.dumps({"images": 4, "test": 1}), encoding="utf-8")
        assert "data/raw holds a drawn sample" in refused(capsys, "first")

    def test_half_a_set(self, checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (RAW / "sample_submission.csv").unlink()
        assert "the raw set is not whole" in refused(capsys, "first")

    def test_photographs_that_are_versioned_and_not_here(
        self, checkout: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        RAW.rename("kept")
        Path("data/raw.dvc").write_text("outs:\n- {md5: 9999.dir, path: raw}\n")
        assert "dvc pull data/raw.dvc" in refused(capsys, "first")

    def test_a_source_inside_the_set(self, checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert "overlap" in refused(capsys, "data/raw/train")
