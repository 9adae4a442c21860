"""A photograph of several animals removed on request: its file and every box of it go, whichever of them is named."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pandas as pd
import pytest

from longtail import artifacts
from longtail.cli import main
from longtail.errors import BadInput
from longtail.lineage import copies, counting, photograph, purging, store, tombstones
from longtail.lineage.checkout import Checkout
from longtail.params import DataParams
from tests.lineage.making import keep, keep_folder, parquet, project

PAIR = b"photograph of two"
ROWS = "Image,Id,box\na.jpg,moby,\nb.jpg,moby,0 0 0.5 1\npair.jpg#1,ada,0 0 0.5 1\npair.jpg#2,bea,0.5 0 0.5 1\n"
CUT = ("pair.jpg#1", "pair.jpg#2")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project of `making`, whose set has a photograph of two animals; prepared and published as such."""
    receipt = project(tmp_path)
    raw = tmp_path / "data/raw"
    (raw / "train/pair.jpg").write_bytes(PAIR)
    (raw / "train.csv").write_text(ROWS)
    (raw / "sample_submission.csv").write_text("Image,Id\nt.jpg,new_whale\n")
    md5 = keep(tmp_path, PAIR)
    names = ["a.jpg", "b.jpg", *CUT]
    labelled = pd.DataFrame({"image": names, "file": [*names[:2], "pair.jpg#1.jpg", "pair.jpg#2.jpg"], "label": "moby"})
    labelled["photograph"] = ["a.jpg", "b.jpg", "pair.jpg", "pair.jpg"]
    labelled["photograph_md5"] = [md5_of(b"photograph a"), md5_of(b"photograph b"), md5, md5]
    labelled["md5"] = [md5_of(b"photograph a"), "key of b", "key of 1", "key of 2"]
    tables = {artifacts.LABELLED: parquet(labelled)}
    split = pd.DataFrame({"image": names, "identity": ["moby", "moby", "ada", "bea"], "group": ["A", "B", "C", "C"]})
    tables[artifacts.SPLIT] = parquet(split.assign(class_count=1, fold="train"))
    working = {"pair.jpg#1.jpg": b"crop 1", "pair.jpg#2.jpg": b"crop 2"}
    for name, content in working.items():
        (tmp_path / artifacts.LABELLED_IMAGES / name).write_bytes(content)
    receipt.artifacts.update({path: keep(tmp_path, content) for path, content in tables.items()})
    receipt.artifacts[artifacts.LABELLED_IMAGES] = keep_folder(tmp_path, {"a.jpg": b"copy of photograph a", **working})
    for path in (tmp_path / "receipts").iterdir():
        path.write_text(json.dumps(json.loads(path.read_text()) | {"artifacts": receipt.artifacts}))
    for path, content in tables.items():
        (tmp_path / path).write_bytes(content)
    (tmp_path / "params.yaml").write_text("data: {}\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def md5_of(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


def is_stored(root: Path, content: bytes) -> bool:
    return store.Store.of(root).object_path(md5_of(content)).exists()


@pytest.mark.parametrize("asked", ["pair.jpg", "pair.jpg#1", "pair.jpg#2"])
def test_the_file_goes_with_all_of_its_boxes(here: Path, asked: str) -> None:
    assert main(["purge", asked, "--why", "its owner asked", "--who", "ada"]) == 0
    assert [path.name for path in here.rglob("*pair*")] == []
    assert not any(is_stored(here, content) for content in (PAIR, b"crop 1", b"crop 2"))
    assert (here / "data/raw/train.csv").read_text() == "Image,Id,box\na.jpg,moby,\nb.jpg,moby,0 0 0.5 1\n"
    assert {stone.image for stone in tombstones.read(here)} == {"pair.jpg", *CUT}
    assert is_stored(here, b"photograph b")
    assert main(["purge", asked, "--why", "its owner asked", "--who", "ada"]) == 0  # nothing is left to do


def test_one_that_was_cut_off_is_finished_by_the_name_of_a_box(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remove = purging._remove

    def cut_off(root: Path, paths: list[Path]) -> list[str]:
        if root / "data/raw/train/pair.jpg" in paths:
            raise OSError("killed here")
        return remove(root, paths)

    monkeypatch.setattr(purging, "_remove", cut_off)
    assert main(["purge", "pair.jpg#2", "--why", "asked"]) == 1
    assert (here / "data/raw/train/pair.jpg").exists()
    assert "pair" not in (here / "data/raw/train.csv").read_text()
    monkeypatch.setattr(purging, "_remove", remove)
    assert main(["purge", "pair.jpg#2", "--why", "asked"]) == 0
    assert not (here / "data/raw/train/pair.jpg").exists()


def test_a_source_does_not_bring_it_back(here: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    main(["purge", "pair.jpg#1", "--why", "asked"])
    again = tmp_path_factory.mktemp("again")
    for folder in copies.PARTS:
        (again / folder).mkdir()
    (again / "train.csv").write_text(ROWS.replace("pair.jpg", "other.jpg"))
    (again / "sample_submission.csv").write_text("Image,Id\n")
    (again / "train/other.jpg").write_bytes(PAIR)
    assert purging.leave_out(again, tombstones.read(here), DataParams()) == ["other.jpg"]
    assert (again / "train.csv").read_text() == "Image,Id,box\na.jpg,moby,\nb.jpg,moby,0 0 0.5 1\n"


def test_what_was_published_of_it_is_told_box_by_box(here: Path) -> None:
    whole = photograph.parts(Checkout(here), "pair.jpg")
    assert [(part.identity, part.files["data/raw/train/pair.jpg"]) for part in whole] == [
        ("ada", md5_of(PAIR)),
        ("bea", md5_of(PAIR)),
    ]
    (one,) = photograph.parts(Checkout(here), "pair.jpg#2")
    assert (one.identity, "artifacts/prepare/labelled/pair.jpg#2.jpg" in one.files) == ("bea", True)


def test_the_file_of_a_box_must_be_versioned(here: Path) -> None:
    listed = {f"train/{name}": md5_of(content) for name, content in _train(here).items()}
    listed |= {"train.csv": "0", "sample_submission.csv": "0", "test/t.jpg": md5_of(b"photograph t")}
    counting.check_tables(here, listed, DataParams())
    counting.check_prepared(here, listed)
    del listed["train/pair.jpg"]
    with pytest.raises(BadInput, match=r"2 x photograph of 4 that train\.csv names.*train/pair\.jpg"):
        counting.check_tables(here, listed, DataParams())


def _train(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (root / "data/raw/train").iterdir()}
