"""The benchmarks that need no finished run still run, at their smallest; what they measure is not asserted here."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from benchmarks import (
    false_merges,
    gpu,
    input_check,
    loading,
    measuring,
    near_duplicates,
    oversampling,
    oversampling_steps,
    photographs,
    preparing,
    scale,
)

pytestmark = pytest.mark.slow
SMALLEST: dict[str, tuple[Callable[[Sequence[str]], None], list[str]]] = {
    "oversampling": (oversampling.main, ["--times", "1"]),
    "oversampling_steps": (oversampling_steps.main, ["--times", "1"]),
    "preparing": (preparing.main, ["--times", "1"]),
    "false_merges": (false_merges.main, ["--seeds", "1", "--kinds", "small faces", "drawn whales"]),
    "near_duplicates": (near_duplicates.main, ["--few", "200"]),
    "scale": (scale.main, ["--rows", "2000"]),
    "loading": (loading.main, ["--size", "32", "--batches", "1"]),
    "input_check": (input_check.main, ["--files", "50", "--bytes", "10"]),
    "gpu_tiny": (gpu.main, ["--tiny"]),
}


@pytest.mark.parametrize("protocol", SMALLEST)
def test_it_runs_and_keeps_its_figures(protocol: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "RESULTS", tmp_path)
    monkeypatch.setattr(measuring, "RUNS", 1)
    monkeypatch.setattr(photographs, "DRAWN", 10)
    main, smallest = SMALLEST[protocol]
    main(smallest)
    rows = list(csv.DictReader((tmp_path / f"{protocol}.csv").open(encoding="utf-8")))
    assert rows
    assert all(row["machine"] for row in rows)
