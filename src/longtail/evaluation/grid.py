"""Every classifier under every balancing strategy that changes it, fitted on one set of embeddings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from longtail.recognition.balancing.apply import BalancedSet, changes_gallery
from longtail.recognition.balancing.strategies import STRATEGIES
from longtail.recognition.classifiers.base import CLASSIFIERS, GALLERY_CLASSIFIERS, head_classifier
from longtail.recognition.classifiers.comparable import among_comparable
from longtail.recognition.classifiers.ensemble import combine_scores, gallery_ensemble
from longtail.recognition.classifiers.fit import (
    WITH_COSINE_HEAD,
    FitContext,
    FittedClassifier,
    balanced_set,
    fit_classifiers,
)
from longtail.recognition.classifiers.trained_head import AS_TRAINED, TrainedHead
from longtail.recognition.embeddings import Floats, PairedEmbeddings
from longtail.recognition.top_k import TopK, in_blocks, rank, rank_scores

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

    @property
    def name(self) -> str:
        """For messages: `linear_probe under smote`."""
        return f"{self.classifier} under {self.strategy}"


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
    return wanted


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
    for strategy in dict.fromkeys(name for _, name in wanted):
        classifiers = [classifier for classifier, name in wanted if name == strategy]
        ranked: dict[str, list[TopK]] = {classifier: [] for classifier in classifiers}
        seconds: dict[str, list[float]] = {classifier: [] for classifier in classifiers}
        first = balanced_set(strategy, context, 0)
        cache = _GalleryScoreCache(queries)
        for step in range(seeds):
            varying = [name for name in classifiers if step == 0 or depends_on_seed(name, strategy)]
            redraw = step and varying and strategy in _RANDOM_ROWS
            balanced = balanced_set(strategy, context, step) if redraw else first
            seed = context.settings.seed + step
            for classifier, fitted, took in fit_classifiers(varying, strategy, balanced, context, seed):
                started = perf_counter()
                is_ensemble = classifier == "ensemble"
                top_k = cache.rank(fitted, balanced) if is_ensemble else rank(fitted.score, queries)
                ranked[classifier].append(top_k)
                seconds[classifier].append(took + perf_counter() - started)
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


class _GalleryScoreCache:
    """Cache of gallery scores per query, reused by every ensemble whose gallery is unchanged."""

    def __init__(self, queries: PairedEmbeddings) -> None:
        self.queries = queries
        self.balanced: BalancedSet | None = None
        self.scores: list[Floats] = []

    def rank(self, fitted: FittedClassifier, balanced: BalancedSet) -> TopK:
        """The top k of an ensemble.

        Args:
            fitted: the ensemble.
            balanced: its training set; the same object means the same gallery.

        Returns:
            Equal to `rank(fitted.score, queries)`.

        Raises:
            ValueError: the classifier has no head, so it is no ensemble.
        """
        if fitted.head is None:
            raise ValueError("an ensemble has a head")
        if balanced is not self.balanced:
            count = len(fitted.classes)
            by_gallery = among_comparable(lambda part: gallery_ensemble(part, count), fitted.gallery, count)
            self.balanced, self.scores = balanced, [by_gallery(block) for block in in_blocks(self.queries)]
        by_head = head_classifier(fitted.head, np.arange(len(fitted.classes)), len(fitted.classes))
        blocks = zip(self.scores, in_blocks(self.queries), strict=True)
        return rank_scores(combine_scores(scores, by_head(block)) for scores, block in blocks)


def _has_trained_directions(classifier: str, network: TrainedHead | None) -> bool:
    """Whether the classifier can use the network's own class directions."""
    return classifier in WITH_COSINE_HEAD and network is not None and network.head.form == "cosine"


def _is_applicable(classifier: str, strategy: str, network: TrainedHead | None) -> bool:
    """Directions have unit norm anyway; and the network's own layer can only be retrained as what it is."""
    definition, form = STRATEGIES[strategy], "softmax" if classifier == "linear_probe" else "cosine"
    if definition.init == "network":
        return network is not None and network.head.form == form
    return form == "softmax" or not definition.tau_normalise
