"""Which test photographs can become labelled ones: those that a person has named; all are judged before any moves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import pandas as pd

from longtail import artifacts, names
from longtail.errors import BadInput, Problem
from longtail.lineage import raw_rows
from longtail.lineage.raw_rows import Row
from longtail.params import DataParams
from longtail.paths import RAW
from longtail.reviewing import answers
from longtail.reviewing.adopting import TABLES, Adoption
from longtail.reviewing.answers import Answer


def plan(root: Path, data: DataParams, images: Sequence[str] = ()) -> list[Adoption]:
    """The photographs to adopt.

    Args:
        root: the project's root.
        data: names of the columns.
        images: of them only these; none: all that are confirmed.

    Returns:
        The moves, in the order of sample_submission.csv.

    Raises:
        BadInput: nothing is confirmed; two answers contradict each other; a photograph that has no answer, is none of
            the test set, has a name that the labelled set has, is a link, or shares its file with one that stays.
    """
    raw, log = root / RAW, root / answers.FILE
    answers.refuse_unreadable(log)
    done = answers.adopted(log)
    decided = {
        image: one for image, one in answers.by_image(log).items() if one.action != "unsure" and image not in done
    }
    wanted = {image: decided[image] for image in dict.fromkeys(images or decided) if image in decided}
    test = {row.image: row for row in raw_rows.read(raw / TABLES["test"], data)}
    labelled = {name for row in raw_rows.read(raw / TABLES["train"], data) for name in (row.image, row.photograph)}
    moving = [row for image, row in test.items() if image in wanted]
    problems = [
        *_problem("photograph without an answer that says who it is", "Give one: longtail review --serve, Answers.",
                  [image for image in images if image not in decided]),
        *_contradictions(log),
        *_problem("photograph with an answer that the test set has no more", f"Take its row out of {answers.FILE}.",
                  [image for image in wanted if image not in test]),
        *_problem("name that a labelled one has", "Two photographs of one name cannot be told apart.",
                  [row.image for row in moving if {row.image, row.photograph} & labelled]),
        *_problem("photograph that is not there as a file", "Fetch it (dvc pull), or put the file itself there.",
                  [row.image for row in moving if not _is_there(raw / "test", row.photograph)]),
        *_problem("photograph of several boxes, of which one has no answer", "Answer all that are cut from it.",
                  _halves(moving, list(test.values()))),
    ]  # fmt: skip
    if problems:
        raise BadInput(*problems)
    if not moving:
        remedy = "Confirm some first: longtail review --serve, Answers."
        raise BadInput(Problem("there is no answer to adopt", remedy, where=answers.FILE.as_posix()))
    written = _written(root)
    return [_adoption(row, wanted[row.image], written) for row in moving]


def _adoption(row: Row, answer: Answer, written: Mapping[str, str]) -> Adoption:
    return Adoption(row.image, row.photograph, written.get(answer.value, answer.value), answer.signed())


def _contradictions(log: Path) -> list[Problem]:
    torn = answers.contradictions(log)
    if not torn:
        return []
    first, other = torn[0]
    where = f"{log.name}, rows {first.row} and {other.row}"
    remedy = "Open it (longtail review --serve, Answers), take both back and answer again."
    example = f"{first.image}: {first.signed()}, {other.signed()}"
    return [Problem("photograph with two answers that contradict each other", remedy, where, len(torn), example)]


def _problem(what: str, remedy: str, images: Sequence[str]) -> list[Problem]:
    return [Problem(what, remedy, str(answers.FILE), len(images), images[0])] if images else []


def _is_there(folder: Path, file: str) -> bool:
    return names.is_own(file) and (folder / file).is_file()


def _halves(moving: Collection[Row], every: Sequence[Row]) -> list[str]:
    """What moves while another part of its photograph stays."""
    of_file: dict[str, set[str]] = defaultdict(set)
    for row in every:
        of_file[row.photograph].add(row.image)
    going = {row.image for row in moving}
    return [row.image for row in moving if not of_file[row.photograph] <= going]


def _written(root: Path) -> dict[str, str]:
    """{identity: how train.csv writes it}, where that differs: names that several species have."""
    table = root / artifacts.LABELLED
    if not table.is_file():
        return {}
    labelled = pd.read_parquet(table)
    return dict(zip(labelled["label"], labelled["written"], strict=True)) if "written" in labelled else {}
