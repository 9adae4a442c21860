"""Whether the marks that match help the selected classifier, by the rule of `paired_choice`.

Curve and weight of the fusion are fitted on one half of the photographs, and answer the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from longtail.evaluation import paired_choice
from longtail.evaluation.example_marks import PhotographMarks
from longtail.evaluation.grid import Candidate, EmbeddingSpace
from longtail.evaluation.model_selection import CrossFitResult, Selection, cross_fit_result
from longtail.evaluation.paired_choice import Fold, HeldOut
from longtail.evaluation.refitted_threshold import by_threshold
from longtail.evaluation.selection_report import Selections
from longtail.metrics.difference import ENOUGH, Difference
from longtail.metrics.network_choice import Used
from longtail.recognition.classifiers import fit
from longtail.recognition.embeddings import Bools, Ints
from longtail.recognition.local_matching import fusion, keypoint_table
from longtail.recognition.local_matching.fusion import Fusion
from longtail.recognition.local_matching.shortlist import LabelledMarks, Shortlist, shortlist
from longtail.recognition.local_matching.verification import Match
from longtail.recognition.open_set.threshold import fit_threshold
from longtail.recognition.top_k import TopK

NOT_COMPUTED = "no keypoints were computed (keypoints.method)"
_SILENT = "matching marks do not speak for a candidate on the held-out photographs"


class Procedure(NamedTuple):
    """What is scored and refitted: the candidates, those selected among them, and the cross-fitted predictions."""

    candidates: Sequence[Candidate]
    selections: Selections
    result: CrossFitResult


Key = tuple[str, str, str, str]
"""Classifier, strategy, re-ranking, and which networks see the photographs."""


def key_of(candidate: Candidate) -> Key:
    """What tells a candidate from the others."""
    return candidate.classifier, candidate.strategy, candidate.reranking, candidate.network


@dataclass(frozen=True)
class Decision:
    """Whether the marks are used with what was selected on some photographs, and why."""

    why: str
    gain: Difference | None = None  # None: not measured
    fusion: Fusion | None = None  # fitted on all of these photographs; None: the marks are not used


@dataclass(frozen=True)
class LocalMatching:
    """The procedure, and what was decided about the marks on half a, on half b and on all."""

    procedure: Procedure
    decisions: tuple[Decision, Decision, Decision]
    lists: Mapping[Key, Shortlist] = field(default_factory=dict)  # none where no keypoints were computed

    @property
    def on_all(self) -> Decision:
        """What `predict` follows."""
        return self.decisions[2]

    def update_choice(self, choice: Mapping[str, Any]) -> dict[str, Any]:
        """`choice.json` with what was decided about the marks; where they are used, thresholds are of fused scores."""
        on = self.procedure.selections
        records = {}
        names = ("chosen_on_half_a", "chosen_on_half_b")
        for name, selection, decision in zip(names, (on.on_a, on.on_b), self.decisions, strict=False):
            used = decision.fusion is not None
            records[name] = {**choice[name], "threshold": selection.threshold, "local_matching": used}
        fused = {} if self.on_all.fusion is None else self.on_all.fusion.to_dict()
        entry = {"used": self.on_all.fusion is not None, "why": self.on_all.why, **fused}
        return {**choice, **records, "threshold": on.on_all.threshold, "local_matching": entry}

    def photographs(self, half_b: Bools) -> list[PhotographMarks]:
        """What the marks of each scored photograph say.

        Args:
            half_b: (n,), whether each lies in half b.

        Returns:
            n times, by what was selected on the half that does not hold the photograph.
        """
        every, on = [PhotographMarks()] * len(half_b), self.procedure.selections
        halves = zip((on.on_a, on.on_b), self.decisions, (half_b, ~half_b), strict=False)
        for selection, decision, scored in halves if self.lists else ():
            listed = self.lists[key_of(self.procedure.candidates[selection.candidate])]
            by_marks = listed.by_marks()
            for row in np.flatnonzero(scored).tolist():
                used = None if decision.fusion is None else by_marks[row]
                every[row] = PhotographMarks(used, listed.sharing[row])
        return every

    def metrics(self) -> dict[str, float | None]:
        """For `metrics.json`."""
        return paired_choice.metrics("local_matching_gain", self.on_all.gain)


def measure(
    plain: Procedure, spaces: Mapping[Used, EmbeddingSpace], keypoints: Path, held_out: HeldOut
) -> LocalMatching:
    """Compare the selected classifier with and without the marks, paired on the same photographs.

    Args:
        plain: what was selected without them.
        spaces: {which networks: their embedding space}.
        keypoints: folder of the labelled photographs' keypoints.
        held_out: the scored photographs.

    Returns:
        The procedure with the marks where they are shown to be better, else without them.
    """
    table = keypoint_table.read(keypoints)
    if table.settings.method == "none":
        nothing = Decision(NOT_COMPUTED)
        return LocalMatching(plain, (nothing, nothing, nothing))
    lists: dict[Key, Shortlist] = {}
    of_query = [table.of(image) for image in held_out.eval_set.table["image"]]
    selected = [plain.candidates[index] for index in paired_choice.selected_on_each(plain.selections)]
    by_key = {key_of(chosen): chosen for chosen in selected}
    known: dict[tuple[int, str], Match] | None = {} if len(by_key) > 1 else None
    for key, chosen in by_key.items():
        space = spaces[chosen.network]
        fitted = fit.refit(chosen.classifier, chosen.strategy, space.context, chosen.reranking)
        marks = LabelledMarks(fitted.gallery, fitted.images, table, known)
        lists[key] = shortlist(fitted.score, space.queries, of_query, marks, "evaluate: photographs compared by marks")
    return decide(plain, lists, held_out)


def decide(plain: Procedure, lists: Mapping[Key, Shortlist], held_out: HeldOut) -> LocalMatching:
    """Decide on each half and on all, and answer each half by what the other decided.

    Args:
        plain: what was selected without the marks.
        lists: the shortlists of the n photographs, of each that was selected.
        held_out: the scored photographs.

    Returns:
        The procedure to go on with.
    """
    candidates, selections, decisions = list(plain.candidates), [], []
    for selection, fold in zip(vars(plain.selections).values(), held_out.folds(), strict=True):
        chosen = plain.candidates[selection.candidate]
        listed = lists[key_of(chosen)]
        decision = _decide(chosen.top_k, listed, fold, held_out)
        decisions.append(decision)
        if decision.fusion is None:
            selections.append(selection)
            continue
        top_k = listed.fused(decision.fusion)
        selections.append(Selection(len(candidates), fit_threshold(top_k[fold.rows], held_out.truth[fold.rows])))
        candidates.append(replace(chosen, top_k=top_k, other_seeds=()))
    on_a, on_b, on_all = selections
    result = cross_fit_result(candidates, on_a, on_b, held_out.half_b)
    on_half_a, on_half_b, on_everyone = decisions
    return LocalMatching(
        Procedure(candidates, Selections(on_a, on_b, on_all), result), (on_half_a, on_half_b, on_everyone), lists
    )


def _decide(plain: TopK, listed: Shortlist, fold: Fold, held_out: HeldOut) -> Decision:
    """Whether the marks are used, by these photographs alone."""
    gain, on_all = measured(plain, listed, fold, held_out), fuse(listed, held_out.truth, fold.rows)
    if gain is None or on_all is None:
        return Decision(_SILENT)
    words = paired_choice.in_words(gain)
    if paired_choice.is_used(gain):
        return Decision(f"with the marks that match: {words}", gain, on_all)
    few = f", too few to decide ({ENOUGH} are needed)" if gain.verdict == "too few to say" else ""
    return Decision(f"no significant gain by the marks that match: {words}{few}", gain)


def measured(plain: TopK, listed: Shortlist, fold: Fold, held_out: HeldOut) -> Difference | None:
    """The gain by the marks, each half fused by what the other one fits.

    Args:
        plain: top k of the n scored photographs, without the marks.
        listed: their shortlists.
        fold: the photographs to measure on.
        held_out: all scored photographs.

    Returns:
        The paired difference; None where the marks say nothing on one of the halves.
    """
    by_a, by_b = (fuse(listed, held_out.truth, half) for half in fold.halves)
    if by_a is None or by_b is None:
        return None
    default = by_threshold(plain, plain, held_out.truth, fold)
    return held_out.compare(fold, default, by_threshold(listed.fused(by_a), listed.fused(by_b), held_out.truth, fold))


def fuse(listed: Shortlist, truth: Ints, rows: Ints) -> Fusion | None:
    """The fusion that some photographs fit.

    Args:
        listed: the shortlists of n photographs.
        truth: (n,), numbers of identities, or NEW.
        rows: of those that are fitted on.

    Returns:
        The fusion; None where the marks say nothing.
    """
    right = listed.top_k.identity[rows] == truth[rows, None]
    return fusion.fit(listed.top_k.score[rows], listed.marks[rows], right)
