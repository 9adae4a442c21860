"""Two networks side by side: who helps in both, who wins in both, and that a picture comes of it."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pandas as pd
import pytest

from benchmarks import which_strategy

SLICES = list(which_strategy.SLICES)


def run(folder: Path, scores: dict[tuple[str, str], float], gain: float, leader: tuple[str, str], verdict: str) -> Path:
    """One network's tables: equal on every slice; all but `none` gain as much, within 0.01."""
    folder.mkdir()
    rows = [
        {
            "strategy": approach,
            "classifier": scorer,
            "slice": name,
            "photographs": 120,
            "map_at_5": score,
            "low": score - 0.05,
            "high": score + 0.05,
            "gain": 0 if approach == "none" else gain,
            "gain_low": 0 if approach == "none" else gain - 0.01,
            "gain_high": 0 if approach == "none" else gain + 0.01,
            "added": 1200,
        }
        for (approach, scorer), score in scores.items()
        for name in SLICES
    ]
    pd.DataFrame(rows).to_csv(folder / "per_class_count.csv", index=False)
    times = [(approach, scorer, seed, seed + 1.0) for approach, scorer in scores for seed in range(3)]
    pd.DataFrame(times, columns=["strategy", "classifier", "seed", "seconds"]).to_csv(
        folder / "seconds.csv", index=False
    )
    names = {"strategy": leader[0], "classifier": leader[1], "lead": 0.02, "verdict": verdict}
    pd.DataFrame([{"slice": name, "photographs": 120, **names} for name in SLICES]).to_csv(
        folder / "winners.csv", index=False
    )
    return folder


A = {("none", "nearest_neighbour"): 0.2, ("none", "linear_probe"): 0.3, ("smote", "linear_probe"): 0.4}
B = {("none", "nearest_neighbour"): 0.24, ("none", "linear_probe"): 0.36, ("smote", "linear_probe"): 0.5}
SMOTE, PLAIN = ("smote", "linear_probe"), ("none", "linear_probe")


def printed(folders: list[Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    target = folders[0].parent / "picture.svg"
    monkeypatch.setattr(sys, "argv", ["which_strategy", *map(str, folders), "--picture", str(target)])
    which_strategy.main()
    return capsys.readouterr().out


def test_what_leads_in_both_networks_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = [
        run(tmp_path / "a", A, 0.1, SMOTE, "leads"),
        run(tmp_path / "b", B, 0.14, SMOTE, "leads"),
    ]
    said = printed(folders, monkeypatch, capsys)
    assert said.count("**smote with linear probe wins in both networks.**") == len(SLICES)
    scores = "0.400 (0.350–0.450) | 0.500 (0.450–0.550) | 0.450 | +0.100"
    assert f"| smote | linear probe | {scores} | +0.100 | +0.140 | helps | 1,200 | 2.0 |" in said
    scores = "0.200 (0.150–0.250) | 0.240 (0.190–0.290) | 0.220 | +0.040"
    assert f"| none | nearest neighbour | {scores} |  |  |  | 1,200 | 2.0 |" in said
    drawn = ET.fromstring((tmp_path / "picture.svg").read_text("utf-8"))
    circles = drawn.findall(".//{http://www.w3.org/2000/svg}circle")
    assert len(circles) == 4 * 2 * 2  # class counts, approaches, networks


@pytest.mark.parametrize(
    ("leader", "verdict", "why"),
    [(PLAIN, "leads", "the networks disagree"), (SMOTE, "noise", "the lead is within noise")],
)
def test_without_two_clear_leads_nobody_wins(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    leader: tuple[str, str],
    verdict: str,
    why: str,
) -> None:
    folders = [
        run(tmp_path / "a", A, 0.1, SMOTE, "leads"),
        run(tmp_path / "b", B, -0.1, leader, verdict),
    ]
    said = printed(folders, monkeypatch, capsys)
    assert said.count(f"No winner: {why}.") == len(SLICES)
    assert "wins" not in said
    assert "| noise |" in said  # a gain in one and a loss in the other


def test_the_page_shows_what_the_command_prints_of_the_kept_runs(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = [root / "benchmarks/results/runs" / f"whales-small-seed-{seed}" for seed in (4, 5)]
    target = tmp_path / "picture.svg"
    monkeypatch.setattr(sys, "argv", ["which_strategy", *map(str, runs), "--picture", str(target)])
    which_strategy.main()
    tables = capsys.readouterr().out.partition("\nPicture:")[0].strip()
    assert tables in (root / "docs/results/which-strategy.md").read_text("utf-8")
    assert target.read_bytes() == (root / "docs/images/which-strategy.svg").read_bytes()
