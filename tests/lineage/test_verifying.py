"""Every changed byte is named, and what is missing is explained where a tombstone explains it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from longtail.lineage import store, tombstones
from longtail.lineage.checkout import Checkout
from longtail.lineage.tombstones import Tombstone
from longtail.lineage.verifying import Fault, verify
from tests.lineage.making import forget, project


def test_an_untouched_project_is_sound(tmp_path: Path) -> None:
    verdict = verify(Checkout(tmp_path), project(tmp_path))
    assert (verdict.faults, verdict.removed, verdict.absent) == ([], [], [])
    assert verdict.hashed == 2 * (7 + 8) + 4  # each file in tree and store, and the lists of the four folders


@pytest.mark.parametrize(
    "path", ["artifacts/train/model.safetensors", "artifacts/prepare/labelled/b.jpg", "data/raw/train/a.jpg"]
)
def test_one_byte_changed_in_the_tree_is_named(tmp_path: Path, path: str) -> None:
    receipt = project(tmp_path)
    data = bytearray((tmp_path / path).read_bytes())
    data[0] ^= 1
    (tmp_path / path).write_bytes(data)
    assert verify(Checkout(tmp_path), receipt).faults == [Fault(path, "changed")]


def test_one_byte_changed_in_the_store_is_named(tmp_path: Path) -> None:
    receipt = project(tmp_path)
    stored = store.Store.of(tmp_path).object_path(receipt.artifacts["artifacts/train/model.safetensors"])
    stored.write_bytes(b"A network")
    assert verify(Checkout(tmp_path), receipt).faults == [Fault(stored.relative_to(tmp_path).as_posix(), "changed")]


@pytest.mark.parametrize("path", ["artifacts/prepare/labelled", "artifacts/split/split.parquet", "data/raw"])
def test_a_damaged_list_or_table_in_the_store_is_named_too(tmp_path: Path, path: str) -> None:
    receipt = project(tmp_path)
    stored = store.Store.of(tmp_path).object_path({**receipt.artifacts, "data/raw": receipt.raw["md5"]}[path])
    stored.write_bytes(b"{" + stored.read_bytes()[1:])
    assert Fault(stored.relative_to(tmp_path).as_posix(), "changed") in verify(Checkout(tmp_path), receipt).faults


def test_missing_and_new_files_of_a_folder_are_named(tmp_path: Path) -> None:
    receipt = project(tmp_path)
    (tmp_path / "artifacts/prepare/labelled/b.jpg").rename(tmp_path / "artifacts/prepare/labelled/c.jpg")
    assert sorted(verify(Checkout(tmp_path), receipt).faults) == [
        Fault("artifacts/prepare/labelled/b.jpg", "missing"),
        Fault("artifacts/prepare/labelled/c.jpg", "new"),
    ]


def test_a_later_run_in_the_tree_is_not_held_against_an_earlier_receipt(tmp_path: Path) -> None:
    receipt = project(tmp_path)
    lock = (tmp_path / "dvc.lock").read_text()
    model = receipt.artifacts["artifacts/train/model.safetensors"]
    (tmp_path / "dvc.lock").write_text(lock.replace(model, hashlib.md5(b"later").hexdigest()))
    (tmp_path / "artifacts/train/model.safetensors").write_bytes(b"later")
    assert verify(Checkout(tmp_path), receipt).faults == []


def test_what_the_store_lacks_is_absent_not_wrong(tmp_path: Path) -> None:
    receipt = project(tmp_path)
    forget(tmp_path, receipt.artifacts["artifacts/train/record.json"])
    verdict = verify(Checkout(tmp_path), receipt)
    assert (verdict.faults, verdict.absent) == ([], ["artifacts/train/record.json"])


def test_what_was_removed_on_request_is_said_to_be(tmp_path: Path) -> None:
    receipt = project(tmp_path)
    md5 = hashlib.md5(b"photograph a").hexdigest()
    forget(tmp_path, md5)
    (tmp_path / "data/raw/train/a.jpg").unlink()
    assert verify(Checkout(tmp_path), receipt).faults == [Fault("data/raw/train/a.jpg", "missing")]
    stone = Tombstone("a.jpg", "labelled", md5, "ada", "today", "asked to")
    tombstones.add(tmp_path, [stone])
    verdict = verify(Checkout(tmp_path), receipt)
    assert (verdict.faults, set(verdict.removed)) == ([], {"data/raw/train/a.jpg"})


def test_folders_hash_as_dvc_hashes_them(tmp_path: Path) -> None:
    """Frozen from DVC 3.67: the md5 that `dvc add` gives a folder of a.txt ("a") and sub/b.txt ("b")."""
    (tmp_path / "folder/sub").mkdir(parents=True)
    (tmp_path / "folder/a.txt").write_text("a")
    (tmp_path / "folder/sub/b.txt").write_text("b")
    assert store.hash_of(tmp_path / "folder") == "90d9fe10b4a0cddaefbe4549457984d9.dir"


def test_the_cache_may_lie_elsewhere(tmp_path: Path) -> None:
    (tmp_path / ".dvc").mkdir()
    (tmp_path / ".dvc/config").write_text("[core]\n    autostage = true\n['remote \"team\"']\n    url = s3://whales\n")
    (tmp_path / ".dvc/config.local").write_text("[cache]\n    dir = ../../shared\n")
    assert store.Store.of(tmp_path).object_path("abcdef") == tmp_path.parent / "shared/files/md5/ab/cdef"
    assert list(store.Store.of(tmp_path).remotes) == ["team (s3://whales)"]
