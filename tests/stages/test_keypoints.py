"""keypoints: each working copy once, equal bytes, and nothing at all where the method is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from longtail.images.broken_image import BrokenImageError
from longtail.recognition.local_matching import keypoint_table
from longtail.recognition.local_matching import keypoints as computing
from longtail.recognition.local_matching.keypoints import KeypointSettings
from longtail.run_record import Summary
from longtail.stages import keypoints
from tests.recognition.local_matching.drawn import spotted


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for part, names in (("labelled", ("a.jpg", "b.jpg")), ("test", ("c.jpg",))):
        folder = tmp_path / "artifacts/prepare" / part
        folder.mkdir(parents=True)
        for number, name in enumerate(names):
            spotted(number).save(folder / name, quality=95)
        table = pd.DataFrame({"image": [*names, "broken.jpg"], "file": [*names, ""]})
        table.to_parquet(folder.with_suffix(".parquet"), index=False)
    return tmp_path


def run(root: Path, part: str = "labelled", **params: Any) -> Summary:
    values = keypoints.Params.model_validate({"method": "sift", "side": 160, "max_keypoints": 50, **params})
    return keypoints.run(values, keypoints.Paths.at(root, part))


def contents(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (root / "artifacts/keypoints/labelled").iterdir()}


def test_each_photograph_that_can_be_opened_has_the_keypoints_of_its_working_copy(root: Path) -> None:
    summary = run(root)
    table = keypoint_table.read(root / "artifacts/keypoints/labelled")
    assert table.images == ["a.jpg", "b.jpg"]
    assert table.settings == KeypointSettings("sift", 160, 50)
    from PIL import Image

    with Image.open(root / "artifacts/prepare/labelled/b.jpg") as picture:
        own = computing.compute(picture, table.settings)
    assert table.of("b.jpg").descriptors.tobytes() == own.descriptors.tobytes()
    assert summary.facts == {"method": "sift", "photographs": 2, "keypoints": 100, "without": 0}
    assert summary.line.startswith("2 photographs, 100 keypoints (sift), 0 MB")


def test_twice_gives_equal_bytes_whatever_the_number_of_workers(root: Path) -> None:
    run(root)
    first = contents(root)
    run(root, compute={"workers": 200})
    assert contents(root) == first


def test_the_method_none_reads_no_photograph_and_writes_empty_tables(root: Path) -> None:
    for file in (root / "artifacts/prepare/labelled").iterdir():
        file.unlink()
    summary = run(root, method="none")
    table = keypoint_table.read(root / "artifacts/keypoints/labelled")
    assert len(table) == len(table.descriptors) == 0
    assert summary.line == "none (keypoints.method)"


def test_a_set_without_test_photographs_has_an_empty_table(root: Path) -> None:
    table = pd.read_parquet(root / "artifacts/prepare/test.parquet")
    table.head(0).to_parquet(root / "artifacts/prepare/test.parquet", index=False)
    run(root, "test")
    assert len(keypoint_table.read(root / "artifacts/keypoints/test")) == 0


def test_a_working_copy_that_cannot_be_read_ends_the_stage_and_leaves_nothing(root: Path) -> None:
    (root / "artifacts/prepare/labelled/b.jpg").write_bytes(b"no picture")
    with pytest.raises(BrokenImageError):
        run(root)
    assert list((root / "artifacts/keypoints").iterdir()) == []
