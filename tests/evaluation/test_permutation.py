"""Train labels shuffled on fixed embeddings: every scorer that is fitted falls to what guessing gives."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from longtail.evaluation.model_selection import two_halves
from longtail.metrics.map_at_k import map_at_k
from longtail.recognition import embeddings as views
from longtail.recognition import eval_set, training_set
from longtail.recognition.balancing.strategies import APPROACHES, ApproachSettings, Pool
from longtail.recognition.classifiers import fit
from longtail.recognition.classifiers.base import SCORERS, Head, means
from longtail.recognition.classifiers.cosine import CosineSettings
from longtail.recognition.classifiers.fit import Entry, Settings
from longtail.recognition.classifiers.linear_probe import HeadSettings
from longtail.recognition.classifiers.trained_head import NetworkHead
from longtail.recognition.open_set.cross_fit import halve
from longtail.recognition.training_set import Material
from tests.recognition.world import build

IDENTITIES = {f"whale {place:02}": count for place, count in enumerate([2] * 10 + [3] * 10 + [4] * 10 + [12] * 2)}
SETTINGS = Settings(ApproachSettings(), HeadSettings(epochs=3), CosineSettings(epochs=3), seed=0)


def shuffled(stuff: Material) -> Material:
    """The same embeddings, each under the name of another; copies go with their photographs."""
    names = np.random.default_rng(0).permutation(stuff.pool.photographs["identity"])
    of = dict(zip(stuff.pool.photographs["image"], names, strict=True))
    pool = Pool(
        stuff.pool.photographs.assign(identity=names),
        stuff.pool.copies.assign(identity=stuff.pool.copies["image"].map(of)),
    )
    return replace(stuff, pool=pool, numbers=eval_set.numbers_of(pool.identities(), stuff.identities))


def network(stuff: Material) -> NetworkHead:
    """A head that learned the given labels: each class's mean embedding, ten times as long."""
    weight = 10 * means(stuff.photographs.views.plain, stuff.photographs.identity, len(stuff.identities))
    bias = np.zeros(len(weight), dtype=np.float32)
    return NetworkHead(Head(weight, bias, "softmax", "plain"), stuff.identities, {})


Found = dict[tuple[str, str], tuple[float, float]]


@pytest.fixture(scope="module")
def scores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Found]:
    """{whose labels: {(scorer, approach): (open, closed MAP@5)}}, each with its threshold fitted by halves."""
    root: Path = build(tmp_path_factory.mktemp("world"), identities=IDENTITIES, unknown=40, noise=0.6)
    artifacts = root / "artifacts"
    split = pd.read_parquet(artifacts / "split/split.parquet")
    index, embeddings = views.read(artifacts / "embed/labelled")
    copies = pd.read_parquet(artifacts / "oversample/augmented.parquet")
    stuff = training_set.gather((index, embeddings), artifacts / "embed/augmented", split, copies, ("train",))
    who = eval_set.scored(split, index, stuff.identities)
    half_b = halve(who.clusters, ~who.known, 0)

    def score(entries: list[Entry]) -> tuple[float, float]:
        outcome, _, _ = two_halves(entries, who.truth, half_b)
        return map_at_k(outcome.guesses, who.truth), map_at_k(outcome.closed[who.known], who.truth[who.known])

    found = {}
    for name, given in (("right", stuff), ("shuffled", shuffled(stuff))):
        bench = fit.set_up(given, SETTINGS, network(given))
        pairs = fit.pairs(SCORERS, list(APPROACHES), bench)
        entries = list(fit.entries(pairs, bench, embeddings[who.rows], seeds=1))
        found[name] = {(entry.scorer, entry.approach): score([entry]) for entry in entries}
        found[name]["whatever", "was chosen"] = score(entries)
    return found


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
