"""Several photographs of one individual as one query."""

from __future__ import annotations

import numpy as np
import pytest

from longtail.recognition.embeddings import PairedEmbeddings
from longtail.recognition.together import best_matches, combined
from longtail.recognition.top_k import NONE, Gallery, rank
from longtail.recognition.traits import of_words


def views(*rows: list[float]) -> PairedEmbeddings:
    plain = np.array(rows, np.float32)
    return PairedEmbeddings(plain, plain)


def scorer(queries: PairedEmbeddings) -> np.ndarray:
    """The embeddings are the scores of six identities."""
    return queries.plain


ONE, OTHER = [0.9, 0.2, 0.1, 0.3, 0.0, 0.0], [0.3, 0.5, 0.1, 0.0, 0.0, 0.2]


def test_scores_are_means_over_the_photographs() -> None:
    top_k = combined(scorer, views(ONE, OTHER))
    assert top_k.identity[0, :2].tolist() == [0, 1]
    assert top_k.score[0, :2].tolist() == pytest.approx([0.6, 0.35])
    again = combined(scorer, views(ONE, OTHER, ONE, OTHER))  # a burst of equal photographs adds no certainty
    np.testing.assert_allclose(again.score, top_k.score, atol=1e-6)


def test_a_single_photograph_is_answered_as_alone_and_who_cannot_be_compared_is_no_candidate() -> None:
    top_k, alone = combined(scorer, views(ONE)), rank(scorer, views(ONE))
    np.testing.assert_array_equal(top_k.score, alone.score)
    np.testing.assert_array_equal(top_k.identity, alone.identity)
    nobody = [-np.inf] * 4
    top_k = combined(scorer, views([0.5, 0.1, *nobody], [0.3, 0.2, *nobody]))
    assert top_k.identity[0].tolist() == [0, 1, NONE, NONE, NONE]


def test_each_candidate_is_supported_by_the_nearest_of_all_photographs() -> None:
    gallery = Gallery(views([1, 0, 0], [0.8, 0.6, 0], [0, 0, 1]), np.array([0, 0, 1]))
    queries = views([0.6, 0.8, 0], [0, 0.6, 0.8])
    assert best_matches(np.array([0, 1, 5, NONE]), queries, gallery).tolist() == [1, 2, NONE, NONE]
    sided = PairedEmbeddings(gallery.views.plain, gallery.views.mirrored, of_words(["l", "r", "l"], ["", "", ""]))
    left = PairedEmbeddings(queries.plain, queries.mirrored, of_words(["l", "l"], ["", ""]))
    assert best_matches(np.array([0, 1]), left, Gallery(sided, gallery.identity)).tolist() == [0, 2]
    nobody = Gallery(views([1, 0, 0])[np.array([], int)], np.array([], int))
    assert best_matches(np.array([0]), queries, nobody).tolist() == [NONE]
