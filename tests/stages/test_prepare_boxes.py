"""prepare with boxes: what is cropped, what a row says of it, and that nothing changes where there are none."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from longtail.errors import BadInput
from longtail.images.opening import open_image
from longtail.params import ComputeParams, DataParams
from longtail.run_record import Summary
from longtail.stages import audit, oversample, prepare

LEFT, RIGHT = "0.1 0.1 0.3 0.5", "0.55 0.3 0.4 0.6"


def photograph(seed: int) -> Image.Image:
    small = np.random.default_rng(seed).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((400, 300), Image.Resampling.BICUBIC)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Two photographs whole, one with a box, one with two animals, one that was held on its side; a test photograph."""
    for folder, names in (("train", "abcd"), ("test", "t")):
        (tmp_path / "data/raw" / folder).mkdir(parents=True)
        for seed, name in enumerate(names, start=ord(names[0])):
            photograph(seed).save(tmp_path / "data/raw" / folder / f"{name}.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = photograph(ord("c")).transpose(Image.Transpose.ROTATE_90)
    lying.save(tmp_path / "data/raw/train/e.jpg", exif=exif, quality=95)
    rows = ["a.png,moby,", "b.png,dick,", f"c.png,moby,{LEFT}", f"d.png#1,ada,{LEFT}", f"d.png#2,bea,{RIGHT}"]
    write(tmp_path, "train.csv", ["Image,Id,box", *rows, f"e.jpg,moby,{LEFT}"])
    write(tmp_path, "sample_submission.csv", ["Image,Id,box", f"t.png,new_whale,{RIGHT}"])
    (tmp_path / "artifacts/validate").mkdir(parents=True)
    (tmp_path / "artifacts/validate/passed.json").write_text('{"passed": true}\n')
    (tmp_path / "edits.csv").write_text("image,action,value,who,when,why\n")
    return tmp_path


def write(root: Path, name: str, lines: list[str]) -> None:
    (root / "data/raw" / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def prepared(root: Path, part: str = "labelled", **params: object) -> Summary:
    values = prepare.Params(side=64, compute=ComputeParams(workers=1), **params)  # type: ignore[arg-type]
    return prepare.run(values, prepare.Paths.at(root, part))


def table(root: Path, part: str = "labelled") -> pd.DataFrame:
    return pd.read_parquet(root / f"artifacts/prepare/{part}.parquet").set_index("image", drop=False)


def written(root: Path) -> dict[str, bytes]:
    files = (root / "artifacts/prepare").rglob("*")
    return {path.name: path.read_bytes() for path in files if path.is_file()}


def md5_of(root: Path, name: str) -> str:
    return hashlib.md5((root / "data/raw/train" / name).read_bytes()).hexdigest()


def copy(root: Path, file: str, part: str = "labelled") -> Image.Image:
    with Image.open(root / f"artifacts/prepare/{part}" / file) as image:
        image.load()
        return image


def test_a_row_is_of_its_crop_and_names_its_file(project: Path) -> None:
    summary = prepared(project, box_margin=0.0)
    rows = table(project)
    assert rows["photograph"].tolist() == ["a.png", "b.png", "c.png", "d.png", "d.png", "e.jpg"]
    assert rows["photograph_md5"].tolist() == [md5_of(project, name) for name in rows["photograph"]]
    assert rows.loc["a.png", "md5"] == md5_of(project, "a.png")
    assert rows["md5"].nunique() == 6
    assert rows.loc["d.png#1", ["width", "height"]].tolist() == [120, 150]
    assert rows.loc["d.png#2", ["width", "height"]].tolist() == [160, 180]
    assert rows.loc["d.png#1", "file"] == "d.png#1.jpg"
    assert summary.line.endswith("; 4 cropped to their boxes")
    assert summary.facts["cropped"] == 4
    assert copy(project, "d.png#1.jpg").size == (64, 80)


def test_the_crop_of_a_photograph_on_its_side_is_that_of_the_upright_one(project: Path) -> None:
    prepared(project, box_margin=0.0)
    upright, turned = (np.asarray(copy(project, file), float) for file in ("c.png.jpg", "e.jpg"))
    assert upright.shape == turned.shape
    assert np.abs(upright - turned).mean() < 4  # JPEG's rounding apart


def test_the_margin_is_a_parameter(project: Path) -> None:
    prepared(project, box_margin=0.1)
    assert table(project).loc["c.png", ["width", "height"]].tolist() == [144, 180]
    before = table(project)["md5"]
    prepared(project, box_margin=0.0)
    assert table(project).loc["c.png", ["width", "height"]].tolist() == [120, 150]
    assert table(project)["md5"].equals(before)  # decisions of the team outlive it


def test_test_photographs_are_cropped_too(project: Path) -> None:
    prepared(project, "test", box_margin=0.0)
    rows = table(project, "test")
    assert rows.loc["t.png", ["width", "height", "photograph"]].tolist() == [160, 180, "t.png"]


def test_without_boxes_every_byte_is_what_it_was(project: Path) -> None:
    names = ["a.png", "b.png", "c.png", "d.png", "e.jpg"]
    write(project, "train.csv", ["Image,Id", *(f"{name},moby" for name in names)])
    prepared(project)
    whole = written(project)
    assert "photograph" not in table(project).columns
    write(project, "train.csv", ["Image,Id,box", *(f"{name},moby," for name in names)])
    prepared(project, box_margin=0.5)
    assert {
        path.name: path.read_bytes() for path in (project / "artifacts/prepare").rglob("*") if path.is_file()
    } == whole
    write(project, "train.csv", ["Image,Id,box", *(f"{name},moby,{LEFT}" for name in names)])
    prepared(project, data=DataParams(box_column=""))
    assert {
        path.name: path.read_bytes() for path in (project / "artifacts/prepare").rglob("*") if path.is_file()
    } == whole


def test_a_crop_of_a_jpeg_decoded_smaller_is_no_smaller_than_the_side(project: Path) -> None:
    large = photograph(1).resize((3200, 2400))
    large.save(project / "data/raw/train/a.jpg", quality=95)
    write(project, "train.csv", ["Image,Id,box", "a.jpg,moby,0.4 0.4 0.05 0.05"])
    prepared(project, box_margin=0.0)
    assert table(project).loc["a.jpg", ["width", "height"]].tolist() == [160, 120]
    assert min(copy(project, "a.jpg").size) == 64
    exact = open_image((project / "data/raw/train/a.jpg").read_bytes()).image.crop((1280, 960, 1440, 1080))
    difference = np.asarray(copy(project, "a.jpg").resize((32, 24)), float) - np.asarray(exact.resize((32, 24)), float)
    assert np.abs(difference).mean() < 4


def test_a_box_without_its_file_and_a_wrong_box_are_refused(project: Path) -> None:
    write(project, "train.csv", ["Image,Id,box", f"gone.png#1,moby,{LEFT}", f"a.png#1,moby,{LEFT}"])
    with pytest.raises(BadInput, match=r"photograph missing from data/raw/train, e\.g\. gone\.png#1 "):
        prepared(project)
    write(project, "train.csv", ["Image,Id,box", "a.png,moby,0.9 0.9 0.2 0.2"])
    with pytest.raises(BadInput, match="box that lies outside of its photograph"):
        prepared(project)
    assert not (project / "artifacts/prepare").exists()


def test_all_boxes_of_a_file_are_one_group_and_no_conflict(project: Path) -> None:
    for part in ("labelled", "test"):
        prepared(project, part)
    audit.run(audit.Params(), audit.Paths.at(project))
    groups = pd.read_parquet(project / "artifacts/audit/groups.parquet").set_index("image")
    assert groups.loc["d.png#1", "group"] == groups.loc["d.png#2", "group"]
    assert groups.loc[["d.png#1", "d.png#2"], "identity"].tolist() == ["ada", "bea"]
    assert not groups["conflict"].any()
    assert groups["group"].nunique() == 4  # e.jpg shows c.png's picture


def test_filtering_the_originals_is_refused_where_there_are_boxes(project: Path) -> None:
    prepared(project)
    rows = table(project)[["image"]].assign(identity="moby", fold="train", class_count=1)
    (project / "artifacts/split").mkdir()
    rows.to_parquet(project / "artifacts/split/split.parquet", index=False)
    with pytest.raises(BadInput, match=r"4 x photograph with a box, which no original shows alone.*working"):
        oversample.run(oversample.Params(source="originals"), oversample.Paths.at(project))
