"""Which labelled photographs are compared with a query, and what their marks say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from longtail.recognition.embeddings import PairedEmbeddings
from longtail.recognition.local_matching import keypoint_table, keypoints
from longtail.recognition.local_matching.fusion import Fusion
from longtail.recognition.local_matching.keypoints import Keypoints, KeypointSettings
from longtail.recognition.local_matching.shortlist import PHOTOGRAPHS, LabelledMarks, shortlist
from longtail.recognition.local_matching.supporting import Support, supports
from longtail.recognition.local_matching.verification import Match, match_all
from longtail.recognition.together import combined_with_marks
from longtail.recognition.top_k import NONE, Gallery, best_match, similarities
from longtail.recognition.traits import of_words
from tests.recognition.local_matching.drawn import moved, spotted

SIFT = KeypointSettings("sift", 128, 60)


def at(degrees: Sequence[float], sides: Sequence[str] | None = None) -> PairedEmbeddings:
    """Embeddings on the unit circle."""
    radians = np.deg2rad(np.array(degrees, np.float32))
    plain = np.stack([np.cos(radians), np.sin(radians)], axis=1)
    return PairedEmbeddings(plain, plain, of_words(sides, [""] * len(sides)) if sides is not None else None)


def marks_of(folder: Path, views: PairedEmbeddings, identity: Sequence[int], images: Sequence[str]) -> LabelledMarks:
    """Labelled photographs; a name is the number of a drawn picture."""
    names = sorted(set(images))
    table = keypoint_table.write(folder, names, (keypoints.compute(spotted(int(n)), SIFT) for n in names), SIFT)
    return LabelledMarks(Gallery(views, np.array(identity, np.int64)), images, table)


def test_of_each_candidate_the_most_similar_photographs_are_compared_the_nearest_first(tmp_path: Path) -> None:
    marks = marks_of(tmp_path, at([40, 10, 20, 30, 5]), [1, 1, 1, 1, 0], "01234")
    rows = marks.photographs(np.array([[1, 0, NONE]]), at([0]))
    assert rows.tolist() == [[[1, 2, 3], [4, NONE, NONE], [NONE] * PHOTOGRAPHS]]


def test_copies_of_one_photograph_are_one(tmp_path: Path) -> None:
    marks = marks_of(tmp_path, at([10, 11, 12, 30]), [0, 0, 0, 0], "0001")
    assert marks.photographs(np.array([[0]]), at([0])).tolist() == [[[0, 3, NONE]]]


def test_what_may_not_be_compared_is_not_compared(tmp_path: Path) -> None:
    marks = marks_of(tmp_path, at([10, 20], ["left", "right"]), [0, 0], "01")
    assert marks.photographs(np.array([[0]]), at([0], ["right"])).tolist() == [[[1, NONE, NONE]]]


def test_without_labelled_photographs_nothing_is_compared(tmp_path: Path) -> None:
    marks = marks_of(tmp_path, at([]), [], "")
    assert marks.photographs(np.array([[NONE]]), at([0])).tolist() == [[[NONE] * PHOTOGRAPHS]]


def test_the_candidate_whose_second_photograph_has_the_marks_of_the_query_gets_most(tmp_path: Path) -> None:
    marks = marks_of(tmp_path, at([10, 20, 30]), [0, 1, 1], "012")
    query = keypoints.compute(moved(spotted(2)), SIFT)
    rows = np.array([[0, NONE], [1, 2], [NONE, NONE]])
    counted = marks.count(query, rows)
    assert counted.marks[1] > 5 > counted.marks[0]
    assert counted.marks[2] == 0
    assert marks.names(rows, counted)[1:] == ["2", ""]
    turned = marks.count(query, np.array([[0, NONE], [2, 1], [NONE, NONE]]))
    assert counted.marks == pytest.approx(turned.marks)


def test_behind_a_candidate_is_the_photograph_with_most_marks_where_any_match(tmp_path: Path) -> None:
    """Not the most similar one by embedding; that stands where no mark matches, and where marks are not compared."""
    marks = marks_of(tmp_path, at([10, 20, 30]), [0, 1, 1], "012")
    query = keypoints.compute(moved(spotted(2)), SIFT)

    def classifier(views: PairedEmbeddings) -> np.ndarray:
        cosines = similarities(views.normalised(), marks.gallery.views)
        return np.stack([cosines[:, 0], cosines[:, 1:].max(axis=1)], axis=1)

    nothing = keypoints.compute(spotted(0), KeypointSettings())
    listed = shortlist(classifier, at([0, 0]), [query, nothing], marks, "compared")
    by_marks = listed.by_marks()
    assert by_marks[0][1] == Support("2", listed.marks[0, 1])
    assert by_marks[1] == {}
    identities = np.array([[1, 0, NONE], [1, 0, NONE]])
    nearest = best_match(identities, at([0, 0]), marks.gallery)
    behind = supports(identities, nearest, marks.images, by_marks)
    assert behind[0][0] == Support("2", listed.marks[0, 1])
    assert behind[1] == [Support("1", 0.0), Support("0", 0.0), Support(None, 0.0)]
    assert supports(identities, nearest, marks.images, [None, {}])[0][0] == Support("1")
    assert supports(identities, nearest, marks.images)[1] == [Support("1"), Support("0"), Support(None)]


def test_what_another_shortlist_has_compared_is_not_compared_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = marks_of(tmp_path, at([10, 20, 30]), [0, 1, 1], "012")
    query = keypoints.compute(moved(spotted(2)), SIFT)
    compared: list[int] = []

    def counted(query: Keypoints, candidates: Sequence[Keypoints]) -> list[Match]:
        compared.append(len(candidates))
        return match_all(query, candidates)

    monkeypatch.setattr("longtail.recognition.local_matching.shortlist.match_all", counted)
    known: dict[tuple[int, str], Match] = {}
    first, second = np.array([[0, NONE]]), np.array([[0, NONE], [1, 2]])
    for rows in (first, second, second):
        counted, again = (one.count(query, rows) for one in (replace(alone, known=known), alone))
        assert counted.marks.tolist() == again.marks.tolist()
    assert compared[::2] == [2, 2, 0], "photographs 0 and none, then 1 and 2, then nothing"


def test_several_photographs_together_get_the_mean_and_one_is_answered_as_alone(tmp_path: Path) -> None:
    marks, fusion = marks_of(tmp_path, at([10, 20, 30]), [0, 1, 2], "012"), Fusion((2.0, 9.0), (0.0, 1.0), 0.9)
    own = [keypoints.compute(moved(spotted(number)), SIFT) for number in (2, 1)]

    def classifier(views: PairedEmbeddings) -> np.ndarray:
        return similarities(views.normalised(), marks.gallery.views)

    alone = shortlist(classifier, at([0, 0]), own, marks, "compared").fused(fusion)
    counted = [marks.count(one, np.array([[0], [1], [2]])) for one in own]
    assert alone.identity[:, 0].tolist() == [2, 1]
    first = combined_with_marks(classifier, at([0]), own[:1], marks, fusion).top_k
    assert (first.identity.tolist(), first.score.tolist()) == (alone.identity[:1].tolist(), alone.score[:1].tolist())
    together = combined_with_marks(classifier, at([0, 0]), own, marks, fusion)
    both = together.top_k
    assert together.by_marks is not None
    for number in (1, 2):  # each candidate has the marks of the photograph that shares most with it
        assert together.by_marks[number] == Support(str(number), max(one.marks[number] for one in counted))
    score = [dict(zip(*pair, strict=True)) for pair in zip(alone.identity.tolist(), alone.score.tolist(), strict=True)]
    means = {identity: (score[0][identity] + score[1][identity]) / 2 for identity in range(3)}
    assert dict(zip(both.identity[0, :3].tolist(), both.score[0, :3], strict=True)) == pytest.approx(means, abs=1e-6)
