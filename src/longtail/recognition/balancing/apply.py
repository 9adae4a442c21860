"""A balancing strategy applied to a training set: the data of a fit."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from longtail.recognition.balancing.smote import SmoteRows, interpolate
from longtail.recognition.balancing.strategies import STRATEGIES, StrategySettings
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
    """A training set under a strategy: the data of a fit, and the gallery."""

    data: FitData
    gallery: Gallery
    source_images: list[str]  # the labelled photograph behind each row of the gallery
    images: int  # rows of an epoch, repetitions counted
    added: int  # of them added to the photographs
    skipped: int  # identities that the strategy could not balance


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
    definition, pool = STRATEGIES[strategy], training_set.pool
    drawn = definition.rows(pool, settings)
    views, classes, weight = training_set.views[drawn.rows], training_set.identity[drawn.rows], drawn.weight
    norms = training_set.norms[drawn.rows]
    vectors = concat_views(views)
    raw = views.plain * norms[:, None]
    source_images = pool.images().iloc[drawn.rows].tolist()
    synthetic = SmoteRows(vectors[:0], classes[:0], 0)
    if definition.interpolates:
        synthetic, traits = _interpolate(vectors, classes, views.traits, settings)
        half = views.plain.shape[1]
        new = PairedEmbeddings(synthetic.vectors[:, :half], synthetic.vectors[:, half:], traits).normalised()
        views = join(views, new)
        vectors, classes = np.vstack([vectors, concat_views(new)]), np.concatenate([classes, synthetic.classes])
        raw = np.vstack([raw, new.plain * norms.mean()])
        weight = np.concatenate([weight, np.ones(len(synthetic.classes))])
        source_images += _source_images(new, synthetic.classes, training_set)
    counts = np.bincount(training_set.photographs.identity, minlength=len(training_set.identities))
    images = drawn.images + len(synthetic.classes)
    data = FitData(
        vectors=vectors,
        raw=np.asarray(raw, dtype=np.float32),
        classes=classes,
        weight=weight,
        images=images,
        photographs=len(pool.photographs),
        class_weight=definition.class_weight(counts, settings) if definition.class_weight else None,
        offset=definition.offset(counts, settings) if definition.offset else None,
        count=len(training_set.identities),
    )
    added = max(0, images - len(pool.photographs))
    return BalancedSet(data, Gallery(views, classes), source_images, images, added, synthetic.skipped)


def _interpolate(
    vectors: Floats, classes: Ints, traits: Traits | None, settings: StrategySettings
) -> tuple[SmoteRows, Traits | None]:
    """SMOTE's rows and their traits, never between two sides: each side of an identity is brought up by itself."""
    parts = _parts(classes, traits)
    rows = interpolate(vectors, parts, settings.min_count, settings.neighbours, settings.seed)
    if traits is None:
        return rows, None
    _, first = np.unique(parts, return_index=True)
    of_part = first[rows.classes]
    return replace(rows, classes=classes[of_part]), traits[of_part]


def _parts(classes: Ints, traits: Traits | None) -> Ints:
    """A number (n,) for each identity, or for each side and species of it."""
    if traits is None:
        return classes
    _, parts = np.unique(np.column_stack([classes, traits.numbers]), axis=0, return_inverse=True)
    return np.asarray(parts.ravel(), dtype=np.int64)


def _source_images(new: PairedEmbeddings, classes: Ints, training_set: TrainingSet) -> list[str]:
    """The photograph that stands for each synthetic row: the most similar one of the same identity."""
    matches = best_match(classes[:, None], new, training_set.photographs)[:, 0]
    images = training_set.pool.photographs["image"].tolist()
    return [images[row] for row in matches.tolist()]
