"""Errors one can see: whom the identifier takes for whom, and labels that the photographs themselves contradict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from longtail.labels.measured import measured
from longtail.reporting.glossary import KINDS
from longtail.reporting.inputs import Inputs
from longtail.reporting.thumbnails import NOTHING, picture

_SHOWN = ("likely_label_error", "conflict", "doubtful_label", "confusion")
"""Kinds with pictures here; a confident mistake is a card among the worst answers."""


def mistakes(inputs: Inputs, unknown_label: str, how_many: int, longest: int) -> dict[str, Any]:
    """What the template shows: an album a kind, in the order of evaluate's findings.csv, without the decided."""
    table = inputs.open_findings(inputs.doubts, unknown_label)
    albums = [_album(inputs, name, table[table["kind"] == name], how_many, longest) for name in _SHOWN]
    return {
        "albums": albums,
        "total": len(table),
        "mistakes": int((table["kind"] == "confident_mistake").sum()),
        "accept": _acceptable(table),
    }


def _album(inputs: Inputs, kind: str, rows: pd.DataFrame, how_many: int, longest: int) -> dict[str, Any]:
    word, meaning = KINDS[kind]
    return {
        "kind": kind,
        "word": word,
        "meaning": meaning,
        "measured": str(measured(kind) or ""),
        "count": len(rows),
        "pairs": [_pair(inputs, row, longest) for row in rows.head(how_many).to_dict("records")],
    }


def _pair(inputs: Inputs, row: Mapping[Any, Any], longest: int) -> dict[str, Any]:
    other = row["other"]
    return {
        **row,
        "left": picture(inputs.picture_of(row["image"]), longest),
        "right": picture(inputs.picture_of(other), longest) if other else NOTHING,
    }


def _acceptable(table: pd.DataFrame) -> str:
    """The first finding that proposes an edit: what the example of `longtail review --accept` names."""
    proposing = table.loc[table["proposal"] != "", "finding"]
    return "" if proposing.empty else str(proposing.iloc[0])
