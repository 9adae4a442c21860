"""Decode every image once, into one table and working copies.

Reads: the label table and the photographs of one part (labelled or test), any format and mode; the table's boxes.
Writes: a row an image (hashes, size, mode, grey or tinted, or why it is broken; of a labelled one also the date, where
    the set has dates) and its working copy, cropped to its box where the table has one.
Fails on: photographs that are missing from the folder or the table; more broken ones than `max_broken`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd
from pydantic import Field

from longtail import atomic
from longtail.compute import run_all
from longtail.errors import BadInput, Problem, counted
from longtail.labels import traits
from longtail.labels.boxes import Box, photographs_of, read_boxes
from longtail.labels.dates import DATE, UNDATED, dates_of_capture, describe_dates
from longtail.labels.label_csv import photographs, read_as_written, read_labels
from longtail.names import PHOTOGRAPH, PHOTOGRAPH_MD5
from longtail.params import ComputeParams, DataParams, StageParams
from longtail.paths import StagePaths, reads, writes
from longtail.run_record import Summary


class Params(StageParams):
    """`prepare:` in params.yaml."""

    side: int = Field(256, ge=16, le=4096, description="short side of a working copy, in pixels; never made larger")
    quality: int = Field(95, ge=1, le=100, description="JPEG quality of working copies that are not verbatim")
    max_broken: int = Field(0, ge=0, description="broken photographs of a part that are tolerated")
    max_pixels: int = Field(
        100_000_000, ge=10_000, le=2_000_000_000, description="width x height above which none is decoded"
    )
    box_margin: float = Field(
        0.1, ge=0, le=2, description="share of a box's width and height that is added around it on each side"
    )
    data: DataParams = DataParams()
    compute: ComputeParams = ComputeParams()


@dataclass(frozen=True)
class Paths(StagePaths):
    """What `prepare` reads and writes."""

    PARTS: ClassVar[tuple[str, ...]] = ("labelled", "test")

    passed: Path = reads("artifacts/validate/passed.json")
    labels: Path = reads("data/raw/train.csv", part="labelled")
    labelled: Path = reads("data/raw/train", part="labelled")
    submission: Path = reads("data/raw/sample_submission.csv", part="test")
    test: Path = reads("data/raw/test", part="test")
    table: Path = writes("artifacts/prepare/{part}.parquet")
    copies: Path = writes("artifacts/prepare/{part}")

    @property
    def csv(self) -> Path:
        """The table that lists the part's photographs."""
        return self.labels if self.part == "labelled" else self.submission

    @property
    def originals(self) -> Path:
        """The folder of the part's photographs."""
        return self.labelled if self.part == "labelled" else self.test


def run(params: Params, paths: Paths) -> Summary:
    """Describe and copy every photograph of the part; nothing is left behind where it fails.

    Args:
        params: `prepare:` of params.yaml.
        paths: the two ends of the stage.

    Returns:
        Counts of photographs by kind.

    Raises:
        BadInput: table and folder do not match, or too many photographs are broken.
    """
    boxes = read_boxes(paths.csv, params.data)
    listed = _listed(params, paths, boxes)
    labelled = paths.part == "labelled"
    with atomic.replacing_folder(paths.copies) as copies:
        described = _described(listed, boxes, copies, params, paths)
        table = pd.concat([listed if boxes else listed.drop(columns=PHOTOGRAPH), described], axis=1)
        broken = table["error"] != ""
        if broken.sum() > params.max_broken:
            raise BadInput(*_why_broken(table[broken], params.max_broken, paths))
        dates = table.pop(DATE) if DATE in table else dates_of_capture(table["taken"])
        table = table.drop(columns="taken" if labelled else ["taken", "row"])
        dated = labelled and bool((dates != UNDATED).any())
        atomic.write_table(paths.table, table.assign(**{DATE: dates}) if dated else table)
    cropped = sum(image in boxes for image in table["image"])
    return _summary(table, cropped, dates if labelled else None, params.data.date_column)


def _listed(params: Params, paths: Paths, boxes: Mapping[str, Box]) -> pd.DataFrame:
    """The rows of the part's table, by image, with the file of each. Raises BadInput."""
    if paths.part == "labelled":
        listed = read_labels(paths.csv, params.data)
    else:
        data = params.data.model_copy(update={"group_column": "", "date_column": ""})
        listed = read_as_written(paths.csv, data, may_be_empty=True, may_lack_traits=True)
        listed = listed.drop(columns=["label", "together"])
    listed = listed.sort_values(["image", "row"], ignore_index=True)
    listed[PHOTOGRAPH] = pd.Series(photographs_of(listed["image"], boxes), dtype="str")
    problems = _mismatches(listed, set(photographs(paths.originals)), paths)
    if problems:
        raise BadInput(*problems)
    return listed


def _mismatches(listed: pd.DataFrame, photographs: set[str], paths: Paths) -> list[Problem]:
    """Where table and folder disagree. Photographs without a label are `validate`'s to judge, and are left alone."""
    csv, folder = paths.relative(paths.csv), paths.relative(paths.originals)
    problems = []
    twice = listed[listed["image"].duplicated()]
    if len(twice):
        remedy = "Keep one row a photograph."
        problems.append(_problem("photograph with more than one row", remedy, twice, csv))
    missing = listed[~listed[PHOTOGRAPH].isin(photographs)]
    if len(missing):
        remedy = f"Add the photographs to {folder}, or remove their rows."
        problems.append(_problem(f"photograph missing from {folder}", remedy, missing, csv))
    extra = sorted(photographs - set(listed[PHOTOGRAPH])) if paths.part == "test" else []
    if extra:
        what, remedy = f"test photograph without a row in {csv}", "Add a row for each, or remove the photographs."
        problems.append(Problem(what, remedy, where=folder, count=len(extra), example=extra[0]))
    return problems


def _described(
    listed: pd.DataFrame, boxes: Mapping[str, Box], copies: Path, params: Params, paths: Paths
) -> pd.DataFrame:
    """A row an image, in the order given, whatever the number of workers; working copies go into `copies`."""
    from longtail.images.describing import DTYPES, Item, describe
    from longtail.images.working import CopyParams, working_names

    names = working_names(listed["image"])
    work = partial(
        describe,
        originals=paths.originals,
        copies=copies,
        params=CopyParams(params.side, params.quality, params.box_margin),
        max_pixels=params.max_pixels,
    )
    files = zip(listed["image"], listed[PHOTOGRAPH], strict=True)
    items = [Item(image, names[image], photograph, boxes.get(image)) for image, photograph in files]
    rows = list(run_all(work, items, params.compute, f"prepare {paths.part}", distributed=True))
    kinds = {**DTYPES, PHOTOGRAPH_MD5: "str"} if boxes else DTYPES
    return pd.DataFrame({name: pd.Series([row[name] for row in rows], dtype=kind) for name, kind in kinds.items()})


def _why_broken(broken: pd.DataFrame, tolerated: int, paths: Paths) -> list[Problem]:
    """A problem for each reason, so that one reading tells all there is to mend."""
    folder = paths.relative(paths.originals)
    remedy = f"Replace them in {folder}, or set prepare.max_broken to {len(broken)} or more (it is {tolerated})."
    reasons = broken["error"].str.split(":").str[0]
    return [
        _problem(f"photograph that cannot be opened ({reason})", remedy, rows, paths.relative(paths.csv))
        for reason, rows in broken.groupby(reasons, sort=True)
    ]


def _problem(what: str, remedy: str, rows: pd.DataFrame, csv: str) -> Problem:
    first = rows.sort_values("row").iloc[0]
    _, _, detail = first.get("error", "").partition(": ")
    example = f"{first['image']}: {detail}" if detail else first["image"]
    return Problem(what, remedy, where=f"{csv}, row {first['row']}", count=len(rows), example=example)


def _summary(table: pd.DataFrame, cropped: int, dates: pd.Series | None, date_column: str) -> Summary:
    sound = table[table["error"] == ""]
    facts: dict[str, Any] = {
        "photographs": len(table),
        "broken": len(table) - len(sound),
        "grey": int(sound["is_grey"].sum()),
        "mode_l": int((sound["mode"] == "L").sum()),
        "tinted": int((sound["channel"] != "").sum()),
    }
    seen = counted(facts["photographs"], "photograph")
    line = f"{seen}, {facts['grey']:,} grey, {facts['tinted']:,} tinted to one channel"
    if cropped:
        facts["cropped"] = cropped
        line += f"; {cropped:,} cropped to their boxes"
    warnings: list[str] = []
    if facts["broken"]:
        first = table[table["error"] != ""].iloc[0]
        warnings.append(f"{facts['broken']:,} broken, left out from here on, e.g. {first['image']}: {first['error']}")
    if dates is not None and (dates != UNDATED).any():
        text, dated = describe_dates(dates, date_column)
        line, facts = f"{line}; {text}", facts | {"dates": dated}
    elif date_column and dates is not None:
        warnings.append(f"column '{date_column}' (data.date_column) is blank in every row: no photograph has a date")
    words, compared_with_all = traits.describe(table)
    return Summary(line, facts | words, (*warnings, *compared_with_all))
