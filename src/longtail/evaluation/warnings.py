"""What the reader of a score must know of the data behind it: some kinds of data leave some things unmeasured."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from longtail.metrics import learning
from longtail.metrics.difference import Difference
from longtail.recognition.classifiers.fit import Entry
from longtail.recognition.training_set import Material

FEW = 10
"""Identities up to which five guesses name half of them or more: MAP@5 says little."""
_ADDING = ("random_oversampling", "augmented_oversampling", "smote")
"""Approaches that add rows to rare identities."""


def cautions(metrics: Mapping[str, Any], stuff: Material, entries: Sequence[Entry]) -> list[str]:
    """The warnings of `evaluate`, empty where all could be measured.

    Args:
        metrics: as in metrics.json.
        stuff: what was learned from.
        entries: what was compared.
    """
    said = []
    if not metrics["unknowns"]:
        said.append("no photograph of valid is unknown: no threshold is fitted, new is never said, open = closed")
    if metrics["photographs"] == metrics["unknowns"]:
        said.append("no identity of valid is known to the train fold: nothing but 'new' can be right")
    count = len(stuff.identities)
    if count <= FEW:
        balanced = f"balanced accuracy, {metrics['balanced_accuracy']:.3f}, and recall.csv say more"
        said.append(f"{count} identities: five guesses cover much of so short a list; {balanced}")
    if (stuff.pool.photographs["class_count"] <= 1).all():
        once = "every identity has one picture in the train fold"
        said.append(f"{once}: only the nearest neighbour is left, nothing can be balanced")
    elif stuff.copies_left_out:
        left_out = "the filtered copies are not compared: their mirror images were not embedded"
        said.append(f"{left_out} (embed.augmented_mirror)")
    adding = [entry for entry in entries if entry.approach in _ADDING]
    if adding and not any(entry.added for entry in adding):
        names = ", ".join(name for name in _ADDING if name in {entry.approach for entry in adding})
        said.append(f"no identity is rare: what adds images ({names}) adds none here, and scores as none does")
    return said


def beside_untrained(metrics: Mapping[str, Any], card: Path) -> list[str]:
    """The warning where the identifier is no better than the untrained network, with what to set.

    Args:
        metrics: as in metrics.json.
        card: `model.json`; that a training hardly learned is `train`'s to warn of.
    """
    model = json.loads(card.read_text(encoding="utf-8")) | {"hardly_learned": False}
    value, low, high = (metrics[f"gain_over_frozen_1nn{end}"] for end in ("", "_low", "_high"))
    return learning.about(model, Difference(value, low, high, metrics["photographs"]))
