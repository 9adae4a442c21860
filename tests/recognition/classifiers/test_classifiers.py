"""Scorers on two-dimensional embeddings whose cosines one can work out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtail.metrics.map_at_k import map_at_k
from longtail.recognition.classifiers.base import CLASSIFIERS, GALLERY_CLASSIFIERS, Head, head_classifier, softmax
from longtail.recognition.classifiers.class_mean import class_mean, class_means
from longtail.recognition.classifiers.factory import build
from longtail.recognition.classifiers.knn import nearest_neighbour
from longtail.recognition.embeddings import PairedEmbeddings, matmul_t
from longtail.recognition.top_k import NEW, NONE, Gallery, best_match, rank

AXES = np.array([[1, 0], [0, 1], [-1, 0]], np.float32)  # three identities, one photograph each
ROOT_HALF = np.sqrt(0.5)


def same(plain: list[list[float]]) -> PairedEmbeddings:
    """Photographs that look the same in a mirror."""
    array = np.array(plain, np.float32)
    return PairedEmbeddings(array, array)


@pytest.mark.parametrize(("rows", "others"), [(3, 200), (130, 131), (130, 128), (200, 3)])
def test_a_product_has_the_elements_of_numpys(rows: int, others: int) -> None:
    rng = np.random.default_rng(0)
    left, right = (rng.normal(size=(count, 8)).astype(np.float32) for count in (rows, others))
    np.testing.assert_allclose(matmul_t(left, right), left @ right.T, rtol=1e-4, atol=1e-5)


def test_nearest_neighbour_scores_are_cosines() -> None:
    classifier = nearest_neighbour(Gallery(same(AXES.tolist()), np.array([0, 1, 2])), identities=3)
    scores = classifier(same([[3, 3], [0, -2]]))
    np.testing.assert_allclose(scores, [[ROOT_HALF, ROOT_HALF, -ROOT_HALF], [0, -1, 0]], atol=1e-6)


def test_an_identity_is_as_near_as_its_nearest_photograph_whatever_the_order_of_the_gallery() -> None:
    gallery = Gallery(same([[0, 1], [1, 0], [0, -1]]), np.array([1, 0, 1]))
    scores = nearest_neighbour(gallery, identities=2)(same([[0, -1]]))
    np.testing.assert_allclose(scores, [[0, 1]], atol=1e-6)


def test_mirror_images_are_compared_with_mirror_images_only() -> None:
    # In the gallery's mirror lies what the query shows plainly: that must not count.
    query = PairedEmbeddings(np.array([[1, 0]], np.float32), np.array([[0, 1]], np.float32))
    swapped = PairedEmbeddings(np.array([[0, 1]], np.float32), np.array([[1, 0]], np.float32))
    assert nearest_neighbour(Gallery(swapped, np.array([0])), identities=1)(query) == pytest.approx(0.0)
    half = PairedEmbeddings(np.array([[1, 0]], np.float32), np.array([[1, 0]], np.float32))
    assert nearest_neighbour(Gallery(half, np.array([0])), identities=1)(query) == pytest.approx(0.5)


def test_an_identity_without_a_photograph_is_no_candidate() -> None:
    classifier = nearest_neighbour(Gallery(same([[1, 0]]), np.array([2])), identities=3)
    top_k = rank(classifier, same([[1, 0]]))
    assert top_k.identity.tolist() == [[2, NONE, NONE, NONE, NONE]]
    assert np.isneginf(top_k.score[0, 1:]).all()


def test_rank_puts_the_best_five_first_and_the_first_of_equals() -> None:
    scores = np.array([[0.1, 0.9, 0.9, 0.3, 0.0, 0.5, 0.2]], np.float32)
    top_k = rank(lambda queries: scores, same([[1, 0]]))
    assert top_k.identity.tolist() == [[1, 2, 5, 3, 6]]
    assert top_k.best == pytest.approx([0.9])


def test_rank_in_blocks_is_rank_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    gallery = Gallery(
        PairedEmbeddings(*rng.normal(size=(2, 30, 8)).astype(np.float32)).normalised(), rng.integers(0, 9, 30)
    )
    queries = PairedEmbeddings(*rng.normal(size=(2, 23, 8)).astype(np.float32))
    whole = rank(nearest_neighbour(gallery, 9), queries)
    monkeypatch.setattr("longtail.recognition.top_k.BLOCK", 4)
    assert rank(nearest_neighbour(gallery, 9), queries).identity.tolist() == whole.identity.tolist()


def test_the_supporter_is_the_most_similar_photograph_of_the_candidate() -> None:
    gallery = Gallery(same([[1, 0], [ROOT_HALF, ROOT_HALF], [0, 1]]), np.array([0, 0, 1]))
    matches = best_match(np.array([[0, 1, NEW], [0, NONE, 1]]), same([[0.6, 0.8], [1, 0]]), gallery)
    assert matches.tolist() == [[1, 2, NONE], [0, NONE, 2]]


def test_a_head_gives_softmax_probabilities() -> None:
    head = Head(np.array([[2, 0], [0, 1]], np.float32), np.array([0, 1], np.float32), "softmax", "plain")
    scores = head_classifier(head, np.array([0, 1]), identities=2)(same([[1, 3]]))
    np.testing.assert_allclose(scores, [[1 / (1 + np.e**2), np.e**2 / (1 + np.e**2)]], rtol=1e-6)


def test_a_head_on_both_views_does_not_see_their_length() -> None:
    head = Head(np.array([[1, 2, 3, 4], [4, 3, 2, 1]], np.float32), np.zeros(2, np.float32), "softmax", "both")
    classifier = head_classifier(head, np.arange(2), identities=2)
    np.testing.assert_allclose(classifier(same([[5, 0]])), classifier(same([[0.1, 0]])), rtol=1e-6)
    logits = np.array([[1 + 3, 4 + 2]]) * ROOT_HALF  # side by side they have length 1
    np.testing.assert_allclose(classifier(same([[5, 0]])), softmax(logits.astype(np.float32)), rtol=1e-5)


def test_a_head_of_cosines_sees_neither_the_length_of_embeddings_nor_of_rows() -> None:
    head = Head(np.array([[10, 0], [3, 4]], np.float32), np.zeros(2, np.float32), "cosine", "plain")
    scores = head_classifier(head, np.arange(2), identities=2)(same([[7, 0]]))
    np.testing.assert_allclose(scores, [[1, 0.6]], rtol=1e-6)


def test_a_head_of_mirror_identities_takes_the_mean_of_photograph_and_mirror_image() -> None:
    # Rows: identity 0, identity 1, their mirror images in the same order.
    rows = np.array([[1, 0], [0, 1], [0, 1], [1, 0]], np.float32)
    query = PairedEmbeddings(np.array([[1, 0]], np.float32), np.array([[0.6, 0.8]], np.float32))
    cosine = head_classifier(Head(rows, np.zeros(4, np.float32), "cosine", "each"), np.arange(2), identities=2)
    np.testing.assert_allclose(cosine(query), [[(1 + 0.8) / 2, (0 + 0.6) / 2]], rtol=1e-6)
    probability = head_classifier(Head(rows, np.zeros(4, np.float32), "softmax", "each"), np.arange(2), identities=2)
    plain, mirrored = softmax(query.plain @ rows.T), softmax(query.mirrored @ rows.T)
    np.testing.assert_allclose(probability(query), (plain[:, :2] + mirrored[:, 2:]) / 2, rtol=1e-6)


def test_the_class_mean_is_compared_not_the_nearest_photograph() -> None:
    gallery = Gallery(same([[1, 0], [0, 1], [1, 0]]), np.array([0, 0, 1]))
    scores = class_mean(gallery, identities=3)(same([[1, 0]]))
    np.testing.assert_allclose(scores, [[ROOT_HALF, 1, -np.inf]], rtol=1e-6)


def test_means_by_class_with_zeros_for_an_empty_one() -> None:
    means = class_means(np.array([[1, 0], [3, 2], [5, 5]], np.float32), np.array([2, 2, 0]), 3)
    assert means.tolist() == [[5, 5], [0, 0], [2, 1]]


def test_the_combination_is_nearest_neighbour_class_mean_and_head_a_third_each() -> None:
    gallery = Gallery(same([[1, 0], [0, 1], [1, 0]]), np.array([0, 0, 1]))
    head = Head(
        np.array([[0, 1, 0, 1], [1, 0, 1, 0], [1, 0, 1, 0]], np.float32), np.zeros(3, np.float32), "cosine", "both"
    )
    scores = build("ensemble", gallery, head, np.arange(3), 3)(same([[1, 0]]))
    # Identity 0: nearest 1, mean ROOT_HALF, direction 0. Identity 2 has no photograph: no candidate.
    np.testing.assert_allclose(scores, [[(1 + ROOT_HALF + 0) / 3, 1, -np.inf]], rtol=1e-6)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_scores_of_every_scorer_lie_between_minus_one_and_one(name: str) -> None:
    rng = np.random.default_rng(0)
    gallery = Gallery(PairedEmbeddings(*rng.normal(size=(2, 30, 8)).astype(np.float32)).normalised(), np.arange(30) % 6)
    form = "softmax" if name in ("linear_probe", "trained_head") else "cosine"
    layer = Head(rng.normal(size=(6, 16)).astype(np.float32), np.zeros(6, np.float32), form, "both")
    head = None if name in GALLERY_CLASSIFIERS else layer
    scores = build(name, gallery, head, np.arange(6), 6)(
        PairedEmbeddings(*rng.normal(size=(2, 40, 8)).astype(np.float32))
    )
    assert scores.shape == (40, 6)
    assert scores.dtype == np.float32
    assert np.abs(scores).max() <= 1 + 1e-6


def test_a_scorer_that_needs_a_head_says_so() -> None:
    with pytest.raises(ValueError, match="'cosine_classifier' needs a head"):
        build("cosine_classifier", Gallery(same([[1, 0]]), np.array([0])), None, np.arange(1), 1)


def test_classes_are_brought_into_the_order_of_the_identities() -> None:
    # The head knows identity 2, "unknown" (no identity of ours) and identity 0, in this order.
    head = Head(np.array([[0, 0], [1, 0], [2, 0]], np.float32), np.zeros(3, np.float32), "softmax", "plain")
    scores = head_classifier(head, np.array([2, NEW, 0]), identities=3)(same([[1, 0]]))
    whole = 1 + np.e + np.e**2  # unknown takes its share of the probability
    np.testing.assert_allclose(scores, [[np.e**2 / whole, -np.inf, 1 / whole]], rtol=1e-6)


def test_softmax_does_not_overflow() -> None:
    np.testing.assert_allclose(softmax(np.array([[1000.0, 0.0]], np.float32)), [[1, 0]])


def test_an_embedding_of_zeros_stays_one() -> None:
    assert same([[0, 0]]).normalised().plain.tolist() == [[0, 0]]


@given(
    st.lists(
        st.tuples(st.lists(st.sampled_from([0.1, 0.2, 0.3]), min_size=8, max_size=8), st.integers(0, 7)), min_size=1
    )
)
def test_map_of_tied_scores_agrees_with_an_independent_implementation(rows: list[tuple[list[float], int]]) -> None:
    # Of equal scores the identity that comes first is ranked first: sorted() is stable, and so are we.
    scores, truth = np.array([row for row, _ in rows], np.float32), np.array([right for _, right in rows])
    top_k = rank(lambda queries: scores[: len(queries)], same([[1, 0]] * len(rows)))
    expected = []
    for row, right in rows:
        position = sorted(range(8), key=lambda identity: -row[identity]).index(right)
        expected.append(1 / (position + 1) if position < 5 else 0)
    assert map_at_k(top_k.identity, truth) == pytest.approx(np.mean(expected))
