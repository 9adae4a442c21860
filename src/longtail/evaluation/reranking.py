"""Re-ranking of what was selected: whether its scores are corrected on the gallery, chosen by the rule of all choices.

On each half of `valid` the selected classifier is compared with itself re-ranked, each with its own best threshold; the
better one predicts the other half. Nothing is fitted on `valid` but the threshold: what a re-ranking needs comes from
the labelled photographs alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from longtail.evaluation import model_selection
from longtail.evaluation.grid import Candidate
from longtail.evaluation.model_selection import CrossFitResult, Selection
from longtail.evaluation.scorecard import BootstrapConfig, interval
from longtail.evaluation.selection_report import Selections
from longtail.metrics.map_at_k import average_precision
from longtail.recognition.classifiers import fit
from longtail.recognition.classifiers.base import NOT_RERANKED, RERANKED
from longtail.recognition.classifiers.fit import FitContext
from longtail.recognition.embeddings import Bools, PairedEmbeddings
from longtail.recognition.eval_set import EvalSet
from longtail.recognition.top_k import rank

_DIGITS = 6


@dataclass(frozen=True)
class Reranked:
    """The candidates with those that were re-ranked, what is selected now, and what it predicts."""

    candidates: list[Candidate]
    selections: Selections
    result: CrossFitResult
    gain: tuple[float, float, float] | None  # of the one selected on all, re-ranked or not, with its interval
    why: str

    def record(self, choice: dict[str, Any]) -> dict[str, Any]:
        """The entries of `choice.json` after re-ranking.

        Args:
            choice: those before (`selection_report.choice_record`).

        Returns:
            The same, with thresholds and re-rankings as they are selected now.
        """
        chosen = self.selections
        halves = {"chosen_on_half_a": chosen.on_a, "chosen_on_half_b": chosen.on_b}
        records = {
            name: choice[name] | {"threshold": one.threshold, "reranking": self.candidates[one.candidate].reranking}
            for name, one in halves.items()
        }
        method = self.candidates[chosen.on_all.candidate].reranking
        own = {"threshold": chosen.on_all.threshold, "reranking": {"method": method, "why": self.why}}
        return choice | records | own

    def metrics(self) -> dict[str, float | None]:
        """For `metrics.json`."""
        names = ("reranking_gain", "reranking_gain_low", "reranking_gain_high")
        gain = [None if value is None else round(value, _DIGITS) for value in self.gain or (None, None, None)]
        return dict(zip(names, gain, strict=True))


def rerank(
    candidates: Sequence[Candidate],
    selections: Selections,
    methods: Sequence[str],
    context: FitContext,
    queries: PairedEmbeddings,
    eval_set: EvalSet,
    half_b: Bools,
    bootstrap: BootstrapConfig,
) -> Reranked:
    """Re-rank what was selected on each half and on all, and select again between it and itself.

    Args:
        candidates: what was compared.
        selections: on each half, and on all.
        methods: names of the re-rankings to try.
        context: training set and settings.
        queries: embeddings of the scored photographs.
        eval_set: ground truth.
        half_b: (n,), whether each photograph lies in half b.
        bootstrap: of the interval.

    Returns:
        The selections among the candidates, those that were re-ranked included.
    """
    every, options = list(candidates), dict[int, list[int]]()
    for place in dict.fromkeys(one.candidate for one in (selections.on_a, selections.on_b, selections.on_all)):
        options[place] = [place]
        for method in methods if candidates[place].classifier in RERANKED else ():
            options[place].append(len(every))
            every.append(_reranked(candidates[place], method, context, queries))

    def choose(selection: Selection, on: Bools) -> Selection:
        places = options[selection.candidate]
        if len(places) == 1:
            return selection
        again = model_selection.select([replace(every[one], other_seeds=()) for one in places], eval_set.truth, on)
        return Selection(places[again.candidate], again.threshold)

    on_a, on_b = choose(selections.on_a, ~half_b), choose(selections.on_b, half_b)
    chosen = Selections(on_a, on_b, choose(selections.on_all, half_b | ~half_b))
    compared = [replace(every[place], other_seeds=()) for place in options[selections.on_all.candidate]]
    method = every[chosen.on_all.candidate].reranking
    gain, why = _gain(compared, method, eval_set, half_b, bootstrap)
    return Reranked(every, chosen, model_selection.cross_fit_result(every, on_a, on_b, half_b), gain, why)


def _reranked(candidate: Candidate, method: str, context: FitContext, queries: PairedEmbeddings) -> Candidate:
    """The first seed of a candidate: what `predict` refits."""
    score = fit.refit(candidate.classifier, candidate.strategy, context, method).score
    return replace(candidate, top_k=rank(score, queries), other_seeds=(), seconds=(), reranking=method)


def _gain(
    compared: Sequence[Candidate], chosen: str, eval_set: EvalSet, half_b: Bools, bootstrap: BootstrapConfig
) -> tuple[tuple[float, float, float] | None, str]:
    """The paired difference of the chosen re-ranking, or of the first that was not, to none; and in words."""
    if len(compared) == 1:
        return None, "nothing was compared: the scores of the chosen classifier are not re-ranked"
    plain, *others = (
        average_precision(model_selection.two_fold_select([one], eval_set.truth, half_b)[0].open, eval_set.truth)
        for one in compared
    )
    names = [one.reranking for one in compared[1:]]
    name = names[0] if chosen == NOT_RERANKED else chosen
    gain = others[names.index(name)] - plain
    low, high = interval(gain, eval_set, np.ones(len(gain), dtype=bool), bootstrap)
    figures = f"{gain.mean():+.3f} [{low:+.3f}, {high:+.3f}] MAP@5 on {len(gain):,} held-out photographs"
    used = "is used" if name == chosen else "is not used: with one threshold on all of valid it scores no higher"
    return (float(gain.mean()), low, high), f"{name} {used}; compared with none: {figures}"
