"""The warnings of `evaluate`: what these data do not allow to measure, and where training did not help."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from longtail.errors import counted
from longtail.evaluation.grid import Candidate
from longtail.metrics import learning
from longtail.metrics.difference import Difference
from longtail.recognition.training_set import TrainingSet

FEW = 10
"""Identities up to which five predictions cover half of them or more: MAP@5 says little."""
_ADDING = ("random_oversampling", "augmented_oversampling", "smote")
"""Strategies that add rows to rare identities."""


def data_warnings(metrics: Mapping[str, Any], training_set: TrainingSet, candidates: Sequence[Candidate]) -> list[str]:
    """Warnings about the data.

    Args:
        metrics: as in metrics.json.
        training_set: of the train fold.
        candidates: what was compared.

    Returns:
        One sentence a warning; empty where everything could be measured.
    """
    warnings = []
    if not metrics["unknowns"]:
        warnings.append(
            "no photograph of valid is unknown: no threshold is fitted, new is never predicted, open = closed"
        )
    if metrics["photographs"] == metrics["unknowns"]:
        warnings.append("no identity of valid is known to the train fold: only 'new' can be right")
    if reach := metrics.get("out_of_reach"):
        seen = "of a known individual, but from a side that the train fold does not have of it"
        warnings.append(f"{counted(reach, 'photograph')} {seen}: nothing can name it, so 'new' is the right answer")
    count = len(training_set.identities)
    if count <= FEW:
        better = f"balanced accuracy, {metrics['balanced_accuracy']:.3f}, and recall.csv say more"
        warnings.append(f"{count} identities: five predictions cover most of them; {better}")
    if (training_set.pool.photographs["class_count"] <= 1).all():
        once = "every identity has one picture in the train fold"
        warnings.append(f"{once}: only the nearest neighbour is compared, nothing can be balanced")
    elif training_set.copies_excluded:
        excluded = "the filtered copies are not compared: their mirror images were not embedded"
        warnings.append(f"{excluded} (embed.augmented_mirror)")
    adding = [candidate for candidate in candidates if candidate.strategy in _ADDING]
    if adding and not any(candidate.added for candidate in adding):
        names = ", ".join(name for name in _ADDING if name in {candidate.strategy for candidate in adding})
        warnings.append(f"no identity is rare: oversampling ({names}) adds no images, and scores as none does")
    return warnings


def untrained_warnings(metrics: Mapping[str, Any], card: Path) -> list[str]:
    """The warning where the identifier is not better than the untrained network, with what to set.

    Args:
        metrics: as in metrics.json.
        card: `model.json`. That the network hardly learned is a warning of `train`, and not repeated here.

    Returns:
        One sentence or none.
    """
    model = json.loads(card.read_text(encoding="utf-8")) | {"hardly_learned": False}
    value, low, high = (metrics[f"gain_over_frozen_1nn{end}"] for end in ("", "_low", "_high"))
    return learning.training_warnings(model, Difference(value, low, high, metrics["photographs"]))
