"""Import of a source into a folder, for `longtail import` and for a scheduled look at a source."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from pathlib import Path

import pandas as pd

from longtail.importing import layout, source, writing
from longtail.importing.layout import Plan
from longtail.params import DataParams


def import_dataset(origin: Path, folder: Path, data: DataParams) -> tuple[Plan, pd.DataFrame]:
    """Write a source in the layout of `data/raw/`.

    Raises BadInput and NoSpace, as `source.members_of`, `layout.plan` and `writing.write`.

    Args:
        origin: the source, a folder or a zip.
        folder: where to write; it must be empty.
        data: names of the columns.

    Returns:
        The plan, and the labels as they are read.
    """
    scratch = folder / ".scratch"
    scratch.mkdir()
    with ExitStack() as stack:
        plan = layout.plan(source.members_of(origin, scratch, stack), data, str(origin))
        labels = writing.write(plan, folder, data, str(origin))
    shutil.rmtree(scratch)
    return plan, labels
