"""The benchmarks that need no finished run still run, at their smallest; what they measure is not asserted here."""

from __future__ import annotations

import csv
import importlib
from pathlib import Path

import pytest

from benchmarks import measuring, photographs

pytestmark = pytest.mark.slow
SMALLEST = {
    "oversampling": ["--times", "1"],
    "oversampling_steps": ["--times", "1"],
    "preparing": ["--times", "1"],
    "false_merges": ["--seeds", "1", "--kinds", "small faces", "drawn whales"],
    "near_duplicates": ["--few", "200"],
    "scale": ["--rows", "2000"],
    "loading": ["--size", "32", "--batches", "1"],
    "input_check": ["--files", "50", "--bytes", "10"],
    "gpu_tiny": ["--tiny"],
}


@pytest.mark.parametrize("protocol", SMALLEST)
def test_it_runs_and_keeps_its_figures(protocol: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "RESULTS", tmp_path)
    monkeypatch.setattr(measuring, "RUNS", 1)
    monkeypatch.setattr(photographs, "DRAWN", 10)
    # Here: every process of pytest-xdist would import Great Expectations and fastai while it collects.
    importlib.import_module(f"benchmarks.{protocol.removesuffix('_tiny')}").main(SMALLEST[protocol])
    rows = list(csv.DictReader((tmp_path / f"{protocol}.csv").open(encoding="utf-8")))
    assert rows
    assert all(row["machine"] for row in rows)
