"""What a clone that was not pulled into is brought: what a run needs, and what people use afterwards."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from flows import dvc, dvc_graph, dvc_status
from longtail.errors import Unreachable
from longtail.lineage import store
from tests.flows.cloned import set_remote
from tests.forks import dvc_command

pytestmark = pytest.mark.slow  # each starts git and DVC

if TYPE_CHECKING:
    from conftest import Toy

NOWHERE = "ssh://127.0.0.1:1/nowhere"


def run_all(toy: Toy) -> dict[str, dvc.Verdict]:
    os.chdir(toy.root)  # DVC names stages from where it is; the fixtures put it back
    return {
        name: dvc.reproduce(toy.root, name, lambda _: None, pull=True)
        for name in dvc_graph.project_state(toy.root).order
    }


@pytest.fixture
def bare(shared: Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Toy:
    """A clone that holds what git would hold."""
    ignored = shutil.ignore_patterns("artifacts", "raw", "cache", "tmp", "runs.log")
    shutil.copytree(shared.root, tmp_path / "clone", ignore=ignored)
    monkeypatch.chdir(tmp_path / "clone")
    return type(shared)(tmp_path / "clone")


def a_colleague_runs(shared: Toy, bare: Toy) -> None:
    """Other parameters are in both checkouts; the colleague has run with them, and has sent off what came of it."""
    shared.params(train=2)
    run_all(shared)
    dvc.push(shared.root)
    os.chdir(bare.root)
    bare.params(train=2)


def here(toy: Toy) -> set[str]:
    return {path for path in store.locked(toy.root) if (toy.root / path).exists()}


def test_nothing_changed_brings_what_people_use_alone(bare: Toy) -> None:
    assert dvc_status.changed(bare.root).reasons == {}
    assert here(bare) == {"artifacts/train/model"}


def test_a_changed_parameter_brings_what_it_and_what_follows_read(bare: Toy) -> None:
    bare.params(train=2)
    assert dvc_status.changed(bare.root).reasons == {"train": ("parameters of 'train' modified",)}
    assert here(bare) == {"artifacts/prepare/labelled", "artifacts/prepare/test"}
    run_all(bare)
    assert bare.runs() == ["train", "predict"]
    assert here(bare) == set(store.locked(bare.root)) - {dvc.RAW}


def test_other_photographs_are_seen_without_having_been_here(shared: Toy, bare: Toy) -> None:
    (shared.root / "data/raw/test.csv").write_text("ten more\n")
    dvc.add(shared.root)
    assert shared.command(*dvc_command(), "push", "-q").wait() == 0
    shutil.copyfile(shared.root / "data/raw.dvc", bare.root / "data/raw.dvc")
    assert set(dvc_status.changed(bare.root).reasons) == {"prepare@test"}
    assert (bare.root / "data/raw/test.csv").read_text() == "ten more\n"
    assert not (bare.root / "artifacts/prepare/labelled").exists()


def test_what_a_colleague_has_made_is_not_made_again(shared: Toy, bare: Toy) -> None:
    a_colleague_runs(shared, bare)
    assert dvc.pull_run_cache(bare.root)
    assert set(dvc_status.changed(bare.root).reasons) == {"train"}
    assert run_all(bare)["train"] == "restored"
    assert bare.runs() == []


def test_what_the_remote_lost_is_made_again_from_photographs_that_are_brought(bare: Toy, tmp_path: Path) -> None:
    bare.params(train=2)
    md5 = store.locked(bare.root)["artifacts/prepare/labelled"]
    (tmp_path / "remote/files/md5" / md5[:2] / md5[2:]).unlink()
    assert {"prepare@labelled", "train"} <= set(dvc_status.changed(bare.root).reasons)
    assert (bare.root / "data/raw/train.csv").exists()


def cut_off(toy: Toy) -> None:
    """From now on the remote does not answer."""
    set_remote(toy.root, NOWHERE)


def test_what_was_looked_at_once_needs_no_remote_again(bare: Toy) -> None:
    assert dvc_status.changed(bare.root).reasons == {}
    cut_off(bare)
    assert dvc_status.changed(bare.root).reasons == {}


def test_a_remote_that_goes_away_during_a_run_does_not_end_it(shared: Toy, bare: Toy) -> None:
    a_colleague_runs(shared, bare)
    dvc_status.changed(bare.root)
    assert dvc.pull_run_cache(bare.root)
    cut_off(bare)
    lines: list[str] = []
    assert dvc.reproduce(bare.root, "train", lines.append, pull=True) == "ran"
    assert any("going on without it" in line for line in lines)


def test_photographs_that_are_nowhere_are_told_and_nothing_is_laid_out(bare: Toy) -> None:
    cut_off(bare)
    with pytest.raises(Unreachable, match="data/raw is not here"):
        dvc_status.changed(bare.root)
    assert not (bare.root / "data/raw").exists()


def test_a_dependency_that_the_lock_does_not_know_is_a_change(bare: Toy) -> None:
    graph = bare.root / "dvc.yaml"
    graph.write_text(graph.read_text().replace("params: [train]", "params: [train]\n    deps: [data/raw/extra.csv]", 1))
    graph.write_text(graph.read_text().replace("    deps: [step.py, artifacts/prepare/labelled]\n", "", 1))
    assert any("extra.csv" in why for why in dvc_status.changed(bare.root).reasons["train"])


def test_the_run_cache_is_taken_once_and_not_again_by_each_stage(bare: Toy, tmp_path: Path) -> None:
    bare.params(train=2)
    runs = Path(".dvc/cache/runs")
    assert dvc.pull_run_cache(bare.root)
    known = {path: path.stat().st_mtime_ns for path in (bare.root / runs).rglob("*") if path.is_file()}
    assert known
    (tmp_path / "remote/runs/ab/new").mkdir(parents=True)
    (tmp_path / "remote/runs/ab/new/entry").write_text("cmd: none\n")
    dvc_status.changed(bare.root)
    assert dvc.reproduce(bare.root, "train", lambda _: None, pull=True) == "ran"
    assert not (bare.root / runs / "ab/new").exists()
    assert dvc.pull_run_cache(bare.root)
    assert (bare.root / runs / "ab/new/entry").exists()
    assert {path: path.stat().st_mtime_ns for path in known} == known


def test_no_remote_does_not_answer(finished_toy: Toy) -> None:
    assert not dvc.pull_run_cache(finished_toy.root)
    set_remote(finished_toy.root, NOWHERE)
    assert not dvc.pull_run_cache(finished_toy.root)
