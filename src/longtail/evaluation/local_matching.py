"""Whether the marks that match help the selected classifier: fused on one half, scored on the other, both ways round.

Without a significant gain they are left out: they cost time, and a difference by chance is no reason for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from longtail.evaluation.grid import Candidate
from longtail.evaluation.model_selection import CrossFitResult, Selection, cross_fit_result
from longtail.evaluation.scorecard import BootstrapConfig, interval
from longtail.evaluation.selection_report import Selections
from longtail.metrics import difference
from longtail.metrics.map_at_k import average_precision
from longtail.recognition.classifiers import fit
from longtail.recognition.embeddings import Bools, Ints, PairedEmbeddings
from longtail.recognition.eval_set import EvalSet
from longtail.recognition.local_matching import fusion, keypoint_table
from longtail.recognition.local_matching.fusion import Fusion
from longtail.recognition.local_matching.shortlist import LabelledMarks, Shortlist, shortlist
from longtail.recognition.open_set.threshold import fit_threshold

NOT_COMPUTED = "no keypoints were computed (keypoints.method)"


class Procedure(NamedTuple):
    """What is scored and refitted: the candidates, those selected among them, and the cross-fitted predictions."""

    candidates: Sequence[Candidate]
    selections: Selections
    result: CrossFitResult


Key = tuple[str, str, str]
"""Classifier, strategy and re-ranking."""


def key_of(candidate: Candidate) -> Key:
    """What tells a candidate from the others."""
    return candidate.classifier, candidate.strategy, candidate.reranking


@dataclass(frozen=True)
class LocalMatching:
    """The procedure, with the marks or without them, and why."""

    procedure: Procedure
    why: str
    fusion: Fusion | None = None  # fitted on all of valid; None: the marks are not used
    gain: tuple[float, float, float] | None = None  # of open MAP@5, with its interval; None: not measured

    def amended(self, choice: Mapping[str, Any]) -> dict[str, Any]:
        """`choice.json` with what was decided about the marks; with them the thresholds are of the fused scores."""
        fused = {} if self.fusion is None else self.fusion.to_dict()
        entry = {"used": self.fusion is not None, "why": self.why, **fused}
        if self.fusion is None:
            return {**choice, "local_matching": entry}
        on = self.procedure.selections
        halves = {"chosen_on_half_a": on.on_a, "chosen_on_half_b": on.on_b}
        thresholds = {name: {**choice[name], "threshold": half.threshold} for name, half in halves.items()}
        return {**choice, **thresholds, "threshold": on.on_all.threshold, "local_matching": entry}

    def metrics(self) -> dict[str, float | None]:
        """For `metrics.json`."""
        names = ("local_matching_gain", "local_matching_gain_low", "local_matching_gain_high")
        values: Sequence[float | None] = self.gain or (None, None, None)
        return {name: None if value is None else round(value, 6) for name, value in zip(names, values, strict=True)}


def measure(
    plain: Procedure,
    context: fit.FitContext,
    queries: PairedEmbeddings,
    keypoints: Path,
    eval_set: EvalSet,
    half_b: Bools,
    bootstrap: BootstrapConfig,
) -> LocalMatching:
    """Compare the selected classifier with and without the marks, paired on the same photographs.

    Args:
        plain: what was selected without them.
        context: of the fits, on the train fold.
        queries: embeddings of the n scored photographs.
        keypoints: folder of the labelled photographs' keypoints.
        eval_set: ground truth.
        half_b: (n,), whether each photograph lies in half b.
        bootstrap: of the interval.

    Returns:
        The procedure with the marks where the whole interval of the gain lies above 0, else without them.
    """
    table = keypoint_table.read(keypoints)
    if table.settings.method == "none":
        return LocalMatching(plain, NOT_COMPUTED)
    lists: dict[Key, Shortlist] = {}
    of_query = [table.of(image) for image in eval_set.table["image"]]
    for selection in (plain.selections.on_a, plain.selections.on_b, plain.selections.on_all):
        chosen = plain.candidates[selection.candidate]
        key = key_of(chosen)
        if key not in lists:
            fitted = fit.refit(chosen.classifier, chosen.strategy, context, chosen.reranking)
            marks = LabelledMarks(fitted.gallery, fitted.images, table)
            lists[key] = shortlist(fitted.score, queries, of_query, marks, "evaluate: photographs compared by marks")
    return decide(plain, lists, eval_set, half_b, bootstrap)


def decide(
    plain: Procedure,
    lists: Mapping[Key, Shortlist],
    eval_set: EvalSet,
    half_b: Bools,
    bootstrap: BootstrapConfig,
) -> LocalMatching:
    """Score the procedure with the marks beside the one without them.

    Args:
        plain: what was selected without the marks.
        lists: the shortlists of the n photographs, of each that was selected.
        eval_set: ground truth.
        half_b: (n,), whether each photograph lies in half b.
        bootstrap: of the interval.

    Returns:
        The procedure to go on with.
    """
    both = fuse(plain, lists, eval_set.truth, half_b)
    if both is None:
        return LocalMatching(plain, "matching marks do not speak for a candidate on the held-out photographs")
    fused, on_all = both
    gain = average_precision(fused.result.open, eval_set.truth) - average_precision(plain.result.open, eval_set.truth)
    low, high = interval(gain, eval_set, np.ones(len(gain), dtype=bool), bootstrap)
    value = float(gain.mean())
    measured = f"{value:+.3f} [{low:+.3f}, {high:+.3f}] open MAP@5 on {len(gain):,} held-out photographs"
    verdict = difference.verdict(low, high, len(gain))
    if verdict == "better":
        return LocalMatching(fused, f"with the marks that match: {measured}", on_all, (value, low, high))
    few = f", too few to decide ({difference.ENOUGH} are needed)" if verdict == "too few to say" else ""
    why = f"no significant gain by the marks that match: {measured}{few}"
    return LocalMatching(plain, why, None, (value, low, high))


def fuse(
    plain: Procedure, lists: Mapping[Key, Shortlist], truth: Ints, half_b: Bools
) -> tuple[Procedure, Fusion] | None:
    """Fit the fusion and the threshold on each half and on all, predict each half by the other.

    Args:
        plain: what was selected without the marks.
        lists: as for `decide`.
        truth: (n,), numbers of identities, or NEW.
        half_b: (n,), whether each photograph lies in half b.

    Returns:
        The procedure with the marks, and the fusion fitted on all; None where the marks say nothing on one of the
        halves.
    """
    candidates, selections, fusions = list(plain.candidates), [], []
    on = plain.selections
    for selection, fitted_on in ((on.on_a, ~half_b), (on.on_b, half_b), (on.on_all, half_b | ~half_b)):
        chosen, rows = plain.candidates[selection.candidate], np.flatnonzero(fitted_on)
        listed = lists[key_of(chosen)]
        right = listed.top_k.identity[rows] == truth[rows, None]
        fitted = fusion.fit(listed.top_k.score[rows], listed.inliers[rows], right)
        if fitted is None:
            return None
        top_k = listed.fused(fitted)
        selections.append(Selection(len(candidates), fit_threshold(top_k[rows], truth[rows])))
        candidates.append(replace(chosen, top_k=top_k, other_seeds=()))
        fusions.append(fitted)
    result = cross_fit_result(candidates, selections[0], selections[1], half_b)
    return Procedure(candidates, Selections(*selections), result), fusions[-1]
