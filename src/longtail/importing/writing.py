"""Writing the layout of `data/raw/` into a folder, after a plan."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from longtail import csv_writer
from longtail.compute import progress
from longtail.errors import BadInput, NoSpace, Problem, format_examples
from longtail.images import first_look
from longtail.importing.archives import translate_zip_errors
from longtail.importing.listing import is_photograph
from longtail.importing.plan import SUBMISSION, TABLE, Plan
from longtail.labels.label_csv import read_as_written, translate_unknown
from longtail.params import DataParams

KEEP = ".keep"
"""Holds the folder `test/` where there are no test photographs: git and DVC know no empty folders."""


class Written(NamedTuple):
    """What was written."""

    labels: pd.DataFrame
    """The label table, as `label_csv.read_labels` gives it."""
    broken: list[str]
    """`name: reason` of photographs that cannot be opened."""

    def notes(self) -> list[str]:
        """A note on photographs that cannot be opened; none where all look whole."""
        if not self.broken:
            return []
        remedy = "`make run` stops at them: replace them, or allow for them (prepare.max_broken)"
        return [f"photographs that cannot be opened: {len(self.broken):,} ({format_examples(self.broken)}); {remedy}"]


def write(plan: Plan, folder: Path, data: DataParams, source: str) -> Written:
    """Fill `folder` after a plan.

    The table comes first, so that one nobody can read is refused before thousands of photographs are copied.

    Args:
        plan: which file goes where.
        folder: an empty folder.
        data: names of the columns.
        source: the source as the user named it.

    Returns:
        The label table, and which photographs cannot be opened.

    Raises:
        NoSpace: the disk cannot hold it.
        BadInput: an unreadable table, a damaged archive.
    """
    free = shutil.disk_usage(folder).free
    if plan.size() > free:
        what = f"the photographs need {plan.size():,} bytes, and {free:,} are free"
        raise NoSpace(
            Problem(
                what,
                "Free some space, or use another disk: docs/how-to/own-data.md, 'A large disk'.",
                where=str(folder.parent),
            )
        )
    broken: list[str] = []
    with translate_zip_errors(source):
        labels = _write_table(plan, folder, data, source)
        for name, photographs in (("train", plan.train), ("test", plan.test)):
            (folder / name).mkdir()
            for file, member in progress(photographs.items(), len(photographs), f"Importing {name}"):
                member.copy_to(folder / name / file)
                if is_photograph(member) and (problem := first_look.problem_of(folder / name / file)):
                    broken.append(f"{file}: {problem}")
        if not plan.test:
            (folder / "test" / KEEP).touch()
        if plan.submission is not None:
            plan.submission.copy_to(folder / SUBMISSION)
        else:
            columns = (data.image_column, data.identity_column)
            _write_rows(folder / SUBMISSION, columns, [(name, data.unknown_label) for name in sorted(plan.test)])
    return Written(labels, broken)


def _write_table(plan: Plan, folder: Path, data: DataParams, source: str) -> pd.DataFrame:
    table = folder / TABLE
    if plan.table is not None:
        plan.table.copy_to(table)
    else:
        _write_rows(table, plan.header, plan.rows)
    try:
        as_written = read_as_written(table, data, may_be_empty=plan.table is None and not plan.rows)
        return as_written.assign(label=translate_unknown(as_written["label"], data))
    except BadInput as error:  # the temporary folder is no place a user can look into
        here, there = str(table), f"{source}: {plan.table.path if plan.table is not None else TABLE}"
        raise BadInput(
            *(replace(problem, where=problem.where.replace(here, there)) for problem in error.problems)
        ) from error


def _write_rows(path: Path, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv_writer.write_rows(file, [header, *rows])
