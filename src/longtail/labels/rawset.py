"""The folder `data/raw/`: whether it is complete, and whether it was drawn and may be replaced without a question."""

from __future__ import annotations

import json
from pathlib import Path

from longtail.errors import BadInput, Problem
from longtail.labels.label_csv import photographs, read_labels
from longtail.params import DataParams

FILES = ("train.csv", "sample_submission.csv")
FOLDERS = ("train", "test")
DRAWN_MARKER = ".drawn.json"
"""File inside a drawn raw set: its seed and counts. Versioned along with the photographs."""


def is_drawn(folder: Path) -> bool:
    """Whether `folder` holds a drawn sample, and no photograph that a person added to it."""
    try:
        drawn = json.loads((folder / DRAWN_MARKER).read_text(encoding="utf-8"))
        counts = {"train": drawn["images"], "test": drawn["test"]}
        return all(len(photographs(folder / name)) <= count for name, count in counts.items())
    except (OSError, ValueError, KeyError, TypeError, BadInput):
        return False


def is_empty(folder: Path) -> bool:
    """Whether `folder` is absent or holds nothing."""
    return not folder.exists() or (folder.is_dir() and next(folder.iterdir(), None) is None)


def check(folder: Path, data: DataParams) -> None:
    """What the flow asks before it versions the raw set: are its four parts there, can its table be read.

    Args:
        folder: the raw set.
        data: names of the columns of its table.

    Raises:
        BadInput: there is no raw set, or only a part of one; or what `label_csv.read_labels` raises.
    """
    remedy = "Bring yours with `longtail import SOURCE`, or draw one with `longtail sample data/raw`."
    if is_empty(folder):
        raise BadInput(Problem("there are no photographs yet", remedy, where=str(folder)))
    missing = [name for name in FILES if not (folder / name).is_file()]
    missing += [f"{name}/" for name in FOLDERS if not (folder / name).is_dir()]
    if missing:
        remedy = "Put it there, or bring the whole set again: longtail import SOURCE --replace"
        raise BadInput(Problem(f"the raw set is not whole: no {', no '.join(missing)}", remedy, where=str(folder)))
    read_labels(folder / "train.csv", data)
