"""A balancing strategy applied to a training set: the data of a fit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from longtail.recognition.balancing.smote import interpolate
from longtail.recognition.balancing.strategies import STRATEGIES, BalancingStrategy, RowWeights, StrategySettings
from longtail.recognition.embeddings import Floats, Ints, PairedEmbeddings, concat_views, join
from longtail.recognition.top_k import Gallery, best_match
from longtail.recognition.training_set import TrainingSet
from longtail.recognition.traits import Traits


@dataclass(frozen=True)
class FitData:
    """What a layer is fitted on: rows, sampling weights, and the class terms of the loss."""

    vectors: Floats  # (n, d), unit length, photograph and mirror image side by side
    raw: Floats  # (n, d'), the photographs as the network made them
    classes: Ints  # (n,)
    weight: NDArray[np.float64]  # (n,), with which a row is sampled
    images: int  # rows of an epoch, repetitions counted
    photographs: int  # of the training set, the same under every strategy
    class_weight: Floats | None  # (c,), in the loss
    offset: Floats | None  # (c,), added to the logits in the loss
    count: int  # c, the number of classes


@dataclass(frozen=True)
class BalancedSet:
    """A training set under a strategy. What only some classifiers need is made when it is first asked for."""

    training_set: TrainingSet
    definition: BalancingStrategy
    settings: StrategySettings
    drawn: RowWeights
    synthetic: Gallery  # rows between two photographs of one identity; none under most strategies
    skipped: int  # identities that the strategy could not balance

    @property
    def images(self) -> int:
        """Rows of an epoch, repetitions counted."""
        return self.drawn.images + len(self.synthetic.identity)

    @property
    def added(self) -> int:
        """How many of them were added to the photographs."""
        return max(0, self.images - len(self.training_set.pool.photographs))

    @cached_property
    def gallery(self) -> Gallery:
        """What a query is compared with; the photographs themselves, as one object, where the rows are just these."""
        if self._is_photographs:
            return self.training_set.photographs
        rows = self.drawn.rows
        identity = np.concatenate([self.training_set.identity[rows], self.synthetic.identity])
        return Gallery(join(self.training_set.views[rows], self.synthetic.views), identity)

    @cached_property
    def source_images(self) -> list[str]:
        """The labelled photograph behind each row of the gallery; of a synthetic row the most similar one."""
        images = self.training_set.pool.images().iloc[self.drawn.rows].tolist()
        return images + _source_images(self.synthetic, self.training_set)

    @cached_property
    def data(self) -> FitData:
        """What a layer is fitted on."""
        training_set, rows, new = self.training_set, self.drawn.rows, self.synthetic
        definition, settings = self.definition, self.settings
        vectors = training_set.vectors if self._is_photographs else concat_views(self.gallery.views)
        norms = training_set.norms[rows]
        counts = np.bincount(training_set.photographs.identity, minlength=len(training_set.identities))
        raw = np.vstack([training_set.views.plain[rows] * norms[:, None], new.views.plain * norms.mean()])
        return FitData(
            vectors=vectors,
            raw=np.asarray(raw, dtype=np.float32),
            classes=self.gallery.identity,
            weight=np.concatenate([self.drawn.weight, np.ones(len(new.identity))]),
            images=self.images,
            photographs=len(training_set.pool.photographs),
            class_weight=definition.class_weight(counts, settings) if definition.class_weight else None,
            offset=definition.offset(counts, settings) if definition.offset else None,
            count=len(training_set.identities),
        )

    @property
    def _is_photographs(self) -> bool:
        rows = np.arange(len(self.training_set.pool.photographs))
        return not len(self.synthetic.identity) and np.array_equal(self.drawn.rows, rows)


def changes_gallery(strategy: str, training_set: TrainingSet, settings: StrategySettings) -> bool:
    """Whether the strategy changes what a nearest neighbour sees: repetitions change nothing.

    Args:
        strategy: its name.
        training_set: what it is applied to.
        settings: its parameters.

    Returns:
        False where the gallery is all photographs, each at least once.
    """
    definition = STRATEGIES[strategy]
    if definition.interpolates:
        photographs = training_set.photographs
        counts = np.bincount(_parts(photographs.identity, photographs.views.traits))
        return len(counts) > 1 and bool(((counts > 1) & (counts < settings.min_count)).any())
    rows = definition.rows(training_set.pool, settings).rows
    return not np.array_equal(rows, np.arange(len(training_set.pool.photographs)))


def apply_strategy(strategy: str, training_set: TrainingSet, settings: StrategySettings) -> BalancedSet:
    """Apply a strategy: a pure function of its arguments, the seed in `settings` included.

    Args:
        strategy: its name.
        training_set: what it is applied to.
        settings: its parameters.

    Returns:
        The balanced training set.
    """
    definition = STRATEGIES[strategy]
    drawn = definition.rows(training_set.pool, settings)
    synthetic, skipped = Gallery(training_set.views[:0], training_set.identity[:0]), 0
    if definition.interpolates:
        synthetic, skipped = _interpolate(training_set, drawn.rows, settings)
    return BalancedSet(training_set, definition, settings, drawn, synthetic, skipped)


def _interpolate(training_set: TrainingSet, drawn: Ints, settings: StrategySettings) -> tuple[Gallery, int]:
    """SMOTE's rows, never between two sides: each side of an identity is brought up by itself."""
    views, classes = training_set.views[drawn], training_set.identity[drawn]
    parts = _parts(classes, views.traits)
    rows = interpolate(concat_views(views), parts, settings.min_count, settings.neighbours, settings.seed)
    identity, traits = rows.classes, None
    if views.traits is not None:
        _, first = np.unique(parts, return_index=True)
        of_part = first[rows.classes]
        identity, traits = classes[of_part], views.traits[of_part]
    half = views.plain.shape[1]
    new = PairedEmbeddings(rows.vectors[:, :half], rows.vectors[:, half:], traits).normalised()
    return Gallery(new, identity), rows.skipped


def _parts(classes: Ints, traits: Traits | None) -> Ints:
    """A number (n,) for each identity, or for each side and species of it."""
    if traits is None:
        return classes
    _, parts = np.unique(np.column_stack([classes, traits.numbers]), axis=0, return_inverse=True)
    return np.asarray(parts.ravel(), dtype=np.int64)


def _source_images(synthetic: Gallery, training_set: TrainingSet) -> list[str]:
    """The photograph that stands for each synthetic row: the most similar one of the same identity."""
    matches = best_match(synthetic.identity[:, None], synthetic.views, training_set.photographs)[:, 0]
    images = training_set.pool.photographs["image"].tolist()
    return [images[row] for row in matches.tolist()]
