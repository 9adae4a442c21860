"""What is compared with what, how often, and that a refit is the row of the comparison."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from longtail.errors import BadParameter
from longtail.evaluation import grid
from longtail.recognition import eval_set
from longtail.recognition.balancing import apply
from longtail.recognition.balancing.strategies import STRATEGIES, StrategySettings
from longtail.recognition.classifiers import fit, trained_head
from longtail.recognition.classifiers.base import CLASSIFIERS, Head
from longtail.recognition.classifiers.cosine import CosineSettings
from longtail.recognition.classifiers.fit import FitContext, FitSettings
from longtail.recognition.classifiers.linear_probe import LinearProbeSettings
from longtail.recognition.classifiers.trained_head import TrainedHead
from longtail.recognition.embeddings import PairedEmbeddings, concat_views, read
from longtail.recognition.top_k import rank
from longtail.recognition.training_set import gather
from tests.recognition.world import build

SETTINGS = FitSettings(StrategySettings(), LinearProbeSettings(epochs=2), CosineSettings(epochs=2), seed=0)
HEADS = tuple(name for name in STRATEGIES if name != "crt")


def at(root: Path, **changes: Any) -> tuple[FitContext, PairedEmbeddings]:
    """The context of a drawn world, and the embeddings of its scored photographs."""
    build(root, **changes)
    artifacts = root / "artifacts"
    split = pd.read_parquet(artifacts / "split/split.parquet")
    index, embeddings = read(artifacts / "embed/labelled")
    copies = pd.read_parquet(artifacts / "oversample/augmented.parquet")
    training_set = gather((index, embeddings), artifacts / "embed/augmented", split, copies, ("train",))
    head = trained_head.read_trained_head(artifacts / "train/head.safetensors", artifacts / "train/model.json")
    return fit.make_context(training_set, SETTINGS, head), embeddings[
        eval_set.make_eval_set(split, index, training_set.identities).rows
    ]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[FitContext, PairedEmbeddings]:
    """Read only."""
    return at(tmp_path_factory.mktemp("world"))


def arcface(context: FitContext) -> FitContext:
    """The same with a network of cosines and mirror identities: class means of each view."""
    photographs = context.training_set.photographs
    rows = [photographs.views.plain, photographs.views.mirrored]
    means = [
        np.stack(
            [
                view[photographs.identity == number].mean(axis=0)
                for number in range(len(context.training_set.identities))
            ]
        )
        for view in rows
    ]
    weight = np.vstack(means).astype(np.float32)
    head = Head(weight, np.zeros(len(weight), np.float32), "cosine", "each")
    return replace(context, network=TrainedHead(head, context.training_set.identities, {}))


def under(pairs: list[tuple[str, str]], classifier: str) -> list[str]:
    return [strategy for name, strategy in pairs if name == classifier]


def test_what_looks_at_photographs_is_compared_where_the_gallery_changes(
    world: tuple[FitContext, PairedEmbeddings],
) -> None:
    pairs = grid.pairs(CLASSIFIERS, list(STRATEGIES), world[0])
    for classifier in ("nearest_neighbour", "nearest_class_mean"):
        assert under(pairs, classifier) == ["none", "random_undersampling", "augmented_oversampling", "smote"]


def test_heads_are_compared_under_every_approach_that_means_something_to_them(
    world: tuple[FitContext, PairedEmbeddings],
) -> None:
    pairs = grid.pairs(CLASSIFIERS, list(STRATEGIES), world[0])
    assert under(pairs, "linear_probe") == list(STRATEGIES)
    assert under(pairs, "cosine_classifier") == [name for name in HEADS if name != "tau_normalised"]
    assert under(pairs, "ensemble") == under(pairs, "cosine_classifier")
    assert under(pairs, "trained_head") == ["as_trained"]


def test_a_network_of_cosines_is_retrained_as_one(world: tuple[FitContext, PairedEmbeddings]) -> None:
    pairs = grid.pairs(CLASSIFIERS, list(STRATEGIES), arcface(world[0]))
    assert "crt" in under(pairs, "cosine_classifier")
    assert "crt" not in under(pairs, "linear_probe")


def test_none_is_always_compared(world: tuple[FitContext, PairedEmbeddings]) -> None:
    pairs = grid.pairs(["linear_probe"], ["random_oversampling"], world[0])
    assert pairs == [("linear_probe", "none"), ("linear_probe", "random_oversampling")]


def test_a_backbone_without_training_has_no_head_to_compare(world: tuple[FitContext, PairedEmbeddings]) -> None:
    context = replace(world[0], network=None)
    assert "trained_head" not in {classifier for classifier, _ in grid.pairs(CLASSIFIERS, list(STRATEGIES), context)}
    with pytest.raises(BadParameter, match="trained_head alone is compared, and the backbone was not trained"):
        grid.pairs(["trained_head"], ["none"], context)


def test_where_all_were_seen_once_only_the_nearest_neighbour_is_left(tmp_path: Path) -> None:
    context, _ = at(tmp_path, identities={"ada": 1, "bea": 1, "cleo": 1})
    assert grid.pairs(CLASSIFIERS, list(STRATEGIES), context) == [("nearest_neighbour", "none")]


def test_where_every_class_is_large_smote_and_undersampling_say_what_they_can(tmp_path: Path) -> None:
    context, _ = at(tmp_path, identities={"ada": 12, "bea": 10})
    pairs = grid.pairs(["nearest_neighbour"], list(STRATEGIES), context)
    assert under(pairs, "nearest_neighbour") == ["none", "random_undersampling"]


def test_a_seed_repeats_what_it_changes_and_nothing_else(world: tuple[FitContext, PairedEmbeddings]) -> None:
    context, queries = world
    pairs = grid.pairs(CLASSIFIERS, ["none", "random_undersampling", "smote"], context)
    approaches = {
        (candidate.classifier, candidate.strategy): candidate
        for candidate in grid.fit_candidates(pairs, context, queries, seeds=2)
    }
    assert set(approaches) == set(pairs)
    seeds = {pair: 1 + len(candidate.other_seeds) for pair, candidate in approaches.items()}
    once = {("nearest_neighbour", "none"), ("nearest_class_mean", "none"), ("trained_head", "as_trained")}
    assert {pair for pair, count in seeds.items() if count == 1} == once
    assert all(count == 2 for pair, count in seeds.items() if pair not in once)
    assert all(len(candidate.seconds) == seeds[pair] for pair, candidate in approaches.items())
    assert approaches["linear_probe", "smote"].skipped == 3
    first, second = approaches["linear_probe", "none"].top_k, approaches["linear_probe", "none"].other_seeds[0]
    assert not np.array_equal(first.score, second.score)


@pytest.mark.parametrize(
    ("classifier", "strategy"),
    [
        ("nearest_neighbour", "smote"),
        ("nearest_class_mean", "augmented_oversampling"),
        ("ensemble", "class_balanced"),
        ("linear_probe", "crt"),
        ("trained_head", "as_trained"),
    ],
)
def test_the_refit_is_the_first_seed_of_the_comparison(
    world: tuple[FitContext, PairedEmbeddings], classifier: str, strategy: str
) -> None:
    context, queries = world
    [candidate] = grid.fit_candidates([(classifier, strategy)], context, queries, seeds=2)
    again = fit.refit(classifier, strategy, context)
    np.testing.assert_array_equal(rank(again.score, queries).score, candidate.top_k.score)
    assert len(again.images) == len(again.gallery.identity)
    names = dict(
        zip(
            context.training_set.pool.photographs["image"],
            context.training_set.pool.photographs["identity"],
            strict=True,
        )
    )
    identities = [context.training_set.identities[number] for number in again.gallery.identity]
    assert [names[image] for image in again.images] == identities


def test_a_refit_is_made_once_and_shared_with_its_re_ranking(world: tuple[FitContext, PairedEmbeddings]) -> None:
    context = replace(world[0])
    plain = fit.refit("cosine_classifier", "none", context)
    scaled = fit.refit("cosine_classifier", "none", context, "local_scaling")
    assert (plain.reranking, scaled.reranking) == ("none", "local_scaling")
    assert scaled.head is plain.head
    assert fit.refit("cosine_classifier", "none", context, "local_scaling") is scaled
    assert fit.refit("cosine_classifier", "none", replace(context)) is not plain, "another context, another fit"


def test_settings_survive_choice_json() -> None:
    settings = FitSettings(
        StrategySettings(min_count=3), LinearProbeSettings(dims=7), CosineSettings(scale=9.0), seed=5
    )
    assert FitSettings.from_dict(asdict(settings)) == settings


def test_retraining_a_network_of_cosines_starts_at_its_own_score(world: tuple[FitContext, PairedEmbeddings]) -> None:
    context = arcface(world[0])
    start = trained_head.class_directions(context.network, context.training_set)
    by_network = fit.refit("trained_head", "as_trained", context).score(world[1])
    np.testing.assert_allclose(concat_views(world[1]) @ start.T, by_network, atol=1e-5)


def test_an_identity_that_the_network_does_not_know_starts_at_its_mean(
    world: tuple[FitContext, PairedEmbeddings],
) -> None:
    context = arcface(world[0])
    known = context.training_set.identities[1:]
    rows = np.r_[1 : len(known) + 1, len(known) + 2 : 2 * len(known) + 2]
    head = replace(context.network.head, weight=context.network.head.weight[rows])
    start = trained_head.class_directions(TrainedHead(head, known, {}), context.training_set)
    photographs = context.training_set.photographs
    mean = concat_views(photographs.views)[photographs.identity == 0].mean(axis=0)
    np.testing.assert_allclose(start[0], mean, atol=1e-6)
    np.testing.assert_allclose(
        start[1:], trained_head.class_directions(context.network, context.training_set)[1:], atol=1e-6
    )


def test_directions_as_trained_are_the_networks_own_and_no_seed_moves_them(
    world: tuple[FitContext, PairedEmbeddings],
) -> None:
    context = arcface(world[0])
    assert ("cosine_classifier", "as_trained") in grid.pairs(CLASSIFIERS, ["none"], context)
    assert ("ensemble", "as_trained") in grid.pairs(CLASSIFIERS, ["none"], context)
    wanted = [("cosine_classifier", "as_trained"), ("ensemble", "as_trained"), ("trained_head", "as_trained")]
    directed, combination, network_head = grid.fit_candidates(wanted, context, world[1], seeds=3)
    np.testing.assert_array_equal(directed.top_k.identity, network_head.top_k.identity)
    assert directed.other_seeds == combination.other_seeds == ()
    assert not np.array_equal(combination.top_k.score, directed.top_k.score)


def test_a_softmax_network_has_no_directions(world: tuple[FitContext, PairedEmbeddings]) -> None:
    assert under(grid.pairs(CLASSIFIERS, ["none"], world[0]), "ensemble") == ["none"]


def test_interpolated_rows_have_length_one_and_a_photograph_behind_them(
    world: tuple[FitContext, PairedEmbeddings],
) -> None:
    taught = apply.apply_strategy("smote", world[0].training_set, StrategySettings())
    np.testing.assert_allclose(np.linalg.norm(taught.gallery.views.plain, axis=1), 1, rtol=1e-5)
    assert (
        taught.added == len(taught.source_images) - len(world[0].training_set.pool.photographs) == 19
    )  # 4 + 7 + 8 up to ten
    assert all(taught.source_images)
