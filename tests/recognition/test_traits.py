"""Which photographs may be compared, and that every classifier keeps to it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtail.evaluation.baselines import duplicates_only, most_frequent
from longtail.recognition import traits
from longtail.recognition.balancing.apply import apply_strategy
from longtail.recognition.balancing.strategies import Pool, StrategySettings
from longtail.recognition.classifiers.base import CLASSIFIERS, Head
from longtail.recognition.classifiers.factory import build
from longtail.recognition.embeddings import PairedEmbeddings, with_traits
from longtail.recognition.eval_set import reachable_truth
from longtail.recognition.top_k import NEW, NONE, Gallery, best_match, rank, similarities
from longtail.recognition.training_set import make_training_set
from longtail.recognition.traits import of_words

SIDES, SPECIES = st.sampled_from(["", "left", "right", "front"]), st.sampled_from(["", "whale", "seal"])
PHOTOGRAPHS = st.lists(st.tuples(SIDES, SPECIES, st.integers(0, 4)), min_size=1, max_size=12)
IDENTITIES = 5


def drawn(photographs: list[tuple[str, str, int]], seed: int) -> PairedEmbeddings:
    plain, mirrored = np.random.default_rng(seed).normal(size=(2, len(photographs), 4)).astype(np.float32)
    words = [side for side, _, _ in photographs], [species for _, species, _ in photographs]
    return PairedEmbeddings(plain, mirrored, of_words(*words)).normalised()


def may_be_compared(one: tuple[str, str, int], other: tuple[str, str, int]) -> bool:
    return all(not word or not its or word == its for word, its in zip(one[:2], other[:2], strict=True))


@pytest.mark.parametrize("name", CLASSIFIERS)
@given(queries=PHOTOGRAPHS, gallery=PHOTOGRAPHS)
def test_every_classifier_ranks_exactly_the_identities_with_a_comparable_photograph(
    name: str, queries: list[tuple[str, str, int]], gallery: list[tuple[str, str, int]]
) -> None:
    views, others = drawn(queries, 0), drawn(gallery, 1)
    identity = np.array([number for _, _, number in gallery])
    rng = np.random.default_rng(2)
    reads, width = ("plain", 4) if name == "trained_head" else ("both", 8)
    head = Head(
        rng.normal(size=(IDENTITIES, width)).astype(np.float32), np.zeros(IDENTITIES, np.float32), "cosine", reads
    )
    labelled = Gallery(others, identity)
    top_k = rank(build(name, labelled, head, np.arange(IDENTITIES), IDENTITIES), views)
    matches = best_match(top_k.identity, views, labelled)
    for row, query in enumerate(queries):
        reached = {number for *words, number in gallery if may_be_compared(query, (*words, number))}
        assert set(top_k.identity[row].tolist()) - {NONE} == reached
        assert np.isfinite(top_k.score[row, : len(reached)]).all()
        for column in range(len(reached)):
            match = gallery[matches[row, column]]
            assert may_be_compared(query, match)
            assert match[2] == top_k.identity[row, column]
    truth = reachable_truth(np.array([number for _, _, number in queries]), views, labelled)
    for row, query in enumerate(queries):
        reached = {number for *words, number in gallery if may_be_compared(query, (*words, number))}
        assert truth[row] == (query[2] if query[2] in reached else NEW)


@given(one=PHOTOGRAPHS, other=PHOTOGRAPHS)
def test_being_comparable_is_mutual_and_what_the_words_say(
    one: list[tuple[str, str, int]], other: list[tuple[str, str, int]]
) -> None:
    first, second = drawn(one, 0).traits, drawn(other, 1).traits
    assert first is not None
    assert second is not None
    expected = [[may_be_compared(a, b) for b in other] for a in one]
    assert first.comparable(second).tolist() == expected
    assert second.comparable(first).T.tolist() == expected
    rows = np.concatenate([rows for _, rows in first.distinct()])
    assert sorted(rows.tolist()) == list(range(len(one)))


@pytest.mark.parametrize("name", ["nearest_neighbour", "nearest_class_mean"])
def test_the_two_sides_of_an_individual_are_two_galleries_and_one_answer(name: str) -> None:
    plain = np.array([[1, 0], [0, 1], [0.6, 0.8]], np.float32)  # ada left, ada right, bo left
    gallery = Gallery(
        PairedEmbeddings(plain, plain, of_words(["left", "right", "left"], [""] * 3)), np.array([0, 0, 1])
    )
    look = np.array([[0, 1], [0, 1]], np.float32)
    queries = PairedEmbeddings(look, look, of_words(["left", "right"], [""] * 2))
    scores = build(name, gallery, None, np.arange(2), 2)(queries)
    np.testing.assert_allclose(scores, [[0, 0.8], [1, -np.inf]], atol=1e-6)


def test_without_sides_and_species_nothing_is_masked() -> None:
    views = drawn([("left", "whale", 0), ("right", "seal", 1)], 0)
    bare = PairedEmbeddings(views.plain, views.mirrored)
    assert np.isfinite(similarities(bare, bare)).all()
    assert np.isinf(similarities(views, views)).sum() == 2
    with pytest.raises(ValueError, match="the queries have none"):
        build("nearest_neighbour", Gallery(views, np.array([0, 1])), None, np.arange(2), 2)(bare)


def test_smote_interpolates_within_a_side() -> None:
    plain = np.array([[1, 0], [0.9, 0.1], [0, 1], [0.1, 0.9], [-1, 0], [-1, 0.1]], np.float32)
    views = PairedEmbeddings(plain, plain, of_words(["left", "left", "right", "right", "left", "left"], [""] * 6))
    photographs = pd.DataFrame(
        {"image": list("abcdef"), "identity": ["ada"] * 4 + ["bo"] * 2, "class_count": [4] * 4 + [2] * 2}
    )
    pool = Pool(photographs, pd.DataFrame({"image": [], "identity": [], "repeats": []}))
    training_set = make_training_set(pool, views, mirrored_copies=True)
    balanced = apply_strategy("smote", training_set, StrategySettings(min_count=4))
    new, of = balanced.gallery.views[slice(6, None)], balanced.source_images[6:]
    assert len(new) == 6  # each of the three sides gets two
    assert new.traits is not None
    for row, image in enumerate(of):
        source = training_set.views.traits
        assert source is not None
        at = np.array(["abcdef".index(image)])
        assert new.traits[np.array([row])].comparable_pairs(source[at]).all()
        assert (new.plain[row] @ training_set.views.plain[at[0]]) > 0.98  # no mean of left and right
    assert balanced.gallery.identity[6:].tolist().count(0) == 4


def test_the_baselines_keep_to_sides_too() -> None:
    of, queries = of_words(["left", "left", "right"], [""] * 3), of_words(["right", "left", "front"], [""] * 3)
    ranked = most_frequent(3, np.array([0, 0, 1]), queries, of).closed
    assert ranked[:, 0].tolist() == [1, 0, NONE]
    hashes = np.zeros(3, np.uint64)
    copied = duplicates_only(hashes, hashes, np.array([0, 0, 1]), queries, of).open
    assert copied[:, 0].tolist() == [1, 0, NEW]


def test_the_words_come_from_prepares_table(tmp_path: Path) -> None:
    table = tmp_path / "labelled.parquet"
    pd.DataFrame({"image": ["a", "b"], "side": ["left", ""]}).to_parquet(table)
    part = (
        pd.DataFrame({"image": ["b", "a"]}),
        PairedEmbeddings(np.eye(2, dtype=np.float32), np.eye(2, dtype=np.float32)),
    )
    _, views = with_traits(part, table)
    assert views.traits is not None
    assert views.traits.numbers.tolist() == of_words(["", "left"], ["", ""]).numbers.tolist()
    assert traits.vocabulary(traits.read(table)) == {"side": ["left"]}
    assert traits.not_known(traits.read(table)) == {"side_not_known": 1}
    pd.DataFrame({"image": ["a", "b"]}).to_parquet(table)
    assert with_traits(part, table) is part
    assert traits.not_known(traits.read(table)) == {} == traits.vocabulary(traits.read(table))
