"""A table that is measured a piece at a time: what is measured again is replaced, what is not stays."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from benchmarks import gallery_size, measuring


def test_rows_of_earlier_runs_stay_with_their_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "RESULTS", tmp_path)
    path = tmp_path / "gallery_size.csv"

    def row(what: str, photographs: int, seconds: float) -> dict[str, object]:
        return {"what": what, "photographs": photographs, "dims": 512, "seconds": seconds}

    before = [row("evaluate", 2000, 1.5) | {"machine": "old"}, row("identify", 100_000, 3.0) | {"machine": "old"}]
    measuring.keep("gallery_size", before)
    new = [row("identify", 100_000, 4.0), row("predict", 100_000, 5.0)]
    measuring.keep("gallery_size", gallery_size.merged(new, path))
    table = pd.read_csv(path)
    assert table["what"].tolist() == ["evaluate", "predict", "identify"]
    assert table["seconds"].tolist() == [1.5, 5.0, 4.0]
    assert (table["machine"] == "old").tolist() == [True, False, False]
    assert gallery_size.merged(new, tmp_path / "none.csv") == new
