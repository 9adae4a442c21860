"""Probabilities of the scored photographs, each by the calibration that the other half chose and fitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from longtail.evaluation.calibrators import best_kind, compare_kinds
from longtail.evaluation.grid import Candidate
from longtail.evaluation.selection_report import Selections
from longtail.metrics.probabilities import BINS, reliability
from longtail.recognition.embeddings import Bools, Ints
from longtail.recognition.eval_set import EvalSet
from longtail.recognition.open_set import calibration
from longtail.recognition.open_set.calibration import Calibration, Probabilities
from longtail.recognition.open_set.new_probability import FloatArray
from longtail.recognition.open_set.ranking import rank_by_probability
from longtail.recognition.top_k import TOP_K, TopK

RELIABILITY = ("event", "bin", "photographs", "lowest", "highest", "predicted", "observed")


@dataclass(frozen=True)
class Event:
    """What a probability is of: which probability, what happened, and the scores that it came from; all (n,)."""

    probability: FloatArray
    happened: Bools
    constant: FloatArray  # the share of the half that was fitted on
    score: FloatArray  # the higher, the likelier


@dataclass(frozen=True)
class Half:
    """One half of the photographs, with what the other half selected and fitted."""

    rows: Ints
    top_k: TopK  # of these
    fitted: Calibration


@dataclass(frozen=True)
class Calibrated:
    """The cross-fitted distribution of n photographs; `fitted` on all of them, for `choice.json`."""

    fitted: Calibration | None
    halves: Sequence[Half] = ()  # none where a half holds only new or only known photographs
    events: Mapping[str, Event] = field(default_factory=dict)
    kinds: pd.DataFrame = field(default_factory=pd.DataFrame)  # `calibrators.csv`

    def probabilities(self, share: float | None = None) -> Probabilities | None:
        """P(new) and the probabilities of the candidates; None where they were not measured.

        Args:
            share: of unknowns that is expected; None: as in each fit.

        Returns:
            Of all n photographs, each by the other half.
        """
        return Probabilities(*_merged(self.halves, share)) if self.halves else None

    def ranked(self, share: float | None = None) -> Ints | None:
        """The answers ranked by probability, (n, 5); None where the probabilities were not measured.

        Args:
            share: of unknowns that is expected; None: as in each fit.

        Returns:
            Ranked identities, with NEW among them.
        """
        if not self.halves:
            return None
        answers = np.empty((sum(len(half.rows) for half in self.halves), TOP_K), dtype=np.int64)
        for half in self.halves:
            probabilities = calibration.probabilities(half.top_k, half.fitted, share)
            answers[half.rows] = rank_by_probability(half.top_k, probabilities)
        return answers


def calibrate(
    candidates: Sequence[Candidate], selections: Selections, eval_set: EvalSet, half_b: Bools, seed: int
) -> Calibrated:
    """Choose and fit on each half, apply to the other; choose and fit on all.

    Args:
        candidates: what was compared.
        selections: on each half, and on all.
        eval_set: ground truth.
        half_b: (n,), whether each photograph lies in half b.
        seed: of the halves within a half.

    Returns:
        Probabilities by the other half, and the calibration fitted on all.
    """
    truth, clusters = eval_set.truth, np.asarray(eval_set.clusters)

    def chosen(top_k: TopK, on: Bools, half: str) -> tuple[Calibration | None, list[dict[str, object]]]:
        rows = np.flatnonzero(on)
        losses = compare_kinds(top_k[rows], truth[rows], clusters[rows].tolist(), seed + 1)
        kind = best_kind(losses)
        compared = [
            {"fitted_on": half, "kind": name, "log_loss": loss, "chosen": name == kind} for name, loss in losses.items()
        ]
        return calibration.fit(kind, top_k[rows], truth[rows]), compared

    on_a, on_b, on_all = (
        candidates[selection.candidate].top_k for selection in (selections.on_a, selections.on_b, selections.on_all)
    )
    by_a, kinds_a = chosen(on_a, ~half_b, "a")
    by_b, kinds_b = chosen(on_b, half_b, "b")
    fitted, kinds_all = chosen(on_all, half_b | ~half_b, "all")
    columns = ["fitted_on", "kind", "log_loss", "chosen"]
    kinds = pd.DataFrame([*kinds_a, *kinds_b, *kinds_all], columns=columns)
    if by_a is None or by_b is None:
        return Calibrated(fitted, kinds=kinds)
    rows_b, rows_a = np.flatnonzero(half_b), np.flatnonzero(~half_b)
    halves = (Half(rows_b, on_a[rows_b], by_a), Half(rows_a, on_b[rows_a], by_b))
    return of_halves(fitted, halves, eval_set, half_b, kinds)


def of_halves(
    fitted: Calibration | None,
    halves: Sequence[Half],
    eval_set: EvalSet,
    half_b: Bools,
    kinds: pd.DataFrame | None = None,
) -> Calibrated:
    """The cross-fitted distribution, with what its probabilities are of.

    Args:
        fitted: on all photographs.
        halves: both, each with what the other half selected and fitted.
        eval_set: ground truth.
        half_b: (n,), whether each photograph lies in half b.
        kinds: `calibrators.csv`; None: nothing was compared.

    Returns:
        The distribution of all photographs.
    """
    new, shares = _merged(halves, None)
    best, first = np.empty(len(half_b)), np.empty(len(half_b), dtype=np.int64)
    for half in halves:
        best[half.rows], first[half.rows] = half.top_k.best, half.top_k.identity[:, 0]
    events = {
        "new": _event(new, ~eval_set.known, half_b, -best),
        "first_candidate": _event(shares[:, 0], first == eval_set.truth, half_b, best),
    }
    return Calibrated(fitted, halves, events, pd.DataFrame() if kinds is None else kinds)


def reliability_table(calibrated: Calibrated) -> pd.DataFrame:
    """`reliability.csv`: for each event, the reliability diagram in bins of equal count."""
    tables = [
        reliability(event.probability, event.happened, BINS).assign(event=name)
        for name, event in calibrated.events.items()
    ]
    return pd.concat(tables, ignore_index=True)[[*RELIABILITY]] if tables else pd.DataFrame([], columns=[*RELIABILITY])


def _merged(halves: Sequence[Half], share: float | None) -> tuple[FloatArray, FloatArray]:
    count = sum(len(half.rows) for half in halves)
    new, candidates = np.empty(count), np.empty((count, TOP_K))
    for half in halves:
        probabilities = calibration.probabilities(half.top_k, half.fitted, share)
        new[half.rows], candidates[half.rows] = probabilities.new, probabilities.candidates
    return new, candidates


def _event(probability: FloatArray, happened: Bools, half_b: Bools, score: FloatArray) -> Event:
    constant = np.where(half_b, happened[~half_b].mean(), happened[half_b].mean())
    return Event(probability, happened, constant, score)
