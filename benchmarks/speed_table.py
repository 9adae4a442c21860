"""The table of docs/results/speed.md, from what the benchmarks have kept.

python -m benchmarks.speed_table
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from benchmarks.measuring import RESULTS

Row = dict[str, str]


class Line(NamedTuple):
    """One line of the table: what is measured, against what, the bar, where it is kept, how the figure is written."""

    what: str
    against: str
    bar: str
    kept: str
    measured: Callable[[list[Row]], str]


LINES = (
    Line(
        "`oversample` on the originals, the script's ten files a photograph",
        "the 2019 script's method",
        ">= 15x",
        "oversampling",
        lambda rows: f"{rows[0]['ratio']}x (codec alone, on both cores: {rows[0]['codec_bound']}x)",
    ),
    Line(
        "its pixels before they are encoded",
        "Pillow's",
        "channels and sharpening equal, blur within 0.5",
        "oversampling_pixels",
        lambda rows: (
            f"channels differ by {rows[0]['most_channels']}, sharpening given the blur by "
            f"{rows[0]['most_unsharp_mask_given_the_blur']}, blur by {rows[0]['mean_gaussian_blur']} on average"
        ),
    ),
    Line(
        "`oversample` on working copies, default preset",
        "the script's method on the originals",
        ">= 30x",
        "oversampling",
        lambda rows: f"{rows[1]['ratio']}x",
    ),
    Line(
        "`prepare`, photographs in their own size",
        "the same, one after the other",
        ">= 1.7x, under 1 GiB",
        "preparing",
        lambda rows: f"{rows[0]['ratio']}x, {rows[0]['most_memory_mib']} MiB at most",
    ),
    Line(
        "ten new test photographs, whole flow",
        "the full flow, sample set",
        "<= 25%",
        "retraining",
        lambda rows: (
            f"{float(rows[0]['ten_new_share']):.0%}: {rows[0]['ten_new']} s of {rows[0]['full']} s, of which "
            f"{rows[0]['ten_new_starts']} s start processes"
        ),
    ),
    Line(
        "`prepare` + `oversample`, whales at 100 px",
        "the whole flow",
        "<= 5%",
        "runs/whales-small-seed-4/stages",
        lambda rows: _share_of_images(rows),
    ),
    Line(
        "`dvc add` of the augmented set (whales, 100 px)",
        "the same in the script's layout",
        "<= 60% of the time, <= 55% of the files",
        "adding",
        lambda rows: f"{float(rows[0]['share']):.0%} of the time, {float(rows[0]['share_of_files']):.0%} of the files",
    ),
    Line(
        "the flow with nothing changed, server up",
        "`dvc repro` with nothing changed + an empty flow",
        "<= 2x",
        "retraining",
        lambda rows: (
            f"{rows[0]['ratio']}x ({rows[0]['nothing']} s; {rows[0]['dvc_repro']} s and {rows[0]['empty_flow']} s)"
        ),
    ),
    Line(
        "imports of all stages",
        "`import torch` for each that needs it + the rest",
        "<= 1.3x",
        "imports",
        lambda rows: f"{rows[0]['ratio']}x ({rows[0]['seconds']} s in {rows[0]['stages']} stages)",
    ),
    Line(
        "the loader alone, 224 px",
        "a ResNet18 learning on the CPU",
        ">= 10x",
        "loading",
        lambda rows: (
            f"{rows[0]['ratio']}x ({rows[0]['loader_images_per_second']} images a second, "
            f"{rows[0]['resnet18_images_per_second']})"
        ),
    ),
    Line(
        "`validate`, a million rows",
        "the same checks in plain pandas",
        "<= 3x",
        "scale",
        lambda rows: _scale(rows[0]),
    ),
    Line("`split`, a million rows", "reading the labels", "<= 10x", "scale", lambda rows: _scale(rows[1])),
    Line("the plan, a million rows", "reading the labels", "<= 10x", "scale", lambda rows: _scale(rows[2])),
    Line(
        "near-duplicate grouping, 8 times the pictures",
        "itself",
        "<= 10x",
        "near_duplicates",
        lambda rows: f"{rows[-1]['longer']}x ({rows[0]['seconds']} s for {int(rows[0]['pictures']):,})",
    ),
)


def table() -> str:
    """Markdown; what was not measured says so."""
    head = ["| what | against | bar | measured | `python -m` |", "| --- | --- | --- | --- | --- |"]
    return "\n".join([*head, *(_line(line) for line in LINES)])


def _line(line: Line) -> str:
    path = RESULTS / f"{line.kept}.csv"
    measured = "not measured"
    if path.exists():
        with path.open(encoding="utf-8", newline="") as file:
            measured = line.measured(list(csv.DictReader(file)))
    command = "`benchmarks.published`" if "/" in line.kept else f"`benchmarks.{line.kept.removesuffix('_pixels')}`"
    return f"| {line.what} | {line.against} | {line.bar} | {measured} | {command} |"


def _share_of_images(rows: list[Row]) -> str:
    """Of the time from the start of the first stage to the end of the last."""
    seconds = {row["stage"]: float(row["seconds"]) for row in rows}
    began, ended = (datetime.fromisoformat(rows[index]["started"]) for index in (0, -1))
    whole = (ended - began).total_seconds() + float(rows[-1]["seconds"])
    ours = sum(taken for stage, taken in seconds.items() if stage.startswith(("prepare", "oversample")))
    return f"{ours / whole:.1%}: {ours:.0f} s of {whole / 60:.0f} minutes"


def _scale(row: Row) -> str:
    return f"{row['ratio']}x ({row['seconds']} s)"


if __name__ == "__main__":
    print(table())
