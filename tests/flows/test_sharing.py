"""What of a run goes to the team: bytes to a real remote, results to a real repository."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from prefect import flow

from flows import dvc, sharing
from flows.stages import Outcome
from longtail.errors import BadParameter, Unreachable
from longtail.lineage import store
from tests.flows.cloned import said
from tests.forks import dvc_command

pytestmark = [pytest.mark.usefixtures("prefect_server"), pytest.mark.slow]


@flow(name="share-only", validate_parameters=False)
def share(root: Path, params: sharing.ShareParams) -> list[Outcome]:
    return sharing.run(root, params)


@flow(name="push-once", validate_parameters=False)
def push_once(root: Path) -> None:
    sharing.push_bytes.with_options(retries=0)(root)


def ran(root: Path, receipt: str = "1.json") -> None:
    """What a run leaves behind."""
    path = root / "artifacts/evaluate/metrics.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"open_map_at_5": 0.5412}))
    (root / "dvc.lock").write_text("schema: '2.0'\nstages: {}\n")
    (root / "receipts").mkdir(exist_ok=True)
    (root / "receipts" / receipt).write_text("{}")


def test_bytes_and_results_are_shared_once(clones: tuple[Path, Path]) -> None:
    _, worker = clones
    ran(worker)
    (worker / "data/raw/train.csv").write_text("new")
    dvc.add(worker)
    params = sharing.ShareParams(commit=True)
    pushed, committed = share(worker, params)
    assert (pushed.state, committed.state) == ("Completed", "Completed")
    assert pushed.line.endswith("objects to team")
    assert committed.line == "results on origin/main"
    message = said(worker, "git", "log", "-1", "--format=%B", "origin/main")
    assert message.startswith("Retrain: open MAP@5 0.5412\n\nRaw data ")
    assert store.locked(worker)[dvc.RAW] in message
    assert [outcome.state for outcome in share(worker, params)] == ["Cached", "Cached"]


def test_a_second_clone_gets_the_bytes(clones: tuple[Path, Path]) -> None:
    person, worker = clones
    ran(worker)
    (worker / "data/raw/train.csv").write_text("new")
    dvc.add(worker)
    share(worker, sharing.ShareParams(commit=True))
    said(person, "git", "pull", "--quiet", "origin", "main")
    dvc.restore(person, dvc.RAW)
    assert (person / "data/raw/train.csv").read_text() == "new"


def test_nothing_is_shared_that_is_not_asked_for(clones: tuple[Path, Path]) -> None:
    _, worker = clones
    assert share(worker, sharing.ShareParams(push=False)) == []
    said(worker, *dvc_command(), "config", "--unset", "core.remote")
    assert share(worker, sharing.ShareParams()) == []
    with pytest.raises(BadParameter, match="needs a default remote"):
        share(worker, sharing.ShareParams(push=True))


def test_a_remote_that_is_gone_is_worth_another_try(clones: tuple[Path, Path]) -> None:
    person, worker = clones
    shutil.rmtree(person.parent / "remote")
    (person.parent / "remote").write_text("a file")
    (worker / "data/raw/train.csv").write_text("new")
    dvc.add(worker)
    with pytest.raises(Unreachable, match="cannot push to DVC's remote") as caught:
        push_once(worker)
    assert caught.value.can_retry


def test_an_object_is_fetched_by_its_hash_alone(clones: tuple[Path, Path]) -> None:
    person, worker = clones
    md5 = subprocess.run(["md5sum", "data/raw/train.csv"], cwd=worker, capture_output=True, text=True, check=True)
    [name, *_] = md5.stdout.split()
    stored = worker / ".dvc/cache/files/md5" / name[:2] / name[2:]
    stored.chmod(0o644)
    stored.unlink()
    dvc.fetch(worker, name)
    assert stored.read_text() == (person / "data/raw/train.csv").read_text()
    dvc.fetch(worker, "0" * 32)  # one that nobody has is no error
    assert store.Store.of(worker).verified_object("0" * 32) is None
