"""Photographs to compare come from the raw set, if that is still what the run has seen."""

from __future__ import annotations

from hashlib import md5
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from longtail.images.cropping import picture_md5
from longtail.params import DataParams
from longtail.reporting import originals
from tests.reporting.building import artifacts
from tests.reporting.conftest import Draw

BOX = (0.5, 0.0, 0.25, 0.5)


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """A TIFF of 1,200 x 800 px that lies on its side, and its table."""
    folder = tmp_path / "data/raw/train"
    folder.mkdir(parents=True)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.linear_gradient("L").resize((1200, 800)).convert("RGB").save(folder / "a.tif", exif=exif)
    (folder.parent / "train.csv").write_text("Image,Id,box\na.tif#1,ada,0.5 0 0.25 0.5\n")
    return folder


def digest(file: Path) -> str:
    return md5(file.read_bytes(), usedforsecurity=False).hexdigest()


def test_it_is_upright_and_of_its_own_size(raw: Path, tmp_path: Path) -> None:
    table = pd.DataFrame({"image": ["a.tif", "gone.tif"], "md5": [digest(raw / "a.tif"), "0" * 32]})
    known = originals.read(tmp_path, table, DataParams(), 0.0)
    picture = known.open("a.tif", 480)
    assert picture is not None
    assert picture.size == (800, 1200)
    assert known.open("gone.tif", 480) is None
    assert known.open("never_heard_of.tif", 480) is None
    (raw / "a.tif").write_bytes((raw / "a.tif").read_bytes() + b"\0")
    assert known.open("a.tif", 480) is None, "not what prepare has seen"


def test_it_is_cut_to_its_box_with_the_margin_of_prepare(raw: Path, tmp_path: Path) -> None:
    table = pd.DataFrame(
        {"image": ["a.tif#1"], "photograph": ["a.tif"], "md5": [picture_md5(digest(raw / "a.tif"), BOX)]}
    )
    known = originals.read(tmp_path, table, DataParams(), 0.2)
    picture = known.open("a.tif#1", 480)
    assert picture is not None
    assert picture.size == (round(800 * 0.25 * 1.4), round(1200 * 0.5 * 1.2)), "the margin ends at the edge"
    (raw.parent / "train.csv").write_text("Image,Id,box\na.tif#1,ada,0 0 0.5 0.5\n")
    assert originals.read(tmp_path, table, DataParams(), 0.2).open("a.tif#1", 480) is None, "another box by now"


def test_the_page_shows_originals_where_they_are_and_working_copies_elsewhere(draw: Draw, tmp_path: Path) -> None:
    tables = artifacts()
    pair = tables["findings"].iloc[0]
    folder = tmp_path / "data/raw/train"
    folder.mkdir(parents=True)
    Image.linear_gradient("L").resize((1200, 800)).save(folder / pair["image"])
    tables["labelled"].loc[tables["labelled"]["image"] == pair["image"], "md5"] = digest(folder / pair["image"])
    left, right = draw(tables).section("checks").one("li", finding=pair["finding"]).all("img")
    assert (left.attributes["width"], left.attributes["height"]) == ("480", "320")
    assert int(right.attributes["width"]) < 480
