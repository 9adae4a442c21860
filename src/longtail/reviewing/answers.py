"""answers.csv: what people decided about test photographs. It changes no label until `longtail adopt` moves them.

A log like edits.csv, with its columns. `label` says which individual a photograph shows (or the word for none of
the known), `name` that it shows a new one, `unsure` that it was looked at. `adopt` says that it was moved into the
labelled set, and under which label. A row holds until an `undo` takes it back; `unsure` is outdone by any other answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from longtail.csv_reader import read_table
from longtail.errors import BadInput, Problem
from longtail.labels.edit_log import COLUMNS, in_force, row_name, rows_of
from longtail.reviewing import append_log

FILE = Path("answers.csv")
ANSWERS = ("label", "name", "unsure")
ADOPT = "adopt"


class Answer(NamedTuple):
    """A row of answers.csv that holds."""

    row: int
    """The header is row 1."""
    image: str
    action: str
    value: str
    who: str
    when: str
    why: str

    @property
    def name(self) -> str:
        """By which it is taken back."""
        return row_name(self[1:])

    def __str__(self) -> str:
        return f"{self.action} {self.image} {self.value}".rstrip()

    def signed(self) -> str:
        """What it says, by whom and when."""
        return f"{self.action} {self.value}".rstrip() + f" by {self.who} on {self.when}"


def held(path: Path) -> list[Answer]:
    """The rows that hold, in the order of the file; rows that are no answers are passed over."""
    rows = rows_of(path)
    whole = [row for row in in_force(rows) if len(rows[row]) == len(COLUMNS)]
    return [Answer(row + 2, *rows[row]) for row in whole if rows[row][1] in (*ANSWERS, ADOPT)]


def by_image(path: Path) -> dict[str, Answer]:
    """{photograph: the answer that holds}; of two that contradict each other the later one."""
    latest: dict[str, Answer] = {}
    for answer in held(path):
        if answer.action != ADOPT and not (answer.action == "unsure" and answer.image in latest):
            latest[answer.image] = answer
    return latest


def adopted(path: Path) -> dict[str, Answer]:
    """{photograph: the row that says it was adopted}."""
    return {answer.image: answer for answer in held(path) if answer.action == ADOPT}


def contradictions(path: Path) -> list[tuple[Answer, Answer]]:
    """Two rows about one photograph that do not agree, as git may have merged them; `unsure` agrees with all."""
    several = defaultdict(list)
    for answer in held(path):
        if answer.action not in (ADOPT, "unsure"):
            several[answer.image].append(answer)
    return [(first, other) for first, *others in several.values() for other in others if first[2:4] != other[2:4]]


def refuse_unreadable(path: Path) -> None:
    """Refuse a file that is no table of answers, as after a merge that nobody has settled. Raises BadInput."""
    if path.exists():
        read_table(path, COLUMNS)


def append(
    path: Path,
    new: Sequence[tuple[str, str, str]],
    signed: Mapping[str, str],
    photographs: Collection[str],
    individuals: Collection[str],
    unknown_label: str,
) -> list[str]:
    """Append answers. If it fails, the file stays as it was.

    Args:
        path: answers.csv; it need not exist.
        new: image, action and value of each.
        signed: who and why.
        photographs: names of the test photographs.
        individuals: names that are known, created ones among them.
        unknown_label: the word for none of the known.

    Returns:
        The names of the rows.

    Raises:
        BadInput: a photograph or individual that there is not, a new name that somebody has, or another answer
            that holds.
    """
    with append_log.alone(path) as folder:
        refuse_unreadable(path)
        rows = rows_of(path)
        named = {answer.value for answer in by_image(path).values() if answer.action == "name"}
        problems = [
            *_unknown_photographs(new, photographs, path),
            *_wrong_names(new, {*individuals} | named, named, unknown_label, path),
            *_answered(new, by_image(path), path),
        ]
        if problems:
            raise BadInput(*problems)
        added = append_log.signed_rows(rows, [list(one) for one in new], signed)
        append_log.replace(path, append_log.with_rows(path, added), folder)
    return [row_name(cells) for cells in added]


def undo(path: Path, image: str, signed: Mapping[str, str]) -> list[str]:
    """Take back every answer about a photograph.

    Args:
        path: answers.csv.
        image: the photograph.
        signed: who and why.

    Returns:
        What holds no more, as text.

    Raises:
        BadInput: there is no answer, or the photograph was adopted since.
    """
    with append_log.alone(path) as folder:
        refuse_unreadable(path)
        rows = rows_of(path)
        answers = [answer for answer in held(path) if answer.image == image]
        if any(answer.action == ADOPT for answer in answers):
            remedy = "Take that back first: longtail adopt --undo"
            raise BadInput(
                Problem("answer about a photograph that was adopted since", remedy, path.name, example=image)
            )
        if not answers:
            raise BadInput(
                Problem("there is no answer to take back", "Nobody has given one.", path.name, example=image)
            )
        append_log.take_back(path, rows, [answer.row - 2 for answer in answers], signed, folder)
    return [answer.signed() for answer in answers]


def _unknown_photographs(
    new: Sequence[tuple[str, str, str]], photographs: Collection[str], path: Path
) -> list[Problem]:
    strange = [image for image, _, _ in new if image not in photographs]
    if not strange:
        return []
    remedy = "Answers are about test photographs; a labelled one is corrected by `longtail review`."
    return [Problem("photograph that is none of the test set", remedy, path.name, len(strange), strange[0])]


def _wrong_names(
    new: Sequence[tuple[str, str, str]], individuals: Collection[str], named: Collection[str], unknown: str, path: Path
) -> list[Problem]:
    problems = []
    strange = [value for _, action, value in new if action == "label" and value not in individuals and value != unknown]
    if strange:
        remedy = "Choose one of the known, or give a new name by `name`."
        problems.append(
            Problem("individual that nobody knows", remedy, path.name, len(strange), strange[0] or "(blank)")
        )
    taken = [value for _, action, value in new if action == "name" and value in individuals and value not in named]
    if taken:
        remedy = "If it shows that individual, choose it; if not, give another name."
        problems.append(Problem("new name that an individual has already", remedy, path.name, len(taken), taken[0]))
    odd = [value for _, action, value in new if action == "name" and (len(value.split()) != 1 or value == unknown)]
    if odd:
        remedy = "A submission separates its candidates by spaces: write one word."
        problems.append(Problem("new name that cannot be one", remedy, path.name, len(odd), repr(odd[0])))
    return problems


def _answered(new: Sequence[tuple[str, str, str]], there: Mapping[str, Answer], path: Path) -> list[Problem]:
    answered = [there[image] for image, _, _ in new if image in there and there[image].action != "unsure"]
    answered += [
        there[image] for image, action, _ in new if image in there and action == there[image].action == "unsure"
    ]
    if not answered:
        return []
    first = answered[0]
    remedy = "Take that back first: `Take back` on its page."
    where = f"{path.name}, row {first.row}"
    example = f"{first.image}: {first.signed()}"
    return [Problem("photograph that has an answer already", remedy, where, len(answered), example)]
