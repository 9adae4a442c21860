"""Local scaling on scores that one can work out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from longtail.recognition.classifiers import local_scaling
from longtail.recognition.classifiers.knn import nearest_neighbour
from longtail.recognition.classifiers.local_scaling import offsets, scaled
from longtail.recognition.embeddings import PairedEmbeddings
from longtail.recognition.top_k import Gallery
from longtail.recognition.traits import Traits

ANGLES = np.radians([0, 40, 80, 200])  # the second lies between two others
COSINES = np.cos(ANGLES[:, None] - ANGLES[None, :])


def gallery(angles: np.ndarray = ANGLES, traits: Traits | None = None) -> Gallery:
    plain = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    return Gallery(PairedEmbeddings(plain, plain, traits), np.arange(len(angles)))


def test_half_of_the_mean_score_among_photographs_of_others_is_subtracted() -> None:
    photographs = gallery()
    others = (COSINES.sum(axis=0) - 1) / 3  # fewer than ten: all of them
    found = offsets(nearest_neighbour(photographs, 4), photographs, 4)
    np.testing.assert_allclose(found, (others - others.mean()) / 2, atol=1e-6)
    assert found.argmax() == 1


def test_an_identity_that_resembles_everybody_needs_a_higher_score() -> None:
    photographs = gallery()
    classifier = nearest_neighbour(photographs, 4)
    query = gallery(np.radians([18.0])).views
    assert classifier(query)[0].argmax() == 0
    assert classifier(gallery(np.radians([22.0])).views)[0].argmax() == 1
    assert scaled(classifier, offsets(classifier, photographs, 4))(gallery(np.radians([22.0])).views)[0].argmax() == 0


def test_the_ten_highest_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_scaling, "NEIGHBOURS", 1)
    photographs = gallery()
    highest = np.where(np.eye(4, dtype=bool), -2, COSINES).max(axis=0)
    found = offsets(nearest_neighbour(photographs, 4), photographs, 4)
    np.testing.assert_allclose(found, (highest - highest.mean()) / 2, atol=1e-6)


@pytest.mark.parametrize("block", [2, 3, 512])
def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    rng = np.random.default_rng(0)
    views = PairedEmbeddings(*rng.normal(size=(2, 40, 5)).astype(np.float32)).normalised()
    photographs = Gallery(views, rng.integers(0, 9, 40))
    whole = offsets(nearest_neighbour(photographs, 9), photographs, 9)
    monkeypatch.setattr("longtail.recognition.top_k.BLOCK", block)
    np.testing.assert_allclose(offsets(nearest_neighbour(photographs, 9), photographs, 9), whole, atol=1e-6)


def test_a_large_gallery_is_compared_with_some_of_its_photographs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_scaling, "COHORT", 2)  # the first and the last
    photographs = gallery()
    found = offsets(nearest_neighbour(photographs, 4), photographs, 4)
    first, last = COSINES[0], COSINES[3]
    expected = np.array([last[0], (first[1] + last[1]) / 2, (first[2] + last[2]) / 2, first[3]])
    np.testing.assert_allclose(found, (expected - expected.mean()) / 2, atol=1e-6)


def test_what_may_not_be_compared_says_nothing() -> None:
    sides = Traits(np.array([[1, 0], [1, 0], [2, 0], [3, 0]]))
    photographs = gallery(traits=sides)
    found = offsets(nearest_neighbour(photographs, 4), photographs, 4)
    np.testing.assert_allclose(found, 0, atol=1e-6)  # the first two have one cosine, the others none
    only = gallery(ANGLES[:1])
    assert offsets(nearest_neighbour(only, 1), only, 1).tolist() == [0]


def test_an_identity_without_a_photograph_stays_no_candidate() -> None:
    photographs = gallery()
    classifier = nearest_neighbour(photographs, 5)
    scores = scaled(classifier, offsets(classifier, photographs, 5))(photographs.views)
    assert np.isneginf(scores[:, 4]).all()
    assert np.isfinite(scores[:, :4]).all()
