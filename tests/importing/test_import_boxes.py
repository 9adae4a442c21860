"""`longtail import --boxes`: MegaDetector's and COCO's boxes joined by path, and everything that would be a guess."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from longtail.cli import main
from longtail.labels.boxes import Box, read_boxes
from longtail.params import DataParams
from tests.importing.layouts import FOLDERS, Files, below, in_folder, picture, rows, table

SIZE = (24, 16)
PAIR = {
    "train.csv": table("Image,Id", "a.jpg,moby", "pair.jpg#1,ada", "pair.jpg#3,bea"),
    **{f"train/{name}": picture(at) for at, name in enumerate(["a.jpg", "pair.jpg"])},
}

WITH_BOXES = {
    "metadata.csv": table(
        "image_id,identity,path,bbox",
        '1,moby,photos/a.jpg,"[0.0, 0.0, 12.0, 8.0]"',
        '2,ada,photos/pair.jpg,"[0, 0, 12, 16]"',
        "3,bea,photos/pair.jpg,(12 0 12 16)",
        "4,cleo,photos/whole.jpg,nan",
    ),
    **{f"photos/{name}.jpg": picture(at) for at, name in enumerate(["a", "pair", "whole"])},
}


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "checkout"
    root.mkdir()
    monkeypatch.chdir(root)
    return root


def megadetector(files: dict[str, Sequence[tuple[float, Sequence[float]]]], **more: Any) -> dict[str, Any]:
    """A file in MegaDetector's format: {path: [(confidence, bbox), ...]}, animals all."""
    images = [
        {"file": path, "detections": [{"category": "1", "conf": conf, "bbox": list(bbox)} for conf, bbox in boxes]}
        for path, boxes in files.items()
    ]
    return {"detection_categories": {"1": "animal", "2": "person"}, "images": images, "info": {}, **more}


def coco(files: dict[str, Sequence[Sequence[float]]], size: tuple[int, int] | None = SIZE) -> dict[str, Any]:
    """A file in COCO's format: {path: [bbox, ...]}; annotations are numbered from 100."""
    sides = {"width": size[0], "height": size[1]} if size else {}
    images = [{"id": at, "file_name": path, **sides} for at, path in enumerate(files)]
    boxes = [(at, bbox) for at, of_image in enumerate(files.values()) for bbox in of_image]
    entries = [{"id": 100 + n, "image_id": at, "bbox": list(bbox)} for n, (at, bbox) in enumerate(boxes)]
    return {"images": images, "annotations": entries, "categories": [{"id": 1, "name": "whale"}]}


def imported(tmp_path: Path, document: Any, files: Files = FOLDERS, *more: str) -> int:
    source = in_folder(tmp_path / "source", files)
    path = tmp_path / "boxes.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return main(["import", str(source), "--boxes", str(path), *more])


def refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], document: Any, files: Files = FOLDERS) -> str:
    """The message of an import that must leave nothing behind."""
    assert imported(tmp_path, document, files) == 2
    assert below(Path()) == {}
    message = capsys.readouterr().err
    assert "Traceback" not in message
    return message


def boxes(name: str = "train.csv") -> dict[str, Box]:
    return read_boxes(Path("data/raw") / name, DataParams())


def turned(orientation: int, mode: str = "RGB") -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    Image.new(mode, SIZE).save(file, "JPEG", exif=exif)
    return file.getvalue()


def test_megadetectors_boxes_are_joined_by_path(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = megadetector(
        {
            "Ada/1.jpg": [(0.9, [0.1, 0.2, 0.5, 0.25]), (0.1, [0, 0, 1, 1])],
            "somewhere\\Ada\\2.JPG": [(0.2, [0, 0, 0.5, 0.5])],
            "Bo/1.jpg": [(0.19, [0, 0, 1, 1])],
            "test/9.jpg": [(0.8, [0.5, 0.5, 0.5004, 0.5])],
            "elsewhere/1.jpg": [(0.9, [0, 0, 1, 1])],
        }
    )
    document["images"].append({"file": "Bo/broken.jpg", "failure": "image access", "detections": None})
    document["images"][3]["detections"].append({"category": "2", "conf": 0.9, "bbox": [0, 0, 1, 1]})
    assert imported(tmp_path, document) == 0
    assert boxes() == {"Ada__1.jpg": Box(0.1, 0.2, 0.5, 0.25), "Ada__2.JPG": Box(0, 0, 0.5, 0.5)}
    assert boxes("sample_submission.csv") == {"9.jpg": Box(0.5, 0.5, 0.5, 0.5)}
    output = capsys.readouterr().out
    for note in (
        "boxes of MegaDetector, confidence 0.2 or more: 2 labelled and 1 test photographs",
        "photographs without a box, shown whole: 2 (Bo__1.jpg, new_whale__1.jpg)",
        "paths of the boxes that are no photograph here: 2 (elsewhere/1.jpg, Bo/broken.jpg)",
        "boxes passed over, below the confidence 0.2: 2",
        "boxes passed over, not of the category 'animal': 1",
        "photographs that MegaDetector could not read: 1 (Bo/broken.jpg)",
    ):
        assert note in output


def test_the_threshold_is_an_option(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = megadetector({"Ada/1.jpg": [(0.9, [0, 0, 0.5, 1]), (0.4, [0.5, 0, 0.5, 1])]})
    assert "photograph with several boxes" in refused(tmp_path, capsys, document)
    assert imported(tmp_path, document, FOLDERS, "--min-confidence", "0.5") == 0
    assert list(boxes()) == ["Ada__1.jpg"]


def test_cocos_pixels_become_shares(tmp_path: Path) -> None:
    assert imported(tmp_path, coco({"Ada/1.jpg": [[6, 4, 12, 8]], "Bo/1.jpg": [[0, 0, 24.5, 16]]})) == 0
    assert boxes() == {"Ada__1.jpg": Box(0.25, 0.25, 0.5, 0.5), "Bo__1.jpg": Box(0, 0, 1, 1)}


def test_a_row_that_names_its_box_gets_it_whatever_its_confidence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    of_pair = [(0.9, [0, 0, 0.5, 1]), (0.8, [0.4, 0, 0.2, 1]), (0.01, [0.5, 0, 0.5, 1])]
    assert imported(tmp_path, megadetector({"pair.jpg": of_pair}), PAIR) == 0
    assert boxes() == {"pair.jpg#1": Box(0, 0, 0.5, 1), "pair.jpg#3": Box(0.5, 0, 0.5, 1)}
    assert rows()[1:] == ["a.jpg,moby,", "pair.jpg#1,ada,0 0 0.5 1", "pair.jpg#3,bea,0.5 0 0.5 1"]
    assert sorted(path.name for path in Path("data/raw/train").iterdir()) == ["a.jpg", "pair.jpg"]
    output = capsys.readouterr().out
    assert "boxes that no row names: 1 (pair.jpg#2)" in output
    assert "3 labelled photographs" in output


def test_cocos_annotations_are_named_by_their_id(tmp_path: Path) -> None:
    files = {**PAIR, "train.csv": table("Image,Id", "pair.jpg#101,ada", "pair.jpg#100,bea")}
    assert imported(tmp_path, coco({"pair.jpg": [[0, 0, 12, 16], [12, 0, 12, 16]]}), files) == 0
    assert boxes() == {"pair.jpg#101": Box(0.5, 0, 0.5, 1), "pair.jpg#100": Box(0, 0, 0.5, 1)}


def test_a_row_that_names_a_box_needs_the_boxes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", str(in_folder(tmp_path / "source", PAIR))]) == 2
    assert "2 x row that names a box of its photograph, e.g. pair.jpg#1" in capsys.readouterr().err


def test_a_set_that_has_its_boxes_already_is_imported_as_it_is(tmp_path: Path) -> None:
    written = table("Image,Id,box", "a.jpg,moby,", "pair.jpg#1,ada,0 0 0.5 1", "pair.jpg#3,bea,0.5 0 0.5 1")
    tests = table("Image,Id,box", "t.jpg,new_whale,0 0 1 0.5")
    files = {**PAIR, "train.csv": written, "sample_submission.csv": tests, "test/t.jpg": picture(7)}
    assert main(["import", str(in_folder(tmp_path / "source", files))]) == 0
    assert Path("data/raw/train.csv").read_bytes() == written
    assert Path("data/raw/sample_submission.csv").read_bytes() == tests


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ("{", "is not JSON"),
        ("[]", "neither MegaDetector's boxes"),
        ({"images": []}, "neither MegaDetector's boxes"),
        ([{"file": "a.jpg", "detections": []}], "corners in pixels"),
        (
            megadetector({"Ada/1.jpg": []}, detection_categories={"1": "Tier"}),
            "no detection category is called 'animal'",
        ),
        (megadetector({"Ada/1.jpg": [(0.9, [0, 0, 1])]}), "detection 1 of Ada/1.jpg"),
        (megadetector({"x/1.jpg": [(0.9, [0, 0, 1, 1])]}), "none of 1 path is that of a photograph here"),
        (megadetector({"1.jpg": [(0.9, [0, 0, 1, 1])]}), "path that fits several photographs"),
        (
            megadetector({"x/Ada/1.jpg": [(0.9, [0, 0, 1, 1])], "y/Ada/1.jpg": [(0.9, [0, 0, 1, 1])]}),
            "photograph that several paths fit",
        ),
        (megadetector({"Ada/1.jpg": [(0.9, [0.5, 0, 0.6, 1])]}), "box that lies outside of its photograph"),
        (megadetector({"Ada/1.jpg": [(0.9, [0.5, 0, 0, 1])]}), "box of no size"),
        (megadetector({"Ada/1.jpg": [(0.9, [0.5, 0, float("nan"), 1])]}), "box that is not four numbers"),
        (coco({"Ada/1.jpg": [[0, 0, 26, 16]]}), "box that lies outside of its photograph"),
        (coco({"Ada/1.jpg": [[0, 0, 0, 16]]}), "box of no size"),
        (coco({"Ada/1.jpg": [[0.1, 0.1, 0.5, 0.5]]}), "box of less than a pixel"),
        (megadetector({"Ada/1.jpg": [(0.9, [2, 2, 12, 8])]}), "box in pixels, where MegaDetector's are shares"),
        (coco({"Ada/1.jpg": [[0, 0, 12, 16], [12, 0, 12, 16]]}), "photograph with several boxes"),
        (coco({"Ada/1.jpg": [[0, 0, 12, 16]]}, (48, 32)), "box that was drawn on a picture of another size"),
        ({"images": [{"id": 1, "file_name": "a"}] * 2, "annotations": []}, "an id of its own and a file_name"),
        ({"images": [], "annotations": [{"id": 1, "image_id": 7}]}, "the id of an image"),
    ],
)
def test_what_would_be_a_guess_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], document: Any, told: str
) -> None:
    message = refused(tmp_path, capsys, document)
    assert told in message
    assert "boxes.json" in message


def test_a_table_of_the_field_has_boxes_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    in_folder(tmp_path / "source", WITH_BOXES)
    source = str(tmp_path / "source")
    assert main(["import", source]) == 2
    message = capsys.readouterr().err
    assert "photograph of several individuals, each in a box, e.g. photos/pair.jpg" in message
    assert below(Path()) == {}
    [command] = re.findall(r"^  longtail (import .*?)  ", message, re.MULTILINE)
    assert main(command.split()) == 0
    assert boxes() == {
        "photos__a.jpg": Box(0, 0, 0.5, 0.5),
        "photos__pair.jpg#1": Box(0, 0, 0.5, 1),
        "photos__pair.jpg#2": Box(0.5, 0, 0.5, 1),
    }
    assert "photographs without a box, shown whole: 1 (photos__whole.jpg)" in capsys.readouterr().out


def test_boxes_of_a_table_are_told_of_where_they_crop_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alone = b"\n".join(line for line in WITH_BOXES["metadata.csv"].split(b"\n") if b"bea" not in line)
    in_folder(tmp_path / "source", {**WITH_BOXES, "metadata.csv": alone})
    assert main(["import", str(tmp_path / "source")]) == 0
    assert "boxes of metadata.csv that crop nothing: 2; to learn from what is in them" in capsys.readouterr().out


@pytest.mark.parametrize("cell", ["1 2 3", "left", "[1, 2, 3, x]"])
def test_a_cell_that_is_no_box_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], cell: str) -> None:
    in_folder(
        tmp_path / "source",
        {**WITH_BOXES, "metadata.csv": table("image_id,identity,path,bbox", f'1,a,photos/a.jpg,"{cell}"')},
    )
    there = str(tmp_path / "source/metadata.csv")
    assert main(["import", there, "--boxes", there]) == 2
    assert "four numbers in bbox" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["pair.jpg#1,ada", "pair.jpg#7,bea"], "box that a row names and the file does not have, e.g. pair.jpg#7"),
        (["pair.jpg,ada", "pair.jpg#3,bea"], "photograph that several rows name"),
    ],
)
def test_rows_must_name_boxes_that_are_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lines: list[str], told: str
) -> None:
    files = {**PAIR, "train.csv": table("Image,Id", *lines)}
    document = megadetector({"pair.jpg": [(0.9, [0, 0, 0.5, 1]), (0.1, [0, 0, 1, 1]), (0.9, [0.5, 0, 0.5, 1])]})
    assert told in refused(tmp_path, capsys, document, files)


@pytest.mark.parametrize(
    ("kind", "orientation", "mode", "size", "box"),
    [
        ("MegaDetector", 6, "RGB", None, Box(0.25, 0.5, 0.5, 0.25)),
        ("MegaDetector", 3, "RGB", None, Box(0.25, 0.5, 0.5, 0.25)),
        ("MegaDetector", 6, "L", None, None),  # grey ones are not turned by MegaDetector
        ("MegaDetector", 5, "RGB", None, None),  # nor mirrored ones
        ("COCO", 6, "RGB", (16, 24), Box(0.25, 0.25, 0.5, 0.25)),
        ("COCO", 6, "RGB", (24, 16), None),
        ("COCO", 6, "RGB", None, None),
        ("COCO", 3, "RGB", (24, 16), None),
        ("COCO", 1, "RGB", None, Box(4 / 24, 6 / 16, 8 / 24, 6 / 16)),
    ],
)
def test_a_box_of_a_photograph_that_exif_turns_is_of_the_upright_one_or_refused(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    kind: str,
    orientation: int,
    mode: str,
    size: tuple[int, int] | None,
    box: Box | None,
) -> None:
    files = {**FOLDERS, "Ada/1.jpg": turned(orientation, mode)}
    shares = megadetector({"Ada/1.jpg": [(0.9, [0.25, 0.5, 0.5, 0.25])]})
    document = shares if kind == "MegaDetector" else coco({"Ada/1.jpg": [[4, 6, 8, 6]]}, size)
    if box is not None:
        assert imported(tmp_path, document, files) == 0
        assert boxes()["Ada__1.jpg"] == pytest.approx(box, abs=1e-6)
        return
    message = refused(tmp_path, capsys, document, files)
    assert "box of a photograph that EXIF turns" in message
    assert "--boxes-upright" in message
    upright = imported(tmp_path, document, files, "--boxes-upright")
    assert upright == (2 if (kind, orientation, size) == ("COCO", 6, (24, 16)) else 0)


def test_a_dry_run_says_what_would_be_joined_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = megadetector({"Ada/1.jpg": [(0.9, [0, 0, 1, 1])], "x.jpg": []})
    assert imported(tmp_path, document, FOLDERS, "--dry-run", "--min-confidence", "0.5") == 0
    assert below(Path()) == {}
    output = capsys.readouterr().out
    assert "boxes of MegaDetector: of 1 photographs here" in output
    assert "paths of the boxes that are no photograph here: 1 (x.jpg)" in output
    assert f"--boxes {tmp_path / 'boxes.json'} --min-confidence 0.5" in output


@pytest.mark.parametrize("more", [["--boxes-upright"], ["--min-confidence", "0.5"]])
def test_an_option_of_the_boxes_alone_is_a_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str]
) -> None:
    source = in_folder(tmp_path / "source", FOLDERS)
    assert main(["import", str(source), *more]) == 2
    assert "an option of --boxes without it" in capsys.readouterr().err
    assert main(["import", str(source), "--boxes", "b.json", "--min-confidence", "nan"]) == 2
    assert "is not between 0 and 1" in capsys.readouterr().err
    assert main(["import", str(source), "--boxes", "gone.json"]) == 2
    assert "the file of boxes cannot be read" in capsys.readouterr().err


def test_further_photographs_bring_their_boxes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", str(in_folder(tmp_path / "source", FOLDERS))]) == 0
    further = {
        "train.csv": table("Image,Id", "pair.jpg#1,ada", "pair.jpg#2,bea"),
        "train/pair.jpg": picture(40),
    }
    more = str(in_folder(tmp_path / "more", further))
    before = below(Path())
    assert main(["add", more]) == 2
    assert "2 x row that names a box of its photograph" in capsys.readouterr().err
    assert below(Path()) == before
    path = tmp_path / "boxes.json"
    path.write_text(json.dumps(megadetector({"pair.jpg": [(0.9, [0, 0, 0.5, 1]), (0.9, [0.5, 0, 0.5, 1])]})))
    assert main(["add", more, "--boxes", str(path)]) == 0
    assert boxes() == {"pair.jpg#1": Box(0, 0, 0.5, 1), "pair.jpg#2": Box(0.5, 0, 0.5, 1)}
    assert rows()[0] == "Image,Id,box"
    assert (Path("data/raw/train/pair.jpg")).is_file()
