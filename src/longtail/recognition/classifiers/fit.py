"""One classifier under one balancing strategy, fitted: what `evaluate` compares and `predict` refits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from time import perf_counter
from typing import Any

import numpy as np

from longtail import renamed
from longtail.recognition.balancing.apply import BalancedSet, apply_strategy
from longtail.recognition.balancing.strategies import STRATEGIES, BalancingStrategy, StrategySettings
from longtail.recognition.classifiers import cosine, linear_probe
from longtail.recognition.classifiers.base import NOT_RERANKED, Head, head_classifier
from longtail.recognition.classifiers.comparable import among_comparable
from longtail.recognition.classifiers.factory import build
from longtail.recognition.classifiers.local_scaling import offsets, scaled
from longtail.recognition.classifiers.projection import Projections
from longtail.recognition.classifiers.trained_head import AS_TRAINED, TrainedHead, class_directions
from longtail.recognition.embeddings import Floats, Ints
from longtail.recognition.eval_set import encode_identities
from longtail.recognition.top_k import Classifier, Gallery
from longtail.recognition.training_set import TrainingSet

WITH_COSINE_HEAD = ("cosine_classifier", "ensemble")
"""Classifiers that use the cosine head."""


@dataclass(frozen=True)
class FitSettings:
    """The settings of every fit; `predict` refits with those that `evaluate` wrote."""

    strategy: StrategySettings = field(default_factory=StrategySettings)
    head: linear_probe.LinearProbeSettings = field(default_factory=linear_probe.LinearProbeSettings)
    cosine: cosine.CosineSettings = field(default_factory=cosine.CosineSettings)
    seed: int = 0

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> FitSettings:
        """The settings that `asdict` put into choice.json."""
        values = {renamed.FIELDS.get(name, name): value for name, value in values.items()}
        return cls(
            StrategySettings(**values["strategy"]),
            linear_probe.LinearProbeSettings(**values["head"]),
            cosine.CosineSettings(**values["cosine"]),
            values["seed"],
        )


@dataclass(frozen=True)
class FittedClassifier:
    """A classifier fitted under a strategy, and its parts."""

    name: str
    balanced: BalancedSet
    head: Head | None
    classes: Sequence[str]  # of the head
    reranking: str = NOT_RERANKED

    @cached_property
    def score(self) -> Classifier:
        """The classifier; made when it is first asked for, because a gallery's part of it is common to many."""
        plain = self._plain
        return plain if self.offset is None else scaled(plain, self.offset)

    @cached_property
    def offset(self) -> Floats | None:
        """What local scaling subtracts from the score of each identity; None without it."""
        if self.reranking == NOT_RERANKED:
            return None
        training_set = self.balanced.training_set
        return offsets(self._plain, training_set.photographs, len(training_set.identities))

    @cached_property
    def _plain(self) -> Classifier:
        return build(self.name, self.gallery, self.head, self._columns, len(self.balanced.training_set.identities))

    @cached_property
    def by_head(self) -> Classifier:
        """The classifier of the head alone: of an ensemble it is a third.

        Raises:
            ValueError: the classifier has no head.
        """
        if self.head is None:
            raise ValueError(f"{self.name} has no head")
        head, columns, count = self.head, self._columns, len(self.balanced.training_set.identities)
        return among_comparable(lambda _: head_classifier(head, columns, count), self.gallery, count)

    @property
    def gallery(self) -> Gallery:
        """What a query is compared with."""
        return self.balanced.gallery

    @property
    def images(self) -> Sequence[str]:
        """The labelled photograph behind each row of the gallery."""
        return self.balanced.source_images

    @property
    def _columns(self) -> Ints:
        return encode_identities(self.classes, self.balanced.training_set.identities)


@dataclass(frozen=True)
class FitContext:
    """What all fits on one training set share."""

    training_set: TrainingSet
    settings: FitSettings
    network: TrainedHead | None
    projections: Projections
    layers: dict[tuple[BalancingStrategy, int], linear_probe.Layer] = field(default_factory=dict, init=False)
    """Layers that two strategies have in common, by what they fit and the seed."""
    refitted: dict[tuple[str, str, str], FittedClassifier] = field(default_factory=dict, init=False)
    """What `refit` has fitted, by its arguments."""


def make_context(training_set: TrainingSet, settings: FitSettings, network: TrainedHead | None) -> FitContext:
    """What all fits on one training set share.

    Args:
        training_set: photographs and filtered copies.
        settings: of all fits.
        network: the trained network's own head, where there is one.

    Returns:
        The context.
    """
    head_width = None if network is None else network.head.weight.shape[1]
    projections = Projections(training_set, settings.head.dims, settings.cosine.dims, head_width)
    return FitContext(training_set, settings, network, projections)


def refit(classifier: str, strategy: str, context: FitContext, reranking: str = NOT_RERANKED) -> FittedClassifier:
    """Fit one classifier under one strategy with the first seed, as `predict` needs it.

    Args:
        classifier: its name.
        strategy: its name.
        context: training set and settings.
        reranking: its name, or NOT_RERANKED.

    Returns:
        The fitted classifier; the same one for equal arguments.
    """
    key = classifier, strategy, reranking
    if key not in context.refitted:
        if reranking == NOT_RERANKED:
            balanced = balanced_set(strategy, context, 0)
            [(_, fitted, _)] = fit_classifiers([classifier], strategy, balanced, context, context.settings.seed)
        else:
            fitted = replace(refit(classifier, strategy, context), reranking=reranking)
        context.refitted[key] = fitted
    return context.refitted[key]


def balanced_set(strategy: str, context: FitContext, step: int) -> BalancedSet:
    """The training set under a strategy.

    Args:
        strategy: its name; AS_TRAINED changes nothing.
        context: training set and settings.
        step: added to the seed.

    Returns:
        The balanced training set.
    """
    name = "none" if strategy == AS_TRAINED else strategy
    settings = context.settings.strategy
    return apply_strategy(name, context.training_set, replace(settings, seed=settings.seed + step))


def fit_classifiers(
    classifiers: Sequence[str], strategy: str, balanced: BalancedSet, context: FitContext, seed: int
) -> Iterator[tuple[str, FittedClassifier, float]]:
    """Fit some classifiers under one strategy; they share one cosine head.

    Args:
        classifiers: their names.
        strategy: its name.
        balanced: the training set under it.
        context: training set and settings.
        seed: of the fits.

    Yields:
        Name, fitted classifier, and the seconds that the fit took.
    """
    started = perf_counter()
    cosine_head = _cosine_head(strategy, balanced, context, seed) if {*classifiers} & {*WITH_COSINE_HEAD} else None
    shared = perf_counter() - started
    identities = context.training_set.identities
    for name in classifiers:
        started = perf_counter()
        head, classes = None, identities
        if name in WITH_COSINE_HEAD:
            head = cosine_head
        elif name == "linear_probe":
            head = _linear_head(strategy, balanced, context, seed)
        elif name == "trained_head" and context.network is not None:
            head, classes = context.network.head, list(context.network.classes)
        seconds = perf_counter() - started + (shared if name in WITH_COSINE_HEAD else 0.0)
        yield name, FittedClassifier(name, balanced, head, classes), seconds


def _cosine_head(strategy: str, balanced: BalancedSet, context: FitContext, seed: int) -> Head:
    initial = None
    if context.network is not None and strategy == AS_TRAINED:
        weight = class_directions(context.network, context.training_set)
        return Head(weight, np.zeros(len(weight), np.float32), "cosine", "both")
    if context.network is not None and STRATEGIES[strategy].init == "network":
        initial = class_directions(context.network, context.training_set)
    return cosine.fit(balanced.data, context.projections.around_origin, context.settings.cosine, seed, initial)


def _linear_head(strategy: str, balanced: BalancedSet, context: FitContext, seed: int) -> Head:
    settings, definition = context.settings.head, STRATEGIES[strategy]
    if definition.init == "network" and context.network is not None:
        initial = context.network.weights_for(context.training_set.identities)
        return linear_probe.retrain(balanced.data, context.projections.raw, settings, seed, initial)
    tau = context.settings.strategy.tau if definition.tau_normalise else 0.0
    return linear_probe.unprojected(_layer(definition, balanced, context, seed), context.projections.whitened, tau)


def _layer(definition: BalancingStrategy, balanced: BalancedSet, context: FitContext, seed: int) -> linear_probe.Layer:
    """The layer before tau-normalisation, which changes the fitted weights alone: `none` has the same."""
    fitted_as = replace(definition, tau_normalise=False)
    key = fitted_as, seed
    if key in context.layers:
        return context.layers[key]
    layer = linear_probe.fit(balanced.data, context.projections.whitened, context.settings.head, seed)
    if sum(replace(other, tau_normalise=False) == fitted_as for other in STRATEGIES.values()) > 1:
        context.layers[key] = layer
    return layer
