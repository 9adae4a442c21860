from __future__ import annotations

import base64
import io
from pathlib import Path

from PIL import Image

from longtail.reporting.thumbnails import NOTHING, picture, sample


def decoded(uri: str) -> Image.Image:
    head, _, body = uri.partition(",")
    assert head == "data:image/jpeg;base64"
    return Image.open(io.BytesIO(base64.b64decode(body)))


def test_a_picture_is_shrunk_to_its_longer_side_and_keeps_its_shape(tmp_path: Path) -> None:
    Image.new("RGB", (600, 300), (200, 30, 30)).save(tmp_path / "red.jpg")
    small = picture(tmp_path / "red.jpg", 120)
    assert (small.width, small.height) == (120, 60)
    image = decoded(small.uri)
    assert image.size == (120, 60)
    assert image.getpixel((60, 30))[0] > 190


def test_a_small_picture_is_not_enlarged(tmp_path: Path) -> None:
    Image.new("L", (40, 20), 128).save(tmp_path / "small.jpg")
    small = picture(tmp_path / "small.jpg", 120)
    assert (small.width, small.height) == (40, 20)
    assert decoded(small.uri).mode == "L"


def test_no_file_is_nothing_to_show(tmp_path: Path) -> None:
    assert picture(None, 120) == NOTHING
    assert picture(tmp_path / "gone.jpg", 120) == NOTHING


def test_an_added_photograph_takes_one_place_and_moves_no_other() -> None:
    names = [f"{index}.jpg" for index in range(100)]
    before, after = sample(names, 10, seed=0), sample([*names, "new.jpg"], 10, seed=0)
    assert len(set(before) - set(after)) <= 1
    assert sample(list(reversed(names)), 10, seed=0) == before
    assert sample(names, 10, seed=1) != before
