"""Open-set metrics of the selected model: cost of the threshold, and calibration of P(new)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from longtail.evaluation import threshold_curves
from longtail.evaluation.grid import Candidate
from longtail.evaluation.model_selection import CrossFitResult
from longtail.evaluation.selection_report import Selections
from longtail.recognition.embeddings import Bools
from longtail.recognition.eval_set import EvalSet
from longtail.recognition.open_set import calibration


@dataclass(frozen=True)
class OpenSetReport:
    """Three tables, two metrics, and the calibration that goes into `choice.json`."""

    threshold_curve: pd.DataFrame
    share_curve: pd.DataFrame
    reliability: pd.DataFrame
    metrics: dict[str, float | None]
    calibration: dict[str, Any] | None


def measure(
    candidates: Sequence[Candidate],
    selections: Selections,
    result: CrossFitResult,
    eval_set: EvalSet,
    half_b: Bools,
) -> OpenSetReport:
    """Compute open-set curves and calibration for the selected model.

    Each photograph is scored with the threshold and the calibration fitted on the other half (2-fold cross-fitting).

    Args:
        candidates: what was compared.
        selections: on each half, and on all.
        result: predictions of the two-fold procedure.
        eval_set: ground truth.
        half_b: (n,), whether each photograph lies in half b.

    Returns:
        The report.
    """
    truth, new = eval_set.truth, ~eval_set.known
    on_a, on_b, on_all = (
        candidates[selection.candidate].top_k for selection in (selections.on_a, selections.on_b, selections.on_all)
    )
    probability, base = calibration.cross_fit_probabilities(on_a.best, on_b.best, new, half_b)
    curve = calibration.fit(on_all.best, new)
    return OpenSetReport(
        threshold_curves.threshold_curve(on_all, truth, selections.on_all.threshold, result.open),
        threshold_curves.share_curve(on_a, on_b, on_all, truth, half_b),
        calibration.reliability(probability, new),
        {"brier_new": calibration.brier(probability, new), "brier_new_base": calibration.brier(base, new)},
        None if curve is None else asdict(curve),
    )
