"""Written files follow the umask, keep the mode that a file has, and leave links what they are."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from longtail import atomic


@pytest.fixture(params=[0o022, 0o027, 0o077, 0o002], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_new_files_and_folders_follow_the_umask(tmp_path: Path, umask: int) -> None:
    atomic.write_text(tmp_path / "text", "x")
    with atomic.replacing(tmp_path / "tensors") as beside:
        save_file({"x": np.zeros(1)}, beside)  # it writes 0600
    with atomic.replacing_folder(tmp_path / "folder") as beside:
        (beside / "inside").write_text("x")
    assert mode(tmp_path / "text") == mode(tmp_path / "tensors") == 0o666 & ~umask
    assert mode(tmp_path / "folder") == 0o777 & ~umask


@pytest.mark.parametrize("kept", [0o600, 0o640, 0o664, 0o755])
def test_what_is_there_keeps_its_mode(tmp_path: Path, kept: int) -> None:
    (tmp_path / "text").write_text("old")
    (tmp_path / "folder").mkdir()
    for name in ("text", "folder"):
        (tmp_path / name).chmod(kept | 0o700 if name == "folder" else kept)
    atomic.write_text(tmp_path / "text", "new")
    with atomic.replacing_folder(tmp_path / "folder") as beside:
        (beside / "inside").write_text("x")
    assert mode(tmp_path / "text") == kept
    assert mode(tmp_path / "folder") == kept | 0o700
    assert (tmp_path / "text").read_text() == "new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "text"]


def test_a_link_stays_one_and_its_file_is_replaced(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "edits.csv").write_text("old")
    (shared / "edits.csv").chmod(0o660)
    (tmp_path / "edits.csv").symlink_to(shared / "edits.csv")
    atomic.write_text(tmp_path / "edits.csv", "new")
    assert (tmp_path / "edits.csv").is_symlink()
    assert (shared / "edits.csv").read_text() == "new"
    assert mode(shared / "edits.csv") == 0o660
    assert [path.name for path in shared.iterdir()] == ["edits.csv"]


def test_a_write_protected_object_behind_a_link_is_not_written_to(tmp_path: Path) -> None:
    stored = tmp_path / "object"
    stored.write_text("DVC's")
    stored.chmod(0o444)
    (tmp_path / "out.csv").symlink_to(stored)
    atomic.write_text(tmp_path / "out.csv", "new")
    assert stored.read_text() == "DVC's"
    assert not (tmp_path / "out.csv").is_symlink()
    assert (tmp_path / "out.csv").read_text() == "new"


def test_a_name_as_long_as_any_can_be_written(tmp_path: Path) -> None:
    target = tmp_path / ("é" * 127)
    atomic.write_text(target, "x")
    with pytest.raises(UnicodeEncodeError), atomic.replacing(target) as beside:
        beside.write_text("half \udce9")
    assert target.read_text() == "x"
    assert list(tmp_path.iterdir()) == [target]
