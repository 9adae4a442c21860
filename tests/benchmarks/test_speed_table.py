"""docs/results/speed.md shows what the benchmarks have kept, and says what was not measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import speed_table


def test_the_page_shows_the_figures_that_are_kept(root: Path) -> None:
    assert speed_table.table() in (root / "docs/results/speed.md").read_text("utf-8")


def test_what_was_not_measured_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed_table, "RESULTS", tmp_path)
    assert speed_table.table().count("| not measured |") == len(speed_table.LINES)
