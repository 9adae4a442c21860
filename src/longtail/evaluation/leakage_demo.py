"""How much a random split after augmentation inflates the scores: the 2019 post's protocol, and the honest one.

The post wrote filtered copies first and split at random afterwards (docs/concepts/the-post.md): copies of one
photograph lay in both folds, so the answer could be looked up. Here one linear probe is fitted on 80% of such rows and
scored twice: on the other 20%, and on photographs of `valid`, whose groups are not among the rows. Only the probe is
fitted, on given embeddings; `benchmarks/leaked_training.py` trains a whole network that way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from longtail.metrics.map_at_k import average_precision
from longtail.recognition.balancing.apply import FitData
from longtail.recognition.classifiers.base import head_classifier
from longtail.recognition.classifiers.comparable import among_comparable
from longtail.recognition.classifiers.linear_probe import LinearProbeSettings, fit, unprojected
from longtail.recognition.classifiers.projection import principal_axes
from longtail.recognition.embeddings import Floats, Ints, PairedEmbeddings, normalise
from longtail.recognition.eval_set import row_index
from longtail.recognition.top_k import NEW, Classifier, Gallery, rank
from longtail.recognition.training_set import TrainingSet
from longtail.recognition.traits import COLUMNS, NOT_KNOWN, Traits, concatenate

SCORED_SHARE = 0.2
"""Of the rows, as in fastai's random split of that time."""
DIGITS = 6


@dataclass(frozen=True)
class LegacyRows:
    """The rows of the post: photographs, filtered copies, and photographs of unknown label."""

    vectors: Floats  # (n, d), of unit length; a linear layer on plain embeddings, without mirror images
    classes: Ints  # (n,), identities, then one more for unknown
    times: Ints  # (n,), number of equal images that a row stands for
    images: Sequence[str]  # (n,), the source photograph of each
    identities: int
    traits: Traits | None = None  # of n rows; unknown is a class for every side and species


def legacy_rows(
    training_set: TrainingSet, split: pd.DataFrame, labelled: tuple[pd.DataFrame, PairedEmbeddings]
) -> LegacyRows:
    """The rows of the train fold, with its photographs of unknown label as one more class.

    Args:
        training_set: of the train fold.
        split: the table of `split.parquet`.
        labelled: index and embeddings of the labelled photographs.

    Returns:
        The rows: photographs, filtered copies, unknown.
    """
    index, views = labelled
    unknown = split[(split["fold"] == "train") & (split["identity"] == "")]
    unknown = unknown.assign(row=row_index(unknown["image"], index)).sort_values("image")
    unknown = unknown[unknown["row"] >= 0]
    once = np.ones(len(training_set.pool.photographs) + len(unknown), dtype=np.int64)
    times = training_set.pool.copies["repeats"].to_numpy(dtype=np.int64)
    unknown_vectors = normalise(views.plain[unknown["row"].to_numpy(dtype=np.int64)])
    of_any = Traits(np.full((len(unknown), len(COLUMNS)), NOT_KNOWN))
    return LegacyRows(
        np.vstack([training_set.views.plain, unknown_vectors]),
        np.concatenate([training_set.identity, np.full(len(unknown), len(training_set.identities))]),
        np.concatenate([once[len(unknown) :], times, once[: len(unknown)]]),
        [*training_set.pool.images(), *unknown["image"]],
        len(training_set.identities),
        concatenate(training_set.views.traits, of_any),
    )


def split_at_random(times: Ints, seed: int) -> tuple[Ints, Ints]:
    """Assign every image to training or to scoring, independently of all others.

    Args:
        times: (n,), number of equal images of each row.
        seed: of the draw.

    Returns:
        Images of each row to fit on (n,), and to score (n,); at least one image in total in each.
    """
    rows = np.repeat(np.arange(len(times)), times)
    shuffled = np.random.default_rng(seed).permutation(rows)
    count = min(max(1, round(SCORED_SHARE * len(rows))), len(rows) - 1)
    scored = np.bincount(shuffled[:count], minlength=len(times))
    return times - scored, scored


def leakage_table(
    rows: LegacyRows, queries: PairedEmbeddings, truth: Ints, settings: LinearProbeSettings, seed: int
) -> pd.DataFrame:
    """`leakage_demo.csv`: accuracy and MAP@5 of one linear probe, under `post` and `honest`; unknown is a class.

    Args:
        rows: of the post, two images at least.
        queries: embeddings of the scored photographs of `valid`.
        truth: (n,), theirs, as numbers of identities; NEW for what the train fold does not know.
        settings: of the probe.
        seed: of the random split and of the fit.

    Returns:
        A row a protocol.
    """
    fitted, scored = split_at_random(rows.times, seed)
    classifier = _fit_probe(rows, fitted, settings, seed)
    post = np.flatnonzero(scored)
    of_post = None if rows.traits is None else rows.traits[post]
    on_post = rank(classifier, PairedEmbeddings(rows.vectors[post], rows.vectors[post], of_post)).identity
    plain = normalise(queries.plain)
    on_valid = rank(classifier, PairedEmbeddings(plain, plain, queries.traits)).identity
    images = np.asarray(rows.images, dtype=object)
    learned_from = set(images[fitted > 0])  # np.isin would sort all of them
    leaked = np.average([image in learned_from for image in images[post]], weights=scored[post])
    count = int(fitted.sum())
    notes = (
        f"of {int(scored.sum()):,} images drawn at random, {leaked:.1%} show a photograph of the training rows",
        "the same probe on photographs of valid: no photograph of their groups is among the training rows",
    )
    unknown = np.where(truth == NEW, rows.identities, truth)
    post_scores = scores(on_post, rows.classes[post], scored[post])
    return pd.DataFrame(
        [
            ("post", *post_scores, len(set(images[post])), count, notes[0]),
            ("honest", *scores(on_valid, unknown, np.ones_like(truth)), len(truth), count, notes[1]),
        ],
        columns=["protocol", "accuracy", "map_at_5", "photographs", "rows", "note"],
    ).round(DIGITS)


def _fit_probe(rows: LegacyRows, fitted: Ints, settings: LinearProbeSettings, seed: int) -> Classifier:
    """A linear probe on the rows, each sampled as often as it was drawn, with the classes that a query may show."""
    kept = np.flatnonzero(fitted)
    vectors, count = rows.vectors[kept], int(fitted.sum())
    classes = rows.identities + int((rows.classes == rows.identities).any())
    data = FitData(
        vectors=vectors,
        raw=vectors,
        classes=rows.classes[kept],
        weight=fitted[kept].astype(np.float64),
        images=count,
        photographs=len(set(rows.images)),
        class_weight=None,
        offset=None,
        count=classes,
    )
    axes = principal_axes(vectors, settings.dims, centred=True, whitened=True)
    head = unprojected(fit(data, axes, settings, seed), axes)
    classifier = head_classifier(replace(head, reads="plain"), np.arange(classes), classes)
    traits = None if rows.traits is None else rows.traits[kept]
    gallery = Gallery(PairedEmbeddings(vectors, vectors, traits), rows.classes[kept])
    return among_comparable(lambda _: classifier, gallery, classes)


def scores(predicted: Ints, truth: Ints, weight: Ints) -> tuple[float, float]:
    """Accuracy and MAP@k with weights.

    Args:
        predicted: (n, k), ranked classes.
        truth: (n,).
        weight: (n,), number of images that each row stands for.

    Returns:
        Accuracy and MAP@k.
    """
    accuracy = np.average(predicted[:, 0] == truth, weights=weight)
    return float(accuracy), float(np.average(average_precision(predicted, truth), weights=weight))
