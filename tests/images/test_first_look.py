"""What an import says of a photograph without decoding it."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from longtail.images import first_look
from longtail.images.first_look import problem_of


def photograph(kind: str) -> bytes:
    pixels = np.random.default_rng(0).integers(0, 256, (120, 160, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "BMP", "GIF"])
def test_a_whole_photograph_is_not_decoded(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_look, "open_image", None)
    path = tmp_path / "a.jpg"
    path.write_bytes(photograph(kind) + b"\0" * 100)
    assert problem_of(path) == ""


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"<html>not found</html>", "not an image"),
        (photograph("JPEG")[: 1 << 12], "the file ends too early"),
        (photograph("PNG")[: 1 << 12], "the file ends too early"),
        (b"FUJIFILMCCD-RAW" + b"\0" * 99, "raw"),
    ],
)
def test_a_broken_one_has_its_reason(content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(content)
    assert reason in problem_of(path)


def test_what_a_camera_writes_after_a_photograph_does_not_break_it(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(photograph("JPEG") + b"a short film" * 20_000)
    assert problem_of(path) == ""


def test_a_file_that_is_not_there_has_its_reason(tmp_path: Path) -> None:
    assert "cannot be read" in problem_of(tmp_path / "gone.jpg")
