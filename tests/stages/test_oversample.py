"""oversample: the plan, the variants on disk, and that the train fold alone is ever oversampled."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from longtail import compute
from longtail.errors import BadInput
from longtail.images.variants import variants
from longtail.images.working_reader import open_working
from longtail.params import ComputeParams
from longtail.run_record import Summary
from longtail.stages import oversample

#         image,   identity, group, fold, class_count
SPLIT = [
    ("a.jpg", "moby", "A", "train", 2),
    ("b.jpg", "moby", "B", "train", 2),  # grey
    ("c.jpg", "moby", "C", "valid", 2),
    ("d.jpg", "", "D", "train", 0),
    ("e.jpg", "flo", "E", "valid", 0),
    ("f.png", "ahab", "F", "train", 3),
    ("g.jpg", "ahab", "G", "train", 3),
    ("h.jpg", "ahab", "H", "train", 3),
    ("i.jpg", "ahab", "I", "left_out", 3),
    ("j.jpg", "moby", "A", "train", 2),  # the same picture as a.jpg
]
GREY = {"b.jpg"}
WIDE, HIGH = 96, 64  # of the originals
FIVE = ["blue", "gaussian_blur", "green", "red", "unsharp_mask"]


def photograph(name: str) -> Image.Image:
    seed = ord("a" if name == "j.jpg" else name[0])
    small = np.random.default_rng(seed).integers(0, 256, (4, 6, 3), dtype=np.uint8)
    image = Image.fromarray(small).resize((48, 32), Image.Resampling.BICUBIC)
    return image.convert("L") if name == "b.jpg" else image


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Ten photographs: two train photographs of moby and a copy of one, three of ahab, an unknown, and valid ones."""
    copies = tmp_path / "artifacts/prepare/labelled"
    copies.mkdir(parents=True)
    (tmp_path / "artifacts/split").mkdir()
    table = pd.DataFrame(SPLIT, columns=["image", "identity", "group", "fold", "class_count"])
    files = {name: f"{name}.jpg" if name.endswith("png") else name for name in table["image"]}
    for name, file in files.items():
        photograph(name).save(copies / file, quality=95)
    table.to_parquet(tmp_path / "artifacts/split/split.parquet", index=False)
    labelled = pd.DataFrame({"image": list(files), "file": list(files.values()), "label": table["identity"]})
    labelled = labelled.assign(is_grey=[name in GREY for name in files], width=WIDE, height=HIGH)
    originals = tmp_path / "data/raw/train"
    originals.mkdir(parents=True)
    for name in files:
        photograph(name).resize((WIDE, HIGH)).save(originals / name)
    labelled.to_parquet(tmp_path / "artifacts/prepare/labelled.parquet", index=False)
    return tmp_path


def oversampled(root: Path, workers: int = 200, **params: object) -> Summary:
    values = oversample.Params(**{"min_count": 3, "compute": ComputeParams(workers=workers), **params})  # type: ignore[arg-type]
    return oversample.run(values, oversample.Paths.at(root))


def read(root: Path, name: str) -> pd.DataFrame:
    return pd.read_parquet(root / f"artifacts/oversample/{name}.parquet")


def stored(root: Path) -> list[str]:
    return sorted(path.name for path in (root / "artifacts/oversample/images").iterdir())


def written(root: Path) -> dict[str, bytes]:
    folder = root / "artifacts/oversample"
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_plan_of_the_threshold(project: Path) -> None:
    summary = oversampled(project)
    plan = read(project, "plan")
    assert list(plan.itertuples(index=False, name=None)) == [
        ("a.jpg", "moby", "original", 1, "prepare", "a.jpg"),
        ("a.jpg", "moby", "red", 4, "oversample", "red_a.jpg"),
        ("a.jpg", "moby", "green", 4, "oversample", "green_a.jpg"),
        ("a.jpg", "moby", "blue", 4, "oversample", "blue_a.jpg"),
        ("a.jpg", "moby", "gaussian_blur", 4, "oversample", "gaussian_blur_a.jpg"),
        ("a.jpg", "moby", "unsharp_mask", 4, "oversample", "unsharp_mask_a.jpg"),
        ("b.jpg", "moby", "original", 1, "prepare", "b.jpg"),
        ("b.jpg", "moby", "red", 6, "oversample", "red_b.jpg"),
        ("b.jpg", "moby", "gaussian_blur", 2, "oversample", "gaussian_blur_b.jpg"),
        ("b.jpg", "moby", "unsharp_mask", 2, "oversample", "unsharp_mask_b.jpg"),
        ("d.jpg", "", "original", 1, "prepare", "d.jpg"),
        ("f.png", "ahab", "original", 1, "prepare", "f.png.jpg"),
        ("g.jpg", "ahab", "original", 1, "prepare", "g.jpg"),
        ("h.jpg", "ahab", "original", 1, "prepare", "h.jpg"),
        ("j.jpg", "moby", "original", 1, "prepare", "j.jpg"),
    ]
    # Three photographs of moby, an original and ten variants each, and the four others once.
    assert plan["repeats"].sum() == summary.facts["views"] == 3 * 11 + 4
    assert summary.line == "augmented_oversampling: 7 photographs, 37 views an epoch; 8 variants stored for 30"


def test_the_augmented_table_lists_the_files_that_are_there(project: Path) -> None:
    oversampled(project)
    augmented = read(project, "augmented")
    assert augmented.dtypes.astype(str).to_dict() == {
        "file": "str", "image": "str", "identity": "str", "variant": "str", "repeats": "int64",
    }  # fmt: skip
    assert augmented["file"].tolist() == stored(project)
    assert set(augmented["file"]) == set(read(project, "plan").query("folder == 'oversample'")["file"])


def test_pictures_are_the_filtered_working_copies(project: Path) -> None:
    oversampled(project)
    images = project / "artifacts/oversample/images"
    original = open_working(project / "artifacts/prepare/labelled/a.jpg")
    file = io.BytesIO()
    variants(original)["unsharp_mask"].save(file, "JPEG", quality=95)
    assert (images / "unsharp_mask_a.jpg").read_bytes() == file.getvalue()
    green = open_working(images / "green_a.jpg")
    assert green.mode == "L"
    away = np.asarray(green, np.int16) - np.asarray(original.split()[1], np.int16)
    assert np.abs(away).mean() < 1
    assert open_working(images / "gaussian_blur_a.jpg").mode == "RGB"
    assert open_working(images / "gaussian_blur_b.jpg").mode == "L"


@pytest.mark.parametrize("strategy", ["augmented_oversampling", "random_oversampling", "random_undersampling", "none"])
@pytest.mark.parametrize("layout", ["distinct", "legacy_2019"])
def test_the_train_fold_alone_is_ever_learned_from_or_oversampled(project: Path, strategy: str, layout: str) -> None:
    oversampled(project, strategy=strategy, layout=layout, min_count=100)
    train = {image for image, _, _, fold, _ in SPLIT if fold == "train"}
    assert set(read(project, "plan")["image"]) <= train
    assert set(read(project, "augmented")["image"]) <= train - {"d.jpg"}
    made_of = {name.split("_")[-1].removesuffix(".jpg").removesuffix(".png") for name in stored(project)}
    assert made_of <= set("abfghj")


def test_the_variants_are_made_whatever_the_strategy(project: Path) -> None:
    oversampled(project)
    threshold = {name: data for name, data in written(project).items() if name != "plan.parquet"}
    oversampled(project, strategy="none")
    assert {name: data for name, data in written(project).items() if name != "plan.parquet"} == threshold
    plan = read(project, "plan")
    assert plan["image"].tolist() == ["a.jpg", "b.jpg", "d.jpg", "f.png", "g.jpg", "h.jpg", "j.jpg"]
    assert set(plan["folder"]) == {"prepare"}


def test_copies_and_undersampling_plan_originals(project: Path) -> None:
    oversampled(project, strategy="random_oversampling", min_count=4)
    plan = read(project, "plan").set_index("image")
    assert plan["repeats"].to_dict() == {
        "a.jpg": 2, "b.jpg": 1, "d.jpg": 1, "f.png": 2, "g.jpg": 1, "h.jpg": 1, "j.jpg": 1,
    }  # fmt: skip
    oversampled(project, strategy="random_undersampling", max_count=1)
    assert read(project, "plan").groupby("identity").size().to_dict() == {"": 1, "ahab": 1, "moby": 1}


def test_the_seed_layout_is_the_2019_scripts_ten_files_a_photograph(project: Path) -> None:
    oversampled(project, layout="legacy_2019", min_count=5)  # photographs of all folds: four of moby, four of ahab
    names = stored(project)
    assert len(names) == 6 * 10
    assert [name for name in names if name.endswith("_b.jpg")] == [
        "0b_b.jpg", "0bl_b.jpg", "0g_b.jpg", "0r_b.jpg", "0un_b.jpg",
        "1b_b.jpg", "1bl_b.jpg", "1g_b.jpg", "1r_b.jpg", "1un_b.jpg",
    ]  # fmt: skip
    assert set(read(project, "augmented")["repeats"]) == {1}
    assert read(project, "augmented")["file"].tolist() == names
    oversampled(project, layout="legacy_2019", min_count=4)
    assert stored(project) == []


def test_one_pass_halves_the_times_and_leaves_the_files(project: Path) -> None:
    oversampled(project)
    two, names = read(project, "augmented")["repeats"], stored(project)
    oversampled(project, passes=1)
    assert (read(project, "augmented")["repeats"] * 2 == two).all()
    assert stored(project) == names


def test_nothing_rare_gives_an_empty_folder_and_an_empty_table(project: Path) -> None:
    oversampled(project)
    full = read(project, "augmented").dtypes
    oversampled(project, min_count=1)
    assert stored(project) == []
    assert len(read(project, "augmented")) == 0
    assert read(project, "augmented").dtypes.equals(full)
    assert set(read(project, "plan")["variant"]) == {"original"}


@pytest.mark.parametrize("layout", ["distinct", "legacy_2019"])
def test_the_number_of_workers_changes_no_byte(project: Path, layout: str, monkeypatch: pytest.MonkeyPatch) -> None:
    oversampled(project, min_count=9, layout=layout)
    alone = written(project)
    monkeypatch.setattr(compute, "_SECONDS_ALONE", 0.0)
    oversampled(project, min_count=9, layout=layout, workers=3)
    assert written(project) == alone


def test_a_photograph_without_a_working_copy_stops_the_run(project: Path) -> None:
    labelled = pd.read_parquet(project / "artifacts/prepare/labelled.parquet")
    labelled.loc[labelled["image"].isin(["a.jpg", "c.jpg", "h.jpg"]), "file"] = ""
    labelled.to_parquet(project / "artifacts/prepare/labelled.parquet", index=False)
    with pytest.raises(BadInput, match=r"2 x photograph of the train fold without a working copy, e\.g\. a\.jpg"):
        oversampled(project)


def test_a_lost_working_copy_stops_the_run_and_leaves_nothing_behind(project: Path) -> None:
    (project / "artifacts/prepare/labelled/b.jpg").unlink()
    with pytest.raises(BadInput, match=r"photograph that cannot be opened .*No such file.*Make it again: longtail"):
        oversampled(project)
    assert written(project) == {}


def test_originals_are_filtered_in_their_own_size(project: Path) -> None:
    oversampled(project, source="originals")
    images = project / "artifacts/oversample/images"
    assert {open_working(path).size for path in images.iterdir()} == {(WIDE, HIGH)}
    assert read(project, "augmented")["file"].tolist() == stored(project)
    assert read(project, "augmented")["repeats"].sum() == 30
    (project / "data/raw/train/b.jpg").write_bytes(b"no picture")
    with pytest.raises(BadInput, match=r"photograph that cannot be opened \(not an image"):
        oversampled(project, source="originals")


def test_a_photograph_without_colour_is_filtered_as_one_channel(project: Path) -> None:
    """Its red, green and blue differ by JPEG's rounding alone: three files of them would be one picture thrice."""
    labelled = pd.read_parquet(project / "artifacts/prepare/labelled.parquet")
    labelled.loc[labelled["image"] == "a.jpg", "is_grey"] = True
    labelled.to_parquet(project / "artifacts/prepare/labelled.parquet", index=False)
    oversampled(project)
    images = project / "artifacts/oversample/images"
    assert {name for name in stored(project) if name.endswith("_a.jpg")} == {
        "red_a.jpg", "gaussian_blur_a.jpg", "unsharp_mask_a.jpg",
    }  # fmt: skip
    assert {open_working(path).mode for path in images.glob("*_a.jpg")} == {"L"}
    assert read(project, "augmented").set_index("file").loc["red_a.jpg", "repeats"] == 6
