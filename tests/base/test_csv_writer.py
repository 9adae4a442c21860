"""What is written is read back as it was, whatever is in a cell: by each writer of tables, on every Python."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from longtail import atomic, csv_reader, csv_writer
from longtail.csv_reader import read_table
from longtail.labels.edit_log import COLUMNS
from longtail.lineage import tombstones
from longtail.lineage.tombstones import Tombstone
from longtail.reviewing import append_log

CELL = st.text(st.sampled_from(["\r", "\n", ",", '"', " ", "a", "é"]), max_size=6)
ROWS = st.lists(st.tuples(CELL, CELL), max_size=4)


def read_back(content: bytes) -> list[list[str]]:
    return [record.cells for record in csv_reader.records(content.decode("utf-8"), "table.csv")]


@given(ROWS, st.sampled_from(["\n", "\r\n"]))
def test_rows_are_read_back_as_they_were(rows: list[tuple[str, str]], end: str) -> None:
    content = csv_writer.as_bytes(rows, end)
    assert read_back(content) == [list(row) for row in rows]
    assert content.endswith(end.encode()) or not rows


@given(ROWS)
@settings(max_examples=30)
def test_so_is_a_table_of_pandas_and_its_bytes_are_those_of_pandas_where_nothing_is_lost(
    rows: list[tuple[str, str]],
) -> None:
    table = pd.DataFrame([["a", "b"], *rows], columns=["x", "y"]).assign(score=[0.25] * (len(rows) + 1), many=3)
    with tempfile.TemporaryDirectory() as folder:
        atomic.write_table(Path(folder) / "table.csv", table)
        content = (Path(folder) / "table.csv").read_bytes()
    assert read_back(content)[2:] == [[*row, "0.25", "3"] for row in rows]
    if b"\r" not in content:
        assert content == table.to_csv(index=False, lineterminator="\n").encode()


@given(CELL, st.sampled_from(["\n", "\r\n"]))
@settings(max_examples=30)
def test_so_are_decisions_and_tombstones(why: str, end: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        edits = Path(folder) / "edits.csv"
        edits.write_bytes(f"image,action,value,who,when,why{end}".encode())
        edits.write_bytes(append_log.with_rows(edits, [["a.jpg", "drop", "", "ada", "2026", why]]))
        assert [row.cells[-1] for row in read_table(edits, COLUMNS)] == [why]
        stone = Tombstone("a.jpg", "train", "0" * 32, "ada", "2026", why)
        tombstones.add(Path(folder), [stone])
        assert tombstones.read(Path(folder)) == [stone]
