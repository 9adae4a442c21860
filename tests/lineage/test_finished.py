"""The last finished run, put together from dvc.lock and the run cache: never a mix of new and old files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from longtail import artifacts
from longtail.errors import BadInput
from longtail.lineage import finished, store, workspace
from longtail.lineage.checkout import Checkout
from tests.lineage.making import keep, keep_folder

SPLIT, MODEL = "artifacts/split/split.parquet", "artifacts/train/model.safetensors"
HEAD, IDENTIFIER = "artifacts/train/head.safetensors", "artifacts/predict/identifier"
RECORD = "artifacts/predict/record.json"


class Run:
    """What one run of a small graph (split > train > predict) made."""

    def __init__(self, root: Path, number: int) -> None:
        self.md5 = {path: keep(root, f"{path} of run {number}".encode()) for path in (SPLIT, MODEL, HEAD)}
        self.md5[IDENTIFIER] = keep_folder(root, {"identifier.json": f"identifier {number}".encode()})
        record = {"started": f"2026-01-0{number}T00:00:00+00:00", "commit": f"{number}0ffee"}
        self.md5[RECORD] = keep(root, json.dumps(record).encode())
        self.stages = {
            "split": self._entry([], [SPLIT]),
            "train": self._entry([SPLIT], [MODEL, HEAD]),
            "predict": self._entry([SPLIT, HEAD], [IDENTIFIER, RECORD]),
        }

    def _entry(self, deps: list[str], outs: list[str]) -> str:
        kinds = {"deps": deps, "outs": outs}
        lines = [
            f"  {kind}:\n" + "".join(f"  - path: {p}\n    md5: {self.md5[p]}\n" for p in kinds[kind])
            for kind in kinds
            if kinds[kind]
        ]
        return "".join(lines)


def lock(root: Path, **stages: str) -> None:
    text = "".join(
        f"  {name}:\n" + "".join(f"  {line}\n" for line in entry.splitlines()) for name, entry in stages.items()
    )
    (root / "dvc.lock").write_text(f"schema: '2.0'\nstages:\n{text}")


def remember(root: Path, run: Run) -> None:
    for name, entry in run.stages.items():
        path = root / ".dvc/cache/runs" / name / name / name
        path.parent.mkdir(parents=True)
        path.write_text("\n".join(line[2:] for line in entry.splitlines()))


def read(root: Path, into: Path) -> list[str]:
    run = finished.run_of(Checkout(root), "predict")
    assert run is not None
    paths = [IDENTIFIER, MODEL, SPLIT]
    finished.lay_out(Checkout(root), run, paths, into)
    return [(into / path).read_text() for path in (f"{IDENTIFIER}/identifier.json", MODEL, SPLIT)]


OF_1 = ["identifier 1", f"{MODEL} of run 1", f"{SPLIT} of run 1"]


@pytest.mark.parametrize("done", [[], ["split"], ["split", "train"]], ids=str)
def test_at_any_point_of_the_next_run_all_is_of_the_one_before(tmp_path: Path, done: list[str]) -> None:
    one, two = Run(tmp_path, 1), Run(tmp_path, 2)
    remember(tmp_path, one)
    lock(tmp_path, **{**one.stages, **{name: two.stages[name] for name in done}})
    assert read(tmp_path, tmp_path / "laid out") == OF_1
    run = finished.run_of(Checkout(tmp_path), "predict")
    assert run is not None
    assert run.description == "the run of 2026-01-01T00:00:00+00:00, commit 10ffee"


def test_when_its_last_stage_has_ended_it_is_the_new_one(tmp_path: Path) -> None:
    one, two = Run(tmp_path, 1), Run(tmp_path, 2)
    remember(tmp_path, one)
    lock(tmp_path, **two.stages)
    assert read(tmp_path, tmp_path / "laid out")[0] == "identifier 2"


def test_without_a_finished_run_there_is_none(tmp_path: Path) -> None:
    assert finished.run_of(Checkout(tmp_path), "predict") is None
    lock(tmp_path, split=Run(tmp_path, 1).stages["split"])
    assert finished.run_of(Checkout(tmp_path), "predict") is None


def test_what_the_cache_lacks_is_named_with_its_remedy_unless_the_tree_has_it(tmp_path: Path) -> None:
    one = Run(tmp_path, 1)
    lock(tmp_path, **one.stages)
    store.Store.of(tmp_path).object_path(one.md5[MODEL]).unlink()
    with pytest.raises(
        BadInput, match=r"neither in artifacts/ nor in DVC's cache.*model\.safetensors.*`dvc pull`.*make run"
    ):
        read(tmp_path, tmp_path / "first")
    (tmp_path / MODEL).parent.mkdir(parents=True)
    (tmp_path / MODEL).write_text("of another run")
    with pytest.raises(BadInput, match="neither in artifacts/ nor in DVC's cache"):
        read(tmp_path, tmp_path / "second")
    (tmp_path / MODEL).write_text(OF_1[1])
    assert read(tmp_path, tmp_path / "third") == OF_1


def test_a_damaged_object_is_not_taken(tmp_path: Path) -> None:
    one = Run(tmp_path, 1)
    lock(tmp_path, **one.stages)
    store.Store.of(tmp_path).object_path(one.md5[MODEL]).write_text("damaged")
    with pytest.raises(BadInput, match="neither in artifacts/ nor in DVC's cache"):
        read(tmp_path, tmp_path / "laid out")


def test_a_network_of_another_run_in_the_cache_is_never_taken_for_it(tmp_path: Path) -> None:
    one, two = Run(tmp_path, 1), Run(tmp_path, 2)
    lock(tmp_path, split=two.stages["split"], train=two.stages["train"], predict=one.stages["predict"])
    with pytest.raises(BadInput, match="neither in artifacts/ nor in DVC's cache"):  # the run cache has forgotten it
        read(tmp_path, tmp_path / "laid out")


def chain(root: Path) -> None:
    """A working tree with the records that hold it together."""
    texts = {artifacts.LABELLED: "table", artifacts.GROUPS: "groups", artifacts.SPLIT: "split", HEAD: "head"}
    for path, text in texts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    reads = {"audit": artifacts.LABELLED, "split": artifacts.GROUPS, "predict": HEAD}
    for stage, path in reads.items():
        (root / "artifacts" / stage).mkdir(exist_ok=True)
        record = {"inputs": {path: store.hash_of(root / path)}}
        (root / f"artifacts/{stage}/record.json").write_text(json.dumps(record))
    (root / "dvc.lock").touch()


def test_a_working_tree_is_of_one_run_where_each_record_has_read_what_is_there(tmp_path: Path) -> None:
    chain(tmp_path)
    assert workspace.is_of_one_run(tmp_path, [HEAD], RECORD, [HEAD])
    for path in (artifacts.LABELLED, artifacts.GROUPS, HEAD):
        before = (tmp_path / path).read_text()
        (tmp_path / path).write_text("of the next run")
        assert not workspace.is_of_one_run(tmp_path, [HEAD], RECORD, [HEAD]), path
        (tmp_path / path).write_text(before)
    (tmp_path / RECORD).unlink()
    assert not workspace.is_of_one_run(tmp_path, [HEAD], RECORD, [HEAD])


def test_what_is_missing_makes_it_none_and_without_dvc_all_is_taken_as_it_is(tmp_path: Path) -> None:
    chain(tmp_path)
    assert not workspace.is_of_one_run(tmp_path, [MODEL], RECORD, [HEAD])
    (tmp_path / "dvc.lock").unlink()
    assert workspace.is_of_one_run(tmp_path, [MODEL], RECORD, [HEAD])


def test_networks_beside_the_first_one_are_laid_out_with_it_where_the_run_had_any(tmp_path: Path) -> None:
    one, beside = Run(tmp_path, 1), artifacts.NETWORKS_BESIDE
    lock(tmp_path, **one.stages)
    earlier = finished.run_of(Checkout(tmp_path), "predict")
    assert earlier is not None
    assert finished.networks_beside(earlier) == []  # a run of an earlier version
    one.md5[beside] = keep_folder(tmp_path, {"networks.json": b"{}", "network_2/model.safetensors": b"the second"})
    lock(tmp_path, **one.stages | {"train": one._entry([SPLIT], [MODEL, HEAD, beside])})
    run = finished.run_of(Checkout(tmp_path), "predict")
    assert run is not None
    finished.lay_out(Checkout(tmp_path), run, finished.networks_beside(run), tmp_path / "laid out")
    assert (tmp_path / "laid out" / beside / "network_2/model.safetensors").read_text() == "the second"


@pytest.mark.parametrize(
    ("card", "needed"), [("", False), ("{}", False), ('{"networks": 1}', False), ('{"networks": 2}', True)]
)
def test_they_are_needed_where_the_card_counts_them(tmp_path: Path, card: str, needed: bool) -> None:
    path = tmp_path / artifacts.NETWORK_CARD
    path.parent.mkdir(parents=True)
    path.write_text(card)
    assert workspace.networks_beside(tmp_path) == ([artifacts.NETWORKS_BESIDE] if needed else [])
