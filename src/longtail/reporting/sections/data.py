"""The data as the stages found it: class counts, a wall of photographs, what validation and audit noticed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from longtail.reporting.charts.bars import bar_chart
from longtail.reporting.formatting import spoken
from longtail.reporting.glossary import KINDS
from longtail.reporting.inputs import Inputs
from longtail.reporting.thumbnails import drawn, picture

_BINS = ((1, 1), (2, 2), (3, 3), (4, 4), (5, 9), (10, 19), (20, 49), (50, 99), (100, None))
_PAIRS = ("conflict", "named_and_unknown", "near_duplicate", "exact_duplicate")


def class_counts(inputs: Inputs) -> dict[str, Any]:
    """The histogram, in bins that widen with the count, and its table."""
    counts = {int(seen): int(many) for seen, many in inputs.verdict["facts"].get("class_counts", {}).items()}
    rows = [_bin(counts, low, high) for low, high in _BINS]
    while rows and not rows[-1]["identities"]:
        rows.pop()
    chart = bar_chart(
        "Identities by number of photographs",
        [row["name"] for row in rows],
        [row["identities"] for row in rows],
        "photographs of an identity",
        "identities",
    )
    return {
        "rows": rows,
        "chart": chart,
        "facts": inputs.verdict["facts"],
        "photographs": sum(k * v for k, v in counts.items()),
    }


def wall(inputs: Inputs, how_many: int, longest: int, seed: int) -> dict[str, Any]:
    """A random draw of the labelled photographs, those of much-photographed identities first, unknown ones last."""
    readable = inputs.labelled[inputs.labelled["file"] != ""]
    seen = readable["label"].value_counts()
    chosen = readable.set_index("image").loc[drawn(list(readable["image"]), how_many, seed)].reset_index()
    tiles = [
        {
            "image": row["image"],
            "label": row["label"],
            "seen": int(seen[row["label"]]) if row["label"] else 0,
            "is_grey": bool(row["is_grey"]),
            "channel": row["channel"],
            "picture": picture(inputs.labelled_images / row["file"], longest),
        }
        for row in chosen.to_dict("records")
    ]
    tiles.sort(key=lambda tile: (-tile["seen"], tile["label"], tile["image"]))
    return {
        "tiles": tiles,
        "photographs": len(readable),
        "grey": int(readable["is_grey"].sum()),
        "tinted": int((readable["channel"] != "").sum()),
        "modes": [(str(mode), int(many)) for mode, many in readable["mode"].value_counts().sort_index().items()],
        "sizes": _sizes(readable),
    }


def findings(inputs: Inputs, pairs: int, longest: int, seed: int) -> dict[str, Any]:
    """What validation found, and audit's findings by kind with an example each and pictures of pairs."""
    table = inputs.findings
    kinds = [_kind(str(name), rows) for name, rows in table.groupby("kind", sort=True)]
    kinds.sort(key=lambda kind: (kind["severity"] != "warning", -kind["count"], kind["name"]))
    albums = [_album(inputs, name, table[table["kind"] == name], pairs, longest, seed) for name in _PAIRS]
    return {
        "validation": inputs.verdict.get("findings", []),
        "kinds": kinds,
        "albums": [album for album in albums if album["pairs"]],
        "total": len(table),
    }


def _bin(counts: Mapping[int, int], low: int, high: int | None) -> dict[str, Any]:
    inside = {seen: many for seen, many in counts.items() if seen >= low and (high is None or seen <= high)}
    return {
        "name": str(low) if low == high else f"{low}+" if high is None else f"{low}–{high}",
        "identities": sum(inside.values()),
        "photographs": sum(seen * many for seen, many in inside.items()),
    }


def _sizes(readable: pd.DataFrame) -> str:
    if readable.empty:
        return ""
    middle = readable[["width", "height"]].median()
    low, high = readable[["width", "height"]].min(), readable[["width", "height"]].max()
    usual = f"{middle['width']:.0f} × {middle['height']:.0f} px"
    if low.equals(high):
        return f"all {usual}"
    return f"{usual} in the middle, {low['width']} to {high['width']} wide, {low['height']} to {high['height']} high"


def _kind(name: str, rows: pd.DataFrame) -> dict[str, Any]:
    word, meaning = KINDS.get(name, (spoken(name), ""))
    first = rows.iloc[0]
    return {
        "name": name,
        "word": word,
        "meaning": meaning,
        "severity": "warning" if (rows["severity"] == "warning").any() else "info",
        "count": len(rows),
        "photographs": len(set(rows["image"]) | set(rows["other"]) - {""}),
        "example": " and ".join(filter(None, (first["image"], first["other"]))),
        "detail": first["detail"],
        "proposals": sorted(set(rows["proposal"]) - {""}),
    }


def _album(inputs: Inputs, kind: str, rows: pd.DataFrame, pairs: int, longest: int, seed: int) -> dict[str, Any]:
    word, meaning = KINDS[kind]
    rows = rows[rows["other"] != ""].drop_duplicates("finding")
    shown = rows.set_index("finding", drop=False).loc[drawn(list(rows["finding"]), pairs, seed)]
    return {
        "kind": kind,
        "word": word,
        "meaning": meaning,
        "count": len(rows),
        "pairs": [
            {
                **row,
                "left": picture(inputs.picture_of(row["image"]), longest),
                "right": picture(inputs.picture_of(row["other"]), longest),
            }
            for row in shown.to_dict("records")
        ],
    }
