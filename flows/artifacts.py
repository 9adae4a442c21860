"""What a run leaves in Prefect's own pages: scores, history, the report's address, how each stage ended."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from prefect.artifacts import create_link_artifact, create_markdown_artifact, create_table_artifact

from flows.stages import Outcome
from longtail.artifacts import HISTORY, REPORT, SCORECARD
from longtail.errors import LongtailError


def write(root: Path, outcomes: Sequence[Outcome]) -> None:
    """Artifacts of a run that ended well.

    Args:
        root: the project's root.
        outcomes: how each task ended.
    """
    create_table_artifact(rows_of(root / SCORECARD), key="scorecard", description="MAP@5 by class count")
    create_table_artifact(rows_of(root / HISTORY), key="history", description="Training, epoch by epoch")
    create_link_artifact((root / REPORT).resolve().as_uri(), link_text="report.html", key="report")
    lines = [f"| {o.name} | {o.state} | {o.seconds:.1f} | {o.line} |" for o in outcomes]
    table = "\n".join(["| stage | state | seconds | |", "| --- | --- | --- | --- |", *lines])
    create_markdown_artifact(table, key="retrain", description="How each stage ended")


def write_failure(error: LongtailError) -> None:
    """The artifact of a run that a stage stopped: every problem, with its place and its remedy."""
    stage = " ".join(getattr(error, "__notes__", []))
    problems = "\n".join(f"- {problem}" for problem in error.problems)
    text = f"**{stage}** stopped the run ({type(error).__name__}):\n\n{problems}\n"
    create_markdown_artifact(text, key="retrain", description="Why the run stopped")


def rows_of(table: Path) -> list[dict[str, Any]]:
    """A CSV as rows of plain values; a blank is None, since JSON has no NaN."""
    frame = pd.read_csv(table)
    return [
        {str(key): None if pd.isna(value) else value for key, value in row.items()}
        for row in frame.to_dict(orient="records")
    ]
