"""A source looked at on a schedule: what changed is told and taken over, a half-synced one is not."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from flows import dvc
from flows.source import SourceParams, update_raw_set
from longtail.errors import BadInput
from longtail.importing.dataset_diff import Change, compare, fingerprint
from longtail.labels.boxes import read_boxes
from longtail.lineage import tombstones
from longtail.lineage.tombstones import Tombstone
from longtail.params import DataParams

DATA = DataParams()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Ten labelled photographs and two for testing, in a folder beside the checkout."""
    root = tmp_path / "source"
    for name in [*(f"train/{at}.jpg" for at in range(10)), "test/x.jpg", "test/y.jpg"]:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode())
    label(root, {f"{at}.jpg": f"w_{at // 2}" for at in range(10)})
    return root


def label(root: Path, labels: dict[str, str]) -> None:
    rows = "".join(f"{image},{identity}\n" for image, identity in labels.items())
    (root / "train.csv").write_text(f"Image,Id\n{rows}")


def taken(root: Path, source: Path, max_removed: float = 0.1) -> Change | None:
    here = root / "checkout"
    (here / ".longtail").mkdir(parents=True, exist_ok=True)
    return update_raw_set(here, SourceParams(path=str(source), max_removed=max_removed), DATA)


def test_the_first_look_brings_everything_and_the_second_nothing(tmp_path: Path, source: Path) -> None:
    first = taken(tmp_path, source)
    assert first is not None
    assert (len(first.added), len(first.test_added), first.removed) == (10, 2, ())
    assert taken(tmp_path, source) is None
    assert compare(source, tmp_path / "checkout/data/raw", DATA) == Change(before=10, test_before=2)


def test_what_changed_is_told(tmp_path: Path, source: Path) -> None:
    taken(tmp_path, source)
    label(source, {"0.jpg": "other", **{f"{at}.jpg": f"w_{at // 2}" for at in range(1, 9)}, "new.jpg": "w_9"})
    (source / "train/9.jpg").unlink()
    (source / "train/1.jpg").write_bytes(b"retouched")
    for name in ("train/new.jpg", "test/z.jpg"):
        (source / name).write_bytes(b"new")
    (source / "test/x.jpg").unlink()
    change = taken(tmp_path, source, max_removed=0.5)
    assert change == Change(10, 2, ("new.jpg",), ("9.jpg",), ("0.jpg",), ("1.jpg",), ("z.jpg",), ("x.jpg",))
    summary = "1 added (new.jpg); 1 removed (9.jpg); 1 relabelled (0.jpg); 1 with other bytes (1.jpg)"
    assert str(change).startswith(summary)
    assert not (tmp_path / "checkout/data/raw/train/9.jpg").exists()


def test_a_half_synced_source_changes_nothing(tmp_path: Path, source: Path) -> None:
    taken(tmp_path, source)
    for at in range(8, 10):
        (source / f"train/{at}.jpg").unlink()
    label(source, {f"{at}.jpg": f"w_{at // 2}" for at in range(8)})
    with pytest.raises(BadInput, match=r"lacks 2 of 10 labelled photographs, e\.g\. 8\.jpg.*raise source\.max_removed"):
        taken(tmp_path, source)
    assert (tmp_path / "checkout/data/raw/train/9.jpg").exists()
    assert sorted(path.name for path in (tmp_path / "checkout/data").iterdir()) == ["raw"]
    with pytest.raises(BadInput):  # and it is not forgotten
        taken(tmp_path, source)
    assert taken(tmp_path, source, max_removed=0.2) is not None


def test_photographs_that_are_not_here_are_brought_before_a_source_is_compared_with_them(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken(tmp_path, source)
    raw = tmp_path / "checkout/data/raw"
    raw.with_name("raw.dvc").write_text("outs:\n- {md5: 9999.dir, path: raw}\n")
    raw.rename(tmp_path / "remote")
    monkeypatch.setattr(dvc, "restore", lambda root: shutil.copytree(tmp_path / "remote", root / dvc.RAW))
    label(source, {"0.jpg": "w_0"})
    with pytest.raises(BadInput, match="lacks 9 of 10 labelled photographs"):
        taken(tmp_path, source)


def test_a_table_whose_photographs_have_not_all_arrived_is_refused(tmp_path: Path, source: Path) -> None:
    taken(tmp_path, source)
    for name in ("train/8.jpg", "train/9.jpg", "test/x.jpg"):
        (source / name).unlink()
    with pytest.raises(BadInput) as caught:
        taken(tmp_path, source)
    assert "2 x row of the source without its photograph, e.g. 8.jpg" in str(caught.value)
    assert "the source lacks 1 of 2 test photographs" in str(caught.value)
    assert (tmp_path / "checkout/data/raw/train/9.jpg").exists()


def test_a_table_that_cannot_be_read_is_refused(tmp_path: Path, source: Path) -> None:
    taken(tmp_path, source)
    (source / "train.csv").write_text("Image,Ident\n")
    with pytest.raises(BadInput, match="no column 'Id'"):
        taken(tmp_path, source)
    assert (tmp_path / "checkout/data/raw/train/9.jpg").exists()


def test_a_zip_is_a_source_too_and_its_fingerprint_is_of_what_is_in_it(tmp_path: Path, source: Path) -> None:
    prints = []
    for name in ("one.zip", "two.zip"):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            for path in sorted(source.rglob("*.*")):
                archive.write(path, path.relative_to(source))
        prints.append(fingerprint(tmp_path / name))
    assert prints[0] == prints[1]
    change = taken(tmp_path, tmp_path / "one.zip")
    assert change is not None
    assert len(change.added) == 10


def test_what_was_removed_on_request_does_not_come_back(tmp_path: Path, source: Path) -> None:
    taken(tmp_path, source)
    md5 = hashlib.md5(b"train/9.jpg").hexdigest()
    tombstones.add(tmp_path / "checkout", [Tombstone("9.jpg", "train", md5, "ada", "today", "asked")])
    (source / "train/again.jpg").write_bytes(b"train/9.jpg")  # under another name
    label(source, {**{f"{at}.jpg": f"w_{at // 2}" for at in range(10)}, "again.jpg": "w_4"})
    change = taken(tmp_path, source)
    assert change is not None
    assert (change.added, change.removed) == ((), ("9.jpg",))
    raw = tmp_path / "checkout/data/raw"
    assert not (raw / "train/9.jpg").exists()
    assert not (raw / "train/again.jpg").exists()
    assert "again" not in (raw / "train.csv").read_text()


def test_a_source_of_two_levels_needs_a_kind(tmp_path: Path) -> None:
    root = tmp_path / "years"
    for name in ("2019/Ada/1.jpg", "2020/Ada/1.jpg", "2020/Bo/1.jpg"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode())
    with pytest.raises(BadInput, match=r"in a folder within a folder[\s\S]*\n  source\.kind: year/individual  "):
        taken(tmp_path, root)
    here = tmp_path / "checkout"
    params = SourceParams(path=str(root), kind="year/individual")
    assert update_raw_set(here, params, DATA) == Change(
        0, 0, ("2019__Ada__1.jpg", "2020__Ada__1.jpg", "2020__Bo__1.jpg")
    )
    assert update_raw_set(here, params, DATA) is None
    assert (here / "data/raw/train.csv").read_text().startswith("Image,Id,year\n2019__Ada__1.jpg,Ada,2019\n")


def test_a_source_that_is_not_there_is_told(tmp_path: Path, source: Path) -> None:
    shutil.rmtree(source)
    with pytest.raises(BadInput, match="there is no such source"):
        taken(tmp_path, source)


def test_a_damaged_zip_is_told(tmp_path: Path, source: Path) -> None:
    whole = tmp_path / "whole.zip"
    with zipfile.ZipFile(whole, "w") as archive:
        archive.write(source / "train.csv", "train.csv")
    broken = tmp_path / "broken.zip"
    content = whole.read_bytes()
    broken.write_bytes(content.replace(b"PK\x01\x02", b"PK\x09\x09"))  # its list of files
    with pytest.raises(BadInput, match=r"the source is a damaged zip .*half copied"):
        taken(tmp_path, broken)


def test_what_a_killed_run_had_begun_is_cleared_away(tmp_path: Path, source: Path) -> None:
    taken(tmp_path, source)
    begun = tmp_path / "checkout/data/.raw.x1y2.tmp"
    begun.mkdir()
    (source / "train/new.jpg").write_bytes(b"new")
    label(source, {f"{at}.jpg": f"w_{at // 2}" for at in range(10)} | {"new.jpg": "w_9"})
    taken(tmp_path, source)
    assert not begun.exists()
    assert (tmp_path / "checkout/data/raw/train/new.jpg").exists()


def test_a_snapshot_without_boxes_does_not_replace_a_set_that_has_them(tmp_path: Path, source: Path) -> None:
    (source / "train.csv").write_text("Image,Id,box\n0.jpg,w_0,0 0 0.5 1\n1.jpg,w_0,\n")
    taken(tmp_path, source)
    raw = tmp_path / "checkout/data/raw/train.csv"
    (source / "train.csv").write_text("Image,Id,box\n0.jpg,w_0,0 0 1 0.5\n1.jpg,w_0,\n")
    change = taken(tmp_path, source)
    assert change is not None
    assert change.redrawn == ("0.jpg",)
    before = raw.read_bytes()
    label(source, {"0.jpg": "w_0", "1.jpg": "w_0"})
    with pytest.raises(BadInput, match=r"photograph that has a box in data/raw, and none in the source.*0\.jpg"):
        taken(tmp_path, source)
    assert raw.read_bytes() == before


def test_a_source_may_have_a_file_of_boxes(tmp_path: Path, source: Path) -> None:
    image = {"file": "0.jpg", "detections": [{"category": "1", "conf": 0.3, "bbox": [0, 0, 0.5, 1]}]}
    boxes = tmp_path / "boxes.json"
    boxes.write_text(json.dumps({"detection_categories": {"1": "animal"}, "images": [image]}))
    Image.new("RGB", (20, 10)).save(source / "train/0.jpg")
    here = tmp_path / "checkout"
    (here / ".longtail").mkdir(parents=True)
    params = SourceParams(path=str(source), boxes=str(boxes))
    assert update_raw_set(here, params, DATA) is not None
    assert list(read_boxes(here / "data/raw/train.csv", DATA)) == ["0.jpg"]
    assert update_raw_set(here, params, DATA) is None
    boxes.write_text(boxes.read_text().replace("0.5", "0.4"))
    change = update_raw_set(here, params, DATA)
    assert change is not None
    assert change.redrawn == ("0.jpg",)
    boxes.unlink()
    with pytest.raises(BadInput, match="there is no such file of boxes"):
        update_raw_set(here, params, DATA)
