"""The marks that match on the page of `identify`, as a person sees them: numbered, in their places, on both."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from longtail.identifying import page
from longtail.identifying.labelled import LabelledPhotographs
from longtail.identifying.pictures import PictureSource
from longtail.identifying.rendering import Answer, MatchedMarks
from longtail.recognition.local_matching import keypoints
from longtail.recognition.local_matching.common_marks import count_marks
from longtail.recognition.local_matching.keypoints import KeypointSettings
from longtail.recognition.local_matching.shared_marks import shared_marks
from longtail.recognition.local_matching.verification import match_all
from longtail.recognition.predictions import Prediction
from tests.browser.chromium import Browser
from tests.recognition.local_matching.drawn import moved, spotted

pytestmark = pytest.mark.slow
SIFT = KeypointSettings("sift", 256, 120)
CIRCLES = """[...document.querySelectorAll('svg.numbered')].slice(0, 2).map(svg => {
    const box = svg.getBoundingClientRect();
    return [...svg.querySelectorAll('g')].map(g => {
        const at = g.querySelector('circle').getBoundingClientRect();
        return [(at.left + at.width / 2 - box.left) / box.width, (at.top + at.height / 2 - box.top) / box.height];
    });
})"""

PAIRS = "[...document.querySelectorAll('details.pair')]"
WORDS = f"{PAIRS}.map(pair => pair.querySelector('p').textContent)"
OPACITY = (
    f"{PAIRS}.map(pair => [...pair.querySelectorAll('svg.numbered g')].map(g => Number(getComputedStyle(g).opacity)))"
)


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, MatchedMarks]:
    """A query and five candidates; the first shows the same spots, and all have the lowest rows in common."""
    folder = tmp_path_factory.mktemp("marked")
    pictures = {f"{name}.jpg": _spotted(number) for number, name in enumerate(["ada", "bea", "cleo", "dora", "eve"])}
    query = moved(_spotted(0))
    for name, picture in (pictures | {"query.jpg": query}).items():
        picture.save(folder / name, quality=95)
    own, theirs = keypoints.compute(query, SIFT), [keypoints.compute(one, SIFT) for one in pictures.values()]
    counted = count_marks(len(own), [[one] for one in match_all(own, theirs)])
    shared = [shared_marks(own, one, counted.sharing) for one in theirs]
    matched = {name: MatchedMarks(0, marks) for name, marks in zip(pictures, shared, strict=True)}
    candidates = [
        Prediction(name.partition(".")[0], 0.5 - 0.1 * place, name, "classifier", marks=counted.marks[place])
        for place, name in enumerate(pictures)
    ]
    table = pd.DataFrame({"image": [*matched], "file": [*matched]})
    answer = Answer(str(folder / "query.jpg"), candidates=candidates, matched=matched)
    entry = page.entry(answer, PictureSource(480, labelled=LabelledPhotographs(table, folder)))
    page.write(folder / "page.html", [entry])
    return folder / "page.html", matched["ada.jpg"]


def _spotted(number: int) -> Image.Image:
    """Spots of their own, and in the lowest quarter those that all pictures have."""
    picture = spotted(number, 240, 120)
    picture.paste(spotted(99, 240, 120).crop((0, 180, 240, 240)), (0, 180))
    return picture


@pytest.mark.parametrize("width", [390, 1280])
def test_marks_lie_on_both_pictures_where_they_were_detected(
    browser: Browser, marked: tuple[Path, MatchedMarks], width: int
) -> None:
    path, matched = marked
    browser.open(path, width=width)
    assert browser.complaints() == []
    assert browser.run("document.documentElement.scrollWidth") == width
    first, second = browser.run(CIRCLES)
    assert len(first) == len(second) == len(matched.marks.first) >= 8
    assert np.abs(np.array(first) - np.array(matched.marks.first)).max() < 0.02
    assert np.abs(np.array(second) - np.array(matched.marks.second)).max() < 0.02
    assert browser.run("document.querySelector('details.pair').open")
    assert browser.run("document.querySelector('[data-field=marks]').innerText") == (
        f"{matched.marks.total} marks match, {matched.marks.common} of them with other candidates too"
    )
    assert set(matched.marks.weights) == {1}
    assert "those with other candidates too are left out" in browser.run(WORDS)[0]
    assert len(browser.run(WORDS)) >= 3
    for words, drawn in zip(browser.run(WORDS)[1:], browser.run(OPACITY)[1:], strict=True):
        assert "those with other candidates too are dashed and paler" in words
        assert 0.4 <= min(drawn) < 0.8, "seen to be less than those that one candidate has alone"
    (path.parent / f"marks-{width}.png").write_bytes(browser.screenshot())  # to look at
