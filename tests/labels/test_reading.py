"""A label table is read as text, once, with the row a person sees; what cannot be read is told in words."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtail.errors import BadInput
from longtail.labels.label_csv import UNKNOWN, photographs, read_as_written, read_labels
from longtail.params import DataParams

KAGGLE = DataParams()


def table_of(tmp_path: Path, content: str | bytes) -> Path:
    path = tmp_path / "train.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_every_value_stays_the_text_it_is(tmp_path: Path) -> None:
    names = ["007", "NA", "null", "1e5", "7.0", "nan", "True", "2019-01-01", "", " pad "]
    path = table_of(tmp_path, "Image,Id\n" + "".join(f"{i}.jpg,{name}\n" for i, name in enumerate(names)))
    assert list(read_as_written(path, KAGGLE)["label"]) == names


def test_the_unknown_label_becomes_ours_and_nothing_else_does(tmp_path: Path) -> None:
    path = table_of(tmp_path, "Image,Id\na.jpg,new_whale\nb.jpg,New_whale\nc.jpg,w_1\n")
    assert list(read_labels(path, KAGGLE)["label"]) == [UNKNOWN, "New_whale", "w_1"]
    assert list(read_labels(path, DataParams(unknown_label=""))["label"]) == ["new_whale", "New_whale", "w_1"]


def test_rows_are_counted_as_a_text_editor_does(tmp_path: Path) -> None:
    content = 'Image,Id\r\n"a\r\nb.jpg",w_1\r\n\r\nc.jpg,w_2\r\nd.jpg,w_3'
    read = read_labels(table_of(tmp_path, content), KAGGLE)
    assert list(read["row"]) == [2, 5, 6]
    assert read["image"][0] == "a\r\nb.jpg"


def test_the_columns_are_found_by_name_and_the_rest_is_left_alone(tmp_path: Path) -> None:
    path = table_of(tmp_path, "﻿who,day,file\nw_1,monday,a.jpg\n")
    data = DataParams(image_column="file", identity_column="who", group_column="day")
    read = read_labels(path, data)
    assert read.to_dict("records") == [{"image": "a.jpg", "label": "w_1", "together": "monday", "row": 2}]
    assert [str(kind) for kind in read.dtypes] == ["str", "str", "str", "int64"]
    without = read_labels(path, data.model_copy(update={"group_column": ""}))
    assert list(without["together"]) == [""]


def test_photographs_are_together_that_share_the_values_of_every_group_column(tmp_path: Path) -> None:
    rows = 'a,w,"Bay, 1",mon\nb,w,"Bay, 1",mon\nc,w,"Bay, 1",tue\nd,w,Bay,"1, mon"\ne,w,"Bay, 1", \nf,w,,mon\n'
    path = table_of(tmp_path, "Image,Id,place,day\n" + rows)
    together = list(read_labels(path, DataParams(group_column=["place", "day"]))["together"])
    assert together[0] == together[1] == '["Bay, 1", "mon"]'
    assert len(set(together[:4])) == 3
    assert together[4:] == ["", ""]
    one = read_labels(path, DataParams(group_column=["day"]))
    assert list(one["together"]) == list(read_labels(path, DataParams(group_column="day"))["together"])
    with pytest.raises(BadInput, match=r"no column 'dya'.*Set data.group_column .* perhaps to 'day'"):
        read_labels(path, DataParams(group_column=["place", "dya"]))


@given(
    st.lists(
        st.tuples(st.text(st.characters(codec="utf-8", exclude_characters="\0")), st.text("0a,\"\n '", max_size=6)),
        min_size=1,
    )
)
def test_what_a_csv_writer_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([("Image", "Id"), *rows])
    path = table_of(tmp_path_factory.mktemp("labels"), text.getvalue())
    read = read_as_written(path, KAGGLE)
    assert list(zip(read["image"], read["label"], strict=True)) == rows
    lines = io.StringIO(text.getvalue(), newline="").readlines()
    assert all(lines[row - 1] for row in read["row"])


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "train.csv is empty .*It needs a header"),
        (b" \n\n", "train.csv is empty"),
        (b"Image,Id\n", "is empty: a header and no rows"),
        ("Image,Id\na,b\n".encode("utf-16"), "is UTF-16, not UTF-8 .*Save it as UTF-8"),
        ("Image,Id\na,b\n".encode("utf-16-be"), "is UTF-16"),
        ("Image,Id\na.jpg,w\nbär.jpg,w\n".encode("latin-1"), r"is not UTF-8, e\.g\. .*row 3"),
        (
            b"image,id\na,b\n",
            r"no column 'Image'; its columns are 'image', 'id' .*row 1\). Set data.image_column .* to 'image'",
        ),
        (b"image,id\na,b\n", r"no column 'Id'.* Set data.identity_column .* to 'id'"),
        (b"Image;Id\na;b\n", "commas between the columns"),
        (b"Image,Id,Id\na,b,c\n", "the column 'Id' 2 times"),
        (b"Image,Id\na,b,c\nd,e\nf\n", r"2 x rows .* another number of cells .*e\.g\. a,b,c \(3 cells\).*row 2"),
        (b'Image,Id\na,b\n"c,d\n', "broken quotes.*row 3"),
    ],
)
def test_an_unreadable_table_is_told_in_words(tmp_path: Path, content: bytes, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        read_labels(table_of(tmp_path, content), KAGGLE)


def test_a_group_column_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = table_of(tmp_path, "Image,Id,encounter\na,b,c\n")
    with pytest.raises(BadInput, match=r"no column 'encountr'.*Set data.group_column .* perhaps to 'encounter'"):
        read_labels(path, DataParams(group_column="encountr"))


def test_no_table_is_told_with_what_brings_one(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"there is no train\.csv.*longtail import SOURCE"):
        read_labels(tmp_path / "train.csv", KAGGLE)


def test_photographs_are_the_files_that_are_not_hidden(tmp_path: Path) -> None:
    for name in ("b.jpg", "a.png", ".keep", "c"):
        (tmp_path / name).touch()
    (tmp_path / "folder").mkdir()
    assert photographs(tmp_path) == ["a.png", "b.jpg", "c"]
    with pytest.raises(BadInput, match="no folder of photographs"):
        photographs(tmp_path / "train")
