"""`calibration.csv`: how good the probabilities are, with intervals, beside what is said without a calibration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from longtail.evaluation.calibrated import Calibrated, Event
from longtail.evaluation.scorecard import DIGITS, BootstrapConfig
from longtail.metrics.auroc import auroc
from longtail.metrics.intervals import Interval, bootstrap_columns, bootstrap_statistic
from longtail.metrics.probabilities import calibration_error, log_losses, squared_errors
from longtail.recognition.embeddings import Bools, Ints
from longtail.recognition.eval_set import EvalSet

COLUMNS = (
    "event", "metric", "photographs", "value", "low", "high",
    "baseline", "baseline_value", "difference", "difference_low", "difference_high",
)  # fmt: skip
CONSTANT, BEST_SCORE = "constant share", "best score"


def figures(calibrated: Calibrated, eval_set: EvalSet, half_b: Bools, bootstrap: BootstrapConfig) -> pd.DataFrame:
    """Expected calibration error, Brier score, log loss and AUROC of each event.

    Brier score and log loss are compared with always giving the share of the half that was fitted on; AUROC with the
    best score, which the probabilities come from. AUROC is the mean of the halves, as `auroc_known` is. Differences
    are paired, and intervals are bootstraps over identities.

    Args:
        calibrated: cross-fitted probabilities.
        eval_set: identities, which are resampled.
        half_b: (n,), whether each photograph lies in half b.
        bootstrap: of the intervals.

    Returns:
        A row a metric; none where the probabilities were not measured.
    """
    clusters = np.asarray(eval_set.clusters)
    rows = []
    for name, event in calibrated.events.items():
        facts = {"event": name, "photographs": len(clusters)}
        rows += [facts | row for row in _of_event(event, clusters, half_b, bootstrap)]
    return pd.DataFrame(rows, columns=list(COLUMNS)).round(DIGITS)


def headline(table: pd.DataFrame) -> dict[str, float | None]:
    """The values for `metrics.json`; None where they were not measured.

    Args:
        table: as from `figures`.

    Returns:
        {name: value}.
    """

    def of(event: str, metric: str, column: str = "value") -> float | None:
        values = table.loc[(table["event"] == event) & (table["metric"] == metric), column]
        return float(values.iloc[0]) if len(values) else None

    return {
        "brier_new": of("new", "brier"),
        "brier_new_base": of("new", "brier", "baseline_value"),
        "calibration_error_new": of("new", "calibration_error"),
        "calibration_error_first": of("first_candidate", "calibration_error"),
    }


def _of_event(event: Event, clusters: np.ndarray, half_b: Bools, bootstrap: BootstrapConfig) -> list[dict[str, Any]]:
    def interval(statistic: Callable[[Ints], float]) -> Interval:
        return bootstrap_statistic(statistic, clusters, bootstrap.seed, bootstrap.resamples)

    def error(drawn: Ints) -> float:
        return calibration_error(event.probability[drawn], event.happened[drawn])

    def separation(values: np.ndarray, drawn: Ints) -> float:
        halves = [drawn[half_b[drawn]], drawn[~half_b[drawn]]]
        return float(np.mean([auroc(values[half], event.happened[half]) for half in halves]))

    everyone = np.arange(len(clusters))
    low, high = interval(error)
    rows: list[dict[str, Any]] = [{"metric": "calibration_error", "value": error(everyone), "low": low, "high": high}]
    for metric, losses in (("brier", squared_errors), ("log_loss", log_losses)):
        ours, constant = losses(event.probability, event.happened), losses(event.constant, event.happened)
        own, difference = bootstrap_columns(
            np.stack([ours, ours - constant], axis=1), clusters, bootstrap.seed, bootstrap.resamples
        )
        rows.append(_row(metric, ours.mean(), own, CONSTANT, constant.mean(), difference))
    area, score = separation(event.probability, everyone), separation(event.score, everyone)
    own = interval(lambda drawn: separation(event.probability, drawn))
    difference = interval(lambda drawn: separation(event.probability, drawn) - separation(event.score, drawn))
    rows.append(_row("auroc", area, own, BEST_SCORE, score, difference))
    return rows


def _row(
    metric: str,
    value: float,
    interval: tuple[float, float],
    baseline: str,
    baseline_value: float,
    difference: tuple[float, float],
) -> dict[str, Any]:
    return {
        "metric": metric, "value": value, "low": interval[0], "high": interval[1],
        "baseline": baseline, "baseline_value": baseline_value,
        "difference": value - baseline_value, "difference_low": difference[0], "difference_high": difference[1],
    }  # fmt: skip
