"""A purge reaches every file of the photograph, in any layout and pass, and no file of another one."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pandas as pd
import pytest

from longtail import atomic
from longtail.cli import main
from longtail.lineage import purging, store, tombstones
from tests.lineage.making import keep, keep_folder, parquet, project

MINE = b"photograph a"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project beside which other things lie."""
    root = tmp_path / "project"
    project(root)
    (root / "params.yaml").write_text("data: {}\n")
    (root / "data/raw/sample_submission.csv").write_text("Image,Id\nt.jpg,new_whale\n")
    (root / "LICENSE").write_text("yours")
    (tmp_path / "outside.jpg").write_bytes(b"somebody's own")
    monkeypatch.chdir(root)
    return root


def purge(*names: str, code: int = 0) -> None:
    assert main(["purge", *names, "--why", "asked", "--who", "ada"]) == code


def is_kept(root: Path, content: bytes) -> bool:
    return store.Store.of(root).object_path(hashlib.md5(content).hexdigest()).exists()


def snapshot(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and ".longtail" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def remember(root: Path, outs: dict[str, str], name: str = "1") -> None:
    """What DVC's run cache says of a run that made these."""
    path = root / ".dvc/cache/runs" / name / name / name
    path.parent.mkdir(parents=True)
    path.write_text("outs:\n" + "".join(f"- path: {out}\n  md5: {md5}\n" for out, md5 in outs.items()))


def rows(**files: str) -> bytes:
    """A table {image: file}; a dot is written as `_dot_`."""
    named = {image.replace("_dot_", "."): file for image, file in files.items()}
    return parquet(pd.DataFrame({"image": list(named), "file": list(named.values())}))


def test_copies_of_any_pass_in_the_layout_of_the_script_go(here: Path) -> None:
    of_it = {f"{turn}{short}_a.jpg": f"{turn}{short}".encode() for turn in (0, 7, 12) for short in ("r", "bl", "un")}
    keep_folder(here, {**of_it, "12r_b.jpg": b"of b"})
    purge("a.jpg")
    assert [name for name, content in of_it.items() if is_kept(here, content)] == []
    assert is_kept(here, b"of b")


def test_another_photograph_whose_name_is_like_a_copys_stays(here: Path) -> None:
    (here / "data/raw/train/red_a.jpg").write_bytes(b"another whale")
    with (here / "data/raw/train.csv").open("a") as table:
        table.write("red_a.jpg,moby\n")
    working = {"a.jpg": b"copy of photograph a", "red_a.jpg": b"copy of another whale"}
    table = rows(a_dot_jpg="a.jpg", red_a_dot_jpg="red_a.jpg")
    (here / "artifacts/prepare/labelled.parquet").write_bytes(table)
    for name, content in working.items():
        (here / "artifacts/prepare/labelled" / name).write_bytes(content)
    remember(
        here,
        {
            "artifacts/prepare/labelled": keep_folder(here, working),
            "artifacts/prepare/labelled.parquet": keep(here, table),
        },
    )
    purge("a.jpg")
    assert is_kept(here, b"copy of another whale")
    assert (here / "artifacts/prepare/labelled/red_a.jpg").exists()
    assert not is_kept(here, b"copy of photograph a")


def test_a_working_copy_is_told_from_that_of_a_photograph_with_the_same_name_and_ending(here: Path) -> None:
    for name in ("x.png", "x.png.jpg"):
        (here / "data/raw/train" / name).write_bytes(b"bytes of " + name.encode())
        with (here / "data/raw/train.csv").open("a") as table:
            table.write(f"{name},moby\n")
    table = rows(x_dot_png="x.png.jpg.jpg", x_dot_png_dot_jpg="x.png.jpg")
    copies = {"x.png.jpg.jpg": b"copy of the png", "x.png.jpg": b"copy of the jpg"}
    outs = {
        "artifacts/prepare/labelled": keep_folder(here, copies),
        "artifacts/prepare/labelled.parquet": keep(here, table),
    }
    remember(here, outs)
    purge("x.png")
    assert not is_kept(here, b"copy of the png")
    assert is_kept(here, b"copy of the jpg")
    assert (here / "data/raw/train/x.png.jpg").exists()


def test_what_was_left_behind_or_lies_in_a_sub_folder_of_the_set_goes(here: Path) -> None:
    places = [
        "data/.raw.k1ll.tmp/train/a.jpg",
        "data/raw/train/more/a.jpg",
        "data/raw/more/renamed.jpg",
        ".dvc/tmp/exps/queue/data/raw/train/a.jpg",
    ]
    for path in places:
        (here / path).parent.mkdir(parents=True)
        (here / path).write_bytes(MINE)
    copy = here / "artifacts/prepare/.labelled.k1ll.tmp/a.jpg"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(b"copy of " + MINE)
    half = here / "data/.raw.half.tmp/train/a.jpg"
    half.parent.mkdir(parents=True)
    half.write_bytes(MINE[:5])  # the import was killed in the middle of it
    purge("a.jpg")
    assert [path for path in [*places, copy, half] if (here / path).exists()] == []


def test_files_of_the_same_name_or_bytes_outside_of_the_set_stay(here: Path) -> None:
    own = {"data/mine/a.jpg": MINE, "a.jpg": MINE, "docs/a.jpg": b"another", "artifacts/notes/mine/a.jpg": b"another"}
    for path, content in own.items():
        (here / path).parent.mkdir(parents=True, exist_ok=True)
        (here / path).write_bytes(content)
    purge("a.jpg")
    assert all((here / path).read_bytes() == content for path, content in own.items())


def test_a_test_photograph_does_not_take_a_labelled_ones_copies_along(here: Path) -> None:
    later = keep_folder(here, {"t.jpg": b"a labelled one, long ago"})
    remember(here, {"artifacts/prepare/labelled": later})
    purge("t.jpg")
    assert is_kept(here, b"a labelled one, long ago")
    assert not is_kept(here, b"copy of t")


@pytest.mark.parametrize("step", range(9))
def test_a_purge_that_is_killed_at_any_step_is_finished_by_the_same_command(
    here: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    whole, steps = snapshot(here), []

    def counted(act: object) -> object:
        def acting(*given: object, **more: object) -> object:
            steps.append(act)
            if len(steps) == step + 1:
                raise KeyboardInterrupt
            return act(*given, **more)  # type: ignore[operator]

        return acting

    unlink, replacing = Path.unlink, atomic.replacing
    monkeypatch.setattr(Path, "unlink", counted(unlink))
    monkeypatch.setattr(atomic, "replacing", counted(replacing))
    purge("a.jpg", code=130)
    monkeypatch.setattr(Path, "unlink", unlink)
    monkeypatch.setattr(atomic, "replacing", replacing)
    if step == 0:
        assert snapshot(here) == whole
    purge("a.jpg")
    left = snapshot(here)
    mine = [MINE, b"copy of " + MINE, b"red a"]
    assert [path for path, content in left.items() if content in mine] == []
    assert left["data/raw/train.csv"] == b"Image,Id\nb.jpg,moby\n"
    assert len(tombstones.read(here)) == 1
    assert left["LICENSE"] == b"yours"


def test_once_more_it_says_that_it_is_gone_already(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    purge("a.jpg")
    before = snapshot(here)
    capsys.readouterr()
    purge("a.jpg")
    stdout = capsys.readouterr().out
    assert "a.jpg (train) is gone already" in stdout
    assert "Removed" not in stdout
    assert snapshot(here) == before


def test_what_came_back_into_the_cache_goes_with_the_next_purge(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    purge("a.jpg")
    keep(here, MINE)  # dvc pull, of a commit from before
    purge("a.jpg")
    assert "Removed 1 files" in capsys.readouterr().out
    assert not is_kept(here, MINE)


def test_a_copy_equal_to_another_photograph_is_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "data/raw/train/b.jpg").write_bytes(b"copy of photograph a")
    before = snapshot(here)
    purge("a.jpg", code=2)
    assert "file with its bytes that would stay, e.g. b.jpg" in capsys.readouterr().err
    assert snapshot(here) == before


def test_a_photograph_that_is_a_link_is_refused_whole(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "data/raw/train/b.jpg").unlink()
    (here / "data/raw/train/b.jpg").symlink_to(here.parent / "outside.jpg")
    before = snapshot(here.parent)
    purge("a.jpg", "b.jpg", code=2)
    stderr = capsys.readouterr().err
    assert "photograph that is a link: its bytes lie outside of the set, e.g. b.jpg -> " in stderr
    assert "Put the file itself there" in stderr
    assert snapshot(here.parent) == before


def test_a_list_or_a_table_that_was_tampered_with_reaches_nothing_outside(here: Path) -> None:
    entries = json.dumps([{"md5": "ab/../../../../../LICENSE", "relpath": "train/a.jpg"}]).encode()
    md5 = hashlib.md5(entries).hexdigest()
    path = store.Store.of(here).object_path(f"{md5}.dir")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(entries)
    (here / "artifacts/prepare/labelled.parquet").write_bytes(rows(a_dot_jpg="../../../LICENSE"))
    purge("a.jpg")
    assert (here / "LICENSE").read_text() == "yours"


def test_shared_takes_what_names_it_of_runs_that_were_never_published(here: Path) -> None:
    table = rows(a_dot_jpg="a.jpg", b_dot_jpg="b.jpg")
    other = rows(b_dot_jpg="b.jpg")
    remember(here, {"artifacts/split/split.parquet": keep(here, table)}, "1")
    remember(here, {"artifacts/split/split.parquet": keep(here, other)}, "2")
    purge("a.jpg")
    assert is_kept(here, table)
    assert main(["purge", "a.jpg", "--why", "asked", "--shared"]) == 0
    assert not is_kept(here, table)
    assert is_kept(here, other)


def test_a_table_written_anew_keeps_its_mode(here: Path) -> None:
    table = here / "data/raw/train.csv"
    table.chmod(0o640)
    purge("a.jpg")
    assert table.stat().st_mode & 0o777 == 0o640


def test_what_the_system_does_not_allow_is_told_in_words(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(path: Path, *_: object) -> None:
        raise PermissionError(1, os.strerror(1), str(path))

    monkeypatch.setattr(purging.Path, "chmod", refuse)
    purge("a.jpg", code=1)
    stderr = capsys.readouterr().err
    assert "a file cannot be removed or written (Operation not permitted)" in stderr
    assert "run the same command again: it finishes what is left" in stderr
    assert "Traceback" not in stderr
