from __future__ import annotations

from pathlib import Path

import pytest

from longtail.reporting.jinja_environment import markdown_safe
from longtail.stages import report
from tests.reporting.building import Artifacts, artifacts, write


def card_of(root: Path, made: Artifacts) -> str:
    write(root, made)
    paths = report.Paths.at(root)
    report.run(report.Params(), paths)
    return paths.card.read_text("utf-8")


def test_the_card_says_what_for_from_what_how_good_and_where_it_ends(tmp_path: Path) -> None:
    card = card_of(tmp_path, artifacts())
    headings = [line[3:] for line in card.splitlines() if line.startswith("## ")]
    assert headings == [
        "Intended use",
        "Data",
        "Training",
        "Scores",
        "Limits",
        "Licence and ethics",
        "How to reproduce",
    ]
    assert "| **this identifier** | **0.437** | 0.381 to 0.492 | 0.357 | | | |" in card
    assert "| frozen 1-NN | 0.301 | | 0.150 | +0.136 | +0.086 to +0.186 | better |" in card
    assert "34 labelled photographs of 9 identities; 3 identities seen once" in card
    assert "learned from 22 photographs of 150 identities; 3 more of the train fold were not shown to it" in card
    assert "The threshold for “new” is made for 23% of unknowns" in card
    assert "Warning" not in card


def test_warnings_stand_at_the_top_of_the_card(tmp_path: Path) -> None:
    card = card_of(tmp_path, artifacts(unknowns=False))
    assert card.splitlines()[2].startswith("> **Warning.** No photograph of an unknown identity")
    assert "No threshold was fitted: it never answers “new”" in card


@pytest.mark.parametrize(
    ("low", "high", "verdict", "warning"),
    [
        (0.1, 0.3, "better", ""),
        (-0.3, -0.1, "worse", "Worse than the untrained network: −0.200"),
        (-0.1, 0.2, "no difference shown", "No difference to the untrained network is shown: +0.050"),
    ],
)
def test_the_card_says_what_the_interval_shows(
    tmp_path: Path, low: float, high: float, verdict: str, warning: str
) -> None:
    made = artifacts()
    rows = made["baselines"]["baseline"] == "frozen_1nn"
    made["baselines"].loc[rows, ["gain", "gain_low", "gain_high"]] = [(low + high) / 2, low, high]
    lines = card_of(tmp_path, made).splitlines()
    [row] = [line for line in lines if line.startswith("| frozen 1-NN")]
    assert row.endswith(f" | {verdict} |")
    told = [line for line in lines if line.startswith("> **Warning.**")]
    assert len(told) == bool(warning)
    assert all(warning in line and "train.base\\_lr" in line for line in told)


def test_a_network_that_hardly_learned_stands_above_the_cards_scores(tmp_path: Path) -> None:
    made = artifacts()
    made["model"] |= {"hardly_learned": True, "train_right": 5, "train_images": 500}
    made["model"] |= {"train_accuracy": 0.01, "train_chance": 0.008}
    card = card_of(tmp_path, made)
    assert 0 < card.index("The network hardly learned") < card.index("0.437")


def test_lists_and_tables_are_whole(tmp_path: Path) -> None:
    lines = card_of(tmp_path, artifacts()).splitlines()
    rows = [line for line in lines if line.startswith("|")]
    assert len(rows) == 2 + 5 + 2 + 7
    assert {row.replace("\\|", "").count("|") for row in rows[:7]} == {8}
    items = [index for index, line in enumerate(lines) if line.startswith("- ")]
    assert all(lines[index - 1] == "" or lines[index - 1].startswith(("-", "#")) for index in items)


def test_foreign_text_is_no_markup(tmp_path: Path) -> None:
    made = artifacts()
    made["choice"]["why"] = "[click](javascript:x) <script> | `code`\n# heading"
    card = card_of(tmp_path, made)
    assert "\\[click\\](javascript:x) \\<script\\> \\| \\`code\\` \\# heading" in card
    assert markdown_safe("a\nb") == "a b"
