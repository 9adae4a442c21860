"""The marks that match on the page of `identify`, as a person sees them: numbered, in their places, on both."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from longtail.identifying import page
from longtail.identifying.labelled import LabelledPhotographs
from longtail.identifying.pictures import PictureSource
from longtail.identifying.rendering import Answer, MatchedMarks
from longtail.recognition.local_matching import keypoints
from longtail.recognition.local_matching.keypoints import KeypointSettings
from longtail.recognition.local_matching.shared_marks import shared_marks
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


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, MatchedMarks]:
    """A query and five candidates; the first shows the same spots, the others other ones."""
    folder = tmp_path_factory.mktemp("marked")
    query = moved(spotted(0, 240, 120))
    query.save(folder / "query.jpg", quality=95)
    names = ["ada", "bea", "cleo", "dora", "eve"]
    for number, name in enumerate(names):
        spotted(number, 240, 120).save(folder / f"{name}.jpg", quality=95)
    own = keypoints.compute(query, SIFT)
    matched = {
        f"{name}.jpg": MatchedMarks(0, shared_marks(own, keypoints.compute(spotted(number, 240, 120), SIFT)))
        for number, name in enumerate(names)
    }
    candidates = [Prediction(name, 0.5 - 0.1 * place, f"{name}.jpg", "classifier") for place, name in enumerate(names)]
    table = pd.DataFrame({"image": [*matched], "file": [*matched]})
    answer = Answer(str(folder / "query.jpg"), candidates=candidates, matched=matched)
    entry = page.entry(answer, PictureSource(480, labelled=LabelledPhotographs(table, folder)))
    page.write(folder / "page.html", [entry])
    return folder / "page.html", matched["ada.jpg"]


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
        f"{matched.marks.total} marks match"
    )
    (path.parent / f"marks-{width}.png").write_bytes(browser.screenshot())  # to look at
