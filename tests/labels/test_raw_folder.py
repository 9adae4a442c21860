"""What the flow asks of data/raw, and what import may replace."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from longtail.errors import BadInput
from longtail.labels import rawset
from longtail.params import DataParams


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    for name in ("train", "test"):
        (tmp_path / name).mkdir()
    (tmp_path / "train" / "a.jpg").touch()
    (tmp_path / "train.csv").write_text("Image,Id\na.jpg,w_1\n", encoding="utf-8")
    (tmp_path / "sample_submission.csv").write_text("Image,Id\n", encoding="utf-8")
    return tmp_path


def test_a_whole_set_passes(whole: Path) -> None:
    rawset.check(whole, DataParams())


@pytest.mark.parametrize("part", ["train.csv", "sample_submission.csv"])
def test_a_missing_table_is_told(whole: Path, part: str) -> None:
    (whole / part).unlink()
    with pytest.raises(BadInput, match=f"not whole: no {part} .*longtail import SOURCE --replace"):
        rawset.check(whole, DataParams())


def test_a_missing_folder_is_told(whole: Path) -> None:
    (whole / "test").rmdir()
    with pytest.raises(BadInput, match="not whole: no test/"):
        rawset.check(whole, DataParams())


def test_nothing_at_all_is_told_with_both_ways_to_get_some(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no photographs yet.*longtail import SOURCE.*longtail sample data/raw"):
        rawset.check(tmp_path / "raw", DataParams())


def test_an_unreadable_table_is_told_before_it_is_versioned(whole: Path) -> None:
    with pytest.raises(BadInput, match="no column 'whale'"):
        rawset.check(whole, DataParams(identity_column="whale"))


def test_a_drawn_set_is_drawn_until_somebody_adds_a_photograph(whole: Path) -> None:
    assert not rawset.is_drawn(whole)
    (whole / rawset.DRAWN_MARKER).write_text(json.dumps({"seed": 1, "images": 1, "test": 0}), encoding="utf-8")
    assert rawset.is_drawn(whole)
    (whole / "train" / "mine.jpg").touch()
    assert not rawset.is_drawn(whole)
