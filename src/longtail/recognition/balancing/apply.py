"""What a scorer learns from under an approach: the approach's pieces laid over the material."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from longtail.recognition.balancing.smote import Interpolated, interpolate
from longtail.recognition.balancing.strategies import APPROACHES, ApproachSettings
from longtail.recognition.classifiers.base import means
from longtail.recognition.classifiers.optim import Lesson, Projection, principal_axes
from longtail.recognition.classifiers.trained_head import NetworkHead
from longtail.recognition.embeddings import Floats, Ints, Views, beside
from longtail.recognition.top_k import Gallery, supporters
from longtail.recognition.training_set import Material


@dataclass(frozen=True)
class Taught:
    """An approach applied: the rows of a fit, and the gallery that they make."""

    lesson: Lesson
    gallery: Gallery
    behind: list[str]  # the labelled photograph behind each row of the gallery
    images: int  # rows of an epoch, repetitions counted
    added: int  # of them added to the photographs
    skipped: int  # identities that the approach could do nothing for


@dataclass(frozen=True)
class Axes:
    """The axes along which heads see embeddings: of the photographs, the same for every approach; made when asked."""

    stuff: Material
    linear_dims: int
    cosine_dims: int

    @cached_property
    def whitened(self) -> Projection:
        """Of photograph and mirror image side by side, centred and whitened."""
        return principal_axes(beside(self.stuff.photographs.views), self.linear_dims, centred=True, whitened=True)

    @cached_property
    def around_origin(self) -> Projection:
        """Of the same, around the origin: cosines are kept."""
        return principal_axes(beside(self.stuff.photographs.views), self.cosine_dims, centred=False, whitened=False)

    @cached_property
    def raw(self) -> Projection:
        """Of the photographs as the network made them."""
        plain = self.stuff.photographs.views.plain
        raw = plain * self.stuff.lengths[: len(plain), None]
        return principal_axes(raw, self.linear_dims, centred=False, whitened=False)


def changes_gallery(approach: str, stuff: Material, settings: ApproachSettings) -> bool:
    """Whether a nearest neighbour sees another gallery than all photographs once: repetitions change nothing for it."""
    recipe = APPROACHES[approach]
    if recipe.interpolates:
        counts = np.bincount(stuff.photographs.identity)
        return len(counts) > 1 and bool(((counts > 1) & (counts < settings.min_count)).any())
    return not np.array_equal(recipe.rows(stuff.pool, settings).rows, np.arange(len(stuff.pool.photographs)))


def taught(approach: str, stuff: Material, settings: ApproachSettings) -> Taught:
    """What `approach` makes of the material; a pure function of the two and of the settings, seed included."""
    recipe, pool = APPROACHES[approach], stuff.pool
    draws = recipe.rows(pool, settings)
    views, classes, weight = stuff.views[draws.rows], stuff.numbers[draws.rows], draws.weight
    vectors = beside(views)
    raw = views.plain * stuff.lengths[draws.rows, None]
    behind = pool.images().iloc[draws.rows].tolist()
    made = Interpolated(vectors[:0], classes[:0], 0)
    if recipe.interpolates:
        made = interpolate(vectors, classes, settings.min_count, settings.neighbours, settings.seed)
        half = views.plain.shape[1]
        new = Views(made.vectors[:, :half], made.vectors[:, half:]).normalised()
        views = Views(np.vstack([views.plain, new.plain]), np.vstack([views.mirrored, new.mirrored]))
        vectors, classes = np.vstack([vectors, beside(new)]), np.concatenate([classes, made.classes])
        raw = np.vstack([raw, new.plain * stuff.lengths[draws.rows].mean()])
        weight = np.concatenate([weight, np.ones(len(made.classes))])
        behind += _behind(new, made.classes, stuff)
    counts = np.bincount(stuff.photographs.identity, minlength=len(stuff.identities))
    images = draws.images + len(made.classes)
    lesson = Lesson(
        vectors,
        np.asarray(raw, dtype=np.float32),
        classes,
        weight,
        images,
        len(pool.photographs),
        recipe.class_weight(counts, settings) if recipe.class_weight else None,
        recipe.offset(counts, settings) if recipe.offset else None,
        len(stuff.identities),
    )
    added = max(0, images - len(pool.photographs))
    return Taught(lesson, Gallery(views, classes), behind, images, added, made.skipped)


def network_directions(network: NetworkHead, stuff: Material) -> Floats:
    """The network's own directions, of photograph and mirror image side by side; class means where it has none."""
    plain, _ = network.rows_of(stuff.identities)
    mirrored = network.rows_of(stuff.identities, mirrored=True)[0] if network.head.reads == "each" else plain
    photographs = stuff.photographs
    fallback = means(beside(photographs.views), photographs.identity, len(stuff.identities))
    known = np.abs(plain).sum(axis=1) > 0
    return np.where(known[:, None], beside(Views(plain, mirrored)), fallback)


def _behind(new: Views, classes: Ints, stuff: Material) -> list[str]:
    """The photograph that is shown for each interpolated row: the most like it of the same identity."""
    found = supporters(classes[:, None], new, stuff.photographs)[:, 0]
    images = stuff.pool.photographs["image"].tolist()
    return [images[row] for row in found.tolist()]
