"""Train labels shuffled on fixed embeddings: every scorer that is fitted falls to what guessing gives."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from longtail.evaluation import grid
from longtail.evaluation.grid import Candidate
from longtail.evaluation.model_selection import two_fold_select
from longtail.metrics.map_at_k import map_at_k
from longtail.recognition import eval_set
from longtail.recognition.balancing.strategies import STRATEGIES, Pool, StrategySettings
from longtail.recognition.classifiers import fit
from longtail.recognition.classifiers.base import CLASSIFIERS, Head
from longtail.recognition.classifiers.class_mean import class_means
from longtail.recognition.classifiers.cosine import CosineSettings
from longtail.recognition.classifiers.fit import FitSettings
from longtail.recognition.classifiers.linear_probe import LinearProbeSettings
from longtail.recognition.classifiers.trained_head import TrainedHead
from longtail.recognition.embeddings import read
from longtail.recognition.open_set.cross_fit import assign_halves
from longtail.recognition.training_set import TrainingSet, gather
from tests.recognition.world import build

IDENTITIES = {f"whale {place:02}": count for place, count in enumerate([2] * 10 + [3] * 10 + [4] * 10 + [12] * 2)}
SETTINGS = FitSettings(StrategySettings(), LinearProbeSettings(epochs=3), CosineSettings(epochs=3), seed=0)


def shuffled(training_set: TrainingSet) -> TrainingSet:
    """The same embeddings, each under the name of another; copies go with their photographs."""
    names = np.random.default_rng(0).permutation(training_set.pool.photographs["identity"])
    of = dict(zip(training_set.pool.photographs["image"], names, strict=True))
    pool = Pool(
        training_set.pool.photographs.assign(identity=names),
        training_set.pool.copies.assign(identity=training_set.pool.copies["image"].map(of)),
    )
    return replace(
        training_set, pool=pool, identity=eval_set.encode_identities(pool.identities(), training_set.identities)
    )


def network(training_set: TrainingSet) -> TrainedHead:
    """A head that learned the given labels: each class's mean embedding, ten times as long."""
    weight = 10 * class_means(
        training_set.photographs.views.plain, training_set.photographs.identity, len(training_set.identities)
    )
    bias = np.zeros(len(weight), dtype=np.float32)
    return TrainedHead(Head(weight, bias, "softmax", "plain"), training_set.identities, {})


Found = dict[tuple[str, str], tuple[float, float]]


@pytest.fixture(scope="module")
def scores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Found]:
    """{whose labels: {(scorer, approach): (open, closed MAP@5)}}, each with its threshold fitted by halves."""
    root: Path = build(tmp_path_factory.mktemp("world"), identities=IDENTITIES, unknown=40, noise=0.6)
    artifacts = root / "artifacts"
    split = pd.read_parquet(artifacts / "split/split.parquet")
    index, embeddings = read(artifacts / "embed/labelled")
    copies = pd.read_parquet(artifacts / "oversample/augmented.parquet")
    training_set = gather((index, embeddings), artifacts / "embed/augmented", split, copies, ("train",))
    who = eval_set.make_eval_set(split, index, training_set.identities)
    half_b = assign_halves(who.clusters, ~who.known, 0)

    def score(candidates: list[Candidate]) -> tuple[float, float]:
        result, _, _ = two_fold_select(candidates, who.truth, half_b)
        return map_at_k(result.open, who.truth), map_at_k(result.closed[who.known], who.truth[who.known])

    scores = {}
    for name, labels in (("right", training_set), ("shuffled", shuffled(training_set))):
        context = fit.make_context(labels, SETTINGS, network(labels))
        pairs = grid.pairs(CLASSIFIERS, list(STRATEGIES), context)
        candidates = list(grid.fit_candidates(pairs, context, embeddings[who.rows], seeds=1))
        scores[name] = {(candidate.classifier, candidate.strategy): score([candidate]) for candidate in candidates}
        scores[name]["whatever", "was chosen"] = score(candidates)
    return scores


KNOWN = sum(max(1, count // 2) for count in IDENTITIES.values())
ALL_NEW = 40 / (40 + KNOWN)
"""Open MAP@5 of saying "new" of every photograph."""
FREQUENT = sorted((max(1, count // 2) for count in IDENTITIES.values()), reverse=True)[:5]
TRIVIAL = sum(count / place for place, count in enumerate(FREQUENT, start=1)) / KNOWN
"""Closed MAP@5 of the five most frequent identities, said of every photograph: more than five at random."""
NOISE = 3 * 0.2 / KNOWN**0.5
"""Three standard errors: an average precision that is mostly 0 spreads by about 0.2."""


def test_with_the_right_labels_every_scorer_is_far_above_the_trivial(scores: dict[str, Found]) -> None:
    assert len(scores["right"]) > 30
    assert {("trained_head", "as_trained"), ("linear_probe", "crt")} <= set(scores["right"])
    for pair, (open_score, closed) in scores["right"].items():
        assert open_score > ALL_NEW + 3 * NOISE, pair
        assert closed > TRIVIAL + 4 * NOISE, pair


def test_with_shuffled_labels_every_scorer_falls_to_the_trivial(scores: dict[str, Found]) -> None:
    assert set(scores["shuffled"]) == set(scores["right"])
    for pair, (open_score, closed) in scores["shuffled"].items():
        assert open_score < ALL_NEW + NOISE, pair
        assert closed < TRIVIAL + NOISE, pair
