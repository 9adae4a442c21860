"""What is compared with what, how often, and that a refit is the row of the comparison."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from longtail.recognition import embeddings as views
from longtail.recognition import eval_set, training_set
from longtail.recognition.balancing import apply
from longtail.recognition.balancing.strategies import APPROACHES, ApproachSettings
from longtail.recognition.classifiers import fit, trained_head
from longtail.recognition.classifiers.base import SCORERS, Head
from longtail.recognition.classifiers.cosine import CosineSettings
from longtail.recognition.classifiers.fit import Bench, Settings
from longtail.recognition.classifiers.linear_probe import HeadSettings
from longtail.recognition.classifiers.trained_head import NetworkHead
from longtail.recognition.embeddings import Views, beside
from longtail.recognition.top_k import rank
from tests.recognition.world import build

SETTINGS = Settings(ApproachSettings(), HeadSettings(epochs=2), CosineSettings(epochs=2), seed=0)
HEADS = tuple(name for name in APPROACHES if name != "crt")


def at(root: Path, **changes: Any) -> tuple[Bench, Views]:
    """The bench of a drawn world, and the embeddings of its scored photographs."""
    build(root, **changes)
    artifacts = root / "artifacts"
    split = pd.read_parquet(artifacts / "split/split.parquet")
    index, embeddings = views.read(artifacts / "embed/labelled")
    copies = pd.read_parquet(artifacts / "oversample/augmented.parquet")
    stuff = training_set.gather((index, embeddings), artifacts / "embed/augmented", split, copies, ("train",))
    head = trained_head.read_network_head(artifacts / "train/head.safetensors", artifacts / "train/model.json")
    return fit.set_up(stuff, SETTINGS, head), embeddings[eval_set.scored(split, index, stuff.identities).rows]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Bench, Views]:
    """Read only."""
    return at(tmp_path_factory.mktemp("world"))


def arcface(bench: Bench) -> Bench:
    """The same with a network of cosines and mirror identities: class means of each view."""
    photographs = bench.stuff.photographs
    rows = [photographs.views.plain, photographs.views.mirrored]
    means = [
        np.stack([view[photographs.identity == place].mean(axis=0) for place in range(len(bench.stuff.identities))])
        for view in rows
    ]
    weight = np.vstack(means).astype(np.float32)
    head = Head(weight, np.zeros(len(weight), np.float32), "cosine", "each")
    return replace(bench, network=NetworkHead(head, bench.stuff.identities, {}))


def under(pairs: list[tuple[str, str]], scorer: str) -> list[str]:
    return [approach for name, approach in pairs if name == scorer]


def test_what_looks_at_photographs_is_compared_where_the_gallery_changes(world: tuple[Bench, Views]) -> None:
    pairs = fit.pairs(SCORERS, list(APPROACHES), world[0])
    for scorer in ("nearest_neighbour", "nearest_class_mean"):
        assert under(pairs, scorer) == ["none", "random_undersampling", "augmented_oversampling", "smote"]


def test_heads_are_compared_under_every_approach_that_means_something_to_them(world: tuple[Bench, Views]) -> None:
    pairs = fit.pairs(SCORERS, list(APPROACHES), world[0])
    assert under(pairs, "linear_probe") == list(APPROACHES)
    assert under(pairs, "cosine_classifier") == [name for name in HEADS if name != "tau_normalised"]
    assert under(pairs, "ensemble") == under(pairs, "cosine_classifier")
    assert under(pairs, "trained_head") == ["as_trained"]


def test_a_network_of_cosines_is_retrained_as_one(world: tuple[Bench, Views]) -> None:
    pairs = fit.pairs(SCORERS, list(APPROACHES), arcface(world[0]))
    assert "crt" in under(pairs, "cosine_classifier")
    assert "crt" not in under(pairs, "linear_probe")


def test_none_is_always_compared(world: tuple[Bench, Views]) -> None:
    pairs = fit.pairs(["linear_probe"], ["random_oversampling"], world[0])
    assert pairs == [("linear_probe", "none"), ("linear_probe", "random_oversampling")]


def test_where_all_were_seen_once_only_the_nearest_neighbour_is_left(tmp_path: Path) -> None:
    bench, _ = at(tmp_path, identities={"ada": 1, "bea": 1, "cleo": 1})
    assert fit.pairs(SCORERS, list(APPROACHES), bench) == [("nearest_neighbour", "none")]


def test_where_every_class_is_large_smote_and_undersampling_say_what_they_can(tmp_path: Path) -> None:
    bench, _ = at(tmp_path, identities={"ada": 12, "bea": 10})
    pairs = fit.pairs(["nearest_neighbour"], list(APPROACHES), bench)
    assert under(pairs, "nearest_neighbour") == ["none", "random_undersampling"]


def test_a_seed_repeats_what_it_changes_and_nothing_else(world: tuple[Bench, Views]) -> None:
    bench, queries = world
    pairs = fit.pairs(SCORERS, ["none", "random_undersampling", "smote"], bench)
    made = {(entry.scorer, entry.approach): entry for entry in fit.entries(pairs, bench, queries, seeds=2)}
    assert set(made) == set(pairs)
    seeds = {pair: 1 + len(entry.others) for pair, entry in made.items()}
    once = {("nearest_neighbour", "none"), ("nearest_class_mean", "none"), ("trained_head", "as_trained")}
    assert {pair for pair, count in seeds.items() if count == 1} == once
    assert all(count == 2 for pair, count in seeds.items() if pair not in once)
    assert all(len(entry.seconds) == seeds[pair] for pair, entry in made.items())
    assert made["linear_probe", "smote"].skipped == 3
    first, second = made["linear_probe", "none"].candidates, made["linear_probe", "none"].others[0]
    assert not np.array_equal(first.score, second.score)


@pytest.mark.parametrize(
    ("scorer", "approach"),
    [
        ("nearest_neighbour", "smote"),
        ("nearest_class_mean", "augmented_oversampling"),
        ("ensemble", "class_balanced"),
        ("linear_probe", "crt"),
        ("trained_head", "as_trained"),
    ],
)
def test_the_refit_is_the_first_seed_of_the_comparison(world: tuple[Bench, Views], scorer: str, approach: str) -> None:
    bench, queries = world
    [entry] = fit.entries([(scorer, approach)], bench, queries, seeds=2)
    again = fit.refit(scorer, approach, bench)
    np.testing.assert_array_equal(rank(again.score, queries).score, entry.candidates.score)
    assert len(again.images) == len(again.gallery.identity)
    names = dict(zip(bench.stuff.pool.photographs["image"], bench.stuff.pool.photographs["identity"], strict=True))
    shown = [bench.stuff.identities[number] for number in again.gallery.identity]
    assert [names[image] for image in again.images] == shown


def test_settings_survive_choice_json() -> None:
    settings = Settings(ApproachSettings(min_count=3), HeadSettings(dims=7), CosineSettings(scale=9.0), seed=5)
    assert Settings.told(asdict(settings)) == settings


def test_retraining_a_network_of_cosines_starts_at_its_own_score(world: tuple[Bench, Views]) -> None:
    bench = arcface(world[0])
    start = apply.network_directions(bench.network, bench.stuff)
    by_network = fit.refit("trained_head", "as_trained", bench).score(world[1])
    np.testing.assert_allclose(beside(world[1]) @ start.T, by_network, atol=1e-5)


def test_an_identity_that_the_network_does_not_know_starts_at_its_mean(world: tuple[Bench, Views]) -> None:
    bench = arcface(world[0])
    known = bench.stuff.identities[1:]
    rows = np.r_[1 : len(known) + 1, len(known) + 2 : 2 * len(known) + 2]
    head = replace(bench.network.head, weight=bench.network.head.weight[rows])
    start = apply.network_directions(NetworkHead(head, known, {}), bench.stuff)
    photographs = bench.stuff.photographs
    mean = beside(photographs.views)[photographs.identity == 0].mean(axis=0)
    np.testing.assert_allclose(start[0], mean, atol=1e-6)
    np.testing.assert_allclose(start[1:], apply.network_directions(bench.network, bench.stuff)[1:], atol=1e-6)


def test_directions_as_trained_are_the_networks_own_and_no_seed_moves_them(world: tuple[Bench, Views]) -> None:
    bench = arcface(world[0])
    assert ("cosine_classifier", "as_trained") in fit.pairs(SCORERS, ["none"], bench)
    assert ("ensemble", "as_trained") in fit.pairs(SCORERS, ["none"], bench)
    wanted = [("cosine_classifier", "as_trained"), ("ensemble", "as_trained"), ("trained_head", "as_trained")]
    directed, ensemble, trained_head = fit.entries(wanted, bench, world[1], seeds=3)
    np.testing.assert_array_equal(directed.candidates.identity, trained_head.candidates.identity)
    assert directed.others == ensemble.others == ()
    assert not np.array_equal(ensemble.candidates.score, directed.candidates.score)


def test_a_softmax_network_has_no_directions(world: tuple[Bench, Views]) -> None:
    assert under(fit.pairs(SCORERS, ["none"], world[0]), "ensemble") == ["none"]


def test_interpolated_rows_have_length_one_and_a_photograph_behind_them(world: tuple[Bench, Views]) -> None:
    taught = apply.taught("smote", world[0].stuff, ApproachSettings())
    np.testing.assert_allclose(np.linalg.norm(taught.gallery.views.plain, axis=1), 1, rtol=1e-5)
    assert taught.added == len(taught.behind) - len(world[0].stuff.pool.photographs) == 19  # 4 + 7 + 8 up to ten
    assert all(taught.behind)
