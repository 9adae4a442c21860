"""The pictures: from the original, upright, without metadata, of names that the tables know."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from longtail.params import DataParams
from longtail.reviewing import photographs
from longtail.reviewing.pictures import PictureCache
from tests.reviewing import drawn_run
from tests.reviewing.conftest import Served


def shown(served: Served, image: str, **query: str | int) -> Image.Image:
    answer = served.enter().get("/picture/labelled", params={"image": image, **query})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg"), answer.text
    return Image.open(io.BytesIO(answer.content))


def original(served: Served, name: str) -> Path:
    return served.root / "data/raw/train" / name


@pytest.mark.parametrize(
    "image",
    ["../train.csv", "../../../edits.csv", "/etc/passwd", "a1.jpg/../a2.jpg", "..\\a1.jpg", "zz.jpg", "", "a1.jpg\0"],
)
def test_a_path_outside_the_set_is_refused(served: Served, image: str) -> None:
    answer = served.enter().get("/picture/labelled", params={"image": image})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    "path", ["/picture/labelled/..%2f..%2fedits.csv", "/picture/raw?image=a1.jpg", "/picture/labelled"]
)
def test_there_is_no_other_way_to_a_file(served: Served, path: str) -> None:
    assert served.enter().get(path).status_code in (404, 422)


def test_a_photograph_comes_upright_and_without_metadata(served: Served) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held on its side
    exif[0x010F] = "a camera with a number"
    drawn_run.picture(1, (60, 40)).save(original(served, "a1.jpg"), exif=exif, comment=b"at home")
    picture = shown(served, "a1.jpg")
    assert picture.size == (40, 60)
    assert not picture.getexif()
    assert not {"comment", "icc_profile", "exif"} & set(picture.info)


@pytest.mark.parametrize(("side", "size"), [(256, (256, 192)), (4096, (600, 450))])
def test_a_picture_is_no_larger_than_asked_for_and_never_enlarged(
    served: Served, side: int, size: tuple[int, int]
) -> None:
    drawn_run.picture(2, (600, 450)).save(original(served, "a1.jpg"))
    assert shown(served, "a1.jpg", side=side).size == size


@pytest.mark.parametrize("side", [0, -1, 100, 5000, 100_000])
def test_other_sizes_are_refused(served: Served, side: int) -> None:
    assert served.enter().get("/picture/labelled", params={"image": "a1.jpg", "side": side}).status_code == 404


@pytest.mark.parametrize("ending", ["TIFF", "HEIF"])
def test_a_tiff_and_a_heic_are_shown(served: Served, ending: str) -> None:
    if ending == "HEIF":
        pytest.importorskip("pillow_heif").register_heif_opener()
    drawn_run.picture(3, (120, 90)).save(original(served, "a1.jpg"), format=ending)  # the name says nothing
    assert shown(served, "a1.jpg").size == (120, 90)


def test_a_broken_photograph_says_why(served: Served) -> None:
    original(served, "a1.jpg").write_text("no picture")
    answer = served.enter().get("/picture/labelled", params={"image": "a1.jpg"})
    assert answer.status_code == 422
    assert "not an image" in answer.text


def test_without_the_original_the_working_copy_is_shown(served: Served) -> None:
    path = served.root / "artifacts/prepare/labelled.parquet"
    table = pd.read_parquet(path)
    table.loc[table["image"] == "a1.jpg", "file"] = "a1.jpg"
    table.to_parquet(path, index=False)
    original(served, "a1.jpg").unlink()
    (served.root / "artifacts/prepare/labelled").mkdir()
    drawn_run.picture(4, (50, 30)).save(served.root / "artifacts/prepare/labelled/a1.jpg")
    catalogue = photographs.read(served.root, served.root, DataParams())
    picture = PictureCache(served.root).get(catalogue, "a1.jpg", "labelled", 1024, whole=False)
    assert Image.open(io.BytesIO(picture)).size == (50, 30)


def test_a_box_is_cropped_with_its_margin_and_the_whole_is_offered(served: Served) -> None:
    path = served.root / "artifacts/prepare/labelled.parquet"
    pd.read_parquet(path).assign(photograph=lambda table: table["image"]).to_parquet(path, index=False)
    (served.root / "data/raw/train.csv").write_text("Image,Id,box\na1.jpg,ada,0.25 0.25 0.5 0.5\na2.jpg,ada,\n")
    (served.root / "artifacts/prepare/labelled.record.json").write_text(json.dumps({"params": {"box_margin": 0.1}}))
    catalogue = photographs.read(served.root, served.root, DataParams())
    pictures = PictureCache(served.root)
    sizes = [
        Image.open(io.BytesIO(pictures.get(catalogue, name, "labelled", 1024, whole=whole))).size
        for name, whole in (("a1.jpg", False), ("a1.jpg", True), ("a2.jpg", False))
    ]
    assert sizes == [(48, 36), (80, 60), (80, 60)]


def test_the_cache_keeps_to_its_limit(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("longtail.reviewing.pictures._KEPT_BYTES", 5_000)
    catalogue = photographs.read(served.root, served.root, DataParams())
    cache = PictureCache(served.root)
    for name in drawn_run.LABELS:
        cache.get(catalogue, name, "labelled", 1024, whole=False)
    assert 0 < sum(map(len, cache._pictures.values())) <= 5_000
    assert cache._bytes == sum(map(len, cache._pictures.values()))
