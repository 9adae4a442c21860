"""A photograph removed on request is gone from tree and store, and its gap is explained from then on."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from longtail import ancestor
from longtail.cli import main
from longtail.labels.edit_log import COLUMNS, undo_value
from longtail.lineage import purging, store, tombstones
from longtail.lineage.checkout import Checkout
from longtail.lineage.verifying import verify
from longtail.paths import ANCESTOR
from tests.flows.networks import learned_table
from tests.lineage.making import keep_folder, parquet, project


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    project(tmp_path)
    (tmp_path / "params.yaml").write_text("data: {}\n")
    (tmp_path / "data/raw/sample_submission.csv").write_text("Image,Id\nt.jpg,new_whale\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_file_of_it_is_gone_and_its_row(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    md5s = [hashlib.md5(data).hexdigest() for data in (b"photograph a", b"copy of photograph a", b"red a")]
    assert all(store.Store.of(here).object_path(md5).exists() for md5 in md5s)
    assert main(["purge", "a.jpg", "--why", "its owner asked", "--who", "ada"]) == 0
    assert not any(store.Store.of(here).object_path(md5).exists() for md5 in md5s)
    assert list(here.rglob("*a.jpg")) == []
    assert (here / "data/raw/train.csv").read_text() == "Image,Id\nb.jpg,moby\n"
    assert (here / "data/raw/train/b.jpg").exists()
    [stone] = tombstones.read(here)
    assert (stone.image, stone.part, stone.who, stone.why) == ("a.jpg", "train", "ada", "its owner asked")
    assert set(stone.md5.split()) == set(md5s)
    stdout = capsys.readouterr().out
    assert "Removed 6 files of 1 photographs" in stdout  # three in the tree, three in the store
    assert "still: artifacts/prepare/labelled.parquet of" in stdout
    assert "still: network of" in stdout


def test_what_an_unfinished_training_left_is_gone(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    checkpoint = here / ".longtail/checkpoints/train-0a.pt"
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    checkpoint.write_bytes(b"weights")
    assert main(["purge", "a.jpg", "--why", "its owner asked"]) == 0
    assert not checkpoint.exists()
    assert "Removed 7 files of 1 photographs" in capsys.readouterr().out


def test_a_network_that_has_learned_it_is_not_gone_on_from(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = here / ANCESTOR

    def put(*images: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "model.safetensors").write_bytes(b"weights")
        (folder / "learned_from.parquet").write_bytes(parquet(learned_table(images)))
        (here / f"{ANCESTOR}.dvc").write_text("outs:\n- md5: 7.dir\n  path: ancestor\n")

    put("b.jpg")
    assert main(["purge", "t.jpg", "--why", "its owner asked"]) == 0
    assert (folder / "model.safetensors").exists()
    put("a.jpg", "b.jpg")
    assert main(["purge", "a.jpg", "--why", "its owner asked"]) == 0
    assert [path.name for path in folder.iterdir()] == [ancestor.ABOUT]
    assert ancestor.read(folder) is None
    assert not (here / f"{ANCESTOR}.dvc").exists()  # the flow would bring the network back
    assert "the next training begins from scratch" in capsys.readouterr().out


def test_a_table_that_cannot_be_read_speaks_for_nothing(here: Path) -> None:
    (here / ANCESTOR).mkdir()
    (here / ANCESTOR / "learned_from.parquet").write_bytes(b"torn")
    assert main(["purge", "a.jpg", "--why", "its owner asked"]) == 0
    assert [path.name for path in (here / ANCESTOR).iterdir()] == [ancestor.ABOUT]


def test_a_verification_says_that_it_was_removed_on_request(here: Path) -> None:
    receipt = project(here)
    main(["purge", "a.jpg", "--why", "asked"])
    lock = (here / "dvc.lock").read_text()
    (here / "dvc.lock").write_text(lock.replace("artifacts/", "later/"))  # the next run names other files
    (here / "data/raw.dvc").unlink()
    verdict = verify(Checkout(here), receipt)
    assert verdict.faults == []
    assert "data/raw/train/a.jpg" in verdict.removed


def test_in_a_clone_without_photographs_it_says_so(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "data/raw").rename(here / "elsewhere")
    assert main(["purge", "a.jpg", "--why", "asked"]) == 2
    assert "the photographs are not here (data/raw). Fetch them first: dvc pull data/raw.dvc" in capsys.readouterr().err
    assert tombstones.read(here) == []


def test_what_it_shares_goes_where_that_is_asked_for(here: Path) -> None:
    table = project(here).artifacts["artifacts/prepare/labelled.parquet"]
    main(["purge", "a.jpg", "--why", "asked", "--shared"])
    assert not store.Store.of(here).object_path(table).exists()


def test_a_test_photograph_goes_too(here: Path) -> None:
    assert main(["purge", "t.jpg", "--why", "asked"]) == 0
    assert (here / "data/raw/sample_submission.csv").read_text() == "Image,Id\n"
    assert not (here / "data/raw/test/t.jpg").exists()


def test_other_rows_stay_byte_for_byte(here: Path) -> None:
    (here / "data/raw/train.csv").write_text('Image,Id\r\n"a.jpg",moby\r\n"b.jpg","mo\nby"\r\n')
    main(["purge", "a.jpg", "--why", "asked"])
    assert (here / "data/raw/train.csv").read_bytes() == b'Image,Id\r\n"b.jpg","mo\nby"\r\n'


def test_the_same_bytes_under_another_name_must_go_too(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "data/raw/train/twin.jpg").write_bytes(b"photograph a")
    assert main(["purge", "a.jpg", "nobody.jpg", "--why", "asked"]) == 2
    stderr = capsys.readouterr().err
    assert "file with its bytes that would stay, e.g. twin.jpg" in stderr
    assert "photograph not in the raw set, e.g. nobody.jpg" in stderr
    assert (here / "data/raw/train/a.jpg").exists()
    assert tombstones.read(here) == []


def test_a_purge_that_was_cut_off_can_be_repeated(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    md5 = hashlib.md5(b"red a").hexdigest()
    remove = purging._remove

    def cut_off(root: Path, paths: list[Path]) -> list[str]:
        if root / "data/raw/train/a.jpg" in paths:
            raise OSError("killed here")
        return remove(root, paths)

    monkeypatch.setattr(purging, "_remove", cut_off)
    assert main(["purge", "a.jpg", "--why", "asked"]) == 1
    assert len(tombstones.read(here)) == 1
    monkeypatch.setattr(purging, "_remove", remove)
    assert main(["purge", "a.jpg", "--why", "asked"]) == 0
    assert list(here.rglob("*a.jpg")) == []
    assert not store.Store.of(here).object_path(md5).exists()
    assert len(tombstones.read(here)) == 1
    assert main(["purge", "a.jpg", "--why", "asked"]) == 0  # nothing left to do


def test_copies_that_no_receipt_knows_go_too(here: Path) -> None:
    for path in (here / "receipts").iterdir():
        path.unlink()
    later = keep_folder(here, {"a.jpg": b"another working copy of a", "b.jpg": b"of b"})
    assert main(["purge", "a.jpg", "--why", "asked"]) == 0
    assert not store.Store.of(here).object_path(hashlib.md5(b"another working copy of a").hexdigest()).exists()
    assert store.Store.of(here).object_path(hashlib.md5(b"of b").hexdigest()).exists()
    assert store.Store.of(here).object_path(later).exists()
    assert list(here.rglob("*a.jpg")) == []


def test_a_cache_that_others_share_is_not_searched_by_name(
    here: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shared = tmp_path_factory.mktemp("shared")
    (here / ".dvc/config").write_text(f"[cache]\n    dir = {shared}\n")
    theirs = keep_folder(here, {"a.jpg": b"another team's a"})
    project(here)
    assert main(["purge", "a.jpg", "--why", "asked"]) == 0
    assert store.Store.of(here).listing(theirs) is not None
    assert store.Store.of(here).object_path(hashlib.md5(b"another team's a").hexdigest()).exists()
    assert not store.Store.of(here).object_path(hashlib.md5(b"photograph a").hexdigest()).exists()


def test_a_decision_about_it_is_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "edits.csv").write_text("image,action,value,who,when,why\nb.jpg,together,a.jpg,ada,today,same\n")
    assert main(["purge", "a.jpg", "--why", "asked"]) == 2
    assert "decision about it (edits.csv, row 2)" in capsys.readouterr().err


def test_an_answer_about_it_is_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "x.jpg,unsure,,ada,today,\nt.jpg,label,moby,ada,today,\n"
    (here / "answers.csv").write_text("image,action,value,who,when,why\n" + rows)
    assert main(["purge", "t.jpg", "--why", "asked"]) == 2
    assert "decision about it (answers.csv, row 3)" in capsys.readouterr().err


def test_a_decision_that_was_taken_back_is_named_with_what_takes_it_back(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = ["b.jpg", "together", "a.jpg", "ada", "today", "same"]
    undo = ["b.jpg", "undo", undo_value(row), "ada", "later", ""]
    other = ["identity:a.jpg", "rename", "w", "ada", "today", ""]
    lines = [",".join(cells) for cells in (COLUMNS, other, row, undo)]
    (here / "edits.csv").write_text("\n".join(lines) + "\n")
    assert main(["purge", "a.jpg", "--why", "asked"]) == 2
    assert "2 x decision about it (edits.csv, row 3)" in capsys.readouterr().err
    assert main(["purge", "a.jpg", "--why", "asked"]) == 2
    (here / "edits.csv").write_text("\n".join(lines[:2]) + "\n")
    assert main(["purge", "a.jpg", "--why", "asked"]) == 0


def test_a_removal_needs_a_reason(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["purge", "a.jpg"]) == 2
    assert "a removal needs a reason" in capsys.readouterr().err
    assert store.Store.of(here).object_path(hashlib.md5(b"photograph a").hexdigest()).exists()


def test_a_list_of_tombstones_that_is_none_is_refused(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "tombstones.csv").write_text("image\n")
    assert main(["lineage", "--verify"]) == 2
    assert (
        "tombstones.csv has another header, e.g. image (tombstones.csv, row 1). Take it back from git"
        in capsys.readouterr().err
    )
