"""Which networks answer: the trained one, the pretrained one or both side by side, by the rule of `paired_choice`.

The default is the classifier that was selected with the trained network. It is compared with the best one by the
pretrained network, and with the best one by both. With each of these two, the selected classifier is fitted under the
same strategy, and every gallery classifier without balancing. The best of them is selected on the same photographs as
the default was.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from longtail.evaluation import grid, model_selection, paired_choice
from longtail.evaluation.example_marks import PhotographMarks
from longtail.evaluation.grid import Candidate, EmbeddingSpace
from longtail.evaluation.model_selection import CrossFitResult, Selection
from longtail.evaluation.paired_choice import Fold, HeldOut
from longtail.evaluation.reranking import measured
from longtail.evaluation.selection_report import Selections
from longtail.metrics import network_choice
from longtail.metrics.difference import ENOUGH, Difference
from longtail.metrics.network_choice import BOTH, PRETRAINED, TRAINED, Used
from longtail.recognition import embeddings
from longtail.recognition.balancing.strategies import STRATEGIES
from longtail.recognition.classifiers import fit, trained_head
from longtail.recognition.classifiers.base import GALLERY_CLASSIFIERS
from longtail.recognition.classifiers.trained_head import AS_TRAINED
from longtail.recognition.embedding_source import EmbeddingSource, is_offered
from longtail.recognition.training_set import gather, supporting_photographs

_IN_WORDS = {
    PRETRAINED: "the pretrained network alone",
    BOTH: "the trained and the pretrained network side by side",
}


@dataclass(frozen=True)
class NetworkSelection:
    """The candidates with those of other networks, what is selected now, and what it predicts."""

    candidates: list[Candidate]
    selections: Selections
    result: CrossFitResult
    backbone: str = ""  # `""`: there is no pretrained network beside the trained one
    gain: Difference | None = None  # of the best of the others over the trained network, on all
    why: str = ""

    @property
    def used(self) -> Used:
        """What `predict` follows."""
        return self.candidates[self.selections.on_all.candidate].network

    def update_choice(self, choice: dict[str, Any]) -> dict[str, Any]:
        """`choice`, the entries of `choice.json`, with what was selected here."""
        if not self.backbone:
            return choice
        chosen = self.selections

        def updated(record: dict[str, Any], selection: Selection) -> dict[str, Any]:
            one = self.candidates[selection.candidate]
            return record | {
                "strategy": one.strategy, "classifier": one.classifier, "threshold": selection.threshold,
            }  # fmt: skip

        records = {
            name: updated(choice[name], one) | {network_choice.KEY: self.candidates[one.candidate].network}
            for name, one in (("chosen_on_half_a", chosen.on_a), ("chosen_on_half_b", chosen.on_b))
        }
        entry = {"used": self.used, "backbone": self.backbone, "why": self.why}
        return updated(choice, chosen.on_all) | records | {network_choice.KEY: entry}

    def metrics(self) -> dict[str, float | None]:
        """For `metrics.json`; empty where there was nothing to choose between."""
        return paired_choice.metrics("network_gain", self.gain) if self.backbone else {}


def embedding_spaces(
    paths: Any, split: pd.DataFrame, rows: embeddings.Ints, trained: EmbeddingSpace
) -> dict[Used, EmbeddingSpace]:
    """The embedding space of each choice of networks.

    Args:
        paths: those of `evaluate`.
        split: as in split.parquet.
        rows: of the scored photographs, among the embeddings.
        trained: that of the trained network.

    Returns:
        {which networks: their space}; the trained one alone where no pretrained one is beside it.
    """
    spaces: dict[Used, EmbeddingSpace] = {TRAINED: trained}
    if not is_offered(paths.labelled):
        return spaces
    own, copies = int(_card(paths.card)["embedding_size"]), pd.read_parquet(paths.copies)
    head, settings = trained.context.network, trained.context.settings
    for used in (PRETRAINED, BOTH):
        source = EmbeddingSource(used, own)
        labelled = embeddings.with_traits(source.read(paths.labelled), paths.images)
        training_set = gather(labelled, paths.augmented, split, copies, ("train",), source)
        context = fit.make_context(training_set, settings, trained_head.among(head, used))
        spaces[used] = EmbeddingSpace(context, labelled[1][rows])
    return spaces


def choose(
    candidates: Sequence[Candidate],
    selections: Selections,
    spaces: Mapping[Used, EmbeddingSpace],
    held_out: HeldOut,
    card: Path,
) -> NetworkSelection:
    """Choose on each half and on all; each half is predicted by what the other chose.

    Args:
        candidates: what was compared with the trained network.
        selections: among them, on each half and on all.
        spaces: as from `embedding_spaces`.
        held_out: the scored photographs.
        card: `model.json` of the trained network.

    Returns:
        The selections among the candidates, those of the chosen networks included.
    """
    every, options = list(candidates), dict[Used, range]()
    for used in (used for used in spaces if used != TRAINED):
        wanted = _pairs(candidates, selections, spaces[used].context)
        fits = grid.fit_candidates(wanted, spaces[used].context, spaces[used].queries, 1)
        fitted = {(one.classifier, one.strategy): one for one in fits}
        options[used] = range(len(every), len(every) + len(wanted))
        every += [replace(fitted[pair], network=used) for pair in wanted]
    if not options:
        result = model_selection.cross_fit_result(every, selections.on_a, selections.on_b, held_out.half_b)
        return NetworkSelection(every, selections, result)
    on_a, on_b, on_all = (
        _choose(every, selection, options, fold, held_out)
        for selection, fold in zip(vars(selections).values(), held_out.folds(), strict=True)
    )
    chosen = Selections(on_a[0], on_b[0], on_all[0])
    result = model_selection.cross_fit_result(every, chosen.on_a, chosen.on_b, held_out.half_b)
    return NetworkSelection(every, chosen, result, str(_card(card)["backbone"]), *on_all[1:])


def nearest(result: CrossFitResult, space: EmbeddingSpace, marked: Sequence[PhotographMarks]) -> list[str | None]:
    """The labelled photograph that supports the known individual that comes first, of each scored one.

    Args:
        result: the predictions for n photographs.
        space: of the chosen networks.
        marked: what the marks of each say.

    Returns:
        Names; None where no individual may be compared.
    """
    by_marks = [one.by_marks for one in marked]
    own = supporting_photographs(result.closed[:, :1], space.queries, space.context.training_set, by_marks)
    return [support.image for [support] in own]


def _card(path: Path) -> dict[str, Any]:
    card: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return card


def _choose(
    every: Sequence[Candidate], default: Selection, options: Mapping[Used, range], fold: Fold, held_out: HeldOut
) -> tuple[Selection, Difference, str]:
    """The selection on some photographs, the gain of the best of the others, and why."""
    on = np.zeros(len(held_out.truth), dtype=bool)
    on[fold.rows] = True
    top_k, gains = every[default.candidate].top_k, {}
    for indices in options.values():
        own = model_selection.select([every[index] for index in indices], held_out.truth, on)
        index = indices[own.candidate]
        gains[Selection(index, own.threshold)] = measured(top_k, every[index].top_k, fold, held_out)
    best = max(gains, key=lambda selection: gains[selection].value or 0.0)
    gain, one = gains[best], every[best.candidate]
    words = f"{_IN_WORDS[one.network]}, with {one.name}: {paired_choice.in_words(gain)}"
    if paired_choice.is_used(gain):
        return best, gain, words
    few = f", too few to decide ({ENOUGH} are needed)" if gain.verdict == "too few to say" else ""
    return default, gain, f"the trained network alone; no significant gain by the best of the others, {words}{few}"


def _pairs(candidates: Sequence[Candidate], selections: Selections, context: fit.FitContext) -> list[tuple[str, str]]:
    """What is fitted with other networks: the pairs that were selected, and gallery classifiers without balancing.

    What needs the trained network's own head is replaced: the head itself, which sees that network alone, by the
    nearest neighbour, its directions and weights by those that are fitted.

    Args:
        candidates: what was compared with the trained network.
        selections: among them.
        context: of the other networks.

    Returns:
        (classifier, strategy), in the order of preference between equal scores.
    """
    wanted = []
    for index in paired_choice.selected_on_each(selections):
        classifier, strategy = candidates[index].classifier, candidates[index].strategy
        if classifier == "trained_head":
            classifier, strategy = "nearest_neighbour", "none"
        elif context.network is None and (strategy == AS_TRAINED or STRATEGIES[strategy].init == "network"):
            strategy = "none"
        wanted.append((classifier, strategy))
    compared = [(one.classifier, one.strategy) for one in candidates if one.classifier in GALLERY_CLASSIFIERS]
    return list(dict.fromkeys([*wanted, *(pair for pair in compared if pair[1] == "none")]))
