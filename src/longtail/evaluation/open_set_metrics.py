"""What `evaluate` tells of saying "new": what it costs, how likely it is right, and how far that can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from longtail.evaluation import threshold_curves
from longtail.evaluation.leaderboard import Choices
from longtail.evaluation.model_selection import Outcome
from longtail.recognition.classifiers.fit import Entry
from longtail.recognition.embeddings import Bools
from longtail.recognition.eval_set import Scored
from longtail.recognition.open_set import calibration


@dataclass(frozen=True)
class SayingNew:
    """Three tables, two metrics, and the curve that goes into `choice.json`."""

    threshold_curve: pd.DataFrame
    share_curve: pd.DataFrame
    reliability: pd.DataFrame
    metrics: dict[str, float | None]
    calibration: dict[str, Any] | None


def measure(entries: Sequence[Entry], choices: Choices, outcome: Outcome, scored: Scored, half_b: Bools) -> SayingNew:
    """All of it for what was chosen, each photograph told by the half that does not hold it."""
    truth, new = scored.truth, ~scored.known
    on_a, on_b, on_all = (entries[one.entry].candidates for one in (choices.on_a, choices.on_b, choices.on_all))
    probability, base = calibration.by_halves(on_a.best, on_b.best, new, half_b)
    fitted = calibration.fit(on_all.best, new)
    return SayingNew(
        threshold_curves.threshold_curve(on_all, truth, choices.on_all.threshold, outcome.guesses),
        threshold_curves.share_curve(on_a, on_b, on_all, truth, half_b),
        calibration.reliability(probability, new),
        {"brier_new": calibration.brier(probability, new), "brier_new_base": calibration.brier(base, new)},
        None if fitted is None else asdict(fitted),
    )
