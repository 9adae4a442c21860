"""Proposed new individuals, and how often such proposals are right."""

from __future__ import annotations

from typing import Any

from longtail.reporting.context import ReportContext
from longtail.reporting.thumbnails import picture

TITLE = "New individuals"
_SYSTEMS = (("", "as proposed"), ("alone_", "all alone"), ("copies_", "copies alone"))
_SHOWN = 4
"""Photographs of a proposal, at most."""


def section(context: ReportContext) -> dict[str, Any]:
    """The measurement on individuals kept out of learning, and the first proposals."""
    metrics = context.inputs.discover
    return {
        "discovered": metrics,
        "systems": [_system(metrics, prefix, name) for prefix, name in _SYSTEMS],
        "sizes": [{"name": name, **row} for name, row in metrics.get("sizes", {}).items()],
        "proposed": _proposed(context),
    }


def _system(metrics: dict[str, Any], prefix: str, name: str) -> dict[str, Any]:
    figures = ("precision", "recall", "adjusted_rand", "b_cubed_f")
    ends = {f"gain{end}": metrics.get(f"{prefix}gain{end}") for end in ("", "_low", "_high")} if prefix else {}
    return {"name": name, "has_gain": bool(ends), **{one: metrics.get(f"{prefix}{one}") for one in figures}, **ends}


def _proposed(context: ReportContext) -> list[dict[str, Any]]:
    """The largest proposals, with the photographs of them that are labelled unknown."""
    table, options = context.inputs.proposals, context.options
    albums = []
    for name, rows in table.groupby("proposal", sort=False):
        labelled = rows.loc[rows["part"] == "labelled", "image"].tolist()
        albums.append(
            {
                "name": str(name),
                "photographs": len(rows),
                "test": int((rows["part"] == "test").sum()),
                "probability": float(rows["probability"].mean()),
                "pictures": [
                    {"image": image, "picture": picture(context.inputs.picture_of(image), options.picture_size)}
                    for image in labelled[:_SHOWN]
                ],
            }
        )
        if len(albums) == options.pairs:
            break
    return albums
