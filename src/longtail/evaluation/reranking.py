"""Whether the scores of the selected classifier are re-ranked on the gallery, by the rule of `paired_choice`.

The selected classifier is compared with itself re-ranked. Nothing is fitted on `valid` but the threshold: what a
re-ranking needs comes from the labelled photographs alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from longtail.evaluation import model_selection, paired_choice
from longtail.evaluation.grid import Candidate, EmbeddingSpace
from longtail.evaluation.model_selection import CrossFitResult, Selection
from longtail.evaluation.paired_choice import Fold, HeldOut
from longtail.evaluation.refitted_threshold import by_threshold
from longtail.evaluation.selection_report import Selections
from longtail.metrics.difference import Difference
from longtail.metrics.network_choice import Used
from longtail.recognition.classifiers import fit
from longtail.recognition.classifiers.base import RERANKED
from longtail.recognition.open_set.threshold import fit_threshold
from longtail.recognition.top_k import TopK, rank

_NOTHING = "nothing was compared: the scores of the chosen classifier are not re-ranked"


@dataclass(frozen=True)
class Reranked:
    """The candidates with those that were re-ranked, what is selected now, and what it predicts."""

    candidates: list[Candidate]
    selections: Selections
    result: CrossFitResult
    gain: Difference | None  # of the one selected on all by its best re-ranking; None: nothing was tried
    why: str

    def update_choice(self, choice: dict[str, Any]) -> dict[str, Any]:
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
        return paired_choice.metrics("reranking_gain", self.gain)


def rerank(
    candidates: Sequence[Candidate],
    selections: Selections,
    methods: Sequence[str],
    spaces: Mapping[Used, EmbeddingSpace],
    held_out: HeldOut,
) -> Reranked:
    """Re-rank what was selected on each half and on all, where that is shown to be better there.

    Args:
        candidates: what was compared.
        selections: on each half, and on all.
        methods: names of the re-rankings to try.
        spaces: {which networks: their embedding space}.
        held_out: the scored photographs.

    Returns:
        The selections among the candidates, those that were re-ranked included.
    """
    every, options = list(candidates), dict[int, list[int]]()
    for index in dict.fromkeys(one.candidate for one in vars(selections).values()):
        options[index] = []
        for method in methods if candidates[index].classifier in RERANKED else ():
            options[index].append(len(every))
            every.append(_reranked(candidates[index], method, spaces[candidates[index].network]))

    def choose(selection: Selection, fold: Fold) -> tuple[Selection, Difference | None, str]:
        default = every[selection.candidate].top_k
        gains = {index: measured(default, every[index].top_k, fold, held_out) for index in options[selection.candidate]}
        if not gains:
            return selection, None, _NOTHING
        best = max(gains, key=lambda index: gains[index].value or 0.0)
        used, top_k = paired_choice.is_used(gains[best]), every[best].top_k
        why = f"{every[best].reranking} is {'used' if used else 'not used'}; {paired_choice.in_words(gains[best])}"
        if not used:
            return selection, gains[best], why
        return Selection(best, fit_threshold(top_k[fold.rows], held_out.truth[fold.rows])), gains[best], why

    (on_a, _, _), (on_b, _, _), (on_all, gain, why) = map(choose, vars(selections).values(), held_out.folds())
    result = model_selection.cross_fit_result(every, on_a, on_b, held_out.half_b)
    return Reranked(every, Selections(on_a, on_b, on_all), result, gain, why)


def measured(default: TopK, alternative: TopK, fold: Fold, held_out: HeldOut) -> Difference:
    """The gain of re-ranked scores.

    Args:
        default: top k of the n scored photographs, as they are.
        alternative: re-ranked.
        fold: the photographs to measure on.
        held_out: all scored photographs.

    Returns:
        The paired difference.
    """
    statistics = [by_threshold(top_k, top_k, held_out.truth, fold) for top_k in (default, alternative)]
    return held_out.compare(fold, *statistics)


def _reranked(candidate: Candidate, method: str, space: EmbeddingSpace) -> Candidate:
    """The first seed of a candidate: what `predict` refits."""
    score = fit.refit(candidate.classifier, candidate.strategy, space.context, method).score
    return replace(candidate, top_k=rank(score, space.queries), other_seeds=(), seconds=(), reranking=method)
