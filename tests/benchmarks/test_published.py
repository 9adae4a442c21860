"""The figures of a run kept without any name, and two runs told side by side."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from benchmarks import published


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return _run(tmp_path / "run", seed=2, closed=0.4)


def _run(root: Path, seed: int, closed: float) -> Path:
    folder = root / "artifacts" / "evaluate"
    folder.mkdir(parents=True)
    (root / "params.yaml").write_text(f"split:\n  seed: {seed}\n", "utf-8")
    (root / "dvc.lock").write_text("schema: '2.0'\n", "utf-8")
    scores = {"map_at_5": closed, "map_at_5_low": closed - 0.02, "map_at_5_high": closed + 0.02}
    metrics = {f"{kind}_{name}": value for kind in ("open", "closed") for name, value in scores.items()}
    (folder / "metrics.json").write_text(json.dumps(metrics), "utf-8")
    (folder / "choice.json").write_text(json.dumps({"why": "both halves chose it"}), "utf-8")
    card = {"slice": "known (closed)", "photographs": 1984, "map_at_5": closed, "low": 0, "high": 1, "accuracy": 0.3}
    card |= {"frozen_1nn": 0.1}
    pd.DataFrame([card]).to_csv(folder / "scorecard.csv", index=False)
    beaten = {"baseline": "all_new", "open_map_at_5": 0.2, "closed_map_at_5": 0.0}
    gains = {"gain": 0.2, "gain_low": 0.18, "gain_high": 0.22}
    pd.DataFrame([beaten | gains]).to_csv(folder / "baselines.csv", index=False)
    leaks = [{"protocol": name, "accuracy": 0.5, "map_at_5": 0.6} for name in ("post", "honest")]
    pd.DataFrame(leaks).to_csv(folder / "leakage_demo.csv", index=False)
    for name in ("leaderboard", "per_class_count", "winners", "seconds"):
        (folder / f"{name}.csv").write_text("approach\n", "utf-8")
    (folder / "predictions.csv").write_text("image,identity\na.jpg,w_1234\n", "utf-8")
    for stage, part, started, seconds in (("prepare", "test", "10:00", 36.0), ("report", "", "10:59", 60.0)):
        record = {"stage": stage, "part": part, "started": f"2026-01-01T{started}:00+00:00", "seconds": seconds}
        record |= {"commit": "abcdef0123", "dirty": False, "summary": {"line": f"{stage} said a|b"}}
        place = root / "artifacts" / stage / f"{part}.record.json".lstrip(".")
        place.parent.mkdir()
        place.write_text(json.dumps(record), "utf-8")
    return root


def test_what_is_kept_names_no_photograph_and_no_identity(run: Path, tmp_path: Path) -> None:
    published.main(["keep", str(run), str(tmp_path / "kept")])
    kept = sorted(path.name for path in (tmp_path / "kept").iterdir())
    assert kept == sorted([*(Path(name).name for name in published.KEPT), "stages.csv"])
    assert not any("w_1234" in path.read_text("utf-8") for path in (tmp_path / "kept").iterdir())


def test_two_runs_are_told_side_by_side(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = _run(tmp_path / "other", seed=3, closed=0.425)
    for root in (run, other):
        published.main(["keep", str(root), str(root / "kept")])
    published.main(["show", str(run / "kept"), str(other / "kept")])
    said = capsys.readouterr().out
    assert "| **Longtail** | **0.400** [0.380, 0.420] |" in said
    known = [f"1,984 | {score} [0.000, 1.000] | 0.100 | 0.300" for score in ("0.400", "0.425")]
    assert f"| known (closed) | {' | '.join(known)} | +0.025 |" in said
    gain = "+0.200 [+0.180, +0.220]"
    assert f"| always predicts “new” | 0.200 | 0.000 | 0.200 | 0.000 | {gain} | {gain} |" in said
    assert "seed 3: 60.0 minutes from first to last stage, of which prepare and oversample 1.0%; commit abcdef0" in said
    assert "| `prepare@test` | 36 |" in said
    assert "prepare said a\\|b" in said


def test_the_page_shows_what_the_command_prints_of_the_kept_runs(root: Path) -> None:
    runs = [root / "benchmarks/results/runs" / f"whales-small-seed-{seed}" for seed in (4, 5)]
    lines = [line for part in published.show(runs) for line in part.splitlines()]
    page = (root / "docs/results/index.md").read_text("utf-8").splitlines()
    assert [line for line in lines if line not in page] == []
