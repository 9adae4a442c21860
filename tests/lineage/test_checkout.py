"""What lineage, gate and purge ask of a project is read once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from longtail.errors import BadInput
from longtail.lineage import agreement, photograph, purging, store, tombstones, verifying
from longtail.lineage.checkout import Checkout
from longtail.lineage.tombstones import Tombstone
from longtail.publishing import receipt as receipts
from tests.lineage.making import RECEIPT, keep, project


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each is read."""
    counts: Counter[str] = Counter()

    def counted(function: Any, key: str) -> Any:
        def counting(*arguments: Any) -> Any:
            counts[key] += 1
            return function(*arguments)

        return counting

    for module, name in ((store, "_config"), (store, "lock_entries"), (receipts, "read"), (tombstones, "read")):
        key = f"{module.__name__.rpartition('.')[2]}.{name}"
        monkeypatch.setattr(module, name, counted(getattr(module, name), key))
    return counts


def test_a_whole_verification_reads_each_once(tmp_path: Path, reads: Counter[str]) -> None:
    receipt = project(tmp_path)
    reads.clear()
    checkout = Checkout(tmp_path)
    assert verifying.verify(checkout, receipt).faults == []
    assert agreement.with_receipt(checkout, receipt)[0] == []
    parts = photograph.parts(checkout, "a.jpg")
    assert photograph.locations(checkout, parts)
    assert checkout.entries
    assert reads == {"store._config": 1, "store.lock_entries": 1, "receipt.read": 1, "tombstones.read": 1}


def test_a_purge_reads_each_once_before_it_writes(tmp_path: Path, reads: Counter[str]) -> None:
    project(tmp_path)
    (tmp_path / "data/raw/sample_submission.csv").write_text("Image,Id\nt.jpg,new_whale\n")
    reads.clear()
    checkout = Checkout(tmp_path)
    removals = purging.find(checkout, ["a.jpg", "b.jpg"])
    assert [one.image for one in removals] == ["a.jpg", "b.jpg"]
    assert (reads["store._config"], reads["receipt.read"], reads["tombstones.read"]) == (1, 1, 1)
    purging.purge(checkout, removals, purging.Signed("ada", "today", "asked"), shared=False)
    assert reads["tombstones.read"] == 2  # once more, to write below what is there
    assert [stone.image for stone in Checkout(tmp_path).tombstones] == ["a.jpg", "b.jpg"]


def test_a_checkout_shows_the_project_as_it_was_when_it_was_asked(tmp_path: Path) -> None:
    receipt = project(tmp_path)
    checkout = Checkout(tmp_path)
    assert list(checkout.receipts) == [RECEIPT]
    assert checkout.tombstones == ()
    tombstones.add(tmp_path, [Tombstone("a.jpg", "train", "aa bb", "ada", "today", "asked")])
    (tmp_path / "receipts" / RECEIPT).unlink()
    assert (list(checkout.receipts), checkout.tombstones) == ([RECEIPT], ())
    assert (Checkout(tmp_path).receipts, Checkout(tmp_path).buried) == ({}, {"aa", "bb"})
    assert checkout.receipts[RECEIPT] == receipt


def test_without_parameters_the_defaults_count_and_broken_ones_are_told_where_they_are_needed(tmp_path: Path) -> None:
    assert Checkout(tmp_path).data.image_column == "Image"
    (tmp_path / "params.yaml").write_text("data:\n  image_column: File\n")
    assert Checkout(tmp_path).data.image_column == "File"
    (tmp_path / "params.yaml").write_text("data:\n  image_colum: File\n")
    checkout = Checkout(tmp_path)
    assert checkout.receipts == {}
    with pytest.raises(Exception, match="image_colum"):
        _ = checkout.data


def test_a_record_that_the_store_lost_is_read_from_the_tree_where_its_bytes_are_the_same(tmp_path: Path) -> None:
    path = tmp_path / "artifacts/train/record.json"
    path.parent.mkdir(parents=True)
    path.write_text('{"sections": {}}')
    md5 = keep(tmp_path, path.read_bytes())
    store.Store.of(tmp_path).object_path(md5).unlink()
    assert Checkout(tmp_path).record("train", {"artifacts/train/record.json": md5}) == {"sections": {}}
    path.write_text('{"sections": {"train": {}}}')
    assert Checkout(tmp_path).record("train", {"artifacts/train/record.json": md5}) == {}


def test_a_register_with_a_broken_receipt_is_refused(tmp_path: Path) -> None:
    (tmp_path / "receipts").mkdir()
    (tmp_path / "receipts/x.json").write_text("{")
    with pytest.raises(BadInput, match=r"not a receipt: .*x\.json"):
        _ = Checkout(tmp_path).receipts
