"""The page of `identify`: how large its pictures are, and what it can filter by."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from longtail.identifying import page
from longtail.identifying.page import PhotographEntry
from longtail.identifying.pictures import PictureSource
from longtail.identifying.rendering import Answer, DuplicateMatch
from longtail.recognition.predictions import Prediction

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
