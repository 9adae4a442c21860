"""A file is read again where its stamp moved, and nowhere else."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longtail.inputs import hashing


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two settled files: written longer ago than a tick of the clock."""
    place = tmp_path / "data/raw/train"
    place.mkdir(parents=True)
    for name in ("a.jpg", "b.jpg"):
        (place / name).write_bytes(name.encode())
    time.sleep(0.12)
    return place


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are read."""
    names: list[str] = []
    whole = hashing.md5_of

    def noting(path: Path) -> str:
        names.append(path.name)
        return whole(path)

    monkeypatch.setattr(hashing, "md5_of", noting)
    return names


def test_what_was_remembered_is_not_read_again(tmp_path: Path, folder: Path, read: list[str]) -> None:
    first = hashing.hash_input(tmp_path, "data/raw/train")
    hashing.remember(tmp_path, first)
    assert sorted(read) == ["a.jpg", "b.jpg"]
    (folder / "b.jpg").write_bytes(b"other")
    read.clear()
    second = hashing.hash_input(tmp_path, "data/raw/train")
    assert read == ["b.jpg"]
    assert first.md5 != second.md5
    assert second.hashes["b.jpg"] == hashlib.md5(b"other").hexdigest()


def test_the_second_look_reads_what_moved_alone(tmp_path: Path, folder: Path, read: list[str]) -> None:
    before = hashing.hash_input(tmp_path, "data/raw/train")
    read.clear()
    assert hashing.rehash_input(tmp_path, before).md5 == before.md5
    assert read == []
    (folder / "a.jpg").touch()
    assert hashing.rehash_input(tmp_path, before).md5 == before.md5
    assert read == ["a.jpg"]


def test_equal_size_and_a_time_that_was_set_back_hide_nothing(tmp_path: Path, folder: Path) -> None:
    before = hashing.hash_input(tmp_path, "data/raw/train")
    was = (folder / "a.jpg").stat()
    (folder / "a.jpg").write_bytes(b"A.jpg")
    os.utime(folder / "a.jpg", ns=(was.st_atime_ns, was.st_mtime_ns))
    assert hashing.rehash_input(tmp_path, before).md5 != before.md5


def test_a_file_that_was_written_just_before_the_look_is_read_again(tmp_path: Path, read: list[str]) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x/new").write_bytes(b"1")
    before = hashing.hash_input(tmp_path, "x")
    hashing.rehash_input(tmp_path, before)
    assert read == ["new", "new"]
    hashing.remember(tmp_path, before)
    assert hashing.hash_input(tmp_path, "x").md5 == before.md5
    assert read == ["new"] * 3  # nor is it remembered


def test_files_that_come_and_go_count(tmp_path: Path, folder: Path) -> None:
    before = hashing.hash_input(tmp_path, "data/raw/train")
    (folder / "c.jpg").touch()
    (folder / "a.jpg").unlink()
    after = hashing.rehash_input(tmp_path, before)
    assert set(after.hashes) == {"b.jpg", "c.jpg"}
    assert after.md5 != before.md5


def test_a_file_and_nothing_have_their_hashes(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("x")
    assert hashing.hash_input(tmp_path, "x.csv").md5 == hashlib.md5(b"x").hexdigest()
    assert hashing.hash_input(tmp_path, "y.csv").md5 == ""


def test_a_broken_memory_costs_time_alone(tmp_path: Path, folder: Path) -> None:
    first = hashing.hash_input(tmp_path, "data/raw/train")
    hashing.remember(tmp_path, first)
    [memory] = (tmp_path / ".longtail/hashes").iterdir()
    for text in ("", "[]", '{"a.jpg": 7}', '{"a.jpg": ["x"]}'):
        memory.write_text(text)
        assert hashing.hash_input(tmp_path, "data/raw/train").md5 == first.md5


def test_hashes_found_elsewhere_are_kept_for_files_that_did_not_change_since(
    tmp_path: Path, folder: Path, read: list[str]
) -> None:
    since = time.time_ns()
    hashes = hashing.hash_input(tmp_path, "data/raw/train").hashes
    (folder / "b.jpg").write_bytes(b"written while they were found")
    hashing.remember_known(tmp_path, "data/raw/train", hashes, since)
    read.clear()
    seen = hashing.hash_input(tmp_path, "data/raw/train")
    assert read == ["b.jpg"]
    assert seen.hashes["a.jpg"] == hashes["a.jpg"]
    assert seen.hashes["b.jpg"] != hashes["b.jpg"]


@pytest.mark.slow
@settings(max_examples=30)
@given(st.dictionaries(st.text(min_size=1), st.text("0123456789abcdef", min_size=32, max_size=32), min_size=1))
def test_the_md5_of_a_folder_depends_on_names_and_contents_and_not_on_their_order(files: dict[str, str]) -> None:
    md5 = hashing.folder_md5(files)
    assert md5 == hashing.folder_md5(dict(reversed(files.items())))
    name = next(iter(files))
    assert md5 != hashing.folder_md5({**files, name: "g" * 32})
    assert md5 != hashing.folder_md5({other: content for other, content in files.items() if other != name})
