"""Labels that the photographs contradict, and identities that the identifier confuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from longtail.labels.measured import measured_precision
from longtail.reporting.context import ReportContext
from longtail.reporting.glossary import KINDS
from longtail.reporting.thumbnails import NOTHING

TITLE = "Label issues"
_KINDS = ("likely_label_error", "conflict", "doubtful_label", "confusion")
"""Kinds shown with photographs; a confident mistake is a card among the worst predictions."""


def section(context: ReportContext) -> dict[str, Any]:
    """Photographs of each kind, in the order of evaluate's findings.csv, without those that edits.csv decides."""
    table = context.inputs.open_findings(context.inputs.label_issues, context.source.unknown_label)
    albums = [_album(context, name, table[table["kind"] == name]) for name in _KINDS]
    return {
        "albums": albums,
        "total": len(table),
        "mistakes": int((table["kind"] == "confident_mistake").sum()),
        "accept": _acceptable(table),
    }


def _album(context: ReportContext, kind: str, rows: pd.DataFrame) -> dict[str, Any]:
    title, meaning = KINDS[kind]
    return {
        "kind": kind,
        "title": title,
        "meaning": meaning,
        "measured": str(measured_precision(kind) or ""),
        "count": len(rows),
        "pairs": [_pair(context, row) for row in rows.head(context.options.label_issues).to_dict("records")],
    }


def _pair(context: ReportContext, row: Mapping[Any, Any]) -> dict[str, Any]:
    other = row["other"]
    return {
        **row,
        "left": context.compared(row["image"]),
        "right": context.compared(other) if other else NOTHING,
    }


def _acceptable(table: pd.DataFrame) -> str:
    """The first finding that proposes an edit: what the example of `longtail review --accept` names."""
    proposing = table.loc[table["proposal"] != "", "finding"]
    return "" if proposing.empty else str(proposing.iloc[0])
