"""A table is read as it was meant, or refused with its place and a remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from longtail.csv_reader import Record, read_table
from longtail.errors import BadInput


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tmp_path / "table.csv"


def test_every_cell_stays_as_it_is_and_each_record_knows_its_line(table: Path) -> None:
    table.write_bytes(b'\xef\xbb\xbfa,b\r\n007, NA\r\n\r\n"x,y","two\nlines"\r\n,""\r\n')
    assert read_table(table, ("a", "b")) == [
        Record(2, ["007", " NA"]),
        Record(4, ["x,y", "two\nlines"]),
        Record(6, ["", ""]),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"table\.csv has another header, e\.g\. an empty file .*row 1\)\. The first line must be: a,b"),
        (b"a;b\n", r"another header, e\.g\. a;b"),
        (b"a,b\n1,2,3\n1\n", r"2 x row of another length than the header, e\.g\. 1,2,3 \(table\.csv, row 2\).*2 cells"),
        (b'a,b\n1,2\n"1,2\n', r"broken quotes: .*\(table\.csv, row 3\)\. Close the double quote"),
        (
            "a,b\n1,bär\n".encode("latin-1"),
            r"is not UTF-8, e\.g\. .*\(table\.csv, row 2\)\. Save it as UTF-8",
        ),
        ("a,b\n".encode("utf-16"), r"table\.csv is UTF-16, not UTF-8"),
    ],
)
def test_what_cannot_be_read_is_refused(table: Path, content: bytes, message: str) -> None:
    table.write_bytes(content)
    with pytest.raises(BadInput, match=message):
        read_table(table, ("a", "b"))


def test_a_file_that_is_not_there_is_refused_and_a_remedy_of_the_callers_is_told(table: Path) -> None:
    with pytest.raises(BadInput, match=r"table\.csv cannot be read: No such file or directory"):
        read_table(table, ("a",))
    table.write_text("b\n")
    with pytest.raises(BadInput, match=r"another header.*git checkout -- table\.csv"):
        read_table(table, ("a",), "Take it back from git: git checkout -- table.csv")
