"""What a worker does before a run, on a real clone with a real DVC remote."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows import update
from longtail import process_lock
from longtail.errors import BadInput, Busy, LongtailError
from tests.flows.cloned import data, said

pytestmark = pytest.mark.slow  # each starts git and DVC


def test_new_data_and_new_code_come(clones: tuple[Path, Path]) -> None:
    person, worker = clones
    (person / "src").mkdir()
    (person / "src/new.py").write_text("1\n")
    data(person, "two")
    summary = update.update(worker)
    assert summary.startswith("origin/main, data ")
    assert summary.endswith(".dir: 1 with other bytes (train.csv)")
    assert (worker / "data/raw/train.csv").read_text() == "two"
    assert (worker / "src/new.py").exists()
    assert update.update(worker) == "origin/main, data as they were"


def test_what_is_not_versioned_yet_is_not_touched(clones: tuple[Path, Path]) -> None:
    person, worker = clones
    (worker / "data/raw/new.jpg").write_text("mine")
    assert update.update(worker) == "origin/main, data as they were"
    data(person, "two")
    with pytest.raises(BadInput, match="data/raw holds what is not versioned"):
        update.update(worker)
    assert (worker / "data/raw/new.jpg").read_text() == "mine"


def test_results_that_could_not_be_pushed_are_in_nobodys_way(clones: tuple[Path, Path]) -> None:
    person, worker = clones
    (worker / "dvc.lock").write_text("schema: '2.0'\nstages: {}\n")
    (worker / "receipts").mkdir()
    (worker / "receipts/1.json").write_text("{}")
    said(worker, "git", "add", "--all")
    said(worker, "git", "commit", "--quiet", "-m", "run")
    (person / "dvc.lock").write_text("schema: '2.0'\nstages: {a: {cmd: x}}\n")
    data(person, "two")
    update.update(worker)
    assert "a:" in (worker / "dvc.lock").read_text()
    assert (worker / "receipts/1.json").exists()
    assert (worker / "data/raw/train.csv").read_text() == "two"


def test_a_change_of_somebodys_stops_it(clones: tuple[Path, Path]) -> None:
    _, worker = clones
    (worker / "params.yaml").write_text("share:\n  commit: false\n")
    with pytest.raises(LongtailError, match=r"not a result of the run, e\.g\. params\.yaml"):
        update.update(worker)


def test_a_run_that_goes_on_is_not_disturbed(clones: tuple[Path, Path]) -> None:
    _, worker = clones
    with process_lock.holding("flow", worker), pytest.raises(Busy):
        update.update(worker)
