"""Every classifier under every balancing strategy that changes it, fitted on one set of embeddings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from longtail.compute import progress
from longtail.errors import BadParameter, Problem
from longtail.evaluation.shared_scores import GalleryScores, rank_together
from longtail.metrics.network_choice import TRAINED, Used
from longtail.recognition.balancing.apply import changes_gallery
from longtail.recognition.balancing.strategies import STRATEGIES
from longtail.recognition.classifiers.base import CLASSIFIERS, GALLERY_CLASSIFIERS, NOT_RERANKED
from longtail.recognition.classifiers.fit import WITH_COSINE_HEAD, FitContext, balanced_set, fit_classifiers
from longtail.recognition.classifiers.trained_head import AS_TRAINED, TrainedHead
from longtail.recognition.embeddings import PairedEmbeddings
from longtail.recognition.top_k import TopK

_RANDOM_ROWS = ("random_undersampling", "smote")
"""Strategies whose training rows depend on the seed."""


@dataclass(frozen=True)
class Candidate:
    """A classifier under a strategy, and its top k of all scored photographs.

    It is fitted with several seeds where a seed makes a difference; the first is the one that is scored and refitted.
    """

    strategy: str
    classifier: str
    top_k: TopK
    images: int  # training rows
    added: int  # of them added to the photographs
    skipped: int = 0  # identities that the strategy could not balance
    other_seeds: tuple[TopK, ...] = ()
    seconds: tuple[float, ...] = ()  # that each seed took
    reranking: str = NOT_RERANKED
    network: Used = TRAINED

    @property
    def name(self) -> str:
        """For messages: `linear_probe under smote`."""
        return f"{self.classifier} under {self.strategy}"


@dataclass(frozen=True)
class EmbeddingSpace:
    """Train fold and scored photographs, embedded by the same networks."""

    context: FitContext
    """What classifiers are fitted with: the train fold, the settings, the network's head."""
    queries: PairedEmbeddings
    """Embeddings of the scored photographs."""


def pairs(classifiers: Sequence[str], strategies: Sequence[str], context: FitContext) -> list[tuple[str, str]]:
    """The pairs to compare.

    `none` is always among them, because a gain is a gain over it. Gallery classifiers appear under those strategies
    that change the gallery. Filtered copies whose mirror images were not embedded are excluded. Where every identity
    has one photograph, only the nearest neighbour is left: a class mean is the photograph itself, and there is nothing
    to balance.

    Args:
        classifiers: the names asked for.
        strategies: the names asked for.
        context: training set, settings, and the network's own head.

    Returns:
        (classifier, strategy), in the order of preference between equal scores.

    Raises:
        BadParameter: nothing is left to compare.
    """
    training_set = context.training_set
    if (training_set.pool.photographs["class_count"] <= 1).all():
        return [("nearest_neighbour", "none")]
    excluded = {"none", "augmented_oversampling"} if training_set.copies_excluded else {"none"}
    under = ["none", *(name for name in strategies if name not in excluded)]
    settings = context.settings.strategy
    changing = {"none"} | {name for name in under if changes_gallery(name, training_set, settings)}
    wanted = []
    for classifier in (name for name in CLASSIFIERS if name in classifiers):
        if classifier in GALLERY_CLASSIFIERS:
            wanted += [(classifier, name) for name in under if name in changing]
        elif classifier != "trained_head":
            wanted += [(classifier, name) for name in under if _is_applicable(classifier, name, context.network)]
        if (classifier == "trained_head" and context.network) or _has_trained_directions(classifier, context.network):
            wanted.append((classifier, AS_TRAINED))
    if not wanted:
        remedy = "Name another classifier, as nearest_neighbour, or set train.unfrozen_epochs."
        problem = Problem(
            "trained_head alone is compared, and the backbone was not trained", remedy, where="evaluate.classifiers"
        )
        raise BadParameter(problem)
    return wanted


def compare(
    classifiers: Sequence[str],
    strategies: Sequence[str],
    seeds: int,
    plan: pd.DataFrame,
    context: FitContext,
    queries: PairedEmbeddings,
) -> list[Candidate]:
    """Every row of the comparison, in the order of preference, with a line of progress each few seconds.

    Args:
        classifiers: the names asked for.
        strategies: the names asked for.
        seeds: number of fits where a seed makes a difference.
        plan: `oversample`'s, of which the trained head may have learned.
        context: training set and settings.
        queries: embeddings of the scored photographs.

    Returns:
        The candidates.
    """
    wanted = pairs(classifiers, strategies, context)
    fits = progress(fit_candidates(wanted, context, queries, seeds), len(wanted), "evaluate: classifiers fitted")
    by_pair = {(candidate.classifier, candidate.strategy): candidate for candidate in fits}
    if context.network is not None:
        rows, added = context.network.epoch_size(plan)
        for pair in (pair for pair in wanted if pair[1] == AS_TRAINED):
            by_pair[pair] = replace(by_pair[pair], images=rows, added=added)
    return [by_pair[pair] for pair in wanted]


def fit_candidates(
    wanted: Sequence[tuple[str, str]], context: FitContext, queries: PairedEmbeddings, seeds: int
) -> Iterator[Candidate]:
    """Fit every pair and rank the queries.

    Args:
        wanted: (classifier, strategy), as from `pairs`.
        context: training set and settings.
        queries: embeddings of the scored photographs.
        seeds: number of fits where a seed makes a difference.

    Yields:
        The candidates, strategy by strategy.
    """
    shared = GalleryScores(context.training_set.photographs, len(context.training_set.identities), queries)
    for strategy in dict.fromkeys(name for _, name in wanted):
        classifiers = [classifier for classifier, name in wanted if name == strategy]
        ranked: dict[str, list[TopK]] = {classifier: [] for classifier in classifiers}
        seconds: dict[str, list[float]] = {classifier: [] for classifier in classifiers}
        first = balanced_set(strategy, context, 0)
        for step in range(seeds):
            varying = [name for name in classifiers if step == 0 or depends_on_seed(name, strategy)]
            redraw = step and varying and strategy in _RANDOM_ROWS
            balanced = balanced_set(strategy, context, step) if redraw else first
            by_gallery = shared.of(balanced.gallery)
            fits = fit_classifiers(varying, strategy, balanced, context, context.settings.seed + step)
            fitted = {}
            for classifier, fit, took in fits:
                fitted[classifier] = fit
                seconds[classifier].append(took)
            for classifier, (top_k, took) in rank_together(fitted, by_gallery).items():
                ranked[classifier].append(top_k)
                seconds[classifier][-1] += took
        for classifier in classifiers:
            top_k, *others = ranked[classifier]
            counts = (first.images, first.added, first.skipped)
            yield Candidate(strategy, classifier, top_k, *counts, tuple(others), tuple(seconds[classifier]))


def depends_on_seed(classifier: str, strategy: str) -> bool:
    """Whether a seed makes a difference: to the training rows, or to the fit of a head.

    Args:
        classifier: its name.
        strategy: its name.

    Returns:
        False for deterministic pairs: they are fitted once.
    """
    return strategy != AS_TRAINED and (strategy in _RANDOM_ROWS or classifier not in GALLERY_CLASSIFIERS)


def _has_trained_directions(classifier: str, network: TrainedHead | None) -> bool:
    """Whether the classifier can use the network's own class directions."""
    return classifier in WITH_COSINE_HEAD and network is not None and network.head.form == "cosine"


def _is_applicable(classifier: str, strategy: str, network: TrainedHead | None) -> bool:
    """Directions have unit norm anyway; and the network's own layer can only be retrained as what it is."""
    definition, form = STRATEGIES[strategy], "softmax" if classifier == "linear_probe" else "cosine"
    if definition.init == "network":
        return network is not None and network.head.form == form
    return form == "softmax" or not definition.tau_normalise
