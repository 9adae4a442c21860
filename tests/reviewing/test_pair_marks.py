"""The marks of a pair on the decision page."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from PIL.Image import Image

from longtail.recognition.local_matching import keypoint_table, keypoints
from longtail.recognition.local_matching.keypoints import KeypointSettings
from tests.recognition.local_matching.drawn import moved, spotted
from tests.reviewing import answered_run, drawn_run
from tests.reviewing.conftest import Served

SIFT = KeypointSettings("sift", 200, 100)
SCRIPT = {"Accept": "application/json"}


def with_keypoints(root: Path) -> Path:
    """A run whose a1.jpg and a2.jpg show the same spots, and whose others show others."""
    pictures = {name: spotted(number) for number, name in enumerate(drawn_run.LABELS)}
    pictures["a2.jpg"] = moved(pictures["a1.jpg"])
    return keep(root, "labelled", pictures)


def keep(root: Path, part: str, pictures: dict[str, Image]) -> Path:
    """Write the keypoints of one part."""
    folder = root / "artifacts/keypoints" / part
    folder.mkdir(parents=True)
    computed = (keypoints.compute(picture, SIFT) for picture in pictures.values())
    keypoint_table.write(folder, [*pictures], computed, SIFT)
    return root


def page(served: Served, queue: str, kind: str) -> str:
    path = f"/decide/{queue}/{drawn_run.name_of(served.root, kind)}"
    return str(served.enter().get(path, headers=SCRIPT).json()["html"])


def test_the_marks_of_a_pair_are_numbered_on_both_photographs(serve: Callable[[Path], Served], tmp_path: Path) -> None:
    html = page(serve(with_keypoints(drawn_run.make(tmp_path))), "copies", "near_duplicate")
    assert re.search(r'data-do="marks" aria-pressed="true">\d+ marks match</button>', html)
    left, right = re.findall(r'<svg class="marks".*?</svg>', html)
    assert 3 <= left.count("<circle") == right.count("<circle") <= 10
    assert re.findall(r">(\d+)</text>", left) == re.findall(r">(\d+)</text>", right)
    assert left != right


def test_the_marks_of_a_doubtful_test_photograph_and_its_candidate_are_numbered(
    serve: Callable[[Path], Served], tmp_path: Path
) -> None:
    """It is compared by its own keypoints: t1.jpg shows the spots of b1.jpg."""
    root = with_keypoints(answered_run.make(tmp_path))
    pictures = {name: spotted(number) for number, name in enumerate(drawn_run.LABELS)}
    keep(root, "test", {"t1.jpg": moved(pictures["b1.jpg"])})
    client = serve(root).enter()
    html = client.get(str(client.get("/decide/doubtful-answers").headers["location"])).text
    left, right = re.findall(r'<svg class="marks".*?</svg>', html)
    assert 3 <= left.count("<circle") == right.count("<circle") <= 10


def test_without_keypoints_and_of_a_single_photograph_nothing_is_drawn(
    serve: Callable[[Path], Served], tmp_path: Path
) -> None:
    for root, queue, kind in (
        (with_keypoints(drawn_run.make(tmp_path / "with")), "odd", "grey"),
        (drawn_run.make(tmp_path / "without"), "copies", "near_duplicate"),
    ):
        html = page(serve(root), queue, kind)
        assert "<circle" not in html
        assert 'data-do="marks"' not in html
