"""COCO files: the category is the individual, or an attribute of the annotation that the user names."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from longtail.cli import main
from tests.importing.layouts import COCO, WILD_ME, in_folder, pictures, refused, rows, table

pytestmark = pytest.mark.usefixtures("checkout")


def changed(**parts: Any) -> dict[str, bytes]:
    content = json.loads(COCO["annotations.json"]) | parts
    return {**COCO, "annotations.json": json.dumps(content).encode()}


def test_an_attribute_has_to_be_chosen(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    in_folder(checkout / "source", WILD_ME)
    message = refused(["import", "source"], capsys)
    assert "is a COCO file, and it is not clear what the individual is" in message
    offered = re.findall(r"^  longtail import (.+?)  +(.+)$", message, re.MULTILINE)
    assert offered == [
        ("source --as coco:uuid", "4 individuals, e.g. u0"),
        ("source --as coco:name", "2 individuals, e.g. Ada"),
        ("source --as coco:viewpoint", "2 individuals, e.g. left"),
    ]


@pytest.mark.parametrize("named", ["source", "source/annotations/instances_train2022.json"])
def test_the_chosen_attribute_is_the_individual(checkout: Path, capsys: pytest.CaptureFixture[str], named: str) -> None:
    in_folder(checkout / "source", WILD_ME)
    assert main(["import", named, "--as", "coco:name"]) == 0
    assert "a COCO file, individuals by the attribute 'name': 2 individuals, 2017 to 2019\n" in capsys.readouterr().out
    assert rows() == [
        "Image,Id,uuid,side,category,date",
        "0.jpg,Ada,u0,left,beluga,2017-08-07 20:38:36",
        "1.jpg,Ada,u1,right,beluga,2018-08-07 20:38:36",
        "2.jpg,Bo,u2,left,beluga,2019-08-07 20:38:36",
        "3.jpg,new_whale,u3,left,beluga,",
    ]


def test_attributes_may_be_nested(checkout: Path) -> None:
    content = json.loads(COCO["annotations.json"])
    for number, annotation in enumerate(content["annotations"]):
        annotation["attributes"] = {"individual": f"i{number % 2}", "occluded": False}
    in_folder(checkout / "source", {**COCO, "annotations.json": json.dumps(content).encode()})
    assert main(["import", "source", "--as", "coco:individual"]) == 0
    assert rows()[:2] == ["Image,Id,occluded,category", "photos__a.jpg,i0,False,Ada"]


def test_several_boxes_of_one_individual_are_one_photograph(checkout: Path) -> None:
    content = json.loads(COCO["annotations.json"])
    content["annotations"].append({**content["annotations"][0], "id": 99, "bbox": [9, 9, 3, 3]})
    in_folder(checkout / "source", {**COCO, "annotations.json": json.dumps(content).encode()})
    assert main(["import", "source"]) == 0
    assert len(rows()) == 4


def test_several_individuals_on_a_photograph_are_refused(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = json.loads(COCO["annotations.json"])
    content["annotations"].append({"id": 99, "image_id": 1, "category_id": 2})
    in_folder(checkout / "source", {**COCO, "annotations.json": json.dumps(content).encode()})
    assert "photograph that several rows name, e.g. photos/a.jpg of 'Ada' and 'Bo'" in refused(
        ["import", "source"], capsys
    )


def test_an_attribute_may_be_a_record(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = json.loads(COCO["annotations.json"])
    for number, annotation in enumerate(content["annotations"]):
        annotation["attributes"] = {"individual": {"id": number % 2, "name": f"i{number % 2}"}}
    in_folder(checkout / "source", {**COCO, "annotations.json": json.dumps(content).encode()})
    assert "longtail import source --as coco:individual.name" in refused(["import", "source"], capsys)
    assert main(["import", "source", "--as", "coco:individual.name"]) == 0
    assert rows()[:2] == ["Image,Id,individual.id,category", "photos__a.jpg,i0,0,Ada"]


def test_boxes_of_the_labels_are_named_and_taken_where_they_are_asked_for(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    in_folder(checkout / "source", COCO)
    assert main(["import", "source", "--dry-run"]) == 0
    output = capsys.readouterr().out
    assert "boxes of annotations.json that crop nothing: 3; to learn from what is in them" in output
    [command] = re.findall(r"in them: longtail (.+)$", output, re.MULTILINE)
    assert main(command.split()) == 0
    assert "crop nothing" not in capsys.readouterr().out
    with Image.open("data/raw/train/photos__a.jpg") as photograph:
        width, height = photograph.size
    assert rows()[:2] == ["Image,Id,box", f"photos__a.jpg,Ada,{1 / width:.6g} {1 / height:.6g} {5 / width:.6g} 0.3125"]


def test_several_individuals_in_boxes_are_rows_of_their_boxes(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = json.loads(COCO["annotations.json"])
    content["annotations"].append({"id": 99, "image_id": 1, "category_id": 2, "bbox": [6, 1, 5, 5]})
    in_folder(checkout / "source", {**COCO, "annotations.json": json.dumps(content).encode()})
    message = refused(["import", "source"], capsys)
    assert "photograph of several individuals, each in a box, e.g. photos/a.jpg" in message
    [command] = re.findall(r"^  longtail (import .*?)  ", message, re.MULTILINE)
    assert main(command.split()) == 0
    assert [row.split(",")[:2] for row in rows()[1:]] == [
        ["photos__a.jpg#11", "Ada"],
        ["photos__b.jpg", "Ada"],
        ["photos__c.jpg", "Bo"],
        ["photos__a.jpg#99", "Bo"],
    ]


def test_photographs_without_an_annotation_stay(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    in_folder(checkout / "source", {**COCO, **pictures(["photos/z.jpg"])})
    assert main(["import", "source"]) == 0
    assert "note: left out: 1 (photos/z.jpg)" in capsys.readouterr().out


def test_one_category_is_no_individual(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    in_folder(checkout / "source", changed(categories=[{"id": 1, "name": "whale"}, {"id": 2, "name": "whale"}]))
    assert "one category and no attribute that could be the individual" in refused(["import", "source"], capsys)


def test_an_attribute_that_is_not_there(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    in_folder(checkout / "source", WILD_ME)
    message = refused(["import", "source", "--as", "coco:title"], capsys)
    assert "has a value of 'title'" in message
    assert "longtail import source --as coco:name" in message


def test_an_annotation_without_the_attribute(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = json.loads(WILD_ME["annotations/instances_train2022.json"])
    del content["annotations"][2]["name"]
    in_folder(checkout / "source", {**WILD_ME, "annotations/instances_train2022.json": json.dumps(content).encode()})
    assert "photograph without an individual, e.g. 2.jpg" in refused(["import", "source", "--as", "coco:name"], capsys)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"images": [{"id": 1}]}, "image without a file name"),
        ({"images": []}, "3 x annotation without its image"),
        ({"annotations": [{"id": 1}]}, "annotation without its image"),
    ],
)
def test_a_broken_file(checkout: Path, capsys: pytest.CaptureFixture[str], parts: dict[str, Any], message: str) -> None:
    in_folder(checkout / "source", changed(**parts))
    assert message in refused(["import", "source"], capsys)


@pytest.mark.parametrize("content", [b"", b"[1]", b'{"images": 3}', b"[" * 100_000, b"\xff\xfe", b'{"detections": {}}'])
def test_json_of_another_kind_is_no_coco_file(
    checkout: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    in_folder(checkout / "source", {**pictures(["Ada/1.jpg", "Bo/1.jpg"]), "more.json": content})
    assert "more.json is JSON, and no COCO file" in refused(["import", "source/more.json"], capsys)
    assert "no COCO file" in refused(["import", "source", "--as", "coco"], capsys)
    assert main(["import", "source"]) == 0
    assert rows() == ["Image,Id", "Ada__1.jpg,Ada", "Bo__1.jpg,Bo"]


def test_a_coco_file_beside_a_table_is_refused(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    in_folder(checkout / "source", {**COCO, "meta.csv": table("image_id,identity,path", "1,a,photos/a.jpg")})
    message = refused(["import", "source"], capsys)
    assert "2 tables that could have the labels" in message
    assert "longtail import source/annotations.json  a COCO file" in message
    assert main(["import", "source/annotations.json"]) == 0
    assert len(rows()) == 4
