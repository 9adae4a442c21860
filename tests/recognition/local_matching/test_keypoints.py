"""Keypoints of one photograph, and of many as files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from longtail.errors import BadInput
from longtail.recognition.local_matching import keypoint_table, keypoints
from longtail.recognition.local_matching.keypoints import KeypointSettings
from tests.recognition.local_matching.drawn import spotted

SIFT = KeypointSettings("sift", 200, 40)


def test_no_more_are_kept_than_asked_for_and_they_are_the_strongest() -> None:
    all_of_them = keypoints.compute(spotted(0), KeypointSettings("sift", 200, 10_000))
    strongest = keypoints.compute(spotted(0), SIFT)
    assert len(strongest) == 40 < len(all_of_them)
    assert strongest.descriptors.tobytes() == all_of_them.descriptors[:40].tobytes()


def test_equal_pictures_give_equal_bytes_whatever_their_mode() -> None:
    first, again = keypoints.compute(spotted(0), SIFT), keypoints.compute(spotted(0).convert("RGB"), SIFT)
    assert first.descriptors.tobytes() == again.descriptors.tobytes()
    assert first.positions.tobytes() == again.positions.tobytes()
    assert first.size == (200, 200)


def test_inner_products_of_descriptors_are_exact_in_single_precision() -> None:
    descriptors = keypoints.compute(spotted(0), SIFT).descriptors
    assert descriptors.dtype == np.uint8
    lengths = (descriptors.astype(np.int64) ** 2).sum(axis=1)
    assert lengths.max() <= keypoints.UNIT**2 < 2**24
    assert (lengths > 0.9 * keypoints.UNIT**2).all()


def test_the_longer_side_is_what_was_asked_for_and_positions_lie_inside() -> None:
    wide = spotted(0).resize((300, 100))
    result = keypoints.compute(wide, KeypointSettings("sift", 200, 40))
    assert result.size == (200, 67)
    assert len(result) > 0
    assert (result.positions >= 0).all()
    assert (result.positions <= np.array(result.size)).all()


@pytest.mark.parametrize("size", [(1, 1), (2, 300), (64, 64)])
def test_a_picture_without_marks_has_no_keypoints(size: tuple[int, int]) -> None:
    assert len(keypoints.compute(Image.new("L", size, 128), SIFT)) == 0


def test_the_method_none_computes_nothing() -> None:
    assert len(keypoints.compute(spotted(0), KeypointSettings())) == 0


def test_a_table_gives_back_what_was_written(tmp_path: Path) -> None:
    pictures = {"a.jpg": spotted(0), "empty.jpg": Image.new("L", (64, 64)), "b.jpg": spotted(1)}
    computed = {name: keypoints.compute(picture, SIFT) for name, picture in pictures.items()}
    keypoint_table.write(tmp_path, list(computed), iter(computed.values()), SIFT)
    table = keypoint_table.read(tmp_path)
    assert table.settings == SIFT
    assert len(table) == 3
    for name, one in computed.items():
        assert table.of(name).descriptors.tobytes() == one.descriptors.tobytes()
        assert table.of(name).positions.tobytes() == one.positions.tobytes()
        assert table.of(name).size == one.size
    assert len(table.of("unheard-of.jpg")) == 0


@pytest.mark.parametrize("names", [[], ["a.jpg"]])
def test_a_table_without_any_keypoint_is_a_table(tmp_path: Path, names: list[str]) -> None:
    nothing = keypoints.compute(Image.new("L", (8, 8)), KeypointSettings())
    keypoint_table.write(tmp_path, names, [nothing] * len(names), KeypointSettings())
    table = keypoint_table.read(tmp_path)
    assert len(table) == len(names)
    assert len(table.of("a.jpg")) == 0


def test_an_incomplete_table_is_told_with_its_place_and_a_remedy(tmp_path: Path) -> None:
    keypoint_table.write(tmp_path, ["a.jpg"], [keypoints.compute(spotted(0), SIFT)], SIFT)
    np.save(tmp_path / keypoint_table.POSITIONS, np.zeros((1, 2), np.float16))
    with pytest.raises(BadInput, match=r"no whole keypoints.*`make run`") as refused:
        keypoint_table.read(tmp_path)
    assert str(tmp_path) in str(refused.value)
