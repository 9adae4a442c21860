"""Every scorer under every approach that makes a difference to it, on one set of embeddings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from longtail.scoring import linear_head
from longtail.scoring.approaches import APPROACHES, ApproachSettings, Draws, Pool, changes_gallery
from longtail.scoring.candidates import Gallery, Scorer, rank
from longtail.scoring.choice import Entry
from longtail.scoring.material import Material
from longtail.scoring.scorers import Head, linear, nearest_neighbour
from longtail.scoring.views import Views


@dataclass(frozen=True)
class Settings:
    """What the refitted scorers are made with; `predict` refits with the same."""

    approach: ApproachSettings
    head: linear_head.HeadSettings
    seed: int = 0


@dataclass(frozen=True)
class Fitted:
    """A scorer fitted under an approach."""

    score: Scorer
    draws: Draws
    head: Head | None = None


def pairs(
    scorers: Sequence[str], approaches: Sequence[str], stuff: Material, settings: Settings
) -> list[tuple[str, str]]:
    """(scorer, approach) of every refitted row of the comparison, in the order in which equals are preferred.

    A nearest neighbour appears under `none`, and under those approaches that change its gallery; not under one that
    adds filtered copies whose mirror images were not embedded, since it compares both.
    """
    found = []
    if "nearest_neighbour" in scorers:
        found.append(("nearest_neighbour", "none"))
        drawn = {name: APPROACHES[name](stuff.pool, settings.approach) for name in approaches}
        found += [
            ("nearest_neighbour", name)
            for name, draws in drawn.items()
            if changes_gallery(draws, stuff.pool) and (stuff.mirrored_copies or not _uses_copies(draws, stuff.pool))
        ]
    if "linear_head" in scorers:
        found += [("linear_head", name) for name in approaches]
    return found


def fitted(
    scorer: str, approach: str, stuff: Material, settings: Settings, whitening: linear_head.Whitening | None
) -> Fitted:
    """A scorer fitted under an approach. A linear head needs the `whitening` of the photographs (see `whitened`)."""
    draws = APPROACHES[approach](stuff.pool, settings.approach)
    if scorer == "nearest_neighbour":
        gallery = Gallery(stuff.views[draws.rows], stuff.numbers[draws.rows])
        return Fitted(nearest_neighbour(gallery, len(stuff.identities)), draws)
    if scorer != "linear_head" or whitening is None:
        raise ValueError(f"{scorer!r} cannot be fitted")
    head = linear_head.fit(
        stuff.views.plain[draws.rows],
        stuff.numbers[draws.rows],
        draws.weight,
        len(stuff.identities),
        whitening,
        settings.head,
        steps=linear_head.steps_for(len(stuff.pool.photographs), settings.head),
        seed=settings.seed,
    )
    every = np.arange(len(stuff.identities))
    return Fitted(linear(head, every, len(every)), draws, head)


def entries(
    scorers: Sequence[str], approaches: Sequence[str], stuff: Material, queries: Views, settings: Settings
) -> Iterator[Entry]:
    """Every refitted scorer's candidates for `queries`, one fit after another."""
    wanted = pairs(scorers, approaches, stuff, settings)
    whitening = whitened(stuff, settings) if any(scorer == "linear_head" for scorer, _ in wanted) else None
    for scorer, approach in wanted:
        made = fitted(scorer, approach, stuff, settings, whitening)
        added = max(0, made.draws.images - len(stuff.pool.photographs))
        yield Entry(approach, scorer, rank(made.score, queries), made.draws.images, added)


def whitened(stuff: Material, settings: Settings) -> linear_head.Whitening:
    """The whitening of the photographs, the same for every approach."""
    return linear_head.whiten(stuff.photographs.views.plain, settings.head.dims)


def _uses_copies(draws: Draws, pool: Pool) -> bool:
    return bool((draws.rows >= len(pool.photographs)).any())
