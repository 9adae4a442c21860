"""Whether what the tables name is versioned: each photograph must stand in the list that data/raw.dvc points to.

DVC leaves out without a word what it does not see: what .dvcignore names, what is behind a link, what it may not read.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from longtail import artifacts
from longtail.errors import BadInput, LongtailError, Problem
from longtail.labels.boxes import original_files, photographs_of, read_boxes
from longtail.labels.label_csv import names_only, read_as_written
from longtail.lineage import store
from longtail.params import DataParams

_TABLES = {"train.csv": "train", "sample_submission.csv": "test"}
PREPARED = {artifacts.LABELLED: "train", artifacts.TEST: "test"}
"""{table of the photographs that a run used: their folder in the raw set}."""


def check_tables(root: Path, listed: Mapping[str, str], data: DataParams) -> None:
    """Hold the tables of `data/raw` against the list of what was versioned.

    A photograph that is not in the folder either is for `validate` and `prepare` to tell.

    Args:
        root: the project's root.
        listed: {file: md5} of the versioned set.
        data: what the tables' columns are called.

    Raises:
        BadInput: files that lie in the folder, are named by a table or are one, and are not versioned.
    """
    raw = root / store.RAW
    problems = []
    for name, folder in _TABLES.items():
        if not (raw / name).is_file() or not (raw / folder).is_dir():
            continue
        if name not in listed:
            problems.append(_left_out("table that DVC does not version", f"{store.RAW}/{name}", 1, str(store.RAW)))
        rows = read_as_written(raw / name, names_only(data), may_be_empty=True)
        rows["image"] = pd.Series(photographs_of(rows["image"], read_boxes(raw / name, data)), dtype="str")
        out = rows[~(folder + "/" + rows["image"]).isin(listed.keys())]
        out = out[[(raw / folder / image).is_file() for image in out["image"]]]
        if len(out):
            first = out.sort_values("row").iloc[0]
            what = f"photograph of {len(rows):,} that {name} names, which DVC does not version: no clone would have it"
            where = f"{store.RAW}/{name}, row {first['row']}"
            problems.append(_left_out(what, f"{store.RAW}/{folder}/{first['image']}", len(out), where))
    if problems:
        raise BadInput(*problems)


def check_prepared(root: Path, listed: Mapping[str, str]) -> None:
    """Compare what `prepare` read with the list of what was versioned, name by name and md5 by md5.

    Args:
        root: the project's root.
        listed: {path in data/raw: md5}, as versioned.

    Raises:
        LongtailError: photographs that are used and are not versioned, or have other bytes there.
    """
    problems = []
    for table, folder in PREPARED.items():
        if not (root / table).is_file():
            continue
        used = original_files(root / table)
        where = f"{table} against {store.RAW}.dvc"
        missing = unversioned(used, listed, folder)
        if missing:
            what = f"photograph of {len(used):,} that the run used, which is not versioned: no clone would have it"
            problems.append(_left_out(what, missing[0], len(missing), where))
        if other := with_other_bytes(used, listed, folder):
            what = f"photograph of {len(used):,} that changed since the raw set was versioned"
            problems.append(Problem(what, "Run it again: make run", where, len(other), other[0]))
    if problems:
        raise LongtailError(*problems)


def unversioned(used: pd.DataFrame, listed: Mapping[str, str], folder: str) -> list[str]:
    """Photographs of a table of prepare's that the versioned set does not have.

    Args:
        used: the files behind `labelled.parquet` or `test.parquet` (`boxes.original_files`).
        listed: {path in data/raw: md5}, as versioned.
        folder: `train` or `test`.

    Returns:
        Paths in data/raw.
    """
    return [f"{store.RAW}/{folder}/{image}" for image in used["image"] if f"{folder}/{image}" not in listed]


def with_other_bytes(used: pd.DataFrame, listed: Mapping[str, str], folder: str) -> list[str]:
    """Photographs of a table of prepare's that are versioned with another md5 than the one that was read.

    Args:
        used: the files behind `labelled.parquet` or `test.parquet` (`boxes.original_files`).
        listed: {path in data/raw: md5}, as versioned.
        folder: `train` or `test`.

    Returns:
        Paths in data/raw.
    """
    return [
        f"{store.RAW}/{folder}/{image}"
        for image, md5 in zip(used["image"], used["md5"], strict=True)
        if md5 and listed.get(f"{folder}/{image}", md5) != md5
    ]


def _left_out(what: str, example: str, count: int, where: str) -> Problem:
    remedy = f"Does .dvcignore name it (dvc check-ignore --details {example})? Take that line out and run again."
    return Problem(what, remedy, where, count, example)
