"""The flow and the records: what contradicts dvc.lock is forgotten and refused, and a receipt is of what was used."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML

from flows import dvc, newer, records
from longtail.errors import InputChanged
from longtail.inputs import hashing
from longtail.lineage import store
from longtail.lineage.checkout import Checkout
from tests.lineage.making import keep

if TYPE_CHECKING:
    from conftest import Toy

GRAPH = "stages:\n  split: {cmd: x, outs: [a]}\n  train: {cmd: x, outs: [b]}\n"


def lock(root: Path, *, seed: int, seed_used: int = 1, split: str = "aa", **told: Any) -> str:
    """A lock of two stages, and the record of `train`; gives the record's md5."""
    record = {
        "inputs": {"artifacts/split/split.parquet": split},
        "sections": {"train": {"seed": seed_used}},
        "params": {"seed": seed_used, "rate": 0.5, "data": {"unknown_label": "new"}, "compute": {"threads": 3}},
        "started": "2026-01-02T03:04:05+00:00",
        "commit": "c0ffee",
        "dirty": False,
        **told,
    }
    md5 = keep(root, json.dumps(record).encode())
    (root / "dvc.yaml").write_text(GRAPH)
    stages = {
        "split": {"cmd": "x", "outs": [{"path": "artifacts/split/split.parquet", "md5": "aa"}]},
        "train": {
            "cmd": "x",
            "deps": [{"path": "artifacts/split/split.parquet", "md5": split}, {"path": "edits.csv", "md5": "ee"}],
            "params": {"params.yaml": {"train": {"seed": seed}}},
            "outs": [{"path": "artifacts/train/record.json", "md5": md5}],
        },
    }
    record["inputs"]["edits.csv"] = "ee"
    md5 = keep(root, json.dumps(record).encode())
    stages["train"]["outs"] = [{"path": "artifacts/train/record.json", "md5": md5}]
    with (root / "dvc.lock").open("w") as file:
        YAML().dump({"schema": "2.0", "stages": stages}, file)
    for name, of in (("1", md5), ("2", "f" * 32)):
        run = root / ".dvc/cache/runs/ab" / f"ab{name}" / name
        run.parent.mkdir(parents=True, exist_ok=True)
        run.write_text(f"outs:\n- md5: {of}\n")
    return md5


def test_what_agrees_is_held_and_published(tmp_path: Path) -> None:
    lock(tmp_path, seed=1)
    before = (tmp_path / "dvc.lock").read_text()
    records.hold(tmp_path, "train", "ran", ["split"])
    records.check_records(Checkout(tmp_path))
    assert records.contradicted(Checkout(tmp_path)) == {}
    assert (tmp_path / "dvc.lock").read_text() == before


def test_a_stage_whose_record_is_of_something_else_is_forgotten_and_refused(tmp_path: Path) -> None:
    lock(tmp_path, seed=2)
    assert list(records.contradicted(Checkout(tmp_path))) == ["train"]
    with pytest.raises(InputChanged, match=r"train\.seed: train used 1, dvc\.lock has 2.*Nothing was published"):
        records.check_records(Checkout(tmp_path))
    with pytest.raises(InputChanged, match="an input of train changed when it ended"):
        records.hold(tmp_path, "train", "ran", ["split"])
    assert list(store.lock_entries(tmp_path)) == ["split"]
    assert [path.name for path in (tmp_path / ".dvc/cache/runs").glob("*/*/*")] == ["2"]
    assert [path.name for path in (tmp_path / ".dvc/cache/runs").glob("*/*")] == ["ab2"]  # DVC fails on an empty one


def test_a_stage_that_read_something_else_than_an_earlier_one_made_is_refused(tmp_path: Path) -> None:
    lock(tmp_path, seed=1, split="bb")
    with pytest.raises(InputChanged, match="an input of train changed since the run began"):
        records.hold(tmp_path, "train", "ran", ["split"])
    assert "train" in store.lock_entries(tmp_path)  # what it says is true
    records.hold(tmp_path, "train", "ran", [])  # `split` is yet to run
    with pytest.raises(InputChanged, match=r"split\.parquet: train used bb"):
        records.check_records(Checkout(tmp_path))


def test_what_is_restored_with_a_false_record_is_made_anew(tmp_path: Path) -> None:
    lock(tmp_path, seed=2)
    verdicts = iter(["restored", "ran"])

    def reproduce() -> Any:
        verdict = next(verdicts)
        if verdict == "ran":
            lock(tmp_path, seed=2, seed_used=2)
        return verdict

    assert records.reproduce_verified(tmp_path, "train", reproduce) == "ran"


def test_a_record_of_an_older_version_says_nothing(tmp_path: Path) -> None:
    md5 = keep(tmp_path, b'{"params": {"seed": 1}}')
    text = f"stages:\n  train:\n    outs: [{{path: artifacts/train/record.json, md5: {md5}}}]\n"
    (tmp_path / "dvc.lock").write_text(text)
    records.check_records(Checkout(tmp_path))
    assert records.contradicted(Checkout(tmp_path)) == {}


def test_values_of_a_receipt_are_those_of_the_records(tmp_path: Path) -> None:
    lock(tmp_path, seed=1)
    in_file = {"train": {"seed": 7, "rate": 1.0}, "data": {"unknown_label": "old"}, "gate": {"min_photographs": 3}}
    assert records.values_used(Checkout(tmp_path), in_file) == {
        "train": {"seed": 1, "rate": 0.5},
        "data": {"unknown_label": "new"},
        "compute": {"threads": 3},
        "gate": {"min_photographs": 3},
    }
    assert records.edits_used(Checkout(tmp_path)) == "ee"


@pytest.mark.parametrize(
    ("began", "told", "dirty"),
    [
        (("c0ffee", False), {}, False),
        (("c0ffee", True), {}, True),
        (("c0ffee", False), {"dirty": True}, True),
        (("beef", False), {}, True),
        (("beef", False), {"started": "2026-01-01T00:00:00+00:00"}, False),  # an earlier run's, of the same bytes
    ],
)
def test_code_is_that_of_the_beginning_and_dirty_where_a_stage_of_the_run_used_other(
    tmp_path: Path, began: tuple[str, bool], told: dict[str, Any], dirty: bool
) -> None:
    lock(tmp_path, seed=1, **told)
    when = datetime(2026, 1, 2, 3, 4, 5, 600, tzinfo=UTC)
    assert records.code_used(Checkout(tmp_path), records.Began(when, *began)) == {"commit": began[0], "dirty": dirty}


@pytest.mark.slow
def test_stages_need_not_read_what_dvc_has_just_hashed(
    toy: Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records.versioned, "add", dvc.add)  # the toy's tables name no photographs to be counted
    photograph = toy.root / "data/raw/train/a.jpg"
    photograph.parent.mkdir()
    photograph.write_bytes(b"a")
    records.add_raw(toy.root)  # the first time it is too new to be sure of
    (toy.root / "data/raw/train/b.jpg").write_bytes(b"b")
    monkeypatch.setattr(hashing, "_TICK", -(10**12))
    version = records.add_raw(toy.root)
    assert version == store.locked(toy.root)["data/raw"]
    monkeypatch.setattr(hashing, "md5_of", lambda path: pytest.fail(f"{path} was read"))
    assert set(hashing.hash_input(toy.root, "data/raw/train").hashes) == {"a.jpg", "b.jpg"}


def test_what_changed_during_a_run_is_named_with_who_reads_it(finished_toy: Toy) -> None:
    assert newer.newer(finished_toy.root) == ""
    finished_toy.params(train=2)
    (finished_toy.root / "data/raw/test.csv").write_text("newer\n")
    (finished_toy.root / "artifacts/predict/answer").write_text("edited by hand: no input\n")
    assert newer.newer(finished_toy.root) == "parameters of 'train' (train), data/raw/test.csv (prepare@test)"
