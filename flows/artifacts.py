"""What a run leaves in Prefect's own pages: scores, history, the report's address, how each stage ended.

All of it is Markdown: Prefect's own tables cut cells that are wider than their column.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from prefect.artifacts import create_markdown_artifact

from flows.stages import Outcome
from longtail.artifacts import HISTORY, MODEL_CARD, REPORT, SCORECARD
from longtail.errors import LongtailError

_PORT = 8000


def write(root: Path, outcomes: Sequence[Outcome]) -> None:
    """Artifacts of a run that ended well.

    Args:
        root: the project's root.
        outcomes: how each task ended.
    """
    create_markdown_artifact(table_of(root / SCORECARD), key="scorecard", description="MAP@5 by class count")
    create_markdown_artifact(table_of(root / HISTORY), key="history", description="Training, epoch by epoch")
    create_markdown_artifact(report_of(root), key="report", description="How the report opens, and the model card")
    rows = [(one.name, one.state, f"{one.seconds:.1f}", one.line) for one in outcomes]
    table = markdown_table(("stage", "state", "seconds", ""), rows)
    create_markdown_artifact(table, key="retrain", description="How each stage ended")


def write_failure(error: LongtailError) -> None:
    """The artifact of a run that a stage stopped: every problem, with its place and its remedy."""
    stage = " ".join(getattr(error, "__notes__", []))
    problems = "\n".join(f"- {problem}" for problem in error.problems)
    text = f"**{stage}** stopped the run ({type(error).__name__}):\n\n{problems}\n"
    create_markdown_artifact(text, key="retrain", description="Why the run stopped")


def report_of(root: Path) -> str:
    """How the report opens from a browser, which follows no link from a page of http to a file; and the model card."""
    folder, name = (root / REPORT).resolve().parent, Path(REPORT).name
    host = socket.gethostname()
    card = root / MODEL_CARD
    lines = [
        f"`{name}` is on {host}, in `{folder}`. Serve it there:",
        f"```\npython -m http.server --bind 127.0.0.1 --directory '{folder}' {_PORT}\n```",
        f"and open [http://127.0.0.1:{_PORT}/{name}](http://127.0.0.1:{_PORT}/{name}). From another machine, first: "
        f"`ssh -L {_PORT}:127.0.0.1:{_PORT} {host}`.",
        *(["---", card.read_text(encoding="utf-8")] if card.is_file() else []),
    ]
    return "\n\n".join(lines)


def table_of(table: Path) -> str:
    """A CSV as a table in Markdown: whole, figures with four digits, a blank for what there is none of."""
    frame = pd.read_csv(table)
    rows = (tuple(_cell(value) for value in row) for row in frame.itertuples(index=False))
    return markdown_table([str(name) for name in frame.columns], rows)


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown.

    Args:
        header: names of the columns.
        rows: their cells, of any text.

    Returns:
        The table.
    """
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(_escaped(cell) for cell in line)} |" for line in lines)


def _cell(value: Any) -> str:
    if pd.isna(value):
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _escaped(text: str) -> str:
    return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|")
