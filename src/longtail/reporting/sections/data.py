"""The labelled photographs: how many each identity has, and a random sample of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from longtail.reporting.charts.bars import bar_chart
from longtail.reporting.context import ReportContext
from longtail.reporting.inputs import Inputs
from longtail.reporting.thumbnails import picture, sample

TITLE = "Data"
_BINS = ((1, 1), (2, 2), (3, 3), (4, 4), (5, 9), (10, 19), (20, 49), (50, 99), (100, None))


def section(context: ReportContext) -> dict[str, Any]:
    """The histogram of photographs per identity, and the gallery."""
    return {"counts": _counts(context.inputs), "gallery": _gallery(context)}


def _counts(inputs: Inputs) -> dict[str, Any]:
    """The histogram, in bins that widen with the count, and its table."""
    facts = inputs.verdict["facts"]
    identities_by_count = {int(size): int(identities) for size, identities in facts.get("class_counts", {}).items()}
    rows = [_bin(identities_by_count, low, high) for low, high in _BINS]
    while rows and not rows[-1]["identities"]:
        rows.pop()
    chart = bar_chart(
        "Identities by number of photographs",
        [row["name"] for row in rows],
        [row["identities"] for row in rows],
        "photographs of an identity",
        "identities",
    )
    photographs = sum(size * identities for size, identities in identities_by_count.items())
    return {"rows": rows, "chart": chart, "facts": facts, "photographs": photographs}


def _bin(identities_by_count: Mapping[int, int], low: int, high: int | None) -> dict[str, Any]:
    inside = {
        size: identities
        for size, identities in identities_by_count.items()
        if size >= low and (high is None or size <= high)
    }
    return {
        "name": str(low) if low == high else f"{low}+" if high is None else f"{low}–{high}",
        "identities": sum(inside.values()),
        "photographs": sum(size * identities for size, identities in inside.items()),
    }


def _gallery(context: ReportContext) -> dict[str, Any]:
    """A random sample of the labelled photographs; identities with many come first, unknown ones last."""
    inputs, options = context.inputs, context.options
    readable = inputs.labelled[inputs.labelled["file"] != ""]
    photographs_of = readable["label"].value_counts()
    names = sample(list(readable["image"]), options.gallery_size, options.seed)
    tiles = [
        {
            "image": row["image"],
            "label": row["label"],
            "photographs": int(photographs_of[row["label"]]) if row["label"] else 0,
            "is_grey": bool(row["is_grey"]),
            "channel": row["channel"],
            "picture": picture(inputs.labelled_images / row["file"], options.picture_size),
        }
        for row in readable.set_index("image").loc[names].reset_index().to_dict("records")
    ]
    tiles.sort(key=lambda tile: (-tile["photographs"], tile["label"], tile["image"]))
    return {
        "tiles": tiles,
        "photographs": len(readable),
        "grey": int(readable["is_grey"].sum()),
        "tinted": int((readable["channel"] != "").sum()),
        "modes": [(str(mode), int(rows)) for mode, rows in readable["mode"].value_counts().sort_index().items()],
        "sizes": _sizes(readable),
    }


def _sizes(readable: pd.DataFrame) -> str:
    if readable.empty:
        return ""
    sizes = readable[["width", "height"]]
    median, low, high = sizes.median(), sizes.min(), sizes.max()
    usual = f"{median['width']:.0f} × {median['height']:.0f} px"
    if low.equals(high):
        return f"all {usual}"
    return f"median {usual}, width {low['width']} to {high['width']}, height {low['height']} to {high['height']}"
