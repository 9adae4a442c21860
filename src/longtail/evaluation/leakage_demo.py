"""What the 2019 post's way of scoring would have said of a head on these embeddings, beside what is so.

The post wrote filtered copies first and split at random afterwards (docs/concepts/the-post.md): copies of one
photograph lay on both sides, and the answer could be looked up. Here one head is fitted on 80% of such rows and scored
twice: on the other 20%, and on photographs of `valid`, whose groups lie nowhere in the rows. It is a head refitted on
embeddings, not a training; `benchmarks/leaked_training.py` trains a whole network that way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from longtail.metrics.map_at_k import average_precision
from longtail.recognition.classifiers.base import of_head
from longtail.recognition.classifiers.linear_probe import HeadSettings, fit
from longtail.recognition.classifiers.optim import Lesson, principal_axes
from longtail.recognition.embeddings import Floats, Ints, Views, normalise
from longtail.recognition.eval_set import rows_of
from longtail.recognition.top_k import NEW, Scorer, rank
from longtail.recognition.training_set import Material

SCORED_SHARE = 0.2
"""Of the rows, as in fastai's random split of that time."""
DIGITS = 6


@dataclass(frozen=True)
class Rows:
    """What the post would have trained and scored on: photographs, filtered copies, and those of unknown label."""

    vectors: Floats  # (n, d), embeddings of length 1; a plain layer looks at no mirror image
    classes: Ints  # (n,), identities, then one more for unknown
    times: Ints  # (n,), how many equal images a row stands for
    images: Sequence[str]  # (n,), the photograph behind each
    identities: int


def rows_as_the_post(stuff: Material, split: pd.DataFrame, labelled: tuple[pd.DataFrame, Views]) -> Rows:
    """The rows of the train fold in `stuff`, and its photographs of unknown label as one more class."""
    index, views = labelled
    unknown = split[(split["fold"] == "train") & (split["identity"] == "")]
    unknown = unknown.assign(row=rows_of(unknown["image"], index)).sort_values("image")
    unknown = unknown[unknown["row"] >= 0]
    once = np.ones(len(stuff.pool.photographs) + len(unknown), dtype=np.int64)
    times = stuff.pool.copies["repeats"].to_numpy(dtype=np.int64)
    return Rows(
        np.vstack([stuff.views.plain, normalise(views.plain[unknown["row"].to_numpy(dtype=np.int64)])]),
        np.concatenate([stuff.numbers, np.full(len(unknown), len(stuff.identities))]),
        np.concatenate([once[len(unknown) :], times, once[: len(unknown)]]),
        [*stuff.pool.images(), *unknown["image"]],
        len(stuff.identities),
    )


def split_at_random(times: Ints, seed: int) -> tuple[Ints, Ints]:
    """How many of each row's equal images are learned from, and how many are scored: every image drawn by itself.

    At least one image is scored, and one is learned from.
    """
    place = np.repeat(np.arange(len(times)), times)
    drawn = np.random.default_rng(seed).permutation(place)
    count = min(max(1, round(SCORED_SHARE * len(place))), len(place) - 1)
    scored = np.bincount(drawn[:count], minlength=len(times))
    return times - scored, scored


def leak_audit(rows: Rows, queries: Views, truth: Ints, settings: HeadSettings, seed: int) -> pd.DataFrame:
    """`leakage_demo.csv`: the scores of one head, `post` and `honest`; accuracy and MAP@5 with unknown as a class.

    Args:
        rows: what the post would have trained and scored on, two images at least.
        queries: embeddings of the scored photographs of `valid`.
        truth: (n,), theirs, counted into the identities; NEW for what the train fold does not know.
        settings: of the head.
        seed: of the random split and of the fit.
    """
    learned, scored = split_at_random(rows.times, seed)
    scorer = _fitted(rows, learned, settings, seed)
    post = np.flatnonzero(scored)
    own = rank(scorer, _seen_plainly(rows.vectors[post])).identity
    others = rank(scorer, _seen_plainly(normalise(queries.plain))).identity
    images = np.asarray(rows.images, dtype=object)
    leaked = np.average(np.isin(images[post], images[learned > 0]), weights=scored[post])
    count = int(learned.sum())
    said = (
        f"of {int(scored.sum()):,} images drawn at random, {leaked:.1%} show a photograph that was learned from",
        "the same head on photographs of valid: nothing of their groups was learned from",
    )
    unknown = np.where(truth == NEW, rows.identities, truth)
    return pd.DataFrame(
        [
            ("post", *scores(own, rows.classes[post], scored[post]), len(set(images[post])), count, said[0]),
            ("honest", *scores(others, unknown, np.ones_like(truth)), len(truth), count, said[1]),
        ],
        columns=["protocol", "accuracy", "map_at_5", "photographs", "rows", "note"],
    ).round(DIGITS)


def _fitted(rows: Rows, learned: Ints, settings: HeadSettings, seed: int) -> Scorer:
    """A linear head on the rows, each as often as it was drawn."""
    kept = np.flatnonzero(learned)
    vectors, count = rows.vectors[kept], int(learned.sum())
    classes = rows.identities + int((rows.classes == rows.identities).any())
    lesson = Lesson(
        vectors=vectors,
        raw=vectors,
        classes=rows.classes[kept],
        weight=learned[kept].astype(np.float64),
        images=count,
        photographs=len(set(rows.images)),
        class_weight=None,
        offset=None,
        count=classes,
    )
    head = fit(lesson, principal_axes(vectors, settings.dims, centred=True, whitened=True), settings, seed)
    return of_head(replace(head, reads="plain"), np.arange(classes), classes)


def _seen_plainly(vectors: Floats) -> Views:
    return Views(vectors, vectors)


def scores(guesses: Ints, truth: Ints, weight: Ints) -> tuple[float, float]:
    """Accuracy and MAP@5, every image counted."""
    first = np.average(guesses[:, 0] == truth, weights=weight)
    return float(first), float(np.average(average_precision(guesses, truth), weights=weight))
