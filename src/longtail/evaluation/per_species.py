"""The scores of each species, and what sides and species leave without an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from longtail.evaluation.model_selection import CrossFitResult
from longtail.evaluation.scorecard import DIGITS, BootstrapConfig, slice_scores
from longtail.recognition.eval_set import EvalSet


def trait_metrics(
    eval_set: EvalSet, result: CrossFitResult, words: pd.DataFrame | None, bootstrap: BootstrapConfig
) -> dict[str, Any]:
    """What `metrics.json` says of sides and species.

    Args:
        eval_set: ground truth.
        result: the predictions to score.
        words: side and species of all labelled photographs, as from `traits.read`.
        bootstrap: of the intervals.

    Returns:
        `out_of_reach`: photographs of a known individual that the train fold has not from their side, which count as
        new; `by_species`, where there are species. Empty where the data has neither sides nor species.
    """
    if words is None:
        return {}
    metrics: dict[str, Any] = {"out_of_reach": int(eval_set.out_of_reach.sum())}
    if "species" in words:
        species = words.set_index("image")["species"].loc[eval_set.table["image"]].tolist()
        metrics["by_species"] = scores_by_species(eval_set, result, species, bootstrap)
    return metrics


def scores_by_species(
    eval_set: EvalSet, result: CrossFitResult, species: Sequence[str], bootstrap: BootstrapConfig
) -> dict[str, dict[str, Any]]:
    """The scores of each species.

    Args:
        eval_set: ground truth.
        result: the predictions to score.
        species: (n,), of the scored photographs; `""` where it is not known.
        bootstrap: of the intervals.

    Returns:
        {species: counts, and open and closed MAP@5 with interval}; None for a score without photographs.
    """
    of_photograph, scores = np.asarray(species, dtype=object), {}
    for name in sorted(set(species)):
        rows = np.asarray(of_photograph == name)
        values: dict[str, Any] = {"photographs": int(rows.sum()), "unknowns": int((rows & ~eval_set.known).sum())}
        for score, predicted, scored in (
            ("open_map_at_5", result.open, rows),
            ("closed_map_at_5", result.closed, rows & eval_set.known),
        ):
            row = slice_scores(name, eval_set, scored, predicted, bootstrap)
            measured = {score: row["map_at_5"], f"{score}_low": row["low"], f"{score}_high": row["high"]}
            values |= {key: None if np.isnan(value) else round(float(value), DIGITS) for key, value in measured.items()}
        scores[name or "not known"] = values
    return scores
