"""Reads the tables that the report is made from (docs/reference/files.md), once; identities are always text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from longtail.labels.decisions import drop_decided

_ALL_TEXT = ("findings", "label_issues", "recall", "submission", "edits")
"""Tables whose cells are all text: `007` is a name, and an empty cell is no missing value."""
_NAMES = (
    "slice",
    "strategy",
    "classifier",
    "next_strategy",
    "next_classifier",
    "baseline",
    "phase",
    "protocol",
    "verdict",
)
_TEXT = dict.fromkeys(_NAMES, str)
_POSITIONS = (("x", "y"), ("other_x", "other_y"))


Position = tuple[float, float]


class SharedMarks(NamedTuple):
    """Marks on two photographs; a position is x and y from 0 to 1, from the upper left corner."""

    total: int = 0
    """How many match."""
    first: Sequence[Position] = ()
    """Of those that are drawn, on the first photograph."""
    second: Sequence[Position] = ()
    """The same marks on the second photograph."""
    weights: Sequence[float] = ()
    """What each of these counts: 1, less where other candidates share it."""
    common: int = 0
    """How many of all that match other candidates share."""


@dataclass(frozen=True)
class Inputs:
    """One field a file or folder, named as in the stage's `Paths`; folders stay paths."""

    verdict: dict[str, Any]
    labelled: pd.DataFrame
    labelled_images: Path
    test: pd.DataFrame
    findings: pd.DataFrame
    edits: pd.DataFrame
    split: pd.DataFrame
    plan: pd.DataFrame
    augmented: pd.DataFrame
    augmented_images: Path
    model: dict[str, Any]
    history: pd.DataFrame
    lr_find: pd.DataFrame
    metrics: dict[str, Any]
    scorecard: pd.DataFrame
    leaderboard: pd.DataFrame
    per_class_count: pd.DataFrame
    winners: pd.DataFrame
    baselines: pd.DataFrame
    leakage_demo: pd.DataFrame
    recall: pd.DataFrame
    threshold_curve: pd.DataFrame
    share_curve: pd.DataFrame
    reliability: pd.DataFrame
    calibration: pd.DataFrame
    label_issues: pd.DataFrame
    choice: dict[str, Any]
    predictions: pd.DataFrame
    marks: pd.DataFrame
    identifier: dict[str, Any]
    decisions: pd.DataFrame
    submission: pd.DataFrame
    candidates: pd.DataFrame
    discover: dict[str, Any]
    proposals: pd.DataFrame

    @cached_property
    def _file_of(self) -> dict[str, str]:
        return dict(zip(self.labelled["image"], self.labelled["file"], strict=True))

    def open_findings(self, table: pd.DataFrame, unknown_label: str) -> pd.DataFrame:
        """Findings that no row of edits.csv decided when `audit` read it.

        Args:
            table: A findings.csv.
            unknown_label: What the label table writes for an unknown individual.

        Returns:
            Rows of `table`.
        """
        md5 = dict(zip(self.labelled["image"], self.labelled["md5"], strict=True))
        return drop_decided(table, self.edits.to_numpy().tolist(), unknown_label, md5)

    def shared_marks(self, image: str, other: str) -> SharedMarks:
        """The marks that a scored photograph shares with the one behind its best candidate.

        Args:
            image: Name of the scored photograph.
            other: Name of the other.

        Returns:
            Their number, and the positions of some; none where no keypoints were computed.
        """
        rows = self.marks[(self.marks["image"] == image) & (self.marks["other"] == other)]
        if rows.empty:
            return SharedMarks()
        first, second = (list(rows[list(names)].itertuples(index=False, name=None)) for names in _POSITIONS)
        total, common = (int(rows[name].iloc[0]) for name in ("marks", "common"))
        return SharedMarks(total, first, second, rows["weight"].tolist(), common)

    def picture_of(self, image: str) -> Path | None:
        """The working copy of a labelled photograph; None where there is none (unreadable, or not labelled)."""
        file = self._file_of.get(image, "")
        return self.labelled_images / file if file else None


def read(name: str, path: Path) -> Any:
    """Read one input.

    Args:
        name: Its field in `Inputs`.
        path: The file or folder.

    Returns:
        A table, a JSON value, or the path itself for a folder.
    """
    if path.suffix == ".json":
        return json.loads(path.read_text(encoding="utf-8"))
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    if path.suffix == ".csv":
        kinds: Any = str if name in _ALL_TEXT else _TEXT
        return pd.read_csv(path, dtype=kinds, keep_default_na=name not in _ALL_TEXT)
    return path
