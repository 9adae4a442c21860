"""prepare: one row and one working copy a photograph, whatever its format; what is broken is told and counted."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import ExifTags, Image

from longtail import compute
from longtail.errors import BadInput
from longtail.images.working_reader import open_working
from longtail.params import ComputeParams, DataParams
from longtail.run_record import Summary
from longtail.stages import prepare

LABELLED = {
    "image": "str", "label": "str", "together": "str", "row": "int64", "md5": "str", "bytes": "int64",
    "width": "int64", "height": "int64", "mode": "str", "is_grey": "bool", "channel": "str", "dhash": "uint64",
    "thumb": "object", "file": "str", "error": "str",
}  # fmt: skip


def photograph(seed: int, width: int = 48, height: int = 32) -> Image.Image:
    small = np.random.default_rng(seed).integers(0, 256, (4, 6, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)


def tinted(seed: int) -> Image.Image:
    grey, nothing = photograph(seed).convert("L"), Image.new("L", (48, 32))
    return Image.merge("RGB", [nothing, grey, nothing])


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Nine photographs of three labels and two test photographs, one of each kind that is out of the ordinary."""
    train, test = tmp_path / "data/raw/train", tmp_path / "data/raw/test"
    train.mkdir(parents=True)
    test.mkdir()
    photograph(0).save(train / "a.jpg")
    photograph(1).convert("L").save(train / "b.jpg")
    photograph(2).convert("L").convert("RGB").save(train / "c.png")
    tinted(3).save(train / "d.jpg", quality=95)
    photograph(4, 96, 640).save(train / "e.jpg")
    for number, name in enumerate("fghi", start=5):
        photograph(number).save(train / f"{name}.jpg")
    photograph(9).save(test / "z.jpg")
    photograph(10).save(test / "y.pgm")
    rows = ["i.jpg,007", "h.jpg,new_whale", *(f"{name}.jpg,moby" for name in "gfedba"), "c.png,NA"]
    (tmp_path / "data/raw/train.csv").write_text("\n".join(["Image,Id", *rows]) + "\n")
    (tmp_path / "data/raw/sample_submission.csv").write_text("Image,Id\nz.jpg,new_whale\ny.pgm,new_whale\n")
    (tmp_path / "artifacts/validate").mkdir(parents=True)
    (tmp_path / "artifacts/validate/passed.json").write_text('{"passed": true}\n')
    return tmp_path


def prepared(root: Path, part: str = "labelled", workers: int = 200, **params: object) -> Summary:
    values = prepare.Params(side=64, compute=ComputeParams(workers=workers), **params)  # type: ignore[arg-type]
    return prepare.run(values, prepare.Paths.at(root, part))


def table(root: Path, part: str = "labelled") -> pd.DataFrame:
    return pd.read_parquet(root / f"artifacts/prepare/{part}.parquet").set_index("image", drop=False)


def written(root: Path) -> dict[str, bytes]:
    folder = root / "artifacts/prepare"
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_table_has_the_columns_and_types_of_the_contract(project: Path) -> None:
    prepared(project)
    prepared(project, "test")
    assert table(project).dtypes.astype(str).to_dict() == LABELLED
    without = {"label", "together", "row"}
    assert table(project, "test").dtypes.astype(str).to_dict() == {
        k: v for k, v in LABELLED.items() if k not in without
    }


def test_a_row_says_what_the_photograph_is(project: Path) -> None:
    summary = prepared(project)
    rows = table(project)
    assert rows["image"].tolist() == sorted(rows["image"])
    assert rows.loc[["a.jpg", "c.png", "h.jpg", "i.jpg"], "label"].tolist() == ["moby", "NA", "", "007"]
    assert rows.loc[["i.jpg", "c.png"], "row"].tolist() == [2, 10]
    assert rows.loc["a.jpg", "md5"] == hashlib.md5((project / "data/raw/train/a.jpg").read_bytes()).hexdigest()
    assert rows.loc["e.jpg", ["width", "height", "mode"]].tolist() == [96, 640, "RGB"]
    assert rows.index[rows["is_grey"]].tolist() == ["b.jpg", "c.png"]
    assert rows.index[rows["channel"] == "green"].tolist() == ["d.jpg"]
    assert rows["thumb"].map(len).unique().tolist() == [4_096]
    assert rows["dhash"].nunique() == 9
    expected = {"photographs": 9, "broken": 0, "grey": 2, "mode_l": 1, "tinted": 1}
    assert summary.facts == expected
    assert summary.line == "9 photographs, 2 grey, 1 tinted to one channel"


def test_working_copies_lie_beside_the_table(project: Path) -> None:
    prepared(project)
    copies = project / "artifacts/prepare/labelled"
    assert sorted(path.name for path in copies.iterdir()) == sorted(table(project)["file"])
    assert (copies / "a.jpg").read_bytes() == (project / "data/raw/train/a.jpg").read_bytes()
    assert open_working(copies / "e.jpg").size == (64, 427)
    assert open_working(copies / "c.png.jpg").mode == "L"


def test_the_number_of_workers_changes_no_byte(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for part in ("labelled", "test"):
        prepared(project, part)
    alone = written(project)
    monkeypatch.setattr(compute, "_SECONDS_ALONE", 0.0)
    for part in ("labelled", "test"):
        prepared(project, part, workers=3)
    assert written(project) == alone


def test_the_test_part_holds_the_test_photographs(project: Path) -> None:
    (project / "data/raw/test/.keep").touch()
    summary = prepared(project, "test", data=DataParams(group_column="encounter"))
    assert table(project, "test")["file"].tolist() == ["y.pgm.jpg", "z.jpg"]
    assert summary.facts["photographs"] == 2


def test_a_set_without_test_photographs_gives_an_empty_table(project: Path) -> None:
    for path in (project / "data/raw/test").iterdir():
        path.unlink()
    (project / "data/raw/sample_submission.csv").write_text("Image,Id\n")
    prepared(project, "test")
    empty = pd.read_parquet(project / "artifacts/prepare/test.parquet")
    assert len(empty) == 0
    assert {"image", "file", "dhash"} <= set(empty)
    assert (project / "artifacts/prepare/test").is_dir()


def test_broken_photographs_stop_the_run_with_all_reasons_and_leave_nothing_behind(project: Path) -> None:
    train = project / "data/raw/train"
    (train / "f.jpg").write_text("<html>not found</html>")
    (train / "g.jpg").write_bytes((train / "a.jpg").read_bytes()[:400])
    (train / "h.jpg").write_bytes((train / "a.jpg").read_bytes()[:500])
    with pytest.raises(BadInput) as caught:
        prepared(project, max_broken=2)
    remedy = "Replace them in data/raw/train, or set prepare.max_broken to 3 or more (it is 2)."
    assert str(caught.value).splitlines() == [
        "photograph that cannot be opened (not an image), e.g. f.jpg: it begins with b'<html>not fo' "
        f"(data/raw/train.csv, row 5). {remedy}",
        "2 x photograph that cannot be opened (the file ends too early), e.g. h.jpg: after 500 bytes "
        f"(data/raw/train.csv, row 3). {remedy}",
    ]
    assert list((project / "artifacts").rglob("*prepare*/*")) == []


def test_a_failure_leaves_the_last_good_run_as_it_was(project: Path) -> None:
    prepared(project)
    before = written(project)
    (project / "data/raw/train/a.jpg").write_bytes(b"")
    with pytest.raises(BadInput, match=r"photograph that cannot be opened \(the file is empty\), e\.g\. a\.jpg"):
        prepared(project)
    assert written(project) == before


def test_as_many_broken_photographs_as_are_allowed_are_listed_with_their_reason(project: Path) -> None:
    (project / "data/raw/train/f.jpg").write_bytes(b"")
    summary = prepared(project, max_broken=1)
    row = table(project).loc["f.jpg"]
    assert (row["file"], row["error"], row["thumb"], row["width"]) == ("", "the file is empty", b"", 0)
    assert not (project / "artifacts/prepare/labelled/f.jpg").exists()
    assert summary.warnings == ("1 broken, left out from here on, e.g. f.jpg: the file is empty",)
    assert summary.facts["broken"] == 1


def test_table_and_folder_must_agree_and_all_that_is_wrong_is_told_at_once(project: Path) -> None:
    csv = project / "data/raw/train.csv"
    csv.write_text(csv.read_text() + "../x.jpg,moby\nnone.jpg,moby\na.jpg,moby\n")
    photograph(20).save(project / "data/raw/train/unlabelled.jpg")  # a warning of validate's, no fault here
    with pytest.raises(BadInput, match="photograph with more than one row") as caught:
        prepared(project)
    assert str(caught.value).splitlines() == [
        "photograph with more than one row, e.g. a.jpg (data/raw/train.csv, row 13). Keep one row a photograph.",
        "2 x photograph missing from data/raw/train, e.g. ../x.jpg (data/raw/train.csv, row 11). "
        "Add the photographs to data/raw/train, or remove their rows.",
    ]
    assert not (project / "artifacts/prepare/labelled").exists()


def test_sample_submission_must_list_just_the_test_photographs(project: Path) -> None:
    (project / "data/raw/sample_submission.csv").write_text("Image,Id\nz.jpg,new_whale\nw.jpg,new_whale\n")
    with pytest.raises(BadInput, match=r"photograph missing from data/raw/test, e\.g\. w\.jpg") as caught:
        prepared(project, "test")
    assert "test photograph without a row in data/raw/sample_submission.csv, e.g. y.pgm (data/raw/test)" in str(
        caught.value
    )


def with_capture_time(root: Path, name: str, **times: str) -> None:
    """The photograph saved again with these times in its EXIF."""
    path = root / "data/raw/train" / name
    exif = Image.Exif()
    inner = exif.get_ifd(ExifTags.IFD.Exif)
    for tag, written in times.items():
        (exif if tag == "DateTime" else inner)[ExifTags.Base[tag]] = written
    with Image.open(path) as image:
        image.save(path, exif=exif)


def test_the_date_is_when_the_camera_says_that_it_was_taken(project: Path) -> None:
    with_capture_time(project, "a.jpg", DateTimeOriginal="2021:03:04 23:30:00", OffsetTimeOriginal="+13:00")
    with_capture_time(project, "b.jpg", DateTime="2022:01:01 00:00:00", DateTimeDigitized="2022:01:01 00:00:00")
    with_capture_time(project, "d.jpg", DateTimeOriginal="0000:00:00 00:00:00")
    summary = prepared(project)
    assert table(project)["date"].to_dict() == dict.fromkeys(table(project)["image"], "") | {"a.jpg": "2021-03-04"}
    assert list(table(project).columns) == [*LABELLED, "date"]
    assert summary.line.endswith("; dates of 1 by EXIF's capture time, 2021-03-04 to 2021-03-04, 8 undated")
    assert summary.facts["dates"]["undated"] == 8


def test_a_named_column_dates_the_photographs_whatever_exif_says(project: Path) -> None:
    with_capture_time(project, "a.jpg", DateTimeOriginal="2021:03:04 23:30:00")
    csv = project / "data/raw/train.csv"
    header, *rows = csv.read_text().splitlines()
    dated = [f"{row},{'2019-05-06 10:00' if row.startswith('b.jpg') else ''}" for row in rows]
    csv.write_text("\n".join([f"{header},when", *dated]) + "\n")
    data = DataParams(date_column="when")
    summary = prepared(project, data=data)
    assert table(project).loc[["a.jpg", "b.jpg"], "date"].tolist() == ["", "2019-05-06"]
    assert "by column 'when'" in summary.line
    prepared(project, "test", data=data)
    assert "date" not in table(project, "test")


def test_a_column_without_a_date_is_warned_of_and_dates_nothing(project: Path) -> None:
    csv = project / "data/raw/train.csv"
    header, *rows = csv.read_text().splitlines()
    csv.write_text("\n".join([f"{header},when", *(f"{row}," for row in rows)]) + "\n")
    summary = prepared(project, data=DataParams(date_column="when"))
    assert list(table(project).columns) == list(LABELLED)
    assert summary.warnings == ("column 'when' (data.date_column) is blank in every row: no photograph has a date",)
