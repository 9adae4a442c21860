"""Every scorer under every approach that makes a difference to it, on one set of embeddings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any

import numpy as np

from longtail.recognition.balancing.apply import Axes, Taught, changes_gallery, network_directions, taught
from longtail.recognition.balancing.strategies import APPROACHES, ApproachSettings
from longtail.recognition.classifiers import cosine as cosine_head
from longtail.recognition.classifiers import linear_probe
from longtail.recognition.classifiers.base import (
    GALLERY_SCORERS,
    SCORERS,
    Head,
    both_by_gallery,
    build,
    combined,
    of_head,
)
from longtail.recognition.classifiers.trained_head import AS_TRAINED, NetworkHead
from longtail.recognition.embeddings import Floats, Views
from longtail.recognition.eval_set import numbers_of
from longtail.recognition.top_k import Candidates, Gallery, Scorer, in_blocks, rank, rank_scores
from longtail.recognition.training_set import Material

_DRAWN = ("random_undersampling", "smote")
"""Approaches whose rows depend on the seed."""
_WITH_DIRECTIONS = ("cosine_classifier", "ensemble")


@dataclass(frozen=True)
class Entry:
    """A scorer under an approach, and its candidates for all scored photographs.

    It is fitted with several seeds where a seed makes a difference; the first is the one that is scored and refitted.
    """

    approach: str
    scorer: str
    candidates: Candidates
    images: int  # training rows
    added: int  # of them added to the photographs
    skipped: int = 0  # identities that the approach could do nothing for
    others: tuple[Candidates, ...] = ()  # of the other seeds
    seconds: tuple[float, ...] = ()  # that each seed took

    @property
    def name(self) -> str:
        """As people read it."""
        return f"{self.scorer} under {self.approach}"


@dataclass(frozen=True)
class Settings:
    """What the refitted scorers are made with; `predict` refits with the same."""

    approach: ApproachSettings = field(default_factory=ApproachSettings)
    head: linear_probe.HeadSettings = field(default_factory=linear_probe.HeadSettings)
    cosine: cosine_head.CosineSettings = field(default_factory=cosine_head.CosineSettings)
    seed: int = 0

    @classmethod
    def told(cls, told: Mapping[str, Any]) -> Settings:
        """The settings that `asdict` put into choice.json."""
        return cls(
            ApproachSettings(**told["approach"]),
            linear_probe.HeadSettings(**told["head"]),
            cosine_head.CosineSettings(**told["cosine"]),
            told["seed"],
        )


@dataclass(frozen=True)
class Fitted:
    """A scorer fitted under an approach, and what it is made of."""

    score: Scorer
    gallery: Gallery
    images: Sequence[str]  # the labelled photograph behind each row of the gallery
    head: Head | None
    classes: Sequence[str]  # of the head


@dataclass(frozen=True)
class Bench:
    """What all fits of one comparison share."""

    stuff: Material
    settings: Settings
    network: NetworkHead | None
    axes: Axes


def set_up(stuff: Material, settings: Settings, network: NetworkHead | None) -> Bench:
    """The bench at which all fits of one comparison are made."""
    return Bench(stuff, settings, network, Axes(stuff, settings.head.dims, settings.cosine.dims))


def pairs(scorers: Sequence[str], approaches: Sequence[str], bench: Bench) -> list[tuple[str, str]]:
    """(scorer, approach) of every row of the comparison, in the order in which equals are preferred.

    `none` is always compared: a gain is a gain over it. What scores by the gallery appears under those approaches
    that change it. Filtered copies whose mirror images were not embedded are not compared. Where every identity was
    seen once, nothing but the nearest neighbour is left: a mean of one is itself, and there is nothing to balance.
    """
    stuff = bench.stuff
    if (stuff.pool.photographs["class_count"] <= 1).all():
        return [("nearest_neighbour", "none")]
    under = [
        "none",
        *(
            name
            for name in approaches
            if name != "none" and not (name == "augmented_oversampling" and stuff.copies_left_out)
        ),
    ]
    changing = {"none"} | {name for name in under if changes_gallery(name, stuff, bench.settings.approach)}
    found = []
    for scorer in (name for name in SCORERS if name in scorers):
        if scorer in GALLERY_SCORERS:
            found += [(scorer, name) for name in under if name in changing]
        elif scorer != "trained_head":
            found += [(scorer, name) for name in under if _makes_sense(scorer, name, bench.network)]
        if (scorer == "trained_head" and bench.network) or _directed(scorer, bench.network):
            found.append((scorer, AS_TRAINED))
    return found


def entries(wanted: Sequence[tuple[str, str]], bench: Bench, queries: Views, seeds: int) -> Iterator[Entry]:
    """Every scorer's candidates for `queries`, approach by approach; `seeds` times where a seed makes a difference."""
    for approach in dict.fromkeys(name for _, name in wanted):
        scorers = [scorer for scorer, name in wanted if name == approach]
        runs: dict[str, list[Candidates]] = {scorer: [] for scorer in scorers}
        seconds: dict[str, list[float]] = {scorer: [] for scorer in scorers}
        first = _taught(approach, bench, 0)
        remembered = _Remembered(queries)
        for step in range(seeds):
            varying = [name for name in scorers if step == 0 or varies(name, approach)]
            lesson = _taught(approach, bench, step) if step and varying and approach in _DRAWN else first
            for scorer, fitted, took in _fitted(varying, approach, lesson, bench, bench.settings.seed + step):
                started = perf_counter()
                ranked = remembered.rank(fitted, lesson) if scorer == "ensemble" else rank(fitted.score, queries)
                runs[scorer].append(ranked)
                seconds[scorer].append(took + perf_counter() - started)
        for scorer in scorers:
            candidates, *others = runs[scorer]
            counts = (first.images, first.added, first.skipped)
            yield Entry(approach, scorer, candidates, *counts, tuple(others), tuple(seconds[scorer]))


class _Remembered:
    """What a gallery says of the queries: worked out once for the combinations of all seeds that leave it as it is."""

    def __init__(self, queries: Views) -> None:
        self.queries = queries
        self.lesson: Taught | None = None
        self.scores: list[Floats] = []

    def rank(self, fitted: Fitted, lesson: Taught) -> Candidates:
        """The candidates of an ensemble, as `rank(fitted.score, queries)` gives them."""
        if fitted.head is None:
            raise ValueError("an ensemble has a head")
        if lesson is not self.lesson:
            by_gallery = both_by_gallery(fitted.gallery, len(fitted.classes))
            self.lesson, self.scores = lesson, [by_gallery(part) for part in in_blocks(self.queries)]
        by_head = of_head(fitted.head, np.arange(len(fitted.classes)), len(fitted.classes))
        parts = zip(self.scores, in_blocks(self.queries), strict=True)
        return rank_scores(combined(said, by_head(part)) for said, part in parts)


def varies(scorer: str, approach: str) -> bool:
    """Whether a seed makes a difference: to what an approach draws, or to how a head is fitted."""
    return approach != AS_TRAINED and (approach in _DRAWN or scorer not in GALLERY_SCORERS)


def refit(scorer: str, approach: str, bench: Bench) -> Fitted:
    """One scorer under one approach with the first seed, as `predict` needs it."""
    lesson = _taught("none" if approach == AS_TRAINED else approach, bench, 0)
    [(_, fitted, _)] = _fitted([scorer], approach, lesson, bench, bench.settings.seed)
    return fitted


def _taught(approach: str, bench: Bench, step: int) -> Taught:
    name = "none" if approach == AS_TRAINED else approach
    settings = bench.settings.approach
    return taught(name, bench.stuff, replace(settings, seed=settings.seed + step))


def _fitted(
    scorers: Sequence[str], approach: str, lesson: Taught, bench: Bench, seed: int
) -> Iterator[tuple[str, Fitted, float]]:
    """Each scorer with the seconds that it took; the directions of a cosine head are fitted once for all that ask."""
    started = perf_counter()
    directions = _directions(approach, lesson, bench, seed) if {*scorers} & {*_WITH_DIRECTIONS} else None
    shared = perf_counter() - started
    identities = bench.stuff.identities
    for scorer in scorers:
        started = perf_counter()
        head, classes = None, identities
        if scorer in _WITH_DIRECTIONS:
            head = directions
        elif scorer == "linear_probe":
            head = _linear(approach, lesson, bench, seed)
        elif scorer == "trained_head" and bench.network is not None:
            head, classes = bench.network.head, list(bench.network.classes)
        columns = numbers_of(classes, identities)
        made = build(scorer, lesson.gallery, head, columns, len(identities))
        took = perf_counter() - started + (shared if scorer in _WITH_DIRECTIONS else 0.0)
        yield scorer, Fitted(made, lesson.gallery, lesson.behind, head, classes), took


def _directions(approach: str, lesson: Taught, bench: Bench, seed: int) -> Head:
    start = None
    if bench.network is not None and approach == AS_TRAINED:
        own = network_directions(bench.network, bench.stuff)
        return Head(own, np.zeros(len(own), np.float32), "cosine", "both")
    if bench.network is not None and APPROACHES[approach].starts_from == "network":
        start = network_directions(bench.network, bench.stuff)
    return cosine_head.fit(lesson.lesson, bench.axes.around_origin, bench.settings.cosine, seed, start)


def _linear(approach: str, lesson: Taught, bench: Bench, seed: int) -> Head:
    settings, recipe = bench.settings.head, APPROACHES[approach]
    if recipe.starts_from == "network" and bench.network is not None:
        start = bench.network.rows_of(bench.stuff.identities)
        return linear_probe.retrain(lesson.lesson, bench.axes.raw, settings, seed, start)
    tau = bench.settings.approach.tau if recipe.even_lengths else 0.0
    return linear_probe.fit(lesson.lesson, bench.axes.whitened, settings, seed, tau)


def _directed(scorer: str, network: NetworkHead | None) -> bool:
    """Whether the network has directions that `scorer` can take as they are."""
    return scorer in _WITH_DIRECTIONS and network is not None and network.head.form == "cosine"


def _makes_sense(scorer: str, approach: str, network: NetworkHead | None) -> bool:
    """Directions have one length anyway; a layer is retrained from the network's own, which is of one form."""
    recipe, form = APPROACHES[approach], "softmax" if scorer == "linear_probe" else "cosine"
    if recipe.starts_from == "network":
        return network is not None and network.head.form == form
    return form == "softmax" or not recipe.even_lengths
