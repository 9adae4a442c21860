"""The column of boxes: what a cell means, which file an image is of, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from longtail.errors import BadInput
from longtail.labels.boxes import Box, named_box, parse, photograph_of, photographs_of, read_boxes
from longtail.params import DataParams

DATA = DataParams()


def table(folder: Path, *rows: str, header: str = "Image,Id,box") -> Path:
    path = folder / "train.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_a_cell_is_read_and_an_empty_one_is_the_whole_photograph(tmp_path: Path) -> None:
    path = table(tmp_path, "a.jpg,moby,0.1 0.2 0.5 0.25", "b.jpg,moby,", "c.jpg#2,dick,0 0 1 1")
    boxes = read_boxes(path, DATA)
    assert boxes == {"a.jpg": Box(0.1, 0.2, 0.5, 0.25), "c.jpg#2": Box(0, 0, 1, 1)}
    assert photographs_of(["a.jpg", "b.jpg", "c.jpg#2", "d.jpg#2"], boxes) == ["a.jpg", "b.jpg", "c.jpg", "d.jpg#2"]


@pytest.mark.parametrize("header", ["Image,Id,other", "Id,Other,box"])
def test_a_table_without_the_columns_has_no_boxes(tmp_path: Path, header: str) -> None:
    assert read_boxes(table(tmp_path, "a.jpg,moby,nonsense", header=header), DATA) == {}


def test_a_column_that_is_something_else_is_not_read_where_the_parameter_says_so(tmp_path: Path) -> None:
    path = table(tmp_path, "a.jpg,moby,crate 7")
    assert read_boxes(path, DataParams(box_column="")) == {}
    with pytest.raises(BadInput, match=r"box that is not four numbers, e\.g\. a\.jpg: 'crate 7' .*data\.box_column"):
        read_boxes(path, DATA)


def test_all_wrong_boxes_are_told_at_once_by_kind(tmp_path: Path) -> None:
    cells = ["0 0 0 1", "0.5 0 0.6 1", "-0.1 0 0.5 1", "nan 0 1 1", "0 0 1", "0 0 inf 1", "0 0 1 -1"]
    path = table(tmp_path, *(f"{at}.jpg,moby,{cell}" for at, cell in enumerate(cells)))
    with pytest.raises(BadInput) as caught:
        read_boxes(path, DATA)
    told = {problem.what: (problem.count, problem.where[-5:]) for problem in caught.value.problems}
    assert told == {
        "box of no size": (2, "row 2"),
        "box that lies outside of its photograph": (2, "row 3"),
        "box that is not four numbers": (3, "row 5"),
    }


def test_two_columns_of_boxes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="'box' 2 times"):
        read_boxes(table(tmp_path, "a.jpg,moby,,", header="Image,Id,box,box"), DATA)


@pytest.mark.parametrize(
    ("image", "named"),
    [
        ("a.jpg#2", ("a.jpg", "2")),
        ("a#1.jpg", None),
        ("a.jpg", None),
        ("a.jpg#", None),
        ("#2", None),
        ("a#b#c", ("a#b", "c")),
        ("a#b/c", None),
    ],
)
def test_what_follows_the_last_hash_names_the_box(image: str, named: tuple[str, str] | None) -> None:
    assert named_box(image) == named
    assert photograph_of(image, {image: Box(0, 0, 1, 1)}) == (named[0] if named else image)


def test_a_box_is_written_as_it_is_read() -> None:
    box = Box(0.123456, 0.2, 0.3, 1e-05)
    assert parse(str(box)) == box
