"""What the checks of the data found: the expectations of `validate`, and the findings of `audit`."""

from __future__ import annotations

from typing import Any

import pandas as pd

from longtail.reporting.context import ReportContext
from longtail.reporting.formatting import display_name
from longtail.reporting.glossary import KINDS
from longtail.reporting.thumbnails import sample

TITLE = "Data checks"
_PAIRS = ("conflict", "named_and_unknown", "near_duplicate", "exact_duplicate")
"""Kinds of findings about two photographs, in the order of the page."""


def section(context: ReportContext) -> dict[str, Any]:
    """Findings of the validation, and audit's findings by kind, with photographs of some pairs."""
    table = context.inputs.findings
    kinds = [_kind(str(name), rows) for name, rows in table.groupby("kind", sort=True)]
    kinds.sort(key=lambda kind: (kind["severity"] != "warning", -kind["count"], kind["name"]))
    albums = [_album(context, name, table[table["kind"] == name]) for name in _PAIRS]
    return {
        "validation": context.inputs.verdict.get("findings", []),
        "kinds": kinds,
        "albums": [album for album in albums if album["pairs"]],
        "total": len(table),
    }


def _kind(name: str, rows: pd.DataFrame) -> dict[str, Any]:
    """A row of the table of kinds; its example is the first finding."""
    title, meaning = KINDS.get(name, (display_name(name), ""))
    first = rows.iloc[0]
    return {
        "name": name,
        "title": title,
        "meaning": meaning,
        "severity": "warning" if (rows["severity"] == "warning").any() else "info",
        "count": len(rows),
        "photographs": len(set(rows["image"]) | set(rows["other"]) - {""}),
        "example": " and ".join(filter(None, (first["image"], first["other"]))),
        "detail": first["detail"],
        "proposals": sorted(set(rows["proposal"]) - {""}),
    }


def _album(context: ReportContext, kind: str, rows: pd.DataFrame) -> dict[str, Any]:
    """Random pairs of one kind, with both photographs."""
    options = context.options
    title, meaning = KINDS[kind]
    rows = rows[rows["other"] != ""].drop_duplicates("finding")
    drawn = rows.set_index("finding", drop=False).loc[sample(list(rows["finding"]), options.pairs, options.seed)]
    return {
        "kind": kind,
        "title": title,
        "meaning": meaning,
        "count": len(rows),
        "pairs": [
            {
                **row,
                "left": context.compared(row["image"]),
                "right": context.compared(row["other"]),
            }
            for row in drawn.to_dict("records")
        ],
    }
