"""Draw a long-tailed set of humpback flukes to try Longtail on."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from longtail import ancestor, paths
from longtail.compute import usable_cores
from longtail.errors import BadInput, BadParameter, Problem, counted
from longtail.labels.rawset import is_drawn, is_empty
from longtail.lineage import links
from longtail.params import ComputeParams

EXAMPLE = "longtail sample data/raw --identities 450 --images 1400 --test 250 --seed 1"
SOLUTION = "solution.csv"
"""The test answers: beside the raw set, never inside it."""
INDIVIDUALS = "individuals.csv"
"""Which photographs of unknown whales show one whale: beside the answers."""
_RANGES = {
    "identities": (2, 100_000),
    "images": (1, 1_000_000),
    "test": (0, 1_000_000),
    "seed": (0, 2**63 - 1),
    "edition": (1, 2),
    "years": (0, 100),
    "workers": (1, 256),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder, six numbers, the workers."""
    parser.add_argument(
        "folder",
        type=Path,
        nargs="?",
        metavar="DIR",
        help="empty, absent, or an earlier drawn sample (default: the project's data/raw)",
    )
    parser.add_argument(
        "--identities", type=int, default=450, help="named whales, half of them seen once (%(default)s)"
    )
    parser.add_argument("--images", type=int, default=1400, help="labelled photographs, copies included (%(default)s)")
    parser.add_argument("--test", type=int, default=250, help="test photographs (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="same seed, same bytes (%(default)s)")
    parser.add_argument(
        "--edition",
        type=int,
        default=2,
        help="1: each unknown whale has one photograph, as in earlier versions; 2: one to six (%(default)s)",
    )
    parser.add_argument(
        "--years",
        type=int,
        default=0,
        help="date the photographs over this many years, in which marks fade and scars appear (%(default)s)",
    )
    cores = usable_cores()
    parser.add_argument("--workers", type=int, default=cores, help="processes that draw; changes no byte (%(default)s)")
    parser.add_argument(
        "--sheet", type=Path, metavar="FILE", help="also save a picture of four whales, four times each"
    )


def run(arguments: argparse.Namespace) -> list[str]:
    """Draw; refuse to overwrite what was not drawn. Raises BadInput, BadParameter, NoSpace."""
    root = paths.project_root()
    raw = paths.raw_folder(arguments.folder, root, "DIR")
    links.check_folder(root, raw)  # what the flow would refuse to version
    folder = raw.resolve()
    solution, individuals = folder.parent / SOLUTION, folder.parent / INDIVIDUALS
    _check_numbers(arguments)
    _check_places(folder, solution, individuals)
    from longtail.synthetic.plan import (
        FIRST_EDITION,
        UNKNOWN,
        plan_sample,
    )  # numpy and Pillow: after what is cheap to refuse
    from longtail.synthetic.rawset import DATE_COLUMN, write_sample
    from longtail.synthetic.sheet import write_sheet
    from longtail.synthetic.years import with_days

    plan = plan_sample(arguments.identities, arguments.images, arguments.test, arguments.seed, arguments.edition)
    plan = with_days(plan, arguments.years, arguments.seed)
    compute = ComputeParams(workers=arguments.workers)
    truth = None if plan.edition == FIRST_EDITION else individuals
    write_sample(plan, folder, solution, arguments.seed, compute, truth)
    ancestor.begin(root, raw)
    counts = Counter(shot.label for shot in plan.labelled)
    unknown = counts.pop(UNKNOWN, 0)
    once = sum(count == 1 for count in counts.values())
    named = arguments.folder or paths.RAW
    print(
        f"sample: {counted(len(plan.labelled), 'labelled photograph')} of {counted(len(counts), 'drawn whale')} in "
        f"{named} ({once:,} seen once, {unknown:,} x {UNKNOWN}), "
        f"{counted(len(plan.test), 'test photograph')}; answers in {solution}"
    )
    if truth:
        whales = len({whale for _, whale in plan.unknown})
        print(f"sample: {counted(whales, 'unknown whale')}; which photographs show which: {individuals}")
    if arguments.sheet:
        write_sheet(plan, arguments.seed, arguments.sheet)
        print(f"sample: four of them in {arguments.sheet}")
    if arguments.years:
        print(f"sample: dates in column {DATE_COLUMN}; in params.yaml set data.date_column: {DATE_COLUMN}")
    return ["make run"]


def _check_numbers(arguments: argparse.Namespace) -> None:
    from longtail.synthetic.plan import fewest_images

    problems = [
        Problem(f"--{name} {getattr(arguments, name):,} is out of range", f"Give {low:,} to {high:,}.")
        for name, (low, high) in _RANGES.items()
        if not low <= getattr(arguments, name) <= high
    ]
    if not problems and arguments.images < (fewest := fewest_images(arguments.identities)):
        what = f"--images {arguments.images:,} cannot show {arguments.identities:,} identities in a long tail"
        problems = [Problem(what, f"Give --images {fewest} or more, or fewer --identities.")]
    if problems:
        raise BadParameter(*problems)


def _check_places(folder: Path, solution: Path, individuals: Path) -> None:
    from longtail.synthetic.rawset import are_drawn_answers, are_drawn_individuals

    if folder.exists() and not folder.is_dir():
        raise BadInput(Problem("the place for the sample is a file", "Name a folder.", where=str(folder)))
    if not is_empty(folder) and not is_drawn(folder):
        remedy = "Name another folder, or empty this one yourself: a sample replaces only an earlier sample."
        raise BadInput(
            Problem("the folder is not empty and was not drawn by `longtail sample`", remedy, where=str(folder))
        )
    if solution.exists() and not are_drawn_answers(solution):
        remedy = "Move it away: the sample's test answers go there."
        raise BadInput(Problem(f"{SOLUTION} beside the folder is not of a drawn sample", remedy, where=str(solution)))
    if individuals.exists() and not are_drawn_individuals(individuals):
        remedy = "Move it away: the truth about the sample's unknown whales goes there."
        raise BadInput(
            Problem(f"{INDIVIDUALS} beside the folder is not of a drawn sample", remedy, where=str(individuals))
        )
