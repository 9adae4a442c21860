"""Workers are started for what takes longer than their start, and for nothing else."""

from __future__ import annotations

import os
import time

import pytest

from longtail import compute
from longtail.params import ComputeParams

TWO = ComputeParams(workers=2)


def where(number: int) -> tuple[int, int]:
    time.sleep(0.01)
    return number, os.getpid()


def test_quick_work_is_done_here() -> None:
    assert list(compute.run_all(where, range(8), TWO, "w")) == [(number, os.getpid()) for number in range(8)]


def test_the_rest_of_long_work_goes_to_the_workers_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compute, "_SECONDS_ALONE", 0.03)
    numbers, pids = zip(*compute.run_all(where, range(60), TWO, "w"), strict=True)
    assert numbers == tuple(range(60))
    here = [pid == os.getpid() for pid in pids]
    assert here == sorted(here, reverse=True)
    assert 0 < sum(here) < 30


def test_one_worker_is_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compute, "_SECONDS_ALONE", 0.0)
    assert {pid for _, pid in compute.run_all(where, range(8), ComputeParams(workers=1), "w")} == {os.getpid()}


def test_a_few_items_start_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compute, "_SECONDS_ALONE", 0.0)
    assert {pid for _, pid in compute.run_all(where, range(3), TWO, "w")} == {os.getpid()}
