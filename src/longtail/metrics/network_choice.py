"""Which networks of a run answer: the trained one, the pretrained one or both side by side (`train.pretrained_beside`).

`evaluate` chooses, and writes the entry KEY of choice.json; `predict` passes it on in identifier.json. Without a
pretrained network beside the trained one there is no entry, and the trained one answers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

Used = Literal["trained", "pretrained", "both"]
TRAINED: Used = "trained"
PRETRAINED: Used = "pretrained"
BOTH: Used = "both"
KEY = "network_choice"
"""Name of the entry: `used`, `backbone` and `why`."""


def of_record(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """The entry of choice.json, of identifier.json or of a receipt; empty where there is none."""
    entry: Mapping[str, Any] = record.get(KEY) or {}
    return entry


def of_identifier(identifier: Path) -> Mapping[str, Any]:
    """The entry of the identifier in a folder; empty where there is none, or no identifier yet."""
    path = identifier / "identifier.json"
    return of_record(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def used_by(record: Mapping[str, Any]) -> Used:
    """Which networks answer, by choice.json or identifier.json."""
    used: Used = of_record(record).get("used", TRAINED)
    return used


def in_words(entry: Mapping[str, Any]) -> str:
    """The networks that answer, with the name of their backbone.

    Args:
        entry: as in choice.json, identifier.json or a receipt.

    Returns:
        `efficientnet_lite0, trained`, and the like; `""` where there was nothing to choose between.
    """
    if not entry:
        return ""
    backbone = entry["backbone"]
    words = {
        TRAINED: f"{backbone}, trained",
        PRETRAINED: f"{backbone} as pretrained, whitened and not trained",
        BOTH: f"{backbone}, trained, and the same backbone as pretrained, side by side",
    }
    return words[entry["used"]]


def notice(entry: Mapping[str, Any]) -> str:
    """What `identify`, lineage and report say of the networks that answer.

    Args:
        entry: as for `in_words`.

    Returns:
        A sentence; `""` where there was nothing to choose between.
    """
    return f"The network that answers is {in_words(entry)} (train.pretrained_beside)." if entry else ""
