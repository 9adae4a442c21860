"""prepare and oversample on a real Dask cluster of two workers: the same bytes as here, and plain words where not."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from longtail.compute import run_all
from longtail.errors import StageFailed, Unreachable
from longtail.params import ComputeParams
from longtail.stages import oversample, prepare
from longtail.synthetic.plan import plan_sample
from longtail.synthetic.rawset import write_sample

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """The address of a cluster of two processes on this machine, which gives up at the first worker that dies.

    Four have to die otherwise, and each is started anew.
    """
    from distributed import LocalCluster  # here: every process that collects this file would import it

    first_counts = {"allowed_failures": 0}
    with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50, scheduler_kwargs=first_counts
    ) as cluster:
        yield cluster.scheduler_address


def made(root: Path, compute: ComputeParams) -> dict[str, bytes]:
    """What both stages write for a drawn set of labelled photographs, every one of them in the train fold."""
    write_sample(plan_sample(30, 60, 4, seed=0), root / "data/raw", root / "solution.csv", 0, ComputeParams())
    (root / "artifacts/validate").mkdir(parents=True)
    (root / "artifacts/validate/passed.json").write_text("{}")
    prepare.run(prepare.Params(side=100, compute=compute), prepare.Paths.at(root, "labelled"))
    table = pd.read_parquet(root / "artifacts/prepare/labelled.parquet")
    split = pd.DataFrame({"image": table["image"], "identity": table["label"], "fold": "train", "class_count": 1})
    (root / "artifacts/split").mkdir()
    split.to_parquet(root / "artifacts/split/split.parquet", index=False)
    oversample.run(oversample.Params(compute=compute), oversample.Paths.at(root))
    folders = (root / "artifacts/prepare", root / "artifacts/oversample")
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_cluster_writes_the_same_bytes(scheduler: str, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "distributed").mkdir()
    here = made(tmp_path / "here", ComputeParams())
    assert len(here) > 200
    assert made(tmp_path / "distributed", ComputeParams(dask_scheduler=scheduler)) == here


def test_the_work_is_done_there(scheduler: str) -> None:
    compute = ComputeParams(dask_scheduler=scheduler)
    there = set(run_all(_process, list(range(100)), compute, "test", distributed=True))
    here = set(run_all(_process, list(range(100)), compute, "test"))
    assert len(there | here) == len(there) + len(here)


def test_a_worker_that_dies_is_told_in_words(scheduler: str) -> None:
    with pytest.raises(StageFailed, match=r"workers of the Dask cluster died.*tcp://"):
        list(run_all(_die, list(range(8)), ComputeParams(dask_scheduler=scheduler), "test", distributed=True))


def test_no_scheduler_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("longtail.compute._SECONDS_TO_ANSWER", 1)
    with pytest.raises(Unreachable, match=r"no Dask scheduler answers.*tcp://127\.0\.0\.1:9"):
        list(
            run_all(
                np.sqrt, list(range(8)), ComputeParams(dask_scheduler="tcp://127.0.0.1:9"), "test", distributed=True
            )
        )


def _process(item: int) -> int:
    time.sleep(0.02)
    return os.getpid()


def _die(item: int) -> None:
    os._exit(1)
