"""Draws a planned sample into a folder, laid out as `longtail import` would (docs/reference/files.md, `data/raw/`)."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from longtail import csv_writer
from longtail.atomic import replacing, replacing_folder, write_json
from longtail.compute import run_all
from longtail.labels.rawset import DRAWN_MARKER
from longtail.params import ComputeParams
from longtail.synthetic.fluke import Fluke, draw_fluke
from longtail.synthetic.photograph import draw_photograph
from longtail.synthetic.plan import FIRST_EDITION, IDENTITY_PREFIX, UNKNOWN, Plan, Shot
from longtail.synthetic.years import Life, date_of, draw_life, year_of

HEADER = ("Image", "Id")
INDIVIDUALS_HEADER = ("Image", "Individual")
DATE_COLUMN = "Date"
"""Of train.csv, in a sample with years."""
_GUESSES = 5
_OF_FLUKE, _OF_PHOTOGRAPH = 1, 2  # streams of random numbers; the plan's is 0


@dataclass(frozen=True)
class _Task:
    """One file to draw: what a worker gets."""

    shot: Shot
    seed: int
    years: int
    target: Path


def write_sample(
    plan: Plan, folder: Path, solution: Path, seed: int, compute: ComputeParams, individuals: Path | None = None
) -> None:
    """Draw a sample, completely or not at all, replacing what is there.

    Args:
        plan: what to draw.
        folder: the raw set.
        solution: file for the answers of the test photographs.
        seed: of the photographs.
        compute: number of processes.
        individuals: file for the truth about the unknown whales; None: it is not written.
    """
    with replacing_folder(folder) as temporary:
        for part, shots in (("train", plan.labelled), ("test", plan.test)):
            tasks = [_Task(shot, seed, plan.years, temporary / part / shot.name) for shot in shots]
            (temporary / part).mkdir()
            _draw_all(tasks, compute, f"{'labelled' if part == 'train' else 'test'} photographs")
        if not plan.test:
            (temporary / "test" / ".keep").touch()
        guess = " ".join([UNKNOWN, *plan.identities][:_GUESSES])
        rows = ((shot.name, shot.label, *_date(shot)) for shot in plan.labelled)
        _write_rows(temporary / "train.csv", rows, (*HEADER, DATE_COLUMN) if plan.years else HEADER)
        _write_rows(temporary / "sample_submission.csv", ((shot.name, guess) for shot in plan.test))
        counts = {"identities": len(plan.identities), "images": len(plan.labelled), "test": len(plan.test)}
        further = {"edition": plan.edition} if plan.edition != FIRST_EDITION else {}
        further |= {"years": plan.years} if plan.years else {}
        write_json(temporary / DRAWN_MARKER, {"seed": seed, **counts, **further})
    _write_rows(solution, ((shot.name, shot.label) for shot in plan.test))
    if individuals is not None:
        _write_rows(individuals, ((shot.name, whale) for shot, whale in plan.unknown), INDIVIDUALS_HEADER)


def are_drawn_individuals(individuals: Path) -> bool:
    """Whether `individuals` holds the truth about a drawn sample and nothing that a person brought."""
    rows = _rows(individuals)
    return rows[:1] == [list(INDIVIDUALS_HEADER)] and all(
        len(row) == len(HEADER) and row[1].startswith("unknown_") for row in rows[1:]
    )


def are_drawn_answers(solution: Path) -> bool:
    """Whether `solution` holds the answers of a drawn sample and nothing that a person brought."""
    rows = _rows(solution)
    return rows[:1] == [list(HEADER)] and all(
        len(row) == len(HEADER) and (row[1] == UNKNOWN or row[1].startswith(IDENTITY_PREFIX)) for row in rows[1:]
    )


def _rows(table: Path) -> list[list[str]]:
    """The rows of a CSV; none where it is no text."""
    try:
        with table.open(newline="", encoding="utf-8") as text:
            return list(csv.reader(text))
    except (UnicodeDecodeError, csv.Error):
        return []


def draw_shot(shot: Shot, seed: int, years: int = 0) -> Image.Image:
    """A photograph before it is saved; the arguments alone decide it.

    Args:
        shot: what is planned.
        seed: of the photographs.
        years: of the sample.

    Returns:
        The picture.
    """
    whale = _fluke(seed, shot.whale) if shot.day is None else _life(seed, shot.whale, years).at(year_of(shot.day))
    picture = draw_photograph(whale, np.random.default_rng([seed, _OF_PHOTOGRAPH, shot.whale, shot.photograph]))
    if shot.look == "colour":
        return picture
    grey = picture.convert("L")
    if shot.look == "grey":
        return grey
    if shot.look == "grey_in_colour":
        return grey.convert("RGB")
    black = Image.new("L", grey.size)
    return Image.merge("RGB", [grey if shot.look == channel else black for channel in ("red", "green", "blue")])


def _draw_all(tasks: Sequence[_Task], compute: ComputeParams, label: str) -> None:
    by_whale = sorted(tasks, key=lambda task: (task.shot.whale, task.shot.photograph, task.shot.name))
    for _ in run_all(_draw, by_whale, compute, label):  # a worker draws a whale once
        pass


def _draw(task: _Task) -> None:
    # 4:4:4 for one channel alone: halved colour would leak grey into the other two.
    subsampling = 0 if task.shot.look in ("red", "green", "blue") else -1
    draw_shot(task.shot, task.seed, task.years).save(task.target, quality=task.shot.quality, subsampling=subsampling)


@lru_cache(maxsize=4)
def _fluke(seed: int, whale: int) -> Fluke:
    return draw_fluke(np.random.default_rng([seed, _OF_FLUKE, whale]))


@lru_cache(maxsize=4)
def _life(seed: int, whale: int, years: int) -> Life:
    return draw_life(seed, np.random.default_rng([seed, _OF_FLUKE, whale]), whale, years)


def _date(shot: Shot) -> tuple[str, ...]:
    return () if shot.day is None else (date_of(shot.day),)


def _write_rows(target: Path, rows: Iterable[tuple[str, ...]], header: tuple[str, ...] = HEADER) -> None:
    with replacing(target) as temporary, temporary.open("w", newline="", encoding="utf-8") as text:
        csv_writer.write_rows(text, [header, *rows])
