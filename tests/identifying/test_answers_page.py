"""The page of `identify`: how large its pictures are, and what it can filter by."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from longtail.identifying import page
from longtail.identifying.page import PhotographEntry
from longtail.identifying.pictures import PictureSource
from longtail.identifying.rendering import Answer, DuplicateMatch, MatchedMarks
from longtail.recognition.local_matching.shared_marks import SharedMarks
from longtail.recognition.predictions import Prediction
from longtail.reporting.thumbnails import Picture

NEW = Prediction("", math.nan, "", "new", 0.4)
ADA = Prediction("ada", 0.7, "ada_0.jpg", "classifier", 0.3)
COPY = Prediction("bea", 1.0, "bea_0.jpg", "duplicate")


def entry(*candidates: Prediction, **answer: object) -> PhotographEntry:
    return page.entry(Answer("a.jpg", candidates=candidates, **answer), PictureSource(48))  # type: ignore[arg-type]


@pytest.mark.parametrize(("photographs", "side"), [(1, 480), (100, 480), (101, 240)])
def test_many_photographs_have_smaller_pictures_and_the_page_says_so(
    tmp_path: Path, photographs: int, side: int
) -> None:
    assert page.picture_side(photographs) == side
    page.write(tmp_path / "page.html", [entry(ADA)] * photographs, ["A notice."])
    text = (tmp_path / "page.html").read_text("utf-8")
    assert ("The pictures are 240 px" in text) == (side == 240)
    assert text.count('data-field="notice"') == (2 if side == 240 else 1)


def test_what_it_is_filtered_by() -> None:
    copies = [DuplicateMatch("bea_0.jpg", "bea", 0.0)]
    assert entry(NEW, ADA).kinds == ["new", "doubtful"]
    assert entry(ADA, NEW).kinds == ["known", "doubtful"]
    assert entry(Prediction("ada", 0.7, "ada_0.jpg", "classifier", 0.5), NEW).kinds == ["known"]
    assert entry(Prediction("ada", 0.7, "ada_0.jpg", "classifier")).kinds == ["known"], "no probability, no doubt"
    assert entry(COPY, copies=copies).kinds == ["known", "copy"]
    assert entry(error="not an image").kinds == ["error"]
    assert entry().kinds == []


def test_what_it_is_sorted_by() -> None:
    assert entry(NEW, ADA).similarity == 0.7
    assert entry(NEW).similarity == -1
    assert entry(NEW, ADA).doubt == pytest.approx(0.6)
    assert entry(Prediction("ada", 0.7, "ada_0.jpg", "classifier")).doubt == pytest.approx(0.3)
    assert entry(COPY, copies=[DuplicateMatch("bea_0.jpg", "bea", 0.0)]).doubt == -1


def test_the_best_known_candidate_is_shown_large() -> None:
    assert (entry(NEW, ADA).large, entry(ADA, NEW).large, entry(NEW).large) == (1, 0, -1)


def test_a_page_of_one_photograph_has_no_script(tmp_path: Path) -> None:
    page.write(tmp_path / "page.html", [entry(ADA)])
    assert "<script" not in (tmp_path / "page.html").read_text("utf-8")


def test_the_marks_that_match_are_numbered_on_both_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = Picture("data:image/jpeg;base64,AAAA", 300, 200)
    monkeypatch.setattr(PictureSource, "of_query", lambda self, path, side=0: picture)
    monkeypatch.setattr(PictureSource, "of_match", lambda self, image, side=0: picture)
    shared = SharedMarks(7, [(0.5, 0.5), (0.1, 0.2)], [(0.4, 0.5), (0.0, 0.2)], [1.0, 0.2], 3)
    bea = Prediction("bea", 0.6, "bea_0.jpg", "classifier", 0.2, 1.0)
    eve = Prediction("eve", 0.5, "eve_0.jpg", "classifier", 0.1, 0.0)
    matched = {"ada_0.jpg": MatchedMarks(0, shared), "bea_0.jpg": MatchedMarks(0, SharedMarks(1))}
    matched["eve_0.jpg"] = MatchedMarks(0, SharedMarks(0))
    page.write(tmp_path / "page.html", [entry(ADA, NEW, bea, eve, matched=matched)])
    text = (tmp_path / "page.html").read_text("utf-8")
    assert text.count('<svg class="numbered"') == 2, "of one pair: nothing is drawn of a match without places"
    assert 'aria-label="The query photograph, with 2 of the marks that it shares with ada_0.jpg"' in text
    assert text.count("<circle") == 4
    assert 'transform="translate(150.0 100.0)"' in text
    assert text.count('<use href="#marked-1-0"/>') == text.count('<image id="marked-1-0"') == 1
    assert '<span data-field="marks">7 marks match, 3 of them with other candidates too</span>' in text
    assert text.count('<g class="common" opacity="0.4"') == 2, "the second mark, on both pictures"
    assert "2 are drawn, numbered on both; those with other candidates too are dashed and paler," in text
    assert "the labelled photograph that shares most marks with it" in text
    assert "most marks: bea_0.jpg; 1 mark matches" in text
    assert "most similar: eve_0.jpg; no mark matches" in text
